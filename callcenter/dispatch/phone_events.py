"""What Asterisk tells, one function an event.

Events may come twice, late, or not at all. The rule throughout: an event about a channel known to be over
is an echo and is dropped; one that says more than we knew is believed when it can only be true (a leg in a
bridge is a conversation); one that doesn't fit makes us ask (``Audit``) instead of guess."""

from __future__ import annotations

from callcenter.calls import facts
from callcenter.calls.entities import Call, Leg, Seat
from callcenter.calls.states import (
    CALL,
    LEG,
    CallState,
    CallTrigger,
    Engagement,
    LegRole,
    LegState,
    LegTrigger,
    OfferOutcome,
    OfferState,
)
from callcenter.dispatch import (
    callbacks,
    control,
    errands,
    flows,
    guests,
    intercoms,
    offers,
    outgoing,
    people,
    promises,
    quarantine,
    reclaim,
    recording,
    renewal,
    ring_all,
    talks,
    transfers,
)
from callcenter.dispatch.desk import Desk
from callcenter.telephony.commands import HangUp
from callcenter.telephony.events import (
    SEVERAL,
    CallArrived,
    CallFellBack,
    CallHeld,
    CommandFailed,
    DialFinished,
    LegBridged,
    LegEnded,
    LegRinging,
    LegStarted,
    LegUnbridged,
    OutsideLegStarted,
    RingEnded,
    StationChanged,
    StationState,
    StepEnded,
)
from routing.ids import CallId, server_of


def call_arrived(desk: Desk, event: CallArrived) -> None:
    desk.floor.server(event.server, desk.now)
    if event.call in desk.floor.calls or desk.floor.is_buried(event.call):
        return
    call = talks.arrive(desk, event.call, event.server, event.number, event.name, event.dialled, desk.now)
    attempt = desk.unannounced.pop(event.call, None)
    if attempt is not None:  # the hold overtook the arrival
        call.attempt = attempt
        flows.held(desk, call, returned=False)


def _known(desk: Desk, call_id: CallId) -> Call | None:
    """The live call an event is about. An unknown one that isn't known to be over was missed: ask."""
    call = desk.floor.live_call(call_id)
    if call is None and call_id not in desk.floor.calls and not desk.floor.is_buried(call_id):
        desk.audit(server_of(call_id))
    return call


def call_held(desk: Desk, event: CallHeld) -> None:
    desk.floor.server(event.server, desk.now)
    call = _known(desk, event.call)
    if call is None:
        # The number is only in the arrival and in the listing that was just asked for; a call without its
        # number would have no card, so it waits those milliseconds.
        if event.call not in desk.floor.calls and not desk.floor.is_buried(event.call):
            desk.unannounced[event.call] = event.attempt
        return
    held_again(desk, call, event.attempt)


def held_again(desk: Desk, call: Call, attempt: int) -> None:
    """The caller is on hold after ``attempt`` failed rings. Idempotent."""
    if call.quarantined:
        return
    offer = call.offer
    match call.state:
        case CallState.ARRIVING | CallState.FALLBACK:
            call.attempt = max(call.attempt, attempt)
            flows.held(desk, call, returned=call.since is not None)
        case CallState.FLOW:
            call.attempt = max(call.attempt, attempt)
            flows.held_in_flow(desk, call)
        case CallState.WAITING:
            if not call.held and attempt >= call.attempt:
                call.attempt = attempt
                offers.hold(desk, call, returned=True)
            elif call.held:
                flows.held_in_line(desk, call)
        case CallState.OFFERED:
            if call.placing:
                callbacks.client_answered(desk, call, attempt)
            elif offer is not None and offer.state is OfferState.RINGING and attempt > offer.attempt:
                call.attempt = attempt
                offers.fail(desk, call)
                offers.hold(desk, call, returned=True)
        case CallState.TALKING:
            if call.control.transfer is not None:
                transfers.held(desk, call, attempt)
            elif attempt > call.attempt:
                desk.audit(call.server)  # a talking caller is never held again: something was missed
        case CallState.ENDED:
            pass


def step_ended(desk: Desk, event: StepEnded) -> None:
    errands.ended_after_call(desk, event)
    call = _known(desk, event.call)
    if call is not None and not call.quarantined and not transfers.step_ended(desk, call, event):
        flows.step_ended(desk, call, event)


def call_fell_back(desk: Desk, event: CallFellBack) -> None:
    call = _known(desk, event.call)
    if call is not None and call.state is not CallState.FALLBACK:
        fell_back(desk, call)
        reclaim.soon(desk, call)  # we are here, and nobody can have answered there yet


def fell_back(desk: Desk, call: Call) -> None:
    """Asterisk's own queue has the caller."""
    desk.engine.leave(call.id)
    errands.give_up(desk, call)
    offers.end_all(desk, call, OfferOutcome.WITHDRAWN)
    promises.client_is_there(desk, call)
    control.call_is_over(desk, call)
    recording.resume(desk, call)  # from the park it goes on, and who answers there knows of no pause
    talks.drop_talk(desk, call, None)
    call.control.clear()
    call.parked = None
    call.state = CALL.after(call.state, CallTrigger.FALL_BACK)
    call.held = False
    desk.say(facts.CallFellBack(desk.now, call.id))
    desk.touch_call(call)


