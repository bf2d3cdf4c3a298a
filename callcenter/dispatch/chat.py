"""What colleagues write to each other: put in order, kept within bounds, shown to those who take part.

Theory of operation. Every message goes through the one inbox, so its order is the same for everybody, on all
nodes. Its number is the time in microseconds, or one more than the last: it grows over restarts although only
lately spoken in conversations are remembered. A message that is sent again (its answer was lost) is found by
its name among those kept. How fast one may write is bounded by a bucket of messages for each sender.
"""

from __future__ import annotations

from callcenter.calls.chat_facts import ChatRead, ChatSent
from callcenter.calls.chat_requests import ReadChat, SendChat
from callcenter.calls.chats import (
    LONGEST_TEXT,
    MOST_OPEN,
    ChatMessage,
    Conversation,
    ConversationId,
    Pace,
    people_of,
    team_of,
)
from callcenter.calls.requests import Accepted, Refusal, Refused, Reply
from callcenter.calls.restored import RestoredChat
from callcenter.calls.views import chat_key, marks_key
from callcenter.dispatch.desk import Desk

AT_ONCE = 10
"""Messages that one may send in a row."""
EVERY = 1.0
"""Seconds after which one more may be sent."""
_MOST_PACES = 5_000


def send(desk: Desk, request: SendChat) -> Reply:
    unknown = _unknown(desk, request.conversation)
    if unknown is not None:
        return unknown
    if not request.text.strip() or len(request.text) > LONGEST_TEXT:
        return Refused(Refusal.NOT_ALLOWED_NOW, f"a message has 1 to {LONGEST_TEXT} characters")
    chats = desk.floor.chats
    known = chats.open.get(request.conversation)
    if known is not None and any(
        (one.sender, one.message) == (request.sender, request.message) for one in known.kept
    ):
        return Accepted()
    if not _in_pace(desk, request.sender):
        return Refused(Refusal.TOO_FAST, f"{AT_ONCE} messages at once, then one every {EVERY:g} s")
    conversation = chats.open.pop(request.conversation, None) or Conversation(request.conversation)
    chats.open[conversation.id] = conversation
    number = max(conversation.last + 1, int(desk.now * 1e6))
    conversation.kept.append(ChatMessage(number, desk.now, request.message, request.sender, request.text))
    desk.say(ChatSent(desk.now, conversation.id, number, request.message, request.sender, request.text))
    desk.changed[chat_key(conversation.id)] = None
    _read(desk, conversation.id, number, request.sender)
    _close_oldest(desk)
    return Accepted()


def read(desk: Desk, request: ReadChat) -> Reply:
    """Marks only move on, and never past the last message."""
    conversation = desk.floor.chats.open.get(request.conversation)
    if conversation is not None:
        _read(desk, conversation.id, min(request.number, conversation.last), request.reader)
    return Accepted()


def restore(desk: Desk, known: RestoredChat) -> None:
    """A conversation from before a restart; they come in the order of their last messages."""
    conversation = Conversation(known.conversation)
    conversation.kept.extend(known.messages)
    desk.floor.chats.open[known.conversation] = conversation
    desk.changed[chat_key(known.conversation)] = None
    for reader, number in known.marks:
        desk.floor.chats.marks.setdefault(reader, {})[known.conversation] = number
        desk.changed[marks_key(reader)] = None


def membership_changed(desk: Desk) -> None:
    """Another plan: teams may have other members or be gone."""
    for conversation in desk.floor.chats.open:
        if team_of(conversation) is not None:
            desk.changed[chat_key(conversation)] = None


def _unknown(desk: Desk, conversation: ConversationId) -> Refused | None:
    if people_of(conversation) is not None:
        return None
    teams = () if desk.plan is None else desk.plan.plan.teams
    if any(team.id == team_of(conversation) for team in teams):
        return None
    return Refused(Refusal.TOO_LATE, f"no conversation {conversation!r}")


def _in_pace(desk: Desk, sender: str) -> bool:
    """Take one message out of the sender's bucket, unless it is empty."""
    paces = desk.floor.chats.paces
    pace = paces.pop(sender, None) or Pace(AT_ONCE, desk.now)
    left = min(float(AT_ONCE), pace.left + (desk.now - pace.at) / EVERY)
    paces[sender] = Pace(left - 1 if left >= 1 else left, desk.now)
    while len(paces) > _MOST_PACES:
        del paces[next(iter(paces))]
    return left >= 1


def _read(desk: Desk, conversation: ConversationId, number: int, reader: str) -> None:
    marks = desk.floor.chats.marks.setdefault(reader, {})
    if number <= marks.get(conversation, 0):
        return
    marks[conversation] = number
    desk.say(ChatRead(desk.now, conversation, number, reader))
    desk.changed[marks_key(reader)] = None


def _close_oldest(desk: Desk) -> None:
    chats = desk.floor.chats
    while len(chats.open) > MOST_OPEN:
        oldest = next(iter(chats.open))
        del chats.open[oldest]
        desk.changed[chat_key(oldest)] = None
        for reader, marks in chats.marks.items():
            if marks.pop(oldest, None) is not None:
                desk.changed[marks_key(reader)] = None
