"""Plan files: what is written is read again, what is left out stays, and every mistake has its place."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from callcenter.people.mistakes import PlanRefusedError
from callcenter.people.plan_file import apply_file, read_toml, write_toml
from callcenter.people.site_plan import SitePlan, differences
from routing.acd.model import Scoring
from routing.ids import QueueId
from tests.people.plans import HELP, SALES, WHOLE, documents, plans

NOW = 1_795_455_945.0


def laid(plan: SitePlan, text: str, *, prune: bool = False) -> SitePlan:
    return apply_file(read_toml(text), NOW, prune=prune)(plan)


def refusal(plan: SitePlan, text: str) -> dict[str, str]:
    """Codes by place."""
    with pytest.raises(PlanRefusedError) as refused:
        laid(plan, text)
    assert all(mistake.message and mistake.remedy for mistake in refused.value.mistakes)
    return {mistake.place: mistake.code for mistake in refused.value.mistakes}


def test_an_export_changes_nothing() -> None:
    text = write_toml(WHOLE.document())
    assert differences(WHOLE, laid(WHOLE, text)) == ()
    assert differences(WHOLE, laid(WHOLE, text, prune=True)) == ()


def test_an_export_makes_the_same_site_anew() -> None:
    bare = tuple(replace(agent, queues=(), skills=(), team=None, weights=()) for agent in WHOLE.agents)
    empty = SitePlan(agents=bare, flows=replace(WHOLE.flows, flows=(), hours=()))
    assert documents(laid(empty, write_toml(WHOLE.document()))) == documents(WHOLE)


@given(plans())
def test_any_export_changes_nothing(plan: SitePlan) -> None:
    text = write_toml(plan.document())
    tomllib.loads(text)
    assert differences(plan, laid(plan, text, prune=True)) == ()


@given(plans(), plans())
def test_a_pruning_apply_makes_one_plan_of_any_other(before: SitePlan, wanted: SitePlan) -> None:
    text = write_toml(wanted.document())
    # A table that the file has not is left alone, so each must have something in it.
    after = laid(before, text, prune=True)
    want, have = documents(wanted), documents(after)
    for entity, things in want.items():
        if things:
            assert have[entity] == things, entity
    assert differences(after, laid(after, text, prune=True)) == ()


def test_what_the_file_leaves_out_stays() -> None:
    after = laid(WHOLE, "[queues.sales]\npriority = 9\n")
    before = next(queue for queue in WHOLE.queues if queue.id == SALES)
    assert next(queue for queue in after.queues if queue.id == SALES) == replace(before, priority=9)
    (change,) = differences(WHOLE, after)
    assert (change.entity, change.id) == ("queues", "sales")


def test_new_things_need_no_more_than_their_name() -> None:
    after = laid(WHOLE, "[queues.german]\n[skills.german]\n[agents.anna]\nteam = ''\n")
    german = next(queue for queue in after.queues if queue.id == "german")
    assert (german.name, after.queues[-1]) == ("german", german)
    assert next(agent for agent in after.agents if agent.id == "anna").team is None
    none = laid(WHOLE, "[queues.sales]\nmost_at_once = 0\n")
    assert next(queue for queue in none.queues if queue.id == SALES).most_at_once is None


def test_pruning_removes_what_a_table_leaves_out_and_no_other_table() -> None:
    after = laid(WHOLE, "[values.gold]\nvalue = 3\n[agents.anna]\n", prune=True)
    assert [value.id for value in after.values] == ["gold"]
    assert (after.queues, after.agents, after.flows) == (WHOLE.queues, WHOLE.agents, WHOLE.flows)


def test_dates_and_times_may_be_toml_s_own() -> None:
    text = """
    [hours.office]
    spans = [{ days = [1], opens = 10:30:00, closes = "24:00" }]
    exceptions = [{ date = 2031-01-09, spans = [] }]
    """
    (office,) = laid(WHOLE, text).flows.hours
    assert (office.spans[0].opens, office.spans[0].closes) == (630, 1440)
    assert office.exceptions[0].date == "2031-01-09"


def test_scoring_is_refused_beside_a_preset_that_ignores_it() -> None:
    with pytest.raises(PlanRefusedError) as refused:
        laid(WHOLE, "[queues.help]\nscoring = { need = 2.0 }")
    [mistake] = refused.value.mistakes
    assert (mistake.place, mistake.code) == ("queues.help.scoring", "scoring_unused")
    assert "custom" in mistake.remedy
    own = laid(WHOLE, '[queues.help]\npreset = "custom"\nscoring = { need = 2.0 }')
    assert {queue.id: queue.scoring.need for queue in own.queues}[HELP] == 2.0


def test_a_file_that_takes_another_preset_leaves_the_scoring_behind() -> None:
    after = laid(WHOLE, '[queues.sales]\npreset = "value"')
    assert {queue.id: queue.scoring for queue in after.queues}[SALES] == Scoring()
    assert "scoring" not in write_toml(after.document())


def test_every_mistake_of_a_file_is_told_at_once() -> None:
    text = """
    default_queue = 5
    colour = "red"
    [queue.sales]
    [queues.sales]
    prot = 1
    ring_seconds = 0
    required = [{ skill = "english", level = 11 }]
    rings = [{ after = "soon" }]
    [queues."sa les"]
    [queues.moon]
    name = "Moon"
    required = [{ skill = "elvish", level = 1 }]
    [teams.north]
    queues = ["mars", "sales"]
    [agents.vera]
    [agents.anna]
    work = ["juggling"]
    [values]
    vip = 3
    [flows.main.steps.hello]
    do = "sing"
    [hours.office]
    zone = "Europe/Moskow"
    spans = [{ days = [8], opens = "25:00", closes = "18:00" }]
    """
    assert refusal(WHOLE, text) == {
        "default_queue": "not_acceptable",
        "colour": "unknown_table",
        "queue": "unknown_table",
        "queues.sales.prot": "unknown_setting",
        "queues.sales.ring_seconds": "greater_than_equal",
        "queues.sales.required.0.level": "less_than_equal",
        "queues.sales.rings.0.after": "int_type",
        "queues.sa les": "not_acceptable",
        "queues.moon.required.0.skill": "unknown_skill",
        "teams.north.queues.0": "unknown_queue",
        "agents.vera": "unknown_agent",
        "agents.anna.work.0": "enum",
        "values.vip": "not_a_table",
        "flows.main.steps.hello": "union_tag_invalid",
        "hours.office.spans.0.days.0": "less_than_equal",
        "hours.office.spans.0.opens": "string_pattern_mismatch",
    }


def test_what_follows_from_a_mistake_is_not_told_beside_it() -> None:
    text = "[queues.german]\nring_seconds = 0\n[teams.north]\nqueues = ['german']\n"
    assert refusal(WHOLE, text) == {"queues.german.ring_seconds": "greater_than_equal"}


def test_no_toml_is_told_with_its_line() -> None:
    assert refusal(WHOLE, "[queues.sales]\nname = \n") == {"line 2": "bad_toml"}
    assert refusal(WHOLE, "[queues.sales]\n[queues.sales]\n") == {"line 2": "bad_toml"}


def test_a_mistake_of_spelling_is_met_with_what_may_be_meant() -> None:
    with pytest.raises(PlanRefusedError) as refused:
        laid(WHOLE, "[queues.sales]\nring_second = 4\n[flow.main]\n")
    remedies = {mistake.place: mistake.remedy for mistake in refused.value.mistakes}
    assert "ring_seconds" in remedies["queues.sales.ring_second"]
    assert "flows" in remedies["flow"]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(PlanRefusedError):
        apply_file(read_toml(text), NOW)(WHOLE)


_values = st.recursive(
    st.none().map(lambda _: "") | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["queues", "flows", "hours", "agents", "teams", "values", "skills", "emergency"]),
        st.dictionaries(st.sampled_from(["main", "sales", "office", "anna", "vip", "x"]), _values) | _values,
        max_size=4,
    )
)
def test_any_tables_are_laid_over_or_refused(data: dict[str, object]) -> None:
    with suppress(PlanRefusedError):
        apply_file(data, NOW)(WHOLE)


def test_the_default_queue_may_be_moved() -> None:
    assert laid(WHOLE, 'default_queue = "sales"\n').default_queue == SALES
    assert WHOLE.default_queue == HELP
    assert laid(WHOLE, 'default_queue = "moon"\n').default_queue == QueueId("moon")  # for the check to refuse
