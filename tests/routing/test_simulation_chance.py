"""Distributions and the figures made of many runs."""

from __future__ import annotations

import math
import random
from statistics import fmean, pstdev

import pytest

from routing.acd.simulation.chance import (
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Never,
    Survival,
)
from routing.acd.simulation.figures import interval, report, student
from tests.routing.simulated import markov, run_plainly


@pytest.mark.parametrize(
    ("drawn", "cv"),
    [
        (Exponential(180.0), 1.0),
        (Lognormal(180.0, 0.7), 0.7),
        (Gamma(180.0, 0.5), 0.5),
        (Gamma(180.0, 1.5), 1.5),
        (Constant(180.0), 0.0),
        (Empirical.of([60.0, 180.0, 300.0]), math.sqrt(2 / 3) * 120 / 180),
    ],
)
def test_moments(drawn: Distribution, cv: float) -> None:
    chance = random.Random(5)
    values = [drawn.draw(chance) for _ in range(100_000)]
    assert drawn.mean == pytest.approx(180.0)
    assert fmean(values) == pytest.approx(180.0, rel=0.02)
    assert pstdev(values) / 180.0 == pytest.approx(cv, abs=0.03)
    assert min(values) >= 0.0


@pytest.mark.parametrize(
    "drawn",
    [Exponential(60.0), Lognormal(60.0, 0.8), Gamma(60.0, 0.5), Empirical.of(range(10, 200)), Never()],
)
def test_a_length_known_to_be_longer(drawn: Distribution) -> None:
    chance = random.Random(5)
    assert all(drawn.draw_beyond(chance, 90.0) > 90.0 for _ in range(1000))


def test_a_length_beyond_all_that_it_can_be() -> None:
    chance = random.Random(5)
    for drawn in (Constant(10.0), Empirical.of([1.0, 2.0]), Lognormal(1.0, 0.1)):
        assert drawn.draw_beyond(chance, 90.0) == 90.0


def test_kaplan_and_meiers_own_example_by_hand() -> None:
    # Two of five gave up, at 10 and 30 s; three were answered at 10, 20 and 40 s.
    fitted = Survival.fitted([10.0, 30.0], [10.0, 20.0, 40.0])
    assert fitted.times == (10.0, 30.0)
    assert fitted.left == pytest.approx((4 / 5, 4 / 5 * 1 / 2))
    assert fitted.tail == pytest.approx(110.0 / 2)
    assert fitted.mean == pytest.approx(10.0 + 0.8 * 20.0 + 0.4 * 55.0)
    chance = random.Random(5)
    drawn = [fitted.draw(chance) for _ in range(50_000)]
    assert drawn.count(10.0) / 50_000 == pytest.approx(0.2, abs=0.01)
    assert drawn.count(30.0) / 50_000 == pytest.approx(0.4, abs=0.01)
    assert min(value for value in drawn if value not in (10.0, 30.0)) > 30.0
    assert fmean(drawn) == pytest.approx(fitted.mean, rel=0.02)


def test_patience_is_found_again_behind_answers() -> None:
    """Callers' patience has a mean of 90 s; most are answered before it ends, and yet it is found."""
    chance = random.Random(6)
    gave_up, served = [], []
    for _ in range(20_000):
        patience, answered = chance.expovariate(1 / 90), chance.expovariate(1 / 40)
        (gave_up if patience < answered else served).append(min(patience, answered))
    fitted = Survival.fitted(gave_up, served)
    assert fitted.tail == pytest.approx(90.0, rel=0.05)
    assert fitted.mean == pytest.approx(90.0, rel=0.1)
    beyond = [fitted.draw_beyond(chance, 60.0) for _ in range(20_000)]
    assert min(beyond) > 60.0
    assert fmean(beyond) == pytest.approx(150.0, rel=0.1)


def test_nobody_gave_up() -> None:
    fitted = Survival.fitted([], [5.0, 6.0])
    assert fitted.draw(random.Random(1)) == fitted.mean == math.inf


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.7062), (4, 2.7764), (10, 2.2281), (11, 2.2010), (19, 2.0930), (100, 1.9840)],
)
def test_students_t(freedom: int, quantile: float) -> None:
    assert student(freedom) == pytest.approx(quantile, abs=2e-4)


def test_intervals() -> None:
    assert interval([3.0]).half == math.inf
    found = interval([1.0, 2.0, 3.0, 4.0])
    assert (found.mean, found.of) == (2.5, 4)
    assert found.half == pytest.approx(3.1824 * math.sqrt(5 / 3 / 4), rel=1e-4)


def test_intervals_hold_what_they_promise() -> None:
    """Of many experiments with ten replications each, about 95 % have the true occupancy within."""
    scenario = markov(60.0, 180.0, 120.0, 3, hours=4.0)
    truth = report([run_plainly(scenario, seed)[1] for seed in range(10_000, 10_400)]).total["occupancy"]
    held = 0
    for experiment in range(40):
        seeds = range(experiment * 10, experiment * 10 + 10)
        found = report([run_plainly(scenario, seed)[1] for seed in seeds]).total["occupancy"]
        held += abs(found.mean - truth.mean) <= found.half + truth.half
    assert held >= 34
