"""Agents who call a client themselves.

Theory of operation. The agent's own phone comes first (``CallStation``), so that the client hears a person at
once; when it is answered the client is dialled (``PlaceCall``), once, and when he answers both are brought
into the call's room. Until then the call is an offer to the agent, with its card, as a callback's dialling
is. A client who answers though the agent is gone by then stands at the head of the agent's queue: nobody is
rung for nothing.
"""

from __future__ import annotations

import re

from callcenter.calls import control_facts as said
from callcenter.calls.control import Where
from callcenter.calls.control_requests import DialClient
from callcenter.calls.entities import Call, Seat
from callcenter.calls.requests import Accepted, Refusal, Refused, Reply
from callcenter.calls.states import AgentState, Engagement
from callcenter.dispatch import offers, people, promises, talks
from callcenter.dispatch.desk import Desk
from callcenter.telephony.commands import CallStation, HangUp, Join, PlaceCall
from callcenter.telephony.events import RingOutcome
from routing.acd.model import Queue
from routing.callbacks import AttemptOutcome
from routing.ids import LegId, ServerId, placed_call_id, server_of, station_leg_id

_OWN_SECONDS = 30
_CLIENT_SECONDS = 45
_NAME = re.compile(r"[A-Za-z0-9-]{8,64}")


def server_for(desk: Desk, seat: Seat) -> ServerId | None:
    """A server on which the agent's phone can be rung now."""
    if desk.floor.on_phone(seat):
        return None
    for server in desk.floor.servers.values():
        if desk.floor.is_up(server.id) and server.stations.get(seat.agent.station) in people.RINGABLE:
            return server.id
    return None


def dial(desk: Desk, request: DialClient) -> Reply:
    """Ring the agent's own phone; the client is dialled when it is answered."""
    seat = desk.seat(request.agent)
    if seat is None or seat.dismissed:
        return Refused(Refusal.UNKNOWN_AGENT, f"no agent {request.agent!r} in the routing plan")
    if not _NAME.fullmatch(request.name):
        return Refused(Refusal.NOT_ALLOWED_NOW, "a call's name is 8 to 64 letters, digits and '-'")
    if seat.call is not None and seat.call == placed_call_id(server_of(seat.call), request.name):
        return Accepted()  # the same request again
    free = seat.engagement is Engagement.FREE and seat.reserved is None
    if not free or seat.shown is AgentState.OFFLINE:
        return Refused(Refusal.NOT_ALLOWED_NOW, "you are engaged, or not signed in")
    server = server_for(desk, seat)
    if server is None:
        return Refused(Refusal.PHONE_UNUSABLE, "your phone can't be rung")
    number, shown = desk.options.numbers.e164(request.number), _shown(desk, seat)
    if number is None or shown is None or _is_ours(desk, number):
        return Refused(Refusal.BAD_NUMBER, "this number can't be dialled")
    wanted = placed_call_id(server, request.name)
    if wanted in desk.floor.calls or desk.floor.is_buried(wanted):
        return Refused(Refusal.NOT_ALLOWED_NOW, "a call of this name was made already: give a new name")
    call = talks.arrive(desk, wanted, server, number, "", shown[1], desk.now)
    call.dialled_by, call.placing = seat.id, True
    call.queue, call.priority = shown[0].id, shown[0].priority
    desk.say(said.ClientDialled(desk.now, call.id, seat.id, number))
    offers.open_offer(desk, call, seat, 0.0)
    call.own_leg = station_leg_id(call.id, 1)
    station = seat.agent.station
    ring = CallStation(server, call.id, call.own_leg, station, _OWN_SECONDS, auto_answer=True, shown=number)
    desk.do(ring)
    desk.expect(call, _OWN_SECONDS + desk.options.ring_slack)
    return Accepted()


