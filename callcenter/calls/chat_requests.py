"""What people ask of each other through the core (see ``requests``, which has the union). ``web`` has
checked that who asks belongs to the conversation."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.calls.chats import ConversationId
from routing.ids import AgentId


@dataclass(frozen=True, slots=True)
class SendChat:
    """``message`` is made by who sends, so that asking twice says it once. ``sender`` is a login."""

    conversation: ConversationId
    message: str
    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class ReadChat:
    """``reader`` has seen the conversation up to the message of this number."""

    conversation: ConversationId
    number: int
    reader: str


@dataclass(frozen=True, slots=True)
class RaiseHand:
    """The agent asks for help. Raised already: only the text is changed."""

    agent: AgentId
    text: str


@dataclass(frozen=True, slots=True)
class LowerHand:
    """``by`` is the login of the agent himself or of a supervisor. Down already is no error."""

    agent: AgentId
    by: str
