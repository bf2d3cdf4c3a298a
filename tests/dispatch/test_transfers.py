"""Blind transfers: to a queue, a colleague, a number outside."""

from __future__ import annotations

from callcenter.calls import control_facts as said
from callcenter.calls.actions import actions_of
from callcenter.calls.control import CallAction, TransferKind, Where
from callcenter.calls.control_requests import HoldCall, TransferCall
from callcenter.calls.facts import CallEnded, CallQueued, TalkEnded, TalkStarted
from callcenter.calls.requests import CloseWrapUp, Refusal, Refused
from callcenter.calls.states import AgentState, CallOutcome, CallState
from callcenter.telephony import commands
from callcenter.telephony.events import (
    CallPhase,
    CommandFailed,
    LegEnded,
    OutsideLegStarted,
    RingOutcome,
    StationChanged,
    StationState,
    StepEnded,
    StepOutcome,
)
from routing.ids import LegId, QueueId
from tests.dispatch.control_scenes import GUEST_LEG, SALES, TECH, parked, talking
from tests.dispatch.scenes import (
    ANNA,
    BORIS,
    CALL,
    LEG,
    LEG2,
    VERA,
    answers,
    caller_gone,
    caller_hangs_up,
    fails,
    found,
    held,
    leg,
    rings,
)
from tests.support.playbook import ANY, MAIN, Playbook

CALLER = LegId(CALL)
OUTSIDE = "+79035550101"


def gone() -> LegEnded:
    """The agent's leg ended because his caller was taken out of Dial."""
    return LegEnded(MAIN, CALL, LEG, 16)


def test_to_a_queue() -> None:
    play = talking("boris")
    play.wait(30).when(TransferCall(ANNA, CALL, queue=TECH)).expect(commands=[commands.Hold(MAIN, CALL)])
    play.when(held(), gone())
    play.expect_among(
        TalkEnded(play.now, CALL, ANNA, LEG, 30.0),
        said.CallTransferred(play.now, CALL, ANNA, TransferKind.QUEUE, TECH, None, "", consulted=False),
        CallQueued(play.now, CALL, TECH, 0, play.now, returned=True),
    )
    call = play.call(CALL)
    assert (call.queue, call.offer and call.offer.agent) == (TECH, BORIS)
    assert play.seat("anna").shown is AgentState.WRAP_UP
    play.when(*rings("boris", leg=LEG2), *answers(leg=LEG2))
    play.wait(10).when(*caller_hangs_up(leg=LEG2))
    play.expect_among(CallEnded(play.now, CALL, CallOutcome.ANSWERED, 0.0, 40.0))


def test_the_leg_may_end_before_the_hold_is_told() -> None:
    play = talking("boris").when(TransferCall(ANNA, CALL, queue=TECH), gone(), held())
    assert play.call(CALL).queue == TECH
    assert play.call(CALL).offer is not None
    assert play.seat("anna").shown is AgentState.WRAP_UP


def test_out_of_the_room_the_agents_leg_is_ended_by_us_once_the_caller_is_safe() -> None:
    play = talking("boris").when(HoldCall(ANNA, CALL), *parked())
    play.when(TransferCall(ANNA, CALL, queue=TECH)).expect(commands=[commands.Hold(MAIN, CALL)])
    play.when(held()).expect_among(commands.HangUp(MAIN, CALL, LEG))


def test_who_handed_on_is_not_offered_the_call_while_others_are_there() -> None:
    play = talking("boris").when(TransferCall(ANNA, CALL, queue=SALES), held(), gone())
    play.when(CloseWrapUp(ANNA, CALL, "", ""))
    made = play.call(CALL).offer
    assert made is not None
    assert made.agent == BORIS


def test_both_agents_have_their_own_wrap_up() -> None:
    play = talking("boris", wrap_up_seconds=600).when(TransferCall(ANNA, CALL, queue=TECH), held(), gone())
    play.when(*rings("boris", leg=LEG2), *answers(leg=LEG2), *caller_hangs_up(leg=LEG2))
    assert (play.seat("anna").shown, play.seat("boris").shown) == (AgentState.WRAP_UP, AgentState.WRAP_UP)
    play.when(CloseWrapUp(BORIS, CALL, "sold", ""))
    assert CALL in play.core.floor.calls
    play.when(CloseWrapUp(ANNA, CALL, "passed_on", "wants windows"))
    assert CALL not in play.core.floor.calls


def test_to_a_colleague() -> None:
    play = talking("boris", "vera").when(TransferCall(ANNA, CALL, to=VERA), held(), gone())
    made = play.call(CALL).offer
    assert made is not None
    assert made.agent == VERA
    play.when(*rings("vera", leg=LEG2), *answers(leg=LEG2))
    play.expect_among(TalkStarted(play.now, CALL, made.id, VERA, LEG2))
    assert play.call(CALL).came_from == ANNA


