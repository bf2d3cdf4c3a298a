"""The shapes in which flows, opening hours and the emergency closing are kept, sent and written in a plan
file: the same in the database, in the API and in TOML.

A document mirrors the dataclass of ``routing.flows.model`` field by field; what differs is that it goes by
its id in a table around it, that a step says in ``do`` what it does, and that times of day are ``HH:MM``.
These models check shapes; whether steps lead somewhere is for ``routing.flows.check``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from callcenter.people.fields import Code, Dialled, Document, Name, Numbers, Period, Skills
from routing.flows import model
from routing.flows.model import OverflowKind
from routing.ids import FlowId, HoursId, PromptId, StepId

Seconds = Annotated[int, Field(ge=1, le=60)]
"""How long to wait for a key."""
Attempts = Annotated[int, Field(ge=1, le=10)]
Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]
LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$", max_length=8)]
"""A language as Asterisk names a folder of recordings: ``ru``, ``en``, ``en_GB``."""
TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
"""``HH:MM``, local; ``24:00`` is the end of the day."""
Day = Annotated[int, Field(ge=1, le=7)]
"""An ISO weekday: 1 is Monday."""


# --- steps --------------------------------------------------------------------------------------------


class SayStep(Document):
    do: Literal["say"]
    prompt: Code
    next: Code


class MenuChoice(Document):
    key: Key
    next: Code


class MenuStep(Document):
    """``choices`` are checked in ``routing.flows.check``: each key once."""

    do: Literal["menu"]
    prompt: Code
    choices: Annotated[list[MenuChoice], Field(min_length=1, max_length=20)]
    otherwise: Code
    seconds: Seconds = 5
    attempts: Attempts = 3


class AskNumberStep(Document):
    do: Literal["ask_number"]
    prompt: Code
    found: Code
    otherwise: Code
    most_digits: Annotated[int, Field(ge=1, le=32)] = 12
    seconds: Seconds = 5
    attempts: Attempts = 2


class SetLanguageStep(Document):
    do: Literal["set_language"]
    language: LanguageTag
    next: Code
    wanted: Skills = Field(default=[])
    patience: Period = 60


class IfOpenStep(Document):
    do: Literal["if_open"]
    hours: Code
    open: Code
    closed: Code


class IfKnownStep(Document):
    do: Literal["if_known"]
    known: Code
    unknown: Code


class ValueBranchChoice(Document):
    value: Code
    next: Code


class ByValueStep(Document):
    do: Literal["by_value"]
    branches: Annotated[list[ValueBranchChoice], Field(min_length=1, max_length=50)]
    otherwise: Code


class OverflowRule(Document):
    """``limit`` is seconds or calls, as ``kind`` says."""

    kind: OverflowKind
    limit: Period = 0
    next: Code


class AnnouncementSettings(Document):
    """``every`` 0 announces once. A ``callback_key`` needs the step's ``callback``."""

    first: Period = 20
    every: Period = 60
    prompt: Code | None = None
    position: bool = True
    expected_wait: bool = True
    callback_key: Key | None = None


class EnqueueStep(Document):
    do: Literal["enqueue"]
    queue: Code
    overflow: Annotated[list[OverflowRule], Field(max_length=20)] = Field(default=[])
    announcements: AnnouncementSettings | None = None
    music: Code | None = None
    callback: Code | None = None


class OfferCallbackStep(Document):
    do: Literal["offer_callback"]
    queue: Code
    prompt: Code
    declined: Code


class VoicemailStep(Document):
    do: Literal["voicemail"]
    queue: Code
    prompt: Code
    seconds: Annotated[int, Field(ge=5, le=1800)] = 120


class CallOutStep(Document):
    do: Literal["call_out"]
    number: Dialled
    otherwise: Code
    seconds: Annotated[int, Field(ge=5, le=300)] = 30


class JumpStep(Document):
    do: Literal["jump"]
    flow: Code


class HangUpStep(Document):
    do: Literal["hang_up"]
    prompt: Code | None = None


StepDocument: TypeAlias = Annotated[
    SayStep
    | MenuStep
    | AskNumberStep
    | SetLanguageStep
    | IfOpenStep
    | IfKnownStep
    | ByValueStep
    | EnqueueStep
    | OfferCallbackStep
    | VoicemailStep
    | CallOutStep
    | JumpStep
    | HangUpStep,
    Field(discriminator="do"),
]


# --- what a site has ----------------------------------------------------------------------------------


class FlowDocument(Document):
    """``steps`` by their names, ``start`` is one of them. ``numbers`` are the dialled numbers that lead
    here."""

    name: Name
    numbers: Numbers = Field(default=[])
    start: Code
    language: LanguageTag = "ru"
    steps: Annotated[dict[Code, StepDocument], Field(min_length=1, max_length=200)]


class OpenTimes(Document):
    """A span that closes at or before it opens ends on the next day."""

    days: Annotated[list[Day], Field(min_length=1, max_length=7)]
    opens: TimeOfDay
    closes: TimeOfDay


class ExceptionTimes(Document):
    opens: TimeOfDay
    closes: TimeOfDay


class ExceptionDay(Document):
    """This date is as it says; without ``spans`` it is closed."""

    date: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    name: Annotated[str, Field(max_length=200)] = ""
    spans: Annotated[list[ExceptionTimes], Field(max_length=10)] = Field(default=[])


