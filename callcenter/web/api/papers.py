"""What an agent fills in during a call and after it: the script's answers and the note, saved as they are
typed; the wrap-up's longer time, and who waits meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from callcenter.calls.requests import ExtendWrapUp, Refusal, Refused
from callcenter.calls.states import AgentState, CallState
from callcenter.calls.views import agent_key, card_key, queue_key
from callcenter.people.views import Role
from callcenter.scripts.documents import answers_of, script_of
from callcenter.scripts.views import CallNote, CallScript as KnownScript, NoteWish
from callcenter.scripts.walk import walk
from callcenter.web.access import SEES_EVERYTHING
from callcenter.web.context import Context
from callcenter.web.days import site_day
from callcenter.web.endpoint import Endpoints
from callcenter.web.picture import queue_of, shown, state_in
from callcenter.web.problems import ProblemError, refused
from callcenter.web.schemas import AgentPath, CallPath
from callcenter.web.script_schemas import (
    LARGEST_BODY,
    AnswersForm,
    AnswersSaved,
    BegunScript,
    CallNotes,
    CallScript,
    EarlierNote,
    Extension,
    NextCalls,
    NextInQueue,
    NoteForm,
    NoteSaved,
    OwnNote,
)
from routing.acd.model import Preview
from routing.ids import AgentId, CallId

routes = Endpoints("papers")

_WRITES = (AgentState.TALKING, AgentState.WRAP_UP)


@routes.post("/calls/{call}/script", problems=(403, 404))
async def begin_script(context: Context, path: CallPath) -> BegunScript:
    """The script of the call that one talks on, with the answers so far.

    The first who asks begins it, in the version that is published then; the call keeps that version, also
    for the next agent.
    """
    call = CallId(path.call)
    await _may_write(context, call)
    found = await context.deps.papers.begin(call, queue_of(context, call), context.agent)
    return BegunScript(script=None if found is None else call_script(found))


@routes.get("/calls/{call}/script", problems=(403, 404))
async def get_call_script(context: Context, path: CallPath) -> BegunScript:
    """The script of a call with its answers; begins nothing. An operator may read those of his own calls.

    Of a call that is offered to him, and has begun none, it is the one that it would begin with.
    """
    call, agent = CallId(path.call), context.user.agent
    await _may_see(context, call)
    offered = agent is not None and state_in(context, agent, call) == AgentState.OFFERED
    found = await context.deps.papers.script_of(call, queue_of(context, call) if offered else None)
    return BegunScript(script=None if found is None else call_script(found))


@routes.put("/calls/{call}/script", problems=(403, 404, 409), largest=LARGEST_BODY)
async def put_answers(context: Context, path: CallPath, body: AnswersForm) -> AnswersSaved:
    """Save the answers, as they are typed."""
    call = CallId(path.call)
    await _may_write(context, call)
    kept = await context.deps.papers.answer(
        call, body.answers, body.step, body.revision, context.agent, site_day(context)
    )
    return AnswersSaved(revision=kept.revision)


@routes.get("/calls/{call}/note", problems=(403, 404))
async def get_notes(context: Context, path: CallPath) -> CallNotes:
    """The notes so far: the agent's own, which he goes on with, and those of the agents before him."""
    call = CallId(path.call)
    await _may_see(context, call)
    notes = await context.deps.papers.notes(call)
    own = next((it for it in notes if it.agent == context.user.agent), None)
    wish = NoteWish() if own is None else own.wish
    return CallNotes(
        own=OwnNote(
            text=wish.text,
            disposition=wish.disposition,
            amount=wish.amount,
            callback_at=wish.callback_at,
            callback_mine=wish.callback_mine,
            revision=0 if own is None else own.revision,
        ),
        earlier=await earlier_notes(context, (it for it in notes if it is not own)),
    )


@routes.put("/calls/{call}/note", problems=(403, 404, 409))
async def put_note(context: Context, path: CallPath, body: NoteForm) -> NoteSaved:
    """Save the note, as it is typed, and how the agent is about to close the call."""
    call = CallId(path.call)
    await _may_write(context, call)
    wish = NoteWish(body.text, body.disposition, body.amount, body.callback_at, body.callback_mine)
    kept = await context.deps.papers.note(call, context.agent, wish, body.revision)
    return NoteSaved(revision=kept.revision, at=kept.at)


