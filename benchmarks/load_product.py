"""The product of the load benchmark, in a process of its own: the AMI link, the core and the journal, put
together as the server does it.

Standard input holds one line of JSON (how to reach the PBX, the stations), then orders, one a line, each
answered by one line of JSON with what was measured since the last. Ends when standard input does. The
manager's secret is never on a command line.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry

from callcenter.calls.callers import CallerFound
from callcenter.calls.requests import SetIntent
from callcenter.calls.states import Author, Intent
from callcenter.calls.views import EntityUpdate
from callcenter.clock import SystemClock
from callcenter.dispatch.core import Core
from callcenter.dispatch.inputs import PlanChanged
from callcenter.dispatch.runner import Runner
from callcenter.history.journal import Journal
from callcenter.history.ledger import JournalLedger
from callcenter.telephony.ami import AmiFleet, AmiLink, AmiMetrics, LinkOptions
from routing.acd.model import Agent, Queue, RoutingPlan
from routing.ids import AgentId, ClientId, QueueId, ServerId, StationId

_LOOK_SECONDS = 0.05


class _Directory:
    """Knows nobody, at once: a look-up's time is the database's, which has a benchmark of its own."""

    async def look_up(self, number: str) -> CallerFound:
        return CallerFound(None, 0, b"{}")

    async def identify(self, typed: str, number: str) -> CallerFound:
        return await self.look_up(typed)

    async def card_of(self, client: ClientId, number: str) -> CallerFound:
        return CallerFound(client, 1, b"{}")


class _Picture:
    """Counts what browsers would be sent."""

    def __init__(self) -> None:
        self.updates = 0

    def publish(self, updates: Sequence[EntityUpdate]) -> None:
        self.updates += len(updates)


def plan(stations: Sequence[str], number: str) -> RoutingPlan:
    """One queue with every agent, and one that nobody serves, for callers who are to wait."""
    served, unserved = QueueId("load"), QueueId("parked")
    agents = tuple(
        Agent(AgentId(f"agent-{station}"), station, StationId(station), (served,)) for station in stations
    )
    queues = (
        Queue(served, "Load", (number,), wrap_up_seconds=0),
        Queue(unserved, "Parked", ("00" + number,), wrap_up_seconds=0),
    )
    return RoutingPlan(queues, agents, served)


class _Gauges:
    """Reads the runner's own metrics, and how far it is behind."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        # Asking the whole registry, twenty times a second, would be measured with the rest.
        self._depths = registry.restricted_registry(["callcenter_inbox_depth", "callcenter_ami_inbox_depth"])
        self._handled = (0.0, 0.0)
        self._cpu = time.process_time()
        self._wall = time.monotonic()
        self.deepest = 0.0

    def depth(self) -> float:
        """Inputs and frames that wait."""
        return sum(sample.value for metric in self._depths.collect() for sample in metric.samples)

    def measure(self) -> dict[str, float]:
        """Since the last time."""
        value = self._registry.get_sample_value
        seconds = value("callcenter_core_handle_seconds_sum") or 0.0
        inputs = value("callcenter_core_handle_seconds_count") or 0.0
        handled, before = inputs - self._handled[1], self._handled
        wall, cpu = time.monotonic(), time.process_time()
        said = {
            "depth": self.depth(),
            "deepest": self.deepest,
            "inputs": handled,
            "core_us": 1e6 * (seconds - before[0]) / handled if handled else 0.0,
            "cpu_us": 1e6 * (cpu - self._cpu) / handled if handled else 0.0,
            "cpu": (cpu - self._cpu) / (wall - self._wall),
            "lost": (value("callcenter_inbox_dropped_total", {"server": "main"}) or 0.0)
            + (value("callcenter_ami_lost_frames_total", {"server": "main"}) or 0.0),
            "quarantined": value("callcenter_quarantined_total") or 0.0,
            "calls": value("callcenter_live_calls") or 0.0,
            "rss_kib": _rss_kib(),
            "traced_kib": tracemalloc.get_traced_memory()[0] / 1024,
        }
        self._handled, self._cpu, self._wall, self.deepest = (seconds, inputs), cpu, wall, 0.0
        return said

    async def watch(self) -> None:
        while True:
            self.deepest = max(self.deepest, self.depth())
            await asyncio.sleep(_LOOK_SECONDS)


def _rss_kib() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1])
    return 0.0


async def _serve(setup: dict[str, object], lines: asyncio.StreamReader, data: Path) -> None:
    stations = [str(one) for one in setup["stations"]]  # type: ignore[attr-defined]
    if setup.get("trace"):
        tracemalloc.start(1)
    clock, registry, picture = SystemClock(), CollectorRegistry(), _Picture()
    runner: Runner | None = None
    options = LinkOptions(
        ServerId("main"), "127.0.0.1", "load", str(setup["secret"]), port=int(str(setup["port"]))
    )
    link = AmiLink(options, lambda event: runner.post(event) if runner else None, clock, AmiMetrics(registry))
    fleet = AmiFleet([link])
    runner = Runner(
        Core(),
        telephony=fleet,
        directory=_Directory(),
        ledger=JournalLedger(Journal(data / "journal"), lambda: None),
        publish=picture.publish,
        clock=clock,
        term=1,
        registry=registry,
    )
    running = asyncio.create_task(runner.run(PlanChanged(plan(stations, str(setup["number"])))))
    gauges = _Gauges(registry)
    watching = asyncio.create_task(gauges.watch())
    await fleet.start()
    try:
        await asyncio.wait_for(runner.ready(), 20)
        for station in stations:
            await runner.submit(SetIntent(AgentId(f"agent-{station}"), Intent.READY, "", Author.SYSTEM))
        print(json.dumps(gauges.measure()), flush=True)
        while line := await lines.readline():
            if line.strip() == b"collect":
                gc.collect()
            print(json.dumps(gauges.measure()), flush=True)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await fleet.stop()
        await runner.stop()
        await running


async def _main() -> None:
    # Standard output is for the answers.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    setup = json.loads(await lines.readline())
    with tempfile.TemporaryDirectory(prefix="cc-load-") as data:
        await _serve(setup, lines, Path(data))


if __name__ == "__main__":
    asyncio.run(_main())
