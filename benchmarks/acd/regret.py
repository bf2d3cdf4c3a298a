"""The long-run cost of a router, measured in simulation with little noise.

Theory. Let h be the relative values of the exactly solved graph. At each event (a call arrives, ends, gives
up) the best that could follow has the value b; the router's own choice leads to y and loses h(y) - b. With
d(x) = cost of x + sum over its events of rate x (b - h(x)), the time average of d plus the losses per unit of
time has the very mean of the router's cost, for any h and b (the approximating martingale of Henderson and
Glynn 2002; the telescoping sum of h vanishes). With the optimum's own h, d is nearly constant, and what
varies is the router's mistakes alone. So the estimate is exact in the mean even where h is not, such as
beyond the longest lines that were solved; there h goes on in a straight line.

The plain estimate (value of the callers lost, over time) is kept beside it as a check of the whole.
"""

from __future__ import annotations

from typing import TypeAlias

from benchmarks.acd.mdp import Floats, Space

State: TypeAlias = tuple[int, ...]
"""As ``Space.at`` has it: by class, calls at specialists and in line; then calls at flexible agents."""


class Reference:
    """A solved graph: values and best choices, looked up by state and remembered."""

    def __init__(self, space: Space, values: Floats) -> None:
        self.space = space
        self._values = values
        self._caps = [int(axis.max()) for axis in space.at]
        self._number = dict(zip(map(tuple, space.at.T.tolist()), range(space.count), strict=True))
        self._classes = space.graph.classes
        self._of_agents: dict[State, float] = {}
        self._best: dict[State, float] = {}
        self._drift: dict[State, float] = {}
        self._arrival: dict[tuple[int, State], float] = {}

    def value(self, state: State) -> float:
        known = self._of_agents.get(state)
        if known is None:
            inside = list(state)
            slope = 0.0
            for i in range(len(self._classes)):
                over = state[i] - self._caps[i]
                if over > 0:
                    inside[i] = self._caps[i]
                    below = [*inside[:i], inside[i] - 1, *inside[i + 1 :]]
                    below = [min(x, cap) for x, cap in zip(below, self._caps, strict=True)]
                    at_cap = [min(x, cap) for x, cap in zip(inside, self._caps, strict=True)]
                    slope += over * (self._at(tuple(at_cap)) - self._at(tuple(below)))
            known = self._of_agents[state] = self._at(tuple(inside)) + slope
        return known

    def _at(self, state: State) -> float:
        return float(self._values[self._number[state]])

    def _waiting(self, state: State, i: int) -> int:
        return max(0, state[i] - self.space.specialists[i])

    def _can_take(self, state: State, g: int) -> bool:
        used = sum(state[k] for k in set(self.space.busy_at[g].values()))
        return used < self.space.flexible[g][1]

    def best(self, state: State) -> float:
        """The least value that giving out waiting calls can lead to."""
        known = self._best.get(state)
        if known is None:
            known = self.value(state)
            for i, g in self.space.edges:
                if self._waiting(state, i) and self._can_take(state, g):
                    known = min(known, self.best(moved(state, i, -1, self.space.busy_at[g][i], 1)))
            self._best[state] = known
        return known

    def after_arrival(self, i: int, state: State) -> float:
        known = self._arrival.get((i, state))
        if known is None:
            known = self.best(moved(state, i, 1))
            for j, g in self.space.edges:
                if j == i and self._can_take(state, g):
                    known = min(known, self.value(moved(state, self.space.busy_at[g][i], 1)))
            self._arrival[i, state] = known
        return known

    def drift(self, state: State) -> float:
        """d of the theory above."""
        known = self._drift.get(state)
        if known is None:
            here, known = self.value(state), 0.0
            for i, c in enumerate(self._classes):
                waiting = self._waiting(state, i)
                known += (c.value * c.patience + c.holding) * waiting
                known += c.arrivals * (self.after_arrival(i, state) - here)
                rate = c.handle * (state[i] - waiting) + c.patience * waiting
                if rate > 0:
                    known += rate * (self.best(moved(state, i, -1)) - here)
            for at in self.space.busy_at:
                for k in set(at.values()):
                    if state[k]:
                        handle = next(self._classes[i].handle for i, where in at.items() if where == k)
                        known += handle * state[k] * (self.best(moved(state, k, -1)) - here)
            self._drift[state] = known
        return known


def moved(state: State, k: int, by: int, other: int = -1, other_by: int = 0) -> State:
    changed = list(state)
    changed[k] += by
    if other >= 0:
        changed[other] += other_by
    return tuple(changed)


class Regret:
    """Watches one run. ``pools`` tells of each agent (by his place in the tally) the flexible pool's number,
    or ``None`` for a specialist; ``unit`` is one unit of the graph's time in seconds. Batches of ``length``
    seconds begin at ``since``."""

    def __init__(
        self, reference: Reference, pools: list[int | None], unit: float, since: float, length: float
    ) -> None:
        self._reference = reference
        self._pools, self._unit, self._since, self._length = pools, unit, since, length
        graph = reference.space.graph
        self._state = [0] * len(reference.space.at)
        self._settled: State = tuple(self._state)
        self._before = 0.0
        self._event: tuple[int, int] | None = None
        self._classes = graph.classes
        self._sums: dict[int, list[float]] = {}

    def arrived(self, now: float, kind: int) -> None:
        self._state[kind] += 1
        self._event = (1, kind)

    def left(self, now: float, kind: int) -> None:
        self._state[kind] -= 1
        self._event = (-1, kind)
        self._batch(now)[1] += self._classes[kind].value

    def began(self, now: float, kind: int, agent: int) -> None:
        pool = self._pools[agent]
        if pool is not None:
            self._state[kind] -= 1
            self._state[self._reference.space.busy_at[pool][kind]] += 1

    def ended(self, now: float, kind: int, agent: int) -> None:
        pool = self._pools[agent]
        at = kind if pool is None else self._reference.space.busy_at[pool][kind]
        self._state[at] -= 1
        self._event = (-1, at)

    def settled(self, now: float) -> None:
        reference, before = self._reference, self._settled
        state = tuple(self._state)
        batch = self._batch(now)
        batch[0] += reference.drift(before) * (now - self._before) / self._unit
        if self._event is None:
            best = reference.value(before)
        elif self._event[0] > 0:
            best = reference.after_arrival(self._event[1], before)
        else:
            best = reference.best(moved(before, self._event[1], -1))
        batch[0] += reference.value(state) - best
        self._settled, self._before, self._event = state, now, None

    def _batch(self, now: float) -> list[float]:
        number = int((now - self._since) // self._length)
        known = self._sums.get(number)
        if known is None:
            known = self._sums[number] = [0.0, 0.0]
        return known

    def batches(self, count: int) -> tuple[list[float], list[float]]:
        """Cost in a unit of time by batch: by the theory above, and plainly counted."""
        units = self._length / self._unit
        found = [self._sums.get(number, [0.0, 0.0]) for number in range(count)]
        return [one[0] / units for one in found], [one[1] / units for one in found]
