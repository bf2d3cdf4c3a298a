"""The shapes of scripts, of the answers to them, and of what agents note during calls."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from callcenter.scripts.documents import AnswerMap, Language, ScriptDocument
from callcenter.web.fields import Answer, Code, Moment, Note, Request, Revision
from callcenter.web.flow_schemas import Severity

Amount = Annotated[str, Field(max_length=20, pattern=r"^[0-9]{1,15}(\.[0-9]{1,2})?$")]
"""A sum of money, such as 1500 or 1500.50."""
Values = Annotated[
    dict[Annotated[str, Field(max_length=80)], Annotated[str, Field(max_length=200)]], Field(max_length=50)
]

LARGEST_BODY = 400_000
"""Bytes of a script as it is sent, with room for how JSON may be written."""


class ScriptPath(Request):
    script: Code


class ScriptVersionPath(Request):
    script: Code
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class ScriptMistake(Answer):
    """What is wrong with a script. ``place`` leads to it with dots, elements counted from 0
    (``steps.2.branches.0.to``); ``code`` and ``parameters`` are for programs, ``message`` and ``remedy`` for
    people, in English. A script with an ``error`` can't be published."""

    place: str
    code: str
    parameters: dict[str, str]
    message: str
    remedy: str
    severity: Severity


class ScriptMistakes(Answer):
    mistakes: list[ScriptMistake]


class ScriptVersionSummary(Answer):
    version: int
    by: str
    at: float


class ScriptSummary(Answer):
    """``latest`` is the newest version, ``published`` the one that new calls begin with. ``queues`` go by
    it."""

    id: str
    name: str
    latest: ScriptVersionSummary
    published: int | None
    queues: list[str]


class ScriptList(Answer):
    items: list[ScriptSummary]


class ScriptSettings(ScriptSummary):
    """A script in its latest version, with what is wrong in that, and all its versions, the newest first."""

    document: ScriptDocument
    mistakes: list[ScriptMistake]
    versions: list[ScriptVersionSummary]


class ScriptVersionDetail(ScriptVersionSummary):
    script: str
    document: ScriptDocument


class ScriptForm(Request):
    """``base`` is the latest version that the author saw, 0 for a new script; when somebody saved another
    since, nothing is kept."""

    base: Revision
    document: ScriptDocument


class PublishForm(Request):
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class ScriptQueuesForm(Request):
    """All the queues that go by this script. One that went by another leaves that."""

    queues: Annotated[list[Code], Field(max_length=200)]


class ScriptCheckForm(Request):
    document: ScriptDocument


class ScriptPreviewForm(Request):
    """``fill`` is what to put in for placeholders, such as ``client.name``."""

    document: ScriptDocument
    answers: AnswerMap = Field(default={})
    language: Language = "ru"
    fill: Values = Field(default={})


class PreviewStep(Answer):
    step: str
    title: str
    text: str


class ScriptPreview(Answer):
    """The way that the answers lead. ``missing`` are required fields of the last step without an answer,
    ``wrong`` says by field which answers don't fit; ``ended``: the last step ends the script. ``broken`` is a
    step that a way leads to and that isn't there, or was come from already."""

    steps: list[PreviewStep]
    missing: list[str]
    wrong: dict[str, str]
    ended: bool
    broken: str | None


# --- papers of a call ---------------------------------------------------------------------------------


class CallScript(Answer):
    """The script of a call in the version it was begun with, and the answers so far. ``step`` is where the
    agent stands; ``by`` saved last. ``missing`` and ``ended`` are as in a preview."""

    script: str
    version: int
    document: ScriptDocument
    step: str
    answers: dict[str, Any]
    revision: int
    by: str
    at: float
    missing: list[str]
    ended: bool


class BegunScript(Answer):
    """``script`` null: calls of this queue go by none."""

    script: CallScript | None


class AnswersForm(Request):
    """All answers so far, as typed; those left out are no answers any more. ``revision`` is the one that the
    agent last saw."""

    too_large: ClassVar[str] = "an answer has at most 2000 characters"

    answers: AnswerMap
    step: Code
    revision: Revision


class AnswersSaved(Answer):
    revision: int


class NoteForm(Request):
    """What the agent has typed so far. ``callback_mine``: he calls back himself. ``revision`` is the one that
    he last saw, 0 for none."""

    too_large: ClassVar[str] = "a note has at most 4000 characters"

    text: Note = ""
    disposition: Code | None = None
    amount: Amount | None = None
    callback_at: Moment | None = None
    callback_mine: bool = False
    revision: Revision


class NoteSaved(Answer):
    revision: int
    at: float


class OwnNote(Answer):
    text: str
    disposition: str | None
    amount: str | None
    callback_at: float | None
    callback_mine: bool
    revision: int


class EarlierNote(Answer):
    """What another agent of the call noted, until ``at``."""

    agent: str
    agent_name: str
    text: str
    at: float


class CallNotes(Answer):
    """``own`` is the asking agent's."""

    own: OwnNote
    earlier: list[EarlierNote]


class Extension(Request):
    seconds: Annotated[int, Field(ge=1, le=3600)]


class NextInQueue(Answer):
    """``since`` is when the one who waits the longest came, ``value`` the name of his value class, ``client``
    his name where the queue shows it."""

    queue: str
    waiting: int
    since: float | None
    value: str | None
    client: str | None


class NextCalls(Answer):
    items: list[NextInQueue]
