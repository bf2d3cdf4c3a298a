"""The best that any router can do on a small skill graph, and what a given rule does, both exactly.

The contact center is a continuous-time Markov chain: Poisson arrivals, exponential handling and patience,
handling rates by the call's class. Agents are specialists (one class) or flexible pools. A state holds, for
each class, its *line* (calls with specialists plus calls waiting: a rule never leaves a call waiting while a
specialist of its class is free) and, for each flexible pool, the calls in service: one number if the pool's
classes have one rate, one for each class otherwise. After each event any number of waiting calls may be given
to free flexible agents; nothing is taken back.

- ``optimum``: policy iteration for the long-run average cost (Puterman 1994, ch. 8 and 11.4). The values of a
  policy solve a sparse linear system; the bounds on the gain that are returned are those of Odoni (1969),
  so an early stop of the linear solver shows in them instead of hiding.
- ``evaluate``: the same linear system for a rule that is fixed in advance, possibly with chance in it.

Lines are cut off at ``Graph.room`` waiting calls; who comes then is lost and paid for like an abandonment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import bicgstab

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Class:
    """Rates per unit of time (``handle`` and ``patience`` as rates too); ``value`` is paid for each call
    lost and ``holding`` for each unit of time that a call waits."""

    arrivals: float
    handle: float
    patience: float
    value: float = 1.0
    holding: float = 0.0


@dataclass(frozen=True)
class Graph:
    """``pools`` are (indices of classes, agents); no two pools have the same classes. ``room`` is the
    greatest number of waiting calls by class."""

    name: str
    classes: tuple[Class, ...]
    pools: tuple[tuple[tuple[int, ...], int], ...]
    room: tuple[int, ...]

    def valued(self, *values: float) -> Graph:
        classes = tuple(replace(c, value=v) for c, v in zip(self.classes, values, strict=True))
        return replace(self, classes=classes, name=f"{self.name} {':'.join(f'{v:g}' for v in values)}")

    @property
    def load(self) -> float:
        """Work offered in a unit of time to one agent of the whole center."""
        return sum(c.arrivals / c.handle for c in self.classes) / sum(agents for _, agents in self.pools)


class Space:
    """All states of a graph as arrays; S is their number, and a state's index its place in them."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        classes = graph.classes
        self.specialists = [
            sum(agents for queues, agents in graph.pools if queues == (i,)) for i in range(len(classes))
        ]
        self.flexible = [(queues, agents) for queues, agents in graph.pools if len(queues) > 1]
        sizes = [n + q + 1 for n, q in zip(self.specialists, graph.room, strict=True)]
        self.busy_at: list[dict[int, int]] = []  # per flexible pool: class -> coordinate
        for queues, agents in self.flexible:
            alike = len({classes[i].handle for i in queues}) == 1
            self.busy_at.append({i: len(sizes) + (0 if alike else k) for k, i in enumerate(queues)})
            sizes += [agents + 1] * (1 if alike else len(queues))
        grid = np.indices(sizes, dtype=np.int32).reshape(len(sizes), -1)
        keep = np.ones(grid.shape[1], dtype=bool)
        for (_, agents), at in zip(self.flexible, self.busy_at, strict=True):
            keep &= grid[sorted(set(at.values()))].sum(axis=0) <= agents
        self._number = np.full(grid.shape[1], -1, dtype=np.int64)
        self._number[keep] = np.arange(int(keep.sum()))
        self._flat = np.flatnonzero(keep)
        self._stride = [int(np.prod(sizes[k + 1 :], dtype=np.int64)) for k in range(len(sizes))]
        self.at: Ints = grid[:, keep].astype(np.int64)
        self.count = self.at.shape[1]
        self.waiting: list[Ints] = [np.maximum(self.at[i] - n, 0) for i, n in enumerate(self.specialists)]
        self.idle: list[Ints] = [np.maximum(n - self.at[i], 0) for i, n in enumerate(self.specialists)]
        self.free: list[Ints] = [
            agents - self.at[sorted(set(at.values()))].sum(axis=0)
            for (_, agents), at in zip(self.flexible, self.busy_at, strict=True)
        ]
        self.edges = [(i, g) for g, (queues, _) in enumerate(self.flexible) for i in queues]
        """(class, flexible pool): a waiting call is given to a free agent of the pool."""
        self.can: list[Bools] = [(self.waiting[i] > 0) & (self.free[g] > 0) for i, g in self.edges]
        self.given: list[Ints] = [
            self._moved(can, {i: -1, self.busy_at[g][i]: 1})
            for can, (i, g) in zip(self.can, self.edges, strict=True)
        ]

    def _moved(self, where: Bools, change: dict[int, int]) -> Ints:
        """The state after a change of coordinates; itself where the change can't be."""
        offset = sum(self._stride[k] * by for k, by in change.items())
        result = np.arange(self.count)
        result[where] = self._number[self._flat[where] + offset]
        return result

    @cached_property
    def lined(self) -> list[Ints]:
        """By class: the state after an arrival that goes to its line."""
        return [
            self._moved(self.at[i] < n + self.graph.room[i], {i: 1}) for i, n in enumerate(self.specialists)
        ]

    @cached_property
    def direct(self) -> list[Ints]:
        """By edge: the state after an arrival that takes a free flexible agent at once."""
        return [self._moved(self.free[g] > 0, {self.busy_at[g][i]: 1}) for i, g in self.edges]

    @cached_property
    def endings(self) -> list[tuple[Floats, Ints]]:
        """(rate, state after it) of handling that ends and callers who give up."""
        found = []
        for i, c in enumerate(self.graph.classes):
            rate = c.handle * (self.at[i] - self.waiting[i]) + c.patience * self.waiting[i]
            found.append((rate, self._moved(self.at[i] > 0, {i: -1})))
        for at in self.busy_at:
            for k in sorted(set(at.values())):
                handle = next(self.graph.classes[i].handle for i, where in at.items() if where == k)
                found.append((handle * self.at[k], self._moved(self.at[k] > 0, {k: -1})))
        return found

    @cached_property
    def cost(self) -> Floats:
        """Paid in a unit of time while in the state, arrivals lost at a full line excepted."""
        total = np.zeros(self.count)
        for c, q in zip(self.graph.classes, self.waiting, strict=True):
            total += (c.value * c.patience + c.holding) * q
        return total


