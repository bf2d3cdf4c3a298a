"""One graph with one set of weights: the exact optimum, then the product's engine and the other rules on the
very same calls."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.acd.mdp import Graph, Space, solved
from benchmarks.acd.regret import Reference, Regret
from benchmarks.acd.routers import app_queue_like, longest_queue, static_priority
from routing.acd.model import Agent, Queue, RoutingPlan
from routing.acd.simulation.chance import Exponential
from routing.acd.simulation.figures import sections
from routing.acd.simulation.ports import Router
from routing.acd.simulation.product import Product
from routing.acd.simulation.scenario import CallType, Rate, Scenario, Shift
from routing.acd.simulation.world import World
from routing.ids import AgentId, QueueId, StationId

UNIT = 180.0
"""Seconds in one unit of a graph's time, which is about the mean handling time."""
WARM_UP = 200.0
BATCHES = 20
OTHERS_PART = 4
"""The other rules serve the first fourth of the calls: they are tens of per cent off, not tenths of one."""

ROUTERS: dict[str, Callable[[Scenario], Router]] = {
    "engine": lambda scenario: Product(scenario.plan, 0.0),
    "static_priority": lambda scenario: static_priority(_values(scenario)),
    "longest_queue": lambda scenario: longest_queue(_values(scenario)),
    "app_queue_like": lambda scenario: app_queue_like(_values(scenario)),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One router on one graph. ``ratio`` is its cost over the optimum with its standard error; ``plain`` the
    same by counting lost calls alone, which must agree. ``load_cv`` is the worst of the pools of more than
    one agent. ``calls`` were simulated at ``rate`` a second of real time."""

    router: str
    ratio: float
    error: float
    plain: float
    plain_error: float
    load_cv: float
    calls: int
    rate: float


@dataclass(frozen=True, slots=True)
class GraphResult:
    """``optimum`` is paid in a unit of time, ``gap`` the width of its exact bounds over it."""

    graph: str
    states: int
    optimum: float
    gap: float
    solved_in: float
    outcomes: tuple[Outcome, ...]


def scenario_of(graph: Graph, calls: int) -> Scenario:
    """About ``calls`` counted calls. The engine is given queues, agents and values, and no rate at all."""
    queues = tuple(
        Queue(QueueId(f"q{i}"), f"Class {i}", (), value=c.value) for i, c in enumerate(graph.classes)
    )
    agents = tuple(
        Agent(AgentId(f"p{g}-{n:02}"), "", StationId(""), tuple(queues[i].id for i in classes))
        for g, (classes, count) in enumerate(graph.pools)
        for n in range(count)
    )
    span = calls / sum(c.arrivals for c in graph.classes)
    until = (WARM_UP + span) * UNIT
    kinds = tuple(
        CallType(
            f"class {i}",
            queues[i].id,
            Exponential(UNIT / c.handle),
            Exponential(UNIT / c.patience),
            (Rate(0.0, until, c.arrivals / UNIT * 3600.0),),
        )
        for i, c in enumerate(graph.classes)
    )
    shifts = tuple(Shift(agent.id, 0.0, math.inf) for agent in agents)
    plan = RoutingPlan(queues, agents, queues[0].id)
    return Scenario(graph.name, plan, kinds, shifts, 0.0, until, warm_up=WARM_UP * UNIT)


def compare(graph: Graph, calls: int, seed: int, routers: tuple[str, ...] = tuple(ROUTERS)) -> GraphResult:
    """Solve the graph and run the engine for about ``calls`` calls, the others for the first part of the
    same ones."""
    begun = time.perf_counter()
    space = Space(graph)
    gain, values = solved(space)
    took = time.perf_counter() - begun
    reference = Reference(space, values)
    scenarios = {True: scenario_of(graph, calls), False: scenario_of(graph, calls // OTHERS_PART)}
    outcomes = tuple(
        _outcome(name, scenarios[name == "engine"], reference, gain.cost, seed) for name in routers
    )
    return GraphResult(graph.name, space.count, gain.cost, (gain.high - gain.low) / gain.cost, took, outcomes)


def _outcome(name: str, scenario: Scenario, reference: Reference, optimum: float, seed: int) -> Outcome:
    graph = reference.space.graph
    flexible = [classes for classes, _ in reference.space.flexible]
    pools = [
        flexible.index(classes) if classes in flexible else None
        for classes, count in graph.pools
        for _ in range(count)
    ]
    since = scenario.since + scenario.warm_up
    watch = Regret(reference, pools, UNIT, since, (scenario.until - since) / BATCHES)
    router = ROUTERS[name](scenario)
    learner = router if isinstance(router, Product) else None
    begun = time.perf_counter()
    calls = random.Random(f"{seed}/{scenario.name}/calls")
    tally = World(scenario, router, calls, random.Random(0), learner, watch).run()
    took = time.perf_counter() - begun
    found, counted = watch.batches(BATCHES)
    figures = sections(scenario, tally)
    spreads = [pool["load_cv"] for pool in figures.pools.values() if "load_cv" in pool]
    offered = sum(kind.offered for kind in tally.types)
    ratio, error = _mean(found)
    plain, plain_error = _mean(counted)
    return Outcome(
        name,
        ratio / optimum,
        error / optimum,
        plain / optimum,
        plain_error / optimum,
        max(spreads, default=0.0),
        offered,
        offered / took,
    )


def _mean(values: list[float]) -> tuple[float, float]:
    """Mean and standard error of batch means."""
    mean = math.fsum(values) / len(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, math.sqrt(variance / len(values))


def _values(scenario: Scenario) -> dict[str, float]:
    return {str(queue.id): queue.value for queue in scenario.plan.queues}
