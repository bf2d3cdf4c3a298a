"""The product's own router as the server runs it: the engine, fed with the rates that it learns by itself."""

from __future__ import annotations

from collections import Counter

from routing.acd.decisions import Decisions
from routing.acd.engine import Engine
from routing.acd.estimates import Estimates
from routing.acd.model import RoutingPlan
from routing.acd.need import Traffic
from routing.acd.queue import Pool, WaitingCall
from routing.ids import AgentId, CallId, QueueId

RELEARN = 60.0
"""Seconds between two looks at the rates."""


class Product:
    """Router and learner in one, for ``World``. Nothing is known at the start but the plan."""

    def __init__(self, plan: RoutingPlan, now: float) -> None:
        self.engine = Engine()
        self.estimates = Estimates()
        self.engine.configure(plan, now)
        self._values = {queue.id: queue.value for queue in plan.queues}
        self._pools: dict[AgentId, tuple[Pool, ...]] = {}
        self._waiting: dict[CallId, QueueId] = {}
        self._free: dict[AgentId, bool] = {}
        self._learn_at = now
        self._groups: Counter[tuple[QueueId, ...]] = Counter()

    def wait(self, call: WaitingCall, now: float) -> None:
        self._waiting[call.call] = call.pool.queue
        self.engine.wait(call, now)

    def leave(self, call: CallId) -> None:
        self._waiting.pop(call, None)
        self.engine.leave(call)

    def place(self, agent: AgentId, pools: tuple[Pool, ...], idle_since: float | None, *, now: float) -> None:
        before = self._pools.get(agent, ())
        if before != pools:
            self._groups[tuple(pool.queue for pool in before)] -= 1
            self._groups[tuple(pool.queue for pool in pools)] += 1
            self._pools[agent] = pools
        self._free[agent] = bool(pools) and idle_since is not None
        self.engine.place(agent, pools, idle_since, now=now)

    def decide(self, now: float) -> Decisions:
        if now >= self._learn_at:
            self._learn_at = now + RELEARN
            self.engine.learn(self._traffic(now), now)
        return self.engine.decide(now)

    def _traffic(self, now: float) -> dict[QueueId, Traffic]:
        traffic = {}
        for queue, value in self._values.items():
            rates = self.estimates.rates(queue, now)
            traffic[queue] = Traffic(value, rates.arrivals, rates.handle, rates.patience, rates.seen)
        return traffic

    # What is learned from

    def arrived(self, queue: QueueId, now: float) -> None:
        self.estimates.arrived(queue, now)

    def answered(self, queue: QueueId, waited: float, now: float, announced: float | None) -> None:
        self.estimates.answered(queue, waited, now, announced)

    def abandoned(self, queue: QueueId, waited: float, now: float) -> None:
        self.estimates.abandoned(queue, waited, now)

    def handled(self, queue: QueueId, seconds: float, now: float) -> None:
        self.estimates.handled(queue, seconds, now)

    def expects(self, queue: QueueId, now: float) -> float | None:
        """Of the call that stands last in the queue. Agents of several queues count for this one as the work
        that each brings; calls of the other queues ahead are thereby in the share, and not counted again."""
        mine = sum(1 for one in self._waiting.values() if one == queue)
        able, free = 0.0, 0
        work = {
            one: rates.arrivals * rates.handle
            for one in self._values
            for rates in [self.estimates.rates(one, now)]
        }
        for queues, count in self._groups.items():
            if queue in queues and count > 0:
                able += count * work[queue] / sum(work[one] for one in queues)
        for agent, is_free in self._free.items():
            free += is_free and any(pool.queue == queue for pool in self._pools[agent])
        return self.estimates.expected_wait(queue, {queue: max(0, mine - 1)}, able, free, now)
