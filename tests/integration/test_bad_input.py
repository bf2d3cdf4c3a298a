"""Bad input to the running product, by every way in, with a call on it.

There is a clear error, and the call goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.integration.house import House, enter, id_of, line, new_number, node, operator, talking
from tests.support.asterisk import AsteriskServer
from tests.support.server import ApiClient, ServerProcess, SiteSeed
from tests.support.sipp import RINGS, ScriptedCaller, ScriptedPhone

pytestmark = pytest.mark.asterisk

NUMBER = "88005552801"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_sqlite: str) -> Iterator[House]:
    people = [operator("anna", "a1011", "sales")]
    opened = House.open(asterisk, house_folder, house_sqlite, [line("sales", NUMBER)], people)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
async def on_a_call(house: House) -> AsyncIterator[tuple[ApiClient, str]]:
    """Anna talks during the test: she is heard after it, and her call ends as any other does."""
    async with (
        ScriptedPhone(house.asterisk, "a1011", plan=RINGS) as phone,
        ScriptedCaller(house.asterisk) as caller,
        house.watched() as (boss, screen),
        house.login("anna") as anna,
        anna.screen() as mine,
    ):
        await anna.set_state("ready")
        await screen.wait_agent("anna", "ready")
        outgoing = await caller.call(NUMBER, caller=new_number())
        rung = await phone.next_call()
        rung.answer()
        await mine.wait_state("talking")
        yield anna, id_of(rung)
        await talking(outgoing, rung)
        assert house.server.running
        outgoing.hang_up()
        await rung.wait_ended()
        await mine.wait_state("ready")
        assert (await boss.ended(id_of(rung)))["outcome"] == "answered"


WRONG: list[tuple[str, str, Any, int, str]] = [
    ("PUT", "/api/v1/agents/anna/state", {"state": "asleep"}, 422, "state"),
    ("PUT", "/api/v1/agents/anna/state", {"state": ["ready"]}, 422, "state"),
    ("PUT", "/api/v1/agents/anna/state", {"state": "paused", "reason": 7}, 422, "reason"),
    ("PUT", "/api/v1/agents/anna/state", [], 422, ""),
    ("PUT", "/api/v1/agents/nobody/state", {"state": "ready"}, 403, ""),
    ("POST", "/api/v1/calls/CALL/wrap-up", {"disposition": {"a": 1}, "note": None}, 422, "disposition"),
    ("POST", "/api/v1/calls/CALL/wrap-up", {"disposition": "sale", "note": "\u0000"}, 422, "note"),
    ("POST", "/api/v1/calls/CALL/wrap-up", {"disposition": "sale"}, 409, ""),
    ("POST", "/api/v1/calls/CALL/decline", {"offer": "CALL/1"}, 409, ""),
    ("PUT", "/api/v1/calls/CALL/client", {"client": "first"}, 422, "client"),
    ("PUT", "/api/v1/calls/CALL/client", {"client": 10**30}, 422, "client"),
    ("POST", "/api/v1/clients", {"name": 5, "phones": "all"}, 422, "phones"),
    ("GET", "/api/v1/calls?limit=many&from=yesterday&agent=anna", None, 422, "limit"),
    ("GET", "/api/v1/calls/no:such", None, 404, ""),
]


async def test_wrong_types_in_rest_are_named(on_a_call: tuple[ApiClient, str]) -> None:
    anna, call = on_a_call
    for method, path, body, status, field in WRONG:
        filled = body
        if isinstance(body, dict) and body.get("offer"):
            filled = {"offer": f"{call}/1"}
        answered, problem = await anna.ask(method, path.replace("CALL", call), filled)
        assert answered == status, (method, path, body, problem)
        assert problem["status"] == status
        named = [error["field"] for error in problem.get("errors", [])]
        assert not field or any(field in name for name in named), (path, problem)
    for data in (b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"state": "ready", "state"'):
        async with anna.http.put("/api/v1/agents/anna/state", data=data, headers=JSON) as answer:
            assert answer.status in {400, 413, 422}, data[:20]


async def test_rubbish_on_the_push_socket_is_answered(house: House, on_a_call: tuple[ApiClient, str]) -> None:
    anna, _ = on_a_call
    rubbish: list[str | bytes] = [
        "",
        "{",
        "null",
        "[]",
        '{"type": "painted"}',
        '{"type": "painted", "offer": 5}',
        '{"type": "dance"}',
        '{"type": "hello", "tab": "' + "x" * 5000 + '"}',
        "[" * 5000,
        b"\x00\xff",
    ]
    for text in rubbish:
        async with anna.http.ws_connect("/ws") as socket:
            await socket.send_json({"type": "hello", "tab": "a-second-tab", "resume": None})
            assert (await socket.receive_json(timeout=5))["type"] in {"snapshot", "welcome"}
            await (socket.send_bytes(text) if isinstance(text, bytes) else socket.send_str(text))
            assert await _complaint(socket), text
    async with anna.http.ws_connect("/ws", max_msg_size=0) as socket:
        # The server may close after the first bytes; who is still sending then finds the connection gone.
        with contextlib.suppress(ConnectionError):
            await socket.send_str("x" * 2_000_000)
            assert await _complaint(socket)
    async with anna.http.ws_connect("/ws") as socket:
        await socket.send_json({"type": "hello", "tab": "a-second-tab", "resume": None})
        assert (await socket.receive_json(timeout=5))["type"] in {"snapshot", "welcome"}
    # Without a session, and from another page.
    async with aiohttp.ClientSession() as nobody, nobody.ws_connect(f"{house.server.base}/ws") as socket:
        assert await _complaint(socket)
    async with anna.http.ws_connect("/ws", headers={"Origin": "http://elsewhere.example"}) as socket:
        assert await _complaint(socket)


async def _complaint(socket: aiohttp.ClientWebSocketResponse) -> bool:
    """Whether the next words, apart from news, are an error or a close with a code for it."""
    while True:
        message = await socket.receive(timeout=5)
        if message.type is aiohttp.WSMsgType.TEXT:
            if message.json()["type"] == "error":
                return True
            continue
        assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING}
        return socket.close_code is not None and socket.close_code >= 1002


@pytest.mark.usefixtures("on_a_call")
async def test_rubbish_on_the_web_port_disturbs_nobody(house: House) -> None:
    for rubbish in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),  # TLS
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Y: z\r\n" * 20_000 + b"\r\n",
        b"\r\n" * 50_000,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
        writer.write(rubbish)
        try:
            writer.write_eof()
            answer = await asyncio.wait_for(reader.read(), 10)
            assert answer == b"" or answer.startswith(b"HTTP/1."), rubbish[:30]
        except ConnectionError:
            pass
        writer.close()
    log = house.server.log_tail(500)
    assert "web.not_http" in log
    assert "Traceback" not in log
    assert "aaaa" not in log


TEN = """
[site]
timezone = "Europe/Moskow"
region = "Russia"
[web]
prot = 8080
port = "8080"
[database]
url = "mysql://x"
[redis]
url = "http://x"
[ami]
secret_file = "nowhere/secret"
[routing]
pop_gate_ms = 60000
[log]
level = "loud"
[telephony.Main]
host = "10.0.0.5"
"""


@pytest.mark.parametrize("command", ["check-config", "serve", "migrate"])
def test_ten_mistakes_in_the_settings_end_every_command_with_their_explanations(
    tmp_path: Path, command: str
) -> None:
    file = tmp_path / "callcenter.toml"
    file.write_text(TEN)
    done = _cli(command, "--config", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert "10 mistakes in the settings" in done.stderr
    for key in ("site.timezone", "web.prot", "database.url", "routing.pop_gate_ms", "telephony.Main"):
        assert key in done.stderr
    assert "Traceback" not in done.stderr
    assert str(file) in done.stderr


def test_settings_that_are_in_order_end_with_0(tmp_path: Path) -> None:
    done = _cli("check-config", CALLCENTER_AMI_SECRET="long enough")
    assert (done.returncode, done.stderr) == (0, "")
    done = _cli("check-config")
    assert done.returncode == 1
    assert "CALLCENTER_AMI_SECRET" in done.stderr


def _cli(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("CALLCENTER_")}
    return subprocess.run(
        [sys.executable, "-m", "callcenter.cli.main", *arguments],
        env={**environ, **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


async def test_a_peer_that_is_no_manager_leaves_the_server_serving(
    asterisk: AsteriskServer, tmp_path: Path, sqlite_url: str
) -> None:
    """Something else listens at the manager's port; then the password is wrong: browsers are served all the
    same, and told that there is no link."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n" + b"\xff\x00" * 5_000 + b"\r\n\r\n")
        try:
            await writer.drain()
            await reader.read()
        except ConnectionError:
            pass
        writer.close()

    await enter(sqlite_url, SiteSeed([line("sales", NUMBER)]))
    async with await asyncio.start_server(talk, "127.0.0.1", 0) as rubbish:
        port = rubbish.sockets[0].getsockname()[1]
        settings = {"AMI_CONNECT_SECONDS": 1, "AMI_PORT": port}
        server = node(asterisk, tmp_path, sqlite_url, settings, "rubbish")
        await server.start(routing=False)
        await _not_linked(server.base)
        await server.stop()
    server = node(asterisk, tmp_path, sqlite_url, {"AMI_SECRET": "not the secret"}, "wrong")
    await server.start(routing=False)
    await _not_linked(server.base)
    await _said(server, "ami.denied")
    await server.stop()
    assert server.log_tail(200).count("ami.denied") == 1
    assert "not the secret" not in server.log_tail(500)


async def _said(server: ServerProcess, what: str) -> None:
    until = time.monotonic() + 10
    while what not in server.log_tail(200):
        assert time.monotonic() < until, server.log_tail()
        await asyncio.sleep(0.05)


async def _not_linked(base: str) -> None:
    until = time.monotonic() + 10
    async with aiohttp.ClientSession() as http:
        while True:
            async with http.get(f"{base}/readyz") as answer:
                checks = await answer.json()
                if answer.status == 503 and "no link to main" in str(checks):
                    return
            assert time.monotonic() < until, checks
            await asyncio.sleep(0.1)
