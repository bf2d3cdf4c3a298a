"""Servers that go and do not come back: their calls let go of people, and nothing else is lost."""

from __future__ import annotations

import pytest

from callcenter.calls import facts
from callcenter.calls.facts import Healing
from callcenter.calls.restored import Restored, RestoredAgent, RestoredCall
from callcenter.calls.states import AgentState, CallOutcome, CallState, Engagement, Intent, OfferOutcome
from callcenter.dispatch.options import CoreOptions
from callcenter.telephony.commands import Ring
from callcenter.telephony.events import (
    CallArrived,
    CallHeld,
    CallPhase,
    LegBridged,
    LegEnded,
    LegStarted,
    LinkLost,
)
from routing.ids import CallId, LegId, OfferId, ServerId, StationId
from tests.dispatch.remembered import Remembered
from tests.dispatch.scenes import (
    ANNA,
    CALL,
    LEG,
    NUMBER,
    PHONE,
    answers,
    arrived,
    caller_gone,
    found,
    held,
    leg,
    offer,
    rings,
)
from tests.dispatch.test_restart import restored_call
from tests.support.playbook import ANY, MAIN, START, Playbook, plan

EAST = ServerId("east")
THERE = CallId("east:1.1")
THERE_LEG = LegId("east:1.11")
CUT = LinkLost(MAIN, "host down")
AWAY = facts.Healed(ANY, MAIN, Healing.SERVER_AWAY, CALL, None)


def given(**queue: int) -> Playbook:
    """Anna alone, with two servers that have her phone."""
    return Playbook(plan("anna", **queue)).synced().synced(server=EAST).ready("anna").wait(1)


def east_arrives() -> tuple[CallArrived, CallHeld]:
    return CallArrived(EAST, THERE, NUMBER, "", "100"), CallHeld(EAST, THERE, "100", 0)


def is_free_for_east(play: Playbook) -> None:
    play.when(*east_arrives()).expect_among(Ring(EAST, THERE, OfferId(f"{THERE}/1"), PHONE, 20))


def test_who_talks_on_a_server_that_died_is_freed() -> None:
    play = given(wrap_up_seconds=5).when(arrived(), held(), *rings("anna"), *answers()).wait(30)
    cut = play.now
    play.when(CUT).wait(59.9)
    assert play.seat("anna").shown is AgentState.TALKING
    play.wait(0.2).expect_among(AWAY, facts.TalkEnded(cut + 60, CALL, ANNA, LEG, 30.0))
    assert play.seat("anna").shown is AgentState.WRAP_UP
    play.wait(5)
    assert play.seat("anna").shown is AgentState.READY
    assert play.call(CALL).state is CallState.TALKING  # it may live; nobody is known to talk
    is_free_for_east(play)


def test_whose_phone_rang_on_a_server_that_died_is_freed() -> None:
    play = given().when(arrived(), held(), *rings("anna"), CUT).wait(60)
    play.expect_among(AWAY, facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.WITHDRAWN))
    assert play.call(CALL).state is CallState.WAITING
    is_free_for_east(play)


def test_who_was_left_by_a_caller_just_before_is_freed() -> None:
    play = given(wrap_up_seconds=5).when(arrived(), held(), *rings("anna"), *answers(), caller_gone(), CUT)
    play.wait(66)
    assert play.seat("anna").shown is AgentState.READY
    assert CALL not in play.core.floor.calls
    is_free_for_east(play)


def test_a_cut_that_ends_in_time_frees_nobody() -> None:
    play = given().when(arrived(), held(), *rings("anna"), *answers(), CUT).wait(59)
    play.synced(found(CallPhase.TALKING, leg(bridged=True)), blind_from=START).wait(20)
    assert play.seat("anna").shown is AgentState.TALKING
    assert not [one for _, _, outcome in play.log for one in outcome.facts if one == AWAY]


@pytest.mark.parametrize("wrap_up", [0, 300])
def test_who_is_still_in_conversation_when_the_server_is_back_is_engaged_again(wrap_up: int) -> None:
    play = given(wrap_up_seconds=wrap_up).when(arrived(), held(), *rings("anna"), *answers()).wait(30)
    play.when(CUT).wait(90)
    play.synced(found(CallPhase.TALKING, leg(bridged=True)), blind_from=START).expect_among(
        facts.TalkStarted(play.now, CALL, offer(2), ANNA, LEG)
    )
    assert play.seat("anna").shown is AgentState.TALKING
    play.wait(10).when(caller_gone(), LegEnded(MAIN, CALL, LEG, 16)).expect_among(
        facts.CallEnded(play.now, CALL, CallOutcome.ANSWERED, 0.0, 40.0)
    )
    assert not play.core.floor.legs


