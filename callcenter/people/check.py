"""What is wrong with a plan as a whole, and which of it refuses a change.

A plan is judged by what it names (skills, queues, teams that are not there), by what contradicts itself, and
by what would never work. Flows and hours are judged by ``routing.flows.check``.

A queue that nobody can serve is told in three ways. Nobody is assigned to it: a warning, since a queue is
often made before its people. People are assigned, and none of them has the skills: a warning in a plan that
was so before, and an error where this very change makes it so, because callers of a queue that worked until
now would wait for ever. Where a person is signed off or loses the phone it stays a warning: locking
somebody out must never wait for the plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from callcenter.people.mistakes import PlanMistake, Severity
from callcenter.people.rules import check_queue
from callcenter.people.site_plan import SitePlan
from callcenter.storage.errors import InvalidFieldError
from routing.acd.model import Agent, Queue, RoutingPlan, SkillLevel
from routing.ids import AgentId, QueueId, TeamId

UNSERVABLE = "queue_unservable"


def check_plan(plan: SitePlan) -> tuple[PlanMistake, ...]:
    """Everything that is wrong with ``plan``, in the order of a plan file."""
    return (*_queues(plan), *_teams(plan), *_agents(plan), *_served(plan))


def newly_wrong(
    before: SitePlan, after: SitePlan, *, people_leave: bool = False
) -> tuple[tuple[PlanMistake, ...], tuple[PlanMistake, ...]]:
    """The errors for which the change from ``before`` to ``after`` must be refused, and the warnings to
    tell. Errors that ``before`` had already don't count: a plan that is wrong is mended step by step."""
    known = {(mistake.place, mistake.code) for mistake in check_plan(before)}
    worked = {queue.id for queue in before.queues if servers_of(queue, before.tolerant_routing())}
    errors: list[PlanMistake] = []
    warnings: list[PlanMistake] = []
    for mistake in check_plan(after):
        breaks = mistake.code == UNSERVABLE and mistake.parameters["queue"] in worked and not people_leave
        if breaks:
            mistake = replace(mistake, severity=Severity.ERROR)
        old = (mistake.place, mistake.code) in known and not breaks
        (warnings if old or mistake.severity is Severity.WARNING else errors).append(mistake)
    return tuple(errors), tuple(warnings)


def servers_of(queue: Queue, plan: RoutingPlan) -> list[AgentId]:
    """The agents who could be offered a call of ``queue``, by its widest ring at the latest."""
    teams = {team.id: team.queues for team in plan.teams}
    return [
        agent.id for agent in plan.agents if queue.id in _assigned(agent, teams) and _could_take(agent, queue)
    ]


def _could_take(agent: Agent, queue: Queue) -> bool:
    held = {skill.skill: skill.level for skill in agent.skills}
    ways = (queue.required, *(ring.required for ring in queue.rings))
    return any(all(held.get(needed.skill, 0) >= needed.level for needed in way) for way in ways)


def _assigned(agent: Agent, teams: Mapping[TeamId, Sequence[QueueId]]) -> set[QueueId]:
    return {*agent.queues, *(teams.get(agent.team, ()) if agent.team is not None else ())}


# --- one thing after the other ------------------------------------------------------------------------


def _queues(plan: SitePlan) -> Iterator[PlanMistake]:
    skills = {str(skill.id) for skill in plan.skills}
    leads: dict[str, QueueId] = {}
    if plan.default_queue is not None and plan.default_queue not in {queue.id for queue in plan.queues}:
        yield _unknown("default_queue", "queue", plan.default_queue, [queue.id for queue in plan.queues])
    for queue in plan.queues:
        place = f"queues.{queue.id}"
        try:
            check_queue(queue)
        except InvalidFieldError as error:
            yield PlanMistake(f"{place}.{error.field}", "not_acceptable", error.message, "Correct it")
        yield from _levels(f"{place}.required", queue.required, skills)
        yield from _levels(f"{place}.preferred", queue.preferred, skills)
        after = 0
        for index, ring in enumerate(queue.rings):
            yield from _levels(f"{place}.rings.{index}.required", ring.required, skills)
            if ring.after <= after:
                yield PlanMistake(
                    f"{place}.rings.{index}.after",
                    "ring_order",
                    f"{ring.after} s is not later than what is before it ({after} s)",
                    "Give each ring more seconds than the one before, the first at least 1",
                    parameters={"after": str(ring.after), "before": str(after)},
                )
            after = max(after, ring.after)
        for index, number in enumerate(queue.numbers):
            other = leads.setdefault(number, queue.id)
            if other != queue.id:
                yield PlanMistake(
                    f"{place}.numbers.{index}",
                    "number_taken",
                    f"{number} leads to the queue {other} already",
                    "Take it away from one of them",
                    parameters={"number": number, "queue": other},
                )


