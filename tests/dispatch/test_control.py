"""Hold, resume, park and fetch, recording, keys: what an agent does with his conversation alone."""

from __future__ import annotations

import pytest

from callcenter.calls import control_facts as said
from callcenter.calls.actions import actions_of
from callcenter.calls.control import CallAction, Where
from callcenter.calls.control_requests import (
    ConsultCall,
    FetchCall,
    HoldCall,
    ParkCall,
    PauseRecording,
    ResumeCall,
    ResumeRecording,
    SendKeys,
    TransferCall,
)
from callcenter.calls.facts import CallEnded, TalkEnded
from callcenter.calls.requests import Accepted, EndCall, Refusal, Refused
from callcenter.calls.states import AgentState, CallOutcome, CallState, Engagement
from callcenter.dispatch.inputs import Input
from callcenter.telephony import commands
from callcenter.telephony.events import (
    CallFellBack,
    CallPhase,
    CommandFailed,
    FoundLeg,
    LegEnded,
    LegPlace,
    LegUnbridged,
    LinkLost,
)
from routing.ids import LegId
from tests.dispatch.control_scenes import SALES, agent_hangs_up, in_room, parked, talking
from tests.dispatch.scenes import (
    ANNA,
    BORIS,
    CALL,
    LEG,
    answers,
    caller_gone,
    caller_hangs_up,
    found,
    held,
    rings,
)
from tests.support.playbook import ANY, MAIN, Playbook

CALLER = LegId(CALL)


def test_hold_moves_both_legs_and_counts_no_talk() -> None:
    play = talking()
    play.wait(30).when(HoldCall(ANNA, CALL))
    play.expect(commands=[commands.Park(MAIN, CALL, LEG)], reply=Accepted())
    play.when(*parked()).expect_among(said.HoldStarted(play.now, CALL, ANNA))
    assert play.call(CALL).control.where is Where.PARKED
    play.wait(12).when(ResumeCall(ANNA, CALL)).expect(commands=[commands.Join(MAIN, CALL, CALLER)])
    play.when(in_room()).expect_among(said.HoldEnded(play.now, CALL, ANNA, 12.0))
    play.wait(8).when(*agent_hangs_up())
    play.expect_among(TalkEnded(play.now, CALL, ANNA, LEG, 38.0))
    play.when(caller_gone()).expect_among(CallEnded(play.now, CALL, CallOutcome.ANSWERED, 0.0, 38.0))


def test_a_second_hold_is_made_in_the_room() -> None:
    play = talking().when(HoldCall(ANNA, CALL), *parked(), ResumeCall(ANNA, CALL), in_room())
    play.when(HoldCall(ANNA, CALL)).expect(commands=[commands.Park(MAIN, CALL, None)])
    play.when(*parked(from_dial=False))
    assert play.call(CALL).control.where is Where.PARKED


def test_one_move_at_a_time() -> None:
    play = talking().when(HoldCall(ANNA, CALL))
    assert actions_of(play.core.floor, play.call(CALL)) == {CallAction.HANG_UP}
    for early in (HoldCall(ANNA, CALL), ResumeCall(ANNA, CALL), ParkCall(ANNA, CALL)):
        play.when(early).expect(commands=[], reply=Refused(Refusal.NOT_ALLOWED_NOW, ANY))


def test_nobody_else_may_touch_the_call() -> None:
    play = talking("boris").when(HoldCall(BORIS, CALL))
    play.expect(commands=[], facts=[], reply=Refused(Refusal.NOT_YOURS, ANY))


def test_the_agent_hangs_up_while_the_caller_is_parked_and_he_goes_back_in_line() -> None:
    play = talking("boris").when(HoldCall(ANNA, CALL), *parked())
    play.wait(5).when(*agent_hangs_up()).expect_among(commands.Hold(MAIN, CALL))
    play.when(held())
    call = play.call(CALL)
    assert (call.state, call.offer and call.offer.agent) == (CallState.OFFERED, BORIS)
    assert call.place == call.arrived_at  # nobody who came later goes before him
    assert play.seat("anna").shown is AgentState.WRAP_UP


