"""Replications of a scenario: the same day again and again, each time by other chances."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from routing.acd.model import Preset, RoutingPlan, Strategy
from routing.acd.simulation.figures import Sections, sections
from routing.acd.simulation.product import Product
from routing.acd.simulation.scenario import Scenario
from routing.acd.simulation.world import World


def replicate(scenario: Scenario) -> Sequence[Sections]:
    """All its replications. Each has a generator for calls and one for people, seeded by the scenario's seed
    and the replication's number alone: a scenario with another plan meets the very same calls."""
    found = []
    for number in range(scenario.replications):
        calls = random.Random(f"{scenario.seed}/{number}/calls")
        people = random.Random(f"{scenario.seed}/{number}/people")
        router = Product(scenario.plan, scenario.since)
        found.append(sections(scenario, World(scenario, router, calls, people, router).run()))
    return found


def chosen(plan: RoutingPlan, preset: Preset | None, strategy: Strategy | None) -> RoutingPlan:
    """``plan`` with one preset or strategy for all queues; ``None`` leaves each its own."""
    queues = plan.queues
    if preset is not None:
        queues = tuple(replace(queue, preset=preset) for queue in queues)
    if strategy is not None:
        queues = tuple(replace(queue, strategy=strategy) for queue in queues)
    return replace(plan, queues=queues)
