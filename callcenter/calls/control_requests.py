"""What an agent asks to be done with his conversation (see ``requests``, which has the union).

Each is checked by ``control.allowed``. ``Accepted`` means that it was begun: what came of it is shown by the
call's view, and a caller who can't be moved stays where he is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from routing.ids import AgentId, CallId, QueueId


@dataclass(frozen=True, slots=True)
class HoldCall:
    agent: AgentId
    call: CallId


@dataclass(frozen=True, slots=True)
class ResumeCall:
    agent: AgentId
    call: CallId


@dataclass(frozen=True, slots=True)
class TransferCall:
    """Hand the caller on without asking. Exactly one of ``queue``, ``to`` and ``number`` is given. To a
    colleague: his card is shown and his phone rings; if he doesn't take it, or a number doesn't answer, the
    caller stands at the head of his queue, never nowhere."""

    agent: AgentId
    call: CallId
    queue: QueueId | None = None
    to: AgentId | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class ParkCall:
    """Leave the caller with music for any colleague to fetch. After ``CoreOptions.park_seconds`` (the setting
    ``routing.park_seconds``) he stands at the head of his queue."""

    agent: AgentId
    call: CallId


@dataclass(frozen=True, slots=True)
class FetchCall:
    """Take a parked call."""

    agent: AgentId
    call: CallId


@dataclass(frozen=True, slots=True)
class ConsultCall:
    """Ask a colleague (``to``) or a ``number`` outside, while the caller is on hold."""

    agent: AgentId
    call: CallId
    to: AgentId | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class CompleteTransfer:
    """Hand the caller to the guest one speaks with."""

    agent: AgentId
    call: CallId


@dataclass(frozen=True, slots=True)
class JoinGuest:
    """Bring caller and guest together: a conference of three."""

    agent: AgentId
    call: CallId


@dataclass(frozen=True, slots=True)
class DismissGuest:
    """Let the guest go, or stop asking him. The caller comes back from hold if it was for the guest."""

    agent: AgentId
    call: CallId


@dataclass(frozen=True, slots=True)
class LeaveCall:
    """Leave a conference; the guest goes on with the caller."""

    agent: AgentId
    call: CallId


@dataclass(frozen=True, slots=True)
class PauseRecording:
    agent: AgentId
    call: CallId


@dataclass(frozen=True, slots=True)
class ResumeRecording:
    agent: AgentId
    call: CallId


@dataclass(frozen=True, slots=True)
class SendKeys:
    """Press keys (``0-9*#``, 1 to 32) towards the caller, or towards the guest while one speaks with him."""

    agent: AgentId
    call: CallId
    keys: str


@dataclass(frozen=True, slots=True)
class DialClient:
    """Call a number: first the agent's own phone, then the client's. ``name`` is made by who asks (letters,
    digits and "-", 8 to 64), so that asking twice dials once. ``number`` is as a person wrote it."""

    agent: AgentId
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class CallColleague:
    """Have the agent's phone call a colleague's. Both are engaged from now on (see ``intercoms``)."""

    agent: AgentId
    to: AgentId


@dataclass(frozen=True, slots=True)
class HangUpColleague:
    """End the call with a colleague that the agent is in, whoever began it and whatever its state; who is
    called declines it by that."""

    agent: AgentId


ConversationRequest: TypeAlias = (
    HoldCall
    | ResumeCall
    | TransferCall
    | ParkCall
    | ConsultCall
    | CompleteTransfer
    | JoinGuest
    | DismissGuest
    | LeaveCall
    | PauseRecording
    | ResumeRecording
    | SendKeys
)
"""Of the conversation that the agent has."""
ControlRequest: TypeAlias = ConversationRequest | FetchCall | DialClient | CallColleague | HangUpColleague
