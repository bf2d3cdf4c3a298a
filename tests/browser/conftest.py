"""One office and one Chromium for all tests of the console; they live in the module's event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.browser.office import Office
from tests.support.browser import chromium


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(console: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with (
        chromium() as running,
        Office.opened(tmp_path_factory.mktemp("office"), running) as opened,
    ):
        yield opened
