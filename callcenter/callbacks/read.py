"""Rows of callbacks and of callers who gave up, read into what the store gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.callbacks.models import AttemptRow, CallbackRow
from callcenter.callbacks.views import Attempt, CallbackView, MissedState, MissedView
from callcenter.calls.callback_facts import CallbackEnd
from callcenter.calls.restored import RestoredCallback
from routing.acd.model import SkillLevel
from routing.callbacks import AttemptOutcome, Callback
from routing.ids import AgentId, CallbackId, CallId, ClientId, QueueId, ServerId, SkillId

_MOST_SHOWN = 200


async def promised(connection: AsyncConnection, numbers: Sequence[str]) -> dict[str, CallbackId]:
    found = await connection.execute(
        select(CallbackRow.number, CallbackRow.callback).where(
            CallbackRow.closed.is_(None), CallbackRow.promised, CallbackRow.number.in_(numbers)
        )
    )
    return {row.number: CallbackId(row.callback) for row in found}


async def attempts(connection: AsyncConnection, callbacks: Sequence[str]) -> dict[str, list[Any]]:
    attempts: dict[str, list[Any]] = defaultdict(list)
    for row in await connection.execute(
        select(AttemptRow)
        .where(AttemptRow.callback.in_(callbacks))
        .order_by(AttemptRow.callback, AttemptRow.attempt)
    ):
        attempts[row.callback].append(row)
    return attempts


def restored(row: Any, attempts: Sequence[Any]) -> RestoredCallback:
    callback = Callback(
        CallbackId(row.callback),
        row.number,
        QueueId(row.queue),
        row.since,
        row.next_at,
        row.until,
        row.value,
        tuple(SkillLevel(SkillId(skill), level) for skill, level in row.wanted),
        row.language,
        tuple(row.zones),
        row.shown,
        row.attempts,
        row.patience,
        None if row.agent is None else AgentId(row.agent),
    )
    out = next((one for one in attempts if one.attempt > row.attempts and one.ended_at is None), None)
    server = None if row.server is None else ServerId(row.server)
    asked_in = None if row.asked_in is None else CallId(row.asked_in)
    client = None if row.client is None else ClientId(row.client)
    if out is None:
        return RestoredCallback(callback, server, asked_in=asked_in, client=client)
    return RestoredCallback(callback, server, out.attempt, CallId(out.call), asked_in, client)


def view(row: Any, attempts: Sequence[Any]) -> CallbackView:
    dialling = any(one.attempt > row.attempts and one.ended_at is None for one in attempts)
    return CallbackView(
        CallbackId(row.callback),
        row.number,
        QueueId(row.queue),
        row.closed or ("dialling" if dialling else "waiting"),
        row.since,
        row.created_at,
        row.next_at,
        row.until,
        row.language,
        row.by,
        None if row.closed is None else CallbackEnd(row.closed),
        row.closed_at,
        None if row.closed_call is None else CallId(row.closed_call),
        tuple(
            Attempt(
                one.attempt,
                CallId(one.call),
                None if one.agent is None else AgentId(one.agent),
                one.claimed_at,
                one.ended_at,
                None if one.outcome is None else AttemptOutcome(one.outcome),
            )
            for one in attempts
        ),
        None if row.agent is None else AgentId(row.agent),
    )


def missed(row: Any, callback: CallbackId | None) -> MissedView:
    return MissedView(
        row.number,
        MissedState(row.state),
        row.times,
        row.first_at,
        row.last_at,
        CallId(row.call),
        QueueId(row.queue),
        row.dialled,
        row.waited,
        None if row.client is None else ClientId(row.client),
        None if row.claimed_by is None else AgentId(row.claimed_by),
        row.claimed_at,
        callback,
    )


@cache
def promised_to() -> Select[*tuple[Any, ...]]:
    """Made once: every look-up of a caller runs it."""
    numbers: BindParameter[Any] = bindparam("numbers", expanding=True)
    query: Select[*tuple[Any, ...]] = (
        select(
            CallbackRow.callback, CallbackRow.number, CallbackRow.queue, CallbackRow.next_at, CallbackRow.by
        )
        .where(
            CallbackRow.number.in_(numbers),
            CallbackRow.closed.is_(None),
            CallbackRow.promised,
            CallbackRow.next_at.is_not(None),
        )
        .order_by(CallbackRow.next_at, CallbackRow.callback)
        .limit(_MOST_SHOWN)
    )
    return query
