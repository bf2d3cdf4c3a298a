"""An AMI recording made comparable: ids become names, and what two threads of Asterisk may order either way
is kept in streams of its own.

A stream is everything said about one thing (a caller, a station's leg, a bridge, a device, the queue): within
one, Asterisk's order is fixed. Between streams it is not, except where ``check_causality`` says.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from tests.support.pbx_contract import Frame

_CALLER_STREAM = frozenset(
    {"DialBegin", "DialState", "DialEnd", "UserEvent", "MusicOnHoldStart", "MusicOnHoldStop"}
)
_QUEUE_STREAM = frozenset(
    {
        "QueueCallerJoin",
        "QueueCallerLeave",
        "QueueCallerAbandon",
        "AgentCalled",
        "AgentConnect",
        "AgentComplete",
        "AgentRingNoAnswer",
    }
)
_VARYING = frozenset(
    {
        "ActionID",
        "Duration",
        "EffectiveConnectedLineName",
        "EffectiveConnectedLineNum",
        "HoldTime",
        "LastCall",
        "LoginTime",
        "Nativeformats",
        "Privilege",
        "Readformat",
        "Readtrans",
        "RingTime",
        "Seconds",
        "SystemName",
        "TalkTime",
        "Timestamp",
        "Wait",
        "Writeformat",
        "Writetrans",
        # Bridges turn from simple_bridge into native_rtp when the media has settled, so in nobody's order.
        "BridgeTechnology",
        # A member's call is counted by another thread than the one that tells.
        "InCall",
        # Counted since the start of the server, which the real one shares between tests.
        "Abandoned",
        "CallsTaken",
        "Completed",
        "Holdtime",
        "ServicelevelPerf",
        "ServicelevelPerf2",
    }
)
"""Headers whose values depend on time, codecs or earlier tests. That they are there is compared."""
_FIRM_OF_DESTINATION = frozenset({"DestChannel", "DestUniqueid", "DestLinkedid"})
"""The rest that a dialling event says of its leg is a snapshot, taken while the leg's own thread goes on."""
_ID = re.compile(r"[A-Za-z]+-\d+\.\d+|placed-[a-z0-9-]+")
_BRIDGE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CHANNEL = re.compile(r"PJSIP/([a-z0-9-]+)-[0-9a-f]{8}")


class Names:
    """Symbols for ids: ``caller``, ``leg``, ``bridge``, and a number from the second on."""

    def __init__(self) -> None:
        self._symbols: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def learn(self, frames: Iterable[Frame]) -> None:
        """Name what the frames introduce, in the order they do."""
        for frame in frames:
            headers = dict(frame)
            if frame[0] == ("Event", "Newchannel"):
                kind = "caller" if headers["Uniqueid"] == headers["Linkedid"] else "leg"
                self._name(headers["Uniqueid"], kind)
            elif frame[0] == ("Event", "BridgeCreate"):
                self._name(headers["BridgeUniqueid"], "bridge")

    def _name(self, value: str, kind: str) -> None:
        if value not in self._symbols:
            count = self._counts[kind] = self._counts.get(kind, 0) + 1
            self._symbols[value] = kind if count == 1 else f"{kind}{count}"

    def replace(self, text: str) -> str:
        """``text`` with symbols for ids, and channels without their counters."""
        text = _ID.sub(lambda found: self._symbols.get(found[0], found[0]), text)
        text = _BRIDGE_ID.sub(lambda found: self._symbols.get(found[0], found[0]), text)
        return _CHANNEL.sub(r"PJSIP/\1", text)


def about(frames: Sequence[Frame], devices: Iterable[str]) -> list[Frame]:
    """Only what concerns the calls that begin in ``frames``, and these devices."""
    calls = {dict(frame)["Linkedid"] for frame in frames if frame[0] == ("Event", "Newchannel")}
    wanted = {f"PJSIP/{device}" for device in devices}
    kept: list[Frame] = []
    bridges: set[str] = set()
    for frame in frames:
        headers = dict(frame)
        bridge = headers.get("BridgeUniqueid", "")
        if headers.get("Linkedid") in calls:
            bridges.add(bridge)
        if (
            frame[0][0] == "Response"
            or headers.get("Linkedid") in calls
            or headers.get("Device") in wanted
            or headers.get("Interface") in wanted
            or frame[0][1] == "BridgeCreate"
            or (bridge and bridge in bridges)
        ):
            kept.append(frame)
    # A bridge is created before anyone enters it, so whose it is shows only now.
    return [
        frame
        for frame in kept
        if frame[0] != ("Event", "BridgeCreate") or dict(frame)["BridgeUniqueid"] in bridges
    ]


