"""The voice comes back after a reload in mid-call: the phone of the agent, or of his guest, is rung anew into
the conversation."""

from __future__ import annotations

import pytest

from callcenter.calls import control_facts as said
from callcenter.calls.control import Guest, GuestState, Where
from callcenter.calls.control_requests import (
    CompleteTransfer,
    ConsultCall,
    DismissGuest,
    HoldCall,
    JoinGuest,
    TransferCall,
)
from callcenter.calls.facts import CallEnded, LegEnded as LegEndedFact, TalkEnded
from callcenter.calls.requests import BrowserConnected, ReportPhone
from callcenter.calls.states import AgentState, CallOutcome, CallState, Engagement, PhoneProblem
from callcenter.telephony import commands
from callcenter.telephony.events import (
    CallParked,
    CallPhase,
    CommandFailed,
    FoundLeg,
    LegBridged,
    LegEnded,
    LegPlace,
    LegRinging,
    LegStarted,
    LegUnbridged,
    LinkLost,
    RingEnded,
    RingOutcome,
    TelephonyEvent,
)
from routing.ids import LegId, StationId, station_leg_id
from tests.dispatch.control_scenes import (
    GUEST_LEG,
    ROOM,
    SALES,
    agent_hangs_up,
    guest_answers,
    guest_does_not,
    guest_hangs_up,
    guest_rings,
    in_room,
    joined,
    parked,
    talking,
)
from tests.dispatch.scenes import ANNA, BORIS, CALL, LEG, PHONE, caller_gone, caller_hangs_up, found
from tests.support.playbook import ANY, MAIN, Playbook

FRESH = station_leg_id(CALL, 12)
CALLER = LegId(CALL)


def reloaded(play: Playbook) -> Playbook:
    """Ten seconds into the conversation another page leads, and its phone can take calls."""
    play.wait(10).when(BrowserConnected(ANNA, "new"), ReportPhone(ANNA, "new", PhoneProblem.CONNECTING))
    return play.when(ReportPhone(ANNA, "new", None, voice=False))


def rung() -> tuple[TelephonyEvent, ...]:
    return (LegStarted(MAIN, CALL, FRESH, PHONE), LegRinging(MAIN, CALL, FRESH))


def lifted() -> RingEnded:
    return RingEnded(MAIN, CALL, FRESH, RingOutcome.ANSWERED)


def moved(play: Playbook, seconds: float) -> said.VoiceMoved:
    """The agent's part is the fresh leg's, after so much talk."""
    return said.VoiceMoved(play.now, CALL, ANNA, LEG, FRESH, seconds)


def voice_is_back(play: Playbook) -> None:
    """The conversation is the fresh leg's."""
    call = play.call(CALL)
    assert (call.state, call.talk_leg, call.control.fresh) == (CallState.TALKING, FRESH, None)
    assert play.seat("anna").shown is AgentState.TALKING


def test_out_of_the_first_dial_the_caller_passes_the_park_into_the_room() -> None:
    play = reloaded(talking())
    play.expect(commands=[commands.CallStation(MAIN, CALL, FRESH, PHONE, 10, auto_answer=True)], facts=[])
    play.when(*rung()).expect(commands=[])
    play.when(lifted()).expect(commands=[commands.Park(MAIN, CALL, LEG)], facts=[])
    play.when(*parked()).expect(
        commands=[commands.Join(MAIN, CALL, FRESH), commands.Join(MAIN, CALL, CALLER)], facts=[]
    )
    play.when(in_room(FRESH)).expect(commands=[commands.HangUp(MAIN, CALL, LEG)], facts=[moved(play, 10.0)])
    play.when(in_room(), LegUnbridged(MAIN, CALL, LEG, ROOM), LegEnded(MAIN, CALL, LEG, 16))
    play.expect(commands=[], facts=[LegEndedFact(play.now, CALL, LEG, 16)])
    voice_is_back(play)
    play.wait(20).when(caller_gone(), LegEnded(MAIN, CALL, FRESH, 16))
    play.expect_among(
        TalkEnded(play.now, CALL, ANNA, FRESH, 30.0),
        CallEnded(play.now, CALL, CallOutcome.ANSWERED, 0.0, 30.0),
    )
    assert play.seat("anna").shown is AgentState.WRAP_UP


