"""Our picture against Asterisk's: after every (re)connect, and every audit.

After a (re)connect the listing is the truth: nothing of ours is on its way, and whatever happened while it
was read follows as events, which are idempotent. So it is believed at once.

An audit's listing races with the events and with our own commands: a call may have ended after the event
and before the list, and a ring just sent isn't in it yet. So a difference is only noted, with the call's
revision; another listing is asked for ``audit_recheck`` later, and the difference is healed if that one
shows it too, and nothing was heard of or done to the call in between."""

from __future__ import annotations

from typing import assert_never

from callcenter.calls.entities import Call, Leg, Server
from callcenter.calls.facts import BlindInterval, Healing, LinkLost as LinkLostFact
from callcenter.calls.states import (
    CALL,
    CallOutcome,
    CallState,
    CallTrigger,
    Engagement,
    LegState,
    OfferOutcome,
    OfferState,
)
from callcenter.calls.views import LinkState
from callcenter.dispatch import (
    away,
    flows,
    offers,
    outgoing,
    people,
    phone_events,
    promises,
    quarantine,
    reclaim,
    reconcile_control,
    reconcile_intercoms,
    recording,
    ring_all,
    talks,
)
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.listing import Listing, one_call
from callcenter.dispatch.timers import TimerKind
from callcenter.errors import InvariantError
from callcenter.telephony.events import (
    CallPhase,
    FoundCall,
    FoundLeg,
    LinkLost,
    ServerSynced,
    StationState,
)
from routing.ids import OF_STATION, server_of


def link_lost(desk: Desk, event: LinkLost) -> None:
    """Freeze the server's calls: nothing is routed there until it is listed again. Cards shown are taken
    back, phones that ring go on ringing, conversations go on (see ``away`` for how long)."""
    server = desk.floor.server(event.server, desk.now)
    if server.link is LinkState.DOWN:
        return
    server.link, server.since = LinkState.DOWN, desk.now
    server.audit_asked_at = None
    server.suspicions = {}
    desk.timers.cancel(TimerKind.AUDIT, server.id)
    desk.say(LinkLostFact(desk.now, server.id, event.reason))
    desk.touch_server(server)
    away.expect_back(desk, server)
    people.place_all(desk)
    for call in tuple(desk.floor.calls_of(server.id)):
        if call.offer is not None and call.offer.state is OfferState.SHOWN:
            offers.end_all(desk, call, OfferOutcome.WITHDRAWN)
            offers.back_in_line(desk, call)
        offers.lose_hold(desk, call)
    promises.schedule_all(desk)


def server_synced(desk: Desk, event: ServerSynced) -> None:
    server = desk.floor.server(event.server, desk.now)
    sure = server.link is not LinkState.UP
    blind_from = event.blind_from
    if sure and blind_from is None and server.listings == 0:
        blind_from = desk.blind_since
    server.listings += 1
    server.audit_asked_at = None
    if sure:
        server.link, server.since = LinkState.UP, desk.now
        away.is_back(desk, server)
        if blind_from is not None:
            desk.say(BlindInterval(desk.now, server.id, blind_from))
        desk.touch_server(server)
        for call in desk.floor.calls_of(server.id):
            offers.lose_hold(desk, call)  # held is who is found so
    _compare_stations(desk, server, event)
    listing = Listing(desk, server, sure=sure, blind_from=blind_from)
    reconcile_intercoms.compare(listing, event)  # first: who is free of one may be in a call
    found = {call.call: call for call in event.calls if call.phase is not CallPhase.AWAITED}
    awaited = {call.call for call in event.calls if call.phase is CallPhase.AWAITED}
    for call in tuple(desk.floor.calls_of(server.id)):
        if call.id not in found and outgoing.is_unplaced(call) and (not sure or call.id in awaited):
            continue
        if call.id not in found and listing.agrees("call gone", call.id, call.revision):
            with one_call(desk, call.id):
                _call_gone(listing, call)
    _compare_legs(listing, event)
    for found_call in event.calls:
        with one_call(desk, found_call.call):
            if found_call.phase is not CallPhase.AWAITED:
                _compare_call(listing, found_call)
            reconcile_control.let_go(listing, found_call)
    for missing in [call for call in desk.unannounced if server_of(call) == server.id and call not in found]:
        del desk.unannounced[missing]
    recording.listed(desk, server.id, sure=sure)
    people.place_all(desk)
    promises.server_listed(desk, server.id)
    server.suspicions = listing.noted
    pause = desk.options.audit_recheck if listing.noted else desk.options.audit_interval
    desk.timers.set(TimerKind.AUDIT, server.id, desk.now + pause)
    desk.floor.forget_buried(desk.now - desk.options.remember_ended)


