"""Callbacks and missed callers as the API shows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callcenter.calls.callback_facts import CallbackEnd
from routing.callbacks import AttemptOutcome
from routing.ids import AgentId, CallbackId, CallId, ClientId, QueueId


@dataclass(frozen=True, slots=True)
class Attempt:
    """``outcome`` is ``None`` while it goes on."""

    attempt: int
    call: CallId
    agent: AgentId | None
    claimed_at: float
    ended_at: float | None
    outcome: AttemptOutcome | None


@dataclass(frozen=True, slots=True)
class CallbackView:
    """``state`` is ``waiting``, ``dialling`` (claimed, and not over) or why it is over. ``since`` is the
    place kept, ``next_at`` when it may be dialled, ``call`` the one that ended it, ``agent``
    who promised to call himself."""

    callback: CallbackId
    number: str
    queue: QueueId
    state: str
    since: float
    created_at: float
    next_at: float
    until: float
    language: str
    by: str
    closed: CallbackEnd | None
    closed_at: float | None
    call: CallId | None
    attempts: tuple[Attempt, ...]
    agent: AgentId | None = None


class MissedState(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    REACHED = "reached"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class MissedView:
    """``callback`` is the open promise for this number, if there is one: he is being called back."""

    number: str
    state: MissedState
    times: int
    first_at: float
    last_at: float
    call: CallId
    queue: QueueId
    dialled: str
    waited: float
    client: ClientId | None
    claimed_by: AgentId | None
    claimed_at: float | None
    callback: CallbackId | None
