"""Deals, tickets, tasks and notes of a client: what the stores give, and what people enter and change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from callcenter.crm.views import TicketKind
from routing.ids import CallId, ClientId


class ItemKind(StrEnum):
    NOTE = "note"
    TICKET = "ticket"
    DEAL = "deal"
    TASK = "task"


CLOSED_STAGES = frozenset({"won", "lost"})
CLOSED_STATUSES = frozenset({"resolved", "closed"})
"""A deal or ticket that comes to one of these is closed at that moment; at any other it is open (again)."""


@dataclass(frozen=True, slots=True)
class Deal:
    """``amount`` is in the currency's unit. ``by`` is who entered it (a login, empty for nobody of ours) and
    ``call`` the call it was made in."""

    id: int
    client: ClientId
    created_at: float
    by: str
    call: CallId | None
    title: str
    stage: str
    amount: float
    currency: str
    updated_at: float
    closed_at: float | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """``by`` and ``call`` as a deal's."""

    id: int
    client: ClientId
    created_at: float
    by: str
    call: CallId | None
    title: str
    kind_of: TicketKind
    status: str
    priority: str
    due_at: float | None
    updated_at: float
    closed_at: float | None


@dataclass(frozen=True, slots=True)
class Task:
    """``by`` and ``call`` as a deal's; ``assignee`` and ``message`` as ``views.OpenTask`` has them."""

    id: int
    client: ClientId
    created_at: float
    by: str
    call: CallId | None
    title: str
    due_at: float | None
    assignee: str | None
    done_at: float | None
    message: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """``updated_at`` is ``created_at`` until the note is changed."""

    id: int
    client: ClientId
    created_at: float
    by: str
    call: CallId | None
    text: str
    updated_at: float


Item: TypeAlias = Deal | Ticket | Task | Note


@dataclass(frozen=True, slots=True)
class NewDeal:
    title: str
    amount: float
    currency: str
    stage: str = "new"


@dataclass(frozen=True, slots=True)
class NewTicket:
    title: str
    kind_of: TicketKind = TicketKind.REQUEST
    priority: str = "normal"
    status: str = "new"
    due_at: float | None = None


@dataclass(frozen=True, slots=True)
class NewTask:
    """``assignee`` is a user's login, ``None`` for anyone."""

    title: str
    due_at: float | None = None
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class NewNote:
    text: str


NewItem: TypeAlias = NewDeal | NewTicket | NewTask | NewNote


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """``text`` is a part of a title or note in any case, ``call`` the call that things were made in."""

    kinds: Sequence[ItemKind] = tuple(ItemKind)
    text: str = ""
    call: CallId | None = None


@dataclass(frozen=True, slots=True)
class ItemPlace:
    """A place in the order of a timeline: only what comes after it. ``kind`` and ``id`` are ``None`` for a
    place that is none of these: all that was made at ``at`` then comes after it, too."""

    at: float
    kind: ItemKind | None
    id: int | None
