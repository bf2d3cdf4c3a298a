"""The plan of losses and reserves: its shape, its limits, and its values where they are known exactly."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from routing.acd.erlang import figures
from routing.acd.need import Group, Needs, Traffic

MINUTE = 60.0


def traffic(
    value: float = 1.0, arrivals: float = 0.02, handle: float = 180.0, patience: float = 120.0
) -> Traffic:
    return Traffic(value, arrivals, handle, patience)


def test_a_queue_alone_obeys_the_exact_equation_of_its_chain() -> None:
    """The worth of the last free agent is how much less is lost a second, for each second he is free: the
    sum of all losses over arrivals that find so many waiting is the cost of abandonment."""
    lam, mu, theta, agents = 0.05, 1 / 180, 1 / 120, 8
    needs = Needs({"a": Traffic(1.0, lam, 180, 120)}, [Group(("a",), agents)])
    cost = figures(lam, 180, 120, agents).abandon * lam
    # At an empty center (all free) the cost rate equals arrivals times the loss an arrival brings.
    assert lam * needs.loss("a", 0, agents) == pytest.approx(cost, rel=1e-6)
    for q in range(1, 12):
        left = (lam + agents * mu + q * theta) * needs.loss("a", q)
        right = lam * needs.loss("a", q + 1) + theta
        right += (agents * mu + (q - 1) * theta) * (
            needs.loss("a", q - 1) if q > 1 else needs.loss("a", 0, 1)
        )
        assert left == pytest.approx(right, rel=1e-6)


@given(
    arrivals=st.lists(st.floats(0.001, 0.2), min_size=2, max_size=2),
    patience=st.lists(st.floats(5, 3000), min_size=2, max_size=2),
    handle=st.lists(st.floats(10, 1000), min_size=2, max_size=2),
    agents=st.lists(st.integers(0, 30), min_size=3, max_size=3),
    value=st.floats(0.1, 50),
)
@settings(max_examples=60, deadline=None)
def test_losses_grow_with_the_line_and_stay_under_the_value(
    arrivals: list[float], patience: list[float], handle: list[float], agents: list[int], value: float
) -> None:
    needs = Needs(
        {
            "a": Traffic(value, arrivals[0], handle[0], patience[0]),
            "b": Traffic(1.0, arrivals[1], handle[1], patience[1]),
        },
        [Group(("a",), agents[0]), Group(("b",), agents[1]), Group(("a", "b"), agents[2])],
    )
    for queue, most in (("a", value), ("b", 1.0)):
        losses = [needs.loss(queue, 0, free) for free in range(30, 0, -1)] + [
            needs.loss(queue, q) for q in range(1, 60)
        ]
        assert all(0 <= loss <= most * (1 + 1e-9) for loss in losses)
        assert all(later >= earlier - 0.02 * most for earlier, later in pairwise(losses))


def test_alike_queues_are_alike_and_keep_nobody_from_each_other() -> None:
    needs = Needs({"a": traffic(), "b": traffic()}, [Group(("a", "b"), 8)])
    assert needs.index("a", 3) == pytest.approx(needs.index("b", 3), rel=1e-6)
    assert needs.reserve("a", 1, "b") == needs.reserve("b", 1, "a") == 0.0
    assert needs.share(("a", "b"), "a") == pytest.approx(0.5)


def test_the_valuable_queue_goes_first_and_has_a_reserve() -> None:
    needs = Needs({"gold": traffic(3.0), "plain": traffic()}, [Group(("gold", "plain"), 8)])
    assert needs.index("gold", 1) > needs.index("plain", 1)
    assert needs.reserve("plain", 1, "gold") == 0.0
    reserves = [needs.reserve("gold", free, "plain") for free in range(1, 9)]
    assert reserves[0] > needs.index("plain", 1)
    assert reserves == sorted(reserves, reverse=True)
    assert reserves[-1] < needs.index("plain", 1)


def test_equal_values_may_have_a_reserve_and_it_waits_for_calls_to_be_seen() -> None:
    rates = {"quick": traffic(handle=60.0, patience=20.0), "slow": traffic(handle=600.0, patience=600.0)}
    groups = [Group(("quick", "slow"), 10)]
    sure = Needs(rates, groups).reserve("quick", 1, "slow")
    assert sure > 0
    few = [
        Needs(rates | {"slow": replace(rates["slow"], seen=seen)}, groups).reserve("quick", 1, "slow")
        for seen in (0.0, 30.0, 60.0, 3000.0)
    ]
    assert few == pytest.approx([0.0, 0.0, sure / 2, sure * 0.99])


def test_a_plan_resumed_from_the_last_one_comes_to_the_same() -> None:
    groups = [Group(("a",), 4), Group(("a", "b"), 6)]
    before = Needs({"a": traffic(), "b": traffic(3.0)}, groups)
    rates = {"a": traffic(arrivals=0.03), "b": traffic(3.0, patience=100.0)}
    (resumed,) = [plan for plan in Needs.planning(rates, groups, before) if plan is not None]
    fresh = Needs(rates, groups)
    for queue, waiting, free in (("a", 1, 0), ("a", 9, 0), ("b", 1, 0), ("b", 9, 0), ("b", 0, 2)):
        mine, theirs = resumed.loss(queue, waiting, free), fresh.loss(queue, waiting, free)
        assert mine == pytest.approx(theirs, rel=0.03, abs=3e-3)


def test_a_specialist_is_worth_nothing_to_others_and_goes_first() -> None:
    needs = Needs({"a": traffic(), "b": traffic()}, [Group(("a",), 4), Group(("a", "b"), 4)])
    depth = {"a": -2, "b": -1}
    assert needs.spare(("a",), "a", depth) == 0.0
    assert needs.spare(("a", "b"), "a", depth) > 0


def test_more_specialists_make_a_queue_less_needy() -> None:
    def need(agents: int) -> float:
        rates = {"a": traffic(arrivals=0.04), "b": traffic(arrivals=0.04)}
        return Needs(rates, [Group(("a",), agents), Group(("b",), 4), Group(("a", "b"), 6)]).loss("a", 1)

    assert need(2) > need(5) > need(9)


def test_callers_who_never_give_up_still_count_by_the_length_of_their_line() -> None:
    needs = Needs({"a": traffic(patience=math.inf), "b": traffic()}, [Group(("a", "b"), 8)])
    assert 0 < needs.index("a", 1) < needs.index("a", 10) < needs.index("a", 60)


def test_a_queue_that_nobody_serves_and_one_without_calls() -> None:
    needs = Needs({"nobody": traffic(), "silent": traffic(arrivals=0.0)}, [Group(("silent",), 3)])
    assert needs.loss("nobody", 1) == pytest.approx(1.0)
    assert needs.loss("silent", 0, 3) == pytest.approx(0.0, abs=1e-3)


def test_wrong_input_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        Needs({"a": traffic(handle=0.0)}, [])
    with pytest.raises(KeyError):
        Needs({"a": traffic()}, [Group(("a", "b"), 1)])


def test_planning_by_pieces_gives_the_same_plan() -> None:
    rates = {"a": traffic(3.0), "b": traffic()}
    groups = [Group(("a",), 2), Group(("a", "b"), 5)]
    *waits, plan = Needs.planning(rates, groups)
    assert plan is not None
    assert not any(waits)
    assert plan.index("b", 4) == Needs(rates, groups).index("b", 4)
