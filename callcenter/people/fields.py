"""The kinds of fields that people and the plan are described by, for the API and for plan files alike."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from callcenter.people.rules import (
    CODE,
    DIALLED,
    HIGHEST_LEVEL,
    LARGEST_PRIORITY,
    LARGEST_WEIGHT,
    LOGIN,
    LONGEST_NAME,
    LONGEST_PERIOD,
    STATION,
    Shape,
    has_control_characters,
)


def printable(text: str) -> str:
    if has_control_characters(text):
        raise PydanticCustomError("control_characters", "Control characters are not allowed")
    return text


def one_line(text: str) -> str:
    text = printable(text.strip())
    if len(text.splitlines()) > 1:
        raise PydanticCustomError("several_lines", "Must be a single line")
    return text


def _not_blank(text: str) -> str:
    text = one_line(text)
    if not text:
        raise PydanticCustomError("blank", "Must not be blank")
    return text


def _shaped(shape: Shape) -> Any:
    """As the one place for names has it (``callcenter.people.rules``)."""
    return Field(min_length=1, max_length=shape.longest, pattern=f"^{shape.pattern}$")


Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_not_blank)]
Code = Annotated[str, _shaped(CODE)]
"""A name for programs: of a queue, a skill, a flow, a step, a prompt, a disposition."""
Login = Annotated[str, _shaped(LOGIN)]
Station = Annotated[str, _shaped(STATION)]
Dialled = Annotated[str, _shaped(DIALLED)]
"""A number as callers dial it and Asterisk gets it."""
Numbers = Annotated[list[Dialled], Field(max_length=100)]
Priority = Annotated[int, Field(ge=-LARGEST_PRIORITY, le=LARGEST_PRIORITY)]
Period = Annotated[int, Field(ge=0, le=LONGEST_PERIOD)]
"""Whole seconds."""
RingSeconds = Annotated[int, Field(ge=1, le=LONGEST_PERIOD)]
Weight = Annotated[float, Field(ge=0, le=LARGEST_WEIGHT, allow_inf_nan=False)]
"""How much a term of the score counts."""
Worth = Annotated[float, Field(gt=0, le=LARGEST_WEIGHT, allow_inf_nan=False)]
"""What losing a call costs, or how an agent leans to a queue; 1 is usual."""


class Skill(BaseModel):
    """``level`` is held by an agent, or least required by a queue."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")

    skill: Code
    level: Annotated[int, Field(ge=1, le=HIGHEST_LEVEL)]


Skills = Annotated[list[Skill], Field(max_length=100)]


class Document(BaseModel):
    """The base of what is both kept and sent; a typing mistake in a name is told and not ignored."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")