def test_a_colleague_who_does_not_take_it_leaves_the_caller_in_line() -> None:
    play = talking("boris", "vera").when(TransferCall(ANNA, CALL, to=VERA), held(), gone())
    play.when(*rings("vera", leg=LEG2), *fails("vera", RingOutcome.BUSY, 1, leg=LEG2))
    made = play.call(CALL).offer
    assert made is not None
    assert made.agent == BORIS


def test_a_colleague_who_is_gone_by_then() -> None:
    play = talking("boris", "vera").when(TransferCall(ANNA, CALL, to=VERA))
    play.when(StationChanged(MAIN, play.seat("vera").agent.station, StationState.UNAVAILABLE))
    play.when(held(), gone())
    made = play.call(CALL).offer
    assert made is not None
    assert made.agent == BORIS


def test_to_a_number_outside() -> None:
    play = talking().when(TransferCall(ANNA, CALL, number=OUTSIDE), held(), gone())
    play.expect_among(commands.DialOut(MAIN, CALL, 1, OUTSIDE, 45))
    call = play.call(CALL)
    assert (call.control.where, call.agent) == (Where.OUTSIDE, None)
    play.when(OutsideLegStarted(MAIN, CALL, GUEST_LEG, OUTSIDE)).wait(30)
    play.when(LegEnded(MAIN, CALL, GUEST_LEG, 16), StepEnded(MAIN, CALL, 1, StepOutcome.ENDED, "", 0), held())
    play.expect_among(commands.HangUp(MAIN, CALL, CALLER))
    play.when(caller_gone()).wait(60)
    assert CALL not in play.core.floor.calls


def test_a_number_that_does_not_answer_brings_the_caller_back_to_who_knows_him() -> None:
    play = talking("boris", wrap_up_seconds=0).when(TransferCall(ANNA, CALL, number=OUTSIDE), held(), gone())
    play.when(StepEnded(MAIN, CALL, 1, StepOutcome.NO_ANSWER, "", 0), held())
    play.expect_among(said.TransferFailed(play.now, CALL, ANNA, TransferKind.NUMBER))
    made = play.call(CALL).offer
    assert made is not None
    assert made.agent == ANNA


def test_targets_that_are_none() -> None:
    play = talking("boris")
    refusals = {
        TransferCall(ANNA, CALL, queue=QueueId("none")): Refusal.UNKNOWN_QUEUE,
        TransferCall(ANNA, CALL, number="12"): Refusal.BAD_NUMBER,
        TransferCall(ANNA, CALL, to=ANNA): Refusal.UNKNOWN_AGENT,
    }
    for request, refusal in refusals.items():
        play.when(request).expect(commands=[], facts=[], reply=Refused(refusal, ANY))


def test_the_caller_hangs_up_on_the_way() -> None:
    play = talking("boris").when(TransferCall(ANNA, CALL, queue=TECH), caller_gone(), gone())
    assert play.seat("anna").shown is AgentState.WRAP_UP
    assert play.call(CALL).state is CallState.ENDED


def test_our_own_number_is_not_dialled() -> None:
    play: Playbook = talking().when(TransferCall(ANNA, CALL, number="+100"))
    play.expect(commands=[], reply=Refused(Refusal.BAD_NUMBER, ANY))


def refused() -> CommandFailed:
    return CommandFailed(MAIN, CALL, None, "Hold", "no such channel", timed_out=False)


def test_one_that_asterisk_refused_is_given_up_once_two_listings_agree() -> None:
    play = talking("boris").when(TransferCall(ANNA, CALL, queue=TECH), refused())
    there = found(CallPhase.TALKING, leg(bridged=True))
    play.wait(1).synced(there)
    assert play.call(CALL).control.transfer is not None  # it may be on its way
    play.wait(2).synced(there).expect_among(said.TransferFailed(play.now, CALL, ANNA, TransferKind.QUEUE))
    assert CallAction.TRANSFER in actions_of(play.core.floor, play.call(CALL))
    assert play.seat("anna").shown is AgentState.TALKING


def test_who_is_alone_in_the_park_is_taken_from_there_until_it_is_done() -> None:
    play = talking("boris").when(HoldCall(ANNA, CALL), *parked(), gone())
    play.expect_among(commands.Hold(MAIN, CALL))
    play.when(refused()).wait(1).synced(found(CallPhase.PARKED))
    play.wait(2).synced(found(CallPhase.PARKED)).expect_among(commands.Hold(MAIN, CALL))
    play.when(held())
    offer = play.call(CALL).offer
    assert offer is not None
    assert offer.agent == BORIS
