"""What routing decides upon, as data: queues, skills, teams and agents. No call or channel is known here.

Everything has a default that a site of ten seats can keep. Times are seconds unless the name says otherwise;
levels run from 1 to 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from routing.ids import AgentId, QueueId, SkillId, StationId, TeamId


class Work(StrEnum):
    """Channels of work that an agent can be given."""

    INBOUND = "inbound"
    CALLBACK = "callback"
    OUTBOUND = "outbound"


MOST_RUNG = 20
"""Agents that ``Strategy.RING_ALL`` rings at once for one call, at most."""


class Strategy(StrEnum):
    """Who comes first among agents whom the score holds equal; or that all are rung together."""

    LONGEST_IDLE = "longest_idle"  # free for the longest time
    LEAST_OCCUPIED = "least_occupied"  # busy the least of late; evens out who got the long calls
    FEWEST_CALLS = "fewest_calls"  # the fewest calls since he signed in
    ROUND_ROBIN = "round_robin"  # offered a call of this queue the longest time ago
    RANDOM = "random"  # by a hash of the seed, the call and the agent: the same again in a replay
    RING_ALL = "ring_all"  # at once all who may have the call, up to ``MOST_RUNG``: who answers first has it


class Preset(StrEnum):
    """Ready settings of ``Scoring`` for a newcomer; see ``routing.acd.presets``."""

    BALANCED = "balanced"
    FIRST_COME = "first_come"
    PROMISES = "promises"
    VALUE = "value"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class SkillLevel:
    """For an agent, the level held; for a queue, the least level required."""

    skill: SkillId
    level: int


@dataclass(frozen=True, slots=True)
class Ring:
    """Who may be offered a call that has waited ``after`` seconds: those who meet ``required``, besides those
    of the rings before."""

    after: int
    required: tuple[SkillLevel, ...] = ()


class Preview(StrEnum):
    """What an agent in wrap-up is shown of those who wait."""

    NO = "no"
    LINE = "line"  # how many wait, since when the first one does, and his value class
    NAME = "name"  # and who he is


@dataclass(frozen=True, slots=True)
class Scoring:
    """How urgent a call of a queue is, and which agent suits it: one sum, its terms named as in every
    explanation. All terms are in *worths*: 1 is what losing one ordinary call costs.

    ``need`` weighs the expected loss if the queue's next call is not served now, by its live rates
    (``routing.acd.need``), times the value of the call; ``promise`` adds up to this much as the wait nears
    ``service_level_seconds`` and passes it; ``ageing`` adds so much for each minute waited. ``spare`` weighs
    what the agent would be worth to other queues, so that specialists go before flexible agents and some of
    these are held back for queues that need them more (0: nobody is ever held back). ``skill`` adds so much
    for each level of a preferred skill above none, a tenth of it per level. ``longest_wait``: a call that
    waited longer goes before all that did not, the oldest first; nobody starves (seconds; 0: no such bound).
    """

    need: float = 1.0
    promise: float = 0.0
    ageing: float = 0.0
    spare: float = 1.0
    skill: float = 0.05
    longest_wait: int = 900


@dataclass(frozen=True, slots=True)
class Queue:
    """``numbers`` are the dialled numbers that lead here without a flow. A higher ``priority`` is served
    first, before any score (0 for all is usual). ``value`` is what losing a call of this queue costs, beside
    1 for an ordinary one. ``required`` are the skills an agent must have, ``rings`` how that relaxes with
    waiting, ``preferred`` the skills that make him better. ``preferred_patience`` is how long a call waits
    for its preferred agent (last spoken with, owner of the account or the case) before others get it (0: it
    only prefers him). ``most_at_once`` bounds the agents in calls and offers of this queue at a time.
    ``strategy`` decides between equals; ``ring_all`` rings whoever could be given the call, best first where
    there are too many. A callback is offered to one agent whatever the strategy: he is held for it while the
    client is dialled.

    ``ring_seconds`` is the time an agent's phone rings before RONA; ``wrap_up_seconds`` bounds the wrap-up
    (0: none), which an agent may extend until it has lasted ``wrap_up_longest`` in all (0: he may not);
    ``preview_next`` is what he sees of the line meanwhile. ``service_level_seconds`` is the promised wait; an
    abandon within ``short_abandon_seconds`` is a short one. Conversations are recorded with ``record``; with
    ``auto_answer`` phones that can are asked to answer by themselves."""

    id: QueueId
    name: str
    numbers: tuple[str, ...]
    required: tuple[SkillLevel, ...] = ()
    priority: int = 0
    ring_seconds: int = 20
    wrap_up_seconds: int = 30
    service_level_seconds: int = 20
    short_abandon_seconds: int = 5
    value: float = 1.0
    rings: tuple[Ring, ...] = ()
    preferred: tuple[SkillLevel, ...] = ()
    preferred_patience: int = 0
    strategy: Strategy = Strategy.LEAST_OCCUPIED
    preset: Preset = Preset.BALANCED
    scoring: Scoring = Scoring()
    most_at_once: int | None = None
    record: bool = False
    auto_answer: bool = False
    wrap_up_longest: int = 0
    preview_next: Preview = Preview.NO


@dataclass(frozen=True, slots=True)
class QueueWeight:
    """How an agent leans to a queue: its calls' scores count ``weight`` times for him (1 is usual)."""

    queue: QueueId
    weight: float


@dataclass(frozen=True, slots=True)
class Team:
    """Members serve the team's queues besides their own."""

    id: TeamId
    name: str
    queues: tuple[QueueId, ...] = ()


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent serves the queues listed and his team's, as far as the skills reach. ``work`` are the channels
    of work he takes."""

    id: AgentId
    name: str
    station: StationId
    queues: tuple[QueueId, ...]
    skills: tuple[SkillLevel, ...] = ()
    team: TeamId | None = None
    weights: tuple[QueueWeight, ...] = ()
    work: tuple[Work, ...] = (Work.INBOUND, Work.CALLBACK, Work.OUTBOUND)


@dataclass(frozen=True, slots=True)
class ValueClass:
    """What losing a call of such a client costs, times the queue's value. ``id`` is the client's rank as the
    CRM has it."""

    id: str
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class RoutingPlan:
    """Everything that routing is configured with. ``default_queue`` takes calls to numbers that nothing
    names."""

    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...]
    default_queue: QueueId
    teams: tuple[Team, ...] = ()
    values: tuple[ValueClass, ...] = ()
