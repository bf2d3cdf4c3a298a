"""The shapes of call control."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from callcenter.calls.intercoms import IntercomOutcome
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


class ColleagueCallsQuery(Request):
    """``agent``: only the calls that this one made or was called in."""

    agent: Login | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class ColleagueCallItem(Answer):
    """A call between two agents; ``by`` began it. A name is ``null`` for someone no longer known, so is
    ``answered_at`` unless the colleague answered, and ``ended_at`` and ``outcome`` while it goes on.
    ``talked`` is seconds, 0 as long as they are not known."""

    id: str
    by: str
    to: str
    by_name: str | None
    to_name: str | None
    started_at: float
    answered_at: float | None
    ended_at: float | None
    outcome: IntercomOutcome | None
    talked: float


class ColleagueCallList(Answer):
    items: list[ColleagueCallItem]


class Begun(Answer):
    """The call that is being made, as soon as it is on the floor."""

    name: str
