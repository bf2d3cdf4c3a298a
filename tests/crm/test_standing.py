"""The rules for worth, risk, what a client waits for and what comes next."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from callcenter.calls.promises import OpenPromise
from callcenter.crm.standing import CALLBACK_GRACE, DAY, MOST_WAITING, Facts, standing
from callcenter.crm.views import (
    ClientRank,
    MarkCode,
    Money,
    OpenDeal,
    OpenItems,
    OpenTask,
    OpenTicket,
    StepCode,
    ThingKind,
    Totals,
)
from routing.ids import CallbackId, QueueId

NOW = 1_764_000_000.0
CALM = Facts(ClientRank.REGULAR, NOW - 10 * DAY, NOW - DAY, OpenItems(), Totals())


def ticket(number: int = 1, **changes: object) -> OpenTicket:
    made = OpenTicket(number, f"ticket {number}", "open", "normal", "request", None, NOW, NOW - number)
    return replace(made, **changes)  # type: ignore[arg-type]


def task(number: int = 1, due: float | None = None) -> OpenTask:
    return OpenTask(number, f"task {number}", due, "anna", NOW - DAY)


def deal(number: int = 1, stage: str = "new", amount: float = 100.0) -> OpenDeal:
    return OpenDeal(number, f"deal {number}", stage, amount, "RUB", NOW, NOW)


def promise(at: float) -> OpenPromise:
    return OpenPromise(CallbackId("cb-1"), "+79161234567", QueueId("sales"), at, "anna")


def codes(facts: Facts) -> list[MarkCode]:
    return [mark.code for mark in standing(facts, NOW).marks]


def step(facts: Facts) -> tuple[StepCode, str | None] | None:
    found = standing(facts, NOW).next_step
    return None if found is None else (found.code, found.id)


def test_a_client_with_nothing_open_has_no_marks_and_no_next_step() -> None:
    stands = standing(CALM, NOW)
    assert (stands.marks, stands.waiting, stands.next_step) == ((), (), None)


def test_worth_is_rank_money_won_and_money_in_work() -> None:
    won, pipeline = (Money(9000.0, "RUB"), Money(10.0, "EUR")), (Money(500.0, "RUB"),)
    facts = replace(CALM, rank=ClientRank.VIP, totals=Totals(won, 3, pipeline, 2))
    marks = standing(facts, NOW).marks
    assert [(mark.code, mark.side, mark.count, mark.money) for mark in marks] == [
        (MarkCode.VIP, "value", 0, ()),
        (MarkCode.WON, "value", 3, won),
        (MarkCode.PIPELINE, "value", 2, pipeline),
    ]


def test_risk_is_named_by_what_set_it() -> None:
    facts = replace(
        CALM,
        rank=ClientRank.RISK,
        items=OpenItems(
            tickets=(ticket(1, priority="urgent"), ticket(9, priority="urgent")),
            tasks=(task(1, NOW - 60.0), task(2, NOW + 60.0)),
        ),
        totals=Totals(complaints=2, complained_at=NOW - DAY),
    )
    marks = standing(facts, NOW).marks
    assert [(mark.code, mark.side, mark.count, mark.at) for mark in marks] == [
        (MarkCode.AT_RISK, "risk", 0, None),
        (MarkCode.COMPLAINTS, "risk", 2, NOW - DAY),
        (MarkCode.URGENT, "risk", 2, NOW - 9),
        (MarkCode.OVERDUE, "risk", 1, NOW - 60.0),
    ]


def test_a_callback_is_overdue_after_its_grace() -> None:
    assert codes(replace(CALM, promises=(promise(NOW - CALLBACK_GRACE),))) == []
    assert codes(replace(CALM, promises=(promise(NOW - CALLBACK_GRACE - 1),))) == [MarkCode.OVERDUE]


@pytest.mark.parametrize(
    ("changes", "silent"),
    [
        ({}, False),  # nothing to lose
        ({"rank": ClientRank.VIP}, True),
        ({"totals": Totals((Money(1.0, "RUB"),), 1)}, True),
        ({"totals": Totals(open_deals=1)}, True),
        ({"rank": ClientRank.VIP, "spoke_at": NOW - 89 * DAY}, False),
        ({"rank": ClientRank.VIP, "spoke_at": None}, True),  # since he was entered
        ({"rank": ClientRank.VIP, "spoke_at": None, "since": NOW - DAY}, False),
    ],
)
def test_silence_counts_where_there_is_something_to_lose(changes: dict[str, object], silent: bool) -> None:
    facts = replace(replace(CALM, spoke_at=NOW - 90 * DAY, since=NOW - 400 * DAY), **changes)  # type: ignore[arg-type]
    assert (MarkCode.SILENCE in codes(facts)) is silent
    if silent:
        assert step(facts) == (StepCode.SILENCE, None)


def test_what_he_waits_for_is_the_soonest_first_and_bounded() -> None:
    facts = replace(
        CALM,
        items=OpenItems(
            tickets=(ticket(1, priority="high"), ticket(2, due_at=NOW + 5), ticket(3)),
            tasks=(task(1, NOW + 9), task(2)),
        ),
        promises=(promise(NOW + 7),),
    )
    assert [(one.kind, one.id) for one in standing(facts, NOW).waiting] == [
        (ThingKind.TICKET, "2"),
        (ThingKind.CALLBACK, "cb-1"),
        (ThingKind.TASK, "1"),
        (ThingKind.TICKET, "1"),
    ]
    many = replace(CALM, items=OpenItems(tasks=tuple(task(n, NOW + n) for n in range(40))))
    assert len(standing(many, NOW).waiting) == MOST_WAITING


def test_what_comes_next_goes_down_the_list_as_things_are_done() -> None:
    tickets = (
        ticket(1, priority="high"),
        ticket(2, kind="complaint"),
        ticket(3, due_at=NOW - 5),
        ticket(4, priority="urgent"),
    )
    deals = (deal(1), deal(2, amount=900.0), deal(3, "negotiation"), deal(4, "contract"))
    tasks = (task(1, NOW + 3600), task(2, NOW - 10), task(3, NOW - 20))
    facts = replace(CALM, items=OpenItems(deals, tickets, tasks))
    order: list[tuple[StepCode, str | None]] = []
    while (found := step(facts)) is not None:
        order.append(found)
        items = facts.items
        gone = standing(facts, NOW).next_step
        assert gone is not None
        facts = replace(
            facts,
            items=OpenItems(
                tuple(d for d in items.deals if (gone.kind, gone.id) != (ThingKind.DEAL, str(d.id))),
                tuple(t for t in items.tickets if (gone.kind, gone.id) != (ThingKind.TICKET, str(t.id))),
                tuple(t for t in items.tasks if (gone.kind, gone.id) != (ThingKind.TASK, str(t.id))),
            ),
        )
    assert order == [
        (StepCode.OVERDUE_PROMISE, "3"),
        (StepCode.OVERDUE_PROMISE, "2"),
        (StepCode.URGENT_TICKET, "4"),
        (StepCode.OVERDUE_TICKET, "3"),
        (StepCode.COMPLAINT, "2"),
        (StepCode.DEAL_TO_SIGN, "4"),
        (StepCode.DEAL_IN_NEGOTIATION, "3"),
        (StepCode.PROMISE_SOON, "1"),
        (StepCode.HIGH_TICKET, "1"),
        (StepCode.OPEN_DEAL, "2"),
        (StepCode.OPEN_DEAL, "1"),
    ]


def test_the_order_of_what_came_from_the_database_changes_nothing() -> None:
    chance = random.Random(7)
    deals = [deal(n, "negotiation", 100.0) for n in range(1, 6)]
    tickets = [ticket(n, priority="urgent", created_at=NOW) for n in range(1, 6)]
    tasks = [task(n, NOW - 10) for n in range(1, 6)]
    seen = set()
    for _ in range(20):
        for things in (deals, tickets, tasks):
            chance.shuffle(things)
        seen.add(standing(replace(CALM, items=OpenItems(tuple(deals), tuple(tickets), tuple(tasks))), NOW))
    assert len(seen) == 1
