"""Microphones and speakers: chosen, tried, remembered, and survived when they are unplugged in mid-call.

Chromium's devices are made up, three of each kind. None can really be pulled out: the page is told that one
is gone, as the browser tells it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.integration.house import House, line, new_number, operator
from tests.integration.voices import at_work, hears_a_voice, ready, registered
from tests.support.asterisk import BROWSER_STATIONS, AsteriskServer
from tests.support.browser import VOICE_FLAGS, chromium
from tests.support.sipp import ScriptedCaller

pytestmark = [pytest.mark.asterisk, pytest.mark.browser]

VOICE = "88005553031"
MICROPHONE, SPEAKER, SECOND = "Fake Audio Input 2", "Fake Audio Output 1", "Fake Audio Output 2"
WATCH = """
window.__opened = [];
window.__played = [];
window.__gone = new Set();
const media = navigator.mediaDevices;
const open = media.getUserMedia.bind(media), every = media.enumerateDevices.bind(media);
const named = (all, kind, id) => all.find((one) => one.kind === kind && one.deviceId === id);
const there = async () => (await every()).filter((one) => !window.__gone.has(one.label));
media.enumerateDevices = there;
media.getUserMedia = async (asked) => {
  const id = asked.audio?.deviceId?.exact;
  const device = named(await there(), "audioinput", id ?? "default");
  window.__opened.push(device?.label ?? null);
  if (id !== undefined && device === undefined) throw new OverconstrainedError("deviceId");
  return open(asked);
};
const sink = HTMLMediaElement.prototype.setSinkId;
HTMLMediaElement.prototype.setSinkId = async function (id) {
  const device = named(await every(), "audiooutput", id || "default");
  window.__played.push(device?.label ?? null);
  return sink.call(this, id);
};
window.__plug = (label, there) => {
  if (there) window.__gone.delete(label); else window.__gone.add(label);
  media.dispatchEvent(new Event("devicechange"));
};
"""


BINDING, COOKIE = b"\x00\x01", b"\x21\x12\xa4\x42"
"""How a STUN request begins, and where its fifth byte is (RFC 8489)."""


@pytest.fixture(scope="module")
def stun() -> Iterator[socket.socket]:
    """A STUN server that hears and answers nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(10)
        yield listening


@pytest.fixture(scope="module")
def house(
    asterisk: AsteriskServer, house_folder: Path, house_sqlite: str, stun: socket.socket
) -> Iterator[House]:
    opened = House.open(
        asterisk,
        house_folder,
        house_sqlite,
        [line("voice", VOICE)],
        [operator("anna", "a2006", "voice")],
        settings={
            "ASTERISK_HTTP_PORT": asterisk.http_port,
            "ASTERISK_BROWSER_STATIONS": BROWSER_STATIONS,
            "PHONE_STUN_SERVER": f"127.0.0.1:{stun.getsockname()[1]}",
        },
    )
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
async def browser(console: None) -> AsyncIterator[Browser]:
    async with chromium(*VOICE_FLAGS) as running:
        yield running


async def chosen(page: Page) -> dict[str, str]:
    """What the sheet shows as chosen, by role."""
    found: Any = await page.evaluate(
        """() => Object.fromEntries(["microphone", "speaker", "ringer", "second"].map((role) => {
          const list = document.querySelector(`[data-testid=device-${role}]`);
          return [role, list.selectedOptions[0]?.text ?? ""];
        }))"""
    )
    return dict(found)


async def until_noted(page: Page, where: str, label: str) -> None:
    """Returns once the page opened or played on this device, since it was forgotten last."""
    await page.wait_for_function("([where, label]) => window[where].includes(label)", arg=[where, label])


