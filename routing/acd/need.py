"""What one more waiting call costs in the end, and what a free agent is worth: who is served next, and why.

Theory of operation. The optimal router of a skill graph solves a Markov decision process that is far too big
for a real center. Its two ingredients are numbers that can be got without it, well enough to stay near it:

- ``loss``, D(q): the future cost to everybody of the q-th call waiting in a queue, from 0 (it will be
  answered for nothing) up to the value of a lost call (nobody will come for it). It is a difference of
  relative values, as in one-step policy improvement (Bhulai 2009), and obeys, with lambda arrivals, theta
  giving up, s calls of the queue's specialists and phi calls of its flexible agents ending per second,

      (lambda + s + q theta + phi) D(q) = lambda D(q+1) + (s + (q-1) theta) D(q-1) + theta c
                                          + phi E[clamp(P, D(q-1), D(q))]

  where P is what a freed flexible agent is worth to the other queues, in this queue's calls. The last term
  is an auction: the agent goes to whoever loses most without him. Below zero, D(1-f) is the worth of the
  f-th agent free; taken by the next arrival of any queue he serves, or joined by the next agent to finish.
  The distribution of P comes from the other queues' own chains, and theirs from this one's: a mean field,
  settled by some rounds of damped iteration.
- ``index``, (mu + kappa) D: the loss avoided for each second of an agent's time, the generalised c-mu
  rule of Mandelbaum and Stolyar (2004). An agent who takes a call is missed for its handling time or until
  the rush is over; kappa is the rate at which rushes end, read off the losses: a last call in line is lost
  with probability about theta / (theta + kappa).

A waiting call of low value meets a last free agent: take him, or keep him for a call of high value that may
come? If n agents are free, the agent given away is missed only if the valuable calls use up the others before
he, or another, is free again. ``reserve`` is the loss at which both are equally good (for one agent free:
D lambda / (lambda + mu), the chance that a valuable call comes before this agent's call would end): the
threshold price of a free agent, an index in Whittle's (1988) sense.

``benchmarks/acd/lab.py`` measures how near this comes to the optimum, with right and wrong rates. Pure; a
plan never changes once made. Nothing here knows of calls, agents or time.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from routing.acd.chains import GRID, MOST_FREE, Line, Shared, Traffic

__all__ = ["Group", "Needs", "Traffic"]

K = TypeVar("K", bound=Hashable)

ROUNDS = 24
"""At most; it ends once the losses, of a part of ``value``, move less than ``STILL`` in a round."""
STILL = 2e-4
CAUTION = 0.93
"""A reserve must pay by a margin: what idling costs is sure, what it saves hangs on estimated rates."""
FEWEST_SEEN = 30.0
"""Calls before which no reserve is kept; the margin shrinks from there on, as one over the calls seen."""


@dataclass(frozen=True, slots=True)
class Group(Generic[K]):
    """Agents on duty who serve the same queues."""

    queues: tuple[K, ...]
    agents: int


class Needs(Generic[K]):
    """The plan for one configuration and one set of rates. Queues that a group names and ``traffic`` doesn't
    raise ``KeyError``. Making it at once takes milliseconds for a few queues and seconds for hundreds; see
    ``planning`` for doing it by pieces."""

    def __init__(self, traffic: Mapping[K, Traffic], groups: Sequence[Group[K]]) -> None:
        self._prepare(traffic, groups)
        for _ in self._settle(0):
            pass

    @classmethod
    def planning(
        cls, traffic: Mapping[K, Traffic], groups: Sequence[Group[K]], before: Needs[K] | None = None
    ) -> Iterator[Needs[K] | None]:
        """The same by pieces of a few milliseconds: yields ``None`` between them, and the plan at the end.
        Rates that moved little from those of the plan ``before`` are settled sooner."""
        plan = cls.__new__(cls)
        plan._prepare(traffic, groups)
        first = 0
        if before is not None and before._alike(plan):
            first = 4
            for queue, line in plan._lines.items():
                line.resume(before._lines[queue])
                plan._kappa[line.part] = before._kappa[before._lines[queue].part]
        yield from plan._settle(first)
        yield plan

    def _prepare(self, traffic: Mapping[K, Traffic], groups: Sequence[Group[K]]) -> None:
        merged: dict[frozenset[K], int] = {}
        for group in groups:
            if group.queues and group.agents > 0:
                key = frozenset(group.queues)
                merged[key] = merged.get(key, 0) + group.agents
        order = {queue: number for number, queue in enumerate(traffic)}
        for key in merged:
            for queue in key:
                if queue not in order:
                    raise KeyError(queue)
        self._lines = {q: Line(t, merged.get(frozenset((q,)), 0)) for q, t in traffic.items()}
        self._shared: list[Shared] = []
        parts = list(range(len(order)))

        def root(number: int) -> int:
            while parts[number] != number:
                parts[number] = number = parts[parts[number]]
            return number

        for key, agents in merged.items():
            if len(key) > 1:
                queues = sorted(key, key=order.__getitem__)
                shared = Shared([self._lines[q] for q in queues], agents)
                self._shared.append(shared)
                for queue in queues:
                    self._lines[queue].flexible.append(shared)
                    parts[root(order[queue])] = root(order[queues[0]])
        for queue, line in self._lines.items():
            line.part = root(order[queue])
        for line in self._lines.values():
            line.size()
        self._kappa = {line.part: 0.0 for line in self._lines.values()}
        self._reserves: dict[tuple[K, K], list[float]] = {}

    def _alike(self, other: Needs[K]) -> bool:
        """Whether queues and groups are the same, however large."""
        return self._lines.keys() == other._lines.keys() and self._sharing() == other._sharing()

    def _sharing(self) -> set[frozenset[K]]:
        names = {line: queue for queue, line in self._lines.items()}
        return {frozenset(names[line] for line in group.members) for group in self._shared}

    def _settle(self, first: int) -> Iterator[None]:
        """``first`` is the number of the first round; those before 4 are for a start from nothing."""
        lines = list(self._lines.values())
        for number in range(first, ROUNDS):
            if number > first + 4 and all(line.moved < STILL for line in lines):
                break
            if number > 2:
                self._rushes()
            top: dict[int, float] = {}
            for line in lines:
                most = line.value * (line.mu + self._kappa[line.part])
                top[line.part] = max(top.get(line.part, 0.0), most)
            offers: dict[Line, list[float]] = {}
            for line in lines:
                line.spread()
                offers[line] = line.offers(self._kappa[line.part], top[line.part])
                line.above = [0.0] * (GRID + 1)
                line.taken_loss = sum(rate * other.at(1) for other, rate in line.others.items())
                yield
            for shared in self._shared:
                shared.auction(offers)
                yield
            for line in lines:
                run, at = 0.0, top[line.part] / GRID**2
                line.below = [0.0]
                for k in range(GRID):
                    run += (line.above[k] + line.above[k + 1]) / 2 * at * (2 * k + 1)
                    line.below.append(run)
                line.solve(self._kappa[line.part], top[line.part], 0.5 if number else 1.0)
                yield

    def _rushes(self) -> None:
        """Kappa of each part of the graph: the mean over its arrivals."""
        sums: dict[int, list[float]] = {}
        for line in self._lines.values():
            total = sums.setdefault(line.part, [0.0, 0.0])
            total[0] += line.lam * line.theta * max(line.value / max(line.at(1), 1e-9 * line.value) - 1, 0.0)
            total[1] += line.lam
        for part, (weighted, weight) in sums.items():
            self._kappa[part] = 0.5 * (self._kappa[part] + min(weighted / weight, 1e6))

    def loss(self, queue: K, waiting: int, free: int = 0) -> float:
        """What the ``waiting``-th call of a queue costs in the end, in the unit of ``value``; with nobody
        waiting, what the last of ``free`` agents who serve the queue is worth."""
        return self._lines[queue].at(waiting if waiting > 0 else 1 - free)

    def index(self, queue: K, waiting: int, free: int = 0) -> float:
        """The same for each second of an agent's time: serve the greatest first."""
        line = self._lines[queue]
        pay = line.mu + self._kappa[line.part]
        if waiting <= 0:
            return line.at(1 - free) * pay
        return (line.at(waiting) + line.lean * (line.at(1) - line.at(waiting))) * pay

    def reserve(self, queue: K, free: int, taker: K) -> float:
        """The index that a call of ``taker`` must reach to be given one of ``free`` agents who serve
        ``queue`` (this one included), while nobody waits there. Zero unless ``queue`` needs agents more, its
        first waiting call having the greater index. Being worth more is one reason for that, giving up
        sooner or talking shorter are others; among equals nobody is kept."""
        line, low = self._lines[queue], self._lines[taker]
        pay, low_pay = line.mu + self._kappa[line.part], low.mu + self._kappa[low.part]
        if free <= 0 or line.at(1) * pay <= 1.0001 * low.at(1) * low_pay:
            return 0.0
        sure = 1 - FEWEST_SEEN / max(min(line.seen, low.seen), FEWEST_SEEN)
        if sure <= 0:
            return 0.0
        table = self._reserves.setdefault((queue, taker), [])
        while len(table) < min(free, MOST_FREE):
            table.append(self._price(line, low, len(table) + 1))
        # The two calls hold an agent for different times. That counts in full if the rush lasts, and not at
        # all if it ends first: the geometric mean of both.
        return sure * CAUTION * table[min(free, MOST_FREE) - 1] * math.sqrt(pay * low_pay)

    def _price(self, line: Line, low: Line, free: int) -> float:
        """Worth of the k-th free agent is y(k) prices: y(free) = 1, and, an arrival, another's ending and
        this one's being the next event, (lam + end(k) + mu) y(k) = lam y(k-1) + end(k) y(k+1); y(0) is
        D(1)."""
        more, y = 1.0, (line.lam + low.mu) / line.lam
        for k in range(free - 1, 0, -1):
            ends = max(line.agents - k, 0) * line.pace
            more, y = y, (y * (line.lam + ends + low.mu) - ends * more) / line.lam
        return line.at(1) / y

    def spare(self, queues: Sequence[K], but: K, depth: Mapping[K, int]) -> float:
        """What a free agent of a group is worth to its other queues than ``but``: take the cheapest group.
        ``depth``: calls waiting, or less the free agents who serve the queue."""
        return max((self.index(q, depth[q], -depth[q]) for q in queues if q != but), default=0.0)

    def share(self, queues: Sequence[K], queue: K) -> float:
        """The part of such an agent that is the queue's in the long run: as the work that its specialists
        leave over."""
        work = {q: self._lines[q].overflow / self._lines[q].mu for q in queues}
        total = sum(work.values())
        return work[queue] / total if total > 0 else 1 / len(work)