def test_a_page_that_has_the_voice_or_a_problem_is_not_rung() -> None:
    play = talking().when(BrowserConnected(ANNA, "new"), ReportPhone(ANNA, "new", None))
    play.expect(commands=[])
    play.when(ReportPhone(ANNA, "new", PhoneProblem.UNREACHABLE, voice=False)).expect(commands=[])
    play.when(ReportPhone(ANNA, "new", None, voice=False)).expect(commands=[ANY])
    play.when(ReportPhone(ANNA, "new", None, voice=False)).expect(commands=[])


def test_in_the_room_only_the_legs_change() -> None:
    play = talking().when(HoldCall(ANNA, CALL), *parked())
    held = play.call(CALL).control.hold_since
    reloaded(play).expect(commands=[ANY])
    play.when(*rung(), lifted()).expect(commands=[commands.Join(MAIN, CALL, FRESH)])
    play.when(in_room(FRESH)).expect(commands=[commands.HangUp(MAIN, CALL, LEG)], facts=[moved(play, 0.0)])
    play.when(LegEnded(MAIN, CALL, LEG, 16))
    call = play.call(CALL)
    assert (call.talk_leg, call.control.where, call.control.hold_since) == (FRESH, Where.PARKED, held)


@pytest.mark.parametrize("outcome", [RingOutcome.BUSY, RingOutcome.UNREACHABLE])
def test_not_answered_it_changes_nothing(outcome: RingOutcome) -> None:
    play = reloaded(talking()).when(*rung())
    play.when(RingEnded(MAIN, CALL, FRESH, outcome), LegEnded(MAIN, CALL, FRESH, 17)).expect(commands=[])
    call = play.call(CALL)
    assert (call.talk_leg, call.control.fresh, call.control.where) == (LEG, None, Where.DIAL)
    # Said again by another page, it is tried again, under another name.
    play.wait(1).when(BrowserConnected(ANNA, "third"), ReportPhone(ANNA, "third", None, voice=False))
    play.expect_among(commands.CallStation(MAIN, CALL, station_leg_id(CALL, 13), PHONE, 10, auto_answer=True))


def vainly(leg: LegId) -> tuple[TelephonyEvent, ...]:
    return (
        LegStarted(MAIN, CALL, leg, PHONE),
        RingEnded(MAIN, CALL, leg, RingOutcome.NO_ANSWER),
        LegEnded(MAIN, CALL, leg, 19),
    )


def test_rung_in_vain_it_is_rung_again_but_not_for_ever() -> None:
    play = reloaded(talking())
    for number in (12, 22, 32):
        leg = station_leg_id(CALL, number)
        play.expect_among(commands.CallStation(MAIN, CALL, leg, PHONE, 10, auto_answer=True))
        play.wait(10).when(*vainly(leg))
    play.expect(commands=[])
    call = play.call(CALL)
    assert (call.talk_leg, call.control.fresh) == (LEG, None)
    play.when(BrowserConnected(ANNA, "third"), ReportPhone(ANNA, "third", None, voice=False))
    play.expect_among(commands.CallStation(MAIN, CALL, station_leg_id(CALL, 42), PHONE, 10, auto_answer=True))


def test_a_phone_that_can_take_no_calls_by_now_is_not_rung_again() -> None:
    play = reloaded(talking()).when(*rung(), ReportPhone(ANNA, "new", PhoneProblem.UNREACHABLE))
    play.wait(10).when(RingEnded(MAIN, CALL, FRESH, RingOutcome.NO_ANSWER), LegEnded(MAIN, CALL, FRESH, 19))
    play.expect(commands=[])
    # And its problem is no new beginning of the count, but its end is.
    assert play.call(CALL).control.in_vain == 1
    play.when(ReportPhone(ANNA, "new", None, voice=False)).expect(commands=[ANY])
    assert play.call(CALL).control.in_vain == 0


