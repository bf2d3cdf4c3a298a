"""Agents who hold, park, transfer, consult, join, leave, dial and call each other at random, on a model PBX
with rooms, with events that come twice, out of order or never, and a server that is killed: whatever happens,
no caller is lost or left to himself, nobody has two calls, nobody is stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from callcenter.calls import invariants
from callcenter.calls.actions import actions_of
from callcenter.calls.control import CallAction
from callcenter.calls.control_requests import (
    CallColleague,
    CompleteTransfer,
    ConsultCall,
    ControlRequest,
    DialClient,
    DismissGuest,
    FetchCall,
    HangUpColleague,
    HoldCall,
    JoinGuest,
    LeaveCall,
    ParkCall,
    ResumeCall,
    TransferCall,
)
from callcenter.calls.facts import Quarantined
from callcenter.calls.requests import (
    Accepted,
    BrowserConnected,
    CloseWrapUp,
    EndCall,
    Intent,
    ReportPhone,
    SetIntent,
)
from callcenter.calls.states import Author, CallState, Engagement
from callcenter.dispatch.core import Core
from callcenter.dispatch.inputs import ClientFound, Input, PlanChanged, Tick
from callcenter.dispatch.options import CoreOptions, Outcome
from callcenter.dispatch.ports import LookUpClient
from callcenter.telephony.events import ServerSynced, StationState
from routing.acd.model import Queue
from routing.ids import AgentId, CallId, LegId, QueueId
from tests.dispatch.model_room import At, Chan, RoomPbx
from tests.dispatch.remembered import Remembered
from tests.dispatch.rest import Rest
from tests.support.playbook import MAIN, START, plan

AGENTS = ("anna", "boris", "vera")
QUEUES = (
    Queue(QueueId("sales"), "Sales", ("100",), ring_seconds=10, wrap_up_seconds=5, record=True),
    Queue(QueueId("tech"), "Tech", ("200",), ring_seconds=10, wrap_up_seconds=0),
)
PLAN = plan(*AGENTS, queues=QUEUES)
OPTIONS = CoreOptions(park_seconds=20.0)
OUTSIDE = "+79035550101"
tried: Counter[str] = Counter()
"""What the random runs went through; the callers among it were left neither alone nor lost."""
TOLD = (
    "HoldStarted",
    "CallTransferred",
    "GuestAnswered",
    "GuestJoined",
    "CallFetched",
    "ClientDialled",
    "IntercomStarted",
    "IntercomAnswered",
    "internal hang-ups",
    "kills",
    "reloads",
    "fresh legs answered",
)
agents = st.sampled_from(AGENTS).map(AgentId)
picks = st.integers(0, 20)
weathers = st.sampled_from(["calm", "calm", "echo", "storm"])
WISHES = {
    CallAction.HOLD: "hold",
    CallAction.RESUME: "resume",
    CallAction.PARK: "park",
    CallAction.TRANSFER: "transfer",
    CallAction.CONSULT: "consult",
    CallAction.JOIN: "join",
    CallAction.COMPLETE: "complete",
    CallAction.DISMISS: "dismiss",
    CallAction.LEAVE: "leave",
}
ALONE = ["hold", "resume", "park", "queue", "to", "number"]
TOGETHER = ["ask", "ask_number", "join", "complete", "dismiss", "leave"]
wishes = st.sampled_from(ALONE + TOGETHER)


class ControlMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.rest = Rest()
        self.wake_at: float | None = None
        self.core = Core(OPTIONS)
        self.history = Remembered()
        self.pbx = RoomPbx(MAIN, {agent.station: StationState.IDLE for agent in PLAN.agents})
        self.dialled = 0
        self.kills = 0
        self.pages = 0

    # Plumbing

    def give(self, given: Input) -> Outcome:
        outcome = self.core.handle(given, self.now)
        self.rest.note(given, outcome, self.now)
        invariants.check(self.core.floor, self.core.desk.engine)
        self.wake_at = outcome.wake_at
        for fact in outcome.facts:
            assert not isinstance(fact, Quarantined), fact
            self.history.note(fact)
            tried[type(fact).__name__] += 1
        for command in outcome.commands:
            if isinstance(command, LookUpClient):
                self.give(ClientFound(command.call, None, 0, typed=bool(command.typed)))
            else:
                self.pbx.orders.append(command)  # type: ignore[arg-type]
        return outcome

    @initialize()
    def start(self) -> None:
        self.give(PlanChanged(PLAN))
        self.give(self.pbx.listing(None))
        for agent in AGENTS:
            self.give(SetIntent(AgentId(agent), Intent.READY, "", Author.AGENT))

    def flush(self) -> None:
        while self.pbx.orders or self.pbx.wire:
            while self.pbx.wire:
                self.give(self.pbx.wire.pop(0))
            if self.pbx.orders:
                self.pbx.execute()

    def settle(self, weather: str) -> None:
        if weather == "storm":
            return
        echoes: list[Input] = []
        while self.pbx.orders or self.pbx.wire:
            while self.pbx.wire:
                event = self.pbx.wire.pop(0)
                self.give(event)
                if weather == "echo" and not isinstance(event, ServerSynced):
                    self.give(event)
                    echoes.append(event)
            if self.pbx.orders:
                self.pbx.execute()
        for event in echoes:
            self.give(event)
        self.flush()

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now = min(
                until, self.now + 1.0, until if self.wake_at is None else max(self.wake_at, self.now)
            )
            self.give(Tick())
            self.flush()

    def pick(self, index: int, found: list[Chan]) -> Chan:
        return found[index % len(found)]

    # The wire

    @rule()
    @precondition(lambda self: self.pbx.orders)
    def execute(self) -> None:
        self.pbx.execute()

    @rule(how_many=st.integers(1, 6))
    @precondition(lambda self: self.pbx.wire)
    def deliver(self, how_many: int) -> None:
        for _ in range(min(how_many, len(self.pbx.wire))):
            self.give(self.pbx.wire.pop(0))

    @rule()
    def all_arrives(self) -> None:
        self.flush()

    @rule(pick=picks)
    @precondition(lambda self: len(self.pbx.wire) > 1)
    def out_of_order(self, pick: int) -> None:
        index = pick % (len(self.pbx.wire) - 1)
        first, second = self.pbx.wire[index : index + 2]
        if not isinstance(first, ServerSynced) and not isinstance(second, ServerSynced):
            self.pbx.wire[index : index + 2] = [second, first]

    @rule(pick=picks)
    @precondition(lambda self: self.pbx.wire)
    def missing(self, pick: int) -> None:
        index = pick % len(self.pbx.wire)
        if not isinstance(self.pbx.wire[index], ServerSynced):
            del self.pbx.wire[index]

    # The world

    @rule(dialled=st.sampled_from(["100", "200"]), weather=weathers)
    @precondition(lambda self: sum(chan.is_caller for chan in self.pbx.chans.values()) < 3)
    def caller_arrives(self, dialled: str, weather: str) -> None:
        self.pbx.arrive(dialled)
        self.settle(weather)

    @rule(dialled=st.sampled_from(["100", "200"]))
    @precondition(lambda self: sum(chan.is_caller for chan in self.pbx.chans.values()) < 3)
    def caller_arrives_and_is_answered(self, dialled: str) -> None:
        call = self.pbx.arrive(dialled)
        self.flush()
        for chan in self.pbx.of(call):
            if chan in self.pbx.ringing():
                self.pbx.answer(chan)
        self.flush()

    @rule(pick=picks, weather=weathers)
    @precondition(lambda self: self.pbx.ringing())
    def phone_is_answered(self, pick: int, weather: str) -> None:
        self.pbx.answer(self.pick(pick, self.pbx.ringing()))
        self.settle(weather)

    @rule(pick=picks, weather=weathers)
    @precondition(lambda self: self.pbx.chans)
    def somebody_hangs_up(self, pick: int, weather: str) -> None:
        self.pbx.hang_up(self.pick(pick, list(self.pbx.chans.values())))
        self.settle(weather)

    @rule(pick=picks, weather=weathers)
    @precondition(lambda self: any(chan.at is At.PLACING for chan in self.pbx.chans.values()))
    def client_answers(self, pick: int, weather: str) -> None:
        self.pbx.client_answers(
            self.pick(pick, [chan for chan in self.pbx.chans.values() if chan.at is At.PLACING])
        )
        self.settle(weather)

    @rule(seconds=st.sampled_from([0.1, 1.0, 6.0, 25.0]))
    def time_passes(self, seconds: float) -> None:
        self.pass_time(seconds)

    # Agents

    @rule(wish=wishes, agent=agents, to=agents, weather=weathers)
    def agent_wishes(self, wish: str, agent: AgentId, to: AgentId, weather: str) -> None:
        seat = self.core.floor.seats[agent]
        if seat.call is None:
            return
        reply = self.give(self.wish(wish, agent, seat.call, to)).reply
        tried[f"{wish} {type(reply).__name__}"] += 1
        self.settle(weather)

    def wish(self, wish: str, agent: AgentId, call: CallId, to: AgentId) -> ControlRequest:
        plain = {
            "hold": HoldCall,
            "resume": ResumeCall,
            "park": ParkCall,
            "join": JoinGuest,
            "complete": CompleteTransfer,
            "dismiss": DismissGuest,
            "leave": LeaveCall,
        }
        if wish in plain:
            return plain[wish](agent, call)
        if wish == "queue":
            return TransferCall(agent, call, QueueId("tech"))
        if wish == "to":
            return TransferCall(agent, call, to=to)
        if wish == "number":
            return TransferCall(agent, call, number=OUTSIDE)
        return ConsultCall(agent, call, to) if wish == "ask" else ConsultCall(agent, call, number=OUTSIDE)

    @rule(
        pick=picks, which=picks, to=agents, how=st.sampled_from(["queue", "to", "number"]), weather=weathers
    )
    def agent_does_what_he_may(self, pick: int, which: int, to: AgentId, how: str, weather: str) -> None:
        """As the console offers it."""
        offered = [
            (call, action)
            for call in self.core.floor.calls.values()
            for action in sorted(actions_of(self.core.floor, call))
            if action in WISHES
        ]
        if not offered:
            return
        call, action = offered[(pick * 21 + which) % len(offered)]
        wish = WISHES[action]
        if wish == "transfer":
            wish = how
        elif wish == "consult":
            wish = "ask_number" if how == "number" else "ask"
        assert call.agent is not None
        reply = self.give(self.wish(wish, call.agent, call.id, to)).reply
        assert isinstance(reply, Accepted) or wish in ("to", "ask"), (action, reply)
        self.settle(weather)

    @rule(agent=agents, to=agents, ends=st.sampled_from(["complete", "join", "dismiss"]))
    def a_consultation_in_calm(self, agent: AgentId, to: AgentId, ends: str) -> None:
        self.flush()
        seat = self.core.floor.seats[agent]
        if seat.call is None or not isinstance(self.give(ConsultCall(agent, seat.call, to)).reply, Accepted):
            return
        call = seat.call
        self.flush()
        for chan in self.pbx.ringing():
            if chan.call == call:
                self.pbx.answer(chan)
        self.flush()
        self.give(self.wish(ends, agent, call, to))
        self.flush()
        tried[f"calm {ends}"] += 1

    @rule(agent=agents, weather=weathers)
    def agent_fetches(self, agent: AgentId, weather: str) -> None:
        for call in self.core.floor.calls.values():
            if call.parked is not None:
                self.give(FetchCall(agent, call.id))
                self.settle(weather)
                return

    @rule(agent=agents, weather=weathers, really=st.integers(0, 3))
    @precondition(lambda self: sum(chan.is_caller for chan in self.pbx.chans.values()) < 3)
    def agent_dials(self, agent: AgentId, weather: str, really: int) -> None:
        if really:
            return
        self.dialled += 1
        self.give(DialClient(agent, f"dial-{self.dialled:04}", OUTSIDE))
        self.settle(weather)

    @rule(agent=agents, to=agents, weather=weathers, answers=st.booleans())
    def agent_calls_a_colleague(self, agent: AgentId, to: AgentId, weather: str, answers: bool) -> None:
        """By himself answered at once, the colleague's phone at once or later."""
        if not isinstance(self.give(CallColleague(agent, to)).reply, Accepted):
            return
        self.settle(weather)
        for _ in range(1 + answers):
            for chan in self.pbx.ringing():
                if chan.is_internal and chan.station in (f"a{agent}", f"a{to}"):
                    self.pbx.answer(chan)
                    break
            self.settle(weather)

    @rule(agent=agents, weather=weathers)
    def agent_hangs_up_on_a_colleague(self, agent: AgentId, weather: str) -> None:
        if isinstance(self.give(HangUpColleague(agent)).reply, Accepted):
            tried["internal hang-ups"] += 1
        self.settle(weather)

    @rule(agent=agents, weather=weathers)
    def agent_ends(self, agent: AgentId, weather: str) -> None:
        seat = self.core.floor.seats[agent]
        if seat.call is not None:
            self.give(EndCall(agent, seat.call))
            self.settle(weather)

    @rule(pick=picks, weather=weathers, answers=st.booleans())
    @precondition(lambda self: self.talkers())
    def page_is_reloaded(self, pick: int, weather: str, answers: bool) -> None:
        """The voice is gone; the phone is rung anew, and lifted at once or later."""
        agent = self.talkers()[pick % len(self.talkers())]
        self.pages += 1
        page = f"page-{self.pages}"
        before = set(self.pbx.chans)
        self.give(BrowserConnected(agent, page))
        self.give(ReportPhone(agent, page, None, voice=False))
        self.settle(weather)
        fresh = [chan for chan in self.pbx.ringing() if chan.leg not in before and chan.at is At.READY]
        tried["reloads"] += 1
        if answers and fresh:
            tried["fresh legs answered"] += 1
            self.pbx.answer(fresh[0])
            self.settle(weather)

    def talkers(self) -> list[AgentId]:
        """Agents in conversation, and their guests."""
        seats = self.core.floor.seats.values()
        return [seat.id for seat in seats if seat.engagement is Engagement.TALKING]

    @rule(agent=agents)
    def agent_is_done(self, agent: AgentId) -> None:
        seat = self.core.floor.seats[agent]
        if seat.disposable is not None:
            self.give(CloseWrapUp(agent, seat.disposable, "sold", ""))

    @rule(really=st.integers(0, 5))
    @precondition(lambda self: self.kills < 2)
    def killed(self, really: int) -> None:
        if really:
            return
        self.kills += 1
        tried["kills"] += 1
        self.pbx.wire.clear()
        self.pbx.orders.clear()
        self.now += 3.0
        self.core = Core(OPTIONS)
        self.give(PlanChanged(PLAN))
        self.give(self.history.restored())
        self.give(self.pbx.listing(None))

    # The end

    def teardown(self) -> None:
        """An audit or two later our picture is Asterisk's; then all hang up, and nothing is left."""
        if self.wake_at is None:
            return
        self.flush()
        self.pass_time(120)
        for chan in self.pbx.chans.values():
            if not chan.is_caller or chan.at is At.PLACING:
                continue
            call = self.core.floor.live_call(chan.call)
            assert call is not None, f"{chan} is lost"
            company = [one for one in self.pbx.of(chan.call) if not one.is_caller]
            if chan.at in (At.PARK, At.ROOM):
                assert company, f"{chan} was left to himself, our picture is {call}"
                assert call.state is CallState.TALKING, (chan, call)
            if chan.at is At.HOLD:
                assert call.state is CallState.WAITING, (chan, call)
            if chan.at in (At.DIAL, At.ROOM) and call.agent is not None:
                assert any(one.leg == call.talk_leg for one in company), (chan, call)
        for intercom in self.core.floor.intercoms:
            assert LegId(intercom) in self.pbx.chans, f"{intercom} is a zombie"
        for chan in self.pbx.chans.values():
            # A server that was killed knows nothing of a leg whose caller went meanwhile.
            lonely = chan.at in (At.ROOM, At.DIAL, At.READY) and self.pbx.caller(chan.call) is None
            assert not lonely or self.kills, f"{chan} was left in an empty room"
        for call in self.core.floor.calls.values():
            if call.state is not CallState.ENDED and not call.placing:
                assert self.pbx.caller(call.id) is not None, f"{call.id} is a zombie"
        while self.pbx.chans:
            self.pbx.hang_up(next(iter(self.pbx.chans.values())))
            self.flush()
        self.pass_time(60)
        assert not self.core.floor.calls, self.core.floor.calls
        assert not self.core.floor.intercoms, self.core.floor.intercoms
        for seat in self.core.floor.seats.values():
            assert seat.engagement is Engagement.FREE, seat


ControlMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestControl = ControlMachine.TestCase


@pytest.fixture(scope="module", autouse=True)
def report() -> Iterator[None]:
    yield
    figures = ", ".join(f"{tried[name]} {name}" for name in TOLD)
    print(f"\ntried: {figures}")  # noqa: T201  the figures are what one runs it for
