"""One skill: the engine in simulation against exact Erlang C and A."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TypeAlias

from benchmarks.acd.graph_runs import ROUTERS
from routing.acd.erlang import figures
from routing.acd.model import Agent, Queue, RoutingPlan
from routing.acd.simulation.chance import Distribution, Exponential, Never
from routing.acd.simulation.product import Product
from routing.acd.simulation.scenario import CallType, Rate, Scenario, Shift
from routing.acd.simulation.world import World
from routing.ids import AgentId, QueueId, StationId

PROMISED = 20
WARM_UP_HOURS = 10.0


@dataclass(frozen=True, slots=True)
class Row:
    """Arrivals an hour, means in seconds."""

    per_hour: float
    handle: float
    patience: float
    agents: int

    def __str__(self) -> str:
        patience = "inf" if math.isinf(self.patience) else f"{self.patience:g}"
        return f"{self.per_hour:g}/h {self.handle:g} s {patience} s {self.agents} agents"


ROWS = (
    Row(100.0, 180.0, math.inf, 8),
    Row(360.0, 240.0, math.inf, 28),
    Row(360.0, 240.0, 120.0, 26),
    Row(360.0, 240.0, 120.0, 24),
)

Ratio: TypeAlias = tuple[float, float]
"""Above and below the line of a figure, summed over one replication."""
Sums: TypeAlias = dict[str, Ratio]


@dataclass(frozen=True, slots=True)
class Figure:
    """``error`` is the standard error of ``found``; ``z`` how many of them it is off."""

    name: str
    exact: float
    found: float
    error: float

    @property
    def z(self) -> float:
        return (self.found - self.exact) / self.error if self.error > 0 else 0.0


def replications(row: Row, router: str, numbers: range, calls: int, seed: int) -> list[Sums]:
    """Each of about ``calls`` calls, with chances of its own that the router has no part in."""
    return [_one(row, router, calls, f"{seed}/{row}/{number}") for number in numbers]


def compared(row: Row, runs: list[Sums]) -> list[Figure]:
    """Ratios of sums over all replications; their errors by linearisation (Law 2015, 9.4)."""
    exact = figures(row.per_hour / 3600.0, row.handle, row.patience, row.agents, PROMISED)
    truth = {
        "P(wait)": exact.wait,
        "P(abandon)": exact.abandon,
        "ASA": exact.asa,
        "within 20 s": exact.within,
        "occupancy": exact.occupancy,
    }
    return [_figure(name, value, [run[name] for run in runs]) for name, value in truth.items()]


def _figure(name: str, exact: float, parts: list[Ratio]) -> Figure:
    count = len(parts)
    above = math.fsum(part[0] for part in parts)
    below = math.fsum(part[1] for part in parts)
    found = above / below
    squares = math.fsum((part[0] - found * part[1]) ** 2 for part in parts) / (count - 1)
    return Figure(name, exact, found, math.sqrt(squares / count) / (below / count))


def _one(row: Row, router_name: str, calls: int, seed: str) -> Sums:
    queue = Queue(QueueId("sales"), "Sales", (), service_level_seconds=PROMISED)
    agents = tuple(Agent(AgentId(f"a{n:02}"), "", StationId(""), (queue.id,)) for n in range(row.agents))
    until = (WARM_UP_HOURS + calls / row.per_hour) * 3600.0
    patience: Distribution = Never() if math.isinf(row.patience) else Exponential(row.patience)
    kind = CallType("sales", queue.id, Exponential(row.handle), patience, (Rate(0.0, until, row.per_hour),))
    shifts = tuple(Shift(agent.id, 0.0, math.inf) for agent in agents)
    plan = RoutingPlan((queue,), agents, queue.id)
    scenario = Scenario(str(row), plan, (kind,), shifts, 0.0, until, warm_up=WARM_UP_HOURS * 3600.0)
    router = ROUTERS[router_name](scenario)
    learner = router if isinstance(router, Product) else None
    tally = World(scenario, router, random.Random(seed), random.Random(0), learner).run()
    one = tally.types[0]
    busy = math.fsum(agent.busy for agent in tally.agents)
    ready = math.fsum(agent.ready for agent in tally.agents)
    return {
        "P(wait)": (one.waited + one.abandoned, one.offered),
        "P(abandon)": (one.abandoned, one.offered),
        "ASA": (one.wait, one.served),
        "within 20 s": (one.within, one.offered),
        "occupancy": (busy, busy + ready),
    }
