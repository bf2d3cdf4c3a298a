"""When to make a new plan of needs, and making it by pieces.

A plan follows from the queues' rates and values and from how many agents of which queues are signed in. It is
made anew once one of these moved by ``MOVED`` since the plan in force was begun: for 200 queues that is
seconds of work, so it is done a few milliseconds at a time while the old plan stays in force.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from routing.acd.crew import Crew
from routing.acd.need import Group, Needs, Traffic
from routing.ids import QueueId

MOVED = 0.1
"""Share by which a rate or a number of agents has to change."""
SURER = 1.5
"""So many times the calls behind a rate are reason enough, up to ``SURE`` calls."""
SURE = 1000.0
LOOK = 10.0
"""Least seconds between two looks at who is signed in."""
MOST_GROUPS = 300
"""Of agents with the same queues; those of smaller ones beyond it count for one of their queues each."""


class Learner:
    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._rates: dict[QueueId, Traffic] = {}
        self._begun: tuple[dict[QueueId, Traffic], dict[frozenset[QueueId], int]] | None = None
        self._look_at, self._seen = 0.0, 0
        self._making: Iterator[Needs[QueueId] | None] | None = None
        self._made: Needs[QueueId] | None = None

    def learn(self, rates: Mapping[QueueId, Traffic]) -> None:
        """Take these rates from now on; queues not named keep theirs. The values are the plan's."""
        self._rates.update(rates)

    @property
    def is_making(self) -> bool:
        return self._making is not None

    def look(self, now: float) -> None:
        """Agents come and go without a word to us: look at them now and then."""
        if now >= self._look_at and self._crew.come_and_gone != self._seen:
            self.begin(now)

    def begin(self, now: float) -> None:
        """Begin a plan if enough has moved and none is being made."""
        if self._making is not None or not self._rates:
            return
        self._look_at, self._seen = now + LOOK, self._crew.come_and_gone
        groups = self._groups()
        traffic = self._traffic(groups)
        if not traffic:
            return
        if self._begun is not None and not _moved(self._begun, (traffic, groups)):
            return
        self._begun = traffic, groups
        sizes = [Group(tuple(sorted(queues)), agents) for queues, agents in sorted_groups(groups)]
        self._making = Needs.planning(traffic, sizes, self._made)

    def step(self, pieces: int) -> bool:
        """Do so many pieces; whether that finished a plan, which the crew's demand then has."""
        for _ in range(pieces):
            made = None if self._making is None else next(self._making)
            if made is not None and self._begun is not None:
                self._making, self._made = None, made
                traffic = self._begun[0]
                calls = sum(one.arrivals for one in traffic.values())
                work = sum(one.arrivals * one.handle for one in traffic.values())
                self._crew.demand.use(made, traffic, work / calls)
                return True
        return False

    def _groups(self) -> dict[frozenset[QueueId], int]:
        sizes = Counter(hand.group for hand in self._crew.hands.values())
        largest = sorted_groups(sizes)
        groups = dict(largest[:MOST_GROUPS])
        for number, (queues, agents) in enumerate(largest[MOST_GROUPS:]):
            ordered = sorted(queues)
            one = frozenset((ordered[number % len(ordered)],))
            groups[one] = groups.get(one, 0) + agents
        return groups

    def _traffic(self, groups: dict[frozenset[QueueId], int]) -> dict[QueueId, Traffic]:
        """Of the queues that somebody serves, as far as rates are known; a queue without them is not planned
        with, and so takes no agent from its groups."""
        served = sorted({queue for queues in groups for queue in queues} & self._rates.keys())
        for queues in tuple(groups):
            if not queues <= self._rates.keys():
                agents = groups.pop(queues)
                rest = queues & self._rates.keys()
                if rest:
                    groups[rest] = groups.get(rest, 0) + agents
        traffic = {}
        for queue in served:
            rates = self._rates[queue]
            value = self._crew.queue(queue).value
            traffic[queue] = Traffic(value, rates.arrivals, rates.handle, rates.patience, rates.seen)
        return traffic


def sorted_groups(groups: Mapping[frozenset[QueueId], int]) -> list[tuple[frozenset[QueueId], int]]:
    """The largest first."""
    return sorted(groups.items(), key=lambda item: (-item[1], sorted(item[0])))


def _moved(
    before: tuple[dict[QueueId, Traffic], dict[frozenset[QueueId], int]],
    after: tuple[dict[QueueId, Traffic], dict[frozenset[QueueId], int]],
) -> bool:
    if before[0].keys() != after[0].keys() or before[1].keys() != after[1].keys():
        return True
    if any(_far(before[1][queues], agents) for queues, agents in after[1].items()):
        return True
    for queue, rates in after[0].items():
        known = before[0][queue]
        if known.value != rates.value or _far(known.arrivals, rates.arrivals):
            return True
        if _far(known.handle, rates.handle) or _far(known.patience, rates.patience):
            return True
        if min(rates.seen, SURE) > SURER * known.seen:
            return True
    return False


def _far(before: float, after: float) -> bool:
    return before != after and not abs(after - before) <= MOVED * abs(before)
