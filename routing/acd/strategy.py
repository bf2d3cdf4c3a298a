"""Who comes first among agents whom the score holds equal: an order for each strategy.

An order is a pair of numbers computed when the agent becomes free, the smallest first; ties end on the id.
``LEAST_OCCUPIED`` changes while nobody moves (idling lowers a share), so its orders hold for a minute by the
clock and are then computed anew. ``RANDOM`` puts free agents on a circle, each at a place drawn from the
seed, his id and the number of his calls, and begins at the call's place: fair over time as a draw is, the
same again in a replay, and found without looking at everybody.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeAlias, assert_never

from routing.acd.model import Strategy
from routing.ids import AgentId, CallId, QueueId

MINUTE = 60.0

Entry: TypeAlias = tuple[float, float, float, AgentId]
"""(minus the fit, the two numbers of the order, the agent); the smallest is the best."""


@dataclass(slots=True)
class Record:
    """What is remembered of an agent from sign-in to sign-out, over pauses: ``busy`` seconds before
    ``busy_since``, offers by queue, the call he was given last."""

    signed_in: float
    calls: int = 0
    busy: float = 0.0
    busy_since: float | None = None
    offered: dict[QueueId, float] = field(default_factory=dict)
    given: CallId | None = None

    def occupancy(self, now: float) -> float:
        busy = self.busy + (0.0 if self.busy_since is None else max(0.0, now - self.busy_since))
        return min(1.0, busy / max(1.0, now - self.signed_in))


def order(
    strategy: Strategy,
    agent: AgentId,
    idle_since: float,
    record: Record,
    queue: QueueId,
    now: float,
    seed: int,
) -> tuple[float, float]:
    match strategy:
        case Strategy.LONGEST_IDLE:
            return (idle_since, 0.0)
        case Strategy.FEWEST_CALLS:
            return (float(record.calls), idle_since)
        case Strategy.LEAST_OCCUPIED:
            whole = max(idle_since, now // MINUTE * MINUTE)
            return (record.occupancy(whole), idle_since)
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
