"""Reading and writing the rows of flows, hours, prompts and the emergency closing, within a transaction of
the caller's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.errors import ConfigError
from callcenter.flows.documents import (
    EmergencyDocument,
    FlowDocument,
    HoursDocument,
    emergency_document,
    emergency_of,
    flow_document,
    flow_of,
    hours_document,
    hours_of,
)
from callcenter.flows.models import EmergencyRow, FlowNumberRow, FlowRow, HoursRow, PromptRow
from callcenter.storage.counters import upsert
from routing.flows.model import Emergency, Flow, FlowPlan, Hours
from routing.ids import PromptId

_ONLY = 1


async def read_flow_plan(connection: AsyncConnection) -> FlowPlan:
    """Everything by id. Raises ``ConfigError`` for a document that this version can't read."""
    numbers: dict[str, list[str]] = defaultdict(list)
    for flow, number in await connection.execute(
        select(FlowNumberRow.flow, FlowNumberRow.number).order_by(FlowNumberRow.position)
    ):
        numbers[flow].append(number)
    place = ""
    try:
        flows: list[Flow] = []
        for row in await connection.execute(select(FlowRow.id, FlowRow.document).order_by(FlowRow.id)):
            place = f"flow {row.id}"
            parts = {**row.document, "numbers": numbers[row.id]}
            flows.append(flow_of(row.id, FlowDocument.model_validate(parts)))
        hours: list[Hours] = []
        for row in await connection.execute(select(HoursRow.id, HoursRow.document).order_by(HoursRow.id)):
            place = f"hours {row.id}"
            hours.append(hours_of(row.id, HoursDocument.model_validate(row.document)))
        place = "emergency"
        kept = await connection.scalar(select(EmergencyRow.document).where(EmergencyRow.id == _ONLY))
        emergency = emergency_of(EmergencyDocument.model_validate(kept or {}))
    except ValidationError as error:
        raise ConfigError(
            f"the database, {place}",
            "what is kept there can't be read by this version",
            "Start the version that wrote it, or put it anew (callcenter apply)",
        ) from error
    prompts = await connection.scalars(select(PromptRow.id).distinct().order_by(PromptRow.id))
    return FlowPlan(tuple(flows), tuple(hours), tuple(map(PromptId, prompts)), emergency)


async def write_flows(connection: AsyncConnection, flows: Iterable[Flow], gone: Iterable[str]) -> None:
    """Make ``flows`` be as they are here; those in ``gone`` are removed. Numbers may move between them."""
    flows, gone = tuple(flows), tuple(gone)
    touched = [*(str(flow.id) for flow in flows), *gone]
    await connection.execute(delete(FlowNumberRow).where(FlowNumberRow.flow.in_(touched)))
    await connection.execute(delete(FlowRow).where(FlowRow.id.in_(gone)))
    for flow in flows:
        document = flow_document(flow).model_dump(mode="json", exclude={"numbers"})
        await _put(connection, FlowRow, {"id": flow.id, "name": flow.name, "document": document})
    numbers = [
        {"number": number, "flow": flow.id, "position": position}
        for flow in flows
        for position, number in enumerate(flow.numbers)
    ]
    if numbers:
        await connection.execute(insert(FlowNumberRow), numbers)


async def write_hours(connection: AsyncConnection, hours: Iterable[Hours], gone: Iterable[str]) -> None:
    """As ``write_flows``."""
    await connection.execute(delete(HoursRow).where(HoursRow.id.in_(tuple(gone))))
    for one in hours:
        document = hours_document(one).model_dump(mode="json")
        await _put(connection, HoursRow, {"id": one.id, "name": one.name, "document": document})


async def write_emergency(connection: AsyncConnection, emergency: Emergency) -> None:
    document = emergency_document(emergency).model_dump(mode="json")
    await _put(connection, EmergencyRow, {"id": _ONLY, "document": document})


async def _put(connection: AsyncConnection, table: Any, values: dict[str, Any]) -> None:
    statement = upsert(connection, table).values(**values)
    changed = {name: value for name, value in values.items() if name != "id"}
    await connection.execute(statement.on_conflict_do_update(index_elements=[table.id], set_=changed))
