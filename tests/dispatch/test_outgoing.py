"""Agents who call a client themselves, and colleagues."""

from __future__ import annotations

import pytest

from callcenter.calls import control_facts as said
from callcenter.calls.actions import actions_of
from callcenter.calls.control import CallAction, Where
from callcenter.calls.control_requests import DialClient
from callcenter.calls.facts import CallEnded, TalkStarted
from callcenter.calls.requests import Accepted, DeclineOffer, Intent, Refusal, Refused, SetIntent
from callcenter.calls.states import AgentState, Author, CallOutcome, CallState
from callcenter.telephony import commands
from callcenter.telephony.events import (
    CallArrived,
    LegBridged,
    LegEnded,
    LegRinging,
    LegStarted,
    PlaceFailed,
    RingEnded,
    RingOutcome,
    StationChanged,
    StationState,
    TelephonyEvent,
)
from routing.ids import LegId, placed_call_id, station_leg_id
from tests.dispatch.scenes import ANNA, BORIS, PHONE, caller_gone, held
from tests.support.playbook import ANY, MAIN, Playbook, plan

NAME = "c-12345678"
CALL = placed_call_id(MAIN, NAME)
OWN = station_leg_id(CALL, 1)
NUMBER = "+79161234567"
DIAL = DialClient(ANNA, NAME, NUMBER)


def ready(*others: str) -> Playbook:
    return Playbook(plan("anna", *others)).synced().ready("anna", *others)


def own_phone(outcome: RingOutcome = RingOutcome.ANSWERED) -> tuple[TelephonyEvent, ...]:
    over = () if outcome is RingOutcome.ANSWERED else (LegEnded(MAIN, CALL, OWN, 17),)
    return (
        LegStarted(MAIN, CALL, OWN, PHONE),
        LegRinging(MAIN, CALL, OWN),
        RingEnded(MAIN, CALL, OWN, outcome),
        *over,
    )


def client_answers() -> tuple[TelephonyEvent, ...]:
    return (CallArrived(MAIN, CALL, NUMBER, "", "100"), held(CALL))


def both_in_room() -> tuple[TelephonyEvent, ...]:
    return (LegBridged(MAIN, CALL, LegId(CALL), "r"), LegBridged(MAIN, CALL, OWN, "r"))


def test_own_phone_first_then_the_client_then_both() -> None:
    play = (
        ready()
        .when(DIAL)
        .expect(
            commands=[ANY, commands.CallStation(MAIN, CALL, OWN, PHONE, 30, auto_answer=True, shown=NUMBER)],
            reply=Accepted(),
        )
    )
    play.expect_among(said.ClientDialled(play.now, CALL, ANNA, NUMBER))
    assert play.seat("anna").shown is AgentState.OFFERED
    play.when(*own_phone()).expect(commands=[commands.PlaceCall(MAIN, CALL, NUMBER, "100", 45)])
    play.wait(8).when(*client_answers()).expect(
        commands=[commands.Join(MAIN, CALL, LegId(CALL)), commands.Join(MAIN, CALL, OWN)]
    )
    play.when(*both_in_room()).expect_among(TalkStarted(play.now, CALL, ANY, ANNA, OWN))
    call = play.call(CALL)
    assert (call.state, call.control.where, call.agent) == (CallState.TALKING, Where.ROOM, ANNA)
    assert actions_of(play.core.floor, call) >= {CallAction.HOLD, CallAction.CONSULT, CallAction.TRANSFER}
    play.wait(60).when(caller_gone(CALL), LegEnded(MAIN, CALL, OWN, 16))
    play.expect_among(
        commands.HangUp(MAIN, CALL, OWN), CallEnded(play.now, CALL, CallOutcome.ANSWERED, 0.0, 60.0)
    )
    assert play.seat("anna").shown is AgentState.WRAP_UP


def test_the_own_phone_in_use_takes_nothing_back() -> None:
    play = ready().when(DIAL, StationChanged(MAIN, PHONE, StationState.RINGING), *own_phone())
    play.when(StationChanged(MAIN, PHONE, StationState.BUSY))
    assert play.seat("anna").shown is AgentState.OFFERED
    play.when(*client_answers(), *both_in_room())
    assert play.seat("anna").shown is AgentState.TALKING


def test_asked_twice_it_is_dialled_once() -> None:
    ready().when(DIAL).when(DIAL).expect(commands=[], facts=[], reply=Accepted())


@pytest.mark.parametrize("outcome", [RingOutcome.BUSY, RingOutcome.NO_ANSWER, RingOutcome.UNREACHABLE])
def test_who_does_not_answer_his_own_phone_has_called_nobody(outcome: RingOutcome) -> None:
    play = ready().when(DIAL, *own_phone(outcome))
    assert not any(isinstance(one, commands.PlaceCall) for one in play.last.commands)
    play.wait(60)
    assert (CALL in play.core.floor.calls, play.seat("anna").shown) == (False, AgentState.READY)


def test_nothing_heard_of_the_own_phone() -> None:
    play = ready().when(DIAL).wait(36)
    assert (CALL in play.core.floor.calls, play.seat("anna").shown) == (False, AgentState.READY)


def test_a_client_who_does_not_answer() -> None:
    play = ready().when(DIAL, *own_phone())
    play.when(PlaceFailed(MAIN, CALL, RingOutcome.BUSY, 17))
    play.expect_among(
        commands.HangUp(MAIN, CALL, OWN), CallEnded(play.now, CALL, CallOutcome.NOT_REACHED, 0.0, 0.0)
    )
    play.when(LegEnded(MAIN, CALL, OWN, 16))
    assert play.seat("anna").shown is AgentState.READY


