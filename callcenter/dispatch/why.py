"""Answers to "why", from the engine's own words. Nothing here decides or changes anything."""

from __future__ import annotations

import json
from typing import Any

from callcenter.calls.facts import WHY_LENGTH
from callcenter.calls.projection import engaged_agent
from callcenter.calls.requests import (
    AgentExplained,
    CallExplained,
    ExplainAgent,
    ExplainCall,
    Refusal,
    Refused,
    Reply,
)
from callcenter.dispatch.desk import Desk
from routing.acd.explain import Considered, Why
from routing.acd.scoring import Score

_DIGITS = 4


def explain_call(desk: Desk, request: ExplainCall) -> Reply:
    call = desk.floor.calls.get(request.call)
    if call is None:
        return Refused(Refusal.UNKNOWN_CALL, f"no call {request.call!r} on the floor")
    position = call.position
    return CallExplained(
        desk.now,
        call.state,
        call.queue,
        None if position is None else position.flow,
        None if position is None else position.step,
        engaged_agent(call),
        desk.engine.explain_call(call.id, desk.now),
        tuple(call.offered),
    )


def explain_agent(desk: Desk, request: ExplainAgent) -> Reply:
    seat = desk.seat(request.agent)
    if seat is None:
        return Refused(Refusal.UNKNOWN_AGENT, f"no agent {request.agent!r} in the routing plan")
    return AgentExplained(
        desk.now,
        seat.shown,
        seat.shown_reason,
        seat.shown_since,
        desk.engine.explain_agent(seat.id, desk.now),
    )


def in_short(why: Why | None) -> str:
    """Why this agent, for the ledger: JSON of at most ``WHY_LENGTH`` characters. Where there is no room for
    all, the last of the runners-up are left out, and then the counts of those excluded."""
    if why is None:
        return ""
    together = {"together": why.together} if why.together > 1 else {}
    said: dict[str, Any] = {"score": _score(why.score), "overdue": why.overdue, **together}
    if why.tie is not None:
        said["tie"] = why.tie.value
    text = _json(said)
    runners_up = [_considered(one) for one in why.runners_up]
    excluded = {reason.value: count for reason, count in why.excluded}
    wanted = [("excluded", excluded), *(("next", runners_up[: n + 1]) for n in range(len(runners_up)))]
    for name, value in wanted:
        longer = _json({**said, name: value})
        if value and len(longer) <= WHY_LENGTH:
            said[name], text = value, longer
    return text


def _score(score: Score) -> dict[str, float]:
    """Its total, and the terms that are not nothing."""
    terms = {
        name: round(getattr(score, name), _DIGITS)
        for name in ("need", "promise", "ageing", "skill", "preferred", "spare")
    }
    weight = {} if score.weight == 1.0 else {"weight": round(score.weight, _DIGITS)}
    return {
        "total": round(score.total, _DIGITS),
        **weight,
        **{name: term for name, term in terms.items() if term},
    }


def _considered(one: Considered) -> dict[str, Any]:
    """His total, and the terms that agents differ in for one call."""
    said: dict[str, Any] = {"agent": one.agent}
    if one.score is not None:
        whole = _score(one.score)
        terms = {name: whole[name] for name in ("weight", "skill", "preferred", "spare") if name in whole}
        said |= {"total": whole["total"], **({"terms": terms} if terms else {})}
    if one.excluded is not None:
        said["excluded"] = one.excluded.value
    if one.reserved_for is not None:
        said["kept_for"] = one.reserved_for
    if one.tie is not None:
        said["tie"] = one.tie.value
    return said


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
