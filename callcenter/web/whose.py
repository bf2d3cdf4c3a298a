"""Whose a thing is, where more than one endpoint asks."""

from __future__ import annotations

from callcenter.crm.views import DueTask
from callcenter.web.access import ACTS_FOR_OTHERS
from callcenter.web.context import Context
from callcenter.web.problems import ProblemError
from routing.ids import QueueId


def queues_of(context: Context) -> tuple[QueueId, ...]:
    """The queues that the user serves, his own and his team's."""
    plan = context.deps.plan()
    agent = next((one for one in plan.agents if one.id == context.user.agent), None)
    if agent is None:
        return context.user.queues
    team = next((one for one in plan.teams if one.id == agent.team), None)
    return tuple(dict.fromkeys((*agent.queues, *(team.queues if team is not None else ()))))


def check_task(context: Context, task: DueTask) -> None:
    """A task may be changed and ticked off by who has it or made it; one that nobody has by whoever serves
    its queue, and without a queue by anyone. Leaders may do so for all. Raises ``ProblemError`` (403)."""
    user = context.user
    shared = not task.assignee and (task.queue is None or task.queue in queues_of(context))
    if not (shared or user.login in (task.assignee, task.by) or user.role in ACTS_FOR_OTHERS):
        raise ProblemError(403, "it is another's task; who has it, or a supervisor, can change it")
