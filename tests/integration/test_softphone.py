"""The phone in the browser: Chromium, our server, a real Asterisk 22, and a caller who counts what he hears.

A voice is told from silence by what is in the packets, and a leg that goes on by its channel's name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from tests.integration.house import House, line, operator
from tests.support.asterisk import BROWSER_STATIONS, AsteriskServer
from tests.support.browser import VOICE_FLAGS, Desk, chromium
from tests.support.server import ApiClient
from tests.support.sipp import Call, ScriptedCaller

pytestmark = [pytest.mark.asterisk, pytest.mark.browser]

VOICE = "88005553001"
PEERS = """
window.__peers = [];
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


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_sqlite: str) -> Iterator[House]:
    queues = [line("voice", VOICE, ring=15, wrap_up=0)]
    people = [
        operator("anna", "a2001", "voice"),
        operator("boris", "a2002", "voice"),
        operator("gleb", "a1039", "voice"),
    ]
    opened = House.open(
        asterisk,
        house_folder,
        house_sqlite,
        queues,
        people,
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


async def test_a_call_in_the_browser_from_ring_to_history(house: House, browser: Browser) -> None:
    async with house.watched() as (boss, _), at_work(house, browser, "anna") as desk:
        page = desk.page
        await ready(desk)
        async with ScriptedCaller(house.asterisk) as caller:
            call = await caller.call(VOICE, caller="+79165550001")
            await page.get_by_test_id("answer").wait_for()
            await page.locator("[data-testid=answer]:not([disabled])").wait_for()
            await page.keyboard.press("a")
            await page.get_by_test_id("talk-panel").wait_for()
            await page.locator("[data-testid=mute]:not([disabled])").wait_for()
            await voice_from(page)
            await hears_a_voice(call)

            await page.keyboard.press("m")
            await page.locator("[data-testid=mute][aria-pressed=true]").wait_for()
            await hears_silence(call)
            await page.keyboard.press("m")
            await hears_a_voice(call)

            # The server dies, and the console's link and the phone's with it: the voice doesn't pass there,
            # and both come back.
            await house.server.kill()
            await page.locator("[data-testid=phone-state][data-problem=unreachable]").wait_for()
            await hears_a_voice(call)
            await house.server.start()
            await registered(page)
            desk.complaints.clear()  # of links that could not be opened
            await voice_from(page)
            await page.get_by_test_id("quality").wait_for()

            await page.locator("[data-testid=connection-state][data-phase=live]").wait_for()
            await page.keyboard.press("Shift+H")
            assert await call.wait_ended(seconds=10) == "bye"
        await page.get_by_test_id("talk-panel").wait_for(state="detached")
        listed = await boss.call("GET", "/api/v1/calls?queue=voice")
        ended = await boss.ended(listed["items"][0]["call"])
        (heard,) = ended["quality"]
        assert (heard["agent"], heard["station"]) == ("anna", "a2001")
        assert heard["samples"] > 0
        assert 3.5 < heard["mos"] <= 4.5
        assert heard["packets_received"] > 50
        assert (ended["outcome"], len(ended["legs"])) == ("answered", 2)
        assert desk.complaints == []


async def test_a_reload_keeps_the_caller_and_says_that_the_voice_is_not_here(
    house: House, browser: Browser
) -> None:
    async with house.watched(), at_work(house, browser, "anna") as desk:
        page = desk.page
        await ready(desk)
        async with ScriptedCaller(house.asterisk) as caller:
            call = await caller.call(VOICE, caller="+79165550002")
            await page.locator("[data-testid=answer]:not([disabled])").click()
            await page.locator("[data-testid=mute]:not([disabled])").wait_for()
            await page.reload()
            await page.get_by_test_id("no-voice").wait_for()
            await registered(page)
            assert not call.ended.is_set()
            await page.keyboard.press("Shift+H")
            assert await call.wait_ended() == "bye"


async def test_without_a_registered_phone_no_call_is_offered_and_the_reason_is_said(
    house: House, browser: Browser
) -> None:
    async with house.watched() as (boss, screen), at_work(house, browser, "anna") as desk:
        await ready(desk)
        await screen.wait(lambda: screen.agent("anna").get("phone_problem") is None, "a good phone")
        # What a microphone that was unplugged looks like to the page.
        await desk.page.evaluate(
            """() => {
              const gone = new DOMException("gone", "NotFoundError");
              navigator.mediaDevices.getUserMedia = () => Promise.reject(gone);
              navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
            }"""
        )
        await desk.page.locator("[data-testid=phone-state][data-problem=microphone_missing]").wait_for()
        await screen.wait(
            lambda: screen.agent("anna").get("phone_problem") == "microphone_missing",
            "the missing microphone",
        )
        async with ScriptedCaller(house.asterisk) as caller:
            call = await caller.call(VOICE, caller="+79165550003")
            await screen.wait_call("+79165550003", "waiting")
            why = await boss.call("GET", "/api/v1/agents/anna/why")
            assert "phone_microphone_missing" in str(why)
            assert screen.agent("anna")["state"] == "ready"
            call.hang_up()


async def test_a_second_tab_takes_the_phone_over(house: House, browser: Browser) -> None:
    async with at_work(house, browser, "boris") as desk:
        second = await desk.context.new_page()
        await second.goto(house.server.base)
        await registered(second)
        await desk.page.locator("[data-testid=phone-state][data-here=false]").wait_for()
        await desk.page.get_by_test_id("work-here").click()
        await registered(desk.page)
        await second.locator("[data-testid=phone-state][data-here=false]").wait_for()


def register(token: str, *, user: str = "a2001", branch: str = "1") -> str:
    return "\r\n".join(
        (
            "REGISTER sip:callcenter.invalid SIP/2.0",
            f"Via: SIP/2.0/WS x.invalid;branch=z9hG4bK{branch}",
            f"From: <sip:{user}@callcenter.invalid>;tag=1",
            f"To: <sip:{user}@callcenter.invalid>",
            f"Call-ID: attack-{branch}",
            "CSeq: 1 REGISTER",
            f"Contact: <sip:{user}@x.invalid;transport=ws>",
            f"Authorization: Bearer {token}",
            "Content-Length: 0",
            "",
            "",
        )
    )


@asynccontextmanager
async def raw_line(house: House, person: ApiClient, **options: Any) -> AsyncIterator[ClientConnection]:
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in person.http.cookie_jar)
    async with connect(
        f"ws{house.server.base.removeprefix('http')}/sip",
        subprotocols=[Subprotocol("sip")],
        additional_headers={"Cookie": cookies},
        compression=None,
        proxy=None,
        **{"origin": Origin(house.server.base), **options},
    ) as socket:
        yield socket