async def test_devices_are_chosen_tried_and_remembered_and_survive_unplugging(
    house: House, browser: Browser
) -> None:
    async with house.watched(), at_work(house, browser, "anna") as desk:
        page = desk.page
        await desk.context.add_init_script(WATCH)
        await page.reload()
        await registered(page)

        await page.get_by_test_id("phone-state").click()
        await page.locator("[data-testid=device-microphone] option", has_text=MICROPHONE).wait_for(
            state="attached"
        )
        await page.get_by_test_id("device-microphone").select_option(label=MICROPHONE)
        await page.get_by_test_id("device-speaker").select_option(label=SPEAKER)
        await page.get_by_test_id("device-second").select_option(label=SECOND)
        await until_noted(page, "__opened", MICROPHONE)
        await until_noted(page, "__played", SPEAKER)
        # The microphone beeps once a second: the bar goes up, and down again.
        level = "Number(document.querySelector('[data-testid=level]').dataset.level)"
        await page.wait_for_function(f"() => {level} > 30", polling=30)
        await page.wait_for_function(f"() => {level} < 10", polling=30)
        await page.evaluate("window.__played = []")
        await page.get_by_test_id("test-second").click()
        await until_noted(page, "__played", SECOND)

        await page.reload()
        await registered(page)
        await page.get_by_test_id("phone-state").click()
        await page.locator("[data-testid=device-microphone] option:checked", has_text=MICROPHONE).wait_for(
            state="attached"
        )
        kept = await chosen(page)
        assert (kept["microphone"], kept["speaker"], kept["second"]) == (MICROPHONE, SPEAKER, SECOND)
        assert kept["ringer"] == "As in the system"
        await page.keyboard.press("Escape")

        await ready(desk)
        async with ScriptedCaller(house.asterisk) as caller:
            await page.evaluate("window.__played = []; window.__opened = [];")
            call = await caller.call(VOICE, caller=new_number())
            await page.locator("[data-testid=answer]:not([disabled])").wait_for()
            # It rings on both, and the microphone is opened before the answer needs it.
            await until_noted(page, "__played", "Fake Default Audio Output")
            await until_noted(page, "__played", SECOND)
            await until_noted(page, "__opened", MICROPHONE)
            await page.keyboard.press("a")
            await hears_a_voice(call)

            await page.evaluate("window.__played = []; window.__opened = [];")
            await page.evaluate("label => window.__plug(label, false)", MICROPHONE)
            await page.locator("[data-testid=phone-state][data-lost=microphone]").wait_for()
            await page.evaluate("label => window.__plug(label, false)", SPEAKER)
            await page.locator("[data-testid=phone-state][data-lost='microphone speaker']").wait_for()
            told = page.get_by_test_id("phone-state").get_by_role("status")
            assert "the system's own is used: microphone, speaker" in await told.inner_text()
            await until_noted(page, "__opened", "Fake Default Audio Input")
            await until_noted(page, "__played", "Fake Default Audio Output")
            await hears_a_voice(call)

            await page.evaluate("window.__played = []; window.__opened = [];")
            for label in (MICROPHONE, SPEAKER):
                await page.evaluate("label => window.__plug(label, true)", label)
            await page.locator("[data-testid=phone-state][data-lost='']").wait_for()
            await until_noted(page, "__opened", MICROPHONE)
            await until_noted(page, "__played", SPEAKER)
            await hears_a_voice(call)
            call.hang_up()
        await desk.wait_state("ready")
        assert desk.complaints == []


async def test_a_call_asks_the_stun_server_of_the_settings_and_waits_for_it_no_longer_than_it_must(
    house: House, browser: Browser, stun: socket.socket
) -> None:
    async with house.watched(), at_work(house, browser, "anna") as desk:
        await ready(desk)
        async with ScriptedCaller(house.asterisk) as caller:
            call = await caller.call(VOICE, caller=new_number())
            await desk.page.locator("[data-testid=answer]:not([disabled])").wait_for()
            await desk.page.keyboard.press("a")
            asked = await asyncio.to_thread(stun.recv, 1_500)
            assert (asked[:2], asked[4:8]) == (BINDING, COOKIE)
            await hears_a_voice(call)
            call.hang_up()
        await desk.wait_state("ready")