@routes.post("/calls/{call}/wrap-up/extend", problems=(403, 404, 409, 503))
async def extend_wrap_up(context: Context, path: CallPath, body: Extension) -> None:
    """Let the wrap-up last longer, within what its queue allows in all."""
    await context.submit(ExtendWrapUp(context.agent, CallId(path.call), float(body.seconds)))


@routes.get("/agents/{agent}/next", problems=(403, 404))
async def preview_next(context: Context, path: AgentPath) -> NextCalls:
    """Who waits in the agent's queues while he wraps up, of the queues that show it; none at other times."""
    if path.agent != context.user.agent and context.user.role not in SEES_EVERYTHING:
        raise ProblemError(403, "ask for yourself")
    agent = shown(context, agent_key(AgentId(path.agent)))
    if agent is None:
        raise ProblemError(404, "no such agent on the floor")
    if agent["state"] != AgentState.WRAP_UP:
        return NextCalls(items=[])
    shows = {it.id: it.preview_next for it in context.deps.plan().queues if it.preview_next is not Preview.NO}
    wanted = [queue for queue in agent["queues"] if queue in shows]
    first = _first_in_line(context) if wanted else {}
    return NextCalls(items=[_next(context, queue, first.get(queue), shows[queue]) for queue in wanted])


def _first_in_line(context: Context) -> dict[str, dict[str, Any]]:
    """By queue, the call that has waited the longest."""
    found: dict[str, dict[str, Any]] = {}
    for document in context.push.documents("call/"):
        call = json.loads(document)
        if call["state"] != CallState.WAITING or call["queue"] is None:
            continue
        known = found.get(call["queue"])
        if known is None or _since(call) < _since(known):
            found[call["queue"]] = call
    return found


def _since(call: dict[str, Any]) -> tuple[float, str]:
    return call["queued_at"] or call["arrived_at"], call["call"]


def _next(context: Context, queue: str, call: dict[str, Any] | None, shows: Preview) -> NextInQueue:
    line = shown(context, queue_key(queue))  # type: ignore[arg-type]
    card = None if call is None else shown(context, card_key(call["call"]))
    client = None if card is None else card["card"]["client"]
    named = {value.id: value.name for value in context.deps.plan().values}
    return NextInQueue(
        queue=queue,
        waiting=0 if line is None else line["waiting"],
        since=None if call is None else _since(call)[0],
        value=None if client is None else named.get(client["rank"]),
        client=client["name"] if client is not None and shows is Preview.NAME else None,
    )


# Who may


async def _may_write(context: Context, call: CallId) -> None:
    """The agent talks on the call or wraps it up; or his wrap-up ran out, and nobody closed it since."""
    if state_in(context, context.agent, call) in _WRITES:
        return
    record = await context.deps.history.interaction(call)
    if record is None:
        raise refused(Refused(Refusal.UNKNOWN_CALL, f"no call {call!r}"))
    about = record.interaction
    if about.agent != context.agent:
        raise refused(Refused(Refusal.NOT_YOURS, f"you are not engaged with call {call!r}"))
    if about.disposition is not None or about.ended_at is None:
        raise refused(Refused(Refusal.TOO_LATE, f"call {call!r} is closed"))


async def _may_see(context: Context, call: CallId) -> None:
    """Who leads, who is engaged with the call, and who talked on it."""
    if context.user.role in SEES_EVERYTHING | {Role.CAMPAIGN_MANAGER}:
        return
    agent = context.user.agent
    if agent is not None and state_in(context, agent, call) is not None:
        return
    record = await context.deps.history.interaction(call)
    if record is None:
        raise ProblemError(404, "no such call")
    concerned = {record.interaction.agent, *(offer.agent for offer in record.offers)}
    if agent is None or agent not in concerned:
        raise ProblemError(403, "not a call of yours")


# Shapes


def call_script(known: KnownScript) -> CallScript:
    went = walk(script_of(known.document), answers_of(dict(known.answers)))
    return CallScript(
        script=known.script,
        version=known.version,
        document=known.document,
        step=known.step,
        answers=dict(known.answers),
        revision=known.revision,
        by=known.by,
        at=known.at,
        missing=list(went.missing),
        ended=went.ended,
    )


async def earlier_notes(context: Context, notes: Iterable[CallNote]) -> list[EarlierNote]:
    """Those that say something, with the names of who wrote them."""
    found: list[EarlierNote] = []
    for note in notes:
        if not note.wish.text.strip():
            continue
        user = await context.deps.users.find(note.agent)
        name = note.agent if user is None else user.name
        found.append(EarlierNote(agent=note.agent, agent_name=name, text=note.wish.text, at=note.at))
    return found
