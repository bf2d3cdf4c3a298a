"""Cut links, audits, restarts, and rules of ours that break."""

from __future__ import annotations

import pytest

from callcenter.calls import facts
from callcenter.calls.entities import Call
from callcenter.calls.facts import Healing
from callcenter.calls.requests import BrowserConnected, DeclineOffer, Intent, Refusal, Refused, SetIntent
from callcenter.calls.states import AgentState, Author, CallOutcome, CallState, Engagement, OfferOutcome
from callcenter.calls.views import LinkState
from callcenter.dispatch import flows, offers, talks
from callcenter.dispatch.core import Core
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.inputs import PlanChanged, Tick
from callcenter.dispatch.ports import LookUpClient
from callcenter.dispatch.timers import TimerKind
from callcenter.errors import InvariantError
from callcenter.telephony.commands import Audit, Hold, Ring
from callcenter.telephony.events import (
    CallFellBack,
    CallPhase,
    LegEnded,
    LinkLost,
    RingEnded,
    RingOutcome,
    ServerSynced,
    StationState,
)
from routing.ids import LegId, QueueId, StationId
from tests.dispatch.scenes import (
    ANNA,
    CALL,
    LEG,
    LEG2,
    NUMBER,
    OTHER,
    PHONE,
    answers,
    arrived,
    caller_gone,
    caller_hangs_up,
    found,
    held,
    leg,
    offer,
    rings,
)
from tests.support.playbook import ANY, MAIN, START, Playbook, plan

CUT = LinkLost(MAIN, "ping timeout")


def given(*agents: str, **queue: int) -> Playbook:
    return Playbook(plan(*agents, **queue)).synced().ready(*agents).wait(1)


def healed(play: Playbook, what: Healing, leg_id: LegId | None = None) -> facts.Healed:
    return facts.Healed(play.now, MAIN, what, CALL, leg_id)


def test_nothing_is_routed_before_the_first_listing() -> None:
    play = Playbook(plan("anna")).ready("anna").when(arrived(), held())
    assert play.call(CALL).state is CallState.WAITING
    play.synced(found(CallPhase.WAITING)).expect_among(Ring(MAIN, CALL, offer(1), PHONE, 20))


def test_a_cut_link_freezes_and_the_blind_time_is_written() -> None:
    play = given("anna")
    play.when(arrived(), held(), *rings("anna"), *answers(), arrived(OTHER), held(OTHER))
    play.when(CUT, CUT).expect(facts=[facts.LinkLost(play.now, MAIN, "ping timeout")], commands=[])
    assert play.core.floor.servers[MAIN].link is LinkState.DOWN
    play.wait(50).expect(commands=[])
    play.synced(
        found(CallPhase.TALKING, leg(bridged=True)), found(CallPhase.WAITING, call=OTHER), blind_from=START
    )
    play.expect(facts=[facts.BlindInterval(play.now, MAIN, START)], commands=[])
    assert play.call(OTHER).held


def test_a_card_shown_when_the_link_is_cut_is_taken_back() -> None:
    play = given("anna").when(BrowserConnected(ANNA, "tab"), arrived(), held())
    play.when(CUT).expect_among(facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.WITHDRAWN))
    play.wait(5).expect(commands=[])
    play.synced(found(CallPhase.WAITING), blind_from=play.now - 5).wait(0.2)
    play.expect_among(Ring(MAIN, CALL, offer(2), PHONE, 20))


def test_what_ended_while_we_were_blind_is_unknown_or_answered() -> None:
    play = given("anna", wrap_up_seconds=5)
    play.when(arrived(), held(), *rings("anna"), *answers(), arrived(OTHER), held(OTHER)).wait(30)
    cut = play.now
    play.when(CUT).wait(10).synced(blind_from=cut).expect_among(
        healed(play, Healing.CALL_GONE),
        facts.CallEnded(play.now, CALL, CallOutcome.ANSWERED, 0.0, 30.0),
        facts.CallEnded(play.now, OTHER, CallOutcome.UNKNOWN, 40.0, 0.0),
    )
    assert play.seat("anna").shown is AgentState.WRAP_UP


def test_a_ring_answered_while_we_were_blind_is_a_conversation() -> None:
    play = given("anna").when(arrived(), held(), *rings("anna"), CUT)
    play.synced(found(CallPhase.TALKING, leg(bridged=True)), blind_from=START).expect_among(
        healed(play, Healing.CALL_MOVED), facts.TalkStarted(play.now, CALL, offer(1), ANNA, LEG)
    )


def test_a_ring_that_failed_while_we_were_blind_is_offered_on() -> None:
    play = given("anna", "boris").when(arrived(), held(), *rings("anna"), CUT)
    play.synced(found(CallPhase.WAITING, attempt=1), blind_from=START).expect_among(
        facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.WITHDRAWN),
        Ring(MAIN, CALL, offer(2), StationId("aboris"), 20),
    )
    play.when(held(attempt=1), *rings("anna"), LegEnded(MAIN, CALL, LEG, 0))  # echoes from before
    assert play.call(CALL).offer is not None


