"""States of a call, a leg, an offer and an agent, and the ways between them.

Theory of operation (the transition tables below are the rules; the diagrams in ``docs/state-machines.md``
are drawn from them).

A *call* arrives, goes through the flow of its number if there is one, waits in a queue, is offered to one
agent at a time (or, where the queue rings all, to several at once), is talked, and ends. It may go back from
the queue to its flow (an overflow, a key) until it is answered. While it is offered it keeps its place at the
head of its queue. It is ``fallback`` while Asterisk's own queue has it because we were away.

An *offer* is one ringing of one agent: shown (card sent, gate open), ringing (Redirect sent), then over.
Offers of one call that are live together are all shown or all ringing, since one Redirect rings them; each
ends by itself, and the answer to one ends the others.

A *callback* is a promise to call a client: it waits for its time, stands in line with the place that he kept,
and is claimed, dialled and answered, or tried again by rule.

An *agent* has what he wants (his *intent*: offline, ready, or paused with a reason) and what he is held by
(an *engagement*: an offer, a conversation, a wrap-up, a call with a colleague, see ``intercoms``). The state
shown is the engagement if there is one, else the intent; so the system never overrides a wish, it only adds
an engagement. It changes an intent itself in one way only, from ready to paused (RONA, an unreachable phone,
a lost browser), and takes back only a pause of its own making."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from callcenter.errors import InvariantError


class CallState(StrEnum):
    ARRIVING = "arriving"
    FLOW = "flow"  # in a step of its flow, or on hold between two
    WAITING = "waiting"
    OFFERED = "offered"
    TALKING = "talking"
    FALLBACK = "fallback"
    ENDED = "ended"


class LegRole(StrEnum):
    CALLER = "caller"
    AGENT = "agent"
    OUTSIDE = "outside"  # a number that an agent or a flow had called


class LegState(StrEnum):
    STARTED = "started"
    RINGING = "ringing"
    BRIDGED = "bridged"
    ENDED = "ended"


class OfferState(StrEnum):
    SHOWN = "shown"  # the card is out, the phone does not ring yet
    RINGING = "ringing"  # the Redirect is sent
    ENDED = "ended"


class OfferOutcome(StrEnum):
    ANSWERED = "answered"
    DECLINED = "declined"  # the agent refused, on the phone or in the console
    NO_ANSWER = "no_answer"  # RONA
    CALLER_LEFT = "caller_left"
    ANSWERED_ELSEWHERE = "answered_elsewhere"  # another of those rung at once was quicker: nobody's fault
    UNREACHABLE = "unreachable"  # the station could not be rung
    WITHDRAWN = "withdrawn"  # we took it back: agent went away, link lost


class AgentState(StrEnum):
    OFFLINE = "offline"
    READY = "ready"
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    INTERNAL = "internal"  # in a call with a colleague
    PAUSED = "paused"


class Engagement(StrEnum):
    """What holds an agent, whatever he wants to be."""

    FREE = "free"
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    INTERNAL = "internal"


class Intent(StrEnum):
    """What an agent wants to be when nothing holds him."""

    OFFLINE = "offline"
    READY = "ready"
    PAUSED = "paused"


class Author(StrEnum):
    """Who made a change."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


class CallOutcome(StrEnum):
    ANSWERED = "answered"
    ABANDONED = "abandoned"  # hung up while waiting or ringing
    FALLBACK = "fallback"  # ended in Asterisk's own queue; whether answered there is not known
    UNKNOWN = "unknown"  # ended while we were blind
    FLOW = "flow"  # ended in its flow, with no agent: told so, a message left, connected outside, or left
    KEPT_PLACE = "kept_place"  # hung up to be called back, with the place kept
    NOT_REACHED = "not_reached"  # a client whom we dialled, and who did not answer


class PhoneProblem(StrEnum):
    """Why the phone in an agent's browser can't take a call, as the browser says."""

    CONNECTING = "connecting"  # not registered yet, or not again
    UNREACHABLE = "unreachable"  # the telephony server can't be reached
    REFUSED = "refused"  # the registration was refused
    MICROPHONE_MISSING = "microphone_missing"
    MICROPHONE_DENIED = "microphone_denied"


class PauseReason(StrEnum):
    """Pauses that the system makes. Agents' own reasons are free text beside these."""

    RONA = "rona"
    PHONE_UNREACHABLE = "phone_unreachable"
    BROWSER_LOST = "browser_lost"


