"""``/sip`` over real sockets: how each connection ends, with which code, and what is counted of it.

Asterisk's side is a WebSocket of the test's own, which answers, falls silent, reads nothing, or goes away.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from callcenter.web.phone_ports import PhoneLine
from callcenter.web.sip import credentials
from routing.ids import StationId

from .conftest import Browser, Start, World

KEY, STATION = b"key", StationId("a1001")
SIP = Subprotocol("sip")


class FakeAsterisk:
    """``heard`` is what came, ``phones`` who is connected."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.phones: list[ServerConnection] = []
        self.reads = True

    async def serve(self, phone: ServerConnection) -> None:
        self.phones.append(phone)
        if not self.reads:
            await phone.wait_closed()
            return
        async for frame in phone:
            self.heard.put_nowait(str(frame))


@pytest_asyncio.fixture
async def asterisk(world: World) -> AsyncIterator[FakeAsterisk]:
    fake = FakeAsterisk()
    # A queue of one: what it does not read soon stands with us.
    listening = serve(fake.serve, "127.0.0.1", 0, subprotocols=[SIP], max_queue=1, close_timeout=0.2)
    async with listening as server:
        port = server.sockets[0].getsockname()[1]
        line = PhoneLine(f"ws://127.0.0.1:{port}/ws", "the station's password", KEY)
        world.deps = replace(world.deps, phones=lambda station: line if station == STATION else None)
        world.options = replace(world.options, sip_patience=0.3, sip_bad=3, phones_per_user=2)
        yield fake


