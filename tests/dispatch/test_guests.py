"""Consultation, completed transfers, conferences: an agent, a guest, and the caller."""

from __future__ import annotations

import pytest

from callcenter.calls import control_facts as said
from callcenter.calls.actions import actions_of
from callcenter.calls.control import CallAction, GuestState, TransferKind, Where
from callcenter.calls.control_facts import GuestEnd
from callcenter.calls.control_requests import (
    CompleteTransfer,
    ConsultCall,
    DismissGuest,
    HoldCall,
    JoinGuest,
    LeaveCall,
    PauseRecording,
)
from callcenter.calls.facts import OfferEnded, OfferMade, RingSent, TalkEnded, TalkStarted
from callcenter.calls.requests import (
    AcknowledgeCard,
    BrowserConnected,
    DeclineOffer,
    Intent,
    Refusal,
    Refused,
    SetIntent,
)
from callcenter.calls.states import AgentState, Author, CallState, Engagement, OfferOutcome
from callcenter.telephony import commands
from callcenter.telephony.events import LegEnded, RingOutcome
from routing.ids import LegId, StationId
from tests.dispatch.control_scenes import (
    GUEST_LEG,
    agent_hangs_up,
    guest_answers,
    guest_does_not,
    guest_hangs_up,
    guest_rings,
    in_room,
    joined,
    number_rings,
    parked,
    talking,
)
from tests.dispatch.scenes import ANNA, BORIS, CALL, LEG, VERA, caller_gone, held, offer
from tests.support.playbook import ANY, MAIN, Playbook

CALLER = LegId(CALL)
OUTSIDE = "+79035550101"


def consulting(*, with_caller: bool = False) -> Playbook:
    """Anna speaks with Boris, the caller is parked."""
    play = talking("boris").when(ConsultCall(ANNA, CALL, BORIS), *parked(), *guest_rings(), *guest_answers())
    if with_caller:
        play.when(JoinGuest(ANNA, CALL), *joined())
    return play


def test_a_colleague_is_shown_the_card_while_the_caller_is_put_on_hold() -> None:
    play = talking("boris").when(ConsultCall(ANNA, CALL, BORIS))
    play.expect(commands=[commands.Park(MAIN, CALL, LEG)])
    play.expect_among(
        OfferMade(play.now, CALL, offer(2), "sales", BORIS, StationId("aboris"), 0.0, 0.0, ANY),
        said.GuestAsked(play.now, CALL, ANNA, BORIS, offer(2), ""),
    )
    assert play.seat("boris").shown is AgentState.OFFERED
    play.when(*parked()).expect_among(
        commands.Consult(MAIN, CALL, LEG, offer(2), StationId("aboris"), "", 20),
        RingSent(play.now, CALL, offer(2), BORIS, False, None),
    )
    play.when(*guest_rings(), *guest_answers())
    play.expect_among(
        OfferEnded(play.now, CALL, offer(2), BORIS, OfferOutcome.ANSWERED),
        said.GuestAnswered(play.now, CALL, ANNA, BORIS, GUEST_LEG),
    )
    assert play.seat("boris").engagement is Engagement.TALKING
    assert play.call(CALL).agent == ANNA


def test_his_phone_rings_when_the_card_is_painted_or_the_gate_is_over() -> None:
    for paint in (True, False):
        play = talking("boris").when(BrowserConnected(BORIS, "tab")).when(ConsultCall(ANNA, CALL, BORIS))
        play.when(*parked()).expect(commands=[])
        if paint:
            play.when(AcknowledgeCard(BORIS, offer(2)))
        else:
            play.wait(play.core.desk.options.pop_gate)
        assert any(isinstance(one, commands.Consult) for one in play.last.commands)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (RingOutcome.BUSY, OfferOutcome.DECLINED),
        (RingOutcome.NO_ANSWER, OfferOutcome.NO_ANSWER),
        (RingOutcome.UNREACHABLE, OfferOutcome.UNREACHABLE),
    ],
)
def test_a_colleague_who_is_not_reached_is_not_blamed(outcome: RingOutcome, told: OfferOutcome) -> None:
    play = talking("boris").when(ConsultCall(ANNA, CALL, BORIS), *parked(), *guest_rings())
    play.when(*guest_does_not(outcome))
    play.expect_among(
        OfferEnded(play.now, CALL, offer(2), BORIS, told),
        said.GuestGone(play.now, CALL, ANNA, BORIS, GuestEnd.NOT_REACHED, told, 0.0),
    )
    assert play.seat("boris").shown is AgentState.READY
    assert CallAction.RESUME in actions_of(play.core.floor, play.call(CALL))


