"""The shapes that go over the wire, and nothing else: what ``/api/v1/openapi.json`` says is generated from
these, and the console's types from that.

Times are UTC epoch seconds, durations seconds. Requests refuse unknown fields, so that a typing mistake in
a name is told and not ignored.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from callcenter.calls.requests import Intent
from callcenter.calls.states import CallOutcome, LegRole, OfferOutcome
from callcenter.people.fields import Skill
from callcenter.people.views import Ask, Language, Role
from callcenter.web.fields import (
    Answer,
    Code,
    Limit,
    Login,
    Moment,
    Name,
    Note,
    Password,
    Request,
    RowId,
    Station,
)
from callcenter.web.script_schemas import Amount, CallScript, EarlierNote
from routing.acd.model import Preview
from routing.acd.queue import Tie

# --- session and site ---------------------------------------------------------------------------------


class SignIn(Request):
    login: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=256)]


class MyChanges(Request):
    language: Language


class Me(Answer):
    """Who is signed in. ``agent`` tells whether this user takes calls, at ``station``."""

    login: str
    name: str
    role: Role
    language: Language
    agent: bool
    station: str | None


class PauseReasonChoice(Answer):
    code: str
    ru: str
    en: str


class DispositionChoice(Answer):
    """``queues`` empty means every queue. One that is the ``parent`` of others is a group of them.
    ``answers`` are the fields of the call's script that it needs answered."""

    code: str
    ru: str
    en: str
    queues: list[str]
    note_required: bool
    parent: str | None
    callback: Ask
    amount: Ask
    answers: list[str]


class QueueSummary(Answer):
    """``wrap_up_longest`` is how long a wrap-up may last in all when its agent extends it, 0 for not at
    all."""

    id: str
    name: str
    service_level_seconds: int
    wrap_up_longest: int
    preview_next: Preview


class Site(Answer):
    """What the console needs to know of the site once. ``timezone`` is an IANA name; the versions are what a
    change of their lists is made on top of."""

    name: str
    timezone: str
    region: str
    languages: list[Language]
    pause_reasons: list[PauseReasonChoice]
    dispositions: list[DispositionChoice]
    pause_reasons_version: int
    dispositions_version: int
    queues: list[QueueSummary]


# --- agents and calls ---------------------------------------------------------------------------------


class AgentPath(Request):
    agent: Login


class CallPath(Request):
    call: Annotated[str, Field(max_length=128, pattern=r"^[^\x00-\x20\x7f/]+$")]


class AgentStateChange(Request):
    """What the agent wants to be. ``reason`` is one of the site's pause reasons, only with ``paused``."""

    state: Intent
    reason: Annotated[str, Field(max_length=64)] = ""

    @model_validator(mode="after")
    def _reason_only_with_pause(self) -> AgentStateChange:
        if self.state is not Intent.PAUSED and self.reason:
            raise PydanticCustomError("reason_not_wanted", "reason: only with the state paused")
        return self


class Decline(Request):
    offer: Annotated[str, Field(min_length=1, max_length=140)]


class WrapUp(Request):
    """``amount`` and ``callback_at`` where the disposition asks for them. ``callback_mine``: the agent calls
    himself, so the dialling is offered to him alone at first."""

    too_large: ClassVar[str] = "a note has at most 4000 characters"

    disposition: Code
    note: Note = ""
    amount: Amount | None = None
    callback_at: Moment | None = None
    callback_mine: bool = False


class ClientChoice(Request):
    client: RowId


class CallsQuery(Request):
    """``from`` and ``to`` bound the start of the call. ``cursor`` is the ``next`` of the page before."""

    state: Literal["running", "ended"] | None = None
    queue: Code | None = None
    agent: Login | None = None
    client: RowId | None = None
    since: Annotated[Moment | None, Field(alias="from")] = None
    until: Annotated[Moment | None, Field(alias="to")] = None
    limit: Limit = 50
    cursor: Annotated[str, Field(max_length=200)] | None = None


class Interaction(Answer):
    """A call as the history shows it. ``outcome`` and ``ended_at`` are null while it goes on; ``held`` is the
    time on hold in the conversation, ``recorded`` says that there is a recording."""

    call: str
    started_at: float
    ended_at: float | None
    direction: Literal["inbound", "outbound"]
    queue: str | None
    agent: str | None
    agent_name: str | None
    outcome: CallOutcome | None
    disposition: str | None
    note: str
    waited: float
    talked: float
    held: float
    transfers: int
    recorded: bool
    number: str
    client: int | None


