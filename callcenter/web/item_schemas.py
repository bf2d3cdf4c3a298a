"""The shapes of a client's deals, tickets, tasks and notes, and of his timeline; see ``schemas``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from callcenter.crm.views import TicketKind
from callcenter.people.fields import one_line, printable
from callcenter.web.fields import Answer, Limit, Line, Login, Moment, Request, RowId
from callcenter.web.schemas import Interaction

Title = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]
NoteText = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(printable)]
Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
CallLink = Annotated[str, Field(max_length=128, pattern=r"^[^\x00-\x20\x7f/]+$")]
Cursor = Annotated[str, Field(max_length=200)]


class DealStage(StrEnum):
    NEW = "new"
    QUALIFICATION = "qualification"
    PROPOSAL = "proposal"
    NEGOTIATION = "negotiation"
    CONTRACT = "contract"
    WON = "won"
    LOST = "lost"


class TicketStatus(StrEnum):
    NEW = "new"
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    ON_HOLD = "on_hold"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    CLOSED = "closed"


class TicketPriority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class TimelineKind(StrEnum):
    CALL = "call"
    NOTE = "note"
    TICKET = "ticket"
    DEAL = "deal"
    TASK = "task"


class ItemPath(Request):
    client: RowId
    item: RowId


class NewDealForm(Request):
    """``call`` is the one that it is made in."""

    title: Title
    amount: Amount
    currency: Currency
    stage: DealStage = DealStage.NEW
    call: CallLink | None = None


class NewTicketForm(Request):
    """``due_at`` is until when it is promised to be solved."""

    title: Title
    kind: TicketKind = TicketKind.REQUEST
    priority: TicketPriority = TicketPriority.NORMAL
    status: TicketStatus = TicketStatus.NEW
    due_at: Moment | None = None
    call: CallLink | None = None


class NewTaskForm(Request):
    """``assignee`` is a user's login, null for anyone."""

    title: Title
    due_at: Moment | None = None
    assignee: Login | None = None
    call: CallLink | None = None


class NewNoteForm(Request):
    text: NoteText
    call: CallLink | None = None


class _Changes(Request):
    @model_validator(mode="after")
    def _something(self) -> _Changes:
        if not self.model_fields_set:
            raise ValueError("give at least one field to change")
        return self


class DealForm(_Changes):
    """Fields left out stay. ``won`` and ``lost`` close the deal, any other stage opens it again."""

    title: Title | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    stage: DealStage | None = None


class TicketForm(_Changes):
    """Fields left out stay. ``resolved`` and ``closed`` close the ticket, any other status opens it again."""

    title: Title | None = None
    kind: TicketKind | None = None
    priority: TicketPriority | None = None
    status: TicketStatus | None = None
    due_at: Moment | None = None


class TaskForm(_Changes):
    """Fields left out stay; ``assignee: null`` leaves it to anyone, ``due_at: null`` takes the time away."""

    title: Title | None = None
    due_at: Moment | None = None
    assignee: Login | None = None
    done: bool | None = None


class NoteForm(Request):
    text: NoteText


class _Made(Answer):
    """``by`` is who made it (a login, empty when it was brought in from elsewhere), ``call`` in which
    call."""

    id: int
    client: int
    created_at: float
    by: str
    call: str | None


class Deal(_Made):
    """``stage`` may be one of the site's own, brought in from elsewhere."""

    kind: Literal["deal"] = "deal"
    title: str
    stage: str
    amount: float
    currency: str
    updated_at: float
    closed_at: float | None


class Ticket(_Made):
    """``status`` and ``priority`` as ``stage`` of a deal."""

    kind: Literal["ticket"] = "ticket"
    title: str
    kind_of: TicketKind
    status: str
    priority: str
    due_at: float | None
    updated_at: float
    closed_at: float | None


class Task(_Made):
    """``message`` is the length in seconds of a message that the caller left (0: not known), null for another
    task."""

    kind: Literal["task"] = "task"
    title: str
    due_at: float | None
    assignee: str | None
    done_at: float | None
    message: int | None


class Note(_Made):
    """``updated_at`` is ``created_at`` until somebody changed it."""

    kind: Literal["note"] = "note"
    text: str
    updated_at: float


class TimelineCall(Answer):
    kind: Literal["call"] = "call"
    interaction: Interaction


Entry = Annotated[TimelineCall | Deal | Ticket | Task | Note, Field(discriminator="kind")]


class TimelineQuery(Request):
    """``kinds`` are names with commas between (all when empty). ``q`` is a part of a title, a note, an
    agent's name, a number or a disposition, in any case. ``call`` asks for what was made in one call."""

    kinds: Annotated[str, Field(max_length=100)] = ""
    q: Line = ""
    call: CallLink | None = None
    limit: Limit = 30
    cursor: Cursor | None = None


class TimelinePage(Answer):
    """The newest first: a call by when it began, everything else by when it was made."""

    items: list[Entry]
    next: str | None
