"""What agents want to be."""

from __future__ import annotations

from callcenter.calls.requests import Intent, SetIntent
from callcenter.calls.states import Author
from callcenter.web.access import ACTS_FOR_OTHERS
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.problems import ProblemError, bad_field
from callcenter.web.schemas import AgentPath, AgentStateChange
from routing.ids import AgentId

routes = Endpoints("agents")


@routes.put("/agents/{agent}/state", problems=(403, 404, 409, 503))
async def set_agent_state(context: Context, path: AgentPath, body: AgentStateChange) -> None:
    """Set what an agent wants to be.

    Takes effect at once, or when the current call or wrap-up ends. An operator may set his own; a
    supervisor or administrator anyone's.
    """
    own = context.user.agent == path.agent
    if not own and context.user.role not in ACTS_FOR_OTHERS:
        raise ProblemError(403, "only a supervisor may change another agent's state")
    if body.state is Intent.PAUSED:
        if not body.reason:
            raise bad_field("body", "reason", "missing", "A pause needs a reason")
        if body.reason not in {reason.code for reason in await context.deps.words.pause_reasons()}:
            raise bad_field("body", "reason", "unknown_pause_reason", "Not a pause reason of this site")
    author = Author.AGENT if own else Author.SUPERVISOR
    await context.submit(SetIntent(AgentId(path.agent), body.state, body.reason, author))
