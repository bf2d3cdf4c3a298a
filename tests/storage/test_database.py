"""The two databases behind one class: URLs, transactions, and what happens when one is away."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from callcenter.errors import ConfigError
from callcenter.storage import Database, DatabaseUnavailableError, Dialect, migrate
from callcenter.storage.counters import advance, value_of
from callcenter.storage.database import parse_url
from tests.support.databases import PostgresServer


@pytest.mark.parametrize(
    ("url", "driver", "dialect"),
    [
        ("sqlite:///data.sqlite3", "sqlite+aiosqlite", Dialect.SQLITE),
        ("sqlite+aiosqlite:////var/lib/data.sqlite3", "sqlite+aiosqlite", Dialect.SQLITE),
        ("postgresql://u:p@host/db", "postgresql+asyncpg", Dialect.POSTGRESQL),
        ("postgres://u:p@host:5433/db", "postgresql+asyncpg", Dialect.POSTGRESQL),
        ("postgresql+asyncpg://host/db", "postgresql+asyncpg", Dialect.POSTGRESQL),
        ("postgresql+psycopg://host/db", "postgresql+asyncpg", Dialect.POSTGRESQL),
    ],
)
def test_urls_in_all_their_forms(url: str, driver: str, dialect: Dialect) -> None:
    parsed, found = parse_url(url)
    assert (parsed.drivername, found) == (driver, dialect)


def test_libpqs_name_for_tls_is_translated() -> None:
    assert dict(parse_url("postgresql://host/db?sslmode=require")[0].query) == {"ssl": "require"}


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://host/db", "sqlite://", "sqlite:///:memory:", "://"])
def test_a_url_that_can_not_be_used_is_explained(url: str) -> None:
    with pytest.raises(ConfigError) as problem:
        parse_url(url)
    assert problem.value.place == "CALLCENTER_DATABASE_URL"
    assert "sqlite:///" in problem.value.remedy


def test_a_password_is_never_shown() -> None:
    assert "secret" not in repr(Database("postgresql://u:secret@host/db"))


async def test_what_raises_is_rolled_back(database: Database) -> None:
    with pytest.raises(RuntimeError):  # noqa: PT012 (the block is what is tested)
        async with database.write() as connection:
            await advance(connection, "x")
            raise RuntimeError
    async with database.read() as connection:
        assert await value_of(connection, "x") == 0


async def test_no_update_is_lost_even_by_reading_first(database: Database) -> None:
    """The classic read-modify-write; PostgreSQL needs the row's lock for it, SQLite the early BEGIN."""
    async with database.write() as connection:
        await advance(connection, "x")
    locking = " FOR UPDATE" if database.dialect is Dialect.POSTGRESQL else ""

    async def add_one() -> None:
        async with database.write() as connection:
            query = text(f"SELECT value FROM counters WHERE name = 'x'{locking}")
            value = await connection.scalar(query)
            await connection.execute(
                text("UPDATE counters SET value = :value WHERE name = 'x'"), {"value": value + 1}
            )

    await asyncio.gather(*(add_one() for _ in range(40)))
    async with database.read() as connection:
        assert await value_of(connection, "x") == 41


async def test_counters_only_grow(database: Database) -> None:
    async def grow(above: int) -> int:
        async with database.write() as connection:
            return await advance(connection, "n", above=above)

    assert [await grow(0), await grow(0), await grow(10), await grow(3), await grow(12)] == [1, 2, 11, 12, 13]


async def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    async with database.write() as writing:
        await advance(writing, "x")
        async with asyncio.timeout(5), database.read() as reading:
            assert await value_of(reading, "x") == 0


async def test_references_are_held(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await connection.execute(text("INSERT INTO agents (login, station) VALUES ('nobody', 'a1')"))


async def test_a_statement_that_is_wrong_is_not_taken_for_an_absence(database: Database) -> None:
    if database.dialect is Dialect.SQLITE:
        pytest.skip("SQLite tells both in one way")
    with pytest.raises(Exception, match="does not exist") as problem:
        async with database.read() as connection:
            await connection.execute(text("SELECT * FROM no_such_table"))
    assert not isinstance(problem.value, DatabaseUnavailableError)


async def test_a_restarted_server_costs_nobody_an_error(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    database = Database(postgres_url)
    try:
        await database.check()
        postgres_server.stop()
        try:
            with pytest.raises(DatabaseUnavailableError):
                await database.check()
        finally:
            postgres_server.start()
        await asyncio.gather(*(database.check() for _ in range(20)))
    finally:
        await database.close()


async def test_a_server_that_stops_in_the_middle_is_an_absence(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    database = Database(postgres_url)
    try:
        with pytest.raises(DatabaseUnavailableError):  # noqa: PT012 (the block is what is tested)
            async with database.write() as connection:
                await advance(connection, "x")
                postgres_server.stop()
                await advance(connection, "x")
    finally:
        postgres_server.start()
        await database.close()


async def test_a_wrong_database_name_is_an_absence_that_says_why(postgres_server: PostgresServer) -> None:
    database = Database(postgres_server.url("no_such_database"))
    try:
        with pytest.raises(DatabaseUnavailableError, match="no_such_database"):
            await database.check()
    finally:
        await database.close()


async def test_a_file_that_is_no_database_is_said_so(tmp_path: object) -> None:
    path = f"{tmp_path}/garbage.sqlite3"
    with open(path, "wb") as file:
        file.write(b"this is not a database, it is a letter to one" * 100)
    database = Database(f"sqlite:///{path}")
    try:
        with pytest.raises(DatabaseUnavailableError, match="not a database"):
            await database.check()
    finally:
        await database.close()


async def test_a_new_sqlite_file_is_made_with_its_folder_and_for_us_only(tmp_path: Path) -> None:
    file = tmp_path / "var" / "callcenter.sqlite3"
    database = Database(f"sqlite:///{file}")
    try:
        await migrate(database)
    finally:
        await database.close()
    assert file.stat().st_mode & 0o777 == 0o600


async def test_an_error_tells_no_values(database: Database) -> None:
    async with database.write() as connection:
        broken = text("INSERT INTO clients (name) VALUES (:name)")
        with pytest.raises(IntegrityError) as caught:
            await connection.execute(broken, {"name": "Иван Секретов"})
    # PostgreSQL repeats the row after DETAIL, which the log cuts off (tests/settings/test_logs.py).
    assert "Секретов" not in str(caught.value).split("DETAIL")[0]
