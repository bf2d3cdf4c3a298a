"""A node's own copy of the picture, and its listeners. Shared by both implementations; no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import structlog

from callcenter.calls.views import EntityUpdate
from callcenter.live.ports import PictureChanged, PictureListener, PictureMessage, PictureReset, Position

log = structlog.get_logger(__name__)

NOWHERE = Position("", 0)
"""Before any picture was seen."""


class Mirror:
    """Holds the latest picture, whatever becomes of the link it came by.

    Listeners are called in the order of subscription and must not block. One that raises is logged and
    given a reset instead of the next message, since it may have missed something.
    """

    def __init__(self) -> None:
        self._position = NOWHERE
        self._entities: dict[str, EntityUpdate] = {}
        self._listeners: dict[int, PictureListener] = {}
        self._confused: set[int] = set()
        self._next = 0

    @property
    def position(self) -> Position:
        return self._position

    def picture(self) -> PictureReset:
        """The whole of it, entities in the order in which they last changed."""
        return PictureReset(self._position, tuple(self._entities.values()))

    def subscribe(self, listener: PictureListener) -> Callable[[], None]:
        """Tell ``listener`` the picture at once and every change from now on; an error in that first call
        is the caller's. Returns the way to unsubscribe, which may be called repeatedly."""
        listener(self.picture())
        number, self._next = self._next, self._next + 1
        self._listeners[number] = listener

        def unsubscribe() -> None:
            self._listeners.pop(number, None)
            self._confused.discard(number)

        return unsubscribe

    def replace(self, position: Position, entities: Iterable[EntityUpdate]) -> None:
        """Forget what was, hold this."""
        self._entities = {}
        self._apply(entities)
        self._position = position
        self._tell(self.picture())

    def change(self, epoch: str, first: int, updates: Sequence[EntityUpdate]) -> bool:
        """Apply ``updates``, the first of which is number ``first`` of its epoch.

        Number 1 of a new epoch starts an empty picture. What is known already is skipped. False, with
        nothing done, when updates before ``first`` were missed: then ``replace`` is due.
        """
        last = first + len(updates) - 1
        if epoch != self._position.epoch:
            if first != 1:
                return False
            self.replace(Position(epoch, last), updates)
            return True
        if first > self._position.seq + 1:
            return False
        fresh = tuple(updates[self._position.seq + 1 - first :])
        if fresh:
            self._apply(fresh)
            self._position = Position(epoch, last)
            self._tell(PictureChanged(self._position, fresh))
        return True

    def _apply(self, updates: Iterable[EntityUpdate]) -> None:
        for update in updates:
            self._entities.pop(update.key, None)
            if update.document is not None:
                self._entities[update.key] = update

    def _tell(self, message: PictureMessage) -> None:
        for number, listener in tuple(self._listeners.items()):
            if number not in self._listeners:
                continue  # unsubscribed by a listener before it
            told: PictureMessage = self.picture() if number in self._confused else message
            self._confused.discard(number)
            try:
                listener(told)
            except Exception:
                log.exception("live.listener_failed", position=self._position)
                self._confused.add(number)
