"""The rule against the exact optimum on small graphs; wider studies are ``python -m benchmarks.acd.lab``."""

from __future__ import annotations

import pytest

from benchmarks.acd import ours, rivals
from benchmarks.acd.graphs import built
from benchmarks.acd.mdp import Class, Graph, Space, evaluate, optimum
from routing.acd.erlang import figures


def letter_n(handle: float = 1.0) -> Graph:
    classes = (Class(4.0, 1.0, 1.0), Class(2.0 * handle, handle, 1.0))
    return built("N", classes, (((0,), 3), ((0, 1), 3)))


def test_a_pool_of_alike_classes_is_erlang_a() -> None:
    graph = Graph("V", (Class(3.0, 1.0, 0.5), Class(2.0, 1.0, 0.5)), (((0, 1), 5),), (30, 30))
    exact = figures(5.0, 1.0, 2.0, 5).abandon * 5.0
    best = optimum(Space(graph))
    assert best.low <= exact * 1.0001
    assert best.high >= exact * 0.9999
    assert evaluate(Space(graph), rivals.longest_queue(Space(graph))).cost == pytest.approx(exact, rel=1e-4)


@pytest.mark.parametrize("handle", [1.0, 0.5])
@pytest.mark.parametrize(("values", "limit"), [((1.0, 1.0), 1.02), ((3.0, 1.0), 1.05), ((1.0, 3.0), 1.05)])
def test_near_the_optimum_and_no_worse_than_rivals(
    handle: float, values: tuple[float, float], limit: float
) -> None:
    space = Space(letter_n(handle).valued(*values))
    best = optimum(space)
    assert best.high - best.low <= 2e-4 * best.cost
    cost = evaluate(space, ours.rule(space)).cost
    assert best.low * 0.9999 <= cost <= limit * best.cost
    for rival in (rivals.longest_queue, rivals.app_queue):
        assert evaluate(space, rival(space)).cost >= 0.9999 * cost


def test_no_rule_beats_the_optimum_of_the_holding_cost_either() -> None:
    classes = (Class(3.0, 1.0, 0.5, 0.0, 1.0), Class(2.0, 1.0, 0.5, 0.0, 2.0))
    space = Space(built("M", classes, (((0,), 2), ((1,), 1), ((0, 1), 2))))
    best = optimum(space)
    for rule in (ours.rule, rivals.static_priority, rivals.longest_queue, rivals.app_queue):
        assert evaluate(space, rule(space)).cost >= 0.9999 * best.low
    assert evaluate(space, ours.rule(space)).cost <= 1.05 * best.cost
