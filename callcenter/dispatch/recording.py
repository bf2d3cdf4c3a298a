"""The pause of a call's recording.

A pause belongs to the call: hold, park and conference go on in silence, until the agent who asked for it ends
it or leaves the call. Whoever comes after him is recorded, and the ledger is told so. A pause that nobody can
vouch for is none: nobody says a card's number because we said that it is not recorded.
"""

from __future__ import annotations

from callcenter.calls.control_facts import RecordingPaused, RecordingResumed
from callcenter.calls.entities import Call
from callcenter.calls.states import CallState
from callcenter.dispatch.desk import Desk
from callcenter.telephony.commands import MuteRecording
from callcenter.telephony.events import CommandFailed
from routing.ids import AgentId, ServerId


def pause(desk: Desk, call: Call, agent: AgentId) -> None:
    call.control.paused_by = agent
    desk.say(RecordingPaused(desk.now, call.id, agent))
    desk.do(MuteRecording(call.server, call.id, muted=True))
    desk.touch_call(call)


def resume(desk: Desk, call: Call) -> None:
    """The recording is heard again, wherever it runs."""
    if call.control.paused_by is not None:
        heard_again(desk, call)
        desk.do(MuteRecording(call.server, call.id, muted=False))


def heard_again(desk: Desk, call: Call) -> None:
    """The pause is over, since the recording that it was of has ended (on hold there is none), or runs where
    we can't reach it."""
    agent, call.control.paused_by = call.control.paused_by, None
    if agent is not None:
        desk.say(RecordingResumed(desk.now, call.id, agent))
        desk.touch_call(call)


def listed(desk: Desk, server: ServerId, *, sure: bool) -> None:
    """After a (re)connect the silence of conversations is asked for again: who asked for it before may not
    have been heard."""
    for call in desk.floor.calls_of(server) if sure else ():
        paused = call.control.paused_by is not None and call.control.transfer is None
        if paused and call.state is CallState.TALKING:
            desk.do(MuteRecording(call.server, call.id, muted=True))


def failed(desk: Desk, call: Call, event: CommandFailed) -> None:
    """The last pause or resumption was refused, or nobody knows whether it was carried out."""
    if call.control.paused_by is not None:
        heard_again(desk, call)
    elif not event.timed_out and call.state is CallState.TALKING and call.agent is not None:
        call.control.paused_by = call.agent
        desk.say(RecordingPaused(desk.now, call.id, call.agent))
