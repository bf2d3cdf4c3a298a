"""Whether this process can do its work: the checks behind ``/readyz``, and the history's gauges."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Gauge

from callcenter.dispatch.runner import RunnerState
from callcenter.history.writer import WriterStatus
from callcenter.live.local import LocalSite
from callcenter.live.ports import Site
from callcenter.live.redis import RedisSite
from callcenter.router import Router
from callcenter.storage import Database, DatabaseUnavailableError, current
from callcenter.telephony.ami import LinkState
from callcenter.web.ports import Ready, ReadyCheck

_SECONDS = 1.5


def history_metrics(registry: CollectorRegistry, status: Callable[[], WriterStatus]) -> None:
    """Gauges that ask the writer when Prometheus scrapes."""

    def gauge(name: str, text: str, value: Callable[[WriterStatus], float]) -> None:
        Gauge(f"callcenter_history_{name}", text, registry=registry).set_function(lambda: value(status()))

    gauge("backlog_facts", "Facts the database does not have yet", lambda now: now.backlog)
    gauge("held_facts", "Facts in memory alone, since the disk is full", lambda now: now.held)
    gauge("lag_seconds", "Age of the oldest fact that waits for the database", lambda now: now.lag)
    gauge("written_facts", "Facts written by this process", lambda now: now.written)
    gauge("refused_facts", "Facts the database refused, set aside in a file", lambda now: now.refused)
    gauge("damaged_lines", "Journal lines passed over as damaged", lambda now: now.damaged)
    gauge("lost_facts", "Facts lost, since disk and memory were full", lambda now: now.lost)


class HealthChecks:
    """The checks of one process. Each answers within two seconds."""

    def __init__(
        self, database: Database, site: Site, history: Callable[[], WriterStatus], router: Router | None
    ) -> None:
        self._database = database
        self._site = site
        self._history = history
        self._router = router

    def all(self) -> Mapping[str, ReadyCheck]:
        return {
            "database": self._check_database,
            "history": self._check_history,
            "live": self._check_live,
            "telephony": self._check_telephony,
        }

    async def _check_database(self) -> Ready:
        try:
            async with asyncio.timeout(_SECONDS):
                await current(self._database)
        except (DatabaseUnavailableError, TimeoutError):
            return Ready(False, "away; calls go on, and facts wait on disk")
        return Ready(True, "")

    async def _check_history(self) -> Ready:
        status = self._history()
        if status.held or status.lost:
            return Ready(False, f"the disk is full: {status.held} facts in memory, {status.lost} lost")
        return Ready(True, f"{status.backlog} facts wait" if status.away_since is not None else "")

    async def _check_live(self) -> Ready:
        if isinstance(self._site, RedisSite) and not self._site.reachable:
            return Ready(False, "Redis is away; browsers see the last picture")
        return Ready(True, "")

    async def _check_telephony(self) -> Ready:
        """Of several nodes, one that does not route is ready without links of its own."""
        if self._router is None or self._router.state is None:
            if isinstance(self._site, LocalSite):
                return Ready(False, "routing has not begun; the log says why")
            return Ready(True, "another node routes, or soon will")
        down = [server for server, link in self._router.links().items() if link is not LinkState.SERVING]
        if self._router.state is not RunnerState.SERVING or down:
            return Ready(False, f"no link to {', '.join(down)}" if down else str(self._router.state))
        return Ready(True, "this node routes")
