"""The demo as its visitor sees it: he signs in, is offered a caller with his card, and talks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from callcenter.demo.run import PASSWORD
from tests.support.browser import Desk
from tests.support.ports import free_tcp_port

pytestmark = pytest.mark.browser

SECONDS = 90


@pytest.fixture
def demo(console: None, tmp_path: Path) -> Iterator[str]:
    """Its address, once it says so."""
    port = free_tcp_port()
    command = [sys.executable, "-m", "callcenter.cli.main", "demo", "--seconds", str(SECONDS)]
    with subprocess.Popen(
        [*command, "--port", str(port)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as running:
        assert running.stdout is not None
        try:
            for line in running.stdout:
                if PASSWORD in line:
                    break
            yield f"http://localhost:{port}"
        finally:
            running.terminate()
            running.stdout.read()


async def test_the_visitor_is_offered_a_caller_with_his_card_and_talks(demo: str, browser: Browser) -> None:
    desk = await Desk.open(browser, demo)
    desk.context.set_default_timeout(60_000)
    await desk.sign_in("anna", PASSWORD)
    assert await desk.page.get_by_test_id("phone-state").count() == 0
    await desk.page.keyboard.press("r")
    await desk.page.get_by_test_id("offer-panel").wait_for()
    await expect(desk.page.get_by_test_id("card-name")).not_to_be_empty()
    await desk.page.get_by_test_id("talk-panel").wait_for()
    assert desk.complaints == []
    await desk.close()
