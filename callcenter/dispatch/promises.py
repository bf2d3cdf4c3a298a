"""Promises to call back: the book of those that are open, and what calls do to them.

Theory of operation. A promise is *scheduled* until it may be dialled, then it stands *in line* in the engine
among the waiting calls, with the place that the client kept; its turn makes it a dialling (``callbacks``). It
never stands there outside its hours, while no server is up, or while the client is still on the line in which
he asked. There is at most one open promise for a number and queue. A client who calls by himself gets his
place and the promise is over; one whom an agent speaks with is reached, however that came.

Beside it the book knows the numbers of those who gave up, as long as they are to be called back, so that it
can say when they are served after all. The list itself is in the database.
"""

from __future__ import annotations

from dataclasses import replace

from callcenter.calls.entities import Call, Promise
from callcenter.calls.facts import (
    CallbackEnd,
    CallbackEnded,
    CallbackTried,
    CallerGaveUp,
    CallerReached,
    ReachedHow,
)
from callcenter.calls.states import CALLBACK, CallbackState, CallbackTrigger, CallOutcome
from callcenter.dispatch import people
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.timers import TimerKind
from callcenter.telephony.commands import HangUp
from routing import callbacks as rules
from routing.acd.model import Queue, Work
from routing.acd.queue import Pool, Preferred, Tie, WaitingCall
from routing.callbacks import AttemptOutcome, Callback
from routing.ids import CallbackId, CallId, LegId, ServerId, server_of

_LINE = "*:"
"""Begins the ids under which promises stand in the engine's lines; no server can be named so."""
_IN_FLIGHT = (CallbackState.DIALLING, CallbackState.CONNECTED)
_MOST_MISSED = 50_000
"""Numbers of callers who gave up that the core remembers; beyond, the oldest only leaves the list by a
person's hand."""


def line_id(callback: CallbackId) -> CallId:
    """The id under which a promise stands in line."""
    return CallId(_LINE + callback)


def in_line(desk: Desk, call: CallId) -> Promise | None:
    """The promise that a place in line is of; ``None`` for a call's."""
    if not call.startswith(_LINE):
        return None
    return desk.book.promises.get(CallbackId(call.removeprefix(_LINE)))


def of_call(desk: Desk, call: Call) -> Promise | None:
    """The open promise that this dialled call is to keep."""
    promise = None if call.callback is None else desk.book.promises.get(call.callback)
    return promise if promise is not None and promise.call == call.id else None


def queue_of(desk: Desk, callback: Callback) -> Queue:
    """The promise's queue, or, once that was removed, the one that takes calls to unknown numbers."""
    if desk.plan is None:
        raise ValueError("a callback before the routing plan")
    return desk.floor.queues.get(callback.queue) or desk.plan.queue_for(callback.shown)


# The line


def enter(desk: Desk, promise: Promise) -> None:
    """The book has one more open promise."""
    callback = promise.callback
    desk.book.promises[callback.id] = promise
    desk.book.by_number[callback.number, callback.queue] = callback.id
    if promise.call is not None:
        desk.book.by_call[promise.call] = callback.id


def schedule(desk: Desk, promise: Promise) -> None:
    """Put a promise that is not being dialled where its time says: in line, or asleep until it may be."""
    if promise.state not in (CallbackState.SCHEDULED, CallbackState.IN_LINE):
        return
    callback = promise.callback
    if desk.now >= callback.until:
        close(desk, promise, CallbackEnd.EXPIRED)
        return
    options = desk.options
    zone = options.numbers.zone
    due = rules.next_allowed(options.callbacks, zone, callback.zones, max(desk.now, callback.next_at))
    server = _server(desk, promise)
    wake = callback.until if due is None else min(due, callback.until)
    if due is not None and due <= desk.now:
        if server is not None and not may_be_on_the_line(desk, promise):
            _stand(desk, promise, server)
            over = rules.closes_at(options.callbacks, zone, callback.zones, desk.now)
            wake = min(callback.until, max(over, desk.now + 0.001))
        else:
            wake = callback.until  # the listing, or the call's end, asks again
            step_out(desk, promise)
    else:
        step_out(desk, promise)
    desk.timers.set(TimerKind.CALLBACK, callback.id, wake)


