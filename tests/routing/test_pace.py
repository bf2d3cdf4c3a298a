"""Rates over several memories."""

from __future__ import annotations

import pytest

from routing.acd.pace import blend


def test_chance_is_not_followed_and_what_it_cannot_explain_is() -> None:
    """Memories of 1000 and 100 units, one event a unit, for long: the standard error between them is
    5.8 %."""
    long, age = 1.0, 1e6

    def found(short: float) -> float:
        return blend([(1000.0, long), (100.0, short)], age, 1.0)

    assert found(1.1) == 1.0
    assert found(0.9) == 1.0
    assert found(1.3) == pytest.approx(1.3, abs=0.05)
    assert found(3.0) == pytest.approx(3.0, abs=0.01)
    assert found(0.0) == pytest.approx(0.0, abs=0.02)


def test_a_young_process_has_one_rate_only() -> None:
    """Nothing was forgotten yet: the memories say the same, and differ by rounding."""
    assert blend([(1000.0, 2.0), (100.0, 2.0 + 1e-12)], 1.0, 1.0) == pytest.approx(2.0)
    assert blend([(1000.0, 2.0), (100.0, 5.0)], 0.0, 1.0) == 2.0
