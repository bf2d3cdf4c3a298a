"""Where open calls are in their flows: read from the ledger itself, since only a start or a takeover asks."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.history.models import CallRow, LedgerRow
from routing.ids import FlowId, StepId

_TYPES = ("FlowStepTaken", "CallQueued")


@dataclass(frozen=True, slots=True)
class FlowPlace:
    """The last step that a call came to; ``in_flow`` when it did not enter a queue after. As in
    ``RestoredCall``."""

    flow: FlowId
    step: StepId
    language: str
    errand: int
    in_flow: bool = True


async def flow_places(connection: AsyncConnection) -> dict[str, FlowPlace]:
    """By call; calls that came to no step are not in it. Costs a walk over the facts of open calls."""
    places: dict[str, FlowPlace] = {}
    for call, kind, payload in await connection.execute(
        select(LedgerRow.call, LedgerRow.type, LedgerRow.payload)
        .join(CallRow, CallRow.call == LedgerRow.call)
        .where(CallRow.ended_at.is_(None), LedgerRow.type.in_(_TYPES))
        .order_by(LedgerRow.term, LedgerRow.number)
    ):
        if kind == "FlowStepTaken":
            places[call] = FlowPlace(
                FlowId(payload["flow"]), StepId(payload["step"]), payload["language"], payload["errand"]
            )
        elif (known := places.get(call)) is not None:
            places[call] = FlowPlace(known.flow, known.step, known.language, known.errand, in_flow=False)
    return places
