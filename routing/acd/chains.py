"""The chains behind a plan of needs: one of each queue, and the auctions that tie them together.

The theory, and what the letters stand for, is in ``routing.acd.need``, which alone uses this.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from routing.acd.erlang import erlang_b

GRID = 96
"""Points at which distributions of worth are kept; finer near zero."""
MOST_FREE, MOST_WAITING = 80, 160
"""How far tables reach; what lies beyond is worth what the end is."""
LEAN = 0.5
"""Queues of the same flexible agents wait for each other: a call more in one lengthens the wait in all, so
that lengths tell less of which to serve first than D alone says (nothing, if nobody has specialists and the
rush lasts). Half of that is taken off, in the part that flexible agents have in the capacity."""
PATIENT = 50.0
"""Callers who never give up count as if they did after so many handling times: their loss is then small,
and grows with the line as the cost of waiting does."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Of one queue. ``value`` is what one lost call costs (1.0 is usual), ``arrivals`` calls per second,
    ``handle`` and ``patience`` means in seconds; ``math.inf``: nobody gives up. ``seen`` is how many calls
    the rates rest on."""

    value: float
    arrivals: float
    handle: float
    patience: float
    seen: float = math.inf


class Line:
    """One queue's chain. ``loss[z + free - 1]`` is D(z) for z from ``1 - free`` to ``room``; ``chance[z +
    free]`` the probability of z from ``-free`` (agents free) to ``room`` (calls waiting)."""

    def __init__(self, traffic: Traffic, specialists: int) -> None:
        if not (traffic.value >= 0 and traffic.arrivals >= 0 and traffic.handle > 0 and traffic.patience > 0):
            raise ValueError(f"a queue's rates must be positive: {traffic}")
        self.value = max(traffic.value, 1e-9)
        self.seen = traffic.seen
        self.moved = math.inf
        self.mu = 1 / traffic.handle
        self.theta = 1 / min(traffic.patience, PATIENT * traffic.handle)
        self.lam = max(traffic.arrivals, 1e-6 * self.mu)
        self.specialists = specialists
        self.overflow = self.lam * erlang_b(specialists, self.lam / self.mu)
        self.flexible: list[Shared] = []
        self.part = 0

    def size(self) -> None:
        """Make the tables, once all groups are known."""
        pooled = sum(g.agents * g.mu for g in self.flexible)
        self.agents = self.specialists + sum(g.agents for g in self.flexible)
        self.pace = (self.specialists * self.mu + pooled) / max(self.agents, 1)
        self.pooled = pooled
        self.free = min(self.agents, MOST_FREE)
        excess = max(self.lam - self.specialists * self.mu, 0.0) / self.theta
        swing = 5 * math.sqrt(self.lam / min(self.theta, self.mu))
        self.lean = LEAN * pooled / max(self.specialists * self.mu + pooled, 1e-12)
        self.room = min(int(excess + swing) + 10, MOST_WAITING)
        self.loss = [0.5 * self.value] * (self.free + self.room)
        self.chance: list[float] = []
        self.won = [pooled / max(len(self.flexible[0].members), 1) if self.flexible else 0.0] * (
            self.room + 1
        )
        # Arrivals of other queues that take agents this one could have had.
        self.others: dict[Line, float] = {}
        for group in self.flexible:
            for other in group.members:
                if other is not self:
                    whole = sum(g.agents for g in other.flexible)
                    self.others[other] = self.others.get(other, 0.0) + other.overflow * group.agents / whole
        self.taken = sum(self.others.values())
        self.taken_loss = 0.0
        self.above = [0.0] * (GRID + 1)
        self.below = [0.0] * (GRID + 1)

    def resume(self, before: Line) -> None:
        """Begin with the losses of an earlier plan."""
        self.loss = [min(before.at(t + 1 - self.free), self.value) for t in range(len(self.loss))]
        last = len(before.won) - 1
        most = self.pooled / max(before.pooled, 1e-12)
        self.won = [before.won[min(z, last)] * most for z in range(self.room + 1)]

    def at(self, z: int) -> float:
        """D(z)."""
        return self.loss[min(max(z + self.free - 1, 0), len(self.loss) - 1)]

    def spread(self) -> None:
        """The chain's probabilities, averaged with the last round's."""
        logs, log = [0.0], 0.0
        busy = self.agents - self.free
        for z in range(1 - self.free, self.room + 1):
            born = self.lam if z > 0 else self.lam + self.taken
            if z <= 0:
                died = (busy + z + self.free) * self.pace
            else:
                died = self.specialists * self.mu + self.theta * z + self.won[z]
            log += math.log(born / died)
            logs.append(log)
        top = max(logs)
        raw = [math.exp(x - top) for x in logs]
        scale = 1 / math.fsum(raw)
        if self.chance:
            self.chance = [0.5 * (old + new * scale) for old, new in zip(self.chance, raw, strict=True)]
        else:
            self.chance = [new * scale for new in raw]

    def offers(self, kappa: float, top: float) -> list[float]:
        """P(worth of an agent to this queue <= x) at the grid's points, when no flexible one is free."""
        mass = [0.0] * (GRID + 1)
        first = max(self.free - self.specialists, 0)
        mass[0] = sum(self.chance[first : self.free + 1])
        rate = (self.mu + kappa) / top
        for z in range(1, self.room + 1):
            mass[min(math.ceil(GRID * math.sqrt(self.loss[z + self.free - 1] * rate)), GRID)] += self.chance[
                z + self.free
            ]
        total, run, found = sum(mass), 0.0, []
        for m in mass:
            run += m
            found.append(run / total)
        return found

    def solve(self, kappa: float, top: float, step: float) -> None:
        """New losses from the others' offers: the equation of the module, tangent at the old losses, is a
        tridiagonal system (Thomas algorithm)."""
        pay = self.mu + kappa
        back: list[float] = []  # D(z) = base + back * D(z + 1)
        base: list[float] = []
        after, b = 0.0, 0.0
        slope = const = 0.0
        last = len(self.loss) - 1
        for t, old in enumerate(self.loss):
            z = t + 1 - self.free
            if z <= 0:
                down = (self.agents - 1 + z) * self.pace
                diagonal = self.lam + self.taken + down + self.pace
                up = self.lam if z == 0 else self.lam + self.taken
                fixed = self.taken_loss if z == 0 else 0.0
                if t == 0:
                    diagonal, down = diagonal - down, 0.0
                if z == 0:
                    lost, paid = self.auction(old * pay, top)
                    slope, const = lost, paid / pay - lost * old
            else:
                lost, paid = self.auction(old * pay, top)
                here, now = lost, paid / pay - lost * old
                down = self.specialists * self.mu + self.theta * (z - 1) + self.pooled - slope
                diagonal = self.lam + self.specialists * self.mu + self.theta * z + self.pooled - here
                up = self.lam
                fixed = self.theta * self.value + now - const
                slope, const = here, now
                self.won[z] += step * (self.pooled - here - self.won[z])
            if t == last:
                diagonal, up = diagonal - up, 0.0
            divisor = diagonal - down * b
            after = (fixed + down * after) / divisor
            b = up / divisor
            base.append(after)
            back.append(b)
        value = most = 0.0
        for t in range(last, -1, -1):
            value = base[t] + back[t] * value
            change = step * (min(max(value, 0.0), self.value) - self.loss[t])
            self.loss[t] += change
            most = max(most, abs(change))
        self.moved = most / self.value

    def auction(self, bid: float, top: float) -> tuple[float, float]:
        """Of the flexible agents' endings per second: how many go elsewhere at this bid, and what the others
        pay, up to the bid, for all."""
        x = min(GRID * math.sqrt(bid / top), GRID - 1e-9)
        k = int(x)
        low, high = top * (k / GRID) ** 2, top * ((k + 1) / GRID) ** 2
        part = (min(bid, high) - low) / (high - low)
        lost = self.above[k] + part * (self.above[k + 1] - self.above[k])
        return lost, self.below[k] + (min(bid, high) - low) * (self.above[k] + lost) / 2


class Shared:
    """A group of flexible agents; ``mu`` is their mean rate over the work offered."""

    def __init__(self, members: list[Line], agents: int) -> None:
        self.members, self.agents = members, agents
        self.mu = sum(line.lam for line in members) / sum(line.lam / line.mu for line in members)

    def auction(self, offers: Mapping[Line, list[float]]) -> None:
        """Tell each member what the others offer: the greatest of independent offers, as a distribution."""
        lists = [offers[line] for line in self.members]
        ahead: list[list[float]] = [[1.0] * (GRID + 1)]
        for one in lists[:-1]:
            ahead.append([a * b for a, b in zip(ahead[-1], one, strict=True)])
        behind = [1.0] * (GRID + 1)
        flow = self.agents * self.mu
        for line, before, one in zip(reversed(self.members), reversed(ahead), reversed(lists), strict=True):
            line.above = [x + flow * (1 - a * b) for x, a, b in zip(line.above, before, behind, strict=True)]
            behind = [a * b for a, b in zip(behind, one, strict=True)]