Choice: TypeAlias = list[tuple[Floats, Ints]]
"""(probability, state after it), by state; the probabilities of a state add up to one."""


@dataclass(frozen=True, slots=True)
class Policy:
    """``arrive[i]``: where an arrival of class i goes before anything is given out. ``give``: one waiting
    call given out, or none; it is repeated up to ``Policy.REPEATS`` times after each event."""

    arrive: list[Choice]
    give: Choice


REPEATS = 3
Rule: TypeAlias = Callable[[Space], Policy]


@dataclass(frozen=True, slots=True)
class Gain:
    """Cost in a unit of time, with bounds that hold for the chain as it was cut off."""

    cost: float
    low: float
    high: float


def _choice_matrix(space: Space, choice: Choice) -> sparse.csr_matrix:
    rows = np.arange(space.count)
    total = sparse.csr_matrix((space.count, space.count))
    for probability, target in choice:
        some = probability > 0
        total = total + sparse.csr_matrix((probability[some], (rows[some], target[some])), shape=total.shape)
    return total


def _solve(
    space: Space, rates: sparse.csr_matrix, cost: Floats, start: Floats | None, tolerance: float
) -> tuple[Floats, Gain]:
    """Relative values h with ``cost + (rates - diag(row sums)) h = gain``, by BiCGStab on a chain that ends
    after a very long time, scaled by each state's rate of leaving."""
    leave = np.asarray(rates.sum(axis=1)).ravel()
    slow = 1e-7 * float(leave.mean())
    scale = 1.0 / (leave + slow)
    system = sparse.identity(space.count, format="csr") - sparse.diags(scale) @ rates
    values = np.zeros(space.count) if start is None else start
    gain = Gain(0.0, -np.inf, np.inf)
    for _ in range(40):
        values, _ = bicgstab(system, scale * cost, x0=values, rtol=1e-9, atol=0.0, maxiter=100)
        drift = cost + rates @ values - leave * values
        # The bounds hold for any values; smoothing by a few plain steps takes the solver's ripple away.
        for _ in range(10):
            values = values + 0.9 * drift / leave.max()
            drift = cost + rates @ values - leave * values
        gain = Gain(float(np.median(drift)), float(drift.min()), float(drift.max()))
        if gain.high - gain.low <= tolerance * max(abs(gain.cost), 1e-12):
            break
    return values, gain


