"""Restarts: what the history restored, against what Asterisk lists."""

from __future__ import annotations

from callcenter.calls import facts
from callcenter.calls.actions import actions_of
from callcenter.calls.control import CallAction, Where
from callcenter.calls.control_facts import HoldStarted, RecordingResumed
from callcenter.calls.control_requests import ResumeRecording
from callcenter.calls.facts import Fact
from callcenter.calls.requests import BrowserConnected, CloseWrapUp, Intent, SetIntent
from callcenter.calls.restored import Restored, RestoredAgent, RestoredCall
from callcenter.calls.states import AgentState, Author, CallOutcome, OfferOutcome
from callcenter.dispatch.ports import LookUpClient
from callcenter.telephony.commands import MuteRecording
from callcenter.telephony.events import CallPhase, FoundLeg, LegPlace
from routing.ids import ClientId, QueueId, StationId
from tests.dispatch.scenes import (
    ANNA,
    BORIS,
    CALL,
    LEG,
    NUMBER,
    answers,
    caller_hangs_up,
    found,
    leg,
    offer,
)
from tests.support.playbook import ANY, MAIN, START, Playbook, plan


def restored_call(**changes: object) -> RestoredCall:
    known: dict[str, object] = {
        "call": CALL, "server": MAIN, "number": NUMBER, "name": "Ivan", "dialled": "100", "client": None,
        "queue": QueueId("sales"), "priority": 0, "arrived_at": START - 60, "queued_since": START - 59,
        "declined_by": (), "number_of_offers": 0, "talking_agent": None, "talking_offer": None,
        "answered_at": None,
    }  # fmt: skip
    return RestoredCall(**{**known, **changes})  # type: ignore[arg-type]


READY = RestoredAgent(ANNA, Intent.READY, "", None, 0.0)


def restart(*calls: RestoredCall, agents: tuple[RestoredAgent, ...] = (READY,)) -> Playbook:
    return Playbook(plan("anna", "boris", wrap_up_seconds=30)).when(Restored(agents, calls, START - 5))


def test_a_restored_waiting_call_keeps_its_place_and_who_declined() -> None:
    play = restart(restored_call(declined_by=(ANNA,), number_of_offers=2)).expect(
        facts=[], commands=[LookUpClient(CALL, NUMBER)]
    )
    play.ready("boris").synced(found(CallPhase.WAITING, attempt=2)).expect_among(
        facts.BlindInterval(play.now, MAIN, START - 5),
        facts.OfferMade(play.now, CALL, offer(3), ANY, "boris", ANY, 0.0, 59.0, ANY, ANY),
    )


def test_a_restored_conversation_goes_on_as_the_same() -> None:
    play = restart(
        restored_call(talking_agent=ANNA, talking_offer=offer(1), answered_at=START - 40, client=ClientId(7))
    ).expect(facts=[], commands=[LookUpClient(CALL, NUMBER, ClientId(7))])
    assert play.seat("anna").shown is AgentState.TALKING
    play.synced(found(CallPhase.TALKING, leg(bridged=True))).expect(
        facts=[facts.BlindInterval(play.now, MAIN, START - 5)]
    )
    play.wait(10).when(*caller_hangs_up()).expect_among(
        facts.TalkEnded(play.now, CALL, ANNA, LEG, 50.0),
        facts.CallEnded(play.now, CALL, CallOutcome.ANSWERED, 19.0, 50.0),
    )
    assert play.seat("anna").shown is AgentState.WRAP_UP


def test_a_restored_conversation_that_is_over_ends_when_last_seen() -> None:
    play = restart(restored_call(talking_agent=ANNA, talking_offer=offer(1), answered_at=START - 40))
    play.synced().expect_among(
        facts.TalkEnded(play.now, CALL, ANNA, ANY, 35.0),
        facts.CallEnded(play.now, CALL, CallOutcome.ANSWERED, 19.0, 35.0),
    )


TALKED = {
    "talking_agent": ANNA,
    "talking_offer": offer(1),
    "answered_at": START - 40,
    "legs": ((LEG, StationId("aanna")),),
}


