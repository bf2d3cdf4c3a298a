"""One AMI connection, from connecting to its end: panoramisk behind guards. The only importer of panoramisk.

panoramisk gives the connection, the ActionIDs, and the rule by which the answers to an action are complete.
The rest of it is kept from running, each for a reason that was reproduced with 1.4:

- it decodes each read by itself, so that a letter split across two is lost: ``data_received`` is ours;
- it repeats unanswered actions after a reconnect, so that a customer is dialled twice: a connection is used
  once, and all actions are forgettable;
- it never resolves the futures of a connection that dropped: every request here has a deadline, and ends when
  the connection does;
- an exception in a callback closes the connection: nothing raises out of ``data_received``;
- it gives every event that bears a pending ActionID to that action (``OriginateResponse``): here only lists
  take events;
- it reconnects after ``close()``, and tries a bad password for ever without a pause: reconnecting is the
  link's;
- it sends pings and never looks for the answers: pinging is the link's;
- with ``as_list=True`` an answer of Error never completes: lists are asked for with ``as_list=None``;
- it logs actions and messages whole, secrets and callers included: ours are never given to its log.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

import structlog
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message

from callcenter.telephony.ami.action import AmiAction, encode
from callcenter.telephony.ami.faults import where
from callcenter.telephony.ami.frames import Frame, Framer, Headers, first
from callcenter.telephony.ami.names import LISTED

log = structlog.get_logger(__name__)

_MUTE = logging.getLogger("callcenter.panoramisk")
_MUTE.addHandler(logging.NullHandler())
_MUTE.propagate = False
_MUTE.setLevel(logging.CRITICAL + 1)


class Answer(Enum):
    """How a request ended."""

    SUCCESS = "success"
    REFUSED = "refused"  # Response: Error
    TIMED_OUT = "timed_out"
    LOST = "lost"  # the connection ended first: whether it took effect is unknown


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request came to. ``seconds`` is from its writing to here; ``items`` are those of a list."""

    answer: Answer
    message: str
    seconds: float
    headers: Headers = field(default_factory=dict, repr=False)
    items: tuple[Frame, ...] = field(default=(), repr=False)


class _Everything:
    """What panoramisk asks whether an action may be forgotten: any may."""

    def __contains__(self, name: object) -> bool:
        return True


class _Request(Action):  # type: ignore[misc]  # panoramisk has no types
    """panoramisk's action, with the bytes that are sent instead of its own rendering, and what waits for
    it."""

    def __init__(
        self, action: AmiAction, *, listed: bool, on_reply: Callable[[Reply], None], now: float
    ) -> None:
        super().__init__(
            {"Action": action.name} | ({"ActionID": action.action_id} if action.action_id else {})
        )
        self.listed = listed
        self.on_reply = on_reply
        self.began = now
        self.wire = b""
        self.items: list[Frame] = []
        self.timer: asyncio.TimerHandle | None = None


