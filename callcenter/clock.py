"""Where time comes from: drivers ask a ``Clock``, the core is told ``now``."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """UTC in epoch seconds, never going backwards within a process."""


class SystemClock:
    """Wall time at start, carried on by the monotonic clock, so that a step of the system's clock tears
    no wait or talk time."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        return self._offset + time.monotonic()
