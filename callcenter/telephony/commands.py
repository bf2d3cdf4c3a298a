"""What we ask of a telephony server, typed. ``telephony/ami`` renders these; nothing else writes to Asterisk.

Commands are sent in the order given and never repeated by the driver: after a cut link their effect is
found out by listing the server again. A refusal or a missing answer comes back as ``CommandFailed``;
success has no event of its own, its effects do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from routing.ids import CallId, LegId, OfferId, ServerId, StationId


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


@dataclass(frozen=True, slots=True)
class HangUp:
    """End one leg. The caller's leg ends the call; a ringing station's leg is declined, and the caller is
    held again once no other station rings for him."""

    server: ServerId
    call: CallId
    leg: LegId


@dataclass(frozen=True, slots=True)
class Reclaim:
    """Bring a caller back from Asterisk's fallback queue to our hold."""

    server: ServerId
    call: CallId


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


TelephonyCommand: TypeAlias = (
    Ring | HangUp | Reclaim | Audit | Play | Ask | Record | DialOut | Dress | PlaceCall
)
