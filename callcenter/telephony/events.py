"""What a telephony server told us, typed: the only form in which Asterisk's words enter the house.

``telephony/ami`` translates AMI into these and keeps header names to itself. Events may arrive twice, out of
order, or not at all (after a cut link); whoever consumes them must hold under all three. ``call`` is the
id of the caller's leg, so a caller's ``LegEnded`` has ``leg == call``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from routing.ids import CallId, IntercomId, LegId, OfferId, ServerId, StationId


class RingOutcome(StrEnum):
    """How the ringing of a station ended, from Asterisk's DIALSTATUS."""

    ANSWERED = "answered"
    BUSY = "busy"  # the phone declined (486, 603)
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"  # the caller left, or we redirected the call
    UNREACHABLE = "unreachable"  # not registered, or no route (CHANUNAVAIL, CONGESTION)


SEVERAL = StationId("several")
"""Stands for the station where several were rung; no station has this name."""


class StationState(StrEnum):
    """Asterisk's device state of a station, as far as routing cares."""

    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"  # no registered contact
    IDLE = "idle"
    RINGING = "ringing"
    BUSY = "busy"  # in a call that may or may not be ours


@dataclass(frozen=True, slots=True)
class CallArrived:
    """A caller's channel entered the front door (context ``cc-in``); the first word of a call."""

    server: ServerId
    call: CallId
    number: str  # as the trunk sent it; may be empty when withheld
    name: str
    dialled: str


@dataclass(frozen=True, slots=True)
class CallHeld:
    """The caller is on hold in ``cc-hold`` and may be redirected; again after each failed ring.

    ``attempt`` counts the failed rings so far (``CC_TRY``). ``dialled`` repeats the arrival's, so that a
    call whose arrival was missed can be taken up from here.
    """

    server: ServerId
    call: CallId
    dialled: str
    attempt: int


@dataclass(frozen=True, slots=True)
class CallFellBack:
    """The caller left ``cc-hold`` for Asterisk's own fallback queue, because our heartbeat was stale."""

    server: ServerId
    call: CallId


@dataclass(frozen=True, slots=True)
class CallParked:
    """The caller waits in ``cc-park`` for an agent of his."""

    server: ServerId
    call: CallId


@dataclass(frozen=True, slots=True)
class LegStarted:
    """A station's channel was made for a call."""

    server: ServerId
    call: CallId
    leg: LegId
    station: StationId


@dataclass(frozen=True, slots=True)
class OutsideLegStarted:
    """A number outside is being dialled for a call (``DialOut``, ``Consult``). What follows of the leg is
    told as of a station's."""

    server: ServerId
    call: CallId
    leg: LegId
    number: str


@dataclass(frozen=True, slots=True)
class LegRinging:
    """The station's phone reported that it rings (SIP 180)."""

    server: ServerId
    call: CallId
    leg: LegId


@dataclass(frozen=True, slots=True)
class RingEnded:
    """Ringing of one leg ended (DialEnd)."""

    server: ServerId
    call: CallId
    leg: LegId
    outcome: RingOutcome


@dataclass(frozen=True, slots=True)
class DialFinished:
    """The dialling context returned (CCDialEnd): the only word on a ring that never made a leg.

    Never comes for a caller who was redirected again or who hung up. After ``ANSWERED`` it means that the
    conversation ended by the station's hang-up. ``station`` is ``SEVERAL`` when more than one was rung:
    ``outcome`` is then what Asterisk makes of all of them, and only the legs' own events tell who did what.
    """

    server: ServerId
    call: CallId
    station: StationId
    outcome: RingOutcome
    cause: int


@dataclass(frozen=True, slots=True)
class ConsultEnded:
    """The call that ``leg`` made by ``Consult`` is over, and ``leg`` is on its way back to the room. After
    ``ANSWERED``: the other side hung up, or was moved by ``Join``. Never comes for an asker who was moved or
    who hung up. ``station`` is None for a number outside."""

    server: ServerId
    call: CallId
    leg: LegId
    station: StationId | None
    outcome: RingOutcome
    cause: int


@dataclass(frozen=True, slots=True)
class IntercomDialled:
    """The colleague of an intercom was dialled in vain; ``call`` is ``routing.ids.call_of_intercom``. The
    only word on a ring that never made a leg, and the better one on any other."""

    server: ServerId
    call: CallId
    outcome: RingOutcome
    cause: int


@dataclass(frozen=True, slots=True)
class LegBridged:
    """A leg (the caller's, a station's or one outside) entered a bridge: a station's leg in one with the
    caller means conversation. The room is a bridge, too, and a leg may be alone in it."""

    server: ServerId
    call: CallId
    leg: LegId
    bridge: str


@dataclass(frozen=True, slots=True)
class LegUnbridged:
    server: ServerId
    call: CallId
    leg: LegId
    bridge: str


@dataclass(frozen=True, slots=True)
class LegEnded:
    """A channel hung up. ``cause`` is the Q.850 cause, 0 when Asterisk gave none."""

    server: ServerId
    call: CallId
    leg: LegId
    cause: int


@dataclass(frozen=True, slots=True)
class StationChanged:
    server: ServerId
    station: StationId
    state: StationState


