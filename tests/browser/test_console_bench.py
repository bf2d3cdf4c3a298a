"""When the console's benchmark says that the page grows."""

from __future__ import annotations

import pytest

from benchmarks.console import MOST_GROWTH_KB, grows


@pytest.mark.parametrize(
    ("growth", "error", "expected"),
    [
        (-0.3, 0.1, False),
        (0.4, 0.3, False),  # within noise
        (0.05, 0.01, True),  # slow, and certain
        (MOST_GROWTH_KB + 0.1, 5.0, True),  # too noisy a run must not hide it
    ],
)
def test_growth_beyond_noise_or_beyond_the_bound(growth: float, error: float, *, expected: bool) -> None:
    assert grows(growth, error) is expected
