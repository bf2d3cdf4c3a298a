"""What-if: a scenario, or a day that was, through the real engine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from callcenter.cli.common import CliError, read_settings, with_database
from callcenter.people.plan import PlanStore
from callcenter.whatif.mistakes import ScenarioErrors, explain
from callcenter.whatif.runs import chosen, replicate
from callcenter.whatif.scenario_file import read_scenario
from callcenter.whatif.words import as_json, as_table
from routing.acd.model import Preset, RoutingPlan, Strategy
from routing.acd.simulation.figures import report


def simulate_acd(
    path: Path,
    config: Path | None,
    *,
    json_wanted: bool,
    preset: Preset | None,
    strategy: Strategy | None,
    replications: int | None,
    seed: int | None,
) -> None:
    """Print the report of a scenario. Raises ``CliError`` with every mistake in it."""
    try:
        scenario = read_scenario(path, lambda: site_plan(config))
    except ScenarioErrors as error:
        raise CliError(explain(error)) from error
    scenario = replace(
        scenario,
        plan=chosen(scenario.plan, preset, strategy),
        replications=replications or scenario.replications,
        seed=scenario.seed if seed is None else seed,
    )
    found = report(replicate(scenario))
    if json_wanted:
        head = {"scenario": scenario.name, "seed": scenario.seed}
        print(json.dumps({**head, **as_json(found)}, ensure_ascii=False))
        return
    print(f"{scenario.name}: {found.replications} replications, seed {scenario.seed}; ± is 95 %\n")
    print(as_table(found))


def site_plan(config: Path | None) -> RoutingPlan:
    """The plan of the site's database."""
    return with_database(read_settings(config), lambda database: PlanStore(database).load())
