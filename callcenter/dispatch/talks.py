"""Legs, conversations, and the end of a call.

A station's leg in a bridge is a conversation. It ends for the client with the first of the caller's hang-up,
the leg's, and its leaving the bridge; the agent is free of it only when his own leg has ended, since a phone
that still has a channel can't be rung.
"""

from __future__ import annotations

from callcenter.calls.control_facts import RecordingStarted
from callcenter.calls.entities import Call, Leg, Seat
from callcenter.calls.facts import (
    CallEnded,
    CallStarted,
    ClientMatched,
    LegEnded,
    LegStarted,
    TalkEnded,
    TalkStarted,
)
from callcenter.calls.states import (
    CALL,
    LEG,
    CallOutcome,
    CallState,
    CallTrigger,
    Engagement,
    LegRole,
    LegState,
    LegTrigger,
    OfferOutcome,
)
from callcenter.dispatch import (
    control,
    errands,
    guests,
    offers,
    outgoing,
    people,
    promises,
    recording,
    renewal,
    ring_all,
)
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.inputs import ClientFound
from callcenter.dispatch.ports import LookUpClient
from callcenter.dispatch.timers import CALLS_TIMERS, TimerKind
from callcenter.telephony.commands import HangUp
from routing.flows.moves import Stage
from routing.ids import CallId, LegId, OfferId, ServerId, StationId, server_of

_SERVED = (Stage.RECORDING, Stage.DIALLING, Stage.CLOSING, Stage.ENDED)


def caller_leg(call: CallId) -> LegId:
    """The caller's leg has the call's id (see ``routing.ids``)."""
    return LegId(call)


# Arrival


def arrive(
    desk: Desk, call_id: CallId, server: ServerId, number: str, name: str, dialled: str, at: float
) -> Call:
    """A call we didn't know. Its client is looked up now, so that the card is there when it is offered."""
    call = Call(call_id, server, number, name, dialled, at)
    desk.floor.calls[call_id] = call
    promises.recognise(desk, call)
    leg = Leg(caller_leg(call_id), call_id, LegRole.CALLER, None, None)
    call.legs[leg.id] = leg
    desk.say(CallStarted(at, call_id, server, number, name, dialled))
    desk.say(LegStarted(at, call_id, leg.id, LegRole.CALLER, None, None))
    desk.do(LookUpClient(call_id, number))
    desk.touch_call(call)
    return call


def client_found(desk: Desk, found: ClientFound) -> None:
    """The look-up ended. What an operator picked, or a process before us knew, is not overruled by a look-up;
    what that client is worth, and whom he knows, is news all the same. A call in line is ranked anew."""
    call = desk.floor.calls.get(found.call)
    if call is None or (call.picked and found.client != call.client):
        return
    if not found.typed:
        call.looked_up = True
    if not found.typed or found.client is not None:
        call.client, call.value, call.agents = found.client, found.value, found.agents
        if not call.picked:
            desk.say(ClientMatched(desk.now, call.id, found.client, found.candidates))
        desk.touch_call(call)
    if call.state is CallState.WAITING:
        offers.stand_in_line(desk, call)


# Legs


def leg_started(desk: Desk, call: Call, leg_id: LegId, station: StationId, *, told: bool = False) -> Leg:
    """A station has a channel in this call. ``told``: the ledger knows it from before a restart."""
    seat = desk.floor.seat_at(station)
    leg = Leg(leg_id, call.id, LegRole.AGENT, station, None if seat is None else seat.id)
    call.legs[leg_id] = desk.floor.legs[leg_id] = leg
    if not told:
        desk.say(LegStarted(desk.now, call.id, leg_id, LegRole.AGENT, station, leg.agent))
    if seat is not None:
        seat.legs[leg_id] = None
        people.place(desk, seat)
        if seat.engagement is Engagement.FREE:
            desk.timers.set(TimerKind.CLEARING, seat.id, desk.now + desk.options.settle)
    offer = call.offer_at(station)
    ours = offer is not None and offer.ring_sent_at is not None
    if offer is not None and ours and (offer.leg is None or offer.leg not in desk.floor.legs):
        offer.leg = leg_id
        if offer.decline_asked or offer.leaving:
            desk.do(HangUp(call.server, call.id, leg_id))
    outgoing.leg_started(desk, call, leg_id)
    guests.leg_started(desk, call, leg)
    desk.touch_call(call)
    return leg


def outside_leg_started(desk: Desk, call: Call, leg_id: LegId, *, told: bool = False) -> Leg:
    """A number outside has a channel in this call. ``told`` as above."""
    leg = Leg(leg_id, call.id, LegRole.OUTSIDE, None, None)
    call.legs[leg_id] = desk.floor.legs[leg_id] = leg
    if not told:
        desk.say(LegStarted(desk.now, call.id, leg_id, LegRole.OUTSIDE, None, None))
    guests.leg_started(desk, call, leg)
    desk.touch_call(call)
    return leg


