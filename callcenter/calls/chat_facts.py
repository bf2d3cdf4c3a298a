"""Facts about what colleagues say to each other, and about raised hands (see ``facts``, which has the
union). ``text`` is personal data, and is written nowhere else than in the ledger and the tables made of
it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from callcenter.calls.chats import ConversationId
from routing.ids import AgentId


@dataclass(frozen=True, slots=True)
class ChatSent:
    """``number`` orders the messages of a conversation and grows over restarts: it is microseconds of the
    epoch, or one more than the last. ``message`` is the sender's own name for it, ``sender`` a login."""

    at: float
    conversation: ConversationId
    number: int
    message: str
    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class ChatRead:
    """``reader`` (a login) has seen the conversation up to this message."""

    at: float
    conversation: ConversationId
    number: int
    reader: str


@dataclass(frozen=True, slots=True)
class HandRaised:
    """An agent asks a supervisor for help; ``text`` may say with what. Told again, it replaces the text."""

    at: float
    agent: AgentId
    since: float
    text: str


@dataclass(frozen=True, slots=True)
class HandLowered:
    """``by`` is a login, empty when it went down by itself with the agent's signing out."""

    at: float
    agent: AgentId
    by: str


ChatFact: TypeAlias = ChatSent | ChatRead | HandRaised | HandLowered
