"""The kinds of fields that the API takes, and the two bases of its messages."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

LARGEST_ID = 2**63 - 1


def _printable(text: str) -> str:
    if any(character < " " and character not in "\t\n\r" for character in text) or "\x7f" in text:
        raise PydanticCustomError("control_characters", "Control characters are not allowed")
    return text


def _one_line(text: str) -> str:
    text = _printable(text.strip())
    if "\n" in text or "\r" in text:
        raise PydanticCustomError("several_lines", "Must be a single line")
    return text


Line = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
"""One line of text, without surrounding space."""
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
Note = Annotated[str, Field(max_length=4000), AfterValidator(_printable)]
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.\-]+$")]
"""A name for programs: of a queue, a skill, a disposition, a station."""
Login = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_.@\-]*$")]
Password = Annotated[str, Field(min_length=10, max_length=256)]
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