def test_the_agent_hangs_up_on_the_way_to_the_park() -> None:
    play = talking("boris").when(HoldCall(ANNA, CALL), LegUnbridged(MAIN, CALL, LEG, "b1"))
    play.when(LegEnded(MAIN, CALL, LEG, 16)).expect_among(commands.Hold(MAIN, CALL))
    play.when(held())
    assert play.call(CALL).state is CallState.OFFERED


def test_the_caller_hangs_up_in_the_park_and_the_lonely_leg_is_ended() -> None:
    play = talking().when(HoldCall(ANNA, CALL), *parked())
    play.wait(4).when(caller_gone())
    play.expect_among(commands.HangUp(MAIN, CALL, LEG), said.HoldEnded(play.now, CALL, ANNA, 4.0))
    play.when(*agent_hangs_up())
    assert play.seat("anna").shown is AgentState.WRAP_UP
    assert play.call(CALL).state is CallState.ENDED


def test_hanging_up_on_a_parked_caller_ends_his_call() -> None:
    play = talking().when(HoldCall(ANNA, CALL), *parked()).when(EndCall(ANNA, CALL))
    play.expect(commands=[commands.HangUp(MAIN, CALL, CALLER)], reply=Accepted())


def test_a_refused_move_leaves_him_where_he_is_and_has_asterisk_asked() -> None:
    play = talking().when(HoldCall(ANNA, CALL))
    play.when(CommandFailed(MAIN, CALL, None, "Park", "gone", timed_out=False))
    play.expect(commands=[commands.Audit(MAIN)])
    assert CallAction.HOLD in actions_of(play.core.floor, play.call(CALL))


def test_park_lets_the_agent_go_and_anyone_fetch() -> None:
    play = talking("boris").when(ParkCall(ANNA, CALL)).expect(commands=[commands.Hold(MAIN, CALL)])
    play.when(held(), LegEnded(MAIN, CALL, LEG, 16))
    call = play.call(CALL)
    assert (call.state, call.parked is not None, call.offer) == (CallState.WAITING, True, None)
    assert play.seat("anna").engagement is Engagement.WRAP_UP
    play.when(FetchCall(BORIS, CALL)).expect_among(
        said.CallFetched(play.now, CALL, BORIS),
        commands.Ring(MAIN, CALL, ANY, play.seat("boris").agent.station, 20),
    )
    play.when(*rings("boris", leg=LegId("main:1.12")), *answers(leg=LegId("main:1.12")))
    assert (call.agent, call.state, call.transfers) == (BORIS, CallState.TALKING, 1)


def test_a_parked_call_that_nobody_fetches_goes_back_in_line() -> None:
    play = talking("boris").when(ParkCall(ANNA, CALL), held(), LegEnded(MAIN, CALL, LEG, 16))
    play.wait(play.core.desk.options.park_seconds - 1)
    assert play.call(CALL).offer is None
    play.wait(1)
    offer = play.call(CALL).offer
    assert offer is not None
    assert offer.agent == BORIS
    play.when(FetchCall(BORIS, CALL)).expect(reply=Refused(Refusal.TOO_LATE, ANY))


def test_recording_is_begun_once_paused_and_resumed() -> None:
    play = talking(record=True)
    recordings = [
        fact for _, _, out in play.log for fact in out.facts if isinstance(fact, said.RecordingStarted)
    ]
    assert [(one.agent, one.recording) for one in recordings] == [(ANNA, "main-1-1")]
    rung = [one for _, _, out in play.log for one in out.commands if isinstance(one, commands.Ring)]
    assert [one.recording for one in rung] == ["main-1-1"]
    play.when(PauseRecording(ANNA, CALL))
    play.expect(
        facts=[said.RecordingPaused(play.now, CALL, ANNA)],
        commands=[commands.MuteRecording(MAIN, CALL, muted=True)],
    )
    play.when(PauseRecording(ANNA, CALL)).expect(reply=Refused(Refusal.NOT_ALLOWED_NOW, ANY), commands=[])
    play.when(ResumeRecording(ANNA, CALL)).expect_among(commands.MuteRecording(MAIN, CALL, muted=False))


