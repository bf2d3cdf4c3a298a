"""Why a call waits, why an agent gets nothing, and what an offer's fact keeps of it."""

from __future__ import annotations

import json

import pytest

from callcenter.calls import codec
from callcenter.calls.callers import KnownAgent
from callcenter.calls.facts import WHY_LENGTH, Fact, FlowStepTaken, OfferMade
from callcenter.calls.requests import (
    AgentExplained,
    CallExplained,
    ExplainAgent,
    ExplainCall,
    Refusal,
    Refused,
    Reply,
    SetIntent,
)
from callcenter.calls.restored import Restored, RestoredCall
from callcenter.calls.states import AgentState, Author, CallState, Intent
from callcenter.dispatch.inputs import ClientFound
from callcenter.dispatch.options import CoreOptions
from callcenter.dispatch.why import in_short
from callcenter.telephony.events import CallPhase
from routing.acd.explain import Considered, Excluded, Idle, WaitsFor, Why
from routing.acd.model import RoutingPlan, ValueClass
from routing.acd.queue import Tie
from routing.acd.scoring import Score
from routing.ids import AgentId, CallId, ClientId, QueueId
from tests.dispatch.flow_scenes import done, hold, site
from tests.dispatch.scenes import (
    ANNA,
    BORIS,
    CALL,
    NUMBER,
    OTHER,
    answers,
    arrived,
    caller_hangs_up,
    found,
    held,
    rings,
)
from tests.support.playbook import ANY, MAIN, START, Playbook, plan

SCORE = Score(0.3, 0.0, 0.0, 1.0, 0.0, 0.0, 0.1)


def asked(play: Playbook, call: CallId = CALL) -> CallExplained:
    reply = play.when(ExplainCall(call)).last.reply
    assert isinstance(reply, CallExplained)
    return reply


def test_a_call_waits_for_somebody_who_is_signed_in() -> None:
    play = Playbook(plan("anna")).synced().when(arrived(), held())
    told = asked(play)
    assert (told.state, told.explanation.waits_for) == (CallState.WAITING, WaitsFor.NOBODY_SIGNED_IN)


def test_a_call_waits_behind_another_while_all_are_busy() -> None:
    play = Playbook(plan("anna")).synced().ready("anna").when(arrived(), held())
    play.when(arrived(OTHER), held(OTHER)).wait(3)
    told = asked(play, OTHER)
    assert told.explanation.waits_for is WaitsFor.ALL_BUSY
    assert told.explanation.waited == 3
    assert told.explanation.excluded == ((Excluded.BUSY, 1),)


def test_a_call_that_is_rung_says_so() -> None:
    told = asked(Playbook(plan("anna")).synced().ready("anna").when(arrived(), held()))
    assert (told.state, told.agent) == (CallState.OFFERED, ANNA)


def test_a_call_in_its_flow_names_the_step() -> None:
    told = asked(site().when(arrived(dialled="300"), hold()).when(*done(1)))
    assert (told.state, told.flow, told.step) == (CallState.FLOW, "main", "menu")


def test_nobody_is_refused_in_words() -> None:
    play = Playbook(plan("anna"))
    play.when(ExplainCall(CALL)).expect(reply=Refused(Refusal.UNKNOWN_CALL, ANY))
    play.when(ExplainAgent(AgentId("nobody"))).expect(reply=Refused(Refusal.UNKNOWN_AGENT, ANY))


@pytest.mark.parametrize(
    ("intent", "reason", "word"), [(Intent.PAUSED, "lunch", "paused lunch"), (Intent.OFFLINE, "", "offline")]
)
def test_an_agent_who_is_away_is_told_so(intent: Intent, reason: str, word: str) -> None:
    play = Playbook(plan("anna")).synced().ready("anna")
    play.when(SetIntent(ANNA, intent, reason, Author.AGENT))
    reply = play.when(ExplainAgent(ANNA)).last.reply
    assert isinstance(reply, AgentExplained)
    assert reply.state is AgentState(intent.value)
    (first, *_) = reply.explanation.reasons
    assert first.code is Idle.ABSENT
    assert intent is Intent.OFFLINE or first.detail == word