def _teams(plan: SitePlan) -> Iterator[PlanMistake]:
    queues = [queue.id for queue in plan.queues]
    for team in plan.teams:
        for index, queue in enumerate(team.queues):
            if queue not in queues:
                yield _unknown(f"teams.{team.id}.queues.{index}", "queue", queue, queues)


def _agents(plan: SitePlan) -> Iterator[PlanMistake]:
    skills = {str(skill.id) for skill in plan.skills}
    queues = [queue.id for queue in plan.queues]
    teams = {team.id: team.queues for team in plan.teams}
    for agent in plan.agents:
        place = f"agents.{agent.id}"
        for index, queue in enumerate(agent.queues):
            if queue not in queues:
                yield _unknown(f"{place}.queues.{index}", "queue", queue, queues)
        yield from _levels(f"{place}.skills", agent.skills, skills)
        if agent.team is not None and agent.team not in teams:
            yield _unknown(f"{place}.team", "team", agent.team, list(teams))
        weighed: set[QueueId] = set()
        assigned = _assigned(agent, teams)
        for index, weight in enumerate(agent.weights):
            at = f"{place}.weights.{index}.queue"
            if weight.queue in weighed:
                yield _repeated(at, weight.queue)
            elif weight.queue not in queues:
                yield _unknown(at, "queue", weight.queue, queues)
            elif weight.queue not in assigned:
                yield PlanMistake(
                    at,
                    "weight_unused",
                    f"{agent.id} does not serve {weight.queue}, so this weight does nothing",
                    "Add the queue to the agent or to his team, or remove the weight",
                    Severity.WARNING,
                    {"agent": agent.id, "queue": weight.queue},
                )
            weighed.add(weight.queue)


def _served(plan: SitePlan) -> Iterator[PlanMistake]:
    routing = plan.tolerant_routing()
    teams = {team.id: team.queues for team in routing.teams}
    assigned: dict[QueueId, list[Agent]] = defaultdict(list)
    for agent in routing.agents:
        for name in _assigned(agent, teams):
            assigned[name].append(agent)
    for queue in plan.queues:
        people = assigned[queue.id]
        if not people:
            yield PlanMistake(
                f"queues.{queue.id}",
                "queue_without_agents",
                "nobody is assigned to this queue",
                "Add it to agents or to a team",
                Severity.WARNING,
                {"queue": queue.id},
            )
        elif not any(_could_take(agent, queue) for agent in people):
            yield PlanMistake(
                f"queues.{queue.id}.required",
                UNSERVABLE,
                f"none of its {len(people)} agents has the skills that it requires, with any of its rings",
                "Lower what is required, add a ring that asks for less, or give an agent the skills",
                Severity.WARNING,
                {"queue": queue.id, "agents": str(len(people))},
            )


def _levels(place: str, levels: Iterable[SkillLevel], skills: set[str]) -> Iterator[PlanMistake]:
    named: set[str] = set()
    for index, held in enumerate(levels):
        if held.skill not in skills:
            yield _unknown(f"{place}.{index}.skill", "skill", held.skill, sorted(skills))
        elif held.skill in named:
            yield _repeated(f"{place}.{index}.skill", held.skill)
        named.add(held.skill)


def _unknown(place: str, kind: str, name: str, known: Sequence[str]) -> PlanMistake:
    shown = ", ".join(known[:10]) + (" ..." if len(known) > 10 else "")
    remedy = (
        f"Add the {kind} first, or write one that is there: {shown}" if known else f"Add the {kind} first"
    )
    return PlanMistake(
        place, f"unknown_{kind}", f"there is no {kind} {name}", remedy, parameters={kind: name}
    )


def _repeated(place: str, name: str) -> PlanMistake:
    return PlanMistake(place, "repeated", f"{name} is given more than once", "Keep one of them")
