"""Answers to "why": codes with their parameters, which the console words. Nothing here decides.

All instants are epoch seconds, all scores in the worths of ``routing.acd.model.Scoring``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from routing.acd.queue import Tie
from routing.acd.scoring import Score
from routing.ids import AgentId, CallId, QueueId, SkillId


class Excluded(StrEnum):
    """Why an agent is not offered a call."""

    BUSY = "busy"  # signed in and in another call
    SKILLS = "skills"  # meets no ring of the queue, open or not, or lacks the wanted skills
    RING = "ring"  # will be asked when the ring widens
    WORK = "work"  # doesn't take this channel of work
    DECLINED = "declined"  # refused this very call
    PATIENCE = "patience"  # the call waits for its preferred agent
    RESERVED = "reserved"  # kept for a more valuable queue
    MOST_AT_ONCE = "most_at_once"  # the queue has as many agents as it may


class WaitsFor(StrEnum):
    """What a call waits for."""

    DECISION = "decision"  # will be given at the next decision
    NOBODY_SIGNED_IN = "nobody_signed_in"
    SKILLS = "skills"  # nobody signed in has them; ``until`` if a wider ring may help
    ALL_BUSY = "all_busy"
    RING = "ring"  # somebody is free in a wider ring, which opens at ``until``
    PREFERRED = "preferred"  # kept for ``agents`` until ``until``
    RESERVED = "reserved"  # who is free is kept for ``queues``; at the latest until ``until``
    DECLINED = "declined"  # ``agents`` refused; asked again at ``until``, or when another is free
    MOST_AT_ONCE = "most_at_once"  # ``count`` agents are in calls of the queue
    UNKNOWN = "unknown"  # the engine doesn't have this call


class Idle(StrEnum):
    """Why an agent gets nothing."""

    ABSENT = "absent"  # takes no calls now; ``detail`` is the word that ``place`` was given
    BUSY = "busy"
    NO_CALLS = "no_calls"  # nobody waits in his queues
    OTHERS_FIRST = "others_first"  # ``count`` free agents of ``queue`` come before him
    RESERVED = "reserved"  # kept for ``queue``, while ``count`` calls wait
    EXCLUDED = "excluded"  # ``count`` calls wait in ``queue``; ``detail`` is an ``Excluded``
    DECISION = "decision"  # will get a call at the next decision


@dataclass(frozen=True, slots=True)
class Considered:
    """An agent who was looked at for a call. ``excluded`` is ``None`` for one who could take it;
    ``reserved_for`` names the queue that a held-back agent is kept for, ``tie`` what binds the client to a
    preferred one."""

    agent: AgentId
    idle_since: float | None
    score: Score | None
    excluded: Excluded | None = None
    reserved_for: QueueId | None = None
    tie: Tie | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """Why this agent: his score, with what binds the client to him (``tie``), the next best with theirs (at
    most five), and how many agents of the queue were out of the question for which reason. ``together``: so
    many are rung for the call at once."""

    score: Score
    waited: float
    overdue: bool
    runners_up: tuple[Considered, ...]
    excluded: tuple[tuple[Excluded, int], ...]
    tie: Tie | None = None
    together: int = 1


@dataclass(frozen=True, slots=True)
class CallExplanation:
    """What a call waits for now. ``ahead`` counts the calls of its queue that came before it."""

    call: CallId
    waits_for: WaitsFor
    queue: QueueId | None = None
    waited: float = 0.0
    until: float | None = None
    agents: tuple[AgentId, ...] = ()
    queues: tuple[QueueId, ...] = ()
    skills: tuple[SkillId, ...] = ()
    count: int = 0
    ahead: int = 0
    candidates: tuple[Considered, ...] = ()
    """At most ``MOST_SHOWN``, the free ones first."""
    excluded: tuple[tuple[Excluded, int], ...] = ()


@dataclass(frozen=True, slots=True)
class IdleReason:
    code: Idle
    queue: QueueId | None = None
    count: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A decision of one of his queues, while he was free, that went to another: ``first`` is why.
    ``score_lower`` by the score, ``order`` by the queue's strategy, else an ``Excluded``."""

    at: float
    call: CallId
    queue: QueueId
    agent: AgentId
    first: str


@dataclass(frozen=True, slots=True)
class AgentExplanation:
    """``passed_over`` is the newest first, of the queues' last decisions (``KEPT`` each)."""

    agent: AgentId
    reasons: tuple[IdleReason, ...]
    idle_since: float | None = None
    passed_over: tuple[PassedOver, ...] = ()


MOST_SHOWN = 20
KEPT = 400
"""Of a queue: twenty minutes at a call every three seconds."""
