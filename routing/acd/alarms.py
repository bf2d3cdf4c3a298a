"""Instants at which something changes though nobody says anything. One per key; setting replaces."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

K = TypeVar("K")


class Alarms(Generic[K]):
    """Equal instants ring in the order they were set."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, K]] = []
        self._set: dict[K, tuple[float, int]] = {}
        self._count = 0

    def set(self, key: K, at: float) -> None:
        known = self._set.get(key)
        if known is not None and known[0] == at:
            return
        self._count += 1
        self._set[key] = (at, self._count)
        heappush(self._heap, (at, self._count, key))
        if len(self._heap) > 64 + 4 * len(self._set):
            self._heap = [(at, count, key) for key, (at, count) in self._set.items()]
            heapify(self._heap)

    def cancel(self, key: K) -> None:
        self._set.pop(key, None)

    def next(self) -> float | None:
        while self._heap:
            at, count, key = self._heap[0]
            if self._set.get(key) == (at, count):
                return at
            heappop(self._heap)
        return None

    def pop_due(self, now: float) -> K | None:
        """The earliest key that is due; forgotten with that."""
        at = self.next()
        if at is None or at > now:
            return None
        key = heappop(self._heap)[2]
        del self._set[key]
        return key
