"""The script, the note and the tree of dispositions in a browser, by keyboard, through a reload."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.office import MS, Office, Tab
from tests.scripts.samples import GREETING
from tests.support.server import ApiClient

pytestmark = [pytest.mark.asyncio(loop_scope="module")]

TREE: list[dict[str, Any]] = [
    {"code": "sale", "ru": "Продажа", "en": "Sale"},
    {"code": "question", "ru": "Вопрос", "en": "Question"},
    {"code": "deal", "ru": "Сделка", "en": "Deal"},
    {"code": "paid", "ru": "Оплачено", "en": "Paid", "parent": "deal", "amount": "required"},
    {"code": "later", "ru": "Позже", "en": "Later", "parent": "deal", "callback": "offered"},
]
WHERE = os.environ.get("CALLCENTER_PICTURES", "")
"""A folder for pictures of the screens, to be looked at; none by default."""


async def picture(tab: Tab, name: str) -> None:
    if not WHERE:
        return
    for width, height in ((1366, 768), (1920, 1080)):
        await tab.page.set_viewport_size({"width": width, "height": height})
        for language in ("ru", "en"):
            await tab.at(f"language-{language}").click()
            for theme in ("light", "dark"):
                await tab.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
                await tab.page.screenshot(path=Path(WHERE) / f"{name}-{width}-{language}-{theme}.png")
    await tab.page.set_viewport_size({"width": 1366, "height": 768})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scripted(office: Office) -> AsyncIterator[Office]:
    """Anna's queue goes by a script, extends wrap-ups and shows who waits; dispositions are a tree."""
    async with ApiClient(office.base, "admin") as admin:
        site = await admin.call("GET", "/api/v1/site")
        tree = {"base": site["dispositions_version"], "items": TREE}
        await admin.call("PUT", "/api/v1/site/dispositions", tree)
        saved = await admin.call("PUT", "/api/v1/scripts/sales", {"base": 0, "document": GREETING})
        assert saved["mistakes"] == []
        await admin.call("POST", "/api/v1/scripts/sales/publish", {"version": 1})
        await admin.call("PUT", "/api/v1/scripts/sales/queues", {"queues": ["to-anna"]})
        queues = (await admin.call("GET", "/api/v1/queues"))["items"]
        queue = next(it for it in queues if it["id"] == "to-anna")
        form = {**queue, "wrap_up_longest": 300, "preview_next": "name"}
        await admin.call("PUT", "/api/v1/queues/to-anna", {k: v for k, v in form.items() if k != "id"})
    yield office


