"""Calling back on the real parts: the client's phone is rung once, whatever becomes of us meanwhile."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callcenter.calls.callback_facts import CallbackDialled, CallbackEnded, CallbackTried
from callcenter.flows.store import FlowStore
from callcenter.people import edits
from callcenter.people.plan import PlanStore
from callcenter.storage.database import Database
from routing.flows import spoken
from routing.flows.model import Enqueue, Flow, OfferCallback
from routing.ids import FlowId, PromptId, QueueId, StepId
from tests.integration.house import House, id_of, line, new_number, operator, talking
from tests.support.asterisk import AsteriskServer
from tests.support.databases import run_apart
from tests.support.pbx_flow_rig import write_tone
from tests.support.server import ApiClient, Screen
from tests.support.sipp import REJECTS, RINGS, Call, ScriptedCaller, ScriptedOutside, ScriptedPhone
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres]

SALES, KEEPING = "88005553001", "88005553002"
TONE = PromptId("half-second")
OURS = (spoken.CALLBACK_NUMBER, spoken.CALLBACK_CONFIRM, spoken.CALLBACK_KEPT, spoken.CALLBACK_REFUSED)
FLOW = Flow(
    FlowId("keeping"),
    "Keeping",
    (KEEPING,),
    StepId("keep"),
    (
        OfferCallback(StepId("keep"), QueueId("sales"), TONE, StepId("wait")),
        Enqueue(StepId("wait"), QueueId("sales")),
    ),
    "en",
)
QUIET = 3.0
"""Seconds in which a second INVITE would come, were there one."""


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_postgres: str) -> Iterator[House]:
    queues = [replace(line("sales", SALES, ring=15), short_abandon_seconds=0)]
    people = [operator("anna", "a1011", "sales"), operator("boris", "a1012", "sales")]
    any_time = {"CALLBACKS_OPENS": "00:00", "CALLBACKS_CLOSES": "24:00"}
    for prompt in (TONE, *OURS):
        write_tone(asterisk.prompts / "en" / f"{prompt}.wav", 0.5)
    opened = House.open(
        asterisk, house_folder, house_postgres, queues, people, start=False, settings=any_time
    )

    async def begin() -> None:
        database = Database(house_postgres)
        try:
            digest = hashlib.sha256(TONE.encode()).hexdigest()
            await FlowStore(database).put_prompt(TONE, "en", digest, 0.5)
            await PlanStore(database).edit(edits.put_flow(FLOW))
        finally:
            await database.close()
        await opened.server.start()

    try:
        run_apart(begin())
        yield opened
    finally:
        opened.close()


async def gives_up(house: House, screen: Screen) -> str:
    """Somebody waits and hangs up; his number."""
    number = new_number()
    async with ScriptedCaller(house.asterisk) as caller:
        call = await caller.call(SALES, caller=number)
        await screen.wait_call(number, "waiting")
        call.hang_up()
        await call.wait_ended()
    return number


async def until(ask: Any, good: Any, what: str, *, seconds: float = 10.0) -> Any:
    """What ``ask`` answers once that is ``good``."""
    deadline = time.monotonic() + seconds
    while not good(answer := await ask()):
        assert time.monotonic() < deadline, f"{what} did not come; last: {answer}"
        await asyncio.sleep(0.1)
    return answer


async def missed(agent: ApiClient, number: str) -> list[Any]:
    found = (await agent.call("GET", "/api/v1/missed"))["items"]
    return [entry for entry in found if entry["number"] == number]


async def asked_for(house: House, screen: Screen, agent: ApiClient) -> tuple[str, str]:
    """A caller who gave up becomes a callback; his number, and its id."""
    number = await gives_up(house, screen)
    (entry,) = await until(lambda: missed(agent, number), bool, "the list")
    assert (entry["state"], entry["queue"], entry["times"]) == ("open", "sales", 1)
    made = await agent.call("POST", f"/api/v1/missed/%2B{number[1:]}/callback")
    return number, made["callback"]


async def facts_of(house: House, kind: type[Any], callback: str) -> list[Any]:
    return [fact for fact in await house.facts(kind.__name__) if fact["callback"] == callback]


async def test_a_client_is_rung_once_the_agent_as_he_answers_and_the_list_is_clear(house: House) -> None:
    async with (
        house.watched() as (boss, screen),
        house.login("anna") as anna,
        ScriptedPhone(house.asterisk, "a1011", plan=RINGS) as phone,
        ScriptedOutside(house.asterisk, plan=RINGS) as outside,
    ):
        number, callback = await asked_for(house, screen, anna)
        await boss.set_state("ready", agent="anna")
        client = await outside.next_call(seconds=10)
        assert client.number == number
        await screen.wait_agent("anna", "offered")
        assert phone.unseen_calls == 0
        client.answer()
        rung = await phone.next_call()
        rung.answer()
        await talking(client, rung)
        call = id_of(rung)
        client.hang_up()
        assert await rung.wait_ended() == "bye"
        record = await boss.ended(call)
        assert (record["outcome"], record["agent"], record["number"]) == ("answered", "anna", number)
        assert await until(lambda: missed(anna, number), lambda found: not found, "an empty list") == []
        (shown,) = (await boss.call("GET", "/api/v1/callbacks?state=closed"))["items"]
        assert (shown["callback"], shown["state"], shown["call"]) == (callback, "reached", call)
        assert [(one["attempt"], one["outcome"]) for one in shown["attempts"]] == [(1, "reached")]
        await asyncio.sleep(QUIET)
        assert outside.unseen_calls == 0
        assert len(await facts_of(house, CallbackDialled, callback)) == 1
        tried("callback dialled once")
        await boss.set_state("offline", agent="anna")


async def test_who_keeps_his_place_by_a_key_is_called_before_those_who_came_later(house: House) -> None:
    async with (
        house.watched() as (boss, screen),
        ScriptedPhone(house.asterisk, "a1011", plan=RINGS) as phone,
        ScriptedOutside(house.asterisk, plan=RINGS) as outside,
        ScriptedCaller(house.asterisk) as caller,
    ):
        number, later = new_number(), new_number()
        call = await caller.call(KEEPING, caller=number)
        call.rtp.listen()
        await call.wait_answered()
        await until(lambda: heard(call), bool, "the question")
        call.press("1")
        assert await call.wait_ended(seconds=15) == "bye"  # told that he is called back, and let go
        waiting = await caller.call(SALES, caller=later)
        await screen.wait_call(later, "waiting")
        assert outside.unseen_calls == 0
        await boss.set_state("ready", agent="anna")
        client = await outside.next_call(seconds=10)
        assert client.number == number
        client.answer()
        rung = await phone.next_call()
        rung.answer()
        await talking(client, rung)
        kept = id_of(rung)
        rung.hang_up()
        await client.wait_ended()
        served = await phone.next_call()  # then the other, who came later
        served.answer()
        await talking(waiting, served)
        waiting.hang_up()
        await served.wait_ended()
        record = await boss.ended(kept)
        assert (record["outcome"], record["queue"]) == ("answered", "sales")
        assert (await boss.ended(id_of(served)))["number"] == later
        (promised,) = [fact for fact in await house.facts("CallbackPromised") if fact["number"] == number]
        first = await boss.ended(promised["call"])
        assert first["outcome"] == "kept_place"
        await asyncio.sleep(QUIET)
        assert outside.unseen_calls == 0
        assert len(await facts_of(house, CallbackDialled, promised["callback"])) == 1
        assert [e for e in await house.facts("CallerGaveUp") if e["number"] == number] == []
        await boss.set_state("offline", agent="anna")


async def heard(call: Call) -> bool:
    """Whether a mu-law packet held a sample of over a tenth: our prompts do, the music does not."""
    return any(min(byte & 0x7F for byte in payload) < 0x30 for payload in call.rtp.payloads)


async def test_a_busy_client_is_left_in_peace_and_the_agent_is_free(house: House) -> None:
    async with (
        house.watched() as (boss, screen),
        house.login("anna") as anna,
        ScriptedPhone(house.asterisk, "a1011", plan=RINGS) as phone,
        ScriptedOutside(house.asterisk, plan=REJECTS) as outside,
    ):
        _, callback = await asked_for(house, screen, anna)
        await boss.set_state("ready", agent="anna")
        await outside.next_call(seconds=10)
        (over,) = await until(lambda: facts_of(house, CallbackTried, callback), bool, "the outcome")
        assert over["outcome"] == "busy"
        assert over["next_at"] == pytest.approx(over["at"] + 300)
        await screen.wait_agent("anna", "ready")
        await asyncio.sleep(QUIET)
        assert (outside.unseen_calls, phone.unseen_calls) == (0, 0)
        await boss.call("DELETE", f"/api/v1/callbacks/{callback}")
        await until(lambda: facts_of(house, CallbackEnded, callback), bool, "the end")
        await boss.set_state("offline", agent="anna")


async def test_a_server_killed_while_the_client_is_rung_dials_him_no_second_time(house: House) -> None:
    async with (
        ScriptedPhone(house.asterisk, "a1011", plan=RINGS) as phone,
        ScriptedOutside(house.asterisk, plan=RINGS) as outside,
    ):
        async with house.login("boss") as boss, boss.screen() as screen, house.login("anna") as anna:
            _, callback = await asked_for(house, screen, anna)
            await boss.set_state("ready", agent="anna")
            client = await outside.next_call(seconds=10)
        await house.server.kill()
        await house.server.start()
        async with house.watched() as (boss, screen):
            await boss.set_state("ready", agent="anna")
            client.answer()
            rung = await phone.next_call(seconds=10)
            rung.answer()
            await talking(client, rung)
            rung.hang_up()
            await client.wait_ended()
            (over,) = await until(lambda: facts_of(house, CallbackEnded, callback), bool, "the end")
            assert over["reason"] == "reached"
            await asyncio.sleep(QUIET)
            assert outside.unseen_calls == 0
            assert len(await facts_of(house, CallbackDialled, callback)) == 1
            await boss.set_state("offline", agent="anna")
