"""The server is killed with callers waiting, ringing and talking, and started again: none is dropped, all are
known, and whatever happened in between is found out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.house import House, id_of, line, new_number, operator, talking
from tests.support.asterisk import AsteriskServer
from tests.support.server import ApiClient, Screen
from tests.support.sipp import RINGS, Call, ScriptedCaller, ScriptedPhone
from tests.support.tally import strand, tried

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres]

DESK, RINGING, MISSED = (f"8800555230{at}" for at in range(1, 4))
STATIONS = {"desk-1": "a1011", "desk-2": "a1012", "ringing-1": "a1013", "missed-1": "a1014"}


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_postgres: str) -> Iterator[House]:
    queues = [line("desk", DESK), line("ringing", RINGING, ring=30), line("missed", MISSED)]
    people = [operator(agent, station, agent.split("-")[0]) for agent, station in STATIONS.items()]
    opened = House.open(asterisk, house_folder, house_postgres, queues, people)
    try:
        yield opened
    finally:
        opened.close()


@asynccontextmanager
async def looking(house: House) -> AsyncIterator[tuple[ApiClient, Screen]]:
    """The supervisor, until the next restart."""
    async with house.login("boss") as boss, boss.screen() as screen:
        yield boss, screen


class Talks:
    """Callers who talk and callers who wait, each by his number."""

    def __init__(self, house: House, caller: ScriptedCaller) -> None:
        self.house = house
        self.caller = caller
        self.talking: list[tuple[str, Call, Call]] = []
        """Call id, the caller's side, the phone's side."""
        self.waiting: list[tuple[str, Call]] = []
        """Number and the caller's side, first come first."""

    async def talk(self, phone: ScriptedPhone, number: str) -> None:
        outgoing = await self.caller.call(number, caller=new_number())
        rung = await phone.next_call()
        rung.answer()
        await talking(outgoing, rung)
        self.talking.append((id_of(rung), outgoing, rung))

    async def wait(self, screen: Screen, number: str) -> None:
        own = new_number()
        outgoing = await self.caller.call(number, caller=own)
        await screen.wait_call(own, "waiting")
        self.waiting.append((own, outgoing))

    async def nobody_was_dropped(self) -> None:
        """Conversations are heard both ways, and who waits has his call."""
        await asyncio.gather(*(talking(outgoing, rung) for _, outgoing, rung in self.talking))
        calls = [call for _, *sides in self.talking for call in sides] + [call for _, call in self.waiting]
        strand("kills", [call.id for call in calls if call.ended.is_set()])


def picture(screen: Screen, talks: Talks) -> list[tuple[Any, ...]]:
    """What a restart must not change: each call's id, state, agent, queue, and since when it waits."""
    known = {call["call"]: call for call in screen.calls()}
    calls = [known.get(call, {}) for call, *_ in talks.talking]
    calls += [screen.call_from(number) for number, _ in talks.waiting]
    return [
        (
            *(call.get(field) for field in ("call", "state", "agent", "queue", "number")),
            round(call.get("queued_at", 0), 3),  # the database keeps microseconds
        )
        for call in calls
    ]


async def test_killed_again_and_again_with_callers_waiting_and_talking(house: House) -> None:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(ScriptedPhone(house.asterisk, "a1011", plan=RINGS))
        two = await stack.enter_async_context(ScriptedPhone(house.asterisk, "a1012", plan=RINGS))
        caller = await stack.enter_async_context(ScriptedCaller(house.asterisk))
        talks = Talks(house, caller)
        async with looking(house) as (boss, screen):
            for agent, phone in (("desk-1", one), ("desk-2", two)):
                await boss.set_state("ready", agent=agent)
                await talks.talk(phone, DESK)
                await screen.wait_agent(agent, "talking")
            await talks.wait(screen, DESK)
            await talks.wait(screen, DESK)
            before = picture(screen, talks)
        for how in (house.server.kill, house.server.kill, house.server.stop):
            await how()
            await talks.nobody_was_dropped()
            await house.server.start()
            async with looking(house) as (boss, screen):
                await screen.wait(lambda: bool(screen.call_from(talks.waiting[1][0])), "the calls")
                assert picture(screen, talks) == before
                assert [screen.agent(f"desk-{at}")["call"] for at in (1, 2)] == [
                    call for call, *_ in talks.talking
                ]
                assert {screen.agent(f"desk-{at}")["state"] for at in (1, 2)} == {"talking"}
            await talks.nobody_was_dropped()
            tried("kill" if how == house.server.kill else "restart")

        async with house.watched() as (boss, screen):
            # Served in their old order, as soon as an agent is free; and nobody is rung twice.
            served = []
            for phone, (call, outgoing, rung), (number, held) in zip(
                (one, two), talks.talking, talks.waiting, strict=True
            ):
                expected = screen.call_from(number)["call"]
                outgoing.hang_up()
                assert await rung.wait_ended() == "bye"
                after = await phone.next_call()
                assert id_of(after) == expected
                after.answer()
                await talking(held, after)
                record = await boss.ended(call)
                assert record["outcome"] == "answered"
                assert record["talked"] > 3  # over three restarts
                served.append((held, after))
            for held, after in served:
                held.hang_up()
                await after.wait_ended()
                record = await boss.ended(id_of(after))
                assert abs(record["waited"] - (record["offers"][0]["answered_at"] - _queued(record))) < 0.05
                assert record["waited"] > 3
            assert one.unseen_calls == two.unseen_calls == 0
            assert await house.each_call_ended_once() == 4