def _compare_stations(desk: Desk, server: Server, event: ServerSynced) -> None:
    """Stations need no second look: a change during the listing follows as an event. One that was busy
    before, and has no channel, is idle whatever its device state says: Asterisk works that out in a thread of
    its own, and when an answer and a hang-up cross it can stay at the wrong one."""
    before, after = server.stations, dict(event.stations)
    for station, told in event.stations:
        stuck = {before.get(station), told} <= people.IN_USE and station not in event.on_phone
        state = StationState.IDLE if stuck else told
        if before.get(station) is not state:
            people.station_changed(desk, server.id, station, state)
    for station in before:
        if station not in after:
            del server.stations[station]
            seat = desk.floor.seat_at(station)
            if seat is not None:
                desk.touch_seat(seat)


def _call_gone(listing: Listing, call: Call) -> None:
    """Asterisk has no such call any more. While we saw everything, a call that wasn't answered was abandoned;
    what became of it while we were blind nobody knows. A conversation is counted to where we last saw it."""
    outcome = CallOutcome.UNKNOWN if listing.sure else None
    listing.healed(Healing.CALL_GONE, call.id)
    if call.quarantined:
        quarantine.expel(listing.desk, call, 0)
        return
    for leg in tuple(call.legs.values()):
        if leg.id in listing.desk.floor.legs and listing.sure:
            talks.end_talk(listing.desk, call, leg, listing.blind_from)
            talks.leg_ended(listing.desk, leg, 0)
    talks.end_call(listing.desk, call, 0, outcome, listing.blind_from)


def _compare_legs(listing: Listing, event: ServerSynced) -> None:
    """Legs that Asterisk no longer has, whatever became of their calls."""
    desk = listing.desk
    there = {leg.leg for call in event.calls for leg in call.legs}
    listed = {call.call for call in event.calls}
    for leg in tuple(desk.floor.legs.values()):
        if server_of(leg.call) != listing.server.id or leg.id in there:
            continue
        if leg.id.partition(":")[2].startswith(OF_STATION) and leg.call not in listed and not listing.sure:
            continue  # it waits for a client who has no channel yet, and is listed with him alone
        call = desk.floor.calls.get(leg.call)
        if listing.agrees("leg gone", leg.id, 0 if call is None else call.revision):
            listing.healed(Healing.LEG_GONE, leg.call, leg.id)
            if call is not None and _talks_on(call, leg):
                talks.end_talk(desk, call, leg, listing.blind_from)
            talks.leg_ended(desk, leg, 0)
    # A conversation known from before a restart, with a caller but no leg, ended with that leg.
    if listing.sure:
        found = {call.call: call for call in event.calls}
        for call in desk.floor.calls_of(listing.server.id):
            lost = call.state is CallState.TALKING and call.talk_leg is None
            if lost and call.id in found and not reconcile_control.has_agent(desk, call, found[call.id]):
                talks.end_talk(desk, call, None, listing.blind_from)
                talks.agent_left(desk, call)


def _talks_on(call: Call, leg: Leg) -> bool:
    """Whether the conversation is this leg's, as far as is known: after a restart the call has not said yet
    which of its legs talks, until a listing does."""
    return call.talk_leg == leg.id or (call.talk_leg is None and call.agent == leg.agent)


def _compare_call(listing: Listing, found: FoundCall) -> None:
    desk = listing.desk
    call = desk.floor.live_call(found.call)
    if call is None:
        over = found.call in desk.floor.calls or desk.floor.is_buried(found.call)
        placed_by_us = found.phase is CallPhase.PLACING and found.call in desk.book.by_call
        nobody = found.phase in (CallPhase.LEAVING, CallPhase.PLACING, CallPhase.AWAITED)
        if over or (nobody and not placed_by_us):
            return
        # A hold without an arrival is a witness beside the listing.
        if found.call not in desk.unannounced and not listing.agrees("call found", found.call, 0):
            return
        desk.unannounced.pop(found.call, None)
        listing.healed(Healing.CALL_FOUND, found.call)
        arrived = desk.now - found.age
        server = listing.server.id
        call = talks.arrive(desk, found.call, server, found.number, found.name, found.dialled, arrived)
        call.attempt = found.attempt
        if found.phase not in (CallPhase.ARRIVING, CallPhase.PLACING):
            call.since = arrived  # the nearest to the truth that Asterisk can tell
        _settle(listing, call, found, adopted=True)
    elif not call.quarantined:
        _settle(listing, call, found, adopted=False)


