"""Typed commands into AMI actions, without I/O. The steps of flows are in ``render_steps``."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from callcenter.telephony.ami.action import (
    AmiAction,
    UnrenderableError,
    channel_of,
    channel_variable,
    redirect,
)
from callcenter.telephony.ami.render_control import (
    auto_answer_variable,
    recording_variable,
    render_control,
    station_extension,
)
from callcenter.telephony.ami.render_steps import FlowCommand, render_step
from callcenter.telephony.commands import (
    Ask,
    Audit,
    CallStation,
    Consult,
    ControlCommand,
    DialOut,
    Dress,
    HangUp,
    Hold,
    Intercom,
    Join,
    MuteRecording,
    Park,
    PlaceCall,
    Play,
    Record,
    Ring,
    SendKeys,
    TelephonyCommand,
)
from callcenter.telephony.events import SEVERAL, CommandFailed
from routing.acd.model import MOST_RUNG
from routing.ids import CallId, call_of_intercom

MAX_RING_SECONDS = 3600

ActingCommand: TypeAlias = Ring | HangUp | Hold | FlowCommand | ControlCommand
"""Commands that are actions; ``Audit`` is a listing."""


def render(command: ActingCommand) -> tuple[AmiAction, ...]:
    """The actions of a command, one or more, to be written in one go; the answer to the last one is the
    command's. Raises ``UnrenderableError``."""
    match command:
        case Ring():
            if not 1 <= command.seconds <= MAX_RING_SECONDS:
                raise UnrenderableError(f"ring timeout outside 1..{MAX_RING_SECONDS} s")
            channel = channel_of(command.call)
            dressed = (
                channel_variable(channel, "CC_RING", str(command.seconds)),
                *recording_variable(channel, command.recording),
                *auto_answer_variable(channel, command.auto_answer),
            )
            if not command.also:
                return (*dressed, redirect(channel, "cc-dial", station_extension(command.station)))
            stations = channel_variable(channel, "CC_STATIONS", _together(command))
            return (*dressed, stations, redirect(channel, "cc-dial", SEVERAL))
        case HangUp():
            # 16 is Q.850's normal clearing.
            return (AmiAction("Hangup", (("Channel", channel_of(command.leg)), ("Cause", "16"))),)
        case Hold():
            return (redirect(channel_of(command.call), "cc-hold", "s"),)
        case Play() | Ask() | Record() | DialOut() | Dress() | PlaceCall():
            return render_step(command)
        case Park() | Join() | Consult() | CallStation() | Intercom() | SendKeys() | MuteRecording():
            return render_control(command)
        case _:
            assert_never(command)


def _together(command: Ring) -> str:
    """What ``Dial`` takes for several. It goes into the dialplan as it is, so nothing but stations' names and
    what joins them may be in it."""
    names = dict.fromkeys(station_extension(station) for station in (command.station, *command.also))
    if len(names) > MOST_RUNG:
        raise UnrenderableError(f"more than {MOST_RUNG} stations in one ring")
    return "&".join(f"PJSIP/{name}" for name in names)


def _call_of(command: TelephonyCommand) -> CallId | None:
    match command:
        case Audit():
            return None
        case Intercom():
            return call_of_intercom(command.intercom)
        case _:
            return command.call


def failure(command: TelephonyCommand, reason: str, *, timed_out: bool) -> CommandFailed:
    """What is posted for a command that was refused, or not answered in time."""
    return CommandFailed(
        command.server,
        _call_of(command),
        command.offer if isinstance(command, Ring | Consult) else None,
        type(command).__name__,
        reason,
        timed_out,
        command.leg if isinstance(command, HangUp | Park | Join | Consult | CallStation | SendKeys) else None,
    )
