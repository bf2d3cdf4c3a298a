"""A web application over fakes, its clients, and a guard against leaked tasks."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from yarl import URL

from callcenter.crm.dialling import DiallingNumbers
from callcenter.people.views import Role, SessionRecord
from callcenter.recordings import RecordingFolder
from callcenter.web import WebDeps, WebOptions, create_app
from callcenter.web.ports import Ready, SiteSettings
from callcenter.web.push.protocol import ServerMessage
from routing.callbacks import CallbackRules, Terms

from .fakes import (
    FakeAudit,
    FakeChats,
    FakeClients,
    FakeClock,
    FakeDay,
    FakeFigures,
    FakeHistory,
    FakeItems,
    FakePlans,
    FakePrompts,
    FakeSessions,
    FakeSite,
    FakeUsers,
    FakeWords,
    NoCallbacks,
    NoMessages,
    NoPapers,
    NoQuality,
    NoScripts,
    make_user,
)

Client = TestClient[web.Request, web.Application]
CSRF = {"X-Requested-With": "callcenter"}


@pytest.fixture(autouse=True)
async def no_leaked_tasks() -> AsyncIterator[None]:
    """Fails the test that leaves a task behind."""
    before = asyncio.all_tasks()
    yield
    left: set[asyncio.Task[Any]] = set()
    for _ in range(20):  # what was cancelled may need a few turns to end
        left = asyncio.all_tasks() - before - {asyncio.current_task()}
        if not left:
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"left behind: {sorted(task.get_name() for task in left)}")


@dataclass
class World:
    """One server over fakes."""

    site: FakeSite
    users: FakeUsers
    sessions: FakeSessions
    clients: FakeClients
    history: FakeHistory
    clock: FakeClock
    registry: CollectorRegistry
    plans: FakePlans
    deps: WebDeps
    options: WebOptions
    chats: FakeChats
    day: FakeDay
    figures: FakeFigures
    ready: dict[str, Ready] = field(default_factory=dict)
    changed_people: int = 0


def make_world(static: Path) -> World:
    users = FakeUsers(
        [
            make_user("anna", Role.OPERATOR, "a1001"),
            make_user("boris", Role.OPERATOR, "a1002"),
            make_user("desk", Role.OPERATOR),
            make_user("sveta", Role.SUPERVISOR),
            make_user("mark", Role.CAMPAIGN_MANAGER),
            make_user("root", Role.ADMINISTRATOR),
        ]
    )
    site, sessions, clients, history = FakeSite(), FakeSessions(), FakeClients(), FakeHistory()
    chats, day, figures = FakeChats(), FakeDay(), FakeFigures()
    items = FakeItems()
    clock, registry, plans = FakeClock(), CollectorRegistry(), FakePlans()

    async def database() -> Ready:
        return made.ready.get("database", Ready(True, "answers"))

    async def people_changed() -> None:
        made.changed_people += 1

    deps = WebDeps(
        site=site,
        users=users,
        sessions=sessions,
        clients=clients,
        cards=clients,
        history=history,
        callbacks=NoCallbacks(),
        words=FakeWords(),
        plans=plans,
        prompts=FakePrompts(),
        messages=NoMessages(),
        recordings=RecordingFolder(static.parent / "recordings"),
        items=items,
        timeline=items,
        scripts=NoScripts(),
        papers=NoPapers(),
        audit=FakeAudit(plans),
        chats=chats,
        day=day,
        figures=figures,
        quality=NoQuality(),
        settings=SiteSettings("Demo", "Europe/Moscow", "RU"),
        plan=lambda: plans.plan,
        callback_terms=Terms(CallbackRules(zone="Europe/Moscow"), DiallingNumbers("RU")),
        clock=clock,
        registry=registry,
        ready={"database": database},
        people_changed=people_changed,
    )
    options = WebOptions(static=static, close_grace=0.5, session_check=0.05, heartbeat=5.0)
    made = World(
        site, users, sessions, clients, history, clock, registry, plans, deps, options, chats, day, figures
    )
    return made


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "static")


Start = Callable[[], Awaitable[TestServer]]


@pytest_asyncio.fixture
async def start(world: World) -> AsyncIterator[Start]:
    """Starts the server; options may be changed before."""
    servers: list[TestServer] = []

    async def start_one() -> TestServer:
        server = TestServer(create_app(world.deps, world.options))
        await server.start_server()
        servers.append(server)
        return server

    yield start_one
    for server in servers:
        await server.close()


@pytest_asyncio.fixture
async def server(start: Start) -> TestServer:
    return await start()


class Browser:
    """An HTTP client with a cookie jar of its own, as one browser has."""

    def __init__(self, server: TestServer, world: World) -> None:
        self.server = server
        self.world = world
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.sockets: list[Socket] = []

    def url(self, path: str) -> URL:
        return self.server.make_url(path)

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """One request as our console sends it."""
        headers = {**CSRF, **options.pop("headers", {})}
        async with self.http.request(
            method, self.url(path), json=body, headers=headers, **options
        ) as response:
            text = await response.read()
            return Answer(response.status, response.headers, text)

    async def api(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        return await self.call(method, f"/api/v1{path}", body, **options)

    async def sign_in_as(self, login: str) -> str:
        """A session without the cost of argon2; gives its id."""
        token = f"token-of-{login}-{len(self.world.sessions.rows)}"
        session = hashlib.sha256(token.encode()).hexdigest()
        now = self.world.clock.now()
        await self.world.deps.sessions.save(SessionRecord(session, login, now, now))
        self.http.cookie_jar.update_cookies({"cc_session": token}, self.url("/"))
        return session

    async def socket(
        self,
        tab: str = "tab-00001",
        *,
        resume: dict[str, Any] | None = None,
        led: bool = False,
        **options: Any,
    ) -> Socket:
        """A WebSocket that has said hello and read the welcome."""
        raw = await self.raw_socket(**options)
        await raw.send({"type": "hello", "tab": tab, "resume": resume, "led": led})
        raw.welcome = await raw.get("welcome")
        return raw

    async def raw_socket(self, **options: Any) -> Socket:
        socket = Socket(await self.http.ws_connect(self.url("/ws"), **options))
        self.sockets.append(socket)
        return socket

    async def close(self) -> None:
        for socket in self.sockets:
            await socket.ws.close()
        await self.http.close()


@dataclass
class Answer:
    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def fields(self) -> set[str]:
        """The bad fields that a problem names."""
        return {error["field"] for error in self.json["errors"]}


class Socket:
    """Reads JSON frames with a deadline; every one must be a message of the protocol. Keeps the replica."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.welcome: dict[str, Any] = {}
        self.replica: dict[str, Any] = {}
        self.epoch = ""
        self.seq = -1

    @property
    def resume(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "seq": self.seq}

    async def send(self, message: Any) -> None:
        await self.ws.send_str(message if isinstance(message, str) else json.dumps(message))

    async def read(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            frame = await self.ws.receive()
        assert frame.type is aiohttp.WSMsgType.TEXT, (frame, self.ws.close_code)
        message: dict[str, Any] = json.loads(frame.data)
        if message["type"] == "snapshot":
            self.epoch, self.seq, self.replica = message["epoch"], message["seq"], dict(message["entities"])
        elif message["type"] == "changes":
            self.seq = message["seq"]
            for change in message["changes"]:
                if change["entity"] is None:
                    self.replica.pop(change["key"], None)
                else:
                    self.replica[change["key"]] = change["entity"]
        else:
            ServerMessage.model_validate(message)
        return message

    async def get(self, kind: str) -> dict[str, Any]:
        """The next message of this type; others are taken in on the way."""
        while True:
            message = await self.read()
            if message["type"] == kind:
                return message

    async def until_seq(self, seq: int) -> None:
        while self.seq < seq:
            await self.read()

    async def closed(self) -> int | None:
        """Read to the end; the close code."""
        async with asyncio.timeout(5):
            async for _ in self.ws:
                pass
        return self.ws.close_code


Open = Callable[[], Browser]


@pytest_asyncio.fixture
async def browsers(server: TestServer, world: World) -> AsyncIterator[Open]:
    opened: list[Browser] = []

    def one() -> Browser:
        opened.append(Browser(server, world))
        return opened[-1]

    yield one
    for browser in opened:
        await browser.close()


@pytest_asyncio.fixture
async def browser(browsers: Open) -> Browser:
    return browsers()


@pytest_asyncio.fixture
async def anna(browser: Browser) -> Browser:
    await browser.sign_in_as("anna")
    return browser


@pytest.fixture
def tune(world: World) -> Callable[..., None]:
    """Change options before ``start``."""

    def change(**options: Any) -> None:
        world.options = replace(world.options, **options)

    return change
