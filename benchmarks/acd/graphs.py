"""Skill graphs: seven kept for the benchmark, and as many others as one likes, drawn by a seed.

Units: the mean handling time of class 0 is one in the kept graphs. Names follow the literature (Garnett and
Mandelbaum 2000): a letter's upper points are the classes, its lower ones the pools.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from benchmarks.acd.mdp import Class, Graph

SHAPES: dict[str, tuple[tuple[int, ...], ...]] = {
    "V": ((0, 1),),
    "N": ((0,), (0, 1)),
    "M": ((0,), (1,), (0, 1)),
    "W": ((0, 1), (1, 2)),
    "V3": ((0, 1, 2),),
    "N3": ((0,), (0, 1), (1, 2)),
    "hub": ((0,), (1,), (2,), (0, 1, 2)),
    "half hub": ((0,), (1,), (0, 1, 2)),
    "chain": ((0, 1), (1, 2), (2, 0)),
    "nested": ((0,), (0, 1), (0, 1, 2)),
}
"""Each pool's classes."""


def room(arrivals: float, patience: float, capacity: float) -> int:
    """Waiting calls that are hardly ever exceeded by a class that gets two thirds of an even share of the
    agents (``capacity``: calls served in a unit of time with the even share)."""
    mean = max(arrivals - 0.66 * capacity, 0.0) / patience
    spread = math.sqrt(arrivals / patience)
    return math.ceil(mean + 3.0 * spread) + 3


def built(name: str, classes: tuple[Class, ...], pools: tuple[tuple[tuple[int, ...], int], ...]) -> Graph:
    """A graph with room for its lines."""
    share = [
        sum(agents / len(queues) for queues, agents in pools if i in queues) for i in range(len(classes))
    ]
    rooms = tuple(room(c.arrivals, c.patience, c.handle * s) for c, s in zip(classes, share, strict=True))
    return Graph(name, classes, pools, rooms)


def kept() -> tuple[Graph, ...]:
    """Seven graphs, solved in a few seconds each, values equal; ``Graph.valued`` gives others."""

    def c(arrivals: float, handle: float = 1.0, patience: float = 1.0) -> Class:
        return Class(arrivals, handle, patience)

    return (
        built("V", (c(4.0), c(3.0, 1.0, 0.5)), (((0, 1), 8),)),
        built("N", (c(6.0), c(3.0)), (((0,), 5), ((0, 1), 5))),
        built("N unequal", (c(4.0, 1.0, 1.5), c(2.0, 0.5, 0.5)), (((0,), 4), ((0, 1), 4))),
        built("M", (c(6.0, 1.0, 0.6), c(5.0, 1.0, 0.6)), (((0,), 4), ((1,), 4), ((0, 1), 4))),
        built("W", (c(2.0), c(1.6), c(2.0)), (((0, 1), 3), ((1, 2), 3))),
        built("hub", (c(2.5), c(2.5), c(2.0)), (((0,), 2), ((1,), 2), ((2,), 2), ((0, 1, 2), 2))),
        built("chain", (c(1.0), c(1.2), c(0.8)), (((0, 1), 1), ((1, 2), 1), ((2, 0), 1))),
    )


def drawn(seed: int, most_states: int = 60_000) -> Iterator[Graph]:
    """Random graphs without end: 2 to 12 agents a pool, loads of .7 to 1.3, handling and patience alike in
    half of them and up to four times apart in the others."""
    chance = random.Random(seed)
    shapes = sorted(SHAPES)
    number = 0
    while True:
        shape = chance.choice(shapes)
        pools = tuple((queues, chance.randint(2, 12)) for queues in SHAPES[shape])
        count = 1 + max(i for queues, _ in pools for i in queues)
        load = chance.uniform(0.7, 1.3)
        alike_handle, alike_patience = chance.random() < 0.5, chance.random() < 0.5
        handle, patience = 1.0, math.exp(chance.uniform(math.log(0.3), math.log(3.0)))
        even = [sum(n / len(queues) for queues, n in pools if i in queues) for i in range(count)]
        wanted = [share * chance.uniform(0.6, 1.4) for share in even]
        scale = load * sum(even) / sum(wanted)
        classes = []
        for work in wanted:
            h = handle if alike_handle else math.exp(chance.uniform(math.log(0.5), math.log(2.0)))
            p = patience if alike_patience else math.exp(chance.uniform(math.log(0.3), math.log(3.0)))
            classes.append(Class(work * scale * h, h, p))
        number += 1
        graph = built(f"{shape}#{seed}.{number}", tuple(classes), pools)
        if states(graph) <= most_states:
            yield graph


def fresh(seed: int, count: int, most_states: int) -> list[Graph]:
    """The first random graphs of a seed, each of another shape as long as there are any."""
    found: list[Graph] = []
    shapes: set[str] = set()
    for graph in drawn(seed, most_states):
        if len(found) == count:
            break
        shape = graph.name.partition("#")[0]
        if shape not in shapes or len(shapes) == len(SHAPES):
            shapes.add(shape)
            found.append(graph)
    return found


def states(graph: Graph) -> int:
    """About how many states the exact solution has."""
    total = 1
    for i, q in enumerate(graph.room):
        total *= q + 1 + sum(n for queues, n in graph.pools if queues == (i,))
    for queues, n in graph.pools:
        if len(queues) > 1:
            kinds = 1 if len({graph.classes[i].handle for i in queues}) == 1 else len(queues)
            total *= math.comb(n + kinds, kinds)
    return total
