"""Messages that callers left: from the fact to a task for the queue, in the ledger's own transaction, so each
becomes one task and none is lost."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.calls.facts import MessageLeft
from callcenter.calls.ledger import LedgerEntry
from callcenter.crm.models import ClientRow, TaskRow
from callcenter.storage.counters import upsert

_TITLES = {"ru": "Голосовое сообщение", "en": "Voice message"}


class MessageProjection:
    """A further projection of the ledger (see ``history.store``). ``language`` is the site's: the titles of
    tasks are texts, which people may change."""

    def __init__(self, language: str) -> None:
        self._title = _TITLES.get(language, _TITLES["en"])

    async def apply(self, connection: AsyncConnection, entries: Sequence[LedgerEntry]) -> None:
        """Take in facts that the ledger did not have yet, in the transaction that writes them."""
        for entry in entries:
            fact = entry.fact
            if isinstance(fact, MessageLeft):
                await self._left(connection, fact)

    async def _left(self, connection: AsyncConnection, fact: MessageLeft) -> None:
        # The client may have been deleted since; his message is still somebody's.
        wanted = select(ClientRow.id).where(ClientRow.id == fact.client)
        known = fact.client is not None and await connection.scalar(wanted) is not None
        statement = upsert(connection, TaskRow).values(
            client_id=fact.client if known else None,
            title=f"{self._title}: {fact.number}" if fact.number else self._title,
            assignee="",
            due_at=fact.at,
            done_at=None,
            queue=fact.queue,
            number=fact.number,
            call=fact.call,
            recording=fact.recording,
            seconds=fact.seconds,
            created_at=fact.at,
            created_by="",
        )
        await connection.execute(statement.on_conflict_do_nothing(index_elements=[TaskRow.recording]))
