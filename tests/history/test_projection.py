"""What the facts of a call add up to, in whatever order they come."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import get_args

import pytest

from callcenter.calls import facts as f
from callcenter.calls.control_facts import VoiceMoved
from callcenter.calls.facts import Fact
from callcenter.calls.ledger import LedgerEntry
from callcenter.calls.states import CallOutcome, LegRole, OfferOutcome
from callcenter.history.projection import call_concerned, fold, fold_all, follows
from callcenter.history.records import CallRecord
from routing.ids import CallId, ClientId, LegId
from tests.history.stories import ANNA, BORIS, MAIN, SALES, START, agent_day, answered_call, entries

CALL = CallId("main:1.1")


def _record(facts: list[Fact]) -> CallRecord:
    record = fold_all(entries(facts))
    assert record is not None
    return record


def test_an_answered_call() -> None:
    record = _record(answered_call(1))
    assert (record.call, record.server, record.queue) == (CALL, MAIN, SALES)
    assert (record.number, record.name, record.dialled) == ("+79990001001", "Пётр Ёлкин", "74951230001")
    assert (record.started_at, record.queued_at, record.answered_at, record.ended_at) == (
        START,
        START + 0.02,
        START + 4,
        START + 64,
    )
    assert (record.outcome, record.waited, record.talked) == (CallOutcome.ANSWERED, 3.98, 60.0)
    assert (record.agent, record.client_id, record.candidates) == (ANNA, 7, 1)
    assert (record.disposition, record.note, record.wrap_up) == ("sold", "перезвонить в пятницу", 10.0)
    assert (record.talking_agent, record.talking_offer) == (None, None)
    declined, answered = record.offers.values()
    assert (declined.agent, declined.outcome, declined.rang_at) == (BORIS, OfferOutcome.DECLINED, None)
    assert (answered.outcome, answered.lead, answered.rang_at) == (OfferOutcome.ANSWERED, 0.0, START + 3.2)
    assert (answered.painted_at, answered.ring_sent_at, answered.answered_at) == (
        START + 3.05,
        START + 3.05,
        START + 4,
    )
    caller, agent = record.legs.values()
    assert (caller.role, caller.cause, caller.ended_at) == (LegRole.CALLER, 16, START + 64)
    assert (agent.role, agent.talked, agent.talk_started_at) == (LegRole.AGENT, 60.0, START + 4)
    assert record.facts == len(answered_call(1))


def test_a_conversation_that_went_over_to_another_leg_twice_has_its_times_on_each() -> None:
    facts = answered_call(1)
    begun = next(n for n, fact in enumerate(facts) if isinstance(fact, f.TalkStarted))
    ended = next(fact for fact in facts if isinstance(fact, f.TalkEnded))
    first, second, third = ended.leg, LegId("main:station-1"), LegId("main:station-2")
    moves = [VoiceMoved(START + 14, CALL, ANNA, first, second, 10.0)]
    moves += [VoiceMoved(START + 24, CALL, ANNA, second, third, 15.0)]  # 5 s of it on hold
    story = [*facts[: begun + 1], *moves, *facts[begun + 1 :]]
    record = _record([replace(fact, leg=third) if fact is ended else fact for fact in story])
    legs = [record.legs[leg] for leg in (first, second, third)]
    assert [leg.talked for leg in legs] == [10.0, 5.0, 45.0]
    assert [(leg.talk_started_at, leg.talk_ended_at) for leg in legs] == [
        (START + 4, START + 14),
        (START + 14, START + 24),
        (START + 24, START + 64),
    ]
    assert record.talked == 60.0


def test_while_talking_the_talker_is_known() -> None:
    facts = answered_call(1)
    talking = next(n for n, fact in enumerate(facts) if isinstance(fact, f.TalkStarted))
    record = _record(facts[: talking + 1])
    assert (record.talking_agent, record.talking_offer) == (ANNA, "main:1.1/2")
    assert record.ended_at is None


def test_order_and_repetition_change_nothing() -> None:
    told = entries(answered_call(1))
    wanted = fold_all(told)
    for seed in range(50):
        shuffled = told * 2
        random.Random(seed).shuffle(shuffled)
        assert fold_all(shuffled) == wanted


def test_any_one_fact_may_be_missing() -> None:
    told = entries(answered_call(1))
    for n in range(len(told)):
        record = fold_all(told[:n] + told[n + 1 :])
        assert record is not None
        assert record.server == MAIN
        assert record.facts == len(told) - 1


def test_an_operators_pick_is_not_overridden_by_a_late_look_up() -> None:
    facts = answered_call(1, client=None)
    facts.insert(5, f.ClientPicked(START + 1.5, CALL, ClientId(42), ANNA))
    facts.insert(6, f.ClientMatched(START + 1.6, CALL, ClientId(7), 3))
    record = _record(facts)
    assert (record.client_id, record.candidates) == (42, 3)


def test_a_pick_taken_back_gives_way_to_the_look_up() -> None:
    facts = answered_call(1, client=None)
    facts.insert(5, f.ClientPicked(START + 1.5, CALL, ClientId(42), ANNA))
    facts.insert(6, f.ClientPicked(START + 1.6, CALL, None, ANNA))
    assert _record(facts).client_id is None
    facts.insert(7, f.ClientMatched(START + 1.7, CALL, ClientId(7), 1))
    assert _record(facts).client_id == 7


def test_a_call_told_again_after_a_restart_keeps_its_beginning() -> None:
    again = f.CallStarted(START + 30, CALL, MAIN, "", "", "")
    record = _record([*answered_call(1)[:4], again])
    assert (record.started_at, record.number, record.dialled) == (START, "+79990001001", "74951230001")


def test_who_was_there_knows_the_end_better_than_who_took_over() -> None:
    facts = answered_call(1)
    unknown = f.CallEnded(START + 90, CALL, CallOutcome.UNKNOWN, 0.0, 0.0)
    record = fold_all([*entries(facts, term=1), *entries([unknown], term=2)])
    assert record is not None
    assert (record.outcome, record.ended_at) == (CallOutcome.ANSWERED, START + 64)
    alone = fold_all(entries([*facts[:5], unknown]))
    assert alone is not None
    assert alone.outcome is CallOutcome.UNKNOWN


def test_two_talks_add_up() -> None:
    facts = answered_call(1)[:-4]
    leg = LegId("main:1.3")
    facts += [
        f.TalkStarted(START + 70, CALL, facts[-3].offer, BORIS, leg),  # type: ignore[union-attr]
        f.TalkEnded(START + 80, CALL, BORIS, leg, 10.0),
    ]
    record = _record(facts)
    assert (record.talked, record.agent, record.answered_at) == (70.0, BORIS, START + 4)
    assert record.legs[leg].talked == 10.0


def test_only_what_follows_may_be_folded_on() -> None:
    told = entries(answered_call(1))
    record = fold_all(told[:5])
    assert follows(record, told[5])
    assert not follows(record, told[4])
    assert follows(record, replace(told[0], term=2))
    assert not follows(record, replace(told[6], term=0))
    assert follows(None, told[0])


def test_a_fact_about_no_call_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="about no call"):
        fold(None, LedgerEntry(1, 1, f.LinkLost(START, MAIN, "gone")))


def test_which_call_a_fact_adds_to() -> None:
    assert call_concerned(agent_day()[1]) is None
    assert call_concerned(f.Quarantined(START, CALL, "x")) == CALL
    assert call_concerned(f.Quarantined(START, None, "x")) is None


def test_every_fact_has_a_time() -> None:
    for kind in get_args(Fact):
        assert "at" in kind.__dataclass_fields__