def test_who_took_another_call_meanwhile_has_one_and_is_engaged_again_after_it() -> None:
    play = given(wrap_up_seconds=0).when(arrived(), held(), *rings("anna"), *answers(), CUT).wait(61)
    is_free_for_east(play)
    bridged = LegBridged(EAST, THERE, THERE_LEG, "b2")
    play.when(LegStarted(EAST, THERE, THERE_LEG, StationId("aanna")), bridged)
    talks = found(CallPhase.TALKING, leg(bridged=True))
    play.synced(talks, blind_from=START).expect(commands=[])
    assert play.seat("anna").call == THERE
    play.when(LegEnded(EAST, THERE, LegId(THERE), 16), LegEnded(EAST, THERE, THERE_LEG, 16))
    assert play.seat("anna").engagement is Engagement.FREE
    play.wait(5).synced(talks)
    assert (play.seat("anna").engagement, play.seat("anna").call) == (Engagement.TALKING, CALL)


def test_a_caller_found_on_hold_when_the_server_is_back_is_offered_again() -> None:
    play = given(wrap_up_seconds=0).when(arrived(), held(), *rings("anna"), CUT).wait(70)
    play.synced(found(CallPhase.WAITING, attempt=1), blind_from=START).expect_among(
        Ring(MAIN, CALL, offer(2), PHONE, 20)
    )


def restarted(call: RestoredCall, state: AgentState) -> Playbook:
    anna = RestoredAgent(ANNA, Intent.READY, "", None, 0.0, state=state, call=CALL)
    return Playbook(plan("anna", wrap_up_seconds=5)).when(Restored((anna,), (call,), START - 5))


def test_a_restored_conversation_on_a_server_that_never_comes_frees_its_agent() -> None:
    legs = ((LEG, StationId("aanna")),)
    talking = restored_call(talking_agent=ANNA, talking_offer=offer(1), answered_at=START - 40, legs=legs)
    play = restarted(talking, AgentState.TALKING).synced(server=EAST).wait(60)
    play.expect_among(AWAY, facts.TalkEnded(START + 60, CALL, ANNA, ANY, 35.0)).wait(5)
    assert play.seat("anna").shown is AgentState.READY
    is_free_for_east(play)
    ringing = restored_call(offered=((offer(1), ANNA),), number_of_offers=1, legs=legs)
    play = restarted(ringing, AgentState.OFFERED).synced(server=EAST).wait(60)
    assert play.seat("anna").shown is AgentState.READY
    is_free_for_east(play)


def test_the_freed_stay_free_over_another_restart() -> None:
    history = Remembered()
    play = given(wrap_up_seconds=5).when(arrived(), held(), *rings("anna"), *answers(), CUT).wait(70)
    for _, _, outcome in play.log:
        for fact in outcome.facts:
            history.note(fact)
    after = Playbook(plan("anna", wrap_up_seconds=5)).when(history.restored()).expect(facts=[])
    assert after.seat("anna").shown is AgentState.READY
    after.synced(found(CallPhase.TALKING, leg(bridged=True)))
    assert after.seat("anna").shown is AgentState.TALKING


def test_the_calls_of_a_server_that_stays_away_are_forgotten_at_last() -> None:
    options = CoreOptions(server_patience=60, server_forgotten=600)
    play = Playbook(plan("anna", wrap_up_seconds=5), options).synced().synced(server=EAST).ready("anna")
    other = CallId("main:1.2")
    play.when(arrived(), held(), *rings("anna"), *answers(), arrived(other), held(other)).wait(30)
    play.when(CUT).wait(599.9)
    assert {CALL, other} <= set(play.core.floor.calls)
    play.wait(0.2).expect_among(
        facts.CallEnded(ANY, CALL, CallOutcome.ANSWERED, 0.0, 30.0),
        facts.CallEnded(ANY, other, CallOutcome.UNKNOWN, ANY, 0.0),
        facts.LegEnded(ANY, CALL, LEG, 0),
    )
    assert not play.core.floor.calls
    assert not play.core.floor.legs
    assert not play.core.floor.tally(plan("anna").default_queue).waiting
    play.wait(1000).synced()
    is_free_for_east(play)
