"""What an agent must have for a call at this moment of its waiting: rings that have opened, skills that the
caller wants, the channel of work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from routing.acd.explain import Excluded
from routing.acd.model import Queue, SkillLevel, Work
from routing.acd.queue import WaitingCall
from routing.ids import SkillId


class Gate(NamedTuple):
    """``rings`` is how many of the queue's rings are open besides its own requirement, in the order of
    opening; ``wanted`` must be had, ``liked`` was wanted and makes better now."""

    rings: int
    wanted: tuple[SkillLevel, ...]
    liked: tuple[SkillLevel, ...]
    work: Work


class Profile:
    """What of an agent decides whether he passes; equal agents share one. ``levels`` are his skills."""

    __slots__ = ("levels", "work")

    def __init__(self, skills: tuple[SkillLevel, ...], work: tuple[Work, ...]) -> None:
        self.levels: Mapping[SkillId, int] = {held.skill: held.level for held in skills}
        self.work = frozenset(work)


def meets(levels: Mapping[SkillId, int], required: Iterable[SkillLevel]) -> bool:
    for needed in required:  # noqa: SIM110  starting a generator costs more than most requirements
        if levels.get(needed.skill, 0) < needed.level:
            return False
    return True


def ways(gate: Gate, queue: Queue) -> list[tuple[SkillLevel, ...]]:
    """The requirements of which one has to be met behind this gate."""
    rings = sorted(queue.rings, key=lambda ring: ring.after)[: gate.rings]
    return [queue.required, *(ring.required for ring in rings)]


def admits(profile: Profile, gate: Gate, open_ways: list[tuple[SkillLevel, ...]]) -> bool:
    """``passes`` with the gate's ``ways``."""
    levels = profile.levels
    if gate.work not in profile.work or not meets(levels, gate.wanted):
        return False
    return any(meets(levels, required) for required in open_ways)


def passes(profile: Profile, gate: Gate, queue: Queue) -> bool:
    """Whether such an agent may be offered a call behind this gate of the queue."""
    return admits(profile, gate, ways(gate, queue))


def barred(profile: Profile, gate: Gate, queue: Queue) -> Excluded | None:
    """The reason why such an agent may not be offered the call now; ``None`` if he may."""
    if passes(profile, gate, queue):
        return None
    if gate.work not in profile.work:
        return Excluded.WORK
    wide = widest(gate, queue)
    return Excluded.RING if passes(profile, wide, queue) else Excluded.SKILLS


def widest(gate: Gate, queue: Queue) -> Gate:
    """The same with all rings open; a preferred agent need not wait for his ring."""
    return gate._replace(rings=len(queue.rings))


def gate_of(call: WaitingCall, queue: Queue, now: float) -> Gate:
    rings = sum(call.since + ring.after <= now for ring in queue.rings)
    if call.wanted and call.wanted_until is not None and call.wanted_until <= now:
        return Gate(rings, (), call.wanted, call.work)
    return Gate(rings, call.wanted, (), call.work)


def next_change(call: WaitingCall, queue: Queue, now: float) -> float | None:
    """When the call's gate changes by time alone, or its patience for a preferred agent ends."""
    instants = [call.since + ring.after for ring in queue.rings]
    if call.wanted and call.wanted_until is not None:
        instants.append(call.wanted_until)
    instants += [preferred.until for preferred in call.preferred]
    return min((at for at in instants if at > now), default=None)


def skill_levels(levels: Mapping[SkillId, int], preferred: Iterable[SkillLevel]) -> int:
    """The sum of the levels held in preferred skills, as far as they reach the least level that counts."""
    held = ((levels.get(skill.skill, 0), skill.level) for skill in preferred)
    return sum(level for level, least in held if level >= least)
