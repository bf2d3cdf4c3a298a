"""AMI event frames into typed events, without I/O.

Theory of operation. A channel is ours when it came in through the front door (``Newchannel`` in context
``cc-in``), when the dialplan said so (``UserEvent CCHold``, ``CCBack``), when a listing found it, or when it
is a station's channel made for such a call: then its ``Linkedid`` is the caller's. A ``Translator`` remembers
the Uniqueids of our channels, from their start to their ``Hangup``, and passes over every other channel of
the PBX.

What a peer sends is never an exception here: an event that lacks what it must have becomes ``Malformed``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from callcenter.telephony.ami.frames import Frame, Headers, first
from callcenter.telephony.events import (
    CallArrived,
    CallFellBack,
    CallHeld,
    CallPhase,
    DialFinished,
    LegBridged,
    LegEnded,
    LegRinging,
    LegStarted,
    LegUnbridged,
    PlaceFailed,
    RingEnded,
    RingOutcome,
    ServerSynced,
    StationChanged,
    StationState,
    StepEnded,
    StepOutcome,
    TelephonyEvent,
)
from routing.ids import PLACED, CallId, ServerId, StationId, call_id, leg_id, uniqueid_of

UNKNOWN = "<unknown>"
"""What Asterisk writes for a number or name it does not have."""

_STATION = re.compile(r"a[A-Za-z0-9_]{1,31}")
"""The dialplan's ``cc-dial`` takes extensions that begin with ``a``; trunks never do."""