def test_a_colleague_who_is_asked_meanwhile_is_dialled_by_the_fresh_leg() -> None:
    play = reloaded(talking("boris").when(HoldCall(ANNA, CALL), *parked())).when(*rung())
    play.when(ConsultCall(ANNA, CALL, BORIS)).expect(commands=[])
    play.when(lifted()).expect(commands=[commands.Join(MAIN, CALL, FRESH)])
    play.when(in_room(FRESH)).expect(commands=[commands.HangUp(MAIN, CALL, LEG), consult(FRESH)])
    play.when(LegUnbridged(MAIN, CALL, LEG, ROOM), LegEnded(MAIN, CALL, LEG, 16)).expect(commands=[])
    assert guest_of(play).state is GuestState.RINGING


def consult(leg: LegId) -> commands.Consult:
    return commands.Consult(MAIN, CALL, leg, ANY, GUESTS, "", 20)


@pytest.mark.parametrize("refused", [True, False])
def test_a_colleague_who_is_asked_meanwhile_is_dialled_by_the_old_leg_if_there_is_no_other(
    refused: bool,
) -> None:
    play = reloaded(talking("boris").when(HoldCall(ANNA, CALL), *parked()))
    play.when(ConsultCall(ANNA, CALL, BORIS)).expect(commands=[])
    if refused:
        play.when(CommandFailed(MAIN, CALL, None, "CallStation", "no", timed_out=False))
    else:
        play.when(*rung(), RingEnded(MAIN, CALL, FRESH, RingOutcome.UNREACHABLE))
    play.expect_among(consult(LEG))


def test_a_fresh_leg_that_nobody_ever_heard_of_keeps_no_colleague_waiting() -> None:
    play = reloaded(talking("boris").when(HoldCall(ANNA, CALL), *parked()))
    play.when(ConsultCall(ANNA, CALL, BORIS)).wait(20)
    waits = FoundLeg(LEG, PHONE, False, ROOM, LegPlace.ROOM)
    play.synced(found(CallPhase.PARKED, waits)).expect_among(consult(LEG))


def test_a_leg_that_begins_when_nobody_wants_it_any_more_is_hung_up() -> None:
    play = reloaded(talking()).when(*caller_hangs_up()).expect_among(commands.HangUp(MAIN, CALL, FRESH))
    play.when(*rung()[:1]).expect_among(commands.HangUp(MAIN, CALL, FRESH))
    play = reloaded(talking()).when(CommandFailed(MAIN, CALL, None, "CallStation", "?", timed_out=True))
    play.when(*rung()[:1]).expect_among(commands.HangUp(MAIN, CALL, FRESH))
    assert play.call(CALL).talk_leg == LEG


def test_a_leg_that_was_to_come_to_a_caller_who_is_on_hold_is_hung_up() -> None:
    play = talking().when(LinkLost(MAIN, "cut")).wait(3)
    stray = FoundLeg(FRESH, PHONE, False, None, LegPlace.READY)
    play.synced(found(CallPhase.WAITING, stray)).expect_among(commands.HangUp(MAIN, CALL, FRESH))


def test_a_page_that_came_while_another_was_rung_is_rung_next() -> None:
    play = reloaded(talking()).when(*rung())
    play.when(BrowserConnected(ANNA, "third"), ReportPhone(ANNA, "third", None, voice=False)).expect(
        commands=[]
    )
    play.wait(2).when(RingEnded(MAIN, CALL, FRESH, RingOutcome.UNREACHABLE))
    play.expect_among(commands.CallStation(MAIN, CALL, station_leg_id(CALL, 14), PHONE, 10, auto_answer=True))


def test_the_old_leg_ends_first_with_the_caller_parked() -> None:
    play = talking().when(HoldCall(ANNA, CALL), *parked())
    reloaded(play).when(*rung())
    play.when(LegUnbridged(MAIN, CALL, LEG, ROOM), LegEnded(MAIN, CALL, LEG, 16)).expect(
        commands=[], facts=[LegEndedFact(play.now, CALL, LEG, 16), moved(play, 0.0)]
    )
    assert play.seat("anna").shown is AgentState.TALKING
    play.when(lifted()).expect(commands=[commands.Join(MAIN, CALL, FRESH)])
    play.when(in_room(FRESH)).expect(commands=[], facts=[])
    assert play.call(CALL).talk_leg == FRESH