def transcript(frames: Sequence[Frame], names: Names | None = None) -> str:
    """The recording as text: its streams in a fixed order, one event a line."""
    names = names or Names()
    names.learn(frames)
    streams: dict[str, list[str]] = {}
    for frame in frames:
        streams.setdefault(_stream(frame, names), []).append(line(frame, names))
    for stream, lines in streams.items():
        # That the last test's phone went away may be said as late as this.
        while stream.startswith("device") and len(lines) > 1 and "UNAVAILABLE" in lines[0]:
            del lines[0]
    return "\n".join("\n".join([f"[{stream}]", *_ringing(streams[stream]), ""]) for stream in sorted(streams))


def _ringing(lines: list[str]) -> Iterator[str]:
    """What several phones say one after the other while they are dialled, in one order: which of them says it
    first is up to them."""
    for said, lines_together in itertools.groupby(lines, key=lambda line: line.startswith("DialState: ")):
        together = list(lines_together)
        yield from sorted(together) if said else together


def differences(expected: str, said: str) -> str:
    """Where two transcripts differ, in few words: whole lines that only one has, or the values in a line."""
    told = []
    before, after = expected.splitlines(), said.splitlines()
    for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if kind == "replace" and b - a == d - c:
            for one, other in zip(before[a:b], after[c:d], strict=True):
                mine, theirs = _parts(one), _parts(other)
                told.append(f"  {one.split(':')[0]}: {sorted(mine - theirs)} -> {sorted(theirs - mine)}")
        else:
            told += [f"- {text}" for text in before[a:b]] + [f"+ {text}" for text in after[c:d]]
    return "\n".join(told)


def _parts(text: str) -> set[str]:
    return set(re.split(r", (?=[A-Z])", text.partition(": ")[2] or text))


def line(frame: Frame, names: Names) -> str:
    """One frame: every header's name, and every value that two runs share."""
    parts = []
    for name, value in frame[1:]:
        if name in ("ActionID", "Privilege"):
            continue
        varies = name in _VARYING or (name.startswith("Dest") and name not in _FIRM_OF_DESTINATION)
        parts.append(name if varies else f"{name}={names.replace(value)!r}")
    return f"{frame[0][1]}: {', '.join(parts)}"


def items(frames: Iterable[Frame], names: Names) -> str:
    """The items of a list, in an order of our own: Asterisk's is that of a hash table."""
    return "\n".join(sorted(line(frame, names) for frame in frames))


def _stream(frame: Frame, names: Names) -> str:
    headers = dict(frame)
    kind, name = frame[0]
    if kind == "Response":
        return "answers"
    if "Device" in headers:
        return f"device {headers['Device']}"
    if name == "QueueMemberStatus":
        return f"member {headers['Interface']}"
    if name in _QUEUE_STREAM:
        return "queue"
    if name.startswith("Bridge"):
        return names.replace(headers["BridgeUniqueid"])
    who = names.replace(headers["Uniqueid"])
    return f"{who} dialling" if name in _CALLER_STREAM else who


def check_causality(frames: Sequence[Frame]) -> None:
    """What holds across streams, whatever the threads do. Raises ``AssertionError``."""
    born: set[str] = set()
    dead: set[str] = set()
    answered: set[str] = set()
    for frame in frames:
        if frame[0][0] == "Response":
            continue
        headers = dict(frame)
        name, who = frame[0][1], headers.get("Uniqueid", "")
        if name == "Newchannel":
            linked = headers["Linkedid"]
            assert linked == who or linked in born, f"a leg before its caller: {frame}"
            born.add(who)
        elif who:
            assert who in born, f"{name} before the channel's Newchannel"
            assert who not in dead, f"{name} after the channel's Hangup"
        if name.startswith("Dial"):
            assert headers["DestUniqueid"] in born, f"{name} before the leg's Newchannel"
        if name == "DialEnd" and headers["DialStatus"] == "ANSWER":
            answered.add(headers["DestUniqueid"])
        if name == "BridgeEnter" and who != headers["Linkedid"]:
            assert who in answered, "a leg in a bridge before its DialEnd"
        if name == "Hangup":
            dead.add(who)
