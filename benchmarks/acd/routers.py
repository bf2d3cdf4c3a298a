"""Rules that routers in use follow, to be driven by the simulation beside the product's engine.

As ``benchmarks.acd.rivals`` has them over the states of a Markov chain, here with real calls and agents, and
so with real waits and idle times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from routing.acd.decisions import Decision, Decisions
from routing.acd.queue import Pool, WaitingCall
from routing.ids import AgentId, CallId

Urgency: TypeAlias = Callable[[float, int, float], tuple[float, float]]
"""(value of the queue, calls in it, since when its first one waits) to a key; the smallest goes first."""


class Rule:
    """Each queue first come, first served; nobody idles while a call that he serves waits. ``values`` are
    the queues'. With ``specialists_first`` an agent of fewer queues goes before one of more; then, or
    otherwise at once, who has been idle for longest."""

    def __init__(self, values: Mapping[str, float], urgency: Urgency, *, specialists_first: bool) -> None:
        self._values, self._urgency, self._specialists_first = values, urgency, specialists_first
        self._lines: dict[Pool, dict[CallId, WaitingCall]] = {}
        self._free: dict[AgentId, tuple[tuple[Pool, ...], float]] = {}
        self._pool_of: dict[CallId, Pool] = {}

    def wait(self, call: WaitingCall, now: float) -> None:
        self._lines.setdefault(call.pool, {})[call.call] = call
        self._pool_of[call.call] = call.pool

    def leave(self, call: CallId) -> None:
        pool = self._pool_of.pop(call, None)
        if pool is not None:
            del self._lines[pool][call]

    def place(self, agent: AgentId, pools: tuple[Pool, ...], idle_since: float | None, *, now: float) -> None:
        if idle_since is None:
            self._free.pop(agent, None)
        else:
            self._free[agent] = (pools, idle_since)

    def decide(self, now: float) -> Decisions:
        made: list[Decision] = []
        while self._free:
            served = {pool for pools, _ in self._free.values() for pool in pools}
            waiting = [pool for pool in served if self._lines.get(pool)]
            if not waiting:
                break
            pool = min(waiting, key=self._key)
            call = next(iter(self._lines[pool]))
            agent = min(
                (len(pools) if self._specialists_first else 0, since, agent)
                for agent, (pools, since) in self._free.items()
                if pool in pools
            )[2]
            self.leave(call)
            made.append(Decision(call, agent, pool, self._free.pop(agent)[1]))
        return Decisions(tuple(made), None)

    def _key(self, pool: Pool) -> tuple[tuple[float, float], Pool]:
        line = self._lines[pool]
        first = next(iter(line.values())).since
        return self._urgency(self._values[pool.queue], len(line), first), pool


def static_priority(values: Mapping[str, float]) -> Rule:
    """The most valuable queue first, equals by the longest wait; specialists before flexible agents."""
    return Rule(values, lambda value, _, since: (-value, since), specialists_first=True)


def longest_queue(values: Mapping[str, float]) -> Rule:
    """The longest queue first; specialists before flexible agents."""
    return Rule(values, lambda _, length, since: (-length, since), specialists_first=True)


def app_queue_like(values: Mapping[str, float]) -> Rule:
    """As Asterisk's own queues with weights do: the weightiest queue first, equals by the longest wait; any
    free member, whatever else he serves."""
    return Rule(values, lambda value, _, since: (-value, since), specialists_first=False)
