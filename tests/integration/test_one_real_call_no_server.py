"""No server at all: Asterisk's own queue answers, and who waits there comes back when a server is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.house import House, id_of, line, new_number, operator, talking
from tests.support.asterisk import AsteriskServer
from tests.support.asterisk_ami import RawAmi
from tests.support.sipp import ANSWERS, RINGS, ScriptedCaller, ScriptedPhone
from tests.support.tally import strand, tried

pytestmark = pytest.mark.asterisk

NUMBER = "88005552501"
FALLBACK_PHONE = "a9001"


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_sqlite: str) -> Iterator[House]:
    """Nothing runs yet."""
    people = [operator("anna", "a1011", "sales")]
    opened = House.open(asterisk, house_folder, house_sqlite, [line("sales", NUMBER)], people, start=False)
    try:
        yield opened
    finally:
        opened.close()


async def test_the_fallback_answers_and_callers_come_back_to_a_new_server(house: House) -> None:
    async with (
        RawAmi(house.asterisk) as ami,
        ScriptedPhone(house.asterisk, FALLBACK_PHONE, plan=ANSWERS) as fallback,
        ScriptedPhone(house.asterisk, "a1011", plan=RINGS) as phone,
        ScriptedCaller(house.asterisk) as caller,
    ):
        await ami.heartbeat(age=60)  # as it is when nobody has been there for a minute
        served = await caller.call(NUMBER, caller=new_number())
        answered = await fallback.next_call(seconds=10)
        await talking(served, answered)
        number = new_number()
        since = len(ami.events)
        waits = await caller.call(NUMBER, caller=number)
        await ami.user_event("CCFallback", since=since)  # where the only phone is taken

        await house.server.start()
        async with house.watched() as (boss, screen):
            known = await screen.wait_call(number, "waiting")
            await boss.set_state("ready", agent="anna")
            rung = await phone.next_call(seconds=10)
            assert id_of(rung) == known["call"]
            rung.answer()
            await talking(waits, rung)
            # Whom the fallback serves, it goes on serving.
            await talking(served, answered)
            strand("a server's absence", [call.id for call in (waits, served) if call.ended.is_set()])
            waits.hang_up()
            await rung.wait_ended()
            answered.hang_up()
            assert await served.wait_ended() == "bye"
            record = await boss.ended(id_of(rung))
            assert (record["outcome"], record["agent"], record["number"]) == ("answered", "anna", number)
            assert await house.each_call_ended_once() == 2
            other = next(item for item in await _calls(house) if item["call"] != id_of(rung))
            assert other["outcome"] == "fallback"
            await screen.wait_agent("anna", "ready")
        tried("fallback")


async def _calls(house: House) -> list[dict[str, str]]:
    async with house.login("boss") as boss:
        listed = await boss.call("GET", "/api/v1/calls")
        return list(listed["items"])


async def test_callers_of_a_dead_server_fall_back_by_themselves(house: House) -> None:
    async with (
        RawAmi(house.asterisk) as ami,
        ScriptedPhone(house.asterisk, FALLBACK_PHONE, plan=ANSWERS) as fallback,
        ScriptedPhone(house.asterisk, "a1011", plan=RINGS) as phone,
        ScriptedCaller(house.asterisk) as caller,
    ):
        number = new_number()
        async with house.login("boss") as boss, boss.screen() as screen:
            await screen.wait_agent("anna", "ready")
            talks = await caller.call(NUMBER, caller=new_number())
            rung = await phone.next_call()
            rung.answer()
            await screen.wait_agent("anna", "talking")
            waits = await caller.call(NUMBER, caller=number)
            call = (await screen.wait_call(number, "waiting"))["call"]
        await house.server.kill()
        tried("kill")
        await ami.heartbeat(age=14.5)  # nearly as old as it may be
        answered = await fallback.next_call(seconds=10)
        await talking(waits, answered)
        await talking(talks, rung)
        await house.server.start()
        async with house.watched() as (boss, screen):
            await screen.wait_call(number, "fallback")
            assert screen.agent("anna")["call"] == id_of(rung)
            await talking(waits, answered)
            waits.hang_up()
            assert await answered.wait_ended() == "bye"
            talks.hang_up()
            await rung.wait_ended()
            assert (await boss.ended(call))["outcome"] == "fallback"
            assert (await boss.ended(id_of(rung)))["outcome"] == "answered"
            await screen.wait_agent("anna", "ready")
            assert phone.unseen_calls == 0
            assert await house.each_call_ended_once() == 4
        tried("fallback")