def schedule_all(desk: Desk) -> None:
    """Servers or queues changed."""
    for promise in tuple(desk.book.promises.values()):
        schedule(desk, promise)


def may_be_on_the_line(desk: Desk, promise: Promise) -> bool:
    """Whether the call goes on in which the client asked, or in which we dialled him and do not know what
    became of it. What a server has that is away for long counts no more."""
    call = None if promise.asked_in is None else desk.floor.live_call(promise.asked_in)
    server = None if call is None else desk.floor.servers.get(call.server)
    return server is not None and not server.given_up


def _server(desk: Desk, promise: Promise) -> ServerId | None:
    """Where to dial from: the server that the client called if it is up, else the first that is."""
    if promise.server is not None and desk.floor.is_up(promise.server):
        return promise.server
    return next((server for server in desk.floor.servers if desk.floor.is_up(server)), None)


def _stand(desk: Desk, promise: Promise, server: ServerId) -> None:
    callback = promise.callback
    queue = queue_of(desk, callback)
    pool = Pool(server, queue.id)
    if promise.state is CallbackState.SCHEDULED:
        promise.state = CALLBACK.after(promise.state, CallbackTrigger.DUE)
    elif promise.pool == pool:
        return
    promise.pool = pool
    desk.engine.wait(
        WaitingCall(
            line_id(callback.id),
            pool,
            queue.priority,
            callback.since,
            value=callback.value,
            wanted=callback.wanted,
            wanted_until=_wanted_until(callback),
            preferred=_preferred(callback),
            work=Work.CALLBACK,
        ),
        desk.now,
    )


def _preferred(callback: Callback) -> tuple[Preferred, ...]:
    if callback.agent is None:
        return ()
    return (Preferred(callback.agent, callback.next_at + callback.patience, Tie.PROMISED),)


def _wanted_until(callback: Callback) -> float | None:
    return callback.next_at + callback.patience if callback.wanted else None


def step_out(desk: Desk, promise: Promise) -> None:
    """Out of the line, until it is scheduled again."""
    if promise.state is CallbackState.IN_LINE:
        promise.state = CALLBACK.after(promise.state, CallbackTrigger.NOT_NOW)
        promise.pool = None
        desk.engine.leave(line_id(promise.callback.id))


# The end of an attempt, and of the promise


def let_agent_go(desk: Desk, promise: Promise) -> None:
    """The agent is not held for the promise any more."""
    seat = desk.seat(promise.agent)
    promise.agent = None
    if seat is not None and seat.reserved == promise.callback.id:
        seat.reserved = None
        people.place(desk, seat)


def tried(desk: Desk, promise: Promise, outcome: AttemptOutcome) -> None:
    """The attempt under way came to nothing: another follows by rule, or the promise is given up."""
    if promise.claim is None or promise.call is None:
        return
    options, callback = desk.options, promise.callback
    again = rules.after(callback, options.callbacks, options.numbers.zone, outcome, desk.now)
    _say_tried(desk, promise, outcome, None if again is None else again.next_at)
    let_agent_go(desk, promise)
    desk.book.by_call.pop(promise.call, None)
    promise.claim = promise.call = None
    if again is None:
        made = replace(callback, attempts=callback.attempts + 1)
        promise.callback = made
        all_made = made.attempts >= options.callbacks.most_attempts
        close(desk, promise, CallbackEnd.GIVEN_UP if all_made else CallbackEnd.EXPIRED)
        return
    promise.state = CALLBACK.after(promise.state, CallbackTrigger.TRIED)
    promise.callback = again
    schedule(desk, promise)


def _say_tried(desk: Desk, promise: Promise, outcome: AttemptOutcome, next_at: float | None) -> None:
    if promise.claim is not None and promise.call is not None:
        desk.say(CallbackTried(desk.now, promise.callback.id, promise.claim, promise.call, outcome, next_at))