class CallbackState(StrEnum):
    """Where a promise to call back is."""

    SCHEDULED = "scheduled"  # not now: too early, at night, between two attempts
    IN_LINE = "in_line"  # its turn will come
    CLAIMING = "claiming"  # an agent is held; the claim is being written
    DIALLING = "dialling"
    CONNECTED = "connected"  # the client is on the line, waiting or talking
    CLOSED = "closed"


class CallbackTrigger(StrEnum):
    DUE = "its time has come"
    NOT_NOW = "night, or no server"
    CHOSEN = "an agent is free for it"
    REFUSED = "not claimed, or nobody there any more"
    CLAIMED = "claimed: dialled"
    ANSWER = "the client answered"
    TRIED = "the attempt is over, another follows"
    CLOSE = "reached, called in, cancelled, given up, expired"


class CallTrigger(StrEnum):
    FLOW = "flow goes on"
    HOLD = "held"
    OFFER = "offered"
    BRIDGE = "agent bridged"
    FALL_BACK = "fell back"
    END = "caller's leg ended"


class LegTrigger(StrEnum):
    RING = "phone rings"
    BRIDGE = "entered a bridge"
    END = "hung up"


class OfferTrigger(StrEnum):
    RING = "painted, or the gate's time over"
    END = "answered, refused, timed out or withdrawn"


class AgentTrigger(StrEnum):
    OFFER = "offered a call"
    ANSWER = "bridged with the caller"
    WRAP_UP = "own leg ended"
    COLLEAGUE = "calls a colleague, or is called"
    RELEASE = "nothing holds him"


class IntentTrigger(StrEnum):
    READY = "wants calls"
    PAUSE = "wants a pause"
    OFFLINE = "signs out"
    SYSTEM_PAUSE = "RONA, phone unreachable, browser lost"
    LIFT = "the cause of our own pause is gone"