def test_the_agent_hangs_up_before_the_client_answers() -> None:
    play = ready().when(DIAL, *own_phone()).when(LegEnded(MAIN, CALL, OWN, 16))
    play.expect_among(commands.HangUp(MAIN, CALL, LegId(CALL)))
    play.when(PlaceFailed(MAIN, CALL, RingOutcome.CANCELLED, 16)).wait(60)
    assert (CALL in play.core.floor.calls, play.seat("anna").shown) == (False, AgentState.READY)


def test_who_gives_up_on_the_screen_is_rung_no_longer_and_the_client_never_dialled() -> None:
    play = ready().when(DIAL, LegStarted(MAIN, CALL, OWN, PHONE), LegRinging(MAIN, CALL, OWN))
    offer = play.call(CALL).offer
    assert offer is not None
    give_up = DeclineOffer(ANNA, offer.id)
    play.when(give_up).expect(commands=[commands.HangUp(MAIN, CALL, OWN)], reply=Accepted())
    play.when(give_up).expect(commands=[commands.HangUp(MAIN, CALL, OWN)], reply=Accepted())
    # As Asterisk says it: in either order, and the phone was lifted in the same moment or not.
    play.when(RingEnded(MAIN, CALL, OWN, RingOutcome.CANCELLED), LegEnded(MAIN, CALL, OWN, 16))
    assert not any(isinstance(one, commands.PlaceCall) for one in play.last.commands)
    assert (CALL in play.core.floor.calls, play.seat("anna").shown) == (False, AgentState.READY)


def test_who_gives_up_before_his_phone_has_a_channel_is_heard_all_the_same() -> None:
    play = ready().when(DIAL)
    offer = play.call(CALL).offer
    assert offer is not None
    give_up = commands.HangUp(MAIN, CALL, OWN)
    play.when(DeclineOffer(ANNA, offer.id)).expect(commands=[give_up])
    play.when(LegStarted(MAIN, CALL, OWN, PHONE)).expect(commands=[give_up])
    play.when(RingEnded(MAIN, CALL, OWN, RingOutcome.ANSWERED)).expect(commands=[give_up])
    play.when(LegEnded(MAIN, CALL, OWN, 16)).expect(commands=[])
    assert (CALL in play.core.floor.calls, play.seat("anna").shown) == (False, AgentState.READY)


def test_who_gives_up_while_the_client_is_rung_takes_the_call_back() -> None:
    play = ready().when(DIAL, *own_phone())
    offer = play.call(CALL).offer
    assert offer is not None
    play.when(DeclineOffer(ANNA, offer.id)).expect(commands=[commands.HangUp(MAIN, CALL, OWN)])
    play.when(LegEnded(MAIN, CALL, OWN, 16)).expect_among(commands.HangUp(MAIN, CALL, LegId(CALL)))
    play.when(PlaceFailed(MAIN, CALL, RingOutcome.CANCELLED, 16)).wait(60)
    assert (CALL in play.core.floor.calls, play.seat("anna").shown) == (False, AgentState.READY)


def test_a_client_who_answers_an_agent_who_is_gone_is_served_by_another() -> None:
    play = ready("boris").when(DIAL, *own_phone()).when(LegEnded(MAIN, CALL, OWN, 16), *client_answers())
    offer = play.call(CALL).offer
    assert offer is not None
    assert play.call(CALL).state is CallState.OFFERED


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        (DialClient(ANNA, NAME, "12"), Refusal.BAD_NUMBER),
        (DialClient(ANNA, "x", NUMBER), Refusal.NOT_ALLOWED_NOW),
        (DialClient(BORIS, NAME, NUMBER), Refusal.UNKNOWN_AGENT),
    ],
)
def test_what_can_not_be_dialled(request_: DialClient, refusal: Refusal) -> None:
    ready().when(request_).expect(commands=[], facts=[], reply=Refused(refusal, ANY))


def test_a_name_makes_one_call() -> None:
    play = ready("boris").when(DIAL)
    play.when(DIAL).expect(commands=[], facts=[], reply=Accepted())  # the same request again
    theirs = DialClient(BORIS, NAME, "+79167654321")
    play.when(theirs).expect(commands=[], facts=[], reply=Refused(Refusal.NOT_ALLOWED_NOW, ANY))
    assert play.call(CALL).dialled_by == ANNA
    play.when(*own_phone(RingOutcome.NO_ANSWER))
    assert CALL not in play.core.floor.calls
    play.when(theirs).expect(commands=[], facts=[], reply=Refused(Refusal.NOT_ALLOWED_NOW, ANY))


def test_a_name_that_another_ends_with_is_another_call() -> None:
    play = ready().when(DIAL)
    other = DialClient(ANNA, NAME[2:], NUMBER)
    play.when(other).expect(commands=[], reply=Refused(Refusal.NOT_ALLOWED_NOW, ANY))


def test_only_who_is_signed_in_and_free_dials() -> None:
    play = ready().when(SetIntent(ANNA, Intent.OFFLINE, "", Author.AGENT), DIAL)
    assert play.last.reply == Refused(Refusal.NOT_ALLOWED_NOW, ANY)
    play.when(SetIntent(ANNA, Intent.PAUSED, "paperwork", Author.AGENT), DIAL)
    assert play.last.reply == Accepted()


def test_audits_leave_a_call_alone_that_has_no_channel_yet() -> None:
    play = ready().when(DIAL, LegStarted(MAIN, CALL, OWN, PHONE))
    for _ in range(4):
        play.wait(3).synced()
    assert CALL in play.core.floor.calls
