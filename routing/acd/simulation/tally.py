"""What one simulated run is remembered by: sums by type of call and by agent."""

from __future__ import annotations

from dataclasses import dataclass, field

from routing.acd.queue import Pool
from routing.ids import AgentId


@dataclass(slots=True)
class TypeTally:
    """Counted calls of one type. ``within`` were answered within the queue's service level, ``late`` gave up
    after it, ``short`` gave up within its short abandon; ``unserved`` still waited when nothing could happen
    any more (nobody signed in, endless patience). ``wait`` sums answered calls' waits, ``lost_wait`` those
    of who gave up, ``handle`` the handling of answered calls; ``told`` of them were given an expected wait,
    ``told_error`` and ``told_bias`` sum its absolute and signed error (expected less actual)."""

    offered: int = 0
    served: int = 0
    waited: int = 0
    within: int = 0
    abandoned: int = 0
    short: int = 0
    late: int = 0
    unserved: int = 0
    wait: float = 0.0
    longest: float = 0.0
    lost_wait: float = 0.0
    handle: float = 0.0
    told: int = 0
    told_error: float = 0.0
    told_bias: float = 0.0


@dataclass(slots=True)
class AgentTally:
    """``busy`` (offers, calls, wrap-up) and ``ready`` are seconds within the counted time."""

    agent: AgentId
    pools: tuple[Pool, ...]
    busy: float = 0.0
    ready: float = 0.0
    calls: int = 0
    offers: int = 0
    declined: int = 0

    @property
    def occupancy(self) -> float:
        present = self.busy + self.ready
        return self.busy / present if present > 0 else 0.0


@dataclass(slots=True)
class Tally:
    """``types`` by the index of the scenario's types, ``agents`` as they first sign in; ``span`` is the
    counted time in seconds, ``decisions`` how often the engine was asked."""

    span: float
    types: list[TypeTally] = field(default_factory=list)
    agents: list[AgentTally] = field(default_factory=list)
    decisions: int = 0