def _settle(listing: Listing, call: Call, found: FoundCall, *, adopted: bool) -> None:
    """Bring a call of ours into the phase that Asterisk has it in."""
    if reconcile_control.is_handed_on(listing, call, found):
        return
    match found.phase:
        case CallPhase.ARRIVING | CallPhase.LEAVING | CallPhase.PLACING:
            return
        case CallPhase.AWAITED:
            return  # its caller has no channel yet, or not any more
        case CallPhase.PARKED | CallPhase.ROOM:
            reconcile_control.compare(listing, call, found, adopted)
        case CallPhase.STEP | CallPhase.OUT:
            _found_in_step(listing, call, adopted)
        case CallPhase.WAITING:
            _found_waiting(listing, call, found, adopted)
        case CallPhase.RINGING:
            _found_ringing(listing, call, found, adopted)
        case CallPhase.TALKING:
            _found_talking(listing, call, found, adopted)
        case CallPhase.FALLBACK:
            _found_in_fallback(listing, call, found, adopted)
        case _:
            assert_never(found.phase)


def _found_waiting(listing: Listing, call: Call, found: FoundCall, adopted: bool) -> None:
    desk, offer = listing.desk, call.offer
    if call.placing and offer is not None:
        if listing.agrees("client answered", call.id, call.revision):
            phone_events.held_again(desk, call, found.attempt)
        return
    if call.state is CallState.FLOW:
        call.attempt = max(call.attempt, found.attempt)
        # After a look-up nothing is on its way to him; else what was is over, or got lost.
        if (call.errand is not None or not call.held) and listing.agrees("step", call.id, call.revision):
            flows.lost(desk, call)
        return
    if call.state is CallState.WAITING:
        call.attempt = max(call.attempt, found.attempt)
        # Not held in our eyes: after a refused ring (no echo can follow), or after we lost sight of it.
        if not call.held and listing.agrees("call held", call.id, call.revision):
            offers.hold_again(desk, call)
        return
    if offer is not None and offer.state is OfferState.SHOWN and not listing.sure:
        return
    if not listing.moved(call, "waiting", adopted):
        return
    failed = offer is not None and found.attempt > offer.attempt
    call.attempt = max(call.attempt, found.attempt)
    if failed:
        offers.fail(desk, call)
    else:
        offers.end_all(desk, call, OfferOutcome.WITHDRAWN)
    talks.drop_talk(desk, call, listing.blind_from)
    flows.held(desk, call, returned=call.since is not None and not adopted)


def _found_in_step(listing: Listing, call: Call, adopted: bool) -> None:
    """A step has the caller: its end is waited for. One whom we have in line hears an announcement, or is
    not held since we lost sight of him; a call that was just found says at its next hold what is to become
    of it."""
    desk, offer = listing.desk, call.offer
    talks_or_rings = call.state in (CallState.OFFERED, CallState.TALKING, CallState.FALLBACK)
    shown = offer is not None and offer.state is OfferState.SHOWN and not listing.sure
    if not talks_or_rings or shown or not listing.moved(call, "in a step", adopted):
        return
    offers.end_all(desk, call, OfferOutcome.WITHDRAWN)
    talks.drop_talk(desk, call, listing.blind_from)
    call.state = CALL.after(call.state, CallTrigger.HOLD)
    offers.lose_hold(desk, call)
    desk.touch_call(call)