# Legs


def leg_started(desk: Desk, event: LegStarted) -> None:
    if event.leg in desk.floor.legs or desk.floor.is_buried(event.leg):
        return
    over = desk.floor.is_buried(event.call)
    call = None if over else _known(desk, event.call)
    if call is not None:
        talks.leg_started(desk, call, event.leg, event.station)
    if (over or call is not None) and renewal.is_stray(call, event.leg):
        desk.do(HangUp(event.server, event.call, event.leg))


def outside_leg_started(desk: Desk, event: OutsideLegStarted) -> None:
    if event.leg in desk.floor.legs or desk.floor.is_buried(event.leg) or desk.floor.is_buried(event.call):
        return
    call = _known(desk, event.call)
    if call is not None:
        talks.outside_leg_started(desk, call, event.leg)


def _leg(desk: Desk, event: LegRinging | LegBridged) -> Leg | None:
    """The station's leg an event is about. When its start was missed during a ring, it can only be that
    of the one offer that has none."""
    leg = desk.floor.legs.get(event.leg)
    if leg is not None:
        return leg
    if desk.floor.is_buried(event.leg) or desk.floor.is_buried(event.call):
        return None
    call = _known(desk, event.call)
    if call is None:
        return None
    missing = [offer for offer in call.offered.values() if offer.leg is None]
    if len(missing) == 1 and missing[0].state is OfferState.RINGING:
        return talks.leg_started(desk, call, event.leg, missing[0].station)
    desk.audit(call.server)
    return None


def leg_ringing(desk: Desk, event: LegRinging) -> None:
    leg = _leg(desk, event)
    if leg is None or leg.state is not LegState.STARTED:
        return
    leg.state = LEG.after(leg.state, LegTrigger.RING)
    call = desk.floor.live_call(leg.call)
    if call is not None:
        desk.touch_call(call)
        offer = call.offer_of(leg.id)
        if offer is not None:
            offers.phone_rang(desk, call, offer, leg.id)
        guests.phone_rang(desk, call, leg.id)


def ring_ended(desk: Desk, event: RingEnded) -> None:
    call = desk.floor.live_call(event.call)
    if call is None:
        return
    offer = call.offer_of(event.leg)
    if outgoing.owns(call, event.leg):
        outgoing.station_rang(desk, call, event.outcome)
    elif renewal.owns(call, event.leg):
        renewal.station_rang(desk, call, event.outcome)
    elif offer is not None:
        offers.verdict(desk, call, offer, event.outcome)
    else:
        guests.verdict(call, event.leg, event.outcome)


def dial_finished(desk: Desk, event: DialFinished) -> None:
    call = desk.floor.live_call(event.call)
    if call is None:
        return
    if event.station == SEVERAL:
        ring_all.finished(desk, call, event.outcome)
        return
    offer = call.offer_at(event.station)
    if offer is not None and offer.state is OfferState.RINGING:
        offers.verdict(desk, call, offer, event.outcome)


def leg_bridged(desk: Desk, event: LegBridged) -> None:
    if event.leg == talks.caller_leg(event.call):
        call = _known(desk, event.call)
        caller = None if call is None else call.legs.get(event.leg)
        if call is not None and caller is not None:
            talks.bridged(desk, caller, event.bridge)
            control.caller_bridged(desk, call)
        return
    leg = _leg(desk, event)
    call = None if leg is None else desk.floor.live_call(leg.call)
    if leg is None or call is None:
        return
    echo = leg.state is LegState.BRIDGED and leg.bridge == event.bridge
    if echo:
        return
    talks.bridged(desk, leg, event.bridge)
    if leg.role is LegRole.AGENT and not control.leg_bridged(desk, call, leg):
        take_up_talk(desk, call, leg)
    elif leg.role is LegRole.OUTSIDE:
        guests.leg_bridged(desk, call, leg)


def take_up_talk(desk: Desk, call: Call, leg: Leg, *, listed: bool = False) -> bool:
    """The leg of a station is in conversation; believe it if the agent can be in it. Else Asterisk is asked
    (unless a listing just told, the next one is soon enough then), and what we hold against it gets sorted
    out first. True when our picture has the conversation."""
    if call.talk_leg == leg.id or call.quarantined:
        return True
    seat = desk.seat(leg.agent)
    if seat is None:
        if call.state is not CallState.TALKING:
            talks.talk_of_nobody(desk, call)
        return True
    if call.state is CallState.TALKING:
        ours = seat.call == call.id and seat.engagement is Engagement.TALKING
        if ours and call.talk_leg is None:
            call.talk_leg = leg.id  # known from before the restart, but for its leg
            return True
    taken = call.state is CallState.TALKING and call.talk_since is not None
    if taken or not may_join(seat, call):
        if not listed:
            desk.audit(call.server)
        return False
    if call.state is CallState.TALKING:
        call.state = CALL.after(call.state, CallTrigger.HOLD)  # nobody was known to talk: he joins now
    if seat.engagement is Engagement.WRAP_UP:
        close_wrap_up(desk, seat)
    talks.start_talk(desk, call, leg, seat)
    return True