def test_the_old_leg_and_the_new_are_gone_with_the_caller_parked() -> None:
    play = talking().when(HoldCall(ANNA, CALL), *parked())
    reloaded(play).when(*rung(), LegEnded(MAIN, CALL, LEG, 16))
    play.when(RingEnded(MAIN, CALL, FRESH, RingOutcome.NO_ANSWER), LegEnded(MAIN, CALL, FRESH, 0))
    # Nobody is rung for a part that is over.
    play.expect(commands=[commands.Hold(MAIN, CALL)])
    play.expect_among(TalkEnded(play.now, CALL, ANNA, FRESH, 0.0))


def test_the_old_leg_ends_first_out_of_the_dial_and_takes_the_caller_with_it() -> None:
    play = reloaded(talking()).when(*rung())
    play.when(LegUnbridged(MAIN, CALL, LEG, "b1"), LegEnded(MAIN, CALL, LEG, 16))
    play.expect_among(commands.HangUp(MAIN, CALL, FRESH), TalkEnded(play.now, CALL, ANNA, LEG, 10.0))
    play.when(caller_gone(), LegEnded(MAIN, CALL, FRESH, 16))
    assert play.call(CALL).state is CallState.ENDED


def test_the_old_leg_ends_while_the_caller_passes_the_park() -> None:
    play = reloaded(talking()).when(*rung(), lifted(), LegEnded(MAIN, CALL, LEG, 16)).expect(commands=[ANY])
    play.when(CallParked(MAIN, CALL)).expect(
        commands=[commands.Join(MAIN, CALL, FRESH), commands.Join(MAIN, CALL, CALLER)], facts=[]
    )
    play.when(in_room(FRESH), in_room())
    voice_is_back(play)


def test_the_new_leg_ends_while_the_caller_passes_the_park() -> None:
    play = reloaded(talking()).when(*rung(), lifted(), LegEnded(MAIN, CALL, FRESH, 16))
    play.when(*parked()).expect(commands=[commands.Join(MAIN, CALL, CALLER)])
    play.when(in_room())
    call = play.call(CALL)
    assert (call.talk_leg, call.control.where, call.control.hold_since) == (LEG, Where.ROOM, None)


def test_the_caller_hangs_up_meanwhile() -> None:
    play = reloaded(talking()).when(*rung(), *caller_hangs_up())
    play.expect_among(
        commands.HangUp(MAIN, CALL, FRESH), CallEnded(play.now, CALL, CallOutcome.ANSWERED, 0.0, 10.0)
    )
    play.when(LegEnded(MAIN, CALL, FRESH, 16))
    assert play.seat("anna").shown is AgentState.WRAP_UP


def test_handed_on_meanwhile_nobody_is_rung_for_it() -> None:
    play = reloaded(talking()).when(*rung(), TransferCall(ANNA, CALL, queue=SALES))
    play.when(LegEnded(MAIN, CALL, LEG, 16))
    play.expect_among(commands.HangUp(MAIN, CALL, FRESH))


def test_in_a_consultation_the_guest_comes_along() -> None:
    play = (
        reloaded(consulting())
        .when(*rung(), lifted())
        .expect(commands=[commands.Join(MAIN, CALL, GUEST_LEG), commands.Join(MAIN, CALL, FRESH)])
    )
    play.when(*moved_to_the_room(), in_room(FRESH))
    guest, call = play.call(CALL).control.guest, play.call(CALL)
    assert guest is not None
    assert (guest.state, guest.apart, call.talk_leg) == (GuestState.TALKING, False, FRESH)
    play.when(LegEnded(MAIN, CALL, LEG, 16), JoinGuest(ANNA, CALL))
    play.when(LegBridged(MAIN, CALL, CALLER, ROOM))
    assert guest.state is GuestState.JOINED


GUESTS = StationId("aboris")
AGENT_CALLS = commands.CallStation(MAIN, CALL, FRESH, PHONE, 10, auto_answer=True)
GUEST_CALLS = commands.CallStation(MAIN, CALL, FRESH, GUESTS, 10, auto_answer=True)


