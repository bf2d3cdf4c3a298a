"""What the CRM's stores take and give, and the caller's card as the browser is sent it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from callcenter.calls.interactions import Interaction
from routing.ids import ClientId, QueueId


class ClientRank(StrEnum):
    VIP = "vip"
    REGULAR = "regular"
    NEW = "new"
    RISK = "risk"


@dataclass(frozen=True, slots=True)
class Phone:
    """``raw`` is as it was entered, ``e164`` what can be dialled, ``None`` for what is no public number."""

    raw: str
    e164: str | None
    label: str


@dataclass(frozen=True, slots=True)
class ClientSummary:
    id: ClientId
    name: str
    company: str
    rank: ClientRank
    phones: tuple[Phone, ...]


@dataclass(frozen=True, slots=True)
class Client:
    """``since`` is when the client was entered. ``owner`` is the login of the user who looks after him."""

    id: ClientId
    name: str
    company: str
    rank: ClientRank
    phones: tuple[Phone, ...]
    email: str
    note: str
    since: float
    owner: str | None = None

    def summary(self) -> ClientSummary:
        return ClientSummary(self.id, self.name, self.company, self.rank, self.phones)


@dataclass(frozen=True, slots=True)
class NewClient:
    """``phones`` are numbers in any form, ``owner`` is the login of a user that there is."""

    name: str
    phones: tuple[str, ...] = ()
    company: str = ""
    rank: ClientRank = ClientRank.NEW
    email: str = ""
    note: str = ""
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class ClientChanges:
    """``None`` leaves a field as it is; an empty ``owner`` takes the client from his owner."""

    name: str | None = None
    company: str | None = None
    rank: ClientRank | None = None
    email: str | None = None
    note: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class OpenDeal:
    """``amount`` is in the currency's unit, ``owner`` a user's login."""

    id: int
    title: str
    stage: str
    amount: float
    currency: str
    updated_at: float
    created_at: float
    owner: str | None = None


class TicketKind(StrEnum):
    REQUEST = "request"
    FAULT = "fault"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """``due_at`` is until when it was promised to be solved, ``None`` when nothing was; ``owner`` is the
    login of the user whose case it is."""

    id: int
    title: str
    status: str
    priority: str
    kind: str
    due_at: float | None
    updated_at: float
    created_at: float
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class OpenTask:
    """``assignee`` is a user's login, ``None`` for anyone. ``message`` is the length in seconds of the
    message that it stands for (0: not known), ``None`` for another task."""

    id: int
    title: str
    due_at: float | None
    assignee: str | None
    created_at: float
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message that a caller left: a task of ``queue``. ``recording`` is its name in the spool of messages,
    ``seconds`` its length (0: not known)."""

    id: int
    title: str
    queue: QueueId
    number: str
    call: str
    recording: str
    client: ClientId | None
    seconds: int
    left_at: float
    assignee: str | None
    done_at: float | None


