"""What is wrong with the routing plan as a whole, with the place and the remedy."""

from __future__ import annotations

from collections.abc import Iterable

from routing.acd.model import Agent, Queue, RoutingPlan, SkillLevel
from routing.ids import AgentId, QueueId, TeamId


def servers_of(queue: Queue, plan: RoutingPlan) -> list[AgentId]:
    """The agents who could be offered a call of ``queue``, by its widest ring at the latest."""
    teams = {team.id: team.queues for team in plan.teams}
    return [
        agent.id
        for agent in plan.agents
        if queue.id in serves(agent, teams)
        and any(_meets(agent, needed) for needed in (queue.required, *(r.required for r in queue.rings)))
    ]


def serves(agent: Agent, teams: dict[TeamId, tuple[QueueId, ...]]) -> tuple[QueueId, ...]:
    """The queues that the agent is assigned to, by himself and by his team."""
    return (*agent.queues, *(teams.get(agent.team, ()) if agent.team is not None else ()))


def _meets(agent: Agent, required: Iterable[SkillLevel]) -> bool:
    held = {skill.skill: skill.level for skill in agent.skills}
    return all(held.get(needed.skill, 0) >= needed.level for needed in required)