def consulting() -> Playbook:
    """Anna speaks with Boris, the caller is parked."""
    return talking("boris").when(ConsultCall(ANNA, CALL, BORIS), *parked(), *guest_rings(), *guest_answers())


def guest_reloaded(play: Playbook) -> Playbook:
    """Ten seconds into the conversation another page of his leads."""
    play.wait(10).when(BrowserConnected(BORIS, "new"), ReportPhone(BORIS, "new", PhoneProblem.CONNECTING))
    return play.when(ReportPhone(BORIS, "new", None, voice=False))


def guest_rung() -> tuple[TelephonyEvent, ...]:
    return (LegStarted(MAIN, CALL, FRESH, GUESTS), LegRinging(MAIN, CALL, FRESH))


def guest_of(play: Playbook) -> Guest:
    guest = play.call(CALL).control.guest
    assert guest is not None
    return guest


def moved_to_the_room() -> tuple[TelephonyEvent, ...]:
    """Guest and asking leg, out of the Dial between them."""
    return (LegUnbridged(MAIN, CALL, GUEST_LEG, "b2"), in_room(GUEST_LEG), *joined()[2:4])


def test_a_guest_who_reloads_goes_on_with_the_agent_in_the_room() -> None:
    play = guest_reloaded(consulting()).expect(commands=[GUEST_CALLS], facts=[])
    play.when(*guest_rung()).expect(commands=[])
    play.when(lifted()).expect(
        commands=[commands.Join(MAIN, CALL, GUEST_LEG), commands.Join(MAIN, CALL, FRESH)], facts=[]
    )
    play.when(*moved_to_the_room()).expect(commands=[], facts=[])
    play.when(in_room(FRESH)).expect(commands=[commands.HangUp(MAIN, CALL, GUEST_LEG)], facts=[])
    play.when(LegEnded(MAIN, CALL, GUEST_LEG, 16))
    guest = guest_of(play)
    assert (guest.leg, guest.state, guest.apart) == (FRESH, GuestState.TALKING, False)
    assert (play.call(CALL).talk_leg, play.call(CALL).control.where) == (LEG, Where.PARKED)
    assert play.seat("boris").shown is AgentState.TALKING
    play.when(CompleteTransfer(ANNA, CALL)).expect(
        commands=[commands.Join(MAIN, CALL, CALLER), commands.HangUp(MAIN, CALL, LEG)]
    )
    play.when(LegEnded(MAIN, CALL, LEG, 16), in_room())
    assert (play.call(CALL).agent, play.call(CALL).talk_leg) == (BORIS, FRESH)


def test_a_guest_who_reloads_in_a_conference_comes_to_both() -> None:
    play = guest_reloaded(consulting().when(JoinGuest(ANNA, CALL), *joined())).expect(commands=[GUEST_CALLS])
    play.when(*guest_rung(), lifted()).expect(commands=[commands.Join(MAIN, CALL, FRESH)])
    play.when(in_room(FRESH)).expect(commands=[commands.HangUp(MAIN, CALL, GUEST_LEG)], facts=[])
    play.when(LegEnded(MAIN, CALL, GUEST_LEG, 16))
    assert (guest_of(play).leg, guest_of(play).state) == (FRESH, GuestState.JOINED)


def test_a_guest_who_is_not_reached_anew_stays_as_he_is() -> None:
    play = guest_reloaded(consulting()).when(*guest_rung())
    play.when(RingEnded(MAIN, CALL, FRESH, RingOutcome.UNREACHABLE), LegEnded(MAIN, CALL, FRESH, 0))
    play.expect(commands=[])
    assert (guest_of(play).leg, guest_of(play).apart, play.call(CALL).control.fresh) == (
        GUEST_LEG,
        True,
        None,
    )


@pytest.mark.parametrize("told_first", ["leg", "dial"])
def test_the_guests_old_leg_ends_first(told_first: str) -> None:
    play = guest_reloaded(consulting()).when(*guest_rung())
    unbridged, ended, over, back = guest_hangs_up()
    play.when(unbridged, *((ended, over) if told_first == "leg" else (over, ended)), back)
    play.expect(commands=[], facts=[LegEndedFact(play.now, CALL, GUEST_LEG, 16)])
    play.when(lifted()).expect(commands=[commands.Join(MAIN, CALL, FRESH)])
    play.when(in_room(FRESH)).expect(commands=[], facts=[])
    assert (guest_of(play).leg, guest_of(play).state) == (FRESH, GuestState.TALKING)
    assert play.call(CALL).control.in_room


