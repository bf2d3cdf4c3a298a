"""Whose a thing is, where more than one endpoint asks."""

from __future__ import annotations

from callcenter.crm.views import DueTask, Message
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
    shared = not task.assignee and (task.queue is None or task.queue in queues_of(context))
    _check(context, shared, (task.assignee, task.by), "task")


def check_message(context: Context, message: Message) -> None:
    """A message is ticked off, and brought back, by who has taken it; one that nobody has by whoever may hear
    it. Leaders may do so for all. Raises ``ProblemError`` (403)."""
    _check(context, not message.assignee, (message.assignee,), "message")


def _check(context: Context, shared: bool, whose: tuple[str | None, ...], what: str) -> None:
    user = context.user
    if not (shared or user.login in whose or user.role in ACTS_FOR_OTHERS):
        raise ProblemError(403, f"it is another's {what}; who has it, or a supervisor, can change it")
