"""Bringing a database to the schema of this version.

All of it happens in one transaction, DDL included, on both databases; two nodes that start at once take
turns (an advisory lock on PostgreSQL, the write lock on SQLite), and the second finds nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from callcenter.errors import ConfigError
from callcenter.storage.database import Database, Dialect

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x63635F6D  # any number that nobody else on this database uses


@dataclass(frozen=True, slots=True)
class Migrated:
    """Revisions before and after; equal when there was nothing to do."""

    before: str | None
    after: str


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's settings; there is no ini file. With ``connection``, commands use it and leave its
    transaction to the caller."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The revision that this version needs."""
    found = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if found is None:
        raise RuntimeError(f"no migrations in {MIGRATIONS}")
    return found


async def current(database: Database) -> str | None:
    """The revision that the database has, ``None`` when it is empty. Raises ``DatabaseUnavailableError``."""
    async with database.read() as connection:
        return await connection.run_sync(_revision)


async def migrate(database: Database) -> Migrated:
    """Bring the database to ``head()``.

    Raises ``DatabaseUnavailableError``, and ``ConfigError`` when the database is of a newer version than
    this program.
    """
    async with database.schema_change() as connection:
        if database.dialect is Dialect.POSTGRESQL:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        before = await connection.run_sync(_revision)
        if before is not None and before not in _known():
            raise ConfigError(
                "CALLCENTER_DATABASE_URL",
                f"the database has revision {before}, which this version does not know",
                "Start the newer version that migrated it, or restore the backup made before that",
            )
        await connection.run_sync(_upgrade)
        if database.dialect is Dialect.SQLITE:
            broken = (await connection.execute(text("PRAGMA foreign_key_check"))).fetchall()
            if broken:
                raise RuntimeError(f"the migration broke {len(broken)} references; nothing was changed")
        return Migrated(before, head())


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection, *_: Any) -> None:
    command.upgrade(alembic_config(connection), "head")
