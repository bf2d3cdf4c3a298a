"""Two operators call each other from browser to browser: both see what the server holds of it, and hear each
other."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.integration.softphone.operators import Softphones, hears, hears_nothing, muted
from tests.integration.voices import registered
from tests.support.browser import Desk
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

MS = 15_000.0


async def in_phase(desk: Desk, phase: str) -> None:
    await desk.page.locator(f"[data-testid=colleague-panel][data-phase={phase}]").wait_for()


async def rings_boris(phones: Softphones) -> None:
    """Anna calls Boris, whose browser rings; what both see is what the picture has."""
    await phones.only("anna", "boris")
    await phones.anna.page.keyboard.press("c")
    await phones.anna.page.get_by_test_id("dial-boris").click()
    await phones.anna.page.get_by_test_id("chat-close").click()
    for desk in (phones.anna, phones.boris):
        await in_phase(desk, "ringing")
    assert "Boris" in await phones.anna.text("colleague-panel")
    assert "Anna" in await phones.boris.text("colleague-panel")
    await phones.boris.page.locator("[data-testid=answer]:not([disabled])").wait_for()
    await holds(phones, "ringing")
    for login in ("anna", "boris"):
        await phones.screen.wait_agent(login, "internal")


async def talk(phones: Softphones) -> None:
    """Anna calls Boris, who answers by key; both hear each other."""
    await rings_boris(phones)
    await phones.boris.page.keyboard.press("a")
    for desk in (phones.anna, phones.boris):
        await in_phase(desk, "talking")
        await desk.page.locator("[data-testid=mute]:not([disabled])").wait_for()
    await asyncio.gather(hears(phones.anna.page), hears(phones.boris.page))
    await holds(phones, "talking")


def intercoms(phones: Softphones) -> list[Any]:
    """What the picture of who leads has of calls between operators."""
    return [one for one in phones.screen.entities.values() if one["kind"] == "intercom"]


async def holds(phones: Softphones, state: str) -> None:
    def held() -> bool:
        return [(one["by"], one["to"], one["state"]) for one in intercoms(phones)] == [
            ("anna", "boris", state)
        ]

    await phones.screen.wait(held, f"call between two operators that is {state}")


async def is_over(phones: Softphones, *, anna: str, boris: str) -> None:
    """Nothing is left of it on either side but a row in the list of calls, which says how it ended."""
    for login, desk, outcome in (("anna", phones.anna, anna), ("boris", phones.boris, boris)):
        await desk.page.get_by_test_id("colleague-panel").wait_for(state="detached")
        await phones.screen.wait_agent(login, "ready")
        newest = desk.page.get_by_test_id("internal-row").first
        await expect(newest).to_have_attribute("data-outcome", outcome, timeout=MS)
    assert intercoms(phones) == []


async def test_both_hear_each_other_are_muted_and_either_hangs_up(phones: Softphones) -> None:
    anna, boris = phones.anna, phones.boris
    before = {call["call"] for call in phones.screen.calls()}
    await talk(phones)
    for desk in (anna, boris):
        time = desk.page.get_by_test_id("colleague-panel").get_by_role("timer")
        await expect(time).to_have_text(re.compile("^0:[0-5][1-9]$"), timeout=MS)
    # Who is in such a call is offered none.
    why = await phones.boss.call("GET", "/api/v1/agents/anna/why")
    assert "internal" in str(why)
    for desk, other in ((boris, anna), (anna, boris)):
        await muted(desk, True)
        await hears_nothing(other.page)
        await muted(desk, False)
        await hears(other.page)
    await boris.page.keyboard.press("Shift+H")
    await is_over(phones, anna="answered", boris="answered")
    for desk in (anna, boris):
        row = desk.page.get_by_test_id("internal-row").first
        await expect(row).to_contain_text(re.compile(r"\d:\d\d$"))
    tried("internal talk")

    await talk(phones)
    await anna.page.keyboard.press("Shift+H")
    await is_over(phones, anna="answered", boris="answered")
    tried("internal talk")
    assert {call["call"] for call in phones.screen.calls()} == before


async def test_the_colleague_declines_and_the_caller_gives_up(phones: Softphones) -> None:
    await rings_boris(phones)
    await phones.boris.page.keyboard.press("Shift+H")
    await is_over(phones, anna="declined", boris="declined")
    tried("declined internal call")

    await rings_boris(phones)
    await phones.anna.page.keyboard.press("Shift+H")
    await is_over(phones, anna="cancelled", boris="missed")
    tried("given-up internal call")


async def test_a_reload_in_mid_talk_ends_it_on_both_sides(phones: Softphones) -> None:
    for desk in (phones.anna, phones.boris):
        await talk(phones)
        await desk.page.reload()
        # The panel is there again until the server, told that the voice is gone, has ended the call.
        await is_over(phones, anna="answered", boris="answered")
        await registered(desk.page)
        tried("reloaded internal talk")


async def test_a_reload_while_the_colleague_rings_lets_the_call_go_on(phones: Softphones) -> None:
    await rings_boris(phones)
    await phones.boris.page.reload()
    await in_phase(phones.boris, "ringing")
    # The ring went to the page that is gone; the console still says who calls, and takes a no.
    await phones.boris.page.keyboard.press("Shift+H")
    await is_over(phones, anna="declined", boris="declined")
    await registered(phones.boris.page)
    tried("reloaded internal ring")
