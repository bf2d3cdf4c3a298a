"""Call control: what may be done with a conversation, as tables.

Theory of operation. A conversation begins in the Dial that rang the agent (``Where.DIAL``). The first thing
that is done with it moves its legs into the call's *room*; from then on the caller is in the room, or
*parked* beside it with music while the agent is alone or speaks with somebody else. One move of the caller
is under way at a time (``Control.moving``): the next is asked for only when Asterisk told where he is.

A *guest* is whom the agent asks for help, a colleague or a number outside: he is asked (his card is shown, or
a colleague's phone rings), then talks with the agent apart from the caller, then is joined with both, or
takes the agent's place. There is one guest at most, so a conference has three parties.

``allowed`` is the one rule for what is possible: the requests are checked by it, and the console offers what
it says. What is possible depends on where the caller is and what the guest does, and on nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callcenter.calls.states import Table, Way
from callcenter.telephony.events import RingOutcome
from routing.ids import AgentId, LegId, OfferId, QueueId


class Where(StrEnum):
    """Where the caller of a conversation is."""

    DIAL = "dial"  # in the Dial that rang the agent
    ROOM = "room"  # in the call's room
    PARKED = "parked"  # beside it, hearing music
    OUTSIDE = "outside"  # handed to a number outside, no agent with him


class GuestState(StrEnum):
    ASKED = "asked"  # his card is out, or the agent's leg is still on its way to dial
    RINGING = "ringing"
    TALKING = "talking"  # with the agent, apart from the caller
    JOINING = "joining"  # on his way to the caller
    JOINED = "joined"


class GuestTrigger(StrEnum):
    DIAL = "the agent's leg dials"
    ANSWER = "answered"
    JOIN = "to be joined with the caller"
    MEET = "in one bridge with the caller"
    PART = "the caller is parked again"


_G, _GT = GuestState, GuestTrigger
GUEST = Table(
    "guest",
    _G.ASKED,
    (
        Way(_G.ASKED, _GT.DIAL, _G.RINGING),
        Way(_G.RINGING, _GT.ANSWER, _G.TALKING),
        Way(_G.TALKING, _GT.JOIN, _G.JOINING),
        Way(_G.JOINING, _GT.MEET, _G.JOINED),
        Way(_G.JOINING, _GT.PART, _G.TALKING),
        Way(_G.JOINED, _GT.PART, _G.TALKING),
        Way(_G.TALKING, _GT.MEET, _G.JOINED),  # found so at a listing
    ),
)


class CallAction(StrEnum):
    """What an agent may do with his conversation; the console translates these."""

    HANG_UP = "hang_up"
    HOLD = "hold"
    RESUME = "resume"
    TRANSFER = "transfer"
    PARK = "park"
    CONSULT = "consult"
    COMPLETE = "complete"  # hand the caller to the guest
    JOIN = "join"  # a conference of three
    DISMISS = "dismiss"  # let the guest go; the caller, if parked, comes back
    LEAVE = "leave"  # leave the conference to the guest
    PAUSE_RECORDING = "pause_recording"
    RESUME_RECORDING = "resume_recording"
    KEYS = "keys"


_A = CallAction
_ALONE: dict[Where, frozenset[CallAction]] = {
    Where.DIAL: frozenset({_A.HANG_UP, _A.HOLD, _A.TRANSFER, _A.PARK, _A.CONSULT, _A.KEYS}),
    Where.ROOM: frozenset({_A.HANG_UP, _A.HOLD, _A.TRANSFER, _A.PARK, _A.CONSULT, _A.KEYS}),
    Where.PARKED: frozenset({_A.HANG_UP, _A.RESUME, _A.TRANSFER, _A.PARK, _A.CONSULT}),
    Where.OUTSIDE: frozenset(),
}
_WITH_GUEST: dict[GuestState, frozenset[CallAction]] = {
    GuestState.ASKED: frozenset({_A.HANG_UP, _A.DISMISS}),
    GuestState.RINGING: frozenset({_A.HANG_UP, _A.DISMISS}),
    GuestState.TALKING: frozenset({_A.HANG_UP, _A.DISMISS, _A.COMPLETE, _A.JOIN, _A.KEYS}),
    GuestState.JOINING: frozenset({_A.HANG_UP}),
    GuestState.JOINED: frozenset({_A.HANG_UP, _A.DISMISS, _A.LEAVE, _A.HOLD, _A.KEYS}),
}


@dataclass(slots=True)
class Guest:
    """Whom the agent (``by``) asked: ``agent`` for a colleague, else ``number``. ``offer`` is the colleague's
    from when his card is shown; ``gate_until`` is how long his ring waits for its paint, ``painted_at`` when
    that was told. ``leg`` is his channel, and ``apart`` tells that it still is in the Dial of the agent's
    leg. ``takes_over``: he is handed the caller, and the agent leaves. ``verdict`` is how Asterisk said that
    the ringing ended, ``declined`` that he refused."""

    by: AgentId
    agent: AgentId | None
    number: str
    asked_at: float
    state: GuestState = GuestState.ASKED
    offer: OfferId | None = None
    gate_until: float = 0.0
    painted_at: float | None = None
    leg: LegId | None = None
    apart: bool = True
    takes_over: bool = False
    since: float | None = None
    verdict: RingOutcome | None = None
    declined: bool = False


class TransferKind(StrEnum):
    QUEUE = "queue"
    AGENT = "agent"
    NUMBER = "number"
    PARK = "park"


@dataclass(slots=True)
class Transfer:
    """The caller was taken from his agent (``by``; ``None``: nobody was with him any more) and is to go
    elsewhere, first to hold. ``step`` is the number of the command that dials ``number``, ``failed`` that it
    came to nothing, ``over`` that they have talked."""

    kind: TransferKind
    by: AgentId | None
    queue: QueueId | None = None
    agent: AgentId | None = None
    number: str = ""
    step: int = 0
    failed: bool = False
    over: bool = False


@dataclass(slots=True)
class Fresh:
    """A new leg of a station, which is to take the place of one that lost its voice. ``agent`` is whose: he
    who has the conversation, or his guest, also if one becomes the other meanwhile. ``answered`` that it was
    lifted, ``passes`` that the caller is parked only for it, ``sent`` that it was sent to the room, ``lost``
    that it ended while the caller was on that way."""

    leg: LegId
    agent: AgentId
    asked_at: float
    answered: bool = False
    passes: bool = False
    sent: bool = False
    lost: bool = False


@dataclass(slots=True)
class Control:
    """What is being done with a conversation. ``moving`` is where the caller was sent and not seen yet;
    ``hold_since`` since when the agent has him on hold (``None``: not), ``held`` the seconds before that in
    this conversation. ``in_room``: the agent's leg went to the room and was not sent to dial since.
    ``transfer`` as long as the caller belongs to nobody after one. ``fresh`` while the agent's phone is rung
    anew, or his guest's; ``in_vain`` how often in a row nobody answered that. ``recording`` is the name of
    the call's recording, ``paused_by`` the agent who has it be silent now; ``hushed``: nobody has, and yet it
    may be, because a pause of it is over and no one can say that Asterisk heard so. ``repeated``: the last
    word to Asterisk of that was said for safety only."""

    where: Where = Where.DIAL
    moving: Where | None = None
    guest: Guest | None = None
    hold_since: float | None = None
    held: float = 0.0
    transfer: Transfer | None = None
    in_room: bool = False
    recording: str = ""
    paused_by: AgentId | None = None
    hushed: bool = False
    repeated: bool = False
    fresh: Fresh | None = None
    in_vain: int = 0

    def clear(self) -> None:
        """The conversation is over and the call goes on; its recording does, too."""
        self.where, self.moving, self.guest, self.hold_since = Where.DIAL, None, None, None
        self.held, self.transfer, self.in_room, self.fresh, self.in_vain = 0.0, None, False, None, 0


def allowed(control: Control, *, talking: bool) -> frozenset[CallAction]:
    """What the agent who has the conversation may do now. ``talking``: his leg lives and the caller is
    there."""
    if not talking or control.transfer is not None:
        return frozenset()
    if control.moving is not None:
        return frozenset({_A.HANG_UP})
    guest = control.guest
    may = _ALONE[control.where] if guest is None else _WITH_GUEST[guest.state]
    if guest is not None and guest.state is GuestState.JOINED and control.where is not Where.ROOM:
        may -= {_A.HOLD}
    if control.recording:
        may |= {_A.PAUSE_RECORDING if control.paused_by is None else _A.RESUME_RECORDING}
    return may
