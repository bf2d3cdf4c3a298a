"""What people enter and change for a client: deals, tickets, tasks, notes.

After each change the cards of the client's calls on the floor are made anew, on whichever node they are
shown.
"""

from __future__ import annotations

import json
from typing import Any

import structlog

from callcenter.calls.requests import Refused, RemakeCards
from callcenter.calls.views import call_key
from callcenter.crm.item_views import Item, ItemKind, NewDeal, NewItem, NewNote, NewTask, NewTicket
from callcenter.web.access import ACTS_FOR_OTHERS
from callcenter.web.api.timeline import entry_of
from callcenter.web.client_schemas import ClientPath
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.item_schemas import (
    Deal,
    DealForm,
    ItemPath,
    NewDealForm,
    NewNoteForm,
    NewTaskForm,
    NewTicketForm,
    Note,
    NoteForm,
    Task,
    TaskForm,
    Ticket,
    TicketForm,
)
from callcenter.web.problems import ProblemError, bad_field
from callcenter.web.whose import check_task
from routing.ids import CallId, ClientId

routes = Endpoints("clients")
log = structlog.get_logger(__name__)


@routes.post("/clients/{client}/deals", status=201, problems=(404,))
async def create_deal(context: Context, path: ClientPath, body: NewDealForm) -> Deal:
    """Enter a deal."""
    new = NewDeal(body.title, body.amount, body.currency, body.stage.value)
    return Deal.model_validate(await _add(context, path, new, body.call))


@routes.post("/clients/{client}/tickets", status=201, problems=(404,))
async def create_ticket(context: Context, path: ClientPath, body: NewTicketForm) -> Ticket:
    """Enter a ticket: a request, a fault or a complaint."""
    new = NewTicket(body.title, body.kind, body.priority.value, body.status.value, body.due_at)
    return Ticket.model_validate(await _add(context, path, new, body.call))


@routes.post("/clients/{client}/tasks", status=201, problems=(404,))
async def create_task(context: Context, path: ClientPath, body: NewTaskForm) -> Task:
    """Enter something to do for the client, for one user or for anyone."""
    await _check_assignee(context, body.assignee)
    new = NewTask(body.title, body.due_at, body.assignee)
    return Task.model_validate(await _add(context, path, new, body.call))


@routes.post("/clients/{client}/notes", status=201, problems=(404,))
async def create_note(context: Context, path: ClientPath, body: NewNoteForm) -> Note:
    """Write a note about the client."""
    return Note.model_validate(await _add(context, path, NewNote(body.text), body.call))


@routes.patch("/clients/{client}/deals/{item}", problems=(404,))
async def change_deal(context: Context, path: ItemPath, body: DealForm) -> Deal:
    """Change a deal, or its stage."""
    return Deal.model_validate(await _change(context, path, ItemKind.DEAL, _given(body)))


@routes.patch("/clients/{client}/tickets/{item}", problems=(404,))
async def change_ticket(context: Context, path: ItemPath, body: TicketForm) -> Ticket:
    """Change a ticket, or close it."""
    changes = _given(body, nullable=("due_at",))
    if "kind" in changes:
        changes["kind_of"] = changes.pop("kind")
    return Ticket.model_validate(await _change(context, path, ItemKind.TICKET, changes))


@routes.patch("/clients/{client}/tasks/{item}", problems=(403, 404))
async def change_task(context: Context, path: ItemPath, body: TaskForm) -> Task:
    """Change a task, tick it off, or bring it back: one's own, or one that is nobody's."""
    task = await context.deps.day.find(path.item)
    if task is None or task.client != path.client:
        raise _missing()
    check_task(context, task)
    await _check_assignee(context, body.assignee)
    changes = _given(body, nullable=("due_at", "assignee"))
    return Task.model_validate(await _change(context, path, ItemKind.TASK, changes))


@routes.patch("/clients/{client}/notes/{item}", problems=(403, 404))
async def change_note(context: Context, path: ItemPath, body: NoteForm) -> Note:
    """Change a note: its author his own, a supervisor anyone's."""
    found = await context.deps.items.find(ClientId(path.client), ItemKind.NOTE, path.item)
    if found is None:
        raise _missing()
    if found.by != context.user.login and context.user.role not in ACTS_FOR_OTHERS:
        raise ProblemError(403, "not a note that you wrote")
    return Note.model_validate(await _change(context, path, ItemKind.NOTE, {"text": body.text}))


def _missing() -> ProblemError:
    return ProblemError(404, "this client has no such thing")


async def _add(context: Context, path: ClientPath, new: NewItem, call: str | None) -> Any:
    client = ClientId(path.client)
    linked = None if call is None else CallId(call)
    if linked is not None:
        await _check_call(context, client, linked)
    item = await context.deps.items.add(client, new, context.user.login, linked)
    if item is None:
        raise ProblemError(404, "no such client")
    return await _shown(context, client, item)


async def _change(context: Context, path: ItemPath, kind: ItemKind, changes: dict[str, Any]) -> Any:
    client = ClientId(path.client)
    item = await context.deps.items.change(client, kind, path.item, changes, context.user.login)
    if item is None:
        raise _missing()
    return await _shown(context, client, item)


async def _shown(context: Context, client: ClientId, item: Item) -> Any:
    await remake_cards(context, client)
    return entry_of(item)


async def remake_cards(context: Context, client: ClientId) -> None:
    """Have the cards of the client's calls made anew. What was changed is kept already: without a router
    there is no call to show it in, and the next card has it."""
    reply = await context.deps.site.submit(RemakeCards(client), context.options.submit_timeout)
    if isinstance(reply, Refused):
        log.info("web.cards_not_remade", client=client, refusal=reply.refusal.value)


def _given(body: DealForm | TicketForm | TaskForm, nullable: tuple[str, ...] = ()) -> dict[str, Any]:
    """What was sent; null leaves a field that can't be empty as it is."""
    sent = {name: getattr(body, name) for name in body.model_fields_set}
    return {name: value for name, value in sent.items() if value is not None or name in nullable}


async def _check_assignee(context: Context, assignee: str | None) -> None:
    if assignee is not None and await context.deps.users.find(assignee) is None:
        raise bad_field("body", "assignee", "unknown_user", "There is no such user")


async def _check_call(context: Context, client: ClientId, call: CallId) -> None:
    """The call must be known, and not another client's."""
    shown = context.push.document(call_key(call))
    if shown is not None:
        of = json.loads(shown)["client"]
    else:
        record = await context.deps.history.interaction(call)
        if record is None:
            raise bad_field("body", "call", "unknown_call", "There is no such call")
        of = record.interaction.client
    if of is not None and of != client:
        raise bad_field("body", "call", "other_client", "This call is another client's")
