"""The bench's low-noise estimate of a router's cost, against the exact cost of the same rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.acd import rivals
from benchmarks.acd.graph_runs import OTHERS_PART, compare
from benchmarks.acd.graphs import built
from benchmarks.acd.mdp import Class, Graph, Space, evaluate, optimum


def _letter_n() -> Graph:
    classes = (Class(4.0, 1.0, 1.0, value=3.0), Class(3.0, 1.0, 0.5))
    return built("N", classes, (((0,), 3), ((0, 1), 3)))


def test_a_rules_cost_is_found_with_little_noise() -> None:
    graph = _letter_n()
    space = Space(graph)
    exact = evaluate(space, rivals.static_priority(space)).cost / optimum(space).cost
    (found,) = compare(graph, 20_000, 1, ("static_priority",)).outcomes
    assert found.error < 0.01
    assert found.plain_error > 3 * found.error
    assert abs(found.ratio - exact) < 4 * found.error + 0.001
    assert abs(found.plain - exact) < 4 * found.plain_error


def test_lines_longer_than_those_solved_are_counted_in_full() -> None:
    """A graph whose lines are cut off much too early has another optimum; what the router costs stays what
    it is."""
    graph = _letter_n()
    cut = replace(graph, room=(3, 4))
    space = Space(graph)
    exact = evaluate(space, rivals.static_priority(space)).cost
    result = compare(cut, 20_000, 1, ("static_priority",))
    (found,) = result.outcomes
    assert found.ratio * result.optimum == pytest.approx(exact, rel=4 * found.error + 0.002)


def test_all_routers_meet_the_same_calls() -> None:
    """The engine all of them, the others the first part."""
    outcomes = compare(_letter_n(), 2_000, 3).outcomes
    ours, *others = (one.calls for one in outcomes)
    assert len(set(others)) == 1 < len(others)
    assert ours > others[0] * OTHERS_PART * 0.8
    assert all(one.ratio > 0.95 for one in outcomes)
    assert all(0.0 < one.load_cv < 0.2 for one in outcomes)
