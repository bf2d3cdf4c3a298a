"""Facts about what was done with a conversation (see ``facts``, which has the union)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from callcenter.calls.control import TransferKind
from callcenter.calls.states import OfferOutcome
from routing.ids import AgentId, CallId, LegId, OfferId, QueueId


class GuestEnd(StrEnum):
    """How a consultation ended."""

    NOT_REACHED = "not_reached"  # busy, declined, no answer
    DISMISSED = "dismissed"  # the agent let him go
    LEFT = "left"  # the guest hung up
    TOOK_OVER = "took_over"  # the caller is his now
    CALL_OVER = "call_over"  # the caller or the agent was gone first


@dataclass(frozen=True, slots=True)
class HoldStarted:
    """The caller hears music, put there by his agent."""

    at: float
    call: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """``seconds`` is how long it lasted."""

    at: float
    call: CallId
    agent: AgentId
    seconds: float


@dataclass(frozen=True, slots=True)
class GuestAsked:
    """The agent asks a colleague (``guest``, with his ``offer``) or a ``number`` for help."""

    at: float
    call: CallId
    agent: AgentId
    guest: AgentId | None
    offer: OfferId | None
    number: str


@dataclass(frozen=True, slots=True)
class GuestAnswered:
    """Agent and guest speak, apart from the caller."""

    at: float
    call: CallId
    agent: AgentId
    guest: AgentId | None
    leg: LegId


@dataclass(frozen=True, slots=True)
class GuestJoined:
    """Caller, agent and guest speak together."""

    at: float
    call: CallId
    agent: AgentId
    guest: AgentId | None
    leg: LegId


@dataclass(frozen=True, slots=True)
class GuestGone:
    """The guest has no part in the call any more, or it is all his. ``seconds`` he was in it; ``outcome`` is
    his offer's if he was never reached."""

    at: float
    call: CallId
    agent: AgentId
    guest: AgentId | None
    end: GuestEnd
    outcome: OfferOutcome | None
    seconds: float


@dataclass(frozen=True, slots=True)
class CallTransferred:
    """The caller was taken from ``agent`` and goes on to a queue, a colleague, a number, or the park. Of a
    transfer after a consultation: once the guest has the caller."""

    at: float
    call: CallId
    agent: AgentId
    kind: TransferKind
    queue: QueueId | None
    to: AgentId | None
    number: str
    consulted: bool


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """Whom the caller was handed to did not take him; he goes back to his queue."""

    at: float
    call: CallId
    agent: AgentId
    kind: TransferKind


@dataclass(frozen=True, slots=True)
class CallFetched:
    """A parked call was taken by this agent."""

    at: float
    call: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class RecordingStarted:
    """The conversation is recorded from now on, in ``recording``, once a call."""

    at: float
    call: CallId
    agent: AgentId
    recording: str


@dataclass(frozen=True, slots=True)
class RecordingPaused:
    at: float
    call: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class RecordingResumed:
    at: float
    call: CallId
    agent: AgentId


@dataclass(frozen=True, slots=True)
class VoiceMoved:
    """The agent's part in the conversation went over from a leg that lost its voice (``old``) to a fresh one
    of his station (``leg``). ``seconds`` is the talk so far, without the time on hold."""

    at: float
    call: CallId
    agent: AgentId
    old: LegId
    leg: LegId
    seconds: float


@dataclass(frozen=True, slots=True)
class ClientDialled:
    """The agent calls this number himself; his own phone comes first. Personal data is in ``number``."""

    at: float
    call: CallId
    agent: AgentId
    number: str


ControlFact: TypeAlias = (
    HoldStarted
    | HoldEnded
    | GuestAsked
    | GuestAnswered
    | GuestJoined
    | GuestGone
    | CallTransferred
    | TransferFailed
    | CallFetched
    | RecordingStarted
    | RecordingPaused
    | RecordingResumed
    | VoiceMoved
    | ClientDialled
)