def test_unknown_calls_are_taken_up() -> None:
    play = Playbook(plan("anna", "boris")).ready("anna", "boris")
    play.synced(found(CallPhase.TALKING, leg(bridged=True)), found(CallPhase.WAITING, call=OTHER, age=60.0))
    play.expect_among(
        facts.CallStarted(play.now - 10, CALL, MAIN, NUMBER, "Ivan", "100"),
        LookUpClient(CALL, NUMBER),
        facts.TalkStarted(play.now, CALL, offer(1), ANNA, LEG),
        facts.CallQueued(play.now, OTHER, QueueId("sales"), 0, play.now - 60, False),
        Ring(MAIN, OTHER, offer(1, OTHER), StationId("aboris"), 20),
    )


def test_a_call_found_ringing_holds_its_agent() -> None:
    play = Playbook(plan("anna")).ready("anna").synced(found(CallPhase.RINGING, leg(bridged=False)))
    assert play.seat("anna").engagement is Engagement.OFFERED
    play.when(*answers())
    assert play.call(CALL).state is CallState.TALKING


# Audits


def test_an_audit_comes_by_itself_and_agreement_says_nothing() -> None:
    play = given("anna").when(arrived(), held(), *rings("anna"), *answers()).wait(29)
    play.expect(commands=[Audit(MAIN)])
    play.synced(found(CallPhase.TALKING, leg(bridged=True))).expect(facts=[], commands=[])
    play.wait(29.9).expect(commands=[])
    play.wait(0.2).expect(commands=[Audit(MAIN)])


def test_one_listing_is_not_believed_and_two_are() -> None:
    play = given("anna", wrap_up_seconds=0).when(arrived(), held(), *rings("anna"), *answers()).wait(10)
    play.synced().expect(facts=[])
    play.wait(2).expect(commands=[Audit(MAIN)])
    play.synced().expect_among(
        healed(play, Healing.CALL_GONE), facts.CallEnded(play.now, CALL, CallOutcome.ANSWERED, 0.0, 12.0)
    )
    play.synced().wait(2).synced()
    assert play.seat("anna").shown is AgentState.READY


def test_a_listing_from_before_the_ring_undoes_nothing() -> None:
    play = given("anna").when(arrived(), held())
    play.synced(found(CallPhase.WAITING)).expect(facts=[])
    play.when(*rings("anna")).wait(2)
    play.synced(found(CallPhase.RINGING, leg(bridged=False))).expect(facts=[])
    assert play.call(CALL).offer is not None


def test_a_lost_hang_up_of_the_agents_leg_strands_nobody() -> None:
    play = given("anna", wrap_up_seconds=0).when(arrived(), held(), *rings("anna"), *answers(), caller_gone())
    assert play.seat("anna").shown is AgentState.TALKING
    play.wait(5).expect_among(Audit(MAIN))
    play.synced().wait(2).expect_among(Audit(MAIN))
    play.synced().expect_among(healed(play, Healing.LEG_GONE, LEG))
    assert play.seat("anna").shown is AgentState.READY
    assert not play.core.floor.calls


def test_a_lost_hold_after_a_failed_ring_is_found() -> None:
    play = (
        given("anna", "boris").when(arrived(), held(), *rings("anna"), LegEnded(MAIN, CALL, LEG, 0)).wait(26)
    )
    play.synced(found(CallPhase.WAITING, attempt=1)).expect(facts=[])
    play.wait(2).synced(found(CallPhase.WAITING, attempt=1)).expect_among(
        Ring(MAIN, CALL, offer(2), StationId("aboris"), 20)
    )


# The fallback queue


def test_a_caller_in_the_fallback_queue_is_fetched_back_in_his_place() -> None:
    play = Playbook(plan("anna")).synced().when(arrived(), held()).wait(3)
    since = play.call(CALL).since
    play.when(CUT).wait(20)
    play.synced(found(CallPhase.FALLBACK), blind_from=START).expect_among(
        facts.CallFellBack(play.now, CALL), Hold(MAIN, CALL)
    )
    play.when(held()).expect_among(facts.CallQueued(play.now, CALL, QueueId("sales"), 0, since, True))


def test_fetching_back_does_not_chase_and_leaves_answered_callers_alone() -> None:
    play = Playbook(plan("anna")).synced().when(arrived(), held())
    play.when(CallFellBack(MAIN, CALL)).expect(commands=[Hold(MAIN, CALL)])
    play.when(held(), CallFellBack(MAIN, CALL)).expect(commands=[])
    play.wait(5).expect(commands=[Audit(MAIN)])
    play.synced(found(CallPhase.FALLBACK, leg(bridged=True))).expect(commands=[])
    play.when(caller_gone()).expect_among(facts.CallEnded(play.now, CALL, CallOutcome.FALLBACK, ANY, 0.0))