class InteractionList(Answer):
    items: list[Interaction]
    next: str | None


class Leg(Answer):
    """One channel. ``talked`` is seconds, ``cause`` the Q.850 hang-up cause."""

    leg: str
    role: LegRole | None
    station: str | None
    agent: str | None
    started_at: float | None
    rang_at: float | None
    talk_started_at: float | None
    talk_ended_at: float | None
    talked: float
    ended_at: float | None
    cause: int | None


class Offer(Answer):
    """One ringing of one agent. ``gate`` is the longest the ring waited for the card, ``lead`` by how much
    the card was on screen before the phone was asked to ring; ``waited`` and ``idle`` are how long the call
    and the agent had waited for each other."""

    offer: str
    agent: str
    queue: str | None
    station: str | None
    made_at: float | None
    gate: float | None
    waited: float | None
    idle: float | None
    painted_at: float | None
    ring_sent_at: float | None
    lead: float | None
    rang_at: float | None
    answered_at: float | None
    ended_at: float | None
    outcome: OfferOutcome | None
    why: OfferWhy | None = None


class OfferWhy(Answer):
    """Why this agent, as it was at that moment: the terms of his ``score`` that were not nothing, with their
    ``total``; the ``next`` best, and how many agents were out of the question for which reason.
    ``overdue``: the call had waited so long that it went before all others. ``together``: so many agents
    were rung for it at once. ``tie`` is what bound the client to this agent."""

    score: dict[str, float]
    overdue: bool
    together: int = 1
    next: list[RunnerUp] = Field(default_factory=list)
    excluded: dict[str, int] = Field(default_factory=dict)
    tie: Tie | None = None


class RunnerUp(Answer):
    """``terms`` are those in which agents differ for one call and that were not nothing: ``weight``,
    ``skill``, ``preferred``, ``spare``. ``kept_for`` is the queue that one who was held back was kept for."""

    agent: str
    total: float | None = None
    terms: dict[str, float] = Field(default_factory=dict)
    excluded: str | None = None
    kept_for: str | None = None
    tie: Tie | None = None


class FlowStep(Answer):
    """One thing that a flow did with the call: ``why`` is a code, ``told`` its parameters."""

    at: float
    flow: str | None
    step: str | None
    why: str
    told: dict[str, str | int | float | bool | None]


class LegQuality(Answer):
    """How well the call was heard in an agent's browser: means of ``samples`` measurements, and the worst of
    each. Times are ms, ``loss`` is a share of the packets, ``mos`` an estimate from 1 to 4.5."""

    agent: str
    station: str
    samples: int
    mos: float
    mos_worst: float
    round_trip: float
    round_trip_worst: float
    jitter: float
    jitter_worst: float
    loss: float
    loss_worst: float
    packets_received: int
    packets_lost: int


class InteractionDetail(Interaction):
    """``facts`` is all that happened to the call, in order; each has ``type`` and ``at``. ``path`` is the
    call's way through its flow, ``script`` the answers to its script; ``notes`` are those that no disposition
    closed, such as of agents who transferred it; ``amount`` is what the disposition asked for."""

    legs: list[Leg]
    offers: list[Offer]
    quality: list[LegQuality]
    path: list[FlowStep]
    facts: list[dict[str, Any]]
    script: CallScript | None
    notes: list[EarlierNote]
    amount: str | None


# --- users --------------------------------------------------------------------------------------------


class UserPath(Request):
    login: Login


class UserAccount(Answer):
    login: str
    name: str
    role: Role
    language: Language
    active: bool
    station: str | None
    queues: list[str]
    skills: list[Skill]


class UserList(Answer):
    items: list[UserAccount]


class NewUserForm(Request):
    login: Login
    name: Name
    role: Role
    password: Password
    language: Language = Language.RU
    station: Station | None = None
    queues: list[Code] = Field(default=[], max_length=100)
    skills: list[Skill] = Field(default=[], max_length=100)


class UserForm(Request):
    """Fields left out stay as they are; ``station`` null takes the phone away. A new password, role or
    ``active: false`` ends the user's sessions."""

    name: Name | None = None
    role: Role | None = None
    password: Password | None = None
    language: Language | None = None
    active: bool | None = None
    station: Station | None = None
    queues: Annotated[list[Code], Field(max_length=100)] | None = None
    skills: Annotated[list[Skill], Field(max_length=100)] | None = None
