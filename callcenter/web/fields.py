"""The kinds of fields that the API takes, and the two bases of its messages."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from callcenter.people.rules import (
    CODE,
    DIALLED,
    LARGEST_PRIORITY,
    LOGIN,
    LONGEST_NAME,
    LONGEST_PASSWORD,
    LONGEST_PERIOD,
    SHORTEST_PASSWORD,
    STATION,
    Shape,
    has_control_characters,
)

LARGEST_ID = 2**63 - 1


def _printable(text: str) -> str:
    if has_control_characters(text):
        raise PydanticCustomError("control_characters", "Control characters are not allowed")
    return text


def _one_line(text: str) -> str:
    text = _printable(text.strip())
    if "\n" in text or "\r" in text:
        raise PydanticCustomError("several_lines", "Must be a single line")
    return text


def _not_blank(text: str) -> str:
    text = _one_line(text)
    if not text:
        raise PydanticCustomError("blank", "Must not be blank")
    return text


def _shaped(shape: Shape) -> Any:
    """As the one place for names has it (``callcenter.people.rules``)."""
    return Field(min_length=1, max_length=shape.longest, pattern=f"^{shape.pattern}$")


Line = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
"""One line of text, without surrounding space."""
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_not_blank)]
Note = Annotated[str, Field(max_length=4000), AfterValidator(_printable)]
Code = Annotated[str, _shaped(CODE)]
"""A name for programs: of a queue, a skill, a pause reason, a disposition."""
Login = Annotated[str, _shaped(LOGIN)]
Station = Annotated[str, _shaped(STATION)]
Dialled = Annotated[str, _shaped(DIALLED)]
"""A number as callers dial it and Asterisk gets it."""
Password = Annotated[str, Field(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]
Priority = Annotated[int, Field(ge=-LARGEST_PRIORITY, le=LARGEST_PRIORITY)]
Period = Annotated[int, Field(ge=0, le=LONGEST_PERIOD)]
"""Whole seconds."""
Number = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_one_line)]
"""A telephone number as a person wrote it."""
Email = Annotated[str, Field(max_length=254, pattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$")]
Moment = Annotated[float, Field(ge=0, le=253402300799, allow_inf_nan=False)]
RowId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Limit = Annotated[int, Field(ge=1, le=200)]


class Request(BaseModel):
    """The base of all that is sent to us."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """The base of all that we send; made from the stores' rows."""

    model_config = ConfigDict(from_attributes=True)
