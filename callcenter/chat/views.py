"""Messages as the API shows them."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.calls.chats import ConversationId


@dataclass(frozen=True, slots=True)
class WrittenMessage:
    """As in ``ChatSent``."""

    conversation: ConversationId
    number: int
    at: float
    sender: str
    text: str
