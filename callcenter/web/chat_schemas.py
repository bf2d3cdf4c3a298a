"""The shapes of chats and raised hands."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from callcenter.calls.chats import LONGEST_TEXT
from callcenter.people.fields import printable
from callcenter.people.views import Role
from callcenter.web.fields import Answer, Limit, Line, Request

ConversationName = Annotated[
    str,
    Field(
        max_length=140,
        pattern=r"^(direct:[a-z0-9][a-z0-9_.@\-]*:[a-z0-9][a-z0-9_.@\-]*|team:[A-Za-z0-9_.\-]+)$",
    ),
]
MessageName = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9\-]+$")]
MessageNumber = Annotated[int, Field(ge=0, le=2**53)]


class ConversationPath(Request):
    conversation: ConversationName


class NewChatMessage(Request):
    """``id`` is made by who sends: what is sent again under one id is said once."""

    id: MessageName
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT), AfterValidator(printable)]


class ChatReadMark(Request):
    """``number`` is of the last message seen."""

    number: MessageNumber


class ChatPageQuery(Request):
    """``below`` is the smallest number of the page before."""

    below: MessageNumber | None = None
    limit: Limit = 50


class ChatSearchQuery(Request):
    text: Annotated[str, Field(min_length=2, max_length=100)]
    limit: Limit = 50


class ChatMessage(Answer):
    """``number`` orders the messages of a conversation; ``sender`` is a login."""

    conversation: str
    number: int
    at: float
    sender: str
    text: str


class ChatMessageList(Answer):
    """The newest first."""

    items: list[ChatMessage]


class ChatPerson(Answer):
    """Somebody to write to. ``team`` is an agent's."""

    login: str
    name: str
    role: Role
    team: str | None


class ChatRoom(Answer):
    conversation: str
    name: str


class ChatPeople(Answer):
    """Whom and in which rooms one may write; ``recent`` are one's direct conversations, the latest first."""

    people: list[ChatPerson]
    rooms: list[ChatRoom]
    recent: list[str]


class HandUp(Request):
    """``text`` may say what the help is wanted with."""

    text: Line = ""
