"""Why a call waits and why an agent gets nothing, asked of the router as things are now; and why a call went
to whom it went, from what the history kept."""

from __future__ import annotations

from callcenter.calls.requests import AgentExplained, CallExplained, ExplainAgent, ExplainCall, Refusal
from callcenter.history.queries import InteractionDetail
from callcenter.storage.errors import DatabaseUnavailableError
from callcenter.web.access import SEES_EVERYTHING
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.problems import ProblemError
from callcenter.web.schemas import AgentPath, CallPath
from callcenter.web.why_schemas import AgentWhy, CallWhy, agent_why, call_why, past_why
from routing.ids import AgentId, CallId

routes = Endpoints("why")


@routes.get("/calls/{call}/why", problems=(403, 404, 503))
async def why_call(context: Context, path: CallPath) -> CallWhy:
    """What a live call waits for: its candidates with their scores, and what excludes the others.

    Of any call, also one that talks or is over, to whom it was offered and why: by the score of that moment,
    the next best, and how many were out of the question.
    """
    call = CallId(path.call)
    try:
        reply = await context.submit(ExplainCall(call))
    except ProblemError as error:
        if error.problem.refusal is not Refusal.UNKNOWN_CALL:
            raise
        record = await context.deps.history.interaction(call)
        if record is None:
            raise
        return past_why(record, context.deps.clock.now())
    if not isinstance(reply, CallExplained):
        raise ProblemError(503, "the router gave no explanation")
    return call_why(reply, await _kept(context, call))


async def _kept(context: Context, call: CallId) -> InteractionDetail | None:
    """What the history has of a live call. The router's answer is told also while the database is away."""
    try:
        return await context.deps.history.interaction(call)
    except DatabaseUnavailableError:
        return None


@routes.get("/agents/{agent}/why", problems=(403, 404, 503))
async def why_agent(context: Context, path: AgentPath) -> AgentWhy:
    """Why an agent gets no call now, and which he was passed over for while free.

    An operator may ask about himself.
    """
    if context.user.agent != path.agent and context.user.role not in SEES_EVERYTHING:
        raise ProblemError(403, "only a supervisor may ask about another agent")
    reply = await context.submit(ExplainAgent(AgentId(path.agent)))
    if not isinstance(reply, AgentExplained):
        raise ProblemError(503, "the router gave no explanation")
    return agent_why(reply)
