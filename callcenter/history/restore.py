"""What the history knows when a process takes over: the calls without an end, and the agents as they were.

It is only as good as the ledger: facts that a dead node still has in its own journal come later, when it is
back. Asterisk's own listing, which follows, has the last word on what lives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.calls.control_facts import RecordingPaused, RecordingResumed
from callcenter.calls.restored import Restored, RestoredAgent, RestoredCall
from callcenter.calls.states import AgentState, Author, Intent, OfferOutcome
from callcenter.history.intercoms import load_open
from callcenter.history.models import (
    AgentBrowserRow,
    AgentIntentRow,
    AgentStateRow,
    CallRow,
    LedgerRow,
    LegRow,
    OfferRow,
)
from callcenter.history.restore_flows import FlowPlace, flow_places
from callcenter.storage.database import Database
from routing.ids import AgentId, CallId, ClientId, LegId, OfferId, QueueId, ServerId, StationId

_LAST_FACTS = 200
_PAUSES = (RecordingPaused.__name__, RecordingResumed.__name__)


class _Offer(NamedTuple):
    number: int
    offer: OfferId
    agent: AgentId
    made_at: float | None
    open: bool
    queue: str | None


async def load_restored(database: Database) -> Restored:
    """What to go on from. Drain this process's journal first. Raises ``DatabaseUnavailableError``."""
    async with database.read() as connection:
        return Restored(
            tuple(await _agents(connection)),
            tuple(await _calls(connection)),
            await _last_time(connection),
            intercoms=tuple(await load_open(connection)),
        )


async def _last_time(connection: AsyncConnection) -> float | None:
    """Times grow along the ledger, except for calls found in a listing, whose beginning lies before; so the
    latest of the last few. Term 0 is an invented past, which nobody was blind after."""
    last = (
        select(LedgerRow.at)
        .where(LedgerRow.term > 0)
        .order_by(LedgerRow.term.desc(), LedgerRow.number.desc())
        .limit(_LAST_FACTS)
    )
    return max(await connection.scalars(last), default=None)


async def _calls(connection: AsyncConnection) -> list[RestoredCall]:
    offers: dict[str, list[_Offer]] = defaultdict(list)
    declined: dict[str, dict[AgentId, None]] = defaultdict(dict)
    for offer, call, agent, outcome, made_at, queue in await connection.execute(
        select(
            OfferRow.offer, OfferRow.call, OfferRow.agent, OfferRow.outcome, OfferRow.made_at, OfferRow.queue
        )
        .join(CallRow, CallRow.call == OfferRow.call)
        .where(CallRow.ended_at.is_(None))
        .order_by(OfferRow.ended_at, OfferRow.offer)
    ):
        one = _Offer(_number_of(offer), OfferId(offer), AgentId(agent), made_at, outcome is None, queue)
        offers[call].append(one)
        if outcome == OfferOutcome.DECLINED:
            declined[call][AgentId(agent)] = None
    legs: dict[str, list[tuple[LegId, StationId]]] = defaultdict(list)
    for leg, call, station in await connection.execute(
        select(LegRow.leg, LegRow.call, LegRow.station)
        .join(CallRow, CallRow.call == LegRow.call)
        .where(CallRow.ended_at.is_(None), LegRow.ended_at.is_(None), LegRow.station.is_not(None))
        .order_by(LegRow.leg)
    ):
        legs[call].append((LegId(leg), StationId(station or "")))
    places, pauses = await flow_places(connection), await _pauses(connection)
    found = await connection.execute(
        select(
            CallRow.call,
            CallRow.server,
            CallRow.number,
            CallRow.name,
            CallRow.dialled,
            CallRow.client_id,
            CallRow.queue,
            CallRow.priority,
            CallRow.started_at,
            CallRow.queued_at,
            CallRow.talking_agent,
            CallRow.talking_offer,
            CallRow.answered_at,
            CallRow.recording,
        )
        .where(CallRow.ended_at.is_(None))
        .order_by(CallRow.started_at, CallRow.call)
    )
    calls = [
        RestoredCall(
            call=CallId(row.call),
            server=ServerId(row.server),
            number=row.number,
            name=row.name,
            dialled=row.dialled,
            client=None if row.client_id is None else ClientId(row.client_id),
            queue=_queue(row.queue, row.talking_offer, offers[row.call]),
            priority=row.priority,
            arrived_at=row.started_at,
            queued_since=row.queued_at,
            declined_by=tuple(declined[row.call]),
            number_of_offers=max((one.number for one in offers[row.call]), default=0),
            talking_agent=None if row.talking_agent is None else AgentId(row.talking_agent),
            talking_offer=None if row.talking_offer is None else OfferId(row.talking_offer),
            answered_at=row.answered_at,
            offered=_last_ring(offers[row.call]),
            legs=tuple(legs[row.call]),
            recording=row.recording or "",
            paused_by=pauses.get(row.call),
        )
        for row in found
    ]
    return [_placed(call, places.get(call.call)) for call in calls]


