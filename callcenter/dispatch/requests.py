"""What people ask: agents' wishes, consoles coming and going, cards painted, calls declined and ended.

A disposition is taken during the wrap-up, and also after it ran out, once, until the agent's next offer: a
note written a second too late must not be lost, but no note may land on the wrong call.
"""

from __future__ import annotations

from callcenter.calls.entities import Call, Offer, Seat
from callcenter.calls.facts import CallDisposed, ClientPicked, WrapUpExtended
from callcenter.calls.requests import (
    Accepted,
    AcknowledgeCard,
    BrowserConnected,
    BrowserLost,
    CloseWrapUp,
    DeclineOffer,
    EndCall,
    ExtendWrapUp,
    PickClient,
    Refusal,
    Refused,
    RemakeCards,
    Reply,
    ReportPhone,
    SetIntent,
)
from callcenter.calls.states import (
    AgentState,
    CallState,
    Engagement,
    Intent,
    OfferOutcome,
    OfferState,
    PauseReason,
)
from callcenter.dispatch import (
    guests,
    hands,
    intercoms,
    offers,
    outgoing,
    people,
    phone_events,
    renewal,
    ring_all,
    talks,
)
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.ports import LookUpClient
from callcenter.dispatch.timers import TimerKind
from callcenter.telephony.commands import HangUp
from routing.ids import AgentId, OfferId, call_of

ACCEPTED = Accepted()


def _unknown_agent(agent: AgentId) -> Refused:
    return Refused(Refusal.UNKNOWN_AGENT, f"no agent {agent!r} in the routing plan")


def set_intent(desk: Desk, request: SetIntent) -> Reply:
    seat = desk.seat(request.agent)
    if seat is None or seat.dismissed:
        return _unknown_agent(request.agent)
    if request.intent is Intent.PAUSED and not request.reason:
        return Refused(Refusal.REASON_MISSING, "a pause needs a reason")
    people.want(desk, seat, request.intent, request.reason, request.by)
    if request.intent is Intent.OFFLINE:
        ring_all.leave(desk, seat)
    if seat.shown is AgentState.OFFLINE:
        hands.lower(desk, seat, "")
    return ACCEPTED


# Consoles


def browser_connected(desk: Desk, request: BrowserConnected) -> Reply:
    seat = desk.seat(request.agent)
    if seat is None:
        return _unknown_agent(request.agent)
    first = not seat.browsers
    seat.browsers[request.browser] = desk.now
    if not desk.timers.is_set(TimerKind.LEASE, seat.id):
        desk.timers.set(TimerKind.LEASE, seat.id, desk.now + desk.options.browser_lease)
    if first:
        desk.timers.cancel(TimerKind.BROWSER, seat.id)
        people.tell_browser(desk, seat)
        people.lift_pause(desk, seat, PauseReason.BROWSER_LOST)
        desk.touch_seat(seat)
    return ACCEPTED


def browser_lost(desk: Desk, request: BrowserLost) -> Reply:
    seat = desk.seat(request.agent)
    if seat is None:
        return _unknown_agent(request.agent)
    _browser_gone(desk, seat, request.browser)
    return ACCEPTED


def report_phone(desk: Desk, request: ReportPhone) -> Reply:
    seat = desk.seat(request.agent)
    if seat is None:
        return _unknown_agent(request.agent)
    if request.browser not in seat.browsers:
        # Nobody would take it back.
        return Refused(Refusal.NOT_ALLOWED_NOW, f"browser {request.browser!r} is not connected")
    people.report_phone(desk, seat, request.browser, request.problem)
    here = request.voice or request.problem is not None
    renewal.voice(desk, seat, here=here)
    if not here:
        intercoms.voice_is_lost(desk, seat)
    return ACCEPTED


def expire_browsers(desk: Desk, seat: Seat) -> None:
    """Give up the browsers whose lease ran out. The timer isn't moved when a browser is heard of, but set
    anew here, so that being told again costs no more than a note of the time."""
    lease = desk.options.browser_lease
    for browser, heard in tuple(seat.browsers.items()):
        if heard + lease <= desk.now:
            _browser_gone(desk, seat, browser)
    if seat.browsers:
        desk.timers.set(TimerKind.LEASE, seat.id, min(seat.browsers.values()) + lease)


def _browser_gone(desk: Desk, seat: Seat, browser: str) -> None:
    if seat.browsers.pop(browser, None) is None:
        return
    people.forget_phone(desk, seat, browser)
    if seat.browsers:
        return
    desk.timers.cancel(TimerKind.LEASE, seat.id)
    people.tell_browser(desk, seat)
    desk.timers.set(TimerKind.BROWSER, seat.id, desk.now + desk.options.browser_grace)
    desk.touch_seat(seat)


# Offers


def _offer(desk: Desk, agent: AgentId, offer_id: OfferId) -> tuple[Call, Offer] | Refused:
    if desk.seat(agent) is None:
        return _unknown_agent(agent)
    offer = desk.floor.offer(offer_id)
    if offer is None:
        return Refused(Refusal.TOO_LATE, f"offer {offer_id!r} is over")
    if offer.agent != agent:
        return Refused(Refusal.NOT_YOURS, f"offer {offer_id!r} is another agent's")
    return desk.floor.calls[call_of(offer_id)], offer