class HoursDocument(Document):
    """``zone`` is an IANA time zone; ``holidays`` a country, with a subdivision where there are any
    (``RU``, ``DE-BY``), on whose public holidays it is closed."""

    name: Name
    zone: Annotated[str, Field(min_length=1, max_length=64)]
    spans: Annotated[list[OpenTimes], Field(max_length=50)] = Field(default=[])
    holidays: Annotated[str, Field(pattern=r"^([A-Z]{2}(-[A-Z0-9]{1,6})?)?$")] = ""
    exceptions: Annotated[list[ExceptionDay], Field(max_length=400)] = Field(default=[])


class EmergencyDocument(Document):
    """``active`` closes ``flows``, or all of them when none is named, at once; callers hear ``prompt``, if
    there is one, and the call ends."""

    active: bool = False
    prompt: Code | None = None
    flows: Annotated[list[Code], Field(max_length=200)] = Field(default=[])


# --- documents and the model --------------------------------------------------------------------------

_STEPS: Mapping[str, TypeAdapter[Any]] = {
    "say": TypeAdapter(model.Say),
    "menu": TypeAdapter(model.Menu),
    "ask_number": TypeAdapter(model.AskNumber),
    "set_language": TypeAdapter(model.SetLanguage),
    "if_open": TypeAdapter(model.IfOpen),
    "if_known": TypeAdapter(model.IfKnown),
    "by_value": TypeAdapter(model.ByValue),
    "enqueue": TypeAdapter(model.Enqueue),
    "offer_callback": TypeAdapter(model.OfferCallback),
    "voicemail": TypeAdapter(model.Voicemail),
    "call_out": TypeAdapter(model.CallOut),
    "jump": TypeAdapter(model.Jump),
    "hang_up": TypeAdapter(model.HangUp),
}
_DOES: Mapping[type, str] = {
    model.Say: "say",
    model.Menu: "menu",
    model.AskNumber: "ask_number",
    model.SetLanguage: "set_language",
    model.IfOpen: "if_open",
    model.IfKnown: "if_known",
    model.ByValue: "by_value",
    model.Enqueue: "enqueue",
    model.OfferCallback: "offer_callback",
    model.Voicemail: "voicemail",
    model.CallOut: "call_out",
    model.Jump: "jump",
    model.HangUp: "hang_up",
}


def flow_of(name: str, document: FlowDocument) -> model.Flow:
    """The flow that ``document`` describes."""
    steps: list[model.Step] = []
    for step, part in document.steps.items():
        fields = part.model_dump()
        steps.append(_STEPS[fields.pop("do")].validate_python({"id": step, **fields}))
    return model.Flow(
        FlowId(name),
        document.name,
        tuple(document.numbers),
        StepId(document.start),
        tuple(steps),
        document.language,
    )


def flow_document(flow: model.Flow) -> FlowDocument:
    """The inverse of ``flow_of``."""
    steps = {}
    for step in flow.steps:
        does = _DOES[type(step)]
        fields = _STEPS[does].dump_python(step, mode="json")
        name = fields.pop("id")
        steps[name] = {"do": does, **fields}
    return FlowDocument.model_validate(
        {
            "name": flow.name,
            "numbers": list(flow.numbers),
            "start": flow.start,
            "language": flow.language,
            "steps": steps,
        }
    )


def hours_of(name: str, document: HoursDocument) -> model.Hours:
    """The opening hours that ``document`` describes."""
    return model.Hours(
        HoursId(name),
        document.name,
        document.zone,
        tuple(
            model.OpenSpan(tuple(span.days), _minutes(span.opens), _minutes(span.closes))
            for span in document.spans
        ),
        document.holidays,
        tuple(
            model.DayException(
                day.date,
                day.name,
                tuple((_minutes(span.opens), _minutes(span.closes)) for span in day.spans),
            )
            for day in document.exceptions
        ),
    )


def hours_document(hours: model.Hours) -> HoursDocument:
    """The inverse of ``hours_of``."""
    return HoursDocument(
        name=hours.name,
        zone=hours.zone,
        spans=[
            OpenTimes(days=list(span.days), opens=_clock(span.opens), closes=_clock(span.closes))
            for span in hours.spans
        ],
        holidays=hours.holidays,
        exceptions=[
            ExceptionDay(
                date=day.date,
                name=day.name,
                spans=[
                    ExceptionTimes(opens=_clock(opens), closes=_clock(closes)) for opens, closes in day.spans
                ],
            )
            for day in hours.exceptions
        ],
    )


def emergency_of(document: EmergencyDocument) -> model.Emergency:
    """The emergency closing that ``document`` describes."""
    prompt = None if document.prompt is None else PromptId(document.prompt)
    return model.Emergency(document.active, prompt, tuple(map(FlowId, document.flows)))


def emergency_document(emergency: model.Emergency) -> EmergencyDocument:
    """The inverse of ``emergency_of``."""
    return EmergencyDocument(
        active=emergency.active, prompt=emergency.prompt, flows=[str(flow) for flow in emergency.flows]
    )


def place_of(location: Sequence[str | int]) -> str:
    """Where pydantic found a mistake, with dots, without the tag that it adds to a step's place
    (``steps.welcome.say.prompt`` is ``steps.welcome.prompt``)."""
    parts = [str(part) for part in location]
    for index, part in enumerate(parts):
        if part == "steps" and index + 2 < len(parts) and parts[index + 2] in _STEPS:
            del parts[index + 2]
            break
    return ".".join(parts)


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
