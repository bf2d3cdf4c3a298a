"""Typed commands into AMI actions, without I/O. The steps of flows are in ``render_steps``."""

from __future__ import annotations

import re
from typing import TypeAlias, assert_never

from callcenter.telephony.ami.action import (
    AmiAction,
    UnrenderableError,
    channel_of,
    channel_variable,
    redirect,
)
from callcenter.telephony.ami.render_steps import FlowCommand, render_step
from callcenter.telephony.commands import (
    Ask,
    Audit,
    DialOut,
    Dress,
    HangUp,
    PlaceCall,
    Play,
    Reclaim,
    Record,
    Ring,
    TelephonyCommand,
)
from callcenter.telephony.events import SEVERAL, CommandFailed
from routing.acd.model import MOST_RUNG
from routing.ids import StationId

MAX_RING_SECONDS = 3600

_STATION = re.compile(r"a[A-Za-z0-9_]{1,31}")

ActingCommand: TypeAlias = Ring | HangUp | Reclaim | FlowCommand
"""Commands that are actions; ``Audit`` is a listing."""


def render(command: ActingCommand) -> tuple[AmiAction, ...]:
    """The actions of a command, one or more, to be written in one go; the answer to the last one is the
    command's. Raises ``UnrenderableError``."""
    match command:
        case Ring():
            if not 1 <= command.seconds <= MAX_RING_SECONDS:
                raise UnrenderableError(f"ring timeout outside 1..{MAX_RING_SECONDS} s")
            channel = channel_of(command.call)
            ring = channel_variable(channel, "CC_RING", str(command.seconds))
            if not command.also:
                return (ring, redirect(channel, "cc-dial", _extension(command.station)))
            stations = channel_variable(channel, "CC_STATIONS", _together(command))
            return (ring, stations, redirect(channel, "cc-dial", SEVERAL))
        case HangUp():
            # 16 is Q.850's normal clearing.
            return (AmiAction("Hangup", (("Channel", channel_of(command.leg)), ("Cause", "16"))),)
        case Reclaim():
            return (redirect(channel_of(command.call), "cc-hold", "s"),)
        case Play() | Ask() | Record() | DialOut() | Dress() | PlaceCall():
            return render_step(command)
        case _:
            assert_never(command)


def _together(command: Ring) -> str:
    """What ``Dial`` takes for several. It goes into the dialplan as it is, so nothing but stations' names and
    what joins them may be in it."""
    names = dict.fromkeys(_extension(station) for station in (command.station, *command.also))
    if len(names) > MOST_RUNG:
        raise UnrenderableError(f"more than {MOST_RUNG} stations in one ring")
    return "&".join(f"PJSIP/{name}" for name in names)


def _extension(station: StationId) -> str:
    if not _STATION.fullmatch(station):
        raise UnrenderableError("a station's name is not 'a' and up to 31 letters, digits or '_'")
    return station


def failure(command: TelephonyCommand, reason: str, *, timed_out: bool) -> CommandFailed:
    """What is posted for a command that was refused, or not answered in time."""
    return CommandFailed(
        command.server,
        None if isinstance(command, Audit) else command.call,
        command.offer if isinstance(command, Ring) else None,
        type(command).__name__,
        reason,
        timed_out,
    )