def test_a_colleague_declines_in_his_console() -> None:
    play = talking("boris").when(ConsultCall(ANNA, CALL, BORIS), *parked(), *guest_rings())
    play.when(DeclineOffer(BORIS, offer(2))).expect_among(commands.HangUp(MAIN, CALL, GUEST_LEG))
    play.when(*guest_does_not(RingOutcome.NO_ANSWER))
    play.expect_among(OfferEnded(play.now, CALL, offer(2), BORIS, OfferOutcome.DECLINED))


def test_a_colleague_declines_before_his_phone_rings() -> None:
    play = talking("boris").when(BrowserConnected(BORIS, "tab")).when(ConsultCall(ANNA, CALL, BORIS))
    play.when(DeclineOffer(BORIS, offer(2)), *parked())
    assert not any(isinstance(one, commands.Consult) for one in play.last.commands)
    assert play.seat("boris").shown is AgentState.READY


def test_only_who_is_there_can_be_asked() -> None:
    play = talking("boris", "vera").when(SetIntent(VERA, Intent.OFFLINE, "", Author.AGENT))
    play.when(ConsultCall(ANNA, CALL, VERA)).expect(reply=Refused(Refusal.COLLEAGUE_BUSY, ANY), commands=[])
    play.when(ConsultCall(ANNA, CALL, ANNA)).expect(reply=Refused(Refusal.UNKNOWN_AGENT, ANY), commands=[])
    play.when(SetIntent(VERA, Intent.PAUSED, "lunch", Author.AGENT), ConsultCall(ANNA, CALL, VERA))
    assert play.seat("vera").engagement is Engagement.OFFERED  # on a pause he may be asked, and stays on it
    play.when(*parked(), *guest_rings("vera"), *guest_does_not(RingOutcome.BUSY, "vera"))
    assert play.seat("vera").shown is AgentState.PAUSED


def test_the_asker_hangs_up_while_it_rings_and_the_caller_goes_back_in_line() -> None:
    play = talking("boris").when(ConsultCall(ANNA, CALL, BORIS), *parked(), *guest_rings())
    play.when(LegEnded(MAIN, CALL, LEG, 16)).expect_among(commands.Hold(MAIN, CALL))
    play.when(LegEnded(MAIN, CALL, GUEST_LEG, 16), held())
    assert play.call(CALL).state is CallState.OFFERED


def test_the_asker_hangs_up_on_his_colleague_who_is_offered_the_call_first() -> None:
    play = talking("boris", "vera")
    play.when(ConsultCall(ANNA, CALL, BORIS), *parked(), *guest_rings(), *guest_answers())
    play.when(LegEnded(MAIN, CALL, LEG, 16), LegEnded(MAIN, CALL, GUEST_LEG, 16), held())
    made = play.call(CALL).offer
    assert made is not None
    assert made.agent == BORIS


def test_the_colleague_hangs_up_and_the_caller_stays_parked() -> None:
    play = consulting()
    play.wait(7).when(*guest_hangs_up())
    play.expect_among(said.GuestGone(play.now, CALL, ANNA, BORIS, GuestEnd.LEFT, None, 7.0))
    assert play.seat("boris").shown is AgentState.READY
    assert play.call(CALL).control.where is Where.PARKED
    assert actions_of(play.core.floor, play.call(CALL)) >= {CallAction.RESUME, CallAction.CONSULT}


