"""Nodes of a site, and what can befall them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Protocol

import redis.asyncio

from callcenter.calls.requests import Accepted, BrowserConnected, Reply, Request
from callcenter.calls.views import EntityUpdate
from callcenter.live.local import LocalBus, LocalSite
from callcenter.live.ports import Lease, PictureMessage, PictureReset, Position, Site
from callcenter.live.redis import RedisOptions, RedisSite
from routing.ids import AgentId
from tests.support.redis_server import RedisServer
from tests.support.tcp_proxy import TcpProxy

LEASE_SECONDS = 0.6
"""For tests that wait for a lease to end."""
LONG_LEASE_SECONDS = 10.0
"""For all others: a busy machine that stalls a test for a moment must not end its lease."""
SOON = 8.0
"""The deadline of every wait here, in seconds."""


class Terms:
    """The database's counter."""

    def __init__(self) -> None:
        self.last = 0

    async def __call__(self) -> int:
        self.last += 1
        return self.last


class Harness(Protocol):
    lease_seconds: float
    """Of nodes made from now on; long unless set."""

    async def node(self, name: str) -> Site:
        """A started node."""

    async def kill(self, site: Site) -> None:
        """The process dies: nothing is handed back."""

    async def close(self) -> None: ...


class LocalHarness:
    def __init__(self) -> None:
        self.bus = LocalBus(Terms(), LONG_LEASE_SECONDS)
        self._sites: list[LocalSite] = []

    @property
    def lease_seconds(self) -> float:
        return self.bus.lease_seconds

    @lease_seconds.setter
    def lease_seconds(self, seconds: float) -> None:
        self.bus.lease_seconds = seconds

    async def node(self, name: str) -> LocalSite:
        site = LocalSite(self.bus, name)
        await site.start()
        self._sites.append(site)
        return site

    async def kill(self, site: Site) -> None:
        assert isinstance(site, LocalSite)
        await site._tasks.close()

    async def close(self) -> None:
        for site in self._sites:
            await site.stop()


class RedisHarness:
    def __init__(self, server: RedisServer, prefix: str) -> None:
        self.server = server
        self.lease_seconds = LONG_LEASE_SECONDS
        self.prefix = prefix
        self.terms = Terms()
        self._stack = AsyncExitStack()
        self._sites: list[RedisSite] = []
        self._client: redis.asyncio.Redis | None = None

    def options(self, port: int | None = None, stream_length: int = 4096) -> RedisOptions:
        return RedisOptions(
            url=f"redis://127.0.0.1:{port or self.server.port}/0",
            prefix=self.prefix,
            lease_seconds=self.lease_seconds,
            operation_seconds=0.5,
            poll_seconds=0.1,
            stream_length=stream_length,
        )

    async def node(self, name: str) -> RedisSite:
        return await self._start(RedisSite(self.options(), name, self.floor))

    async def floor(self) -> int:
        """No ledger: the server's own counter alone."""
        return 1

    async def node_behind_proxy(self, name: str, stream_length: int = 4096) -> tuple[RedisSite, TcpProxy]:
        proxy = await self._stack.enter_async_context(TcpProxy(self.server.port))
        return await self._start(RedisSite(self.options(proxy.port, stream_length), name, self.floor)), proxy

    async def node_with_floor(self, name: str, floor: Callable[[], int]) -> RedisSite:
        async def term_floor() -> int:
            return floor()

        return await self._start(RedisSite(self.options(), name, term_floor))

    async def _start(self, site: RedisSite) -> RedisSite:
        await site.start()
        self._sites.append(site)
        return site

    @property
    def client(self) -> redis.asyncio.Redis:
        """For looking at, and spoiling, the keys."""
        if self._client is None:
            self._client = redis.asyncio.Redis(host="127.0.0.1", port=self.server.port, protocol=2)
        return self._client

    def key(self, name: str) -> str:
        return f"{{{self.prefix}}}:{name}"

    async def kill(self, site: Site) -> None:
        assert isinstance(site, RedisSite)
        site._leases.clear()  # so that the fixture's ``stop`` hands nothing back either
        await site._tasks.close()

    async def close(self) -> None:
        for site in self._sites:
            await site.stop()
        if self._client is not None:
            await self._client.aclose()
        await self._stack.aclose()


class Watcher:
    """A subscriber who checks that nothing is missing or repeated, and holds the picture that results."""

    def __init__(self, site: Site) -> None:
        self.messages: list[PictureMessage] = []
        self.position = Position("", -1)
        self.picture: dict[str, bytes] = {}
        self._changed = asyncio.Event()
        self.unsubscribe = site.subscribe(self.listen)

    def listen(self, message: PictureMessage) -> None:
        if isinstance(message, PictureReset):
            self.picture = {}
            updates = message.entities
        else:
            assert message.position.epoch == self.position.epoch
            assert message.position.seq == self.position.seq + len(message.updates)
            updates = message.updates
        for update in updates:
            if update.document is None:
                self.picture.pop(update.key, None)
            else:
                self.picture[update.key] = update.document
        self.position = message.position
        self.messages.append(message)
        self._changed.set()

    @property
    def resets(self) -> int:
        return sum(isinstance(message, PictureReset) for message in self.messages)

    async def until(self, condition: Callable[[Watcher], bool]) -> None:
        async with asyncio.timeout(SOON):
            while not condition(self):
                self._changed.clear()
                await self._changed.wait()

    async def until_shows(self, key: str, document: bytes | None) -> None:
        await self.until(lambda watcher: watcher.picture.get(key) == document)


def shown(key: str, document: str = "{}") -> EntityUpdate:
    return EntityUpdate(key, document.encode(), None)


def gone(key: str) -> EntityUpdate:
    return EntityUpdate(key, None, None)


def asked(agent: str = "anna") -> Request:
    return BrowserConnected(AgentId(agent), "b1")


async def accept(request: Request) -> Reply:
    return Accepted()


async def lease_of(site: Site) -> Lease:
    async with asyncio.timeout(SOON):
        return await site.take_lease()


async def lost(lease: Lease) -> str:
    async with asyncio.timeout(SOON):
        return await lease.lost()


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON):
        while not condition():
            await asyncio.sleep(0.01)
