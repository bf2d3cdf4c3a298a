"""What a call is made of inside the simulated PBX: channels, bridges and the ids Asterisk would give them.

A caller's channel and a station's leg differ in what may happen to them, so they are two classes; what AMI
prints of both is the same. Times are epoch seconds of the PBX's own clock.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callcenter.simulator.phones import Phone
    from callcenter.simulator.timers import Timer

UNKNOWN = "<unknown>"
"""What Asterisk prints for an empty caller's name or number."""

DOWN, RING, RINGING, UP = 0, 4, 5, 6
STATE_NAMES = {DOWN: "Down", RING: "Ring", RINGING: "Ringing", UP: "Up"}

NO_CAUSE, UNALLOCATED, NO_ROUTE, NORMAL, BUSY = 0, 1, 3, 16, 17
ALERTING_NO_ANSWER, REJECTED, ANSWERED_ELSEWHERE, CONGESTION = 19, 21, 26, 34
CAUSE_TEXTS = {
    NO_CAUSE: "Unknown",
    UNALLOCATED: "Unallocated (unassigned) number",
    NO_ROUTE: "No route to destination",
    NORMAL: "Normal Clearing",
    BUSY: "User busy",
    ALERTING_NO_ANSWER: "User alerting, no answer",
    REJECTED: "Call Rejected",
    ANSWERED_ELSEWHERE: "Answered elsewhere",
    CONGESTION: "Circuit/channel congestion",
}
"""Q.850 causes and their texts, as far as they were seen; others read ``Unknown``."""


SIP_OF_CAUSE = {
    UNALLOCATED: 404,
    NO_ROUTE: 404,
    BUSY: 486,
    ALERTING_NO_ANSWER: 480,
    REJECTED: 403,
    CONGESTION: 503,
}
"""The SIP code that chan_pjsip makes of a cause, printed as TechCause by Asterisk 22.10."""


class Doing(Enum):
    """Which application of the dialplan has the caller."""

    HELD = auto()  # WaitForCondition in cc-hold
    DIALLING = auto()  # Dial, not answered
    TALKING = auto()  # Dial, bridged
    QUEUED = auto()  # Queue, waiting or being rung for
    QUEUE_TALKING = auto()  # Queue, bridged
    RESTING = auto()  # Wait(5) between two looks at the fallback queue
    SAYING = auto()  # cc-say
    ASKED = auto()  # cc-ask
    RECORDING = auto()  # cc-record, from its prompt on
    OUT_RINGING = auto()  # cc-out, not answered
    OUT_TALKING = auto()  # cc-out, bridged
    PLACING = auto()  # dialled by the server, not answered
    PARKED = auto()  # cc-park
    IN_ROOM = auto()  # ConfBridge in cc-room
    GONE = auto()


class Place(Enum):
    """Where a leg is, beside its caller's Dial or Queue."""

    RUNG = auto()  # there: dialled by its caller
    ROOM = auto()  # ConfBridge in cc-room
    ASKING = auto()  # cc-consult: dials, or talks with, ``Party.asks``
    ASKED = auto()  # that one
    CALLED = auto()  # dialled by the server for a call, not answered
    READY = auto()  # cc-ready
    INTERCOM = auto()  # dialled by the server for an intercom call, and then like ASKING


class Bridge:
    """Channels that hear each other. ``room`` is the conference's name; empty for two who were connected by
    Dial or Queue."""

    __slots__ = ("channels", "id", "room")

    def __init__(self, number: int, room: str = "") -> None:
        self.room = room
        # Asterisk draws a random UUID; a count keeps runs with one seed alike.
        self.id = f"{number & 0xFFFFFFFF:08x}-0000-4000-8000-{number:012x}"
        self.channels: list[Channel] = []


