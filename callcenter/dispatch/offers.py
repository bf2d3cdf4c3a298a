"""From the queue to the phone: holding a call, offering it, the card gate, the ring, and the ways an offer
ends.

One Redirect is in flight per caller, and only from hold: ``Call.held`` is set by ``CallHeld`` alone (or by a
listing) and cleared by the ring. After a ring nothing but the next ``CallHeld``, the conversation, or the
caller's end is believed to end it: Asterisk's other words on a failed ring (DialEnd, CCDialEnd) come a moment
before the caller is on hold again, when a Redirect would not be safe yet; they only say why.
"""

from __future__ import annotations

import re

from callcenter.calls.entities import Call, Offer, Seat
from callcenter.calls.facts import (
    CallQueued,
    CardPainted,
    FlowStepTaken,
    OfferEnded,
    OfferMade,
    PhoneRang,
    RingSent,
)
from callcenter.calls.states import (
    CALL,
    OFFER,
    CallState,
    CallTrigger,
    OfferOutcome,
    OfferState,
    OfferTrigger,
    PauseReason,
)
from callcenter.dispatch import people, promises, standing, why
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.timers import TimerKind
from callcenter.errors import InvariantError
from callcenter.telephony.commands import Ring
from callcenter.telephony.events import RingOutcome
from routing.acd.engine import Decision
from routing.flows.moves import Position, Stage, Waiting
from routing.ids import LegId, QueueId, offer_id

_VERDICTS = {
    RingOutcome.BUSY: OfferOutcome.DECLINED,
    RingOutcome.NO_ANSWER: OfferOutcome.NO_ANSWER,
    RingOutcome.UNREACHABLE: OfferOutcome.UNREACHABLE,
    RingOutcome.CANCELLED: OfferOutcome.WITHDRAWN,
    # Answered, and yet the caller is held again: the conversation never began.
    RingOutcome.ANSWERED: OfferOutcome.WITHDRAWN,
}


# The queue


def enter_queue(desk: Desk, call: Call) -> None:
    """Find the call's queue, once: it keeps the queue, the priority and the time of entering it."""
    if desk.plan is None:
        raise InvariantError("a call before the routing plan")
    if call.queue is None:
        queue = desk.plan.queue_for(call.dialled)
        call.queue, call.priority = queue.id, queue.priority
    if call.since is None:
        call.since = desk.now


def hold(desk: Desk, call: Call, *, returned: bool) -> None:
    """The caller is on hold in Asterisk and may be offered to an agent."""
    enter_queue(desk, call)
    if call.state is not CallState.WAITING:
        call.state = CALL.after(call.state, CallTrigger.HOLD)
    call.held = True
    promises.on_hold(desk, call)
    desk.timers.cancel(TimerKind.OVERDUE, call.id)
    desk.timers.cancel(TimerKind.RECLAIM, call.id)
    if call.queue is not None and call.since is not None:
        if call.position is not None and call.position.stage is not Stage.WAITING:
            leave_flow(desk, call, call.queue)
        desk.say(CallQueued(desk.now, call.id, call.queue, call.priority, call.since, returned))
    stand_in_line(desk, call)
    desk.touch_call(call)


def leave_flow(desk: Desk, call: Call, queue: QueueId) -> None:
    """The call waits in this queue by no step: its flow can't go on, or its step is gone."""
    since = desk.now if call.since is None else call.since
    language = "" if call.position is None else call.position.language
    call.errand = None
    call.position = Position(
        None, None, Stage.WAITING, language, waiting=Waiting(queue, since, entered=desk.now)
    )
    desk.timers.cancel(TimerKind.LOOK, call.id)
    desk.timers.cancel(TimerKind.LOOK_UP, call.id)
    desk.say(FlowStepTaken(desk.now, call.id, call.position, (), call.errands))


def place_of(call: Call, since: float) -> float:
    """Since when the call counts in its line: a place kept from before goes with it."""
    return since if call.place is None else min(since, call.place)


def stand_in_line(desk: Desk, call: Call) -> None:
    """Let the engine have a call that is on hold, as long as its server is up."""
    routable = call.held and not call.quarantined and call.state is CallState.WAITING and call.parked is None
    if routable and call.queue is not None and call.since is not None and desk.floor.is_up(call.server):
        if call.position is not None and call.position.flow is not None:
            desk.timers.set(TimerKind.LOOK, call.id, desk.now)  # what came due while he wasn't in line
        if standing.is_ready(desk, call, call.queue):
            waiting = standing.waiting_call(desk, call, call.queue, place_of(call, call.since))
            desk.engine.wait(waiting, desk.now)


def hold_again(desk: Desk, call: Call) -> None:
    """A listing says that a waiting call is on hold, as we thought before we lost sight of it: no news for
    the ledger."""
    if call.since is None:
        hold(desk, call, returned=False)
        return
    call.held = True
    promises.on_hold(desk, call)
    desk.timers.cancel(TimerKind.OVERDUE, call.id)
    stand_in_line(desk, call)
    desk.touch_call(call)