def _queued(record: Any) -> float:
    return next(float(fact["since"]) for fact in record["facts"] if fact["type"] == "CallQueued")


@pytest.mark.parametrize("answers", ["meanwhile", "afterwards"])
async def test_killed_while_a_phone_rings(house: House, answers: str) -> None:
    """Asterisk rings on by itself; the answer counts, whenever it comes."""
    async with (
        ScriptedPhone(house.asterisk, "a1013", plan=RINGS) as phone,
        ScriptedCaller(house.asterisk) as caller,
    ):
        async with looking(house) as (boss, screen):
            await boss.set_state("ready", agent="ringing-1")
            await screen.wait_agent("ringing-1", "ready")
            outgoing = await caller.call(RINGING, caller=new_number())
            rung = await phone.next_call()
            await boss.interaction(id_of(rung), lambda call: call["offers"], "offered")
        await house.server.kill()
        if answers == "meanwhile":
            rung.answer()
            await talking(outgoing, rung)
        await house.server.start()
        tried("kill")
        async with house.watched() as (boss, screen):
            if answers == "afterwards":
                await screen.wait_agent("ringing-1", "offered")
                rung.answer()
            await screen.wait_agent("ringing-1", "talking")
            assert screen.agent("ringing-1")["call"] == id_of(rung)
            await talking(outgoing, rung)
            outgoing.hang_up()
            await rung.wait_ended()
            record = await boss.ended(id_of(rung))
            assert (record["outcome"], record["agent"]) == ("answered", "ringing-1")
            assert [offer["outcome"] for offer in record["offers"]] == ["answered"]
            assert len(record["legs"]) == 2
            await screen.wait_agent("ringing-1", "ready")


async def test_what_happened_while_the_server_was_dead_is_found_out(house: House) -> None:
    """One arrived, one who waited hung up, one who talked hung up."""
    async with (
        ScriptedPhone(house.asterisk, "a1014", plan=RINGS) as phone,
        ScriptedCaller(house.asterisk) as caller,
    ):
        talks = Talks(house, caller)
        async with looking(house) as (boss, screen):
            await boss.set_state("ready", agent="missed-1")
            await talks.talk(phone, MISSED)
            await talks.wait(screen, MISSED)
            gone = screen.call_from(talks.waiting[0][0])["call"]
            await boss.interaction(gone, lambda call: True, "stored")
        await house.server.kill()
        (talked, outgoing, rung), (_, leaver) = talks.talking[0], talks.waiting[0]
        leaver.hang_up()
        outgoing.hang_up()
        assert await rung.wait_ended() == "bye"
        newcomer = new_number()
        late = await caller.call(MISSED, caller=newcomer)
        await late.wait_answered()
        await house.server.start()
        tried("kill")
        async with house.watched() as (boss, screen):
            after = await phone.next_call()
            after.answer()
            await talking(late, after)
            late.hang_up()
            await after.wait_ended()
            found = await boss.ended(id_of(after))
            assert (found["number"], found["queue"], found["outcome"]) == (newcomer, "missed", "answered")
            assert found["facts"][0]["type"] in {"CallStarted", "Healed"}
            ended = await boss.ended(gone)
            assert (ended["outcome"], ended["talked"]) == ("unknown", 0)
            ended = await boss.ended(talked)
            assert (ended["outcome"], ended["agent"]) == ("answered", "missed-1")
            assert await house.each_call_ended_once() == 9
    blind = await house.facts("BlindInterval")
    assert len(blind) == 6  # one for each start after the first
    assert all(fact["since"] < fact["at"] for fact in blind)
