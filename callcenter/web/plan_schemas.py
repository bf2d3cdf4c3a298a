"""The shapes of what administrators set: queues, skills, pause reasons, dispositions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from callcenter.people.rules import LONGEST_PERIOD, MOST_WORDS
from callcenter.web.fields import Answer, Code, Dialled, Name, Period, Priority, Request
from callcenter.web.schemas import DispositionChoice, PauseReasonChoice, Skill

RingSeconds = Annotated[int, Field(ge=1, le=LONGEST_PERIOD)]
Numbers = Annotated[list[Dialled], Field(max_length=100)]
Required = Annotated[list[Skill], Field(max_length=100)]

# --- queues and skills --------------------------------------------------------------------------------


class QueuePath(Request):
    queue: Code


class QueueSettings(Answer):
    """``takes_unknown``: calls to numbers that no queue names come here."""

    id: str
    name: str
    numbers: list[str]
    required: list[Skill]
    priority: int
    ring_seconds: int
    wrap_up_seconds: int
    service_level_seconds: int
    short_abandon_seconds: int
    takes_unknown: bool


class QueueList(Answer):
    items: list[QueueSettings]


class QueueForm(Request):
    """The whole queue. ``takes_unknown`` makes it the default queue in place of another; false leaves that
    as it is, since some queue must be it."""

    name: Name
    numbers: Numbers
    required: Required
    priority: Priority
    ring_seconds: RingSeconds
    wrap_up_seconds: Period
    service_level_seconds: Period
    short_abandon_seconds: Period
    takes_unknown: bool = False


class NewQueueForm(Request):
    """``takes_unknown`` only where no queue was made the default yet; ``PUT`` moves it."""

    id: Code
    name: Name
    numbers: Numbers = Field(default=[])
    required: Required = Field(default=[])
    priority: Priority = 0
    ring_seconds: RingSeconds = 20
    wrap_up_seconds: Period = 30
    service_level_seconds: Period = 20
    short_abandon_seconds: Period = 5
    takes_unknown: bool = False


class SkillPath(Request):
    skill: Code


class SkillForm(Request):
    ru: Name
    en: Name


class SkillChoice(Answer):
    """A skill that queues may require and agents may hold."""

    id: str
    ru: str
    en: str


class SkillList(Answer):
    items: list[SkillChoice]


# --- words --------------------------------------------------------------------------------------------


class PauseReasonForm(Request):
    code: Code
    ru: Name
    en: Name


class PauseReasonsForm(Request):
    """All of them, in the order they are offered."""

    items: Annotated[list[PauseReasonForm], Field(max_length=MOST_WORDS)]


class PauseReasonList(Answer):
    items: list[PauseReasonChoice]


class DispositionForm(Request):
    """``queues`` empty means every queue."""

    code: Code
    ru: Name
    en: Name
    queues: list[Code] = Field(default=[], max_length=100)
    note_required: bool = False


class DispositionsForm(Request):
    """All of them, in the order they are offered. Every queue must be left with one, or its wrap-ups could
    not be closed."""

    items: Annotated[list[DispositionForm], Field(min_length=1, max_length=MOST_WORDS)]


class DispositionList(Answer):
    items: list[DispositionChoice]
