"""The phone in the browser: Chromium, our server, a real Asterisk 22, and a caller who counts packets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from tests.integration.house import House, line, operator
from tests.integration.voices import at_work, hears_a_voice, hears_silence, ready, registered, voice_from
from tests.support.asterisk import BROWSER_STATIONS, AsteriskServer
from tests.support.browser import VOICE_FLAGS, chromium
from tests.support.server import ApiClient
from tests.support.sipp import ScriptedCaller
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.browser]

VOICE = "88005553001"
HEARD = 2.0
"""Seconds until a microphone that beeps once a second was heard."""


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
        # The browser tells it after the call, or once its link is there again.
        told = await boss.interaction(
            listed["items"][0]["call"], lambda answer: answer["quality"], "told of its quality"
        )
        (heard,) = told["quality"]
        assert (heard["agent"], heard["station"]) == ("anna", "a2001")
        assert heard["samples"] > 0
        assert 3.5 < heard["mos"] <= 4.5
        assert heard["packets_received"] > 50
        assert (ended["outcome"], len(ended["legs"])) == ("answered", 2)
        assert desk.complaints == []


async def test_a_reload_in_mid_call_brings_the_voice_back(house: House, browser: Browser) -> None:
    async with house.watched() as (boss, screen), at_work(house, browser, "anna") as desk:
        page = desk.page
        await ready(desk)
        async with ScriptedCaller(house.asterisk) as caller:
            call = await caller.call(VOICE, caller="+79165550002")
            await page.locator("[data-testid=answer]:not([disabled])").click()
            await page.locator("[data-testid=mute]:not([disabled])").wait_for()
            await hears_a_voice(call)
            answered = time.time()
            for _ in range(2):  # out of the first Dial, and out of the room
                await page.reload()
                await page.locator("[data-testid=mute]:not([disabled])").wait_for()
                await voice_from(page)
                await hears_a_voice(call)
                assert screen.agent("anna")["state"] == "talking"
                assert screen.call_from("+79165550002")["where"] == "room"
                tried("reload in mid-call")
            assert not call.ended.is_set()
            id_ = screen.call_from("+79165550002")["call"]
            await page.keyboard.press("Shift+H")
            assert await call.wait_ended() == "bye"
        over = time.time()
        record = await boss.ended(id_)
        assert (record["outcome"], record["agent"]) == ("answered", "anna")
        assert abs(record["talked"] - (over - answered)) < 1.0 + HEARD
        kinds = [fact["type"] for fact in record["facts"]]
        assert kinds.count("TalkEnded") == kinds.count("TalkStarted") == 1
        assert "HoldStarted" not in kinds
        assert len(record["legs"]) == 4


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


async def test_another_station_a_stolen_and_a_forged_credential_are_refused(house: House) -> None:
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
            until, _, seal = own.partition(".")
            longer = f"{int(until) + 60}.{seal}"
            assert await answer_to(socket, register(longer, branch="4")) == foreign
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
