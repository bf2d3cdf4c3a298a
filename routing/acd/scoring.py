"""The one form under every rule of choosing: a sum whose terms are named as in ``routing.acd.model.Scoring``."""

from __future__ import annotations

from dataclasses import dataclass

from routing.acd.model import Preset, Queue, Scoring
from routing.acd.presets import PRESETS

PREFERRED = 1.0
"""What a preferred agent adds, in worths: as much as one ordinary call lost."""


@dataclass(frozen=True, slots=True)
class Urgency:
    """How much a call wants to be served now, whoever does it; value and settings are already in."""

    need: float
    promise: float
    ageing: float

    @property
    def total(self) -> float:
        return self.need + self.promise + self.ageing


@dataclass(frozen=True, slots=True)
class Score:
    """A call with an agent. ``need``, ``promise`` and ``ageing`` count ``weight`` times (the agent's leaning
    to the queue); ``spare`` is what he is worth elsewhere, and is taken off."""

    need: float
    promise: float
    ageing: float
    weight: float
    skill: float
    preferred: float
    spare: float

    @property
    def total(self) -> float:
        urgency = self.need + self.promise + self.ageing
        return urgency * self.weight + (self.skill - self.spare) + self.preferred


def settings_of(queue: Queue) -> Scoring:
    """The scoring in force: the preset's, or the queue's own."""
    return queue.scoring if queue.preset is Preset.CUSTOM else PRESETS[queue.preset].scoring


def urgency(scoring: Scoring, value: float, index: float, waited: float, promised: float) -> Urgency:
    """Of a call of this value (the queue's times the client's; ``index`` holds the client's part alone times
    the queue's expected loss), ``waited`` seconds with ``promised`` to be answered in. The promise counts
    from nothing at the start to its half when the time is up, and all of it at twice the time: the nearer to
    breaking, the dearer, and a broken one is not forgotten."""
    nearness = min(1.0, waited / (2.0 * promised)) if promised > 0 else 1.0
    return Urgency(
        scoring.need * index,
        scoring.promise * value * nearness,
        scoring.ageing * value * waited / 60.0,
    )
