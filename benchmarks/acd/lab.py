"""How near the rule of ``routing.acd.need`` is to the best possible, over random skill graphs.

``python -m benchmarks.acd.lab --seed 7 --seconds 600``: graphs are drawn (shapes in turn, agents, load, rates
and patience by chance), the optimum and every rule are computed exactly, with equal weights and with one
class, drawn too, worth three times the others. ``--wrong 1.3`` adds the rule planned with each believed rate
wrong by that factor, up or down by chance; ``--holding`` charges waiting time in place of lost calls. Prints
cost over optimal cost; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.acd import graphs, ours, rivals
from benchmarks.acd.mdp import Graph, Policy, Space, evaluate, optimum
from routing.acd.need import Group, Needs, Traffic

LIMITS = {"1:1": 1.02, "3:1": 1.05}


def in_turn(seed: int, most_states: int) -> Iterator[Graph]:
    """Random graphs, one of each shape and so on: small shapes would come too often by chance alone."""
    drawn = graphs.drawn(seed, most_states)
    while True:
        for shape in graphs.SHAPES:
            yield next(graph for graph in drawn if graph.name.startswith(f"{shape}#"))


def weighted(graph: Graph, chance: random.Random, holding: bool) -> Iterator[tuple[str, Graph]]:
    count = len(graph.classes)
    dear = chance.randrange(count)
    for kind, values in (("1:1", [1.0] * count), ("3:1", [3.0 if i == dear else 1.0 for i in range(count)])):
        named = graph.valued(*values)
        if holding:
            classes = tuple(replace(c, value=0.0, holding=c.value) for c in named.classes)
            named = replace(named, classes=classes)
        yield kind, named


def mistaken(graph: Graph, chance: random.Random, factor: float) -> Needs[int]:
    """The plan of someone who believes every rate to be ``factor`` times higher or lower than it is."""

    def wrong(rate: float) -> float:
        return rate * (factor if chance.random() < 0.5 else 1 / factor)

    traffic = {
        i: Traffic(
            c.value + c.holding / c.patience, wrong(c.arrivals), wrong(1 / c.handle), wrong(1 / c.patience)
        )
        for i, c in enumerate(graph.classes)
    }
    return Needs(traffic, [Group(queues, agents) for queues, agents in graph.pools])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--graphs", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--states", type=int, default=15_000)
    parser.add_argument("--wrong", type=float, action="append", default=[])
    parser.add_argument("--holding", action="store_true")
    options = parser.parse_args()
    print(f"seed {options.seed}, at most {options.states} states")
    chance = random.Random(options.seed)
    end = time.monotonic() + options.seconds
    found: dict[str, list[tuple[dict[str, float], str]]] = {kind: [] for kind in LIMITS}
    for number, graph in enumerate(in_turn(options.seed, options.states)):
        if number >= options.graphs or time.monotonic() > end:
            break
        for kind, named in weighted(graph, chance, options.holding):
            space = Space(named)
            best = optimum(space)
            rules: dict[str, Callable[[Space], Policy]] = {
                "need": ours.rule,
                "static priority": rivals.static_priority,
                "longest queue": rivals.longest_queue,
                "app_queue": rivals.app_queue,
            }
            for factor in options.wrong:
                needs = mistaken(named, chance, factor)
                rules[f"wrong {factor:g}"] = partial(ours.rule, needs=needs)
            ratios = {
                name: evaluate(space, rule(space), 1e-4).cost / best.cost for name, rule in rules.items()
            }
            found[kind].append((ratios, named.name))
            print(
                f"{named.name}: load {graph.load:.2f}, {space.count} states, "
                f"bounds {best.low:.5g} {best.high:.5g},",
                ", ".join(f"{name} {ratio:.4f}" for name, ratio in ratios.items()),
                flush=True,
            )
    print(json.dumps({kind: summary(rows, LIMITS[kind]) for kind, rows in found.items() if rows}))


def summary(rows: list[tuple[dict[str, float], str]], limit: float) -> dict[str, dict[str, float | str]]:
    """By rule: the distribution of cost over optimal cost."""
    result: dict[str, dict[str, float | str]] = {}
    for name in rows[0][0]:
        ratios = np.array([row[name] for row, _ in rows])
        worst = int(ratios.argmax())
        result[name] = {
            "graphs": len(rows),
            "mean": round(float(ratios.mean()), 4),
            "median": round(float(np.median(ratios)), 4),
            "p90": round(float(np.quantile(ratios, 0.9)), 4),
            "worst": round(float(ratios[worst]), 4),
            "worst_graph": rows[worst][1],
            "within_limit": round(float((ratios <= limit).mean()), 3),
        }
        print(name, result[name])
    return result


if __name__ == "__main__":
    main()
