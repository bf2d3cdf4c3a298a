"""Two operators in two browsers with phones in them: every move by key, and what each then hears.

The caller has one unbroken voice: a browser that hears him receives energy. A browser's microphone beeps once
a second, with silence between; the music on hold has none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.integration.house import House, line, new_number, operator
from tests.integration.voices import at_work, hears_a_voice, loud, ready
from tests.support.asterisk import BROWSER_STATIONS, AsteriskServer
from tests.support.browser import VOICE_FLAGS, Desk, chromium
from tests.support.sipp import Call, ScriptedCaller
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.browser]

VOICE = "88005553009"
ENERGY = """async () => {
  const stats = await window.__peers.at(-1).getStats();
  const voices = [...stats.values()].filter((one) => one.type === "inbound-rtp");
  return voices.reduce((sum, one) => sum + (one.totalAudioEnergy ?? 0), 0);
}"""
HEARD = 1e-6
"""Energy of the faintest voice here in a few packets; silence has none."""


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_sqlite: str) -> Iterator[House]:
    queues = [line("voice", VOICE, ring=15)]
    people = [operator("anna", "a2003", "voice"), operator("boris", "a2004", "voice")]
    settings = {
        "ASTERISK_HTTP_PORT": asterisk.http_port,
        "ASTERISK_BROWSER_STATIONS": BROWSER_STATIONS,
    }
    opened = House.open(asterisk, house_folder, house_sqlite, queues, people, settings=settings)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
async def browser(console: None) -> AsyncIterator[Browser]:
    async with chromium(*VOICE_FLAGS) as running:
        yield running


async def hears(page: Page, *, seconds: float = 8.0) -> None:
    """Returns once the browser has received a sound."""
    before = await page.evaluate(ENERGY)
    async with asyncio.timeout(seconds):
        while await page.evaluate(ENERGY) < before + HEARD:
            await asyncio.sleep(0.05)


async def hears_nothing(page: Page) -> None:
    """A second and a half without a sound."""
    await asyncio.sleep(0.3)  # what was under way
    before = await page.evaluate(ENERGY)
    await asyncio.sleep(1.5)
    assert await page.evaluate(ENERGY) < before + HEARD


async def hears_music(call: Call) -> None:
    """A second of sound without a pause."""
    call.rtp.listen()
    await call.rtp.wait_heard_any(80)
    assert all(loud(payload) for payload in call.rtp.payloads[30:])


async def hears_an_operator(call: Call) -> None:
    """A beep, and silence beside it."""
    await hears_a_voice(call)
    call.rtp.listen()
    await call.rtp.wait_heard_any(100)
    assert not all(loud(payload) for payload in call.rtp.payloads)


async def in_talk(desk: Desk, panel: str = "talk-panel") -> None:
    await desk.page.get_by_test_id(panel).wait_for()
    await desk.page.locator("[data-testid=mute]:not([disabled])").wait_for()


async def answer(desk: Desk, panel: str = "talk-panel") -> None:
    await desk.page.locator("[data-testid=answer]:not([disabled])").wait_for()
    await desk.page.keyboard.press("a")
    await in_talk(desk, panel)


async def press(desk: Desk, keys: str, action: str) -> None:
    """The key of an action, once it is offered."""
    await desk.page.locator(f"[data-testid=do-{action}]:not([disabled])").wait_for()
    await desk.page.keyboard.press(keys)


async def choose(desk: Desk, name: str) -> None:
    """A colleague, by typing and Enter."""
    await desk.page.get_by_test_id("target").fill(name)
    await desk.page.locator("[data-testid=target-choice][aria-disabled=false]").first.wait_for()
    await desk.page.keyboard.press("Enter")


async def where(desk: Desk, place: str) -> None:
    await desk.page.locator(f"[data-testid=call-bar][data-where={place}]").wait_for()


async def test_two_operators_do_everything_by_keys(house: House, browser: Browser) -> None:
    async with (
        house.watched() as (boss, screen),
        at_work(house, browser, "anna") as anna,
        at_work(house, browser, "boris") as boris,
        ScriptedCaller(house.asterisk) as caller,
    ):
        await ready(anna)
        number = new_number()
        call = await caller.call(VOICE, caller=number)
        await answer(anna)
        await hears_an_operator(call)
        await hears(anna.page)

        await press(anna, "Shift+O", "hold")
        await where(anna, "parked")
        await hears_music(call)
        await hears_nothing(anna.page)
        await press(anna, "Shift+O", "resume")
        await where(anna, "room")
        await hears_an_operator(call)
        await hears(anna.page)
        tried("hold by key")

        await ready(boris)
        await press(anna, "Shift+C", "consult")
        await choose(anna, "bor")
        await answer(boris, "guest-panel")
        await asyncio.gather(hears(anna.page), hears(boris.page), hears_music(call))
        tried("consultation by key")

        await press(anna, "Shift+J", "join")
        await anna.page.locator("[data-testid=call-bar][data-guest=joined]").wait_for()
        await hears_an_operator(call)
        await asyncio.gather(hears(anna.page), hears(boris.page))
        tried("conference by key")

        # Her page comes again, in the middle of it, and so does her voice.
        await anna.page.reload()
        await in_talk(anna)
        await asyncio.gather(hears(anna.page), hears(boris.page))
        await hears_an_operator(call)
        tried("reload in mid-call")

        await press(anna, "Shift+E", "leave")
        await in_talk(boris)
        await anna.wait_state("ready")
        await hears_an_operator(call)
        await hears(boris.page)

        await press(boris, "Shift+T", "transfer")
        await choose(boris, "anna")
        await answer(anna)
        await hears_an_operator(call)
        await hears(anna.page)
        tried("transfer by key")

        id_ = screen.call_from(number)["call"]
        await anna.page.keyboard.press("Shift+H")
        assert await call.wait_ended(seconds=10) == "bye"
        record = await boss.ended(id_)
        talks = [fact["agent"] for fact in record["facts"] if fact["type"] == "TalkStarted"]
        assert talks == ["anna", "boris", "anna"]
        assert (record["outcome"], record["agent"]) == ("answered", "anna")
        assert anna.complaints == boris.complaints == []
