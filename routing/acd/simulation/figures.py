"""From tallies to the figures of a report, each with its 95 % confidence interval over the replications.

Words as in reports of real days: the service level is answered within the queue's seconds over (answered +
gave up after more than those), ASA the mean wait of answered calls, occupancy busy over (busy + ready).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from routing.acd.queue import Pool
from routing.acd.simulation.scenario import Scenario
from routing.acd.simulation.tally import AgentTally, Tally, TypeTally


@dataclass(frozen=True, slots=True)
class Interval:
    """``mean`` of the replications that have the figure (``of`` them), and half the width of its 95 %
    interval by Student's t: infinite with a single one."""

    mean: float
    half: float
    of: int


Figures: TypeAlias = Mapping[str, float]
"""By name. What can't be said is left out, as the service level of a queue that nobody called."""
Summary: TypeAlias = Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Sections:
    """One replication's figures: of everything, by queue, by type of call, and by pool, which is the agents
    who serve the same queues (its name: their ids joined by ``+``)."""

    total: Figures
    queues: Mapping[str, Figures]
    types: Mapping[str, Figures]
    pools: Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class Report:
    """``Sections`` over all replications."""

    replications: int
    total: Summary
    queues: Mapping[str, Summary]
    types: Mapping[str, Summary]
    pools: Mapping[str, Summary]


def values_of(scenario: Scenario) -> tuple[float, ...]:
    """What losing one call costs, by type: the queue's value times that of the client's class."""
    queues = {queue.id: queue.value for queue in scenario.plan.queues}
    classes = {one.id: one.value for one in scenario.plan.values}
    return tuple(
        queues[kind.queue] * (1.0 if kind.client is None else classes[kind.client]) for kind in scenario.types
    )


def sections(scenario: Scenario, tally: Tally) -> Sections:
    """The figures of one run of ``scenario``."""
    by_queue: dict[str, list[int]] = defaultdict(list)
    for index, kind in enumerate(scenario.types):
        by_queue[kind.queue].append(index)
    by_pool: dict[tuple[Pool, ...], list[AgentTally]] = defaultdict(list)
    for agent in tally.agents:
        by_pool[agent.pools].append(agent)
    values = values_of(scenario)

    def of_calls(indices: Iterable[int]) -> dict[str, float]:
        return _of_calls([(tally.types[index], values[index]) for index in indices])

    total = of_calls(range(len(scenario.types)))
    if tally.span > 0:
        total["cost_per_hour"] = total["cost"] / tally.span * 3600.0
    _put(total, "occupancy", math.fsum(a.busy for a in tally.agents), _present(tally.agents))
    return Sections(
        total,
        {queue: of_calls(indices) for queue, indices in by_queue.items()},
        {kind.name: of_calls([index]) for index, kind in enumerate(scenario.types)},
        {pool_name(pools): _of_agents(agents) for pools, agents in by_pool.items()},
    )


def pool_name(pools: Sequence[Pool]) -> str:
    return "+".join(pool.queue for pool in pools) or "nothing"


def report(runs: Sequence[Sections]) -> Report:
    """All replications, at least one, of one scenario."""
    return Report(
        len(runs),
        _summary([run.total for run in runs]),
        _by_name(runs, lambda run: run.queues),
        _by_name(runs, lambda run: run.types),
        _by_name(runs, lambda run: run.pools),
    )


def interval(values: Sequence[float]) -> Interval:
    """Of at least one value."""
    count = len(values)
    mean = math.fsum(values) / count
    if count == 1:
        return Interval(mean, math.inf, 1)
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    return Interval(mean, student(count - 1) * math.sqrt(variance / count), count)


_STUDENT = (12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281)
_NORMAL = 1.959964


def student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t. Beyond ten degrees of freedom by the expansion of Cornish and
    Fisher (Abramowitz and Stegun 26.7.5), good to four digits there."""
    if freedom <= len(_STUDENT):
        return _STUDENT[freedom - 1]
    z = _NORMAL
    first = (z**3 + z) / 4.0
    second = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    third = (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0
    return z + first / freedom + second / freedom**2 + third / freedom**3


def _of_calls(tallies: Sequence[tuple[TypeTally, float]]) -> dict[str, float]:
    kinds = [kind for kind, _ in tallies]

    def summed(name: str) -> float:
        return math.fsum(getattr(kind, name) for kind in kinds)

    offered, served, abandoned = summed("offered"), summed("served"), summed("abandoned")
    figures = {
        "offered": offered,
        "served": served,
        "abandoned": abandoned,
        "short_abandoned": summed("short"),
        "unserved": summed("unserved"),
        "cost": math.fsum(value * (kind.abandoned + kind.unserved) for kind, value in tallies),
        "longest_wait": max((kind.longest for kind in kinds), default=0.0),
    }
    _put(figures, "service_level", summed("within"), served + summed("late"))
    _put(figures, "abandonment", abandoned, offered)
    _put(figures, "waited", summed("waited") + abandoned, offered)
    _put(figures, "asa", summed("wait"), served)
    _put(figures, "aht", summed("handle"), served)
    _put(figures, "abandoned_after", summed("lost_wait"), abandoned)
    _put(figures, "expected_wait_error", summed("told_error"), summed("told"))
    _put(figures, "expected_wait_bias", summed("told_bias"), summed("told"))
    return figures


def _of_agents(agents: Sequence[AgentTally]) -> dict[str, float]:
    """``load_cv``: how unevenly the agents of a pool are loaded, as the coefficient of variation of their
    occupancies; left out with fewer than two."""
    loads = [agent.occupancy for agent in agents if agent.busy + agent.ready > 0]
    calls = math.fsum(agent.calls for agent in agents)
    figures = {"agents": float(len(agents)), "calls": calls, "calls_per_agent": calls / len(agents)}
    figures["declined"] = math.fsum(agent.declined for agent in agents)
    _put(figures, "occupancy", math.fsum(agent.busy for agent in agents), _present(agents))
    if len(loads) > 1:
        mean = math.fsum(loads) / len(loads)
        spread = math.sqrt(math.fsum((load - mean) ** 2 for load in loads) / len(loads))
        _put(figures, "load_cv", spread, mean)
    return figures


def _present(agents: Iterable[AgentTally]) -> float:
    return math.fsum(agent.busy + agent.ready for agent in agents)


def _put(figures: dict[str, float], name: str, above: float, below: float) -> None:
    if below > 0:
        figures[name] = above / below


def _summary(runs: Sequence[Figures]) -> dict[str, Interval]:
    names = dict.fromkeys(name for run in runs for name in run)
    return {name: interval([run[name] for run in runs if name in run]) for name in names}


def _by_name(
    runs: Sequence[Sections], part: Callable[[Sections], Mapping[str, Figures]]
) -> dict[str, dict[str, Interval]]:
    names = dict.fromkeys(name for run in runs for name in part(run))
    return {name: _summary([part(run)[name] for run in runs if name in part(run)]) for name in names}
