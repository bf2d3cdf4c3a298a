"""What agents want, their browsers and their phones."""

from __future__ import annotations

from dataclasses import replace

from callcenter.calls import facts
from callcenter.calls.requests import (
    Accepted,
    AgentExplained,
    BrowserConnected,
    BrowserLost,
    CloseWrapUp,
    ExplainAgent,
    Intent,
    Refusal,
    Refused,
    ReportPhone,
    SetIntent,
)
from callcenter.calls.states import AgentState, Author, CallState, OfferOutcome, PhoneProblem
from callcenter.dispatch.inputs import PlanChanged
from callcenter.dispatch.timers import TimerKind
from callcenter.telephony.commands import Audit, Ring
from callcenter.telephony.events import CallPhase, ServerSynced, StationChanged, StationState
from routing.acd.model import RoutingPlan
from routing.ids import AgentId, StationId
from tests.dispatch.remembered import Remembered
from tests.dispatch.scenes import (
    ANNA,
    BORIS,
    CALL,
    LEG,
    OTHER,
    answers,
    arrived,
    caller_hangs_up,
    found,
    held,
    offer,
    rings,
)
from tests.support.playbook import ANY, MAIN, Playbook, plan

PHONE = StationId("aanna")


def changed(
    play: Playbook, state: AgentState, previous: AgentState, reason: str = "", by: Author = Author.AGENT
) -> object:
    return facts.AgentStateChanged(play.now, ANNA, state, previous, reason, by, None)


def given(*agents: str, **queue: int) -> Playbook:
    return Playbook(plan(*agents, **queue)).synced().ready(*agents).wait(1)


def test_agents_start_offline_and_say_who_changed_them() -> None:
    play = Playbook(plan("anna")).synced()
    assert play.seat("anna").shown is AgentState.OFFLINE
    play.when(SetIntent(ANNA, Intent.READY, "", Author.SUPERVISOR)).expect(
        facts=[changed(play, AgentState.READY, AgentState.OFFLINE, by=Author.SUPERVISOR)], reply=Accepted()
    )
    play.when(SetIntent(ANNA, Intent.PAUSED, "", Author.AGENT)).expect(
        facts=[], reply=Refused(Refusal.REASON_MISSING, ANY)
    )
    play.when(SetIntent(AgentId("nobody"), Intent.READY, "", Author.AGENT)).expect(
        reply=Refused(Refusal.UNKNOWN_AGENT, ANY)
    )


def test_a_wish_during_a_conversation_comes_true_after_it() -> None:
    play = given("anna", wrap_up_seconds=5)
    play.when(arrived(), held(), *rings("anna"), *answers())
    play.when(SetIntent(ANNA, Intent.OFFLINE, "", Author.AGENT)).expect(
        facts=[facts.IntentChanged(play.now, ANNA, Intent.OFFLINE, "", Author.AGENT)], reply=Accepted()
    )
    play.when(SetIntent(ANNA, Intent.OFFLINE, "", Author.AGENT)).expect(facts=[], reply=Accepted())
    play.when(*caller_hangs_up())
    assert play.seat("anna").shown is AgentState.WRAP_UP
    play.wait(5).expect(facts=[changed(play, AgentState.OFFLINE, AgentState.WRAP_UP)])


def test_who_wishes_a_pause_while_talking_still_counts_against_the_most_at_once() -> None:
    play = Playbook(plan("anna", "boris", most_at_once=1, wrap_up_seconds=0)).synced().ready("anna")
    play.when(arrived(), held(), *rings("anna"), *answers())
    play.when(SetIntent(ANNA, Intent.PAUSED, "lunch", Author.AGENT)).ready("boris")
    play.when(arrived(OTHER), held(OTHER)).wait(60)
    assert play.call(OTHER).state is CallState.WAITING
    play.when(*caller_hangs_up())
    assert play.call(OTHER).offer is not None


