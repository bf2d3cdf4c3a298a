"""What is counted for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from callcenter.calls.intercom_facts import IntercomEnded
from callcenter.calls.intercoms import IntercomOutcome
from callcenter.dispatch.core import Core
from callcenter.dispatch.metrics import RunnerMetrics
from routing.ids import IntercomId
from tests.dispatch.scenes import ANNA, BORIS


def test_internal_calls_are_counted_by_how_they_ended() -> None:
    registry = CollectorRegistry()
    metrics = RunnerMetrics(registry, lambda: 0, Core())
    for number, outcome in enumerate(("answered", "answered", "declined")):
        intercom = IntercomId(f"main:intercom-{number}")
        metrics.count(IntercomEnded(10.0, intercom, ANNA, BORIS, IntercomOutcome(outcome), 0.0))
    counted = [
        registry.get_sample_value("callcenter_internal_calls_total", {"outcome": outcome.value})
        for outcome in (IntercomOutcome.ANSWERED, IntercomOutcome.DECLINED, IntercomOutcome.NO_ANSWER)
    ]
    assert counted == [2, 1, None]
    assert registry.get_sample_value("callcenter_calls_total", {"outcome": "answered"}) is None
