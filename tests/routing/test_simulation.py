"""The world around the engine: scripted minutes whose outcome can be said by hand, and long seeded runs
against the formulas of Erlang."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings, strategies as st

from routing.acd.decisions import Decision, Decisions
from routing.acd.model import RoutingPlan
from routing.acd.queue import WaitingCall
from routing.acd.simulation.chance import Constant
from routing.acd.simulation.ports import StuckError
from routing.acd.simulation.product import Product
from routing.acd.simulation.scenario import Habits, RecordedCall, Shift
from routing.acd.simulation.world import World
from routing.ids import AgentId
from tests.routing.simulated import markov, run, run_plainly, scripted

A0, A1 = AgentId("a00"), AgentId("a01")


def test_a_queue_of_three_calls_and_one_agent() -> None:
    calls = [RecordedCall(0.0, 0, 30.0), RecordedCall(10.0, 0, 40.0), RecordedCall(20.0, 0, 10.0, 15.0)]
    tally, figures = run(scripted(calls, [Shift(A0, 0.0, 3600.0)]))
    kind, agent = tally.types[0], tally.agents[0]
    assert (kind.offered, kind.served, kind.waited, kind.abandoned) == (3, 2, 1, 1)
    assert (kind.wait, kind.longest, kind.lost_wait) == (20.0, 20.0, 15.0)
    assert (agent.calls, agent.busy, agent.ready) == (2, 70.0, 3530.0)
    assert figures.total["asa"] == 10.0
    # Answered within 20 s, and gave up before: both keep the promise.
    assert figures.total["service_level"] == 1.0
    assert figures.total["aht"] == 35.0


def test_who_gives_up_after_the_promised_wait_counts_against_it() -> None:
    calls = [RecordedCall(0.0, 0, 300.0), RecordedCall(1.0, 0, 40.0, 30.0), RecordedCall(2.0, 0, 10.0, 4.0)]
    tally, figures = run(scripted(calls, [Shift(A0, 0.0, 3600.0)]))
    kind = tally.types[0]
    assert (kind.abandoned, kind.late, kind.short) == (2, 1, 1)
    assert figures.total["service_level"] == 0.5
    assert figures.total["cost"] == 2.0


def test_a_call_at_the_end_of_a_shift_is_finished_and_then_he_is_gone() -> None:
    calls = [RecordedCall(90.0, 0, 30.0), RecordedCall(110.0, 0, 30.0)]
    tally, _ = run(scripted(calls, [Shift(A0, 0.0, 100.0)]))
    assert tally.types[0].served == 1
    assert tally.types[0].abandoned == 1
    assert tally.agents[0].busy == 30.0
    assert tally.agents[0].ready == 90.0


def test_a_pause_keeps_calls_away_and_the_end_of_it_brings_them() -> None:
    calls = [RecordedCall(150.0, 0, 30.0)]
    tally, _ = run(scripted(calls, [Shift(A0, 0.0, 3600.0, ((100.0, 200.0),))]))
    assert tally.types[0].wait == 50.0
    assert tally.agents[0].ready == 100.0 + 3600.0 - 230.0


def test_unplanned_pauses_take_their_share() -> None:
    habits = Habits(pauses_per_hour=6.0, pause=Constant(300.0))
    scenario = scripted([], [Shift(A0, 0.0, 360_000.0)], habits, until=360_000.0)
    tally, _ = run(scenario)
    # Six starts an hour of presence, five minutes each: an hour there costs half an hour away.
    assert tally.agents[0].ready / 360_000.0 == pytest.approx(2 / 3, abs=0.05)


def test_a_phone_takes_its_time_and_the_caller_may_leave_meanwhile() -> None:
    habits = Habits(answer=Constant(8.0))
    calls = [RecordedCall(0.0, 0, 30.0, 5.0), RecordedCall(20.0, 0, 30.0)]
    tally, _ = run(scripted(calls, [Shift(A0, 0.0, 3600.0)], habits))
    kind, agent = tally.types[0], tally.agents[0]
    assert (kind.abandoned, kind.served, kind.wait) == (1, 1, 8.0)
    assert (agent.offers, agent.calls, agent.busy) == (2, 1, 5.0 + 38.0)


def test_a_declined_call_goes_to_another_and_comes_back_when_all_declined() -> None:
    habits = Habits(answer=Constant(1.0), declines=1.0, rest=5.0)
    calls = [RecordedCall(0.0, 0, 30.0, 100.0)]
    tally, _ = run(scripted(calls, [Shift(A0, 0.0, 3600.0), Shift(A1, 0.0, 3600.0)], habits))
    assert tally.types[0].abandoned == 1
    offers = [agent.offers for agent in tally.agents]
    # Each may be asked again ten seconds after he refused: about nine times in a hundred seconds.
    assert all(8 <= count <= 10 for count in offers), offers


def test_who_waits_when_everyone_has_gone_gives_up_or_is_left_over() -> None:
    calls = [RecordedCall(100.0, 0, 30.0), RecordedCall(101.0, 0, 30.0, float("inf"))]
    tally, _ = run(scripted(calls, [Shift(A0, 0.0, 50.0)]))
    assert (tally.types[0].abandoned, tally.types[0].unserved) == (1, 1)


def test_the_warm_up_is_not_counted() -> None:
    scenario = markov(100.0, 180.0, 120.0, 5, hours=20.0, warm_up=10 * 3600.0)
    tally, _ = run(scenario)
    assert tally.span == 36_000.0
    assert 800 < tally.types[0].offered < 1200
    for agent in tally.agents:
        assert agent.busy + agent.ready == pytest.approx(36_000.0)


def test_one_seed_gives_one_run() -> None:
    scenario = markov(200.0, 240.0, 120.0, 13, hours=8.0)
    assert run(scenario, 7)[0] == run(scenario, 7)[0]
    assert run(scenario, 7)[0] != run(scenario, 8)[0]


def test_other_agents_meet_the_same_calls() -> None:
    few, many = (run_plainly(markov(200.0, 240.0, float("inf"), n, hours=30.0))[0].types[0] for n in (15, 16))
    assert few.offered == many.offered
    assert few.handle == pytest.approx(many.handle)
    assert few.wait > many.wait


@pytest.mark.parametrize(
    ("per_hour", "handle", "patience", "count", "expected"),
    [
        (100.0, 180.0, float("inf"), 8, (0.1673, 0.0, 10.04, 0.8801, 0.6250)),
        (360.0, 240.0, float("inf"), 28, (0.3331, 0.0, 19.99, 0.7613, 0.8571)),
        (360.0, 240.0, 120.0, 26, (0.3137, 0.0585, 6.25, 0.8235, 0.8691)),
        (360.0, 240.0, 120.0, 24, (0.4469, 0.0949, 10.33, 0.7195, 0.9051)),
    ],
)
def test_erlang(
    per_hour: float, handle: float, patience: float, count: int, expected: tuple[float, ...]
) -> None:
    scenario = markov(per_hour, handle, patience, count, hours=100_000 / per_hour)
    tally, figures = run_plainly(scenario)
    kind, total = tally.types[0], figures.total
    waited, lost, asa, within, occupancy = expected
    assert total["waited"] == pytest.approx(waited, rel=0.12)
    assert total["abandonment"] == pytest.approx(lost, rel=0.15)
    assert total["asa"] == pytest.approx(asa, rel=0.25)
    assert kind.within / kind.offered == pytest.approx(within, rel=0.05)
    assert total["occupancy"] == pytest.approx(occupancy, rel=0.02)


def test_erlang_by_the_engine_itself() -> None:
    figures = run(markov(360.0, 240.0, 120.0, 24, hours=40.0))[1].total
    assert figures["waited"] == pytest.approx(0.4469, rel=0.15)
    assert figures["abandonment"] == pytest.approx(0.0949, rel=0.2)
    assert figures["occupancy"] == pytest.approx(0.9051, rel=0.03)
    # It told callers how long they would wait: right on average, and wrong by no more than chance demands.
    assert abs(figures["expected_wait_bias"]) < 5.0
    assert figures["expected_wait_error"] < 15.0


class _Impatient(Product):
    def decide(self, now: float) -> Decisions:
        return Decisions((), now)


def test_a_router_that_would_spin_is_stopped() -> None:
    scenario = scripted([RecordedCall(0.0, 0)], [Shift(A0, 0.0, 3600.0)])
    with pytest.raises(StuckError, match="not done yet"):
        World(scenario, _Impatient(scenario.plan, 0.0), random.Random(1), random.Random(2)).run()


class _Checked(Product):
    """Sees what the world tells it."""

    def __init__(self, plan: RoutingPlan) -> None:
        super().__init__(plan, 0.0)
        self.made: list[Decision] = []

    def wait(self, call: WaitingCall, now: float) -> None:
        assert not self.engine.waits(call.call)
        super().wait(call, now)

    def decide(self, now: float) -> Decisions:
        decisions = super().decide(now)
        self.made += decisions.made
        return decisions


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 3000), st.floats(0, 300), st.floats(0, 300)), min_size=1, max_size=30),
    st.lists(st.tuples(st.floats(0, 2000), st.floats(1, 2000)), min_size=1, max_size=4),
    st.floats(0, 0.9),
    st.floats(0, 20),
)
def test_every_call_ends_once(
    calls: list[tuple[float, float, float]],
    shifts: list[tuple[float, float]],
    declines: float,
    answer: float,
) -> None:
    recorded = [RecordedCall(at, 0, handle, patience) for at, handle, patience in calls]
    staff = [Shift(AgentId(f"a{n:02}"), at, at + length) for n, (at, length) in enumerate(shifts)]
    scenario = scripted(recorded, staff, Habits(answer=Constant(answer), declines=declines))
    router = _Checked(scenario.plan)
    tally = World(scenario, router, random.Random(3), random.Random(4), router).run()
    kind = tally.types[0]
    assert kind.offered == len(calls) == kind.served + kind.abandoned
    assert sum(agent.calls for agent in tally.agents) == kind.served
    assert sum(agent.offers for agent in tally.agents) == len(router.made)
    for agent in tally.agents:
        assert agent.busy <= 3600.0 + 1e-6
        assert agent.ready >= 0.0
