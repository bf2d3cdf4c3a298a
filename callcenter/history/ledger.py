"""The ledger's way in: facts go to the journal at once, and to the database soon after."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from callcenter.calls.ledger import LedgerEntry
from callcenter.history.documents import write_document
from callcenter.history.journal import Journal

log = structlog.get_logger(__name__)


class JournalLedger:
    """The ``Ledger`` port of ``dispatch``. ``wake`` tells the writer that there is something to do."""

    def __init__(self, journal: Journal, wake: Callable[[], None]) -> None:
        self._journal = journal
        self._wake = wake
        self.unwritable = 0
        """Facts that could not be made into JSON, a mistake of ours; they are logged and left out."""

    def append(self, entries: Sequence[LedgerEntry]) -> None:
        """Keep entries for good, in order. Costs a write to the kernel's cache, some microseconds; never
        raises and never waits for the database."""
        if not entries:
            return
        documents: list[bytes] = []
        for entry in entries:
            try:
                documents.append(write_document(entry))
            except Exception as error:
                self.unwritable += 1
                log.error("ledger.fact_unwritable", type=type(entry.fact).__name__, exc_info=error)
        self._journal.append(documents)
        self._wake()