def failed(command: str, *, timed_out: bool = False) -> CommandFailed:
    return CommandFailed(MAIN, CALL, None, command, "gone", timed_out=timed_out)


@pytest.mark.parametrize("timed_out", [True, False])
def test_a_pause_that_failed_is_not_shown_as_one(timed_out: bool) -> None:
    play = (
        talking(record=True)
        .when(PauseRecording(ANNA, CALL))
        .when(failed("MuteRecording", timed_out=timed_out))
    )
    play.expect_among(said.RecordingResumed(play.now, CALL, ANNA))
    assert CallAction.PAUSE_RECORDING in actions_of(play.core.floor, play.call(CALL))


def test_a_resumption_that_was_refused_is_not_shown_as_one() -> None:
    play = talking(record=True).when(PauseRecording(ANNA, CALL), ResumeRecording(ANNA, CALL))
    play.when(failed("MuteRecording", timed_out=True)).expect(facts=[])
    play.when(failed("MuteRecording")).expect_among(said.RecordingPaused(play.now, CALL, ANNA))


def test_what_fails_beside_a_move_leaves_the_move() -> None:
    play = talking().when(SendKeys(ANNA, CALL, "1"), HoldCall(ANNA, CALL)).when(failed("SendKeys"))
    assert play.call(CALL).control.moving is Where.PARKED
    assert CallAction.HOLD not in actions_of(play.core.floor, play.call(CALL))


def test_without_recording_there_is_nothing_to_pause() -> None:
    talking().when(PauseRecording(ANNA, CALL)).expect(
        reply=Refused(Refusal.NOT_ALLOWED_NOW, ANY), commands=[]
    )


@pytest.mark.parametrize(("keys", "good"), [("12#", True), ("", False), ("1a", False), ("1" * 33, False)])
def test_keys(keys: str, good: bool) -> None:
    play = talking().when(SendKeys(ANNA, CALL, keys))
    play.expect(commands=[commands.SendKeys(MAIN, CALL, LEG, keys)] if good else [])


@pytest.mark.parametrize(
    "request_", [TransferCall(ANNA, CALL), ConsultCall(ANNA, CALL), TransferCall(ANNA, CALL, SALES, BORIS)]
)
def test_a_target_is_needed_and_only_one(request_: TransferCall | ConsultCall) -> None:
    talking("boris").when(request_).expect(commands=[], facts=[], reply=Refused(Refusal.NOT_ALLOWED_NOW, ANY))


def test_a_leg_left_in_the_room_while_we_were_away_is_hung_up() -> None:
    """The caller went from the park to Asterisk's own queue: the agent must not sit in an empty room."""
    play = talking("boris").when(HoldCall(ANNA, CALL), *parked())
    alone = FoundLeg(LEG, play.seat("anna").agent.station, False, "room", LegPlace.ROOM)
    play.when(LinkLost(MAIN, "cut")).wait(3)
    play.synced(found(CallPhase.FALLBACK, alone), blind_from=play.now - 3)
    play.expect_among(commands.HangUp(MAIN, CALL, LEG))


# The pause belongs to the call while who asked for it is in it


RESUMED_MUTE = commands.MuteRecording(MAIN, CALL, muted=False)