def _rates(space: Space, arrive: list[sparse.csr_matrix], give: sparse.csr_matrix) -> sparse.csr_matrix:
    total = sparse.csr_matrix((space.count, space.count))
    for c, matrix in zip(space.graph.classes, arrive, strict=True):
        total = total + c.arrivals * (matrix @ give)
    for rate, target in space.endings:
        some = np.flatnonzero(rate > 0)
        matrix = sparse.csr_matrix((rate[some], (some, target[some])), shape=total.shape)
        total = total + matrix @ give
    return total.tocsr()


def evaluate(space: Space, policy: Policy, tolerance: float = 1e-5) -> Gain:
    """The exact long-run cost of a rule, within ``tolerance`` of itself."""
    once = _choice_matrix(space, policy.give)
    give = once
    for _ in range(REPEATS - 1):
        give = give @ once
    arrive = [_choice_matrix(space, choice) for choice in policy.arrive]
    cost = space.cost.copy()
    for c, choice, target in zip(space.graph.classes, policy.arrive, space.lined, strict=True):
        for probability, to in choice:
            cost += c.arrivals * c.value * probability * ((to == target) & (target == np.arange(space.count)))
    return _solve(space, _rates(space, arrive, give), cost, None, tolerance)[1]


def optimum(space: Space, tolerance: float = 1e-4) -> Gain:
    """The least long-run cost of all policies: the bounds are at most ``tolerance`` of it apart, unless
    thirty policies didn't get there."""
    return solved(space, tolerance)[0]


def solved(space: Space, tolerance: float = 1e-4) -> tuple[Gain, Floats]:
    """As ``optimum``, with the relative value of each state: how much more is paid from there on for ever."""
    rows = np.arange(space.count)
    one = np.ones(space.count)
    values = space.cost / max(c.patience for c in space.graph.classes)
    blocked = [target == rows for target in space.lined]
    gain = Gain(0.0, -np.inf, np.inf)
    for _ in range(30):
        eps = 1e-9 * float(np.ptp(values))
        best, post = values.copy(), rows.copy()
        for _ in range(REPEATS):
            for can, given in zip(space.can, space.given, strict=True):
                better = can & (best[given] < best - eps)
                best = np.where(better, best[given], best)
                post = np.where(better, post[given], post)
        arrive: list[Ints] = []
        cost = space.cost.copy()
        drift = space.cost.copy()
        for i, c in enumerate(space.graph.classes):
            loss = np.where(blocked[i], c.value, 0.0)
            there, to = best[space.lined[i]] + loss, post[space.lined[i]]
            for (j, g), direct in zip(space.edges, space.direct, strict=True):
                if j == i:
                    better = (space.free[g] > 0) & (values[direct] < there - eps)
                    there = np.where(better, values[direct], there)
                    to = np.where(better, direct, to)
                    loss = np.where(better, 0.0, loss)
            arrive.append(to)
            cost += c.arrivals * loss
            drift += c.arrivals * (there - values)
        for rate, target in space.endings:
            drift += rate * (best[target] - values)
        gain = Gain(gain.cost, float(drift.min()), float(drift.max()))
        if gain.high - gain.low <= tolerance * abs(gain.cost):
            return gain, values
        total = sparse.csr_matrix((space.count, space.count))
        for c, to in zip(space.graph.classes, arrive, strict=True):
            total = total + sparse.csr_matrix((c.arrivals * one, (rows, to)), shape=total.shape)
        for rate, target in space.endings:
            total = total + sparse.csr_matrix((rate, (rows, post[target])), shape=total.shape)
        values, reached = _solve(space, total.tocsr(), cost, values, tolerance / 10)
        gain = Gain(reached.cost, gain.low, gain.high)
    return gain, values
