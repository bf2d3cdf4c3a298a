"""Erlang's figures against published rows, and against each other."""

from __future__ import annotations

import math

import pytest

from routing.acd.erlang import erlang_b, figures


@pytest.mark.parametrize(
    ("an_hour", "handle", "patience", "agents", "wait", "abandon", "asa", "within", "occupancy"),
    [
        (100, 180, math.inf, 8, 0.1673, 0, 10.04, 0.8801, 0.6250),
        (360, 240, math.inf, 28, 0.3331, 0, 19.99, 0.7613, 0.8571),
        (360, 240, 120, 26, 0.3137, 0.0585, 6.25, 0.8235, 0.8691),
        (360, 240, 120, 24, 0.4469, 0.0949, 10.33, 0.7195, 0.9051),
    ],
)
def test_reference_rows(
    an_hour: float,
    handle: float,
    patience: float,
    agents: int,
    wait: float,
    abandon: float,
    asa: float,
    within: float,
    occupancy: float,
) -> None:
    found = figures(an_hour / 3600, handle, patience, agents)
    assert found.wait == pytest.approx(wait, abs=6e-5)
    assert found.abandon == pytest.approx(abandon, abs=6e-5)
    assert found.asa == pytest.approx(asa, abs=6e-3)
    assert found.within == pytest.approx(within, abs=6e-5)
    assert found.occupancy == pytest.approx(occupancy, abs=6e-5)


def test_great_patience_comes_near_to_none_giving_up() -> None:
    patient, endless = figures(0.1, 240, 1e7, 28), figures(0.1, 240, math.inf, 28)
    assert patient.wait == pytest.approx(endless.wait, rel=1e-2)
    assert patient.within == pytest.approx(endless.within, rel=1e-2)
    assert patient.waiting == pytest.approx(endless.waiting, rel=2e-2)


def test_a_long_promise_is_kept_to_all_who_stay() -> None:
    found = figures(0.2, 240, 120, 40, promised=3600)
    assert found.within == pytest.approx(1 - found.abandon, abs=1e-9)


def test_a_thousand_agents_overloaded_twice() -> None:
    found = figures(10.0, 200, 100, 1000)
    assert found.abandon == pytest.approx(0.5, abs=1e-6)
    assert found.occupancy == pytest.approx(1.0, abs=1e-6)


def test_blocking_without_agents_is_certain() -> None:
    assert erlang_b(0, 3.0) == 1.0
    assert erlang_b(1, 1.0) == 0.5


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="for ever"):
        figures(0.1, 240, math.inf, 24)
    with pytest.raises(ValueError, match="positive"):
        figures(0.0, 240, 100, 24)
