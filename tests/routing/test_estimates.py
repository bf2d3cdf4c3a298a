"""Live rates and the waits told from them."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from routing.acd.estimates import MEMORY, PRIOR_HANDLE, PRIOR_PATIENCE, Estimates
from routing.ids import QueueId

SALES, HELP = QueueId("sales"), QueueId("help")


def test_a_queue_never_heard_of_has_sane_rates() -> None:
    rates = Estimates().rates(SALES, 0.0)
    assert (rates.handle, rates.patience) == (PRIOR_HANDLE, PRIOR_PATIENCE)
    assert rates.arrivals > 0


def test_rates_come_to_the_truth_and_follow_it() -> None:
    """Poisson arrivals, exponential talk and patience, censored by a wait of 30 seconds."""
    chance, estimates, now = random.Random(5), Estimates(), 0.0

    def live(seconds: float, rate: float, handle: float, patience: float) -> None:
        nonlocal now
        until = now + seconds
        while (now := now + chance.expovariate(rate)) < until:
            estimates.arrived(SALES, now)
            gives_up = chance.expovariate(1 / patience)
            if gives_up < 30.0:
                estimates.abandoned(SALES, gives_up, now)
            else:
                estimates.answered(SALES, 30.0, now)
                estimates.handled(SALES, chance.expovariate(1 / handle), now)

    live(12 * MEMORY, 0.2, 120.0, 90.0)
    rates = estimates.rates(SALES, now)
    assert rates.arrivals == pytest.approx(0.2, rel=0.15)
    assert rates.handle == pytest.approx(120.0, rel=0.2)
    assert rates.patience == pytest.approx(90.0, rel=0.25)
    live(12 * MEMORY, 0.5, 60.0, 90.0)
    rates = estimates.rates(SALES, now)
    assert rates.arrivals == pytest.approx(0.5, rel=0.15)
    assert rates.handle == pytest.approx(60.0, rel=0.2)


def test_a_queue_gone_quiet_has_few_arrivals_and_the_calls_it_always_had() -> None:
    estimates = Estimates()
    for second in range(100):
        estimates.arrived(SALES, float(second))
        estimates.handled(SALES, 10.0, float(second))
    busy = estimates.rates(SALES, 100.0)
    quiet = estimates.rates(SALES, 100.0 + 8 * 3600.0)
    assert quiet.arrivals < busy.arrivals / 20
    assert quiet.handle == busy.handle == pytest.approx(10.0, rel=0.2)


def test_steady_rates_are_known_closely_and_a_change_is_followed_within_minutes() -> None:
    """The mean distance from the truth: a fortnight of steady calls, eighty an hour; then days on which the
    rate is three times as high for every second four hours."""
    chance, estimates, now = random.Random(11), Estimates(), 0.0

    def live(until: float, an_hour: float) -> list[tuple[float, float]]:
        nonlocal now
        begun, found = now, []
        while (now := now + chance.expovariate(an_hour / 3600.0)) < until:
            estimates.arrived(SALES, now)
            found.append((now - begun, abs(estimates.rates(SALES, now).arrivals * 3600.0 / an_hour - 1.0)))
        now = until
        return found

    steady = live(14 * 24 * 3600.0, 80.0)
    assert statistics.fmean(error for at, error in steady if at > 24 * 3600.0) < 0.03
    swings = [one for turn in range(24) for one in live(now + 4 * 3600.0, (240.0, 80.0)[turn % 2])]
    late = [error for at, error in swings if at > 1800.0]
    assert statistics.fmean(late) < 0.12
    assert statistics.fmean(error for at, error in swings if 900.0 < at < 1800.0) < 0.4


def test_how_many_calls_the_rates_rest_on_is_told() -> None:
    estimates = Estimates()
    assert estimates.rates(SALES, 0.0).seen == 0
    for second in range(50):
        estimates.arrived(SALES, float(second))
    assert estimates.rates(SALES, 50.0).seen == 0, "nobody knows how long they take"
    for _ in range(40):
        estimates.handled(SALES, 100.0, 50.0)
    assert estimates.rates(SALES, 50.0).seen == 40


def test_time_that_stands_still_or_runs_back_breaks_nothing() -> None:
    estimates = Estimates()
    for now in (50.0, 50.0, 20.0, 50.0):
        estimates.arrived(SALES, now)
        estimates.handled(SALES, 0.0, now)
        estimates.abandoned(SALES, -1.0, now)
    rates = estimates.rates(SALES, 50.0)
    assert rates.arrivals > 0
    assert rates.handle >= 1
    assert rates.patience >= 1


def test_the_expected_wait_is_the_sum_over_the_places_ahead() -> None:
    estimates = Estimates()
    done, gone = 4 / PRIOR_HANDLE, 1 / PRIOR_PATIENCE
    assert estimates.expected_wait(SALES, {SALES: 2}, 4.0, 0, 0.0) == pytest.approx(
        sum(1 / (done + k * gone) for k in range(1, 4))
    )
    assert estimates.expected_wait(SALES, {}, 4.0, 2, 0.0) == 0.0
    assert estimates.expected_wait(SALES, {SALES: 3}, 0.0, 0, 0.0) is None


def test_a_line_of_thousands_is_told_as_closely_as_a_short_one() -> None:
    estimates = Estimates()
    done, gone = 4 / PRIOR_HANDLE, 1 / PRIOR_PATIENCE
    for count in (51, 400, 5_000):
        told = estimates.expected_wait(SALES, {SALES: count - 3, HELP: 3}, 4.0, 0, 0.0)
        assert told == pytest.approx(sum(1 / (done + k * gone) for k in range(1, count + 2)), rel=1e-3)


def test_more_ahead_is_a_longer_wait_and_more_agents_a_shorter_one() -> None:
    estimates = Estimates()
    waits = [estimates.expected_wait(SALES, {SALES: n}, 3.0, 0, 0.0) or 0.0 for n in range(200)]
    assert waits == sorted(waits)
    assert (estimates.expected_wait(SALES, {SALES: 9}, 6.0, 0, 0.0) or math.inf) < waits[9]


def test_the_error_of_what_was_announced_is_kept() -> None:
    estimates = Estimates()
    assert estimates.error(SALES, 0.0) is None
    estimates.answered(SALES, 50.0, 0.0, announced=40.0)
    estimates.answered(SALES, 10.0, 0.0, announced=40.0)
    estimates.answered(SALES, 500.0, 0.0)
    error = estimates.error(SALES, 0.0)
    assert error is not None
    assert (error.calls, error.bias, error.mean_absolute) == (2.0, -10.0, 20.0)


def test_what_is_announced_wrongly_again_and_again_is_corrected() -> None:
    """Every caller waits half as long as the line and the agents say."""
    estimates = Estimates()
    first = estimates.expected_wait(SALES, {SALES: 5}, 4.0, 0, 0.0)
    assert first is not None
    told = first
    for second in range(500):
        estimates.answered(SALES, first / 2, float(second), announced=told)
        told = estimates.expected_wait(SALES, {SALES: 5}, 4.0, 0, float(second)) or 0.0
    assert told == pytest.approx(first / 2, rel=0.1)
