"""What the holder of the router's lease runs: the core, its runner, and the links to Asterisk.

One ``serve_term`` is one term. It begins by taking up what the history knows, and ends when the lease is
lost or handed back; nothing of it outlives the term.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from callcenter.calls.restored import Restored
from callcenter.clock import Clock
from callcenter.dispatch.core import Core
from callcenter.dispatch.inputs import CallbacksKept, PlanChanged
from callcenter.dispatch.options import CoreOptions
from callcenter.dispatch.ports import Claims, Directory, Ledger
from callcenter.dispatch.runner import Runner, RunnerState
from callcenter.live.ports import Lease, Site
from callcenter.telephony.ami import AmiFleet, AmiLink, AmiMetrics, LinkOptions, LinkState
from callcenter.telephony.commands import TelephonyCommand
from routing.ids import ServerId

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RouterParts:
    """What every term of this process is made from."""

    site: Site
    directory: Directory
    ledger: Ledger
    clock: Clock
    core: CoreOptions
    links: tuple[LinkOptions, ...]
    claims: Claims | None = None


class TermMetrics(Collector):
    """Shows the metrics of the current term; each term counts from zero, as after a restart."""

    def __init__(self) -> None:
        self._registry: CollectorRegistry | None = None

    def begin(self) -> CollectorRegistry:
        self._registry = CollectorRegistry()
        return self._registry

    def end(self) -> None:
        self._registry = None

    def collect(self) -> Iterable[Metric]:
        return () if self._registry is None else self._registry.collect()


class Router:
    """Routes while this node holds the lease. One ``serve_term`` at a time."""

    def __init__(self, parts: RouterParts, metrics: TermMetrics) -> None:
        self._parts = parts
        self._metrics = metrics
        self._runner: Runner | None = None
        self._fleet: AmiFleet | None = None

    @property
    def state(self) -> RunnerState | None:
        """``None`` while another node routes."""
        return None if self._runner is None else self._runner.state

    def links(self) -> dict[ServerId, LinkState]:
        """Where each link to Asterisk is; empty while another node routes."""
        return {} if self._fleet is None else dict(self._fleet.states())

    def plan_changed(self, plan: PlanChanged) -> None:
        if self._runner is not None:
            self._runner.post(plan)

    def callbacks_kept(self, kept: CallbacksKept) -> None:
        if self._runner is not None:
            self._runner.post(kept)

    async def serve_term(
        self, lease: Lease, plan: PlanChanged, restored: Restored, *, until: asyncio.Event
    ) -> None:
        """Route until the lease is lost, ``until`` is set, or the runner crashes (which raises). The caller
        releases the lease.

        A process that was frozen may wake past its lease with a ring due: each link asks ``lease.held``
        before it writes, so that not even the first turn of the loop reaches a caller who is another
        node's by then."""
        parts, registry = self._parts, self._metrics.begin()
        runner = self._runner = Runner(
            Core(parts.core),
            telephony=self,
            directory=parts.directory,
            ledger=parts.ledger,
            publish=lambda updates: parts.site.publish(lease, updates),
            clock=parts.clock,
            term=lease.term,
            registry=registry,
            claims=parts.claims,
        )
        metrics = AmiMetrics(registry)
        fleet = self._fleet = AmiFleet(
            [
                AmiLink(options, runner.post, parts.clock, metrics, permitted=lambda: lease.held)
                for options in parts.links
            ]
        )
        log.info("router.term_begins", term=lease.term, node=parts.site.node)
        running = asyncio.create_task(runner.run(plan, restored), name="runner")
        lost = asyncio.create_task(lease.lost(), name="lease lost")
        asked = asyncio.create_task(until.wait(), name="router asked to stop")
        try:
            parts.site.publish(lease, ())
            parts.site.serve(lease, runner.submit)
            await fleet.start()
            await asyncio.wait((running, lost, asked), return_when=asyncio.FIRST_COMPLETED)
            if lost.done():
                # Another node may route already: not one more byte to Asterisk.
                fleet.cut("lease lost")
                log.error("router.lease_lost", term=lease.term, reason=lost.result())
            await fleet.stop()
            await runner.stop(drain=not lost.done())
            await running
        finally:
            fleet.cut("term over")
            for task in (running, lost, asked):
                task.cancel()
            await asyncio.gather(running, lost, asked, return_exceptions=True)
            await fleet.stop()
            self._runner = self._fleet = None
            self._metrics.end()
            log.info("router.term_ends", term=lease.term)

    def send(self, command: TelephonyCommand) -> None:
        """The ``Telephony`` port of the term's runner, which is made before the fleet that posts to it."""
        if self._fleet is not None:
            self._fleet.send(command)
