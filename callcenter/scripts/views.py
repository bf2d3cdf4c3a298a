"""What the stores of scripts, answers and notes give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callcenter.scripts.documents import ScriptDocument
from routing.ids import AgentId, CallId, QueueId


@dataclass(frozen=True, slots=True)
class SavedVersion:
    """``at`` in UTC epoch seconds."""

    version: int
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class SavedScript:
    """``latest`` is its newest version, ``published`` the one that new calls begin with."""

    id: str
    name: str
    latest: SavedVersion
    published: int | None
    queues: tuple[QueueId, ...]


@dataclass(frozen=True, slots=True)
class ScriptVersion:
    script: str
    version: int
    document: ScriptDocument
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class CallScript:
    """The script of a call, in the version it was begun with. ``step`` is where the agent stands, ``by`` who
    saved last. ``answers`` are as JSON has them."""

    call: CallId
    script: str
    version: int
    document: ScriptDocument
    step: str
    answers: Mapping[str, Any]
    revision: int
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class NoteWish:
    """What an agent has typed about a call so far: the note, and how he is about to close it.
    ``callback_mine``: he calls back himself."""

    text: str = ""
    disposition: str | None = None
    amount: str | None = None
    callback_at: float | None = None
    callback_mine: bool = False


@dataclass(frozen=True, slots=True)
class CallNote:
    call: CallId
    agent: AgentId
    wish: NoteWish
    revision: int
    at: float
