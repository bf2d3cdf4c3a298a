"""A call in a queue: when it leaves it, what it hears, and when it is to be looked at again."""

from __future__ import annotations

import math

import pytest

from routing.flows import spoken
from routing.flows.model import (
    Announcements,
    Enqueue,
    HangUp,
    OfferCallback,
    Overflow,
    OverflowKind,
    Say,
)
from routing.flows.moves import Heard, Join, Keys, Move, Play, QueueState, Stage, Stay, Why
from routing.flows.run import advance, enter, queued
from routing.flows.waiting import NOBODY_LOOK
from routing.ids import PromptId
from tests.routing.flows.plans import HELP, NUMBER, SALES, WELCOME, context, directory, s

BYE = HangUp(s("bye"))
KINDS = OverflowKind


def wait(*overflow: Overflow, says: Announcements | None = None, callback: bool = False) -> Enqueue:
    return Enqueue(s("wait"), SALES, overflow, says, None, s("offer") if callback else None)


def over(kind: OverflowKind, limit: int, leads: str = "bye") -> Overflow:
    return Overflow(kind, limit, s(leads))


def whys(move: Move) -> list[Why]:
    return [trace.why for trace in move.trace]


@pytest.mark.parametrize(
    ("overflow", "state", "leaves"),
    [
        (over(KINDS.LENGTH, 3), QueueState(waiting=2, able=1), False),
        (over(KINDS.LENGTH, 3), QueueState(waiting=3, able=1), True),
        (over(KINDS.EXPECTED_WAIT, 60), QueueState(able=1, expected_wait=59.9), False),
        (over(KINDS.EXPECTED_WAIT, 60), QueueState(able=1, expected_wait=60.0), True),
        (over(KINDS.EXPECTED_WAIT, 60), QueueState(able=1, expected_wait=None), False),
        (over(KINDS.EXPECTED_WAIT, 60), QueueState(able=1, expected_wait=math.inf), False),
        (over(KINDS.NOBODY, 0), QueueState(able=1), False),
        (over(KINDS.NOBODY, 0), QueueState(able=0), True),
        (over(KINDS.WAITED, 60), QueueState(able=1), False),
    ],
)
def test_overflows_on_entry(overflow: Overflow, state: QueueState, leaves: bool) -> None:
    move = enter(directory(wait(overflow), BYE), NUMBER, context(sales=state))
    assert (move.position.stage is Stage.WAITING) != leaves
    assert (Why.OVERFLOWED in whys(move)) == leaves


def test_the_first_overflow_that_is_due_counts() -> None:
    step = wait(over(KINDS.LENGTH, 9), over(KINDS.NOBODY, 0, "help"), over(KINDS.LENGTH, 1))
    flows = directory(step, BYE, Enqueue(s("help"), HELP))
    move = enter(flows, NUMBER, context(sales=QueueState(waiting=5, able=0)))
    assert isinstance(move.action, Join)
    assert move.action.queue == HELP


def test_the_wait_overflows_by_time_and_keeps_its_beginning() -> None:
    flows = directory(wait(over(KINDS.WAITED, 60, "help")), Enqueue(s("help"), HELP))
    move = enter(flows, NUMBER, context(1000.3))
    assert move.action == Join(SALES, 1000.3, (), 1000.3, "", 1060.3)
    assert queued(flows, move.position, context(1059.0)).action == Stay(1060.3)
    move = queued(flows, move.position, context(1060.3))
    assert move.action == Join(HELP, 1000.3, (), 1000.3, "", None)
    assert whys(move) == [Why.OVERFLOWED, Why.JOINED]
    assert move.position.waiting is not None
    assert move.position.waiting.entered == 1060.3


def test_length_and_expected_wait_are_for_the_entry_only() -> None:
    flows = directory(wait(over(KINDS.LENGTH, 1), over(KINDS.EXPECTED_WAIT, 1)), BYE)
    move = enter(flows, NUMBER, context())
    full = QueueState(waiting=50, able=1, expected_wait=900.0)
    assert queued(flows, move.position, context(1100.0, sales=full)).action == Stay(None)


def test_a_queue_that_all_agents_leave_lets_its_callers_go() -> None:
    flows = directory(wait(over(KINDS.NOBODY, 0)), BYE)
    move = enter(flows, NUMBER, context())
    assert isinstance(move.action, Join)
    assert move.action.look_at == 1000.0 + NOBODY_LOOK
    left = queued(flows, move.position, context(1010.0, sales=QueueState(able=0)))
    assert whys(left) == [Why.OVERFLOWED, Why.HUNG_UP]


