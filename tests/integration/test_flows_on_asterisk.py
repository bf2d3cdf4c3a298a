"""Flows through the whole product on a real Asterisk, seen from the caller's side of the wire: what is heard,
which phone rings, when the line is closed."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from callcenter.flows.store import FlowStore
from callcenter.people import edits
from callcenter.people.plan import PlanStore
from callcenter.storage.database import Database
from routing.flows.model import (
    Announcements,
    Choice,
    Enqueue,
    Flow,
    HangUp,
    Hours,
    IfOpen,
    Menu,
    OpenSpan,
    Overflow,
    OverflowKind,
    Voicemail,
)
from routing.ids import FlowId, HoursId, PromptId, QueueId, StepId
from tests.integration.house import House, id_of, line, new_number, operator, talking
from tests.support.asterisk import AsteriskServer
from tests.support.databases import run_apart
from tests.support.pbx_flow_rig import write_tone
from tests.support.server import ApiClient, Screen
from tests.support.sipp import RINGS, Call, ScriptedCaller, ScriptedPhone

pytestmark = pytest.mark.asterisk

SALES, HELP, DIRECT = QueueId("sales"), QueueId("help"), "88005553000"
MENU_NUMBER, NIGHT_NUMBER, OVERFLOW_NUMBER = "88005553001", "88005553002", "88005553003"
TONE, LONG = PromptId("half-second"), PromptId("long")


def s(name: str) -> StepId:
    return StepId(name)


def never_today() -> Hours:
    """Open on another day of the week than yesterday, today and tomorrow."""
    day = (datetime.now(UTC).isoweekday() + 2) % 7 + 1
    return Hours(HoursId("office"), "Office", "UTC", (OpenSpan((day,), 9 * 60, 18 * 60),))


MENU = Flow(
    FlowId("menu"),
    "Menu",
    (MENU_NUMBER,),
    s("menu"),
    (
        Menu(
            s("menu"),
            LONG,
            (Choice("1", s("sales")), Choice("2", s("help")), Choice("3", s("message"))),
            s("sales"),
        ),
        Enqueue(s("sales"), SALES),
        Enqueue(s("help"), HELP),
        Voicemail(s("message"), HELP, TONE, 30),
    ),
    "en",
)
NIGHT = Flow(
    FlowId("night"),
    "Night",
    (NIGHT_NUMBER,),
    s("open"),
    (
        IfOpen(s("open"), HoursId("office"), s("sales"), s("bye")),
        Enqueue(s("sales"), SALES),
        HangUp(s("bye"), TONE),
    ),
    "en",
)
OVERFLOW = Flow(
    FlowId("overflow"),
    "Overflow",
    (OVERFLOW_NUMBER,),
    s("sales"),
    (
        Enqueue(
            s("sales"),
            SALES,
            overflow=(Overflow(OverflowKind.WAITED, 4, s("help")),),
            announcements=Announcements(1, 60, TONE, position=False, expected_wait=False),
            music="default",
        ),
        Enqueue(s("help"), HELP),
    ),
    "en",
)


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_sqlite: str) -> Iterator[House]:
    queues = [line(SALES, DIRECT), line(HELP, "88005553009")]
    people = [operator("anna", "a1031", SALES), operator("boris", "a1032", HELP)]
    for prompt, seconds in ((TONE, 0.5), (LONG, 30.0)):
        write_tone(asterisk.prompts / "en" / f"{prompt}.wav", seconds)
    opened = House.open(asterisk, house_folder, house_sqlite, queues, people, start=False)

    async def begin() -> None:
        database = Database(house_sqlite)
        try:
            for prompt, seconds in ((TONE, 0.5), (LONG, 30.0)):
                digest = hashlib.sha256(prompt.encode()).hexdigest()
                await FlowStore(database).put_prompt(prompt, "en", digest, seconds)
            flows = (edits.put_flow(flow) for flow in (MENU, NIGHT, OVERFLOW))
            await PlanStore(database).edit(edits.all_of(edits.put_hours(never_today()), *flows))
        finally:
            await database.close()
        await opened.server.start()

    try:
        run_apart(begin())
        yield opened
    finally:
        opened.close()


@pytest.fixture
async def floor(house: House) -> AsyncIterator[tuple[ApiClient, Screen]]:
    async with house.watched() as watched:
        yield watched


@pytest.fixture
async def caller(house: House) -> AsyncIterator[ScriptedCaller]:
    async with ScriptedCaller(house.asterisk) as caller:
        yield caller


async def ready(boss: ApiClient, screen: Screen, *agents: str) -> None:
    for agent in agents:
        await boss.set_state("ready", agent=agent)
        await screen.wait_agent(agent, "ready")


async def hears_tone(call: Call, seconds: float = 5.0) -> None:
    """Returns once a packet is louder than the music is: our prompts are."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if any(min(byte & 0x7F for byte in payload) < 0x30 for payload in call.rtp.payloads):
            return
        call.rtp.arrived.clear()
        await call.rtp.arrived.wait()
    raise AssertionError("no prompt was heard")


