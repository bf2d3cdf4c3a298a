"""Whether there is somebody for every queue."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from routing.acd.model import Agent, Queue, RoutingPlan, SkillLevel, Work
from routing.flows.mistakes import Code, Mistake, in_range, unknown
from routing.flows.model import Enqueue, FlowPlan, OfferCallback
from routing.ids import QueueId, SkillId


def check_queues(plan: FlowPlan, routing: RoutingPlan, skills: Collection[SkillId]) -> Iterator[Mistake]:
    """A queue that nobody can serve is an error, except in a plan that has no agents at all yet, and except
    for a queue without agents that no caller can come to: a site is built up in some order. So is
    a queue from which callbacks are offered, while nobody could ever make one."""
    queues = {queue.id for queue in routing.queues}
    yield from unknown("default queue", Code.UNKNOWN_QUEUE, routing.default_queue, queues)
    led_to = _led_to(plan, routing)
    offered = {step.queue for flow in plan.flows for step in flow.steps if isinstance(step, OfferCallback)}
    members = _members(routing)
    for queue in routing.queues:
        place = f"queue {queue.id}"
        asked = [(f"{place}, required", queue.required), (f"{place}, preferred", queue.preferred)]
        asked += [(f"{place}, rings.{n}.required", ring.required) for n, ring in enumerate(queue.rings, 1)]
        for field, levels in asked:
            for n, level in enumerate(levels, 1):
                yield from unknown(f"{field}.{n}.skill", Code.UNKNOWN_SKILL, level.skill, skills)
                yield from in_range(f"{field}.{n}.level", level.level, 1, 10)
        assigned = members[queue.id]
        if queue.id in led_to:
            assigned = [agent for agent in assigned if Work.INBOUND in agent.work]
        if not assigned:
            missed = queue.id in led_to and bool(routing.agents)
            code = Code.QUEUE_UNSTAFFED if missed else Code.QUEUE_IDLE
            yield Mistake(place, code, (("queue", queue.id),))
        elif not any(_can_serve(agent, queue) for agent in assigned):
            last = queue.rings[-1].required if queue.rings else queue.required
            told = (("queue", queue.id), ("agents", len(assigned)), ("required", _in_words(last)))
            yield Mistake(place, Code.QUEUE_UNSKILLED, told)
        elif queue.id in offered and not any(
            Work.CALLBACK in agent.work and _can_serve(agent, queue) for agent in members[queue.id]
        ):
            yield Mistake(place, Code.CALLBACK_UNSTAFFED, (("queue", queue.id),))


def _led_to(plan: FlowPlan, routing: RoutingPlan) -> set[QueueId]:
    """The queues that callers can come to."""
    led_to = {queue.id for queue in routing.queues if queue.numbers} | {routing.default_queue}
    for flow in plan.flows:
        led_to |= {step.queue for step in flow.steps if isinstance(step, Enqueue | OfferCallback)}
    return led_to


def _members(routing: RoutingPlan) -> dict[QueueId, list[Agent]]:
    """The agents who have each queue, by themselves or by their team."""
    teams = {team.id: team.queues for team in routing.teams}
    members: dict[QueueId, list[Agent]] = {queue.id: [] for queue in routing.queues}
    for agent in routing.agents:
        by_team = () if agent.team is None else teams.get(agent.team, ())
        for queue in dict.fromkeys((*agent.queues, *by_team)):
            if queue in members:
                members[queue].append(agent)
    return members


def _can_serve(agent: Agent, queue: Queue) -> bool:
    """At once, or when the call has waited for one of the rings."""
    held = {level.skill: level.level for level in agent.skills}
    rings = (queue.required, *(ring.required for ring in queue.rings))
    return any(all(held.get(level.skill, 0) >= level.level for level in ring) for ring in rings)


def _in_words(required: Sequence[SkillLevel]) -> str:
    return ", ".join(f"{level.skill} {level.level}" for level in required)
