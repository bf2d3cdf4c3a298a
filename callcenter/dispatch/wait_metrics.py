"""What Prometheus is told of each queue's live rates, and of how wrong the waits were that callers heard."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from callcenter.dispatch.core import Core


class WaitMetrics(Collector):
    """Asks the core's estimates when it is scraped. The rates fade (see ``routing.acd.estimates``), so these
    are gauges of the last half hour or so."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def collect(self) -> Iterable[Metric]:
        """One family a figure, one sample a queue of the plan; no error before a wait was told."""
        desk = self._core.desk
        estimates = desk.rates.estimates
        told = _family("callcenter_waits_told", "Callers answered who had been told their wait, fading")
        bias = _family(
            "callcenter_wait_error_bias_seconds", "Mean of actual wait less the one told, by queue"
        )
        absolute = _family(
            "callcenter_wait_error_absolute_seconds", "Mean distance of actual wait and the one told"
        )
        arrivals = _family("callcenter_queue_arrivals_per_second", "Live rate of calls entering a queue")
        handle = _family("callcenter_queue_handle_seconds", "Live mean of talk and wrap-up")
        patience = _family("callcenter_queue_patience_seconds", "Live mean of callers' patience")
        for queue in desk.floor.queues:
            rates = estimates.rates(queue, desk.now)
            arrivals.add_metric([queue], rates.arrivals)
            handle.add_metric([queue], rates.handle)
            patience.add_metric([queue], rates.patience)
            error = estimates.error(queue, desk.now)
            if error is not None:
                told.add_metric([queue], error.calls)
                bias.add_metric([queue], error.bias)
                absolute.add_metric([queue], error.mean_absolute)
        return (told, bias, absolute, arrivals, handle, patience)


def _family(name: str, meaning: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, labels=["queue"])
