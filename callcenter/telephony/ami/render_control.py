"""The commands of call control into AMI actions, without I/O.

Theory of operation. A controlled call's legs live in its room (ADR 0013), and each move is one Redirect of
one leg. Only the move out of ``Dial`` takes two at once: redirected one by one, the first would take the
second's conversation, and with it its channel, away."""

from __future__ import annotations

import re
from typing import assert_never

from callcenter.telephony.ami.action import (
    AmiAction,
    UnrenderableError,
    channel_of,
    channel_variable,
    fitting,
    redirect,
    within,
)
from callcenter.telephony.commands import (
    CallStation,
    Consult,
    ControlCommand,
    Intercom,
    Join,
    MuteRecording,
    Park,
    SendKeys,
)
from routing.ids import INTERCOM, LegId, StationId, call_of_intercom, call_of_station_leg

MAX_DIAL_SECONDS = 600
MAX_KEYS = 32
KEY_MS = 120
"""How long a key is pressed. Carriers want 40 ms and more; Asterisk lengthens what is shorter than 80."""

AUTO_ANSWER = (
    ("PJSIP_HEADER(add,Call-Info)", "<sip:callcenter>;answer-after=0"),
    ("PJSIP_HEADER(add,Alert-Info)", "<http://callcenter>;info=alert-autoanswer;delay=0"),
)
"""As cc-pre has them. An Originate that is Async does not heed PreDialGoSub (Asterisk 22), but sets its
variables before the INVITE is sent."""

_STATION = re.compile(r"a[A-Za-z0-9_]{1,31}")
_DIALLED = re.compile(r"[+0-9*#]{1,32}")
_KEYS = re.compile(r"[0-9*#]{1,32}")
_INTERCOM = re.compile(rf"[A-Za-z0-9_.-]{{1,64}}:{INTERCOM}[A-Za-z0-9_-]{{1,64}}")
_RECORDING = re.compile(r"[A-Za-z0-9_-]{1,100}")


def station_extension(station: StationId) -> str:
    """A station as the extension that dials it. Raises ``UnrenderableError``."""
    if not _STATION.fullmatch(station):
        raise UnrenderableError("a station's name is not 'a' and up to 31 letters, digits or '_'")
    return station


def recording_variable(channel: str, name: str) -> tuple[AmiAction, ...]:
    """Names the recording that the dialplan is to begin; nothing for none. Raises ``UnrenderableError``."""
    if not name:
        return ()
    return (channel_variable(channel, "CC_RECORDING", fitting("a recording's name", name, _RECORDING)),)


def auto_answer_variable(channel: str, auto_answer: bool) -> tuple[AmiAction, ...]:
    """Has the next dialling from a channel ask the phone to answer by itself; forgotten then."""
    return (channel_variable(channel, "CC_AUTO", "1"),) if auto_answer else ()


def render_control(command: ControlCommand) -> tuple[AmiAction, ...]:
    """As ``render.render``."""
    match command:
        case Park():
            return (_park(command),)
        case Join():
            channel = channel_of(command.leg)
            return (*recording_variable(channel, command.recording), redirect(channel, "cc-room", "s"))
        case Consult():
            return _consult(command)
        case CallStation():
            return (_call_station(command),)
        case Intercom():
            return (_intercom(command),)
        case SendKeys():
            channel = channel_of(command.leg)
            digits = fitting(f"what is to be pressed (1 to {MAX_KEYS} keys)", command.digits, _KEYS)
            return tuple(_key(channel, digit) for digit in digits)
        case MuteRecording():
            return (_mute(command),)
        case _:
            assert_never(command)


def _park(command: Park) -> AmiAction:
    channel = channel_of(command.call)
    if command.leg is None:
        return redirect(channel, "cc-park", "s")
    if command.leg == LegId(command.call):
        raise UnrenderableError("a caller can't be parked and in the room at the same time")
    return AmiAction(
        "Redirect",
        (
            ("Channel", channel),
            ("Context", "cc-park"),
            ("Exten", "s"),
            ("Priority", "1"),
            ("ExtraChannel", channel_of(command.leg)),
            ("ExtraContext", "cc-room"),
            ("ExtraExten", "s"),
            ("ExtraPriority", "1"),
        ),
    )


