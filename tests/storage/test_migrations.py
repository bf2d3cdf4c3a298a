"""Migrations: they give what the models say, on both databases, once, whoever starts first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from callcenter.errors import ConfigError
from callcenter.storage import Database, DatabaseUnavailableError, current, head, migrate, schema
from callcenter.storage.catalogue import all_tables


def _difference(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, all_tables()))


async def test_migrations_and_models_agree(database: Database) -> None:
    async with database.read() as connection:
        assert await connection.run_sync(_difference) == []


async def test_an_empty_database_is_brought_to_the_head_and_then_left_alone(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    try:
        assert await current(database) is None
        first = await migrate(database)
        assert (first.before, first.after) == (None, head())
        assert await current(database) == head()
        second = await migrate(database)
        assert (second.before, second.after) == (head(), head())
    finally:
        await database.close()


async def test_nodes_that_start_at_once_take_turns(empty_database_url: str) -> None:
    nodes = [Database(empty_database_url) for _ in range(8)]
    try:
        results = await asyncio.gather(*(migrate(node) for node in nodes))
        assert sorted(result.before or "" for result in results) == ["", *[head()] * 7]
    finally:
        await asyncio.gather(*(node.close() for node in nodes))


async def test_a_newer_database_is_refused_in_words(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="revision 9999, which this version does not know"):
        await migrate(database)


async def test_a_failed_migration_changes_nothing(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = schema._upgrade

    def broken(connection: Connection) -> None:
        upgrade(connection)
        raise RuntimeError("the disk caught fire")

    monkeypatch.setattr(schema, "_upgrade", broken)
    database = Database(empty_database_url)
    try:
        with pytest.raises(RuntimeError, match="caught fire"):
            await migrate(database)
        assert await current(database) is None
        monkeypatch.undo()
        assert (await migrate(database)).before is None
    finally:
        await database.close()


async def test_a_database_that_is_away_is_said_so() -> None:
    database = Database("postgresql://nobody@127.0.0.1:9/none")
    try:
        with pytest.raises(DatabaseUnavailableError, match="can't be reached"):
            await migrate(database)
    finally:
        await database.close()