def close(
    desk: Desk, promise: Promise, reason: CallbackEnd, call: CallId | None = None, by: str = ""
) -> None:
    """The promise is over. A client whose phone rings for it is not rung any longer, unless he answered."""
    callback = promise.callback
    if promise.state in _IN_FLIGHT and promise.call is not None:
        reached = reason is CallbackEnd.REACHED and call == promise.call
        _say_tried(desk, promise, AttemptOutcome.REACHED if reached else AttemptOutcome.CANCELLED, None)
        if not reached:
            _ring_no_longer(desk, promise.call)
        desk.book.by_call.pop(promise.call, None)
    desk.engine.leave(line_id(callback.id))
    desk.timers.cancel(TimerKind.CALLBACK, callback.id)
    let_agent_go(desk, promise)
    promise.state = CALLBACK.after(promise.state, CallbackTrigger.CLOSE)
    del desk.book.promises[callback.id]
    desk.book.over[callback.id] = None
    desk.book.by_number.pop((callback.number, callback.queue), None)
    desk.say(CallbackEnded(desk.now, callback.id, reason, call, by))


def _ring_no_longer(desk: Desk, call: CallId) -> None:
    placed = desk.floor.live_call(call)
    if placed is not None and placed.placing and desk.floor.is_up(placed.server):
        desk.do(HangUp(placed.server, placed.id, LegId(placed.id)))
        desk.expect(placed, desk.options.settle)


# What calls do to promises


def recognise(desk: Desk, call: Call) -> None:
    """A call was made known: it may be one that we dialled before a restart, or that in which a client kept
    his place."""
    callback = desk.book.by_call.get(call.id)
    promise = None if callback is None else desk.book.promises.get(callback)
    if promise is not None:
        _keep_with(desk, call, promise)
        return
    for other in desk.book.promises.values():
        if other.asked_in == call.id:
            call.kept = other.callback.id


def _keep_with(desk: Desk, call: Call, promise: Promise) -> None:
    """The call is the dialling of this promise, and is served in its place."""
    queue = queue_of(desk, promise.callback)
    call.callback, call.place = promise.callback.id, promise.callback.since
    call.wanted, call.wanted_until = promise.callback.wanted, _wanted_until(promise.callback) or 0.0
    if call.queue is None:
        call.queue, call.priority = queue.id, queue.priority
    if call.answered_at is not None:
        close(desk, promise, CallbackEnd.REACHED, call.id)
    else:
        call.placing = call.since is None


def on_hold(desk: Desk, call: Call) -> None:
    """A caller is on hold: the client we dialled has answered, or one with a promise has called by
    himself."""
    if call.callback is None:
        _called_in(desk, call)
    else:
        client_is_there(desk, call)


def client_is_there(desk: Desk, call: Call) -> None:
    """The client we dialled is on the line, whatever told so: he is on hold, an agent's phone rings for him,
    he talks, Asterisk's own queue has him. Once is enough; from here on he is served as any caller is."""
    if not call.placing:
        return
    call.placing = False
    call.since = desk.now
    promise = of_call(desk, call)
    if promise is not None and promise.state is CallbackState.DIALLING:
        promise.state = CALLBACK.after(promise.state, CallbackTrigger.ANSWER)
        # From here on he is no longer to be tried at a time, but to be served.
        desk.timers.cancel(TimerKind.CALLBACK, promise.callback.id)
    elif promise is None:
        _there_after_all(desk, call)
    desk.touch_call(call)


def _there_after_all(desk: Desk, call: Call) -> None:
    """A dialling that was given up as unknown has reached the client: no other may ring him meanwhile."""
    promise = None if call.callback is None else desk.book.promises.get(call.callback)
    if promise is None or promise.state is CallbackState.CONNECTED:
        return
    promise.asked_in = call.id
    if promise.state is CallbackState.DIALLING and promise.call is not None:
        _ring_no_longer(desk, promise.call)
        tried(desk, promise, AttemptOutcome.CANCELLED)
    else:
        schedule(desk, promise)


