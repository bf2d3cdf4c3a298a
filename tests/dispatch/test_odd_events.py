"""Events that come twice, late, out of order or never, and commands that fail."""

from __future__ import annotations

from callcenter.calls import facts
from callcenter.calls.states import (
    CallOutcome,
    CallState,
    Engagement,
    LegRole,
    OfferOutcome,
)
from callcenter.dispatch.ports import LookUpClient
from callcenter.telephony.commands import Audit, Ring
from callcenter.telephony.events import (
    CommandFailed,
    LegEnded,
)
from routing.ids import StationId
from tests.dispatch.scenes import (
    ANNA,
    CALL,
    LEG,
    NUMBER,
    answers,
    arrived,
    caller_gone,
    caller_hangs_up,
    held,
    offer,
    rings,
)
from tests.support.playbook import MAIN, Playbook, plan


def given(*agents: str, **queue: int) -> Playbook:
    return Playbook(plan(*agents, **queue)).synced().ready(*agents).wait(1)


def test_everything_twice_changes_nothing() -> None:
    once, twice = given("anna"), given("anna")
    story = (arrived(), held(), *rings("anna"), *answers(), *caller_hangs_up())
    once.when(*story)
    said = once.last.facts
    twice.when(*(event for event in story for _ in (1, 2))).expect(facts=said)


def test_a_late_arrival_does_not_bring_a_dead_call_back() -> None:
    play = given("anna")
    play.when(arrived(), held(), caller_gone(), arrived(), held(), *rings("anna")).expect_among(
        facts.CallEnded(play.now, CALL, CallOutcome.ABANDONED, 0.0, 0.0)
    )
    assert not play.core.floor.calls
    assert not play.core.floor.legs


def test_a_hold_without_an_arrival_is_asked_about_and_waits_for_its_number() -> None:
    play = given("anna")
    play.when(held()).expect(facts=[], commands=[Audit(MAIN)])
    play.when(arrived()).expect_among(
        LookUpClient(CALL, NUMBER), Ring(MAIN, CALL, offer(1), StationId("aanna"), 20)
    )


def test_a_missed_leg_start_is_the_offers_leg() -> None:
    play = given("anna")
    play.when(arrived(), held(), *answers()).expect_among(
        facts.LegStarted(play.now, CALL, LEG, LegRole.AGENT, StationId("aanna"), ANNA),
        facts.TalkStarted(play.now, CALL, offer(1), ANNA, LEG),
    )


def test_a_stale_hold_does_not_end_a_ring() -> None:
    play = given("anna")
    play.when(arrived(), held(), held(), held()).expect_among(
        Ring(MAIN, CALL, offer(1), StationId("aanna"), 20)
    )
    assert play.call(CALL).state is CallState.OFFERED
    assert sum(isinstance(command, Ring) for command in play.last.commands) == 1


def test_a_ring_without_a_word_makes_us_ask() -> None:
    play = given("anna", ring_seconds=10)
    play.when(arrived(), held()).wait(14.9).expect(commands=[])
    play.wait(0.2).expect(commands=[Audit(MAIN)])


def test_a_phone_that_rings_no_more_without_a_word_on_the_caller_makes_us_ask() -> None:
    play = given("anna", ring_seconds=60)
    play.when(arrived(), held(), *rings("anna")).wait(3)
    play.when(LegEnded(MAIN, CALL, LEG, 16)).wait(4.9).expect(commands=[])
    assert play.call(CALL).state is CallState.OFFERED
    play.wait(0.2).expect(commands=[Audit(MAIN)])


def test_a_refused_ring_is_not_repeated_before_a_listing() -> None:
    play = given("anna")
    play.when(arrived(), held())
    play.when(CommandFailed(MAIN, CALL, offer(1), "Ring", "no such channel", False)).expect_among(
        facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.WITHDRAWN), Audit(MAIN)
    )
    assert play.seat("anna").engagement is Engagement.FREE
    assert not play.call(CALL).held


def test_a_ring_without_an_answer_may_have_happened() -> None:
    play = given("anna")
    play.when(arrived(), held())
    play.when(CommandFailed(MAIN, CALL, offer(1), "Ring", "timeout", True)).expect(
        facts=[], commands=[Audit(MAIN)]
    )
    assert play.seat("anna").engagement is Engagement.OFFERED
