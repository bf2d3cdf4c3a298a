"""What-if: a scenario, or a day that was, through the real engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from callcenter.cli.common import CliError, read_settings, with_database
from callcenter.clock import SystemClock
from callcenter.errors import ConfigError
from callcenter.history.past import PastCall, PastOffer, PastQueries, PastState
from callcenter.people.plan import PlanStore
from callcenter.storage import Database
from callcenter.whatif.mistakes import ScenarioErrors, explain
from callcenter.whatif.replay import Patience, past_day, under
from callcenter.whatif.runs import chosen, replicate
from callcenter.whatif.scenario_file import read_plan, read_scenario
from callcenter.whatif.words import as_json, as_table, side_by_side
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


def replay(
    config: Path | None,
    *,
    day: str | None,
    plan_file: Path | None,
    preset: Preset | None,
    strategy: Strategy | None,
    patience: Patience,
    replications: int,
    seed: int,
    json_wanted: bool,
) -> None:
    """Print a past day as it was, replayed by the plan in force, and by another. Raises ``CliError``."""
    settings = read_settings(config)
    since, until = _bounds(day, settings.site.timezone)

    async def work(database: Database) -> tuple[RoutingPlan, _Found]:
        past = PastQueries(database)
        return await PlanStore(database).load(), _Found(
            await past.calls(since, until), await past.offers(since, until), await past.states(since, until)
        )

    plan, found = with_database(settings, work)
    name = datetime.fromtimestamp(since, ZoneInfo(settings.site.timezone)).date().isoformat()
    try:
        past = past_day(name, plan, found.calls, found.offers, found.states, since, until, patience)
        base = replace(past.scenario, replications=replications, seed=seed)
        scenarios = {"by this plan": base}
        other = chosen(_other_plan(plan_file, plan), preset, strategy)
        if (plan_file, preset, strategy) != (None, None, None):
            scenarios[_title(plan_file, preset, strategy)] = under(base, other)
    except ValueError as error:
        raise CliError(f"{name}: {error}") from error
    reports = {"as it was": report([past.actual])}
    reports |= {title: report(replicate(scenario)) for title, scenario in scenarios.items()}
    if json_wanted:
        head = {"day": name, "seed": seed, "caveats": past.caveats}
        body = {title: as_json(one) for title, one in reports.items()}
        print(json.dumps({**head, "reports": body}, ensure_ascii=False))
        return
    print(f"{name}: {len(past.calls)} calls, {replications} replications, seed {seed}; ± is 95 %\n")
    print(side_by_side(reports))
    print("\nWhat this can't know:")
    for caveat in past.caveats:
        print(f"- {caveat}")


@dataclass(frozen=True, slots=True)
class _Found:
    calls: Sequence[PastCall]
    offers: Sequence[PastOffer]
    states: Sequence[PastState]


def _bounds(day: str | None, zone: str) -> tuple[float, float]:
    """A day's beginning and end on the site's clock; yesterday's without ``day``."""
    here = ZoneInfo(zone)
    if day is None:
        date = datetime.fromtimestamp(SystemClock().now(), here).date() - timedelta(days=1)
    else:
        try:
            date = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=here).date()
        except ValueError as error:
            raise CliError(f"--day: {day!r} is not a date; write one such as 2026-11-22") from error
    begin = datetime(date.year, date.month, date.day, tzinfo=here)
    after = date + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=here)
    return begin.timestamp(), end.timestamp()


def _other_plan(path: Path | None, plan: RoutingPlan) -> RoutingPlan:
    if path is None:
        return plan
    errors: list[ConfigError] = []
    found = read_plan(path, errors, plan)
    if found is None:
        raise CliError(explain(ScenarioErrors(errors)))
    return found


def _title(path: Path | None, preset: Preset | None, strategy: Strategy | None) -> str:
    return "by " + ", ".join(str(part) for part in (path and path.name, preset, strategy) if part)


def site_plan(config: Path | None) -> RoutingPlan:
    """The plan of the site's database."""
    return with_database(read_settings(config), lambda database: PlanStore(database).load())
