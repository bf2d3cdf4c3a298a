"""Whom to choose among the agents who could take a call.

A strategy is a key: the free agent with the smallest one is offered the call. It is computed once, when the
agent becomes free, so that choosing costs nothing; it must end in the agent's id, so that no two keys are
equal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from routing.ids import AgentId


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who is free now. ``idle_since`` is epoch seconds."""

    agent: AgentId
    idle_since: float


StrategyKey: TypeAlias = tuple[float, AgentId]
Strategy: TypeAlias = Callable[[Candidate], StrategyKey]


def longest_idle(candidate: Candidate) -> StrategyKey:
    """Who has been free for the longest time comes first."""
    return (candidate.idle_since, candidate.agent)