def test_the_asker_returns_to_the_caller() -> None:
    play = consulting().when(DismissGuest(ANNA, CALL))
    play.expect(commands=[commands.Join(MAIN, CALL, LEG), commands.Join(MAIN, CALL, CALLER)])
    play.when(LegEnded(MAIN, CALL, GUEST_LEG, 16), in_room(LEG), in_room())
    call = play.call(CALL)
    assert (call.control.where, call.control.guest, call.agent) == (Where.ROOM, None, ANNA)
    assert play.seat("boris").shown is AgentState.READY


def test_the_transfer_is_completed() -> None:
    play = consulting()
    play.wait(10).when(CompleteTransfer(ANNA, CALL)).expect(
        commands=[
            commands.Join(MAIN, CALL, GUEST_LEG),
            commands.Join(MAIN, CALL, CALLER),
            commands.HangUp(MAIN, CALL, LEG),
        ]
    )
    play.when(*joined(agent_stays=False))
    play.expect_among(
        said.CallTransferred(play.now, CALL, ANNA, TransferKind.AGENT, None, BORIS, "", consulted=True),
        TalkStarted(play.now, CALL, offer(2), BORIS, GUEST_LEG),
    )
    call = play.call(CALL)
    assert (call.agent, call.talk_leg, call.control.where) == (BORIS, GUEST_LEG, Where.ROOM)
    assert (play.seat("anna").shown, play.seat("boris").shown) == (AgentState.WRAP_UP, AgentState.TALKING)
    play.wait(20).when(caller_gone()).expect_among(
        TalkEnded(play.now, CALL, BORIS, GUEST_LEG, 20.0), commands.HangUp(MAIN, CALL, GUEST_LEG)
    )
    play.when(LegEnded(MAIN, CALL, GUEST_LEG, 16))
    assert play.seat("boris").shown is AgentState.WRAP_UP


def test_the_guest_hangs_up_while_he_is_handed_the_caller() -> None:
    play = consulting().when(CompleteTransfer(ANNA, CALL), LegEnded(MAIN, CALL, LEG, 16))
    play.when(LegEnded(MAIN, CALL, GUEST_LEG, 16)).expect_among(commands.Hold(MAIN, CALL))
    play.when(held())
    assert play.call(CALL).state in (CallState.WAITING, CallState.OFFERED)
    assert play.seat("boris").engagement is not Engagement.TALKING


def test_three_in_one_conversation() -> None:
    play = consulting().when(JoinGuest(ANNA, CALL))
    play.expect(commands=[commands.Join(MAIN, CALL, GUEST_LEG), commands.Join(MAIN, CALL, CALLER)])
    play.when(*joined()).expect_among(said.GuestJoined(play.now, CALL, ANNA, BORIS, GUEST_LEG))
    assert play.call(CALL).control.guest is not None
    assert play.call(CALL).control.guest.state is GuestState.JOINED


def test_the_guest_leaves_the_conference() -> None:
    play = consulting(with_caller=True).when(LegEnded(MAIN, CALL, GUEST_LEG, 16))
    assert (play.call(CALL).agent, play.call(CALL).control.guest) == (ANNA, None)
    assert play.seat("boris").shown is AgentState.READY


@pytest.mark.parametrize("by_request", [True, False])
def test_the_agent_leaves_the_conference_to_the_guest(by_request: bool) -> None:
    play = consulting(with_caller=True)
    if by_request:
        play.when(LeaveCall(ANNA, CALL)).expect(commands=[commands.HangUp(MAIN, CALL, LEG)])
    play.when(*agent_hangs_up())
    assert (play.call(CALL).agent, play.seat("anna").shown) == (BORIS, AgentState.WRAP_UP)
    assert CallAction.CONSULT in actions_of(play.core.floor, play.call(CALL))


