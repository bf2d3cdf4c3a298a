"""Entering and changing deals, tickets, tasks and notes; each change is in the audit trail, in the same
transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol, assert_never

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.clock import Clock
from callcenter.crm.item_views import (
    CLOSED_STAGES,
    CLOSED_STATUSES,
    Deal,
    Item,
    ItemKind,
    NewDeal,
    NewItem,
    NewNote,
    NewTask,
    NewTicket,
    Note,
    Task,
    Ticket,
)
from callcenter.crm.models import ClientRow, DealRow, NoteRow, TaskRow, TicketRow
from callcenter.crm.timeline import columns_of, item_of
from callcenter.crm.views import TicketKind
from callcenter.storage.database import Database
from routing.ids import CallId, ClientId

_TABLES: Mapping[ItemKind, Any] = {
    ItemKind.NOTE: NoteRow,
    ItemKind.TICKET: TicketRow,
    ItemKind.DEAL: DealRow,
    ItemKind.TASK: TaskRow,
}


class Trail(Protocol):
    async def __call__(
        self,
        connection: AsyncConnection,
        entity: str,
        which: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
        who: str,
        at: float,
    ) -> None:
        """Enter what a person changed into the audit trail, in the transaction that changes it."""


async def no_trail(
    connection: AsyncConnection,
    entity: str,
    which: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    who: str,
    at: float,
) -> None:
    """Where nobody keeps one."""


class ItemService:
    """Every method may raise ``DatabaseUnavailableError``. ``trail`` is told what people do."""

    def __init__(self, database: Database, clock: Clock, trail: Trail = no_trail) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail

    async def add(self, client: ClientId, new: NewItem, by: str, call: CallId | None = None) -> Item | None:
        """The thing as it is kept, ``None`` when there is no such client. ``call`` is the one it is made
        in."""
        now = self._clock.now()
        kind, values = _values(new, now)
        table = _TABLES[kind]
        async with self._database.write() as connection:
            if await connection.scalar(select(ClientRow.id).where(ClientRow.id == client)) is None:
                return None
            made = insert(table).values(client_id=client, created_at=now, created_by=by, call=call, **values)
            key = await connection.scalar(made.returning(table.id))
            item = await _one(connection, kind, client, int(key or 0))
            assert item is not None
            await self._trail(connection, kind.value, str(item.id), None, _told(item), by, now)
            return item

    async def find(self, client: ClientId, kind: ItemKind, item: int) -> Item | None:
        async with self._database.read() as connection:
            return await _one(connection, kind, client, item)

    async def change(
        self, client: ClientId, kind: ItemKind, item: int, changes: Mapping[str, Any], by: str
    ) -> Item | None:
        """Set these fields, named as the views name them; ``done`` of a task is whether it is. A stage or
        status that closes sets the moment, the first one stays. ``None``: this client has no such thing."""
        now = self._clock.now()
        table = _TABLES[kind]
        async with self._database.write() as connection:
            before = await _one(connection, kind, client, item, lock=True)
            if before is None:
                return None
            values = _changed(before, changes, now)
            await connection.execute(update(table).where(table.id == item).values(**values))
            after = await _one(connection, kind, client, item)
            assert after is not None
            if _told(before) != _told(after):
                await self._trail(connection, kind.value, str(item), _told(before), _told(after), by, now)
            return after


async def _one(
    connection: AsyncConnection, kind: ItemKind, client: ClientId, item: int, *, lock: bool = False
) -> Item | None:
    table = _TABLES[kind]
    query = select(*columns_of(kind)).where(table.id == item, table.client_id == client)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else item_of(row)


def _values(new: NewItem, now: float) -> tuple[ItemKind, dict[str, Any]]:
    match new:
        case NewDeal():
            closed = now if new.stage in CLOSED_STAGES else None
            values = {"title": new.title, "stage": new.stage, "amount": round(new.amount * 100)}
            return ItemKind.DEAL, values | {
                "currency": new.currency,
                "updated_at": now,
                "closed_at": closed,
            }
        case NewTicket():
            closed = now if new.status in CLOSED_STATUSES else None
            values = {"title": new.title, "kind": new.kind_of.value, "priority": new.priority}
            return ItemKind.TICKET, values | {
                "status": new.status,
                "due_at": new.due_at,
                "updated_at": now,
                "closed_at": closed,
            }
        case NewTask():
            return ItemKind.TASK, {
                "title": new.title,
                "due_at": new.due_at,
                "assignee": new.assignee or "",
                "done_at": None,
            }
        case NewNote():
            return ItemKind.NOTE, {"text": new.text, "updated_at": now}
        case _:
            assert_never(new)


def _changed(before: Item, changes: Mapping[str, Any], now: float) -> dict[str, Any]:
    values = dict(changes)
    match before:
        case Deal():
            if "amount" in values:
                values["amount"] = round(values["amount"] * 100)
            closed = values.get("stage", before.stage) in CLOSED_STAGES
            values |= {"updated_at": now, "closed_at": _closed_at(before.closed_at, closed, now)}
        case Ticket():
            if "kind_of" in values:
                values["kind"] = TicketKind(values.pop("kind_of")).value
            closed = values.get("status", before.status) in CLOSED_STATUSES
            values |= {"updated_at": now, "closed_at": _closed_at(before.closed_at, closed, now)}
        case Task():
            if "done" in values:
                values["done_at"] = _closed_at(before.done_at, values.pop("done"), now)
            if "assignee" in values:
                values["assignee"] = values["assignee"] or ""
        case Note():
            values["updated_at"] = now
        case _:
            assert_never(before)
    return values


def _closed_at(before: float | None, closed: bool, now: float) -> float | None:
    if not closed:
        return None
    return now if before is None else before


def _told(item: Item) -> dict[str, Any]:
    """For the audit trail: what people enter, without what follows from it."""
    hidden = ("id", "created_at", "updated_at", "by", "message")
    return {name: value for name, value in asdict(item).items() if name not in hidden}
