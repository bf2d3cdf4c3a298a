from __future__ import annotations

import pytest

from routing.acd.directory import PlanDirectory
from routing.acd.model import Agent, Queue, RoutingPlan, SkillLevel
from routing.ids import AgentId, QueueId, SkillId, StationId

SALES, HELP = QueueId("sales"), QueueId("help")
GERMAN = SkillId("german")
QUEUES = (
    Queue(SALES, "Sales", ("100", "101")),
    Queue(HELP, "Help", ("200",), required=(SkillLevel(GERMAN, 5),)),
)


def agent(level: int | None, *queues: QueueId) -> Agent:
    skills = () if level is None else (SkillLevel(GERMAN, level),)
    return Agent(AgentId("anna"), "Anna", StationId("a1"), queues or (SALES, HELP), skills)


@pytest.mark.parametrize(
    ("level", "served"), [(None, (SALES,)), (4, (SALES,)), (5, (SALES, HELP)), (9, (SALES, HELP))]
)
def test_an_agent_serves_his_queues_as_far_as_the_skills_reach(
    level: int | None, served: tuple[QueueId, ...]
) -> None:
    one = agent(level)
    assert PlanDirectory(RoutingPlan(QUEUES, (one,), SALES)).served_by(one) == served


def test_numbers_and_unknown_queues() -> None:
    one = agent(9, SALES, SALES, QueueId("gone"))
    directory = PlanDirectory(RoutingPlan(QUEUES, (one,), SALES))
    assert directory.queue_for("200").id == HELP
    assert directory.queue_for("999").id == SALES
    assert directory.served_by(one) == (SALES,)


def test_a_plan_needs_its_default_queue() -> None:
    with pytest.raises(ValueError, match="gone"):
        PlanDirectory(RoutingPlan(QUEUES, (), QueueId("gone")))