def test_a_wish_made_while_talking_outlives_the_server() -> None:
    play, history = given("anna", wrap_up_seconds=5), Remembered()
    play.when(arrived(), held(), *rings("anna"), *answers())
    play.when(SetIntent(ANNA, Intent.PAUSED, "lunch", Author.SUPERVISOR))
    for _, _, outcome in play.log:
        for fact in outcome.facts:
            history.note(fact)
    after = Playbook(plan("anna", wrap_up_seconds=5)).when(history.restored()).expect(facts=[])
    assert (after.seat("anna").intent, after.seat("anna").reason) == (Intent.PAUSED, "lunch")
    assert after.seat("anna").shown is AgentState.TALKING
    after.synced()  # the call is gone, and with it what held the agent
    after.wait(5)
    assert (after.seat("anna").shown, after.seat("anna").shown_reason) == (AgentState.PAUSED, "lunch")
    assert any(
        isinstance(fact, facts.AgentStateChanged) and fact.by is Author.SUPERVISOR
        for _, _, outcome in after.log
        for fact in outcome.facts
    )


def test_a_wish_during_an_offer_does_not_withdraw_it() -> None:
    play = given("anna")
    play.when(
        arrived(), held(), SetIntent(ANNA, Intent.PAUSED, "lunch", Author.AGENT), *rings("anna"), *answers()
    )
    assert play.call(CALL).state is CallState.TALKING


def test_the_longest_idle_agent_is_chosen() -> None:
    play = Playbook(plan("anna", "boris")).synced().ready("boris").wait(5).ready("anna").wait(5)
    play.when(arrived(), held()).expect_among(
        facts.OfferMade(play.now, CALL, offer(1), ANY, BORIS, StationId("aboris"), 0.0, 0.0, 10.0, ANY)
    )


# Browsers


def test_a_lost_browser_has_its_grace_and_the_agent_returns_with_it() -> None:
    play = given("anna")
    play.when(BrowserConnected(ANNA, "one")).expect(facts=[facts.BrowserChanged(play.now, ANNA, True)])
    play.when(BrowserConnected(ANNA, "two"), BrowserLost(ANNA, "one")).expect(facts=[])
    play.when(BrowserLost(ANNA, "two")).expect(facts=[facts.BrowserChanged(play.now, ANNA, False)])
    play.wait(19.9).expect(facts=[])
    play.wait(0.2)
    assert (play.seat("anna").shown, play.seat("anna").shown_reason) == (AgentState.PAUSED, "browser_lost")
    play.when(arrived(), held())
    assert play.call(CALL).state is CallState.WAITING
    play.when(BrowserConnected(ANNA, "three")).expect_among(
        changed(play, AgentState.READY, AgentState.PAUSED, by=Author.SYSTEM)
    )
    assert play.call(CALL).state is CallState.OFFERED


def test_a_pause_of_ones_own_is_not_lifted_by_a_browser() -> None:
    play = given("anna").when(BrowserConnected(ANNA, "one"), BrowserLost(ANNA, "one")).wait(21)
    play.when(SetIntent(ANNA, Intent.PAUSED, "lunch", Author.SUPERVISOR), BrowserConnected(ANNA, "two"))
    assert (play.seat("anna").shown, play.seat("anna").shown_reason) == (AgentState.PAUSED, "lunch")


def test_the_browser_may_go_while_one_talks() -> None:
    play = given("anna", wrap_up_seconds=5).when(BrowserConnected(ANNA, "one"))
    play.when(arrived(), held()).wait(0.2)
    play.when(*rings("anna"), *answers(), BrowserLost(ANNA, "one")).wait(20)
    play.expect(
        facts=[facts.IntentChanged(play.now, ANNA, Intent.PAUSED, "browser_lost", Author.SYSTEM)]
    ).wait(10).expect(facts=[])
    play.when(*caller_hangs_up(), CloseWrapUp(ANNA, CALL, "sold", ""))
    assert play.seat("anna").shown_reason == "browser_lost"


def test_a_browser_that_is_not_heard_of_again_is_lost() -> None:
    play = given("anna").when(BrowserConnected(ANNA, "dead/one"))
    play.wait(29.9).expect(facts=[])
    play.wait(0.1).expect(facts=[facts.BrowserChanged(play.now, ANNA, False)])
    play.wait(20)
    assert play.seat("anna").shown_reason == "browser_lost"
    play.when(arrived(), held())
    assert play.call(CALL).state is CallState.WAITING
    play.when(BrowserConnected(ANNA, "other/two")).expect_among(
        facts.BrowserChanged(play.now, ANNA, True),
        changed(play, AgentState.READY, AgentState.PAUSED, by=Author.SYSTEM),
    )
    assert play.call(CALL).offer is not None


