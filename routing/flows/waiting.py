"""A call in a queue: when it leaves it for another step, and what it hears meanwhile."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import assert_never

from routing.flows import spoken
from routing.flows.model import Announcements, Enqueue, OverflowKind
from routing.flows.moves import Move, Play, Stage, Stay, Waiting, Why
from routing.flows.walk import Walk, Went
from routing.ids import StepId

NOBODY_LOOK = 30
"""Seconds between two looks whether anybody is there who could ever take the call, should nobody tell."""


def join(walk: Walk, step: Enqueue) -> Went:
    """Enter the step's queue, or the step of an overflow that is due at once."""
    if not walk.flows.has_queue(step.queue):
        return walk.give_up(Why.NO_SUCH_QUEUE, queue=step.queue)
    back = walk.waited_here(step.queue)
    before = walk.position.waiting
    entered = before.entered if back and before is not None else walk.context.now
    leads = _overflow(walk, step, entered, entering=not back)
    if leads is not None:
        return leads
    announced = before.announced if back and before is not None else None
    return walk.wait_in(step.queue, step.music or "", _look_at(walk, step, entered, announced))


def overflow_due(walk: Walk, step: Enqueue, waiting: Waiting) -> StepId | None:
    """Where the wait leads now, if it is over."""
    return _overflow(walk, step, waiting.entered, entering=False)


def announce(walk: Walk, step: Enqueue, waiting: Waiting) -> Move:
    """The announcement that is due, or ``Stay``."""
    due = _next_announcement(step.announcements, waiting.entered, waiting.announced)
    if step.announcements is None or due is None or due > walk.context.now:
        return stay(walk, step)
    walk.position = replace(walk.position, waiting=replace(waiting, announced=walk.context.now))
    words, key = _words(walk, step, step.announcements)
    if not words:
        return stay(walk, step)
    return walk.move(Play(words, key), Stage.WAITING)


def stay(walk: Walk, step: Enqueue | None) -> Move:
    waiting = walk.position.waiting
    look_at = None
    if step is not None and waiting is not None:
        look_at = _look_at(walk, step, waiting.entered, waiting.announced)
    return walk.move(Stay(look_at), Stage.WAITING)


def rejoin(walk: Walk, step: Enqueue | None) -> Move:
    """Tell again that the call waits, and where."""
    waiting = walk.position.waiting
    if step is None or waiting is None:
        return walk.rejoin("", None)
    return walk.rejoin(step.music or "", _look_at(walk, step, waiting.entered, waiting.announced))


def _overflow(walk: Walk, step: Enqueue, entered: float, *, entering: bool) -> StepId | None:
    if not step.overflow:
        return None
    now, state = walk.context.now, walk.context.queue(step.queue)
    for overflow in step.overflow:
        actual: float | None
        match overflow.kind:
            case OverflowKind.WAITED:
                # The sum is what ``_look_at`` names: the same expression, lest rounding tell them apart.
                actual = now - entered if now >= entered + overflow.limit else None
            case OverflowKind.NOBODY:
                actual = 0 if state.able <= 0 else None
            case OverflowKind.LENGTH:
                actual = state.waiting if entering and state.waiting >= overflow.limit else None
            case OverflowKind.EXPECTED_WAIT:
                expected = _finite(state.expected_wait) if entering else None
                actual = expected if expected is not None and expected >= overflow.limit else None
            case _:
                assert_never(overflow.kind)
        if actual is None:
            continue
        walk.note(Why.OVERFLOWED, kind=overflow.kind.value, limit=overflow.limit, actual=actual)
        return overflow.next
    return None


def _words(walk: Walk, step: Enqueue, says: Announcements) -> tuple[tuple[str, ...], str]:
    """What is spoken, and the key that leads to a callback."""
    state = walk.context.queue(step.queue)
    words = walk.prompt(says.prompt)
    place = state.place if says.position else None
    expected = _finite(state.expected_wait) if says.expected_wait else None
    if place is not None:
        words += (spoken.POSITION, str(place))
    minutes = None if expected is None else spoken.minutes(expected)
    if minutes is not None:
        words += (spoken.MINUTES, str(minutes))
    key = says.callback_key or ""
    if key and walk.flows.step(walk.position.flow, step.callback) is None:
        key = ""
    if key:
        words += (spoken.PRESS, spoken.key(key))
    if words:
        walk.note(Why.ANNOUNCED, place=place, expected=expected, minutes=minutes)
    return words, key


def _finite(seconds: float | None) -> float | None:
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None


def _next_announcement(says: Announcements | None, entered: float, announced: float | None) -> float | None:
    if says is None:
        return None
    if announced is None:
        return entered + says.first
    return announced + says.every if says.every > 0 else None


def _look_at(walk: Walk, step: Enqueue, entered: float, announced: float | None) -> float | None:
    """When something may be due next; never in the past, lest the asker be asked at once again."""
    due = [entered + overflow.limit for overflow in step.overflow if overflow.kind == OverflowKind.WAITED]
    if any(overflow.kind == OverflowKind.NOBODY for overflow in step.overflow):
        due.append(walk.context.now + NOBODY_LOOK)
    announcement = _next_announcement(step.announcements, entered, announced)
    if announcement is not None:
        due.append(announcement)
    return max(min(due), walk.context.now) if due else None
