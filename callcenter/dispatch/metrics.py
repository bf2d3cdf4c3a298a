"""What the runner tells Prometheus. Counted from facts, so that a replay counts the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from callcenter.calls.entities import Promise
from callcenter.calls.facts import (
    CallbackEnded,
    CallbackTried,
    CallEnded,
    CallerGaveUp,
    CallerReached,
    Fact,
    Healed,
    OfferEnded,
    OfferMade,
    Quarantined,
    RingSent,
)
from callcenter.calls.intercom_facts import IntercomEnded
from callcenter.calls.states import CallbackState
from callcenter.dispatch.core import Core
from callcenter.dispatch.wait_metrics import WaitMetrics
from routing.ids import CallbackId, OfferId

_HANDLE = (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25)
_LEAD = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0)


def _in_state(promises: Mapping[CallbackId, Promise], state: CallbackState) -> int:
    return sum(promise.state is state for promise in promises.values())


class RunnerMetrics:
    """``depth`` and the core's figures are asked when Prometheus scrapes. One instance for a registry."""

    def __init__(self, registry: CollectorRegistry, depth: Callable[[], float], core: Core) -> None:
        self.handle = Histogram(
            "callcenter_core_handle_seconds",
            "Time of one input in the core",
            buckets=_HANDLE,
            registry=registry,
        )
        self.dropped = Counter(
            "callcenter_inbox_dropped",
            "Telephony events dropped at a full inbox",
            ["server"],
            registry=registry,
        )
        self.refused = Counter(
            "callcenter_requests_refused", "Requests refused, by reason", ["refusal"], registry=registry
        )
        self.look_ups = Counter(
            "callcenter_client_look_ups", "Look-ups of callers, by result", ["result"], registry=registry
        )
        self._lead = Histogram(
            "callcenter_pop_lead_seconds",
            "From the card's paint to the order to ring the phone",
            buckets=_LEAD,
            registry=registry,
        )
        self._gate = Counter(
            "callcenter_pop_gate",
            "How the wait for the card ended: painted, timeout, no_browser",
            ["outcome"],
            registry=registry,
        )
        self._offers = Counter(
            "callcenter_offers", "Offers ended, by outcome", ["outcome"], registry=registry
        )
        self._calls = Counter("callcenter_calls", "Calls ended, by outcome", ["outcome"], registry=registry)
        self._intercoms = Counter(
            "callcenter_internal_calls",
            "Calls between two agents that are over, by outcome",
            ["outcome"],
            registry=registry,
        )
        self._healed = Counter(
            "callcenter_healed", "Differences with Asterisk set right, by kind", ["what"], registry=registry
        )
        self._quarantined = Counter(
            "callcenter_quarantined", "Inputs on which a rule of ours broke", registry=registry
        )
        inbox = Gauge("callcenter_inbox_depth", "Inputs waiting for the core", registry=registry)
        inbox.set_function(depth)
        live = Gauge("callcenter_live_calls", "Calls on the floor", registry=registry)
        live.set_function(lambda: len(core.floor.calls))
        self._attempts = Counter(
            "callcenter_callback_attempts", "Clients dialled, by outcome", ["outcome"], registry=registry
        )
        self._promises = Counter(
            "callcenter_callbacks", "Callbacks that are over, by reason", ["reason"], registry=registry
        )
        self._gave_up = Counter(
            "callcenter_callers_gave_up", "Callers put on the list to call back", registry=registry
        )
        self.prompts_missing = Counter(
            "callcenter_prompts_passed_over",
            "Prompts that Asterisk did not find while a caller listened",
            ["prompt"],
            registry=registry,
        )
        self._reached = Counter(
            "callcenter_callers_reached",
            "Callers who left that list by themselves",
            ["how"],
            registry=registry,
        )
        promises = core.desk.book.promises
        still = Gauge("callcenter_callbacks_open", "Callbacks, by state", ["state"], registry=registry)
        for state in CallbackState:
            if state is not CallbackState.CLOSED:
                still.labels(state.value).set_function(partial(_in_state, promises, state))
        drift = Gauge(
            "callcenter_callbacks_adopted",
            "Callbacks found in the database in this term that the router had not heard of",
            registry=registry,
        )
        drift.set_function(lambda: core.desk.book.adopted)
        late = Gauge(
            "callcenter_callbacks_late_seconds",
            "How long the callback that waits the longest for its turn could have been dialled",
            registry=registry,
        )
        late.set_function(
            lambda: max(
                (
                    core.desk.now - one.callback.next_at
                    for one in promises.values()
                    if one.state is CallbackState.IN_LINE
                ),
                default=0.0,
            )
        )
        self._gates: dict[OfferId, float] = {}
        registry.register(WaitMetrics(core))

    def count(self, fact: Fact) -> None:
        """Take note of a fact, as far as a figure lives on it."""
        if isinstance(fact, OfferMade):
            self._gates[fact.offer] = fact.gate
        elif isinstance(fact, RingSent):
            gate = self._gates.get(fact.offer, 0.0)
            self._gate.labels("painted" if fact.painted else "timeout" if gate > 0 else "no_browser").inc()
            if fact.lead is not None:
                self._lead.observe(fact.lead)
        elif isinstance(fact, OfferEnded):
            self._gates.pop(fact.offer, None)
            self._offers.labels(fact.outcome.value).inc()
        elif isinstance(fact, CallEnded):
            self._calls.labels(fact.outcome.value).inc()
        elif isinstance(fact, IntercomEnded):
            self._intercoms.labels(fact.outcome.value).inc()
        elif isinstance(fact, Healed):
            self._healed.labels(fact.what.value).inc()
        elif isinstance(fact, CallbackTried):
            self._attempts.labels(fact.outcome.value).inc()
        elif isinstance(fact, CallbackEnded):
            self._promises.labels(fact.reason.value).inc()
        elif isinstance(fact, CallerGaveUp):
            self._gave_up.inc()
        elif isinstance(fact, CallerReached):
            self._reached.labels(fact.how.value).inc()
        elif isinstance(fact, Quarantined):
            self._quarantined.inc()
