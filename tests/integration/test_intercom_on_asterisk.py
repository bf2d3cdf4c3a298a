"""A call between two operators from the wire: what they ask for by the API, what their phones do, what the
picture shows of it meanwhile and the history keeps of it, on a real Asterisk. The server is killed in
mid-talk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.house import House, line, new_number, no_calls_left, operator, talking
from tests.support.asterisk import AsteriskServer
from tests.support.server import ApiClient, Screen
from tests.support.sipp import RINGS, Call, ScriptedCaller, ScriptedPhone
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

DESK = "88005556011"
STATIONS = {"anna": "a1034", "boris": "a1035"}
TOLERANCE = 0.6
"""Seconds between what our server and the phones say of one moment."""


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_sqlite: str) -> Iterator[House]:
    people = [operator(agent, station, "desk") for agent, station in STATIONS.items()]
    opened = House.open(asterisk, house_folder, house_sqlite, [line("desk", DESK)], people)
    try:
        yield opened
    finally:
        opened.close()


class Pair:
    """Two operators at desk phones, each with a console, and a supervisor who sees the floor."""

    def __init__(self, house: House, stack: AsyncExitStack) -> None:
        self.house = house
        self.phones: dict[str, ScriptedPhone] = {}
        self.agents: dict[str, ApiClient] = {}
        self.screens: dict[str, Screen] = {}
        self.intercom = ""
        self._stack = stack

    async def open(self) -> None:
        enter = self._stack.enter_async_context
        for agent, station in STATIONS.items():
            self.phones[agent] = await enter(ScriptedPhone(self.house.asterisk, station, plan=RINGS))
        for login in (*STATIONS, "boss"):
            self.agents[login] = await enter(self.house.login(login))
        self.caller = await enter(ScriptedCaller(self.house.asterisk))
        await self.look()

    async def look(self) -> None:
        """See the floor: at first, and after a restart."""
        for login, agent in self.agents.items():
            self.screens[login] = await self._stack.enter_async_context(agent.screen())

    async def ready(self) -> None:
        for agent in STATIONS:
            await self.agents["boss"].set_state("ready", agent=agent)
        await self.both("ready")

    async def both(self, state: str) -> None:
        """The supervisor and each of the two see both agents so."""
        for agent in STATIONS:
            await self.screens["boss"].wait_agent(agent, state)
            await self.screens[agent].wait_state(state)

    async def see(self, state: str) -> Any:
        """Each console shows the one intercom in this state; what it shows."""
        for login, screen in self.screens.items():
            await screen.wait(lambda one=screen: _state(one) == state, f"{login} sees {state}")
        (view,) = _shown(self.screens["boss"])
        assert (view["by"], view["to"]) == ("anna", "boris")
        assert all(_shown(screen) == [view] for screen in self.screens.values())
        return view

    async def see_none(self) -> None:
        for login, screen in self.screens.items():
            await screen.wait(lambda one=screen: not _shown(one), f"{login} sees none")

    async def begin(self) -> tuple[Call, Call]:
        """Anna calls; her phone has answered, and Boris's rings."""
        await self.ready()
        await self.agents["anna"].call("POST", "/api/v1/colleagues/call", {"to": "boris"})
        own = await self.phones["anna"].next_call(seconds=8)
        view = await self.see("calling")
        self.intercom = view["intercom"]
        await self.both("internal")
        assert "answer-after=0" in own.invite.header("Call-Info")
        assert own.invite.header("X-CC-Colleague") == view["intercom"]
        own.answer()
        there = await self.phones["boris"].next_call(seconds=8)
        assert there.invite.header("X-CC-Colleague") == view["intercom"]
        await self.see("ringing")
        return own, there

    async def talk(self) -> tuple[Call, Call]:
        own, there = await self.begin()
        there.answer()
        await talking(own, there)
        await self.see("talking")
        return own, there

    async def over(self, *phones: Call) -> Any:
        """Nothing is left of it; what the history has, which both of them may read."""
        for phone in phones:
            await phone.wait_ended(seconds=8)
        await self.see_none()
        await self.both("ready")
        until = time.monotonic() + 10
        while True:
            found = [
                (await self.agents[login].call("GET", "/api/v1/colleagues/calls?limit=1"))["items"]
                for login in self.agents
            ]
            mine = [items[0] for items in found if items and items[0]["id"] == self.intercom]
            if len(mine) == len(found) and all(one["ended_at"] is not None for one in mine):
                break
            assert time.monotonic() < until, found
            await asyncio.sleep(0.05)
        row = mine[0]
        assert all(one == row for one in mine)
        assert (row["by"], row["to"], row["by_name"], row["to_name"]) == ("anna", "boris", "Anna", "Boris")
        return row

    async def hang_up(self, agent: str) -> None:
        await self.agents[agent].call("POST", "/api/v1/colleagues/hang-up")


