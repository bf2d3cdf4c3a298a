"""The routing plan made ready for questions: which queue a dialled number leads to, which
queues an agent is able to serve."""

from __future__ import annotations

from routing.acd.model import Agent, Queue, RoutingPlan
from routing.acd.queue import has_skills
from routing.ids import AgentId, QueueId


class PlanDirectory:
    """Indexes over one ``RoutingPlan``. A plan without its default queue is the caller's mistake: raises
    ``ValueError``."""

    def __init__(self, plan: RoutingPlan) -> None:
        self.plan = plan
        self.queues: dict[QueueId, Queue] = {queue.id: queue for queue in plan.queues}
        self.agents: dict[AgentId, Agent] = {agent.id: agent for agent in plan.agents}
        self._by_number = {number: queue for queue in plan.queues for number in queue.numbers}
        if plan.default_queue not in self.queues:
            raise ValueError(f"default queue {plan.default_queue!r} is not among the queues")

    def queue_for(self, dialled: str) -> Queue:
        """The queue that a dialled number leads to; the default queue for a number that no queue names."""
        return self._by_number.get(dialled) or self.queues[self.plan.default_queue]

    def served_by(self, agent: Agent) -> tuple[QueueId, ...]:
        """The agent's queues, as far as they exist and the skills reach."""
        return tuple(
            queue
            for queue in dict.fromkeys(agent.queues)
            if queue in self.queues and has_skills(agent, self.queues[queue])
        )
