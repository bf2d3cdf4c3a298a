"""Calls between agents in the database: a row of their own whatever the order of their facts, no client's
call, and what a process that takes over is told of them. On both databases."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import delete

from callcenter.calls.facts import AgentStateChanged, Fact
from callcenter.calls.intercom_facts import IntercomAnswered, IntercomEnded, IntercomStarted
from callcenter.calls.intercoms import IntercomOutcome
from callcenter.calls.restored import RestoredIntercom
from callcenter.calls.states import AgentState, Author
from callcenter.clock import SystemClock
from callcenter.history.figures import HistoryFigures
from callcenter.history.intercoms import IntercomRow
from callcenter.history.models import CallRow, LedgerRow
from callcenter.history.queries import HistoryQueries, IntercomRecord
from callcenter.history.restore import load_restored
from callcenter.history.store import FactStore
from callcenter.people.users import UserStore
from callcenter.people.views import Language, Role, User
from callcenter.storage import Database
from routing.ids import AgentId, LegId, intercom_id
from tests.history.stories import A1001, ANNA, BORIS, MAIN, START, entries
from tests.history.test_store import documents, rows_of

INTERCOM = intercom_id(MAIN, A1001, 17)
VERA = AgentId("vera")


def talk(at: float = START, outcome: IntercomOutcome = IntercomOutcome.ANSWERED) -> list[Fact]:
    """Rings for 4 s, talks for 60."""
    intercom = intercom_id(MAIN, A1001, int(at * 1000))
    return [
        IntercomStarted(at, intercom, MAIN, ANNA, BORIS),
        IntercomAnswered(at + 4, intercom, ANNA, BORIS, LegId("main:1.2")),
        IntercomEnded(at + 64, intercom, ANNA, BORIS, outcome, 60.0),
    ]


async def tell(database: Database, facts: list[Fact], term: int = 1) -> None:
    await FactStore(database).write(documents(entries(facts, term)))


async def test_what_is_kept_and_shown(database: Database) -> None:
    await UserStore(database, SystemClock()).add(
        User("anna", "Анна Кузнецова", Role.OPERATOR, Language.RU, True, A1001, (), ()), "x"
    )
    declined = intercom_id(MAIN, A1001, 5)
    await tell(
        database,
        [
            *talk(),
            IntercomStarted(START + 100, declined, MAIN, VERA, ANNA),
            IntercomEnded(START + 107, declined, VERA, ANNA, IntercomOutcome.DECLINED, 0.0),
            IntercomStarted(START + 200, INTERCOM, MAIN, BORIS, VERA),
        ],
    )
    queries = HistoryQueries(database)
    running, refused, talked = await queries.intercoms(None, 10)
    assert talked == IntercomRecord(
        intercom_id(MAIN, A1001, int(START * 1000)),
        ANNA,
        BORIS,
        "Анна Кузнецова",
        None,
        START,
        START + 4,
        START + 64,
        IntercomOutcome.ANSWERED,
        60.0,
    )
    assert (refused.answered_at, refused.outcome) == (None, IntercomOutcome.DECLINED)
    assert (running.ended_at, running.outcome, running.talked) == (None, None, 0.0)
    assert [one.id for one in await queries.intercoms(ANNA, 10)] == [refused.id, talked.id]
    assert [one.id for one in await queries.intercoms(BORIS, 1)] == [running.id]
    assert await rows_of(database, CallRow) == []
    assert {row["call"] for row in await rows_of(database, LedgerRow)} == {None}


async def test_any_order_gives_the_same_row(database: Database) -> None:
    told = documents(entries(talk()))
    await FactStore(database).write(told)
    wanted = await rows_of(database, IntercomRow)
    for mixed in itertools.permutations(told):
        async with database.write() as connection:
            await connection.execute(delete(LedgerRow))
            await connection.execute(delete(IntercomRow))
        for one in mixed:
            await FactStore(database).write([one])
        assert await rows_of(database, IntercomRow) == wanted


@pytest.mark.parametrize("late", [True, False])
async def test_who_saw_the_end_knows_better(database: Database, late: bool) -> None:
    unseen = IntercomEnded(
        START + 99, intercom_id(MAIN, A1001, int(START * 1000)), ANNA, BORIS, IntercomOutcome.UNKNOWN, 20.0
    )
    stories = [(talk(), 1), ([unseen], 2)]
    for facts, term in reversed(stories) if late else stories:
        await tell(database, list(facts), term)
    (row,) = await rows_of(database, IntercomRow)
    assert (row["outcome"], row["ended_at"], row["talked"]) == ("answered", START + 64, 60.0)


async def test_who_saw_the_beginning_knows_better(database: Database) -> None:
    """The node that took over found it in a listing, before the dead one's journal came."""
    told, intercom = talk(), intercom_id(MAIN, A1001, int(START * 1000))
    found = [
        IntercomStarted(START + 0.7, intercom, MAIN, ANNA, BORIS),
        IntercomAnswered(START + 30, intercom, ANNA, BORIS, LegId("main:1.2")),
    ]
    await tell(database, [*found, told[2]], term=2)
    await tell(database, told[:2], term=1)
    (row,) = await rows_of(database, IntercomRow)
    assert (row["started_at"], row["answered_at"], row["ended_at"]) == (START, START + 4, START + 64)


async def test_those_without_an_end_are_restored(database: Database) -> None:
    rang = intercom_id(MAIN, A1001, 5)
    await tell(
        database,
        [
            *talk(),
            *talk(START + 100)[:2],
            IntercomStarted(START + 200, rang, MAIN, VERA, ANNA),
        ],
    )
    assert (await load_restored(database)).intercoms == (
        RestoredIntercom(
            intercom_id(MAIN, A1001, int((START + 100) * 1000)), MAIN, ANNA, BORIS, START + 100, START + 104
        ),
        RestoredIntercom(rang, MAIN, VERA, ANNA, START + 200, None),
    )


async def test_an_agent_in_one_is_neither_ready_nor_paused_nor_away(database: Database) -> None:
    system = Author.SYSTEM
    moves = [
        (0.0, AgentState.READY, AgentState.OFFLINE),
        (100.0, AgentState.INTERNAL, AgentState.READY),
        (160.0, AgentState.READY, AgentState.INTERNAL),
        (200.0, AgentState.OFFLINE, AgentState.READY),
    ]
    await tell(
        database,
        [AgentStateChanged(START + at, ANNA, now, before, "", system, None) for at, now, before in moves],
    )
    (figures,) = await HistoryFigures(database).agents([ANNA], START, START + 300)
    assert figures.ready == pytest.approx(140.0, abs=0.01)
    assert (figures.talked, figures.wrap_up, figures.paused) == (0.0, 0.0, 0.0)
    (session,) = await HistoryQueries(database).agent_sessions(ANNA, START, START + 300)
    assert (session.since, session.until) == (START, START + 200)