def test_an_offer_keeps_why_and_asking_changes_nothing() -> None:
    play = Playbook(plan("anna", "boris")).synced().ready("anna", "boris").wait(1)
    play.when(arrived(), held())
    (made,) = [fact for fact in play.last.facts if isinstance(fact, OfferMade)]
    said = json.loads(made.why)
    assert said["next"] == [{"agent": BORIS, "total": 0.0}]
    play.when(ExplainCall(CALL), ExplainAgent(ANNA), ExplainAgent(BORIS)).expect(facts=[], commands=[])


def test_the_reason_stays_within_its_bound() -> None:
    names = [AgentId("x" * 300), AgentId("y" * 300), AgentId("z" * 300), AgentId("a")]
    others = tuple(Considered(name, 1.0, SCORE) for name in names)
    text = in_short(Why(SCORE, 1.0, False, others, ((Excluded.BUSY, 3),)))
    assert len(text) <= WHY_LENGTH
    assert json.loads(text) == {
        "score": {"total": 0.2, "need": 0.3, "spare": 0.1},
        "overdue": False,
        "excluded": {"busy": 3},
        "next": [{"agent": name, "total": 0.2, "terms": {"spare": 0.1}} for name in names[:2]],
    }


def test_of_a_runner_up_the_terms_are_kept_that_agents_differ_in() -> None:
    score = Score(0.3, 0.0, 0.0, 2.0, 0.05, 0.0, 0.1)
    other = Considered(BORIS, 1.0, score, Excluded.RESERVED, QueueId("vip"))
    said = json.loads(in_short(Why(SCORE, 1.0, False, (other,), ())))
    terms = {"weight": 2.0, "skill": 0.05, "spare": 0.1}
    assert said["next"] == [
        {"agent": BORIS, "total": 0.55, "terms": terms, "excluded": "reserved", "kept_for": "vip"}
    ]


def test_what_is_told_crosses_to_another_node_and_into_the_ledger() -> None:
    play = Playbook(plan("anna")).synced().ready("anna").when(arrived(), held())
    play.when(arrived(OTHER), held(OTHER))
    for reply in (asked(play, OTHER), play.when(ExplainAgent(ANNA)).last.reply):
        data = json.loads(json.dumps(codec.encode(reply)))
        assert codec.decode(Reply, data) == reply
    flow = site("anna").when(arrived(dialled="300"), hold()).when(*done(1)).when(*done(2, "1"))
    facts = [fact for entry in flow.log for fact in entry[2].facts]
    assert any(isinstance(fact, FlowStepTaken) for fact in facts)
    for fact in facts:
        assert codec.decode(Fact, json.loads(json.dumps(codec.encode(fact)))) == fact


# What routing is told of the client


def known(patience: int) -> Playbook:
    """Anna is idle longer; Boris spoke with this client."""
    routing = plan("anna", "boris", preferred_patience=patience)
    return Playbook(routing).synced().ready("anna").wait(5).ready("boris").wait(5)


def spoke_with(agent: AgentId) -> ClientFound:
    return ClientFound(CALL, ClientId(7), 1, "vip", (KnownAgent(agent, Tie.LAST_SPOKEN),))


def test_a_queue_with_patience_waits_a_moment_for_the_look_up_and_asks_the_agent_he_knows() -> None:
    play = known(20).when(arrived(), held())
    assert play.call(CALL).unready
    play.when(spoke_with(BORIS))
    assert play.call(CALL).offer.agent == BORIS  # type: ignore[union-attr]
    (made,) = [fact for fact in play.last.facts if isinstance(fact, OfferMade)]
    assert json.loads(made.why)["tie"] == "last_spoken"


def test_a_call_waits_a_moment_for_its_card_whatever_the_queue() -> None:
    """Shown to nobody and no place lost: the offer and its card are one message then."""
    play = Playbook(plan("anna", "boris"), CoreOptions(first_look=0.05)).synced().ready("anna", "boris")
    play.seat("anna").browsers["a tab"] = play.now
    play.when(arrived(), held())
    assert play.call(CALL).unready
    assert play.call(CALL).offer is None
    play.when(ClientFound(CALL, None, 0))
    assert play.call(CALL).offer is not None
    play.when(arrived(OTHER), held(OTHER)).wait(0.04)
    assert play.call(OTHER).offer is None
    play.wait(0.02)  # a look-up that is late holds nobody up
    assert play.call(OTHER).offer is not None


