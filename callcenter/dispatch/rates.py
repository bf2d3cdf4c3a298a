"""Live rates: what the facts of a running house teach the engine, and the waits that callers are told.

``note`` hears every fact as it is said, so a replay learns the same. From the rates come the expected wait of
a call and, every ``relearn`` seconds, what the engine weighs queues and agents by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from callcenter.calls import facts
from callcenter.calls.entities import Seat
from callcenter.calls.states import AgentState, CallOutcome, Intent
from routing.acd.estimates import Estimates
from routing.acd.model import Queue, Work
from routing.acd.need import Traffic
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

    def traffic(self, queues: Iterable[Queue], now: float) -> dict[QueueId, Traffic]:
        """What the engine learns from: the rates as they are now."""
        known = ((queue, self.estimates.rates(queue.id, now)) for queue in queues)
        return {
            queue.id: Traffic(queue.value, rates.arrivals, rates.handle, rates.patience, rates.seen)
            for queue, rates in known
        }


def crew_groups(seats: Iterable[Seat]) -> Counter[tuple[QueueId, ...]]:
    """How many agents who want calls, and take those from outside, serve the same queues."""
    return Counter(
        seat.queues
        for seat in seats
        if seat.intent is Intent.READY
        and seat.queues
        and not seat.dismissed
        and Work.INBOUND in seat.agent.work
    )
