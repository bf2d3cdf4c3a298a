"""Two server processes, one floor: the one that routes is killed, and the other goes on.

They share Asterisk, PostgreSQL and a Redis-protocol server; operators on the other node keep their screens.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import func, select

from callcenter.history.models import LedgerRow
from callcenter.storage.database import Database
from tests.integration.house import BOSS, House, id_of, line, new_number, operator, talking, two_doors
from tests.support.asterisk import AsteriskServer
from tests.support.redis_server import RedisServer
from tests.support.server import ApiClient, SiteSeed
from tests.support.sipp import RINGS, Call, ScriptedCaller, ScriptedPhone
from tests.support.tally import strand, tried

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.redis]

NUMBER = "88005552701"


@pytest.fixture
async def houses(
    asterisk: AsteriskServer,
    house_folder: Path,
    house_postgres: str,
    redis_server: RedisServer,
    redis_prefix: str,
) -> AsyncIterator[tuple[House, House]]:
    """The same house by two doors. The first one routes."""
    people = [operator("anna", "a1011", "sales"), operator("boris", "a1012", "sales")]
    seed = SiteSeed([line("sales", NUMBER)], (BOSS, *people))
    redis = (redis_server.url, redis_prefix)
    async with two_doors(asterisk, house_folder, house_postgres, redis, seed) as doors:
        yield doors


async def test_the_router_is_killed_and_the_other_node_goes_on(houses: tuple[House, House]) -> None:
    first, second = houses
    async with AsyncExitStack() as stack:
        talks_on = await stack.enter_async_context(ScriptedPhone(first.asterisk, "a1011", plan=RINGS))
        other = await stack.enter_async_context(ScriptedPhone(first.asterisk, "a1012", plan=RINGS))
        caller = await stack.enter_async_context(ScriptedCaller(first.asterisk))
        boss, screen = await stack.enter_async_context(second.watched())
        anna = await stack.enter_async_context(ApiClient(second.server.base, "anna"))
        mine = await stack.enter_async_context(anna.screen())
        assert await _routes(first)
        assert not await _routes(second)

        # A browser on the node that does not route gets the card, and its word rings the phone.
        await anna.set_state("ready")
        await mine.wait_state("ready")
        await screen.wait_agent("anna", "ready")
        outgoing = await caller.call(NUMBER, caller=new_number())
        rung = await talks_on.next_call()
        assert [offer for offer, _ in mine.painted] == [f"{id_of(rung)}/1"]
        rung.answer()
        await talking(outgoing, rung)
        await mine.wait_state("talking")
        number = new_number()
        waits = await caller.call(NUMBER, caller=number)
        known = await screen.wait_call(number, "waiting")
        # What the dead node did not bring to the database in its last moment, comes when it is back.
        await boss.interaction(known["call"], lambda call: call["queue"], "stored")

        term = await _term(first)
        epoch = screen.epoch
        await first.server.kill()
        tried("kill of the routing node")
        await talking(outgoing, rung)
        await screen.wait(lambda: screen.epoch != epoch and bool(screen.call_from(number)), "the new router")
        await second.server.wait_ready()
        await screen.wait_call(number, "waiting")
        assert await _routes(second)
        assert screen.call_from(number)["call"] == known["call"]
        assert abs(screen.call_from(number)["queued_at"] - known["queued_at"]) < 0.001
        await mine.wait_state("talking")
        assert screen.agent("anna")["call"] == id_of(rung)
        strand("a node's death", [call.id for call in (outgoing, rung, waits) if call.ended.is_set()])

        # The new router serves who waits.
        await boss.set_state("ready", agent="boris")
        after = await other.next_call(seconds=10)
        assert id_of(after) == known["call"]
        after.answer()
        await talking(waits, after)
        await _end(outgoing, rung)
        await _end(waits, after)
        for call, agent in ((rung, "anna"), (after, "boris")):
            record = await boss.ended(id_of(call))
            assert (record["outcome"], record["agent"]) == ("answered", agent)
        await screen.wait_agent("anna", "ready")

        # The dead node comes back, with whatever its journal still had, and only serves.
        await first.server.start()
        assert not await _routes(first)
        async with first.login("boss") as again, again.screen() as there:
            await there.wait_agent("anna", "ready")
            outgoing = await caller.call(NUMBER, caller=new_number())
            rung, phone = await _whichever(talks_on, other)
            rung.answer()
            await talking(outgoing, rung)
            await there.wait_agent("anna" if phone is talks_on else "boris", "talking")
            await _end(outgoing, rung)
            assert (await again.ended(id_of(rung)))["outcome"] == "answered"
        assert await second.each_call_ended_once() == 3
        assert await _term(second) > term
    await _ledger_is_whole(second)


async def _end(caller: Call, phone: Call) -> None:
    caller.hang_up()
    assert await phone.wait_ended() == "bye"


async def _whichever(*phones: ScriptedPhone) -> tuple[Call, ScriptedPhone]:
    waits = {asyncio.ensure_future(phone.next_call(seconds=10)): phone for phone in phones}
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in pending:
        wait.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    first = done.pop()
    return first.result(), waits[first]


async def _routes(house: House) -> bool:
    """Whether this node holds the lease and routes: only a router counts its inbox."""
    return any(name.startswith("callcenter_inbox") for name in await house.server.metrics())


async def _term(house: House) -> int:
    """The newest term in the ledger."""
    terms = await _terms(house)
    return max(terms)


async def _terms(house: House) -> dict[int, tuple[int, int, int]]:
    """Count, first and last number of each term."""
    database = Database(house.url)
    try:
        async with database.read() as connection:
            rows = await connection.execute(
                select(
                    LedgerRow.term, func.count(), func.min(LedgerRow.number), func.max(LedgerRow.number)
                ).group_by(LedgerRow.term)
            )
            return {term: (count, first, last) for term, count, first, last in rows}
    finally:
        await database.close()


async def _ledger_is_whole(house: House) -> None:
    """Each term's facts are there once, without a gap."""
    terms = await _terms(house)
    assert len(terms) == 2
    for count, first, last in terms.values():
        assert (first, last) == (1, count)
