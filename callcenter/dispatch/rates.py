"""Live rates: what the facts of a running house teach the engine, and the waits that callers are told.

``note`` hears every fact as it is said, so a replay learns the same. From the rates come the expected wait of
a call and, every ``relearn`` seconds, what the engine should weigh queues and agents by; that is worked out
by pieces between inputs, since it takes seconds for hundreds of queues.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from callcenter.calls import facts
from callcenter.calls.entities import Seat
from callcenter.calls.states import AgentState, CallOutcome, Intent
from routing.acd.estimates import Estimates
from routing.acd.model import Queue
from routing.acd.need import Group, Needs, Traffic
from routing.ids import AgentId, CallId, QueueId

_BUSY = (AgentState.TALKING, AgentState.WRAP_UP)
_FRESH = 1.0
"""Seconds for which the agents counted for one caller count for the next."""


class LiveRates:
    def __init__(self) -> None:
        self.estimates = Estimates()
        self._queued: dict[CallId, tuple[QueueId, float]] = {}
        self._told: dict[CallId, float] = {}
        self._talks: dict[AgentId, tuple[QueueId, float]] = {}
        self._planning: Iterator[Needs[QueueId] | None] | None = None
        self._crew: tuple[float, Mapping[tuple[QueueId, ...], int]] = (-1.0, {})

    def waits(self, call: CallId, queue: QueueId, since: float) -> None:
        """A call known from before a restart waits in this queue."""
        self._queued[call] = (queue, since)

    def note(self, fact: facts.Fact) -> None:
        """Learn from a fact; most teach nothing."""
        match fact:
            case facts.CallQueued():
                known = self._queued.get(fact.call)
                if known is None or known[0] != fact.queue:
                    self.estimates.arrived(fact.queue, fact.at)
                self._queued[fact.call] = (fact.queue, fact.since)
            case facts.WaitTold() if fact.expected is not None:
                waits = self._queued.get(fact.call)
                if waits is not None:
                    self._told.setdefault(fact.call, fact.at - waits[1] + fact.expected)
            case facts.TalkStarted():
                waits = self._queued.pop(fact.call, None)
                if waits is not None:
                    told = self._told.pop(fact.call, None)
                    self.estimates.answered(waits[0], fact.at - waits[1], fact.at, told)
                    self._talks[fact.agent] = (waits[0], fact.at)
            case facts.AgentStateChanged() if fact.previous in _BUSY and fact.state not in _BUSY:
                talk = self._talks.pop(fact.agent, None)
                if talk is not None:
                    self.estimates.handled(talk[0], fact.at - talk[1], fact.at)
            case facts.CallEnded():
                waits = self._queued.pop(fact.call, None)
                self._told.pop(fact.call, None)
                if waits is not None and fact.outcome is CallOutcome.ABANDONED:
                    self.estimates.abandoned(waits[0], fact.at - waits[1], fact.at)
            case _:
                pass

    def expected_wait(
        self, queue: QueueId, ahead: int, free: int, seats: Iterable[Seat], now: float
    ) -> float | None:
        """Seconds that a call with so many ahead of it has yet to wait; ``None`` with nobody who could take
        it. An agent of several queues counts for each as the work that it brings."""
        at, groups = self._crew
        if not at <= now < at + _FRESH:
            groups = crew_groups(seats)
            self._crew = (now, groups)
        able = 0.0
        for queues, count in groups.items():
            if queue in queues:
                work = {one: self._work(one, now) for one in queues}
                able += count * work[queue] / sum(work.values())
        return self.estimates.expected_wait(queue, {queue: ahead}, able, free, now)

    def _work(self, queue: QueueId, now: float) -> float:
        rates = self.estimates.rates(queue, now)
        return rates.arrivals * rates.handle

    # What the engine is told

    def plan_needs(self, queues: Mapping[QueueId, Queue], seats: Iterable[Seat], now: float) -> None:
        """Begin to work out what the next calls of these queues are worth, by the rates as they are now."""
        traffic: dict[QueueId, Traffic] = {}
        for queue in queues.values():
            rates = self.estimates.rates(queue.id, now)
            traffic[queue.id] = Traffic(queue.value, rates.arrivals, rates.handle, rates.patience)
        groups = [
            Group(tuple(queue for queue in served if queue in traffic), count)
            for served, count in crew_groups(seats).items()
        ]
        self._planning = Needs.planning(traffic, [group for group in groups if group.queues])

    def next_needs(self) -> tuple[bool, Needs[QueueId] | None]:
        """One piece of it: whether it is done, and then what came out."""
        if self._planning is None:
            return True, None
        needs = next(self._planning, None)
        if needs is None:
            return False, None
        self._planning = None
        return True, needs


def crew_groups(seats: Iterable[Seat]) -> Counter[tuple[QueueId, ...]]:
    """How many agents who want calls serve the same queues."""
    return Counter(
        seat.queues for seat in seats if seat.intent is Intent.READY and seat.queues and not seat.dismissed
    )
