"""What the AMI links count, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class AmiMetrics:
    """One for all links of a process; every series has the label ``server``."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"callcenter_ami_{name}", text, ["server", *labels], registry=registry)

        def gauge(name: str, text: str) -> Gauge:
            return Gauge(f"callcenter_ami_{name}", text, ["server"], registry=registry)

        self.events = counter(
            "events",
            "AMI events by class: wanted, dropped (known, not for us), unknown, malformed (of the wanted), "
            "late (of a list that was given up)",
            "class",
        )
        self.faults = counter(
            "stream_faults",
            "Frames that could not be read as they should: garbage, oversized, broken_text",
            "fault",
        )
        self.lost = counter("lost_frames", "Frames dropped while or because a resync was due; one follows")
        self.overflows = counter("inbox_overflows", "Times the inbox was full")
        self.post_errors = counter("post_errors", "Events that their consumer raised at")
        self.reconnects = counter("reconnects", "Logins after the first one")
        self.denied = counter("logins_denied", "Logins that were refused")
        self.failures = counter(
            "commands_failed", "Commands that failed, by how: refused, timed_out, link_down", "command", "how"
        )
        self.inbox = gauge("inbox_depth", "Frames and events that wait to be posted")
        self.state = gauge(
            "link_state", "0 stopped, 1 backing off, 2 connecting, 3 denied, 4 syncing, 5 serving"
        )
        self.skew = gauge("clock_skew_seconds", "Asterisk's clock less ours, within a second")
        self.actions = Histogram(
            "callcenter_ami_action_seconds",
            "From an action's writing to the end of its answer; Listing is both lists of a resync",
            ["server", "action"],
            buckets=_SECONDS,
            registry=registry,
        )
