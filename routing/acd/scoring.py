"""The one form under every rule of choosing: a sum, its terms named as in ``routing.acd.model.Scoring``."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from routing.acd.model import Preset, Queue, Scoring
from routing.acd.presets import PRESETS

PREFERRED = 1.0
"""What a preferred agent adds, in worths: as much as one ordinary call lost."""


@dataclass(frozen=True, slots=True)
class Urgency:
    """How much a call wants to be served now, whoever does it, with the settings already in."""

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


def urgency(scoring: Scoring, worth: float, waited: float, promised: float) -> Urgency:
    """Of a call whose next serving is ``worth`` so much (the need index of its queue times the client's
    value), that waited so many seconds where ``promised`` is the promised wait.

    The promise grows evenly from nothing to its half when the promised wait is over, and to all of it at
    twice that wait: the nearer to breaking, the dearer, and a broken one is not forgotten at once."""
    nearness = min(1.0, waited / (2.0 * promised)) if promised > 0 else 1.0
    return Urgency(scoring.need * worth, scoring.promise * nearness, scoring.ageing * waited / 60.0)


def reaches(scoring: Scoring, need: float, waited: float, promised: float, level: float) -> float:
    """The wait in seconds at which a call's urgency is above ``level``, if only its wait goes on from
    ``waited``: ``inf`` if never. ``urgency`` is in straight pieces of it."""
    per_second = scoring.ageing / 60.0
    until = 2.0 * promised if promised > 0 else 0.0
    if waited < until:
        slope = per_second + scoring.promise / until
        if slope > 0 and need + slope * until > level:
            return max(waited, (level - need) / slope)
        waited = until
    return max(waited, (level - need - scoring.promise) / per_second) if per_second > 0 else inf
