"""Rules that routers in use follow, as policies over the states of ``benchmarks.acd.mdp``.

Ages of calls and of agents' idleness are no part of a state, so "longest idle" is an agent drawn evenly from
all free ones and "longest waiting" a call drawn evenly from all waiting ones: the same thing in the mean.
"""

from __future__ import annotations

import numpy as np

from benchmarks.acd.mdp import Choice, Floats, Ints, Policy, Space


def _policy(space: Space, weights: list[Floats], *, specialists_first: bool) -> Policy:
    """Nobody idles while a call that he serves waits. A call is taken of a class with probability
    proportional to the weight (by state) among the classes that could be served."""
    one, rows = np.ones(space.count), np.arange(space.count)
    arrive: list[Choice] = []
    for i, line in enumerate(space.lined):
        if specialists_first:
            arrive.append([(one, line)])
            continue
        offers: list[tuple[Ints, Ints]] = [(space.idle[i], line)]
        offers += [
            (space.free[g], direct)
            for (j, g), direct in zip(space.edges, space.direct, strict=True)
            if j == i
        ]
        total = np.sum([free for free, _ in offers], axis=0)
        some = np.maximum(total, 1)
        arrive.append([(free / some, to) for free, to in offers] + [((total == 0) * 1.0, line)])
    serving = [np.zeros(space.count) for _ in space.graph.classes]
    for can, (i, g) in zip(space.can, space.edges, strict=True):
        serving[i] += can * space.free[g]
    worth = [np.where(free > 0, weight, 0.0) for free, weight in zip(serving, weights, strict=True)]
    total_worth = np.sum(worth, axis=0)
    give: Choice = [((total_worth == 0) * 1.0, rows)]
    for can, to, (i, g) in zip(space.can, space.given, space.edges, strict=True):
        of_class = worth[i] / np.where(total_worth > 0, total_worth, 1.0)
        give.append((of_class * can * space.free[g] / np.maximum(serving[i], 1), to))
    return Policy(arrive, give)


def _first(space: Space, score: list[Floats]) -> list[Floats]:
    """Weights that let the class with the greatest positive score win; equals share."""
    served = [np.zeros(space.count, dtype=bool) for _ in score]
    for can, (i, _) in zip(space.can, space.edges, strict=True):
        served[i] |= can
    shown = [np.where(s, x, -1.0) for s, x in zip(served, score, strict=True)]
    best = np.max(shown, axis=0)
    return [np.where((x >= best - 1e-12) & (x > 0), 1.0, 0.0) for x in shown]


def static_priority(space: Space) -> Policy:
    """The most valuable class first, equals by the longest wait; specialists before flexible agents."""
    value = [np.full(space.count, c.value + c.holding) for c in space.graph.classes]
    top = _first(space, value)
    return _policy(
        space, [w * np.maximum(q, 1) for w, q in zip(top, space.waiting, strict=True)], specialists_first=True
    )


def longest_queue(space: Space) -> Policy:
    """The longest queue first; specialists before flexible agents."""
    return _policy(
        space, _first(space, [q.astype(np.float64) for q in space.waiting]), specialists_first=True
    )


def app_queue(space: Space) -> Policy:
    """As Asterisk's own queues do: each first come, first served; the queue of the greatest weight first,
    equals by the longest wait; any free member whatever else he serves."""
    value = [np.full(space.count, c.value + c.holding) for c in space.graph.classes]
    top = _first(space, value)
    return _policy(
        space,
        [w * np.maximum(q, 1) for w, q in zip(top, space.waiting, strict=True)],
        specialists_first=False,
    )
