"""Calls between two agents: both are engaged from the request to the end, whatever Asterisk tells or keeps to
itself, and the end says what came of it."""

from __future__ import annotations

import pytest

from callcenter.calls.control_requests import CallColleague, HangUpColleague
from callcenter.calls.facts import AgentStateChanged, OfferMade
from callcenter.calls.intercom_facts import IntercomAnswered, IntercomEnded, IntercomStarted
from callcenter.calls.intercoms import IntercomOutcome, IntercomState
from callcenter.calls.projection import everything, project
from callcenter.calls.requests import (
    Accepted,
    BrowserConnected,
    Intent,
    Refusal,
    Refused,
    ReportPhone,
    SetIntent,
)
from callcenter.calls.restored import Restored, RestoredAgent, RestoredIntercom
from callcenter.calls.states import AgentState, Author
from callcenter.calls.views import IntercomView, intercom_key
from callcenter.dispatch.inputs import Input
from callcenter.dispatch.options import CoreOptions
from callcenter.telephony import commands
from callcenter.telephony.events import (
    CommandFailed,
    FoundIntercom,
    IntercomDialled,
    LegBridged,
    LegEnded,
    LegRinging,
    LegStarted,
    LinkLost,
    RingEnded,
    RingOutcome,
    ServerSynced,
    StationChanged,
    StationState,
    TelephonyEvent,
)
from routing.ids import AgentId, LegId, StationId, call_of_intercom, intercom_id, leg_id, own_leg_of
from tests.dispatch.scenes import ANNA, BORIS, PHONE, arrived, held
from tests.support.playbook import ANY, MAIN, START, Playbook, plan

THERE_PHONE = StationId("aboris")
INTERCOM = intercom_id(MAIN, PHONE, int(START * 1000))
CALL = call_of_intercom(INTERCOM)
OWN = own_leg_of(INTERCOM)
THERE = leg_id(MAIN, "17.2")
ASK = CallColleague(ANNA, BORIS)
PUT_DOWN = commands.HangUp(MAIN, CALL, OWN)
OWN_PHONE: tuple[TelephonyEvent, ...] = (
    LegStarted(MAIN, CALL, OWN, PHONE),
    LegRinging(MAIN, CALL, OWN),
    RingEnded(MAIN, CALL, OWN, RingOutcome.ANSWERED),
)
RINGS: tuple[TelephonyEvent, ...] = (
    *OWN_PHONE,
    LegStarted(MAIN, CALL, THERE, THERE_PHONE),
    LegRinging(MAIN, CALL, THERE),
)
ANSWERS: tuple[TelephonyEvent, ...] = (
    RingEnded(MAIN, CALL, THERE, RingOutcome.ANSWERED),
    LegBridged(MAIN, CALL, THERE, "b"),
    LegBridged(MAIN, CALL, OWN, "b"),
)
OWN_GONE = LegEnded(MAIN, CALL, OWN, 16)
THERE_GONE = LegEnded(MAIN, CALL, THERE, 16)


def ready() -> Playbook:
    return Playbook(plan("anna", "boris")).synced().ready("anna", "boris")


def states(play: Playbook) -> tuple[AgentState, AgentState]:
    return play.seat("anna").shown, play.seat("boris").shown


def state(play: Playbook) -> IntercomState | None:
    known = play.core.floor.intercoms.get(INTERCOM)
    return None if known is None else known.state


def ended(play: Playbook, outcome: IntercomOutcome, talked: float = 0.0) -> None:
    """It is over, with this outcome, and both are free."""
    play.expect_among(IntercomEnded(play.now, INTERCOM, ANNA, BORIS, outcome, talked))
    assert play.core.floor.intercoms == {}
    assert states(play) == (AgentState.READY, AgentState.READY)


def listed(play: Playbook, *found: FoundIntercom, blind_from: float | None = None) -> Playbook:
    phones = ((PHONE, StationState.BUSY), (THERE_PHONE, StationState.BUSY)) if found else ()
    idle = ((PHONE, StationState.IDLE), (THERE_PHONE, StationState.IDLE))
    return play.when(ServerSynced(MAIN, (), phones or idle, blind_from, intercoms=found))


def there(
    answered: bool = True, leg: LegId | None = THERE, talking: bool = True, age: float = 30.0
) -> FoundIntercom:
    return FoundIntercom(INTERCOM, PHONE, THERE_PHONE, answered, leg, talking, age)


