"""Migrations: they give what the models say, on both databases, once, whoever starts first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from callcenter.errors import ConfigError
from callcenter.people.plan import PlanStore
from callcenter.storage import Database, DatabaseUnavailableError, current, head, migrate, schema
from callcenter.storage.catalogue import all_tables
from routing.acd.model import Agent, Queue, SkillLevel
from routing.ids import AgentId, QueueId, SkillId, StationId


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


async def test_a_site_of_the_first_schema_keeps_its_plan(empty_database_url: str) -> None:
    """Queues and agents of 0001 get the settings of 0002 with their defaults, and nothing is lost."""
    database = Database(empty_database_url)
    try:
        async with database.schema_change() as connection:
            await connection.run_sync(lambda sync: command.upgrade(schema.alembic_config(sync), "0001"))
        async with database.write() as connection:
            for statement in _FIRST_SITE:
                await connection.execute(text(statement))
        assert (await migrate(database)).before == "0001"
        plan = await PlanStore(database).load()
        assert plan.queues == (
            Queue(
                QueueId("sales"), "Sales", ("100",), (SkillLevel(SkillId("english"), 3),), wrap_up_seconds=40
            ),
        )
        assert plan.agents == (
            Agent(AgentId("anna"), "Anna", StationId("a1"), (QueueId("sales"),), plan.queues[0].required),
        )
        async with database.write() as connection:  # unique rules outlive the rebuilding of tables
            with pytest.raises(IntegrityError):
                await connection.execute(text("UPDATE agents SET team = 'none' WHERE login = 'anna'"))
    finally:
        await database.close()


_FIRST_SITE = (
    "INSERT INTO skills (id, ru, en) VALUES ('english', 'e', 'e')",
    (
        "INSERT INTO queues (id, name, position, priority, ring_seconds, wrap_up_seconds,"
        " service_level_seconds, short_abandon_seconds, takes_unknown)"
        " VALUES ('sales', 'Sales', 0, 0, 20, 40, 20, 5, TRUE)"
    ),
    "INSERT INTO queue_numbers (number, queue) VALUES ('100', 'sales')",
    "INSERT INTO queue_skills (queue, skill, level) VALUES ('sales', 'english', 3)",
    (
        "INSERT INTO users (login, name, role, password_hash, language, active, created_at, updated_at)"
        " VALUES ('anna', 'Anna', 'operator', '', 'en', TRUE, '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
    ),
    "INSERT INTO agents (login, station) VALUES ('anna', 'a1')",
    "INSERT INTO agent_queues (agent, queue, position) VALUES ('anna', 'sales', 0)",
    "INSERT INTO agent_skills (agent, skill, level) VALUES ('anna', 'english', 3)",
)
