"""The pause of a call's recording.

A pause belongs to the call: hold, park and conference go on in silence, until the agent who asked for it ends
it or leaves the call. Whoever comes after him is recorded, and the ledger is told so. A pause that nobody can
vouch for is none: nobody says a card's number because we said that it is not recorded. A resumption can get
lost, with the link or with the process that wrote it down; so it is said again after each (re)connect, as the
pause is, for every conversation that ever had a pause or that a process before us knew.
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
    call.control.paused_by, call.control.repeated = agent, False
    desk.say(RecordingPaused(desk.now, call.id, agent))
    desk.do(MuteRecording(call.server, call.id, muted=True))
    desk.touch_call(call)


def resume(desk: Desk, call: Call) -> None:
    """The recording is heard again, wherever it runs."""
    if call.control.paused_by is not None:
        heard_again(desk, call)
        call.control.repeated = False
        desk.do(MuteRecording(call.server, call.id, muted=False))


def heard_again(desk: Desk, call: Call) -> None:
    """The pause is over, since the recording that it was of has ended (on hold there is none), or runs where
    we can't reach it."""
    agent, call.control.paused_by = call.control.paused_by, None
    if agent is not None:
        call.control.hushed = True
        desk.say(RecordingResumed(desk.now, call.id, agent))
        desk.touch_call(call)


def listed(desk: Desk, server: ServerId, *, sure: bool) -> None:
    """After a (re)connect the silence of conversations, or its end, is asked for again: who asked for it
    before may not have been heard."""
    for call in desk.floor.calls_of(server) if sure else ():
        control = call.control
        if call.state is not CallState.TALKING or control.transfer is not None or not control.recording:
            continue
        paused = control.paused_by is not None
        if paused or control.hushed:
            control.repeated = not paused
            desk.do(MuteRecording(call.server, call.id, muted=paused))


def failed(desk: Desk, call: Call, event: CommandFailed) -> None:
    """The last pause or resumption was refused, or nobody knows whether it was carried out. One that was
    repeated for safety is refused where nothing is recorded, and is no news."""
    if call.control.paused_by is not None:
        heard_again(desk, call)
        if event.timed_out and desk.floor.is_up(call.server):
            desk.do(MuteRecording(call.server, call.id, muted=False))
    elif call.control.repeated:
        pass
    elif not event.timed_out and call.state is CallState.TALKING and call.agent is not None:
        call.control.paused_by = call.agent
        desk.say(RecordingPaused(desk.now, call.id, call.agent))
