"""One AMI action, and how it goes over the wire, without I/O.

``encode`` is the one place where text becomes bytes for Asterisk. A line break in a value would start a
header, and an empty line another action, so it refuses them; and it refuses lines that Asterisk would."""

from __future__ import annotations

import re
from dataclasses import dataclass

from callcenter.errors import PeerError
from routing.ids import CallId, LegId, uniqueid_of

MAX_LINE = 1024
"""Bytes of a line with its CRLF. Asterisk reads lines into a buffer of this size and answers a longer one
with "Message too long" (``manager.c``, ``inbuf``)."""

_UNIQUEID = re.compile(r"[A-Za-z0-9_.-]{1,128}")
"""A systemname and a number; what stands in the Channel header. Without "/" no regular expression, which
Hangup would take, and without "!" and "," nothing else either."""
_FORBIDDEN = re.compile(r"[\r\n\0]")


class UnrenderableError(PeerError):
    """A value can't be sent to Asterisk. Says which, and never what it was."""


@dataclass(frozen=True, slots=True)
class AmiAction:
    """One action. ``action_id`` is for an action whose late event must be known by it; others get theirs
    when they are sent."""

    name: str
    headers: tuple[tuple[str, str], ...] = ()
    action_id: str = ""


def encode(action: AmiAction, action_id: str) -> bytes:
    """An action as it goes over the wire. Raises ``UnrenderableError``."""
    lines = [_line("Action", action.name), _line("ActionID", action_id)]
    lines += [_line(key, value) for key, value in action.headers]
    return b"".join(lines) + b"\r\n"


def redirect(channel: str, context: str, extension: str) -> AmiAction:
    """Takes a channel out of what it does, to the first priority there."""
    return AmiAction(
        "Redirect",
        (("Channel", channel), ("Context", context), ("Exten", extension), ("Priority", "1")),
    )


def channel_variable(channel: str, name: str, value: str) -> AmiAction:
    """Sets a variable of one channel. Asterisk takes the value as it is and expands nothing in it."""
    return AmiAction("Setvar", (("Channel", channel), ("Variable", name), ("Value", value)))


def global_variable(name: str, value: str) -> AmiAction:
    """Sets a global variable of the dialplan."""
    return AmiAction("Setvar", (("Variable", name), ("Value", value)))


def channel_of(qualified: CallId | LegId) -> str:
    """What stands in the Channel header. Raises ``UnrenderableError``.

    Asterisk looks a channel up by its name and then by its Uniqueid (``ast_channel_get_by_name``), and the
    Uniqueid survives a rename.
    """
    uniqueid = uniqueid_of(qualified)
    if not _UNIQUEID.fullmatch(uniqueid):
        raise UnrenderableError("a channel's id holds a character that no Uniqueid has")
    return uniqueid


def fitting(what: str, value: str, form: re.Pattern[str]) -> str:
    """The value, if the whole of it is of this form. Raises ``UnrenderableError``."""
    if not form.fullmatch(value):
        raise UnrenderableError(f"{what} is empty, too long, or holds a character that none has")
    return value


def within(what: str, value: int, least: int, most: int) -> str:
    """The number as text, if it is within these bounds. Raises ``UnrenderableError``."""
    if not least <= value <= most:
        raise UnrenderableError(f"{what} outside {least}..{most}")
    return str(value)


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
