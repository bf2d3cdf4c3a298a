"""The simulator on a port: sessions, filters and the faults that tests of a link need."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callcenter.simulator import PbxOptions, ScenarioSummary, SimulatedPbx, SimulatorServer, serve_pbx

SECONDS = 5.0
LOGIN = b"Action: Login\r\nUsername: user\r\nSecret: right\r\n\r\n"


@pytest.fixture
async def server() -> AsyncIterator[SimulatorServer]:
    pbx = SimulatedPbx(now=time.time(), stations=("a1001",))
    pbx.set_global("CC_HB", str(int(time.time()) + 3600))
    served = SimulatorServer(pbx, credentials={"user": "right"})
    await served.start()
    yield served
    await served.stop()


class Client:
    """A logged-in connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def frame(self) -> str:
        raw = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), SECONDS)
        return raw.decode()

    async def until(self, text: str) -> list[str]:
        """Frames up to the first that holds ``text``."""
        frames = [await self.frame()]
        while text not in frames[-1]:
            frames.append(await self.frame())
        return frames

    async def ended(self) -> bool:
        """Whether the other side closes; what it still sends is read."""
        with contextlib.suppress(ConnectionError):
            while await asyncio.wait_for(self.reader.read(65536), SECONDS):
                pass
        return True


@contextlib.asynccontextmanager
async def client(server: SimulatorServer, login: bytes = LOGIN) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        await asyncio.wait_for(reader.readline(), SECONDS)
        writer.write(login)
        one = Client(reader, writer)
        if login:
            assert "Authentication accepted" in await one.frame()
        yield one
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def test_everyone_logged_in_hears_the_same(server: SimulatorServer) -> None:
    async with client(server) as one, client(server) as two:
        assert server.sessions == 2
        server.pbx.call("1", "", "74951230001")
        assert await one.until("CCHold") == await two.until("CCHold")


async def test_events_are_sent_by_class(server: SimulatorServer) -> None:
    masked = LOGIN.replace(b"\r\n\r\n", b"\r\nEvents: user\r\n\r\n")
    silent = LOGIN.replace(b"\r\n\r\n", b"\r\nEvents: off\r\n\r\n")
    async with client(server, masked) as some, client(server, silent) as none:
        server.pbx.call("1", "", "74951230001")
        assert len(await some.until("CCHold")) == 1
        none.writer.write(b"Action: Ping\r\n\r\n")
        assert "Pong" in await none.frame()


async def test_timers_run_by_themselves(server: SimulatorServer) -> None:
    async with client(server) as one:
        server.pbx.call("1", "", "74951230001", patience=0.05)
        assert "Event: Hangup\r\n" in (await one.until("Event: Hangup\r\n"))[-1]


async def test_a_wrong_secret_is_refused_and_the_connection_closed(server: SimulatorServer) -> None:
    async with client(server, b"") as one:
        one.writer.write(LOGIN.replace(b"right", b"wrong"))
        assert "Authentication failed" in await one.frame()
        assert await one.ended()
    assert server.refused_logins == 1


async def test_an_endless_action_is_cut_off(server: SimulatorServer) -> None:
    async with client(server) as one:
        one.writer.write(b"X" * 600_000)
        assert await one.ended()


async def test_cut_and_refuse(server: SimulatorServer) -> None:
    async with client(server) as one:
        server.faults.cut()
        assert await one.ended()
    server.faults.refuse(True)
    reader, writer = await asyncio.open_connection(server.host, server.port)
    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(100), SECONDS) == b""
    writer.close()
    server.faults.refuse(False)
    async with client(server):
        pass


async def test_a_stall_holds_everything_back_and_loses_nothing(server: SimulatorServer) -> None:
    async with client(server) as one:
        server.faults.stall(True)
        one.writer.write(b"Action: Ping\r\n\r\n")
        server.pbx.call("1", "", "74951230001")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(one.reader.read(1), 0.2)
        server.faults.stall(False)
        await one.until("Pong")


async def test_garbage_comes_between_events(server: SimulatorServer) -> None:
    async with client(server) as one:
        server.faults.inject(b"\xff\x00garbage\r\n\r\n")
        raw = await asyncio.wait_for(one.reader.readuntil(b"\r\n\r\n"), SECONDS)
        assert raw.startswith(b"\xff\x00")
        server.pbx.call("1", "", "74951230001")
        await one.until("CCHold")


async def test_dropped_events_follow_their_seed(server: SimulatorServer) -> None:
    dropped = []
    for _ in range(2):
        server.faults.dropped = 0
        server.faults.drop_events(0.3, seed=5)
        async with client(server):
            for _ in range(20):
                server.pbx.hang_up(server.pbx.call("1", "", "74951230001"))
            server.flush()
        dropped.append(server.faults.dropped)
    assert dropped[0] == dropped[1] > 20


async def test_stop_leaves_nobody_connected_and_the_port_free(server: SimulatorServer) -> None:
    async with client(server) as one:
        port = server.port
        await server.stop()
        assert await one.ended()
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_scenario_is_served_for_its_time() -> None:
    demo = Path(__file__).parents[2] / "config" / "demo" / "pbx.toml"
    ready: asyncio.Future[SimulatorServer] = asyncio.get_running_loop().create_future()
    options = PbxOptions(scenario=demo, username="user", secret="right", port=0, seconds=1.0, speed=60.0)
    serving = asyncio.create_task(serve_pbx(options, on_ready=ready.set_result))
    async with client(await asyncio.wait_for(ready, SECONDS)) as one:
        one.writer.write(b"Action: Setvar\r\nVariable: CC_HB\r\nValue: %d\r\n\r\n" % time.time())
        await one.until("CCHold")
        summary: ScenarioSummary = await asyncio.wait_for(serving, SECONDS)
    assert summary.calls > 3
    assert "right" not in repr(options)
