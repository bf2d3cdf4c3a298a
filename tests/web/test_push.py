"""``/ws`` over a real socket: picture, resume, second tabs, bad frames, slow and signed-out browsers."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from callcenter.calls.requests import (
    Accepted,
    AcknowledgeCard,
    BrowserConnected,
    BrowserLost,
    Refusal,
    Refused,
    Reply,
    ReportPhone,
    Request,
)
from callcenter.calls.states import PhoneProblem
from callcenter.calls.views import LinkState, ServerView
from callcenter.tasks import TaskGroup
from callcenter.web.push.announcer import Announcer
from callcenter.web.push.protocol import ServerMessage
from routing.ids import AgentId, ServerId

from .conftest import Browser, Open, Socket, Start, World
from .fakes import OFFER, entity, gone

ANNA = AgentId("anna")


def announced(world: World) -> list[BrowserConnected | BrowserLost]:
    return [item for item in world.site.requests if isinstance(item, BrowserConnected | BrowserLost)]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


async def test_snapshot_then_changes(anna: Browser, world: World) -> None:
    world.site.emit(entity("queue/sales", n=1), entity("card/1", ["boris"], n=1))
    socket = await anna.socket()
    assert socket.welcome == {"type": "welcome", "node": "node-1", "version": "", "leads": True}
    await socket.get("snapshot")
    assert socket.replica == {"queue/sales": {"n": 1}}
    world.site.emit(entity("queue/sales", n=2), entity("card/1", ["anna"], n=2))
    await socket.until_seq(4)
    assert socket.replica == {"queue/sales": {"n": 2}, "card/1": {"n": 2}}
    world.site.emit(entity("card/1", ["boris"], n=3), gone("queue/sales"))
    await socket.until_seq(6)
    assert socket.replica == {}


async def test_supervisors_and_administrators_see_all_others_their_own(browsers: Open, world: World) -> None:
    world.site.emit(entity("call/1", ["anna"], n=1), entity("call/2", [], n=2), entity("queue/a", n=3))
    seen = {}
    for login in ("anna", "boris", "desk", "mark", "sveta", "root"):
        browser = browsers()
        await browser.sign_in_as(login)
        socket = await browser.socket()
        await socket.get("snapshot")
        seen[login] = set(socket.replica)
    everything = {"call/1", "call/2", "queue/a"}
    assert seen == {
        "anna": {"call/1", "queue/a"},
        "boris": {"queue/a"},
        "desk": {"queue/a"},
        "mark": {"queue/a"},
        "sveta": everything,
        "root": everything,
    }


async def test_resume_brings_what_was_missed(anna: Browser, world: World) -> None:
    world.site.emit(entity("queue/a", n=1), entity("card/1", ["anna"], n=1))
    first = await anna.socket()
    await first.get("snapshot")
    await first.ws.close()
    world.site.emit(entity("queue/a", n=2), entity("card/1", ["boris"], n=2), entity("queue/b", n=3))
    second = await anna.socket(resume=first.resume)
    second.replica, second.epoch = dict(first.replica), first.epoch
    message = await second.read()
    assert message["type"] == "changes"
    assert second.replica == {"queue/a": {"n": 2}, "queue/b": {"n": 3}}
    await second.ws.close()
    third = await anna.socket(resume={"epoch": second.epoch, "seq": second.seq})
    assert (await third.read())["changes"] == []


async def test_a_gap_or_another_epoch_gives_a_snapshot(
    start: Start, world: World, tune: Callable[..., None]
) -> None:
    tune(ring=2)
    browser = Browser(await start(), world)
    await browser.sign_in_as("anna")
    try:
        first = await browser.socket()
        await first.get("snapshot")
        for number in range(4):
            world.site.emit(entity("queue/a", n=number))
        await first.until_seq(4)
        for resume in (
            {"epoch": first.epoch, "seq": 1},
            {"epoch": first.epoch, "seq": 99},
            {"epoch": "other", "seq": 4},
        ):
            socket = await browser.socket(resume=resume)
            assert (await socket.read())["type"] == "snapshot"
        world.site.reset("2")
        await first.get("snapshot")
        assert first.epoch.startswith("2/")
    finally:
        await browser.close()


async def test_a_quiet_viewer_is_moved_on_by_his_pings(anna: Browser, world: World) -> None:
    socket = await anna.socket()
    await socket.get("snapshot")
    world.site.emit(entity("card/1", ["boris"], n=1))
    await socket.send({"type": "ping", "n": 7})
    assert (await socket.get("pong"))["n"] == 7
    await socket.until_seq(1)
    assert socket.replica == {}


async def test_painted_is_acknowledged_at_once(anna: Browser, world: World) -> None:
    socket = await anna.socket()
    await socket.send({"type": "painted", "offer": OFFER})
    await world.site.wait_for(AcknowledgeCard(ANNA, OFFER))
    world.site.reply = Refused(Refusal.TOO_LATE, "over")
    await socket.send({"type": "painted", "offer": OFFER})
    error = await socket.get("error")
    assert (error["code"], error["detail"]) == ("refused", "too_late")


async def test_the_core_knows_the_leading_tab_only(anna: Browser, world: World) -> None:
    one = await anna.socket("tab-00001")
    await until(lambda: len(announced(world)) == 1)
    two = await anna.socket("tab-00002")
    assert two.welcome["leads"] is True
    assert (await one.get("lead"))["leads"] is False
    await until(lambda: len(announced(world)) == 3)
    connected, second, lost = announced(world)
    assert isinstance(connected, BrowserConnected)
    assert isinstance(second, BrowserConnected)
    assert lost == BrowserLost(ANNA, connected.browser)
    assert second.browser != connected.browser

    await one.send({"type": "painted", "offer": OFFER})
    assert (await one.get("error"))["code"] == "not_leading"
    assert AcknowledgeCard(ANNA, OFFER) not in world.site.requests

    await one.send({"type": "lead"})
    assert (await one.get("lead"))["leads"] is True
    assert (await two.get("lead"))["leads"] is False
    await one.ws.close()
    assert (await two.get("lead"))["leads"] is True
    await two.ws.close()
    last = second.browser
    await world.site.wait_for(BrowserLost(ANNA, last))
    known: list[str] = []
    for item in announced(world):
        if isinstance(item, BrowserConnected):
            known.append(item.browser)
        else:
            known.remove(item.browser)
        assert known or item is announced(world)[-1]  # never a moment without a browser between tabs


async def test_users_without_a_station_are_no_browsers(browser: Browser, world: World) -> None:
    await browser.sign_in_as("sveta")
    socket = await browser.socket()
    assert socket.welcome["leads"] is True
    await socket.send({"type": "painted", "offer": OFFER})
    assert (await socket.get("error"))["code"] == "not_leading"
    await socket.send({"type": "lead"})
    assert (await socket.get("lead"))["leads"] is True
    assert world.site.requests == []


async def test_a_new_router_is_told_again(anna: Browser, world: World) -> None:
    await anna.socket()
    await until(lambda: len(announced(world)) == 1)
    world.site.reset("2")
    await until(lambda: len(announced(world)) == 2)
    assert announced(world)[0] == announced(world)[1]


async def test_browsers_are_told_again_while_they_are_there(
    start: Start, world: World, tune: Callable[..., None]
) -> None:
    tune(browser_repeat=0.02)
    browser = Browser(await start(), world)
    await browser.sign_in_as("anna")
    try:
        await browser.socket("tab-00001")
        second = await browser.socket("tab-00002")
        await until(lambda: len(announced(world)) >= 3)
        await second.send({"type": "ping", "n": 1})
        await second.get("pong")
        before = len(announced(world))
        await until(lambda: len(announced(world)) >= before + 3)
        again = announced(world)[before:]
        assert len(set(again)) == 1  # the leading tab alone
        assert isinstance(again[0], BrowserConnected)
    finally:
        await browser.close()


async def test_a_lease_is_renewed_until_the_browser_goes_and_refusals_are_borne() -> None:
    asked: list[Request] = []
    answers: list[Reply] = [Accepted(), Refused(Refusal.BUSY, "no router"), Accepted()]

    async def submit(request: Request) -> Reply:
        asked.append(request)
        return answers[len(asked) - 1] if len(asked) <= len(answers) else Accepted()

    tasks = TaskGroup()
    announcer = Announcer(submit, tasks)
    tasks.start("repeat", announcer.repeat(0.02))
    announcer.wish(ANNA, "b1")
    await until(lambda: len(asked) >= 6)
    assert set(asked) == {BrowserConnected(ANNA, "b1")}
    announcer.wish(ANNA, None)
    await until(lambda: asked[-1] == BrowserLost(ANNA, "b1"))
    count = len(asked)
    await announcer.settle(1)
    await asyncio.sleep(0.06)
    assert len(asked) == count  # nothing was told twice, nothing is told of one who left
    await tasks.close()


async def test_announcing_goes_on_until_it_is_accepted() -> None:
    asked: list[Request] = []

    async def submit(request: Request) -> Reply:
        asked.append(request)
        return Accepted() if len(asked) >= 3 else Refused(Refusal.STARTING, "not yet")

    tasks = TaskGroup()
    announcer = Announcer(submit, tasks)
    announcer.wish(ANNA, "b1")
    await until(lambda: len(asked) == 3)
    await announcer.settle(1)
    announcer.wish(ANNA, "b1")
    await announcer.settle(1)
    assert asked == [BrowserConnected(ANNA, "b1")] * 3
    announcer.wish(ANNA, None)
    await announcer.settle(1)
    assert asked[3:] == [BrowserLost(ANNA, "b1")]
    await tasks.close()


async def test_a_wish_withdrawn_before_it_was_told_is_never_told() -> None:
    asked: list[Request] = []

    async def submit(request: Request) -> Reply:
        asked.append(request)
        return Refused(Refusal.BUSY, "nobody there")

    tasks = TaskGroup()
    announcer = Announcer(submit, tasks)
    announcer.wish(ANNA, "b1")
    await until(lambda: len(asked) == 1)
    announcer.wish(ANNA, None)
    await announcer.settle(1)
    assert asked == [BrowserConnected(ANNA, "b1")]
    await tasks.close()


BAD = [
    ("{", "bad_json"),
    ("", "bad_json"),
    ("[1]", "bad_message"),
    ('"hello"', "bad_message"),
    ("null", "bad_message"),
    ('{"type":"dance"}', "bad_message"),
    ('{"type":"ping","n":"1"}', "bad_message"),
    ('{"type":"ping","n":-1}', "bad_message"),
    ('{"type":"ping","n":1.5}', "bad_message"),
    ('{"type":"ping"}', "bad_message"),
    ('{"type":"ping","n":1,"more":2}', "bad_message"),
    ('{"type":"painted","offer":7}', "bad_message"),
    ('{"type":"hello","tab":"<script>"}', "bad_message"),
    ('{"type":"hello","tab":"tab-00001"}', "hello_again"),
    ("[" * 5000, "bad_json"),
    (json.dumps({"type": "painted", "offer": "x" * 20_000}), "too_large"),
]


@pytest.mark.parametrize(("frame", "code"), BAD)
async def test_a_bad_message_is_answered_and_the_connection_lives(
    anna: Browser, frame: str, code: str
) -> None:
    socket = await anna.socket()
    await socket.send(frame)
    assert (await socket.get("error"))["code"] == code
    await socket.send({"type": "ping", "n": 1})
    await socket.get("pong")


async def test_bad_fields_are_named(anna: Browser) -> None:
    socket = await anna.socket()
    await socket.send({"type": "ping", "n": "x", "extra": 1})
    detail = (await socket.get("error"))["detail"]
    assert "ping.n" in detail
    assert "ping.extra" in detail


async def test_binary_and_broken_text_frames(anna: Browser) -> None:
    socket = await anna.socket()
    await socket.ws.send_bytes(b"\x00\x01")
    assert (await socket.get("error"))["code"] == "binary"
    await socket.ws.send_frame(b'{"type":"\xff"}', aiohttp.WSMsgType.TEXT)
    assert (await socket.get("error"))["code"] in ("bad_json", "bad_message")
    await socket.send({"type": "ping", "n": 1})
    await socket.get("pong")


async def test_abuse_is_closed_after_its_answers(anna: Browser, world: World) -> None:
    socket = await anna.socket()
    for _ in range(world.options.bad_frames):
        await socket.send("{")
    for _ in range(world.options.bad_frames):
        await socket.get("error")
    assert await socket.closed() == 4400


async def test_hello_comes_first_and_soon(start: Start, world: World, tune: Callable[..., None]) -> None:
    tune(hello_timeout=0.2)
    browser = Browser(await start(), world)
    await browser.sign_in_as("anna")
    try:
        socket = await browser.raw_socket()
        await socket.send({"type": "ping", "n": 1})
        assert (await socket.get("error"))["code"] == "hello_first"
        world.site.emit(entity("queue/a", n=1))  # not sent before hello
        assert await socket.closed() == 4400
        assert announced(world) == []
    finally:
        await browser.close()


async def test_refusals_are_close_codes(anna: Browser, browsers: Open) -> None:
    stranger = browsers()
    assert await (await stranger.raw_socket()).closed() == 4401
    foreign = await anna.raw_socket(headers={"Origin": "https://evil.example"})
    assert await foreign.closed() == 4403
    own = await anna.raw_socket(headers={"Origin": str(anna.url("/").origin())})
    await own.send({"type": "hello", "tab": "tab-00001"})
    await own.get("welcome")


async def test_no_socket_no_upgrade(anna: Browser) -> None:
    answer = await anna.call("GET", "/ws")
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")


async def test_signing_out_closes_the_sockets_of_that_session(browsers: Open, world: World) -> None:
    here, elsewhere = browsers(), browsers()
    await here.sign_in_as("anna")
    await elsewhere.sign_in_as("anna")
    one, two, other = await here.socket("tab-1111"), await here.socket("tab-2222"), await elsewhere.socket()
    await here.api("DELETE", "/session")
    assert await one.closed() == 4401
    assert await two.closed() == 4401
    await other.send({"type": "ping", "n": 1})
    await other.get("pong")


async def test_a_session_that_ended_elsewhere_is_noticed(anna: Browser, world: World) -> None:
    socket = await anna.socket()
    world.sessions.rows.clear()  # as another node would
    assert await socket.closed() == 4401


async def test_someone_switched_off_is_disconnected(anna: Browser, world: World) -> None:
    socket = await anna.socket()
    world.users.rows["anna"] = replace(world.users.rows["anna"], active=False)
    assert await socket.closed() == 4401


async def test_a_database_that_is_away_disconnects_nobody(anna: Browser, world: World) -> None:
    socket = await anna.socket()
    world.sessions.error = OSError("away")
    await asyncio.sleep(3 * world.options.session_check)
    await socket.send({"type": "ping", "n": 1})
    await socket.get("pong")
    world.sessions.error = None


async def test_a_connected_console_keeps_its_session_in_use(anna: Browser, world: World) -> None:
    await anna.socket()
    (before,) = world.sessions.rows.values()
    world.clock.time += 120
    await until(lambda: next(iter(world.sessions.rows.values())).seen_at > before.seen_at)


class Stalled:
    """A browser that stops reading: a raw connection whose bytes stay where they are."""

    def __init__(self, browser: Browser, token: str) -> None:
        self.browser = browser
        self.token = token

    async def __aenter__(self) -> Stalled:
        url = self.browser.url("/ws")
        assert url.host is not None
        assert url.port is not None
        raw = socket.create_connection((url.host, url.port))
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.reader, self.writer = await asyncio.open_connection(sock=raw, limit=1024)
        self.writer.write(
            f"GET /ws HTTP/1.1\r\nHost: {url.host}:{url.port}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"Cookie: cc_session={self.token}\r\n\r\n".encode()
        )
        await self.reader.readuntil(b"\r\n\r\n")
        hello = b'{"type":"hello","tab":"tab-slow1"}'
        self.writer.write(bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)
        await self.writer.drain()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()


def pictures(world: World) -> float:
    return world.registry.get_sample_value("callcenter_ws_pictures_total", {"way": "snapshot"}) or 0


async def test_a_slow_browser_gets_a_snapshot_then_is_dropped_and_others_never_wait(
    start: Start, world: World, tune: Callable[..., None]
) -> None:
    tune(outbox=4, send_patience=1.0, close_grace=0.2)
    browser = Browser(await start(), world)
    await browser.sign_in_as("anna")
    token = next(c.value for c in browser.http.cookie_jar)
    quick = await browser.socket("tab-quick")

    def slow(done: str) -> float:
        return world.registry.get_sample_value("callcenter_ws_slow_total", {"done": done}) or 0

    try:
        async with Stalled(browser, token):
            await until(lambda: pictures(world) == 2)
            text = "x" * 300_000
            for number in range(1, 60):
                world.site.emit(entity("queue/a", n=number, text=text))
                await quick.until_seq(number)
            assert slow("snapshot") == 1
            await until(lambda: slow("closed") == 1)
            await until(lambda: world.registry.get_sample_value("callcenter_ws_connections") == 1)
        assert quick.replica["queue/a"]["n"] == 59
    finally:
        await browser.close()


async def test_a_browser_that_was_slow_for_a_while_is_sent_one_snapshot(
    start: Start, world: World, tune: Callable[..., None]
) -> None:
    tune(outbox=4)
    browser = Browser(await start(), world)
    await browser.sign_in_as("anna")
    try:
        socket = await browser.socket()
        await socket.get("snapshot")
        for number in range(1, 21):  # in one turn of the loop, faster than anyone could be sent
            world.site.emit(entity("queue/a", n=number), entity("card/1", ["boris"], n=number))
        message = await socket.read()
        assert message["type"] == "snapshot"
        assert (socket.seq, socket.replica) == (40, {"queue/a": {"n": 20}})
        world.site.emit(entity("queue/a", n=21))
        assert (await socket.read())["type"] == "changes"
    finally:
        await browser.close()


async def test_one_who_neither_reads_nor_hears_much_is_dropped_by_patience(
    start: Start, world: World, tune: Callable[..., None]
) -> None:
    tune(send_patience=0.3, close_grace=0.2)
    browser = Browser(await start(), world)
    await browser.sign_in_as("anna")
    token = next(c.value for c in browser.http.cookie_jar)
    try:
        async with Stalled(browser, token):
            await until(lambda: pictures(world) == 1)
            for number in range(30):
                world.site.emit(entity("queue/a", n=number, text="x" * 1_000_000))
            await until(lambda: world.registry.get_sample_value("callcenter_ws_connections") == 0)
    finally:
        await browser.close()


async def test_too_many_sockets_of_one_user(start: Start, world: World, tune: Callable[..., None]) -> None:
    tune(sockets_per_user=2)
    browser = Browser(await start(), world)
    await browser.sign_in_as("anna")
    try:
        await browser.socket("tab-00001")
        await browser.socket("tab-00002")
        assert await (await browser.raw_socket()).closed() == 1013
    finally:
        await browser.close()


async def test_a_stopping_server_says_goodbye(start: Start, world: World) -> None:
    server = await start()
    browser = Browser(server, world)
    await browser.sign_in_as("anna")
    socket = await browser.socket()
    await until(lambda: len(announced(world)) == 1)
    closing = asyncio.create_task(server.close())
    assert await socket.closed() == 1001
    await closing
    assert isinstance(announced(world)[-1], BrowserLost)
    await browser.close()


async def test_every_frame_is_as_the_document_says(anna: Browser, world: World) -> None:
    """Real entities through the spliced bytes come out as messages of the protocol."""
    view = ServerView("server", ServerId("main"), LinkState.UP, 10.0)
    document = {"kind": view.kind, "server": view.server, "link": view.link, "since": view.since}
    world.site.emit(entity("server/main", None, **document))
    socket = await anna.socket()
    snapshot = await socket.get("snapshot")
    ServerMessage.model_validate_json(json.dumps(snapshot))
    world.site.emit(entity("server/main", None, **{**document, "link": "down"}), gone("queue/x"))
    changes: dict[str, Any] = await socket.get("changes")
    ServerMessage.model_validate_json(json.dumps(changes))


async def test_sockets_are_counted(anna: Browser, world: World) -> None:
    socket: Socket = await anna.socket()
    text = (await anna.call("GET", "/metrics")).body.decode()
    assert "callcenter_ws_connections 1.0" in text
    await socket.ws.close()


async def test_the_leading_tab_tells_of_its_phone_and_a_new_core_hears_it_again(
    anna: Browser, world: World
) -> None:
    first = await anna.socket()
    await first.send({"type": "phone", "problem": "microphone_denied"})
    await until(lambda: any(isinstance(item, ReportPhone) for item in world.site.requests))
    told = next(item for item in world.site.requests if isinstance(item, ReportPhone))
    assert (told.agent, told.problem) == (ANNA, PhoneProblem.MICROPHONE_DENIED)
    assert told.voice
    await first.send({"type": "phone", "problem": None, "voice": False})
    silent = ReportPhone(ANNA, told.browser, None, voice=False)
    await until(lambda: silent in world.site.requests)
    second = await anna.socket(tab="tab-00002")
    await first.send({"type": "phone", "problem": None})
    assert (await first.get("error"))["code"] == "not_leading"
    await second.send({"type": "phone", "problem": "broken"})
    assert (await second.get("error"))["code"] == "bad_message"
