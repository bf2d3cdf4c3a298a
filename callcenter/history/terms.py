"""Terms for the router's lease when no Redis hands them out."""

from __future__ import annotations

from sqlalchemy import func, select

from callcenter.history.models import LedgerRow
from callcenter.storage.counters import advance
from callcenter.storage.database import Database


async def next_term(database: Database, *, above: int = 0) -> int:
    """A term larger than every one handed out here, than every one in the ledger, and than ``above``; atomic
    among processes. Raises ``DatabaseUnavailableError``."""
    async with database.write() as connection:
        used = await connection.scalar(select(func.max(LedgerRow.term)))
        return await advance(connection, "term", above=max(above, used or 0))