def _called_in(desk: Desk, call: Call) -> None:
    number = desk.options.numbers.e164(call.number) if call.queue is not None else None
    if number is None or call.queue is None or call.kept is not None:
        return
    callback = desk.book.by_number.get((number, call.queue))
    promise = None if callback is None else desk.book.promises.get(callback)
    if promise is None or promise.state is CallbackState.CONNECTED:
        return
    since = promise.callback.since
    call.place = since if call.place is None else min(call.place, since)
    close(desk, promise, CallbackEnd.CALLED_IN, call.id)


def talk_began(desk: Desk, call: Call) -> None:
    """An agent speaks with the caller."""
    client_is_there(desk, call)
    promise = of_call(desk, call)
    if promise is not None:
        close(desk, promise, CallbackEnd.REACHED, call.id)
    elif call.kept is not None and (own := desk.book.promises.get(call.kept)) is not None:
        close(desk, own, CallbackEnd.CALLED_IN, call.id)  # he stayed on the line after all
    number = desk.options.numbers.e164(call.number)
    _served(desk, call, number)
    how = ReachedHow.ANSWERED if call.callback is None else ReachedHow.CALLED_BACK
    reached(desk, number, call.id, how)


def _served(desk: Desk, call: Call, number: str | None) -> None:
    """Whoever an agent speaks with is not called back any more, whatever queue he was promised it in, and
    whatever number of his he calls from. One number may be of several clients: who is known to be another
    keeps his promise. So does who was promised a call at a time still to come, about something else."""
    for promise in tuple(desk.book.promises.values()):
        callback = promise.callback
        both = promise.client is not None and call.client is not None
        same = promise.client == call.client if both else callback.number == number
        to_come = callback.since > desk.now and callback.queue != call.queue
        if same and not to_come and promise.state is not CallbackState.CONNECTED:
            close(desk, promise, CallbackEnd.REACHED, call.id)


def reached(desk: Desk, number: str | None, call: CallId, how: ReachedHow) -> None:
    """Whoever has this number is served or will be: he is not to be called back any more."""
    if number is not None and desk.book.missed.pop(number, None) is not None:
        desk.say(CallerReached(desk.now, number, call, how))


def call_ended(desk: Desk, call: Call) -> None:
    """The caller's leg is over, and the call has its outcome."""
    if call.callback is not None:
        promise = of_call(desk, call)
        if promise is not None:
            left = AttemptOutcome.LEFT if call.outcome is CallOutcome.ABANDONED else AttemptOutcome.UNKNOWN
            placed = call.placed or AttemptOutcome.UNKNOWN
            tried(desk, promise, placed if call.placing else left)
        elif (own := desk.book.promises.get(call.callback)) is not None and own.asked_in == call.id:
            schedule(desk, own)
    elif call.kept is not None:
        promise = desk.book.promises.get(call.kept)
        if promise is not None:
            schedule(desk, promise)
    elif call.outcome is CallOutcome.ABANDONED:
        _gave_up(desk, call)


def _gave_up(desk: Desk, call: Call) -> None:
    queue, number = desk.queue_of(call), desk.options.numbers.e164(call.number)
    if queue is None or number is None or call.since is None:
        return
    waited = desk.now - call.since
    if waited <= queue.short_abandon_seconds:
        return
    missed = desk.book.missed
    missed.pop(number, None)
    missed[number] = desk.now
    forget_before = desk.now - desk.options.remember_missed
    while missed and (len(missed) > _MOST_MISSED or next(iter(missed.values())) < forget_before):
        del missed[next(iter(missed))]
    desk.say(CallerGaveUp(desk.now, number, call.id, queue.id, call.dialled, waited, call.client))


def server_listed(desk: Desk, server: ServerId) -> None:
    """A server was compared with our picture: a dialling there that is not on the floor now came to nothing
    that anybody saw."""
    for promise in tuple(desk.book.promises.values()):
        call = promise.call if promise.state is CallbackState.DIALLING else None
        if call is not None and server_of(call) == server and desk.floor.live_call(call) is None:
            tried(desk, promise, AttemptOutcome.UNKNOWN)
        schedule(desk, promise)
