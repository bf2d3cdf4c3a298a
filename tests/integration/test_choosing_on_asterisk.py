"""Whom a call goes to, on a real Asterisk and from the wire: skills with levels, widening rings, preferred
skills, the agent who spoke with the client before. Three skills, three queues, three phones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callcenter.clock import SystemClock
from callcenter.crm.demo import seed_clients
from callcenter.people import edits
from callcenter.people.plan import PlanStore
from callcenter.people.views import Skill
from callcenter.storage.database import Database
from routing.acd.model import Agent, Queue, Ring, SkillLevel, Strategy
from routing.ids import AgentId, QueueId, SkillId
from tests.integration.house import House, id_of, line, new_number, operator, talking
from tests.support.asterisk import AsteriskServer
from tests.support.databases import run_apart
from tests.support.server import ApiClient, Screen
from tests.support.sipp import RINGS, Call, ScriptedCaller, ScriptedPhone

pytestmark = pytest.mark.asterisk

BILLING, SALES, CARE = "88005554001", "88005554002", "88005554003"
WIDENS, PATIENCE = 3, 3
STATIONS = {"expert": "a1031", "novice": "a1032", "german": "a1033"}
CLIENT = "+79161115555"


def level(skill: str, at: int) -> SkillLevel:
    return SkillLevel(SkillId(skill), at)


def billing(queue: Queue) -> Queue:
    """Experts; after some seconds whoever knows a little."""
    return replace(queue, required=(level("billing", 5),), rings=(Ring(WIDENS, (level("billing", 1),)),))


def sales(queue: Queue) -> Queue:
    return replace(queue, required=(level("sales", 1),), preferred=(level("german", 1),))


def care(queue: Queue) -> Queue:
    """Strictly by turns, so that nothing but the preference can bring the same agent twice."""
    return replace(queue, preferred_patience=PATIENCE, strategy=Strategy.ROUND_ROBIN)


def knows(*skills: SkillLevel) -> Any:
    def change(agent: Agent) -> Agent:
        return replace(agent, skills=skills)

    return change


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_sqlite: str) -> Iterator[House]:
    queues = [line("care", CARE), line("billing", BILLING), line("sales", SALES)]
    people = [operator(login, station, "billing", "sales", "care") for login, station in STATIONS.items()]
    opened = House.open(asterisk, house_folder, house_sqlite, queues, people, start=False)

    async def begin() -> None:
        database = Database(house_sqlite)
        try:
            skills = (Skill(SkillId(name), name, name) for name in ("billing", "sales", "german"))
            await PlanStore(database).edit(
                edits.all_of(
                    *(edits.put_skill(skill) for skill in skills),
                    edits.change_agent(AgentId("expert"), knows(level("billing", 8), level("sales", 5))),
                    edits.change_agent(AgentId("novice"), knows(level("billing", 2), level("sales", 5))),
                    edits.change_agent(AgentId("german"), knows(level("sales", 5), level("german", 9))),
                    edits.change_queue(QueueId("billing"), billing),
                    edits.change_queue(QueueId("sales"), sales),
                    edits.change_queue(QueueId("care"), care),
                )
            )
            client = {
                "name": "Anna Weber",
                "since_days": 9,
                "phones": [{"number": CLIENT, "label": "mobile"}],
            }
            await seed_clients(database, SystemClock(), {"clients": [client]}, "RU")
        finally:
            await database.close()
        await opened.server.start()

    try:
        run_apart(begin())
        yield opened
    finally:
        opened.close()


class Desks:
    """The three phones, the caller, and what a supervisor sees."""

    def __init__(
        self, boss: ApiClient, screen: Screen, caller: ScriptedCaller, phones: dict[str, ScriptedPhone]
    ) -> None:
        self.boss = boss
        self.screen = screen
        self.caller = caller
        self.phones = phones

    async def ready(self, *agents: str) -> None:
        """These and no others, the first of them idle for the longest time."""
        for agent in STATIONS:
            await self.boss.set_state("offline", agent=agent)
            await self.screen.wait_agent(agent, "offline")
        for agent in agents:
            await self.boss.set_state("ready", agent=agent)
            await self.screen.wait_agent(agent, "ready")

    async def answered(self, outgoing: Call, agent: str, *, seconds: float = 5.0) -> Call:
        """This agent's phone rings, no other's; they talk."""
        rung = await self.phones[agent].next_call(seconds=seconds)
        assert not any(phone.unseen_calls for phone in self.phones.values())
        rung.answer()
        await talking(rung, outgoing)
        return rung

    async def over(self, outgoing: Call, rung: Call) -> dict[str, Any]:
        outgoing.hang_up()
        await rung.wait_ended(seconds=5)
        return dict(await self.boss.ended(id_of(rung)))


@asynccontextmanager
async def _desks(house: House) -> AsyncIterator[Desks]:
    async with (
        house.watched() as (boss, screen),
        ScriptedCaller(house.asterisk) as caller,
        ScriptedPhone(house.asterisk, STATIONS["expert"], plan=RINGS) as expert,
        ScriptedPhone(house.asterisk, STATIONS["novice"], plan=RINGS) as novice,
        ScriptedPhone(house.asterisk, STATIONS["german"], plan=RINGS) as german,
    ):
        yield Desks(boss, screen, caller, {"expert": expert, "novice": novice, "german": german})


@pytest.fixture
async def desks(house: House) -> AsyncIterator[Desks]:
    async with _desks(house) as found:
        yield found


async def test_the_skilled_agent_is_rung_though_others_are_idle_longer(desks: Desks) -> None:
    await desks.ready("novice", "german", "expert")
    outgoing = await desks.caller.call(BILLING, caller=new_number())
    rung = await desks.answered(outgoing, "expert")
    record = await desks.over(outgoing, rung)
    assert (record["queue"], record["agent"]) == ("billing", "expert")


async def test_the_ring_widens_and_the_reason_says_so(desks: Desks) -> None:
    await desks.ready("novice", "german")
    began = time.monotonic()
    outgoing = await desks.caller.call(BILLING, caller=(number := new_number()))
    waiting = await desks.screen.wait_call(number, "waiting")
    why = await desks.boss.call("GET", f"/api/v1/calls/{waiting['call']}/why")
    assert why["waits_for"] == "ring", why
    rung = await desks.answered(outgoing, "novice", seconds=WIDENS + 5)
    assert WIDENS - 0.2 < time.monotonic() - began < WIDENS + 2.5
    assert (await desks.over(outgoing, rung))["agent"] == "novice"


async def test_the_preferred_skill_goes_before_the_longer_idle(desks: Desks) -> None:
    await desks.ready("expert", "novice", "german")
    outgoing = await desks.caller.call(SALES, caller=new_number())
    record = await desks.over(outgoing, await desks.answered(outgoing, "german"))
    why = record["offers"][0]["why"]
    assert why["score"]["skill"] > 0, why


async def test_a_client_comes_back_to_who_spoke_with_him_and_waits_a_little_for_him(desks: Desks) -> None:
    await desks.ready("novice")
    outgoing = await desks.caller.call(CARE, caller=CLIENT)
    await desks.over(outgoing, await desks.answered(outgoing, "novice"))

    await desks.ready("expert", "german", "novice")
    outgoing = await desks.caller.call(CARE, caller=CLIENT)
    rung = await desks.answered(outgoing, "novice")

    # He talks now: a second call of the same client waits for him, but not for ever.
    began = time.monotonic()
    second = await desks.caller.call(CARE, caller=CLIENT)
    others = [asyncio.create_task(desks.phones[name].next_call(seconds=15)) for name in ("expert", "german")]
    done, pending = await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
    waited = time.monotonic() - began
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    other = done.pop().result()
    assert PATIENCE - 0.5 < waited < PATIENCE + 2.5
    other.answer()
    await talking(other, second)
    second.hang_up()
    await other.wait_ended(seconds=5)
    record = await desks.over(outgoing, rung)
    assert record["agent"] == "novice"