def may_join(seat: Seat, call: Call) -> bool:
    """Whether nothing but this call (or a wrap-up, which a live conversation outweighs) holds the agent."""
    match seat.engagement:
        case Engagement.FREE | Engagement.WRAP_UP:
            return True
        case Engagement.OFFERED:
            return seat.id in call.offered
        case Engagement.TALKING | Engagement.INTERNAL:
            return False


def close_wrap_up(desk: Desk, seat: Seat) -> None:
    """The wrap-up is over, by the agent, the clock, or a conversation found."""
    call = None if seat.call is None else desk.floor.calls.get(seat.call)
    if seat.wrap_up_since is not None:
        seat.last_wrap_up = max(0.0, desk.now - seat.wrap_up_since)
    people.release(desk, seat)
    if call is not None:
        talks.retire(desk, call)


def leg_unbridged(desk: Desk, event: LegUnbridged) -> None:
    leg = desk.floor.legs.get(event.leg)
    call = desk.floor.live_call(event.call)
    if leg is not None and call is not None:
        talks.unbridged(desk, call, leg, event.bridge)


def leg_ended(desk: Desk, event: LegEnded) -> None:
    if event.leg == talks.caller_leg(event.call):
        desk.unannounced.pop(event.call, None)
        call = desk.floor.live_call(event.call)
        if call is not None and call.placing and not call.quarantined:
            callbacks.channel_ended(desk, call, event.cause)
        elif call is not None:
            desk.floor.bury(event.call, desk.now)
            if call.quarantined:
                quarantine.expel(desk, call, event.cause)
            else:
                talks.end_call(desk, call, event.cause)
        elif not desk.floor.is_buried(event.call):
            desk.floor.bury(event.call, desk.now)
        return
    leg = desk.floor.legs.get(event.leg)
    if leg is not None and leg.role is not LegRole.CALLER:
        talks.leg_ended(desk, leg, event.cause)
    elif not desk.floor.is_buried(event.leg):
        desk.floor.bury(event.leg, desk.now)


# Stations and commands


def station_changed(desk: Desk, event: StationChanged) -> None:
    seat = people.station_changed(desk, event.server, event.station, event.state)
    if seat is None or seat.offer is None:
        return
    offer = desk.floor.offer(seat.offer)
    if offer is None:
        return
    call = desk.floor.calls[offer.call]
    if call.server != event.server or event.state in people.RINGABLE:
        return
    if outgoing.rings_first(call, seat):
        return  # his own phone, for the call that he makes; its leg tells what becomes of that
    if offer.state is OfferState.SHOWN:
        # Not rung by us yet, so it is gone, or busy with somebody else's call.
        offers.take_back(desk, call, offer, OfferOutcome.WITHDRAWN)
    elif event.state is StationState.UNAVAILABLE:
        ring_all.leave(desk, seat, phone_gone=True)


def command_failed(desk: Desk, event: CommandFailed) -> None:
    """A refused ring leaves the caller on hold or gone: only a listing tells which, and makes a ring that is
    refused for ever repeat no faster than audits do. After a timeout even the ring may have happened."""
    server = desk.floor.server(event.server, desk.now)
    match event.command:
        case "Ring":
            call = None if event.call is None else desk.floor.live_call(event.call)
            live = () if call is None else tuple(call.offered.values())
            refused = any(one.id == event.offer for one in live) and all(one.leg is None for one in live)
            if call is not None and refused and not event.timed_out:
                offers.end_all(desk, call, OfferOutcome.WITHDRAWN)
                call.state = CALL.after(call.state, CallTrigger.HOLD)
                desk.touch_call(call)
            desk.audit(event.server)
        case "Hold":
            call = None if event.call is None else desk.floor.live_call(event.call)
            if call is not None and call.state is CallState.FALLBACK:
                reclaim.soon(desk, call)
        case "Dress":
            pass  # he hears other music; if he is gone, that is being told
        case "PlaceCall":
            if event.timed_out:
                desk.audit(event.server)
            else:
                callbacks.not_placed(desk, event.call)
        case "Intercom":
            intercoms.command_failed(desk, event)
        case "Audit":
            server.audit_asked_at = None  # the next is due by its timer
        case "Park" | "Join" | "Consult" | "SendKeys" | "MuteRecording" | "CallStation" | "DialOut":
            call = None if event.call is None else desk.floor.live_call(event.call)
            if call is not None and not call.quarantined:
                control.command_failed(desk, call, event)
            desk.audit(event.server)
        case _:
            desk.audit(event.server)
