"""The shape of a scenario file. What is configured (queues, skills, teams, agents, values) looks as in a plan
file; beside it stand who calls, and who works when. docs/what-if.md explains it for people."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field

from callcenter.people.documents import (
    AgentDocument,
    PlanDocument,
    QueueDocument,
    SkillDocument,
    TeamDocument,
    ValueDocument,
)
from callcenter.people.fields import Code, Document, Login, Name
from callcenter.whatif.mistakes import CLOCK

Clock: TypeAlias = Annotated[str, Field(pattern=CLOCK)]
Seconds: TypeAlias = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
SomeSeconds: TypeAlias = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Spread: TypeAlias = Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)]
PerHour: TypeAlias = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
FileName: TypeAlias = Annotated[str, Field(min_length=1, max_length=4096)]
"""Relative to the folder of the scenario."""


class _Scenario(Document):
    model_config = ConfigDict(extra="forbid", strict=True)


class ExponentialDocument(_Scenario):
    distribution: Literal["exponential"]
    mean: Seconds


class SpreadDocument(_Scenario):
    """``cv`` is the standard deviation over the mean."""

    distribution: Literal["lognormal", "gamma"]
    mean: Seconds
    cv: Spread


class ConstantDocument(_Scenario):
    distribution: Literal["constant"]
    mean: SomeSeconds


class EmpiricalDocument(_Scenario):
    """``values`` in seconds, or the ``file`` that has one a line (its ``column``, where it has several)."""

    distribution: Literal["empirical"]
    values: Annotated[list[SomeSeconds], Field(min_length=1, max_length=1_000_000)] | None = None
    file: FileName | None = None
    column: str | None = None


class NeverDocument(_Scenario):
    distribution: Literal["never"]


Lasting: TypeAlias = Annotated[
    ExponentialDocument | SpreadDocument | ConstantDocument | EmpiricalDocument,
    Field(discriminator="distribution"),
]
Patience: TypeAlias = Annotated[
    ExponentialDocument | SpreadDocument | ConstantDocument | EmpiricalDocument | NeverDocument,
    Field(discriminator="distribution"),
]


class Interval(_Scenario):
    from_: Clock = Field(alias="from")
    until: Clock


class Arrivals(Interval):
    per_hour: PerHour


class CallsDocument(_Scenario):
    """``per_hour`` all the time, or ``arrivals`` by interval; none of both for recorded calls alone.
    ``client`` names the value class of these callers."""

    queue: Code
    per_hour: PerHour | None = None
    arrivals: Annotated[list[Arrivals], Field(max_length=1_000)] = Field(default=[])
    handle: Lasting
    patience: Patience
    client: Code | None = None


class CrewDocument(AgentDocument):
    """``count`` agents alike: ``<crew>-1``, ``<crew>-2`` and so on."""

    count: Annotated[int, Field(ge=1, le=10_000)]


class ShiftDocument(Interval):
    agents: Annotated[list[Login], Field(max_length=10_000)] = Field(default=[])
    crews: Annotated[list[Code], Field(max_length=1_000)] = Field(default=[])
    pauses: Annotated[list[Interval], Field(max_length=50)] = Field(default=[])


class HabitsDocument(_Scenario):
    answer: Lasting | None = None
    declines: Share = 0.0
    rest: SomeSeconds = 5.0
    pauses_per_hour: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = 0.0
    pause: Lasting | None = None


class ScenarioDocument(_Scenario):
    """``plan`` is a plan file, or ``database``; without it the plan stands in the scenario itself."""

    model_config = ConfigDict(extra="forbid")

    name: Name = "scenario"
    plan: FileName | None = None
    from_: Clock = Field(alias="from", default="09:00")
    until: Clock = "18:00"
    warm_up_minutes: Annotated[float, Field(ge=0, le=2880, allow_inf_nan=False)] = 0.0
    replications: Annotated[int, Field(ge=1, le=10_000)] = 20
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    ledger: FileName | None = None
    calls: Annotated[dict[Code, CallsDocument], Field(min_length=1)]
    crews: dict[Code, CrewDocument] = Field(default={})
    shifts: dict[Code, ShiftDocument] = Field(default={})
    habits: HabitsDocument = Field(default=HabitsDocument())
    default_queue: Code | None = None
    skills: dict[Code, SkillDocument] = Field(default={})
    queues: dict[Code, QueueDocument] = Field(default={})
    teams: dict[Code, TeamDocument] = Field(default={})
    agents: dict[Login, AgentDocument] = Field(default={})
    values: dict[Code, ValueDocument] = Field(default={})

    def plan_document(self) -> PlanDocument:
        """The plan that stands in the scenario itself."""
        return PlanDocument(
            default_queue=self.default_queue,
            skills=self.skills,
            queues=self.queues,
            teams=self.teams,
            agents=self.agents,
            values=self.values,
        )
