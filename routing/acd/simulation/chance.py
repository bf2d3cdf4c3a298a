"""Lengths of time drawn by chance: how long calls take, how long callers wait.

All are seconds. ``mean`` is exact, ``cv`` the coefficient of variation (standard deviation over mean). The
generator is passed in; ``random.Random`` is one.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class Chance(Protocol):
    """What ``random.Random`` offers and the simulation draws from."""

    def random(self) -> float: ...
    def expovariate(self, lambd: float) -> float: ...
    def lognormvariate(self, mu: float, sigma: float) -> float: ...
    def gammavariate(self, alpha: float, beta: float) -> float: ...


class Distribution(Protocol):
    """A length of time in seconds, zero or more."""

    @property
    def mean(self) -> float: ...
    def draw(self, chance: Chance) -> float: ...
    def draw_beyond(self, chance: Chance, seconds: float) -> float:
        """One that is known to be longer than ``seconds``, which may be beyond all that it can be: then
        it is just that."""
        ...


_TRIES = 1_000
"""Draws that are refused before a length beyond a bound is taken to be the bound: it is out of all
likelihood, as 3,600 s beside a mean of 60."""


class _Drawn:
    """``draw_beyond`` by drawing until one fits."""

    __slots__ = ()

    def draw(self, chance: Chance) -> float:
        raise NotImplementedError

    def draw_beyond(self, chance: Chance, seconds: float) -> float:
        for _ in range(_TRIES):
            drawn = self.draw(chance)
            if drawn > seconds:
                return drawn
        return seconds


@dataclass(frozen=True, slots=True)
class Exponential:
    """No memory: what is left is as long as the whole."""

    mean: float

    def draw(self, chance: Chance) -> float:
        return chance.expovariate(1.0 / self.mean)

    def draw_beyond(self, chance: Chance, seconds: float) -> float:
        return seconds + self.draw(chance)


@dataclass(frozen=True, slots=True)
class Lognormal(_Drawn):
    """Most handling times look like this, with ``cv`` near one."""

    mean: float
    cv: float

    def draw(self, chance: Chance) -> float:
        variance = math.log1p(self.cv * self.cv)
        return chance.lognormvariate(math.log(self.mean) - variance / 2.0, math.sqrt(variance))


@dataclass(frozen=True, slots=True)
class Gamma(_Drawn):
    """More regular than the exponential with ``cv`` below one, less with ``cv`` above."""

    mean: float
    cv: float

    def draw(self, chance: Chance) -> float:
        squared = self.cv * self.cv
        return chance.gammavariate(1.0 / squared, self.mean * squared)


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same."""

    mean: float

    def draw(self, chance: Chance) -> float:
        return self.mean

    def draw_beyond(self, chance: Chance, seconds: float) -> float:
        return max(self.mean, seconds)


@dataclass(frozen=True, slots=True)
class Never:
    """Callers who never give up."""

    @property
    def mean(self) -> float:
        return math.inf

    def draw(self, chance: Chance) -> float:
        return math.inf

    def draw_beyond(self, chance: Chance, seconds: float) -> float:
        return math.inf


@dataclass(frozen=True, slots=True)
class Empirical:
    """One of ``values``, each as likely; a value that was seen twice stands there twice. Must be sorted and
    not empty (``Empirical.of`` sorts)."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> Empirical:
        return cls(tuple(sorted(values)))

    @property
    def mean(self) -> float:
        return math.fsum(self.values) / len(self.values)

    def draw(self, chance: Chance) -> float:
        return self.values[int(chance.random() * len(self.values))]

    def draw_beyond(self, chance: Chance, seconds: float) -> float:
        first = bisect_right(self.values, seconds)
        left = len(self.values) - first
        return self.values[first + int(chance.random() * left)] if left else seconds


@dataclass(frozen=True, slots=True)
class Survival:
    """Patience as Kaplan and Meier (1958) estimate it from callers of whom some gave up and the others were
    served first. ``times`` are the waits at which someone gave up, in order; ``left`` the share of callers
    who wait longer than each. Who waits longer than the last goes on with an exponential of mean ``tail``
    (infinite: for ever), since nothing is known of him."""

    times: tuple[float, ...]
    left: tuple[float, ...]
    tail: float

    @classmethod
    def fitted(cls, gave_up: Iterable[float], served: Iterable[float]) -> Survival:
        """From waits that ended in giving up and waits that were cut off by an answer."""
        lost, cut = sorted(gave_up), sorted(served)
        total = math.fsum(lost) + math.fsum(cut)
        tail = total / len(lost) if lost and total > 0 else math.inf
        times: list[float] = []
        left: list[float] = []
        share, index = 1.0, 0
        while index < len(lost):
            at = lost[index]
            first = index
            while index < len(lost) and lost[index] == at:
                index += 1
            # Who was answered in the very moment had not given up yet.
            at_risk = (len(lost) - first) + (len(cut) - bisect_left(cut, at))
            share *= 1.0 - (index - first) / at_risk
            times.append(at)
            left.append(share)
        return cls(tuple(times), tuple(left), tail)

    @property
    def mean(self) -> float:
        total, since, share = 0.0, 0.0, 1.0
        for at, after in zip(self.times, self.left, strict=True):
            total += (at - since) * share
            since, share = at, after
        return total + share * self.tail if share > 0 else total

    def draw(self, chance: Chance) -> float:
        return self.draw_beyond(chance, 0.0)

    def draw_beyond(self, chance: Chance, seconds: float) -> float:
        index = bisect_right(self.times, seconds)
        longer = self.left[index - 1] if index else 1.0
        mark = longer * chance.random()
        # ``left`` falls; the first time after which fewer than ``mark`` are left.
        low, high = index, len(self.times)
        while low < high:
            middle = (low + high) // 2
            if self.left[middle] <= mark:
                high = middle
            else:
                low = middle + 1
        if low < len(self.times) and longer > 0:
            return self.times[low]
        if math.isinf(self.tail):
            return math.inf
        last = max(seconds, self.times[-1] if self.times else 0.0)
        return last + chance.expovariate(1.0 / self.tail)
