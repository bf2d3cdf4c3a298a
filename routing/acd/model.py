"""What routing decides upon, as data: queues, skills and agents. No call or channel is known here."""

from __future__ import annotations

from dataclasses import dataclass

from routing.ids import AgentId, QueueId, SkillId, StationId


@dataclass(frozen=True, slots=True)
class SkillLevel:
    """For an agent, the level held; for a queue, the least level required. Levels run from 1 to 10."""

    skill: SkillId
    level: int


@dataclass(frozen=True, slots=True)
class Queue:
    """``numbers`` are the dialled numbers that lead here. A higher ``priority`` is served first.
    ``ring_seconds`` is the time an agent's phone rings before RONA; ``wrap_up_seconds`` bounds the
    wrap-up (0: none). ``service_level_seconds`` is the promised wait; an abandon within
    ``short_abandon_seconds`` is a short one."""

    id: QueueId
    name: str
    numbers: tuple[str, ...]
    required: tuple[SkillLevel, ...] = ()
    priority: int = 0
    ring_seconds: int = 20
    wrap_up_seconds: int = 30
    service_level_seconds: int = 20
    short_abandon_seconds: int = 5


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent serves the queues listed, as far as the skills reach."""

    id: AgentId
    name: str
    station: StationId
    queues: tuple[QueueId, ...]
    skills: tuple[SkillLevel, ...] = ()


@dataclass(frozen=True, slots=True)
class RoutingPlan:
    """Everything that routing is configured with. ``default_queue`` takes calls to numbers that no queue
    names."""

    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...]
    default_queue: QueueId
