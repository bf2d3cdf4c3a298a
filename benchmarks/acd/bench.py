"""``./dev bench acd``: the engine in simulation, against what is exact and against what is in use.

1. One skill: every figure of the Erlang A and C rows, in standard errors of the simulation.
2. Several skills: weighted cost over the exact optimum of seven kept graphs and of some drawn afresh by the
   seed, all values alike and the first class worth three times the others; and how evenly the agents of a
   pool are loaded. The engine has its default settings and learns all rates by itself.

Static priority, longest queue and a rule like app_queue's serve the very same calls in the same run. The last
line is JSON.

Of some twenty figures one is beyond two standard errors by accident in every second run or so. A row with
such a figure is therefore simulated again, four times as long and with other calls, and the second look
counts: an accident doesn't repeat, an error would stand out twice as far. Both looks are printed, and the
worst of the first is in the last line, too.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor

from benchmarks.acd import erlang_rows, graphs
from benchmarks.acd.erlang_rows import ROWS, Figure, compared
from benchmarks.acd.graph_runs import ROUTERS, GraphResult, compare

BLOCK = 10
"""Replications of one task."""
MOST_STATES = 6_000
"""Of a graph drawn afresh."""


def main() -> None:
    arguments = _arguments()
    begun = time.perf_counter()
    print(
        f"seed {arguments.seed}; {arguments.calls} calls a graph; {arguments.workers} processes", flush=True
    )
    with ProcessPoolExecutor(arguments.workers) as pool:
        tasks = {}
        fresh = graphs.fresh(arguments.seed, arguments.fresh, MOST_STATES)
        for graph in (*graphs.kept()[: arguments.graphs], *fresh):
            for weights in ("1:1", "3:1"):
                first = 3.0 if weights == "3:1" else 1.0
                valued = graph.valued(first, *(1.0 for _ in graph.classes[1:]))
                tasks[valued.name, weights] = pool.submit(compare, valued, arguments.calls, arguments.seed)
        worst, first_look = _erlang(pool, arguments)
        results = [(weights, task.result()) for (_, weights), task in tasks.items()]
    for _, result in results:
        _show(result)
    spreads = {weights: _spread(weights, results) for weights in ("1:1", "3:1")}
    summary = {name: _summary(name, results, worst[name]) for name in ROUTERS}
    engine = summary.pop("engine")
    print(f"took {time.perf_counter() - begun:.0f} s")
    line = {
        "bench": "acd",
        **engine,
        "erlang_first_look_se": first_look,
        "cost_ratios": spreads,
        "rules": summary,
        "seed": arguments.seed,
        "calls": arguments.calls,
    }
    print(json.dumps(line))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench acd", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1, help="other calls altogether")
    parser.add_argument("--calls", type=int, default=20_000, help="calls simulated on each graph")
    parser.add_argument("--graphs", type=int, default=len(graphs.kept()), help="only so many of them")
    parser.add_argument("--fresh", type=int, default=6, help="graphs drawn by the seed, besides")
    parser.add_argument("--replications", type=int, default=20, help="of each Erlang row")
    parser.add_argument("--row-calls", type=int, default=5_000, help="calls in each of these")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _erlang(pool: ProcessPoolExecutor, arguments: argparse.Namespace) -> tuple[dict[str, float], float]:
    """The worst |z| by router (the engine's on a second look where there was one), and its first look's."""
    count, calls, seed = arguments.replications, arguments.row_calls, arguments.seed

    def start(row: erlang_rows.Row, router: str, numbers: range) -> list[Future[list[erlang_rows.Sums]]]:
        blocks = [numbers[n : n + BLOCK] for n in range(0, len(numbers), BLOCK)]
        return [pool.submit(erlang_rows.replications, row, router, block, calls, seed) for block in blocks]

    def found(row: erlang_rows.Row, tasks: Iterable[Future[list[erlang_rows.Sums]]]) -> list[Figure]:
        return compared(row, [run for task in tasks for run in task.result()])

    tasks = {(router, row): start(row, router, range(count)) for router in ROUTERS for row in ROWS}
    looks = {key: found(key[1], futures) for key, futures in tasks.items()}
    worst = {
        router: max(_worst(figures) for (name, _), figures in looks.items() if name == router)
        for router in ROUTERS
    }
    first = worst["engine"]
    again = [row for row in ROWS if _worst(looks["engine", row]) > 2.0]
    for row in ROWS:
        _show_row(row, looks["engine", row])
    more = {row: start(row, "engine", range(count, 5 * count)) for row in again}
    for row, futures in more.items():
        looks["engine", row] = found(row, futures)
        print("a second look, four times as long, with other calls:")
        _show_row(row, looks["engine", row])
    worst["engine"] = max(_worst(looks["engine", row]) for row in ROWS)
    return {router: round(z, 3) for router, z in worst.items()}, round(first, 3)


def _worst(figures: list[Figure]) -> float:
    return max(abs(figure.z) for figure in figures)


def _show_row(row: erlang_rows.Row, figures: list[Figure]) -> None:
    print(f"\n{row}")
    for one in figures:
        print(
            f"  {one.name:12} exact {one.exact:9.5f}  engine {one.found:9.5f} ± {one.error:.5f}"
            f"  z {one.z:+.2f}",
            flush=True,
        )


def _show(result: GraphResult) -> None:
    print(
        f"\n{result.graph}: {result.states} states, optimum {result.optimum:.5f} within {result.gap:.1e},"
        f" solved in {result.solved_in:.1f} s"
    )
    for one in result.outcomes:
        print(
            f"  {one.router:16} cost over optimum {one.ratio:.4f} ± {one.error:.4f}"
            f"  (counted {one.plain:.3f} ± {one.plain_error:.3f})"
            f"  load cv {one.load_cv:.4f}  {one.calls} calls, {one.rate:,.0f}/s",
            flush=True,
        )


def _spread(weights: str, results: list[tuple[str, GraphResult]]) -> dict[str, dict[str, float]]:
    """By rule, the quantiles of cost over optimum, over all graphs and over those drawn afresh."""
    found: dict[str, dict[str, float]] = {}
    for name in ROUTERS:
        for of, wanted in (("all", ""), ("fresh", "#")):
            ratios = sorted(
                outcome.ratio
                for kind, result in results
                for outcome in result.outcomes
                if kind == weights and outcome.router == name and wanted in result.graph
            )
            if ratios:
                middle, high = ratios[len(ratios) // 2], ratios[int(0.9 * (len(ratios) - 1))]
                found[f"{name}, {of}"] = {
                    "graphs": len(ratios),
                    "median": round(middle, 4),
                    "p90": round(high, 4),
                    "worst": round(ratios[-1], 4),
                }
    return found


def _summary(router: str, results: list[tuple[str, GraphResult]], worst_z: float) -> dict[str, float]:
    found: dict[str, float] = {"erlang_worst_se": worst_z}
    mine = [
        (weights, outcome)
        for weights, result in results
        for outcome in result.outcomes
        if outcome.router == router
    ]
    for weights in ("1:1", "3:1"):
        top = max((one for of, one in mine if of == weights), key=lambda one: one.ratio)
        name = f"worst_cost_ratio_{weights.replace(':', '_')}"
        found[name] = round(top.ratio, 4)
        found[f"{name}_error"] = round(top.error, 4)
    found["worst_load_cv"] = round(max(one.load_cv for _, one in mine), 4)
    return found


if __name__ == "__main__":
    main()
