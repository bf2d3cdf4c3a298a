"""How many wait and how many are free in each queue, and what that makes the next call worth.

Worths come from ``routing.acd.need``. An index there counts for each second of an agent's time; times the
mean handling time it is in worths, comparable with the other terms of the score. Before rates are known they
are all nothing, which leaves promise, ageing and the wait to decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from routing.ids import QueueId

FINEST = 4
"""Decimals of what an agent is worth elsewhere; finer ones would only take the word from the strategy."""


class Needs(Protocol):
    """What the engine asks of ``routing.acd.need.Needs``."""

    def index(self, queue: QueueId, waiting: int, free: int = 0) -> float: ...
    def reserve(self, queue: QueueId, free: int, taker: QueueId) -> float: ...


class Demand:
    """Counts by queue over all servers. A free agent counts in each of his queues."""

    def __init__(self) -> None:
        self.waiting: dict[QueueId, int] = {}
        self.free: dict[QueueId, int] = {}
        self._needs: Needs | None = None
        self._known: frozenset[QueueId] = frozenset()
        self._scale = 0.0
        self._indexes: dict[tuple[QueueId, int, int], float] = {}
        self._groups: dict[tuple[frozenset[QueueId], QueueId], tuple[QueueId, ...]] = {}
        self._settled: dict[tuple[frozenset[QueueId], QueueId], float] = {}

    def use(self, needs: Needs | None, known: Iterable[QueueId], handle: float) -> None:
        """``known`` are the queues that ``needs`` can be asked about, ``handle`` is the mean handling time
        over them, in seconds."""
        self._needs, self._known, self._scale = needs, frozenset(known), handle
        self._indexes.clear()
        self._groups.clear()
        self._settled.clear()

    def worth(self, queue: QueueId) -> float:
        """Of serving a call that waits in the queue. Whoever is free doesn't lessen it: he is either about to
        take the call, or kept for another queue."""
        return self._index(queue, max(1, self.waiting.get(queue, 0)), 0)

    def spare(self, queues: frozenset[QueueId], queue: QueueId) -> float:
        """What a free agent of these queues is worth to the others than ``queue`` at this moment."""
        others = self._others(queues, queue)
        best = 0.0
        for other in others:
            waiting = self.waiting.get(other, 0)
            best = max(best, self._index(other, waiting, 0 if waiting else self.free.get(other, 0)))
        return round(best, FINEST)

    def usual_spare(self, queues: frozenset[QueueId], queue: QueueId) -> float:
        """The same settled with the rates, not with the moment, so that it can be kept in an order: as the
        last free agent."""
        known = self._settled.get((queues, queue))
        if known is None:
            best = max((self._index(other, 0, 1) for other in self._others(queues, queue)), default=0.0)
            known = self._settled[queues, queue] = round(best, FINEST)
        return known

    def reserved_for(
        self, queues: frozenset[QueueId], serving: QueueId, bound: float
    ) -> tuple[QueueId, float] | None:
        """The queue that an agent of these queues is kept for instead of serving a call: of those with nobody
        waiting, the one that needs the agent most, if that is worth more than ``bound``; and how much."""
        if self._needs is None or serving not in self._known:
            return None
        best, kept = bound, None
        for queue in self._others(queues, serving):
            if self.waiting.get(queue, 0):
                continue
            worth = self._needs.reserve(queue, self.free.get(queue, 0), serving) * self._scale
            if worth > best:
                best, kept = worth, queue
        return None if kept is None else (kept, best)

    def _others(self, queues: frozenset[QueueId], queue: QueueId) -> tuple[QueueId, ...]:
        known = self._groups.get((queues, queue))
        if known is None:
            others = sorted(other for other in queues if other != queue and other in self._known)
            known = self._groups[queues, queue] = tuple(others)
        return known

    def _index(self, queue: QueueId, waiting: int, free: int) -> float:
        if self._needs is None or queue not in self._known:
            return 0.0
        key = (queue, waiting, free)
        known = self._indexes.get(key)
        if known is None:
            known = self._indexes[key] = self._needs.index(queue, waiting, free) * self._scale
        return known
