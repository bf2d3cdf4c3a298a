"""Callbacks that an operator promises to make himself, by both of the console's forms, end to end."""

from __future__ import annotations

import time
from typing import Final

import pytest
from playwright.async_api import expect

from tests.browser.office import MS, Office

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

WHO: Final = "egor"
FAR: Final = "+7 423 230-00-97"
"""In Vladivostok, seven hours ahead of the site's clock."""
OTHER: Final = "+7 423 230-00-96"


async def test_a_promise_is_made_in_the_wrap_up_with_the_clients_time_in_sight(office: Office) -> None:
    async with office.tab(WHO, ready=True) as tab, office.login("admin") as admin:
        site = await admin.call("GET", "/api/v1/site")
        later = {"code": "later", "ru": "Позже", "en": "Later", "callback": "required"}
        tree = {"base": site["dispositions_version"], "items": [later]}
        await admin.call("PUT", "/api/v1/site/dispositions", tree)
        await tab.page.reload()
        await tab.is_live()
        office.call(WHO, FAR)
        await tab.talks(WHO)
        await tab.page.keyboard.press("Shift+H")
        await tab.at("wrapup-panel").wait_for()
        await tab.page.keyboard.press("1")
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 2 * 86_400))
        await tab.at("callback-at").fill(f"{day}T18:00")  # 01:00 in Vladivostok
        await tab.says("callback-night", "too early or too late")
        await tab.look()
        await tab.at("callback-at").fill(f"{day}T10:00")
        await tab.at("callback-night").wait_for(state="detached")
        await tab.says("client-time", "17:00")
        await tab.at("callback-mine").check()
        await tab.page.keyboard.press("Control+Enter")
        await tab.is_in("ready")
        await tab.page.goto(office.base + "/callbacks")
        row = tab.at("promised").locator("tbody tr").filter(has_text=FAR)
        await expect(row.get_by_test_id("callback-whose")).to_have_text("you call", timeout=MS)


async def test_a_promise_is_made_on_the_sheet_and_the_list_says_whose_it_is(office: Office) -> None:
    async with office.tab(WHO) as tab, office.tab("boss") as boss:
        await tab.page.goto(office.base + "/callbacks")
        await tab.is_live()
        await tab.at("new-callback").wait_for()
        await tab.page.keyboard.press("n")
        await tab.at("callback-number").fill(OTHER)
        await tab.at("callback-queue").select_option(f"to-{WHO}")
        await tab.at("callback-timed").check()
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 2 * 86_400))
        await tab.at("callback-at").fill(f"{day}T10:00")
        await tab.at("callback-mine").check()
        await tab.at("save-callback").click()
        await tab.at("callback-sheet").wait_for(state="detached")
        row = tab.at("promised").locator("tbody tr").filter(has_text=OTHER)
        await expect(row.get_by_test_id("callback-whose")).to_have_text("you call", timeout=MS)
        await tab.look()
        await boss.page.goto(office.base + "/callbacks")
        row = boss.at("promised").locator("tbody tr").filter(has_text=OTHER)
        await expect(row.get_by_test_id("callback-whose")).to_have_text("Egor calls", timeout=MS)
        await boss.look()
