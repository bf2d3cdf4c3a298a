"""What the people's stores take and give."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from routing.acd.model import SkillLevel
from routing.ids import AgentId, QueueId, SkillId, StationId


class Role(StrEnum):
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    CAMPAIGN_MANAGER = "campaign_manager"
    ADMINISTRATOR = "administrator"


class Language(StrEnum):
    RU = "ru"
    EN = "en"


@dataclass(frozen=True, slots=True)
class User:
    """Someone who may sign in. With a ``station`` the user is an agent too, whose ``AgentId`` is the
    login."""

    login: str
    name: str
    role: Role
    language: Language
    active: bool
    station: StationId | None
    queues: tuple[QueueId, ...]
    skills: tuple[SkillLevel, ...]

    @property
    def agent(self) -> AgentId | None:
        return AgentId(self.login) if self.station is not None else None


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What to change of a user; ``None`` leaves a field as it is, and ``station=""`` takes the phone, the
    queues and the skills away."""

    name: str | None = None
    role: Role | None = None
    language: Language | None = None
    active: bool | None = None
    station: str | None = None
    queues: tuple[QueueId, ...] | None = None
    skills: tuple[SkillLevel, ...] | None = None
    password_hash: str | None = None


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A signed-in browser. ``id`` is a hash of the cookie's token. Times are epoch seconds."""

    id: str
    login: str
    created_at: float
    seen_at: float


class Ask(StrEnum):
    """Whether a disposition's form asks for something."""

    NO = "no"
    OFFERED = "offered"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Skill:
    id: SkillId
    ru: str
    en: str


@dataclass(frozen=True, slots=True)
class WordVersions:
    """Of the list of pause reasons, and of that of dispositions: each grows whenever its list is set."""

    pause_reasons: int
    dispositions: int


@dataclass(frozen=True, slots=True)
class PauseReason:
    code: str
    ru: str
    en: str


@dataclass(frozen=True, slots=True)
class Disposition:
    """An outcome code. No ``queues`` means every queue. One that others name as their ``parent`` is a group:
    it is gone through and never chosen, and in a queue where the group isn't offered nothing in it is.
    ``callback`` asks for a promised time, ``amount`` for a sum of money, ``answers`` names fields of the
    call's script that must be answered."""

    code: str
    ru: str
    en: str
    queues: tuple[QueueId, ...]
    note_required: bool
    parent: str | None = None
    callback: Ask = Ask.NO
    amount: Ask = Ask.NO
    answers: tuple[str, ...] = ()
