"""A queue that rings all, on a real Asterisk and from the wire: three phones ring for one caller at once, the
first who lifts has him, and the others have lost nothing by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from routing.acd.model import Strategy
from tests.integration.house import House, id_of, line, new_number, operator, talking
from tests.support.asterisk import AsteriskServer
from tests.support.server import ApiClient, Screen
from tests.support.sipp import RINGS, Call, ScriptedCaller, ScriptedPhone

pytestmark = pytest.mark.asterisk

DESK = "88005555001"
STATIONS = {"anna": "a1031", "boris": "a1032", "vera": "a1033"}
AT_ONCE = 0.25
"""Seconds between the first INVITE and the last; far below what one phone after the other would take."""


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_sqlite: str) -> Iterator[House]:
    desk = replace(line("desk", DESK), strategy=Strategy.RING_ALL)
    people = [operator(login, station, "desk") for login, station in STATIONS.items()]
    opened = House.open(asterisk, house_folder, house_sqlite, [desk], people)
    try:
        yield opened
    finally:
        opened.close()


class Desks:
    def __init__(
        self, boss: ApiClient, screen: Screen, caller: ScriptedCaller, phones: dict[str, ScriptedPhone]
    ) -> None:
        self.boss = boss
        self.screen = screen
        self.caller = caller
        self.phones = phones

    async def all_ready(self) -> None:
        for agent in STATIONS:
            await self.boss.set_state("ready", agent=agent)
            await self.screen.wait_agent(agent, "ready")

    async def all_rung(self, *agents: str) -> dict[str, Call]:
        """These phones ring for one call, at once, and no other does."""
        rung = await asyncio.gather(*(self.phones[agent].next_call(seconds=5) for agent in agents))
        assert len({id_of(call) for call in rung}) == 1
        came = [call.invited_at for call in rung]
        assert max(came) - min(came) < AT_ONCE
        assert not any(phone.unseen_calls for phone in self.phones.values())
        return dict(zip(agents, rung, strict=True))


@pytest.fixture
async def desks(house: House) -> AsyncIterator[Desks]:
    async with AsyncExitStack() as stack:
        boss, screen = await stack.enter_async_context(house.watched())
        caller = await stack.enter_async_context(ScriptedCaller(house.asterisk))
        phones = {
            agent: await stack.enter_async_context(ScriptedPhone(house.asterisk, station, plan=RINGS))
            for agent, station in STATIONS.items()
        }
        found = Desks(boss, screen, caller, phones)
        await found.all_ready()
        yield found


async def test_three_ring_at_once_and_who_loses_the_race_loses_nothing(desks: Desks) -> None:
    outgoing = await desks.caller.call(DESK, caller=(number := new_number()))
    rung = await desks.all_rung("anna", "boris", "vera")
    shown = await desks.screen.wait_call(number, "offered")
    assert sorted(shown["rung"]) == ["anna", "boris", "vera"]
    why = await desks.boss.call("GET", f"/api/v1/calls/{shown['call']}/why")
    assert sorted(why["rung"]) == ["anna", "boris", "vera"]

    rung["boris"].answer()
    await talking(rung["boris"], outgoing)
    assert [await rung[loser].wait_ended(seconds=5) for loser in ("anna", "vera")] == ["cancel", "cancel"]
    for loser in ("anna", "vera"):
        assert (await desks.screen.wait_agent(loser, "ready"))["reason"] == ""

    # They can be rung at once, by the next caller; who talks is not.
    second = await desks.caller.call(DESK, caller=new_number())
    again = await desks.all_rung("anna", "vera")
    again["anna"].answer()
    await talking(again["anna"], second)
    second.hang_up()
    outgoing.hang_up()
    await rung["boris"].wait_ended(seconds=5)

    record = await desks.boss.ended(id_of(rung["boris"]))
    outcomes = {offer["agent"]: offer["outcome"] for offer in record["offers"]}
    assert outcomes == {"anna": "answered_elsewhere", "boris": "answered", "vera": "answered_elsewhere"}
    assert (record["agent"], record["outcome"]) == ("boris", "answered")
    assert {offer["why"]["together"] for offer in record["offers"]} == {3}


async def test_a_refusal_leaves_the_others_ringing_and_the_callers_leaving_ends_all(desks: Desks) -> None:
    outgoing = await desks.caller.call(DESK, caller=(number := new_number()))
    rung = await desks.all_rung("anna", "boris", "vera")
    await outgoing.wait_answered()
    rung["anna"].reject(603)
    await desks.screen.wait_agent("anna", "ready")
    left = {"boris", "vera"}
    await desks.screen.wait(lambda: set(desks.screen.call_from(number)["rung"]) == left, "two phones left")
    outgoing.hang_up()
    assert [await rung[agent].wait_ended(seconds=5) for agent in ("boris", "vera")] == ["cancel", "cancel"]
    record = await desks.boss.ended(id_of(rung["anna"]))
    outcomes = {offer["agent"]: offer["outcome"] for offer in record["offers"]}
    assert outcomes == {"anna": "declined", "boris": "caller_left", "vera": "caller_left"}
    assert record["outcome"] == "abandoned"
    for agent in STATIONS:
        await desks.screen.wait_agent(agent, "ready")
