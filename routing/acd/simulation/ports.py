"""What a simulated world is connected to: the router under trial, who learns from it, who watches it."""

from __future__ import annotations

from typing import Protocol

from routing.acd.decisions import Decisions
from routing.acd.queue import Pool, WaitingCall
from routing.ids import AgentId, CallId, QueueId


class Router(Protocol):
    """What is simulated: ``routing.acd.simulation.product.Product``, or another rule to compare with."""

    def wait(self, call: WaitingCall, now: float) -> None: ...
    def leave(self, call: CallId) -> None: ...
    def place(
        self, agent: AgentId, pools: tuple[Pool, ...], idle_since: float | None, *, now: float
    ) -> None: ...
    def decide(self, now: float) -> Decisions: ...


class Learner(Protocol):
    """Told what happens to calls, as ``routing.acd.estimates.Estimates`` is, to learn rates from it.
    ``expects`` is how long a call that now stands last in the queue will wait from now on; ``None`` when
    that can't be told."""

    def arrived(self, queue: QueueId, now: float) -> None: ...
    def answered(self, queue: QueueId, waited: float, now: float, announced: float | None) -> None: ...
    def abandoned(self, queue: QueueId, waited: float, now: float) -> None: ...
    def handled(self, queue: QueueId, seconds: float, now: float) -> None: ...
    def expects(self, queue: QueueId, now: float) -> float | None: ...


class Watch(Protocol):
    """Told of each change right after the engine was, and of the end of each moment. ``agent`` is his place
    in ``Tally.agents``, ``kind`` the type's index."""

    def arrived(self, now: float, kind: int) -> None: ...
    def left(self, now: float, kind: int) -> None: ...
    def began(self, now: float, kind: int, agent: int) -> None: ...
    def ended(self, now: float, kind: int, agent: int) -> None: ...
    def settled(self, now: float) -> None: ...


class StuckError(Exception):
    """The router asks for ever to decide again at once: production would spin."""
