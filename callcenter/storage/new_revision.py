"""For developers: ``python -m callcenter.storage.new_revision "what changes"`` writes the next migration from
the difference between the models and an empty database brought to the last revision."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from callcenter.storage.database import Database
from callcenter.storage.schema import alembic_config, migrate


async def new_revision(message: str, number: str) -> None:
    """Write ``versions/<number>_<message>.py``; read it over before committing it."""
    with tempfile.TemporaryDirectory() as directory:
        database = Database(f"sqlite:///{Path(directory) / 'draft.sqlite3'}")
        try:
            await migrate(database)
            async with database.schema_change() as connection:
                await connection.run_sync(_draft, message, number)
        finally:
            await database.close()


def _draft(connection: Connection, message: str, number: str) -> None:
    command.revision(alembic_config(connection), message=message, rev_id=number, autogenerate=True)


if __name__ == "__main__":
    asyncio.run(new_revision(sys.argv[1], sys.argv[2]))
