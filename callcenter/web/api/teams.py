"""Who serves what and how: teams, the agents' routing, and the clients' value classes."""

from __future__ import annotations

from callcenter.people import edits
from callcenter.people.documents import (
    AgentDocument,
    TeamDocument,
    ValueDocument,
    agent_document,
    agent_of,
    team_document,
    team_of,
    value_document,
    value_of,
)
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.plan_schemas import (
    AgentRouting,
    AgentRoutingForm,
    AgentRoutingList,
    AgentRoutingPath,
    TeamList,
    TeamPath,
    TeamSettings,
    ValueList,
    ValuePath,
    ValueSettings,
)
from routing.acd.model import Agent
from routing.ids import AgentId

routes = Endpoints("teams")


@routes.get("/teams")
async def list_teams(context: Context) -> TeamList:
    """All teams, by id."""
    plan = await context.deps.plans.site_plan()
    return TeamList(
        items=[TeamSettings(id=team.id, **team_document(team).model_dump()) for team in plan.teams]
    )


@routes.put("/teams/{team}")
async def put_team(context: Context, path: TeamPath, body: TeamDocument) -> TeamSettings:
    """Add a team, or replace it. Its members are those whose routing names it."""
    team = team_of(path.team, body)
    await context.edit(edits.put_team(team), within=f"teams.{path.team}")
    return TeamSettings(id=path.team, **team_document(team).model_dump())


@routes.delete("/teams/{team}", problems=(404,))
async def remove_team(context: Context, path: TeamPath) -> None:
    """Remove a team. Refused while it has members."""
    await context.edit(edits.remove_team(path.team), within=f"teams.{path.team}")


@routes.get("/agents")
async def list_agents(context: Context) -> AgentRoutingList:
    """The routing of every agent, by login."""
    plan = await context.deps.plans.site_plan()
    return AgentRoutingList(
        items=[_routing(agent, active=agent.id not in plan.inactive) for agent in plan.agents]
    )


@routes.put("/agents/{agent}/routing", problems=(404,))
async def set_agent_routing(context: Context, path: AgentRoutingPath, body: AgentRoutingForm) -> AgentRouting:
    """Change what an agent serves and how.

    Takes effect at once; the call that he is in stays his.
    """
    said = body.model_dump(include=body.model_fields_set)

    def change(known: Agent) -> Agent:
        return agent_of(known, AgentDocument.model_validate({**agent_document(known).model_dump(), **said}))

    edit = edits.change_agent(AgentId(path.agent), change)
    edited = await context.edit(edit, within=f"agents.{path.agent}")
    agent = next(agent for agent in edited.after.agents if agent.id == path.agent)
    return _routing(agent, active=agent.id not in edited.after.inactive)


@routes.get("/values")
async def list_values(context: Context) -> ValueList:
    """All value classes, by id."""
    plan = await context.deps.plans.site_plan()
    return ValueList(
        items=[ValueSettings(id=value.id, **value_document(value).model_dump()) for value in plan.values]
    )


@routes.put("/values/{value}")
async def put_value(context: Context, path: ValuePath, body: ValueDocument) -> ValueSettings:
    """Add a value class, or replace it."""
    await context.edit(edits.put_value(value_of(path.value, body)), within=f"values.{path.value}")
    return ValueSettings(id=path.value, **body.model_dump())


@routes.delete("/values/{value}", problems=(404,))
async def remove_value(context: Context, path: ValuePath) -> None:
    """Remove a value class. Refused while a flow names it; clients of this rank are worth 1 then."""
    await context.edit(edits.remove_value(path.value), within=f"values.{path.value}")


def _routing(agent: Agent, *, active: bool) -> AgentRouting:
    return AgentRouting.model_validate(
        {
            "agent": agent.id,
            "name": agent.name,
            "station": agent.station,
            "active": active,
            **agent_document(agent).model_dump(),
        }
    )
