"""Callbacks, and the callers who gave up."""

from __future__ import annotations

import secrets

from callcenter.callbacks.views import CallbackView, MissedView
from callcenter.calls.requests import CancelCallback, ChangeCallback, PromiseCallback
from callcenter.people.views import Role
from callcenter.web.access import ACTS_FOR_OTHERS
from callcenter.web.callback_schemas import (
    Callback,
    CallbackChanges,
    CallbackList,
    CallbackMade,
    CallbackPath,
    CallbacksQuery,
    ClientClock,
    DiallingHours,
    DiallingHoursQuery,
    Dismissal,
    MissedCaller,
    MissedList,
    MissedPath,
    MissedQuery,
    NewCallback,
)
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.problems import ProblemError, bad_field
from routing.callbacks import may_dial, next_allowed
from routing.ids import CallbackId, ClientId, QueueId

routes = Endpoints("callbacks")


@routes.get("/callbacks")
async def list_callbacks(context: Context, query: CallbacksQuery) -> CallbackList:
    """Open callbacks by the time of their next dialling, or those that are over, the latest first.

    An operator's are those that he made.
    """
    queue = None if query.queue is None else QueueId(query.queue)
    closed = query.state == "closed"
    by = context.user.login if context.user.role is Role.OPERATOR else None
    found = await context.deps.callbacks.callbacks(queue=queue, closed=closed, by=by, limit=query.limit)
    return CallbackList(items=[Callback.model_validate(view) for view in found])


@routes.post("/callbacks", status=201, problems=(409, 503))
async def create_callback(context: Context, body: NewCallback) -> CallbackMade:
    """Promise a client a call.

    One number has one open callback in a queue. It is dialled when an agent is free for it, from the
    promised time on, and never at night on the client's clock. One that is ``mine`` is offered to me first,
    for ten minutes, and then to the queue.
    """
    queue = _known_queue(context, body.queue)
    callback = CallbackId(body.id or f"api-{secrets.token_hex(8)}")
    by = context.user.login
    client = None if body.client is None else ClientId(body.client)
    if client is not None and await context.deps.clients.find(client) is None:
        raise bad_field("body", "client", "unknown_client", "There is no such client")
    agent = context.agent if body.mine else None
    wish = PromiseCallback(callback, body.number, queue, body.at, body.language, by, client, agent)
    await context.submit(wish)
    return CallbackMade(callback=callback)


@routes.get("/dialling-hours")
async def get_dialling_hours(context: Context, query: DiallingHoursQuery) -> DiallingHours:
    """What time it is for whoever has a number, and whether he may be called back then."""
    terms = context.deps.callback_terms
    at = context.deps.clock.now() if query.at is None else query.at
    number = terms.numbers.e164(query.number)
    if number is None:
        return DiallingHours(number=None, at=at, clocks=[], allowed=False, next_at=None)
    zones = terms.numbers.zones(number)
    return DiallingHours(
        number=number,
        at=at,
        clocks=[ClientClock(zone=zone, offset=offset) for zone, offset in terms.clocks(zones, at)],
        allowed=may_dial(terms.rules, terms.numbers.zone, zones, at),
        next_at=next_allowed(terms.rules, terms.numbers.zone, zones, at),
    )


@routes.get("/callbacks/{callback}", problems=(403, 404))
async def get_callback(context: Context, path: CallbackPath) -> Callback:
    """One callback with its attempts."""
    return Callback.model_validate(await _own(context, path))


@routes.patch("/callbacks/{callback}", problems=(403, 404, 409, 503))
async def change_callback(context: Context, path: CallbackPath, body: CallbackChanges) -> None:
    """Give an open callback another number or time, unless it is being dialled."""
    await _own(context, path)
    if body.number is None and body.at is None:
        raise bad_field("body", "number", "nothing", "Give a number, a time, or both")
    wish = ChangeCallback(CallbackId(path.callback), body.number, body.at, context.user.login)
    await context.submit(wish)


@routes.delete("/callbacks/{callback}", problems=(403, 404, 409, 503))
async def cancel_callback(context: Context, path: CallbackPath) -> None:
    """Take a callback back. A client whose phone rings for it is not rung any longer."""
    await _own(context, path)
    await context.submit(CancelCallback(CallbackId(path.callback), context.user.login))


async def _own(context: Context, path: CallbackPath) -> CallbackView:
    """The callback, if the user may see and change it: a supervisor any, an operator those he made."""
    found = await context.deps.callbacks.callback(CallbackId(path.callback))
    if found is None:
        raise ProblemError(404, "no such callback")
    if context.user.role not in ACTS_FOR_OTHERS and found.by != context.user.login:
        raise ProblemError(403, "not a callback that you made")
    return found


def _known_queue(context: Context, queue: str) -> QueueId:
    if queue not in {known.id for known in context.deps.plan().queues}:
        raise bad_field("body", "queue", "unknown_queue", "There is no such queue")
    return QueueId(queue)


@routes.get("/missed")
async def list_missed(context: Context, query: MissedQuery) -> MissedList:
    """Callers who gave up and were not served since, who waits the longest first; one entry a number."""
    queue = None if query.queue is None else QueueId(query.queue)
    found = await context.deps.callbacks.missed(queue=queue, limit=query.limit)
    return MissedList(items=[_missed(view) for view in found])


@routes.post("/missed/{number}/claim", problems=(403, 404, 409))
async def claim_missed(context: Context, path: MissedPath) -> MissedCaller:
    """Take a caller to call back; of two who ask at once, one gets him and the other is told who did."""
    return _missed(await context.deps.callbacks.take(path.number, context.agent))


@routes.delete("/missed/{number}/claim", problems=(403, 404, 409))
async def give_back_missed(context: Context, path: MissedPath) -> None:
    """Leave a caller to others again. A supervisor may do that for anybody."""
    leads = context.user.role in ACTS_FOR_OTHERS
    await context.deps.callbacks.give_back(path.number, context.agent, anybodys=leads)


@routes.post("/missed/{number}/dismiss", problems=(403, 404, 409))
async def dismiss_missed(context: Context, path: MissedPath, body: Dismissal) -> None:
    """Take a caller off the list, with a reason."""
    leads = context.user.role in ACTS_FOR_OTHERS
    await context.deps.callbacks.dismiss(path.number, context.user.login, body.reason, anybodys=leads)


@routes.post("/missed/{number}/callback", status=201, problems=(403, 404, 409, 503))
async def call_missed_back(context: Context, path: MissedPath) -> CallbackMade:
    """Have a caller who gave up called back in his queue, in turn; he leaves the list once he is reached.

    The caller is the agent's who asks from then on.
    """
    entry = await context.deps.callbacks.take(path.number, context.agent)
    callback = CallbackId(f"missed-{entry.call.replace(':', '-')}")
    wish = PromiseCallback(callback, entry.number, entry.queue, None, "", context.user.login, entry.client)
    await context.submit(wish)
    return CallbackMade(callback=callback)


def _missed(view: MissedView) -> MissedCaller:
    return MissedCaller.model_validate(view)
