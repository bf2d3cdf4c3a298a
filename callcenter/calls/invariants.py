"""The rules that hold between any two inputs, whatever Asterisk sent. Checked by every test of the core."""

from __future__ import annotations

from callcenter.calls.entities import Call, Seat
from callcenter.calls.floor import ENGAGED, Floor
from callcenter.calls.intercoms import Intercom, IntercomState
from callcenter.calls.states import AgentState, CallState, Engagement, OfferState
from callcenter.errors import InvariantError
from routing.acd.engine import Engine
from routing.acd.model import Work
from routing.flows.moves import Stage


def check(floor: Floor, engine: Engine) -> None:
    """Raise ``InvariantError`` naming the first rule that is broken. Costs a walk over the whole floor."""
    for call in floor.calls.values():
        _check_call(floor, engine, call)
    for seat in floor.seats.values():
        _check_seat(floor, engine, seat)
    for intercom in floor.intercoms.values():
        _check_intercom(floor, intercom)
    for leg in floor.legs.values():
        sitter = None if leg.agent is None else floor.seats.get(leg.agent)
        _rule(sitter is None or leg.id in sitter.legs, f"leg {leg.id} is unknown to its agent")
        _rule(not floor.is_buried(leg.id), f"leg {leg.id} lives though it ended")
    _check_tallies(floor)


def _rule(holds: bool, broken: str) -> None:
    if not holds:
        raise InvariantError(broken)


def _check_call(floor: Floor, engine: Engine, call: Call) -> None:
    for offer in call.offered.values():
        _rule(call.state is CallState.OFFERED, f"{call.id} has an offer but is {call.state}")
        _rule(offer.state is not OfferState.ENDED, f"{offer.id} is over but kept")
        ringing = offer.state is OfferState.RINGING
        fits = call.placing or ringing is not call.held
        _rule(fits, f"{offer.id} is {offer.state} but held is {call.held}")
        seat = floor.seats.get(offer.agent)
        _rule(seat is not None and seat.offer == offer.id, f"{offer.id} is unknown to its agent")
    if not call.offered and not call.quarantined:
        _rule(call.state is not CallState.OFFERED, f"{call.id} is offered to nobody")
    if call.placing:
        rings = call.offer is not None and call.offer.state is OfferState.RINGING
        there = call.held or rings or call.state in (CallState.FLOW, CallState.TALKING, CallState.FALLBACK)
        _rule(not there, f"{call.id} is being dialled but is {call.state}, held: {call.held}")
    in_line = engine.waits(call.id)
    ready = call.state is CallState.WAITING and not call.unready and call.parked is None
    routable = ready and call.held and floor.is_up(call.server)
    _rule(in_line == (routable and not call.quarantined), f"{call.id} in line: {in_line}, {call.state}")
    if not call.quarantined:
        waits = call.position is None or call.position.stage is Stage.WAITING
        _rule(call.state is not CallState.WAITING or waits, f"{call.id} waits but is in a step")
        _rule(call.state is not CallState.FLOW or call.position is not None, f"{call.id} is in no flow")
    if call.state is CallState.ENDED:
        concerned = (floor.seats.get(agent) for agent in (call.agent, *call.wrapping) if agent is not None)
        held = any(seat is not None and seat.call == call.id for seat in concerned)
        _rule(held, f"{call.id} is over and nobody's")
    _check_control(floor, call)


def _check_control(floor: Floor, call: Call) -> None:
    guest = call.control.guest
    if guest is not None:
        _rule(call.state is CallState.TALKING, f"{call.id} has a guest but is {call.state}")
        seat = None if guest.agent is None else floor.seats.get(guest.agent)
        if seat is not None and not call.quarantined:
            held = seat.call == call.id and seat.engagement in (Engagement.OFFERED, Engagement.TALKING)
            _rule(held, f"guest {seat.id} of {call.id} is {seat.engagement} on {seat.call}")
    if call.parked is not None and not call.quarantined:
        _rule(call.state is CallState.WAITING, f"{call.id} is parked but {call.state}")
    if call.control.transfer is not None and not call.quarantined:
        _rule(call.state is CallState.TALKING, f"{call.id} is handed on but is {call.state}")


