"""Brings one link's counts to Prometheus: plain numbers on the way of the bytes, flushed once a read."""

from __future__ import annotations

from prometheus_client import Counter

from callcenter.telephony.ami.client import Connection
from callcenter.telephony.ami.frames import FrameCounts, Framer
from callcenter.telephony.ami.inbox import Inbox
from callcenter.telephony.ami.metrics import AmiMetrics
from routing.ids import ServerId


class Meter:
    """The series of one server."""

    def __init__(self, server: ServerId, metrics: AmiMetrics, inbox: Inbox) -> None:
        self._server = server
        self._metrics = metrics
        self._inbox = inbox
        self._framer: Framer | None = None
        self._connection: Connection | None = None
        self._told: dict[str, int] = {}
        self._logins = 0
        classes = ("wanted", "dropped", "unknown", "malformed", "late")
        self._events = {name: metrics.events.labels(server, name) for name in classes}
        faults = ("garbage", "oversized", "broken_text")
        self._faults = {name: metrics.faults.labels(server, name) for name in faults}
        self._lost = metrics.lost.labels(server)
        self._overflows = metrics.overflows.labels(server)
        self._post_errors = metrics.post_errors.labels(server)
        self._reconnects = metrics.reconnects.labels(server)
        self._denied = metrics.denied.labels(server)
        self._skew = metrics.skew.labels(server)
        self._state = metrics.state.labels(server)
        self._depth = metrics.inbox.labels(server)
        self._depth.set_function(lambda: float(inbox.depth))

    def follow(self, framer: Framer, connection: Connection) -> None:
        """Count this connection from now on."""
        self._framer, self._connection = framer, connection
        for key in [*FrameCounts.__slots__, "late"]:
            self._told.pop(key, None)

    def unfollow(self) -> None:
        """The connection ended."""
        self.read()
        self._framer = self._connection = None

    def read(self) -> None:
        """Flush what has changed."""
        framer, connection, inbox = self._framer, self._connection, self._inbox
        if framer is not None and connection is not None:
            counts = framer.counts
            self._flush("wanted", counts.wanted, self._events["wanted"])
            self._flush("dropped", counts.dropped, self._events["dropped"])
            self._flush("unknown", counts.unknown, self._events["unknown"])
            self._flush("garbage", counts.garbage, self._faults["garbage"])
            self._flush("oversized", counts.oversized, self._faults["oversized"])
            self._flush("broken_text", counts.broken_text, self._faults["broken_text"])
            self._flush("late", connection.late, self._events["late"])
        self._flush("malformed", inbox.malformed, self._events["malformed"])
        self._flush("lost", inbox.lost, self._lost)
        self._flush("overflows", inbox.overflows, self._overflows)
        self._flush("post_errors", inbox.post_errors, self._post_errors)

    def _flush(self, key: str, total: int, counter: Counter) -> None:
        told = self._told.get(key, 0)
        if total != told:
            self._told[key] = total
            counter.inc(total - told)

    def action(self, name: str, seconds: float) -> None:
        """An action was answered, or given up, after so long."""
        self._metrics.actions.labels(self._server, name).observe(seconds)

    def failure(self, command: str, how: str) -> None:
        """A command failed."""
        self._metrics.failures.labels(self._server, command, how).inc()

    def denied(self) -> None:
        """A login was refused."""
        self._denied.inc()

    def logged_in(self) -> None:
        """A login; every one after the first is a reconnect."""
        self._reconnects.inc(self._logins > 0)
        self._logins += 1

    def skew(self, seconds: float) -> None:
        """Asterisk's clock less ours."""
        self._skew.set(seconds)

    def state(self, number: int) -> None:
        """The link's state, as the metric numbers it."""
        self._state.set(number)

    def close(self) -> None:
        """The last flush; the depth of a stopped link is 0."""
        self.read()
        self._depth.set_function(lambda: 0.0)