def leg_ended(desk: Desk, leg: Leg, cause: int) -> None:
    """A station's channel, or one outside, hung up."""
    leg.state = LEG.after(leg.state, LegTrigger.END)
    del desk.floor.legs[leg.id]
    desk.floor.bury(leg.id, desk.now)
    desk.say(LegEnded(desk.now, leg.call, leg.id, cause))
    call = desk.floor.calls.get(leg.call)
    if call is not None:
        call.legs.pop(leg.id, None)
        desk.touch_call(call)
    seat = desk.seat(leg.agent)
    if seat is not None:
        seat.legs.pop(leg.id, None)
        if not desk.floor.on_phone(seat):
            people.phone_is_free(desk, seat, server_of(leg.call))
    if call is not None and (offer := call.offer_of(leg.id)) is not None:
        ring_all.leg_over(desk, call, offer, cause)
        seat = desk.seat(leg.agent)  # not if he was to leave the floor with this
    if call is not None and call.talk_leg == leg.id and renewal.takes_over(desk, call):
        pass
    elif call is not None and call.talk_leg == leg.id:
        end_talk(desk, call, leg)
        call.talk_leg = None
        agent_left(desk, call)
        control.agent_is_gone(desk, call)
    elif call is not None and guests.leg_ended(desk, call, leg.id):
        pass
    elif call is not None and outgoing.owns(call, leg.id):
        outgoing.station_gone(desk, call)
    elif call is not None and renewal.leg_ended(desk, call, leg.id):
        pass
    elif seat is not None:
        people.show(desk, seat)


# Conversations


def start_talk(desk: Desk, call: Call, leg: Leg, seat: Seat) -> None:
    """The agent's leg is in a bridge with the caller. The seat is free or offered this call."""
    offer = call.offered.get(seat.id)
    if offer is None:
        if call.offered:
            offers.end_all(desk, call, OfferOutcome.WITHDRAWN)
            call.state = CALL.after(call.state, CallTrigger.HOLD)
        # An answer to a ring that we gave up or never knew of: it is an offer all the same.
        offer = offers.open_offer(desk, call, seat, 0.0)
    talk_offer = offer.id
    offers.answered(desk, call, offer)
    join(desk, call, leg, seat, talk_offer)
    if call.answered_at is None:
        call.answered_at = desk.now
        call.waited = 0.0 if call.since is None else max(0.0, desk.now - call.since)
    call.wrapping.pop(seat.id, None)
    desk.say(TalkStarted(desk.now, call.id, talk_offer, seat.id, leg.id))
    name = offers.recording_of(desk, call)
    if name and not call.control.recording:
        call.control.recording = name
        desk.say(RecordingStarted(desk.now, call.id, seat.id, name))
    promises.talk_began(desk, call)


def join(desk: Desk, call: Call, leg: Leg, seat: Seat, talk_offer: OfferId | None) -> None:
    """The floor's side of a conversation's start."""
    desk.engine.leave(call.id)
    call.held = False
    call.state = CALL.after(call.state, CallTrigger.BRIDGE)
    call.agent, call.talk_offer, call.talk_leg, call.talk_since = seat.id, talk_offer, leg.id, desk.now
    desk.timers.cancel(TimerKind.OVERDUE, call.id)
    people.talk(desk, seat, call.id)
    desk.touch_call(call)


def talk_of_nobody(desk: Desk, call: Call) -> None:
    """A station that no agent has is in conversation with the caller (found at a listing)."""
    desk.engine.leave(call.id)
    offers.end_all(desk, call, OfferOutcome.WITHDRAWN)
    promises.client_is_there(desk, call)
    call.state = CALL.after(call.state, CallTrigger.BRIDGE)
    call.held = False
    call.answered_at = call.answered_at if call.answered_at is not None else desk.now
    desk.touch_call(call)


def bridged(desk: Desk, leg: Leg, bridge: str) -> None:
    leg.state = LEG.after(leg.state, LegTrigger.BRIDGE)
    leg.bridge, leg.unbridged_at = bridge, None
    if leg.bridged_at is None:
        leg.bridged_at = desk.now


def unbridged(desk: Desk, call: Call, leg: Leg, bridge: str) -> None:
    """The leg left its bridge: the conversation is over if nothing follows, and something must soon."""
    if leg.state is LegState.BRIDGED and leg.bridge == bridge and leg.unbridged_at is None:
        leg.unbridged_at = desk.now
        desk.expect(call, desk.options.settle)


