"""The manager link is cut, goes half open, or carries rubbish, with calls on it.

Calls go on, nothing is guessed, and after the reconnect everything is known again; the time in which we were
blind is in the history."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from callcenter.history.models import BlindIntervalRow
from callcenter.storage.database import Database
from tests.integration.house import House, id_of, line, new_number, operator, talking
from tests.support.asterisk import AsteriskServer
from tests.support.ports import free_tcp_port
from tests.support.sipp import RINGS, ScriptedCaller, ScriptedPhone
from tests.support.tally import strand, tried
from tests.support.tcp_proxy import TcpProxy

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres]

CUT, STALLED, RUBBISH = (f"8800555240{at}" for at in range(1, 4))
CUT_SECONDS = 10.0
STATIONS = {"cut-1": "a1011", "cut-2": "a1012", "stalled-1": "a1013", "rubbish-1": "a1014"}
PROXY_PORT = free_tcp_port()


@pytest.fixture(scope="module")
def cut_off(asterisk: AsteriskServer, house_folder: Path, house_postgres: str) -> Iterator[House]:
    queues = [line("cut", CUT), line("stalled", STALLED), line("rubbish", RUBBISH)]
    people = [operator(agent, station, agent.split("-")[0]) for agent, station in STATIONS.items()]
    quick = {"AMI_PING_SECONDS": 1, "AMI_PING_DEADLINE_SECONDS": 1, "AMI_CONNECT_SECONDS": 1}
    settings = {**quick, "AMI_PORT": PROXY_PORT}
    opened = House.open(
        asterisk, house_folder, house_postgres, queues, people, start=False, settings=settings
    )
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
async def proxy(cut_off: House) -> AsyncIterator[TcpProxy]:
    """Between server and Asterisk. The server is started with the first, and finds each next one itself."""
    async with TcpProxy(cut_off.asterisk.ami_port, PROXY_PORT) as proxy:
        if not cut_off.server.running:
            await cut_off.server.start(routing=False)
        await cut_off.server.wait_ready()
        yield proxy


@pytest.fixture
def house(cut_off: House, proxy: TcpProxy) -> House:
    return cut_off


async def test_cut_for_ten_seconds_during_calls(house: House, proxy: TcpProxy) -> None:
    async with (
        ScriptedPhone(house.asterisk, "a1011", plan=RINGS) as first,
        ScriptedPhone(house.asterisk, "a1012", plan=RINGS) as second,
        ScriptedCaller(house.asterisk) as caller,
        house.watched() as (boss, screen),
    ):
        pairs = []
        for agent, phone in (("cut-1", first), ("cut-2", second)):
            await boss.set_state("ready", agent=agent)
            await screen.wait_agent(agent, "ready")
            outgoing = await caller.call(CUT, caller=new_number())
            rung = await phone.next_call()
            rung.answer()
            await talking(outgoing, rung)
            pairs.append((outgoing, rung))
        stays, leaves, comes = new_number(), new_number(), new_number()
        staying, leaving = (await caller.call(CUT, caller=stays), await caller.call(CUT, caller=leaves))
        queued = (await screen.wait_call(stays, "waiting"))["queued_at"]
        gone = (await screen.wait_call(leaves, "waiting"))["call"]

        began = time.time()
        await proxy.cut()
        tried("cut")
        await screen.wait(lambda: screen.entities["server/main"]["link"] == "down", "a link that is down")
        leaving.hang_up()
        # A conversation ends while we are blind, and somebody comes.
        pairs[1][0].hang_up()
        assert await pairs[1][1].wait_ended() == "bye"
        coming = await caller.call(CUT, caller=comes)
        await coming.wait_answered()
        await talking(*pairs[0])
        await asyncio.sleep(max(0.0, began + CUT_SECONDS - time.time()))
        strand("cuts", [call.id for call in (staying, coming, *pairs[0]) if call.ended.is_set()])
        assert second.unseen_calls == 0
        proxy.heal()

        # Who waited longest gets the agent whose conversation ended unseen; then who came unseen.
        for number, held in ((stays, staying), (comes, coming)):
            rung = await second.next_call(seconds=15)
            known = screen.call_from(number)
            assert id_of(rung) == known["call"]
            if number == stays:
                assert abs(known["queued_at"] - queued) < 0.001
            rung.answer()
            await talking(held, rung)
            held.hang_up()
            await rung.wait_ended()
            record = await boss.ended(id_of(rung))
            assert (record["outcome"], record["agent"], record["number"]) == ("answered", "cut-2", number)
            assert record["waited"] > 5
        assert (await boss.ended(gone))["outcome"] == "unknown"
        ended = await boss.ended(id_of(pairs[1][1]))
        assert (ended["outcome"], len(ended["legs"])) == ("answered", 2)
        assert ended["ended_at"] - began > CUT_SECONDS - 1
        # A conversation is counted to where we last saw it.
        assert ended["talked"] < 8
        await talking(*pairs[0])
        assert screen.agent("cut-1")["call"] == id_of(pairs[0][1])
        pairs[0][0].hang_up()
        await pairs[0][1].wait_ended()
        assert (await boss.ended(id_of(pairs[0][1])))["talked"] > CUT_SECONDS
        await screen.wait_agent("cut-1", "ready")
        await screen.wait_agent("cut-2", "ready")
        assert await house.each_call_ended_once() == 5
    await _blind(house, began, CUT_SECONDS)


async def test_half_open_is_noticed_and_mended(house: House, proxy: TcpProxy) -> None:
    """Nothing passes, and no one says that the connection is gone."""
    async with (
        ScriptedPhone(house.asterisk, "a1013", plan=RINGS) as phone,
        ScriptedCaller(house.asterisk) as caller,
        house.watched() as (boss, screen),
    ):
        await boss.set_state("ready", agent="stalled-1")
        await screen.wait_agent("stalled-1", "ready")
        outgoing = await caller.call(STALLED, caller=new_number())
        rung = await phone.next_call()
        rung.answer()
        await talking(outgoing, rung)
        began = time.time()
        proxy.stall()
        tried("half-open link")
        number = new_number()
        late = await caller.call(STALLED, caller=number)
        await late.wait_answered()
        await screen.wait(lambda: screen.entities["server/main"]["link"] == "down", "a link that is down")
        outgoing.hang_up()
        assert await rung.wait_ended() == "bye"
        proxy.heal()
        after = await phone.next_call(seconds=15)
        after.answer()
        await talking(late, after)
        late.hang_up()
        await after.wait_ended()
        assert (await boss.ended(id_of(after)))["number"] == number
        assert (await boss.ended(id_of(rung)))["outcome"] == "answered"
        await screen.wait_agent("stalled-1", "ready")
    await _blind(house, began, 1.0)


@pytest.mark.parametrize(
    "rubbish",
    [
        pytest.param(b"\x00\xff\xfe\r\n\r\n" * 50, id="binary"),
        pytest.param(b"Event: Hangup\r\nUniqueid: \xd0\r\n\r\n", id="broken letters"),
        pytest.param(b"X: " + b"y" * 300_000 + b"\r\n\r\n", id="huge header"),
        pytest.param(b"Event: BridgeEnter\r\nUniqueid\r\n: \r\n\r\nEvent\r\n\r\n", id="no values"),
    ],
)
async def test_rubbish_on_the_link_costs_no_call(house: House, proxy: TcpProxy, rubbish: bytes) -> None:
    async with (
        ScriptedPhone(house.asterisk, "a1014", plan=RINGS) as phone,
        ScriptedCaller(house.asterisk) as caller,
        house.watched() as (boss, screen),
    ):
        await boss.set_state("ready", agent="rubbish-1")
        await screen.wait_agent("rubbish-1", "ready")
        outgoing = await caller.call(RUBBISH, caller=new_number())
        rung = await phone.next_call()
        assert proxy.inject(rubbish) >= 1
        tried("rubbish injection")
        rung.answer()
        await talking(outgoing, rung)
        await screen.wait_agent("rubbish-1", "talking", seconds=15)
        proxy.inject(rubbish)
        outgoing.hang_up()
        await rung.wait_ended()
        record = await boss.ended(id_of(rung), seconds=15)
        assert (record["outcome"], record["agent"]) == ("answered", "rubbish-1")
        # And the next call, on the same link or another.
        again = await caller.call(RUBBISH, caller=new_number())
        after = await phone.next_call(seconds=15)
        after.answer()
        await talking(again, after)
        again.hang_up()
        await after.wait_ended()
        assert (await boss.ended(id_of(after)))["outcome"] == "answered"


async def _blind(house: House, since: float, seconds: float) -> None:
    """The history has the interval: at least so long, and begun before the cut was noticed."""
    database = Database(house.url)
    try:
        async with database.read() as connection:
            rows = (
                await connection.execute(
                    select(BlindIntervalRow.server, BlindIntervalRow.since, BlindIntervalRow.until)
                )
            ).all()
    finally:
        await database.close()
    there = [row for row in rows if row.since > since - 6 and row.until > since + seconds - 0.5]
    assert there, f"{rows} has no interval from {since}"
    assert {row.server for row in rows} == {"main"}
