"""The shapes of the routing plan: queues, skills, teams, the agents' routing, value classes, presets; and of
the site's words. Flows are in ``flow_schemas``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from callcenter.people.documents import (
    AtOnce,
    Codes,
    OwnScoring,
    QueueWeightSettings,
    Rings,
    RingSettings,
    ScoringSettings,
    TeamDocument,
    ValueDocument,
)
from callcenter.people.fields import Numbers, RingSeconds, Skill, Skills, Worth
from callcenter.people.rules import MOST_WORDS
from callcenter.people.views import Ask
from callcenter.web.fields import Answer, Code, Login, Name, Period, Priority, Request, Revision
from callcenter.web.schemas import DispositionChoice, PauseReasonChoice
from routing.acd.model import Preset, Preview, Strategy, Work

# --- queues and skills --------------------------------------------------------------------------------


class QueuePath(Request):
    queue: Code


class QueueSettings(Answer):
    """``takes_unknown``: calls to numbers that no queue names come here. ``scoring`` is null but with the
    preset ``custom``."""

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
    value: float
    rings: list[RingSettings]
    preferred: list[Skill]
    preferred_patience: int
    strategy: Strategy
    preset: Preset
    scoring: ScoringSettings | None
    most_at_once: int | None
    record: bool
    auto_answer: bool
    wrap_up_longest: int
    preview_next: Preview


class QueueList(Answer):
    items: list[QueueSettings]


class QueueForm(Request):
    """The whole queue; of the settings after ``short_abandon_seconds``, those left out stay as they are.
    ``scoring`` is given with the preset ``custom`` alone, and goes with it. ``takes_unknown`` makes it the
    default queue in place of another; false leaves that as it is, since some queue must be it."""

    name: Name
    numbers: Numbers
    required: Skills
    priority: Priority
    ring_seconds: RingSeconds
    wrap_up_seconds: Period
    service_level_seconds: Period
    short_abandon_seconds: Period
    takes_unknown: bool = False
    value: Worth = 1.0
    rings: Rings = Field(default=[])
    preferred: Skills = Field(default=[])
    preferred_patience: Period = 0
    strategy: Strategy = Strategy.LEAST_OCCUPIED
    preset: Preset = Preset.BALANCED
    scoring: ScoringSettings | None = None
    most_at_once: AtOnce | None = None
    record: bool = False
    auto_answer: bool = False
    wrap_up_longest: Period = 0
    preview_next: Preview = Preview.NO


class NewQueueForm(Request):
    """``takes_unknown`` only where no queue was made the default yet; ``PUT`` moves it."""

    id: Code
    name: Name
    numbers: Numbers = Field(default=[])
    required: Skills = Field(default=[])
    priority: Priority = 0
    ring_seconds: RingSeconds = 20
    wrap_up_seconds: Period = 30
    service_level_seconds: Period = 20
    short_abandon_seconds: Period = 5
    takes_unknown: bool = False
    value: Worth = 1.0
    rings: Rings = Field(default=[])
    preferred: Skills = Field(default=[])
    preferred_patience: Period = 0
    strategy: Strategy = Strategy.LEAST_OCCUPIED
    preset: Preset = Preset.BALANCED
    scoring: OwnScoring = None
    most_at_once: AtOnce | None = None
    record: bool = False
    auto_answer: bool = False
    wrap_up_longest: Period = 0
    preview_next: Preview = Preview.NO


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


class PresetChoice(Answer):
    """A ready setting of the score; ``use`` says in English when to take it. For ``custom``, ``scoring`` is
    where a queue of one's own settings begins."""

    id: Preset
    use: str
    scoring: ScoringSettings


class ScoringTerm(Answer):
    """One setting of the score, explained in English."""

    id: str
    meaning: str


class PresetList(Answer):
    items: list[PresetChoice]
    terms: list[ScoringTerm]


# --- teams, agents, value classes ---------------------------------------------------------------------


class TeamPath(Request):
    team: Code


class TeamSettings(TeamDocument):
    """Members serve the team's queues besides their own."""

    id: Code


class TeamList(Answer):
    items: list[TeamSettings]


class AgentRoutingPath(Request):
    agent: Login


class AgentRouting(Answer):
    """What an agent serves, and how. ``active`` is false for someone who may not sign in."""

    agent: str
    name: str
    station: str
    active: bool
    queues: list[str]
    skills: list[Skill]
    team: str | None
    weights: list[QueueWeightSettings]
    work: list[Work]


class AgentRoutingList(Answer):
    items: list[AgentRouting]


class AgentRoutingForm(Request):
    """Fields left out stay as they are; ``team`` null takes the agent out of his team."""

    queues: Codes = Field(default=[])
    skills: Skills = Field(default=[])
    team: Code | None = None
    weights: Annotated[list[QueueWeightSettings], Field(max_length=200)] = Field(default=[])
    work: Annotated[list[Work], Field(max_length=len(Work))] = Field(default=list(Work))


class ValuePath(Request):
    value: Code


class ValueSettings(ValueDocument):
    """``id`` is the client's rank as the CRM has it."""

    id: Code


class ValueList(Answer):
    items: list[ValueSettings]


# --- words --------------------------------------------------------------------------------------------


class PauseReasonForm(Request):
    code: Code
    ru: Name
    en: Name


class PauseReasonsForm(Request):
    """All of them, in the order they are offered. ``base`` is the version that the author saw; when somebody
    saved another meanwhile, nothing is changed (409)."""

    base: Revision
    items: Annotated[list[PauseReasonForm], Field(max_length=MOST_WORDS)]


class PauseReasonList(Answer):
    version: int
    items: list[PauseReasonChoice]


class DispositionForm(Request):
    """``queues`` empty means every queue. ``parent`` is the group it is in; one that is another's parent is a
    group. ``answers`` are fields of the call's script."""

    code: Code
    ru: Name
    en: Name
    queues: list[Code] = Field(default=[], max_length=100)
    note_required: bool = False
    parent: Code | None = None
    callback: Ask = Ask.NO
    amount: Ask = Ask.NO
    answers: list[Code] = Field(default=[], max_length=20)


class DispositionsForm(Request):
    """All of them, in the order they are offered. Every queue must be left with one, or its wrap-ups could
    not be closed. ``base`` as with pause reasons."""

    base: Revision
    items: Annotated[list[DispositionForm], Field(min_length=1, max_length=MOST_WORDS)]


class DispositionList(Answer):
    version: int
    items: list[DispositionChoice]
