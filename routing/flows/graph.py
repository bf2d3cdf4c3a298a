"""Flows as one graph: which ways lead out of a step, which go round for ever, what is never come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias, assert_never

from routing.flows.model import (
    AskNumber,
    ByValue,
    CallOut,
    Enqueue,
    Flow,
    HangUp,
    IfKnown,
    IfOpen,
    Jump,
    Menu,
    OfferCallback,
    Say,
    SetLanguage,
    Step,
    Voicemail,
)
from routing.ids import FlowId, StepId


class Way(NamedTuple):
    """A way out of a step to another of the same flow. ``field`` names where it is written, elements counted
    from 1. ``act``: it is taken only when the caller does something; silence is nothing."""

    field: str
    to: StepId
    act: bool = False


def ways(step: Step) -> tuple[Way, ...]:
    match step:
        case Say() | SetLanguage():
            return (Way("next", step.next),)
        case Menu():
            chosen = (Way(f"choices.{n}.next", way.next, True) for n, way in enumerate(step.choices, 1))
            return (*chosen, Way("otherwise", step.otherwise))
        case AskNumber():
            return (Way("found", step.found, True), Way("otherwise", step.otherwise))
        case IfOpen():
            return (Way("open", step.open), Way("closed", step.closed))
        case IfKnown():
            return (Way("known", step.known), Way("unknown", step.unknown))
        case ByValue():
            branches = (Way(f"branches.{n}.next", way.next) for n, way in enumerate(step.branches, 1))
            return (*branches, Way("otherwise", step.otherwise))
        case Enqueue():
            overflows = (Way(f"overflow.{n}.next", way.next) for n, way in enumerate(step.overflow, 1))
            callback = () if step.callback is None else (Way("callback", step.callback, True),)
            return (*overflows, *callback)
        case OfferCallback():
            return (Way("declined", step.declined),)
        case CallOut():
            return (Way("otherwise", step.otherwise),)
        case Voicemail() | Jump() | HangUp():
            return ()
        case _:
            assert_never(step)


Node: TypeAlias = tuple[FlowId, StepId]


class Cycle(NamedTuple):
    """``nodes`` in the order of the way; the last leads to the first, by ``field``."""

    nodes: tuple[Node, ...]
    field: str


def first_of_each(flows: Iterable[Flow]) -> dict[FlowId, Flow]:
    """Flows by id; of two with one id the first counts, as it does in ``FlowDirectory``."""
    found: dict[FlowId, Flow] = {}
    for flow in flows:
        found.setdefault(flow.id, flow)
    return found


def cycles(flows: Mapping[FlowId, Flow]) -> tuple[Cycle, ...]:
    """Ways that lead back with no act of the caller's, through jumps, too: so many that none is left once
    each has been cut where it closes. (All there are could be more than anyone would read.)"""
    onward = _without_acts(flows)
    found: list[Cycle] = []
    done: set[Node] = set()
    for root in onward:
        if root in done:
            continue
        path: list[Node] = [root]
        places: dict[Node, int] = {root: 0}
        open_ways: list[Iterator[tuple[str, Node]]] = [iter(onward[root])]
        while path:
            way = next(open_ways[-1], None)
            if way is None:
                open_ways.pop()
                node = path.pop()
                del places[node]
                done.add(node)
                continue
            field, to = way
            if to in places:
                found.append(Cycle(tuple(path[places[to] :]), field))
            elif to not in done:
                places[to] = len(path)
                path.append(to)
                open_ways.append(iter(onward[to]))
    return tuple(found)


def _without_acts(flows: Mapping[FlowId, Flow]) -> dict[Node, list[tuple[str, Node]]]:
    steps: dict[Node, Step] = {}
    for flow in flows.values():
        for step in flow.steps:
            steps.setdefault((flow.id, step.id), step)
    onward: dict[Node, list[tuple[str, Node]]] = {}
    for node, step in steps.items():
        leads = [(way.field, (node[0], way.to)) for way in ways(step) if not way.act]
        if isinstance(step, Jump) and step.flow in flows:
            leads.append(("flow", (step.flow, flows[step.flow].start)))
        onward[node] = [(field, to) for field, to in leads if to in steps]
    return onward


def unreachable(flow: Flow) -> tuple[StepId, ...]:
    """Steps that no way leads to from the start, in the order written."""
    steps: dict[StepId, Step] = {}
    for step in flow.steps:
        steps.setdefault(step.id, step)
    reached: set[StepId] = set()
    todo = [flow.start]
    while todo:
        at = todo.pop()
        if at in steps and at not in reached:
            reached.add(at)
            todo += [way.to for way in ways(steps[at])]
    return tuple(step for step in steps if step not in reached)
