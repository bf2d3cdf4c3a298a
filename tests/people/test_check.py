"""What refuses a change of the plan, what only warns, and where it says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from callcenter.people import edits
from callcenter.people.changes import CALENDAR
from callcenter.people.check import check_plan, newly_wrong, place_of
from callcenter.people.mistakes import Severity
from callcenter.people.site_plan import Edit, SitePlan
from routing.acd.model import Agent, Queue, QueueWeight, Ring, SkillLevel, Team, Work
from routing.flows.model import Enqueue, Flow, HangUp, Hours, OpenSpan, Say
from routing.ids import AgentId, FlowId, HoursId, PromptId, QueueId, SkillId, StepId, TeamId
from tests.people.plans import ENGLISH, HELP, NIGHT, OFFICE, SALES, TECH, WHOLE

NOW = 1_795_455_945.0
ANNA = AgentId("anna")


def errors(before: SitePlan, edit: Edit, *, people_leave: bool = False) -> dict[str, str]:
    found, _ = newly_wrong(before, edit(before), CALENDAR, NOW, people_leave=people_leave)
    assert all(mistake.severity is Severity.ERROR and mistake.remedy for mistake in found)
    return {mistake.place: mistake.code for mistake in found}


def agent(change: Callable[[Agent], Agent], name: AgentId = ANNA) -> Edit:
    return edits.change_agent(name, change)


def queue(change: Callable[[Queue], Queue], name: QueueId = SALES) -> Edit:
    return edits.change_queue(name, change)


def test_a_plan_in_order_has_no_mistakes() -> None:
    assert check_plan(WHOLE, CALENDAR, NOW) == ()


ELVISH = (SkillLevel(SkillId("elvish"), 1),)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (queue(lambda it: replace(it, required=ELVISH)), {"queues.sales.required.0.skill": "unknown_skill"}),
        (
            queue(lambda it: replace(it, preferred=ELVISH)),
            {"queues.sales.preferred.0.skill": "unknown_skill"},
        ),
        (
            queue(lambda it: replace(it, rings=(Ring(9, ELVISH),))),
            {"queues.sales.rings.0.required.0.skill": "unknown_skill"},
        ),
        (
            queue(lambda it: replace(it, rings=(Ring(9), Ring(9)))),
            {"queues.sales.rings.1.after": "ring_order"},
        ),
        (
            queue(lambda it: replace(it, required=(SkillLevel(TECH, 1), SkillLevel(TECH, 2)))),
            {"queues.sales.required.1.skill": "repeated"},
        ),
        (
            agent(lambda it: replace(it, queues=(QueueId("moon"), HELP, SALES))),
            {"agents.anna.queues.0": "unknown_queue"},
        ),
        (agent(lambda it: replace(it, team=TeamId("south"))), {"agents.anna.team": "unknown_team"}),
        (
            agent(lambda it: replace(it, weights=(QueueWeight(QueueId("moon"), 2.0),))),
            {"agents.anna.weights.0.queue": "unknown_queue"},
        ),
        (
            edits.put_team(Team(TeamId("north"), "N", (QueueId("moon"),))),
            {"teams.north.queues.0": "unknown_queue"},
        ),
        (
            edits.put_flow(replace(NIGHT, numbers=("100",))),
            {"queues.sales.numbers.0": "number_twice"},
        ),
        (
            edits.put_hours(replace(OFFICE, spans=(), exceptions=())),
            {"hours.office": "never_opens"},
        ),
        (edits.put_hours(replace(OFFICE, zone="Europe/Moskow")), {"hours.office.zone": "bad_zone"}),
        (
            edits.put_flow(
                Flow(
                    FlowId("night"),
                    "N",
                    (),
                    StepId("a"),
                    (
                        Say(StepId("a"), PromptId("cc-closed"), StepId("b")),
                        Say(StepId("b"), PromptId("nothing"), StepId("a")),
                    ),
                )
            ),
            {"flows.night.steps.b.next": "cycle", "flows.night.steps.b.prompt": "unknown_prompt"},
        ),
    ],
)
def test_what_makes_no_sense_is_refused(edit: Edit, expected: dict[str, str]) -> None:
    assert errors(WHOLE, edit) == expected


def test_what_others_name_is_not_removed() -> None:
    assert errors(WHOLE, edits.remove_skill("tech")) == {
        "queues.sales.required.1.skill": "unknown_skill",
        "queues.sales.preferred.0.skill": "unknown_skill",
        "agents.anna.skills.1.skill": "unknown_skill",
    }
    assert errors(WHOLE, edits.remove_team("north")) == {"agents.anna.team": "unknown_team"}
    assert "flows.main.steps.open.hours" in errors(WHOLE, edits.remove_hours("office"))
    assert "flows.main.steps.value.branches.0.value" in errors(WHOLE, edits.remove_value("vip"))
    assert "flows.main.steps.other.flow" in errors(WHOLE, edits.remove_flow("night"))
    assert "flows.main.steps.sales.queue" in errors(WHOLE, edits.remove_queue("sales"))


def test_a_served_queue_is_not_left_without_anyone_who_could_serve_it() -> None:
    beyond = queue(lambda it: replace(it, required=(SkillLevel(ENGLISH, 10),), rings=()))
    assert errors(WHOLE, beyond) == {"queues.sales": "queue_unskilled"}
    # The last ring lets anyone in.
    assert errors(WHOLE, queue(lambda it: replace(it, required=(SkillLevel(ENGLISH, 10),)))) == {}
    strict = queue(lambda it: replace(it, rings=()))(WHOLE)
    unlearned = agent(lambda it: replace(it, skills=()))
    assert errors(strict, unlearned) == {"queues.sales": "queue_unskilled"}
    assert errors(strict, unlearned, people_leave=True) == {}
    away = agent(lambda it: replace(it, queues=(), team=None, weights=()))
    assert errors(WHOLE, away) == {"queues.sales": "queue_unstaffed"}


def test_a_callback_is_not_offered_where_nobody_takes_callbacks() -> None:
    no_more = agent(lambda it: replace(it, work=(Work.INBOUND,)))
    assert errors(WHOLE, no_more) == {"queues.sales": "callback_unstaffed"}
    assert errors(WHOLE, no_more, people_leave=True) == {}
    # Told as a warning from then on; the queue is served all the same, and is not to be left alone.
    without = no_more(WHOLE)
    assert errors(without, edits.put_flow(replace(NIGHT, name="Late"))) == {}
    away = agent(lambda it: replace(it, queues=(), team=None, weights=()))
    assert errors(without, away) == {"queues.sales": "queue_unstaffed"}


def test_a_queue_may_be_made_before_its_people() -> None:
    new = Queue(QueueId("german"), "German", ("300",), required=(SkillLevel(ENGLISH, 10),))
    assert errors(WHOLE, edits.add_queue(new)) == {}
    _, warnings = newly_wrong(WHOLE, edits.add_queue(new)(WHOLE), CALENDAR, NOW)
    assert [(it.place, it.code) for it in warnings] == [("queues.german", "queue_unstaffed")]
    made = edits.add_queue(new)(WHOLE)
    assigned = agent(lambda it: replace(it, queues=(*it.queues, new.id)))
    assert errors(made, assigned) == {}  # he lacks the skill yet; it never was served


def test_a_flow_is_not_led_to_a_queue_that_nobody_serves() -> None:
    made = edits.add_queue(Queue(QueueId("german"), "German", ()))(WHOLE)
    steps = (Enqueue(StepId("q"), QueueId("german")),)
    flow = Flow(FlowId("night"), "Night", (), StepId("q"), steps)
    assert errors(made, edits.put_flow(flow)) == {"queues.german": "queue_unstaffed"}


def test_a_plan_that_is_wrong_already_is_mended_step_by_step() -> None:
    wrong = edits.remove_skill("tech")(WHOLE)
    assert errors(wrong, edits.put_flow(replace(NIGHT, name="Late"))) == {}
    assert errors(wrong, edits.put_team(Team(TeamId("x"), "X", (QueueId("moon"),)))) == {
        "teams.x.queues.0": "unknown_queue"
    }


def test_a_weight_that_does_nothing_is_only_told() -> None:
    after = agent(lambda it: replace(it, weights=(QueueWeight(SALES, 2.0),)), AgentId("b.c@example.org"))(
        WHOLE
    )
    assert [(it.place, it.severity) for it in check_plan(after, CALENDAR, NOW)] == [
        ("agents.b.c@example.org.weights.0.queue", Severity.WARNING)
    ]


def test_hours_that_were_open_only_in_the_past_never_open() -> None:
    past = Hours(HoursId("x"), "X", "Europe/Moscow", ())
    assert errors(WHOLE, edits.put_hours(past)) == {"hours.x": "never_opens"}
    week = replace(past, spans=(OpenSpan((1,), 0, 60),))
    assert errors(WHOLE, edits.put_hours(week)) == {}


def test_places_are_those_of_a_plan_file() -> None:
    assert place_of("flow main, step menu, choices.2.next") == "flows.main.steps.menu.choices.1.next"
    assert place_of("hours office, exceptions.1.spans.3") == "hours.office.exceptions.0.spans.2"
    assert place_of("queue sales, numbers.1") == "queues.sales.numbers.0"
    assert place_of("flow main, start") == "flows.main.start"
    assert place_of("emergency, flows.1") == "emergency.flows.0"


def test_a_flow_that_only_hangs_up_is_in_order() -> None:
    flow = Flow(FlowId("z"), "Z", ("5",), StepId("z"), (HangUp(StepId("z")),))
    assert errors(WHOLE, edits.put_flow(flow)) == {}