def _consult(command: Consult) -> tuple[AmiAction, ...]:
    if (command.station is None) == (not command.number):
        raise UnrenderableError("a consultation is with a station or with a number")
    channel = channel_of(command.leg)
    seconds = within("seconds to dial", command.seconds, 1, MAX_DIAL_SECONDS)
    variables = [channel_variable(channel, "CC_SECONDS", seconds)]
    if command.station is not None:
        return (*variables, redirect(channel, "cc-consult", station_extension(command.station)))
    number = fitting("the number to dial", command.number, _DIALLED)
    variables.append(channel_variable(channel, "CC_NUMBER", number))
    return (*variables, redirect(channel, "cc-consult", "s"))


def _call_station(command: CallStation) -> AmiAction:
    uniqueid = channel_of(command.leg)
    if call_of_station_leg(command.leg) != command.call:
        raise UnrenderableError("the leg's id is no station_leg_id of its call")
    call = channel_of(command.call)
    return _originate(
        command.station,
        command.seconds,
        ("cc-ready", "s"),
        fitting("the number to show", command.shown, _DIALLED) if command.shown else "",
        command.auto_answer,
        uniqueid,
        (("__CC_CALL", call), ("CC_STATE", "READY"), ("PJSIP_HEADER(add,X-CC-Call)", call)),
    )


def _intercom(command: Intercom) -> AmiAction:
    seconds = within("seconds to ring", command.seconds, 1, MAX_DIAL_SECONDS)
    named = fitting("an intercom's id", command.intercom, _INTERCOM)
    return _originate(
        command.station,
        command.seconds,
        ("cc-intercom", station_extension(command.to)),
        command.to,
        command.auto_answer,
        channel_of(call_of_intercom(command.intercom)),
        (
            ("CC_SECONDS", seconds),
            ("CC_FROM", station_extension(command.station)),
            ("CC_TO", station_extension(command.to)),
            ("_CC_COLLEAGUE", named),
            ("PJSIP_HEADER(add,X-CC-Colleague)", named),
        ),
    )


def _originate(
    station: StationId,
    seconds: int,
    to: tuple[str, str],
    shown: str,
    auto_answer: bool,
    uniqueid: str,
    variables: tuple[tuple[str, str], ...],
) -> AmiAction:
    within("seconds to ring", seconds, 1, MAX_DIAL_SECONDS)
    context, extension = to
    asked = AUTO_ANSWER if auto_answer else ()
    named = (("ChannelId", uniqueid),) if uniqueid else ()
    return AmiAction(
        "Originate",
        (
            ("Channel", f"PJSIP/{station_extension(station)}"),
            *named,
            ("Context", context),
            ("Exten", extension),
            ("Priority", "1"),
            ("Timeout", str(seconds * 1000)),
            *((("CallerID", shown),) if shown else ()),
            ("Async", "true"),
            *(("Variable", f"{name}={value}") for name, value in (*variables, *asked)),
        ),
        # A refusal's OriginateResponse names no channel: only this says whose it is.
        action_id=uniqueid,
    )


def _key(channel: str, digit: str) -> AmiAction:
    # Received, not sent: Asterisk queues what a channel receives and spaces it, and answers at once. A key
    # that it sends itself holds the whole manager connection for as long as the tone lasts.
    return AmiAction(
        "PlayDTMF",
        (("Channel", channel), ("Digit", digit), ("Duration", str(KEY_MS)), ("Receive", "true")),
    )


def _mute(command: MuteRecording) -> AmiAction:
    return AmiAction(
        "MixMonitorMute",
        (
            ("Channel", channel_of(command.call)),
            ("Direction", "both"),
            ("State", "1" if command.muted else "0"),
        ),
    )
