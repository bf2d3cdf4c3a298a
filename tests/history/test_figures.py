"""People's figures, on both databases."""

from __future__ import annotations

import pytest

from callcenter.calls import facts as f
from callcenter.calls.facts import Fact
from callcenter.calls.states import AgentState, Author, OfferOutcome
from callcenter.history.figures import AgentFigures, Chosen, HistoryFigures
from callcenter.history.store import FactStore
from callcenter.storage import Database
from routing.ids import AgentId, CallId, OfferId
from tests.history.stories import A1001, ANNA, BORIS, SALES, START, agent_day, answered_call, entries
from tests.history.test_store import documents

NOBODY = AgentId("nobody")


async def _tell(database: Database, *facts: Fact, term: int = 1) -> None:
    await FactStore(database).write(documents(entries(facts, term)))


async def test_a_day_adds_up(database: Database) -> None:
    await _tell(database, *agent_day(), *answered_call(1))
    asked = (BORIS, ANNA, NOBODY)
    boris, anna, nobody = await HistoryFigures(database).agents(asked, START - 60, START + 600)
    assert (anna.agent, anna.answered, anna.offers, anna.missed) == (ANNA, 1, 1, 0)
    assert (anna.talked, anna.wrap_up, anna.ready, anna.paused) == pytest.approx((60, 10, 9, 20), abs=0.01)
    assert (boris.declined, boris.offers, boris.answered) == (1, 1, 0)
    assert boris.worked
    assert nobody == AgentFigures(NOBODY)
    assert not nobody.worked


async def test_only_the_part_within_the_time_counts(database: Database) -> None:
    await _tell(database, *agent_day())
    (anna,) = await HistoryFigures(database).agents([ANNA], START + 34, START + 70)
    assert (anna.talked, anna.wrap_up, anna.ready) == pytest.approx((30, 6, 0), abs=0.01)
    (before,) = await HistoryFigures(database).agents([ANNA], START - 90, START)
    assert not before.worked


async def test_a_state_that_goes_on_counts_until_now_however_long(database: Database) -> None:
    since = START - 9 * 86_400
    ready = f.AgentStateChanged(since, ANNA, AgentState.READY, AgentState.OFFLINE, "", Author.AGENT, None)
    await _tell(database, ready)
    (anna,) = await HistoryFigures(database).agents([ANNA], START, START + 3_600)
    assert anna.ready == pytest.approx(3_600, abs=0.01)


async def test_a_missed_offer(database: Database) -> None:
    call, offer = CallId("main:9.9"), OfferId("main:9.9/1")
    made = f.OfferMade(START, call, offer, SALES, ANNA, A1001, 0.15, 1.0, 5.0)
    await _tell(database, made, f.OfferEnded(START + 20, call, offer, ANNA, OfferOutcome.NO_ANSWER))
    (anna,) = await HistoryFigures(database).agents([ANNA], START, START + 60)
    assert (anna.missed, anna.answered, anna.offers) == (1, 0, 1)
    (later,) = await HistoryFigures(database).agents([ANNA], START + 1, START + 60)
    assert later.offers == 0


async def test_dispositions_by_who_chose_them(database: Database) -> None:
    for number in range(3):
        await _tell(database, *answered_call(number, START + number), term=number + 1)
    await _tell(
        database, f.CallDisposed(START + 90, CallId("main:8.8"), BORIS, "call_again", "", 1.0), term=9
    )
    figures = HistoryFigures(database)
    assert await figures.dispositions([ANNA, BORIS], START, START + 99) == [
        Chosen(ANNA, "sold", 3),
        Chosen(BORIS, "call_again", 1),
    ]
    assert await figures.dispositions([BORIS], START, START + 90) == []