def test_what_needs_the_server_is_refused_while_it_is_away() -> None:
    play = given("anna").when(arrived(), held(), CUT)
    play.when(DeclineOffer(ANNA, offer(1))).expect(commands=[], reply=Refused(Refusal.STARTING, ANY))


# Rules that break, and repetition


def test_a_call_on_which_a_rule_breaks_is_taken_out_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    play = given("anna", "boris")
    play.when(arrived(), held(), *rings("anna"))
    with monkeypatch.context() as broken:

        def breaks(*_: object) -> None:
            raise InvariantError("seeded")

        broken.setattr(offers, "verdict", breaks)
        event = RingEnded(MAIN, CALL, LEG, RingOutcome.BUSY)
        with pytest.raises(InvariantError):
            play.core.handle(event, play.now)
        outcome = play.core.quarantine(event, InvariantError("seeded"), play.now)
    assert facts.Quarantined(play.now, CALL, "RingEnded: InvariantError: seeded") in outcome.facts
    assert Audit(MAIN) in outcome.commands
    assert play.seat("anna").engagement is Engagement.FREE
    play.when(LegEnded(MAIN, CALL, LEG, 0), held(attempt=1)).expect(commands=[])
    play.when(arrived(OTHER), held(OTHER), *rings("boris", OTHER, LEG2), *answers(OTHER, LEG2))
    assert play.call(OTHER).state is CallState.TALKING
    play.when(caller_gone()).expect_among(facts.CallEnded(play.now, CALL, CallOutcome.UNKNOWN, ANY, 0.0))
    assert CALL not in play.core.floor.calls


def test_a_rule_that_breaks_in_a_listing_costs_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    play = given("anna").when(arrived(), held(), *rings("anna"), *answers(), arrived(OTHER), held(OTHER), CUT)
    with monkeypatch.context() as broken:

        def breaks(*_: object) -> None:
            raise InvariantError("seeded")

        broken.setattr(talks, "end_call", breaks)
        listing = ServerSynced(
            MAIN, (found(CallPhase.WAITING, call=OTHER),), ((PHONE, StationState.IDLE),), START
        )
        outcome = play.core.handle(listing, play.now)
    assert facts.Quarantined(play.now, CALL, "listing: InvariantError: seeded") in outcome.facts
    assert play.call(OTHER).held
    play.wait(40).synced(found(CallPhase.WAITING, call=OTHER)).wait(2).synced(
        found(CallPhase.WAITING, call=OTHER)
    )
    assert CALL not in play.core.floor.calls
    assert play.call(OTHER).state is CallState.OFFERED


def test_a_rule_that_breaks_on_a_timer_is_not_blamed_on_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    play = given("anna").when(BrowserConnected(ANNA, "tab"), arrived(), held())
    with monkeypatch.context() as broken:

        def breaks(*_: object) -> None:
            raise InvariantError("seeded")

        broken.setattr(offers, "ring", breaks)
        outcome = play.core.handle(arrived(OTHER), play.now + 1)
    assert facts.Quarantined(ANY, CALL, "timer gate: InvariantError: seeded") in outcome.facts
    assert play.seat("anna").engagement is Engagement.FREE
    assert not play.call(OTHER).quarantined


def test_a_timer_that_is_set_again_for_the_same_moment_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else would be handled any more, for anybody."""
    play = given("anna").when(arrived(), held(), *rings("anna"), arrived(OTHER), held(OTHER))
    timers, rung = play.core.desk.timers, 0

    def looks_again(desk: Desk, call: Call) -> None:
        nonlocal rung
        rung += 1
        assert rung < 10_000
        timers.set(TimerKind.LOOK, call.id, desk.now)

    with monkeypatch.context() as broken:
        broken.setattr(flows, "look", looks_again)
        timers.set(TimerKind.LOOK, OTHER, play.now)
        outcome = play.core.handle(Tick(), play.now)
    why = f"timer look: InvariantError: rings without end for {OTHER!r}"
    assert facts.Quarantined(play.now, OTHER, why) in outcome.facts
    assert not timers.is_set(TimerKind.LOOK, OTHER)
    assert outcome.wake_at is not None
    assert outcome.wake_at > play.now
    play.when(*answers())
    assert play.call(CALL).state is CallState.TALKING


def test_the_same_inputs_give_the_same_outcomes() -> None:
    play = given("anna", "boris").when(
        BrowserConnected(ANNA, "tab"), arrived(), held(), arrived(OTHER), held(OTHER)
    )
    play.wait(1).when(*rings("anna"), *answers(), CUT).wait(40)
    play.synced(found(CallPhase.TALKING, leg(bridged=True)), blind_from=play.now - 40).wait(90)
    play.when(SetIntent(ANNA, Intent.PAUSED, "lunch", Author.AGENT), *caller_hangs_up()).wait(90)
    again = Core()
    for at, given_input, outcome in play.log:
        assert again.handle(given_input, at) == outcome
    assert isinstance(play.log[0][1], PlanChanged)
