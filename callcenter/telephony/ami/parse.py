"""AMI event frames into typed events, without I/O.

Theory of operation. A channel is ours when it came in through the front door (``Newchannel`` in context
``cc-in``), when the dialplan said so (``UserEvent CCHold``, ``CCBack``), when a listing found it, or when it
was made for such a call: then its ``Linkedid`` is the caller's, or it is a station's leg whose Uniqueid we
chose (``routing.ids.station_leg_id``, ``intercom_id``), or was dialled from that. A ``Translator`` remembers
the Uniqueids of our channels, from their start to their ``Hangup``, and passes over every other channel of
the PBX.

What a peer sends is never an exception here: an event that lacks what it must have becomes ``Malformed``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from callcenter.telephony.ami.frames import Frame, Headers, first
from callcenter.telephony.ami.words import (
    CAUSE_OUTCOMES,
    DIGITS,
    STATION,
    STEP_OUTCOMES,
    is_outside,
    number,
    one,
    plain,
    ring_outcome,
    station_of_channel,
    station_of_device,
    station_state,
    verdict,
)
from callcenter.telephony.events import (
    CallArrived,
    CallFellBack,
    CallHeld,
    CallParked,
    CallPhase,
    ConsultEnded,
    DialFinished,
    IntercomDialled,
    LegBridged,
    LegEnded,
    LegPlace,
    LegRinging,
    LegStarted,
    LegUnbridged,
    OutsideLegStarted,
    PlaceFailed,
    RingEnded,
    RingOutcome,
    ServerSynced,
    StationChanged,
    StepEnded,
    TelephonyEvent,
)
from routing.ids import (
    INTERCOM,
    OF_STATION,
    PLACED,
    CallId,
    ServerId,
    StationId,
    call_id,
    call_of_intercom,
    call_of_station_leg,
    leg_id,
    uniqueid_of,
)

_OUR_WORDS = frozenset(
    {
        "CCHold",
        "CCFallback",
        "CCDialEnd",
        "CCStep",
        "CCBack",
        "CCPark",
        "CCConsultEnd",
        "CCIntercomEnd",
    }
)
"""The UserEvents of our dialplan."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A known event that lacks what it must have. Holds no value of any header: they are personal."""

    event: str
    problem: str


