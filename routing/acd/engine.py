"""Which waiting call goes to which free agent.

Theory of operation. The engine is told of changes only (a call waits or left, an agent's place changed) and
keeps, for each pool, the line of calls, the free agents in the order of the strategy, and the *able* agents
(signed in, ready or busy with another call: those who could take a call of this pool sooner or later).
Between two calls of ``decide`` no free agent and waiting call match, except pairs held apart by a refusal;
so a change can only make matches in the pools it touched, and only those are looked at. A pool's own head
is compared with the other touched pools' heads, which gives an agent of several queues to the most urgent
call of all.

A call that an agent declined is not offered to him while another able agent has not declined it. When all
able agents did, the one whose refusal is oldest enough (``reoffer_after``) is asked again: better than
silence. Able includes agents who are busy, since they come back; it excludes paused agents, who may not.

Pure: no clock, no chance; ``now`` is an argument and every tie ends on an id.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from routing.acd.queue import Line, PlaceInLine, Pool, WaitingCall
from routing.acd.strategy import Candidate, Strategy, StrategyKey, longest_idle
from routing.ids import AgentId, CallId


@dataclass(frozen=True, slots=True)
class Decision:
    """This call to this agent. The engine has forgotten the call and counts the agent as busy; who carries
    it out tells the engine what became of both."""

    call: CallId
    agent: AgentId
    pool: Pool
    idle_since: float


@dataclass(frozen=True, slots=True)
class Decisions:
    """``retry_at`` is when to decide again though nothing changed (a refusal grows old), in epoch seconds;
    ``None`` when only a change can bring a match."""

    made: tuple[Decision, ...]
    retry_at: float | None


@dataclass(slots=True)
class _PoolState:
    line: Line = field(default_factory=Line)
    free: list[StrategyKey] = field(default_factory=list)
    able: dict[AgentId, None] = field(default_factory=dict)


@dataclass(slots=True)
class _AgentState:
    pools: tuple[Pool, ...]
    candidate: Candidate | None
    key: StrategyKey | None


class Engine:
    """``reoffer_after`` is the least time in seconds between an agent's refusal of a call and the next
    offer of the same call to him."""

    def __init__(self, strategy: Strategy = longest_idle, reoffer_after: float = 10.0) -> None:
        self._strategy = strategy
        self._reoffer_after = reoffer_after
        self._pools: dict[Pool, _PoolState] = {}
        self._calls: dict[CallId, WaitingCall] = {}
        self._agents: dict[AgentId, _AgentState] = {}
        self._touched: dict[Pool, None] = {}
        self._retry: dict[Pool, float] = {}

    def waits(self, call: CallId) -> bool:
        """Whether the call stands in a line."""
        return call in self._calls

    def is_free(self, agent: AgentId) -> bool:
        state = self._agents.get(agent)
        return state is not None and state.candidate is not None

    @property
    def waiting(self) -> int:
        """The number of calls in all lines."""
        return len(self._calls)

    def wait(self, call: WaitingCall) -> None:
        """A call stands in line. Told again, its place is taken anew."""
        self.leave(call.call)
        self._calls[call.call] = call
        self._pool(call.pool).line.add(call)
        self._touched[call.pool] = None

    def leave(self, call: CallId) -> None:
        """A call left its line; unknown calls are none of our business."""
        known = self._calls.pop(call, None)
        if known is not None:
            self._pools[known.pool].line.remove(known)

    def place(self, agent: AgentId, pools: Iterable[Pool], idle_since: float | None) -> None:
        """Where the agent can take calls (``pools``: none when paused or offline), and since when he is free
        to (``None``: busy)."""
        wanted = tuple(pools)
        candidate = None if idle_since is None or not wanted else Candidate(agent, idle_since)
        known = self._agents.get(agent)
        if known is not None:
            if known.pools == wanted and known.candidate == candidate:
                return
            self._withdraw(agent, known, gone=known.pools != wanted)
            if known.pools != wanted:
                for pool in known.pools:
                    # One able agent fewer may free a call that was kept for him.
                    self._touched[pool] = None
        elif not wanted:
            return
        if not wanted:
            del self._agents[agent]
            return
        key = None if candidate is None else self._strategy(candidate)
        self._agents[agent] = _AgentState(wanted, candidate, key)
        for pool in wanted:
            state = self._pool(pool)
            state.able[agent] = None
            if key is not None:
                insort(state.free, key)
                self._touched[pool] = None

    def decide(self, now: float) -> Decisions:
        """All matches that the changes since the last time allow, the most urgent first."""
        for pool, at in tuple(self._retry.items()):
            if at <= now:
                del self._retry[pool]
                self._touched[pool] = None
        if not self._touched:
            return Decisions((), min(self._retry.values(), default=None))
        heads: list[tuple[PlaceInLine, Pool, int]] = []
        for pool in self._touched:
            state = self._pools.get(pool)
            if state is not None and state.free and len(state.line):
                heads.append((state.line[0], pool, 0))
        self._touched.clear()
        heapify(heads)
        made: list[Decision] = []
        while heads:
            place, pool, index = heappop(heads)
            state = self._pools[pool]
            if not state.free:
                continue
            call = self._calls[place[2]]
            candidate = self._choose(state, call, now)
            if candidate is None:
                index += 1
            else:
                made.append(Decision(call.call, candidate.agent, pool, candidate.idle_since))
                self.leave(call.call)
                self._occupy(candidate.agent)
            if index < len(state.line):
                heappush(heads, (state.line[index], pool, index))
        return Decisions(tuple(made), min(self._retry.values(), default=None))

    def _choose(self, pool: _PoolState, call: WaitingCall, now: float) -> Candidate | None:
        declined = dict(call.declined)
        for _, agent in pool.free:
            if agent not in declined:
                return self._agents[agent].candidate
        if len(pool.able) > sum(agent in pool.able for agent in declined):
            return None  # someone who hasn't refused will be free again
        ripe = [(declined[agent] + self._reoffer_after, agent) for _, agent in pool.free]
        at, agent = min(ripe)
        if at <= now:
            return self._agents[agent].candidate
        self._retry[call.pool] = min(at, self._retry.get(call.pool, at))
        return None

    def _occupy(self, agent: AgentId) -> None:
        state = self._agents[agent]
        self._withdraw(agent, state, gone=False)
        self._agents[agent] = _AgentState(state.pools, None, None)

    def _withdraw(self, agent: AgentId, state: _AgentState, *, gone: bool) -> None:
        for pool in state.pools:
            there = self._pools[pool]
            if state.key is not None:
                index = bisect_left(there.free, state.key)
                if index < len(there.free) and there.free[index] == state.key:
                    del there.free[index]
            if gone:
                there.able.pop(agent, None)

    def _pool(self, pool: Pool) -> _PoolState:
        state = self._pools.get(pool)
        if state is None:
            state = self._pools[pool] = _PoolState()
        return state
