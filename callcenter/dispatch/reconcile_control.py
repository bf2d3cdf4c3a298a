"""A controlled conversation as a listing shows it: its caller parked or in the room, with the legs of those
who are in it.

The rules are those of ``reconcile``: what differs once is noted, what differs twice, or after a (re)connect,
is believed. After a restart the call knows who talked, but neither where the caller is nor whom the agent had
asked: both are read from the places of the legs.
"""

from __future__ import annotations

from callcenter.calls.control import Guest, GuestState, Where
from callcenter.calls.control_facts import GuestEnd
from callcenter.calls.entities import Call, Leg, Seat
from callcenter.calls.facts import OfferEnded, OfferMade
from callcenter.calls.states import CALL, CallState, CallTrigger, Engagement, OfferOutcome
from callcenter.dispatch import (
    control,
    guests,
    offers,
    people,
    phone_events,
    promises,
    renewal,
    talks,
    transfers,
)
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.listing import Listing
from callcenter.telephony.commands import HangUp
from callcenter.telephony.events import CallPhase, FoundCall, FoundLeg, LegPlace
from routing.ids import offer_id


def compare(listing: Listing, call: Call, found: FoundCall, adopted: bool) -> None:
    """The caller is parked or in the room. One whom we have elsewhere is in a conversation that we did not
    see."""
    desk, offer = listing.desk, call.offer
    if call.placing and found.phase is CallPhase.ROOM:
        promises.client_is_there(desk, call)  # the agent's leg, in the room as well, says the rest
    if call.state is not CallState.TALKING:
        if not listing.moved(call, "in conversation", adopted):
            return
        if offer is not None:
            offers.end_all(desk, call, OfferOutcome.WITHDRAWN)
            call.state = CALL.after(call.state, CallTrigger.HOLD)
        talks.talk_of_nobody(desk, call)
    _settle(listing, call, found)


def has_agent(desk: Desk, call: Call, found: FoundCall) -> bool:
    """Whether somebody talks with the caller, or his agent is in the room or with a colleague while the
    caller waits there."""
    if found.phase not in (CallPhase.PARKED, CallPhase.ROOM):
        return any(leg.bridged for leg in found.legs)
    for one in found.legs:
        leg = desk.floor.legs.get(one.leg)
        if one.bridged or (
            leg is not None and leg.agent == call.agent and one.place in (LegPlace.ROOM, LegPlace.CONSULT)
        ):
            return True
    return False


def let_go(listing: Listing, found: FoundCall) -> None:
    """Hang up legs that their caller left behind in a room, or that were to come to him there, where nobody
    else would: he is gone, or on hold or in Asterisk's own queue after we were away. One that is rung for a
    client who is not dialled yet, or goes to the room with him now, stays."""
    desk = listing.desk
    call = desk.floor.live_call(found.call)
    elsewhere = found.phase in (CallPhase.WAITING, CallPhase.FALLBACK)
    if not elsewhere and (call is not None or found.phase is not CallPhase.AWAITED):
        return
    waits = call is not None and (call.placing or (call.own_leg is not None and bool(call.offered)))
    places = (LegPlace.ROOM, LegPlace.CONSULT) if waits else (LegPlace.ROOM, LegPlace.CONSULT, LegPlace.READY)
    for leg in found.legs:
        alone = not elsewhere or leg.place in places
        if alone and listing.agrees("left behind", leg.leg, 0):
            desk.do(HangUp(listing.server.id, found.call, leg.leg))


def _settle(listing: Listing, call: Call, found: FoundCall) -> None:
    """Bring a conversation of ours into the shape that Asterisk has it in."""
    desk = listing.desk
    if call.state is not CallState.TALKING or call.control.transfer is not None:
        return  # on its way there or from there: the next listing tells
    for one in found.legs:
        _know(listing, call, one)
    _find_agent(desk, call, found)
    _let_fresh_go(listing, call, found)
    _find_guest(listing, call, found)
    renewal.listed(desk, call)
    where = Where.PARKED if found.phase is CallPhase.PARKED else Where.ROOM
    settled = call.control.where is where and call.control.moving is None
    if settled and (where is Where.ROOM or call.talk_leg is not None):
        return
    if listing.agrees(f"call {where}", call.id, call.revision):
        call.control.moving = None
        if where is Where.PARKED:
            control.found_parked(desk, call)
        else:
            control.found_in_room(desk, call)


def _know(listing: Listing, call: Call, found: FoundLeg) -> None:
    """Make sure that we know the leg."""
    desk = listing.desk
    leg = desk.floor.legs.get(found.leg)
    if leg is None:
        if desk.floor.is_buried(found.leg) or not listing.agrees("leg found", found.leg, call.revision):
            return
        if found.station is None:
            leg = talks.outside_leg_started(desk, call, found.leg, told=listing.sure)
        else:
            leg = talks.leg_started(desk, call, found.leg, found.station, told=listing.sure)
    if found.bridge is not None and leg.bridge != found.bridge:
        talks.bridged(desk, leg, found.bridge)


