"""Calls: what an agent does with the one in hand, and what the history knows."""

from __future__ import annotations

import json
from typing import Any

from callcenter.calls.requests import CloseWrapUp, DeclineOffer, EndCall, PickClient, Refusal, Refused
from callcenter.calls.views import agent_key, call_key
from callcenter.history import queries
from callcenter.history.queries import BadCursorError, InteractionFilter
from callcenter.people.views import Role, User
from callcenter.web.access import SEES_EVERYTHING
from callcenter.web.api.items import remake_cards
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.problems import ProblemError, bad_field, refused
from callcenter.web.schemas import (
    CallPath,
    CallsQuery,
    ClientChoice,
    Decline,
    Interaction,
    InteractionDetail,
    InteractionList,
    Leg,
    LegQuality,
    WrapUp,
)
from callcenter.web.why_schemas import flow_path, offers_of
from routing.ids import AgentId, CallId, ClientId, OfferId, QueueId, call_of

routes = Endpoints("calls")

READS_ALL_CALLS = SEES_EVERYTHING | {Role.CAMPAIGN_MANAGER}


@routes.post("/calls/{call}/decline", problems=(403, 404, 409, 503))
async def decline_offer(context: Context, path: CallPath, body: Decline) -> None:
    """Decline the offer of a call; it goes back to the head of its queue."""
    if call_of(OfferId(body.offer)) != path.call:
        raise bad_field("body", "offer", "other_call", "Not an offer of this call")
    await context.submit(DeclineOffer(context.agent, OfferId(body.offer)))


@routes.post("/calls/{call}/hang-up", problems=(403, 404, 409, 503))
async def hang_up(context: Context, path: CallPath) -> None:
    """End the conversation."""
    await context.submit(EndCall(context.agent, CallId(path.call)))


@routes.post("/calls/{call}/wrap-up", problems=(403, 404, 409, 503))
async def close_wrap_up(context: Context, path: CallPath, body: WrapUp) -> None:
    """Close the wrap-up with a disposition and a note."""
    choices = await context.deps.words.dispositions()
    choice = next((item for item in choices if item.code == body.disposition), None)
    if choice is None:
        raise bad_field("body", "disposition", "unknown_disposition", "Not a disposition of this site")
    queue = _queue_of(context, CallId(path.call))
    if choice.queues and queue is not None and queue not in choice.queues:
        raise bad_field("body", "disposition", "other_queue", "Not a disposition of this call's queue")
    if choice.note_required and not body.note.strip():
        raise bad_field("body", "note", "missing", "This disposition needs a note")
    await context.submit(CloseWrapUp(context.agent, CallId(path.call), body.disposition, body.note.strip()))


def _queue_of(context: Context, call: CallId) -> QueueId | None:
    shown = _shown(context, call_key(call))
    return None if shown is None else shown["queue"]


def _shown(context: Context, key: str) -> dict[str, Any] | None:
    """An entity of the live picture, as browsers see it."""
    document = context.push.document(key)
    return None if document is None else json.loads(document)


@routes.put("/calls/{call}/client", problems=(403, 404, 409, 503))
async def pick_client(context: Context, path: CallPath, body: ClientChoice) -> None:
    """Say who the caller is.

    The card is made anew, and whoever calls from this number next time is taken for this client.
    """
    call, client = CallId(path.call), ClientId(body.client)
    if await context.deps.clients.find(client) is None:
        raise bad_field("body", "client", "unknown_client", "There is no such client")
    number = await _number_of(context, call)
    await context.submit(PickClient(context.agent, call, client))
    if number is not None:
        await context.deps.clients.record_pick(number, client, context.agent, context.deps.clock.now())
        await remake_cards(context, client)  # whose reason is now that it was said


async def _number_of(context: Context, call: CallId) -> str | None:
    shown = _shown(context, call_key(call))
    if shown is not None:
        return str(shown["number"])
    record = await context.deps.history.interaction(call)
    return None if record is None else record.interaction.number


@routes.delete("/calls/{call}/client", problems=(403, 404, 409, 503))
async def unpick_client(context: Context, path: CallPath) -> None:
    """Take back who the caller was said to be.

    The pick is forgotten, and the number looked up anew: the one picked before counts again, if any.
    """
    call = CallId(path.call)
    about, me = _shown(context, call_key(call)), _shown(context, agent_key(context.agent))
    if about is None:
        raise refused(Refused(Refusal.UNKNOWN_CALL, f"no call {call!r} on the floor"))
    # Asked of the picture first: the look-up that the core orders must not find the pick any more.
    if me is None or me["call"] != call:
        raise refused(Refused(Refusal.NOT_YOURS, f"you are not engaged with call {call!r}"))
    if about["client"] is not None:
        client, now = ClientId(about["client"]), context.deps.clock.now()
        await context.deps.clients.undo_pick(about["number"], client, context.agent, now)
    await context.submit(PickClient(context.agent, call, None))


@routes.get("/calls", problems=(403,))
async def list_calls(context: Context, query: CallsQuery) -> InteractionList:
    """Calls, the newest first.

    An operator must ask for one client's, or for his own (``agent``).
    """
    user = context.user
    own = user.agent is not None and query.agent == user.agent
    if user.role not in READS_ALL_CALLS and query.client is None and not own:
        raise ProblemError(403, "ask for one client's calls, or for your own")
    which = InteractionFilter(
        ended=None if query.state is None else query.state == "ended",
        queue=None if query.queue is None else QueueId(query.queue),
        agent=None if query.agent is None else AgentId(query.agent),
        client=None if query.client is None else ClientId(query.client),
        since=query.since,
        until=query.until,
    )
    return await interactions(context, which, query.limit, query.cursor)


async def interactions(
    context: Context, which: InteractionFilter, limit: int, cursor: str | None
) -> InteractionList:
    """A page of the history, for the endpoints that list calls."""
    try:
        page = await context.deps.history.interactions(which, limit, cursor)
    except BadCursorError:
        raise bad_field("query", "cursor", "bad_cursor", "Not a cursor of ours") from None
    return InteractionList.model_validate(page)


@routes.get("/calls/{call}", problems=(403, 404))
async def get_call(context: Context, path: CallPath) -> InteractionDetail:
    """One call with its legs, offers and facts.

    An operator may read the calls he was offered, and those of clients.
    """
    record = await context.deps.history.interaction(CallId(path.call))
    if record is None:
        raise ProblemError(404, "no such call")
    if not _may_read(context.user, record):
        raise ProblemError(403, "not a call of yours")
    return InteractionDetail(
        **Interaction.model_validate(record.interaction).model_dump(),
        legs=[Leg.model_validate(leg) for leg in record.legs],
        offers=offers_of(record),
        quality=[
            LegQuality.model_validate(one) for one in await context.deps.quality.of_call(CallId(path.call))
        ],
        path=flow_path(record.facts),
        facts=[dict(fact) for fact in record.facts],
    )


def _may_read(user: User, record: queries.InteractionDetail) -> bool:
    if user.role in READS_ALL_CALLS or record.interaction.client is not None:
        return True
    concerned = {record.interaction.agent, *(offer.agent for offer in record.offers)}
    return user.agent is not None and user.agent in concerned