def acknowledge_card(desk: Desk, request: AcknowledgeCard) -> Reply:
    asked = guests.of_offer(desk, request.agent, request.offer)
    if asked is not None:
        guests.painted(desk, *asked)
        return ACCEPTED
    found = _offer(desk, request.agent, request.offer)
    if isinstance(found, Refused):
        return found
    offers.painted(desk, *found)
    return ACCEPTED


def decline_offer(desk: Desk, request: DeclineOffer) -> Reply:
    asked = guests.of_offer(desk, request.agent, request.offer)
    if asked is not None:
        guests.decline(desk, *asked)
        return ACCEPTED
    found = _offer(desk, request.agent, request.offer)
    if isinstance(found, Refused):
        return found
    call, offer = found
    own = call.placing and call.dialled_by == request.agent
    if offer.state is OfferState.SHOWN and not own:
        offers.take_back(desk, call, offer, OfferOutcome.DECLINED)
        return ACCEPTED
    if not desk.floor.is_up(call.server):
        return Refused(Refusal.STARTING, f"server {call.server!r} can't be reached now")
    if own:
        offer.decline_asked = True
        desk.expect(call, desk.options.settle)
        outgoing.give_up(desk, call)
    elif not offer.decline_asked:
        offer.decline_asked = True
        desk.expect(call, desk.options.settle)
        ring_all.hang_up(desk, call, offer)
    return ACCEPTED


# Conversations


def _seat_and_call(desk: Desk, request: EndCall | PickClient) -> tuple[Seat, Call] | Refused:
    seat, call = desk.seat(request.agent), desk.floor.calls.get(request.call)
    if seat is None:
        return _unknown_agent(request.agent)
    if call is None:
        return Refused(Refusal.UNKNOWN_CALL, f"no call {request.call!r} on the floor")
    if seat.call != call.id:
        return Refused(Refusal.NOT_YOURS, f"agent {seat.id!r} is not engaged with call {call.id!r}")
    return seat, call


def end_call(desk: Desk, request: EndCall) -> Reply:
    found = _seat_and_call(desk, request)
    if isinstance(found, Refused):
        return found
    seat, call = found
    if call.state is CallState.ENDED:
        return Refused(Refusal.TOO_LATE, f"call {call.id!r} is over")
    if seat.engagement is not Engagement.TALKING:
        return Refused(Refusal.NOT_ALLOWED_NOW, "only a call one talks on can be ended")
    if not desk.floor.is_up(call.server):
        return Refused(Refusal.STARTING, f"server {call.server!r} can't be reached now")
    desk.do(HangUp(call.server, call.id, talks.caller_leg(call.id)))
    desk.expect(call, desk.options.settle)
    return ACCEPTED


def pick_client(desk: Desk, request: PickClient) -> Reply:
    found = _seat_and_call(desk, request)
    if isinstance(found, Refused):
        return found
    _, call = found
    call.client, call.picked = request.client, request.client is not None
    desk.say(ClientPicked(desk.now, call.id, request.client, request.agent))
    desk.do(LookUpClient(call.id, call.number, request.client))
    desk.touch_call(call)
    return ACCEPTED


def remake_cards(desk: Desk, request: RemakeCards) -> Reply:
    for call in desk.floor.calls.values():
        if call.client == request.client:
            desk.do(LookUpClient(call.id, call.number, call.client))
    return ACCEPTED


def extend_wrap_up(desk: Desk, request: ExtendWrapUp) -> Reply:
    seat = desk.seat(request.agent)
    if seat is None:
        return _unknown_agent(request.agent)
    since, until = seat.wrap_up_since, seat.wrap_up_until
    if seat.call != request.call or since is None or until is None:
        return Refused(Refusal.TOO_LATE, f"agent {seat.id!r} is not in the wrap-up of call {request.call!r}")
    longest = people.longest_wrap_up(desk, seat)
    later = min(until + max(0.0, request.seconds), since + longest)
    if later <= until:
        return Refused(Refusal.NOT_ALLOWED_NOW, f"a wrap-up here may be extended to {longest:g} s in all")
    people.extend_wrap_up(desk, seat, later)
    desk.say(WrapUpExtended(desk.now, request.call, seat.id, later))
    return ACCEPTED


def close_wrap_up(desk: Desk, request: CloseWrapUp) -> Reply:
    seat = desk.seat(request.agent)
    if seat is None:
        return _unknown_agent(request.agent)
    if seat.call == request.call and seat.engagement in (Engagement.OFFERED, Engagement.TALKING):
        return Refused(Refusal.NOT_ALLOWED_NOW, "the call is not over yet")
    if seat.disposable != request.call:
        return Refused(Refusal.TOO_LATE, f"call {request.call!r} is no longer open for a disposition")
    if seat.engagement is Engagement.WRAP_UP:
        phone_events.close_wrap_up(desk, seat)
    seat.disposable = None
    desk.say(
        CallDisposed(desk.now, request.call, seat.id, request.disposition, request.note, seat.last_wrap_up)
    )
    return ACCEPTED