class _Protocol(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.connection.transport_made(transport)

    def data_received(self, data: bytes) -> None:
        self.connection.received(data)

    def send(self, data: _Request, as_list: bool | None = False) -> asyncio.Future[object]:
        data.as_list = as_list
        self.responses[data.id] = data
        self.connection.write(data.wire)
        future: asyncio.Future[object] = data.future
        return future

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.connection.ended(exc)


class _Manager(Manager):  # type: ignore[misc]  # panoramisk has no types
    pinger: asyncio.TimerHandle | None

    def connection_made(self, f: asyncio.Future[object]) -> None:
        if f.cancelled() or f.exception() is not None:
            return  # ``Connection.open`` awaits the same task, and nothing is to be tried again here
        super().connection_made(f)
        if self.pinger is not None:
            self.pinger.cancel()
            self.pinger = None


class Connection:
    """One TCP or TLS connection; never used again once it ended.

    ``on_frames`` gets the frames of each read that are not answers, in order; ``on_ended`` is called once,
    with the reason, after every open request was replied to with ``Answer.LOST``; ``on_failed`` when a read
    could not be taken in, so that what it held is lost. None of them may raise."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
        framer: Framer,
        max_unsent: int,
        on_frames: Callable[[list[Frame]], None],
        on_ended: Callable[[str], None],
        on_failed: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._framer = framer
        self._max_unsent = max_unsent
        self._on_frames = on_frames
        self._on_ended = on_ended
        self._on_failed = on_failed
        self._transport: asyncio.Transport | None = None
        self._gone = asyncio.Event()
        self._ending: str | None = None
        self._gathered: bytearray | None = None
        self.late = 0
        """Answers to requests that were given up."""
        self.failures = 0
        """Exceptions of our own while a read was taken in; each is logged."""
        self._manager = _Manager(
            host=host,
            port=port,
            ssl=tls or False,
            loop=self._loop,
            log=_MUTE,
            protocol_factory=lambda: _Protocol(self),
            forgetable_actions=_Everything(),
        )

    async def open(self, timeout: float) -> None:
        """Raises ``OSError`` (``ssl.SSLError`` and ``TimeoutError`` too) when no connection comes in time."""
        connecting: asyncio.Task[object] = self._manager.connect()
        try:
            await asyncio.wait_for(asyncio.shield(connecting), timeout)
        except BaseException:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            # It may have been made in the very moment that we gave up.
            await self.close("not connected in time")
            raise
        if self._ending is not None:
            await self.close(self._ending)
            raise ConnectionAbortedError(self._ending)

    @property
    def ending(self) -> str | None:
        """Why the connection ended; None while it has not."""
        return self._ending

    def request(
        self,
        action: AmiAction,
        *,
        deadline: float,
        on_reply: Callable[[Reply], None],
        listed: bool = False,
        secret: tuple[str, str] | None = None,
    ) -> None:
        """Write an action now. ``on_reply`` is called exactly once, within ``deadline`` seconds, and never
        from within this call, unless the connection is ended already. ``secret`` is a header that no object
        keeps.

        Raises ``UnrenderableError``.
        """
        request = _Request(action, listed=listed, on_reply=on_reply, now=self._loop.time())
        headers = action.headers if secret is None else (*action.headers, secret)
        request.wire = encode(AmiAction(action.name, headers), request.id)
        transport = self._transport
        if transport is None or self._ending is not None:
            on_reply(Reply(Answer.LOST, "the link is down", 0.0))
            return
        request.timer = self._loop.call_later(deadline, self._expire, request)
        self._manager.send_action(request, as_list=None if listed else False)
        request.wire = b""
        if transport.get_write_buffer_size() > self._max_unsent:
            # Not from within: the caller may be walking its own state.
            self._loop.call_soon(self.abort, "the server takes nothing any more")

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """What is requested within goes out in one write: Asterisk then has the last action at once, and not
        a system call of ours later."""
        self._gathered = gathered = bytearray()
        try:
            yield
        finally:
            self._gathered = None
            self.write(bytes(gathered))

    def write(self, wire: bytes) -> None:
        """The protocol's way out."""
        if self._gathered is not None:
            self._gathered += wire
        elif wire and self._transport is not None and self._ending is None:
            self._transport.write(wire)

    async def ask(
        self,
        action: AmiAction,
        *,
        deadline: float,
        listed: bool = False,
        secret: tuple[str, str] | None = None,
    ) -> Reply:
        """``request`` and wait for its reply."""
        replied: asyncio.Future[Reply] = self._loop.create_future()

        def reply(given: Reply) -> None:
            if not replied.done():
                replied.set_result(given)

        self.request(action, deadline=deadline, on_reply=reply, listed=listed, secret=secret)
        return await replied

    def abort(self, reason: str) -> None:
        """End the connection now; what was written and not sent yet is thrown away."""
        if self._ending is None:
            self._ending = reason
            if self._transport is not None:
                self._transport.abort()
            self._finish(reason)

    async def close(self, reason: str) -> None:
        """``abort``, and wait until the socket is closed."""
        self.abort(reason)
        if self._transport is not None:
            await self._gone.wait()

    def transport_made(self, transport: asyncio.Transport) -> None:
        """The protocol's start."""
        self._transport = transport
        if self._ending is not None:
            transport.abort()

    def received(self, data: bytes) -> None:
        """The protocol's bytes. Raises nothing: an exception here would close the connection."""
        if self._ending is not None:
            return
        try:
            frames = [frame for frame in self._framer.feed(data) if not self._answers(frame)]
            self._on_frames(frames)
        except Exception as error:
            self.failures += 1
            log.error("ami.read_failed", problem=where(error))
            self._on_failed()

    def ended(self, error: Exception | None) -> None:
        """The protocol's end."""
        self._gone.set()
        if self._ending is None:
            self._ending = "closed by the server" if error is None else type(error).__name__
            self._finish(self._ending)

    def _answers(self, frame: Frame) -> bool:
        """Whether a frame was an answer to a request, and was given to it."""
        if frame.name and "actionid" not in frame.headers:
            return False
        request: _Request | None = self._pending().get(frame.first("actionid"))
        if frame.name and (request is None or not request.listed):
            if frame.name not in LISTED:
                return False  # an OriginateResponse is an event, whosever ActionID it has
            self.late += 1
            return True
        if request is None:
            self.late += 1
            return True
        if frame.name:
            request.items.append(frame)
        # The frame keeps repeated headers; panoramisk looks at single ones only.
        if request.add_message(Message({key: first(frame.headers, key) for key in frame.headers})):
            self._pending().pop(request.id, None)
            said = request.responses[0]
            answer = Answer.SUCCESS if said.success else Answer.REFUSED
            self._reply(request, answer, str(said.message), frame)
        return True

    def _pending(self) -> dict[str, _Request]:
        protocol = self._manager.protocol
        pending: dict[str, _Request] = {} if protocol is None else protocol.responses
        return pending

    def _reply(self, request: _Request, answer: Answer, message: str, last: Frame | None = None) -> None:
        if request.timer is not None:
            request.timer.cancel()
        request.future.cancel()
        seconds = self._loop.time() - request.began
        headers = {} if last is None else last.headers
        try:
            request.on_reply(Reply(answer, message, seconds, headers, tuple(request.items)))
        except Exception as error:
            self.failures += 1
            log.error("ami.reply_failed", action=request["action"], problem=where(error))

    def _expire(self, request: _Request) -> None:
        self._pending().pop(request.id, None)
        self._reply(request, Answer.TIMED_OUT, "no answer in time")

    def _finish(self, reason: str) -> None:
        pending = tuple(self._pending().values())
        self._pending().clear()
        for request in pending:
            self._reply(request, Answer.LOST, reason)
        with contextlib.suppress(Exception):
            self._manager.close()
        self._on_ended(reason)
