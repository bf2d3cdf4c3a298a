"""The routing half of the product in a process of its own: the AMI link, the core and the journal.

Started by ``ring_product``; standard input holds one line of JSON (how to reach Asterisk), then the word
``browsers`` when cards are to be acknowledged. Ends when standard input does. The manager's secret is never
on a command line."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry

from callcenter.calls.requests import AcknowledgeCard, BrowserConnected, SetIntent
from callcenter.calls.states import Author, Intent
from callcenter.calls.views import EntityUpdate
from callcenter.clock import SystemClock
from callcenter.dispatch.core import Core
from callcenter.dispatch.inputs import PlanChanged
from callcenter.dispatch.ports import CallerFound
from callcenter.dispatch.runner import Runner
from callcenter.history.journal import Journal
from callcenter.history.ledger import JournalLedger
from callcenter.telephony.ami import AmiFleet, AmiLink, AmiMetrics, LinkOptions
from routing.acd.model import Agent, Queue, RoutingPlan
from routing.ids import AgentId, ClientId, QueueId, ServerId, StationId


class _Directory:
    """Knows everybody at once."""

    async def look_up(self, number: str) -> CallerFound:
        return CallerFound(None, 0, b'{"name":"somebody"}')

    async def card_of(self, client: ClientId, number: str) -> CallerFound:
        return CallerFound(client, 1, b'{"name":"somebody"}')


class _Browsers:
    """Acknowledge every offer once its card is there, as far as a process can do it for itself."""

    def __init__(self) -> None:
        self.runner: Runner | None = None
        self.connected = False
        self._tasks: set[asyncio.Task[object]] = set()

    def publish(self, updates: Sequence[EntityUpdate]) -> None:
        if not self.connected or self.runner is None:
            return
        for update in updates:
            if update.key.startswith("agent/") and update.document is not None:
                agent = json.loads(update.document)
                if agent["state"] == "offered" and agent["offer"]:
                    request = AcknowledgeCard(agent["agent"], agent["offer"])
                    task = asyncio.create_task(self.runner.submit(request))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)


async def _serve(setup: dict[str, object], lines: asyncio.StreamReader, data: Path) -> None:
    queue = QueueId("bench")
    agents = tuple(
        Agent(AgentId(f"agent-{station}"), station, StationId(station), (queue,))
        for station in setup["stations"]  # type: ignore[attr-defined]
    )
    queues = (Queue(queue, "Bench", (str(setup["number"]),), wrap_up_seconds=0),)
    plan = RoutingPlan(queues, agents, queue)
    clock, registry, browsers = SystemClock(), CollectorRegistry(), _Browsers()
    runner: Runner | None = None
    options = LinkOptions(
        ServerId("main"),
        str(setup["host"]),
        str(setup["username"]),
        str(setup["secret"]),
        port=int(str(setup["port"])),
    )
    link = AmiLink(options, lambda event: runner.post(event) if runner else None, clock, AmiMetrics(registry))
    fleet = AmiFleet([link])
    runner = browsers.runner = Runner(
        Core(),
        telephony=fleet,
        directory=_Directory(),
        ledger=JournalLedger(Journal(data / "journal"), lambda: None),
        publish=browsers.publish,
        clock=clock,
        term=1,
        registry=registry,
    )
    running = asyncio.create_task(runner.run(PlanChanged(plan)))
    await fleet.start()
    try:
        await asyncio.wait_for(runner.ready(), 10)
        for agent in agents:
            await runner.submit(SetIntent(agent.id, Intent.READY, "", Author.SYSTEM))
        print("ready", flush=True)
        while line := await lines.readline():
            if line.strip() == b"browsers":
                browsers.connected = True
                for agent in agents:
                    await runner.submit(BrowserConnected(agent.id, "bench"))
                    await runner.submit(SetIntent(agent.id, Intent.READY, "", Author.SYSTEM))
                print("browsers", flush=True)
    finally:
        await fleet.stop()
        await runner.stop()
        await running


async def _main() -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    setup = json.loads(await lines.readline())
    with tempfile.TemporaryDirectory(prefix="cc-ring-") as data:
        await _serve(setup, lines, Path(data))


if __name__ == "__main__":
    asyncio.run(_main())
