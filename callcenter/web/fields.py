"""The kinds of fields that the API takes besides those of people and the plan, and the two bases of its
messages."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from callcenter.people.fields import (
    Code,
    Dialled,
    Login,
    Name,
    Period,
    Priority,
    Station,
    one_line,
    printable,
)
from callcenter.people.rules import LONGEST_PASSWORD, SHORTEST_PASSWORD

__all__ = [
    "LARGEST_ID",
    "Answer",
    "Code",
    "Dialled",
    "Email",
    "Limit",
    "Line",
    "Login",
    "Moment",
    "Name",
    "Note",
    "Number",
    "Password",
    "Period",
    "Priority",
    "Request",
    "RowId",
    "Station",
]

LARGEST_ID = 2**63 - 1

Line = Annotated[str, Field(max_length=200), AfterValidator(one_line)]
"""One line of text, without surrounding space."""
Note = Annotated[str, Field(max_length=4000), AfterValidator(printable)]
Password = Annotated[str, Field(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]
Number = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(one_line)]
"""A telephone number as a person wrote it."""
Email = Annotated[str, Field(max_length=254, pattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$")]
Moment = Annotated[float, Field(ge=0, le=253402300799, allow_inf_nan=False)]
RowId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Revision = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""How often a thing was saved, 0 before the first time."""
Limit = Annotated[int, Field(ge=1, le=200)]


class Request(BaseModel):
    """The base of all that is sent to us."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """The base of all that we send; made from the stores' rows."""

    model_config = ConfigDict(from_attributes=True)