def end_talk(desk: Desk, call: Call, leg: Leg | None, until: float | None = None) -> None:
    """The conversation is over. ``until`` is when it was last known to go on, ``None`` for now."""
    renewal.drop(desk, call, call.agent)
    if call.talk_since is None or call.agent is None:
        return
    stop = desk.now if until is None else until
    if leg is not None and leg.unbridged_at is not None:
        stop = leg.unbridged_at
    control.end_hold(desk, call, stop)
    seconds = max(0.0, stop - call.talk_since - call.control.held)
    call.talked += seconds
    call.talk_since, call.control.held = None, 0.0
    leg_id = leg.id if leg is not None else call.talk_leg or caller_leg(call.id)
    desk.say(TalkEnded(desk.now, call.id, call.agent, leg_id, seconds))
    desk.touch_call(call)


def agent_left(desk: Desk, call: Call) -> None:
    """The talking agent's leg is gone: his wrap-up begins. The caller, if still there, leaves in a moment."""
    begin_wrap_up(desk, call)
    if call.state is CallState.ENDED:
        retire(desk, call)
    else:
        desk.expect(call, desk.options.settle)


def begin_wrap_up(desk: Desk, call: Call) -> None:
    """The part of the agent who has the call is over."""
    seat = desk.seat(call.agent)
    if seat is not None and seat.engagement is Engagement.TALKING and seat.call == call.id:
        queue = desk.queue_of(call)
        people.wrap_up(desk, seat, desk.now, 0 if queue is None else queue.wrap_up_seconds)


# The end


def end_call(
    desk: Desk, call: Call, cause: int, outcome: CallOutcome | None = None, until: float | None = None
) -> None:
    """The caller's leg ended. ``outcome`` is for a call whose end wasn't seen; without it, it follows from
    the state. ``until`` is as in ``end_talk``."""
    desk.engine.leave(call.id)
    natural = _outcome(call)
    errands.caller_gone(desk, call)
    for offer in tuple(call.offered.values()):
        told = offers.outcome_of(offer)
        # A refusal just before the caller left was a refusal; anything else is the caller's doing.
        refused = told in (OfferOutcome.DECLINED, OfferOutcome.NO_ANSWER, OfferOutcome.UNREACHABLE)
        offers.end(desk, call, offer, told if refused else OfferOutcome.CALLER_LEFT)
    leg = None if call.talk_leg is None else desk.floor.legs.get(call.talk_leg)
    control.call_is_over(desk, call)
    call.control.transfer = call.parked = None
    end_talk(desk, call, leg, until)
    call.state = CALL.after(call.state, CallTrigger.END)
    call.held = False
    call.ended_at = desk.now
    call.outcome = natural if natural is CallOutcome.ANSWERED or outcome is None else outcome
    call.legs.pop(caller_leg(call.id), None)
    for kind in CALLS_TIMERS:
        desk.timers.cancel(kind, call.id)
    waited = call.waited
    if waited is None:
        served = call.answered_at if call.answered_at is not None else desk.now
        waited = 0.0 if call.since is None else max(0.0, served - call.since)
    desk.say(LegEnded(desk.now, call.id, caller_leg(call.id), cause))
    desk.say(CallEnded(desk.now, call.id, call.outcome, waited, call.talked))
    promises.call_ended(desk, call)
    desk.touch_call(call)
    if leg is not None:
        desk.expect(call, desk.options.settle)
    else:
        agent_left(desk, call)


def _outcome(call: Call) -> CallOutcome:
    if call.answered_at is not None:
        return CallOutcome.ANSWERED
    if call.kept is not None:
        return CallOutcome.KEPT_PLACE
    if call.placing:
        return CallOutcome.NOT_REACHED
    if call.state is CallState.FLOW and (call.since is None or _served(call)):
        return CallOutcome.FLOW
    return CallOutcome.FALLBACK if call.state is CallState.FALLBACK else CallOutcome.ABANDONED


def _served(call: Call) -> bool:
    """Whether the flow of a caller who had waited before came to an end of its own: a message, a callback, a
    number outside, a good-bye."""
    position = call.position
    return position is not None and position.stage in _SERVED


def retire(desk: Desk, call: Call) -> None:
    """Forget a call that is over and that no agent is engaged with."""
    if call.state is not CallState.ENDED:
        return
    for agent in (call.agent, *call.wrapping):
        seat = desk.seat(agent)
        if seat is not None and seat.call == call.id:
            return
    desk.timers.cancel(TimerKind.OVERDUE, call.id)
    desk.floor.calls.pop(call.id, None)
    desk.touch_call(call)


def drop_talk(desk: Desk, call: Call, until: float | None) -> None:
    """The caller was found elsewhere than in the conversation we thought of: it is over, and so is the
    agent's part in it (his leg, if it lives, keeps him from being rung)."""
    if call.state is CallState.TALKING:
        lose_talk(desk, call, until)


def lose_talk(desk: Desk, call: Call, until: float | None) -> None:
    """Nobody is known to talk on the call any more, whether it is over or not."""
    leg = None if call.talk_leg is None else desk.floor.legs.get(call.talk_leg)
    end_talk(desk, call, leg, until)
    recording.heard_again(desk, call)
    call.talk_leg = None
    agent_left(desk, call)
