"""What the engine has yet to look at: lanes that a change touched, matches found and not made yet, and lanes
whose agents are kept for another queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush
from typing import TypeVar

from routing.acd.alarms import Alarms
from routing.acd.lines import Key, Lane
from routing.acd.matching import Found, Pair, Rank
from routing.ids import AgentId, QueueId

Named = TypeVar("Named")

FEW = 32
"""Matches ready beside the one that is made: so many are scored anew after it, since an agent less changes
what others are worth. Of more only those of the same queue or agent; the others keep their score."""
STALE = 1.0
"""Seconds after which matches left for the next piece are scored anew."""


class Agenda:
    def __init__(self) -> None:
        self.touched: dict[Key, Lane] = {}
        self.alarms: Alarms[Key] = Alarms()
        self._heap: list[tuple[Rank, int, int, Lane, Pair]] = []
        self._count = 0
        self._noted_at = 0.0
        self._ready: dict[Key, Lane] = {}
        self._of_queue: dict[QueueId, dict[Key, Lane]] = {}
        self._of_agent: dict[AgentId, dict[Key, Lane]] = {}
        self._held: dict[QueueId, dict[Key, Lane]] = {}

    def __bool__(self) -> bool:
        return bool(self.touched or self._ready)

    def touch(self, lane: Lane) -> None:
        self.touched[lane.key] = lane

    def touch_all(self, lanes: Mapping[Key, Lane]) -> None:
        self.touched.update(lanes)

    def stir(self, queues: Iterable[QueueId]) -> None:
        """What the next call of these queues is worth changed: the scores of matches not made yet, and
        whether agents are still kept, for them or from them. (That an agent came to be reserved is seen when
        his match is about to be made.)"""
        for queue in queues:
            if queue in self._of_queue:
                self.touched.update(self._of_queue[queue])
            if queue in self._held:
                self.touched.update(self._held.pop(queue))

    def stir_all(self) -> None:
        self.stir((*self._held, *self._of_queue))

    def taken(self, agent: AgentId) -> None:
        """The agent is not free any more."""
        self.touched.update(self._of_agent.get(agent, {}))

    def made(self) -> None:
        """A match was made."""
        if len(self._ready) <= FEW:
            self.touched.update(self._ready)

    def shortened(self, lane: Lane) -> None:
        """A call left the lane: another may be its head."""
        if lane.calls:
            self.touch(lane)
            return
        self.touched.pop(lane.key, None)
        self.alarms.cancel(lane.key)
        self.retire(lane)

    def next_touched(self) -> Lane | None:
        if not self.touched:
            return None
        key = next(iter(self.touched))
        return self.touched.pop(key)

    def note(self, lane: Lane, found: Found, now: float) -> None:
        """What was found for the lane, which was retired before."""
        if found.pair is not None:
            pair = lane.pair = found.pair
            self._ready[lane.key] = lane
            self._of_queue.setdefault(lane.key.pool.queue, {})[lane.key] = lane
            self._of_agent.setdefault(pair.hand.id, {})[lane.key] = lane
            self._count += 1
            heappush(self._heap, (pair.rank, self._count, lane.version, lane, pair))
            self._noted_at = now
        for queue in (lane.key.pool.queue, *found.held.values()) if found.held else ():
            self._held.setdefault(queue, {})[lane.key] = lane
        if found.again is not None:
            self.alarms.set(lane.key, found.again)

    def retire(self, lane: Lane) -> None:
        """The lane's match, if any, is none any more."""
        lane.version += 1
        pair, lane.pair = lane.pair, None
        if pair is not None:
            del self._ready[lane.key]
            _drop(self._of_queue, lane.key.pool.queue, lane.key)
            _drop(self._of_agent, pair.hand.id, lane.key)

    def best(self) -> tuple[Lane, Pair] | None:
        """The best match of all that are ready."""
        while self._heap:
            _, _, version, lane, pair = heappop(self._heap)
            if version == lane.version and lane.pair is pair:
                return lane, pair
        return None

    def refresh(self, now: float) -> None:
        if self._ready and now - self._noted_at > STALE:
            self.touched.update(self._ready)


def _drop(lanes: dict[Named, dict[Key, Lane]], name: Named, key: Key) -> None:
    del lanes[name][key]
    if not lanes[name]:
        del lanes[name]
