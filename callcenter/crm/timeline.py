"""What was made for a client, in one order: the newest first; of the same moment notes, then tickets, deals
and tasks; then by id. Calls are the history's, and put between these by whoever shows both.

One statement a page. Each kind gives at most a page of its own rows, from its index of client, moment and
id, so that a page costs the same however much there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, and_, cast, literal, null, or_, select, union_all

from callcenter.crm.item_views import Deal, Item, ItemFilter, ItemKind, ItemPlace, Note, Task, Ticket
from callcenter.crm.models import DealRow, NoteRow, TaskRow, TicketRow
from callcenter.crm.views import TicketKind
from callcenter.storage.base import Moment
from callcenter.storage.database import Database
from callcenter.storage.folding import fold, folded
from routing.ids import CallId, ClientId

RANKS = {ItemKind.NOTE: 3, ItemKind.TICKET: 2, ItemKind.DEAL: 1, ItemKind.TASK: 0}
_TABLES: dict[ItemKind, Any] = {
    ItemKind.NOTE: NoteRow,
    ItemKind.TICKET: TicketRow,
    ItemKind.DEAL: DealRow,
    ItemKind.TASK: TaskRow,
}


class TimelineStore:
    """Every method may raise ``DatabaseUnavailableError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def items(
        self, client: ClientId, which: ItemFilter, limit: int, after: ItemPlace | None = None
    ) -> Sequence[Item]:
        """At most ``limit``, those after this place."""
        parts = [_part(kind, client, which, limit, after) for kind in dict.fromkeys(which.kinds)]
        if not parts:
            return ()
        union = union_all(*parts).subquery()
        query = (
            select(union)
            .order_by(union.c.created_at.desc(), union.c.place.desc(), union.c.id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [item_of(row) for row in await connection.execute(query)]


def _part(
    kind: ItemKind, client: ClientId, which: ItemFilter, limit: int, after: ItemPlace | None
) -> Select[*tuple[Any, ...]]:
    table = _TABLES[kind]
    query = select(*columns_of(kind)).where(table.client_id == client)
    if after is not None:
        query = query.where(_comes_after(kind, table, after))
    if which.call is not None:
        query = query.where(table.call == which.call)
    words = table.text if kind is ItemKind.NOTE else table.title
    for word in fold(which.text).split():
        query = query.where(folded(words).contains(word, autoescape=True))
    inner = query.order_by(table.created_at.desc(), table.id.desc()).limit(limit).subquery()
    return select(inner)


def _comes_after(kind: ItemKind, table: Any, after: ItemPlace) -> Any:
    if after.kind is None or RANKS[kind] < RANKS[after.kind]:
        return table.created_at <= after.at
    if kind is after.kind:
        same = and_(table.created_at == after.at, table.id < (after.id or 0))
        return or_(table.created_at < after.at, same)
    return table.created_at < after.at


def columns_of(kind: ItemKind) -> list[Any]:
    """The columns that ``item_of`` reads, those that a kind lacks empty."""
    table = _TABLES[kind]
    moment, number = cast(null(), Moment), cast(null(), Integer)
    columns: dict[str, Any] = {
        "place": literal(RANKS[kind]),
        "id": table.id,
        "client_id": table.client_id,
        "created_at": table.created_at,
        "by": table.created_by,
        "call": table.call,
        "words": table.text if kind is ItemKind.NOTE else table.title,
        "a": literal(""),
        "b": literal(""),
        "c": literal(""),
        "amount": cast(literal(0), BigInteger),
        "due_at": moment,
        "updated_at": moment,
        "closed_at": moment,
        "seconds": number,
    }
    match kind:
        case ItemKind.DEAL:
            columns |= {"a": DealRow.stage, "b": DealRow.currency, "amount": DealRow.amount}
            columns |= {"updated_at": DealRow.updated_at, "closed_at": DealRow.closed_at}
        case ItemKind.TICKET:
            columns |= {"a": TicketRow.status, "b": TicketRow.priority, "c": TicketRow.kind}
            columns |= {"due_at": TicketRow.due_at, "updated_at": TicketRow.updated_at}
            columns |= {"closed_at": TicketRow.closed_at}
        case ItemKind.TASK:
            columns |= {"a": TaskRow.assignee, "due_at": TaskRow.due_at, "closed_at": TaskRow.done_at}
            columns |= {"seconds": TaskRow.seconds}
        case ItemKind.NOTE:
            columns |= {"updated_at": NoteRow.updated_at}
    return [column.label(name) for name, column in columns.items()]


def item_of(row: Any) -> Item:
    """From a row of ``columns_of``."""
    made = (
        row.id,
        ClientId(row.client_id),
        row.created_at,
        row.by,
        None if row.call is None else CallId(row.call),
    )
    match row.place:
        case 3:
            return Note(*made, row.words, row.updated_at)
        case 2:
            kind = TicketKind(row.c) if row.c in set(TicketKind) else TicketKind.REQUEST
            return Ticket(*made, row.words, kind, row.a, row.b, row.due_at, row.updated_at, row.closed_at)
        case 1:
            return Deal(*made, row.words, row.a, row.amount / 100, row.b, row.updated_at, row.closed_at)
        case _:
            return Task(*made, row.words, row.due_at, row.a or None, row.closed_at, row.seconds)
