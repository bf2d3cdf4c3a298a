"""A queue that rings all: one call, several offers at once, and what becomes of each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from callcenter.calls import facts
from callcenter.calls.projection import project
from callcenter.calls.requests import (
    Accepted,
    AcknowledgeCard,
    BrowserConnected,
    BrowserLost,
    CallExplained,
    DeclineOffer,
    ExplainCall,
    Intent,
    Refusal,
    Refused,
    SetIntent,
)
from callcenter.calls.restored import Restored
from callcenter.calls.states import AgentState, Author, CallOutcome, CallState, OfferOutcome, OfferState
from callcenter.calls.views import AgentView, CallView
from callcenter.dispatch.inputs import PlanChanged
from callcenter.dispatch.options import CoreOptions
from callcenter.telephony.commands import Audit, HangUp, Ring
from callcenter.telephony.events import (
    SEVERAL,
    CallPhase,
    CommandFailed,
    DialFinished,
    FoundLeg,
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
from routing.acd.model import MOST_RUNG, Strategy
from routing.flows.model import FlowPlan
from routing.ids import AgentId, CallId, LegId, OfferId, StationId
from tests.dispatch.remembered import Remembered
from tests.dispatch.scenes import (
    ANNA,
    BORIS,
    CALL,
    OTHER,
    VERA,
    arrived,
    caller_gone,
    found,
    held,
    offer,
)
from tests.support.playbook import ANY, MAIN, Playbook, plan

LEGS = {name: LegId(f"main:1.{number}") for number, name in enumerate(("anna", "boris", "vera"), 21)}
PHONES = {name: StationId(f"a{name}") for name in LEGS}
ALL = ("anna", "boris", "vera")


def given(*agents: str, browser: bool = False, **queue: Any) -> Playbook:
    queue = {"strategy": Strategy.RING_ALL, **queue}
    play = Playbook(plan(*(agents or ALL), **queue)).synced().ready(*(agents or ALL))
    if browser:
        play.when(*(BrowserConnected(AgentId(agent), "tab") for agent in agents or ALL))
    return play.wait(1)


def ringing(*agents: str, **queue: Any) -> Playbook:
    """The phones of all ring."""
    play = given(*agents, **queue).when(arrived(), held())
    return play.when(*all_ring(*(agents or ALL))).wait(2)


def all_ring(*agents: str) -> tuple[TelephonyEvent, ...]:
    started = (LegStarted(MAIN, CALL, LEGS[agent], PHONES[agent]) for agent in agents)
    return (*started, *(LegRinging(MAIN, CALL, LEGS[agent]) for agent in agents))


def cancelled(agent: str, cause: int = 26) -> tuple[TelephonyEvent, ...]:
    """Its phone lost the race; 16: the caller left."""
    leg = LEGS[agent]
    return (RingEnded(MAIN, CALL, leg, RingOutcome.CANCELLED), LegEnded(MAIN, CALL, leg, cause))


def refuses(
    agent: str, outcome: RingOutcome = RingOutcome.BUSY, cause: int = 17
) -> tuple[TelephonyEvent, ...]:
    leg = LEGS[agent]
    return (RingEnded(MAIN, CALL, leg, outcome), LegEnded(MAIN, CALL, leg, cause))


def all_failed(outcome: RingOutcome, attempt: int = 1) -> tuple[TelephonyEvent, ...]:
    return (DialFinished(MAIN, CALL, SEVERAL, outcome, 17), held(attempt=attempt))


def answers(agent: str) -> tuple[TelephonyEvent, ...]:
    leg = LEGS[agent]
    return (
        RingEnded(MAIN, CALL, leg, RingOutcome.ANSWERED),
        LegBridged(MAIN, CALL, leg, "b1"),
        LegBridged(MAIN, CALL, LegId(CALL), "b1"),
    )


def ends(play: Playbook) -> dict[str, OfferOutcome]:
    """How the offers ended in the last step."""
    return {fact.agent: fact.outcome for fact in play.last.facts if isinstance(fact, facts.OfferEnded)}


def call_view(play: Playbook) -> tuple[CallView, frozenset[AgentId] | None]:
    (shown,) = project(play.core.floor, [f"call/{CALL}"])
    assert isinstance(shown.view, CallView)
    return shown.view, shown.audience


def test_all_are_offered_the_call_and_rung_by_one_command() -> None:
    play = given(ring_seconds=15).when(arrived(), held())
    play.expect_among(
        *(
            facts.OfferMade(play.now, CALL, offer(number), ANY, agent, PHONES[agent], 0.0, 0.0, 1.0, ANY)
            for number, agent in enumerate((ANNA, BORIS, VERA), 1)
        ),
        *(
            facts.RingSent(play.now, CALL, offer(number), agent, False, None)
            for number, agent in enumerate((ANNA, BORIS, VERA), 1)
        ),
        Ring(MAIN, CALL, offer(1), PHONES["anna"], 15, (PHONES["boris"], PHONES["vera"])),
    )
    assert [play.seat(agent).shown for agent in ALL] == [AgentState.OFFERED] * 3
    reasons = [json.loads(fact.why) for fact in play.last.facts if isinstance(fact, facts.OfferMade)]
    assert [reason["together"] for reason in reasons] == [3, 3, 3]


def test_the_first_who_answers_has_the_call_and_the_others_lose_nothing() -> None:
    play = ringing()
    idle = {agent: play.seat(agent).idle_since for agent in ALL}
    play.when(*cancelled("anna"), *cancelled("vera"), *answers("boris"))
    assert ends(play) == {
        "anna": OfferOutcome.ANSWERED_ELSEWHERE,
        "vera": OfferOutcome.ANSWERED_ELSEWHERE,
        "boris": OfferOutcome.ANSWERED,
    }
    play.expect_among(facts.TalkStarted(play.now, CALL, offer(2), BORIS, LEGS["boris"]))
    assert play.call(CALL).agent == BORIS
    for loser in ("anna", "vera"):
        seat = play.seat(loser)
        assert (seat.shown, seat.intent, seat.cooling_until) == (AgentState.READY, Intent.READY, None)
        assert seat.idle_since == idle[loser]
        assert play.core.desk.engine.is_free(seat.id)
    assert play.call(CALL).declined == {}
    play.when(arrived(OTHER), held(OTHER)).expect_among(
        Ring(MAIN, OTHER, offer(1, OTHER), PHONES["anna"], 20, (PHONES["vera"],))
    )


def test_losers_whose_legs_end_after_the_answer_are_free_then() -> None:
    play = ringing("anna", "boris").when(*answers("anna"))
    assert ends(play) == {"anna": OfferOutcome.ANSWERED, "boris": OfferOutcome.ANSWERED_ELSEWHERE}
    assert not play.core.desk.engine.is_free(BORIS)  # his phone has a channel still
    play.when(*cancelled("boris")).expect(facts=[facts.LegEnded(play.now, CALL, LEGS["boris"], 26)])
    assert play.core.desk.engine.is_free(BORIS)


def test_an_agent_rung_is_offered_nothing_else_meanwhile() -> None:
    play = given("anna", "boris").when(arrived(), held(), arrived(OTHER), held(OTHER))
    assert play.call(OTHER).state is CallState.WAITING
    play.when(*all_ring("anna", "boris"), *cancelled("boris"), *answers("anna"))
    assert list(play.call(OTHER).offered) == [BORIS]


def test_one_declines_and_the_others_ring_on() -> None:
    play = ringing().when(*refuses("anna"))
    assert ends(play) == {"anna": OfferOutcome.DECLINED}
    assert play.call(CALL).state is CallState.OFFERED
    assert list(play.call(CALL).offered) == [BORIS, VERA]
    assert play.seat("anna").cooling_until is not None
    play.when(*cancelled("vera"), *answers("boris"))
    assert ends(play) == {"vera": OfferOutcome.ANSWERED_ELSEWHERE, "boris": OfferOutcome.ANSWERED}


def test_a_decline_in_the_console_takes_only_ones_own_phone_out() -> None:
    play = ringing("anna", "boris")
    play.when(DeclineOffer(ANNA, offer(2))).expect(reply=Refused(Refusal.NOT_YOURS, ANY))
    play.when(DeclineOffer(ANNA, offer(1))).expect(
        commands=[HangUp(MAIN, CALL, LEGS["anna"])], reply=Accepted()
    )
    play.when(*refuses("anna", RingOutcome.NO_ANSWER, 16))
    assert ends(play) == {"anna": OfferOutcome.DECLINED}
    assert list(play.call(CALL).offered) == [BORIS]


def test_a_decline_before_the_leg_is_there_is_kept_for_it() -> None:
    play = given("anna", "boris").when(arrived(), held(), DeclineOffer(BORIS, offer(2)))
    play.when(*all_ring("anna", "boris")).expect_among(HangUp(MAIN, CALL, LEGS["boris"]))


@pytest.mark.parametrize(
    ("outcome", "cause", "told"),
    [
        (RingOutcome.NO_ANSWER, 21, OfferOutcome.DECLINED),  # 603
        (RingOutcome.NO_ANSWER, 1, OfferOutcome.UNREACHABLE),  # 404
        (RingOutcome.UNREACHABLE, 34, OfferOutcome.UNREACHABLE),  # 503
        (RingOutcome.NO_ANSWER, 19, OfferOutcome.NO_ANSWER),  # 480
    ],
)
def test_a_legs_cause_says_what_no_word_on_the_whole_ring_can(
    outcome: RingOutcome, cause: int, told: OfferOutcome
) -> None:
    play = ringing("anna", "boris").when(*refuses("anna", outcome, cause))
    assert ends(play) == {"anna": told}
    play.when(*refuses("boris", outcome, cause), *all_failed(outcome))
    assert ends(play) == {"boris": told}


def test_all_decline_and_the_call_is_back_at_the_head_of_its_line() -> None:
    play = ringing()
    since = play.call(CALL).since
    play.when(*refuses("anna"), *refuses("boris"))
    assert play.call(CALL).state is CallState.OFFERED
    play.when(*refuses("vera"), *all_failed(RingOutcome.BUSY))
    assert ends(play) == {"vera": OfferOutcome.DECLINED}
    call = play.call(CALL)
    assert (call.state, call.since) == (CallState.WAITING, since)
    assert set(call.declined) == {ANNA, BORIS, VERA}
    play.wait(9.9)
    assert play.call(CALL).state is CallState.WAITING
    play.wait(0.3)
    assert list(play.call(CALL).offered) == [ANNA, BORIS, VERA]  # nobody else is left to ask


def test_nobody_answers_and_each_has_rona() -> None:
    play = ringing("anna", "boris")
    silent = [*refuses("anna", RingOutcome.NO_ANSWER, 0), *refuses("boris", RingOutcome.NO_ANSWER, 0)]
    play.when(*silent, *all_failed(RingOutcome.NO_ANSWER))
    assert ends(play) == {"anna": OfferOutcome.NO_ANSWER, "boris": OfferOutcome.NO_ANSWER}
    for agent in ("anna", "boris"):
        assert (play.seat(agent).shown, play.seat(agent).shown_reason) == (AgentState.PAUSED, "rona")
    assert play.call(CALL).state is CallState.WAITING
    assert play.call(CALL).declined == {}


@pytest.mark.parametrize("first", ["caller", "phones"])
def test_the_callers_leaving_cancels_all_and_blames_nobody(first: str) -> None:
    play = ringing()
    phones = [event for agent in ALL for event in cancelled(agent, 16)]
    events = [caller_gone(), *phones] if first == "caller" else [*phones, caller_gone()]
    play.when(*events)
    assert ends(play) == dict.fromkeys(ALL, OfferOutcome.CALLER_LEFT)
    play.expect_among(facts.CallEnded(play.now, CALL, CallOutcome.ABANDONED, 2.0, 0.0))
    assert [play.seat(agent).shown for agent in ALL] == [AgentState.READY] * 3
    assert CALL not in play.core.floor.calls


def test_it_rings_when_all_cards_are_painted_or_the_gate_is_over() -> None:
    play = given("anna", "boris", browser=True).when(arrived(), held())
    play.expect_among(facts.OfferMade(ANY, CALL, offer(2), ANY, BORIS, ANY, 0.15, ANY, ANY, ANY))
    play.wait(0.02).when(AcknowledgeCard(BORIS, offer(2))).expect(commands=[])
    play.wait(0.03).when(AcknowledgeCard(ANNA, offer(1))).expect(
        facts=[
            facts.CardPainted(play.now, CALL, offer(1), ANNA),
            facts.RingSent(play.now, CALL, offer(1), ANNA, True, 0.0),
            facts.RingSent(play.now, CALL, offer(2), BORIS, True, pytest.approx(0.03, abs=1e-3)),
        ],
        commands=[Ring(MAIN, CALL, offer(1), PHONES["anna"], 20, (PHONES["boris"],))],
    )


def test_who_has_no_browser_and_who_is_slow_hold_nobody_up() -> None:
    play = given("anna", "boris", "vera").when(BrowserConnected(ANNA, "tab"), BrowserConnected(BORIS, "tab"))
    play.when(arrived(), held(), AcknowledgeCard(ANNA, offer(1))).wait(0.14).expect(commands=[])
    play.wait(0.02).expect_among(
        facts.RingSent(ANY, CALL, offer(1), ANNA, True, ANY),
        facts.RingSent(ANY, CALL, offer(2), BORIS, False, None),
        facts.RingSent(ANY, CALL, offer(3), VERA, False, None),
    )


def test_who_refuses_the_card_is_not_rung_and_the_others_go_on() -> None:
    play = given("anna", "boris", browser=True).when(arrived(), held(), AcknowledgeCard(BORIS, offer(2)))
    play.when(DeclineOffer(ANNA, offer(1))).expect_among(
        facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.DECLINED),
        Ring(MAIN, CALL, offer(2), PHONES["boris"], 20),
    )


def test_all_refuse_the_card_and_the_call_waits_on() -> None:
    play = given("anna", "boris", browser=True)
    play.when(arrived(), held(), DeclineOffer(ANNA, offer(1)), DeclineOffer(BORIS, offer(2)))
    assert play.call(CALL).state is CallState.WAITING
    assert play.core.desk.engine.waits(CALL)
    play.wait(1).expect(commands=[])


def test_who_signs_off_leaves_the_ring_without_harm() -> None:
    play = ringing().when(SetIntent(ANNA, Intent.OFFLINE, "", Author.AGENT))
    play.expect_among(HangUp(MAIN, CALL, LEGS["anna"]))
    play.when(*refuses("anna", RingOutcome.NO_ANSWER, 16))
    assert ends(play) == {"anna": OfferOutcome.WITHDRAWN}
    assert (play.seat("anna").shown, play.seat("anna").intent) == (AgentState.OFFLINE, Intent.OFFLINE)
    assert list(play.call(CALL).offered) == [BORIS, VERA]


def test_who_signs_off_before_his_phone_rings_is_not_rung() -> None:
    play = given("anna", "boris", browser=True).when(arrived(), held())
    play.when(SetIntent(ANNA, Intent.OFFLINE, "", Author.AGENT))
    assert ends(play) == {"anna": OfferOutcome.WITHDRAWN}
    play.when(AcknowledgeCard(BORIS, offer(2))).expect_among(Ring(MAIN, CALL, offer(2), PHONES["boris"], 20))


def test_the_last_one_rings_on_though_he_wants_to_go() -> None:
    play = ringing("anna", "boris").when(SetIntent(ANNA, Intent.OFFLINE, "", Author.AGENT))
    play.when(SetIntent(BORIS, Intent.OFFLINE, "", Author.AGENT)).expect(commands=[])
    play.when(*refuses("anna", RingOutcome.NO_ANSWER, 16), *answers("boris"))
    assert ends(play) == {"anna": OfferOutcome.WITHDRAWN, "boris": OfferOutcome.ANSWERED}


def test_a_pause_is_for_after_the_call() -> None:
    play = ringing("anna", "boris").when(SetIntent(ANNA, Intent.PAUSED, "lunch", Author.AGENT))
    play.expect(commands=[])
    play.when(*cancelled("anna"), *answers("boris"))
    assert (play.seat("anna").shown, play.seat("anna").shown_reason) == (AgentState.PAUSED, "lunch")


def test_an_agent_taken_out_of_the_plan_leaves_the_ring() -> None:
    play = ringing()
    play.when(PlanChanged(plan("boris", "vera", strategy=Strategy.RING_ALL), FlowPlan()))
    play.expect_among(HangUp(MAIN, CALL, LEGS["anna"]))
    play.when(*refuses("anna", RingOutcome.NO_ANSWER, 16))
    assert "anna" not in play.core.floor.seats


@pytest.mark.parametrize("started", [True, False])
def test_who_loses_his_phone_leaves_the_ring_without_harm(started: bool) -> None:
    play = ringing() if started else given().when(arrived(), held())
    play.when(StationChanged(MAIN, PHONES["anna"], StationState.UNAVAILABLE))
    if started:
        play.expect_among(HangUp(MAIN, CALL, LEGS["anna"]))
        play.when(*refuses("anna", RingOutcome.NO_ANSWER, 16))
    assert ends(play) == {"anna": OfferOutcome.WITHDRAWN}
    assert play.seat("anna").intent is Intent.READY
    assert not play.core.desk.engine.is_free(ANNA)
    assert list(play.call(CALL).offered) == [BORIS, VERA]


def test_a_browser_lost_during_the_ring_is_as_ever() -> None:
    play = given("anna", "boris", browser=True).when(arrived(), held()).wait(0.2)
    play.when(*all_ring("anna", "boris"), BrowserLost(ANNA, "tab")).expect(commands=[])
    play.when(*cancelled("boris"), *answers("anna"))
    assert ends(play)["anna"] is OfferOutcome.ANSWERED


def test_nobody_is_there_to_be_rung() -> None:
    play = given("anna", "boris").when(arrived(), held())
    play.when(*all_failed(RingOutcome.UNREACHABLE))
    assert ends(play) == dict.fromkeys(("anna", "boris"), OfferOutcome.UNREACHABLE)


def test_a_station_without_a_leg_is_not_blamed() -> None:
    play = given("anna", "boris").when(arrived(), held(), *all_ring("boris"))
    play.when(*refuses("boris"), *all_failed(RingOutcome.BUSY))
    assert ends(play) == {"boris": OfferOutcome.DECLINED, "anna": OfferOutcome.WITHDRAWN}
    assert play.seat("anna").shown is AgentState.READY


def test_a_refused_redirect_takes_all_offers_back() -> None:
    play = given("anna", "boris").when(arrived(), held())
    play.when(CommandFailed(MAIN, CALL, offer(1), "Ring", "no such channel", timed_out=False))
    assert ends(play) == dict.fromkeys(("anna", "boris"), OfferOutcome.WITHDRAWN)
    assert play.call(CALL).state is CallState.WAITING


def test_a_leg_whose_start_was_missed_is_of_the_one_offer_that_has_none() -> None:
    play = given("anna", "boris").when(arrived(), held())
    play.when(LegStarted(MAIN, CALL, LEGS["anna"], PHONES["anna"]))
    play.when(LegBridged(MAIN, CALL, LEGS["boris"], "b1"))
    assert play.call(CALL).agent == BORIS


def test_of_several_legs_missed_only_a_listing_tells_whose_one_is() -> None:
    play = given("anna", "boris").when(arrived(), held(), LegBridged(MAIN, CALL, LEGS["boris"], "b1"))
    play.expect_among(Audit(MAIN))
    assert play.call(CALL).state is CallState.OFFERED
    talk = found(CallPhase.TALKING, FoundLeg(LEGS["boris"], PHONES["boris"], True, "b1"))
    stations = tuple((station, StationState.IDLE) for station in PHONES.values())
    play.when(ServerSynced(MAIN, (talk,), stations, None)).wait(2)
    play.when(ServerSynced(MAIN, (talk,), stations, None))
    assert play.call(CALL).agent == BORIS
    assert ends(play)["anna"] is OfferOutcome.ANSWERED_ELSEWHERE


def test_cuts_take_cards_back_and_leave_phones_ringing() -> None:
    play = given("anna", "boris", browser=True).when(arrived(), held(), AcknowledgeCard(ANNA, offer(1)))
    play.when(LinkLost(MAIN, "cut")).expect(commands=[])
    assert ends(play) == dict.fromkeys(("anna", "boris"), OfferOutcome.WITHDRAWN)
    play = ringing("anna", "boris").when(LinkLost(MAIN, "cut"))
    assert ends(play) == {}
    legs = [FoundLeg(LEGS["boris"], PHONES["boris"], False, None)]
    play.synced(found(CallPhase.RINGING, *legs), blind_from=play.now)
    assert ends(play) == {"anna": OfferOutcome.WITHDRAWN}
    assert list(play.call(CALL).offered) == [BORIS]


def test_a_listing_after_a_cut_shows_who_answered() -> None:
    play = ringing("anna", "boris").when(LinkLost(MAIN, "cut"))
    leg = FoundLeg(LEGS["boris"], PHONES["boris"], True, "b1")
    play.synced(found(CallPhase.TALKING, leg), blind_from=play.now)
    assert ends(play)["boris"] is OfferOutcome.ANSWERED
    assert play.call(CALL).agent == BORIS
    assert play.seat("anna").shown is AgentState.READY


def test_a_ring_of_all_found_at_a_listing_is_taken_up() -> None:
    play = given("anna", "boris")
    play.when(LinkLost(MAIN, "cut"))
    legs = [FoundLeg(LEGS[agent], PHONES[agent], False, None) for agent in ("anna", "boris")]
    play.synced(found(CallPhase.RINGING, *legs), blind_from=play.now)
    assert list(play.call(CALL).offered) == [ANNA, BORIS]
    play.when(*cancelled("anna"), *answers("boris"))
    assert ends(play) == {"anna": OfferOutcome.ANSWERED_ELSEWHERE, "boris": OfferOutcome.ANSWERED}


def restarted(before: Playbook, *legs: FoundLeg) -> Playbook:
    """Another process, told what the history of the first one has, and what Asterisk shows."""
    history = Remembered()
    for _, _, outcome in before.log:
        for fact in outcome.facts:
            history.note(fact)
    play = Playbook(plan(*ALL, strategy=Strategy.RING_ALL), CoreOptions())
    play.now = before.now + 3
    known: Restored = history.restored()
    play.when(known)
    assert list(play.call(CALL).offered) == [ANNA, BORIS, VERA]
    phase = CallPhase.TALKING if any(leg.bridged for leg in legs) else CallPhase.RINGING
    return play.synced(found(phase, *legs))


def test_a_restart_in_the_middle_of_a_ring_goes_on_with_all() -> None:
    legs = [FoundLeg(LEGS[agent], PHONES[agent], False, None) for agent in ALL]
    play = restarted(ringing(), *legs)
    assert [one.id for one in play.call(CALL).offered.values()] == [offer(1), offer(2), offer(3)]
    play.expect(commands=None, facts=[ANY])  # nothing but the blind interval is news
    play.when(*cancelled("anna"), *cancelled("vera"), *answers("boris"))
    assert ends(play)["boris"] is OfferOutcome.ANSWERED
    play.expect_among(facts.TalkStarted(play.now, CALL, offer(2), BORIS, LEGS["boris"]))


def test_a_restart_finds_the_winner_and_frees_the_others() -> None:
    play = restarted(ringing(), FoundLeg(LEGS["vera"], PHONES["vera"], True, "b1"))
    assert ends(play)["vera"] is OfferOutcome.ANSWERED
    assert play.call(CALL).agent == VERA
    assert [play.seat(agent).shown for agent in ("anna", "boris")] == [AgentState.READY] * 2


def test_an_audit_heals_a_ring_that_lost_a_phone_unseen() -> None:
    play = ringing("anna", "boris")
    ring = found(CallPhase.RINGING, FoundLeg(LEGS["boris"], PHONES["boris"], False, None))
    stations = tuple((station, StationState.IDLE) for station in PHONES.values())
    play.when(ServerSynced(MAIN, (ring,), stations, None)).wait(2)
    play.when(ServerSynced(MAIN, (ring,), stations, None))
    assert ends(play) == {"anna": OfferOutcome.WITHDRAWN}
    assert play.core.desk.engine.is_free(ANNA)


def test_each_browser_finds_its_own_offer_and_the_wallboard_how_many_are_rung() -> None:
    play = ringing()
    view, audience = call_view(play)
    assert (view.agent, view.offer, view.rung) == (None, None, (ANNA, BORIS, VERA))
    assert (view.state, view.offer_state, view.offers) == (CallState.OFFERED, OfferState.RINGING, 3)
    assert audience == {ANNA, BORIS, VERA}
    mine = {}
    for shown in project(play.core.floor, [f"agent/{agent}" for agent in ALL]):
        assert isinstance(shown.view, AgentView)
        mine[shown.view.agent] = (shown.view.call, shown.view.offer)
    assert mine == {ANNA: (CALL, offer(1)), BORIS: (CALL, offer(2)), VERA: (CALL, offer(3))}
    play.when(*refuses("anna"), *cancelled("vera"))
    view, audience = call_view(play)
    assert (view.agent, view.offer, view.rung, audience) == (BORIS, offer(2), (BORIS,), {BORIS})
    play.when(*answers("boris"))
    view, audience = call_view(play)
    assert (view.agent, view.offer, view.rung, audience) == (BORIS, offer(2), (), {BORIS})


def test_why_names_all_who_are_rung() -> None:
    play = ringing("anna", "boris")
    reply = play.when(ExplainCall(CALL)).last.reply
    assert isinstance(reply, CallExplained)
    assert (reply.agent, reply.rung) == (None, (ANNA, BORIS))


def test_no_more_than_the_bound_are_rung_at_once() -> None:
    names = [f"n{number:02d}" for number in range(MOST_RUNG + 5)]
    play = given(*names).when(arrived(), held())
    (ring,) = [command for command in play.last.commands if isinstance(command, Ring)]
    assert len((ring.station, *ring.also)) == MOST_RUNG
    assert len(play.call(CALL).offered) == MOST_RUNG


def test_an_id_of_an_offer_that_is_over_is_refused() -> None:
    play = ringing("anna", "boris").when(*refuses("anna"))
    play.when(DeclineOffer(ANNA, offer(1))).expect(reply=Refused(Refusal.TOO_LATE, ANY))
    play.when(DeclineOffer(ANNA, OfferId(f"{CallId('main:9.9')}/1"))).expect(
        reply=Refused(Refusal.TOO_LATE, ANY)
    )
