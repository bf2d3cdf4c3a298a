"""The shapes of call control."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from callcenter.web.fields import Answer, Code, Login, Number, Request

_NAME = r"^[A-Za-z0-9-]{8,64}$"


class TransferTarget(Request):
    """Exactly one: a queue, a colleague (``to``), or a number as a person wrote it."""

    queue: Code | None = None
    to: Login | None = None
    number: Number | None = None

    @model_validator(mode="after")
    def _one(self) -> TransferTarget:
        if sum(one is not None for one in (self.queue, self.to, self.number)) != 1:
            raise PydanticCustomError("one_target", "Give one of queue, to and number")
        return self


class GuestTarget(Request):
    """Exactly one: a colleague (``to``), or a number as a person wrote it."""

    to: Login | None = None
    number: Number | None = None

    @model_validator(mode="after")
    def _one(self) -> GuestTarget:
        if (self.to is None) is (self.number is None):
            raise PydanticCustomError("one_target", "Give one of to and number")
        return self


class RecordingState(Request):
    paused: bool


class Keys(Request):
    keys: Annotated[str, Field(pattern=r"^[0-9*#]{1,32}$")]


class Dialling(Request):
    """``name`` is made by who asks: asking twice with one name dials once."""

    name: Annotated[str, Field(pattern=_NAME)]
    number: Number


class ColleagueCall(Request):
    to: Login


class Begun(Answer):
    """The call that is being made, as soon as it is on the floor."""

    name: str
