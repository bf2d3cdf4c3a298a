"""Where open calls are in their flows: read from the ledger itself, since only a start or a takeover asks."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.calls.codec import decode
from callcenter.calls.facts import Fact, FlowStepTaken
from callcenter.errors import PeerError
from callcenter.history.models import CallRow, LedgerRow
from routing.flows.moves import Position

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FlowPlace:
    """The last position that a call had in a flow, and the number of its last command there. As in
    ``RestoredCall``."""

    position: Position
    errand: int


async def flow_places(connection: AsyncConnection) -> dict[str, FlowPlace]:
    """By call; calls that came to no step are not in it. Costs a walk over the flow's facts of open calls. A
    fact that can't be read (of another version of this program) costs its call the place in its flow, and
    it goes on in its queue."""
    places: dict[str, FlowPlace] = {}
    for call, payload in await connection.execute(
        select(LedgerRow.call, LedgerRow.payload)
        .join(CallRow, CallRow.call == LedgerRow.call)
        .where(CallRow.ended_at.is_(None), LedgerRow.type == FlowStepTaken.__name__)
        .order_by(LedgerRow.term, LedgerRow.number)
    ):
        try:
            fact = decode(Fact, payload)
        except PeerError as error:
            log.warning("restore.flow_not_read", call=call, problem=str(error))
            places.pop(call, None)
        else:
            places[call] = FlowPlace(fact.position, fact.errand)
    return places
