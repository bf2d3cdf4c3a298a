"""Small scenarios for tests of the simulation."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace

from routing.acd.decisions import Decision, Decisions
from routing.acd.model import Agent, Queue, RoutingPlan
from routing.acd.queue import Pool, WaitingCall
from routing.acd.simulation.chance import Constant, Distribution, Exponential, Never
from routing.acd.simulation.figures import Sections, sections
from routing.acd.simulation.product import Product
from routing.acd.simulation.scenario import CallType, Habits, Rate, RecordedCall, Scenario, Shift
from routing.acd.simulation.tally import Tally
from routing.acd.simulation.world import World
from routing.ids import AgentId, CallId, QueueId, StationId

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
    """By the product's engine."""
    router = Product(scenario.plan, scenario.since)
    tally = World(scenario, router, random.Random(seed), random.Random(seed + 1), router).run()
    return tally, sections(scenario, tally)


def run_plainly(scenario: Scenario, seed: int = 1) -> tuple[Tally, Sections]:
    """By first come, first served, and who has been idle for longest: fast, for long runs of one queue."""
    tally = World(scenario, _Plain(), random.Random(seed), random.Random(seed + 1)).run()
    return tally, sections(scenario, tally)


class _Plain:
    def __init__(self) -> None:
        self._line: dict[CallId, WaitingCall] = {}
        self._free: dict[AgentId, float] = {}

    def wait(self, call: WaitingCall, now: float) -> None:
        self._line[call.call] = call

    def leave(self, call: CallId) -> None:
        self._line.pop(call, None)

    def place(self, agent: AgentId, pools: tuple[Pool, ...], idle_since: float | None, *, now: float) -> None:
        self._free.pop(agent, None)
        if pools and idle_since is not None:
            self._free[agent] = idle_since

    def decide(self, now: float) -> Decisions:
        if not self._line or not self._free:
            return Decisions((), None)
        call = self._line.pop(next(iter(self._line)))
        agent = next(iter(self._free))
        return Decisions((Decision(call.call, agent, call.pool, self._free.pop(agent)),), None)