async def fact_of(house: House, kind: str, number: str, seconds: float = 10.0) -> dict[str, Any]:
    """The newest fact of this kind, once the history has one of the call's caller."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        calls = {fact["call"] for fact in await house.facts("CallStarted") if fact["number"] == number}
        found = [fact for fact in await house.facts(kind) if fact["call"] in calls]
        if found:
            return dict(found[-1])
        await asyncio.sleep(0.1)
    raise AssertionError(f"no {kind} in the history")


@pytest.mark.parametrize(("key", "station", "agent"), [("1", "a1031", "anna"), ("2", "a1032", "boris")])
async def test_a_key_of_the_menu_rings_the_agent_of_its_queue(
    house: House, floor: tuple[ApiClient, Screen], caller: ScriptedCaller, key: str, station: str, agent: str
) -> None:
    boss, screen = floor
    async with (
        ScriptedPhone(house.asterisk, "a1031", plan=RINGS) as first,
        ScriptedPhone(house.asterisk, "a1032", plan=RINGS) as second,
    ):
        await ready(boss, screen, "anna", "boris")
        outgoing = await caller.call(MENU_NUMBER, caller=new_number())
        outgoing.rtp.listen()
        await hears_tone(outgoing)
        outgoing.press(key)
        chosen, other = (first, second) if key == "1" else (second, first)
        rung = await chosen.next_call()
        rung.answer()
        await talking(rung, outgoing)
        outgoing.hang_up()
        assert other.unseen_calls == 0
        record = await boss.ended(id_of(rung))
    assert (record["outcome"], record["agent"]) == ("answered", agent)
    assert [step["why"] for step in record["path"]] == ["entered", "asked", "chose", "joined"]
    assert record["offers"][0]["why"]["score"]["total"] >= 0


async def test_after_hours_the_caller_is_told_so_and_the_line_is_closed(
    house: House, floor: tuple[ApiClient, Screen], caller: ScriptedCaller
) -> None:
    number = new_number()
    outgoing = await caller.call(NIGHT_NUMBER, caller=number)
    outgoing.rtp.listen()
    await hears_tone(outgoing)
    assert await outgoing.wait_ended() == "bye"
    assert (await fact_of(house, "CallEnded", number))["outcome"] == "flow"


async def test_who_waits_too_long_goes_to_another_queue(
    house: House, floor: tuple[ApiClient, Screen], caller: ScriptedCaller
) -> None:
    boss, screen = floor
    async with ScriptedPhone(house.asterisk, "a1032", plan=RINGS) as phone:
        await boss.set_state("offline", agent="anna")
        await ready(boss, screen, "boris")
        outgoing = await caller.call(OVERFLOW_NUMBER, caller=new_number())
        outgoing.rtp.listen()
        began = time.monotonic()
        await hears_tone(outgoing)
        rung = await phone.next_call(seconds=10)
        assert 3.5 < time.monotonic() - began < 6.0
        rung.answer()
        await talking(rung, outgoing)
        outgoing.hang_up()
        record = await boss.ended(id_of(rung))
    assert (record["queue"], record["agent"]) == (HELP, "boris")
    assert "overflowed" in [step["why"] for step in record["path"]]


async def test_a_message_ended_by_hanging_up_becomes_a_fact_and_a_recording(
    house: House, floor: tuple[ApiClient, Screen], caller: ScriptedCaller
) -> None:
    number = new_number()
    outgoing = await caller.call(MENU_NUMBER, caller=number)
    outgoing.rtp.listen()
    await hears_tone(outgoing)
    outgoing.press("3")
    outgoing.rtp.listen()
    await hears_tone(outgoing)
    spoken = outgoing.rtp.sent + 125  # packets: half a second of prompt, the beep, and more than a second
    while outgoing.rtp.sent < spoken:
        await asyncio.sleep(0.02)
    outgoing.hang_up()
    left = await fact_of(house, "MessageLeft", number)
    assert (left["number"], left["queue"]) == (number, HELP)
    assert left["seconds"] >= 1, left
    assert (house.asterisk.messages / f"{left['recording']}.wav").stat().st_size > 8000
