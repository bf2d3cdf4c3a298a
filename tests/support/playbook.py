"""Script the core: given a plan, when this happens, expect that.

    play = Playbook(plan)
    play.synced()
    play.when(CallArrived(...)).expect(facts=[...], commands=[...])

Every step checks the floor's invariants. A failed expectation shows what came instead, one slip a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from callcenter.calls import invariants
from callcenter.calls.entities import Call, Seat
from callcenter.calls.facts import Quarantined
from callcenter.calls.requests import Intent, SetIntent
from callcenter.calls.states import Author
from callcenter.dispatch.core import Core
from callcenter.dispatch.inputs import Input, PlanChanged, Tick
from callcenter.dispatch.options import CoreOptions, Outcome
from callcenter.telephony.events import FoundCall, ServerSynced, StationState
from routing.acd.model import Agent, Queue, RoutingPlan
from routing.flows.model import FlowPlan
from routing.ids import AgentId, CallId, QueueId, ServerId, StationId

MAIN = ServerId("main")
START = 1_764_000_000.0


class Anything:
    """Equal to anything: for a field that a test doesn't care about."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "…"


ANY: Any = Anything()


def plan(*agents: str, queues: Sequence[Queue] | None = None, **queue_options: Any) -> RoutingPlan:
    """One queue ``sales`` at number 100 with these agents, who sit at ``a<name>``."""
    known = tuple(queues) if queues else (Queue(QueueId("sales"), "Sales", ("100",), **queue_options),)
    served = tuple(queue.id for queue in known)
    return RoutingPlan(
        known,
        tuple(Agent(AgentId(name), name.title(), StationId(f"a{name}"), served) for name in agents),
        known[0].id,
    )


class Playbook:
    """One core and its clock. ``now`` moves by ``wait`` only."""

    def __init__(
        self, routing: RoutingPlan, options: CoreOptions | None = None, flows: FlowPlan | None = None
    ) -> None:
        self.core = Core(options)
        self.now = START
        self.wake_at: float | None = None
        self.log: list[tuple[float, Input, Outcome]] = []
        self.last = self.given(PlanChanged(routing, FlowPlan() if flows is None else flows))
        self._stations = tuple((agent.station, StationState.IDLE) for agent in routing.agents)

    # Given, when

    def given(self, given: Input) -> Outcome:
        """Hand in one input and check the invariants."""
        outcome = self.core.handle(given, self.now)
        invariants.check(self.core.floor, self.core.desk.engine)
        broken = [fact for fact in outcome.facts if isinstance(fact, Quarantined)]
        assert not broken, f"a rule of ours broke: {broken}"
        self.log.append((self.now, given, outcome))
        self.wake_at = outcome.wake_at
        return outcome

    def when(self, *inputs: Input) -> Playbook:
        """Hand in inputs; ``expect`` sees all their slips."""
        outcomes = [self.given(one) for one in inputs]
        self.last = Outcome(
            tuple(command for outcome in outcomes for command in outcome.commands),
            tuple(fact for outcome in outcomes for fact in outcome.facts),
            outcomes[-1].reply if outcomes else None,
            self.wake_at,
            tuple(key for outcome in outcomes for key in outcome.changed),
        )
        return self

    def wait(self, seconds: float) -> Playbook:
        """Let time pass, with a ``Tick`` at each wake-up on the way."""
        until = self.now + seconds
        outcomes: list[Outcome] = []
        while self.wake_at is not None and self.wake_at <= until:
            self.now = max(self.now, self.wake_at)
            outcomes.append(self.given(Tick()))
        self.now = until
        self.last = Outcome(
            tuple(command for outcome in outcomes for command in outcome.commands),
            tuple(fact for outcome in outcomes for fact in outcome.facts),
            None,
            self.wake_at,
            tuple(key for outcome in outcomes for key in outcome.changed),
        )
        return self

    # Expect

    def expect(
        self, *, facts: Sequence[Any] | None = None, commands: Sequence[Any] | None = None, reply: Any = ANY
    ) -> Playbook:
        """Exactly these facts and commands, in order (``None``: not looked at)."""
        if facts is not None:
            _compare("facts", facts, self.last.facts)
        if commands is not None:
            _compare("commands", commands, self.last.commands)
        assert reply == self.last.reply, f"expected reply {reply}, got {self.last.reply}"
        return self

    def expect_among(self, *slips: Any) -> Playbook:
        """These are among the facts and commands, in any order."""
        got = (*self.last.facts, *self.last.commands)
        for slip in slips:
            assert any(slip == one for one in got), f"missing {_line(slip)}\namong\n{_lines(got)}"
        return self

    # Common scenes

    def synced(self, *calls: FoundCall, blind_from: float | None = None, server: ServerId = MAIN) -> Playbook:
        """The server is listed: these calls, every agent's phone idle."""
        return self.when(ServerSynced(server, calls, self._stations, blind_from))

    def ready(self, *agents: str) -> Playbook:
        return self.when(*(SetIntent(AgentId(agent), Intent.READY, "", Author.AGENT) for agent in agents))

    def call(self, call: CallId) -> Call:
        return self.core.floor.calls[call]

    def seat(self, agent: str) -> Seat:
        return self.core.floor.seats[AgentId(agent)]


def _compare(what: str, expected: Sequence[Any], got: Sequence[Any]) -> None:
    if list(expected) == list(got):
        return
    lines = [f"{what} differ:"]
    for index in range(max(len(expected), len(got))):
        want = expected[index] if index < len(expected) else None
        have = got[index] if index < len(got) else None
        if want == have:
            lines.append(f"    {_line(have)}")
        else:
            lines.append(f"  - {_line(want)}" if want is not None else "  -")
            lines.append(f"  + {_line(have)}" if have is not None else "  +")
    raise AssertionError("\n".join(lines))


def _line(slip: Any) -> str:
    if slip is None or isinstance(slip, Anything):
        return repr(slip)
    parts = (f"{field.name}={getattr(slip, field.name)!r}" for field in fields(slip))
    return f"{type(slip).__name__}({', '.join(parts)})"


def _lines(slips: Sequence[Any]) -> str:
    return "\n".join(f"    {_line(slip)}" for slip in slips)
