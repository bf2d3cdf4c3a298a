"""What the facts of a call add up to: the values behind the rows of ``calls``, ``legs`` and ``offers``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from callcenter.calls.states import CallOutcome, LegRole, OfferOutcome
from routing.ids import AgentId, CallId, ClientId, LegId, OfferId, QueueId, ServerId, StationId


@dataclass(frozen=True, slots=True)
class LegRecord:
    """One channel. ``talked`` is seconds; ``cause`` the Q.850 hang-up cause."""

    leg: LegId
    call: CallId
    role: LegRole | None = None
    station: StationId | None = None
    agent: AgentId | None = None
    started_at: float | None = None
    rang_at: float | None = None
    talk_started_at: float | None = None
    talk_ended_at: float | None = None
    talked: float = 0.0
    ended_at: float | None = None
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class OfferRecord:
    """One ringing of one agent. ``gate``, ``waited``, ``idle`` and ``lead`` are seconds, as in the facts."""

    offer: OfferId
    call: CallId
    agent: AgentId
    queue: QueueId | None = None
    station: StationId | None = None
    made_at: float | None = None
    gate: float | None = None
    waited: float | None = None
    idle: float | None = None
    painted_at: float | None = None
    ring_sent_at: float | None = None
    lead: float | None = None
    rang_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    outcome: OfferOutcome | None = None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call. ``talked`` and ``held`` (by its agents) are seconds. ``last_term``, ``last_number`` and
    ``facts`` say what it was made of; ``picked`` that an operator named the client, which no later look-up
    overrides."""

    call: CallId
    server: ServerId
    started_at: float
    number: str = ""
    name: str = ""
    dialled: str = ""
    client_id: ClientId | None = None
    candidates: int = 0
    queue: QueueId | None = None
    priority: int = 0
    agent: AgentId | None = None
    queued_at: float | None = None
    fell_back_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    outcome: CallOutcome | None = None
    waited: float | None = None
    talked: float | None = None
    held: float = 0.0
    transfers: int = 0
    recording: str | None = None
    dialled_by: AgentId | None = None
    talking_agent: AgentId | None = None
    talking_offer: OfferId | None = None
    disposition: str | None = None
    note: str = ""
    wrap_up: float | None = None
    disposed_at: float | None = None
    disposed_by: AgentId | None = None
    healed: int = 0
    quarantined: bool = False
    last_term: int = 0
    last_number: int = 0
    facts: int = 0
    picked: bool = False
    legs: Mapping[LegId, LegRecord] = field(default_factory=lambda: MappingProxyType({}))
    offers: Mapping[OfferId, OfferRecord] = field(default_factory=lambda: MappingProxyType({}))
