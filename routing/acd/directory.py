"""The routing plan made ready for questions: which queue a dialled number leads to, which
queues an agent is able to serve."""

from __future__ import annotations

from collections.abc import Mapping

from routing.acd.gates import meets
from routing.acd.model import Agent, Queue, RoutingPlan, Work
from routing.ids import AgentId, QueueId, SkillId, TeamId


class PlanDirectory:
    """Indexes over one ``RoutingPlan``. A plan without its default queue is the caller's mistake: raises
    ``ValueError``."""

    def __init__(self, plan: RoutingPlan) -> None:
        self.plan = plan
        self.queues: dict[QueueId, Queue] = {queue.id: queue for queue in plan.queues}
        self.agents: dict[AgentId, Agent] = {agent.id: agent for agent in plan.agents}
        self._teams: dict[TeamId, tuple[QueueId, ...]] = {team.id: team.queues for team in plan.teams}
        self._by_number = {number: queue for queue in plan.queues for number in queue.numbers}
        if plan.default_queue not in self.queues:
            raise ValueError(f"default queue {plan.default_queue!r} is not among the queues")

    def queue_for(self, dialled: str) -> Queue:
        """The queue that a dialled number leads to, with or without a leading +; the default queue for a
        number that no queue names."""
        found = self._by_number.get(dialled) or self._by_number.get(other_spelling(dialled))
        return found or self.queues[self.plan.default_queue]

    def served_by(self, agent: Agent) -> tuple[QueueId, ...]:
        """The agent's queues and his team's, as far as they exist and the skills reach, be it in the widest
        ring: when he may be asked is the engine's to know."""
        team = () if agent.team is None else self._teams.get(agent.team, ())
        levels = {held.skill: held.level for held in agent.skills}
        return tuple(
            queue
            for queue in dict.fromkeys((*agent.queues, *team))
            if queue in self.queues and _reaches(levels, self.queues[queue])
        )

    def anyone_for(self, queue: QueueId, work: Work) -> bool:
        """Whether an agent of the plan, signed in or not, could ever take such work of the queue."""
        return any(work in agent.work and queue in self.served_by(agent) for agent in self.agents.values())


def other_spelling(number: str) -> str:
    """The number with a leading + if it has none, without it if it has: trunks bring both."""
    return number[1:] if number.startswith("+") else f"+{number}"


def _reaches(levels: Mapping[SkillId, int], queue: Queue) -> bool:
    return meets(levels, queue.required) or any(meets(levels, ring.required) for ring in queue.rings)
