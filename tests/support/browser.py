"""A pytest plugin: ``browser``, the system's Chromium without a window, and the built console to look at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.support.real_parts import missing
from tests.support.server import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
VOICE_FLAGS = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""A microphone that beeps once a second, and may be used."""
SECONDS = 15.0
_NAMES = ("chromium", "chromium-browser", "google-chrome")

# When the first element of each test id that has a text of its own was presented, as wall time in ms, as the
# browser tells it (Element Timing), whatever the console says of it.
PAINTS = """
window.__paints = {};
new PerformanceObserver((list) => {
  for (const { element, renderTime } of list.getEntries()) {
    const id = element?.dataset.testid;
    if (id !== undefined) window.__paints[id] ??= performance.timeOrigin + renderTime;
  }
}).observe({ type: "element" });
new MutationObserver(() => {
  const unnamed = document.querySelectorAll("[data-testid]:not([elementtiming])");
  for (const node of unnamed) node.setAttribute("elementtiming", "test");
}).observe(document, { subtree: true, childList: true });
"""


@pytest.fixture(scope="session")
def console() -> None:
    """The console is built; now, if it was not fresh."""
    build = [sys.executable, str(ROOT / "build_hook.py")]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        missing("the built console", done.stderr.strip()[-500:])


@asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[Browser]:
    """A running Chromium without a window; it belongs to the event loop it was started in."""
    path = os.environ.get("CALLCENTER_TEST_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        missing("Chromium", "it is not installed (apt install chromium)")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        try:
            yield running
        finally:
            await running.close()


@pytest.fixture
async def browser(console: None) -> AsyncIterator[Browser]:
    """A running Chromium. One a test: it lives in the test's event loop."""
    async with chromium() as running:
        yield running


class Desk:
    """An operator's tab. ``complaints`` are the page's errors and what the console logged as one."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context = context
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                self.complaints.append(f"{said.text} {said.location.get('url', '')}")
                if said.type == "error"
                else None
            ),
        )

    @classmethod
    async def open(cls, browser: Browser, base: str, *, watch: str = PAINTS) -> Desk:
        """The sign-in page, in a browser profile of its own, in English. ``watch`` runs in it first."""
        context = await browser.new_context(locale="en-GB", viewport={"width": 1366, "height": 768})
        context.set_default_timeout(SECONDS * 1000)
        await context.add_init_script(watch)
        desk = cls(context, await context.new_page())
        await desk.page.goto(base)
        return desk

    async def sign_in(self, login: str, password: str = PASSWORD) -> None:
        await self.page.get_by_test_id("login").fill(login)
        await self.page.get_by_test_id("password").fill(password)
        await self.page.get_by_test_id("password").press("Enter")
        await self.page.get_by_test_id("agent-state").wait_for()
        self.complaints.clear()  # asking who one is before signing in is answered with 401

    async def wait_state(self, state: str) -> None:
        """Returns once the operator's state on screen is this."""
        await self.page.locator(f"[data-testid=agent-state][data-state={state}]").wait_for()

    async def painted_at(self, test_id: str) -> float:
        """When the first element with this id was on screen, in epoch seconds."""
        handle = await self.page.wait_for_function("id => window.__paints[id]", arg=test_id)
        return float(await handle.json_value()) / 1000

    async def text(self, test_id: str) -> str:
        return await self.page.get_by_test_id(test_id).first.inner_text()

    async def close(self) -> None:
        await self.context.close()
