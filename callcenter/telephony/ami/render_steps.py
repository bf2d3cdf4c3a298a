"""The commands of flows into AMI actions, without I/O.

Theory of operation. A step is entered by one Redirect to ``cc-say``, ``cc-ask``, ``cc-record`` or ``cc-out``,
whose extension is ``s`` and the step's number, so that a result never bears another step's. What the step
needs beyond that stands in channel variables, set before it on the same connection. Each value is of a form
that has no meaning to the dialplan: no comma, bracket, ``$``, ``&`` or ``/`` gets in by a prompt's name, a
number or a language, so nothing is ever run or dialled but what is written in ``extensions.conf``.
"""

from __future__ import annotations

import re
from typing import TypeAlias, assert_never

from callcenter.telephony.ami.action import (
    AmiAction,
    UnrenderableError,
    channel_of,
    channel_variable,
    fitting,
    redirect,
    within,
)
from callcenter.telephony.ami.spoken import spoken_digits
from callcenter.telephony.commands import Ask, DialOut, Dress, PlaceCall, Play, Record
from callcenter.telephony.own_sounds import behind, own_sound
from routing.ids import PLACED, CallId

MAX_STEP = 1_000_000
MAX_SPOKEN = 900
"""Characters of all recordings of one step: they go in one header of one line."""
MAX_DIGITS = 32
MAX_ASK_SECONDS = 120
MAX_RECORD_SECONDS = 3600
MAX_DIAL_SECONDS = 600

OUTSIDE = "cc-outside"
"""The PJSIP endpoint over which calls go out; ``config/asterisk`` makes it of the trunk that has an
address."""

_PROMPT = re.compile(r"[a-z0-9_-]{1,60}")
_DIGITS = re.compile(r"[0-9]+")
_NUMERAL = re.compile(r"[0-9]{1,32}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(_[A-Za-z]{2})?")
_DIALLED = re.compile(r"[+0-9*#]{1,32}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_MUSIC = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_PLACED = re.compile(PLACED + r"[A-Za-z0-9_.-]{1,100}")
_KEYS = {"": "none", "*": "star", "#": "hash"} | {digit: digit for digit in "0123456789"}

FlowCommand: TypeAlias = Play | Ask | Record | DialOut | Dress | PlaceCall


def render_step(command: FlowCommand) -> tuple[AmiAction, ...]:
    """As ``render.render``."""
    match command:
        case Play():
            if command.key not in _KEYS:
                raise UnrenderableError("the key is not one of 0-9, * and #")
            said = _said(command) | {"CC_KEY": _KEYS[command.key]}
            return _enter(command.call, "cc-say", command.step, said)
        case Ask():
            most = within("digits asked for", command.most_digits, 1, MAX_DIGITS)
            seconds = within("seconds of silence", command.seconds, 1, MAX_ASK_SECONDS)
            said = _said(command) | {"CC_MOST": most, "CC_SECONDS": seconds}
            return _enter(command.call, "cc-ask", command.step, said)
        case Record():
            name = fitting("a recording's name", command.name, _NAME)
            seconds = within("seconds to record", command.seconds, 1, MAX_RECORD_SECONDS)
            said = _said(command) | {"CC_NAME": name, "CC_SECONDS": seconds}
            return _enter(command.call, "cc-record", command.step, said)
        case DialOut():
            number = fitting("the number to dial", command.number, _DIALLED)
            seconds = within("seconds to dial", command.seconds, 1, MAX_DIAL_SECONDS)
            return _enter(command.call, "cc-out", command.step, {"CC_NUMBER": number, "CC_SECONDS": seconds})
        case Dress():
            return _dress(command)
        case PlaceCall():
            return (_place(command),)
        case _:
            assert_never(command)


def _enter(call: CallId, context: str, step: int, variables: dict[str, str]) -> tuple[AmiAction, ...]:
    channel = channel_of(call)
    extension = "s" + within("the step", step, 0, MAX_STEP)
    actions = [channel_variable(channel, name, value) for name, value in variables.items()]
    return (*actions, redirect(channel, context, extension))


def _said(command: Play | Ask | Record) -> dict[str, str]:
    language = fitting("a language", command.language, _LANGUAGE)
    recordings: list[str] = []
    own = None
    for one in command.spoken:
        if _DIGITS.fullmatch(one):
            recordings += spoken_digits(fitting("a number to be spoken", one, _NUMERAL), language)
            if own is not None and (after := behind(own, one, language)):
                recordings.append(f":{after}")
            own = None
        else:
            name = fitting("a prompt's name", one, _PROMPT)
            own = own_sound(name, language)
            recordings.append(name if own is None else f"{name}:{own.name}")
    said = "&".join(recordings)
    if len(said) > MAX_SPOKEN:
        raise UnrenderableError(f"what is to be said takes more than {MAX_SPOKEN} characters of names")
    return {"CC_SAY": said, "CC_LANGUAGE": language}


def _dress(command: Dress) -> tuple[AmiAction, ...]:
    channel = channel_of(command.call)
    worn: list[AmiAction] = []
    if command.music:
        worn.append(channel_variable(channel, "CC_MOH", fitting("a music class", command.music, _MUSIC)))
    if command.language:
        language = fitting("a language", command.language, _LANGUAGE)
        worn.append(channel_variable(channel, "CC_LANGUAGE", language))
    if not worn:
        raise UnrenderableError("neither music nor language: there is nothing to change")
    return tuple(worn)


def _place(command: PlaceCall) -> AmiAction:
    uniqueid = channel_of(command.call)
    if not _PLACED.fullmatch(uniqueid):
        raise UnrenderableError(f"a placed call's id does not begin with {PLACED!r}")
    number = fitting("the number to dial", command.number, _DIALLED)
    shown = fitting("the number to show", command.shown, _DIALLED)
    seconds = int(within("seconds to dial", command.seconds, 1, MAX_DIAL_SECONDS))
    variables = {"__CC_CALL": uniqueid, "__CC_DNIS": shown, "CC_NUMBER": number, "CC_STATE": "PLACE"}
    return AmiAction(
        "Originate",
        (
            ("Channel", f"PJSIP/{number}@{OUTSIDE}"),
            ("ChannelId", uniqueid),
            ("Context", "cc-back"),
            ("Exten", "s"),
            ("Priority", "1"),
            ("Timeout", str(seconds * 1000)),
            ("CallerID", shown),
            # Without it Asterisk answers only when the client did, and nothing else meanwhile.
            ("Async", "true"),
            *(("Variable", f"{name}={value}") for name, value in variables.items()),
        ),
        # An unanswered call's OriginateResponse names no channel: only this says whose it is.
        action_id=uniqueid,
    )
