"""Facts in the database: each once, adding up to the same rows whatever the order, on both databases."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from callcenter.calls import facts as f
from callcenter.calls.facts import Fact
from callcenter.calls.ledger import LedgerEntry
from callcenter.history.documents import Document, read_document, write_document
from callcenter.history.models import AgentStateRow, CallRow, LedgerRow, LegRow, OfferRow
from callcenter.history.store import FactStore
from callcenter.storage.database import Database
from routing.ids import AgentId, CallId
from tests.history.stories import ANNA, BORIS, MAIN, START, agent_day, answered_call, entries


def documents(told: Sequence[LedgerEntry]) -> list[Document]:
    return [read_document(write_document(entry)) for entry in told]


async def rows_of(database: Database, table: Any) -> list[dict[str, Any]]:
    async with database.read() as connection:
        found = await connection.execute(select(table.__table__).order_by(*table.__table__.primary_key))
        return [dict(row._mapping) for row in found]


async def _everything(database: Database) -> list[list[dict[str, Any]]]:
    return [await rows_of(database, table) for table in (LedgerRow, CallRow, LegRow, OfferRow, AgentStateRow)]


async def test_a_fact_is_written_once(database: Database) -> None:
    told = documents(entries(answered_call(1)))
    assert await FactStore(database).write(told[:10]) == 10
    assert await FactStore(database).write(told) == len(told) - 10
    assert await FactStore(database).write(told) == 0
    assert await FactStore(database).write([]) == 0
    ledger = await rows_of(database, LedgerRow)
    assert [(row["term"], row["number"]) for row in ledger] == [(1, n + 1) for n in range(len(told))]
    assert ledger[0]["payload"] == told[0].payload
    assert ledger[0]["at"] == START
    assert {row["call"] for row in ledger} == {"main:1.1"}
    assert {row["agent"] for row in ledger} == {None, "anna", "boris"}


async def test_twice_in_one_batch_counts_once(database: Database) -> None:
    told = documents(entries(answered_call(1)))
    assert await FactStore(database).write(told + told) == len(told)
    (call,) = await rows_of(database, CallRow)
    assert call["facts"] == len(told)
    assert call["talked"] == 60.0


async def test_any_order_gives_the_same_rows(database: Database) -> None:
    story = [*answered_call(1), *agent_day()]
    later = [
        f.CallDisposed(START + 200, CallId("main:1.1"), ANNA, "other", "", 1.0),
        *agent_day(BORIS, START + 40),
        *agent_day(ANNA, START + 300),
    ]
    told = documents([*entries(story, term=1), *entries(later, term=2)])
    await FactStore(database).write(told)
    wanted = await _everything(database)
    for seed in range(6):
        async with database.write() as connection:
            for table in (LedgerRow, CallRow, LegRow, OfferRow, AgentStateRow):
                await connection.execute(delete(table))
        chance = random.Random(seed)
        mixed = told + chance.sample(told, 8)
        chance.shuffle(mixed)
        stores = [FactStore(database), FactStore(database, going_on=1, ended=1)]
        while mixed:
            size = chance.randint(1, 9)
            await chance.choice(stores).write(mixed[:size])
            mixed = mixed[size:]
        assert await _everything(database) == wanted, f"seed {seed}"


async def test_calls_that_are_over_are_forgotten(database: Database) -> None:
    """However many calls a process has seen, it keeps only those of which more is to come; and what comes of
    another still adds up."""
    store = FactStore(database, ended=2)
    for n in range(5):
        await store.write(documents(entries(answered_call(n)[:-1], term=n + 1)))
    assert store.remembered == 2
    await store.write(documents(entries(answered_call(9)[:4], term=9)))
    assert store.remembered == 3
    await store.write(documents(entries(answered_call(0)[-1:], term=10)))
    calls = {row["call"]: row for row in await rows_of(database, CallRow)}
    assert (calls["main:0.1"]["talked"], calls["main:0.1"]["disposition"]) == (60.0, "sold")
    assert calls["main:0.1"]["facts"] == len(answered_call(0))


async def test_two_nodes_write_at_once(database: Database) -> None:
    """The old node drains what it still had while the new one goes on with the same call."""
    story = answered_call(1)
    old, new = documents(entries(story[:12], term=1)), documents(entries(story[12:], term=2))
    nodes = (FactStore(database), FactStore(database))
    steps = max(len(old), len(new))
    for n in range(steps):
        written = await asyncio.gather(nodes[0].write(old[n : n + 2]), nodes[1].write(new[n : n + 2]))
        assert all(count <= 2 for count in written)
    (call,) = await rows_of(database, CallRow)
    assert call["facts"] == len(story)
    assert (call["outcome"], call["talked"], call["disposition"]) == ("answered", 60.0, "sold")
    assert len(await rows_of(database, LedgerRow)) == len(story)


async def test_states_of_an_agent_follow_each_other(database: Database) -> None:
    await FactStore(database).write(documents(entries(agent_day())))
    rows = await rows_of(database, AgentStateRow)
    assert [row["until"] for row in rows] == [*(row["since"] for row in rows[1:]), None]
    assert [row["state"] for row in rows[:3]] == ["ready", "offered", "talking"]
    assert rows[5]["reason"] == "lunch"
    assert rows[1]["by"] == "system"


async def test_text_that_no_database_takes_is_made_storable(database: Database) -> None:
    note = "а\x00б \ud83d половина, \U0001f600 целая"
    told = documents(
        entries([*answered_call(1)[:-1], f.CallDisposed(START, CallId("main:1.1"), ANNA, "x", note, 1)])
    )
    await FactStore(database).write(told)
    (call,) = await rows_of(database, CallRow)
    assert call["note"] == "а\ufffdб \ufffd половина, \U0001f600 целая"
    assert (await rows_of(database, LedgerRow))[-1]["payload"]["note"] == call["note"]


async def test_a_fact_of_another_version_is_kept_though_not_understood(database: Database) -> None:
    told = documents(entries(answered_call(1)))
    data = b'{"term":1,"number":90,"fact":{"type":"CallTeleported","at":1764000000.5,"call":"main:1.1"}}'
    unknown = read_document(data)
    assert unknown.entry is None
    assert await FactStore(database).write([*told, unknown]) == len(told) + 1
    assert (await rows_of(database, LedgerRow))[-1]["type"] == "CallTeleported"
    (call,) = await rows_of(database, CallRow)
    assert call["facts"] == len(told)
    # and does not stand in the way when the call is folded anew
    await FactStore(database).write(documents(entries(answered_call(1)[:1], term=2)))
    assert (await rows_of(database, CallRow))[0]["facts"] == len(told) + 1


async def test_facts_about_no_call_are_in_the_ledger(database: Database) -> None:
    facts: list[Fact] = [
        f.LinkLost(START, MAIN, "reset"),
        f.BlindInterval(START + 10, MAIN, START),
        f.BrowserChanged(START + 11, AgentId("anna"), True),
        f.Quarantined(START + 12, None, "broken"),
    ]
    await FactStore(database).write(documents(entries(facts)))
    assert [row["type"] for row in await rows_of(database, LedgerRow)] == [type(x).__name__ for x in facts]
    assert await rows_of(database, CallRow) == []
