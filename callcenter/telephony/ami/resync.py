"""What a server says when it is listed, into ``ServerSynced``, without I/O.

Theory of operation. ``Status`` with the dialplan's variables has all that a call's place is read from:
application, context, bridge, Linkedid, seconds. (CoreShowChannels, BridgeList and BridgeInfo say the same
again; one list is consistent with itself, five are not.) A caller's channel is the one whose ``CC_CALL`` is
its own Uniqueid; stations' channels inherit that variable and have the caller's Linkedid, or one that we
chose (``routing.ids.station_leg_id``), which names the call. Channels with the Linkedid of an intercom are
apart from all of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.telephony.ami.action import AmiAction
from callcenter.telephony.ami.frames import Headers, every, first
from callcenter.telephony.ami.words import (
    is_outside,
    one,
    plain,
    station_of_channel,
    station_of_device,
    station_state,
)
from callcenter.telephony.events import (
    CallPhase,
    FoundCall,
    FoundIntercom,
    FoundLeg,
    LegPlace,
    ServerSynced,
    StationState,
)
from routing.ids import (
    INTERCOM,
    OF_STATION,
    IntercomId,
    ServerId,
    StationId,
    call_id,
    call_of_station_leg,
    leg_id,
    uniqueid_of,
)

LIST_CHANNELS = AmiAction("Status", (("Variables", "CC_CALL,CC_STATE,CC_DNIS,CC_TRY,CC_NUMBER,CC_TO"),))
LIST_STATIONS = AmiAction("DeviceStateList")
ASK_TIME = AmiAction("Getvar", (("Variable", "EPOCH"),))
"""Asterisk's own clock in whole seconds, which the dialplan holds our heartbeat against."""

_UNSET = "(null)"
"""What Status writes for a variable that a channel does not have."""
_OUR_CONTEXTS = frozenset({"cc-in", "cc-hold", "cc-dial"})
_STEP_CONTEXTS = frozenset(
    {
        "cc-say",
        "cc-ask",
        "cc-asked",
        "cc-record",
        "cc-recorded",
        "cc-out",
        "cc-dialled",
        "cc-speak",
        "cc-told",
    }
    | {f"cc-key-{key}" for key in ("any", "none", "star", "hash", *"0123456789")}
)
"""Where a step of a flow is; which one, CC_STATE says."""
_LASTING = frozenset({LegPlace.READY, LegPlace.ROOM, LegPlace.CONSULT})
_DIAL_CONTEXTS = frozenset({"cc-dial", "cc-dialling", "cc-recording"})
_CONSULT_CONTEXTS = frozenset({"cc-consult", "cc-consulted", "cc-dialling"})
_UP = "6"
"""The state of a channel that is answered."""
_LEAVING_APPLICATIONS = frozenset({"Playback", "Hangup"})
"""What is left of ``cc-hold`` for a caller whom the fallback gave up on."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing read. ``malformed`` counts items that lacked what they must have."""

    synced: ServerSynced
    malformed: int


@dataclass(frozen=True, slots=True)
class _Channel:
    uniqueid: str
    linkedid: str
    context: str
    application: str
    bridge: str
    station: StationId | None
    outside: bool
    up: bool
    number: str
    name: str
    seconds: float
    variables: dict[str, str]


def read_listing(
    server: ServerId, channels: Sequence[Headers], devices: Sequence[Headers], blind_from: float | None
) -> Listing:
    """The items of ``LIST_CHANNELS`` and ``LIST_STATIONS``, in the order they came, into one picture.

    ``blind_from`` is an UTC epoch second and is passed on.
    """
    malformed = 0
    known: list[_Channel] = []
    for item in channels:
        try:
            known.append(_channel(item))
        except (KeyError, ValueError):
            malformed += 1
    stations: dict[StationId, StationState] = {}
    for item in devices:
        try:
            station = station_of_device(one(item, "device"))
            if station is not None:
                stations[station] = station_state(one(item, "state"))
        except (KeyError, ValueError):
            malformed += 1
    legs: dict[str, list[_Channel]] = {}
    callers: list[_Channel] = []
    colleagues: dict[str, list[_Channel]] = {}
    for channel in known:
        if channel.linkedid.startswith(INTERCOM):
            if channel.station is not None:
                colleagues.setdefault(channel.linkedid, []).append(channel)
        elif _is_caller(channel):
            callers.append(channel)
        elif channel.station is not None or channel.outside:
            legs.setdefault(_linked_to(server, channel), []).append(channel)
    calls = tuple(_call(server, caller, legs.pop(caller.linkedid, [])) for caller in callers)
    # Legs that live without a caller: rung before he is dialled, or left behind in the room.
    calls += tuple(
        _awaited(server, uniqueid, left)
        for uniqueid, left in legs.items()
        if any(_place(leg) in _LASTING for leg in left)
    )
    on_phone = frozenset(channel.station for channel in known if channel.station is not None)
    intercoms = tuple(
        found
        for linkedid, channels_there in sorted(colleagues.items())
        if (found := _intercom(server, linkedid, channels_there)) is not None
    )
    synced = ServerSynced(server, calls, tuple(sorted(stations.items())), blind_from, on_phone, intercoms)
    return Listing(synced, malformed)


def _channel(item: Headers) -> _Channel:
    variables = {}
    for assignment in every(item, "variable"):
        name, _, value = assignment.partition("=")
        if value != _UNSET:
            variables[name] = value
    uniqueid = one(item, "uniqueid")
    if not uniqueid:
        raise ValueError("empty id")
    return _Channel(
        uniqueid,
        one(item, "linkedid"),
        one(item, "context"),
        first(item, "application"),
        first(item, "bridgeid"),
        station_of_channel(one(item, "channel")),
        is_outside(one(item, "channel")),
        first(item, "channelstate") == _UP,
        plain(first(item, "calleridnum")),
        plain(first(item, "calleridname")),
        float(first(item, "seconds") or 0),
        variables,
    )


