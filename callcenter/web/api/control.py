"""Call control: what an agent does with the conversation in hand, and the calls he makes himself.

Each answers as soon as the command is on its way; what comes of it is in the live picture, whose calls say
which of these their agent may ask for now (``actions``).
"""

from __future__ import annotations

import structlog

from callcenter.calls import control_requests as ask
from callcenter.people.views import Role
from callcenter.web.access import SEES_EVERYTHING
from callcenter.web.context import Context
from callcenter.web.control_schemas import (
    Begun,
    ColleagueCall,
    ColleagueCallItem,
    ColleagueCallList,
    ColleagueCallsQuery,
    Dialling,
    GuestTarget,
    Keys,
    RecordingState,
    TransferTarget,
)
from callcenter.web.endpoint import Endpoints, Sound
from callcenter.web.problems import ProblemError
from callcenter.web.schemas import CallPath
from routing.ids import AgentId, CallId, QueueId

log = structlog.get_logger(__name__)
routes = Endpoints("control")
_PROBLEMS = (403, 404, 409, 503)
HEARS_RECORDINGS = SEES_EVERYTHING | {Role.CAMPAIGN_MANAGER}


@routes.post("/calls/{call}/hold", problems=_PROBLEMS)
async def hold_call(context: Context, path: CallPath) -> None:
    """Put the caller on hold, with music."""
    await context.submit(ask.HoldCall(context.agent, CallId(path.call)))


@routes.post("/calls/{call}/resume", problems=_PROBLEMS)
async def resume_call(context: Context, path: CallPath) -> None:
    """Go on with the caller."""
    await context.submit(ask.ResumeCall(context.agent, CallId(path.call)))


@routes.post("/calls/{call}/transfer", problems=_PROBLEMS)
async def transfer_call(context: Context, path: CallPath, body: TransferTarget) -> None:
    """Hand the caller on without asking: to a queue, a colleague, or a number.

    Whoever does not take him leaves him at the head of his queue.
    """
    await context.submit(
        ask.TransferCall(
            context.agent,
            CallId(path.call),
            None if body.queue is None else QueueId(body.queue),
            None if body.to is None else AgentId(body.to),
            body.number or "",
        )
    )


@routes.post("/calls/{call}/park", problems=_PROBLEMS)
async def park_call(context: Context, path: CallPath) -> None:
    """Leave the caller with music for any colleague to fetch."""
    await context.submit(ask.ParkCall(context.agent, CallId(path.call)))


@routes.post("/calls/{call}/fetch", problems=_PROBLEMS)
async def fetch_call(context: Context, path: CallPath) -> None:
    """Take a parked call."""
    await context.submit(ask.FetchCall(context.agent, CallId(path.call)))


@routes.post("/calls/{call}/consult", problems=_PROBLEMS)
async def consult(context: Context, path: CallPath, body: GuestTarget) -> None:
    """Ask a colleague or a number for help, with the caller on hold."""
    to = None if body.to is None else AgentId(body.to)
    await context.submit(ask.ConsultCall(context.agent, CallId(path.call), to, body.number or ""))


@routes.post("/calls/{call}/complete", problems=_PROBLEMS)
async def complete_transfer(context: Context, path: CallPath) -> None:
    """Hand the caller to the guest, and leave."""
    await context.submit(ask.CompleteTransfer(context.agent, CallId(path.call)))


@routes.post("/calls/{call}/join", problems=_PROBLEMS)
async def join_guest(context: Context, path: CallPath) -> None:
    """Bring caller and guest together: a conference of three."""
    await context.submit(ask.JoinGuest(context.agent, CallId(path.call)))


@routes.post("/calls/{call}/dismiss", problems=_PROBLEMS)
async def dismiss_guest(context: Context, path: CallPath) -> None:
    """Let the guest go, or stop asking him, and return to the caller."""
    await context.submit(ask.DismissGuest(context.agent, CallId(path.call)))


@routes.post("/calls/{call}/leave", problems=_PROBLEMS)
async def leave_call(context: Context, path: CallPath) -> None:
    """Leave a conference to the guest and the caller."""
    await context.submit(ask.LeaveCall(context.agent, CallId(path.call)))


@routes.put("/calls/{call}/recording", problems=_PROBLEMS)
async def set_recording(context: Context, path: CallPath, body: RecordingState) -> None:
    """Have the recording be silent (a card number is said), or go on."""
    wish = ask.PauseRecording if body.paused else ask.ResumeRecording
    await context.submit(wish(context.agent, CallId(path.call)))


@routes.get("/calls/{call}/recording", problems=(403, 404, 503))
async def get_recording(context: Context, path: CallPath) -> Sound:
    """Hear the recording of a call; an operator hears his own."""
    record = await context.deps.history.interaction(CallId(path.call))
    if record is None:
        raise ProblemError(404, "no such call")
    user = context.user
    concerned = {record.interaction.agent, *(offer.agent for offer in record.offers if offer.answered_at)}
    if user.role not in HEARS_RECORDINGS and (user.agent is None or user.agent not in concerned):
        raise ProblemError(403, "not a call of yours")
    name = next((fact["recording"] for fact in record.facts if fact["type"] == "RecordingStarted"), None)
    if name is None:
        raise ProblemError(404, "this call was not recorded")
    try:
        wav = await context.deps.recordings.wav(str(name))
    except OSError as error:
        log.warning("web.recording_not_read", recording=name, error=error.strerror)
        raise ProblemError(
            503,
            f"the recording can't be read ({error.strerror}): "
            "let callcenter read Asterisk's folder of recordings (asterisk.recordings_dir)",
        ) from error
    if wav is None:
        raise ProblemError(404, "there is no such recording in asterisk.recordings_dir")
    return Sound(wav)


@routes.post("/calls/{call}/keys", problems=_PROBLEMS)
async def send_keys(context: Context, path: CallPath, body: Keys) -> None:
    """Press keys towards whom one speaks with."""
    await context.submit(ask.SendKeys(context.agent, CallId(path.call), body.keys))


@routes.post("/calls", status=202, problems=(403, 409, 503))
async def dial_client(context: Context, body: Dialling) -> Begun:
    """Call a number: one's own phone rings first, then the client's."""
    await context.submit(ask.DialClient(context.agent, body.name, body.number))
    return Begun(name=body.name)


@routes.post("/colleagues/call", status=204, problems=(403, 409, 503))
async def call_colleague(context: Context, body: ColleagueCall) -> None:
    """Have one's own phone call a colleague's."""
    await context.submit(ask.CallColleague(context.agent, AgentId(body.to)))


@routes.post("/colleagues/hang-up", problems=(403, 409, 503))
async def hang_up_colleague(context: Context) -> None:
    """End the call with a colleague that one is in, or is called for."""
    await context.submit(ask.HangUpColleague(context.agent))


@routes.get("/colleagues/calls", problems=(403,))
async def list_colleague_calls(context: Context, query: ColleagueCallsQuery) -> ColleagueCallList:
    """Calls between agents, the newest first; an operator sees those that he made or was called in."""
    user = context.user
    agent = None if query.agent is None else AgentId(query.agent)
    if user.role not in SEES_EVERYTHING:
        if agent not in (None, user.agent):
            raise ProblemError(403, "ask for your own calls with colleagues")
        if user.agent is None:
            return ColleagueCallList(items=[])
        agent = user.agent
    found = await context.deps.history.intercoms(agent, query.limit)
    return ColleagueCallList(items=[ColleagueCallItem.model_validate(one) for one in found])