def _shown(desk: Desk, seat: Seat) -> tuple[Queue, str] | None:
    """The queue whose call it is, and our number that the client sees: the agent's first queue's, else
    any."""
    queues = [desk.floor.queues[queue] for queue in seat.queues if queue in desk.floor.queues]
    for queue in (*queues, *desk.floor.queues.values()):
        if queue.numbers:
            return (queues or [queue])[0], queue.numbers[0]
    return None


def _is_ours(desk: Desk, number: str) -> bool:
    """Dialled outside, our own number would come in again."""
    digits = number.lstrip("+")
    return any(digits == own.lstrip("+") for queue in desk.floor.queues.values() for own in queue.numbers)


def owns(call: Call, leg: LegId) -> bool:
    return call.own_leg == leg and call.placing


def rings_first(call: Call, seat: Seat) -> bool:
    """Whether this agent's phone is in use for the client whom he calls, who has not answered yet."""
    return call.placing and call.dialled_by == seat.id


def station_rang(desk: Desk, call: Call, outcome: RingOutcome) -> None:
    """The agent's own phone was answered, or not."""
    if not call.placing or call.placed is not None:
        return
    if outcome is not RingOutcome.ANSWERED:
        _over(desk, call)
        return
    if _is_given_up(call):
        give_up(desk, call)
    elif call.placed_at is None:
        call.placed_at = desk.now
        desk.do(PlaceCall(call.server, call.id, call.number, call.dialled, _CLIENT_SECONDS))
        desk.expect(call, _CLIENT_SECONDS + desk.options.ring_slack)
        desk.touch_call(call)


def leg_started(desk: Desk, call: Call, leg: LegId) -> None:
    """The agent's own phone has a channel: one that he gave up before cannot have been hung up yet."""
    if owns(call, leg) and _is_given_up(call):
        give_up(desk, call)


def _is_given_up(call: Call) -> bool:
    offer = call.offer
    return offer is not None and offer.decline_asked


def station_gone(desk: Desk, call: Call) -> None:
    """The agent hung up before the client answered: he is not dialled any longer."""
    if not call.placing:
        return
    if call.placed_at is None:
        _over(desk, call)
    else:
        desk.do(HangUp(call.server, call.id, LegId(call.id)))
        desk.expect(call, desk.options.settle)


def give_up(desk: Desk, call: Call) -> None:
    """The agent wants it no more, before the client has answered: his own phone is rung off, and the end of
    that leg ends the rest. Else it would ring on, and the client be dialled, for a call that is nobody's."""
    if call.own_leg is not None:
        desk.do(HangUp(call.server, call.id, call.own_leg))


def client_answered(desk: Desk, call: Call, attempt: int) -> bool:
    """The client is on hold: bring him and his agent together. False when the agent is gone."""
    offer, leg = call.offer, call.own_leg
    if leg is None or leg not in desk.floor.legs:
        return False
    if offer is None:
        desk.do(HangUp(call.server, call.id, leg))
        return False
    call.attempt = attempt
    promises.client_is_there(desk, call)
    offers.start_ringing(desk, call, offer)
    offer.leg = leg
    call.control.where, call.control.in_room = Where.ROOM, True
    desk.do(Join(call.server, call.id, LegId(call.id), offers.recording_of(desk, call)))
    desk.do(Join(call.server, call.id, leg))
    desk.expect(call, desk.options.settle)
    return True


def is_unplaced(call: Call) -> bool:
    """Whether Asterisk has no channel of the client's yet, so that no listing can have the call."""
    return call.placing and call.dialled_by is not None and call.placed_at is None


def too_late(desk: Desk, call: Call) -> None:
    """Nothing was heard of the agent's own phone."""
    if call.own_leg is not None:
        desk.do(HangUp(call.server, call.id, call.own_leg))
    _over(desk, call)


def _over(desk: Desk, call: Call) -> None:
    call.placed = AttemptOutcome.CANCELLED
    desk.floor.bury(call.id, desk.now)
    talks.end_call(desk, call, 0)