def test_a_restored_leg_that_is_over_has_an_end() -> None:
    play = restart(restored_call(**TALKED)).synced()
    play.expect_among(
        facts.TalkEnded(play.now, CALL, ANNA, LEG, 35.0),
        facts.LegEnded(play.now, CALL, LEG, 0),
        facts.CallEnded(play.now, CALL, CallOutcome.ANSWERED, 19.0, 35.0),
    )
    assert play.seat("anna").shown is AgentState.WRAP_UP
    play = restart(restored_call(**TALKED)).synced(found(CallPhase.LEAVING))
    play.expect_among(
        facts.TalkEnded(play.now, CALL, ANNA, LEG, 35.0), facts.LegEnded(play.now, CALL, LEG, 0)
    )
    assert play.seat("anna").shown is AgentState.WRAP_UP


def test_a_restored_leg_goes_on_as_the_same() -> None:
    play = restart(restored_call(**TALKED)).synced(found(CallPhase.TALKING, leg(bridged=True)))
    play.expect(facts=[facts.BlindInterval(play.now, MAIN, START - 5)])
    play.wait(10).when(*caller_hangs_up()).expect_among(facts.TalkEnded(play.now, CALL, ANNA, LEG, 50.0))
    ringing = restored_call(offered=((offer(1), ANNA),), number_of_offers=1, legs=TALKED["legs"])
    play = restart(ringing).synced(found(CallPhase.RINGING, leg(bridged=False)))
    play.expect(facts=[facts.BlindInterval(play.now, MAIN, START - 5)])
    play.when(*answers()).expect_among(facts.TalkStarted(play.now, CALL, offer(1), ANNA, LEG))


def test_a_restored_ring_goes_on_or_is_closed() -> None:
    ringing = restored_call(offered=((offer(1), ANNA),), number_of_offers=1)
    play = restart(ringing).synced(found(CallPhase.RINGING, leg(bridged=False)))
    play.expect(facts=[facts.BlindInterval(play.now, MAIN, START - 5)])
    play.when(*answers()).expect_among(facts.TalkStarted(play.now, CALL, offer(1), ANNA, LEG))
    play = (
        restart(ringing)
        .synced(found(CallPhase.WAITING))
        .expect_among(facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.WITHDRAWN))
    )


def test_a_restored_wrap_up_runs_on() -> None:
    play = restart(agents=(RestoredAgent(ANNA, Intent.READY, "", CALL, START - 10),))
    assert play.seat("anna").shown is AgentState.WRAP_UP
    play.wait(20)
    assert play.seat("anna").shown is AgentState.READY


def test_a_restored_browser_has_the_usual_grace() -> None:
    play = restart(agents=(RestoredAgent(ANNA, Intent.READY, "", None, 0.0, browser=True),))
    play.wait(21)
    assert play.seat("anna").shown_reason == "browser_lost"
    play = restart(agents=(RestoredAgent(ANNA, Intent.PAUSED, "browser_lost", None, 0.0, browser=False),))
    play.when(BrowserConnected(ANNA, "tab"))
    assert play.seat("anna").shown is AgentState.READY


def test_a_restored_browser_that_stays_away_is_written_down_once() -> None:
    play = restart(agents=(RestoredAgent(ANNA, Intent.READY, "", None, 0.0, browser=True),))
    play.wait(21).expect_among(facts.BrowserChanged(START + 20, ANNA, False))
    play.when(SetIntent(ANNA, Intent.READY, "", Author.SUPERVISOR)).wait(60)
    assert play.seat("anna").shown is AgentState.READY
    assert said(play, facts.BrowserChanged) == [facts.BrowserChanged(START + 20, ANNA, False)]
    play = restart(agents=(RestoredAgent(ANNA, Intent.PAUSED, "lunch", None, 0.0, browser=True),))
    play.when(SetIntent(ANNA, Intent.READY, "", Author.SUPERVISOR)).wait(60)
    assert play.seat("anna").shown is AgentState.READY
    assert said(play, facts.BrowserChanged) == [facts.BrowserChanged(START, ANNA, False)]


def said(play: Playbook, kind: type[Fact]) -> list[Fact]:
    return [fact for _, _, outcome in play.log for fact in outcome.facts if type(fact) is kind]


# What ran out while nobody was there


