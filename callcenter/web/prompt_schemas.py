"""The shapes of prompts' recordings and of callers' messages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from callcenter.web.fields import Answer, Code, Limit, Login, Request, RowId

Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(_[A-Za-z]{2})?$")]
"""As ``ru``, ``en`` or ``en_GB``."""
PromptName = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9_-]*[a-z_-][a-z0-9_-]*$")]
"""1 to 60 of a-z, 0-9, "_" and "-", and not digits alone, which are numbers."""


class PromptPath(Request):
    prompt: PromptName
    language: Language


class PromptRecording(Answer):
    """A recording in one language. ``sha256`` is of the audio. ``problem`` says why callers can't hear it,
    null when they can; ``flows`` are those that play it, in whatever language."""

    id: str
    language: str
    sha256: str
    seconds: float
    uploaded_by: str
    uploaded_at: float
    problem: str | None
    flows: list[str]


class MissingPrompt(Answer):
    """What callers of this language may be about to hear, and can't. ``says`` is what the product needs it
    to say, null for a prompt of the site's own. ``instead`` is the language in which it is heard meanwhile,
    null when it is passed over. Without ``flows``, only the emergency closing plays it."""

    id: str
    language: str
    problem: str
    remedy: str
    says: str | None
    instead: str | None
    flows: list[str]


class PromptList(Answer):
    items: list[PromptRecording]
    missing: list[MissingPrompt]


class MessagePath(Request):
    message: RowId


class MessagesQuery(Request):
    """The newest first; open ones unless ``done``."""

    queue: Code | None = None
    done: bool = False
    limit: Limit = 50


class Message(Answer):
    """A message that a caller left: a task of its queue. ``seconds`` 0 is not known: perhaps there is
    none."""

    id: int
    title: str
    queue: str
    number: str
    call: str
    client: int | None
    seconds: int
    left_at: float
    assignee: str | None
    done_at: float | None


class MessageList(Answer):
    items: list[Message]


class MessageChanges(Request):
    """What is left out stays; an empty ``assignee`` leaves the message to anyone."""

    done: bool | None = None
    assignee: Login | Literal[""] | None = None
