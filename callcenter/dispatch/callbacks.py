"""Calling back: keeping a caller's place, dialling when its turn comes, and what people ask of it.

Theory of operation. When the engine finds an agent for a promise in line, the agent is held, and the attempt
is claimed in the database by compare and set: whoever claims it first, of all processes that ever believed
themselves to be the router, may dial, and nobody else ever will. Only then the card pops, the intent becomes
a fact, and ``PlaceCall`` is sent, once; the call's id follows from the callback and the attempt, so that a
process which comes later knows what to ask Asterisk for. The client who answers is put on hold as any caller,
and the agent's phone rings at once, since the offer has stood all the while. An agent who is gone by then
leaves the client at the head of the queue.

An attempt that was claimed counts as made. What became of it is told by ``PlaceFailed``, by the call's own
life, or by a listing that lacks it: then the outcome is unknown, said as such, and the rules decide when
the next attempt may be made. It is never made at once. A server that stays away is not waited for without
end (``dialling_forgotten``).
"""

from __future__ import annotations

from dataclasses import replace

from callcenter.calls.entities import Call, Promise, Seat
from callcenter.calls.facts import (
    CallbackDialled,
    CallbackPromised,
    CallQueued,
    ReachedHow,
)
from callcenter.calls.restored import RestoredCallback
from callcenter.calls.states import (
    CALL,
    CALLBACK,
    CallbackState,
    CallbackTrigger,
    CallTrigger,
    Engagement,
    Intent,
    OfferOutcome,
)
from callcenter.dispatch import offers, outgoing, people, promises, standing, talks, why
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.inputs import CallbacksKept, ClaimAnswered
from callcenter.dispatch.ports import ClaimCallback
from callcenter.dispatch.timers import TimerKind
from callcenter.errors import InvariantError
from callcenter.telephony.commands import PlaceCall
from callcenter.telephony.events import PlaceFailed, RingOutcome
from routing import callbacks as rules
from routing.acd.engine import Decision
from routing.acd.model import Work
from routing.callbacks import PATIENCE, AttemptOutcome, Callback, Terms, Unkeepable
from routing.ids import (
    CallbackId,
    CallId,
    ClientId,
    QueueId,
    ServerId,
    placed_call_id,
    server_of,
    uniqueid_of,
)

_CLAIM_PATIENCE = 15.0
"""Seconds after which a claim without an answer is given up; the runner answers sooner."""
_CLAIM_RETRY = 5.0
"""Seconds until the next try when the database could not be asked."""
_OUTCOMES = {
    RingOutcome.BUSY: AttemptOutcome.BUSY,
    RingOutcome.NO_ANSWER: AttemptOutcome.NO_ANSWER,
    RingOutcome.UNREACHABLE: AttemptOutcome.FAILED,
    RingOutcome.CANCELLED: AttemptOutcome.CANCELLED,
    # Answered, and yet never on hold: nobody knows what he heard.
    RingOutcome.ANSWERED: AttemptOutcome.UNKNOWN,
}
_CAUSES = {17: AttemptOutcome.BUSY, 21: AttemptOutcome.BUSY, 18: AttemptOutcome.NO_ANSWER}
_CAUSES |= {19: AttemptOutcome.NO_ANSWER, 1: AttemptOutcome.FAILED, 28: AttemptOutcome.FAILED}


# Promising


def keep_place(desk: Desk, call: Call, queue: QueueId, number: str) -> Unkeepable | None:
    """The caller will be called back at ``number`` when his turn comes in ``queue``; his call may end now,
    and is no abandoned one. Twice is once.

    Tells why when that can't be promised; the caller then waits on."""
    anyone = desk.plan is not None and desk.plan.anyone_for(queue, Work.CALLBACK)
    terms = Terms(desk.options.callbacks, desk.options.numbers)
    refused, e164 = terms.unkeepable(number, anyone, desk.now), desk.options.numbers.e164(number)
    if refused is not None or e164 is None:
        return refused or Unkeepable.NO_NUMBER
    since = desk.now if call.since is None else call.since
    since = since if call.place is None else min(since, call.place)
    known = desk.book.by_number.get((e164, queue))
    if known is not None:
        call.kept = known
        promise = desk.book.promises[known]
        promise.asked_in = call.id
        if promise.state is CallbackState.IN_LINE:
            promises.schedule(desk, promise)  # not while he is on the line
        return None
    position = call.position
    callback = Callback(
        CallbackId(f"{call.server}-{uniqueid_of(call.id)}"),
        e164,
        queue,
        since,
        desk.now,
        desk.now + desk.options.callbacks.keep_seconds,
        standing.value_of(desk, call),
        () if position is None else position.wanted,
        "" if position is None else position.language,
        zones=desk.options.numbers.zones(e164),
        shown=call.dialled,
        patience=PATIENCE if position is None else position.patience,
    )
    call.kept = make_promise(desk, callback, call.server, call.id, "", call.client)
    if call.kept is None:
        return Unkeepable.NEVER_ALLOWED
    promises.reached(desk, e164, call.id, ReachedHow.KEPT_PLACE)
    return None


