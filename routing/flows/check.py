"""Everything that is wrong with a plan, at once, before it comes into force.

``check`` looks at the flows, at the opening hours and at the queues that callers are led to. A plan without a
``Severity.ERROR`` lets no call go round for ever, leads every call somewhere, and has somebody for each.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from routing.acd.model import RoutingPlan
from routing.flows import graph
from routing.flows.check_hours import check_hours
from routing.flows.check_queues import check_queues
from routing.flows.hours import Calendar
from routing.flows.mistakes import Code, Mistake, Severity, in_range, unknown
from routing.flows.model import (
    AskNumber,
    ByValue,
    CallOut,
    Emergency,
    Enqueue,
    Flow,
    FlowPlan,
    HangUp,
    IfOpen,
    Jump,
    Menu,
    OfferCallback,
    OverflowKind,
    Say,
    SetLanguage,
    Step,
    Voicemail,
)
from routing.flows.spoken import BUILT_IN
from routing.ids import FlowId, SkillId, StepId

_KEYS = frozenset("0123456789*#")
_NUMBER = re.compile(r"\+?[0-9]{2,20}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_DAY = 86_400


def check(
    plan: FlowPlan,
    routing: RoutingPlan,
    calendar: Calendar,
    now: float,
    skills: Collection[SkillId] | None = None,
) -> tuple[Mistake, ...]:
    """All mistakes of a plan, in its order. ``skills`` are those that there are (none given: those that
    agents hold). ``now`` in UTC epoch seconds: hours that were open only in the past never open."""
    names = _Names(plan, routing, skills)
    found = [*check_hours(plan.hours, calendar, now), *_check_flows(plan, names)]
    found += _check_numbers(plan, routing)
    found += _check_emergency(plan.emergency, names)
    found += check_queues(plan, routing, names.skills)
    return tuple(found)


def has_errors(mistakes: Iterable[Mistake]) -> bool:
    return any(mistake.severity is Severity.ERROR for mistake in mistakes)


class _Names:
    """What may be named, by kind."""

    def __init__(self, plan: FlowPlan, routing: RoutingPlan, skills: Collection[SkillId] | None) -> None:
        held = {level.skill for agent in routing.agents for level in agent.skills}
        self.flows = graph.first_of_each(plan.flows)
        self.queues = {queue.id for queue in routing.queues}
        self.hours = {hours.id for hours in plan.hours}
        self.prompts = {*plan.prompts, *BUILT_IN}
        self.values = {value.id for value in routing.values}
        self.skills = held if skills is None else set(skills)
        self.own: dict[str, str] = {}
        """Who has each of our own numbers, without a leading +."""
        for place, numbers in _numbered(plan, routing):
            for number in numbers:
                self.own.setdefault(number.removeprefix("+"), place)


def _check_flows(plan: FlowPlan, names: _Names) -> Iterator[Mistake]:
    jumped_to = {step.flow for flow in plan.flows for step in flow.steps if isinstance(step, Jump)}
    seen: set[FlowId] = set()
    for flow in plan.flows:
        if flow.id in seen:
            yield Mistake(f"flow {flow.id}", Code.ID_TWICE, (("what", "flow"), ("name", flow.id)))
        seen.add(flow.id)
        if not flow.numbers and flow.id not in jumped_to:
            yield Mistake(f"flow {flow.id}", Code.UNREACHABLE_FLOW)
        yield from _check_flow(flow, names)
    for cycle in graph.cycles(names.flows):
        last = cycle.nodes[-1]
        path = " → ".join(f"{node[0]}.{node[1]}" for node in (*cycle.nodes, cycle.nodes[0]))
        yield Mistake(_place(*last, cycle.field), Code.CYCLE, (("path", path),))


def _check_flow(flow: Flow, names: _Names) -> Iterator[Mistake]:
    steps: dict[StepId, Step] = {}
    for step in flow.steps:
        if step.id in steps:
            yield Mistake(_place(flow.id, step.id), Code.ID_TWICE, (("what", "step"), ("name", step.id)))
        steps.setdefault(step.id, step)
    yield from unknown(f"flow {flow.id}, start", Code.UNKNOWN_STEP, flow.start, steps, flow=flow.id)
    yield from _check_language(f"flow {flow.id}, language", flow.language)
    for step in flow.steps:
        for way in graph.ways(step):
            place = _place(flow.id, step.id, way.field)
            yield from unknown(place, Code.UNKNOWN_STEP, way.to, steps, flow=flow.id)
        yield from _check_step(flow, step, steps, names)
    if flow.start in steps:
        for name in graph.unreachable(flow):
            yield Mistake(_place(flow.id, name), Code.UNREACHABLE_STEP)


def _check_step(flow: Flow, step: Step, steps: dict[StepId, Step], names: _Names) -> Iterator[Mistake]:
    def at(field: str) -> str:
        return _place(flow.id, step.id, field)

    speaks = Say | Menu | AskNumber | OfferCallback | Voicemail | HangUp
    if isinstance(step, speaks) and step.prompt is not None:
        yield from unknown(at("prompt"), Code.UNKNOWN_PROMPT, step.prompt, names.prompts)
    match step:
        case Menu():
            yield from _check_keys(step, at("choices"))
            yield from in_range(at("seconds"), step.seconds, 1, 60)
            yield from in_range(at("attempts"), step.attempts, 1, 10)
        case AskNumber():
            yield from in_range(at("most_digits"), step.most_digits, 1, 32)
            yield from in_range(at("seconds"), step.seconds, 1, 60)
            yield from in_range(at("attempts"), step.attempts, 1, 10)
        case SetLanguage():
            yield from _check_language(at("language"), step.language)
            yield from in_range(at("patience"), step.patience, 0, _DAY)
            for n, level in enumerate(step.wanted, 1):
                yield from unknown(at(f"wanted.{n}.skill"), Code.UNKNOWN_SKILL, level.skill, names.skills)
                yield from in_range(at(f"wanted.{n}.level"), level.level, 1, 10)
        case IfOpen():
            yield from unknown(at("hours"), Code.UNKNOWN_HOURS, step.hours, names.hours)
        case ByValue():
            yield from _check_branches(step, at("branches"), names)
        case Enqueue():
            yield from _check_enqueue(flow, step, steps, names)
        case OfferCallback():
            yield from unknown(at("queue"), Code.UNKNOWN_QUEUE, step.queue, names.queues)
        case Voicemail():
            yield from unknown(at("queue"), Code.UNKNOWN_QUEUE, step.queue, names.queues)
            yield from in_range(at("seconds"), step.seconds, 5, 1800)
        case CallOut():
            if not _NUMBER.fullmatch(step.number):
                yield Mistake(at("number"), Code.BAD_NUMBER, (("number", step.number),))
            elif (holder := names.own.get(step.number.removeprefix("+"))) is not None:
                yield Mistake(at("number"), Code.OWN_NUMBER, (("number", step.number), ("other", holder)))
            yield from in_range(at("seconds"), step.seconds, 5, 300)
        case Jump():
            yield from unknown(at("flow"), Code.UNKNOWN_FLOW, step.flow, names.flows)


def _check_keys(step: Menu, place: str) -> Iterator[Mistake]:
    if not step.choices:
        yield Mistake(place, Code.NO_CHOICES)
    seen: set[str] = set()
    for n, choice in enumerate(step.choices, 1):
        if choice.key not in _KEYS:
            yield Mistake(f"{place}.{n}.key", Code.BAD_KEY, (("key", choice.key),))
        elif choice.key in seen:
            yield Mistake(f"{place}.{n}.key", Code.KEY_TWICE, (("key", choice.key),))
        seen.add(choice.key)


def _check_branches(step: ByValue, place: str, names: _Names) -> Iterator[Mistake]:
    if not step.branches:
        yield Mistake(place, Code.NO_CHOICES)
    seen: set[str] = set()
    for n, branch in enumerate(step.branches, 1):
        yield from unknown(f"{place}.{n}.value", Code.UNKNOWN_VALUE, branch.value, names.values)
        if branch.value in seen:
            yield Mistake(f"{place}.{n}.value", Code.VALUE_TWICE, (("name", branch.value),))
        seen.add(branch.value)


def _check_enqueue(flow: Flow, step: Enqueue, steps: dict[StepId, Step], names: _Names) -> Iterator[Mistake]:
    def at(field: str) -> str:
        return _place(flow.id, step.id, field)

    yield from unknown(at("queue"), Code.UNKNOWN_QUEUE, step.queue, names.queues)
    for n, overflow in enumerate(step.overflow, 1):
        if overflow.kind != OverflowKind.NOBODY:
            yield from in_range(at(f"overflow.{n}.limit"), overflow.limit, 1, _DAY)
        target = _behind_jumps(steps.get(overflow.next), names)
        # To itself is a cycle, and told as such.
        if isinstance(target, Enqueue) and target is not step and target.queue == step.queue:
            yield Mistake(at(f"overflow.{n}.next"), Code.OVERFLOW_BACK, (("queue", step.queue),))
    says, key = step.announcements, None
    if says is not None:
        key = says.callback_key
        yield from in_range(at("announcements.first"), says.first, 0, 3600)
        if says.every != 0:
            yield from in_range(at("announcements.every"), says.every, 10, 3600)
        if says.prompt is not None:
            yield from unknown(at("announcements.prompt"), Code.UNKNOWN_PROMPT, says.prompt, names.prompts)
        if says.prompt is None and key is None and not (says.position or says.expected_wait):
            yield Mistake(at("announcements"), Code.SILENT_ANNOUNCEMENTS)
        if key is not None and key not in _KEYS:
            yield Mistake(at("announcements.callback_key"), Code.BAD_KEY, (("key", key),))
        if key is not None and step.callback is None:
            yield Mistake(at("announcements.callback_key"), Code.KEY_WITHOUT_CALLBACK, (("key", key),))
    if step.callback is None:
        return
    if key is None:
        yield Mistake(at("callback"), Code.CALLBACK_WITHOUT_KEY)
    offer = steps.get(step.callback)
    if isinstance(offer, OfferCallback):
        if offer.queue != step.queue:
            told = (("name", offer.queue), ("queue", step.queue), ("step", offer.id))
            yield Mistake(at("callback"), Code.CALLBACK_ELSEWHERE, told)
    elif offer is not None:
        yield Mistake(at("callback"), Code.NOT_A_CALLBACK, (("name", step.callback),))


def _behind_jumps(step: Step | None, names: _Names) -> Step | None:
    """The step that jumps lead to; none where they lead nowhere, or round."""
    for _ in names.flows:
        if not isinstance(step, Jump):
            break
        flow = names.flows.get(step.flow)
        step = next((one for one in flow.steps if one.id == flow.start), None) if flow is not None else None
    return None if isinstance(step, Jump) else step


def _check_language(place: str, language: str) -> list[Mistake]:
    if _LANGUAGE.fullmatch(language):
        return []
    return [Mistake(place, Code.BAD_LANGUAGE, (("language", language),))]


def _check_numbers(plan: FlowPlan, routing: RoutingPlan) -> Iterator[Mistake]:
    """One place may have a number with and without its +: both lead there."""
    holders: dict[str, str] = {}
    for place, numbers in _numbered(plan, routing):
        for n, number in enumerate(numbers, 1):
            other = holders.setdefault(number.removeprefix("+"), place)
            if other != place or number in numbers[: n - 1]:
                told = (("number", number), ("other", other))
                yield Mistake(f"{place}, numbers.{n}", Code.NUMBER_TWICE, told)


def _numbered(plan: FlowPlan, routing: RoutingPlan) -> Iterator[tuple[str, Sequence[str]]]:
    yield from ((f"flow {flow.id}", flow.numbers) for flow in plan.flows)
    yield from ((f"queue {queue.id}", queue.numbers) for queue in routing.queues)


def _check_emergency(emergency: Emergency, names: _Names) -> Iterator[Mistake]:
    if emergency.prompt is not None:
        yield from unknown("emergency, prompt", Code.UNKNOWN_PROMPT, emergency.prompt, names.prompts)
    for n, flow in enumerate(emergency.flows, 1):
        yield from unknown(f"emergency, flows.{n}", Code.UNKNOWN_FLOW, flow, names.flows)


def _place(flow: FlowId, step: StepId, field: str = "") -> str:
    return f"flow {flow}, step {step}" + (f", {field}" if field else "")
