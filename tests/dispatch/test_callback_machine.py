"""Random clients who keep places, call in and answer or not, on a trunk whose words are lost, doubled and
late, with a database that hangs, links that are cut, and routers that die and lose what they had not written
yet: whatever happens, an attempt is dialled at most once, in the day, and only after it was claimed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from callcenter.calls import invariants
from callcenter.calls.callback_facts import (
    CallbackDialled,
    CallbackEnd,
    CallbackEnded,
    CallbackTried,
)
from callcenter.calls.facts import Fact, Quarantined, TalkStarted
from callcenter.calls.requests import CancelCallback, ChangeCallback, Intent, PromiseCallback, SetIntent
from callcenter.calls.states import Author, CallbackState
from callcenter.dispatch import callbacks
from callcenter.dispatch.core import Core
from callcenter.dispatch.inputs import ClaimAnswered, ClientFound, Input, PlanChanged, Tick
from callcenter.dispatch.options import CoreOptions
from callcenter.dispatch.ports import ClaimCallback, LookUpClient
from callcenter.telephony.commands import Audit, HangUp, PlaceCall, Ring, TelephonyCommand
from callcenter.telephony.events import (
    CallArrived,
    CallHeld,
    CallPhase,
    CommandFailed,
    FoundCall,
    FoundLeg,
    LegBridged,
    LegEnded,
    LegStarted,
    LinkLost,
    PlaceFailed,
    RingEnded,
    RingOutcome,
    ServerSynced,
    StationState,
    TelephonyEvent,
)
from routing.acd.model import Queue
from routing.callbacks import CallbackRules
from routing.ids import AgentId, CallbackId, CallId, ClientId, LegId, QueueId, StationId
from tests.dispatch.remembered import Remembered
from tests.dispatch.rest import Rest
from tests.support.playbook import MAIN, START, plan

SALES = QueueId("sales")
AGENTS = ("anna", "boris")
NUMBERS = ("+79160000001", "+79160000002", "+79160000003")
QUEUES = tuple(
    Queue(QueueId(name), name.title(), (dialled,), ring_seconds=10, wrap_up_seconds=0)
    for name, dialled in (("sales", "100"), ("help", "200"))
)
PLAN = plan(*AGENTS, queues=QUEUES)
CLIENTS = {NUMBERS[0]: ClientId(1), NUMBERS[1]: ClientId(1), NUMBERS[2]: None}
"""The first two numbers are of one client, the third of nobody known."""
RULES = CallbackRules(opens=9 * 60, closes=20 * 60, most_attempts=3)
OPTIONS = CoreOptions(callbacks=RULES, pop_gate=0.0, audit_interval=120.0, relearn=600.0)
"""Nights are long: with the usual ones a run is mostly listings of nothing."""
DAY = 86_400.0
LONGEST_HANG = 2_000.0
"""Seconds that the database may be silent. Of a night of claims, thousands, nothing more is learned."""
picks = st.integers(0, 20)
seen: Counter[str] = Counter()


@dataclass
class Line:
    """A client's channel in the model of Asterisk."""

    call: CallId
    number: str
    phase: CallPhase
    dialled: str = "100"
    attempt: int = 0
    leg: LegId | None = None
    station: StationId | None = None


class CallbackMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.rest = Rest()
        self.wake_at: float | None = None
        self.ids = 0
        self.lines: dict[CallId, Line] = {}
        self.wire: list[TelephonyEvent] = []
        self.orders: list[TelephonyCommand] = []
        self.link = True
        self.claims: dict[tuple[CallbackId, int], tuple[CallId, int]] = {}
        self.asked: list[tuple[ClaimCallback, int]] = []
        self.dialled: list[PlaceCall] = []
        self.ledger: list[Fact] = []
        self.written = 0
        self.term = 1
        self.cut_at: float | None = None
        self.dialled_at: dict[CallId, float] = {}
        self.core = Core(OPTIONS)

    # Plumbing

    def give(self, given: Input) -> None:
        before = set(self.core.desk.book.promises)
        outcome = self.core.handle(given, self.now)
        self.rest.note(given, outcome, self.now)
        invariants.check(self.core.floor, self.core.desk.engine)
        self.wake_at = outcome.wake_at
        for fact in outcome.facts:
            assert not isinstance(fact, Quarantined), fact
            seen[type(fact).__name__] += 1
            if isinstance(fact, CallbackTried):
                seen[f"tried: {fact.outcome}"] += 1
            elif isinstance(fact, CallbackEnded):
                elsewhere = fact.reason is CallbackEnd.REACHED and fact.call not in self.dialled_at
                seen[f"ended: {fact.reason}{' elsewhere' if elsewhere else ''}"] += 1
            elif isinstance(fact, TalkStarted):
                self.check_served(fact.call, before)
            self.ledger.append(fact)
        for command in outcome.commands:
            if isinstance(command, ClaimCallback):
                self.asked.append((command, self.term))
            elif isinstance(command, PlaceCall):
                self.check_dialling(command)
                self.orders.append(command)
            elif isinstance(command, LookUpClient):
                client = CLIENTS[command.number]
                self.give(ClientFound(command.call, client, 1 if client else 0, "", ()))
            else:
                self.orders.append(command)

    def check_served(self, call: CallId, before: set[CallbackId]) -> None:
        """Whoever speaks with an agent has no promise left but one for later, and one that is being kept."""
        served = self.core.floor.calls[call]
        for name in before & set(self.core.desk.book.promises):
            promise = self.core.desk.book.promises[name]
            if promise.state is CallbackState.CONNECTED or promise.callback.since > self.now:
                continue
            assert promise.callback.number != served.number or promise.client != served.client
            assert served.client is None or promise.client != served.client

    def check_dialling(self, command: PlaceCall) -> None:
        assert command.call not in {one.call for one in self.dialled}, "dialled twice"
        assert command.call in {call for call, _ in self.claims.values()}, "dialled without a claim"
        hour = self.now % DAY / 3600
        assert 9 <= hour < 20, f"dialled at {hour}"
        assert self.link, "dialled into the blue"
        self.dialled.append(command)
        self.dialled_at[command.call] = self.now

    def say(self, *events: TelephonyEvent) -> None:
        if self.link:
            self.wire.extend(events)

    def execute(self) -> None:
        order = self.orders.pop(0)
        if not self.link:
            return
        line = None if isinstance(order, Audit) else self.lines.get(getattr(order, "call", CallId("")))
        match order:
            case Audit():
                self.wire.append(self.listing(None))
            case PlaceCall():
                busy = any(other.number == order.number for other in self.lines.values())
                if busy:
                    self.say(PlaceFailed(MAIN, order.call, RingOutcome.BUSY, 17))
                else:
                    self.lines[order.call] = Line(order.call, order.number, CallPhase.PLACING)
            case Ring() if line is None:
                self.say(CommandFailed(MAIN, order.call, order.offer, "Ring", "no such channel", False))
            case Ring() if line is not None:
                assert line.phase is CallPhase.WAITING, "a Redirect tore down a call"
                self.ids += 1
                line.phase, line.station = CallPhase.RINGING, order.station
                line.leg = LegId(f"main:9.{self.ids}")
                self.say(LegStarted(MAIN, order.call, line.leg, order.station))
            case HangUp() if line is not None:
                self.ends(line, RingOutcome.CANCELLED)
            case _:
                pass

    def ends(self, line: Line, how: RingOutcome) -> None:
        del self.lines[line.call]
        if line.phase is CallPhase.PLACING:
            self.say(LegEnded(MAIN, line.call, LegId(line.call), 0), PlaceFailed(MAIN, line.call, how, 0))
            return
        self.say(LegEnded(MAIN, line.call, LegId(line.call), 16))
        if line.leg is not None:
            self.say(LegEnded(MAIN, line.call, line.leg, 16))

    def listing(self, blind_from: float | None) -> ServerSynced:
        found = []
        for line in self.lines.values():
            legs: tuple[FoundLeg, ...] = ()
            if line.leg is not None and line.station is not None:
                bridged = line.phase is CallPhase.TALKING
                legs = (FoundLeg(line.leg, line.station, bridged, "b1" if bridged else None),)
            found.append(
                FoundCall(line.call, line.number, "", line.dialled, line.phase, line.attempt, 1.0, legs)
            )
        stations = tuple((agent.station, StationState.IDLE) for agent in PLAN.agents)
        on_phone = frozenset(line.station for line in self.lines.values() if line.station is not None)
        return ServerSynced(MAIN, tuple(found), stations, blind_from, on_phone)

    def flush(self) -> None:
        while self.orders or self.wire:
            while self.orders:
                self.execute()
            while self.wire:
                self.give(self.wire.pop(0))

    def line(self, pick: int, *phases: CallPhase) -> Line | None:
        found = [line for line in self.lines.values() if line.phase in phases]
        return found[pick % len(found)] if found else None

    @initialize()
    def start(self) -> None:
        self.give(PlanChanged(PLAN))
        self.give(self.listing(None))
        for agent in AGENTS:
            self.wants(agent, Intent.READY)
        for number in NUMBERS[:2]:
            self.person_asks(0, number)

    # What happens

    @rule(number=st.sampled_from(NUMBERS), dialled=st.sampled_from(["100", "200"]))
    def calls_in(self, number: str, dialled: str) -> None:
        if not self.link or any(line.number == number for line in self.lines.values()):
            return
        self.ids += 1
        call = CallId(f"main:1.{self.ids}")
        self.lines[call] = Line(call, number, CallPhase.WAITING, dialled)
        self.say(CallArrived(MAIN, call, number, "", dialled), CallHeld(MAIN, call, dialled, 0))

    @rule(pick=picks, other=st.sampled_from([None, *NUMBERS]))
    def keeps_place(self, pick: int, other: str | None) -> None:
        line = self.line(pick, CallPhase.WAITING)
        call = None if line is None else self.core.floor.live_call(line.call)
        if line is None or call is None or call.callback is not None or not call.held:
            return
        desk = self.core.desk
        desk.now, desk.facts, desk.commands, desk.changed = self.now, [], [], {}
        callbacks.keep_place(desk, call, SALES, other or line.number)
        self.ledger += desk.facts
        self.wake_at = desk.timers.next()
        self.ends(line, RingOutcome.CANCELLED)

    @rule(pick=picks)
    def hangs_up(self, pick: int) -> None:
        phases = (CallPhase.WAITING, CallPhase.RINGING, CallPhase.TALKING)
        if (line := self.line(pick, *phases)) is not None:
            self.ends(line, RingOutcome.CANCELLED)

    @rule(pick=picks)
    def client_answers(self, pick: int) -> None:
        if (line := self.line(pick, CallPhase.PLACING)) is not None:
            line.phase = CallPhase.WAITING
            self.say(
                CallArrived(MAIN, line.call, line.number, "", "100"), CallHeld(MAIN, line.call, "100", 0)
            )

    @rule(pick=picks, how=st.sampled_from([RingOutcome.BUSY, RingOutcome.NO_ANSWER, RingOutcome.UNREACHABLE]))
    def client_does_not_answer(self, pick: int, how: RingOutcome) -> None:
        if (line := self.line(pick, CallPhase.PLACING)) is not None:
            self.ends(line, how)

    @rule(pick=picks, answers=st.booleans())
    def agents_phone(self, pick: int, answers: bool) -> None:
        line = self.line(pick, CallPhase.RINGING)
        if line is None or line.leg is None:
            return
        if answers:
            line.phase = CallPhase.TALKING
            self.say(
                RingEnded(MAIN, line.call, line.leg, RingOutcome.ANSWERED),
                LegBridged(MAIN, line.call, line.leg, "b1"),
            )
        else:
            self.say(
                RingEnded(MAIN, line.call, line.leg, RingOutcome.BUSY),
                LegEnded(MAIN, line.call, line.leg, 17),
            )
            line.phase, line.leg, line.station = CallPhase.WAITING, None, None
            line.attempt += 1
            self.say(CallHeld(MAIN, line.call, line.dialled, line.attempt))

    @rule(pick=picks)
    def all_goes_well(self, pick: int) -> None:
        """As on most days: claimed, answered, talked, over."""
        self.all_arrive(True)
        self.client_answers(pick)
        self.flush()
        self.agents_phone(pick, True)
        self.flush()
        if (line := self.line(pick, CallPhase.TALKING)) is not None:
            self.ends(line, RingOutcome.CANCELLED)
        self.flush()

    @rule(agent=st.sampled_from(AGENTS), intent=st.sampled_from([Intent.READY, Intent.READY, Intent.PAUSED]))
    def wants(self, agent: str, intent: Intent) -> None:
        reason = "" if intent is Intent.READY else "lunch"
        self.give(SetIntent(AgentId(agent), intent, reason, Author.AGENT))

    @rule(pick=picks, number=st.sampled_from(NUMBERS))
    def person_asks(self, pick: int, number: str) -> None:
        self.ids += 1
        name = CallbackId(f"api-{self.ids}")
        self.give(PromiseCallback(name, number, SALES, self.now + pick * 600, "", "vera"))

    @rule(pick=picks, cancel=st.booleans(), number=st.sampled_from(NUMBERS))
    def person_changes(self, pick: int, cancel: bool, number: str) -> None:
        known = list(self.core.desk.book.promises)
        if known:
            one, cancel = known[pick % len(known)], cancel and pick % 3 == 0
            self.give(CancelCallback(one, "vera") if cancel else ChangeCallback(one, number, None, "vera"))

    # The database

    @rule(pick=picks, fate=st.sampled_from(["granted", "granted", "granted", "lost before", "lost after"]))
    def database_answers(self, pick: int, fate: str) -> None:
        if not self.asked:
            return
        wanted, term = self.asked.pop(pick % len(self.asked))
        key, granted = (wanted.callback, wanted.attempt), None
        if fate != "lost before":
            holder = self.claims.setdefault(key, (wanted.call, term))
            granted = holder[1] == term
        seen[f"claim {granted}"] += 1
        if term == self.term:
            answer = None if fate != "granted" else granted
            self.give(ClaimAnswered(wanted.callback, wanted.attempt, wanted.call, answer))

    @rule()
    def written_down(self) -> None:
        self.written = len(self.ledger)

    # The wire and the clock

    @rule(pick=picks)
    def some_arrive(self, pick: int) -> None:
        while self.orders:
            self.execute()
        for _ in range(min(1 + pick % 4, len(self.wire))):
            self.give(self.wire.pop(0))

    @rule(writes=st.booleans())
    def all_arrive(self, writes: bool) -> None:
        self.flush()
        while writes and self.asked:
            self.database_answers(0, "granted")
            self.flush()
        if writes:
            self.written_down()

    @rule(pick=picks)
    def one_is_lost(self, pick: int) -> None:
        losable = [i for i, one in enumerate(self.wire) if not isinstance(one, ServerSynced)]
        if losable:
            del self.wire[losable[pick % len(losable)]]

    @rule(pick=picks)
    def one_comes_twice(self, pick: int) -> None:
        doubles = [one for one in self.wire if not isinstance(one, ServerSynced)]
        if doubles:
            self.wire.insert(pick % (len(self.wire) + 1), doubles[pick % len(doubles)])

    @rule(seconds=st.sampled_from([1.0, 1.0, 6.0, 6.0, 40.0, 40.0, 400.0, 1900.0, 14 * 3600.0]))
    def time_passes(self, seconds: float) -> None:
        until, ticks = self.now + seconds, 0
        while self.wake_at is not None and self.wake_at <= until:
            self.now = max(self.now, self.wake_at)
            ticks += 1
            assert ticks < 1_000 + 2 * seconds, "wakes up for nothing"
            self.give(Tick())
            self.flush()
            while self.asked and seconds > LONGEST_HANG:
                self.database_answers(0, "granted")
                self.flush()
        self.now = until

    # Disasters

    @rule(back=st.booleans())
    def link_is_cut(self, back: bool) -> None:
        if self.link:
            self.link, self.cut_at = False, self.now
            self.wire, self.orders = [], []
            self.give(LinkLost(MAIN, "cut"))
            if back:
                self.link_is_back()

    @rule()
    def link_is_back(self) -> None:
        if not self.link:
            self.link = True
            self.give(self.listing(self.now - 1))

    @rule(everything=st.booleans())
    def router_dies(self, everything: bool) -> None:
        """Another takes over with what was written: all, or what had reached the database."""
        if everything:
            self.written = len(self.ledger)
        self.ledger = self.ledger[: self.written]
        self.term += 1
        self.wire, self.orders, self.link = [], [], True
        self.core = Core(OPTIONS)
        self.give(PlanChanged(PLAN))
        history = Remembered({key: call for key, (call, _) in self.claims.items()})
        for fact in self.ledger:
            history.note(fact)
        self.give(replace(history.restored(), blind_since=self.now - 1))
        self.give(self.listing(self.now - 1))
        self.wants("anna", Intent.READY)

    # What holds

    @invariant()
    def one_open_promise_for_a_number_and_queue(self) -> None:
        open_ones = [
            (one.callback.number, one.callback.queue) for one in self.core.desk.book.promises.values()
        ]
        assert len(open_ones) == len(set(open_ones))
        assert set(self.core.desk.book.by_number) == set(open_ones)

    @invariant()
    def never_more_attempts_than_allowed(self) -> None:
        for one in self.core.desk.book.promises.values():
            assert one.callback.attempts < RULES.most_attempts
        made = Counter(fact.callback for fact in self.ledger if isinstance(fact, CallbackDialled))
        assert all(count <= RULES.most_attempts for count in made.values())

    @invariant()
    def no_server_is_waited_for_without_end(self) -> None:
        if self.link or self.cut_at is None:
            return
        bound = RULES.ring_seconds + OPTIONS.ring_slack + OPTIONS.dialling_forgotten
        for one in self.core.desk.book.promises.values():
            if one.state is CallbackState.DIALLING and one.call is not None:
                assert self.now - max(self.cut_at, self.dialled_at[one.call]) <= bound, one

    @invariant()
    def an_agent_is_held_for_one_promise_that_knows_it(self) -> None:
        for seat in self.core.floor.seats.values():
            if seat.reserved is not None:
                promise = self.core.desk.book.promises[seat.reserved]
                assert promise.agent == seat.id
                assert promise.state is CallbackState.CLAIMING

    def teardown(self) -> None:
        """Calm at last: nobody stays held, and no dialling stays open."""
        if not self.link:
            self.link_is_back()
        self.flush()
        for line in tuple(self.lines.values()):
            self.ends(line, RingOutcome.NO_ANSWER)
        self.flush()
        while self.asked:
            self.database_answers(0, "lost before")
        # Whose last words were all lost is missing in the next audit, and is over when the one after agrees.
        self.time_passes(OPTIONS.audit_interval + 2 * OPTIONS.audit_recheck)
        while self.asked:
            self.database_answers(0, "lost before")
        for promise in self.core.desk.book.promises.values():
            assert promise.state is not CallbackState.CONNECTED, promise
        for seat in self.core.floor.seats.values():
            assert seat.reserved is None or self.asked, seat


TestCallbacks = CallbackMachine.TestCase
TestCallbacks.settings = settings(
    max_examples=150,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_the_machine_went_through_what_it_is_for() -> None:
    """Runs after the machine: it would prove nothing had it never dialled."""
    if not seen:
        TestCallbacks("runTest").runTest()
    wanted = ("CallbackDialled", "tried: reached", "tried: unknown", "ended: called_in")
    for what in (*wanted, "ended: reached elsewhere"):
        assert seen[what], f"never happened: {what}, of {dict(seen)}"
    # Which of the ways not to be reached comes up is the dice's: each has a test of its own.
    unreached = ("tried: no_answer", "tried: busy", "tried: failed")
    assert any(seen[what] for what in unreached), f"always reached: {dict(seen)}"
