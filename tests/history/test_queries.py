"""Reading the history, and what a process that takes over is told, on both databases."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from callcenter.calls import control_facts as c, facts as f
from callcenter.calls.facts import Fact
from callcenter.calls.states import AgentState, Author, CallOutcome, Intent, OfferOutcome
from callcenter.clock import SystemClock
from callcenter.dispatch.core import Core
from callcenter.dispatch.inputs import PlanChanged
from callcenter.history.models import AgentStateRow
from callcenter.history.queries import BadCursorError, HistoryQueries, InteractionFilter
from callcenter.history.restore import load_restored
from callcenter.history.store import FactStore
from callcenter.people.plan import PlanStore
from callcenter.people.users import UserStore
from callcenter.people.views import Language, Role, User
from callcenter.storage import Database
from routing.acd.model import Queue
from routing.ids import CallId, ClientId, QueueId, offer_id
from tests.history.stories import (
    A1001,
    ANNA,
    BORIS,
    MAIN,
    SALES,
    START,
    agent_day,
    answered_call,
    entries,
    rung_at_all,
)
from tests.history.test_store import documents
from tests.support.playbook import plan


async def _tell(database: Database, facts: Sequence[Fact], term: int = 1) -> None:
    await FactStore(database).write(documents(entries(facts, term)))


async def _anna(database: Database) -> None:
    await PlanStore(database).add_queue(Queue(SALES, "Продажи", ()))
    await UserStore(database, SystemClock()).add(
        User("anna", "Анна Кузнецова", Role.OPERATOR, Language.RU, True, A1001, (SALES,), ()), "x"
    )


async def test_an_interaction_and_its_detail(database: Database) -> None:
    await _anna(database)
    story = answered_call(1)
    await _tell(database, story)
    detail = await HistoryQueries(database).interaction(CallId("main:1.1"))
    assert detail is not None
    shown = detail.interaction
    assert (shown.agent, shown.agent_name, shown.queue, shown.client) == (ANNA, "Анна Кузнецова", SALES, 7)
    assert (shown.started_at, shown.ended_at, shown.waited, shown.talked) == (START, START + 64, 3.98, 60.0)
    assert (shown.outcome, shown.disposition) == (CallOutcome.ANSWERED, "sold")
    assert [leg.station for leg in detail.legs] == [None, A1001]
    assert [offer.agent for offer in detail.offers] == [BORIS, ANNA]
    assert [fact["type"] for fact in detail.facts] == [type(fact).__name__ for fact in story]
    assert await HistoryQueries(database).interaction(CallId("main:9.9")) is None


async def test_pages_follow_each_other_without_gap_or_repetition(database: Database) -> None:
    for n in range(25):
        await _tell(database, answered_call(n, START + n // 3), term=n + 1)
    queries = HistoryQueries(database)
    seen: list[str] = []
    cursor: str | None = None
    pages = 0
    while True:
        page = await queries.interactions(InteractionFilter(), 10, cursor)
        seen += [item.call for item in page.items]
        pages += 1
        cursor = page.next
        if cursor is None:
            break
    assert pages == 3
    assert len(seen) == len(set(seen)) == 25
    starts = [START + int(call.split(":")[1].split(".")[0]) // 3 for call in seen]
    assert starts == sorted(starts, reverse=True)


async def test_filters(database: Database) -> None:
    await _tell(database, answered_call(1, START, ANNA, client=7), term=1)
    await _tell(database, answered_call(2, START + 100, BORIS, client=8), term=2)
    await _tell(database, answered_call(3, START + 200, client=7)[:5], term=3)
    queries = HistoryQueries(database)

    async def found(which: InteractionFilter) -> list[str]:
        return [item.call for item in (await queries.interactions(which, 10, None)).items]

    assert await found(InteractionFilter()) == ["main:3.1", "main:2.1", "main:1.1"]
    assert await found(InteractionFilter(client=ClientId(7))) == ["main:3.1", "main:1.1"]
    assert await found(InteractionFilter(agent=BORIS)) == ["main:2.1"]
    assert await found(InteractionFilter(ended=False)) == ["main:3.1"]
    assert await found(InteractionFilter(ended=True)) == ["main:2.1", "main:1.1"]
    assert await found(InteractionFilter(since=START + 100, until=START + 200)) == ["main:2.1"]
    assert await found(InteractionFilter(queue=SALES, ended=True, client=ClientId(8))) == ["main:2.1"]
    assert await found(InteractionFilter(queue=QueueId("none"))) == []


@pytest.mark.parametrize(
    "cursor", ["", "x", "!!!!", "AAAA", "ÿ", "bm9uc2Vuc2U", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5IGE", "LTEgYQ"]
)
async def test_a_foreign_cursor_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(BadCursorError):
        await HistoryQueries(database).interactions(InteractionFilter(), 10, cursor)


async def test_the_last_calls_of_clients_for_their_cards(database: Database) -> None:
    for n in range(8):
        await _tell(database, answered_call(n, START + 100 * n, client=7 + n % 2), term=n + 1)
    await _tell(database, answered_call(90, START + 5000, client=7)[:6], term=90)  # still running
    queries = HistoryQueries(database)
    async with database.read() as connection:
        recent = await queries.recent(connection, [ClientId(7), ClientId(8), ClientId(9)], 3)
        assert await queries.recent(connection, [], 3) == {}
    assert [item.call for item in recent[ClientId(7)]] == ["main:6.1", "main:4.1", "main:2.1"]
    assert [item.call for item in recent[ClientId(8)]] == ["main:7.1", "main:5.1", "main:3.1"]
    assert ClientId(9) not in recent


async def test_an_agents_sessions_and_blind_intervals(database: Database) -> None:
    blind = f.BlindInterval(START + 50, MAIN, START + 40)
    await _tell(database, [*agent_day(ANNA, START), blind, *agent_day(ANNA, START + 1000)])
    queries = HistoryQueries(database)
    sessions = await queries.agent_sessions(ANNA, START - 10, START + 5000)
    assert [(session.since, session.until) for session in sessions] == [
        (START, START + 100),
        (START + 1000, START + 1100),
    ]
    periods = await queries.agent_periods(ANNA, START + 3.5, START + 65)
    assert [period.state for period in periods] == [
        AgentState.OFFERED,
        AgentState.TALKING,
        AgentState.WRAP_UP,
    ]
    assert [(one.server, one.since, one.until) for one in await queries.blind_periods(START, START + 45)] == [
        (MAIN, START + 40, START + 50)
    ]
    assert await queries.blind_periods(START + 50, START + 90) == []


async def test_open_calls_are_known_again(database: Database) -> None:
    await _tell(database, answered_call(1), term=1)
    talking = answered_call(2)[:14]
    waiting = answered_call(3)[:7]
    await _tell(database, [*talking, *waiting], term=2)
    known = await load_restored(database)
    assert [call.call for call in known.calls] == ["main:2.1", "main:3.1"]
    first, second = known.calls
    assert (first.talking_agent, first.talking_offer, first.answered_at) == (ANNA, "main:2.1/2", START + 4)
    assert (first.number_of_offers, first.declined_by) == (2, (BORIS,))
    assert (second.talking_agent, second.number_of_offers, second.declined_by) == (None, 1, (BORIS,))
    assert (second.queue, second.queued_since, second.client) == (SALES, START + 0.02, 7)
    assert (second.number, second.dialled, second.arrived_at) == ("+79990001001", "74951230001", START)


async def test_an_own_call_that_goes_on_is_of_the_queue_of_its_offer(database: Database) -> None:
    own = [fact for fact in answered_call(1)[:14] if not isinstance(fact, f.CallQueued)]
    await _tell(database, own, term=1)
    (call,) = (await load_restored(database)).calls
    assert (call.talking_agent, call.queue) == (ANNA, SALES)


async def test_the_pause_of_a_recording_is_known_again(database: Database) -> None:
    for n, last in ((1, []), (2, [c.RecordingResumed]), (3, [c.RecordingResumed, c.RecordingPaused])):
        call = CallId(f"main:{n}.1")
        told = [
            c.RecordingStarted(START + 4, call, ANNA, f"main-{n}-1"),
            c.RecordingPaused(START + 5, call, ANNA),
        ]
        more = [kind(START + 6 + at, call, BORIS) for at, kind in enumerate(last)]
        await _tell(database, [*answered_call(n)[:14], *told, *more], term=n)
    known = await load_restored(database)
    assert [(call.recording, call.paused_by) for call in known.calls] == [
        ("main-1-1", ANNA),
        ("main-2-1", None),
        ("main-3-1", BORIS),
    ]


async def test_agents_are_known_again_as_they_were(database: Database) -> None:
    day = agent_day(ANNA)
    await _tell(database, day[:4], term=1)
    await _tell(database, agent_day(BORIS)[:6], term=2)
    (anna, boris) = (await load_restored(database)).agents
    assert (anna.agent, anna.intent, anna.reason) == (ANNA, Intent.READY, "")
    assert (anna.wrap_up_call, anna.wrap_up_since) == ("main:1.1", START + 64)
    assert (boris.intent, boris.reason, boris.wrap_up_call) == (Intent.PAUSED, "lunch", None)


async def test_the_latest_wish_is_known_whatever_holds_the_agent(database: Database) -> None:
    day = agent_day(ANNA)
    lunch = f.IntentChanged(START + 5, ANNA, Intent.PAUSED, "lunch", Author.SUPERVISOR)
    home = f.IntentChanged(START + 65, ANNA, Intent.OFFLINE, "", Author.AGENT)
    await _tell(database, [*day[:3], lunch], term=1)
    (anna,) = (await load_restored(database)).agents
    assert (anna.intent, anna.reason, anna.by) == (Intent.PAUSED, "lunch", Author.SUPERVISOR)
    await _tell(database, [day[3], home], term=3)
    await _tell(database, [lunch], term=2)  # late: it was overtaken by a later wish
    (anna,) = (await load_restored(database)).agents
    assert (anna.intent, anna.reason, anna.by) == (Intent.OFFLINE, "", Author.AGENT)
    assert anna.wrap_up_call == "main:1.1"
    await _tell(database, [day[4]], term=4)  # a state in which nothing holds him is a wish too
    (anna,) = (await load_restored(database)).agents
    assert anna.intent is Intent.READY


async def test_a_wrap_up_that_ran_out_while_nobody_was_there_is_over_for_good(database: Database) -> None:
    await _tell(database, agent_day(ANNA)[:4], term=1)
    known = await load_restored(database)
    assert (known.agents[0].state, known.agents[0].call) == (AgentState.WRAP_UP, "main:1.1")
    core = Core()
    core.handle(PlanChanged(plan("anna", wrap_up_seconds=30)), START + 500)
    await _tell(database, core.handle(known, START + 500).facts, term=2)
    after = (await load_restored(database)).agents[0]
    assert (after.state, after.wrap_up_call) == (AgentState.READY, None)
    core = Core()
    core.handle(PlanChanged(plan("anna", wrap_up_seconds=30)), START + 900)
    assert core.handle(await load_restored(database), START + 900).facts == ()
    async with database.read() as connection:
        columns = AgentStateRow.state, AgentStateRow.since, AgentStateRow.until
        rows = (await connection.execute(select(*columns).order_by(AgentStateRow.since))).all()
    assert [tuple(row) for row in rows[-2:]] == [
        (AgentState.WRAP_UP, START + 64, START + 94),
        (AgentState.READY, START + 94, None),
    ]


async def test_an_agent_first_heard_of_on_a_call_was_ready(database: Database) -> None:
    change = f.AgentStateChanged(
        START, ANNA, AgentState.TALKING, AgentState.READY, "", Author.SYSTEM, CallId("main:1.1")
    )
    await _tell(database, [change])
    (anna,) = (await load_restored(database)).agents
    assert (anna.intent, anna.wrap_up_call) == (Intent.READY, None)


async def test_the_last_word_on_a_browser_and_the_last_fact_are_known(database: Database) -> None:
    assert (await load_restored(database)).blind_since is None
    await _tell(database, agent_day(ANNA)[:1], term=1)
    (anna,) = (await load_restored(database)).agents
    assert anna.browser is False
    on, off = f.BrowserChanged(START + 1, ANNA, True), f.BrowserChanged(START + 2, ANNA, False)
    await _tell(database, [off, on], term=3)
    await _tell(database, [on, off], term=2)  # late
    early = f.CallStarted(START - 500, CallId("main:5.1"), MAIN, "", "", "")
    await _tell(database, [early], term=4)
    known = await load_restored(database)
    assert known.agents[0].browser is True
    assert known.blind_since == START + 2


async def test_an_offer_without_an_end_is_known(database: Database) -> None:
    await _tell(database, answered_call(1)[:5], term=1)
    await _tell(database, answered_call(2)[:7], term=2)
    await _tell(database, answered_call(3)[:11], term=3)
    known = await load_restored(database)
    offered = [tuple(agent for _, agent in call.offered) for call in known.calls]
    assert offered == [(BORIS,), (), (ANNA,)]


async def test_all_offers_of_a_ring_that_goes_on_are_known(database: Database) -> None:
    await _tell(database, rung_at_all(1)[:6], term=1)
    await _tell(database, rung_at_all(2)[:7], term=2)
    await _tell(database, rung_at_all(3)[:9], term=3)
    again = [
        f.OfferMade(
            START + 9, CallId("main:4.1"), offer_id(CallId("main:4.1"), 3), SALES, ANNA, A1001, 0, 9, 1
        )
    ]
    await _tell(database, [*rung_at_all(4)[:6], *again], term=4)
    known = await load_restored(database)
    offered = {
        call.call: [(int(one.rpartition("/")[2]), agent) for one, agent in call.offered]
        for call in known.calls
    }
    assert offered == {
        "main:1.1": [(1, ANNA), (2, BORIS)],
        "main:2.1": [(2, BORIS)],
        "main:3.1": [],
        "main:4.1": [(3, ANNA)],  # the ring before it has no end for want of facts, and is over all the same
    }
    assert [call.number_of_offers for call in known.calls] == [2, 2, 2, 3]


async def test_a_call_rung_at_all_is_one_call_with_several_offers(database: Database) -> None:
    await _anna(database)
    await _tell(database, rung_at_all(1))
    page = await HistoryQueries(database).interactions(InteractionFilter(), 10, None)
    assert [one.call for one in page.items] == ["main:1.1"]
    detail = await HistoryQueries(database).interaction(CallId("main:1.1"))
    assert detail is not None
    assert (detail.interaction.agent, detail.interaction.outcome) == (BORIS, CallOutcome.ANSWERED)
    assert [(offer.agent, offer.outcome) for offer in detail.offers] == [
        (ANNA, OfferOutcome.ANSWERED_ELSEWHERE),
        (BORIS, OfferOutcome.ANSWERED),
    ]