class StepOutcome(StrEnum):
    """How a step of a flow ended in Asterisk."""

    DONE = "done"
    FAILED = "failed"
    """Of ``Play`` and ``Ask``: a prompt was missing and passed over, and no key came. Of ``Record``: no file
    could be made, or its disk became full. Of ``DialOut``: the number can't be dialled."""
    NO_ANSWER = "no_answer"  # of ``DialOut``
    ENDED = "ended"  # of ``DialOut``: they talked, and the other side hung up


@dataclass(frozen=True, slots=True)
class StepEnded:
    """What a caller on hold was made to hear, asked, or recorded is over; ``CallHeld`` follows if he is still
    there. ``step`` is the command's. ``seconds`` is the length of a recording, rounded down (0: the caller
    said nothing, or hung up before). ``missing`` are the prompts that no language had, whatever the
    outcome."""

    server: ServerId
    call: CallId
    step: int
    outcome: StepOutcome
    digits: str
    seconds: int
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceFailed:
    """A client who was dialled did not answer; ``call`` never arrived and never will."""

    server: ServerId
    call: CallId
    outcome: RingOutcome
    cause: int


@dataclass(frozen=True, slots=True)
class CommandFailed:
    """A command was refused by the server, or no answer came in time (``timed_out``: its effect is
    unknown)."""

    server: ServerId
    call: CallId | None
    offer: OfferId | None
    command: str  # the command's class name
    reason: str
    timed_out: bool
    leg: LegId | None = None  # the command's


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The link to the server is gone; nothing is known of it until the next ``ServerSynced``."""

    server: ServerId
    reason: str


class CallPhase(StrEnum):
    """Where a caller's channel was found when the server was listed."""

    AWAITED = "awaited"  # no caller's channel: legs ring or wait for the client, or he left them behind
    PLACING = "placing"  # dialled by us, not answered: nobody is there yet
    STEP = "step"  # asked for keys, or leaving a message: not to be rung
    OUT = "out"  # connected, or being connected, to a number outside
    ARRIVING = "arriving"  # before the first hold
    WAITING = "waiting"  # in cc-hold, or hearing what a ``Ring`` may cut short
    RINGING = "ringing"  # in Dial, not bridged
    TALKING = "talking"  # in Dial, bridged
    PARKED = "parked"  # in cc-park
    ROOM = "room"  # in the call's room, alone or not: ``FoundLeg.bridged`` tells
    FALLBACK = "fallback"  # in Asterisk's own queue, waiting or talking there
    LEAVING = "leaving"  # anything else: on its way out


class LegPlace(StrEnum):
    """Where a leg was found when the server was listed."""

    RUNG = "rung"  # dialled from the caller's channel: it rings, or talks with him
    ROOM = "room"  # in the call's room, or on its way there
    CONSULT = "consult"  # dials or talks with somebody else
    CONSULTED = "consulted"  # that somebody else
    READY = "ready"  # dialled by ``CallStation``: rings, or waits for the client


@dataclass(frozen=True, slots=True)
class FoundLeg:
    """A leg seen at a listing. ``bridged``: in one bridge with its caller. ``station`` is None for a number
    outside."""

    leg: LegId
    station: StationId | None
    bridged: bool
    bridge: str | None
    place: LegPlace = LegPlace.RUNG
    number: str = ""  # of a leg outside, as dialled
    answered: bool = True  # False while it rings


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A call seen at a listing. ``age`` is seconds since its channel was made, by Asterisk's clock."""

    call: CallId
    number: str
    name: str
    dialled: str
    phase: CallPhase
    attempt: int
    age: float
    legs: tuple[FoundLeg, ...]


@dataclass(frozen=True, slots=True)
class FoundIntercom:
    """A call between two stations seen at a listing, by the channel of ``station``, who began it;
    ``answered`` once that was. ``leg`` is the channel of ``to``, ``None`` while (or when) there is none;
    ``talking`` once both are in one bridge. ``age`` as ``FoundCall``'s."""

    intercom: IntercomId
    station: StationId
    to: StationId
    answered: bool
    leg: LegId | None
    talking: bool
    age: float


@dataclass(frozen=True, slots=True)
class ServerSynced:
    """All calls and stations of a server as they are now; whatever is not listed is not there.

    Comes after every (re)connect, and after each ``Audit``. ``blind_from`` is the UTC epoch second since
    when events may have been missed: ``None`` for an audit, or for the first connect of this process.
    Events that happened while the lists were read follow it and may repeat what it says. ``on_phone`` are
    the stations with a channel there, of whatever call: a device state can lag behind or get stuck.
    """

    server: ServerId
    calls: tuple[FoundCall, ...]
    stations: tuple[tuple[StationId, StationState], ...]
    blind_from: float | None
    on_phone: frozenset[StationId] = frozenset()
    intercoms: tuple[FoundIntercom, ...] = ()


TelephonyEvent: TypeAlias = (
    CallArrived
    | CallHeld
    | CallFellBack
    | CallParked
    | LegStarted
    | OutsideLegStarted
    | LegRinging
    | RingEnded
    | DialFinished
    | ConsultEnded
    | IntercomDialled
    | LegBridged
    | LegUnbridged
    | LegEnded
    | StepEnded
    | PlaceFailed
    | StationChanged
    | CommandFailed
    | LinkLost
    | ServerSynced
)