def _find_agent(desk: Desk, call: Call, found: FoundCall) -> None:
    """The leg of the agent who has the call, if it isn't known; and whether it is in the room."""
    for one in found.legs:
        leg = desk.floor.legs.get(one.leg)
        if leg is None or leg.agent is None or one.place not in (LegPlace.ROOM, LegPlace.CONSULT):
            continue
        if call.talk_leg is None and leg.agent == call.agent and call.talk_since is not None:
            call.talk_leg = leg.id
        elif call.talk_leg is None and call.talk_since is None:
            phone_events.take_up_talk(desk, call, leg, listed=True)
        if call.talk_leg == leg.id:
            call.control.in_room = one.place is LegPlace.ROOM


def _let_fresh_go(listing: Listing, call: Call, found: FoundCall) -> None:
    """A leg that a process before us rang in the stead of the agent's, which has the conversation."""
    for one in found.legs:
        left = one.place is LegPlace.READY and call.talk_leg is not None and one.leg != call.talk_leg
        if left and not renewal.owns(call, one.leg) and listing.agrees("left behind", one.leg, call.revision):
            listing.desk.do(HangUp(listing.server.id, call.id, one.leg))


def _find_guest(listing: Listing, call: Call, found: FoundCall) -> None:
    desk, guest = listing.desk, call.control.guest
    others = [
        (one, desk.floor.legs[one.leg])
        for one in found.legs
        if one.leg in desk.floor.legs and one.leg != call.talk_leg and one.place is not LegPlace.READY
    ]
    if guest is not None:
        alone = not others and call.control.in_room and guest.state is GuestState.RINGING
        if alone and guest.leg is None and listing.agrees("guest", call.id, call.revision):
            guests.lose(desk, call, GuestEnd.NOT_REACHED)
        return
    if call.agent is None or call.talk_leg is None:
        return
    for one, leg in others:
        if one.place in (LegPlace.CONSULTED, LegPlace.ROOM) and listing.agrees(
            "guest", call.id, call.revision
        ):
            _take_up(desk, call, one, leg)
            return


def _take_up(desk: Desk, call: Call, found: FoundLeg, leg: Leg) -> None:
    """A guest whom we did not know of, or not any more."""
    if call.agent is None:
        return
    colleague = desk.seat(leg.agent)
    if leg.agent is not None and (colleague is None or colleague.engagement is not Engagement.FREE):
        return
    guest = Guest(call.agent, leg.agent, found.number, desk.now, leg=leg.id, since=desk.now)
    guest.apart = found.place is LegPlace.CONSULTED
    guest.state = GuestState.JOINED if found.bridged else GuestState.TALKING
    if guest.apart and found.bridge is None:
        guest.state = GuestState.RINGING
    call.control.guest = guest
    if colleague is not None:
        _offer(desk, call, guest, colleague)
    desk.touch_call(call)


def _offer(desk: Desk, call: Call, guest: Guest, colleague: Seat) -> None:
    """He can have the caller handed to him only by an offer: this is one, whoever made the first."""
    if call.queue is None:
        people.talk(desk, colleague, call.id)
        return
    call.offers += 1
    guest.offer = offer_id(call.id, call.offers)
    idle = max(0.0, desk.now - colleague.idle_since)
    station = colleague.agent.station
    desk.say(OfferMade(desk.now, call.id, guest.offer, call.queue, colleague.id, station, 0.0, 0.0, idle))
    people.engage(desk, colleague, call.id, guest.offer)
    if guest.state is not GuestState.RINGING:
        desk.say(OfferEnded(desk.now, call.id, guest.offer, colleague.id, OfferOutcome.ANSWERED))
        people.talk(desk, colleague, call.id)


def is_handed_on(listing: Listing, call: Call, found: FoundCall) -> bool:
    """True when a transfer of ours has the caller: where he was found then says how far it has come."""
    transfer = call.control.transfer
    if transfer is None or call.state is not CallState.TALKING:
        return False
    if found.phase is CallPhase.WAITING and listing.agrees("handed on", call.id, call.revision):
        if transfer.step:
            transfer.failed = not transfer.over
        transfers.held(listing.desk, call, found.attempt)
        return True
    stays = found.phase in (CallPhase.TALKING, CallPhase.PARKED, CallPhase.ROOM)
    if stays and not transfer.step and listing.agrees("not handed on", call.id, call.revision):
        left = found.phase is not CallPhase.TALKING and control.talk_leg(listing.desk, call) is None
        transfers.undone(listing.desk, call, alone=left)
    return True
