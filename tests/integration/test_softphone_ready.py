"""When the phone is not well no call is offered and the reason is shown; when it is well again, one comes.

And what the other kind of station, a plain SIP phone, is given: a call, the console, and the keypad.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, WebSocketRoute
from pydantic import SecretStr

from callcenter.settings.asterisk import derived
from callcenter.settings.models import AmiSection, Settings
from callcenter.web.sip import credentials
from routing.ids import StationId
from tests.integration.house import House, line, new_number, operator
from tests.integration.voices import at_work, hears_a_voice, ready, registered
from tests.support.asterisk import AMI_SECRET, BROWSER_STATIONS, AsteriskServer
from tests.support.browser import VOICE_FLAGS, Desk, chromium
from tests.support.server import Screen
from tests.support.sipp import RINGS, ScriptedCaller, ScriptedPhone

pytestmark = [pytest.mark.asterisk, pytest.mark.browser]

VOICE, DESK = "88005553021", "88005553022"
PATIENCE = 2.0
"""Seconds in which a call that may not be offered is not: an offer takes a few ms."""
CREDENTIALS = "**/api/v1/phone/credentials"


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_sqlite: str) -> Iterator[House]:
    opened = House.open(
        asterisk,
        house_folder,
        house_sqlite,
        [line("voice", VOICE), line("desk", DESK)],
        [operator("anna", "a2005", "voice"), operator("pavel", "a1038", "desk")],
        settings={
            "ASTERISK_HTTP_PORT": asterisk.http_port,
            "ASTERISK_BROWSER_STATIONS": BROWSER_STATIONS,
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


async def no_offer_until_mended(
    house: House, screen: Screen, desk: Desk, problem: str, words: str, mend: Callable[[], Awaitable[None]]
) -> None:
    """Anna is ready, and this is wrong with her phone."""
    page = desk.page
    await page.locator(f"[data-testid=phone-state][data-problem={problem}]").wait_for()
    await screen.wait(lambda: screen.agent("anna").get("phone_problem") == problem, problem)
    assert screen.agent("anna")["state"] == "ready"
    async with ScriptedCaller(house.asterisk) as caller:
        number = new_number()
        call = await caller.call(VOICE, caller=number)
        await screen.wait_call(number, "waiting")
        await page.get_by_test_id("phone-state").click()
        assert re.search(words, await page.get_by_test_id("phone-sheet").inner_text())
        await page.keyboard.press("Escape")
        await asyncio.sleep(PATIENCE)
        assert screen.call_from(number)["state"] == "waiting"
        assert screen.call_from(number)["offers"] == 0
        await mend()
        await registered(page)
        await page.locator("[data-testid=answer]:not([disabled])").wait_for()
        await page.keyboard.press("a")
        await hears_a_voice(call)
        assert screen.call_from(number)["offers"] == 1
        call.hang_up()
        await desk.wait_state("ready")


class SipLine:
    """The page's way to ``/sip``, which can be cut; ``tokens`` are what it registered with."""

    def __init__(self) -> None:
        self.whole = True
        self.tokens: list[str] = []
        self._open: list[WebSocketRoute] = []

    async def follow(self, context: BrowserContext) -> None:
        """For pages that are loaded from now on."""
        await context.route_web_socket(re.compile(r"/sip$"), self._route)

    async def cut(self) -> None:
        self.whole = False
        for one in self._open:
            await one.close(code=1012)
        self._open.clear()

    async def _route(self, socket: WebSocketRoute) -> None:
        if not self.whole:
            await socket.close(code=1013)
            return
        server = socket.connect_to_server()

        def onward(message: str | bytes) -> None:
            text = message if isinstance(message, str) else message.decode()
            if text.startswith("REGISTER "):
                self.tokens += re.findall(r"^Authorization: Bearer (\S+)\r$", text, re.MULTILINE)
            server.send(message)

        socket.on_message(onward)
        self._open.append(socket)


async def test_a_lost_link_to_the_telephony_server(house: House, browser: Browser) -> None:
    async with house.watched() as (_, screen), at_work(house, browser, "anna") as desk:
        sip = SipLine()
        await sip.follow(desk.context)
        await desk.page.reload()
        await registered(desk.page)
        await ready(desk)
        await sip.cut()

        async def mend() -> None:
            sip.whole = True

        await no_offer_until_mended(house, screen, desk, "unreachable", "No link", mend)


async def test_a_registration_with_an_expired_credential(house: House, browser: Browser) -> None:
    async with house.watched() as (_, screen), at_work(house, browser, "anna") as desk:
        await ready(desk)
        (cookie,) = [one for one in await desk.context.cookies() if one.get("name") == "cc_session"]
        session = hashlib.sha256(cookie.get("value", "").encode()).hexdigest()
        key = derived(Settings(ami=AmiSection(secret=SecretStr(AMI_SECRET))), "main", "phone credentials")
        expired = credentials.make(key, session, StationId("a2005"), time.time() - 1)

        async def give_expired(route: Route) -> None:
            answer = await route.fetch()
            body = await answer.json()
            body["credential"]["token"] = expired
            await route.fulfill(response=answer, json=body)

        await desk.page.route(CREDENTIALS, give_expired)
        await desk.page.reload()

        async def mend() -> None:
            await desk.page.unroute(CREDENTIALS)

        words = "refused(.|\n)*the credential has expired"
        await no_offer_until_mended(house, screen, desk, "refused", words, mend)


