"""The one ordered way from a link's reads to whoever consumes its events.

Theory of operation. Frames and typed events stand in one queue. What comes in while nothing waits is
translated and posted at once; the rest by ``Inbox.run``, in order, a slice at a time, so that a burst does
not hold the loop. While a server is being listed, what comes in stands aside, and joins the queue behind the
``ServerSynced`` that the listing gives.

The queue is bounded. Overflow policy: all frames in it are dropped and counted, typed events stay (answers to
commands are promised), and the owner is told, who says ``LinkLost`` and lists the server again. A part of the
frames is never dropped: what is left would be a lie.

A consumer that is full raises ``asyncio.QueueFull`` from ``post``, and is tried again shortly; another
exception of its own costs it that event, counted and logged."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from enum import Enum

import structlog

from callcenter.clock import Clock
from callcenter.telephony.ami.faults import where
from callcenter.telephony.ami.frames import Frame
from callcenter.telephony.ami.parse import Malformed, Translator
from callcenter.telephony.events import ServerSynced, TelephonyEvent
from routing.ids import ServerId

log = structlog.get_logger(__name__)

_SLICE = 256
"""Frames posted before other work of the loop has its turn; some 2 ms."""
_PUSHED_BACK_PAUSE = 0.02
"""Seconds until a full consumer is tried again."""


class Intake(Enum):
    """What becomes of frames that come in."""

    DELIVER = "deliver"
    SET_ASIDE = "set_aside"  # a listing is under way
    DISCARD = "discard"  # a listing is due


class Inbox:
    """The queue of one link. ``on_overflow`` is called when it is over its limit, and must ``drop``."""

    def __init__(
        self,
        server: ServerId,
        post: Callable[[TelephonyEvent], None],
        clock: Clock,
        limit: int,
        on_overflow: Callable[[], None],
    ) -> None:
        self._server = server
        self._post = post
        self._clock = clock
        self._limit = limit
        self._on_overflow = on_overflow
        self._translator = Translator(server)
        self._queue: deque[Frame | TelephonyEvent] = deque()
        self._aside: list[Frame | TelephonyEvent] = []
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self.intake = Intake.DISCARD
        self.pushed_back = False
        """Whether the consumer was full when it was last given something."""
        self._complete_until = clock.now()
        self._aside_since = clock.now()
        self.malformed = 0
        self.lost = 0
        self.overflows = 0
        self.post_errors = 0

    @property
    def depth(self) -> int:
        """What waits to be posted, or stands aside."""
        return len(self._queue) + len(self._aside)

    def put_frames(self, frames: list[Frame]) -> None:
        """Take in what one read gave."""
        if self.intake is Intake.DISCARD:
            self.lost += len(frames)
            return
        if self.intake is Intake.SET_ASIDE:
            self._aside.extend(frames)
        else:
            at_rest = not self._queue and not self.pushed_back
            if not self._queue:
                self._complete_until = self._clock.now()
            self._queue.extend(frames)
            if at_rest:
                self._post_at_once()
            if self._queue:
                self._rouse()
        if self.depth > self._limit:
            self.overflows += 1
            self._on_overflow()

    def _post_at_once(self) -> None:
        """Post what one read gave, as far as it fits a slice: nothing waits before it, and each turn of the
        loop is time in which a phone does not ring."""
        for _ in range(min(_SLICE, len(self._queue))):
            event = self._next()
            if event is not None and not self._posted(event):
                self._queue.appendleft(event)
            if not self._queue or self.pushed_back:
                return

    def put(self, event: TelephonyEvent, *, aside: bool = True) -> None:
        """An event of our own, in its place among the frames; not ``aside``, before those of a listing."""
        if aside and self.intake is Intake.SET_ASIDE:
            self._aside.append(event)
        else:
            self._queue.append(event)
            self._rouse()

    def post_now(self, event: TelephonyEvent) -> None:
        """Post an event once, past the queue: for a link that is stopped."""
        self._posted(event)

    def complete_until(self, heard_at: float) -> float:
        """UTC epoch seconds since when events are missing if all frames that wait are dropped now.

        ``heard_at`` is when the last read before that came.
        """
        since = heard_at
        if any(isinstance(item, Frame) for item in self._queue):
            since = min(since, self._complete_until)
        return min(since, self._aside_since) if self.intake is Intake.SET_ASIDE else since

    @property
    def aside_since(self) -> float | None:
        """UTC epoch seconds at which the listing under way began; None when there is none."""
        return self._aside_since if self.intake is Intake.SET_ASIDE else None

    async def drained(self) -> None:
        """Returns once all that waits was posted."""
        await self._empty.wait()

    def _rouse(self) -> None:
        self._empty.clear()
        self._wake.set()

    def set_aside(self) -> None:
        """A listing begins: keep what comes in from now on apart, until ``resume``."""
        self.intake = Intake.SET_ASIDE
        self._aside_since = self._clock.now()

    def resume(self, synced: ServerSynced | None) -> None:
        """The listing ended: deliver it (None when it failed), and then what stood aside."""
        self.intake = Intake.DELIVER
        if synced is not None:
            self._queue.append(synced)
        self._queue.extend(self._aside)
        self._aside.clear()
        self._complete_until = self._aside_since
        self._rouse()

    def drop(self) -> None:
        """Drop and count all frames, here and aside, and those that come in until ``set_aside``."""
        self.intake = Intake.DISCARD
        everything = [*self._queue, *self._aside]
        kept = [item for item in everything if not isinstance(item, Frame)]
        self.lost += len(everything) - len(kept)
        self._queue = deque(kept)
        self._aside.clear()
        self._rouse()

    def drop_aside(self) -> None:
        """The connection ended: what stood aside is of a picture that never came; the queue did happen."""
        self.intake = Intake.DISCARD
        kept = [item for item in self._aside if not isinstance(item, Frame)]
        self.lost += len(self._aside) - len(kept)
        self._queue.extend(kept)
        self._aside.clear()
        self._rouse()

    async def run(self) -> None:
        """Post, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                for _ in range(min(_SLICE, len(self._queue))):
                    event = self._next()
                    if event is not None:
                        while not self._posted(event):  # noqa: ASYNC110 (post has no event to wait for)
                            await asyncio.sleep(_PUSHED_BACK_PAUSE)
                        if not self._queue:
                            break
                await asyncio.sleep(0)
            self._empty.set()

    def _next(self) -> TelephonyEvent | None:
        item = self._queue.popleft()
        if not isinstance(item, Frame):
            if isinstance(item, ServerSynced):
                self._translator.adopt(item)
            return item
        try:
            event = self._translator.translate(item)
        except Exception as error:
            self.malformed += 1
            log.error("ami.translate_failed", server=self._server, event_name=item.name, problem=where(error))
            return None
        if isinstance(event, Malformed):
            self.malformed += 1
            log.warning("ami.malformed", server=self._server, event_name=event.event, problem=event.problem)
            return None
        if isinstance(event, tuple):
            event, *following = event
            self._queue.extendleft(reversed(following))
        return event

    def _posted(self, event: TelephonyEvent) -> bool:
        try:
            self._post(event)
        except asyncio.QueueFull:
            self.pushed_back = True
            return False
        except Exception as error:
            self.post_errors += 1
            log.error(
                "ami.post_failed", server=self._server, event_name=type(event).__name__, problem=where(error)
            )
        self.pushed_back = False
        return True