def make_promise(
    desk: Desk,
    wished: Callback,
    server: ServerId | None,
    call: CallId | None,
    by: str,
    client: ClientId | None,
) -> CallbackId | None:
    """Enter a callback into the book and say so; ``None`` when it could never be kept."""
    options = desk.options
    callback = rules.promised(wished, options.callbacks, options.numbers.zone, wished.next_at)
    if callback is None:
        return None
    made = Promise(callback, server, asked_in=call, client=client)
    promises.enter(desk, made)
    desk.say(
        CallbackPromised(
            desk.now,
            callback.id,
            callback.number,
            callback.queue,
            callback.since,
            callback.next_at,
            callback.until,
            callback.value,
            callback.wanted,
            callback.language,
            callback.zones,
            callback.shown,
            server,
            call,
            by,
            callback.patience,
            client,
            callback.agent,
        )
    )
    promises.schedule(desk, made)
    return callback.id


# Dialling


def chosen(desk: Desk, decision: Decision) -> None:
    """The engine has an agent for a promise: hold him, and claim the attempt."""
    promise, seat = promises.in_line(desk, decision.call), desk.floor.seats[decision.agent]
    if promise is None:
        people.place(desk, seat)
        raise InvariantError(f"a decision for {decision.call}, which isn't promised")
    promise.state = CALLBACK.after(promise.state, CallbackTrigger.CHOSEN)
    promise.pool = None
    promise.claim = promise.callback.attempts + 1
    name = f"{promise.callback.id}-{promise.claim}"
    promise.call = placed_call_id(decision.pool.server, name)
    promise.agent, promise.why = seat.id, why.in_short(decision.why)
    seat.reserved = promise.callback.id
    people.place(desk, seat)
    desk.do(ClaimCallback(promise.callback.id, promise.claim, promise.call, seat.id, desk.now))
    desk.timers.set(TimerKind.CALLBACK, promise.callback.id, desk.now + _CLAIM_PATIENCE)


def claim_answered(desk: Desk, answer: ClaimAnswered) -> None:
    """Dial if the attempt is ours and the agent still there."""
    promise = desk.book.promises.get(answer.callback)
    if promise is None or promise.state is not CallbackState.CLAIMING:
        return
    if (promise.claim, promise.call) != (answer.attempt, answer.call):
        return  # late: asked anew since for another server, and that answer follows
    if answer.granted is False:
        # Somebody who was the router before us has made this attempt.
        promises.tried(desk, promise, AttemptOutcome.UNKNOWN)
        return
    if answer.granted is None:
        _not_claimed(desk, promise, _CLAIM_RETRY)
        return
    seat = desk.seat(promise.agent)
    if seat is None or promise.call is None or not _may_dial(desk, promise, seat, server_of(promise.call)):
        _not_claimed(desk, promise, 0.0)
        return
    _dial(desk, promise, seat, promise.call)


def _not_claimed(desk: Desk, promise: Promise, pause: float) -> None:
    """Nothing was dialled, and the attempt does not count; it is asked for again in its turn."""
    promises.let_agent_go(desk, promise)
    promise.claim = promise.call = None
    promise.state = CALLBACK.after(promise.state, CallbackTrigger.REFUSED)
    promise.callback = replace(promise.callback, next_at=desk.now + pause)
    promises.schedule(desk, promise)


def _may_dial(desk: Desk, promise: Promise, seat: Seat, server_id: ServerId) -> bool:
    """Whether it is still day, the client is on no line of ours, and the agent could still be offered a
    call."""
    options = desk.options
    server = desk.floor.servers.get(server_id)
    ready = (
        seat.engagement is Engagement.FREE
        and seat.intent is Intent.READY
        and not seat.dismissed
        and seat.cooling_until is None
        and not desk.floor.on_phone(seat)
    )
    there = server is not None and desk.floor.is_up(server_id) and desk.floor.station_usable(server, seat)
    day = rules.may_dial(options.callbacks, options.numbers.zone, promise.callback.zones, desk.now)
    return ready and there and day and not promises.may_be_on_the_line(desk, promise)


def _dial(desk: Desk, promise: Promise, seat: Seat, call_wanted: CallId) -> None:
    callback, server = promise.callback, server_of(call_wanted)
    seat.reserved = None
    desk.say(
        CallbackDialled(desk.now, callback.id, callback.attempts + 1, call_wanted, seat.id, callback.number)
    )
    promise.state = CALLBACK.after(promise.state, CallbackTrigger.CLAIMED)
    desk.book.by_call[call_wanted] = callback.id
    seconds = desk.options.callbacks.ring_seconds
    rings = seconds + desk.options.ring_slack
    desk.timers.set(TimerKind.CALLBACK, callback.id, desk.now + rings + desk.options.dialling_forgotten)
    call = talks.arrive(desk, call_wanted, server, callback.number, "", callback.shown, desk.now)
    offers.open_offer(desk, call, seat, 0.0, promise.why)
    desk.do(PlaceCall(server, call.id, callback.number, callback.shown, seconds))
    desk.expect(call, rings)