def _is_caller(channel: _Channel) -> bool:
    if channel.station is not None:
        return False
    named = channel.variables.get("CC_CALL")
    if named is None:  # the first line of cc-in has not run yet, or another way than cc-in led here
        return channel.context in _OUR_CONTEXTS and channel.uniqueid == channel.linkedid
    return named == channel.uniqueid


def _linked_to(server: ServerId, leg: _Channel) -> str:
    """The Linkedid of the caller of a leg."""
    call = call_of_station_leg(leg_id(server, leg.linkedid))
    return leg.linkedid if call is None else uniqueid_of(call)


def _awaited(server: ServerId, uniqueid: str, legs: list[_Channel]) -> FoundCall:
    call, age = call_id(server, uniqueid), max(leg.seconds for leg in legs)
    found = tuple(_leg(server, leg, None) for leg in legs)
    return FoundCall(call, "", "", "", CallPhase.AWAITED, 0, age, found)


def _intercom(server: ServerId, linkedid: str, channels: list[_Channel]) -> FoundIntercom | None:
    """None for one that is on its way out: who began it has no channel any more."""
    own = next((channel for channel in channels if channel.uniqueid == linkedid), None)
    to = None if own is None else own.variables.get("CC_TO")
    if own is None or own.station is None or to is None:
        return None
    other = next((channel for channel in channels if channel is not own), None)
    return FoundIntercom(
        IntercomId(call_id(server, linkedid)),
        own.station,
        StationId(to),
        answered=own.up,
        leg=None if other is None else leg_id(server, other.uniqueid),
        talking=other is not None and bool(own.bridge) and own.bridge == other.bridge,
        age=own.seconds,
    )


def _call(server: ServerId, caller: _Channel, legs: list[_Channel]) -> FoundCall:
    call = call_id(server, caller.uniqueid)
    attempt = caller.variables.get("CC_TRY", "")
    # Until a client whom we dial has answered, his channel bears our own number, which he is shown.
    dialling = caller.variables.get("CC_STATE") == "PLACE"
    return FoundCall(
        call,
        caller.variables.get("CC_NUMBER", caller.number) if dialling else caller.number,
        caller.name,
        caller.variables.get("CC_DNIS", ""),
        _phase(caller),
        int(attempt) if attempt.isascii() and attempt.isdigit() else 0,
        caller.seconds,
        # Asterisk lists channels as its hash table has them; of several that ring, the oldest is first.
        tuple(
            _leg(server, leg, caller)
            for leg in sorted(legs, key=lambda leg: (len(leg.uniqueid), leg.uniqueid))
        ),
    )


def _leg(server: ServerId, leg: _Channel, caller: _Channel | None) -> FoundLeg:
    return FoundLeg(
        leg_id(server, leg.uniqueid),
        leg.station,
        bridged=caller is not None and bool(leg.bridge) and leg.bridge == caller.bridge,
        bridge=leg.bridge or None,
        place=_place(leg),
        number=leg.number if leg.outside else "",
        answered=leg.up,
    )


def _place(leg: _Channel) -> LegPlace:
    if leg.context == "cc-room":
        return LegPlace.ROOM
    if leg.context in _CONSULT_CONTEXTS:
        return LegPlace.CONSULT
    if leg.uniqueid.startswith(OF_STATION):
        return LegPlace.READY
    # Set before it rang, and gone with the first line of cc-room.
    return LegPlace.CONSULTED if leg.variables.get("CC_STATE") == "CONSULTED" else LegPlace.RUNG


def _phase(caller: _Channel) -> CallPhase:
    state = caller.variables.get("CC_STATE")
    if state == "PLACE":  # set with the channel, and until the first line of cc-hold
        return CallPhase.ARRIVING if caller.context == "cc-back" else CallPhase.PLACING
    if caller.context == "cc-in":
        return CallPhase.ARRIVING
    if caller.context in _STEP_CONTEXTS:
        return _STEP_PHASES.get(state or "", CallPhase.STEP)
    if caller.context == "cc-park":
        return CallPhase.PARKED
    if caller.context == "cc-room":
        return CallPhase.LEAVING if caller.application == "Hangup" else CallPhase.ROOM
    if caller.context == "cc-recording" and state == "ROOM":
        return CallPhase.ROOM
    if caller.context in _DIAL_CONTEXTS:
        # Before and after Dial itself for an instant: the UserEvents that follow say how it goes on.
        return CallPhase.TALKING if caller.bridge else CallPhase.RINGING
    if caller.context not in ("cc-hold", "cc-holding"):
        return CallPhase.LEAVING
    if caller.application == "Queue":
        return CallPhase.FALLBACK
    # A caller who is back from the fallback (Goto cc-hold) has its state until the first line there has run.
    if state == "FALLBACK":
        leaving = caller.application in _LEAVING_APPLICATIONS
        return CallPhase.LEAVING if leaving else CallPhase.FALLBACK
    return CallPhase.WAITING


_STEP_PHASES = {
    # A Ring may cut an announcement short, so who hears one waits as on hold.
    "SAY": CallPhase.WAITING,
    "ASK": CallPhase.STEP,
    "RECORD": CallPhase.STEP,
    "OUT": CallPhase.OUT,
    # The first line of a step has not run yet: which step it is shows in the next listing.
    "WAIT": CallPhase.STEP,
}
