"""What the facts of a house teach: rates, the expected wait, and how wrong it was."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from callcenter.calls.facts import FlowStepTaken, WaitTold
from callcenter.dispatch.wait_metrics import WaitMetrics
from routing.flows.moves import Why
from routing.ids import QueueId
from tests.dispatch.flow_scenes import SALES, done, hold, site
from tests.dispatch.scenes import CALL, LEG2, OTHER, answers, arrived, caller_hangs_up, held, rings
from tests.support.playbook import Playbook, plan


def test_a_conversation_and_its_wrap_up_are_one_handling() -> None:
    play = Playbook(plan("anna", wrap_up_seconds=30)).synced().ready("anna").when(arrived(), held())
    play.when(*rings("anna"), *answers()).wait(100).when(*caller_hangs_up()).wait(30)
    estimates = play.core.desk.rates.estimates
    learned = estimates.rates(QueueId("sales"), play.now)
    untaught = Playbook(plan("anna")).core.desk.rates.estimates.rates(QueueId("sales"), play.now)
    assert 130 < learned.handle < untaught.handle


def test_a_wait_that_was_told_is_held_against_the_one_that_was() -> None:
    play = site("anna")
    play.when(arrived(OTHER, "100"), held(OTHER, dialled="100"), *rings("anna", OTHER), *answers(OTHER))
    play.when(arrived(dialled="300"), hold()).when(*done(1)).when(*done(2, "1")).wait(20)
    (told,) = [fact for entry in play.log for fact in entry[2].facts if isinstance(fact, WaitTold)]
    assert told.expected is not None
    assert told.queue == SALES
    (heard,) = [
        dict(trace.told)
        for entry in play.log
        for fact in entry[2].facts
        if isinstance(fact, FlowStepTaken)
        for trace in fact.trace
        if trace.why is Why.ANNOUNCED
    ]
    assert told.expected == heard["expected"]
    step = play.call(CALL).errands
    play.when(*done(step)).wait(5).when(*caller_hangs_up(OTHER)).wait(30)
    assert play.call(CALL).offer is not None
    play.when(*rings("anna", leg=LEG2), *answers(leg=LEG2))
    error = play.core.desk.rates.estimates.error(SALES, play.now)
    assert error is not None
    assert abs(error.bias - (55 - (20 + told.expected))) < 1e-6


def test_the_figures_are_exported_by_queue() -> None:
    play = Playbook(plan("anna")).synced().ready("anna").when(arrived(), held())
    registry = CollectorRegistry()
    registry.register(WaitMetrics(play.core))
    value = registry.get_sample_value("callcenter_queue_arrivals_per_second", {"queue": "sales"})
    assert value is not None
    assert value > 0
    assert registry.get_sample_value("callcenter_waits_told", {"queue": "sales"}) is None


def test_a_call_known_from_before_a_restart_counts_in_its_queue() -> None:
    rates = Playbook(plan("anna")).core.desk.rates
    rates.waits(CALL, QueueId("sales"), 0.0)
    assert rates.expected_wait(QueueId("sales"), 0, 0, (), 1.0) is None, "nobody could ever take it"