_OUTCOMES = {
    "ANSWER": RingOutcome.ANSWERED,
    "BUSY": RingOutcome.BUSY,
    "NOANSWER": RingOutcome.NO_ANSWER,
    "CANCEL": RingOutcome.CANCELLED,
    "ABORT": RingOutcome.CANCELLED,  # DialEnd's word for a leg that lost the race to answer
    "CHANUNAVAIL": RingOutcome.UNREACHABLE,
    "CONGESTION": RingOutcome.UNREACHABLE,
    "INVALIDARGS": RingOutcome.UNREACHABLE,
}
_PLACE_OUTCOMES = {
    16: RingOutcome.CANCELLED,
    17: RingOutcome.BUSY,
    18: RingOutcome.NO_ANSWER,
    19: RingOutcome.NO_ANSWER,
    21: RingOutcome.BUSY,
}
"""Of a placed call that nobody answered, by its Hangup's cause; any other means that the number can't be
reached. OriginateResponse's Reason is 0 for all of them but the timeout, and comes before the Hangup or
after."""
_STEP_OUTCOMES = {
    "DONE": StepOutcome.DONE,
    "FAILED": StepOutcome.FAILED,
    # DIALSTATUS of a call that went out
    "ANSWER": StepOutcome.ENDED,
    "BUSY": StepOutcome.NO_ANSWER,
    "NOANSWER": StepOutcome.NO_ANSWER,
    "CANCEL": StepOutcome.NO_ANSWER,
    "CHANUNAVAIL": StepOutcome.FAILED,
    "CONGESTION": StepOutcome.FAILED,
    "INVALIDARGS": StepOutcome.FAILED,
}
_DIGITS = re.compile(r"[0-9*#]{0,64}")
_CALL_REJECTED = 21
"""The cause of a phone's 603 Decline; DialEnd calls it NOANSWER, and DIALSTATUS calls it CHANUNAVAIL."""
_DEVICE_STATES = {
    "NOT_INUSE": StationState.IDLE,
    "INUSE": StationState.BUSY,
    "BUSY": StationState.BUSY,
    "ONHOLD": StationState.BUSY,
    "RINGINUSE": StationState.BUSY,
    "RINGING": StationState.RINGING,
    "UNAVAILABLE": StationState.UNAVAILABLE,
    "INVALID": StationState.UNAVAILABLE,
    "UNKNOWN": StationState.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Malformed:
    """A known event that lacks what it must have. Holds no value of any header: they are personal."""

    event: str
    problem: str


Translation: TypeAlias = TelephonyEvent | Malformed | None


def station_of_device(device: str) -> StationId | None:
    """The station of a device (``PJSIP/a1001``); None for anything else."""
    technology, _, name = device.partition("/")
    if technology == "PJSIP" and _STATION.fullmatch(name):
        return StationId(name)
    return None


def station_of_channel(channel: str) -> StationId | None:
    """The station of a channel (``PJSIP/a1001-0000002a``); None for anything else."""
    return station_of_device(channel.rpartition("-")[0])


def station_state(word: str) -> StationState:
    """Asterisk's device state in our words; raises ``ValueError`` for one it does not have."""
    try:
        return _DEVICE_STATES[word]
    except KeyError:
        raise ValueError("unknown device state") from None


def plain(text: str) -> str:
    """A number or name, empty where Asterisk has none."""
    return "" if text == UNKNOWN else text


def one(headers: Headers, key: str) -> str:
    """A header that must be there; raises ``KeyError``. Of a repeated one, the first: Asterisk writes its own
    before what a dialplan adds."""
    value = headers[key]
    return value if isinstance(value, str) else value[0]


class Translator:
    """Turns one server's frames, in order, into typed events. Knows no time, and never raises for a frame."""

    def __init__(self, server: ServerId) -> None:
        self._server = server
        self._calls: dict[str, CallId] = {}
        """By the caller's Linkedid."""
        self._legs: dict[str, CallId] = {}
        """By Uniqueid: the callers' legs and the stations'."""
        self._placing: set[str] = set()
        """Uniqueids of calls that are being placed."""
        self._unplaced: dict[str, bool] = {}
        """Uniqueids of those that nobody answered, until their OriginateResponse."""
        self._handlers: dict[str, Callable[[Headers], TelephonyEvent | None]] = {
            "Newchannel": self._newchannel,
            "UserEvent": self._user_event,
            "DialState": self._dial_state,
            "DialEnd": self._dial_end,
            "BridgeEnter": self._bridge_enter,
            "BridgeLeave": self._bridge_leave,
            "Hangup": self._hangup,
            "DeviceStateChange": self._device_state,
            "OriginateResponse": self._originated,
        }

    @property
    def legs(self) -> int:
        """How many channels are remembered."""
        return len(self._legs)

    def adopt(self, synced: ServerSynced) -> None:
        """Forget all, and know what a listing found."""
        # Who is only dialled yet is ours once the dialplan says so.
        calls = [found for found in synced.calls if found.phase is not CallPhase.PLACING]
        self._calls = {uniqueid_of(found.call): found.call for found in calls}
        self._legs = dict(self._calls)
        self._placing = {uniqueid_of(found.call) for found in synced.calls} - self._calls.keys()
        self._unplaced.clear()
        for found in calls:
            for leg in found.legs:
                self._legs[uniqueid_of(leg.leg)] = found.call

    def translate(self, frame: Frame) -> Translation:
        """The event that a frame is; None when it is not about us; ``Malformed`` when it can't be read."""
        handler = self._handlers.get(frame.name)
        if handler is None:
            return None
        try:
            return handler(frame.headers)
        except KeyError as missing:
            return Malformed(frame.name, f"no {missing.args[0]}")
        except ValueError:
            return Malformed(frame.name, "a value that can't be read")

    def _newchannel(self, headers: Headers) -> TelephonyEvent | None:
        uniqueid, linkedid = one(headers, "uniqueid"), one(headers, "linkedid")
        if not uniqueid:
            raise ValueError("empty id")
        station = station_of_channel(one(headers, "channel"))
        if station is not None:
            call = self._calls.get(linkedid)
            if call is None or uniqueid == linkedid:
                return None
            self._legs[uniqueid] = call
            return LegStarted(self._server, call, leg_id(self._server, uniqueid), station)
        if uniqueid.startswith(PLACED):
            self._placing.add(uniqueid)
            return None
        # In an Asterisk not of our configuration, what we dial outside may stand in the trunk's context, too.
        if one(headers, "context") != "cc-in" or uniqueid != linkedid:
            return None
        call = self._know(uniqueid, linkedid, uniqueid)
        return CallArrived(
            self._server,
            call,
            plain(one(headers, "calleridnum")),
            plain(one(headers, "calleridname")),
            one(headers, "exten"),
        )

    def _know(self, uniqueid: str, linkedid: str, named: str) -> CallId:
        call = call_id(self._server, named)
        self._calls[linkedid] = call
        self._legs[uniqueid] = call
        self._placing.discard(uniqueid)
        return call

    def _user_event(self, headers: Headers) -> TelephonyEvent | None:
        name = one(headers, "userevent")
        if name not in ("CCHold", "CCFallback", "CCDialEnd", "CCStep", "CCBack"):
            return None
        uniqueid = one(headers, "uniqueid")
        # A caller who was sent to cc-hold by another way than cc-in has no CC_CALL.
        named = one(headers, "call") or uniqueid
        if not named:
            raise ValueError("empty id")
        if name == "CCDialEnd":
            cause, outcome = _number(headers, "cause"), _outcome(one(headers, "status"))
            if cause == _CALL_REJECTED and outcome is RingOutcome.UNREACHABLE:
                outcome = RingOutcome.BUSY
            station = StationId(one(headers, "agent"))
            return DialFinished(self._server, call_id(self._server, named), station, outcome, cause)
        if name == "CCFallback":
            return CallFellBack(self._server, self._know(uniqueid, one(headers, "linkedid"), named))
        if name == "CCStep":
            return self._step(headers, named)
        if name == "CCBack":
            call = self._know(uniqueid, one(headers, "linkedid"), named)
            return CallArrived(self._server, call, one(headers, "number"), "", one(headers, "dnis"))
        attempt = _number(headers, "try")
        dialled = one(headers, "dnis")
        return CallHeld(self._server, self._know(uniqueid, one(headers, "linkedid"), named), dialled, attempt)

    def _step(self, headers: Headers, named: str) -> TelephonyEvent:
        step, outcome, digits = one(headers, "step"), one(headers, "outcome"), first(headers, "digits")
        if not (step.isascii() and step.isdigit()) or outcome not in _STEP_OUTCOMES:
            raise ValueError("unknown step or outcome")
        if not _DIGITS.fullmatch(digits):
            raise ValueError("keys that no phone has")
        return StepEnded(
            self._server,
            call_id(self._server, named),
            int(step),
            _STEP_OUTCOMES[outcome],
            digits,
            _number(headers, "seconds"),
            tuple(dict.fromkeys(one for one in first(headers, "missing").split("&") if one)),
        )

    def _originated(self, headers: Headers) -> TelephonyEvent | None:
        uniqueid = first(headers, "actionid")  # none when another manager gave none
        if not uniqueid.startswith(PLACED) or one(headers, "response") == "Success":
            return None
        if uniqueid in self._placing or uniqueid in self._legs or self._unplaced.pop(uniqueid, False):
            return None  # its Hangup tells more; or a second dialling of a call that lives was refused
        return PlaceFailed(self._server, call_id(self._server, uniqueid), RingOutcome.UNREACHABLE, 0)

    def _not_placed(self, uniqueid: str, cause: int) -> TelephonyEvent:
        self._placing.discard(uniqueid)
        self._unplaced[uniqueid] = True
        outcome = _PLACE_OUTCOMES.get(cause, RingOutcome.UNREACHABLE)
        return PlaceFailed(self._server, call_id(self._server, uniqueid), outcome, cause)

    def _dial_state(self, headers: Headers) -> TelephonyEvent | None:
        if one(headers, "dialstatus") != "RINGING":
            return None
        leg = one(headers, "destuniqueid")
        call = self._legs.get(leg)
        return None if call is None else LegRinging(self._server, call, leg_id(self._server, leg))

    def _dial_end(self, headers: Headers) -> TelephonyEvent | None:
        leg = one(headers, "destuniqueid")
        call = self._legs.get(leg)
        if call is None:
            return None
        outcome = _outcome(one(headers, "dialstatus"))
        return RingEnded(self._server, call, leg_id(self._server, leg), outcome)

    def _bridge_enter(self, headers: Headers) -> TelephonyEvent | None:
        leg = one(headers, "uniqueid")
        call = self._legs.get(leg)
        if call is None:
            return None
        return LegBridged(self._server, call, leg_id(self._server, leg), one(headers, "bridgeuniqueid"))

    def _bridge_leave(self, headers: Headers) -> TelephonyEvent | None:
        leg = one(headers, "uniqueid")
        call = self._legs.get(leg)
        if call is None:
            return None
        return LegUnbridged(self._server, call, leg_id(self._server, leg), one(headers, "bridgeuniqueid"))

    def _hangup(self, headers: Headers) -> TelephonyEvent | None:
        leg = one(headers, "uniqueid")
        call = self._legs.pop(leg, None)
        if call is None:
            return self._not_placed(leg, _number(headers, "cause")) if leg in self._placing else None
        if leg == uniqueid_of(call):
            # The stations' legs stay known: a caller's Hangup can come before an agent's BridgeLeave.
            self._calls.pop(one(headers, "linkedid"), None)
        return LegEnded(self._server, call, leg_id(self._server, leg), _number(headers, "cause"))

    def _device_state(self, headers: Headers) -> TelephonyEvent | None:
        station = station_of_device(one(headers, "device"))
        if station is None:
            return None
        return StationChanged(self._server, station, station_state(one(headers, "state")))


def _number(headers: Headers, key: str) -> int:
    """A number that is good to have, 0 when it can't be read: for want of a cause no hang-up is passed
    over."""
    text = first(headers, key)
    return int(text) if text.isascii() and text.isdigit() else 0


def _outcome(status: str) -> RingOutcome:
    try:
        return _OUTCOMES[status]
    except KeyError:
        raise ValueError("unknown dial status") from None