Translation: TypeAlias = TelephonyEvent | tuple[TelephonyEvent, ...] | Malformed | None


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
        """Uniqueids of those that nobody answered: True after their Hangup, until the OriginateResponse;
        False the other way round."""
        self._unanswered: set[str] = set()
        """Uniqueids of stations' legs that we placed and that ring."""
        self._handlers: dict[str, Callable[[Headers], Translation]] = {
            "Newchannel": self._newchannel,
            "UserEvent": self._user_event,
            "DialBegin": self._dial_begin,
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
        placing = [found for found in synced.calls if found.phase is CallPhase.PLACING]
        there = [found for found in synced.calls if found.phase not in (CallPhase.PLACING, CallPhase.AWAITED)]
        self._calls = {uniqueid_of(found.call): found.call for found in there}
        self._legs = dict(self._calls)
        self._placing = {uniqueid_of(found.call) for found in placing}
        self._unplaced.clear()
        self._unanswered.clear()
        # A station that was rung before its client was dialled is in a call that is not there yet.
        for found in synced.calls:
            for leg in found.legs:
                uniqueid = uniqueid_of(leg.leg)
                self._legs[uniqueid] = found.call
                if leg.place is LegPlace.READY and not leg.answered:
                    self._unanswered.add(uniqueid)
        for intercom in synced.intercoms:
            call = call_of_intercom(intercom.intercom)
            self._legs[uniqueid_of(call)] = call
            if not intercom.answered:
                self._unanswered.add(uniqueid_of(call))
            if intercom.leg is not None:
                self._legs[uniqueid_of(intercom.leg)] = call

    def translate(self, frame: Frame) -> Translation:
        """The event that a frame is, or events in their order; None when it is not about us; ``Malformed``
        when it can't be read."""
        handler = self._handlers.get(frame.name)
        if handler is None:
            return None
        try:
            return handler(frame.headers)
        except KeyError as missing:
            return Malformed(frame.name, f"no {missing.args[0]}")
        except ValueError:
            return Malformed(frame.name, "a value that can't be read")

    def _call_of(self, linkedid: str) -> CallId | None:
        if linkedid.startswith(INTERCOM):
            return call_id(self._server, linkedid)
        return self._calls.get(linkedid) or call_of_station_leg(leg_id(self._server, linkedid))

    def _newchannel(self, headers: Headers) -> TelephonyEvent | None:
        uniqueid, linkedid = one(headers, "uniqueid"), one(headers, "linkedid")
        if not uniqueid:
            raise ValueError("empty id")
        station = station_of_channel(one(headers, "channel"))
        if station is not None:
            call = self._call_of(linkedid)
            placed = uniqueid.startswith((OF_STATION, INTERCOM))
            if call is None or (uniqueid == linkedid and not placed):
                return None
            self._legs[uniqueid] = call
            if placed:
                self._unanswered.add(uniqueid)
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
        if name not in _OUR_WORDS:
            return None
        uniqueid = one(headers, "uniqueid")
        if name == "CCIntercomEnd":
            if not uniqueid.startswith(INTERCOM):
                raise ValueError("no intercom")
            outcome, cause = verdict(headers)
            return IntercomDialled(self._server, call_id(self._server, uniqueid), outcome, cause)
        # A caller who was sent to cc-hold by another way than cc-in has no CC_CALL.
        named = one(headers, "call") or uniqueid
        if not named:
            raise ValueError("empty id")
        if name == "CCConsultEnd":
            return self._consult_ended(headers, named)
        if name == "CCDialEnd":
            outcome, cause = verdict(headers)
            station = StationId(one(headers, "agent"))
            return DialFinished(self._server, call_id(self._server, named), station, outcome, cause)
        if name == "CCPark":
            return CallParked(self._server, self._know(uniqueid, one(headers, "linkedid"), named))
        if name == "CCFallback":
            return CallFellBack(self._server, self._know(uniqueid, one(headers, "linkedid"), named))
        if name == "CCStep":
            return self._step(headers, named)
        if name == "CCBack":
            call = self._know(uniqueid, one(headers, "linkedid"), named)
            return CallArrived(self._server, call, one(headers, "number"), "", one(headers, "dnis"))
        attempt = number(headers, "try")
        dialled = one(headers, "dnis")
        return CallHeld(self._server, self._know(uniqueid, one(headers, "linkedid"), named), dialled, attempt)

    def _step(self, headers: Headers, named: str) -> TelephonyEvent:
        step, outcome, digits = one(headers, "step"), one(headers, "outcome"), first(headers, "digits")
        if not (step.isascii() and step.isdigit()) or outcome not in STEP_OUTCOMES:
            raise ValueError("unknown step or outcome")
        if not DIGITS.fullmatch(digits):
            raise ValueError("keys that no phone has")
        return StepEnded(
            self._server,
            call_id(self._server, named),
            int(step),
            STEP_OUTCOMES[outcome],
            digits,
            number(headers, "seconds"),
            tuple(dict.fromkeys(one for one in first(headers, "missing").split("&") if one)),
        )

    def _consult_ended(self, headers: Headers, named: str) -> TelephonyEvent:
        outcome, cause = verdict(headers)
        to, leg = one(headers, "to"), one(headers, "leg")
        if not leg:
            raise ValueError("empty id")
        station = StationId(to) if STATION.fullmatch(to) else None
        call = call_id(self._server, named)
        return ConsultEnded(self._server, call, leg_id(self._server, leg), station, outcome, cause)

    def _originated(self, headers: Headers) -> Translation:
        uniqueid = first(headers, "actionid")  # none when another manager gave none
        if not uniqueid.startswith((PLACED, OF_STATION, INTERCOM)) or one(headers, "response") == "Success":
            return None
        if self._unplaced.pop(uniqueid, False):
            return None
        if uniqueid in self._placing or uniqueid in self._legs:
            # Its Hangup tells more; or a second dialling of a call that lives was refused.
            self._unplaced[uniqueid] = False
            return None
        leg = leg_id(self._server, uniqueid)
        call = call_id(self._server, uniqueid) if uniqueid.startswith(INTERCOM) else call_of_station_leg(leg)
        if call is not None:
            return self._rang_in_vain(call, uniqueid, RingOutcome.UNREACHABLE, 0)
        if uniqueid.startswith(OF_STATION):
            return None
        return PlaceFailed(self._server, call_id(self._server, uniqueid), RingOutcome.UNREACHABLE, 0)

    def _rang_in_vain(
        self, call: CallId, uniqueid: str, outcome: RingOutcome, cause: int
    ) -> tuple[TelephonyEvent, ...]:
        leg = leg_id(self._server, uniqueid)
        return RingEnded(self._server, call, leg, outcome), LegEnded(self._server, call, leg, cause)

    def _not_placed(self, uniqueid: str, cause: int) -> TelephonyEvent:
        self._placing.discard(uniqueid)
        self._await_response(uniqueid)
        outcome = CAUSE_OUTCOMES.get(cause, RingOutcome.UNREACHABLE)
        return PlaceFailed(self._server, call_id(self._server, uniqueid), outcome, cause)

    def _await_response(self, uniqueid: str) -> None:
        if self._unplaced.pop(uniqueid, None) is None:
            self._unplaced[uniqueid] = True

    def _dial_begin(self, headers: Headers) -> TelephonyEvent | None:
        # Only here does a channel that goes out have its number, and only such a channel is new here.
        if not is_outside(one(headers, "destchannel")):
            return None
        uniqueid = one(headers, "destuniqueid")
        call = self._call_of(one(headers, "destlinkedid"))
        if call is None or uniqueid in self._placing or uniqueid in self._legs:
            return None
        self._legs[uniqueid] = call
        number = one(headers, "dialstring").partition("@")[0]
        return OutsideLegStarted(self._server, call, leg_id(self._server, uniqueid), number)

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
        outcome = ring_outcome(one(headers, "dialstatus"))
        if leg in self._unanswered:
            if outcome is not RingOutcome.ANSWERED:
                return None  # the Hangup's cause says it, too, and tells a refusal from a silence
            self._unanswered.discard(leg)
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

    def _hangup(self, headers: Headers) -> Translation:
        leg = one(headers, "uniqueid")
        call = self._legs.pop(leg, None)
        if call is None:
            return self._not_placed(leg, number(headers, "cause")) if leg in self._placing else None
        if leg == uniqueid_of(call):
            # The stations' legs stay known: a caller's Hangup can come before an agent's BridgeLeave.
            self._calls.pop(one(headers, "linkedid"), None)
        if leg in self._unanswered:
            self._unanswered.discard(leg)
            self._await_response(leg)
            cause = number(headers, "cause")
            outcome = CAUSE_OUTCOMES.get(cause, RingOutcome.UNREACHABLE)
            return self._rang_in_vain(call, leg, outcome, cause)
        self._unplaced.pop(leg, None)
        return LegEnded(self._server, call, leg_id(self._server, leg), number(headers, "cause"))

    def _device_state(self, headers: Headers) -> TelephonyEvent | None:
        station = station_of_device(one(headers, "device"))
        if station is None:
            return None
        return StationChanged(self._server, station, station_state(one(headers, "state")))
