"""PostgreSQL is away during calls: they go on as ever, and every fact is written, once, when it is back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from callcenter.history.models import LedgerRow
from callcenter.storage.database import Database
from tests.integration.house import House, id_of, line, new_number, operator, talking
from tests.support.asterisk import AsteriskServer
from tests.support.databases import PostgresServer
from tests.support.sipp import RINGS, ScriptedCaller, ScriptedPhone
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres]

NUMBER = "88005552601"


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_postgres: str) -> Iterator[House]:
    people = [operator("anna", "a1011", "sales"), operator("boris", "a1012", "sales")]
    opened = House.open(asterisk, house_folder, house_postgres, [line("sales", NUMBER)], people)
    try:
        yield opened
    finally:
        opened.close()


async def test_calls_go_on_without_the_database_and_no_fact_is_lost(
    house: House, postgres_server: PostgresServer
) -> None:
    async with (
        ScriptedPhone(house.asterisk, "a1011", plan=RINGS) as phone,
        ScriptedPhone(house.asterisk, "a1012", plan=RINGS) as other,
        ScriptedCaller(house.asterisk) as caller,
        house.watched() as (boss, screen),
    ):
        await boss.set_state("ready", agent="anna")
        await screen.wait_agent("anna", "ready")
        before = await caller.call(NUMBER, caller=new_number())
        held = await phone.next_call()
        held.answer()
        await talking(before, held)
        answered, abandoned = [id_of(held)], list[str]()

        try:
            await asyncio.to_thread(postgres_server.stop)
            tried("database cut")
            # One conversation ends, and others come, are served or give up; the live picture goes on.
            before.hang_up()
            await held.wait_ended()
            await screen.wait_agent("anna", "ready")
            for _ in range(3):
                number, leaver = new_number(), new_number()
                outgoing = await caller.call(NUMBER, caller=number)
                rung = await phone.next_call()
                rung.answer()
                await talking(outgoing, rung)
                assert (await screen.wait_call(number, "talking"))["agent"] == "anna"
                leaving = await caller.call(NUMBER, caller=leaver)
                abandoned.append((await screen.wait_call(leaver, "waiting"))["call"])
                leaving.hang_up()
                await screen.wait(lambda: not screen.call_from(leaver), "its end")  # noqa: B023
                outgoing.hang_up()
                await rung.wait_ended()
                answered.append(id_of(rung))
                await screen.wait_agent("anna", "ready")
            # What needs the database says so.
            status, problem = await boss.ask("GET", "/api/v1/calls")
            assert (status, problem["type"]) == (503, "urn:callcenter:problem:database-away")
            assert other.unseen_calls == 0
        finally:
            await asyncio.to_thread(postgres_server.start)

        records = [await boss.ended(call, seconds=20) for call in (*answered, *abandoned)]
        assert [record["outcome"] for record in records] == ["answered"] * 4 + ["abandoned"] * 3
        assert await house.each_call_ended_once() == 7
        for record in records:
            kinds = Counter(fact["type"] for fact in record["facts"])
            assert kinds["CallStarted"] == kinds["CallEnded"] == 1
            # A caller may be gone before his look-up has found the database away.
            assert kinds["ClientMatched"] <= 1
            times = [fact["at"] for fact in record["facts"]]
            assert times == sorted(times)
        assert (await house.server.metrics())["callcenter_history_lost_facts"] == 0
    await _no_gaps(house)


async def _no_gaps(house: House) -> None:
    """The ledger's numbers of the one term have no gap."""
    database = Database(house.url)
    try:
        async with database.read() as connection:
            count, first, last = (
                await connection.execute(
                    select(func.count(), func.min(LedgerRow.number), func.max(LedgerRow.number))
                )
            ).one()
    finally:
        await database.close()
    assert (first, last) == (1, count)
