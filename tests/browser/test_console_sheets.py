"""The sheets of routing, callbacks and messages, looked at by axe in both languages and themes."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Route, expect

from tests.browser.office import MS, Office, Tab
from tests.browser.test_console_plan import manager

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

NOW: Final = time.time()
MESSAGE: Final = {
    "id": 1,
    "title": "Message",
    "queue": "to-vera",
    "number": "+79161234567",
    "call": "main:1.1",
    "client": None,
    "seconds": 17,
    "left_at": NOW - 600,
    "assignee": None,
    "done_at": None,
}


async def looked_at(tab: Tab, opener: str, sheet: str, picture: Path) -> None:
    """The sheet in both languages and themes; a dialog is modal, so these are chosen before it opens."""
    for language in ("ru", "en"):
        await tab.at(f"language-{language}").click()
        await expect(tab.page.locator("html")).to_have_attribute("lang", language, timeout=MS)
        for theme in ("light", "dark"):
            await tab.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            scheme = tab.page.locator(f"html[data-mantine-color-scheme={theme}]")
            await scheme.wait_for(state="attached")
            await tab.at(opener).first.click()
            await tab.at(sheet).wait_for()
            found = await tab._axe()
            await tab.page.screenshot(path=picture / f"{sheet}-{language}-{theme}.png")
            assert found == [], f"{sheet}, {language}, {theme}: {found}"
            await tab.page.keyboard.press("Escape")
            await tab.at(sheet).wait_for(state="detached")


@pytest.mark.parametrize(
    ("path", "opener", "sheet"),
    [
        ("/routing/queues", "new-queue", "queue-sheet"),
        ("/routing/hours", "new-hours", "hours-sheet"),
        ("/routing/prompts", "upload-prompt", "prompt-sheet"),
        ("/callbacks", "new-callback", "callback-sheet"),
    ],
)
async def test_sheets_are_fit_for_everybody(
    office: Office, tmp_path: Path, path: str, opener: str, sheet: str
) -> None:
    async with manager(office, path) as tab:
        await looked_at(tab, opener, sheet, tmp_path)


async def test_messages_by_keyboard(office: Office, tmp_path: Path) -> None:
    """The list is filled by the test, as nobody can speak to a simulated exchange; all else is the page's."""
    async with office.tab("admin") as tab:
        sent: list[dict[str, Any]] = []

        async def listed(route: Route) -> None:
            await route.fulfill(json={"items": [MESSAGE, {**MESSAGE, "id": 2, "assignee": "vera"}]})

        async def changed(route: Route) -> None:
            sent.append(json.loads(route.request.post_data or "{}"))
            await route.fulfill(json=MESSAGE)

        await tab.page.route("**/api/v1/messages?*", listed)
        await tab.page.route("**/api/v1/messages/1", changed)
        await tab.page.goto(office.base + "/messages")
        await tab.is_live()
        await tab.at("message-1").wait_for()
        await tab.look()
        await tab.page.screenshot(path=tmp_path / "messages.png")
        await tab.page.keyboard.press("j")
        await expect(tab.at("message-1")).to_have_attribute("aria-current", "true", timeout=MS)
        async with tab.page.expect_response("**/api/v1/messages/1"):
            await tab.page.keyboard.press("d")
        assert sent == [{"done": True}]


async def test_a_callback_is_made_with_the_clients_time_in_sight(office: Office, tmp_path: Path) -> None:
    async with manager(office, "/callbacks", "boss") as tab:
        await tab.at("new-callback").wait_for()
        await tab.page.keyboard.press("n")
        await tab.at("callback-sheet").wait_for()
        await tab.at("callback-number").fill("+7 423 230-00-99")
        await tab.at("callback-timed").check()
        day = time.strftime("%Y-%m-%d", time.gmtime(NOW + 2 * 86_400))
        await tab.at("callback-at").fill(f"{day}T18:00")  # 01:00 in Vladivostok
        await tab.at("callback-night").wait_for()
        await tab.page.screenshot(path=tmp_path / "night.png")
        assert await tab._axe() == []
        await tab.at("callback-at").fill(f"{day}T10:00")
        await tab.at("callback-night").wait_for(state="detached")
        await tab.at("save-callback").click()
        await tab.at("callback-sheet").wait_for(state="detached")
        row = tab.at("promised").locator("tbody tr").first
        await expect(row).to_contain_text("+7 423 230-00-99", timeout=MS)
        await row.get_by_test_id("change-callback").click()
        await tab.at("callback-number").wait_for()
        await tab.page.keyboard.press("Escape")
        await tab.look()
        await tab.page.screenshot(path=tmp_path / "callbacks.png")