async def _pauses(connection: AsyncConnection) -> dict[str, AgentId]:
    """By open call, who has its recording be silent."""
    paused: dict[str, AgentId] = {}
    rows = await connection.execute(
        select(CallRow.call, LedgerRow.agent, LedgerRow.type)
        .join(CallRow, CallRow.call == LedgerRow.call)
        .where(CallRow.ended_at.is_(None), LedgerRow.type.in_(_PAUSES))
        .order_by(LedgerRow.term, LedgerRow.number)
    )
    for call, agent, kind in rows:
        paused.pop(call, None)
        if kind == RecordingPaused.__name__ and agent is not None:
            paused[call] = AgentId(agent)
    return paused


def _queue(told: str | None, talking: str | None, offers: list[_Offer]) -> QueueId | None:
    """An agent's own call enters no queue; it is talked on in that of its offer."""
    found = told or next((one.queue for one in offers if one.offer == talking), None)
    return None if found is None else QueueId(found)


def _last_ring(offers: list[_Offer]) -> tuple[tuple[OfferId, AgentId], ...]:
    """What is open of the offers made together with the last one."""
    last = max(offers, default=None)
    together = sorted(one for one in offers if last is not None and one.made_at == last.made_at)
    return tuple((one.offer, one.agent) for one in together if one.open)


def _placed(call: RestoredCall, place: FlowPlace | None) -> RestoredCall:
    if place is None:
        return call
    return replace(call, position=place.position, errand=place.errand)


async def _agents(connection: AsyncConnection) -> list[RestoredAgent]:
    current = await connection.execute(
        select(
            AgentStateRow.agent,
            AgentStateRow.state,
            AgentStateRow.since,
            AgentStateRow.call,
            AgentIntentRow.intent,
            AgentIntentRow.reason,
            AgentIntentRow.by,
            AgentBrowserRow.connected,
        )
        .join(AgentIntentRow, AgentIntentRow.agent == AgentStateRow.agent, isouter=True)
        .join(AgentBrowserRow, AgentBrowserRow.agent == AgentStateRow.agent, isouter=True)
        .where(AgentStateRow.until.is_(None))
        .order_by(AgentStateRow.agent)
    )
    found = current.all()
    wrapping = {row.call for row in found if row.state == AgentState.WRAP_UP and row.call is not None}
    extended = await _extended(connection, wrapping)
    agents: list[RestoredAgent] = []
    for row in found:
        wrapping_up = row.state == AgentState.WRAP_UP and row.call is not None
        agents.append(
            RestoredAgent(
                AgentId(row.agent),
                # Someone first heard of while on a call was ready, or would not have been given one.
                Intent.READY if row.intent is None else Intent(row.intent),
                "" if row.intent is None else row.reason,
                CallId(row.call) if wrapping_up else None,
                row.since if wrapping_up else 0.0,
                bool(row.connected),
                Author.AGENT if row.intent is None else Author(row.by),
                AgentState(row.state),
                None if row.call is None else CallId(row.call),
                extended.get((row.call, row.agent)) if wrapping_up else None,
            )
        )
    return agents


async def _extended(connection: AsyncConnection, calls: Collection[str]) -> dict[tuple[str, str], float]:
    """By call and agent, until when a wrap-up was extended last."""
    if not calls:
        return {}
    rows = await connection.execute(
        select(LedgerRow.call, LedgerRow.agent, LedgerRow.payload)
        .where(LedgerRow.call.in_(sorted(calls)), LedgerRow.type == "WrapUpExtended")
        .order_by(LedgerRow.term, LedgerRow.number)
    )
    return {(row.call, row.agent): float(row.payload["until"]) for row in rows}


def _number_of(offer: str) -> int:
    number = offer.rpartition("/")[2]
    return int(number) if number.isascii() and number.isdigit() else 0
