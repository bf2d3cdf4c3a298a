"""Whatever the plan and the caller: a flow ends, nothing raises, and the same again gives the same."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any, TypeVar

from hypothesis import assume, event, given, settings, strategies as st

from routing.flows.check import check, has_errors
from routing.flows.directory import FlowDirectory
from routing.flows.graph import cycles, first_of_each, ways
from routing.flows.mistakes import Code
from routing.flows.model import (
    Announcements,
    AskNumber,
    ByValue,
    CallOut,
    Choice,
    Emergency,
    Enqueue,
    Flow,
    FlowPlan,
    HangUp,
    IfKnown,
    IfOpen,
    Jump,
    Menu,
    OfferCallback,
    Overflow,
    OverflowKind,
    Say,
    SetLanguage,
    Step,
    ValueBranch,
    Voicemail,
)
from routing.flows.moves import (
    Answer,
    Ask,
    CallbackKept,
    Caller,
    ClientKnown,
    Context,
    DialOut,
    End,
    Failed,
    Heard,
    Join,
    KeepPlace,
    Keys,
    LookUp,
    Move,
    OutEnded,
    Play,
    QueueState,
    Record,
    Recorded,
    Stage,
    Stay,
    Trace,
    Why,
)
from routing.flows.run import MOST_STEPS, advance, enter, queued, resume
from routing.ids import FlowId, HoursId, PromptId, QueueId, StepId
from tests.routing.flows.plans import CALENDAR, HELP, PROMPTS, SALES, WORKDAYS, at, routing

T = TypeVar("T")
NOW = at("2026-11-27 17:00")
FLOWS = [FlowId(name) for name in ("f1", "f2", "f3")]
NUMBERS = ["200", "201", "202"]
STEPS = [StepId(f"s{n}") for n in range(8)]
MISTAKES_OF_OURS = {
    Why.NO_SUCH_STEP,
    Why.NO_SUCH_FLOW,
    Why.NO_SUCH_QUEUE,
    Why.NO_SUCH_HOURS,
    Why.UNFORESEEN,
}

CLASSES = (Say, Menu, AskNumber, SetLanguage, IfOpen, IfKnown, ByValue, Enqueue, OfferCallback, Voicemail)
KINDS = st.sampled_from([*CLASSES, CallOut, HangUp, Jump, Menu, Enqueue])


class Maker:
    """Draws one step. It leads to ``on`` by itself, and to ``by_key`` where the caller acts. (Each value is
    drawn by itself, since strategies built anew for each plan would take most of the time.)"""

    def __init__(
        self,
        draw: st.DrawFn,
        on: Sequence[StepId],
        by_key: Sequence[StepId],
        jumps: Sequence[FlowId],
        queues: Sequence[QueueId] = (SALES, HELP),
        callback: StepId | None = None,
    ) -> None:
        self.draw, self.jumps, self.callback = draw, jumps, callback
        self.on, self.by_key, self.queues = on, by_key, queues

    def one_of(self, things: Sequence[T]) -> T:
        return things[self.draw(st.integers(0, len(things) - 1))]

    def several(self, make: Callable[[], T], least: int, most: int) -> tuple[T, ...]:
        return tuple(make() for _ in range(self.draw(st.integers(least, most))))

    def overflow(self) -> Overflow:
        return Overflow(self.one_of(list(OverflowKind)), self.draw(st.integers(1, 200)), self.one_of(self.on))

    def announcements(self) -> Announcements:
        return Announcements(
            self.draw(st.integers(0, 60)),
            self.one_of([0, 10, 60]),
            self.one_of([None, *PROMPTS]),
            self.draw(st.booleans()),
            self.draw(st.booleans()),
            None if self.callback is None else self.one_of("0123456789*#"),
        )

    def choices(self) -> tuple[Choice, ...]:
        keys = dict.fromkeys(self.several(lambda: self.one_of("0123456789*#"), 1, 3))
        return tuple(Choice(key, self.one_of(self.by_key)) for key in keys)

    def step(self, name: StepId) -> Step:
        kind = self.draw(KINDS)
        on, prompt, short = self.one_of(self.on), self.one_of(PROMPTS), self.draw(st.integers(1, 3))
        if kind is Say or (kind is Jump and not self.jumps):
            return Say(name, prompt, on)
        if kind is Jump:
            return Jump(name, self.one_of(self.jumps))
        if kind is Menu:
            return Menu(name, prompt, self.choices(), on, short, short)
        if kind is AskNumber:
            return AskNumber(name, prompt, self.one_of(self.by_key), on, 12, short, short)
        if kind is SetLanguage:
            return SetLanguage(name, self.one_of(["en", "de"]), on)
        if kind is IfOpen:
            return IfOpen(name, HoursId("office"), on, self.one_of(self.on))
        if kind is IfKnown:
            return IfKnown(name, on, self.one_of(self.on))
        if kind is ByValue:
            return ByValue(name, (ValueBranch("gold", on),), self.one_of(self.on))
        queue = self.one_of(self.queues)
        if kind is Enqueue:
            overflows = self.several(self.overflow, 0, 2)
            return Enqueue(name, queue, overflows, self.announcements(), None, self.callback)
        if kind is OfferCallback:
            return OfferCallback(name, queue, prompt, on)
        if kind is Voicemail:
            return Voicemail(name, queue, prompt)
        return CallOut(name, "+74950000009", on) if kind is CallOut else HangUp(name, prompt)


LAST, OFFER = STEPS[-1], STEPS[-2]
emergencies = st.sampled_from([Emergency(), Emergency(), Emergency(True, PROMPTS[0], (FLOWS[2],))])


@st.composite
def tidy_plans(draw: st.DrawFn) -> FlowPlan:
    """Three flows in which a way leads back by a key alone; most of them have no mistake."""
    flows = []
    for n, name in enumerate(FLOWS):
        count = draw(st.integers(1, 5))
        named = [*STEPS[:count], OFFER, LAST]
        steps: list[Step] = []
        for m in range(count):
            make = Maker(draw, named[m + 1 :], named, FLOWS[n + 1 :], callback=OFFER)
            steps.append(make.step(named[m]))
        back = draw(st.sampled_from([LAST, *(one.id for one in steps if isinstance(one, Enqueue))]))
        steps += [OfferCallback(OFFER, SALES, PROMPTS[0], back), HangUp(LAST)]
        flows.append(Flow(name, name, (f"20{n}",), STEPS[0], tuple(steps)))
    return FlowPlan(tuple(flows), (WORKDAYS,), PROMPTS, draw(emergencies))


@st.composite
def wild_plans(draw: st.DrawFn) -> FlowPlan:
    """Three flows in which everything may lead anywhere, and to what is not there."""
    flows = []
    queues = (SALES, HELP, QueueId("gone"))
    for n, name in enumerate(FLOWS):
        named = STEPS[: draw(st.integers(2, 5))]
        make = Maker(draw, STEPS[:6], STEPS[:6], FLOWS, queues, STEPS[1])
        steps = [make.step(one) for one in named]
        flows.append(Flow(name, name, (f"20{n}",), STEPS[0], tuple(steps)))
    return FlowPlan(tuple(flows), (WORKDAYS,), PROMPTS[:1], draw(emergencies))


answers = st.one_of(
    st.just(Heard()),
    st.builds(Keys, st.text("0123456789*#", max_size=4)),
    st.builds(ClientKnown, st.booleans(), st.sampled_from([None, "gold"])),
    st.builds(Recorded, st.integers(0, 5)),
    st.builds(OutEnded, st.booleans()),
    st.just(CallbackKept()),
    st.just(Failed()),
)
waits = st.none() | st.floats(0, 1000) | st.just(math.inf)
queue_states = st.builds(
    QueueState, st.integers(0, 300), st.integers(0, 2), waits, st.none() | st.integers(1, 300)
)
callers = st.none() | st.builds(Caller, st.booleans(), st.sampled_from([None, "gold"]))


def fitting(draw: Callable[[st.SearchStrategy[Any]], Any], move: Move) -> Any:
    """An answer that the action may get."""
    failed = st.just(Failed())
    match move.action:
        case Play(_, key):
            return draw(st.sampled_from([Heard(), *([Keys(key)] if key else [])]) | failed)
        case Ask():
            signs = st.text("0123456789", max_size=move.action.most_digits)
            return draw(st.builds(Keys, signs | st.sampled_from(["1", "2", "", "*"])) | failed)
        case Record():
            return Recorded(draw(st.integers(0, 5)))
        case DialOut():
            return draw(st.builds(OutEnded, st.booleans()) | failed)
        case LookUp():
            return draw(st.builds(ClientKnown, st.booleans(), st.sampled_from([None, "gold"])) | failed)
        case KeepPlace():
            return draw(st.just(CallbackKept()) | failed)
        case Join() | Stay() | End():
            return Heard()


class Call:
    """One call, led by Hypothesis."""

    def __init__(self, data: st.DataObject, flows: FlowDirectory, dialled: str) -> None:
        self.data, self.flows, self.now = data, flows, NOW
        self.number = data.draw(st.sampled_from(["", "+79161234567"]))
        self.caller = data.draw(callers)
        self.state = data.draw(queue_states)
        self.trace: list[Trace] = []
        self.move = enter(flows, dialled, self.context())
        self.keep()

    def context(self) -> Context:
        return Context(self.now, self.number, self.caller, lambda _: self.state)

    def keep(self) -> None:
        move = self.move
        self.trace += move.trace
        assert move.position.taken <= MOST_STEPS
        # The stage says where the call stands, and the action fits it.
        assert (move.position.stage is Stage.ENDED) == isinstance(move.action, End)
        if isinstance(move.action, Join | Stay):
            assert move.position.stage is Stage.WAITING
            assert move.action.look_at is None or move.action.look_at >= self.now
        if move.position.stage is Stage.WAITING:
            assert isinstance(move.action, Join | Stay | Play)
            assert move.position.waiting is not None
            assert self.flows.has_queue(move.position.waiting.queue)
        json.dumps(asdict(move.position))  # it can be written down
        assert "9161234567" not in str(move.trace)

    def go_on(self, answer: Answer) -> None:
        self.now += self.data.draw(st.sampled_from([0, 7, 300]))
        move = advance(self.flows, self.move.position, answer, self.context())
        assert move == advance(self.flows, self.move.position, answer, self.context())
        self.move = move
        self.keep()

    def wait(self) -> None:
        """Time passes for a call in a queue."""
        action = self.move.action
        due = action.look_at if isinstance(action, Join | Stay) else None
        self.now = max(self.now, due) if due is not None else self.now + self.data.draw(st.integers(0, 100))
        self.state = self.data.draw(queue_states)
        self.move = queued(self.flows, self.move.position, self.context())
        self.keep()

    @property
    def over(self) -> bool:
        return self.move.position.stage is Stage.ENDED


@settings(max_examples=300, deadline=None)
@given(tidy_plans(), st.sampled_from(NUMBERS), st.data())
def test_a_checked_plan_leads_every_caller_to_a_queue_or_an_end(
    plan: FlowPlan, dialled: str, data: st.DataObject
) -> None:
    assume(not has_errors(check(plan, routing(), CALENDAR, NOW)))
    call = Call(data, FlowDirectory(plan, routing(), CALENDAR), dialled)
    moves = 0
    while not call.over and call.move.position.stage is not Stage.WAITING:
        call.go_on(fitting(data.draw, call.move))
        moves += 1
        assert moves <= MOST_STEPS * 10
    for _ in range(6):
        if call.over:
            break
        if call.move.position.stage is Stage.WAITING and not isinstance(call.move.action, Play):
            call.wait()
        else:
            call.go_on(fitting(data.draw, call.move))
    assert not MISTAKES_OF_OURS & {trace.why for trace in call.trace}


@settings(max_examples=300, deadline=None)
@given(tidy_plans())
def test_a_silent_caller_of_a_checked_plan_takes_no_step_twice(plan: FlowPlan) -> None:
    assume(not has_errors(check(plan, routing(), CALENDAR, NOW)))
    flows = FlowDirectory(plan, routing(), CALENDAR)
    here = Context(NOW, "", Caller(False), lambda _: QueueState(able=1))
    for flow in plan.flows:
        move = enter(flows, flow.numbers[0], here)
        come_to: list[tuple[FlowId | None, StepId | None]] = []
        while move.position.stage not in (Stage.WAITING, Stage.ENDED):
            place = (move.position.flow, move.position.step)
            if come_to[-1:] != [place]:
                come_to.append(place)
            move = advance(flows, move.position, Failed(), here)
        event(f"places: {len(come_to)}")
        assert len(come_to) == len(set(come_to))


@settings(max_examples=300, deadline=None)
@given(wild_plans(), st.sampled_from(NUMBERS), st.data())
def test_no_plan_and_no_answer_raises_or_drops_a_call(
    plan: FlowPlan, dialled: str, data: st.DataObject
) -> None:
    call = Call(data, FlowDirectory(plan, routing(), CALENDAR), dialled)
    for _ in range(data.draw(st.integers(0, 15))):
        turn = data.draw(st.sampled_from(["answer", "answer", "wait", "resume"]))
        if turn == "answer":
            call.go_on(data.draw(answers))
        elif turn == "wait" and call.move.position.stage is Stage.WAITING:
            call.wait()
        elif turn == "resume":
            call.move = resume(call.flows, call.move.position, call.context())
            call.keep()
    if call.over:  # only by a step that ends calls, by a talk that was had, or by the emergency
        assert {trace.why for trace in call.trace} & {Why.HUNG_UP}
        last = call.flows.step(call.move.position.flow, call.move.position.step)
        assert last is None or isinstance(last, HangUp | Voicemail | CallOut | OfferCallback)


@settings(max_examples=400, deadline=None)
@given(wild_plans(), st.data())
def test_every_seeded_cycle_is_found(plan: FlowPlan, data: st.DataObject) -> None:
    """Some steps are made to lead to each other in a ring, in ways that need no act of the caller."""
    places = [(flow.id, one.id) for flow in plan.flows for one in flow.steps]
    ring = data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=5, unique=True))
    flows = {flow.id: flow for flow in plan.flows}
    for here, (there_flow, there) in zip(ring, ring[1:] + ring[:1], strict=True):
        if here[0] == there_flow:
            kinds: list[Step] = [
                Say(here[1], PROMPTS[0], there),
                Menu(here[1], PROMPTS[0], (Choice("1", here[1]),), there),
                IfKnown(here[1], there, there),
                OfferCallback(here[1], SALES, PROMPTS[0], there),
                Enqueue(here[1], SALES, (Overflow(OverflowKind.WAITED, 60, there),)),
                CallOut(here[1], "101", there),
            ]
            seeded = data.draw(st.sampled_from(kinds))
        else:
            seeded = Jump(here[1], there_flow)
            flows[there_flow] = replace(flows[there_flow], start=there)
        flow = flows[here[0]]
        steps = tuple(seeded if one.id == here[1] else one for one in flow.steps)
        flows[here[0]] = replace(flow, steps=steps)
    jumps = [
        (here, there)
        for here, there in zip(ring, ring[1:] + ring[:1], strict=True)
        if here[0] != there[0] and flows[there[0]].start != there[1]
    ]
    assume(not jumps)  # two jumps into one flow cannot both come to their step
    seeded_plan = replace(plan, flows=tuple(flows.values()))
    found = cycles(first_of_each(seeded_plan.flows))
    on_cycles = {node for cycle in found for node in cycle.nodes}
    assert on_cycles & set(ring)
    assert any(one.code is Code.CYCLE for one in check(seeded_plan, routing(), CALENDAR, NOW))


@settings(max_examples=300, deadline=None)
@given(wild_plans())
def test_each_cycle_is_one_and_cutting_them_leaves_none(plan: FlowPlan) -> None:
    flows = first_of_each(plan.flows)
    steps = {(flow.id, one.id): one for flow in plan.flows for one in flow.steps}
    onward: dict[tuple[FlowId, StepId], set[tuple[FlowId, StepId]]] = {}
    for (flow, name), one in steps.items():
        onward[flow, name] = {(flow, way.to) for way in ways(one) if not way.act}
        if isinstance(one, Jump):
            onward[flow, name].add((one.flow, flows[one.flow].start))
    for cycle in cycles(flows):
        for here, there in zip(cycle.nodes, cycle.nodes[1:] + cycle.nodes[:1], strict=True):
            assert there in onward[here] or (here, there) == (cycle.nodes[-1], cycle.nodes[0])
        onward[cycle.nodes[-1]].discard(cycle.nodes[0])
    # What leads nowhere any more is taken away, until nothing or only cycles are left.
    while leaves := [node for node, leads in onward.items() if not leads & onward.keys()]:
        for node in leaves:
            del onward[node]
    assert not onward


@given(st.lists(st.sampled_from([*PROMPTS, PromptId("gone")]), max_size=3))
def test_prompts_that_are_missing_never_stop_a_call(uploaded: list[PromptId]) -> None:
    steps = (
        Say(STEPS[0], PROMPTS[0], STEPS[1]),
        Say(STEPS[1], PROMPTS[1], STEPS[2]),
        Enqueue(STEPS[2], SALES),
    )
    plan = FlowPlan((Flow(FLOWS[0], "", ("1",), STEPS[0], steps),), (), tuple(uploaded))
    flows = FlowDirectory(plan, routing(), CALENDAR)
    here = Context(NOW, "", None, lambda _: QueueState(able=1))
    move = enter(flows, "1", here)
    while isinstance(move.action, Play):
        move = advance(flows, move.position, Heard(), here)
    assert isinstance(move.action, Join)
