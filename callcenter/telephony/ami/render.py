"""Typed commands into AMI actions, and actions into bytes, without I/O.

``encode`` is the one place where text becomes bytes for Asterisk. A line break in a value would start a
header, and an empty line another action, so it refuses them; and it refuses lines that Asterisk would."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from callcenter.errors import PeerError
from callcenter.telephony.commands import Audit, HangUp, Reclaim, Ring, TelephonyCommand
from callcenter.telephony.events import CommandFailed
from routing.ids import CallId, LegId, StationId, uniqueid_of

MAX_LINE = 1024
"""Bytes of a line with its CRLF. Asterisk reads lines into a buffer of this size and answers a longer one
with "Message too long" (``manager.c``, ``inbuf``)."""

MAX_RING_SECONDS = 3600

_UNIQUEID = re.compile(r"[A-Za-z0-9_.-]{1,128}")
"""A systemname and a number; what stands in the Channel header. Without "/" no regular expression, which
Hangup would take, and without "!" and "," nothing else either."""
_STATION = re.compile(r"a[A-Za-z0-9_]{1,31}")
_FORBIDDEN = re.compile(r"[\r\n\0]")

ActingCommand: TypeAlias = Ring | HangUp | Reclaim
"""Commands that are actions; ``Audit`` is a listing."""


class UnrenderableError(PeerError):
    """A value can't be sent to Asterisk. Says which, and never what it was."""


@dataclass(frozen=True, slots=True)
class AmiAction:
    """One action, without its ActionID."""

    name: str
    headers: tuple[tuple[str, str], ...] = ()


def render(command: ActingCommand) -> tuple[AmiAction, ...]:
    """The actions of a command, to be written in one go; the answer to the last one is the command's.

    Raises ``UnrenderableError``. Uniqueids stand in the Channel header: Asterisk looks a channel up by its
    name and then by its Uniqueid (``ast_channel_get_by_name``), and the Uniqueid survives a rename.
    """
    match command:
        case Ring():
            if not 1 <= command.seconds <= MAX_RING_SECONDS:
                raise UnrenderableError(f"ring timeout outside 1..{MAX_RING_SECONDS} s")
            channel = _channel(command.call)
            return (
                AmiAction(
                    "Setvar",
                    (("Channel", channel), ("Variable", "CC_RING"), ("Value", str(command.seconds))),
                ),
                _redirect(channel, "cc-dial", _extension(command.station)),
            )
        case HangUp():
            # 16 is Q.850's normal clearing.
            return (AmiAction("Hangup", (("Channel", _channel(command.leg)), ("Cause", "16"))),)
        case Reclaim():
            return (_redirect(_channel(command.call), "cc-hold", "s"),)
        case _:
            assert_never(command)


def global_variable(name: str, value: str) -> AmiAction:
    """Sets a global variable of the dialplan."""
    return AmiAction("Setvar", (("Variable", name), ("Value", value)))


def encode(action: AmiAction, action_id: str) -> bytes:
    """An action as it goes over the wire. Raises ``UnrenderableError``."""
    lines = [_line("Action", action.name), _line("ActionID", action_id)]
    lines += [_line(key, value) for key, value in action.headers]
    return b"".join(lines) + b"\r\n"


def _line(key: str, value: str) -> bytes:
    if _FORBIDDEN.search(value) or _FORBIDDEN.search(key) or ":" in key:
        raise UnrenderableError(f"a line break or NUL in {key!r}")
    try:
        line = f"{key}: {value}\r\n".encode()
    except UnicodeEncodeError:
        raise UnrenderableError(f"{key} is no valid text") from None
    if len(line) > MAX_LINE:
        raise UnrenderableError(f"{key} is longer than a line of {MAX_LINE} bytes")
    return line


def _redirect(channel: str, context: str, extension: str) -> AmiAction:
    return AmiAction(
        "Redirect",
        (("Channel", channel), ("Context", context), ("Exten", extension), ("Priority", "1")),
    )


def _channel(qualified: CallId | LegId) -> str:
    uniqueid = uniqueid_of(qualified)
    if not _UNIQUEID.fullmatch(uniqueid):
        raise UnrenderableError("a channel's id holds a character that no Uniqueid has")
    return uniqueid


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
