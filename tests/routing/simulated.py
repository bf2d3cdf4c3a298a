"""Small scenarios for tests of the simulation."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace

from routing.acd.engine import Engine
from routing.acd.model import Agent, Queue, RoutingPlan
from routing.acd.simulation.chance import Constant, Distribution, Exponential, Never
from routing.acd.simulation.figures import Sections, sections
from routing.acd.simulation.scenario import CallType, Habits, Rate, RecordedCall, Scenario, Shift
from routing.acd.simulation.tally import Tally
from routing.acd.simulation.world import World
from routing.ids import AgentId, QueueId, StationId

SALES = QueueId("sales")


def agents(count: int, *queues: QueueId, prefix: str = "a") -> tuple[Agent, ...]:
    return tuple(
        Agent(AgentId(f"{prefix}{n:02}"), "", StationId(f"{prefix}{n:02}"), queues or (SALES,))
        for n in range(count)
    )


def markov(
    per_hour: float, handle: float, patience: float, count: int, hours: float, warm_up: float = 3600.0
) -> Scenario:
    """One queue of Poisson arrivals, exponential handling and patience (infinite: none give up)."""
    gives_up: Distribution = Never() if math.isinf(patience) else Exponential(patience)
    staff = agents(count)
    until = hours * 3600.0
    kind = CallType("sales", SALES, Exponential(handle), gives_up, (Rate(0.0, until, per_hour),))
    shifts = tuple(Shift(agent.id, 0.0, math.inf) for agent in staff)
    return Scenario("markov", _plan(staff), (kind,), shifts, 0.0, until, warm_up=warm_up)


def scripted(
    calls: Sequence[RecordedCall],
    shifts: Sequence[Shift],
    habits: Habits | None = None,
    until: float = 3600.0,
) -> Scenario:
    """One queue and the given calls; handling lasts 60 s and patience 100 s where a call doesn't say."""
    kind = CallType("sales", SALES, Constant(60.0), Constant(100.0))
    staff = agents(max((int(shift.agent[1:]) + 1 for shift in shifts), default=1))
    scenario = Scenario("scripted", _plan(staff), (kind,), tuple(shifts), 0.0, until, tuple(calls))
    return scenario if habits is None else replace(scenario, habits=habits)


def _plan(staff: tuple[Agent, ...]) -> RoutingPlan:
    return RoutingPlan((Queue(SALES, "Sales", ()),), staff, SALES)


def run(scenario: Scenario, seed: int = 1) -> tuple[Tally, Sections]:
    tally = World(scenario, Engine(), random.Random(seed), random.Random(seed + 1)).run()
    return tally, sections(scenario, tally)