def test_a_browser_that_is_heard_of_again_stays_without_a_word() -> None:
    play = given("anna").when(BrowserConnected(ANNA, "tab"))
    for _ in range(20):
        play.wait(10).expect(facts=[])
        play.when(BrowserConnected(ANNA, "tab")).expect(facts=[], commands=[], reply=Accepted())
        assert play.last.changed == ()
    play.when(arrived(), held()).expect_among(
        facts.OfferMade(
            play.now, CALL, offer(1), ANY, ANNA, PHONE, play.core.desk.options.pop_gate, 0.0, ANY, ANY
        )
    )
    play.when(BrowserLost(ANNA, "tab")).expect(facts=[facts.BrowserChanged(play.now, ANNA, False)])
    assert not play.core.desk.timers.is_set(TimerKind.LEASE, ANNA)


def test_the_tab_of_a_dead_node_does_not_outlive_its_lease_beside_another() -> None:
    play = given("anna").when(BrowserConnected(ANNA, "dead/one")).wait(5)
    for _ in range(4):
        play.when(BrowserConnected(ANNA, "other/two")).wait(10).expect(facts=[])
    assert list(play.seat("anna").browsers) == ["other/two"]
    play.when(BrowserLost(ANNA, "other/two")).expect(facts=[facts.BrowserChanged(play.now, ANNA, False)])


def test_a_wish_of_ones_own_while_the_socket_reconnects_keeps_the_grace() -> None:
    play = given("anna").when(BrowserConnected(ANNA, "tab"), BrowserLost(ANNA, "tab")).wait(5)
    play.when(SetIntent(ANNA, Intent.PAUSED, "tea", Author.AGENT))
    play.when(SetIntent(ANNA, Intent.READY, "", Author.AGENT)).wait(15)
    assert play.seat("anna").shown_reason == "browser_lost"
    play.when(SetIntent(ANNA, Intent.READY, "", Author.AGENT)).wait(60)  # by desk phone from now on
    assert play.seat("anna").shown is AgentState.READY
    play = given("anna").when(BrowserConnected(ANNA, "tab"), BrowserLost(ANNA, "tab")).wait(5)
    play.when(SetIntent(ANNA, Intent.READY, "", Author.SUPERVISOR)).wait(60)
    assert play.seat("anna").shown is AgentState.READY


# Phones


def test_an_unregistered_phone_is_not_rung() -> None:
    play = given("anna").when(StationChanged(MAIN, PHONE, StationState.UNAVAILABLE), arrived(), held())
    assert play.call(CALL).state is CallState.WAITING
    play.when(StationChanged(MAIN, PHONE, StationState.IDLE)).expect_among(
        Ring(MAIN, CALL, offer(1), PHONE, 20)
    )


def test_a_foreign_call_keeps_the_phone_and_ones_own_does_not() -> None:
    play = given("anna", wrap_up_seconds=0)
    play.when(StationChanged(MAIN, PHONE, StationState.BUSY), arrived(), held())
    assert play.call(CALL).state is CallState.WAITING
    play.when(StationChanged(MAIN, PHONE, StationState.IDLE), *rings("anna"))
    play.when(StationChanged(MAIN, PHONE, StationState.RINGING), *answers())
    play.when(StationChanged(MAIN, PHONE, StationState.BUSY), *caller_hangs_up(), arrived(OTHER), held(OTHER))
    assert play.call(OTHER).state is CallState.OFFERED  # before the report that the phone is idle


def busy_listing(*on_phone: StationId) -> ServerSynced:
    return ServerSynced(MAIN, (), ((PHONE, StationState.BUSY),), None, frozenset(on_phone))


def test_a_busy_state_stuck_after_ones_own_call_is_found_out() -> None:
    """Seen on a real Asterisk when the caller's BYE and the agent's 200 crossed: no idle followed."""
    play = given("anna", wrap_up_seconds=0).when(arrived(), held(), *rings("anna"), *answers())
    play.when(*caller_hangs_up(), StationChanged(MAIN, PHONE, StationState.BUSY), arrived(OTHER), held(OTHER))
    assert play.call(OTHER).state is CallState.WAITING
    play.wait(1.9).expect(commands=[]).wait(0.1).expect(commands=[Audit(MAIN)])
    waiting = found(CallPhase.WAITING, call=OTHER)
    play.when(replace(busy_listing(PHONE), calls=(waiting,)))
    assert play.call(OTHER).state is CallState.WAITING  # somebody else's call, as the listing shows
    play.when(replace(busy_listing(), calls=(waiting,)))
    assert play.call(OTHER).state is CallState.OFFERED


