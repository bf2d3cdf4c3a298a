"""One site for a test: the product as a process, a database of its own, and the test's Asterisk.

Only one house may be open on an Asterisk at a time, since its server takes every call there. A house serves
all tests of its module, which keep apart by queues, agents and numbers; people sign in with ``PASSWORD``.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from callcenter.calls.facts import CallEnded
from callcenter.history.models import CallRow, LedgerRow
from callcenter.people.views import Role
from callcenter.storage.database import Database
from routing.acd.model import Queue
from routing.ids import QueueId, ServerId as Server, call_id
from tests.support.asterisk import AsteriskServer
from tests.support.databases import run_apart
from tests.support.server import ApiClient, Person, Screen, ServerProcess, SiteSeed, seed_site
from tests.support.sipp import Call
from tests.support.tally import strand

MAIN = Server("main")
_numbers = itertools.count(1)


def new_number() -> str:
    """A caller's number that no other call has."""
    return f"+7916{next(_numbers):07}"


def line(name: str, number: str, *, ring: int = 20, wrap_up: int = 0) -> Queue:
    """A queue reached by dialling ``number``."""
    return Queue(QueueId(name), name.capitalize(), (number,), ring_seconds=ring, wrap_up_seconds=wrap_up)


def operator(login: str, station: str, *queues: str) -> Person:
    return Person(login, station=station, queues=queues)


BOSS = Person("boss", Role.SUPERVISOR)


@dataclass
class House:
    """``server`` is running, unless a test ended it."""

    asterisk: AsteriskServer
    server: ServerProcess
    url: str

    @classmethod
    def open(
        cls,
        asterisk: AsteriskServer,
        folder: Path,
        url: str,
        queues: Sequence[Queue],
        people: Sequence[Person],
        *,
        start: bool = True,
        settings: Mapping[str, object] | None = None,
    ) -> House:
        """Blocks; for fixtures. ``url`` is of a migrated, empty database, ``settings`` are variables without
        their prefix, such as ``AMI_PORT``."""
        server = node(asterisk, folder, url, settings or {})

        async def work() -> None:
            await enter(url, SiteSeed(queues, (BOSS, *people)))
            if start:
                try:
                    await server.start()
                except BaseException:
                    await server.kill()
                    raise

        run_apart(work())
        return cls(asterisk, server, url)

    def close(self) -> None:
        run_apart(self.server.stop())

    def login(self, login: str) -> ApiClient:
        return ApiClient(self.server.base, login)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[tuple[ApiClient, Screen]]:
        """The supervisor's API and screen. Fails when a call is left in Asterisk at the end."""
        async with self.login("boss") as boss, boss.screen() as screen:
            yield boss, screen
        await no_calls_left(self.asterisk)

    async def facts(self, kind: str) -> list[Any]:
        """All facts of one type in the ledger, in order."""
        database = Database(self.url)
        try:
            async with database.read() as connection:
                rows = select(LedgerRow.payload).where(LedgerRow.type == kind)
                return list(await connection.scalars(rows.order_by(LedgerRow.term, LedgerRow.number)))
        finally:
            await database.close()

    async def each_call_ended_once(self, *, seconds: float = 10.0) -> int:
        """Returns how many calls the history has, once each of them has one end and one only."""
        database, until = Database(self.url), time.monotonic() + seconds
        try:
            while True:
                async with database.read() as connection:
                    rows = (await connection.execute(select(CallRow.call, CallRow.ended_at))).all()
                    ends = Counter(
                        await connection.scalars(
                            select(LedgerRow.call).where(LedgerRow.type == CallEnded.__name__)
                        )
                    )
                wrong = [call for call, ended in rows if ended is None or ends[call] != 1]
                if not wrong or time.monotonic() > until:
                    strand("a call without its one end in the history", wrong)
                    return len(rows)
                await asyncio.sleep(0.1)
        finally:
            await database.close()


def node(
    asterisk: AsteriskServer, folder: Path, url: str, settings: Mapping[str, object], name: str = "one"
) -> ServerProcess:
    """A server of a site, not yet started."""
    environ = {
        "DATABASE_URL": url,
        "AMI_USERNAME": asterisk.ami_user,
        "AMI_SECRET": asterisk.ami_secret,
        "AMI_PORT": asterisk.ami_port,
        "AMI_BACKOFF_MAX_SECONDS": 1,
        # The telephones are the tests' own, also of those who sign in with a browser.
        "ASTERISK_BROWSER_STATIONS": "a9900-a9900",
        **settings,
    }
    return ServerProcess(
        folder, {f"CALLCENTER_{key}": str(value) for key, value in environ.items()}, node=name
    )


@asynccontextmanager
async def two_doors(
    asterisk: AsteriskServer, folder: Path, url: str, redis: tuple[str, str], seed: SiteSeed
) -> AsyncIterator[tuple[House, House]]:
    """The same house by two doors, two servers that share all; the first one routes. ``redis`` is the address
    and a prefix of its own, ``url`` of a migrated, empty database."""
    await enter(url, seed)
    shared = {"REDIS_URL": redis[0], "REDIS_PREFIX": redis[1], "REDIS_LEASE_SECONDS": 2.0}
    async with AsyncExitStack() as stack:
        doors = []
        for name in ("one", "two"):
            server = node(asterisk, folder, url, shared, name)
            await stack.enter_async_context(server)
            doors.append(House(asterisk, server, url))
        yield doors[0], doors[1]


async def enter(url: str, seed: SiteSeed) -> None:
    database = Database(url)
    try:
        await seed_site(database, seed)
    finally:
        await database.close()


def id_of(phone_call: Call) -> str:
    """Our id of the call that a phone was rung with."""
    return call_id(MAIN, phone_call.call_header)


async def no_calls_left(asterisk: AsteriskServer, *, seconds: float = 10.0) -> None:
    """Returns once Asterisk has no channel; those that stay are stranded, and ended for the next test."""
    until = time.monotonic() + seconds
    while channels := await asyncio.to_thread(asterisk.channels):
        if time.monotonic() > until:
            await asterisk.acli("channel request hangup all")
            strand("a test's end", channels)
        await asyncio.sleep(0.05)


async def talking(one: Call, other: Call, *, packets: int = 10) -> None:
    """Returns once each has heard that many more packets of the other's own voice."""
    await asyncio.gather(
        one.rtp.wait_heard(other.rtp.fill, one.rtp.heard(other.rtp.fill) + packets),
        other.rtp.wait_heard(one.rtp.fill, other.rtp.heard(one.rtp.fill) + packets),
    )
