from __future__ import annotations

from dataclasses import replace

import pytest

from routing.acd.directory import PlanDirectory
from routing.acd.model import Agent, Queue, Ring, RoutingPlan, SkillLevel, Team
from routing.ids import AgentId, QueueId, SkillId, StationId, TeamId

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


def test_his_teams_queues_and_the_widest_ring_count() -> None:
    wide = replace(QUEUES[1], rings=(Ring(30, (SkillLevel(GERMAN, 3),)), Ring(60)))
    team = Team(TeamId("north"), "North", (HELP, SALES, QueueId("gone")))
    member = replace(agent(None, SALES), team=team.id)
    stranger = replace(agent(None, SALES), team=TeamId("gone"))
    directory = PlanDirectory(RoutingPlan((QUEUES[0], wide), (member, stranger), SALES, (team,)))
    assert directory.served_by(member) == (SALES, HELP)
    assert directory.served_by(stranger) == (SALES,)
    narrow = replace(wide, rings=wide.rings[:1])
    directory = PlanDirectory(RoutingPlan((QUEUES[0], narrow), (member,), SALES, (team,)))
    assert directory.served_by(member) == (SALES,)


def test_numbers_and_unknown_queues() -> None:
    one = agent(9, SALES, SALES, QueueId("gone"))
    directory = PlanDirectory(RoutingPlan(QUEUES, (one,), SALES))
    assert directory.queue_for("200").id == HELP
    assert directory.queue_for("999").id == SALES
    assert directory.served_by(one) == (SALES,)


def test_a_plan_needs_its_default_queue() -> None:
    with pytest.raises(ValueError, match="gone"):
        PlanDirectory(RoutingPlan(QUEUES, (), QueueId("gone")))
