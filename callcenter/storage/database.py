"""One database, SQLite or PostgreSQL, behind two ways in: ``read()`` and ``write()``.

SQLite: WAL, so readers never wait for the writer; every write begins with ``BEGIN IMMEDIATE``, because a
transaction that starts by reading and then writes silently loses other people's updates or fails half way.
PostgreSQL: asyncpg; reads run in autocommit, which saves the BEGIN and ROLLBACK round trips.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError as PoolTimeoutError,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from callcenter.errors import ConfigError
from callcenter.storage import folding
from callcenter.storage.errors import DatabaseUnavailableError

_BUSY_MILLISECONDS = 10_000
_CONNECT_SECONDS = 5.0
_STATEMENT_SECONDS = 30.0
_PREPARED = 500
"""Statements that a connection to PostgreSQL keeps ready: more than there are."""
_TRUSTED_SECONDS = 5.0
"""How long after its last use a connection to PostgreSQL is taken without asking it first."""
# SQLSTATE classes that mean "not now" rather than "not like this": connection, resources, shutdown, I/O.
_AWAY_CLASSES = ("08", "53", "57", "58")


class Dialect(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Database:
    """Opens nothing until first used; ``close`` it in the end.

    ``url`` is ``sqlite:///relative.sqlite3``, ``sqlite:////absolute.sqlite3`` or
    ``postgresql://user:password@host:port/name`` (a driver suffix such as ``+asyncpg`` may be there).
    ``pool_size`` bounds the connections; a caller who finds none free waits up to 10 s.
    Raises ``ConfigError`` for a URL that can't be used.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url, self.dialect = parse_url(url)
        self._pool_size = pool_size
        self._engine = self._make_engine(pooled=True)
        self._reading = self._engine
        if self.dialect is Dialect.POSTGRESQL:
            self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    def __repr__(self) -> str:
        return f"Database({self.url.render_as_string(hide_password=True)!r})"

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading; each statement sees what was committed before it.

        Raises ``DatabaseUnavailableError``."""
        async with _opened(self._reading) as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction, committed when the block ends well and rolled back when it raises. Keep it short:
        on SQLite it is the only writer.

        Raises ``DatabaseUnavailableError``."""
        async with _opened(self._engine) as connection:
            await connection.execution_options(cc_write=True)
            async with connection.begin():
                yield connection

    @asynccontextmanager
    async def schema_change(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction on a connection of its own for migrations: no statement deadline, and on
        SQLite no foreign keys, since rebuilding a table there drops it, which would delete its children."""
        if self.dialect is Dialect.SQLITE:
            _make_file(Path(self.url.database or ""))
        engine = self._make_engine(pooled=False)
        try:
            async with _opened(engine) as connection:
                await connection.execution_options(cc_write=True)
                async with connection.begin():
                    yield connection
        finally:
            await engine.dispose()

    async def check(self) -> None:
        """Raises ``DatabaseUnavailableError`` unless the database answers now."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self._engine.dispose()

    def _make_engine(self, *, pooled: bool) -> AsyncEngine:
        # Parameters hold names and numbers, and an error's text goes to the log.
        options: dict[str, Any] = {"poolclass": NullPool, "hide_parameters": True}
        if pooled:
            del options["poolclass"]
            options |= {"pool_size": self._pool_size, "max_overflow": 0, "pool_timeout": 10.0}
        if self.dialect is Dialect.SQLITE:
            engine = create_async_engine(self.url, **options)
            _prepare_sqlite(engine, foreign_keys=pooled)
            return engine
        connect: dict[str, Any] = {
            "timeout": _CONNECT_SECONDS,
            # jit costs more than our short queries take
            "server_settings": {"application_name": "callcenter", "jit": "off"},
        }
        if pooled:
            connect["command_timeout"] = _STATEMENT_SECONDS
            connect["prepared_statement_cache_size"] = _PREPARED
            # Taken in turn, each connection has to learn every statement, and a caller's look-up mostly meets
            # one that has not yet.
            options["pool_use_lifo"] = True
        engine = create_async_engine(self.url, connect_args=connect, **options)
        if pooled:
            _replace_dead(engine)
        return engine


def parse_url(url: str) -> tuple[URL, Dialect]:
    """The URL with the driver we use, and its database. Raises ``ConfigError``."""
    place, remedy = "CALLCENTER_DATABASE_URL", "Write sqlite:///path.sqlite3 or postgresql://user@host/name"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ConfigError(place, "is not a database URL", remedy) from error
    backend = parsed.drivername.partition("+")[0]
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise ConfigError(place, "SQLite in memory has no second connection, so it needs a file", remedy)
        return parsed.set(drivername="sqlite+aiosqlite"), Dialect.SQLITE
    if backend in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+asyncpg")
        sslmode = parsed.query.get("sslmode")  # libpq's name; asyncpg calls it ssl
        if isinstance(sslmode, str):
            parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": sslmode})
        return parsed, Dialect.POSTGRESQL
    raise ConfigError(place, f"{backend!r} is not supported", remedy)


def _make_file(path: Path) -> None:
    """The file and its folder, for our eyes only: clients and password hashes will be in it. Raises
    ``ConfigError``."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        problem = f"{path} can't be made: {error.strerror}"
        raise ConfigError("CALLCENTER_DATABASE_URL", problem, "Name a file that we may write") from error


def is_unavailable(error: BaseException) -> bool:
    """Whether ``error`` says that the database is away, rather than that it refused a statement."""
    if isinstance(error, PoolTimeoutError | OperationalError | InterfaceError | InternalError):
        return True
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        return error.connection_invalidated or (isinstance(state, str) and state[:2] in _AWAY_CLASSES)
    return isinstance(error, ConnectionError | TimeoutError)


@asynccontextmanager
async def _opened(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection that translates what a database that is away raises, at any point."""
    connection = engine.connect()
    try:
        await connection.start()
    except (OSError, SQLAlchemyError, sqlite3.Error, TimeoutError) as error:
        raise DatabaseUnavailableError(f"the database can't be reached: {_reason(error)}") from error
    except Exception as error:
        # asyncpg raises its own family when the server is starting, full, or refuses the password.
        if type(error).__module__.startswith("asyncpg"):
            raise DatabaseUnavailableError(f"the database can't be reached: {_reason(error)}") from error
        raise
    try:
        yield connection
    except Exception as error:
        if is_unavailable(error):
            raise DatabaseUnavailableError(f"the database gave up: {_reason(error)}") from error
        raise
    finally:
        await connection.close()


def _reason(error: BaseException) -> str:
    """One line without statement and parameters, which may hold personal data."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__


def _replace_dead(engine: AsyncEngine) -> None:
    """A restarted server then costs nobody a failed request. The pool's own ``pool_pre_ping`` begins a
    transaction, asks and rolls back each time, which takes longer than to find a caller. A server
    that ends closes its connections, which the driver knows without asking; one that vanished without a word
    is only found by asking, so whoever was not used for a while is asked."""

    def given_back(_connection: Any, record: Any) -> None:
        record.info["used_at"] = time.monotonic()

    def taken(connection: Any, record: Any, _proxy: Any) -> None:
        if connection.driver_connection.is_closed():
            raise DisconnectionError("the server closed the connection")
        used_at = record.info.get("used_at")
        if used_at is None or time.monotonic() - used_at < _TRUSTED_SECONDS:
            return
        try:
            connection.ping()
        except Exception as error:
            raise DisconnectionError("the server does not answer any more") from error

    event.listen(engine.sync_engine, "checkin", given_back)
    event.listen(engine.sync_engine, "checkout", taken)


def _prepare_sqlite(engine: AsyncEngine, *, foreign_keys: bool) -> None:
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        connection.run_async(partial(_set_up_sqlite, foreign_keys=foreign_keys))

    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get("cc_write"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine.sync_engine, "connect", connected)
    event.listen(engine.sync_engine, "begin", begun)


async def _set_up_sqlite(driver: aiosqlite.Connection, foreign_keys: bool) -> None:
    await driver.execute_fetchall(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    deadline = asyncio.get_running_loop().time() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            await driver.execute_fetchall("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:
            # The change to WAL does not wait for its lock, so nodes that open a new file at once collide.
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.02)
    # FULL: once the ledger's journal was told "committed", a power cut must not undo it.
    await driver.execute_fetchall("PRAGMA synchronous = FULL")
    await driver.execute_fetchall(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    await folding.add_to_sqlite(driver)
