"""``/sip``: the browser's phone speaks SIP to our own origin, and we carry it to the station's Asterisk.

One browser connection has one of ours to Asterisk, and both end together. ``sip.line`` decides about each
message; here it is only carried. Asterisk's restart ends the connection: the browser comes back with its own
backoff and registers anew, and whoever talks goes on, for voice doesn't pass here.

Nothing is kept in between: a message is read only when the one before has left, so that a peer that doesn't
read stops the other side instead of filling our memory, and is dropped after ``sip_patience``.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

import structlog
from aiohttp import WSMsgType, web
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from callcenter.clock import Clock
from callcenter.people.views import User
from callcenter.tasks import TaskGroup
from callcenter.web.context import WebOptions
from callcenter.web.metrics import WebMetrics
from callcenter.web.phone_ports import PhoneLine, PhoneLines
from callcenter.web.push.server import CLOSE_TRY_LATER, SessionAlive
from callcenter.web.sip.line import Line
from callcenter.web.sip.message import LARGEST

log = structlog.get_logger(__name__)

PROTOCOL = "sip"
CLOSE_ABUSE = 4400
CLOSE_SIGNED_OUT = 4401
CLOSE_NO_STATION = 4402
"""The signed-in user has no station, or one that is no browser."""
CLOSE_ORIGIN = 4403
CLOSE_TOO_SLOW = 4408
CLOSE_GOING_AWAY = 1001
CLOSE_RESTART = 1012
"""Asterisk ended the connection, or lets a registration unanswered; the browser should come back."""
_LOOK_SECONDS = 1.0


@dataclass(slots=True)
class _Phone:
    """One browser's connection. ``ending`` is why it ends, with the code and words of its close frame."""

    name: str
    login: str
    session: str
    line: Line
    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    bad_left: int
    ending: tuple[str, int, str] | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self, why: str, code: int, words: str) -> None:
        """The first reason counts."""
        if self.ending is None:
            self.ending = (why, code, words)
        self.over.set()


