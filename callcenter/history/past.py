"""A past day for a replay: who called when and how it ended, and which agents were there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from callcenter.calls.states import AgentState, CallOutcome, OfferOutcome
from callcenter.history.models import AgentStateRow, CallRow, OfferRow
from callcenter.storage.database import Database
from routing.ids import AgentId, CallId, QueueId


@dataclass(frozen=True, slots=True)
class PastCall:
    """A finished call that stood in a queue from ``queued_at`` (epoch seconds). ``waited`` ended in the
    outcome; ``handled`` is talk and wrap-up of an answered one (seconds)."""

    call: CallId
    queue: QueueId
    queued_at: float
    outcome: CallOutcome
    waited: float
    handled: float


@dataclass(frozen=True, slots=True)
class PastOffer:
    """``answered_after`` is seconds from the decision to the answer, where there was one."""

    agent: AgentId
    outcome: OfferOutcome
    answered_after: float | None


@dataclass(frozen=True, slots=True)
class PastState:
    """An agent's state, cut to the interval that was asked for."""

    agent: AgentId
    state: AgentState
    since: float
    until: float


class PastQueries:
    """Every method may raise ``DatabaseUnavailableError``. Intervals are epoch seconds, their end not
    included."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def calls(self, since: float, until: float) -> Sequence[PastCall]:
        """Those that entered a queue in the interval and have ended since, by the time of entering."""
        async with self._database.read() as connection:
            found = await connection.execute(
                select(
                    CallRow.call,
                    CallRow.queue,
                    CallRow.queued_at,
                    CallRow.outcome,
                    CallRow.waited,
                    CallRow.talked,
                    CallRow.held,
                    CallRow.wrap_up,
                )
                .where(
                    CallRow.queued_at >= since,
                    CallRow.queued_at < until,
                    CallRow.queue.is_not(None),
                    CallRow.outcome.is_not(None),
                )
                .order_by(CallRow.queued_at, CallRow.call)
            )
            return [
                PastCall(
                    CallId(row.call),
                    QueueId(row.queue),
                    row.queued_at,
                    CallOutcome(row.outcome),
                    max(0.0, row.waited or 0.0),
                    max(0.0, (row.talked or 0.0) + row.held + (row.wrap_up or 0.0)),
                )
                for row in found
            ]

    async def offers(self, since: float, until: float) -> Sequence[PastOffer]:
        """Those made in the interval that have ended, in order."""
        async with self._database.read() as connection:
            found = await connection.execute(
                select(OfferRow.agent, OfferRow.outcome, OfferRow.made_at, OfferRow.answered_at)
                .where(OfferRow.made_at >= since, OfferRow.made_at < until, OfferRow.outcome.is_not(None))
                .order_by(OfferRow.made_at, OfferRow.offer)
            )
            return [
                PastOffer(
                    AgentId(row.agent),
                    OfferOutcome(row.outcome),
                    None if row.answered_at is None else max(0.0, row.answered_at - row.made_at),
                )
                for row in found
            ]

    async def states(self, since: float, until: float) -> Sequence[PastState]:
        """All agents' states that touch the interval, by agent and time; one that goes on lasts to its
        end."""
        async with self._database.read() as connection:
            found = await connection.execute(
                select(AgentStateRow.agent, AgentStateRow.state, AgentStateRow.since, AgentStateRow.until)
                .where(
                    AgentStateRow.since < until,
                    or_(AgentStateRow.until.is_(None), AgentStateRow.until > since),
                )
                .order_by(AgentStateRow.agent, AgentStateRow.term, AgentStateRow.number)
            )
            return [
                PastState(
                    AgentId(row.agent),
                    AgentState(row.state),
                    max(since, row.since),
                    until if row.until is None else min(until, row.until),
                )
                for row in found
            ]
