"""The example of docs/routing-plan.md is a plan in order."""

from __future__ import annotations

import re
from pathlib import Path

from callcenter.people.changes import CALENDAR
from callcenter.people.check import check_plan
from callcenter.people.mistakes import Severity
from callcenter.people.plan_file import apply_file, read_toml
from callcenter.people.site_plan import SitePlan
from routing.acd.model import Agent
from routing.ids import AgentId, StationId

DOCS = Path(__file__).parents[2] / "docs" / "routing-plan.md"
NOW = 1_795_455_945.0


def test_the_example_can_be_applied() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    bare = SitePlan(agents=(Agent(AgentId("anna"), "Anna", StationId("a1001"), ()),))
    plan = apply_file(read_toml(example), NOW)(bare)
    found = check_plan(plan, CALENDAR, NOW)
    assert [mistake for mistake in found if mistake.severity is Severity.ERROR] == []
    assert len(plan.flows.flows[0].steps) == 7
