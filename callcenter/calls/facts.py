"""Facts: what happened, in the field's words and in order. The ledger is the list of them, and history,
the live picture and every figure are derived from it.

``at`` is UTC in epoch seconds with microseconds. It never decreases along the ledger, but for
``CallStarted``, the caller's ``LegStarted`` and ``IntercomStarted`` of what was found in a listing: their
``at`` is when it began. What ran out between two processes is told first by the second, as of when it did.
Facts carry all that the history needs, so that a reader of the ledger needs no other source. Personal data
is in ``number``, ``name`` and ``note`` only, in the ``collected`` of a position, and in the ``text`` of
chats and raised hands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from callcenter.calls.callback_facts import (
    CallbackChanged as CallbackChanged,
    CallbackDialled as CallbackDialled,
    CallbackEnd as CallbackEnd,
    CallbackEnded as CallbackEnded,
    CallbackPromised as CallbackPromised,
    CallbackTried as CallbackTried,
    CallerGaveUp as CallerGaveUp,
    CallerReached as CallerReached,
    ReachedHow as ReachedHow,
)
from callcenter.calls.chat_facts import ChatFact
from callcenter.calls.control_facts import ControlFact
from callcenter.calls.intercom_facts import IntercomFact
from callcenter.calls.states import AgentState, Author, CallOutcome, Intent, LegRole, OfferOutcome
from routing.flows.moves import Position, Trace
from routing.ids import AgentId, CallId, ClientId, FlowId, LegId, OfferId, QueueId, ServerId, StationId

WHY_LENGTH = 1_000


class Healing(StrEnum):
    """What the reconciler set right after comparing our picture with Asterisk."""

    CALL_GONE = "call_gone"  # we held a call that Asterisk no longer has
    CALL_FOUND = "call_found"  # Asterisk had a call that we did not know
    CALL_MOVED = "call_moved"  # the call was in another phase than we thought
    LEG_GONE = "leg_gone"
    LEG_FOUND = "leg_found"
    SERVER_AWAY = "server_away"  # the call's server was away too long: agents let go, at last the call


@dataclass(frozen=True, slots=True)
class CallStarted:
    at: float
    call: CallId
    server: ServerId
    number: str
    name: str
    dialled: str


@dataclass(frozen=True, slots=True)
class ClientMatched:
    """The caller was looked up. ``client`` is ``None`` when unknown or ambiguous; ``candidates`` counts
    the matches."""

    at: float
    call: CallId
    client: ClientId | None
    candidates: int


@dataclass(frozen=True, slots=True)
class ClientPicked:
    """An operator said who the caller is; ``client`` is ``None`` when he took that back."""

    at: float
    call: CallId
    client: ClientId | None
    by: AgentId


@dataclass(frozen=True, slots=True)
class FlowEntered:
    """The call entered this flow: its number leads here, or a step of another flow did."""

    at: float
    call: CallId
    flow: FlowId


@dataclass(frozen=True, slots=True)
class FlowStepTaken:
    """The call is at this position of its flow now; ``trace`` says how it came there and why, step by step,
    with no number of the caller's. What he typed is in ``position.collected``. ``errand`` is the number of
    the command that this may have led to: the next to the caller has a higher one."""

    at: float
    call: CallId
    position: Position
    trace: tuple[Trace, ...]
    errand: int


@dataclass(frozen=True, slots=True)
class WaitTold:
    """A waiting caller was told his ``position`` (1 is next) and the expected wait from now on; ``None`` for
    what he was not told. ``expected`` is what the estimate said, in seconds, before it was rounded for the
    ear."""

    at: float
    call: CallId
    queue: QueueId
    position: int | None
    expected: float | None


@dataclass(frozen=True, slots=True)
class MessageLeft:
    """The caller left a message for a queue. ``recording`` is its name in the spool of messages, ``seconds``
    its length (0: not known, Asterisk's word on it was lost, and perhaps there is none); ``number`` is the
    caller's."""

    at: float
    call: CallId
    queue: QueueId
    recording: str
    seconds: int
    number: str
    client: ClientId | None


@dataclass(frozen=True, slots=True)
class CallQueued:
    """The call entered a queue; its wait is counted from ``since``, when it entered its first. Again with
    ``returned`` when an offer failed."""

    at: float
    call: CallId
    queue: QueueId
    priority: int
    since: float
    returned: bool


@dataclass(frozen=True, slots=True)
class CallFellBack:
    """The caller was handed to Asterisk's own queue while we were away."""

    at: float
    call: CallId


@dataclass(frozen=True, slots=True)
class OfferMade:
    """An agent was chosen and shown the card; the phone rings once the card is painted or the gate's time
    is over.

    ``gate`` is the longest wait for the paint in seconds, 0 for an agent with no browser. ``waited`` is
    seconds from ``since`` of the queue, ``idle`` the seconds the agent had been ready. ``why`` is the
    engine's reason in short, at most ``WHY_LENGTH`` characters of JSON; empty for an offer that was found.
    """

    at: float
    call: CallId
    offer: OfferId
    queue: QueueId
    agent: AgentId
    station: StationId
    gate: float
    waited: float
    idle: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class CardPainted:
    """The browser said that the card is on screen."""

    at: float
    call: CallId
    offer: OfferId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class RingSent:
    """The station was asked to ring. ``painted`` tells whether the card was acknowledged before; ``lead``
    is the seconds between that acknowledgement and this, ``None`` without one."""

    at: float
    call: CallId
    offer: OfferId
    agent: AgentId
    painted: bool
    lead: float | None


@dataclass(frozen=True, slots=True)
class PhoneRang:
    at: float
    call: CallId
    offer: OfferId
    agent: AgentId
    leg: LegId


@dataclass(frozen=True, slots=True)
class OfferEnded:
    at: float
    call: CallId
    offer: OfferId
    agent: AgentId
    outcome: OfferOutcome


@dataclass(frozen=True, slots=True)
class LegStarted:
    at: float
    call: CallId
    leg: LegId
    role: LegRole
    station: StationId | None
    agent: AgentId | None


@dataclass(frozen=True, slots=True)
class LegEnded:
    at: float
    call: CallId
    leg: LegId
    cause: int


@dataclass(frozen=True, slots=True)
class TalkStarted:
    at: float
    call: CallId
    offer: OfferId
    agent: AgentId
    leg: LegId


@dataclass(frozen=True, slots=True)
class TalkEnded:
    at: float
    call: CallId
    agent: AgentId
    leg: LegId
    seconds: float  # without what the caller was on hold


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The caller's leg ended. ``waited`` is seconds from entering the queue to the first talk, or to the
    end."""

    at: float
    call: CallId
    outcome: CallOutcome
    waited: float
    talked: float


@dataclass(frozen=True, slots=True)
class CallDisposed:
    """The agent closed the wrap-up of a call."""

    at: float
    call: CallId
    agent: AgentId
    disposition: str
    note: str
    wrap_up: float


@dataclass(frozen=True, slots=True)
class WrapUpExtended:
    """The agent wanted longer for the wrap-up of a call; it ends by itself at ``until`` now."""

    at: float
    call: CallId
    agent: AgentId
    until: float


@dataclass(frozen=True, slots=True)
class AgentStateChanged:
    """``reason`` is the pause reason, empty in other states. ``by`` says who made the change."""

    at: float
    agent: AgentId
    state: AgentState
    previous: AgentState
    reason: str
    by: Author
    call: CallId | None


@dataclass(frozen=True, slots=True)
class IntentChanged:
    """What the agent wants to be changed while a call holds him; it comes true when the call lets him go.
    While nothing holds him his state is what he wants, so ``AgentStateChanged`` alone tells it."""

    at: float
    agent: AgentId
    intent: Intent
    reason: str
    by: Author


@dataclass(frozen=True, slots=True)
class BrowserChanged:
    """An agent's console connected (``connected``) or was lost."""

    at: float
    agent: AgentId
    connected: bool


@dataclass(frozen=True, slots=True)
class LinkLost:
    at: float
    server: ServerId
    reason: str


@dataclass(frozen=True, slots=True)
class BlindInterval:
    """Between ``since`` and ``at`` events of the server may have been missed; reports mark it. After a
    restart ``since`` is the last fact of the process before."""

    at: float
    server: ServerId
    since: float


@dataclass(frozen=True, slots=True)
class Healed:
    at: float
    server: ServerId
    what: Healing
    call: CallId
    leg: LegId | None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Our own rule broke while handling this call; it was taken out of routing and the loop went on."""

    at: float
    call: CallId | None
    reason: str


Fact: TypeAlias = (
    CallStarted
    | ClientMatched
    | ClientPicked
    | FlowEntered
    | FlowStepTaken
    | WaitTold
    | MessageLeft
    | CallQueued
    | CallFellBack
    | OfferMade
    | CardPainted
    | RingSent
    | PhoneRang
    | OfferEnded
    | LegStarted
    | LegEnded
    | TalkStarted
    | TalkEnded
    | CallEnded
    | CallDisposed
    | ControlFact
    | WrapUpExtended
    | CallbackPromised
    | CallbackChanged
    | CallbackDialled
    | CallbackTried
    | CallbackEnded
    | CallerGaveUp
    | CallerReached
    | AgentStateChanged
    | IntentChanged
    | BrowserChanged
    | ChatFact
    | IntercomFact
    | LinkLost
    | BlindInterval
    | Healed
    | Quarantined
)
