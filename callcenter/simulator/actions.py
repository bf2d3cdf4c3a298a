"""AMI actions on the simulated PBX: one received message in, the answer's text out. No I/O.

Only what the product uses is answered as Asterisk answers it. What needs a manager class that the shipped
account does not have is refused with "Permission denied", what nobody uses with "Invalid/unknown command".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from callcenter.simulator.channels import Caller, Channel, Doing, Party
from callcenter.simulator.pbx import SimulatedPbx
from callcenter.simulator.wire import bridge_block, error, listing, response

GROUPS = frozenset({"call", "user", "agent"})
"""The manager classes the shipped account may read (manager.conf); ``dialplan`` comes with noise."""
_DENIED = frozenset(
    {
        "command",
        "pjsipshowcontacts",
        "pjsipshowendpoints",
        "coresettings",
        "reload",
        "getconfig",
        "updateconfig",
        "agi",
        "userevent",
        "queueadd",
        "queueremove",
        "mixmonitor",
    }
)


@dataclass(slots=True)
class Session:
    """One manager's login: who he may be, and what he wants to be sent."""

    credentials: Mapping[str, str] = field(repr=False)
    """Secrets by user name."""
    authenticated: bool = False
    closing: bool = False
    """The connection is to be closed once the answer is sent."""
    groups: frozenset[str] = GROUPS
    """Classes of events that are sent; empty with ``Events: off``."""


_STATION = re.compile(r"PJSIP/(a\w+)")
_OUTSIDE = re.compile(r"PJSIP/([^@/]+)@cc-outside")

Headers: TypeAlias = Sequence[tuple[str, str]]
Fields: TypeAlias = Mapping[str, str]
Handler: TypeAlias = Callable[[SimulatedPbx, Session, str, Fields], list[str]]


def handle(pbx: SimulatedPbx, session: Session, headers: Headers) -> list[str]:
    """Carry out one message and return the frames that answer it, in order. Its events are in the PBX's
    ``drain``, for every session."""
    fields = {name.lower(): value for name, value in reversed(headers)}
    # The one header that may come several times.
    fields["variable"] = ",".join(value for name, value in headers if name.lower() == "variable")
    action_id = fields.get("actionid", "")
    name = fields.get("action", "").lower()
    if not name:
        return [error(action_id, "Missing action in request")]
    if name == "login":
        return _login(session, action_id, fields)
    if not session.authenticated or name in _DENIED:
        return [error(action_id, "Permission denied")]
    handler = _HANDLERS.get(name)
    if handler is None:
        # Asterisk repeats the name as it was written.
        said = next(value for key, value in headers if key.lower() == "action")
        text = f"Invalid/unknown command: {said}. Use Action: ListCommands to show available commands."
        return [error(action_id, text)]
    return handler(pbx, session, action_id, fields)


def _login(session: Session, action_id: str, fields: Fields) -> list[str]:
    if session.authenticated:
        return [response(True, action_id, "Message: Already authenticated")]
    secret = session.credentials.get(fields.get("username", ""))
    if secret is None or secret != fields.get("secret"):
        session.closing = True
        return [error(action_id, "Authentication failed")]
    session.authenticated = True
    session.groups = _mask(fields.get("events", "on"))
    return [response(True, action_id, "Message: Authentication accepted")]


def _mask(words: str) -> frozenset[str]:
    wanted = {word.strip().lower() for word in words.split(",")}
    if wanted & {"off", "no", "false", "0"}:
        return frozenset()
    if wanted & {"on", "yes", "true", "all", "1", ""}:
        return GROUPS | {"dialplan"}
    return (GROUPS | {"dialplan"}) & wanted