def test_the_guests_old_leg_and_the_new_are_gone() -> None:
    play = guest_reloaded(consulting()).when(*guest_rung(), *guest_hangs_up())
    play.when(RingEnded(MAIN, CALL, FRESH, RingOutcome.NO_ANSWER), LegEnded(MAIN, CALL, FRESH, 0))
    play.expect(commands=[])
    play.expect_among(said.GuestGone(play.now, CALL, ANNA, BORIS, said.GuestEnd.LEFT, None, 10.0))
    assert play.seat("boris").engagement is Engagement.FREE


def test_a_guest_who_is_let_go_meanwhile_is_rung_no_more() -> None:
    play = guest_reloaded(consulting()).when(*guest_rung(), DismissGuest(ANNA, CALL))
    play.expect_among(commands.HangUp(MAIN, CALL, FRESH), commands.Join(MAIN, CALL, LEG))
    assert play.call(CALL).control.fresh is None


def test_handed_the_caller_meanwhile_the_guest_has_him_with_the_fresh_leg() -> None:
    play = guest_reloaded(consulting()).when(*guest_rung(), CompleteTransfer(ANNA, CALL))
    play.expect(
        commands=[
            commands.Join(MAIN, CALL, GUEST_LEG),
            commands.Join(MAIN, CALL, CALLER),
            commands.HangUp(MAIN, CALL, LEG),
        ]
    )
    play.when(*joined(agent_stays=False)[:3], lifted()).expect(commands=[])
    assert play.call(CALL).agent == BORIS
    play.when(in_room()).expect(commands=[commands.Join(MAIN, CALL, FRESH)])
    play.when(in_room(FRESH)).expect(commands=[commands.HangUp(MAIN, CALL, GUEST_LEG)])
    play.when(LegEnded(MAIN, CALL, GUEST_LEG, 16))
    assert (play.call(CALL).talk_leg, play.seat("boris").shown) == (FRESH, AgentState.TALKING)


def test_when_both_reload_the_guest_comes_after_the_agent() -> None:
    play = guest_reloaded(reloaded(consulting())).expect(commands=[])
    play.when(*rung(), lifted(), *moved_to_the_room())
    second = station_leg_id(CALL, 22)
    play.when(in_room(FRESH)).expect(
        commands=[
            commands.HangUp(MAIN, CALL, LEG),
            commands.CallStation(MAIN, CALL, second, GUESTS, 10, auto_answer=True),
        ]
    )
    play.when(LegStarted(MAIN, CALL, second, GUESTS), RingEnded(MAIN, CALL, second, RingOutcome.ANSWERED))
    play.expect(commands=[commands.Join(MAIN, CALL, second)])
    play.when(in_room(second))
    assert (play.call(CALL).talk_leg, guest_of(play).leg) == (FRESH, second)


def test_an_agent_who_reloads_while_a_colleague_is_rung_is_called_once_that_is_over() -> None:
    play = talking("boris").when(ConsultCall(ANNA, CALL, BORIS), *parked(), *guest_rings())
    reloaded(play).expect(commands=[])
    play.when(*guest_does_not(RingOutcome.BUSY)[:-1]).expect(commands=[])
    play.when(LegBridged(MAIN, CALL, LEG, "the room, made anew")).expect(commands=[AGENT_CALLS])


def test_an_agent_who_hangs_up_leaves_no_guest_alone_in_the_room() -> None:
    play = guest_reloaded(consulting()).when(*guest_rung(), lifted(), *moved_to_the_room(), in_room(FRESH))
    play.when(LegEnded(MAIN, CALL, GUEST_LEG, 16)).when(*agent_hangs_up())
    play.expect_among(commands.HangUp(MAIN, CALL, FRESH), commands.Hold(MAIN, CALL))
