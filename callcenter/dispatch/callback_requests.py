"""What people ask of callbacks: a new one, another number or time, none at all."""

from __future__ import annotations

from dataclasses import replace

from callcenter.calls.callback_facts import SAME_AGENT, CallbackChanged, CallbackEnd
from callcenter.calls.entities import Promise
from callcenter.calls.requests import (
    Accepted,
    CancelCallback,
    ChangeCallback,
    PromiseCallback,
    Refusal,
    Refused,
    Reply,
)
from callcenter.calls.states import CallbackState
from callcenter.dispatch import callbacks, promises
from callcenter.dispatch.desk import Desk
from routing import callbacks as rules
from routing.acd.model import Work
from routing.callbacks import Callback
from routing.ids import AgentId, CallbackId

_CHANGEABLE = (CallbackState.SCHEDULED, CallbackState.IN_LINE)
_DIALLED = "this client is being called back at this moment; try again in a minute"


def promise_callback(desk: Desk, request: PromiseCallback) -> Reply:
    """Asked twice with one id, it is one promise."""
    if request.callback in desk.book.promises and not request.moves:
        return Accepted()
    number = desk.options.numbers.e164(request.number)
    if number is None:
        return _no("that is no public number")
    if request.queue not in desk.floor.queues:
        return _no(f"no queue {request.queue!r}")
    seat = desk.seat(request.agent)
    if request.agent is not None and seat is None:
        return _no(f"no agent {request.agent!r} in the routing plan")
    if seat is not None and not seat.queues:
        return _no(f"agent {seat.id!r} serves no queue, so he is offered no call; let somebody else call")
    # Who promises to call himself is offered it whatever his work is.
    if seat is None and (desk.plan is None or not desk.plan.anyone_for(request.queue, Work.CALLBACK)):
        return _no(f"no agent who can serve {request.queue!r} takes callbacks; add them to somebody's work")
    known = desk.book.by_number.get((number, request.queue))
    if known is not None and request.moves:
        return _move(desk, desk.book.promises[known], request)
    if known is not None:
        return _no(f"callback {known} is open for this number and queue")
    at = desk.now if request.at is None else max(desk.now, request.at)
    callback = Callback(
        request.callback,
        number,
        request.queue,
        at,
        at,
        at + desk.options.callbacks.keep_seconds,
        language=request.language,
        zones=desk.options.numbers.zones(number),
        shown=next(iter(desk.floor.queues[request.queue].numbers), ""),
        agent=request.agent,
    )
    if callbacks.make_promise(desk, callback, None, None, request.by, request.client) is None:
        return _no("no time within its days at which this number may be dialled")
    return Accepted()


def _move(desk: Desk, promise: Promise, request: PromiseCallback) -> Reply:
    """The client was told another time, or another person: there is one promise, and this is it now."""
    if promise.state not in _CHANGEABLE:
        return _no(_DIALLED)
    wished = replace(promise.callback, agent=request.agent)
    promises.step_out(desk, promise)  # it stands there as the other's
    return _change(desk, promise, wished, request.at, request.by, agent=request.agent)


def change_callback(desk: Desk, request: ChangeCallback) -> Reply:
    promise = desk.book.promises.get(request.callback)
    if promise is None:
        return _over_already(request.callback)
    if promise.state not in _CHANGEABLE:
        return _no(_DIALLED)
    callback, numbers = promise.callback, desk.options.numbers
    if request.number is not None:
        number = numbers.e164(request.number)
        if number is None:
            return _no("that is no public number")
        known = desk.book.by_number.get((number, callback.queue))
        if known not in (None, callback.id):
            return _no(f"callback {known} is open for this number and queue")
        callback = replace(callback, number=number, zones=numbers.zones(number))
    return _change(desk, promise, callback, request.at, request.by)


def _change(
    desk: Desk,
    promise: Promise,
    callback: Callback,
    wished: float | None,
    by: str,
    agent: AgentId | None = SAME_AGENT,
) -> Reply:
    """Put this in the promise's place, at the time that is ``wished`` (``None``: as before)."""
    at = callback.next_at
    if wished is not None:
        at = max(desk.now, wished)
        callback = replace(callback, until=max(callback.until, at + desk.options.callbacks.keep_seconds))
    zone = desk.options.numbers.zone
    changed = rules.promised(callback, desk.options.callbacks, zone, max(desk.now, at))
    if changed is None:
        promises.schedule(desk, promise)
        return _no("no time within its days at which this number may be dialled")
    before = promise.callback
    if changed == before:
        promises.schedule(desk, promise)
        return Accepted()
    del desk.book.by_number[before.number, before.queue]
    promise.callback = changed
    promises.enter(desk, promise)
    desk.say(
        CallbackChanged(
            desk.now,
            changed.id,
            changed.number,
            changed.next_at,
            changed.until,
            changed.zones,
            by,
            agent,
        )
    )
    promises.schedule(desk, promise)
    return Accepted()


def cancel_callback(desk: Desk, request: CancelCallback) -> Reply:
    promise = desk.book.promises.get(request.callback)
    if promise is None:
        return _over_already(request.callback)
    if promise.state is CallbackState.CONNECTED:
        return _no("the client is on the line")
    promises.close(desk, promise, CallbackEnd.CANCELLED, None, request.by)
    return Accepted()


def _no(why: str) -> Refused:
    return Refused(Refusal.NOT_ALLOWED_NOW, why)


def _over_already(callback: CallbackId) -> Refused:
    return Refused(Refusal.TOO_LATE, f"callback {callback!r} is not open")
