"""Calls between two operators in the console, with telephones: seen by both and by who leads, and ended."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.browser.office import MS, Office, Tab
from tests.browser.test_console_people import look_in_every_scheme

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def call_gleb(vera: Tab) -> None:
    await vera.page.keyboard.press("c")
    await vera.at("dial-gleb").click()
    await vera.at("chat-close").click()
    await in_phase(vera, "calling")


async def in_phase(tab: Tab, phase: str) -> None:
    await tab.page.locator(f"[data-testid=colleague-panel][data-phase={phase}]").wait_for()


async def lifts(office: Office, operator: str) -> None:
    """The operator's telephone is picked up, as soon as it rings."""
    async with asyncio.timeout(MS / 1000):
        while not office.phone(operator).answer():
            await asyncio.sleep(0.02)


async def is_over(*tabs: Tab) -> None:
    for tab in tabs:
        await tab.at("colleague-panel").wait_for(state="detached")
        await tab.is_in("ready")


async def newest(tab: Tab, outcome: str) -> None:
    """How the last internal call ended, as the list of calls says it."""
    row = tab.at("internal-row").first
    await expect(row).to_have_attribute("data-outcome", outcome, timeout=MS)


async def test_two_operators_talk_and_everybody_sees_it(office: Office) -> None:
    async with (
        office.tab("vera", ready=True) as vera,
        office.tab("gleb", ready=True) as gleb,
        office.tab("boss") as boss,
    ):
        await boss.page.goto(f"{office.base}/floor")
        await call_gleb(vera)
        await vera.says("colleague-panel", "You call Gleb")
        await vera.is_in("internal")
        await gleb.is_in("internal")
        await look_in_every_scheme(vera, "a colleague is called")
        await lifts(office, "vera")
        for tab in (vera, gleb):
            await in_phase(tab, "ringing")
        await gleb.says("colleague-panel", "Vera calls you")
        await gleb.says("announce-colleague", "Vera calls you")
        await expect(gleb.page).to_have_title(re.compile("^Vera calls you"), timeout=MS)
        await look_in_every_scheme(gleb, "a colleague calls")
        # Who is in an internal call is offered none, and can't be called.
        async with office.login("zoya") as zoya:
            await zoya.set_state("ready")
            status, problem = await zoya.ask("POST", "/api/v1/colleagues/call", {"to": "gleb"})
            assert (status, problem["refusal"]) == (409, "colleague_busy")
            await zoya.set_state("offline")
        await lifts(office, "gleb")
        for tab in (vera, gleb):
            await in_phase(tab, "talking")
            await expect(tab.at("colleague-panel").get_by_role("timer")).to_have_text(
                re.compile("^0:0[1-9]$"), timeout=MS
            )
        await expect(gleb.page).to_have_title(re.compile("^Internal call"), timeout=MS)
        for login, other in (("vera", "Gleb"), ("gleb", "Vera")):
            row = boss.at(f"agent-row-{login}")
            await expect(row).to_have_attribute("data-state", "internal", timeout=MS)
            await expect(row).to_contain_text(other, timeout=MS)
        await look_in_every_scheme(boss, "the floor with an internal call")
        await look_in_every_scheme(vera, "a talk with a colleague")
        # It is the server's, and on every page.
        await gleb.page.reload()
        await gleb.is_live()
        await in_phase(gleb, "talking")
        await gleb.page.get_by_role("link", name="Callbacks").click()
        await in_phase(gleb, "talking")
        await gleb.page.get_by_role("link", name="Desk").click()
        await gleb.page.keyboard.press("Shift+H")
        await is_over(vera, gleb)
        assert office.phone("vera").talking_leg is None
        for tab in (vera, gleb):
            await newest(tab, "answered")
            await expect(tab.at("internal-row").first).to_contain_text(re.compile(r"0:\d\d$"))
        await look_in_every_scheme(vera, "past internal calls")
        for tab in (vera, gleb):
            await tab.page.keyboard.press("o")


async def test_a_colleague_declines_and_one_is_missed_and_called_back(office: Office) -> None:
    async with office.tab("vera", ready=True) as vera, office.tab("gleb", ready=True) as gleb:
        await call_gleb(vera)
        await lifts(office, "vera")
        await in_phase(gleb, "ringing")
        await gleb.page.keyboard.press("Shift+H")
        await is_over(vera, gleb)
        for tab in (vera, gleb):
            await newest(tab, "declined")
        assert office.phone("gleb").ringing_leg is None

        await call_gleb(vera)
        await lifts(office, "vera")
        await in_phase(gleb, "ringing")
        await vera.page.keyboard.press("Shift+H")
        await is_over(vera, gleb)
        await newest(vera, "cancelled")
        await newest(gleb, "missed")

        # Who was missed is called back by a key.
        await gleb.at("call-back-vera").first.wait_for()
        await gleb.page.keyboard.press("b")
        await in_phase(gleb, "calling")
        await lifts(office, "gleb")
        await vera.says("colleague-panel", "Gleb calls you")
        await lifts(office, "vera")
        await in_phase(vera, "talking")
        # The telephone put down ends it as well.
        assert office.phone("vera").hang_up()
        await is_over(vera, gleb)
        await newest(gleb, "answered")
        for tab in (vera, gleb):
            await tab.page.keyboard.press("o")


async def test_the_wish_of_who_is_in_an_internal_call_comes_after_it(office: Office) -> None:
    async with office.tab("vera", ready=True) as vera, office.tab("gleb", ready=True) as gleb:
        await call_gleb(vera)
        await lifts(office, "vera")
        await lifts(office, "gleb")
        await in_phase(vera, "talking")
        await vera.page.keyboard.press("o")
        await vera.says("state-menu", "then: Offline")
        await vera.is_in("internal")
        await look_in_every_scheme(vera, "what comes after an internal call")
        await vera.at("hang-up").click()
        await vera.is_in("offline")
        await gleb.is_in("ready")
        await gleb.page.keyboard.press("o")
