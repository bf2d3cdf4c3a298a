"""One process's history: journal, ledger and writer put together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import structlog

from callcenter.clock import Clock
from callcenter.history.journal import Journal
from callcenter.history.ledger import JournalLedger
from callcenter.history.store import FactStore, Projection
from callcenter.history.writer import LedgerWriter, WriterStatus
from callcenter.storage.database import Database
from callcenter.tasks import TaskGroup

log = structlog.get_logger(__name__)


class HistoryRecorder:
    """``ledger`` takes facts from the moment this exists; ``start`` begins to write them to the database;
    ``stop`` writes what it can and keeps the rest for the next start.

    ``directory`` is this process's own; two server processes never share one. Raises ``ConfigError`` when
    it can't be used. ``also`` are further projections of the facts.
    """

    def __init__(
        self, database: Database, directory: Path, clock: Clock, *, also: Sequence[Projection] = ()
    ) -> None:
        self._journal = Journal(directory)
        self._writer = LedgerWriter(
            self._journal, FactStore(database, also=also), clock, directory / "refused.jsonl"
        )
        self._tasks = TaskGroup()
        self.ledger = JournalLedger(self._journal, self._writer.wake)

    def start(self) -> None:
        if self._journal.backlog:
            log.info("ledger.left_from_before", facts=self._journal.backlog)
        self._tasks.keep("history.writer", self._writer.run)

    async def drain(self, timeout: float) -> bool:
        """Write all there is. False when the database did not take it within ``timeout`` seconds; the facts
        then stay in the journal."""
        return await self._writer.drain(timeout)

    def status(self) -> WriterStatus:
        return self._writer.status()

    async def stop(self, timeout: float = 5.0) -> None:
        """Nothing may be appended after this."""
        await self._tasks.close()
        if not await self._writer.drain(timeout):
            log.warning("ledger.left_for_later", facts=self._journal.backlog)
        self._journal.close()