def test_a_wrap_up_that_ran_out_meanwhile_has_an_end() -> None:
    wrapping = RestoredAgent(ANNA, Intent.READY, "", CALL, START - 33, state=AgentState.WRAP_UP, call=CALL)
    paused = RestoredAgent(
        BORIS, Intent.PAUSED, "lunch", CALL, START - 34, by=Author.AGENT, state=AgentState.WRAP_UP, call=CALL
    )
    play = restart(agents=(wrapping, paused)).expect(
        facts=[
            facts.AgentStateChanged(
                START - 4, BORIS, AgentState.PAUSED, AgentState.WRAP_UP, "lunch", Author.AGENT, None
            ),
            facts.AgentStateChanged(
                START - 3, ANNA, AgentState.READY, AgentState.WRAP_UP, "", Author.SYSTEM, None
            ),
        ]
    )
    assert play.seat("anna").shown_since == START - 3
    play.when(CloseWrapUp(ANNA, CALL, "sold", "")).expect_among(ANY)  # the note may still come


def test_who_talked_on_a_call_that_is_over_wraps_up_since_last_seen() -> None:
    talked = RestoredAgent(ANNA, Intent.READY, "", None, 0.0, state=AgentState.TALKING, call=CALL)
    play = restart(agents=(talked,)).expect(
        facts=[
            facts.AgentStateChanged(
                START - 5, ANNA, AgentState.WRAP_UP, AgentState.TALKING, "", Author.SYSTEM, CALL
            )
        ]
    )
    play.wait(25).expect_among(
        facts.AgentStateChanged(
            START + 25, ANNA, AgentState.READY, AgentState.WRAP_UP, "", Author.SYSTEM, None
        )
    )


def test_an_offer_of_before_that_nobody_knows_is_closed() -> None:
    offered = RestoredAgent(ANNA, Intent.READY, "", None, 0.0, state=AgentState.OFFERED, call=CALL)
    restart(agents=(offered,)).expect(
        facts=[
            facts.AgentStateChanged(
                START - 5, ANNA, AgentState.READY, AgentState.OFFERED, "", Author.SYSTEM, None
            )
        ]
    )


def test_a_restored_conversation_whose_caller_is_parked_goes_on_as_the_same() -> None:
    play = restart(restored_call(**TALKED)).expect(facts=[], commands=[ANY])
    waits = FoundLeg(LEG, StationId("aanna"), False, "room", LegPlace.ROOM)
    play.synced(found(CallPhase.PARKED, waits)).expect(
        facts=[facts.BlindInterval(play.now, MAIN, START - 5), HoldStarted(play.now, CALL, ANNA)]
    )
    assert play.seat("anna").shown is AgentState.TALKING
    call = play.core.floor.calls[CALL]
    assert (call.agent, call.talk_leg, call.control.where) == (ANNA, LEG, Where.PARKED)


def test_a_restored_conversation_whose_caller_is_parked_without_an_agent_is_over() -> None:
    play = restart(restored_call(**TALKED))
    play.synced(found(CallPhase.PARKED)).expect_among(facts.TalkEnded(play.now, CALL, ANNA, LEG, 35.0))
    assert play.seat("anna").shown is AgentState.WRAP_UP


RECORDED = {**TALKED, "recording": "main-1-1"}


def test_a_restored_pause_of_the_recording_goes_on() -> None:
    play = restart(restored_call(**RECORDED, paused_by=ANNA))
    call = play.core.floor.calls[CALL]
    play.synced(found(CallPhase.TALKING, leg(bridged=True))).expect(
        facts=[facts.BlindInterval(play.now, MAIN, START - 5)],
        commands=[MuteRecording(MAIN, CALL, muted=True)],
    )
    assert CallAction.RESUME_RECORDING in actions_of(play.core.floor, call)
    play.when(ResumeRecording(ANNA, CALL)).expect_among(RecordingResumed(play.now, CALL, ANNA))


def test_a_restored_recording_is_not_begun_again() -> None:
    play = restart(restored_call(**RECORDED))
    # But heard: the process before may have written down a pause's end, and not come to say it.
    play.synced(found(CallPhase.TALKING, leg(bridged=True))).expect(
        facts=[facts.BlindInterval(play.now, MAIN, START - 5)],
        commands=[MuteRecording(MAIN, CALL, muted=False)],
    )
    assert CallAction.PAUSE_RECORDING in actions_of(play.core.floor, play.core.floor.calls[CALL])


def test_a_restored_pause_of_who_left_is_over() -> None:
    play = restart(restored_call(**RECORDED, paused_by=BORIS))
    play.expect_among(RecordingResumed(play.now, CALL, BORIS))
    play = restart(restored_call(**RECORDED, paused_by=ANNA)).synced(found(CallPhase.WAITING))
    play.expect_among(RecordingResumed(play.now, CALL, ANNA))
    assert play.core.floor.calls[CALL].control.recording == "main-1-1"