def test_a_pause_outlasts_hold_and_a_cut_link() -> None:
    play = talking(record=True).when(PauseRecording(ANNA, CALL), HoldCall(ANNA, CALL), *parked())
    play.when(ResumeCall(ANNA, CALL), in_room())
    assert CallAction.RESUME_RECORDING in actions_of(play.core.floor, play.call(CALL))
    play.when(LinkLost(MAIN, "cut")).wait(3)
    legs = FoundLeg(LEG, play.seat("anna").agent.station, True, "room", LegPlace.ROOM)
    play.synced(found(CallPhase.ROOM, legs), blind_from=play.now - 3)
    play.expect_among(commands.MuteRecording(MAIN, CALL, muted=True))
    assert play.call(CALL).control.paused_by == ANNA


def relisted(play: Playbook) -> Playbook:
    """The link was cut for three seconds of the conversation."""
    play.when(LinkLost(MAIN, "cut")).wait(3)
    legs = FoundLeg(LEG, play.seat("anna").agent.station, True, "b1")
    return play.synced(found(CallPhase.TALKING, legs), blind_from=play.now - 3)


@pytest.mark.parametrize("command", [ResumeRecording(ANNA, CALL), failed("MuteRecording", timed_out=True)])
def test_an_end_of_a_pause_that_may_have_got_lost_is_said_again(command: Input) -> None:
    play = relisted(talking(record=True).when(PauseRecording(ANNA, CALL), command))
    play.expect(commands=[RESUMED_MUTE])
    # Refused because nothing is recorded: no pause that anybody asked for.
    play.when(failed("MuteRecording")).expect(facts=[])
    assert play.call(CALL).control.paused_by is None
    # What is asked for after that is told as ever.
    play.when(PauseRecording(ANNA, CALL), ResumeRecording(ANNA, CALL), failed("MuteRecording"))
    play.expect_among(said.RecordingPaused(play.now, CALL, ANNA))


def test_a_pause_that_nobody_heard_of_is_ended_to_be_sure() -> None:
    play = talking(record=True).when(PauseRecording(ANNA, CALL))
    play.when(failed("MuteRecording", timed_out=True)).expect_among(RESUMED_MUTE)
    play.when(failed("MuteRecording", timed_out=True)).expect(facts=[])
    assert RESUMED_MUTE not in play.last.commands


def test_a_recording_that_never_had_a_pause_is_left_alone() -> None:
    relisted(talking(record=True)).expect(commands=[])


def test_a_pause_ends_with_a_transfer_and_is_told() -> None:
    play = talking("boris", record=True).when(PauseRecording(ANNA, CALL))
    play.when(TransferCall(ANNA, CALL, to=BORIS)).expect(facts=[], commands=[commands.Hold(MAIN, CALL)])
    play.when(held()).expect_among(said.RecordingResumed(play.now, CALL, ANNA))
    play.when(LegEnded(MAIN, CALL, LEG, 16))
    play.when(*rings("boris", leg=LegId("main:1.12")), *answers(leg=LegId("main:1.12")))
    assert CallAction.PAUSE_RECORDING in actions_of(play.core.floor, play.call(CALL))


def test_a_pause_goes_on_when_the_transfer_came_to_nothing() -> None:
    play = talking("boris", record=True).when(PauseRecording(ANNA, CALL), TransferCall(ANNA, CALL, to=BORIS))
    stays = FoundLeg(LEG, play.seat("anna").agent.station, True, "b1")
    play.when(failed("Hold"))
    play.synced(found(CallPhase.TALKING, stays)).wait(1).synced(found(CallPhase.TALKING, stays))
    assert play.call(CALL).control.paused_by == ANNA


def test_a_pause_ends_where_the_caller_fell_back() -> None:
    play = talking(record=True).when(PauseRecording(ANNA, CALL), HoldCall(ANNA, CALL), *parked())
    play.when(CallFellBack(MAIN, CALL))
    play.expect_among(RESUMED_MUTE, said.RecordingResumed(play.now, CALL, ANNA))


def test_a_pause_and_its_call_end_without_a_word() -> None:
    play = talking(record=True).when(PauseRecording(ANNA, CALL)).when(*caller_hangs_up())
    resumed = [one for _, _, out in play.log for one in out.facts if isinstance(one, said.RecordingResumed)]
    assert not resumed