async def answer_to(socket: ClientConnection, message: str) -> str:
    """The first line of the answer; Asterisk's own questions come in between."""
    await socket.send(message)
    async with asyncio.timeout(5):
        while not (said := str(await socket.recv())).startswith("SIP/2.0"):
            pass
    return said.split("\r\n", 1)[0]


async def test_another_station_a_stolen_and_an_old_credential_are_refused(house: House) -> None:
    async with house.login("anna") as anna, house.login("boris") as boris:
        own = (await anna.call("POST", "/api/v1/phone/credentials"))["credential"]["token"]
        stolen = (await boris.call("POST", "/api/v1/phone/credentials"))["credential"]["token"]
        async with raw_line(house, anna) as socket:
            assert await answer_to(socket, register(own)) == "SIP/2.0 200 OK"
            foreign = "SIP/2.0 403 the credential is of another session or station"
            assert await answer_to(socket, register(stolen, branch="2")) == foreign
            other = register(own, user="a2002", branch="3")
            station = "SIP/2.0 403 From is not the station of the signed-in agent"
            assert await answer_to(socket, other) == station
            old = f"1000000000.{own.split('.')[1]}"
            assert (await answer_to(socket, register(old, branch="4"))).startswith("SIP/2.0 403")
            invite = register(own, branch="5").replace("REGISTER", "INVITE")
            begun = "SIP/2.0 403 calls are begun from the console, not by its phone"
            assert await answer_to(socket, invite) == begun
        # The same token in another session of the same person.
        async with house.login("anna") as again, raw_line(house, again) as socket:
            assert (await answer_to(socket, register(own, branch="6"))) == foreign


async def test_who_has_no_browser_for_a_station_gets_no_line(house: House) -> None:
    async with house.login("gleb") as gleb, house.login("boss") as boss, house.login("anna") as anna:
        assert (await gleb.call("POST", "/api/v1/phone/credentials"))["credential"] is None
        assert (await boss.ask("POST", "/api/v1/phone/credentials"))[0] == 403
        for person, options, code in (
            (gleb, {}, 4402),
            (boss, {}, 4402),
            (anna, {"origin": Origin("https://evil.example")}, 4403),
        ):
            async with raw_line(house, person, **options) as socket:
                with pytest.raises(ConnectionClosed) as closed:
                    await socket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == code