def test_announcements() -> None:
    flows = directory(wait(says=Announcements(20, 60, WELCOME)))
    move = enter(flows, NUMBER, context())
    assert isinstance(move.action, Join)
    assert move.action.look_at == 1020.0
    here = QueueState(waiting=4, able=1, expected_wait=61.0, place=3)
    told = queued(flows, move.position, context(1021.0, sales=here))
    assert told.action == Play((WELCOME, spoken.POSITION, "3", spoken.MINUTES, "2"))
    assert told.position.stage is Stage.WAITING
    assert dict(told.trace[0].told) == {"place": 3, "expected": 61.0, "minutes": 2}
    on = advance(flows, told.position, Heard(), context(1030.0))
    assert on.action == Stay(1081.0)
    # A ring that cut it short gives no answer; the next is due all the same.
    assert queued(flows, told.position, context(1080.0, sales=here)).action == Stay(1081.0)
    assert isinstance(queued(flows, told.position, context(1081.0, sales=here)).action, Play)


def test_announced_once() -> None:
    flows = directory(wait(says=Announcements(0, 0, WELCOME)))
    move = enter(flows, NUMBER, context())
    told = queued(flows, move.position, context())
    assert told.action == Play((WELCOME,))  # neither place nor expected wait is known
    assert advance(flows, told.position, Heard(), context()).action == Stay(None)


def test_what_is_not_to_be_told_is_not() -> None:
    flows = directory(wait(says=Announcements(0, 60, PromptId("gone"), position=False, expected_wait=False)))
    here = QueueState(able=1, expected_wait=5.0, place=1)
    move = enter(flows, NUMBER, context(sales=here))
    silent = queued(flows, move.position, context(sales=here))
    assert silent.action == Stay(1060.0)


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 1), (1, 1), (60, 1), (60.1, 2), (119, 2), (600, 10)])
def test_minutes_are_rounded_upwards(seconds: float, minutes: int) -> None:
    assert spoken.minutes(seconds) == minutes


def test_the_key_of_the_announcement_leads_to_a_callback_and_back_to_the_place() -> None:
    says = Announcements(20, 60, callback_key="*")
    offer = OfferCallback(s("offer"), SALES, WELCOME, s("wait"))
    flows = directory(wait(over(KINDS.LENGTH, 5), says=says, callback=True), offer, BYE)
    move = enter(flows, NUMBER, context())
    told = queued(flows, move.position, context(1020.0))
    assert told.action == Play((spoken.PRESS, spoken.STAR), "*")
    asked = advance(flows, told.position, Keys("*"), context(1025.0))
    assert asked.position.stage is Stage.OFFERED
    # The queue is longer by now, but this caller has been in it before.
    full = context(1040.0, sales=QueueState(waiting=9, able=1))
    back = advance(flows, asked.position, Keys("3"), full)
    assert back.action == Join(SALES, 1000.0, (), 1000.0, "", 1080.0)
    assert back.position.waiting is not None
    assert back.position.waiting.entered == 1000.0


@pytest.mark.parametrize("key", ["*", ""])
@pytest.mark.parametrize("answer", [Keys("1"), Keys(""), Heard()])
def test_other_keys_do_nothing_in_a_queue(answer: Keys | Heard, key: str) -> None:
    says = Announcements(20, 60, callback_key=key)
    flows = directory(wait(says=says, callback=True), OfferCallback(s("offer"), SALES, WELCOME, s("wait")))
    move = enter(flows, NUMBER, context())
    assert advance(flows, move.position, answer, context()).action == Stay(1020.0)


def test_a_key_whose_step_is_gone_is_not_offered() -> None:
    flows = directory(wait(says=Announcements(0, 60, WELCOME, callback_key="1"), callback=True))
    move = enter(flows, NUMBER, context())
    assert queued(flows, move.position, context()).action == Play((WELCOME,))


def test_a_plan_without_the_step_lets_the_call_wait_on() -> None:
    move = enter(directory(wait(says=Announcements())), NUMBER, context())
    assert queued(directory(BYE), move.position, context(2000.0)).action == Stay(None)


def test_a_call_that_does_not_wait_is_left_alone() -> None:
    flows = directory(Say(s("say"), WELCOME, s("wait")), wait())
    move = enter(flows, NUMBER, context())
    left = queued(flows, move.position, context())
    assert (left.position, left.action, left.trace) == (move.position, Stay(None), ())
