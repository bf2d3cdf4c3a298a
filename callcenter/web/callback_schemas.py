"""The shapes of callbacks and of callers who gave up."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from callcenter.callbacks.views import MissedState
from callcenter.calls.callback_facts import CallbackEnd
from callcenter.web.fields import Answer, Code, Limit, Moment, Name, Number, Request, RowId
from routing.callbacks import AttemptOutcome

CallbackName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class CallbackPath(Request):
    callback: CallbackName


class CallbacksQuery(Request):
    """``state`` is ``open`` or ``closed``."""

    queue: Code | None = None
    state: Literal["open", "closed"] = "open"
    limit: Limit = 100


class NewCallback(Request):
    """``at`` is the promised time, none: in turn from now on. ``id`` is for programs that ask again after a
    lost answer: one id is one callback. ``client`` is whose number it is: served in another call, he is not
    called back. ``mine``: the agent who asks calls himself, so the dialling is offered to him alone at
    first."""

    number: Number
    queue: Code
    at: Moment | None = None
    language: Annotated[str, Field(max_length=16, pattern=r"^[A-Za-z0-9_-]*$")] = ""
    id: CallbackName | None = None
    client: RowId | None = None
    mine: bool = False


class CallbackChanges(Request):
    """What is left out stays."""

    number: Number | None = None
    at: Moment | None = None


class DiallingHoursQuery(Request):
    """``at`` is now by default."""

    number: Number
    at: Moment | None = None


class ClientClock(Answer):
    """One clock that may be the client's: ``offset`` is its distance from UTC in minutes at that moment."""

    zone: str
    offset: int


class DiallingHours(Answer):
    """``number`` is E.164, null for no public one. ``clocks`` has one for each time of day that it may be for
    him. ``allowed``: he may be dialled at ``at``; ``next_at`` is the first time from then on, null for none
    within two weeks."""

    number: str | None
    at: float
    clocks: list[ClientClock]
    allowed: bool
    next_at: float | None


class CallbackMade(Answer):
    callback: str


class CallbackAttempt(Answer):
    """``outcome`` is none while it goes on."""

    attempt: int
    call: str
    agent: str | None
    claimed_at: float
    ended_at: float | None
    outcome: AttemptOutcome | None


class Callback(Answer):
    """``state`` is ``waiting``, ``dialling``, or why it is over. ``since`` is the place kept in the queue,
    ``next_at`` the earliest time of the next dialling, ``call`` the one that ended it. ``by`` is who made it,
    empty for the client himself, ``agent`` who promised to call himself."""

    callback: str
    number: str
    queue: str
    state: str
    since: float
    created_at: float
    next_at: float
    until: float
    language: str
    by: str
    closed: CallbackEnd | None
    closed_at: float | None
    call: str | None
    attempts: list[CallbackAttempt]
    agent: str | None = None


class CallbackList(Answer):
    items: list[Callback]


class MissedPath(Request):
    number: Annotated[str, Field(pattern=r"^\+[0-9]{5,20}$")]


class MissedQuery(Request):
    queue: Code | None = None
    limit: Limit = 100


class MissedCaller(Answer):
    """``times`` counts the calls given up. ``callback`` is the open callback for this number, if there is
    one."""

    number: str
    state: MissedState
    times: int
    first_at: float
    last_at: float
    call: str
    queue: str
    dialled: str
    waited: float
    client: int | None
    claimed_by: str | None
    claimed_at: float | None
    callback: str | None


class MissedList(Answer):
    items: list[MissedCaller]


class Dismissal(Request):
    reason: Name