def _found_ringing(listing: Listing, call: Call, found: FoundCall, adopted: bool) -> None:
    desk, offer = listing.desk, call.offer
    rings = [leg for leg in found.legs if not leg.bridged and leg.station is not None]
    stations = frozenset(leg.station for leg in rings if leg.station is not None)
    ringing = offer is not None and offer.state is OfferState.RINGING
    if ringing and all(call.offer_at(station) is not None for station in stations):
        known = [_has_leg(listing, call, leg) for leg in rings]
        ring_all.compare(listing, call, stations)
        if any(known) and listing.sure:
            desk.expect(call, offer_patience(desk, call))
        return
    if call.state is CallState.TALKING or not listing.moved(call, "ringing", adopted):
        return
    if call.offered:
        offers.end_all(desk, call, OfferOutcome.WITHDRAWN)
        call.state = CALL.after(call.state, CallTrigger.HOLD)
    offers.lose_hold(desk, call)
    call.attempt = max(call.attempt, found.attempt)
    for leg in rings:
        seat = None
        if leg.station is not None and _has_leg(listing, call, leg, trust=True):
            seat = desk.floor.seat_at(leg.station)
        if seat is not None and seat.engagement is Engagement.WRAP_UP:
            phone_events.close_wrap_up(desk, seat)
        if seat is not None and seat.engagement is Engagement.FREE:
            there = offers.open_offer(desk, call, seat, 0.0)
            offers.start_ringing(desk, call, there)
            there.leg = leg.leg
    desk.expect(call, offer_patience(desk, call))


def offer_patience(desk: Desk, call: Call) -> float:
    """How long a ring may last before Asterisk is asked about it, in seconds."""
    queue = desk.queue_of(call)
    return (20 if queue is None else queue.ring_seconds) + desk.options.ring_slack


def _found_talking(listing: Listing, call: Call, found: FoundCall, adopted: bool) -> None:
    desk = listing.desk
    talks_there = next((leg for leg in found.legs if leg.bridged and leg.station is not None), None)
    if talks_there is None or (call.talk_leg == talks_there.leg and call.state is CallState.TALKING):
        return
    if call.state is CallState.TALKING and call.talk_leg is None:
        # Known from before a restart but for its leg; or let go of, and then the leg must not be over.
        known = call.talk_since is not None
        if known or _has_leg(listing, call, talks_there):
            leg = _leg_for(desk, call, talks_there, told=True)
            phone_events.take_up_talk(desk, call, leg, listed=True)
        return
    if call.state is CallState.TALKING or not listing.moved(call, "talking", adopted):
        return
    if not _has_leg(listing, call, talks_there, trust=True):
        return
    leg = desk.floor.legs[talks_there.leg]
    if not phone_events.take_up_talk(desk, call, leg, listed=True):
        # The agent is held by something else in our picture; until that is sorted out, hands off.
        offers.lose_hold(desk, call)


def _found_in_fallback(listing: Listing, call: Call, found: FoundCall, adopted: bool) -> None:
    """Somebody may already talk with the caller in the fallback queue: then it is left alone."""
    desk = listing.desk
    if call.state is not CallState.FALLBACK:
        if not listing.moved(call, "in fallback", adopted):
            return
        offers.enter_queue(desk, call)
        recording.resume(desk, call)
        talks.drop_talk(desk, call, listing.blind_from)
        phone_events.fell_back(desk, call)
    if not any(leg.bridged for leg in found.legs):
        reclaim.soon(desk, call)


def _has_leg(listing: Listing, call: Call, found: FoundLeg, *, trust: bool = False) -> bool:
    """Make sure that we know a leg that Asterisk has; false when it is over, or too early to believe in.
    ``trust``: its call was just moved to where the leg is."""
    desk = listing.desk
    if found.station is None:
        return False
    if found.leg in desk.floor.legs:
        if found.bridged:
            _leg_for(desk, call, found)
        return True
    if desk.floor.is_buried(found.leg):
        return False
    if not trust and not listing.agrees("leg found", found.leg, call.revision):
        return False
    offer = call.offer_at(found.station)
    told = offer is not None and offer.leg is None and listing.sure
    if not told:
        listing.healed(Healing.LEG_FOUND, call.id, found.leg)
    _leg_for(desk, call, found, told=told)
    return True


def _leg_for(desk: Desk, call: Call, found: FoundLeg, *, told: bool = False) -> Leg:
    leg = desk.floor.legs.get(found.leg)
    if leg is None:
        if found.station is None:
            raise InvariantError(f"{found.leg} is of no station")
        leg = talks.leg_started(desk, call, found.leg, found.station, told=told)
    if found.bridged and leg.state is not LegState.BRIDGED:
        talks.bridged(desk, leg, found.bridge or "")
    return leg
