"""What waits to be sent to one browser: a bounded queue and what happens when it is full. Pure.

Overflow policy. A browser that does not keep up loses its queued changes and is owed one snapshot, taken
at the moment it can be sent. When the queue fills again before all was sent, the browser is given up
(``lost``; closed with 4408): reconnecting gives it a snapshot too, and our memory is not its queue.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto


class Owed(Enum):
    """Things to send that are made only when they can be sent."""

    SNAPSHOT = auto()


CONTROL_LIMIT = 64
"""Answers that may wait; only a browser that asks and does not read gets there."""


class Outbox:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._control: deque[bytes] = deque()
        self._changes: deque[bytes] = deque()
        self._owes_snapshot = False
        self._recovering = False
        self._ended = False
        self.lost = False

    @property
    def current(self) -> bool:
        """Nothing of the picture waits."""
        return not (self._changes or self._owes_snapshot or self._ended)

    def answer(self, message: bytes) -> None:
        """Queue a message that is not of the picture; such go first."""
        if len(self._control) >= CONTROL_LIMIT:
            self.lost = True
            return
        self._control.append(message)

    def change(self, message: bytes) -> bool:
        """Queue a change of the picture. False when the queue was full: a snapshot is owed, or the browser
        is lost."""
        if self._owes_snapshot or self._ended:
            return True  # the snapshot will hold it
        if len(self._changes) < self._limit:
            self._changes.append(message)
            return True
        if self._recovering:
            self.lost = True
            self.end()
        else:
            self.owe_snapshot()
            self._recovering = True
        return False

    def owe_snapshot(self) -> None:
        """Replace all queued changes by one snapshot."""
        if not self._ended:
            self._changes.clear()
            self._owes_snapshot = True

    def end(self) -> None:
        """Nothing of the picture is sent any more; answers that wait still are."""
        self._ended = True
        self._owes_snapshot = False
        self._changes.clear()

    def take(self) -> bytes | Owed | None:
        """The next thing to send, ``None`` when all is sent."""
        if self._control:
            return self._control.popleft()
        if self._owes_snapshot:
            self._owes_snapshot = False
            return Owed.SNAPSHOT
        if self._changes:
            return self._changes.popleft()
        self._recovering = False
        return None
