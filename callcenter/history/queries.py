"""Reading the history: interactions of clients and agents, one call in detail, agents' sessions."""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from callcenter.calls.interactions import Interaction
from callcenter.calls.intercoms import IntercomOutcome
from callcenter.calls.states import AgentState, CallOutcome, LegRole, OfferOutcome
from callcenter.errors import PeerError
from callcenter.history import rows
from callcenter.history.intercoms import IntercomRow
from callcenter.history.models import AgentStateRow, BlindIntervalRow, CallRow, LedgerRow, LegRow, OfferRow
from callcenter.history.records import LegRecord, OfferRecord
from callcenter.people.models import UserRow
from callcenter.storage.database import Database
from callcenter.storage.folding import fold, folded
from routing.ids import AgentId, CallId, ClientId, IntercomId, QueueId, ServerId, is_placed


class BadCursorError(PeerError, ValueError):
    """The cursor is none of ours."""


@dataclass(frozen=True, slots=True)
class InteractionFilter:
    """``since`` and ``until`` bound the start of the call (the latter not included); ``ended`` picks finished
    or running ones. An ``agent`` is one who talked last. ``text`` is a part of the note, of the agent's name
    or of the number, in any case; calls with one of ``dispositions`` are found by it as well."""

    ended: bool | None = None
    queue: QueueId | None = None
    agent: AgentId | None = None
    client: ClientId | None = None
    since: float | None = None
    until: float | None = None
    text: str = ""
    dispositions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InteractionPage:
    """Newest first. ``next`` is the cursor of the following page, ``None`` on the last."""

    items: tuple[Interaction, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class InteractionDetail:
    """``facts`` are in order, each as ``calls.codec.encode`` writes it."""

    interaction: Interaction
    legs: tuple[LegRecord, ...]
    offers: tuple[OfferRecord, ...]
    facts: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class IntercomRecord:
    """A name is ``None`` for someone no longer known; ``ended_at`` and ``outcome`` are ``None`` while it
    goes on. ``talked`` is seconds, 0 as long as they are not known."""

    id: IntercomId
    by: AgentId
    to: AgentId
    by_name: str | None
    to_name: str | None
    started_at: float
    answered_at: float | None
    ended_at: float | None
    outcome: IntercomOutcome | None
    talked: float


@dataclass(frozen=True, slots=True)
class AgentPeriod:
    """An agent was in ``state`` from ``since``; ``until`` is ``None`` while he still is."""

    agent: AgentId
    state: AgentState
    reason: str
    since: float
    until: float | None


@dataclass(frozen=True, slots=True)
class AgentSession:
    """From signing on to going offline; ``until`` is ``None`` while it lasts."""

    agent: AgentId
    since: float
    until: float | None


@dataclass(frozen=True, slots=True)
class BlindPeriod:
    server: ServerId
    since: float
    until: float


class HistoryQueries:
    """Every method may raise ``DatabaseUnavailableError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def interactions(self, which: InteractionFilter, limit: int, cursor: str | None) -> InteractionPage:
        """A page of at most ``limit``. Raises ``BadCursorError``."""
        query = _interactions()
        wanted = {
            CallRow.queue: which.queue,
            CallRow.agent: which.agent,
            CallRow.client_id: which.client,
        }
        query = query.where(*(column == value for column, value in wanted.items() if value is not None))
        if which.ended is not None:
            query = query.where(CallRow.ended_at.is_not(None) if which.ended else CallRow.ended_at.is_(None))
        if which.since is not None:
            query = query.where(CallRow.started_at >= which.since)
        if which.until is not None:
            query = query.where(CallRow.started_at < which.until)
        if which.text:
            query = query.where(_says(which))
        if cursor is not None:
            started_at, call = _read_cursor(cursor)
            query = query.where(
                or_(
                    CallRow.started_at < started_at,
                    and_(CallRow.started_at == started_at, CallRow.call < call),
                )
            )
        query = query.order_by(CallRow.started_at.desc(), CallRow.call.desc()).limit(limit + 1)
        async with self._database.read() as connection:
            items = [_interaction(row) for row in await connection.execute(query)]
        more = len(items) > limit
        items = items[:limit]
        last = items[-1] if more and items else None
        return InteractionPage(
            tuple(items), None if last is None else cursor_after(last.started_at, last.call)
        )

    async def recent(
        self, connection: AsyncConnection, clients: Sequence[ClientId], limit: int
    ) -> Mapping[ClientId, Sequence[Interaction]]:
        """The last finished calls of each of these clients, newest first; for their cards. One query."""
        if not clients:
            return {}
        found: dict[ClientId, list[Interaction]] = defaultdict(list)
        for row in await connection.execute(_recent(), {"clients": list(clients), "most": limit}):
            found[ClientId(row.client_id)].append(_interaction(row))
        return found

    async def interaction(self, call: CallId) -> InteractionDetail | None:
        """A call with all that is known of it."""
        async with self._database.read() as connection:
            row = (await connection.execute(_interactions().where(CallRow.call == call))).one_or_none()
            if row is None:
                return None
            legs = await connection.execute(
                select(*(getattr(LegRow, name) for name in rows.LEG_COLUMNS))
                .where(LegRow.call == call)
                .order_by(LegRow.started_at, LegRow.leg)
            )
            offers = await connection.execute(
                select(*(getattr(OfferRow, name) for name in rows.OFFER_COLUMNS))
                .where(OfferRow.call == call)
                .order_by(OfferRow.made_at, OfferRow.offer)
            )
            facts = await connection.scalars(
                select(LedgerRow.payload)
                .where(LedgerRow.call == call)
                .order_by(LedgerRow.term, LedgerRow.number)
            )
            return InteractionDetail(
                _interaction(row),
                tuple(_leg(leg) for leg in legs),
                tuple(_offer(offer) for offer in offers),
                tuple(facts),
            )

    async def intercoms(self, agent: AgentId | None, limit: int) -> Sequence[IntercomRecord]:
        """Calls between agents, the newest first: those of this agent, or of everybody (``None``)."""
        caller, callee = aliased(UserRow), aliased(UserRow)
        query: Select[*tuple[Any, ...]] = (
            select(*IntercomRow.__table__.columns, caller.name.label("by_name"), callee.name.label("to_name"))
            .join(caller, caller.login == IntercomRow.by_agent, isouter=True)
            .join(callee, callee.login == IntercomRow.to_agent, isouter=True)
            .order_by(IntercomRow.started_at.desc(), IntercomRow.intercom.desc())
            .limit(limit)
        )
        if agent is not None:
            query = query.where(or_(IntercomRow.by_agent == agent, IntercomRow.to_agent == agent))
        async with self._database.read() as connection:
            return [_intercom(row) for row in await connection.execute(query)]

    async def agent_periods(self, agent: AgentId, since: float, until: float) -> Sequence[AgentPeriod]:
        """The agent's states that touch the interval, in order."""
        async with self._database.read() as connection:
            found = await connection.execute(
                select(
                    AgentStateRow.agent,
                    AgentStateRow.state,
                    AgentStateRow.reason,
                    AgentStateRow.since,
                    AgentStateRow.until,
                )
                .where(
                    AgentStateRow.agent == agent,
                    AgentStateRow.since < until,
                    or_(AgentStateRow.until.is_(None), AgentStateRow.until > since),
                )
                .order_by(AgentStateRow.term, AgentStateRow.number)
            )
            return [
                AgentPeriod(AgentId(row.agent), AgentState(row.state), row.reason, row.since, row.until)
                for row in found
            ]

    async def agent_sessions(self, agent: AgentId, since: float, until: float) -> Sequence[AgentSession]:
        """The times between signing on and going offline that touch the interval, in order. One that began
        before the interval begins with the state that reaches into it."""
        sessions: list[AgentSession] = []
        for period in await self.agent_periods(agent, since, until):
            if period.state is AgentState.OFFLINE:
                continue
            last = sessions[-1] if sessions else None
            if last is not None and last.until == period.since:
                sessions[-1] = AgentSession(agent, last.since, period.until)
            else:
                sessions.append(AgentSession(agent, period.since, period.until))
        return sessions

    async def blind_periods(self, since: float, until: float) -> Sequence[BlindPeriod]:
        """The intervals touching this one in which events may have been missed."""
        async with self._database.read() as connection:
            found = await connection.execute(
                select(BlindIntervalRow.server, BlindIntervalRow.since, BlindIntervalRow.until)
                .where(BlindIntervalRow.since < until, BlindIntervalRow.until > since)
                .order_by(BlindIntervalRow.since)
            )
            return [BlindPeriod(ServerId(row.server), row.since, row.until) for row in found]


def _interactions() -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(
        CallRow.call,
        CallRow.started_at,
        CallRow.ended_at,
        CallRow.queue,
        CallRow.agent,
        UserRow.name.label("agent_name"),
        CallRow.outcome,
        CallRow.disposition,
        CallRow.note,
        CallRow.waited,
        CallRow.talked,
        CallRow.held,
        CallRow.transfers,
        CallRow.recording,
        CallRow.number,
        CallRow.client_id,
    ).join(UserRow, UserRow.login == CallRow.agent, isouter=True)
    return query


@cache
def _recent() -> Select[*tuple[Any, ...]]:
    """Made once: making it takes several times as long as running it, and every look-up of a caller does."""
    place = (
        func.row_number()
        .over(partition_by=CallRow.client_id, order_by=(CallRow.started_at.desc(), CallRow.call.desc()))
        .label("place")
    )
    clients: BindParameter[Any] = bindparam("clients", expanding=True)
    inner = (
        _interactions()
        .add_columns(place)
        .where(CallRow.client_id.in_(clients), CallRow.ended_at.is_not(None))
        .subquery()
    )
    query: Select[*tuple[Any, ...]] = (
        select(inner).where(inner.c.place <= bindparam("most")).order_by(inner.c.client_id, inner.c.place)
    )
    return query


def _interaction(row: Row[Any]) -> Interaction:
    return Interaction(
        call=CallId(row.call),
        started_at=row.started_at,
        ended_at=row.ended_at,
        direction="outbound" if is_placed(CallId(row.call)) else "inbound",
        queue=None if row.queue is None else QueueId(row.queue),
        agent=None if row.agent is None else AgentId(row.agent),
        agent_name=row.agent_name,
        outcome=None if row.outcome is None else CallOutcome(row.outcome),
        disposition=row.disposition,
        note=row.note,
        waited=row.waited or 0.0,
        talked=row.talked or 0.0,
        held=row.held,
        transfers=row.transfers,
        recorded=row.recording is not None,
        number=row.number,
        client=None if row.client_id is None else ClientId(row.client_id),
    )


def _intercom(row: Row[Any]) -> IntercomRecord:
    return IntercomRecord(
        id=IntercomId(row.intercom),
        by=AgentId(row.by_agent),
        to=AgentId(row.to_agent),
        by_name=row.by_name,
        to_name=row.to_name,
        started_at=row.started_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        outcome=None if row.outcome is None else IntercomOutcome(row.outcome),
        talked=row.talked,
    )


def _leg(row: Row[Any]) -> LegRecord:
    values = dict(row._mapping)
    role = values.pop("role")
    return LegRecord(**values, role=None if role is None else LegRole(role))


def _offer(row: Row[Any]) -> OfferRecord:
    values = dict(row._mapping)
    outcome = values.pop("outcome")
    return OfferRecord(**values, outcome=None if outcome is None else OfferOutcome(outcome))


def _says(which: InteractionFilter) -> ColumnElement[bool]:
    """Every word of the text is somewhere in the note, the agent's name or the number."""
    words = [
        or_(
            folded(CallRow.note).contains(word, autoescape=True),
            folded(UserRow.name).contains(word, autoescape=True),
            CallRow.number.contains(word, autoescape=True),
        )
        for word in fold(which.text).split()
    ]
    return or_(and_(*words), CallRow.disposition.in_(which.dispositions))


def cursor_after(started_at: float, call: CallId) -> str:
    """The cursor of the page that begins after this call."""
    place = f"{round(started_at * 1e6)} {call}"
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[float, str]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        micros, _, call = base64.b64decode(padded, b"-_", validate=True).decode().partition(" ")
        started_at = int(micros) / 1e6
    except (binascii.Error, ValueError, OverflowError) as error:
        raise BadCursorError("this cursor did not come from here") from error
    if not 0 <= started_at <= 253402300799 or "\x00" in call:
        raise BadCursorError("this cursor did not come from here")
    return started_at, call