@dataclass(frozen=True, slots=True)
class OpenItems:
    deals: tuple[OpenDeal, ...] = ()
    tickets: tuple[OpenTicket, ...] = ()
    tasks: tuple[OpenTask, ...] = ()


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` is in the currency's unit."""

    amount: float
    currency: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over everything with a client, by currency, the largest first. ``complaints`` counts those of the
    last ``standing.COMPLAINT_DAYS``, ``complained_at`` is when the newest was made."""

    won: tuple[Money, ...] = ()
    won_deals: int = 0
    pipeline: tuple[Money, ...] = ()
    open_deals: int = 0
    complaints: int = 0
    complained_at: float | None = None


class MarkCode(StrEnum):
    """What a client is worth, and what is at risk with him; ``standing`` has the rules."""

    VIP = "vip"
    WON = "won"
    PIPELINE = "pipeline"
    AT_RISK = "at_risk"
    COMPLAINTS = "complaints"
    URGENT = "urgent"
    OVERDUE = "overdue"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Mark:
    """``count``, ``money`` and ``at`` are what the rule saw, for the words of its reason."""

    code: MarkCode
    side: Literal["value", "risk"]
    count: int = 0
    money: tuple[Money, ...] = ()
    at: float | None = None


class ThingKind(StrEnum):
    """What may be open with a client."""

    CALLBACK = "callback"
    TASK = "task"
    TICKET = "ticket"
    DEAL = "deal"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that the client waits for. ``id`` is its own, as text; ``by`` is who is to do it (a login),
    ``title`` is empty for a callback."""

    kind: ThingKind
    id: str
    title: str
    due_at: float | None
    by: str | None
    priority: str = ""


class StepCode(StrEnum):
    """Why something comes next; ``standing`` has their order."""

    OVERDUE_PROMISE = "overdue_promise"
    URGENT_TICKET = "urgent_ticket"
    OVERDUE_TICKET = "overdue_ticket"
    COMPLAINT = "complaint"
    DEAL_TO_SIGN = "deal_to_sign"
    DEAL_IN_NEGOTIATION = "deal_in_negotiation"
    PROMISE_SOON = "promise_soon"
    HIGH_TICKET = "high_ticket"
    OPEN_DEAL = "open_deal"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class NextStep:
    """The most urgent thing open. ``kind`` and ``id`` name it, both ``None`` for silence; ``at`` is the
    moment the rule looked at (due, made, last spoken)."""

    code: StepCode
    kind: ThingKind | None
    id: str | None
    title: str
    at: float | None
    money: Money | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a client at the moment that his card was made."""

    marks: tuple[Mark, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    next_step: NextStep | None = None


class ReasonCode(StrEnum):
    """Why a client may be the caller; the console translates these."""

    NUMBER = "number"  # has this number; detail: its label
    PICKED = "picked"  # an operator said so; detail: who
    SPOKE = "spoke"  # called or was called; detail: when, ISO 8601 in UTC
    TICKET = "ticket"  # has open tickets; detail: how many
    DEAL = "deal"  # has open deals; detail: how many
    TASK = "task"  # something is to be done for them; detail: how many
    RANK = "rank"  # detail: the rank


@dataclass(frozen=True, slots=True)
class Reason:
    code: ReasonCode
    detail: str


@dataclass(frozen=True, slots=True)
class RankedCandidate:
    """``score`` is only for the order: larger is likelier."""

    client: ClientSummary
    reasons: tuple[Reason, ...]
    score: float


@dataclass(frozen=True, slots=True)
class ClientCard:
    id: ClientId
    name: str
    company: str
    rank: ClientRank
    phones: tuple[Phone, ...]
    email: str
    note: str
    since: float
    interactions: tuple[Interaction, ...]
    deals: tuple[OpenDeal, ...]
    tickets: tuple[OpenTicket, ...]
    tasks: tuple[OpenTask, ...]
    owner: str | None = None
    standing: Standing = Standing()


@dataclass(frozen=True, slots=True)
class CardNumber:
    raw: str
    e164: str | None
    display: str


@dataclass(frozen=True, slots=True)
class Card:
    """Who calls. ``several`` has ranked candidates and no client, ``unknown`` neither; ``known`` lists the
    candidates too when there were several, so that a pick can be corrected."""

    number: CardNumber
    match: Literal["known", "several", "unknown"]
    client: ClientCard | None
    candidates: tuple[RankedCandidate, ...]


@dataclass(frozen=True, slots=True)
class DueTask:
    """``assignee`` is a login, empty for anyone of the ``queue``. ``message`` marks one that a caller left;
    ``number`` is his then. ``client_name`` is empty without a client, ``by`` where nobody of ours made it."""

    id: int
    title: str
    due_at: float | None
    assignee: str
    done_at: float | None
    queue: QueueId | None
    number: str
    message: bool
    client: ClientId | None
    client_name: str
    by: str