def _check_seat(floor: Floor, engine: Engine, seat: Seat) -> None:
    who = f"agent {seat.id}"
    call = None if seat.call is None else floor.calls.get(seat.call)
    match seat.engagement:
        case Engagement.FREE:
            _rule(seat.call is None and seat.offer is None, f"{who} is free but has a call")
        case Engagement.OFFERED:
            held_by = None if call is None else call.offered.get(seat.id)
            offered = held_by is not None and held_by.id == seat.offer
            fits = offered or (call is not None and _is_guest(call, seat))
            _rule(fits, f"{who} is held by offer {seat.offer} that isn't there")
        case Engagement.TALKING:
            his = call is not None and (call.agent == seat.id or _is_guest(call, seat))
            _rule(his, f"{who} talks on {seat.call} that isn't his")
        case Engagement.INTERNAL:
            intercom = None if seat.intercom is None else floor.intercoms.get(seat.intercom)
            his = intercom is not None and seat.id in (intercom.by, intercom.to)
            _rule(his, f"{who} is in intercom {seat.intercom} that isn't his")
        case Engagement.WRAP_UP:
            _rule(seat.wrap_up_until is not None, f"{who} wraps up for ever")
    in_one = seat.engagement is Engagement.INTERNAL
    _rule(in_one is (seat.intercom is not None), f"{who} is {seat.engagement} with intercom {seat.intercom}")
    if seat.engagement is not Engagement.FREE or floor.on_phone(seat):
        _rule(not engine.is_free(seat.id), f"{who} is busy but could be offered a call")
    shown = seat.engagement.value if seat.engagement is not Engagement.FREE else seat.intent.value
    _rule(seat.shown == shown, f"{who} is shown {seat.shown} but is {shown}")


def _check_intercom(floor: Floor, intercom: Intercom) -> None:
    _rule(intercom.state is not IntercomState.ENDED, f"{intercom.id} is over but kept")
    for agent in (intercom.by, intercom.to):
        seat = floor.seats.get(agent)
        _rule(seat is not None and seat.intercom == intercom.id, f"{intercom.id} is unknown to {agent}")


def _is_guest(call: Call, seat: Seat) -> bool:
    guest = call.control.guest
    return guest is not None and guest.agent == seat.id


def _check_tallies(floor: Floor) -> None:
    waiting = sum(len(tally.waiting) for tally in floor.tallies.values())
    ready, engaged, paused = (
        sum(getattr(tally, name) for tally in floor.tallies.values())
        for name in ("ready", "engaged", "paused")
    )
    in_queue = [
        call
        for call in floor.calls.values()
        if call.since is not None
        and call.state in (CallState.WAITING, CallState.OFFERED)
        and call.parked is None
    ]
    _rule(waiting == len(in_queue), f"tallies count {waiting} waiting, there are {len(in_queue)}")
    seats = floor.seats.values()
    places = [(len(seat.queues), seat.shown) for seat in seats]
    _rule(ready == sum(n for n, shown in places if shown is AgentState.READY), "ready miscounted")
    _rule(engaged == sum(n for n, shown in places if shown in ENGAGED), "engaged miscounted")
    _rule(paused == sum(n for n, shown in places if shown is AgentState.PAUSED), "paused miscounted")
    takers = sum(tally.takers for tally in floor.tallies.values())
    signed_in = [seat for seat in seats if seat.shown is not AgentState.OFFLINE]
    takes = sum(len(seat.queues) for seat in signed_in if Work.INBOUND in seat.agent.work)
    _rule(takers == takes, "takers of calls from outside miscounted")