async def test_a_call_by_script_through_a_reload(scripted: Office) -> None:
    async with scripted.tab("anna", ready=True) as tab:
        keys = tab.page.keyboard
        caller = scripted.call("anna", "8 (916) 111-00-01")
        # The next step says already at the ring what the script begins with; in the talk it leads there.
        await tab.rings("anna")
        await tab.says("script-suggests", "The script: Greeting: Good day, Maria Lebedeva!")
        await tab.look()
        await tab.talks("anna")
        await tab.says("script-text", "Good day, Maria Lebedeva!")
        await tab.at("script-suggests").and_(tab.page.locator("button")).click()
        await expect(tab.page.locator(".walker-body")).to_be_focused(timeout=MS)
        await tab.look()
        await picture(tab, "script")
        await keys.press("1")  # to buy
        await keys.press("ArrowRight")
        await tab.says("script-text", "How much is it to be?")
        await tab.says("script-suggests", "The script: How much is it to be?")
        await tab.at("answer-amount").fill("1500,50")
        await keys.press("Enter")
        await tab.says("script-text", "Thank you: To buy")
        await keys.press("ArrowLeft")
        await tab.at("note").fill("wants windows")
        await expect(tab.at("note-state").last).to_have_attribute("data-state", "saved", timeout=MS)
        await expect(tab.at("note-state").first).to_have_attribute("data-state", "saved", timeout=MS)
        # A new version in the middle of the call is none of this call's business.
        async with ApiClient(scripted.base, "boss") as boss:
            changed = {**GREETING, "name": "Sales 2"}
            await boss.call("PUT", "/api/v1/scripts/sales", {"base": 1, "document": changed})
            await boss.call("POST", "/api/v1/scripts/sales/publish", {"version": 2})
        # Not even this browser's memory is needed: all of it comes from the server.
        await tab.page.evaluate("localStorage.clear(); sessionStorage.clear()")
        await tab.page.reload()
        await tab.is_live()
        await tab.says("script-text", "How much is it to be?")
        await expect(tab.at("script-panel")).to_have_attribute("data-version", "1", timeout=MS)
        await expect(tab.at("answer-amount")).to_have_value("1500.50", timeout=MS)
        await expect(tab.at("note")).to_have_value("wants windows", timeout=MS)
        scripted.pbx.hang_up(caller)
        await tab.at("wrapup-panel").wait_for()
        await expect(tab.at("script-suggests")).to_have_count(0)
        await keys.press("Escape")
        await keys.press("e")
        await expect(tab.at("extend-wrapup")).to_be_enabled(timeout=MS)
        await tab.says("next-calls", "nobody")
        await keys.press("3")
        await tab.at("disposition-paid").wait_for()
        await tab.look()
        await picture(tab, "wrapup")
        await tab.at("disposition-paid").focus()
        await keys.press("Backspace")
        await tab.at("disposition-sale").wait_for()
        await keys.press("3")
        await tab.at("disposition-paid").wait_for()
        await keys.press("1")
        await expect(tab.at("amount")).to_be_focused(timeout=MS)
        await keys.type("1500.50")
        await keys.press("Enter")
        await tab.is_in("ready")
        row = tab.at("recent-row").first
        await expect(row).to_contain_text("Paid", timeout=MS)
        await expect(row).to_contain_text("wants windows", timeout=MS)


async def test_a_supervisor_edits_tries_and_publishes(scripted: Office) -> None:
    async with scripted.tab("boss") as tab:
        await tab.page.goto(f"{scripted.base}/routing/scripts")
        await tab.at("new-script").click()
        await tab.at("script-id").fill("survey")
        await tab.at("script-name").fill("Survey")
        await tab.at("create-script").click()
        await tab.at("step-text-ru").fill("Как вам?")
        await expect(tab.at("script-check")).to_contain_text("1 mistake", timeout=MS)
        await tab.at("step-text-en").fill("How do you like it?")
        await expect(tab.at("script-check")).to_contain_text("No mistakes", timeout=MS)
        await tab.at("add-step").click()
        await tab.at("step-text-ru").fill("Спасибо")
        await tab.at("step-text-en").fill("Thank you")
        await tab.at("step-next").select_option("start")
        await tab.at("step-start").get_by_role("button").first.click()
        await tab.at("step-next").select_option("step-2")
        # The mistake is where the way closes.
        await expect(tab.at("script-check")).to_contain_text("1 mistake", timeout=MS)
        await tab.at("step-step-2").get_by_role("button").first.click()
        await expect(tab.page.locator("[data-testid=script-mistake][data-code=loop]")).to_be_visible(
            timeout=MS
        )
        await tab.look()
        await picture(tab, "editor-loop")
        await tab.at("save-script").click()
        await tab.at("version-1").wait_for()
        await expect(tab.at("publish-script")).to_be_disabled(timeout=MS)
        await tab.at("step-step-2").get_by_role("button").first.click()
        await tab.at("step-next").select_option("")
        await expect(tab.at("script-check")).to_contain_text("No mistakes", timeout=MS)
        await tab.at("preview-again").click()
        await tab.at("script-preview").get_by_test_id("script-next").click()
        await expect(tab.at("script-preview").get_by_test_id("script-text")).to_have_text("Thank you")
        await tab.at("save-script").click()
        await tab.at("version-2").wait_for()
        await tab.at("publish-script").click()
        await expect(tab.at("script-editor")).to_contain_text("Published: version 2", timeout=MS)
        await tab.at("show-2").click()
        await tab.says("version-diff", "start")
        await picture(tab, "editor")