def test_where_nobody_has_a_screen_no_card_is_waited_for() -> None:
    play = Playbook(plan("anna"), CoreOptions(first_look=0.05)).synced().ready("anna")
    play.when(arrived(), held())
    assert play.call(CALL).offer is not None


def test_a_call_kept_for_somebody_says_what_binds_the_client_to_him() -> None:
    play = known(20).when(arrived(), held()).when(spoke_with(BORIS))
    play.when(arrived(OTHER), held(OTHER))
    owner = KnownAgent(BORIS, Tie.ACCOUNT_OWNER)
    play.when(ClientFound(OTHER, ClientId(8), 1, "", (owner,)))
    told = asked(play, OTHER).explanation
    assert (told.waits_for, told.agents) == (WaitsFor.PREFERRED, (BORIS,))
    assert {one.agent: one.tie for one in told.candidates} == {ANNA: None, BORIS: Tie.ACCOUNT_OWNER}


def test_a_look_up_that_is_late_keeps_nobody_waiting() -> None:
    play = known(20).when(arrived(), held()).wait(0.31)
    assert play.call(CALL).offer.agent == ANNA  # type: ignore[union-attr]


def test_without_patience_nobody_waits_for_a_look_up() -> None:
    play = known(0).when(arrived(), held())
    assert play.call(CALL).offer.agent == ANNA  # type: ignore[union-attr]


def test_a_busy_agent_is_waited_for_as_long_as_the_queue_says() -> None:
    play = known(20)
    play.when(SetIntent(ANNA, Intent.PAUSED, "x", Author.AGENT))
    play.when(arrived(OTHER), held(OTHER)).wait(0.4)  # Boris is rung for another
    play.ready("anna").when(arrived(), held(), spoke_with(BORIS))
    assert asked(play).explanation.waits_for is WaitsFor.PREFERRED
    play.wait(20)
    assert play.call(CALL).offer.agent == ANNA  # type: ignore[union-attr]


def test_the_value_class_of_the_client_is_what_the_engine_weighs() -> None:
    play = Playbook(vips("anna")).synced().when(arrived(), held(), spoke_with(ANNA))
    line = play.core.desk.engine._lines.calls[CALL]
    assert (line.value, line.preferred[0].agent) == (5.0, ANNA)


def vips(*agents: str, **options: int) -> RoutingPlan:
    base = plan(*agents, **options)
    return RoutingPlan(base.queues, base.agents, base.default_queue, values=(ValueClass("vip", "VIP", 5.0),))


def test_a_value_class_that_comes_late_ranks_the_waiting_call_anew_at_once() -> None:
    first = CallId("main:1.9")
    play = Playbook(vips("anna", wrap_up_seconds=0)).synced().ready("anna")
    play.when(arrived(first), held(first), *rings("anna", first), *answers(first))
    play.wait(130)  # the rates are known
    play.when(arrived(OTHER), held(OTHER)).wait(1)
    play.when(arrived(), held()).wait(1)
    play.when(ClientFound(CALL, ClientId(7), 1, "vip"), *caller_hangs_up(first))
    assert play.call(CALL).offer is not None
    assert play.call(OTHER).offer is None


@pytest.mark.parametrize(("client", "value"), [(7, 5.0), (8, 1.0)])
def test_after_a_restart_the_client_known_before_has_his_worth_again(client: int, value: float) -> None:
    known = RestoredCall(
        CALL, MAIN, NUMBER, "Ivan", "100", ClientId(7), QueueId("sales"), 0, START - 50, START - 50, (), 0,
        None, None, None,
    )  # fmt: skip
    play = Playbook(vips("anna")).when(Restored((), (known,), START - 5)).synced(found(CallPhase.WAITING))
    play.when(ClientFound(CALL, ClientId(client), 1, "vip")).expect(facts=[])
    assert play.core.desk.engine._lines.calls[CALL].value == value
    assert play.call(CALL).client == 7