def _events(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    session.groups = _mask(fields.get("eventmask", "on"))
    return [response(True, action_id, f"Events: {'On' if session.groups else 'Off'}")]


def _logoff(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    session.closing = True
    identity = f"ActionID: {action_id}\r\n" if action_id else ""
    return [f"Response: Goodbye\r\n{identity}Message: Thanks for all the fish.\r\n\r\n"]


def _ping(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    return [response(True, action_id, "Ping: Pong", f"Timestamp: {pbx.epoch():.6f}")]


def _setvar(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    variable = fields.get("variable", "")
    if not variable:
        return [error(action_id, "No variable specified")]
    value = fields.get("value", "")
    if name := fields.get("channel"):
        channel = pbx.find(name)
        if channel is None:
            return [error(action_id, "No such channel")]
        channel.variables[variable.lstrip("_")] = value
    else:
        pbx.set_global(variable, value)
    return [response(True, action_id, "Message: Variable Set")]


def _getvar(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    variable = fields.get("variable", "")
    if not variable:
        return [error(action_id, "No variable specified")]
    scope = pbx.globals
    if name := fields.get("channel"):
        channel = pbx.find(name)
        if channel is None:
            return [error(action_id, "No such channel")]
        scope = channel.variables
    value = str(int(pbx.epoch())) if variable == "EPOCH" else scope.get(variable, "")
    return [response(True, action_id, f"Variable: {variable}", f"Value: {value}")]


def _redirect(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    name = fields.get("channel", "")
    if not name:
        return [error(action_id, "Channel not specified")]
    for header in ("context", "exten", "priority"):
        if not fields.get(header):
            return [error(action_id, f"{header.capitalize()} not specified")]
    channel = pbx.find(name)
    if channel is None:
        return [error(action_id, f"Channel does not exist: {name}")]
    extra = None
    if other := fields.get("extrachannel"):
        second = pbx.find(other)
        if second is None:
            return [error(action_id, f"ExtraChannel does not exist: {other}")]
        if not isinstance(second, Caller | Party):
            return [error(action_id, "Redirect failed, channel not up.")]
        extra = (second, fields.get("extracontext", ""), fields.get("extraexten", ""))
    taken = isinstance(channel, Caller | Party) and pbx.redirect(
        channel, fields["context"], fields["exten"], extra
    )
    if not taken:
        return [error(action_id, "Redirect failed, channel not up.")]
    return [response(True, action_id, "Message: Redirect successful")]


def _originate(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    """Only as the product asks for it: ``Async``, to a number outside with an id of our own and ``cc-back``,
    or to a station with ``cc-ready`` or ``cc-intercom``."""
    dialled = _OUTSIDE.fullmatch(fields.get("channel", ""))
    uniqueid, timeout = fields.get("channelid", ""), fields.get("timeout", "30000")
    if dialled is None:
        return _originate_station(pbx, action_id, fields)
    if (fields.get("context"), fields.get("exten"), fields.get("async")) != ("cc-back", "s", "true"):
        return [error(action_id, "Extension does not exist.")]
    if not timeout.isdecimal():
        return [error(action_id, "Invalid timeout")]
    variables = _variables(fields)
    shown, seconds = fields.get("callerid", ""), int(timeout) / 1000
    pbx.after(0.0, lambda: pbx.dialplan.flow.place(dialled[1], shown, seconds, uniqueid, variables))
    return [response(True, action_id, "Message: Originate successfully queued")]


def _originate_station(pbx: SimulatedPbx, action_id: str, fields: Fields) -> list[str]:
    station = _STATION.fullmatch(fields.get("channel", ""))
    context, exten = fields.get("context", ""), fields.get("exten", "")
    timeout = fields.get("timeout", "30000")
    if station is None:
        return [error(action_id, "Channel not specified")]
    known = (context == "cc-ready" and exten == "s") or (context == "cc-intercom" and exten.startswith("a"))
    if not known or fields.get("async") != "true":
        return [error(action_id, "Extension does not exist.")]
    if not timeout.isdecimal():
        return [error(action_id, "Invalid timeout")]
    uniqueid, variables, seconds = fields.get("channelid", ""), _variables(fields), int(timeout) / 1000
    rooms = pbx.dialplan.rooms
    pbx.after(0.0, lambda: rooms.originate(station[1], uniqueid, context, exten, seconds, variables))
    return [response(True, action_id, "Message: Originate successfully queued")]


def _variables(fields: Fields) -> dict[str, str]:
    # A comma within a function's brackets parts nothing.
    parts = re.split(r",(?![^(]*\))", fields.get("variable", ""))
    return {name.lstrip("_"): value for name, _, value in (one.partition("=") for one in parts)}


def _play_dtmf(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    """Only received keys, as the product asks for them: whoever is in a bridge with the channel hears
    them."""
    channel = pbx.find(fields.get("channel", ""))
    if channel is None:
        return [error(action_id, "Channel not found")]
    digit = fields.get("digit", "")
    if not digit:
        return [error(action_id, "No digit specified")]
    for other in () if channel.bridge is None else channel.bridge.channels:
        if other is not channel:
            other.heard += digit[0]
    return [response(True, action_id, "Message: DTMF successfully queued")]


def _mix_monitor_mute(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    name, state = fields.get("channel", ""), fields.get("state", "")
    channel = pbx.find(name)
    if channel is None:
        return [error(action_id, "Channel not found")]
    if not isinstance(channel, Caller) or channel.tape is None or channel.doing is Doing.HELD:
        return [error(action_id, "Cannot set mute flag")]
    channel.tape.turn(pbx.now, talks=channel.bridge is not None)
    channel.tape.muted = state == "1"
    return [response(True, action_id, f"Channel: {name}", f"State: {state}")]


def _hangup(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    name = fields.get("channel", "")
    if not name:
        return [error(action_id, "No channel specified")]
    pbx.follow_redirects()
    channel = pbx.find(name)
    if channel is None:
        return [error(action_id, "No such channel")]
    cause = fields.get("cause", "")
    pbx.dialplan.hung_up_by_manager(channel, int(cause) if cause.isdecimal() else None)
    return [response(True, action_id, "Message: Channel Hungup")]


def _core_show_channels(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    identity = _identity(action_id)

    def item(channel: Channel) -> str:
        age = int(pbx.now - channel.created)
        duration = f"{age // 3600:02}:{age // 60 % 60:02}:{age % 60:02}"
        return (
            f"Event: CoreShowChannel\r\n{identity}{channel.block()}Application: {channel.application}\r\n"
            f"ApplicationData: {channel.data}\r\nDuration: {duration}\r\nBridgeId: {_bridge(channel)}\r\n\r\n"
        )

    items = [item(channel) for channel in pbx.channels.values()]
    return listing(action_id, "Channels will follow", "CoreShowChannelsComplete", items)


def _status(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    channels: Sequence[Channel] = tuple(pbx.channels.values())
    if name := fields.get("channel"):
        channel = pbx.find(name)
        if channel is None:
            return [error(action_id, "No such channel")]
        channels = (channel,)
    wanted = [one.strip() for one in fields.get("variables", "").split(",") if one.strip()]
    identity = _identity(action_id)

    def item(channel: Channel) -> str:
        variables = "".join(
            f"Variable: {variable}={channel.variables.get(variable, '(null)')}\r\n" for variable in wanted
        )
        return (
            f"Event: Status\r\nPrivilege: Call\r\n{channel.block()}Type: PJSIP\r\nDNID: {channel.dnid}\r\n"
            f"EffectiveConnectedLineNum: {channel.connected_number}\r\n"
            f"EffectiveConnectedLineName: {channel.connected_name}\r\nTimeToHangup: 0\r\n"
            f"BridgeID: {_bridge(channel)}\r\nApplication: {channel.application}\r\nData: {channel.data}\r\n"
            "Nativeformats: (alaw)\r\nReadformat: alaw\r\nReadtrans: \r\nWriteformat: alaw\r\n"
            "Writetrans: \r\n"
            f"Callgroup: 0\r\nPickupgroup: 0\r\nSeconds: {int(pbx.now - channel.created)}\r\n{variables}"
            f"{identity}\r\n"
        )

    items = [item(channel) for channel in channels]
    return listing(
        action_id, "Channel status will follow", "StatusComplete", items, extra=f"Items: {len(items)}\r\n"
    )


def _bridge_list(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    identity = _identity(action_id)
    items = [
        f"Event: BridgeListItem\r\n{identity}{bridge_block(bridge, native=True)}\r\n"
        for bridge in pbx.bridges.values()
    ]
    return listing(action_id, "Bridge listing will follow", "BridgeListComplete", items)


def _bridge_info(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    bridge = pbx.bridges.get(fields.get("bridgeuniqueid", ""))
    if bridge is None:
        return [error(action_id, "Specified BridgeUniqueid not found")]
    identity = _identity(action_id)
    # A bridge lists its channels youngest first (seen).
    items = [
        f"Event: BridgeInfoChannel\r\n{identity}{channel.block()}\r\n"
        for channel in reversed(bridge.channels)
    ]
    extra = bridge_block(bridge, native=True)
    return listing(action_id, "Bridge channel listing will follow", "BridgeInfoComplete", items, extra=extra)


def _device_state_list(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    identity = _identity(action_id)
    states = [(phone.device, phone.state) for phone in pbx.phones.values()]
    states.append((f"PJSIP/{pbx.trunk}", pbx.trunk_state()))
    items = [
        f"Event: DeviceStateChange\r\n{identity}Device: {device}\r\nState: {state}\r\n\r\n"
        for device, state in states
    ]
    return listing(action_id, "Device State Changes will follow", "DeviceStateListComplete", items)


def _queue_status(pbx: SimulatedPbx, session: Session, action_id: str, fields: Fields) -> list[str]:
    wanted = fields.get("queue", "")
    items = pbx.fallback.listing(action_id) if wanted in ("", pbx.fallback.name) else []
    return listing(action_id, "Queue status will follow", "QueueStatusComplete", items)


def _identity(action_id: str) -> str:
    return f"ActionID: {action_id}\r\n" if action_id else ""


def _bridge(channel: Channel) -> str:
    return "" if channel.bridge is None else channel.bridge.id


_HANDLERS: dict[str, Handler] = {
    "bridgeinfo": _bridge_info,
    "bridgelist": _bridge_list,
    "coreshowchannels": _core_show_channels,
    "devicestatelist": _device_state_list,
    "events": _events,
    "getvar": _getvar,
    "hangup": _hangup,
    "logoff": _logoff,
    "mixmonitormute": _mix_monitor_mute,
    "originate": _originate,
    "ping": _ping,
    "playdtmf": _play_dtmf,
    "queuestatus": _queue_status,
    "redirect": _redirect,
    "setvar": _setvar,
    "status": _status,
}
