"""Two operators in one Chromium, one server and its database, for all tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.integration.house import House, no_calls_left
from tests.integration.softphone.operators import Softphones, softphone_house, softphones
from tests.support.asterisk import AsteriskServer
from tests.support.browser import VOICE_FLAGS, chromium


@pytest.fixture(scope="package")
def house(
    asterisk: AsteriskServer, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("softphones")
    path = folder / "callcenter.sqlite3"
    shutil.copy(sqlite_template, path)
    opened = softphone_house(asterisk, folder, f"sqlite:///{path}")
    try:
        yield opened
    finally:
        opened.close()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def pair(house: House, console: None) -> AsyncIterator[Softphones]:
    async with chromium(*VOICE_FLAGS) as browser, softphones(house, browser) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="package")
async def phones(pair: Softphones) -> AsyncIterator[Softphones]:
    """The two operators, with no call before the test and none after it."""
    pair.anna.complaints.clear()
    pair.boris.complaints.clear()
    yield pair
    await no_calls_left(pair.house.asterisk)
    assert pair.outside.unseen_calls == 0
    assert pair.anna.complaints == pair.boris.complaints == []
