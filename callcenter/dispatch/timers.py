"""The core's alarm clock: one heap for every timer of the house.

A timer is named by its kind and whom it is for; set again, it moves. Cancelled timers stay in the heap until
their time comes or half of it is dead wood, so that setting and cancelling cost a heap push and a dictionary
look-up.
"""

from __future__ import annotations

from enum import StrEnum
from heapq import heapify, heappop, heappush
from typing import NamedTuple


class TimerKind(StrEnum):
    GATE = "gate"  # call: the card had its time, ring
    OVERDUE = "overdue"  # call: something should have happened by now, ask Asterisk
    LOOK_UP = "look_up"  # call: its flow waited long enough for the client
    LOOK = "look"  # call: an overflow or an announcement may be due
    MESSAGE = "message"  # call: Asterisk should have told of its recording
    GUEST = "guest"  # call: the card of a colleague who is asked had its time
    PARK = "park"  # call: nobody fetched the parked caller
    RECLAIM = "reclaim"  # call: bring it back from the fallback queue
    INTERCOM = "intercom"  # intercom: something should have been heard of it
    WRAP_UP = "wrap_up"  # agent: wrap-up is over
    BROWSER = "browser"  # agent: the grace for a lost browser is over
    LEASE = "lease"  # agent: a browser should have been heard of again
    COOLDOWN = "cooldown"  # agent: may be offered calls again after a refusal
    CLEARING = "clearing"  # agent: a leg of an ended call should be gone
    PATIENCE = "patience"  # server: away too long
    AUDIT = "audit"  # server: time to compare
    CALLBACK = "callback"  # callback: its time has come, its hours are over, or it runs out
    LEARN = "learn"  # the engine is told the live rates
    ROUTING = "routing"  # the engine wants to decide again


CALLS_TIMERS = (
    TimerKind.GATE,
    TimerKind.OVERDUE,
    TimerKind.LOOK_UP,
    TimerKind.LOOK,
    TimerKind.RECLAIM,
    TimerKind.GUEST,
    TimerKind.PARK,
)
"""Those that a call has no use for once it is over. ``MESSAGE`` outlives it."""


class Timer(NamedTuple):
    kind: TimerKind
    whom: str


class Timers:
    def __init__(self) -> None:
        self._at: dict[Timer, float] = {}
        self._heap: list[tuple[float, Timer]] = []

    def set(self, kind: TimerKind, whom: str, at: float) -> None:
        """Ring at this time (epoch seconds), instead of any earlier setting."""
        timer = Timer(kind, whom)
        if self._at.get(timer) == at:
            return
        self._at[timer] = at
        heappush(self._heap, (at, timer))
        if len(self._heap) > 64 and len(self._heap) > 2 * len(self._at):
            self._heap = [(when, name) for name, when in self._at.items()]
            heapify(self._heap)

    def cancel(self, kind: TimerKind, whom: str) -> None:
        self._at.pop(Timer(kind, whom), None)

    def is_set(self, kind: TimerKind, whom: str) -> bool:
        return Timer(kind, whom) in self._at

    def next(self) -> float | None:
        """When the earliest timer rings, ``None`` without any."""
        while self._heap:
            at, timer = self._heap[0]
            if self._at.get(timer) == at:
                return at
            heappop(self._heap)
        return None

    def pop_due(self, now: float) -> Timer | None:
        """The earliest timer whose time has come, taken out; ties by name."""
        at = self.next()
        if at is None or at > now:
            return None
        _, timer = heappop(self._heap)
        del self._at[timer]
        return timer
