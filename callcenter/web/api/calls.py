"""Calls: what an agent does with the one in hand, and what the history knows."""

from __future__ import annotations

import structlog

from callcenter.calls.requests import CloseWrapUp, DeclineOffer, EndCall, PickClient, Refusal, Refused
from callcenter.calls.views import agent_key, call_key
from callcenter.history import queries
from callcenter.history.queries import BadCursorError, InteractionFilter
from callcenter.people.views import Role, User
from callcenter.scripts.views import NoteWish
from callcenter.storage.errors import DatabaseUnavailableError
from callcenter.web.access import SEES_EVERYTHING
from callcenter.web.api.items import remake_cards
from callcenter.web.api.papers import call_script, earlier_notes
from callcenter.web.closing import check_wrap_up, number_of, promise
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.picture import shown
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

log = structlog.get_logger(__name__)

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
    """Close the wrap-up with a disposition, a note, and what else the disposition asks for.

    With ``callback_at`` the caller is promised a call at that time, first: when that can't be, the wrap-up
    stays open.
    """
    call = CallId(path.call)
    await check_wrap_up(context, call, body)
    if body.callback_at is not None:
        await context.submit(await promise(context, call, body.callback_at, mine=body.callback_mine))
    note = body.note.strip()
    await context.submit(CloseWrapUp(context.agent, call, body.disposition, note))
    wish = NoteWish(note, body.disposition, body.amount, body.callback_at, body.callback_mine)
    try:
        await context.deps.papers.settle(call, context.agent, wish)
    except DatabaseUnavailableError as error:
        # Disposition and note are in the journal; the rest was saved as it was typed.
        log.warning("web.wrap_up_not_settled", call=call, error=str(error))


@routes.put("/calls/{call}/client", problems=(403, 404, 409, 503))
async def pick_client(context: Context, path: CallPath, body: ClientChoice) -> None:
    """Say who the caller is.

    The card is made anew, and whoever calls from this number next time is taken for this client.
    """
    call, client = CallId(path.call), ClientId(body.client)
    if await context.deps.clients.find(client) is None:
        raise bad_field("body", "client", "unknown_client", "There is no such client")
    number = await number_of(context, call)
    await context.submit(PickClient(context.agent, call, client))
    if number is not None:
        await context.deps.clients.record_pick(number, client, context.agent, context.deps.clock.now())
        await remake_cards(context, client)  # whose reason is now that it was said


@routes.delete("/calls/{call}/client", problems=(403, 404, 409, 503))
async def unpick_client(context: Context, path: CallPath) -> None:
    """Take back who the caller was said to be.

    The pick is forgotten, and the number looked up anew: the one picked before counts again, if any.
    """
    call = CallId(path.call)
    about, me = shown(context, call_key(call)), shown(context, agent_key(context.agent))
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
    papers, call = context.deps.papers, CallId(path.call)
    script, notes = await papers.script_of(call), await papers.notes(call)
    last = record.interaction.agent
    # The final note of who closed the call is the interaction's own.
    settled = record.interaction.disposition is not None
    others = [note for note in notes if not (settled and note.agent == last)]
    return InteractionDetail(
        **Interaction.model_validate(record.interaction).model_dump(),
        legs=[Leg.model_validate(leg) for leg in record.legs],
        offers=offers_of(record),
        quality=[
            LegQuality.model_validate(one) for one in await context.deps.quality.of_call(CallId(path.call))
        ],
        path=flow_path(record.facts),
        facts=[dict(fact) for fact in record.facts],
        script=None if script is None else call_script(script),
        notes=await earlier_notes(context, others),
        amount=next((note.wish.amount for note in notes if note.agent == last), None),
    )


def _may_read(user: User, record: queries.InteractionDetail) -> bool:
    if user.role in READS_ALL_CALLS or record.interaction.client is not None:
        return True
    concerned = {record.interaction.agent, *(offer.agent for offer in record.offers)}
    return user.agent is not None and user.agent in concerned