def lose_hold(desk: Desk, call: Call) -> None:
    """Whether the caller is on hold isn't known any more, or he is known not to be: he can't be rung for."""
    call.held = False
    desk.engine.leave(call.id)


# The offer


def make(desk: Desk, decision: Decision) -> None:
    """Carry out a decision: show the card, and ring once it is painted or the gate's time is over; several
    phones together, once all their cards are painted."""
    call = desk.floor.calls[decision.call]
    for chosen in decision.rung:
        seat = desk.floor.seats[chosen.agent]
        gate = desk.options.pop_gate if seat.browsers else 0.0
        open_offer(desk, call, seat, gate, why.in_short(chosen.why))
    gate = max(offer.gate for offer in call.offered.values())
    if gate > 0:
        desk.timers.set(TimerKind.GATE, call.id, desk.now + gate)
    else:
        ring(desk, call)


def offer_to(desk: Desk, call: Call, seat: Seat) -> None:
    """Offer a call on hold to this agent, whom a person chose and no strategy."""
    if call.state is CallState.TALKING:
        call.state = CALL.after(call.state, CallTrigger.HOLD)
    gate = desk.options.pop_gate if seat.browsers else 0.0
    open_offer(desk, call, seat, gate)
    if gate > 0:
        desk.timers.set(TimerKind.GATE, call.id, desk.now + gate)
    else:
        ring(desk, call)


def recording_of(desk: Desk, call: Call) -> str:
    """The name of the call's one recording, empty where its queue doesn't ask for any."""
    queue = desk.queue_of(call)
    if call.control.recording:
        return call.control.recording
    return re.sub("[^A-Za-z0-9]", "-", call.id) if queue is not None and queue.record else ""


def open_offer(desk: Desk, call: Call, seat: Seat, gate: float, reason: str = "") -> Offer:
    """The agent is offered the call (by a decision, with its ``reason`` in short, or found so in a
    listing)."""
    enter_queue(desk, call)
    if call.queue is None or call.since is None:
        raise InvariantError(f"offer of {call.id} before its queue")
    if not call.offered:
        call.state = CALL.after(call.state, CallTrigger.OFFER)
    call.errand = None  # an announcement is cut short by the ring
    desk.engine.leave(call.id)
    call.offers += 1
    station = seat.agent.station
    offer = Offer(
        offer_id(call.id, call.offers), call.id, call.queue, seat.id, station, desk.now, gate, call.attempt
    )
    call.offered[seat.id] = offer
    waited, idle = desk.now - call.since, max(0.0, desk.now - seat.idle_since)
    desk.say(OfferMade(desk.now, call.id, offer.id, call.queue, seat.id, station, gate, waited, idle, reason))
    people.engage(desk, seat, call.id, offer.id)
    desk.touch_call(call)
    return offer


def ring(desk: Desk, call: Call) -> None:
    """Send the Redirect, one for all the phones."""
    if not call.held:
        raise InvariantError(f"ring of {call.id} off hold")
    queue = desk.queue_of(call)
    seconds = max(1, queue.ring_seconds if queue is not None else 20)
    desk.timers.cancel(TimerKind.GATE, call.id)
    first, *others = call.offered.values()
    for offer in (first, *others):
        start_ringing(desk, call, offer)
        painted = offer.painted_at
        lead = None if painted is None else desk.now - painted
        desk.say(RingSent(desk.now, call.id, offer.id, offer.agent, painted is not None, lead))
    also = tuple(offer.station for offer in others)
    recording, by_itself = recording_of(desk, call), queue is not None and queue.auto_answer and not also
    desk.do(Ring(call.server, call.id, first.id, first.station, seconds, also, recording, by_itself))
    desk.expect(call, seconds + desk.options.ring_slack)


def start_ringing(desk: Desk, call: Call, offer: Offer) -> None:
    """The caller is off hold and the station is being rung, by us now or by who was before us."""
    offer.state = OFFER.after(offer.state, OfferTrigger.RING)
    offer.ring_sent_at = desk.now
    offer.attempt = call.attempt
    call.held = False
    desk.touch_call(call)


def painted(desk: Desk, call: Call, offer: Offer) -> None:
    """The agent's browser has the card on screen."""
    if offer.painted_at is not None:
        return
    offer.painted_at = desk.now
    desk.say(CardPainted(desk.now, call.id, offer.id, offer.agent))
    if not ring_if_painted(desk, call):
        desk.touch_call(call)


def ring_if_painted(desk: Desk, call: Call) -> bool:
    """Ring if nothing is waited for any more: every agent with a browser has the card on screen."""
    shown = call.held and all(offer.state is OfferState.SHOWN for offer in call.offered.values())
    if shown and all(offer.painted_at is not None or offer.gate <= 0 for offer in call.offered.values()):
        ring(desk, call)
        return True
    return False


