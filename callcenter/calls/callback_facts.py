"""Facts about callbacks, and about callers who gave up (see ``facts``, which has the union)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from routing.acd.model import SkillLevel
from routing.callbacks import PATIENCE, AttemptOutcome
from routing.ids import AgentId, CallbackId, CallId, ClientId, QueueId, ServerId

SAME_AGENT = AgentId("")
"""Of a change: who promised to call himself stays who he is."""


class CallbackEnd(StrEnum):
    """Why a promise to call back is over."""

    REACHED = "reached"  # the client spoke with an agent, in this dialling or in another call
    CALLED_IN = "called_in"  # he called us first, and got his place
    CANCELLED = "cancelled"  # somebody took it back
    GIVEN_UP = "given_up"  # all attempts were made
    EXPIRED = "expired"  # its time ran out


class ReachedHow(StrEnum):
    """How a caller who had given up reached us after all."""

    ANSWERED = "answered"
    KEPT_PLACE = "kept_place"
    CALLED_BACK = "called_back"


@dataclass(frozen=True, slots=True)
class CallbackPromised:
    """A client will be called back. ``since`` is the place that he keeps in the queue; ``call`` is the one in
    which he asked, ``None`` when a person or another system did (``by``). The rest as in
    ``routing.callbacks.Callback``; ``client`` is whose promise it is, where that is known."""

    at: float
    callback: CallbackId
    number: str
    queue: QueueId
    since: float
    next_at: float
    until: float
    value: float
    wanted: tuple[SkillLevel, ...]
    language: str
    zones: tuple[str, ...]
    shown: str
    server: ServerId | None
    call: CallId | None
    by: str
    patience: float = PATIENCE
    client: ClientId | None = None
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True)
class CallbackChanged:
    """Somebody (``by``) gave the callback another number or time. ``agent`` promised to call himself from now
    on (``None``: nobody; ``SAME_AGENT``: as before)."""

    at: float
    callback: CallbackId
    number: str
    next_at: float
    until: float
    zones: tuple[str, ...]
    by: str
    agent: AgentId | None = SAME_AGENT


@dataclass(frozen=True, slots=True)
class CallbackDialled:
    """The intent to dial: ``attempt`` (1 is the first) was claimed in the database for this call, with this
    agent held for it, and the command follows. Whatever becomes of the process, it counts as made."""

    at: float
    callback: CallbackId
    attempt: int
    call: CallId
    agent: AgentId
    number: str


@dataclass(frozen=True, slots=True)
class CallbackTried:
    """A dialling is over. ``next_at`` is when the next one is allowed, ``None`` when there is none."""

    at: float
    callback: CallbackId
    attempt: int
    call: CallId
    outcome: AttemptOutcome
    next_at: float | None


@dataclass(frozen=True, slots=True)
class CallbackEnded:
    """The promise is over. ``call`` is the one in which the client was reached or called us; ``by`` is who
    cancelled it, else empty."""

    at: float
    callback: CallbackId
    reason: CallbackEnd
    call: CallId | None
    by: str


@dataclass(frozen=True, slots=True)
class CallerGaveUp:
    """A caller left the queue unserved after more than the short abandon, with no promise of a callback.
    ``number`` is E.164; who hides his number is not told."""

    at: float
    number: str
    call: CallId
    queue: QueueId
    dialled: str
    waited: float
    client: ClientId | None


@dataclass(frozen=True, slots=True)
class CallerReached:
    """Somebody who had given up is served after all, or will be."""

    at: float
    number: str
    call: CallId
    how: ReachedHow