def test_call_answer_talk_and_hang_up() -> None:
    play = ready().when(ASK)
    ring = commands.Intercom(MAIN, INTERCOM, PHONE, THERE_PHONE, 30, auto_answer=True)
    play.expect(commands=[ring], reply=Accepted())
    play.expect_among(IntercomStarted(play.now, INTERCOM, MAIN, ANNA, BORIS))
    assert (state(play), states(play)) == (IntercomState.CALLING, (AgentState.INTERNAL,) * 2)
    play.wait(1).when(*RINGS)
    assert state(play) is IntercomState.RINGING
    play.wait(4).when(*ANSWERS).expect_among(IntercomAnswered(play.now, INTERCOM, ANNA, BORIS, THERE))
    assert state(play) is IntercomState.TALKING
    play.wait(300).when(THERE_GONE, OWN_GONE)
    ended(play, IntercomOutcome.ANSWERED, 300.0)


def test_both_and_whoever_sees_the_floor_are_shown_it() -> None:
    play = ready().when(ASK)
    (shown,) = project(play.core.floor, [intercom_key(INTERCOM)])
    assert shown.view == IntercomView("intercom", INTERCOM, ANNA, BORIS, IntercomState.CALLING, play.now)
    assert (shown.audience, shown.private) == (frozenset({ANNA, BORIS}), False)
    assert intercom_key(INTERCOM) in everything(play.core.floor)
    play.when(*RINGS, THERE_GONE, OWN_GONE)
    assert intercom_key(INTERCOM) in play.last.changed
    assert [one.view for one in project(play.core.floor, [intercom_key(INTERCOM)])] == [None]


def test_nobody_in_one_is_offered_a_call() -> None:
    play = ready().when(ASK, arrived(), held())
    assert not any(isinstance(fact, OfferMade) for fact in play.last.facts)
    play.when(*RINGS, *ANSWERS).wait(60).when(THERE_GONE, OWN_GONE)
    assert any(isinstance(fact, OfferMade) for fact in play.last.facts)
    assert AgentState.OFFERED in states(play)


@pytest.mark.parametrize(
    ("heard", "outcome"),
    [
        ([RingEnded(MAIN, CALL, THERE, RingOutcome.BUSY)], IntercomOutcome.DECLINED),
        ([RingEnded(MAIN, CALL, THERE, RingOutcome.NO_ANSWER)], IntercomOutcome.NO_ANSWER),
        ([RingEnded(MAIN, CALL, THERE, RingOutcome.CANCELLED)], IntercomOutcome.CANCELLED),
        (
            [
                RingEnded(MAIN, CALL, THERE, RingOutcome.NO_ANSWER),  # of a 603
                IntercomDialled(MAIN, CALL, RingOutcome.BUSY, 21),
            ],
            IntercomOutcome.DECLINED,
        ),
    ],
)
def test_a_colleague_who_does_not_answer(heard: list[TelephonyEvent], outcome: IntercomOutcome) -> None:
    play = ready().when(ASK, *RINGS, *heard, THERE_GONE)
    assert states(play) == (AgentState.INTERNAL,) * 2  # a phone of them may have its channel yet
    play.when(OWN_GONE)
    ended(play, outcome)


def test_a_refusal_of_which_the_hang_up_alone_tells() -> None:
    play = ready().when(ASK, *RINGS, RingEnded(MAIN, CALL, THERE, RingOutcome.NO_ANSWER))
    ended(play.when(LegEnded(MAIN, CALL, THERE, 21), OWN_GONE), IntercomOutcome.DECLINED)


def test_a_colleague_whose_phone_is_not_there() -> None:
    play = ready().when(ASK, *OWN_PHONE, IntercomDialled(MAIN, CALL, RingOutcome.UNREACHABLE, 20), OWN_GONE)
    ended(play, IntercomOutcome.UNREACHABLE)


@pytest.mark.parametrize(
    ("ringing", "outcome"),
    [
        (RingOutcome.BUSY, IntercomOutcome.CANCELLED),
        (RingOutcome.NO_ANSWER, IntercomOutcome.UNREACHABLE),
        (RingOutcome.UNREACHABLE, IntercomOutcome.UNREACHABLE),
    ],
)
def test_ones_own_phone_does_not_answer(ringing: RingOutcome, outcome: IntercomOutcome) -> None:
    play = ready().when(ASK, LegStarted(MAIN, CALL, OWN, PHONE), RingEnded(MAIN, CALL, OWN, ringing))
    ended(play.when(LegEnded(MAIN, CALL, OWN, 17)), outcome)