MAY_SPEAK = """may => {
  const media = navigator.mediaDevices;
  window.__open ??= media.getUserMedia.bind(media);
  const refused = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  media.getUserMedia = may ? window.__open : refused;
  media.dispatchEvent(new Event("devicechange"));
}"""


async def test_a_microphone_that_is_not_allowed(house: House, browser: Browser) -> None:
    async with house.watched() as (_, screen), at_work(house, browser, "anna") as desk:
        await ready(desk)
        await desk.page.evaluate(MAY_SPEAK, False)

        async def mend() -> None:
            await desk.page.evaluate(MAY_SPEAK, True)

        await no_offer_until_mended(house, screen, desk, "microphone_denied", "address bar", mend)


async def test_credentials_are_renewed_while_registered_and_used_from_then_on(
    house: House, browser: Browser
) -> None:
    async with at_work(house, browser, "anna") as desk:
        given: list[str] = []

        async def renew_soon(route: Route) -> None:
            answer = await route.fetch()
            body = await answer.json()
            body["credential"]["renew_seconds"] = 1.1  # its expiry has whole seconds
            given.append(body["credential"]["token"])
            await route.fulfill(response=answer, json=body)

        sip = SipLine()
        await sip.follow(desk.context)
        await desk.page.route(CREDENTIALS, renew_soon)
        await desk.page.reload()
        await registered(desk.page)
        async with asyncio.timeout(15):
            while len(given) < 3:
                await asyncio.sleep(0.05)
        assert len(set(given)) == len(given)
        assert set(sip.tokens) == {given[0]}
        await registered(desk.page)
        await sip.cut()
        await desk.page.locator("[data-testid=phone-state][data-problem=unreachable]").wait_for()
        sip.whole = True
        await registered(desk.page)
        assert sip.tokens[-1] in given[2:]


async def in_talk(page: Page) -> None:
    await page.get_by_test_id("talk-panel").wait_for()
    await page.locator("[data-testid=keypad]:not([disabled])").wait_for()


async def test_keys_go_by_the_server_from_a_browser(house: House, browser: Browser) -> None:
    async with house.watched(), at_work(house, browser, "anna") as desk:
        await ready(desk)
        async with ScriptedCaller(house.asterisk) as caller:
            call = await caller.call(VOICE, caller=new_number())
            await desk.page.locator("[data-testid=answer]:not([disabled])").wait_for()
            await desk.page.keyboard.press("a")
            await in_talk(desk.page)
            await hears_a_voice(call)
            call.rtp.listen()
            await desk.page.keyboard.press("k")
            await desk.page.get_by_test_id("keypad-typed").wait_for()
            await desk.page.keyboard.type("42*#")
            async with asyncio.timeout(10):
                while call.rtp.pressed != "42*#":
                    await asyncio.sleep(0.05)
            await desk.page.keyboard.press("Escape")
            call.hang_up()
        await desk.wait_state("ready")
        assert desk.complaints == []


async def test_a_plain_telephone_is_a_station_as_well(house: House, browser: Browser) -> None:
    async with house.watched() as (boss, screen), ScriptedPhone(house.asterisk, "a1038", plan=RINGS) as phone:
        desk = await Desk.open(browser, house.server.base)
        page = desk.page
        await desk.sign_in("pavel")
        await ready(desk)
        await screen.wait_agent("pavel", "ready")
        async with ScriptedCaller(house.asterisk) as caller:
            number = new_number()
            call = await caller.call(DESK, caller=number)
            rung = await phone.next_call()
            await page.get_by_test_id("offer-panel").wait_for()
            # It is picked up itself, and nothing of a browser's phone is shown.
            for absent in ("answer", "phone-state"):
                assert await page.get_by_test_id(absent).count() == 0
            rung.answer()
            await in_talk(page)
            await call.rtp.wait_heard(rung.rtp.fill, 25)
            await rung.rtp.wait_heard(call.rtp.fill, 25)
            assert await page.get_by_test_id("mute").count() == 0
            id_ = screen.call_from(number)["call"]

            call.rtp.listen()
            await page.keyboard.press("k")
            await page.get_by_test_id("key-7").click()
            async with asyncio.timeout(10):
                while call.rtp.pressed != "7":
                    await asyncio.sleep(0.05)
            await page.keyboard.press("Escape")

            await page.keyboard.press("Shift+H")
            assert await call.wait_ended(seconds=10) == "bye"
            await rung.wait_ended(seconds=10)
        record = await boss.ended(id_)
        assert (record["outcome"], record["agent"]) == ("answered", "pavel")
        async with house.login("pavel") as api:
            await api.set_state("offline")
        assert desk.complaints == []
        await desk.close()
