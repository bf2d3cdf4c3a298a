"""How Asterisk 22 words what the simulated PBX does: events as text, ready for the socket.

Header names, their order and their values follow recordings of a real Asterisk 22.10. An event is kept as
text from the start, because thousands a second are written and few are ever read in here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from callcenter.simulator.channels import CAUSE_TEXTS, Bridge, Channel

BANNER = "Asterisk Call Manager/11.0.0\r\n"


class Event(NamedTuple):
    """One AMI event: ``group`` is the manager class that must be read to be sent it."""

    name: str
    group: str
    text: str

    def headers(self) -> list[tuple[str, str]]:
        """Its headers in order, ``Event`` first; for tests and tools."""
        return parse_headers(self.text)

    def get(self, header: str) -> str | None:
        """The first value of a header."""
        return dict(reversed(self.headers())).get(header)


def parse_headers(text: str) -> list[tuple[str, str]]:
    """The ``Name: value`` lines of one frame."""
    pairs = (line.partition(":") for line in text.splitlines() if line)
    return [(name, value.removeprefix(" ")) for name, _, value in pairs]


def clean(value: str) -> str:
    """A value that came from outside, without what would start another header."""
    return "".join(letter for letter in value if letter >= " " and letter != "\x7f")


class Wording:
    """Renders the events of one PBX. ``system_name`` adds the SystemName header, as Asterisk does."""

    def __init__(self, system_name: str) -> None:
        self._system = f"SystemName: {system_name}\r\n" if system_name else ""
        self._call = f"Privilege: call,all\r\n{self._system}"
        self._agent = f"Privilege: agent,all\r\n{self._system}"
        self._user = f"Privilege: user,all\r\n{self._system}"
        self._dialplan = f"Privilege: dialplan,all\r\n{self._system}"

    def channel(self, name: str, channel: Channel, extra: str = "") -> Event:
        """An event about one channel: Newchannel, Newstate, MusicOnHoldStart and their like."""
        return Event(name, "call", f"Event: {name}\r\n{self._call}{channel.block()}{extra}\r\n")

    def hangup_request(self, channel: Channel) -> Event:
        """The far end hung up. Asterisk prints no Cause while the channel has none."""
        cause = f"Cause: {channel.cause}\r\n" if channel.cause else ""
        return self.channel("HangupRequest", channel, cause + channel.tech_cause())

    def soft_hangup_request(self, channel: Channel) -> Event:
        """The dialplan hangs the channel up; always with cause 16, whatever the channel's own."""
        return self.channel("SoftHangupRequest", channel, f"Cause: 16\r\n{channel.tech_cause()}")

    def hangup(self, channel: Channel) -> Event:
        text = CAUSE_TEXTS.get(channel.cause, "Unknown")
        extra = f"Cause: {channel.cause}\r\nCause-txt: {text}\r\n{channel.tech_cause()}"
        return self.channel("Hangup", channel, extra)

    def dial(self, name: str, caller: Channel, leg: Channel, extra: str) -> Event:
        """DialBegin, DialState or DialEnd; ``extra`` is its last header."""
        text = f"Event: {name}\r\n{self._call}{caller.block()}{leg.destination_block()}{extra}\r\n\r\n"
        return Event(name, "call", text)

    def dialled(self, name: str, leg: Channel, extra: str) -> Event:
        """The same of an Originate, which has no caller."""
        text = f"Event: {name}\r\n{self._call}{leg.destination_block()}{extra}\r\n\r\n"
        return Event(name, "call", text)

    def user(self, name: str, channel: Channel, fields: str) -> Event:
        """A UserEvent of the dialplan; ``fields`` are its own headers, each with its line end."""
        text = f"Event: UserEvent\r\n{self._user}{channel.block()}UserEvent: {name}\r\n{fields}\r\n"
        return Event("UserEvent", "user", text)

    def bridge(self, name: str, bridge: Bridge, *, native: bool) -> Event:
        """BridgeCreate or BridgeDestroy. A bridge starts simple and soon becomes native."""
        return Event(name, "call", f"Event: {name}\r\n{self._call}{bridge_block(bridge, native=native)}\r\n")

    def bridged(self, name: str, bridge: Bridge, channel: Channel, *, native: bool) -> Event:
        """BridgeEnter or BridgeLeave."""
        block = bridge_block(bridge, native=native)
        return Event(name, "call", f"Event: {name}\r\n{self._call}{block}{channel.block()}\r\n")

    def device(self, device: str, state: str) -> Event:
        text = f"Event: DeviceStateChange\r\n{self._call}Device: {device}\r\nState: {state}\r\n\r\n"
        return Event("DeviceStateChange", "call", text)

    def queue(self, name: str, caller: Channel, queue: str, extra: str) -> Event:
        """QueueCallerJoin, QueueCallerLeave or QueueCallerAbandon."""
        text = f"Event: {name}\r\n{self._agent}{caller.block()}Queue: {queue}\r\n{extra}\r\n"
        return Event(name, "agent", text)

    def queue_agent(self, name: str, caller: Channel, leg: Channel | None, member: str, extra: str) -> Event:
        """AgentCalled, AgentConnect, AgentRingNoAnswer or AgentComplete; ``member`` holds its headers."""
        destination = "" if leg is None else leg.destination_block()
        text = f"Event: {name}\r\n{self._agent}{caller.block()}{destination}{member}{extra}\r\n"
        return Event(name, "agent", text)

    def queue_member(self, fields: str) -> Event:
        return Event(
            "QueueMemberStatus",
            "agent",
            f"Event: QueueMemberStatus\r\n{self._agent}{fields}Wrapuptime: 0\r\n\r\n",
        )

    def originated(
        self, channel: Channel, reason: int, *, answered: bool, context: str = "cc-back", exten: str = "s"
    ) -> Event:
        """How an Originate ended; its ActionID is the channel's own id, as the product chooses it."""
        said = "Success" if answered else "Failure"
        text = (
            f"Event: OriginateResponse\r\n{self._call}ActionID: {channel.uniqueid}\r\nResponse: {said}\r\n"
            f"Channel: {channel.name}\r\nContext: {context}\r\nExten: {exten}\r\nReason: {reason}\r\n"
            f"Uniqueid: {channel.uniqueid}\r\nCallerIDNum: {channel.caller_number}\r\n"
            f"CallerIDName: {channel.caller_name}\r\n\r\n"
        )
        return Event("OriginateResponse", "call", text)

    def variable_set(self, channel: Channel, variable: str, value: str) -> Event:
        """Noise that the shipped event filter keeps off the wire."""
        extra = f"Variable: {variable}\r\nValue: {value}\r\n"
        text = f"Event: VarSet\r\n{self._dialplan}{channel.block()}{extra}\r\n"
        return Event("VarSet", "dialplan", text)

    def new_exten(self, channel: Channel) -> Event:
        """Noise, as above: one for each step of the dialplan."""
        extra = (
            f"Extension: {channel.exten}\r\nApplication: {channel.application}\r\nAppData: {channel.data}\r\n"
        )
        text = f"Event: Newexten\r\n{self._dialplan}{channel.block()}{extra}\r\n"
        return Event("Newexten", "dialplan", text)