def test_who_called_gives_up_on_his_phone() -> None:
    play = ready().when(ASK, *RINGS, OWN_GONE)
    assert states(play) == (AgentState.INTERNAL,) * 2
    ended(play.when(THERE_GONE), IntercomOutcome.CANCELLED)


@pytest.mark.parametrize(
    ("who", "outcome"), [(ANNA, IntercomOutcome.CANCELLED), (BORIS, IntercomOutcome.DECLINED)]
)
def test_either_hangs_up_while_it_rings(who: AgentId, outcome: IntercomOutcome) -> None:
    play = ready().when(ASK, *RINGS).when(HangUpColleague(who))
    play.expect(commands=[PUT_DOWN], reply=Accepted())
    play.when(RingEnded(MAIN, CALL, THERE, RingOutcome.CANCELLED), THERE_GONE, OWN_GONE)
    ended(play, outcome)


@pytest.mark.parametrize("who", [ANNA, BORIS])
def test_either_hangs_up_in_the_talk(who: AgentId) -> None:
    play = ready().when(ASK, *RINGS, *ANSWERS).wait(20).when(HangUpColleague(who))
    play.expect(commands=[PUT_DOWN], reply=Accepted())
    ended(play.when(OWN_GONE, THERE_GONE), IntercomOutcome.ANSWERED, 20.0)


def test_a_page_that_lost_its_voice_ends_the_talk() -> None:
    play = ready().when(ASK, BrowserConnected(ANNA, "page"), ReportPhone(ANNA, "page", None, voice=False))
    assert PUT_DOWN not in play.last.commands  # it only begins
    play.when(*RINGS, *ANSWERS, ReportPhone(ANNA, "page", None))
    assert PUT_DOWN not in play.last.commands
    play.wait(5).when(ReportPhone(ANNA, "page", None, voice=False)).expect_among(PUT_DOWN)
    ended(play.when(OWN_GONE, THERE_GONE), IntercomOutcome.ANSWERED, 5.0)
    assert not play.seat("anna").voiceless  # for the next client's call


def test_hung_up_before_it_has_a_channel() -> None:
    play = ready().when(ASK, HangUpColleague(ANNA), CommandFailed(MAIN, CALL, None, "HangUp", "no", False))
    play.when(LegStarted(MAIN, CALL, OWN, PHONE)).expect_among(PUT_DOWN)
    play.when(RingEnded(MAIN, CALL, OWN, RingOutcome.CANCELLED), OWN_GONE)
    ended(play, IntercomOutcome.CANCELLED)


def test_hang_up_of_nothing() -> None:
    ready().when(HangUpColleague(ANNA)).expect(commands=[], reply=Refused(Refusal.NO_INTERNAL_CALL, ANY))
    play = ready().when(ASK, LinkLost(MAIN, "cut")).when(HangUpColleague(ANNA))
    play.expect(commands=[], reply=Refused(Refusal.STARTING, ANY))


@pytest.mark.parametrize(
    ("before", "refusal"),
    [
        ([SetIntent(ANNA, Intent.OFFLINE, "", Author.AGENT)], Refusal.PHONE_UNUSABLE),
        ([SetIntent(BORIS, Intent.OFFLINE, "", Author.AGENT)], Refusal.COLLEAGUE_BUSY),
        ([StationChanged(MAIN, PHONE, StationState.BUSY)], Refusal.PHONE_UNUSABLE),
        ([StationChanged(MAIN, THERE_PHONE, StationState.BUSY)], Refusal.COLLEAGUE_BUSY),
        ([ASK], Refusal.PHONE_UNUSABLE),
        ([arrived(), held()], Refusal.PHONE_UNUSABLE),
    ],
)
def test_whom_one_may_not_call(before: list[Input], refusal: Refusal) -> None:
    play = ready().when(*before).when(ASK)
    play.expect(commands=[], facts=[], reply=Refused(refusal, ANY))


def test_nobody_calls_himself() -> None:
    ready().when(CallColleague(ANNA, ANNA)).expect(commands=[], reply=Refused(Refusal.UNKNOWN_AGENT, ANY))


