"""The shapes of clients and of the caller's card on the wire; see ``schemas``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from callcenter.crm.views import ClientRank, MarkCode, ReasonCode, StepCode, ThingKind
from callcenter.web.fields import Answer, Email, Limit, Line, Login, Name, Note, Number, Request, RowId
from callcenter.web.schemas import Interaction


class ClientPath(Request):
    client: RowId


class ClientsQuery(Request):
    """``q`` is a part of a name or company, or a number in any form."""

    q: Line = ""
    limit: Limit = 20


class HistoryQuery(Request):
    limit: Limit = 20
    cursor: Annotated[str, Field(max_length=200)] | None = None


class ClientPhone(Answer):
    """``raw`` is as it was entered, ``e164`` what can be dialled and compared."""

    raw: str
    e164: str | None
    label: str


class ClientSummary(Answer):
    id: int
    name: str
    company: str
    rank: ClientRank
    phones: list[ClientPhone]


class ClientList(Answer):
    items: list[ClientSummary]


class Client(ClientSummary):
    """``owner`` is the login of the user who looks after the client: his calls are rather given to him."""

    email: str
    note: str
    since: float
    owner: str | None


class NewClientForm(Request):
    name: Name
    phones: Annotated[list[Number], Field(max_length=20)]
    company: Line = ""
    rank: ClientRank = ClientRank.NEW
    email: Email = ""
    note: Note = ""
    owner: Login | None = None


class ClientForm(Request):
    """Fields left out stay as they are; an empty ``owner`` takes the client from his owner."""

    name: Name | None = None
    company: Line | None = None
    rank: ClientRank | None = None
    email: Email | None = None
    note: Note | None = None
    owner: Login | Literal[""] | None = None


class PhoneForm(Request):
    number: Number
    label: Line = ""


class CardNumber(Answer):
    raw: str
    e164: str | None
    display: str


class MatchReason(Answer):
    """Why a client is thought to be the caller; ``code`` is translated by the console, ``detail`` is a value
    that it may show (a label, a login, a moment, a count)."""

    code: ReasonCode
    detail: str


class Candidate(Answer):
    client: ClientSummary
    reasons: list[MatchReason]
    score: float


class OpenDeal(Answer):
    id: int
    title: str
    stage: str
    amount: float
    currency: str
    updated_at: float
    owner: str | None
    created_at: float


class OpenTicket(Answer):
    id: int
    title: str
    status: str
    priority: str
    kind: str
    due_at: float | None
    updated_at: float
    owner: str | None
    created_at: float


class OpenTask(Answer):
    """``message`` is the length in seconds of a message that the caller left (0: not known), which ``GET
    /messages/{id}/audio`` gives; null for another task."""

    id: int
    title: str
    due_at: float | None
    assignee: str | None
    created_at: float
    message: int | None = None


class Money(Answer):
    amount: float
    currency: str


class Mark(Answer):
    """What the client is worth (``side`` is ``value``) or what is at risk; ``count``, ``money`` and ``at``
    are what the rule saw (docs/crm.md)."""

    code: MarkCode
    side: Literal["value", "risk"]
    count: int
    money: list[Money]
    at: float | None


class Waiting(Answer):
    """Something that the client waits for. ``by`` is who is to do it (a login), ``title`` is empty for a
    callback."""

    kind: ThingKind
    id: str
    title: str
    due_at: float | None
    by: str | None
    priority: str


class NextStep(Answer):
    """The most urgent thing open and why; ``kind`` and ``id`` name it, null when it is only that nobody has
    spoken with the client for long."""

    code: StepCode
    kind: ThingKind | None
    id: str | None
    title: str
    at: float | None
    money: Money | None


class Standing(Answer):
    """How it stood with the client when the card was made."""

    marks: list[Mark]
    waiting: list[Waiting]
    next_step: NextStep | None


class ClientCard(Client):
    """The client with what matters in a talk: the last interactions, and what is open."""

    interactions: list[Interaction]
    deals: list[OpenDeal]
    tickets: list[OpenTicket]
    tasks: list[OpenTask]
    standing: Standing


class Card(Answer):
    """Who calls. ``several`` comes with ranked ``candidates`` and no client; ``unknown`` with neither.
    ``known`` lists the candidates too when there were several, so that a pick can be corrected."""

    number: CardNumber
    match: Literal["known", "several", "unknown"]
    client: ClientCard | None
    candidates: list[Candidate]
