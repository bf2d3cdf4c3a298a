"""Who comes first among agents whom the score holds equal: an order for each strategy.

An order is a pair of numbers computed when the agent becomes free, the smallest first; ties end on the id.
``LEAST_OCCUPIED`` goes by the *load*: seconds busy, each counting less by e every ``FADES`` seconds since.
It fades for all who idle alike, so their order stays what it was. A newcomer begins with the mean load of
those he joins, and who comes back from a pause as far above or below it as he left: neither is flooded or
starved for having been away.
Unlike the longest idle, this has a restoring force: an agent who happened to get the long calls gets fewer.
``RANDOM`` puts free agents on a circle, each at a place drawn from the
seed, his id and the number of his calls, and begins at the call's place: fair over time as a draw is, the
same again in a replay, and found without looking at everybody.
``RING_ALL`` needs an order for those who are too many to be rung together: the longest idle go first.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from math import exp, inf, log
from typing import TypeAlias, assert_never

from routing.acd.model import Strategy
from routing.ids import AgentId, CallId, QueueId

FADES = 4 * 3600.0
"""Seconds; a morning's work still counts in the afternoon, last week's doesn't."""

Entry: TypeAlias = tuple[float, float, float, AgentId]
"""(minus the fit, the two numbers of the order, the agent); the smallest is the best."""


@dataclass(slots=True)
class Record:
    """What is remembered of an agent from sign-in to sign-out, over pauses: ``load`` as it was ``at``, if
    he is ``busy`` or ``absent`` since (``above`` the mean of the others by so much, where there were any),
    offers by queue, the call he was given last."""

    at: float
    load: float = 0.0
    busy: bool = False
    absent: bool = False
    above: float | None = None
    calls: int = 0
    offered: dict[QueueId, float] = field(default_factory=dict)
    given: CallId | None = None

    def load_at(self, now: float) -> float:
        spent = now - self.at
        if spent <= 0 or self.absent:
            return self.load
        kept = exp(-spent / FADES)
        return self.load * kept + (FADES * (1.0 - kept) if self.busy else 0.0)

    def turn(self, now: float, *, busy: bool = False) -> None:
        """He is busy, or else idle, from ``now`` on."""
        self.load, self.at = self.load_at(now), max(self.at, now)
        self.busy, self.absent = busy, False

    def go(self, now: float, usual: float | None) -> None:
        """He is absent from ``now`` on; ``usual`` is the mean load of those who stay."""
        self.turn(now)
        self.absent = True
        self.above = None if usual is None else self.load - usual

    def come(self, now: float, usual: float | None) -> None:
        """He is back, as busy until he is said to be idle; ``usual`` as for ``go``."""
        if self.above is not None and usual is not None:
            self.load = max(0.0, usual + self.above)
        self.turn(now, busy=True)

    @property
    def rank(self) -> float:
        """Orders idle agents by load, at any moment."""
        return round(log(self.load) + self.at / FADES, 6) if self.load > 0 else -inf


def order(
    strategy: Strategy,
    agent: AgentId,
    idle_since: float,
    record: Record,
    queue: QueueId,
    seed: int,
) -> tuple[float, float]:
    match strategy:
        case Strategy.LONGEST_IDLE | Strategy.RING_ALL:
            return (idle_since, 0.0)
        case Strategy.FEWEST_CALLS:
            return (float(record.calls), idle_since)
        case Strategy.LEAST_OCCUPIED:
            return (record.rank, idle_since)
        case Strategy.ROUND_ROBIN:
            return (record.offered.get(queue, float("-inf")), idle_since)
        case Strategy.RANDOM:
            return (place_on_circle(f"{seed}/{agent}/{record.calls}"), 0.0)
        case _:
            assert_never(strategy)


def place_on_circle(text: str) -> float:
    """In [0, 1)."""
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48


def around(entries: list[Entry], call: CallId, seed: int) -> Iterator[Entry]:
    """Entries of ``RANDOM`` in the order of this call: the better fit first, equals from the call's place on
    the circle onwards. What is given out counts its order from there, so that two lists compare."""
    start = place_on_circle(f"{seed}/{call}")
    begin = 0
    while begin < len(entries):
        fit = entries[begin][0]
        end = bisect_right(entries, (fit, 2.0), begin)
        first = bisect_left(entries, (fit, start), begin, end)
        for index in (*range(first, end), *range(begin, first)):
            yield turned(entries[index], start)
        begin = end


def turned(entry: Entry, start: float) -> Entry:
    return (entry[0], (entry[1] - start) % 1.0, entry[2], entry[3])
