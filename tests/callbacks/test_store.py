"""Claims, callbacks and the callers who gave up, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from callcenter.callbacks.errors import TakenError
from callcenter.callbacks.projection import CallbackProjection
from callcenter.callbacks.store import CallbackStore
from callcenter.callbacks.views import MissedState
from callcenter.calls.callback_facts import (
    CallbackChanged,
    CallbackDialled,
    CallbackEnd,
    CallbackEnded,
    CallbackPromised,
    CallbackTried,
    CallerGaveUp,
    CallerReached,
    ReachedHow,
)
from callcenter.calls.facts import Fact
from callcenter.calls.ledger import LedgerEntry
from callcenter.dispatch.ports import ClaimCallback
from callcenter.history.documents import read_document, write_document
from callcenter.history.store import FactStore
from callcenter.people.audit import AuditFilter, AuditTrail
from callcenter.people.changes import note
from callcenter.storage import Database, NotFoundError
from routing.acd.model import SkillLevel
from routing.callbacks import AttemptOutcome
from routing.ids import AgentId, CallbackId, CallId, ClientId, QueueId, ServerId, SkillId

AT = 1_764_000_000.0
KEPT = CallbackId("main-1.1")
PLACED = CallId("main:placed-main-1.1-1")
NUMBER = "+79161234567"
ANNA, BORIS = AgentId("anna"), AgentId("boris")
SALES = QueueId("sales")

PROMISED = CallbackPromised(
    AT,
    KEPT,
    NUMBER,
    SALES,
    AT - 60,
    AT + 5,
    AT + 86_400,
    2.0,
    (SkillLevel(SkillId("english"), 3),),
    "ru",
    ("Europe/Moscow",),
    "100",
    ServerId("main"),
    CallId("main:1.1"),
    "",
    45.0,
)
DIALLED = CallbackDialled(AT + 10, KEPT, 1, PLACED, ANNA, NUMBER)
TRIED = CallbackTried(AT + 40, KEPT, 1, PLACED, AttemptOutcome.BUSY, AT + 340)
ENDED = CallbackEnded(AT + 400, KEPT, CallbackEnd.CALLED_IN, CallId("main:1.7"), "")


def gave_up(at: float = AT, call: str = "main:1.5", number: str = NUMBER) -> CallerGaveUp:
    return CallerGaveUp(at, number, CallId(call), SALES, "100", 30.0, ClientId(7))


class Clock:
    def __init__(self) -> None:
        self.time = AT + 100

    def now(self) -> float:
        return self.time


class House:
    """A ledger with its projection, and the store beside it."""

    def __init__(self, database: Database) -> None:
        self.facts = FactStore(database, also=(CallbackProjection(),))
        self.clock = Clock()
        self.store = CallbackStore(database, self.clock, trail=note)
        self.audit = AuditTrail(database)
        self._number = 0

    async def write(self, *facts: Fact, term: int = 1, first: int | None = None) -> int:
        """Facts in the order of the ledger; returns the number of the last."""
        start = self._number + 1 if first is None else first
        entries = [LedgerEntry(term, start + index, fact) for index, fact in enumerate(facts)]
        self._number = max(self._number, start + len(facts) - 1)
        await self.facts.write([read_document(write_document(entry)) for entry in entries])
        return self._number


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


def claim(attempt: int = 1) -> ClaimCallback:
    return ClaimCallback(KEPT, attempt, PLACED, ANNA, AT + 9)


# Claims


async def test_of_all_who_claim_an_attempt_at_once_one_may_dial(house: House) -> None:
    answers = await asyncio.gather(*(house.store.claim(claim(), term) for term in range(1, 9)))
    assert sorted(answers) == [False] * 7 + [True]
    winner = answers.index(True) + 1
    assert await house.store.claim(claim(), winner)
    assert not await house.store.claim(claim(), winner + 1)
    assert await house.store.claim(claim(2), 99)


async def test_who_claims_again_for_another_server_leaves_the_call_that_is_dialled(house: House) -> None:
    east = CallId("east:placed-main-1.1-1")
    await house.write(PROMISED)
    assert await house.store.claim(claim(), 1)
    assert await house.store.claim(replace(claim(), call=east), 1)
    (restored,) = await house.store.restored()
    assert restored.call == east
    await house.write(DIALLED)
    assert not await house.store.claim(replace(claim(), call=east), 1)
    (restored,) = await house.store.restored()
    assert restored.call == PLACED


async def test_a_claim_that_was_dialled_can_not_be_claimed_again_by_anyone(house: House) -> None:
    assert await house.store.claim(claim(), 1)
    await house.write(PROMISED, DIALLED)
    assert not await house.store.claim(claim(), 1)


# Callbacks


async def test_an_open_promise_is_restored_as_it_was_made(house: House) -> None:
    await house.write(PROMISED)
    (restored,) = await house.store.restored()
    callback = restored.callback
    assert (callback.id, callback.number, callback.queue) == (KEPT, NUMBER, SALES)
    assert (callback.since, callback.next_at, callback.until) == (AT - 60, AT + 5, AT + 86_400)
    assert (callback.wanted, callback.patience) == (PROMISED.wanted, 45)
    assert callback.zones == PROMISED.zones
    assert (restored.claim, restored.call) == (None, None)
    assert (restored.server, restored.asked_in) == ("main", "main:1.1")


async def test_a_claim_without_an_end_is_restored_as_out_even_if_no_fact_tells_of_it(house: House) -> None:
    await house.write(PROMISED)
    await house.store.claim(claim(), 1)
    (restored,) = await house.store.restored()
    assert (restored.claim, restored.call) == (1, PLACED)
    await house.write(DIALLED, TRIED)
    (restored,) = await house.store.restored()
    assert (restored.claim, restored.callback.attempts) == (None, 1)
    assert restored.callback.next_at == AT + 340


async def test_the_list_tells_what_was_tried(house: House) -> None:
    await house.write(PROMISED, DIALLED)
    (shown,) = await house.store.callbacks(queue=SALES)
    assert shown.state == "dialling"
    await house.write(TRIED)
    (shown,) = await house.store.callbacks()
    assert (shown.state, shown.attempts[0].outcome) == ("waiting", AttemptOutcome.BUSY)
    assert await house.store.callbacks(queue=QueueId("other")) == []
    await house.write(ENDED)
    assert await house.store.callbacks() == []
    (over,) = await house.store.callbacks(closed=True)
    assert (over.closed, over.call) == (CallbackEnd.CALLED_IN, "main:1.7")
    assert await house.store.restored() == ()
    assert await house.store.places([CallId("main:1.7"), CallId("main:1.8")]) == (
        (CallId("main:1.7"), AT - 60),
    )


@pytest.mark.parametrize(
    "order",
    [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 0, 4, 1, 3), (1, 4, 0, 3, 2)],
)
async def test_facts_that_come_late_or_twice_give_the_same(house: House, order: Sequence[int]) -> None:
    changed = CallbackChanged(AT + 50, KEPT, "+79160000000", AT + 900, AT + 90_000, (), "vera")
    story: list[Fact] = [PROMISED, DIALLED, TRIED, changed, ENDED]
    for place in (*order, *order):
        await house.write(story[place], first=place + 1)
    (over,) = await house.store.callbacks(closed=True)
    assert (over.number, over.next_at, over.until) == ("+79160000000", AT + 900, AT + 90_000)
    assert (over.queue, over.since, len(over.attempts)) == (SALES, AT - 60, 1)
    assert over.attempts[0].outcome is AttemptOutcome.BUSY


async def test_who_calls_himself_changes_only_when_that_is_said(house: House) -> None:
    await house.write(replace(PROMISED, agent=ANNA))
    told = CallbackChanged(AT + 50, KEPT, NUMBER, AT + 900, AT + 90_000, (), "vera")
    await house.write(told)
    assert [one.agent for one in await house.store.callbacks()] == [ANNA]
    await house.write(replace(told, agent=None))
    assert [one.agent for one in await house.store.callbacks()] == [None]
    await house.write(replace(told, agent=BORIS))
    assert [one.agent for one in await house.store.callbacks()] == [BORIS]


# Those who gave up


async def test_one_entry_per_number_however_often_he_calls(house: House) -> None:
    await house.write(gave_up(), gave_up(AT + 50, "main:1.6"))
    (entry,) = await house.store.missed()
    assert (entry.number, entry.times, entry.call) == (NUMBER, 2, "main:1.6")
    assert (entry.first_at, entry.last_at, entry.client) == (AT, AT + 50, 7)
    assert await house.store.gave_up() == ((NUMBER, AT + 50),)


async def test_he_leaves_the_list_when_he_is_served_and_may_come_back(house: House) -> None:
    await house.write(gave_up())
    await house.store.take(NUMBER, ANNA)
    await house.write(CallerReached(AT + 60, NUMBER, CallId("main:1.6"), ReachedHow.ANSWERED))
    assert await house.store.missed() == []
    await house.write(gave_up(AT + 70, "main:1.9"))
    (entry,) = await house.store.missed()
    assert (entry.state, entry.times, entry.claimed_by) == (MissedState.OPEN, 1, None)


async def test_of_two_agents_at_once_one_gets_him_and_the_other_is_told_who(house: House) -> None:
    await house.write(gave_up())
    answers = await asyncio.gather(
        house.store.take(NUMBER, ANNA), house.store.take(NUMBER, BORIS), return_exceptions=True
    )
    (lost,) = [answer for answer in answers if isinstance(answer, TakenError)]
    (won,) = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert lost.by == won.claimed_by
    assert str(lost) == f"claimed_by: already taken by {won.claimed_by}"
    assert (await house.store.take(NUMBER, AgentId(lost.by))).claimed_by == lost.by


async def test_what_is_another_agents_is_left_to_him_unless_a_supervisor_asks(house: House) -> None:
    await house.write(gave_up())
    await house.store.take(NUMBER, ANNA)
    with pytest.raises(TakenError):
        await house.store.give_back(NUMBER, BORIS)
    with pytest.raises(TakenError):
        await house.store.dismiss(NUMBER, "boris", "wrong number")
    await house.store.give_back(NUMBER, BORIS, anybodys=True)
    await house.store.dismiss(NUMBER, "boris", "wrong number")
    assert await house.store.missed() == []
    with pytest.raises(NotFoundError):
        await house.store.take(NUMBER, ANNA)


async def test_who_gave_up_long_ago_is_not_called_any_more(house: House) -> None:
    await house.write(gave_up())
    house.clock.time = AT + 8 * 86_400
    assert await house.store.missed() == []
    assert await house.store.gave_up() == ()


async def test_a_promise_for_his_number_is_shown_beside_him(house: House) -> None:
    await house.write(gave_up(), PROMISED)
    (entry,) = await house.store.missed(queue=SALES)
    assert entry.callback == KEPT


async def test_late_news_of_his_being_served_does_not_undo_a_later_call(house: House) -> None:
    await house.write(gave_up(AT + 90), term=2, first=1)
    await house.write(CallerReached(AT + 60, NUMBER, CallId("main:1.6"), ReachedHow.ANSWERED), term=1)
    assert len(await house.store.missed()) == 1


async def test_the_audit_trail_tells_what_people_did_with_the_list(house: House) -> None:
    await house.write(gave_up())
    await house.store.take(NUMBER, ANNA)
    await house.store.take(NUMBER, ANNA)  # twice is once
    with pytest.raises(TakenError):
        await house.store.dismiss(NUMBER, "boris", "spam")
    await house.store.give_back(NUMBER, BORIS, anybodys=True)
    await house.store.give_back(NUMBER, BORIS)  # nobody's already
    await house.store.dismiss(NUMBER, "vera", "spam")
    entries, _ = await house.audit.page(AuditFilter(entity="missed_callers"), 10)
    told = [(entry.who, entry.change.before, entry.change.after) for entry in reversed(entries)]
    free, annas = {"state": "open"}, {"state": "claimed", "by": "anna"}
    assert told == [
        ("anna", free, annas),
        ("boris", annas, free),
        ("vera", free, {"state": "dismissed", "reason": "spam"}),
    ]
    assert {(entry.change.id, entry.source.value, entry.at) for entry in entries} == {
        (NUMBER, "api", house.clock.time)
    }