def register(token: str, branch: str, *more: str) -> str:
    lines = (
        "REGISTER sip:callcenter.invalid SIP/2.0",
        f"Via: SIP/2.0/WS x.invalid;branch=z9hG4bK{branch}",
        f"From: <sip:{STATION}@callcenter.invalid>;tag=1",
        f"To: <sip:{STATION}@callcenter.invalid>",
        f"Call-ID: c{branch}",
        "CSeq: 1 REGISTER",
        f"Contact: <sip:{STATION}@x.invalid;transport=ws>",
        f"Authorization: Bearer {token}",
        *more,
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", ""))


@asynccontextmanager
async def signed_in(server: TestServer, world: World) -> AsyncIterator[tuple[Browser, str]]:
    """Anna's browser, and her session."""
    browser = Browser(server, world)
    try:
        yield browser, await browser.sign_in_as("anna")
    finally:
        await browser.close()


async def phone(browser: Browser, **options: Any) -> aiohttp.ClientWebSocketResponse:
    return await browser.http.ws_connect(browser.url("/sip"), **{"protocols": ("sip",), **options})


async def ended(ws: aiohttp.ClientWebSocketResponse) -> tuple[int | None, str]:
    """The code and the words that the connection ended with."""
    async with asyncio.timeout(10):
        while (message := await ws.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    assert message.type is aiohttp.WSMsgType.CLOSE, message
    return message.data, str(message.extra)


async def counted(browser: Browser, name: str, value: float) -> None:
    """Returns once the metric has this value: the last moments of a connection are after its close frame."""
    async with asyncio.timeout(5):
        while True:
            text = (await browser.call("GET", "/metrics")).body.decode()
            found = [line.split()[-1] for line in text.splitlines() if line.startswith(f"{name} ")]
            if found and float(found[0]) == value:
                return
            await asyncio.sleep(0.02)


async def test_what_is_said_goes_on_and_the_connection_is_counted(
    world: World, asterisk: FakeAsterisk, start: Start
) -> None:
    async with signed_in(await start(), world) as (anna, session):
        ws = await phone(anna)
        token = credentials.make(KEY, session, STATION, world.clock.now() + 300)
        await ws.send_str(register(token, "1"))
        async with asyncio.timeout(5):
            heard = await asterisk.heard.get()
        assert heard.startswith("REGISTER ")
        assert token not in heard
        await counted(anna, "callcenter_sip_connections", 1)
        await ws.close()
        await counted(anna, "callcenter_sip_connections", 0)
        await counted(anna, 'callcenter_sip_ended_total{why="browser"}', 1)


async def test_an_expired_credential_is_refused_in_clear_words_and_the_next_one_taken(
    world: World, asterisk: FakeAsterisk, start: Start
) -> None:
    async with signed_in(await start(), world) as (anna, session):
        ws = await phone(anna)
        token = credentials.make(KEY, session, STATION, world.clock.now() + 300)
        await ws.send_str(register(token, "1"))
        async with asyncio.timeout(5):
            assert "bK1" in await asterisk.heard.get()
        world.clock.time += 301
        await ws.send_str(register(token, "2"))
        answer = await ws.receive_str(timeout=5)
        assert answer.split("\r\n", 1)[0] == "SIP/2.0 403 the credential has expired"
        fresh = credentials.make(KEY, session, STATION, world.clock.now() + 300)
        await ws.send_str(register(fresh, "3"))
        async with asyncio.timeout(5):
            assert "bK3" in await asterisk.heard.get()
        await counted(anna, 'callcenter_sip_refused_total{kind="credential"}', 1)


async def test_too_many_refused_messages_end_it_with_4400(
    world: World, asterisk: FakeAsterisk, start: Start
) -> None:
    async with signed_in(await start(), world) as (anna, _):
        ws = await phone(anna)
        for _ in range(world.options.sip_bad):
            await ws.send_str("nonsense")
        assert await ended(ws) == (4400, "too many refused messages")
        await counted(anna, 'callcenter_sip_refused_total{kind="malformed"}', 3)
        await counted(anna, 'callcenter_sip_ended_total{why="refused"}', 1)


async def test_another_subprotocol_is_4400(world: World, asterisk: FakeAsterisk, start: Start) -> None:
    async with signed_in(await start(), world) as (anna, _):
        assert await ended(await phone(anna, protocols=())) == (4400, "ask for the subprotocol sip")
        assert asterisk.phones == []


async def test_an_asterisk_that_reads_nothing_ends_it_with_4408(
    world: World, asterisk: FakeAsterisk, start: Start
) -> None:
    asterisk.reads = False
    async with signed_in(await start(), world) as (anna, session):
        # Its answer to the close frame would wait behind what nobody reads.
        ws = await phone(anna, autoclose=False)
        token = credentials.make(KEY, session, STATION, world.clock.now() + 300)
        message = register(token, "1", f"Warning: {'x' * 4000}")

        async def flood() -> None:
            while not ws.closed:
                await ws.send_str(message)

        flooding = asyncio.create_task(flood())
        try:
            assert await ended(ws) == (4408, "too slow")
        finally:
            flooding.cancel()
            await asyncio.gather(flooding, return_exceptions=True)
        await counted(anna, 'callcenter_sip_ended_total{why="slow"}', 1)


async def test_a_browser_that_reads_nothing_is_cut_off(
    world: World, asterisk: FakeAsterisk, start: Start
) -> None:
    """No close frame can reach it, so its connection is reset."""
    async with signed_in(await start(), world) as (anna, _):
        ws = await phone(anna, max_msg_size=0)
        reader = ws._conn.transport  # type: ignore[union-attr]
        assert reader is not None
        reader.pause_reading()
        async with asyncio.timeout(10):
            while not asterisk.phones:
                await asyncio.sleep(0.01)
            try:
                while True:
                    await asterisk.phones[0].send("SIP/2.0 200 OK\r\n" + "x" * 60_000)
            except Exception:
                pass
        await counted(anna, 'callcenter_sip_ended_total{why="slow"}', 1)
        await counted(anna, "callcenter_sip_connections", 0)
        reader.resume_reading()


async def test_asterisks_end_of_it_is_1012_so_that_the_browser_comes_back(
    world: World, asterisk: FakeAsterisk, start: Start
) -> None:
    async with signed_in(await start(), world) as (anna, _):
        ws = await phone(anna)
        async with asyncio.timeout(5):
            while not asterisk.phones:
                await asyncio.sleep(0.01)
        await asterisk.phones[0].close()
        assert await ended(ws) == (1012, "the telephony server ended the connection")
        await counted(anna, 'callcenter_sip_ended_total{why="asterisk"}', 1)


async def test_an_asterisk_that_is_not_there_is_1013(world: World, start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    line = PhoneLine(f"ws://127.0.0.1:{port}/ws", "the station's password", KEY)
    world.deps = replace(world.deps, phones=lambda _: line)
    async with signed_in(await start(), world) as (anna, _):
        assert await ended(await phone(anna)) == (1013, "the telephony server can't be reached")
        await counted(anna, 'callcenter_sip_ended_total{why="unreachable"}', 1)


async def test_one_user_has_so_many_connections_and_no_more(
    world: World, asterisk: FakeAsterisk, start: Start
) -> None:
    async with signed_in(await start(), world) as (anna, _):
        kept = [await phone(anna) for _ in range(world.options.phones_per_user)]
        assert await ended(await phone(anna)) == (1013, "try again later")
        await kept[0].close()
        await counted(anna, "callcenter_sip_connections", 1)
        again = await phone(anna)
        await counted(anna, "callcenter_sip_connections", 2)
        assert not again.closed


async def test_signing_out_ends_the_phone(world: World, asterisk: FakeAsterisk, start: Start) -> None:
    async with signed_in(await start(), world) as (anna, _):
        ws = await phone(anna)
        assert (await anna.api("DELETE", "/session")).status == 204
        assert await ended(ws) == (4401, "signed out")
        await counted(anna, 'callcenter_sip_ended_total{why="signed_out"}', 1)


@pytest.mark.parametrize(("login", "code"), [("boris", 4402), ("sveta", 4402), (None, 4401)])
async def test_who_has_no_browser_for_a_station_has_no_line(
    world: World, asterisk: FakeAsterisk, start: Start, login: str | None, code: int
) -> None:
    browser = Browser(await start(), world)
    if login is not None:
        await browser.sign_in_as(login)
    assert (await ended(await phone(browser)))[0] == code
    await browser.close()
