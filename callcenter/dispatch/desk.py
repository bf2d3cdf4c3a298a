"""The desk that the core works at during one input: the floor, the engine, the timers, and the slips written
so far (facts, commands, changed keys).

Every room of ``dispatch`` takes the desk as its first argument. ``now`` is set once per input.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from callcenter.calls.entities import Book, Call, Errand, Seat, Server
from callcenter.calls.facts import Fact
from callcenter.calls.floor import Floor
from callcenter.calls.views import agent_key, call_key, intercom_key, queue_key, server_key
from callcenter.dispatch.options import Command, CoreOptions
from callcenter.dispatch.rates import LiveRates
from callcenter.dispatch.timers import TimerKind, Timers
from callcenter.telephony.commands import Audit
from routing.acd.directory import PlanDirectory
from routing.acd.engine import Engine
from routing.acd.model import Queue
from routing.callbacks import Unkeepable
from routing.flows.directory import FlowDirectory
from routing.ids import AgentId, CallId, IntercomId, QueueId, ServerId

KeepPlace: TypeAlias = "Callable[[Desk, Call, QueueId, str], Unkeepable | None]"
"""Promise to call a number back with the call's place in the queue; tells why that can't be promised."""


def _no_callbacks(desk: Desk, call: Call, queue: QueueId, number: str) -> Unkeepable | None:
    return Unkeepable.NO_AGENT


class Desk:
    def __init__(self, options: CoreOptions) -> None:
        self.options = options
        self.floor = Floor()
        self.engine = Engine(reoffer_after=options.reoffer_after)
        self.timers = Timers()
        self.rates = LiveRates()
        self.plan: PlanDirectory | None = None
        self.flows: FlowDirectory | None = None
        self.keep_place: KeepPlace = _no_callbacks
        self.book = Book()
        self.recordings: dict[CallId, tuple[Call, Errand]] = {}
        """Messages whose callers hung up, until Asterisk tells their length."""
        self.deserted: dict[QueueId, None] = {}
        """Queues whose last agent who takes calls from outside signed out during this input."""
        self.blind_since: float | None = None
        """Since when a previous process had not written, until each server is listed for the first time."""
        self.unannounced: dict[CallId, int] = {}
        """Calls on hold whose arrival we missed, with their ``attempt``, until a listing tells who they
        are."""
        self.now = 0.0
        self.facts: list[Fact] = []
        self.commands: list[Command] = []
        self.changed: dict[str, None] = {}

    def say(self, fact: Fact) -> None:
        self.facts.append(fact)
        self.rates.note(fact)

    def do(self, command: Command) -> None:
        self.commands.append(command)

    # Marks: called after an entity changed

    def touch_call(self, call: Call) -> None:
        """The call changed: show it and the figures it counts in."""
        call.revision += 1
        self.changed[call_key(call.id)] = None
        for queue in self.floor.count_call(call):
            self.touch_queue(queue)

    def touch_seat(self, seat: Seat) -> None:
        self.changed[agent_key(seat.id)] = None
        for queue in self.floor.count_seat(seat):
            self.touch_queue(queue)
            if not self.floor.tally(queue).takers:
                self.deserted[queue] = None

    def touch_intercom(self, intercom: IntercomId) -> None:
        self.changed[intercom_key(intercom)] = None

    def touch_queue(self, queue: QueueId) -> None:
        self.changed[queue_key(queue)] = None

    def touch_server(self, server: Server) -> None:
        self.changed[server_key(server.id)] = None

    # What several rooms need

    def queue_of(self, call: Call) -> Queue | None:
        """The configuration of the call's queue; ``None`` before it entered one or once it was removed."""
        return None if call.queue is None else self.floor.queues.get(call.queue)

    def seat(self, agent: AgentId | None) -> Seat | None:
        return None if agent is None else self.floor.seats.get(agent)

    def audit(self, server: ServerId) -> None:
        """Ask for a listing, unless one is on its way already or the link is down (a listing comes by itself
        when it is back)."""
        known = self.floor.server(server, self.now)
        if not self.floor.is_up(server):
            return
        asked = known.audit_asked_at
        if asked is not None and self.now - asked < self.options.settle:
            return
        known.audit_asked_at = self.now
        self.do(Audit(server))
        self.timers.set(TimerKind.AUDIT, server, self.now + self.options.audit_interval)

    def expect(self, call: Call, within: float) -> None:
        """Something must be heard of this call within so many seconds, or Asterisk is asked."""
        self.timers.set(TimerKind.OVERDUE, call.id, self.now + within)