# What Asterisk tells of a dialling


def client_answered(desk: Desk, call: Call, attempt: int) -> None:
    """The client is on hold: his agent's phone rings at once; without an agent he stands at the head of the
    line."""
    if call.dialled_by is not None and outgoing.client_answered(desk, call, attempt):
        return
    offer = call.offer
    call.attempt = attempt
    if offer is None or call.dialled_by is not None:
        promises.client_is_there(desk, call)
        if offer is not None:
            offers.end_all(desk, call, OfferOutcome.WITHDRAWN)
            call.state = CALL.after(call.state, CallTrigger.HOLD)
        offers.hold(desk, call, returned=False)
        return
    promises.on_hold(desk, call)
    call.held = True
    if call.queue is not None and call.since is not None:
        desk.say(CallQueued(desk.now, call.id, call.queue, call.priority, call.since, returned=False))
    offers.ring(desk, call)


def place_failed(desk: Desk, event: PlaceFailed) -> None:
    """The client did not answer. What comes after the attempt is over is an echo."""
    outcome = _OUTCOMES[event.outcome]
    call = desk.floor.live_call(event.call)
    if call is None:
        callback = desk.book.by_call.get(event.call)
        promise = None if callback is None else desk.book.promises.get(callback)
        if promise is not None:
            desk.floor.bury(event.call, desk.now)
            promises.tried(desk, promise, outcome)
    elif call.placing:
        _over(desk, call, outcome, event.cause)


def channel_ended(desk: Desk, call: Call, cause: int) -> None:
    """The client's channel is gone before he answered; why is told in a moment."""
    call.placed = _CAUSES.get(cause)
    desk.expect(call, desk.options.settle)


def not_placed(desk: Desk, call: CallId | None) -> None:
    """Asterisk refused to dial."""
    known = None if call is None else desk.floor.live_call(call)
    if known is not None and known.placing:
        _over(desk, known, AttemptOutcome.FAILED, 0)


def _over(desk: Desk, call: Call, outcome: AttemptOutcome, cause: int) -> None:
    call.placed = outcome
    desk.floor.bury(call.id, desk.now)
    talks.end_call(desk, call, cause)


# Time, restarts


def time_has_come(desk: Desk, callback: CallbackId) -> None:
    promise = desk.book.promises.get(callback)
    if promise is None:
        return
    match promise.state:
        case CallbackState.SCHEDULED | CallbackState.IN_LINE:
            promises.schedule(desk, promise)
        case CallbackState.CLAIMING:
            _not_claimed(desk, promise, _CLAIM_RETRY)
        case CallbackState.DIALLING:
            _word_waited_for(desk, promise)
        case CallbackState.CONNECTED | CallbackState.CLOSED:
            pass


def _word_waited_for(desk: Desk, promise: Promise) -> None:
    """Nobody said for long what became of a dialling. Its server is away, and may never come back: the
    outcome is unknown, and the next attempt follows by rule. Should the server come back with the client on
    the line after all, he is not dialled beside that."""
    placed = None if promise.call is None else desk.floor.live_call(promise.call)
    if placed is None:
        promises.tried(desk, promise, AttemptOutcome.UNKNOWN)
    elif not desk.floor.is_up(placed.server):
        promise.asked_in = placed.id
        promises.tried(desk, promise, AttemptOutcome.UNKNOWN)
    else:
        again = desk.now + desk.options.dialling_forgotten
        desk.timers.set(TimerKind.CALLBACK, promise.callback.id, again)


def take_up(desk: Desk, known: RestoredCallback) -> bool:
    """A promise from before a restart, or one that another process made. A dialling that may be out is
    looked for in the next listing; nothing is dialled before that. False for one that is known already, open
    or over: what the database says of it is older than what we know."""
    callback = known.callback
    book = desk.book
    known_here = callback.id in book.promises or callback.id in book.over
    if known_here or (callback.number, callback.queue) in book.by_number:
        return False
    promise = Promise(
        callback,
        known.server,
        claim=known.claim,
        call=known.call,
        asked_in=known.asked_in,
        client=known.client,
    )
    promises.enter(desk, promise)
    if known.call is not None:
        promise.state = CALLBACK.after(promise.state, CallbackTrigger.CLAIMED)
        desk.timers.set(TimerKind.CALLBACK, callback.id, desk.now + desk.options.dialling_forgotten)
    else:
        promises.schedule(desk, promise)
    return True


def adopt(desk: Desk, kept: CallbacksKept) -> None:
    """The promises in the database: those we never heard of were a dead node's, whose facts came late."""
    for known in kept.callbacks:
        desk.book.adopted += take_up(desk, known)
