"""Databases that live as long as a module's server does."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.integration.house import House
from tests.support.databases import PostgresServer

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def house_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Journals and logs of the module's servers."""
    return tmp_path_factory.mktemp("house")


@pytest.fixture(scope="module")
def house_sqlite(sqlite_template: Path, house_folder: Path) -> str:
    path = house_folder / "callcenter.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def house_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    name = f"house_{os.getpid()}_{next(_numbers)}"
    yield postgres_server.migrated(name)
    postgres_server.drop(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the end of the server's log under the failure of a test that used one."""
    report = yield
    house = getattr(item, "funcargs", {}).get("house")
    if report.failed and isinstance(house, House):
        report.sections.append(("server", house.server.log_tail()))
    return report