def phone_rang(desk: Desk, call: Call, offer: Offer, leg: LegId) -> None:
    if not offer.rang:
        offer.rang = True
        desk.say(PhoneRang(desk.now, call.id, offer.id, offer.agent, leg))


def verdict(desk: Desk, call: Call, offer: Offer, outcome: RingOutcome) -> None:
    """Asterisk said how the ringing ended; the caller is held again in a moment. The first word counts, but
    ``DialFinished`` may correct a mere cancellation, and a NOANSWER, which DialEnd says of every cause that
    it doesn't know: a phone's 603 Decline, a 404."""
    told = offer.verdict
    plainer = told is RingOutcome.NO_ANSWER and outcome in (RingOutcome.BUSY, RingOutcome.UNREACHABLE)
    if told is None or told is RingOutcome.CANCELLED or plainer:
        offer.verdict = outcome
    rings = any(one.verdict is None for one in call.offered.values())
    if outcome is not RingOutcome.ANSWERED and not rings:
        desk.expect(call, desk.options.settle)


def outcome_of(offer: Offer) -> OfferOutcome:
    """How an offer ended whose caller is on hold again."""
    if offer.decline_asked:
        return OfferOutcome.DECLINED
    if offer.verdict is None or offer.leaving:
        return OfferOutcome.WITHDRAWN  # nobody said why: no blame
    return _VERDICTS[offer.verdict]


def end(desk: Desk, call: Call, offer: Offer, outcome: OfferOutcome) -> None:
    """The offer is over; whatever becomes of the call is the caller's business. Frees the agent unless he
    answered, and does to him what the outcome asks for."""
    if call.offered.get(offer.agent) is not offer:
        raise InvariantError(f"no offer of {call.id} to end")
    offer.state = OFFER.after(offer.state, OfferTrigger.END)
    del call.offered[offer.agent]
    if not call.offered:
        desk.timers.cancel(TimerKind.GATE, call.id)
        desk.timers.cancel(TimerKind.OVERDUE, call.id)
    desk.say(OfferEnded(desk.now, call.id, offer.id, offer.agent, outcome))
    desk.touch_call(call)
    seat = desk.floor.seats[offer.agent]
    pause: PauseReason | None = None
    match outcome:
        case OfferOutcome.ANSWERED:
            return
        case OfferOutcome.DECLINED:
            call.declined[offer.agent] = desk.now
            people.rest(desk, seat)
        case OfferOutcome.NO_ANSWER:
            pause = PauseReason.RONA
        case OfferOutcome.UNREACHABLE:
            pause = PauseReason.PHONE_UNREACHABLE
        case OfferOutcome.CALLER_LEFT | OfferOutcome.WITHDRAWN | OfferOutcome.ANSWERED_ELSEWHERE:
            pass
    people.release(desk, seat, pause)


def end_all(desk: Desk, call: Call, outcome: OfferOutcome) -> None:
    """The call's live offers, if any, are over in this way."""
    for offer in tuple(call.offered.values()):
        end(desk, call, offer, outcome)


def answered(desk: Desk, call: Call, offer: Offer) -> None:
    """He talks with the caller. Others who were rung only lost the race, unless they had refused before."""
    desk.engine.answered(call.id, offer.agent)
    end(desk, call, offer, OfferOutcome.ANSWERED)
    for other in tuple(call.offered.values()):
        told = outcome_of(other)
        refused = told in (OfferOutcome.DECLINED, OfferOutcome.UNREACHABLE)
        end(desk, call, other, told if refused else OfferOutcome.ANSWERED_ELSEWHERE)


def fail(desk: Desk, call: Call) -> None:
    """The ring failed: the caller is on hold again. When nobody said why, the agent is not blamed, but the
    call goes to somebody else first, as if he had declined it."""
    for offer in tuple(call.offered.values()):
        outcome = outcome_of(offer)
        if outcome is OfferOutcome.WITHDRAWN:
            call.declined[offer.agent] = desk.now
        end(desk, call, offer, outcome)


def take_back(desk: Desk, call: Call, offer: Offer, outcome: OfferOutcome) -> None:
    """End an offer whose phone doesn't ring yet. Others go on with theirs; without any, the call stands in
    line again."""
    end(desk, call, offer, outcome)
    if call.offered:
        ring_if_painted(desk, call)
    else:
        back_in_line(desk, call)


def back_in_line(desk: Desk, call: Call) -> None:
    """No phone was rung: the call is still on hold and stands in line again. One that we place stands there
    once the client has answered."""
    if call.placing:
        call.state = CALL.after(call.state, CallTrigger.HOLD)
    else:
        hold(desk, call, returned=True)
