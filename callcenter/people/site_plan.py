"""The whole configuration as one value, and what is different between two of them.

Every change of the plan is a function from one ``SitePlan`` to another: what is checked, written, told to
the audit trail and shown by a dry run all follow from the two values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from callcenter.errors import ConfigError
from callcenter.flows.documents import (
    emergency_document,
    emergency_of,
    flow_document,
    flow_of,
    hours_document,
    hours_of,
)
from callcenter.people.documents import (
    PlanDocument,
    agent_document,
    agent_of,
    queue_document,
    queue_of,
    skill_document,
    skill_of,
    team_document,
    team_of,
    value_document,
    value_of,
)
from callcenter.people.fields import Document
from callcenter.people.views import Skill
from routing.acd.model import Agent, Queue, RoutingPlan, Team, ValueClass
from routing.flows.model import FlowPlan
from routing.ids import AgentId, QueueId


class Source(StrEnum):
    """The way a change came in. ``SYSTEM`` is this program itself: a new site's first words, the demo."""

    API = "api"
    CLI = "cli"
    APPLY = "apply"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Author:
    """``who`` is a login, or for the command line the name of the account on this machine."""

    who: str
    source: Source


SYSTEM = Author("callcenter", Source.SYSTEM)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different. ``before`` none is new, ``after`` none is gone. ``entity`` is a table of a
    plan file, or ``default_queue`` or ``emergency``, whose id is empty; the audit trail has others, too."""

    entity: str
    id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class SitePlan:
    """``agents`` are all who have a station; those in ``inactive`` may not sign in and are not routed to.
    ``default_queue`` is the one named, if one was. Queues are in their order, the rest is by id."""

    skills: tuple[Skill, ...] = ()
    queues: tuple[Queue, ...] = ()
    default_queue: QueueId | None = None
    teams: tuple[Team, ...] = ()
    agents: tuple[Agent, ...] = ()
    inactive: frozenset[AgentId] = frozenset()
    values: tuple[ValueClass, ...] = ()
    flows: FlowPlan = field(default_factory=FlowPlan)

    def routing(self) -> RoutingPlan:
        """What the router is given. Raises ``ConfigError`` when there is no queue, since a call must have
        somewhere to go."""
        if not self.queues:
            raise ConfigError(
                "the database",
                "there is no queue to route to",
                "Add one: callcenter add-queue NAME --default",
            )
        return self.tolerant_routing()

    def tolerant_routing(self) -> RoutingPlan:
        """The same; without queues the default one is named by an empty id."""
        default = self.default_queue or (self.queues[0].id if self.queues else QueueId(""))
        active = tuple(agent for agent in self.agents if agent.id not in self.inactive)
        return RoutingPlan(self.queues, active, default, self.teams, self.values)

    def document(self) -> PlanDocument:
        """The plan as an export has it: without what belongs to people and recordings alone."""
        return PlanDocument(
            default_queue=self.default_queue,
            skills={skill.id: skill_document(skill) for skill in self.skills},
            queues={queue.id: queue_document(queue) for queue in self.queues},
            teams={team.id: team_document(team) for team in self.teams},
            agents={agent.id: agent_document(agent) for agent in self.agents},
            values={value.id: value_document(value) for value in self.values},
            flows={flow.id: flow_document(flow) for flow in self.flows.flows},
            hours={hours.id: hours_document(hours) for hours in self.flows.hours},
            emergency=emergency_document(self.flows.emergency),
        )

    def with_document(self, document: PlanDocument) -> SitePlan:
        """This plan with all that ``document`` says; agents, prompts and people stay. An agent of the
        document who is not here is left out: whoever calls tells of that."""
        return SitePlan(
            skills=tuple(skill_of(*item) for item in document.skills.items()),
            queues=tuple(queue_of(*item) for item in document.queues.items()),
            default_queue=None if document.default_queue is None else QueueId(document.default_queue),
            teams=tuple(team_of(*item) for item in document.teams.items()),
            agents=tuple(
                agent_of(agent, document.agents[agent.id]) if agent.id in document.agents else agent
                for agent in self.agents
            ),
            inactive=self.inactive,
            values=tuple(value_of(*item) for item in document.values.items()),
            flows=FlowPlan(
                flows=tuple(flow_of(*item) for item in document.flows.items()),
                hours=tuple(hours_of(*item) for item in document.hours.items()),
                prompts=self.flows.prompts,
                emergency=emergency_of(document.emergency),
            ),
        )


Edit: TypeAlias = Callable[[SitePlan], SitePlan]
"""May raise a ``StoreError``."""


def differences(before: SitePlan, after: SitePlan) -> tuple[Change, ...]:
    """What is different, by entity in the order of a plan file, then in the order of the plans."""
    found: list[Change] = []
    for entity, things, document in _PARTS:
        old = {str(thing.id): thing for thing in things(before)}
        new = {str(thing.id): thing for thing in things(after)}
        for name in dict.fromkeys((*old, *new)):
            then, now = old.get(name), new.get(name)
            if then != now:
                found += _change(entity, name, _told(document, then), _told(document, now))
    if before.default_queue != after.default_queue:
        found += _change("default_queue", "", _default(before), _default(after))
    closed = before.flows.emergency, after.flows.emergency
    if closed[0] != closed[1]:
        found += _change("emergency", "", *(_told(emergency_document, one) for one in closed))
    return tuple(found)


_PARTS: tuple[tuple[str, Callable[[SitePlan], Sequence[Any]], Callable[[Any], Document]], ...] = (
    ("skills", lambda plan: plan.skills, skill_document),
    ("queues", lambda plan: plan.queues, queue_document),
    ("teams", lambda plan: plan.teams, team_document),
    ("agents", lambda plan: plan.agents, agent_document),
    ("values", lambda plan: plan.values, value_document),
    ("flows", lambda plan: plan.flows.flows, flow_document),
    ("hours", lambda plan: plan.flows.hours, hours_document),
)


def _change(
    entity: str, name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[Change]:
    """None where the two say the same in another order."""
    return [Change(entity, name, before, after)] if before != after else []


def _told(document: Callable[[Any], Document], thing: Any) -> Mapping[str, Any] | None:
    return None if thing is None else document(thing).model_dump(mode="json")


def _default(plan: SitePlan) -> Mapping[str, Any] | None:
    return None if plan.default_queue is None else {"queue": plan.default_queue}
