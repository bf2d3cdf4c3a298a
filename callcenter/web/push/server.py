"""The WebSocket endpoint ``/ws``: who is connected, which tab leads, and the fan-out of the picture."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterator

import structlog
from aiohttp import web

from callcenter.calls.requests import AcknowledgeCard, Refused, Reply, Request
from callcenter.live.ports import PictureMessage, Site
from callcenter.people.views import User
from callcenter.tasks import TaskGroup
from callcenter.web.access import SEES_EVERYTHING
from callcenter.web.context import WebOptions
from callcenter.web.metrics import WebMetrics
from callcenter.web.push.announcer import Announcer
from callcenter.web.push.connection import Connection
from callcenter.web.push.hub import Hub, Viewer
from callcenter.web.push.leaders import LeadChange, Leaders
from callcenter.web.push.protocol import (
    CLOSE_ABUSE,
    CLOSE_GOING_AWAY,
    CLOSE_ORIGIN,
    CLOSE_SIGNED_OUT,
    Hello,
    LeadChanged,
    Painted,
    PhoneReport,
    Ping,
    Pong,
    TakeLead,
    Welcome,
)
from routing.ids import OfferId

log = structlog.get_logger(__name__)

CLOSE_TRY_LATER = 1013
SessionAlive = Callable[[str], Awaitable[bool]]
"""Whether a session still is; also marks it as in use."""


def viewer_of(user: User) -> Viewer:
    return Viewer(user.agent, user.role in SEES_EVERYTHING, user.login)


class PushServer:
    """``start`` before connections are accepted, ``stop`` in the end. ``version`` gives the console's build
    id."""

    def __init__(
        self,
        site: Site,
        options: WebOptions,
        metrics: WebMetrics,
        alive: SessionAlive,
        version: Callable[[], str],
    ) -> None:
        self._site = site
        self._options = options
        self._metrics = metrics
        self._alive = alive
        self._version = version
        self._hub = Hub(options.ring)
        self._leaders = Leaders()
        self._tasks = TaskGroup()
        self._announcer = Announcer(self._submit, self._tasks)
        self._connections: dict[str, Connection] = {}
        self._unsubscribe: Callable[[], None] | None = None
        self._stopping = False

    # --- life -----------------------------------------------------------------------------------------

    async def start(self) -> None:
        self._unsubscribe = self._site.subscribe(self._told)
        self._tasks.keep("check sessions", self._check_sessions)
        self._tasks.keep("repeat browsers", lambda: self._announcer.repeat(self._options.browser_repeat))

    def say_goodbye(self) -> None:
        """Ask every browser to reconnect elsewhere; those that come now are sent away."""
        self._stopping = True
        for connection in self._connections.values():
            connection.close(CLOSE_GOING_AWAY, "the server stops")

    async def stop(self) -> None:
        """After the connections have ended. The core is told of the browsers' loss, if it can be reached."""
        self._stopping = True
        if self._unsubscribe is not None:
            self._unsubscribe()
        await self._announcer.settle(1.0)
        await self._tasks.close()

    async def _submit(self, request: Request) -> Reply:
        return await self._site.submit(request, self._options.submit_timeout)

    # --- the picture ----------------------------------------------------------------------------------

    def _told(self, message: PictureMessage) -> None:
        self._announcer.new_epoch(message.position.epoch)
        delta = self._hub.apply(message)
        if delta is None:
            for connection in self._connections.values():
                connection.owe_snapshot()
            return
        for connection in self._connections.values():
            frame = delta.message_for(connection.viewer)
            if frame is not None:
                connection.change(frame, delta.seq)

    def document(self, key: str) -> bytes | None:
        """An entity of the picture as JSON; for the API's own checks."""
        return self._hub.document(key)

    def documents(self, prefix: str) -> Iterator[bytes]:
        """The entities whose keys begin so, as JSON."""
        return self._hub.documents(prefix)

    # --- sessions -------------------------------------------------------------------------------------

    def close_sessions(self, sessions: Collection[str]) -> None:
        """These sessions ended: so do their sockets."""
        gone = set(sessions)
        for connection in self._connections.values():
            if connection.session in gone:
                connection.close(CLOSE_SIGNED_OUT, "signed out")

    async def _check_sessions(self) -> None:
        """Sessions also end on other nodes, and by age. A connected console keeps its session in use."""
        while True:
            await asyncio.sleep(self._options.session_check)
            sessions = {connection.session for connection in self._connections.values()}
            for session in sorted(sessions):
                try:
                    if not await self._alive(session):
                        self.close_sessions([session])
                except Exception as error:  # the database is away: nobody is signed out for that
                    log.warning("push.session_check_failed", error=type(error).__name__)
                    break

    # --- connections ----------------------------------------------------------------------------------

    async def serve(
        self, request: web.Request, user: User | None, session: str, origin_ok: bool
    ) -> web.StreamResponse:
        """Hold one connection until it ends. A refusal is a close code, since a browser is not told the
        status of a failed handshake."""
        options = self._options
        socket = web.WebSocketResponse(
            timeout=options.close_grace,
            heartbeat=options.heartbeat,
            compress=False,  # deflate doubles the cost of a send
            max_msg_size=options.frame_limit * 16,  # beyond it aiohttp closes with 1009
            decode_text=False,
        )
        await socket.prepare(request)
        if not origin_ok:
            await socket.close(code=CLOSE_ORIGIN, message=b"foreign origin")
        elif user is None:
            await socket.close(code=CLOSE_SIGNED_OUT, message=b"sign in first")
        elif self._stopping or self._count(user) >= options.sockets_per_user:
            await socket.close(code=CLOSE_TRY_LATER, message=b"try again later")
        else:
            name = f"{self._site.node}/{uuid.uuid4().hex}"
            await self._hold(
                Connection(
                    name,
                    user,
                    session,
                    viewer_of(user),
                    socket,
                    request.transport,
                    self._hub,
                    self._metrics,
                    outbox=options.outbox,
                    frame_limit=options.frame_limit,
                    bad_frames=options.bad_frames,
                    grace=options.close_grace,
                    patience=options.send_patience,
                )
            )
        return socket

    def _count(self, user: User) -> int:
        return sum(connection.user.login == user.login for connection in self._connections.values())

    async def _hold(self, connection: Connection) -> None:
        self._connections[connection.name] = connection
        self._metrics.connections.set(len(self._connections))
        writer = self._tasks.start(f"write {connection.name}", connection.write())
        try:
            await self._converse(connection)
        finally:
            self._connections.pop(connection.name, None)
            self._metrics.connections.set(len(self._connections))
            agent = connection.user.agent
            if agent is not None:
                self._lead_changes(self._leaders.leave(agent, connection.name))
                self._announcer.wish(agent, self._leaders.leader(agent))
            # a writer that says goodbye is let finish; it bounds itself by the grace
            if not connection.closing:
                writer.cancel()
            await asyncio.wait({writer}, timeout=3 * self._options.close_grace)

    async def _converse(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(self._options.hello_timeout):
                hello = await connection.receive()
                while hello is not None and not isinstance(hello, Hello):
                    connection.error("hello_first", "say hello first")
                    hello = await connection.receive()
        except TimeoutError:
            connection.close(CLOSE_ABUSE, "no hello")
            return
        if hello is None:
            return
        self._welcome(connection, hello)
        while (message := await connection.receive()) is not None:
            match message:
                case Ping():
                    connection.answer(Pong(n=message.n))
                    connection.catch_up()
                case Painted():
                    await self._painted(connection, OfferId(message.offer))
                case TakeLead():
                    self._take_lead(connection)
                case PhoneReport():
                    self._phone(connection, message)
                case Hello():
                    connection.error("hello_again", "hello was said already")

    def _welcome(self, connection: Connection, hello: Hello) -> None:
        connection.tab = hello.tab
        agent = connection.user.agent
        changes = []
        if agent is not None:
            returning = hello.resume is not None
            changes = self._leaders.join(
                agent, connection.name, hello.tab, returning=returning, led=hello.led
            )
            self._announcer.wish(agent, self._leaders.leader(agent))
        leads = agent is None or self._leaders.leads(agent, connection.name)
        connection.answer(Welcome(node=self._site.node, version=self._version(), leads=leads))
        self._lead_changes([change for change in changes if change.connection != connection.name])
        if hello.resume is None:
            connection.start_picture(None, 0)
        else:
            connection.start_picture(hello.resume.epoch, hello.resume.seq)

    async def _painted(self, connection: Connection, offer: OfferId) -> None:
        """Tell the core at once: a phone's ring waits for it. The reader waits for the answer, so that one
        browser has at most one such request under way."""
        agent = connection.user.agent
        if agent is None or not self._leaders.leads(agent, connection.name):
            connection.error("not_leading", "only the leading tab's card counts")
            return
        reply = await self._submit(AcknowledgeCard(agent, offer))
        if isinstance(reply, Refused):
            connection.error("refused", reply.refusal.value)

    def _phone(self, connection: Connection, report: PhoneReport) -> None:
        agent = connection.user.agent
        if agent is None or not self._leaders.leads(agent, connection.name):
            connection.error("not_leading", "only the leading tab has the phone")
            return
        self._announcer.phone(agent, connection.name, report.problem, voice=report.voice)

    def _take_lead(self, connection: Connection) -> None:
        agent = connection.user.agent
        if agent is None or self._leaders.leads(agent, connection.name):
            connection.answer(LeadChanged(leads=True))
            return
        self._lead_changes(self._leaders.take(agent, connection.name))
        self._announcer.wish(agent, self._leaders.leader(agent))

    def _lead_changes(self, changes: list[LeadChange]) -> None:
        for change in changes:
            connection = self._connections.get(change.connection)
            if connection is not None:
                connection.answer(LeadChanged(leads=change.leads))
