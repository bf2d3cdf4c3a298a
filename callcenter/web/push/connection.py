"""One browser's WebSocket: reads its frames one after another, and writes from its outbox.

Everything sent goes through the outbox and one writer task, closing included, so that frames keep their
order and only the writer ever waits for a browser that is slow to read.
"""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import WSMsgType, web
from pydantic import BaseModel, ValidationError

from callcenter.people.views import User
from callcenter.web.metrics import WebMetrics
from callcenter.web.push.hub import Hub, Viewer, advance
from callcenter.web.push.outbox import Outbox, Owed
from callcenter.web.push.protocol import (
    CLOSE_ABUSE,
    CLOSE_TOO_SLOW,
    ErrorCode,
    ErrorMessage,
    Hello,
    Painted,
    PhoneReport,
    Ping,
    TakeLead,
    incoming,
)

log = structlog.get_logger(__name__)

Message = Hello | Painted | TakeLead | PhoneReport | Ping


class Connection:
    """``name`` is unique within the site. ``frame_limit`` and ``bad_frames`` bound what a browser may do
    wrong; ``grace`` is how long it may take to say goodbye, ``patience`` how long one frame may take to be
    sent."""

    def __init__(
        self,
        name: str,
        user: User,
        session: str,
        viewer: Viewer,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        hub: Hub,
        metrics: WebMetrics,
        *,
        outbox: int,
        frame_limit: int,
        bad_frames: int,
        grace: float,
        patience: float,
    ) -> None:
        self.name = name
        self.user = user
        self.session = session
        self.viewer = viewer
        self.tab: str | None = None  # known after hello; the picture is sent from then on
        self._socket = socket
        self._transport = transport
        self._hub = hub
        self._metrics = metrics
        self._outbox = Outbox(outbox)
        self._frame_limit = frame_limit
        self._bad_left = bad_frames
        self._grace = grace
        self._patience = patience
        self._wake = asyncio.Event()
        self._closing: tuple[int, str] | None = None
        self._cut_off: asyncio.TimerHandle | None = None
        self._seq = -1  # the last position queued

    # --- to the browser -------------------------------------------------------------------------------

    def answer(self, message: BaseModel) -> None:
        self._outbox.answer(message.model_dump_json().encode())
        self._wake.set()

    def error(self, code: str, detail: str) -> None:
        """Tell the browser what was wrong; after several such messages the connection ends."""
        self._metrics.bad_frames.labels(code).inc()
        self.answer(ErrorMessage(code=ErrorCode.model_validate(code), detail=detail[:500]))
        if code in ("not_leading", "refused"):
            return  # told late, not badly
        self._bad_left -= 1
        if self._bad_left <= 0:
            self.close(CLOSE_ABUSE, "too many bad messages")

    def change(self, message: bytes, seq: int) -> None:
        """Queue a change of the picture, once hello was said."""
        if self.tab is None:
            return
        self._seq = seq
        if not self._outbox.change(message):
            self._metrics.slow.labels("closed" if self._outbox.lost else "snapshot").inc()
        self._wake.set()

    def owe_snapshot(self) -> None:
        """The picture was replaced, or cannot be resumed."""
        if self.tab is not None:
            self._outbox.owe_snapshot()
            self._wake.set()

    def start_picture(self, epoch: str | None, seq: int) -> None:
        """Send what the browser lacks: the changes since, or a snapshot."""
        here = self._hub.position
        resumed = None if epoch is None else self._hub.resume(self.viewer, epoch, seq)
        self._metrics.pictures.labels("snapshot" if resumed is None else "resume").inc()
        if resumed is None or here is None:
            self.owe_snapshot()
        else:
            self.change(resumed, here.seq)

    def catch_up(self) -> None:
        """Move a quiet viewer's position on, so that it can resume from what the ring still holds."""
        here = self._hub.position
        if here is not None and self._seq not in (-1, here.seq) and self._outbox.current:
            self.change(advance(here.seq), here.seq)

    def close(self, code: int, reason: str) -> None:
        """End the connection, after what was answered is sent. The first reason counts. A browser that does
        not take even that within the grace is cut off."""
        if self._closing is None:
            self._closing = (code, reason)
            self._outbox.end()
            self._wake.set()
            self._cut_off = asyncio.get_running_loop().call_later(2 * self._grace, self._abort)

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    @property
    def closing(self) -> bool:
        """The writer is about to say goodbye, or does so."""
        return self._closing is not None

    async def write(self) -> None:
        """Send until the connection ends. The one task that does."""
        try:
            while await self._write_next():
                pass
        finally:
            if self._cut_off is not None:
                self._cut_off.cancel()

    async def _write_next(self) -> bool:
        item = self._outbox.take()
        if self._outbox.lost:
            self.close(CLOSE_TOO_SLOW, "too slow")
        if self._closing is not None and not isinstance(item, bytes):
            await self._say_goodbye(*self._closing)
            return False
        if item is None:
            self._wake.clear()
            await self._wake.wait()
            return True
        frame = self._snapshot() if isinstance(item, Owed) else item
        return frame is None or await self._send(frame)

    def _snapshot(self) -> bytes | None:
        here = self._hub.position
        if here is not None:
            self._seq = here.seq
        return self._hub.snapshot(self.viewer)

    async def _send(self, frame: bytes) -> bool:
        try:
            async with asyncio.timeout(self._patience):
                await self._socket.send_frame(frame, WSMsgType.TEXT)
        except TimeoutError:
            log.info("push.cut_off", connection=self.name, reason="reads nothing")
            self._metrics.slow.labels("closed").inc()
            self._abort()
            return False
        except ConnectionError:
            return False
        except asyncio.CancelledError:
            if _meant():
                raise
            return False
        self._metrics.frames_sent.inc()
        self._metrics.bytes_sent.inc(len(frame))
        return True

    async def _say_goodbye(self, code: int, reason: str) -> None:
        log.info("push.closing", connection=self.name, code=code, reason=reason)
        try:
            await self._socket.close(code=code, message=reason.encode())
        except ConnectionError:
            pass
        except asyncio.CancelledError:
            if _meant():
                raise
        if self._transport is not None and self._transport.get_write_buffer_size() > 0:
            self._abort()  # closing waits for a browser to read what it never will

    # --- from the browser -----------------------------------------------------------------------------

    async def receive(self) -> Message | None:
        """The next good message; bad ones are answered here. ``None`` when the connection has ended."""
        while True:
            frame = await self._socket.receive()
            match frame.type:
                case WSMsgType.TEXT:
                    message = self._parse(frame.data)
                    if message is not None:
                        return message
                case WSMsgType.BINARY:
                    self.error("binary", "send JSON in text frames")
                case _:
                    return None  # closing, closed, or a broken frame that aiohttp has answered

    def _parse(self, data: bytes) -> Message | None:
        if len(data) > self._frame_limit:
            self.error("too_large", f"a message has at most {self._frame_limit} bytes")
            return None
        try:
            return incoming.validate_json(data)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
            if found[0]["type"] == "json_invalid":
                self.error("bad_json", "not valid JSON")
            else:
                self.error("bad_message", "; ".join(f"{_place(item['loc'])}{item['msg']}" for item in found))
            return None


def _meant() -> bool:
    """Within ``except CancelledError``: whether somebody cancelled this task.

    aiohttp 3.14's tasks wait for a full transport on one future without a shield, so that cancelling one of
    them (its own ping, when a socket closes) looks like a cancellation to all the others.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _place(where: tuple[int | str, ...]) -> str:
    return f"{'.'.join(str(part) for part in where)}: " if where else ""
