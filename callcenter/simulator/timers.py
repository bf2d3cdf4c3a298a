"""The simulated PBX's own heap of timers: no clock, no event loop."""

from __future__ import annotations

import heapq
from collections.abc import Callable


class Timer:
    """One act to come. ``cancel`` may be called at any time, also after it ran."""

    __slots__ = ("_act", "at")

    def __init__(self, at: float, act: Callable[[], None]) -> None:
        self.at = at
        self._act: Callable[[], None] | None = act

    def cancel(self) -> None:
        # Dropping the act frees the call it holds, although the heap keeps the husk until its time.
        self._act = None

    @property
    def cancelled(self) -> bool:
        return self._act is None

    def run(self) -> None:
        act, self._act = self._act, None
        if act is not None:
            act()


class TimerHeap:
    """Timers by time, and by the order in which they were set within one moment."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._count = 0

    def add(self, at: float, act: Callable[[], None]) -> Timer:
        timer = Timer(at, act)
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, timer))
        return timer

    def next(self) -> float | None:
        """When the earliest timer is due; ``None`` when none is set."""
        heap = self._heap
        while heap and heap[0][2].cancelled:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def pop_due(self, now: float) -> Timer | None:
        """The earliest timer due at ``now``, taken off; ``None`` when there is none."""
        at = self.next()
        return None if at is None or at > now else heapq.heappop(self._heap)[2]
