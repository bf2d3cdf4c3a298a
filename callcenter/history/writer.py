"""Brings facts from the journal into the database, in order, in batches, and never drops one.

While the database is away the journal grows and calls go on; the writer says so once, tries again with
growing pauses, and says once when it has caught up. A fact that the database refuses by itself (a value
it can't hold) is written without what it adds up to, or, when even that is refused, set aside in
``refused.jsonl`` beside the journal; the others go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.exc import ProgrammingError

from callcenter.clock import Clock
from callcenter.errors import PeerError
from callcenter.history.documents import Document, read_document
from callcenter.history.journal import Journal
from callcenter.history.store import FactStore
from callcenter.storage.errors import DatabaseUnavailableError

log = structlog.get_logger(__name__)

BATCH = 128
_SLICE = 64  # records read between two looks at the loop: some hundred microseconds
_LINGER = 0.2
"""Seconds in which facts gather before a transaction is made of them. A transaction costs much the same for a
few facts as for many, and the one for a call's arrival would run while its card is to be painted."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


@dataclass(frozen=True, slots=True)
class WriterStatus:
    """For ``/metrics`` and ``/readyz``. ``backlog`` counts facts the database does not have yet, ``held``
    those of them that the disk did not take; ``lag`` is the age in seconds of the oldest fact waiting.
    ``refused``, ``damaged`` and ``lost`` count facts set aside, damaged journal lines, and facts that no
    place was left for. ``away_since`` is when the database was first missed, ``None`` while it
    answers."""

    backlog: int
    held: int
    lag: float
    written: int
    refused: int
    damaged: int
    lost: int
    away_since: float | None


class LedgerWriter:
    """Run ``run`` as a task, and ``wake`` it when there is something new."""

    def __init__(
        self, journal: Journal, store: FactStore, clock: Clock, refused: Path, *, batch: int = BATCH
    ) -> None:
        self._journal = journal
        self._store = store
        self._clock = clock
        self._refused_file = refused
        self._batch = batch
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._oldest: float | None = None
        self._away_since: float | None = None
        self._written = 0
        self._refused = 0

    def wake(self) -> None:
        if self._oldest is None:
            self._oldest = self._clock.now()
        self._wake.set()

    def status(self) -> WriterStatus:
        backlog = self._journal.backlog
        waiting = self._oldest is not None and backlog > 0
        return WriterStatus(
            backlog=backlog,
            held=self._journal.held,
            lag=max(0.0, self._clock.now() - self._oldest) if waiting and self._oldest is not None else 0.0,
            written=self._written,
            refused=self._refused,
            damaged=self._journal.damaged,
            lost=self._journal.refused,
            away_since=self._away_since,
        )

    async def run(self) -> None:
        """Write as facts come, until cancelled."""
        if self._journal.backlog:
            self.wake()
        while True:
            await self._wake.wait()
            await asyncio.sleep(_LINGER)
            self._wake.clear()
            await self._catch_up()

    async def drain(self, timeout: float) -> bool:
        """Write all there is now. False when that did not succeed within ``timeout`` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._catch_up()
        except TimeoutError:
            return False
        return True

    async def _catch_up(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                async with self._turn:
                    if not await self._step():
                        self._came_back()
                        self._oldest = None
                        return
                self._came_back()
                pause = _FIRST_PAUSE
            except (DatabaseUnavailableError, ProgrammingError, OSError) as error:
                # ProgrammingError: the database is there but not of our schema (yet).
                await self._went_away(error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _step(self) -> bool:
        """Write one batch; false when there is nothing left."""
        if self._journal.held:
            self._journal.flush_held()
        batch = self._journal.read(self._batch)
        if not batch.documents and batch.end == self._journal.checkpoint:
            return False
        documents: list[Document] = []
        for start in range(0, len(batch.documents), _SLICE):
            for data in batch.documents[start : start + _SLICE]:
                try:
                    documents.append(read_document(data))
                except PeerError as error:
                    self._set_aside(data, error)
            await asyncio.sleep(0)  # let calls go on
        await self._write(documents)
        self._journal.done(batch)
        return True

    async def _write(self, documents: Sequence[Document]) -> None:
        """Write them in order; one that can't be written alone does not keep back the others."""
        if not documents:
            return
        try:
            self._written += await self._store.write(documents)
        except (DatabaseUnavailableError, ProgrammingError, OSError):
            raise
        except Exception as error:
            if len(documents) > 1:
                middle = len(documents) // 2
                await self._write(documents[:middle])
                await self._write(documents[middle:])
            else:
                await self._write_alone(documents[0], error)

    async def _write_alone(self, document: Document, reason: Exception) -> None:
        log.error("ledger.fact_not_projected", term=document.term, number=document.number, exc_info=reason)
        try:
            await self._store.write_raw(document)
            self._written += 1
        except (DatabaseUnavailableError, ProgrammingError, OSError):
            raise
        except Exception as error:
            self._set_aside(repr(document).encode("utf-8", "backslashreplace"), error)

    def _set_aside(self, data: bytes, reason: Exception) -> None:
        self._refused += 1
        log.error("ledger.fact_refused", kept_in=str(self._refused_file), error=type(reason).__name__)
        with self._refused_file.open("ab") as file:
            file.write(data + b"\n")

    async def _went_away(self, error: Exception) -> None:
        if self._away_since is None:
            self._away_since = self._clock.now()
            log.error("ledger.database_away", error=str(error), backlog=self._journal.backlog)
        try:
            await asyncio.to_thread(self._journal.sync)
        except OSError as problem:
            log.error("journal.sync_failed", error=problem.strerror)

    def _came_back(self) -> None:
        if self._away_since is not None:
            seconds = self._clock.now() - self._away_since
            self._away_since = None
            log.warning("ledger.database_back", seconds=round(seconds, 1), backlog=self._journal.backlog)
