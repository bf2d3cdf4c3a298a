"""The mean rate of something that happens again and again, as steady as it allows and as quick as it must.

Theory of operation. A long memory gives a rate with little chance in it, and is late when the rate moves; a
short one the other way round. Both are kept, at several lengths. From the longest down, each shorter one
pulls the estimate towards itself by as much as its distance is more than chance explains (a positive-part
shrinkage, after James and Stein 1961): by nothing below two standard errors, by three quarters at four.

Lengths are in the process's own unit: seconds for arrivals, calls for what is measured on calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import expm1

CHANCE = 4.0
"""The square of the distance, in standard errors, that is still taken for chance."""
YOUNGEST = 1e-3
"""Units of age below which no memory has forgotten anything."""


def blend(found: Sequence[tuple[float, float]], age: float, noise: float) -> float:
    """``found`` are (memory, estimate) with exponential weights since ``age``, the longest memory first;
    ``noise`` is the variance of an estimate from one unit, as a part of the square of the longest."""
    before, best = found[0]
    if age < YOUNGEST:
        return best
    unit = noise * best * best
    for memory, estimate in found[1:]:
        away = estimate - best
        variance = unit * (
            _overlap(memory, memory, age) + _overlap(before, before, age) - 2 * _overlap(memory, before, age)
        )
        if away * away > CHANCE * variance > 0:
            best += away * (1 - CHANCE * variance / (away * away))
            before = memory
    return best


def _overlap(one: float, other: float, age: float) -> float:
    """The integral of the product of two memories' weights, each with a sum of one."""
    rate = 1 / one + 1 / other
    return expm1(-age * rate) / (-rate * one * other * expm1(-age / one) * expm1(-age / other))
