"""The shapes in which the routing plan is sent and written in a plan file, and the whole plan as one
document.

A document mirrors the dataclass of ``routing.acd.model`` field by field and goes by its id in a table around
it. These models check shapes; whether what they name is there is for ``callcenter.people.check``.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, TypeAdapter, ValidationInfo
from pydantic_core import PydanticCustomError

from callcenter.flows.documents import EmergencyDocument, FlowDocument, HoursDocument
from callcenter.people.fields import (
    Code,
    Document,
    Login,
    Name,
    Numbers,
    Period,
    Priority,
    RingSeconds,
    Skill as SkillAtLevel,
    Skills,
    Weight,
    Worth,
)
from callcenter.people.rules import MOST_AT_ONCE, MOST_RINGS
from callcenter.people.views import Skill
from routing.acd.model import Agent, Preset, Preview, Queue, Scoring, Strategy, Team, ValueClass, Work
from routing.ids import QueueId, SkillId, TeamId

Codes = Annotated[list[Code], Field(max_length=200)]
AtOnce = Annotated[int, Field(ge=1, le=MOST_AT_ONCE)]


_USUAL = Scoring()


class RingSettings(Document):
    """From ``after`` seconds of waiting on, agents who meet ``required`` are offered the call, too."""

    after: Period
    required: Skills = Field(default=[])


class ScoringSettings(Document):
    """The terms of the score; ``GET /presets`` explains each. ``longest_wait`` is seconds, 0 for none."""

    need: Weight = _USUAL.need
    promise: Weight = _USUAL.promise
    ageing: Weight = _USUAL.ageing
    spare: Weight = _USUAL.spare
    skill: Weight = _USUAL.skill
    longest_wait: Period = _USUAL.longest_wait


Rings = Annotated[list[RingSettings], Field(max_length=MOST_RINGS)]


def _counts(scoring: ScoringSettings | None, info: ValidationInfo) -> ScoringSettings | None:
    """A scoring beside another preset would be kept and change nothing."""
    if scoring is not None and info.data.get("preset", Preset.CUSTOM) is not Preset.CUSTOM:
        remedy = 'Set the preset to "custom", or leave scoring out'
        raise PydanticCustomError(
            "scoring_unused", 'counts with the preset "custom" alone', {"remedy": remedy}
        )
    return scoring


OwnScoring = Annotated[ScoringSettings | None, AfterValidator(_counts)]
"""Stands after ``preset``, with which it is judged; null is the usual settings where that is ``custom``."""


class SkillDocument(Document):
    ru: Name
    en: Name


class QueueDocument(Document):
    """``scoring`` is given with the preset ``custom`` alone. ``most_at_once`` null is no bound.
    ``wrap_up_longest``: how long a wrap-up may last in all when the agent extends it, 0 for not at all."""

    name: Name
    numbers: Numbers = Field(default=[])
    required: Skills = Field(default=[])
    priority: Priority = 0
    ring_seconds: RingSeconds = 20
    wrap_up_seconds: Period = 30
    service_level_seconds: Period = 20
    short_abandon_seconds: Period = 5
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


class TeamDocument(Document):
    name: Name
    queues: Codes = Field(default=[])


class QueueWeightSettings(Document):
    queue: Code
    weight: Worth


class AgentDocument(Document):
    """What an agent serves and how. ``work`` are the channels of work that he takes."""

    queues: Codes = Field(default=[])
    skills: Skills = Field(default=[])
    team: Code | None = None
    weights: Annotated[list[QueueWeightSettings], Field(max_length=200)] = Field(default=[])
    work: Annotated[list[Work], Field(max_length=len(Work))] = Field(default=list(Work))


class ValueDocument(Document):
    name: Name
    value: Worth


class PlanDocument(Document):
    """Everything that routing is configured with. ``default_queue`` takes calls to numbers that nothing
    names."""

    default_queue: Code | None = None
    skills: dict[Code, SkillDocument] = Field(default={})
    queues: dict[Code, QueueDocument] = Field(default={})
    teams: dict[Code, TeamDocument] = Field(default={})
    agents: dict[Login, AgentDocument] = Field(default={})
    values: dict[Code, ValueDocument] = Field(default={})
    flows: dict[Code, FlowDocument] = Field(default={})
    hours: dict[Code, HoursDocument] = Field(default={})
    emergency: EmergencyDocument = Field(default=EmergencyDocument())


_QUEUE = TypeAdapter(Queue)
_AGENT = TypeAdapter(Agent)


def skill_of(name: str, document: SkillDocument) -> Skill:
    return Skill(SkillId(name), document.ru, document.en)


def skill_document(skill: Skill) -> SkillDocument:
    return SkillDocument(ru=skill.ru, en=skill.en)


def queue_of(name: str, document: QueueDocument) -> Queue:
    """The queue that ``document`` describes; numbers given twice count once."""
    fields = document.model_dump()
    fields["numbers"] = list(dict.fromkeys(fields["numbers"]))
    if fields["scoring"] is None:
        del fields["scoring"]
    return _QUEUE.validate_python({"id": name, **fields})


def queue_document(queue: Queue) -> QueueDocument:
    """The inverse of ``queue_of``; what has no order of its own is sorted, as the database gives it."""
    fields = _QUEUE.dump_python(queue, exclude={"id"})
    if queue.preset is not Preset.CUSTOM:
        fields["scoring"] = None
    document = QueueDocument.model_validate(fields)
    document.numbers.sort()
    document.required.sort(key=_by_skill)
    document.preferred.sort(key=_by_skill)
    return document


def team_of(name: str, document: TeamDocument) -> Team:
    return Team(
        TeamId(name), document.name, tuple(QueueId(queue) for queue in dict.fromkeys(document.queues))
    )


def team_document(team: Team) -> TeamDocument:
    return TeamDocument(name=team.name, queues=[str(queue) for queue in team.queues])


def agent_of(agent: Agent, document: AgentDocument) -> Agent:
    """``agent`` with the routing that ``document`` describes; his name and station stay."""
    fields = document.model_dump()
    fields["queues"] = list(dict.fromkeys(fields["queues"]))
    fields["work"] = list(dict.fromkeys(fields["work"]))
    return _AGENT.validate_python({"id": agent.id, "name": agent.name, "station": agent.station, **fields})


def agent_document(agent: Agent) -> AgentDocument:
    """The routing of an agent; what has no order of its own is sorted, as the database gives it."""
    document = AgentDocument.model_validate(agent)
    document.skills.sort(key=_by_skill)
    document.weights.sort(key=lambda weight: weight.queue)
    document.work.sort(key=list(Work).index)
    return document


def _by_skill(held: SkillAtLevel) -> str:
    return held.skill


def value_of(name: str, document: ValueDocument) -> ValueClass:
    return ValueClass(name, document.name, document.value)


def value_document(value: ValueClass) -> ValueDocument:
    return ValueDocument(name=value.name, value=value.value)