def bridge_block(bridge: Bridge, *, native: bool) -> str:
    """The headers every event about a bridge carries."""
    technology = "native_rtp" if native else "simple_bridge"
    kind, creator, name = "basic", "<unknown>", "<unknown>"
    if bridge.room:
        kind, technology, creator, name = "base", "softmix", "ConfBridge", bridge.room
    return (
        f"BridgeUniqueid: {bridge.id}\r\nBridgeType: {kind}\r\nBridgeTechnology: {technology}\r\n"
        f"BridgeCreator: {creator}\r\nBridgeName: {name}\r\nBridgeNumChannels: {len(bridge.channels)}\r\n"
        "BridgeVideoSourceMode: none\r\n"
    )


def response(ok: bool, action_id: str, *lines: str) -> str:
    """An answer to an action; ``lines`` follow the ActionID."""
    head = f"Response: {'Success' if ok else 'Error'}\r\n"
    identity = f"ActionID: {action_id}\r\n" if action_id else ""
    return head + identity + "".join(f"{line}\r\n" for line in lines) + "\r\n"


def error(action_id: str, message: str) -> str:
    return response(False, action_id, f"Message: {message}")


def listing(
    action_id: str, message: str, complete: str, items: Iterable[str], *, extra: str = ""
) -> list[str]:
    """A list action's answer: its start, the items (whole frames), and the event that completes it."""
    frames = [response(True, action_id, "EventList: start", f"Message: {message}"), *items]
    identity = f"ActionID: {action_id}\r\n" if action_id else ""
    count = len(frames) - 1
    frames.append(f"Event: {complete}\r\n{identity}EventList: Complete\r\nListItems: {count}\r\n{extra}\r\n")
    return frames