def test_wishes_take_effect_after_it_and_there_is_no_wrap_up() -> None:
    play = ready().when(SetIntent(BORIS, Intent.PAUSED, "lunch", Author.AGENT), ASK, *RINGS, *ANSWERS)
    play.when(SetIntent(ANNA, Intent.OFFLINE, "", Author.SUPERVISOR))
    assert states(play) == (AgentState.INTERNAL,) * 2
    play.wait(60).when(THERE_GONE, OWN_GONE)
    assert states(play) == (AgentState.OFFLINE, AgentState.PAUSED)
    play.expect_among(
        AgentStateChanged(
            play.now, ANNA, AgentState.OFFLINE, AgentState.INTERNAL, "", Author.SUPERVISOR, None
        )
    )


def test_a_refused_command_frees_both() -> None:
    play = ready().when(ASK, CommandFailed(MAIN, CALL, None, "Intercom", "no", False))
    ended(play, IntercomOutcome.UNREACHABLE)


def test_one_of_which_nothing_is_heard_is_given_up() -> None:
    play = ready().when(ASK).wait(60)
    assert PUT_DOWN in play.last.commands
    assert states(play) == (AgentState.READY, AgentState.READY)
    # Should its channel come after all, it is hung up.
    play.when(LegStarted(MAIN, CALL, OWN, PHONE)).expect(commands=[PUT_DOWN])


def test_an_audit_leaves_one_alone_that_has_no_channel_yet() -> None:
    play = listed(listed(ready().when(ASK)).wait(3))
    assert state(play) is IntercomState.CALLING


@pytest.mark.parametrize("lost", [OWN_GONE, THERE_GONE])
def test_a_lost_end_is_found_by_audits(lost: TelephonyEvent) -> None:
    play = ready().when(ASK, *RINGS, *ANSWERS).wait(20)
    play.when(*(one for one in (THERE_GONE, OWN_GONE) if one != lost)).wait(6)
    assert commands.Audit(MAIN) in play.last.commands
    play = listed(listed(play).wait(3))
    ended(play, IntercomOutcome.ANSWERED, 20.0)


def test_a_lost_answer_and_a_lost_ring_are_found() -> None:
    play = listed(ready().when(ASK, *OWN_PHONE), there())
    assert state(play) is IntercomState.TALKING
    play = listed(ready().when(ASK), there(talking=False))
    assert state(play) is IntercomState.RINGING


def test_a_ring_without_an_end_is_asked_about() -> None:
    play = ready().when(ASK, *RINGS).wait(40)
    assert commands.Audit(MAIN) in play.last.commands


def test_over_a_cut_link_a_talk_goes_on() -> None:
    play = ready().when(ASK, *RINGS, *ANSWERS).wait(10).when(LinkLost(MAIN, "cut")).wait(20)
    play = listed(play, there(), blind_from=play.now - 20)
    assert (state(play), states(play)) == (IntercomState.TALKING, (AgentState.INTERNAL,) * 2)
    ended(play.wait(10).when(THERE_GONE, OWN_GONE), IntercomOutcome.ANSWERED, 40.0)


def test_one_that_ended_over_a_cut_link_ends_when_last_seen() -> None:
    play = ready().when(ASK, *RINGS, *ANSWERS).wait(10).when(LinkLost(MAIN, "cut")).wait(20)
    ended(listed(play, blind_from=play.now - 20), IntercomOutcome.UNKNOWN, 10.0)


def test_a_server_that_stays_away_lets_both_go_and_theirs_is_let_be() -> None:
    play = Playbook(plan("anna", "boris"), CoreOptions(server_patience=60)).synced().ready("anna", "boris")
    play.when(ASK, *RINGS, *ANSWERS).wait(10).when(LinkLost(MAIN, "cut")).wait(61)
    assert states(play) == (AgentState.READY, AgentState.READY)
    play = listed(play, there(), blind_from=play.now - 61)
    assert (state(play), play.core.desk.engine.is_free(ANNA)) == (None, False)  # his phone is busy


def restarted(*known: RestoredIntercom) -> Playbook:
    agents = tuple(
        RestoredAgent(agent, Intent.READY, "", None, 0.0, state=AgentState.INTERNAL)
        for agent in (ANNA, BORIS)
    )
    return Playbook(plan("anna", "boris")).when(Restored(agents, (), START - 5, intercoms=known))


