"""What the engine answers with."""

from __future__ import annotations

from dataclasses import dataclass, field

from routing.acd.explain import Why
from routing.acd.queue import Pool
from routing.ids import AgentId, CallId


@dataclass(frozen=True, slots=True)
class Rung:
    """Another agent who is offered the call at the same moment, and why."""

    agent: AgentId
    idle_since: float
    why: Why | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Decision:
    """This call to this agent, and why; from a queue that rings all, to those of ``also`` at once. The engine
    has forgotten the call and counts these agents as busy; who carries it out tells the engine what became of
    them."""

    call: CallId
    agent: AgentId
    pool: Pool
    idle_since: float
    why: Why | None = field(default=None, compare=False)
    also: tuple[Rung, ...] = ()

    @property
    def rung(self) -> tuple[Rung, ...]:
        """All who are offered the call, the best first."""
        return (Rung(self.agent, self.idle_since, self.why), *self.also)


@dataclass(frozen=True, slots=True)
class Decisions:
    """``retry_at`` is when to decide again though nothing changed (a refusal grows old, a ring widens), in
    epoch seconds; the ``now`` of the question itself when there was more to do than one piece; ``None`` when
    only a change can bring a match."""

    made: tuple[Decision, ...]
    retry_at: float | None