def _shown(screen: Screen) -> list[Any]:
    return [view for key, view in screen.entities.items() if key.startswith("intercom/")]


def _state(screen: Screen) -> str | None:
    return next((view["state"] for view in _shown(screen)), None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def everybody(house: House) -> AsyncIterator[Pair]:
    """Signing in takes longer than a call: once for all tests."""
    async with AsyncExitStack() as stack:
        found = Pair(house, stack)
        await found.open()
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def pair(everybody: Pair) -> AsyncIterator[Pair]:
    yield everybody
    await no_calls_left(everybody.house.asterisk)
    assert not any(phone.unseen_calls for phone in everybody.phones.values())


async def test_call_answer_talk_and_hang_up(pair: Pair) -> None:
    began = time.time()
    own, there = await pair.talk()
    answered = time.time()
    client = await pair.caller.call(DESK, caller=new_number())
    await talking(own, there, packets=50)
    assert not any(phone.unseen_calls for phone in pair.phones.values()), (
        "a client was offered to one of them"
    )
    client.hang_up()
    await client.wait_ended()
    there.hang_up()
    ended = time.time()
    row = await pair.over(own, there)
    tried("intercom answered")
    assert row["outcome"] == "answered"
    assert abs(row["started_at"] - began) < TOLERANCE + 1.0  # both were made ready first
    assert row["answered_at"] < answered + 0.1
    assert abs(row["ended_at"] - ended) < TOLERANCE
    assert abs(row["talked"] - (row["ended_at"] - row["answered_at"])) < TOLERANCE
    assert await pair.house.facts("TalkStarted") == []


@pytest.mark.parametrize("who", ["anna", "boris"])
async def test_either_hangs_up_by_the_api(pair: Pair, who: str) -> None:
    own, there = await pair.talk()
    await pair.hang_up(who)
    assert (await pair.over(own, there))["outcome"] == "answered"
    status, problem = await pair.agents[who].ask("POST", "/api/v1/colleagues/hang-up")
    assert (status, problem["refusal"]) == (409, "no_internal_call")


@pytest.mark.parametrize("code", [486, 603])
async def test_the_colleague_declines_on_his_phone(pair: Pair, code: int) -> None:
    own, there = await pair.begin()
    there.reject(code)
    row = await pair.over(own)
    tried("intercom declined")
    assert (row["outcome"], row["answered_at"], row["talked"]) == ("declined", None, 0.0)


async def test_the_colleague_declines_in_the_console(pair: Pair) -> None:
    own, there = await pair.begin()
    await pair.hang_up("boris")
    assert (await pair.over(own, there))["outcome"] == "declined"


async def test_who_called_gives_up(pair: Pair) -> None:
    own, there = await pair.begin()
    await pair.hang_up("anna")
    assert (await pair.over(own, there))["outcome"] == "cancelled"
    own, there = await pair.begin()
    own.hang_up()
    assert (await pair.over(there))["outcome"] == "cancelled"


async def test_a_wish_for_a_pause_is_kept(pair: Pair) -> None:
    own, there = await pair.talk()
    await pair.agents["boris"].set_state("paused", "lunch")
    await pair.screens["boss"].wait_agent("boris", "internal")
    own.hang_up()
    await there.wait_ended(seconds=8)
    await pair.screens["boss"].wait_agent("boris", "paused")
    await pair.screens["boss"].wait_agent("anna", "ready")


async def test_killed_in_mid_talk(pair: Pair) -> None:
    own, there = await pair.talk()
    before = await pair.see("talking")
    await pair.house.server.kill()
    await talking(own, there, packets=50)
    await pair.house.server.start()
    tried("kill")
    await pair.look()
    after = await pair.see("talking")
    assert after["intercom"] == before["intercom"]
    assert abs(after["since"] - before["since"]) < 0.001, "another beginning than before"
    await pair.both("internal")
    await talking(own, there)
    there.hang_up()
    ended = time.time()
    row = await pair.over(own, there)
    assert row["outcome"] == "answered"
    assert abs(row["talked"] - (ended - row["answered_at"])) < TOLERANCE


async def test_killed_and_over_before_the_start(pair: Pair) -> None:
    own, there = await pair.talk()
    await pair.house.server.kill()
    own.hang_up()
    await there.wait_ended(seconds=8)
    await pair.house.server.start()
    tried("kill")
    await pair.look()
    row = await pair.over()
    assert row["outcome"] == "unknown"