class SipProxy:
    """``start`` before connections are accepted, ``stop`` in the end."""

    def __init__(
        self, phones: PhoneLines, options: WebOptions, metrics: WebMetrics, alive: SessionAlive, clock: Clock
    ) -> None:
        self._lines = phones
        self._options = options
        self._metrics = metrics
        self._alive = alive
        self._clock = clock
        self._phones: dict[str, _Phone] = {}
        self._tasks = TaskGroup()
        self._stopping = False

    def start(self) -> None:
        self._tasks.keep("check phones' sessions", self._check_sessions)

    def say_goodbye(self) -> None:
        """End every connection; browsers come back elsewhere."""
        self._stopping = True
        for phone in self._phones.values():
            phone.end("stopping", CLOSE_GOING_AWAY, "the server stops")

    async def stop(self) -> None:
        await self._tasks.close()

    def close_sessions(self, sessions: Collection[str]) -> None:
        """These sessions ended: so do their phones."""
        gone = set(sessions)
        for phone in self._phones.values():
            if phone.session in gone:
                phone.end("signed_out", CLOSE_SIGNED_OUT, "signed out")

    async def _check_sessions(self) -> None:
        """Sessions also end on other nodes, and by age."""
        while True:
            await asyncio.sleep(self._options.session_check)
            for session in sorted({phone.session for phone in self._phones.values()}):
                try:
                    if not await self._alive(session):
                        self.close_sessions([session])
                except Exception as error:  # the database is away: nobody's phone is taken for that
                    log.warning("sip.session_check_failed", error=type(error).__name__)
                    break

    async def serve(
        self, request: web.Request, user: User | None, session: str, origin_ok: bool
    ) -> web.StreamResponse:
        """Hold one connection until it ends. A refusal is a close code, since a browser is not told the
        status of a failed handshake."""
        options = self._options
        socket = web.WebSocketResponse(
            protocols=(PROTOCOL,),
            timeout=options.close_grace,
            heartbeat=options.heartbeat,
            compress=False,  # deflate doubles the cost of a send
            max_msg_size=LARGEST,  # beyond it aiohttp closes with 1009
        )
        await socket.prepare(request)
        station = None if user is None or user.agent is None else user.station
        found = None if station is None else self._lines(station)
        if not origin_ok:
            await socket.close(code=CLOSE_ORIGIN, message=b"foreign origin")
        elif user is None:
            await socket.close(code=CLOSE_SIGNED_OUT, message=b"sign in first")
        elif station is None or found is None:
            await socket.close(code=CLOSE_NO_STATION, message=b"your station is no browser")
        elif socket.ws_protocol != PROTOCOL:
            await socket.close(code=CLOSE_ABUSE, message=b"ask for the subprotocol sip")
        elif self._stopping or self._count(user) >= options.phones_per_user:
            await socket.close(code=CLOSE_TRY_LATER, message=b"try again later")
        else:
            line = Line(found.key, session, station, found.password)
            name = f"{station}/{uuid.uuid4().hex[:8]}"
            phone = _Phone(name, user.login, session, line, socket, request.transport, options.sip_bad)
            await self._hold(phone, found)
        return socket

    def _count(self, user: User) -> int:
        return sum(phone.login == user.login for phone in self._phones.values())

    async def _hold(self, phone: _Phone, found: PhoneLine) -> None:
        self._phones[phone.name] = phone
        self._metrics.phones.set(len(self._phones))
        try:
            upstream = await self._reach(found.url)
            if upstream is None:
                phone.end("unreachable", CLOSE_TRY_LATER, "the telephony server can't be reached")
            else:
                await self._carry(phone, upstream)
        finally:
            del self._phones[phone.name]
            self._metrics.phones.set(len(self._phones))
            why, code, words = phone.ending or ("browser", CLOSE_GOING_AWAY, "over")
            self._metrics.sip_ended.labels(why).inc()
            log.info("sip.closed", phone=phone.name, why=why)
            await self._say_goodbye(phone, code, words)

    async def _reach(self, url: str) -> ClientConnection | None:
        try:
            return await connect(
                url,
                subprotocols=[Subprotocol(PROTOCOL)],
                compression=None,
                proxy=None,
                open_timeout=self._options.sip_connect,
                close_timeout=self._options.close_grace,
                ping_interval=self._options.heartbeat,
                ping_timeout=self._options.heartbeat,
                max_size=2 * LARGEST,
                max_queue=16,
                user_agent_header=None,
            )
        except (OSError, TimeoutError, InvalidHandshake) as error:
            log.warning("sip.unreachable", url=url, error=type(error).__name__)
            return None

    async def _carry(self, phone: _Phone, upstream: ClientConnection) -> None:
        """Until either side ends, or somebody ends it."""
        up = self._tasks.start(f"sip to asterisk {phone.name}", self._up(phone, upstream))
        down = self._tasks.start(f"sip to browser {phone.name}", self._down(phone, upstream))
        watch = self._tasks.start(f"sip answers {phone.name}", self._watch(phone))
        for task in (up, down, watch):  # one that crashed must not leave the other waiting
            task.add_done_callback(lambda _: phone.end("browser", CLOSE_GOING_AWAY, "over"))
        try:
            await phone.over.wait()
        finally:
            for task in (up, down, watch):
                task.cancel()
            await asyncio.wait((up, down, watch))
            if upstream.transport.get_write_buffer_size() > 0:
                upstream.transport.abort()  # closing waits for an Asterisk to read what it never will
            await upstream.close()

    async def _up(self, phone: _Phone, upstream: ClientConnection) -> None:
        try:
            while True:
                frame = await phone.socket.receive()
                if frame.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                    phone.end("browser", CLOSE_GOING_AWAY, "over")
                    return
                data = frame.data.encode() if isinstance(frame.data, str) else frame.data
                outcome = phone.line.from_browser(data, self._clock.now())
                if outcome.refused is not None:
                    self._metrics.sip_refused.labels(outcome.refused.value).inc()
                    log.info("sip.refused", phone=phone.name, kind=outcome.refused.value, word=outcome.word)
                    phone.bad_left -= 1
                    if phone.bad_left <= 0:
                        phone.end("refused", CLOSE_ABUSE, "too many refused messages")
                        return
                await self._send(phone, upstream, outcome.to_asterisk, outcome.to_browser)
        except (ConnectionClosed, ConnectionError):
            phone.end("asterisk", CLOSE_RESTART, "the telephony server ended the connection")
        except TimeoutError:
            phone.end("slow", CLOSE_TOO_SLOW, "too slow")

    async def _down(self, phone: _Phone, upstream: ClientConnection) -> None:
        try:
            while True:
                frame = await upstream.recv()
                outcome = phone.line.from_asterisk(frame.encode() if isinstance(frame, str) else frame)
                await self._send(phone, upstream, outcome.to_asterisk, outcome.to_browser)
        except ConnectionClosed:
            phone.end("asterisk", CLOSE_RESTART, "the telephony server ended the connection")
        except ConnectionError:
            phone.end("browser", CLOSE_GOING_AWAY, "over")
        except TimeoutError:
            phone.end("slow", CLOSE_TOO_SLOW, "too slow")

    async def _watch(self, phone: _Phone) -> None:
        """A starting Asterisk takes connections before it reads what comes, and what came then is lost. The
        browser would wait 32 s for the answer: over a WebSocket it asks once."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            asked_at = phone.line.asked_at
            if asked_at is not None and self._clock.now() - asked_at > self._options.sip_patience:
                phone.end("silent", CLOSE_RESTART, "the telephony server does not answer")
                return

    async def _send(
        self, phone: _Phone, upstream: ClientConnection, to_asterisk: bytes | None, to_browser: bytes | None
    ) -> None:
        """Raises ``TimeoutError`` for a peer that doesn't take it, and what the sockets raise when closed."""
        async with asyncio.timeout(self._options.sip_patience):
            if to_asterisk is not None:
                await upstream.send(to_asterisk, text=True)
            if to_browser is not None:
                await phone.socket.send_frame(to_browser, WSMsgType.TEXT)

    async def _say_goodbye(self, phone: _Phone, code: int, words: str) -> None:
        try:
            async with asyncio.timeout(2 * self._options.close_grace):
                await phone.socket.close(code=code, message=words.encode())
        except (ConnectionError, TimeoutError):
            pass
        if phone.transport is not None and phone.transport.get_write_buffer_size() > 0:
            phone.transport.abort()  # closing waits for a browser to read what it never will
