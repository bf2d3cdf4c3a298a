"""A link and a fake server for each test that asks; every test also proves that it leaves no task and no
socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from callcenter.clock import SystemClock
from callcenter.telephony.ami import AmiLink, AmiMetrics, LinkOptions
from callcenter.telephony.events import ServerSynced
from routing.ids import ServerId
from tests.telephony.fake_ami import FakeAmi, Posted

SERVER = ServerId("main")


class Rig:
    """A fake server, what was posted, and links between them."""

    def __init__(self, fake: FakeAmi) -> None:
        self.fake = fake
        self.posted = Posted()
        self.registry = CollectorRegistry()
        self.metrics = AmiMetrics(self.registry)
        self.links: list[AmiLink] = []
        self.jitter: Callable[[], float] = lambda: 0.0
        self.options = LinkOptions(
            SERVER,
            "127.0.0.1",
            "callcenter",
            "opensesame",
            backoff_first=0.01,
            backoff_max=0.05,
            denied_retry=0.05,
            # Out of the way of every test that is not about them.
            ping_interval=60.0,
            heartbeat_interval=60.0,
        )

    def link(self, **changes: object) -> AmiLink:
        """A link that is not started yet."""
        link = AmiLink(
            replace(self.options, **{"port": self.fake.port} | changes),  # type: ignore[arg-type]
            self.posted,
            SystemClock(),
            self.metrics,
            jitter=self.jitter,
        )
        self.links.append(link)
        return link

    async def serving(self, **changes: object) -> AmiLink:
        """A link that has listed the server."""
        link = self.link(**changes)
        await link.start()
        await self.posted.seen(ServerSynced)
        # The first heartbeat's answers are written before anything that a test sends.
        await self.fake.action("Getvar", 2)
        return link

    def metric(self, name: str, **labels: str) -> float:
        """A series of the server's."""
        value = self.registry.get_sample_value(f"callcenter_ami_{name}", {"server": SERVER, **labels})
        return 0.0 if value is None else value


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    before = asyncio.all_tasks()
    async with FakeAmi() as fake:
        rig = Rig(fake)
        yield rig
        for link in rig.links:
            await link.stop()
    # Transports and cancelled tasks take a turn or two of the loop to go.
    async with asyncio.timeout(2):
        while left := asyncio.all_tasks() - before - {asyncio.current_task()}:
            await asyncio.wait(left, timeout=0.05)
