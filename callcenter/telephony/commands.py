"""What we ask of a telephony server, typed. ``telephony/ami`` renders these; nothing else writes to Asterisk.

Commands are sent in the order given and never repeated by the driver: after a cut link their effect is
found out by listing the server again. A refusal or a missing answer comes back as ``CommandFailed``;
success has no event of its own, its effects do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from routing.ids import CallId, IntercomId, LegId, OfferId, ServerId, StationId


@dataclass(frozen=True, slots=True)
class Ring:
    """Take a waiting caller off hold and ring a station (one Redirect to ``cc-dial``), or several at once:
    the first who answers has the call, and Asterisk cancels the others' phones. ``offer`` is that of the
    first station.

    Only for a call that is on hold, with no other ``Ring`` in flight: a stale Redirect succeeds and tears
    down a live conversation.
    """

    server: ServerId
    call: CallId
    offer: OfferId
    station: StationId
    seconds: int  # the ring timeout, 1 or more
    also: tuple[StationId, ...] = ()  # at most ``MOST_RUNG - 1``
    recording: str = ""
    """Letters, digits, "-" and "_", up to 100: the call is recorded from here on, as ``<name>.wav`` among the
    recordings, while the caller is in conversation. The first name of a call is the one; a later one changes
    nothing."""
    auto_answer: bool = False  # the phone is asked to answer by itself


@dataclass(frozen=True, slots=True)
class HangUp:
    """End one leg. The caller's leg ends the call; a ringing station's leg is declined, and the caller is
    held again once no other station rings for him. A consulted leg ends the consultation, and whoever asked
    returns to the room."""

    server: ServerId
    call: CallId
    leg: LegId


@dataclass(frozen=True, slots=True)
class Hold:
    """Bring a caller to our hold from wherever he is: conversation, room, park, or Asterisk's fallback queue.
    Answered by ``CallHeld``, with the attempts unchanged.

    Out of a plain conversation (``Ring``) the agent's leg ends by itself; legs in the room stay there.
    """

    server: ServerId
    call: CallId


@dataclass(frozen=True, slots=True)
class Park:
    """Have a caller wait for his agent with music (``cc-park``). Answered by ``CallParked``.

    ``leg`` is the station's leg that talks with him as ``Ring`` connected them: it is moved to the call's
    room in the same moment, so that neither is hung up. None for a caller who is in the room.
    """

    server: ServerId
    call: CallId
    leg: LegId | None


@dataclass(frozen=True, slots=True)
class Join:
    """Move one leg of the call (the caller's has the call's id) into the call's room; ``LegBridged`` follows.
    Those who are in the room hear each other.

    Whoever talks with that leg outside the room goes on by himself: an asker (``Consult``) to the room, too;
    a caller in a plain conversation is hung up, so begin with ``Park``. When the last station or outside leg
    leaves the room, the caller in it is hung up.
    """

    server: ServerId
    call: CallId
    leg: LegId
    recording: str = ""  # of the caller's leg only, as ``Ring``'s


@dataclass(frozen=True, slots=True)
class Consult:
    """Have an agent's leg, which is in the room, call a colleague (``station``) or a number outside
    (``number``, which sees the number that the caller dialled): exactly one of both is given. A colleague's
    phone never answers by itself: he may be paused and away. The caller is parked, or in the room with
    somebody else: alone there he would be hung up. Its other leg is told of by ``LegStarted`` or
    ``OutsideLegStarted``; ``ConsultEnded`` tells that the agent is on his way back to the room."""

    server: ServerId
    call: CallId
    leg: LegId
    offer: OfferId | None
    station: StationId | None
    number: str
    seconds: int


@dataclass(frozen=True, slots=True)
class CallStation:
    """Ring a station for a call that has no caller yet, or does not ring it from his channel. Who answers
    hears the ringing tone (``cc-ready``) until he is moved by ``Join``, or as long as our heartbeat comes.

    ``leg`` is a ``routing.ids.station_leg_id`` of the call. Answered by ``LegStarted`` (not for a station
    that is not there), ``LegRinging``, ``RingEnded`` and, when nobody answers, ``LegEnded``.
    """

    server: ServerId
    call: CallId
    leg: LegId
    station: StationId
    seconds: int
    auto_answer: bool = False
    shown: str = ""  # the number that the phone displays


@dataclass(frozen=True, slots=True)
class Intercom:
    """Ring a station and, when it answers, a colleague's: a conversation that belongs to no client's call.

    What becomes of both legs is told as of a call's, whose id is ``routing.ids.call_of_intercom``: of the
    station's, ``own_leg_of``, as after ``CallStation``; ``IntercomDialled`` tells how the dialling of
    the colleague's ended when he did not answer. Hanging up the station's leg ends it all, in any state.
    """

    server: ServerId
    intercom: IntercomId
    station: StationId
    to: StationId
    seconds: int
    auto_answer: bool = False  # of ``station``, whose user asked for it


@dataclass(frozen=True, slots=True)
class SendKeys:
    """Press keys on behalf of the phone of ``leg``: whoever that leg talks with receives them, and Asterisk
    gives each its length and the pause behind it. ``leg`` is the agent's own, in a plain conversation, in the
    room or consulting."""

    server: ServerId
    call: CallId
    leg: LegId
    digits: str  # 1 to 32 of 0-9, * and #


@dataclass(frozen=True, slots=True)
class MuteRecording:
    """Have the call's recording be silent, or go on; time goes on in it. Refused when there is none, as on
    hold. A ``Hold`` ends it: with the next agent the recording is heard again."""

    server: ServerId
    call: CallId
    muted: bool


@dataclass(frozen=True, slots=True)
class Audit:
    """List the server again, to compare it with our picture; answered by ``ServerSynced``."""

    server: ServerId


@dataclass(frozen=True, slots=True)
class Play:
    """Have a caller on hold hear something, then the music again (one Redirect to ``cc-say``).

    ``spoken`` are prompts' names (``[a-z0-9_-]``, 1 to 60, not of digits alone) and, as digits, numbers to be
    spoken: up to four digits as a number, longer ones and those with a leading zero digit by digit. A prompt
    that is missing in ``language`` is played in another; missing in all, it is passed over. The caller stays
    on hold in every respect: a ``Ring`` may cut it short. Answered by ``StepEnded``, unless cut short, and
    another ``CallHeld``. ``key`` is one key that ends it at once ("" for none), told as the digits.
    """

    server: ServerId
    call: CallId
    step: int  # counts within the call; ``StepEnded`` repeats it
    spoken: tuple[str, ...]
    language: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """Play a prompt to a caller on hold and take keys (one Redirect to ``cc-ask``). Ends at ``most_digits``,
    at #, or after ``seconds`` without a key; where one digit is asked for, # is a key as any other. A key
    pressed while the prompt plays ends that and counts. Answered by ``StepEnded``, then ``CallHeld``. The
    caller must not be rung meanwhile."""

    server: ServerId
    call: CallId
    step: int
    spoken: tuple[str, ...]
    language: str
    most_digits: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Record:
    """Record a message of a caller on hold, after a prompt (one Redirect to ``cc-record``), ended by #, by
    4 s of silence, by ``seconds`` or by the caller's hang-up. Answered by ``StepEnded`` in each case (before
    the ``LegEnded`` of a hang-up); the recording lies in the spool of messages as ``<name>.wav`` and has no
    other channel in it. The caller must not be rung meanwhile."""

    server: ServerId
    call: CallId
    step: int
    spoken: tuple[str, ...]
    language: str
    name: str  # letters, digits, "-" and "_"
    seconds: int


@dataclass(frozen=True, slots=True)
class DialOut:
    """Connect a caller on hold to a number outside, over the trunk (one Redirect to ``cc-out``). Answered by
    ``StepEnded`` when nobody answered, or when the conversation ended by the other side."""

    server: ServerId
    call: CallId
    step: int
    number: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Dress:
    """What a caller on hold hears from the next hold on: the class of music, and the language of prompts.
    Empty leaves it."""

    server: ServerId
    call: CallId
    music: str
    language: str


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """Dial a client over the trunk; who answers is put on hold as a caller is, so ``CallArrived`` and
    ``CallHeld`` follow with this call's id, or ``PlaceFailed``. ``call`` is a ``routing.ids.placed_call_id``.

    Never repeated by the driver. Whoever sends it has stored the intent before, and asks a listing for the
    call before another try.
    """

    server: ServerId
    call: CallId
    number: str  # as the trunk dials it
    shown: str  # our number that the client sees
    seconds: int


ControlCommand: TypeAlias = Park | Join | Consult | CallStation | Intercom | SendKeys | MuteRecording
"""Of a call that is controlled: its legs live in the call's room (ADR 0013)."""

TelephonyCommand: TypeAlias = (
    Ring | HangUp | Hold | Audit | Play | Ask | Record | DialOut | Dress | PlaceCall | ControlCommand
)
