"""Conversations among colleagues, as they are now: who may see which, and the last messages of each.

A conversation is between two people (``direct:anna:vera``, logins in order) or a team's room
(``team:sales``), in which the team's agents and the supervisors write. The whole of it is in the database;
here are the last messages of those that were spoken in lately, for the live picture.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NewType

from routing.ids import TeamId

ConversationId = NewType("ConversationId", str)

KEPT = 30
"""Messages of a conversation that browsers are sent; older ones are read page by page."""
MOST_OPEN = 2_000
"""Conversations in the live picture; beyond, the one that was silent the longest leaves it."""
LIVE_SECONDS = 14 * 86_400.0
"""Conversations silent for longer are not taken up again by a restart."""
LONGEST_TEXT = 1_000
_DIRECT, _TEAM = "direct", "team"


def direct(one: str, other: str) -> ConversationId:
    """The conversation between two logins, whoever begins it."""
    first, second = sorted((one, other))
    return ConversationId(f"{_DIRECT}:{first}:{second}")


def room(team: str) -> ConversationId:
    return ConversationId(f"{_TEAM}:{team}")


def people_of(conversation: ConversationId) -> tuple[str, str] | None:
    """The two logins of a direct conversation; ``None`` for any other text."""
    parts = conversation.split(":")
    if len(parts) != 3 or parts[0] != _DIRECT or not parts[1] < parts[2] or not parts[1]:
        return None
    return parts[1], parts[2]


def team_of(conversation: ConversationId) -> TeamId | None:
    """The team whose room it is; ``None`` for any other text."""
    kind, _, team = conversation.partition(":")
    return TeamId(team) if kind == _TEAM and team and ":" not in team else None


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """As in ``ChatSent``."""

    number: int
    at: float
    message: str
    sender: str
    text: str


@dataclass(slots=True)
class Conversation:
    """``kept`` are the last messages, oldest first."""

    id: ConversationId
    kept: deque[ChatMessage] = field(default_factory=lambda: deque(maxlen=KEPT))

    @property
    def last(self) -> int:
        """The number of the last message, 0 when none is kept."""
        return self.kept[-1].number if self.kept else 0


@dataclass(slots=True)
class Pace:
    """How fast somebody writes: messages he may still send at once, as of ``at``."""

    left: float
    at: float


@dataclass(slots=True)
class Chats:
    """``open`` is in the order of the last message, the newest last. ``marks`` are how far each login has
    read in each open conversation, ``paces`` of those who wrote lately."""

    open: dict[ConversationId, Conversation] = field(default_factory=dict)
    marks: dict[str, dict[ConversationId, int]] = field(default_factory=dict)
    paces: dict[str, Pace] = field(default_factory=dict)