S = TypeVar("S", bound=StrEnum)
T = TypeVar("T", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Way(Generic[S, T]):
    source: S
    trigger: T
    target: S


class Table(Generic[S, T]):
    """The ways of one state machine. ``after`` is the only road from state to state in the code."""

    def __init__(self, name: str, initial: S, ways: tuple[Way[S, T], ...]) -> None:
        self.name = name
        self.initial = initial
        self.ways = ways
        self._targets: dict[tuple[S, T], S] = {(way.source, way.trigger): way.target for way in ways}
        if len(self._targets) != len(ways):
            raise InvariantError(f"{name}: two ways for one trigger")

    def allows(self, state: S, trigger: T) -> bool:
        return (state, trigger) in self._targets

    def after(self, state: S, trigger: T) -> S:
        """The state that follows. Raises ``InvariantError`` when the table has no such way: callers sort out
        what Asterisk may send twice or late before they ask."""
        target = self._targets.get((state, trigger))
        if target is None:
            raise InvariantError(f"{self.name}: no way from {state.value} by {trigger.name}")
        return target


_C, _CT = CallState, CallTrigger
CALL = Table(
    "call",
    _C.ARRIVING,
    (
        Way(_C.ARRIVING, _CT.FLOW, _C.FLOW),
        Way(_C.ARRIVING, _CT.HOLD, _C.WAITING),
        Way(_C.ARRIVING, _CT.OFFER, _C.OFFERED),  # found ringing at a listing
        Way(_C.ARRIVING, _CT.BRIDGE, _C.TALKING),  # found talking at a listing
        Way(_C.ARRIVING, _CT.FALL_BACK, _C.FALLBACK),
        Way(_C.ARRIVING, _CT.END, _C.ENDED),
        Way(_C.FLOW, _CT.HOLD, _C.WAITING),  # enters a queue
        Way(_C.FLOW, _CT.OFFER, _C.OFFERED),  # found ringing at a listing
        Way(_C.FLOW, _CT.BRIDGE, _C.TALKING),  # found talking at a listing
        Way(_C.FLOW, _CT.FALL_BACK, _C.FALLBACK),
        Way(_C.FLOW, _CT.END, _C.ENDED),
        Way(_C.WAITING, _CT.FLOW, _C.FLOW),  # overflow, or a key pressed
        Way(_C.WAITING, _CT.OFFER, _C.OFFERED),
        Way(_C.WAITING, _CT.BRIDGE, _C.TALKING),  # the ring was given up, and answered after all
        Way(_C.WAITING, _CT.FALL_BACK, _C.FALLBACK),
        Way(_C.WAITING, _CT.END, _C.ENDED),
        Way(_C.OFFERED, _CT.HOLD, _C.WAITING),
        Way(_C.OFFERED, _CT.BRIDGE, _C.TALKING),
        Way(_C.OFFERED, _CT.FALL_BACK, _C.FALLBACK),
        Way(_C.OFFERED, _CT.END, _C.ENDED),
        Way(_C.TALKING, _CT.HOLD, _C.WAITING),  # found on hold at a listing
        Way(_C.TALKING, _CT.FALL_BACK, _C.FALLBACK),
        Way(_C.TALKING, _CT.END, _C.ENDED),
        Way(_C.FALLBACK, _CT.HOLD, _C.WAITING),
        Way(_C.FALLBACK, _CT.OFFER, _C.OFFERED),
        Way(_C.FALLBACK, _CT.BRIDGE, _C.TALKING),
        Way(_C.FALLBACK, _CT.END, _C.ENDED),
    ),
)

_L, _LT = LegState, LegTrigger
LEG = Table(
    "leg",
    _L.STARTED,
    (
        Way(_L.STARTED, _LT.RING, _L.RINGING),
        Way(_L.STARTED, _LT.BRIDGE, _L.BRIDGED),
        Way(_L.STARTED, _LT.END, _L.ENDED),
        Way(_L.RINGING, _LT.BRIDGE, _L.BRIDGED),
        Way(_L.RINGING, _LT.END, _L.ENDED),
        Way(_L.BRIDGED, _LT.BRIDGE, _L.BRIDGED),
        Way(_L.BRIDGED, _LT.END, _L.ENDED),
    ),
)

_O, _OT = OfferState, OfferTrigger
OFFER = Table(
    "offer",
    _O.SHOWN,
    (
        Way(_O.SHOWN, _OT.RING, _O.RINGING),
        Way(_O.SHOWN, _OT.END, _O.ENDED),
        Way(_O.RINGING, _OT.END, _O.ENDED),
    ),
)

_E, _ET = Engagement, AgentTrigger
AGENT = Table(
    "agent",
    _E.FREE,
    (
        Way(_E.FREE, _ET.OFFER, _E.OFFERED),
        Way(_E.FREE, _ET.ANSWER, _E.TALKING),  # found talking at a listing
        Way(_E.OFFERED, _ET.ANSWER, _E.TALKING),
        Way(_E.OFFERED, _ET.RELEASE, _E.FREE),
        Way(_E.TALKING, _ET.WRAP_UP, _E.WRAP_UP),
        Way(_E.TALKING, _ET.RELEASE, _E.FREE),  # a queue without wrap-up
        Way(_E.WRAP_UP, _ET.RELEASE, _E.FREE),
        Way(_E.FREE, _ET.COLLEAGUE, _E.INTERNAL),
        Way(_E.INTERNAL, _ET.RELEASE, _E.FREE),
    ),
)

_P, _PT = CallbackState, CallbackTrigger
CALLBACK = Table(
    "callback",
    _P.SCHEDULED,
    (
        Way(_P.SCHEDULED, _PT.DUE, _P.IN_LINE),
        Way(_P.SCHEDULED, _PT.CLAIMED, _P.DIALLING),  # found claimed after a restart
        Way(_P.IN_LINE, _PT.NOT_NOW, _P.SCHEDULED),
        Way(_P.IN_LINE, _PT.CHOSEN, _P.CLAIMING),
        Way(_P.CLAIMING, _PT.REFUSED, _P.SCHEDULED),
        Way(_P.CLAIMING, _PT.TRIED, _P.SCHEDULED),  # another process had claimed it
        Way(_P.CLAIMING, _PT.CLAIMED, _P.DIALLING),
        Way(_P.DIALLING, _PT.ANSWER, _P.CONNECTED),
        Way(_P.DIALLING, _PT.TRIED, _P.SCHEDULED),
        Way(_P.CONNECTED, _PT.TRIED, _P.SCHEDULED),
        *(Way(source, _PT.CLOSE, _P.CLOSED) for source in _P if source is not _P.CLOSED),
    ),
)

_I, _IT = Intent, IntentTrigger
INTENT = Table(
    "intent",
    _I.OFFLINE,
    (
        *(Way(source, _IT.READY, _I.READY) for source in _I),
        *(Way(source, _IT.PAUSE, _I.PAUSED) for source in _I),
        *(Way(source, _IT.OFFLINE, _I.OFFLINE) for source in _I),
        Way(_I.READY, _IT.SYSTEM_PAUSE, _I.PAUSED),
        Way(_I.PAUSED, _IT.LIFT, _I.READY),
    ),
)
