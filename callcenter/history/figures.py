"""People's figures of a time, from the history's tables: what each state took, what became of offers, which
dispositions were chosen.

**AHT** is talk + hold + wrap-up over the conversations answered; **occupancy** is those over themselves +
ready time. A state counts with the part of it that lies within the time; one that goes on counts until now.
Every query is bounded by the agents asked about and by the time, over indexes that begin with the agent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, and_, extract, func, literal, or_, select

from callcenter.calls.states import AgentState, OfferOutcome
from callcenter.history.models import AgentStateRow, CallRow, OfferRow
from callcenter.storage.base import Moment
from callcenter.storage.database import Database, Dialect
from routing.ids import AgentId

_LONGEST_STATE = 2 * 86_400.0
"""Seconds that a state which is over lasts at most; longer ones that began before the time are not found."""
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """Seconds of the states, and counts. ``talked`` has the time on hold in it; ``missed`` are offers that
    rang unanswered, ``declined`` those refused."""

    agent: AgentId
    ready: float = 0.0
    talked: float = 0.0
    wrap_up: float = 0.0
    paused: float = 0.0
    offers: int = 0
    answered: int = 0
    missed: int = 0
    declined: int = 0

    @property
    def worked(self) -> bool:
        return bool(self.ready or self.talked or self.wrap_up or self.paused or self.offers)


@dataclass(frozen=True, slots=True)
class Chosen:
    """How often an agent chose a disposition."""

    agent: AgentId
    disposition: str
    times: int


class HistoryFigures:
    """Every method may raise ``DatabaseUnavailableError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def agents(self, agents: Sequence[AgentId], since: float, until: float) -> Sequence[AgentFigures]:
        """One for each of these agents, in their order. ``until`` is not later than now."""
        states: dict[str, dict[str, float]] = defaultdict(dict)
        offers: dict[str, dict[str, int]] = defaultdict(dict)
        async with self._database.read() as connection:
            for row in await connection.execute(self._states(agents, since, until)):
                states[row.agent][row.state] = row.seconds or 0.0
            for row in await connection.execute(_offers(agents, since, until)):
                offers[row.agent][row.outcome] = row.times
        return [_figures(agent, states[agent], offers[agent]) for agent in agents]

    async def dispositions(self, agents: Sequence[AgentId], since: float, until: float) -> Sequence[Chosen]:
        """What these agents chose in this time, by agent and disposition."""
        query = (
            select(CallRow.disposed_by, CallRow.disposition, func.count().label("times"))
            .where(
                CallRow.disposed_by.in_(list(agents)),
                CallRow.disposed_at >= since,
                CallRow.disposed_at < until,
                CallRow.disposition.is_not(None),
            )
            .group_by(CallRow.disposed_by, CallRow.disposition)
            .order_by(CallRow.disposed_by, CallRow.disposition)
        )
        async with self._database.read() as connection:
            return [
                Chosen(AgentId(row.disposed_by or ""), row.disposition or "", row.times)
                for row in await connection.execute(query)
            ]

    def _states(self, agents: Sequence[AgentId], since: float, until: float) -> Select[*tuple[Any, ...]]:
        began = AgentStateRow.since
        found = or_(began >= since - _LONGEST_STATE, AgentStateRow.until.is_(None))
        over = or_(AgentStateRow.until.is_(None), AgentStateRow.until > since)
        query: Select[*tuple[Any, ...]] = (
            select(
                AgentStateRow.agent,
                AgentStateRow.state,
                func.sum(self._within(since, until)).label("seconds"),
            )
            .where(
                AgentStateRow.agent.in_(list(agents)),
                AgentStateRow.state != AgentState.OFFLINE.value,
                and_(found, began < until, over),
            )
            .group_by(AgentStateRow.agent, AgentStateRow.state)
        )
        return query

    def _within(self, since: float, until: float) -> ColumnElement[float]:
        """Seconds of a state's row that lie within the time."""
        first, last = literal(since, Moment), literal(until, Moment)
        end = func.coalesce(AgentStateRow.until, last)
        if self._database.dialect is Dialect.POSTGRESQL:
            length = func.least(end, last) - func.greatest(AgentStateRow.since, first)
            return extract("epoch", length).cast(Float)
        days = func.julianday(func.min(end, last)) - func.julianday(func.max(AgentStateRow.since, first))
        return days.cast(Float) * _DAY


def _offers(agents: Sequence[AgentId], since: float, until: float) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = (
        select(OfferRow.agent, OfferRow.outcome, func.count().label("times"))
        .where(
            OfferRow.agent.in_(list(agents)),
            OfferRow.made_at >= since,
            OfferRow.made_at < until,
            OfferRow.outcome.is_not(None),
        )
        .group_by(OfferRow.agent, OfferRow.outcome)
    )
    return query


def _figures(agent: AgentId, states: dict[str, float], offers: dict[str, int]) -> AgentFigures:
    return AgentFigures(
        agent,
        ready=states.get(AgentState.READY.value, 0.0),
        talked=states.get(AgentState.TALKING.value, 0.0),
        wrap_up=states.get(AgentState.WRAP_UP.value, 0.0),
        paused=states.get(AgentState.PAUSED.value, 0.0),
        offers=sum(offers.values()),
        answered=offers.get(OfferOutcome.ANSWERED.value, 0),
        missed=offers.get(OfferOutcome.NO_ANSWER.value, 0),
        declined=offers.get(OfferOutcome.DECLINED.value, 0),
    )