class Channel:
    """What AMI prints of any channel, in the attributes' order of its headers."""

    __slots__ = (
        "application",
        "bridge",
        "caller_name",
        "caller_number",
        "cause",
        "connected_name",
        "connected_number",
        "context",
        "created",
        "data",
        "dnid",
        "exten",
        "heard",
        "linkedid",
        "moh",
        "name",
        "priority",
        "sip_code",
        "state",
        "uniqueid",
        "variables",
    )

    def __init__(self, name: str, uniqueid: str, linkedid: str, number: str, caller_name: str) -> None:
        self.name = name
        self.uniqueid = uniqueid
        self.linkedid = linkedid
        self.state = DOWN
        self.caller_number = number
        self.caller_name = caller_name
        self.connected_number = UNKNOWN
        self.connected_name = UNKNOWN
        self.context = ""
        self.exten = ""
        self.priority = 1
        self.application = ""
        self.data = ""
        self.dnid = ""
        self.variables: dict[str, str] = {}
        self.cause = NO_CAUSE
        """HANGUPCAUSE. Sticky: a caller keeps that of the last ring until another one sets it."""
        self.sip_code = 0
        """The code a phone refused with; another channel's is made of its cause."""
        self.bridge: Bridge | None = None
        self.heard = ""
        """The keys that others in a bridge with it pressed."""
        self.created = 0.0
        self.moh = False
        """Music plays: starting it again makes no event."""

    def block(self) -> str:
        """The headers Channel to Linkedid, which every event about a channel carries."""
        return (
            f"Channel: {self.name}\r\nChannelState: {self.state}\r\nChannelStateDesc: "
            f"{STATE_NAMES[self.state]}\r\nCallerIDNum: {self.caller_number}\r\nCallerIDName: "
            f"{self.caller_name}\r\nConnectedLineNum: {self.connected_number}\r\nConnectedLineName: "
            f"{self.connected_name}\r\nLanguage: en\r\nAccountCode: \r\nContext: {self.context}\r\nExten: "
            f"{self.exten}\r\nPriority: {self.priority}\r\nUniqueid: {self.uniqueid}\r\nLinkedid: "
            f"{self.linkedid}\r\n"
        )

    def tech_cause(self) -> str:
        """The TechCause header, if it has one."""
        code = self.sip_code or SIP_OF_CAUSE.get(self.cause)
        return f"TechCause: {code}\r\n" if code else ""

    def destination_block(self) -> str:
        """The same headers with ``Dest`` before them, as dialling events name the station's leg."""
        return (
            f"DestChannel: {self.name}\r\nDestChannelState: {self.state}\r\nDestChannelStateDesc: "
            f"{STATE_NAMES[self.state]}\r\nDestCallerIDNum: {self.caller_number}\r\nDestCallerIDName: "
            f"{self.caller_name}\r\nDestConnectedLineNum: {self.connected_number}\r\nDestConnectedLineName: "
            f"{self.connected_name}\r\nDestLanguage: en\r\nDestAccountCode: \r\nDestContext: {self.context}"
            f"\r\nDestExten: {self.exten}\r\nDestPriority: {self.priority}\r\nDestUniqueid: {self.uniqueid}"
            f"\r\nDestLinkedid: {self.linkedid}\r\n"
        )


class Tape:
    """The recording of a call: seconds of conversation, and how many of them are silent."""

    __slots__ = ("muted", "name", "seconds", "silent", "since")

    def __init__(self, name: str) -> None:
        self.name = name
        self.muted = False
        self.seconds = 0.0
        self.silent = 0.0
        self.since: float | None = None
        """When the conversation under way, or its mute, began."""

    def turn(self, now: float, *, talks: bool) -> None:
        """Count up to now; goes on counting while the caller ``talks``."""
        if self.since is not None:
            self.seconds += now - self.since
            self.silent += now - self.since if self.muted else 0.0
        self.since = now if talks else None


class Step:
    """The step of a flow that a caller is in."""

    __slots__ = ("began", "digits", "missing", "number", "plan")

    def __init__(self, number: str) -> None:
        self.number = number
        self.digits = ""
        self.missing: list[str] = []
        self.began: float | None = None
        """When Record began, after the prompt and the beep."""
        self.plan: Timer | None = None
        """The keys that this caller means to press."""


