"""What people ask of the core, typed, and what it answers.

Requests come from browsers and the API, on any node, and are answered by the one core of the site. ``by``
is who asked, already authorised by ``web``; the core checks only whether the state allows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from callcenter.calls.chat_requests import (
    LowerHand as LowerHand,
    RaiseHand as RaiseHand,
    ReadChat as ReadChat,
    SendChat as SendChat,
)
from callcenter.calls.control_requests import ControlRequest
from callcenter.calls.states import AgentState, Author, CallState, Intent as Intent, PhoneProblem
from routing.acd.explain import AgentExplanation, CallExplanation
from routing.ids import AgentId, CallbackId, CallId, ClientId, FlowId, OfferId, QueueId, StepId


@dataclass(frozen=True, slots=True)
class SetIntent:
    """``reason`` is the pause reason, required for PAUSED and empty otherwise. Takes effect at once when
    nothing holds the agent, else when the engagement ends; during an offer it does not withdraw the
    offer."""

    agent: AgentId
    intent: Intent
    reason: str
    by: Author


@dataclass(frozen=True, slots=True)
class BrowserConnected:
    """A console of the agent is connected. ``browser`` names one connection. To be repeated while it is: a
    browser that isn't heard of for ``CoreOptions.browser_lease`` counts as lost, for a node that dies
    reports nothing. Repeating costs next to nothing and says no fact."""

    agent: AgentId
    browser: str


@dataclass(frozen=True, slots=True)
class BrowserLost:
    agent: AgentId
    browser: str


@dataclass(frozen=True, slots=True)
class ReportPhone:
    """The phone in this browser of the agent, which is connected, has this problem, or (``None``) has none.
    While it has one, the agent is offered no call. Forgotten when the browser is lost. Without ``voice`` it
    could have that of the agent's conversation, and has not: his phone is rung anew."""

    agent: AgentId
    browser: str
    problem: PhoneProblem | None
    voice: bool = True


@dataclass(frozen=True, slots=True)
class AcknowledgeCard:
    """The browser painted the card of this offer."""

    agent: AgentId
    offer: OfferId


@dataclass(frozen=True, slots=True)
class DeclineOffer:
    agent: AgentId
    offer: OfferId


@dataclass(frozen=True, slots=True)
class EndCall:
    """Hang up the caller's leg of a call that this agent talks on."""

    agent: AgentId
    call: CallId


@dataclass(frozen=True, slots=True)
class CloseWrapUp:
    """End the wrap-up of a call with its disposition and note; the agent returns to what he wants to be."""

    agent: AgentId
    call: CallId
    disposition: str
    note: str


@dataclass(frozen=True, slots=True)
class ExtendWrapUp:
    """Let the wrap-up of a call last so many ``seconds`` longer, or as many as its queue still allows."""

    agent: AgentId
    call: CallId
    seconds: float


@dataclass(frozen=True, slots=True)
class PickClient:
    """The operator says who the caller is, or with ``None`` takes that back, after which the number is looked
    up anew. Allowed while the agent is engaged with the call."""

    agent: AgentId
    call: CallId
    client: ClientId | None


@dataclass(frozen=True, slots=True)
class RemakeCards:
    """What is known of this client has changed: the cards of his calls on the floor are made anew, for
    whoever has them before him."""

    client: ClientId


@dataclass(frozen=True, slots=True)
class PromiseCallback:
    """Call this number back, ``at`` an instant (``None``: in turn from now on). ``callback`` is made by who
    asks, so that asking twice promises once. ``number`` is as a person wrote it; ``client`` is whose it is,
    where that is known. ``agent`` promised to call himself: the dialling is his for a while before it is
    anybody's. One number has one open callback in a queue; with ``moves`` that is given this time and agent,
    without it the second is refused."""

    callback: CallbackId
    number: str
    queue: QueueId
    at: float | None
    language: str
    by: str
    client: ClientId | None = None
    agent: AgentId | None = None
    moves: bool = False


@dataclass(frozen=True, slots=True)
class ChangeCallback:
    """Another number or time for an open callback; ``None`` leaves it."""

    callback: CallbackId
    number: str | None
    at: float | None
    by: str


@dataclass(frozen=True, slots=True)
class CancelCallback:
    callback: CallbackId
    by: str


@dataclass(frozen=True, slots=True)
class ExplainCall:
    """What a call waits for at this moment; answered by ``CallExplained``."""

    call: CallId


@dataclass(frozen=True, slots=True)
class ExplainAgent:
    """Why an agent gets no call at this moment; answered by ``AgentExplained``."""

    agent: AgentId


Request: TypeAlias = (
    SetIntent
    | BrowserConnected
    | BrowserLost
    | ReportPhone
    | AcknowledgeCard
    | DeclineOffer
    | EndCall
    | CloseWrapUp
    | ExtendWrapUp
    | PickClient
    | RemakeCards
    | PromiseCallback
    | ChangeCallback
    | CancelCallback
    | ExplainCall
    | ExplainAgent
    | ControlRequest
    | SendChat
    | ReadChat
    | RaiseHand
    | LowerHand
)


class Refusal(StrEnum):
    """Why a request was refused; the console translates these."""

    UNKNOWN_AGENT = "unknown_agent"
    UNKNOWN_CALL = "unknown_call"
    NOT_YOURS = "not_yours"  # the call or offer is another agent's
    TOO_LATE = "too_late"  # the offer or call is over
    NOT_ALLOWED_NOW = "not_allowed_now"  # the state machine has no such way
    REASON_MISSING = "reason_missing"
    COLLEAGUE_BUSY = "colleague_busy"  # not signed in, engaged, or without a phone
    UNKNOWN_QUEUE = "unknown_queue"
    BAD_NUMBER = "bad_number"  # can't be dialled
    PHONE_UNUSABLE = "phone_unusable"  # one's own
    NO_INTERNAL_CALL = "no_internal_call"  # to hang up
    BUSY = "busy"  # the inbox is full, or no node holds the router's lease
    TOO_FAST = "too_fast"  # faster than one may
    STARTING = "starting"  # the core is still resyncing


@dataclass(frozen=True, slots=True)
class Accepted:
    pass


@dataclass(frozen=True, slots=True)
class Refused:
    refusal: Refusal
    message: str  # plain English, for the log and for API users


@dataclass(frozen=True, slots=True)
class CallExplained:
    """``explanation`` is the engine's, which has only calls that stand in line: a call in another ``state``
    waits for nothing of the engine's (``WaitsFor.UNKNOWN``). ``flow`` and ``step`` are where it is in its
    flow, ``agent`` is who is rung or talks, ``rung`` are all who are rung now."""

    at: float
    state: CallState
    queue: QueueId | None
    flow: FlowId | None
    step: StepId | None
    agent: AgentId | None
    explanation: CallExplanation
    rung: tuple[AgentId, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentExplained:
    """``state`` and ``reason`` are as shown, since ``since``."""

    at: float
    state: AgentState
    reason: str
    since: float
    explanation: AgentExplanation


Reply: TypeAlias = Accepted | Refused | CallExplained | AgentExplained
