"""When a rule of ours broke: the call it broke on is taken out of routing, and the house goes on.

The floor may be half changed then, so nothing here asks the tables: what can't be trusted is set by force
to what frees people. An agent who talks goes on talking until his leg ends; the caller keeps his
conversation or his hold, and Asterisk's fallback. Every quarantine is a fact, and fails any test that sees
one unasked."""

from __future__ import annotations

from callcenter.calls.entities import Call, Seat
from callcenter.calls.facts import CallEnded, LegEnded, OfferEnded, Quarantined
from callcenter.calls.intercom_facts import IntercomEnded
from callcenter.calls.intercoms import IntercomOutcome
from callcenter.calls.states import CallOutcome, CallState, Engagement, OfferOutcome
from callcenter.dispatch import people, promises
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.timers import CALLS_TIMERS, TimerKind
from routing.ids import CallId, IntercomId, LegId, call_of_intercom, intercom_of


def take_out(desk: Desk, call_id: CallId | None, where: str, error: Exception) -> None:
    """Say what broke, and take the call (if the break was about one) out of routing. A call between two
    agents is let go of: what lives of it keeps their phones busy by itself."""
    intercom = None if call_id is None else intercom_of(call_id)
    if intercom is not None:
        call_id = None  # no client's
        _forget_intercom(desk, intercom)
    desk.say(Quarantined(desk.now, call_id, f"{where}: {type(error).__name__}: {error}"))
    call = None if call_id is None else desk.floor.calls.get(call_id)
    if call is not None:
        call.quarantined = True
        call.held = False
        call.parked = None
        call.control.transfer = None
        _forget(desk, call)
        _drop_offer(desk, call)
        _drop_guest(desk, call)
        desk.touch_call(call)
    for seat in tuple(desk.floor.seats.values()):
        if _is_stranded(desk, seat):
            _free(desk, seat)
    for server in desk.floor.servers:
        desk.audit(server)


def expel(desk: Desk, call: Call, cause: int) -> None:
    """A quarantined call is over: it leaves the floor, with whoever is engaged with it set free."""
    _forget(desk, call)
    _drop_offer(desk, call)
    _drop_guest(desk, call)
    call.state, call.ended_at = CallState.ENDED, desk.now
    call.outcome = CallOutcome.UNKNOWN if call.answered_at is None else CallOutcome.ANSWERED
    served = desk.now if call.answered_at is None else call.answered_at
    waited = 0.0 if call.since is None else max(0.0, served - call.since)
    desk.say(LegEnded(desk.now, call.id, LegId(call.id), cause))
    desk.say(CallEnded(desk.now, call.id, call.outcome, waited, call.talked))
    promises.call_ended(desk, call)
    desk.touch_call(call)
    desk.floor.calls.pop(call.id, None)
    for seat in tuple(desk.floor.seats.values()):
        if seat.call == call.id:
            _free(desk, seat)


def _forget_intercom(desk: Desk, intercom_id: IntercomId) -> None:
    intercom = desk.floor.intercoms.pop(intercom_id, None)
    desk.timers.cancel(TimerKind.INTERCOM, intercom_id)
    desk.floor.bury(call_of_intercom(intercom_id), desk.now)
    if intercom is not None:
        unknown = IntercomOutcome.UNKNOWN
        desk.say(IntercomEnded(desk.now, intercom.id, intercom.by, intercom.to, unknown, 0.0))
        desk.touch_intercom(intercom.id)


def _forget(desk: Desk, call: Call) -> None:
    desk.engine.leave(call.id)
    call.errand = None
    for kind in CALLS_TIMERS:
        desk.timers.cancel(kind, call.id)


def _drop_offer(desk: Desk, call: Call) -> None:
    live, call.offered = call.offered, {}
    for offer in live.values():
        desk.say(OfferEnded(desk.now, call.id, offer.id, offer.agent, OfferOutcome.WITHDRAWN))


def _drop_guest(desk: Desk, call: Call) -> None:
    guest, call.control.guest = call.control.guest, None
    seat = None if guest is None else desk.seat(guest.agent)
    if guest is None:
        return
    if guest.offer is not None and guest.agent is not None and guest.since is None:
        desk.say(OfferEnded(desk.now, call.id, guest.offer, guest.agent, OfferOutcome.WITHDRAWN))
    if seat is not None and seat.call == call.id and seat.engagement is not Engagement.FREE:
        _free(desk, seat)


def _is_stranded(desk: Desk, seat: Seat) -> bool:
    """Whether the seat is held by something that isn't there."""
    match seat.engagement:
        case Engagement.FREE:
            return False
        case Engagement.OFFERED:
            return seat.offer is None or desk.floor.offer(seat.offer) is None
        case Engagement.TALKING:
            return seat.call not in desk.floor.calls
        case Engagement.INTERNAL:
            return seat.intercom not in desk.floor.intercoms
        case Engagement.WRAP_UP:
            return seat.wrap_up_until is None


def _free(desk: Desk, seat: Seat) -> None:
    seat.engagement = Engagement.FREE
    seat.call = seat.offer = seat.intercom = None
    seat.wrap_up_since = seat.wrap_up_until = None
    desk.timers.cancel(TimerKind.WRAP_UP, seat.id)
    if desk.floor.on_phone(seat):
        desk.timers.set(TimerKind.CLEARING, seat.id, desk.now + desk.options.settle)
    people.show(desk, seat)