TALKED = RestoredIntercom(INTERCOM, MAIN, ANNA, BORIS, START - 60, START - 50)
RANG = RestoredIntercom(INTERCOM, MAIN, ANNA, BORIS, START - 10, None)


def test_a_talk_is_held_again_after_a_restart_with_its_beginning() -> None:
    play = restarted(TALKED).expect(facts=[], commands=[])
    assert (state(play), states(play)) == (IntercomState.TALKING, (AgentState.INTERNAL,) * 2)
    (shown,) = project(play.core.floor, [intercom_key(INTERCOM)])
    assert isinstance(shown.view, IntercomView)
    assert shown.view.since == START - 50
    play = listed(play, there(age=60.0), blind_from=None)
    assert state(play) is IntercomState.TALKING
    ended(play.wait(10).when(THERE_GONE, OWN_GONE), IntercomOutcome.ANSWERED, 60.0)


@pytest.mark.parametrize(("known", "talked"), [(TALKED, 45.0), (RANG, 0.0)])
def test_one_that_is_over_after_a_restart(known: RestoredIntercom, talked: float) -> None:
    ended(listed(restarted(known)), IntercomOutcome.UNKNOWN, talked)


def test_one_that_rang_at_a_restart_is_put_where_it_is() -> None:
    play = listed(restarted(RANG), there(talking=False))
    assert state(play) is IntercomState.RINGING
    play = listed(restarted(RANG), there())
    assert state(play) is IntercomState.TALKING


def test_a_restored_one_of_a_server_that_stays_away() -> None:
    play = restarted(TALKED).wait(61)
    assert states(play) == (AgentState.READY, AgentState.READY)


def test_a_restored_one_of_somebody_who_left_the_plan_is_over() -> None:
    play = Playbook(plan("anna")).when(Restored((), (), START - 5, intercoms=(TALKED,)))
    play.expect(facts=[IntercomEnded(START, INTERCOM, ANNA, BORIS, IntercomOutcome.UNKNOWN, 45.0)])


def test_an_unknown_one_is_taken_up_when_both_are_free() -> None:
    play = listed(Playbook(plan("anna", "boris")), there(age=30.0))
    play.expect_among(IntercomStarted(START - 30, INTERCOM, MAIN, ANNA, BORIS))
    assert (state(play), states(play)) == (IntercomState.TALKING, (AgentState.INTERNAL,) * 2)


def test_an_unknown_one_is_believed_in_the_second_time() -> None:
    play = listed(ready(), there())
    assert state(play) is None
    assert state(listed(play.wait(3), there())) is IntercomState.TALKING


def test_an_unknown_one_of_somebody_engaged_is_let_be() -> None:
    play = Playbook(plan("anna", "boris")).synced().ready("anna").when(arrived(), held())
    assert play.seat("anna").shown is AgentState.OFFERED
    assert state(listed(listed(play, there()).wait(3), there())) is None


def test_word_of_an_unknown_one_makes_us_ask() -> None:
    ready().wait(6).when(LegBridged(MAIN, CALL, THERE, "b")).expect(facts=[], commands=[commands.Audit(MAIN)])


def test_words_that_come_twice_or_late_change_nothing() -> None:
    play = ready()
    for event in (ASK, *RINGS, *ANSWERS):
        play.when(event, *([] if event is ASK else [event]))
    play.when(*RINGS)
    assert state(play) is IntercomState.TALKING
    play.wait(5).when(THERE_GONE, *RINGS, *ANSWERS, THERE_GONE, OWN_GONE)
    ended(play, IntercomOutcome.ANSWERED, 5.0)
    play.when(*ANSWERS, OWN_GONE, THERE_GONE).expect(facts=[])
    assert states(play) == (AgentState.READY, AgentState.READY)


def test_a_rule_that_breaks_frees_both() -> None:
    play = ready().when(ASK)
    error = RuntimeError("a rule of ours")
    outcome = play.core.quarantine(RINGS[0], error, play.now)
    assert play.core.floor.intercoms == {}
    assert states(play) == (AgentState.READY, AgentState.READY)
    assert {type(fact).__name__ for fact in outcome.facts} >= {"Quarantined", "IntercomEnded"}
    assert all(getattr(fact, "call", None) is None for fact in outcome.facts)