def test_a_phone_that_just_got_busy_is_left_alone_by_a_listing() -> None:
    play = given("anna").when(busy_listing(), arrived(), held())
    assert play.call(CALL).state is CallState.WAITING


def test_a_phone_lost_behind_the_gate_takes_the_offer_back() -> None:
    play = given("anna", "boris").when(BrowserConnected(ANNA, "tab"))
    play.when(arrived(), held(), StationChanged(MAIN, PHONE, StationState.UNAVAILABLE)).expect_among(
        facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.WITHDRAWN),
        Ring(MAIN, CALL, offer(2), StationId("aboris"), 20),
    )


def test_a_phone_that_no_listing_names_is_not_there() -> None:
    play = Playbook(plan("anna")).ready("anna")
    play._stations = ()
    play.synced().when(arrived(), held())
    assert play.call(CALL).state is CallState.WAITING


# The plan


def test_a_new_plan_ends_no_call() -> None:
    play = given("anna", "boris")
    play.when(arrived(), held(), *rings("anna"), *answers())
    play.when(PlanChanged(plan("boris"))).wait(1)
    assert play.call(CALL).state is CallState.TALKING
    play.when(*caller_hangs_up()).wait(60)
    assert ANNA not in play.core.floor.seats
    assert not play.core.floor.legs
    assert LEG not in play.core.floor.legs


def test_calls_of_a_removed_queue_wait_on_in_the_default_one() -> None:
    from routing.acd.model import Queue
    from routing.ids import QueueId

    queues = (Queue(QueueId("sales"), "Sales", ("100",)), Queue(QueueId("help"), "Help", ("200",)))
    play = Playbook(plan("anna", queues=queues)).synced()
    play.when(arrived(dialled="200"), held(dialled="200")).wait(5)
    new = plan("anna")
    play.when(PlanChanged(RoutingPlan(new.queues, new.agents, new.default_queue))).expect_among(
        facts.CallQueued(play.now, CALL, QueueId("sales"), 0, play.now - 5, False)
    )
    play.ready("anna")
    assert play.call(CALL).state is CallState.OFFERED


def test_a_phone_in_trouble_gets_no_call_until_it_is_well() -> None:
    play = given("anna").when(BrowserConnected(ANNA, "tab"))
    denied = ReportPhone(ANNA, "tab", PhoneProblem.MICROPHONE_DENIED)
    play.when(denied).expect(facts=[], commands=[], reply=Accepted())
    play.when(arrived(), held())
    assert play.call(CALL).state is CallState.WAITING
    assert play.seat("anna").shown is AgentState.READY
    play.when(ExplainAgent(ANNA))
    assert isinstance(play.last.reply, AgentExplained)
    assert "phone_microphone_denied" in str(play.last.reply.explanation)
    play.when(denied).expect(facts=[], commands=[], reply=Accepted())
    assert play.last.changed == ()
    play.when(ReportPhone(ANNA, "tab", None))
    assert play.call(CALL).state is CallState.OFFERED


def test_what_a_phone_said_goes_with_its_browser() -> None:
    play = given("anna").when(BrowserConnected(ANNA, "one"), BrowserConnected(ANNA, "two"))
    play.when(ReportPhone(ANNA, "one", PhoneProblem.UNREACHABLE), arrived(), held())
    assert play.call(CALL).state is CallState.WAITING
    play.when(BrowserLost(ANNA, "one"))
    assert play.seat("anna").phone is None
    assert play.call(CALL).state is CallState.OFFERED


def test_only_a_connected_browser_has_a_phone() -> None:
    play = given("anna")
    play.when(ReportPhone(ANNA, "gone", PhoneProblem.REFUSED)).expect(
        facts=[], reply=Refused(Refusal.NOT_ALLOWED_NOW, ANY)
    )
    play.when(ReportPhone(AgentId("nobody"), "tab", None)).expect(reply=Refused(Refusal.UNKNOWN_AGENT, ANY))