def test_the_caller_leaves_the_conference() -> None:
    play = consulting(with_caller=True).when(caller_gone())
    play.expect_among(commands.HangUp(MAIN, CALL, LEG), commands.HangUp(MAIN, CALL, GUEST_LEG))
    play.when(LegEnded(MAIN, CALL, GUEST_LEG, 16), LegEnded(MAIN, CALL, LEG, 16))
    assert (play.seat("anna").shown, play.seat("boris").shown) == (AgentState.WRAP_UP, AgentState.READY)


def test_the_caller_is_parked_out_of_the_conference_and_handed_over_then() -> None:
    play = (
        consulting(with_caller=True)
        .when(HoldCall(ANNA, CALL))
        .expect(commands=[commands.Park(MAIN, CALL, None)])
    )
    play.when(*parked(from_dial=False), CompleteTransfer(ANNA, CALL))
    play.expect_among(commands.Join(MAIN, CALL, CALLER), commands.HangUp(MAIN, CALL, LEG))
    assert commands.Join(MAIN, CALL, GUEST_LEG) not in play.last.commands
    play.when(LegEnded(MAIN, CALL, LEG, 16), in_room())
    assert play.call(CALL).agent == BORIS


def test_a_number_outside_is_consulted_and_takes_over() -> None:
    play = talking().when(ConsultCall(ANNA, CALL, number=OUTSIDE), *parked())
    play.expect_among(commands.Consult(MAIN, CALL, LEG, None, None, OUTSIDE, 20))
    play.when(*number_rings(OUTSIDE), *guest_answers())
    play.when(CompleteTransfer(ANNA, CALL), *joined(agent_stays=False))
    call = play.call(CALL)
    assert (call.agent, call.control.where, call.state) == (None, Where.OUTSIDE, CallState.TALKING)
    play.expect_among(
        said.CallTransferred(play.now, CALL, ANNA, TransferKind.NUMBER, None, None, OUTSIDE, consulted=True)
    )
    play.when(LegEnded(MAIN, CALL, GUEST_LEG, 16), caller_gone()).wait(120)
    assert CALL not in play.core.floor.calls


def test_a_number_that_can_not_be_dialled_is_refused() -> None:
    play = talking().when(ConsultCall(ANNA, CALL, number="12"))
    play.expect(commands=[], reply=Refused(Refusal.BAD_NUMBER, ANY))


def test_the_caller_hangs_up_while_his_agent_consults() -> None:
    play = consulting().when(caller_gone())
    play.expect_among(commands.HangUp(MAIN, CALL, LEG), commands.HangUp(MAIN, CALL, GUEST_LEG))
    assert play.seat("boris").shown is AgentState.READY
    play.when(LegEnded(MAIN, CALL, GUEST_LEG, 16), LegEnded(MAIN, CALL, LEG, 16)).wait(60)
    assert CALL not in play.core.floor.calls


@pytest.mark.parametrize("with_caller", [True, False])
def test_the_guest_leaves_by_his_console(with_caller: bool) -> None:
    play = consulting(with_caller=with_caller).when(LeaveCall(BORIS, CALL))
    play.expect(commands=[commands.HangUp(MAIN, CALL, GUEST_LEG)])
    play.when(LegEnded(MAIN, CALL, GUEST_LEG, 16))
    assert (play.call(CALL).agent, play.seat("boris").shown) == (ANNA, AgentState.READY)


def test_who_paused_the_recording_leaves_and_it_goes_on() -> None:
    play = talking("boris", record=True).when(PauseRecording(ANNA, CALL))
    play.when(ConsultCall(ANNA, CALL, BORIS), *parked(), *guest_rings(), *guest_answers())
    play.when(JoinGuest(ANNA, CALL), *joined())
    assert CallAction.RESUME_RECORDING in actions_of(play.core.floor, play.call(CALL))
    play.when(LeaveCall(ANNA, CALL), *agent_hangs_up())
    play.expect_among(
        said.RecordingResumed(play.now, CALL, ANNA), commands.MuteRecording(MAIN, CALL, muted=False)
    )
    assert CallAction.PAUSE_RECORDING in actions_of(play.core.floor, play.call(CALL))