class Caller(Channel):
    """A customer's channel, from the trunk or dialled by the server."""

    __slots__ = (
        "answers",
        "complete_owed",
        "doing",
        "failed",
        "joined_at",
        "legs",
        "out_leg",
        "patience",
        "poll_base",
        "redirecting",
        "speaks",
        "step",
        "talk",
        "tape",
        "timer",
        "was_answered",
    )

    def __init__(self, name: str, uniqueid: str, number: str, caller_name: str) -> None:
        super().__init__(name, uniqueid, uniqueid, number, caller_name)
        self.doing = Doing.HELD
        self.legs: list[Leg] = []
        """The stations' channels that live for him: several while they are rung together."""
        self.failed: list[int] = []
        """Causes of the stations that failed in this ring."""
        self.out_leg: OutLeg | None = None
        self.step: Step | None = None
        self.answers: Callable[[], tuple[float, str]] | None = None
        """What he presses when asked for keys, and after how many seconds; ``None``: by hand."""
        self.speaks: float | None = None
        """Seconds that he speaks after a beep; ``None``: on and on."""
        self.tape: Tape | None = None
        self.timer: Timer | None = None
        """Whatever ends the present application by itself: ring time, queue retry, rest, poll."""
        self.patience: Timer | None = None
        self.talk: float | None = None
        """Seconds of conversation after which this caller hangs up by himself."""
        self.poll_base = 0.0
        """When WaitForCondition began; it looks at its condition once a second from then."""
        self.joined_at = 0.0
        """When Queue was entered."""
        self.redirecting = False
        """A Redirect was accepted and has not taken effect; another one is refused until then."""
        self.was_answered = False
        self.complete_owed: Leg | None = None
        """Redirected out of a conversation in Queue: its AgentComplete comes with the hangup (seen)."""

    @property
    def leg(self) -> Leg | None:
        return self.legs[0] if self.legs else None


class Party(Channel):
    """A channel other than the caller's: it may leave its caller's Dial for the room."""

    __slots__ = ("asked_by", "asks", "caller", "place", "poll_base", "redirecting", "waits")

    def __init__(
        self, name: str, uniqueid: str, linkedid: str, number: str, caller_name: str, caller: Caller
    ) -> None:
        super().__init__(name, uniqueid, linkedid, number, caller_name)
        self.caller = caller
        """Whose Dial or Queue rang it; of a leg that no caller rang, one who never was there."""
        self.place = Place.RUNG
        self.asks: Party | None = None
        self.asked_by: Party | None = None
        self.poll_base = 0.0
        """When WaitForCondition began."""
        self.waits: Timer | None = None
        """The end of the dialling that it began, or its next look at the heartbeat."""
        self.redirecting = False


class OutLeg(Party):
    """A channel to a number outside, made for a caller or for whom an agent consults."""

    __slots__ = ()

    def __init__(self, name: str, uniqueid: str, caller: Caller) -> None:
        super().__init__(name, uniqueid, caller.linkedid, UNKNOWN, UNKNOWN, caller)


class Leg(Party):
    """A station's channel, made to ring one phone for one caller."""

    __slots__ = ("answered_at", "auto_answer", "hang_up_after", "phone", "queue", "rang_at", "timers")

    def __init__(self, name: str, uniqueid: str, caller: Caller, phone: Phone, *, queue: bool) -> None:
        super().__init__(name, uniqueid, caller.linkedid, phone.station, phone.station, caller)
        self.auto_answer = False
        """The INVITE asked the phone to answer by itself."""
        self.phone = phone
        self.queue = queue
        """Rung by the fallback queue, not by Dial."""
        self.rang_at = 0.0
        self.answered_at = 0.0
        self.hang_up_after: float | None = None
        """Seconds from the answer until the phone hangs up."""
        self.timers: list[Timer] = []
        """What the phone means to do with it."""
