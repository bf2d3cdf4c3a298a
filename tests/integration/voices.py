"""Operators at work in Chromium with the phone in it, and what can be heard where.

A voice is told from silence by what is in the packets, and a leg that goes on by its channel's name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page

from tests.integration.house import House
from tests.support.browser import Desk
from tests.support.sipp import Call

PEERS = """
window.__peers = [];
window.__tones = [];
const begin = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) {
  window.__tones.push(Math.round(this.frequency.value));
  return begin.apply(this, given);
};
const Real = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Real {
  constructor(...given) { super(...given); window.__peers.push(this); }
};
"""
RECEIVED = """async () => {
  const stats = await window.__peers.at(-1).getStats();
  const voices = [...stats.values()].filter((one) => one.type === "inbound-rtp");
  return voices.reduce((sum, one) => sum + one.packetsReceived, 0);
}"""


@asynccontextmanager
async def at_work(house: House, browser: Browser, login: str) -> AsyncIterator[Desk]:
    """An operator who has signed in and whose phone is ready; he is offline again at the end."""
    desk = await Desk.open(browser, house.server.base)
    await desk.context.add_init_script(PEERS)
    await desk.page.reload()
    try:
        await desk.sign_in(login)
        await registered(desk.page)
        yield desk
    finally:
        async with house.login(login) as api:
            await api.set_state("offline")
        await desk.close()


async def registered(page: Page) -> None:
    await page.locator("[data-testid=phone-state][data-tone=good]").wait_for()


async def ready(desk: Desk) -> None:
    await desk.page.keyboard.press("r")
    await desk.wait_state("ready")


async def voice_from(page: Page, more: int = 25) -> None:
    """Returns once the browser has received that many packets more."""
    until = await page.evaluate(RECEIVED) + more
    async with asyncio.timeout(8):
        while await page.evaluate(RECEIVED) < until:
            await asyncio.sleep(0.05)


def loud(payload: bytes) -> bool:
    """Whether a mu-law frame holds more than silence."""
    return any((~byte >> 4) & 7 >= 3 for byte in payload)


async def hears_a_voice(call: Call, *, seconds: float = 8.0) -> None:
    """Returns once the caller has heard one of the microphone's beeps."""
    call.rtp.listen()
    async with asyncio.timeout(seconds):
        while not any(loud(payload) for payload in call.rtp.payloads):
            call.rtp.arrived.clear()
            await call.rtp.arrived.wait()


async def hears_silence(call: Call, packets: int = 75) -> None:
    """A second and a half of frames, none of which holds anything."""
    call.rtp.listen()
    await call.rtp.wait_heard_any(packets)
    # What was under way when the key was pressed.
    assert not any(loud(payload) for payload in call.rtp.payloads[10:])
