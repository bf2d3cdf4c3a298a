"""A past day for a replay, on both databases."""

from __future__ import annotations

from callcenter.calls import facts as f
from callcenter.calls.states import AgentState, CallOutcome, OfferOutcome
from callcenter.history.past import PastCall, PastOffer, PastQueries, PastState
from callcenter.history.store import FactStore
from callcenter.storage import Database
from routing.ids import CallId
from tests.history.stories import ANNA, BORIS, MAIN, SALES, START, agent_day, answered_call, entries
from tests.history.test_store import documents


async def test_calls_offers_and_states_of_an_interval(database: Database) -> None:
    lost = CallId("main:2.1")
    story = [
        *answered_call(1),
        f.CallStarted(START + 5, lost, MAIN, "", "", "1"),
        f.CallQueued(START + 6, lost, SALES, 0, START + 6, False),
        f.CallEnded(START + 16, lost, CallOutcome.ABANDONED, 10.0, 0.0),
        *answered_call(3, START + 1000),
    ]
    await FactStore(database).write(documents(entries([*story, *agent_day()])))
    past = PastQueries(database)
    assert await past.calls(START, START + 1000) == [
        PastCall(CallId("main:1.1"), SALES, START + 0.02, CallOutcome.ANSWERED, 3.98, 70.0),
        PastCall(lost, SALES, START + 6, CallOutcome.ABANDONED, 10.0, 0.0),
    ]
    assert await past.offers(START, START + 1000) == [
        PastOffer(BORIS, OfferOutcome.DECLINED, None),
        PastOffer(ANNA, OfferOutcome.ANSWERED, 1.0),
    ]
    assert await past.states(START + 70, START + 90) == [
        PastState(ANNA, AgentState.WRAP_UP, START + 70, START + 74),
        PastState(ANNA, AgentState.READY, START + 74, START + 80),
        PastState(ANNA, AgentState.PAUSED, START + 80, START + 90),
    ]
    assert await past.calls(START + 2000, START + 3000) == []
