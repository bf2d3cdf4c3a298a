"""The rule of ``routing.acd.need`` as a policy over the states of ``benchmarks.acd.mdp``: every number comes
from the module that the engine uses."""

from __future__ import annotations

import numpy as np

from benchmarks.acd.mdp import Floats, Graph, Ints, Policy, Space
from routing.acd.need import Group, Needs, Traffic


def plan(graph: Graph, *, arrivals: float = 1.0, handle: float = 1.0, patience: float = 1.0) -> Needs[int]:
    """The plan for a graph whose true rates are these factors of what the plan believes. ``handle`` and
    ``patience`` are factors on the means; a holding cost is told as the loss it comes to."""
    traffic = {
        i: Traffic(
            c.value + c.holding / c.patience, c.arrivals * arrivals, handle / c.handle, patience / c.patience
        )
        for i, c in enumerate(graph.classes)
    }
    return Needs(traffic, [Group(queues, agents) for queues, agents in graph.pools])


def rule(space: Space, needs: Needs[int] | None = None) -> Policy:
    """As the engine decides: the greatest index among the calls that no reserve holds back; of groups that
    could take it, the one worth least to its other queues."""
    needs = needs or plan(space.graph)
    free = []
    for i, idle in enumerate(space.idle):
        free.append(
            idle + sum(f for f, (queues, _) in zip(space.free, space.flexible, strict=True) if i in queues)
        )
    worth: list[Floats] = []
    for i, (waiting, f) in enumerate(zip(space.waiting, free, strict=True)):
        some, back = np.unique(np.where(waiting > 0, waiting, -f), return_inverse=True)
        worth.append(np.array([needs.index(i, max(int(z), 0), max(-int(z), 0)) for z in some])[back])
    best = np.full(space.count, -np.inf)
    to: Ints = np.arange(space.count)
    for can, given, (i, g) in zip(space.can, space.given, space.edges, strict=True):
        held, spare = np.zeros(space.count, dtype=bool), np.zeros(space.count)
        for j in space.flexible[g][0]:
            if j == i:
                continue
            price = np.array([needs.reserve(j, n, i) for n in range(int(free[j].max()) + 1)])
            held |= (space.waiting[j] == 0) & (price[free[j]] > worth[i])
            spare = np.maximum(spare, worth[j])
        score = worth[i] * (1 + 1e-9) - 1e-6 * spare
        better = can & ~held & (score > best)
        best, to = np.where(better, score, best), np.where(better, given, to)
    one = np.ones(space.count)
    return Policy([[(one, line)] for line in space.lined], [(one, to)])
