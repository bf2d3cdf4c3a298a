"""Answers to "why", as the console is sent them. Codes with their parameters: the console words them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from callcenter.calls.requests import AgentExplained, CallExplained
from callcenter.calls.states import AgentState, CallOutcome, CallState
from callcenter.history.queries import InteractionDetail
from callcenter.web.fields import Answer
from callcenter.web.schemas import FlowStep, Offer, OfferWhy
from routing.acd import explain
from routing.acd.explain import Excluded, Idle, WaitsFor
from routing.acd.queue import Tie
from routing.acd.scoring import Score


class ScoreTerms(Answer):
    """Why one agent comes before another: ``total`` is (``need`` + ``promise`` + ``ageing``) times
    ``weight``, plus ``skill`` and ``preferred``, less ``spare``. In worths: 1 is what losing one ordinary
    call costs."""

    total: float
    need: float
    promise: float
    ageing: float
    weight: float
    skill: float
    preferred: float
    spare: float


class CandidateAgent(Answer):
    """An agent looked at for a call: his score, or what excludes him now. ``reserved_for`` is the queue that
    one who is held back is kept for, ``tie`` what binds the client to one whom he knows."""

    agent: str
    idle_since: float | None
    score: ScoreTerms | None
    excluded: Excluded | None
    reserved_for: str | None
    tie: Tie | None


class ExcludedCount(Answer):
    reason: Excluded
    agents: int


class CallWhy(Answer):
    """What a call waits for at ``at``, and to whom it was offered until then, the last at the end, each with
    the reason. ``waits_for`` is ``unknown`` for a call that doesn't stand in line: its ``state``, ``flow``
    and ``step``, ``agent`` or ``rung`` (all who are rung now), and ``offers`` say where it is and why;
    ``outcome`` is of one that is over. ``until`` is when that changes by itself; ``ahead`` counts the calls
    of its queue that came before it."""

    call: str
    at: float
    state: CallState
    queue: str | None
    flow: str | None
    step: str | None
    agent: str | None
    rung: list[str]
    waits_for: WaitsFor
    waited: float
    until: float | None
    agents: list[str]
    queues: list[str]
    skills: list[str]
    count: int
    ahead: int
    candidates: list[CandidateAgent]
    excluded: list[ExcludedCount]
    outcome: CallOutcome | None
    offers: list[Offer]


class IdleWhy(Answer):
    """One reason why an agent gets nothing. ``count`` and ``detail`` are the code's parameters."""

    code: Idle
    queue: str | None
    count: int
    detail: str


class PassedOver(Answer):
    """A call that went to ``agent`` while he was free. ``first`` is why: ``score_lower``, ``order`` (the
    queue's strategy), or what excluded him."""

    at: float
    call: str
    queue: str
    agent: str
    first: str


class AgentWhy(Answer):
    """Why an agent gets no call at ``at``, and the last that went to others while he was free."""

    agent: str
    at: float
    state: AgentState
    reason: str
    since: float
    idle_since: float | None
    reasons: list[IdleWhy]
    passed_over: list[PassedOver]


def call_why(reply: CallExplained, record: InteractionDetail | None) -> CallWhy:
    """Of a call on the floor; ``record`` is what the history has of it, ``None`` for nothing."""
    told = reply.explanation
    return CallWhy(
        call=told.call,
        at=reply.at,
        state=reply.state,
        queue=reply.queue,
        flow=reply.flow,
        step=reply.step,
        agent=reply.agent,
        rung=list(reply.rung),
        waits_for=told.waits_for,
        waited=told.waited,
        until=told.until,
        agents=list(told.agents),
        queues=list(told.queues),
        skills=list(told.skills),
        count=told.count,
        ahead=told.ahead,
        candidates=[_candidate(one) for one in told.candidates],
        excluded=[ExcludedCount(reason=reason, agents=count) for reason, count in told.excluded],
        outcome=None if record is None else record.interaction.outcome,
        offers=[] if record is None else offers_of(record),
    )


def past_why(record: InteractionDetail, at: float) -> CallWhy:
    """Of a call that only the history knows. One that it does not know to have ended was lost sight of."""
    call = record.interaction
    return CallWhy(
        call=call.call,
        at=at,
        state=CallState.ENDED,
        queue=call.queue,
        flow=None,
        step=None,
        agent=call.agent,
        rung=[],
        waits_for=WaitsFor.UNKNOWN,
        waited=call.waited,
        until=None,
        agents=[],
        queues=[],
        skills=[],
        count=0,
        ahead=0,
        candidates=[],
        excluded=[],
        outcome=call.outcome,
        offers=offers_of(record),
    )


def agent_why(reply: AgentExplained) -> AgentWhy:
    told = reply.explanation
    return AgentWhy(
        agent=told.agent,
        at=reply.at,
        state=reply.state,
        reason=reply.reason,
        since=reply.since,
        idle_since=told.idle_since,
        reasons=[
            IdleWhy(code=one.code, queue=one.queue, count=one.count, detail=one.detail)
            for one in told.reasons
        ],
        passed_over=[
            PassedOver(at=one.at, call=one.call, queue=one.queue, agent=one.agent, first=one.first)
            for one in told.passed_over
        ],
    )


def read_why(text: str | None) -> OfferWhy | None:
    """The reason that a fact kept; ``None`` for an offer without one, or of a version that wrote it
    otherwise."""
    try:
        return OfferWhy.model_validate_json(text) if text else None
    except ValidationError:
        return None


def offers_of(record: InteractionDetail) -> list[Offer]:
    """The offers, each with the reason that its fact kept."""
    offers = [Offer.model_validate(offer) for offer in record.offers]
    why = {fact["offer"]: fact.get("why") for fact in record.facts if fact["type"] == "OfferMade"}
    return [offer.model_copy(update={"why": read_why(why.get(offer.offer))}) for offer in offers]


def flow_path(facts: Iterable[Mapping[str, Any]]) -> list[FlowStep]:
    """A call's way through its flow, from its facts."""
    return [
        FlowStep(
            at=fact["at"], flow=said["flow"], step=said["step"], why=said["why"], told=dict(said["told"])
        )
        for fact in facts
        if fact["type"] == "FlowStepTaken"
        for said in fact["trace"]
    ]


def _candidate(one: explain.Considered) -> CandidateAgent:
    return CandidateAgent(
        agent=one.agent,
        idle_since=one.idle_since,
        score=None if one.score is None else _terms(one.score),
        excluded=one.excluded,
        reserved_for=one.reserved_for,
        tie=one.tie,
    )


def _terms(score: Score) -> ScoreTerms:
    names: dict[str, Any] = {
        name: getattr(score, name)
        for name in ("total", "need", "promise", "ageing", "weight", "skill", "preferred", "spare")
    }
    return ScoreTerms(**names)
