"""Clients, their phones and what is open with them, in the database. Each function is given a connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Integer,
    Select,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.crm.models import CallerPickRow, ClientPhoneRow, ClientRow, DealRow, TaskRow, TicketRow
from callcenter.crm.numbers import Number, digits_of
from callcenter.crm.views import Client, ClientRank, OpenDeal, OpenItems, OpenTask, OpenTicket, Phone
from callcenter.storage.base import Moment
from callcenter.storage.counters import upsert
from routing.ids import ClientId

MOST_CANDIDATES = 20
_MOST_OPEN = 20  # of each kind on a card


@dataclass(frozen=True, slots=True)
class Holder:
    """A client with the number that was asked for. ``picked_by`` as in ``matching.Evidence``."""

    client: Client
    label: str
    picked_by: str | None


async def clients(connection: AsyncConnection, ids: Sequence[ClientId]) -> list[Client]:
    """Those of them that there are, in the order asked for. One query."""
    if not ids:
        return []
    found = await _with_phones(connection, ClientRow.id.in_(ids))
    return [found[client] for client in ids if client in found]


async def holders(connection: AsyncConnection, key: str) -> list[Holder]:
    """The clients with this number, at most ``MOST_CANDIDATES``, by id. One query."""
    rows = (await connection.execute(_holders(), {"number_key": key})).all()
    found = _gathered(rows)
    about = {row.id: (row.held_label or "", row.picked_by) for row in rows}
    return [Holder(client, *about[client.id]) for client in found.values()]


# The statements of a look-up are made once: making them takes five times as long as running them, on the
# event loop, and just when the caller should be put through.


@cache
def _holders() -> Select[*tuple[Any, ...]]:
    key = bindparam("number_key", type_=ClientPhoneRow.key.type)
    newest = select(func.max(CallerPickRow.id)).where(CallerPickRow.key == key).scalar_subquery()
    pick = select(CallerPickRow.client_id, CallerPickRow.by).where(CallerPickRow.id == newest).subquery()
    having = (
        select(ClientPhoneRow.client_id, ClientPhoneRow.label.label("held_label"))
        .where(ClientPhoneRow.key == key)
        .order_by(ClientPhoneRow.client_id)
        .limit(MOST_CANDIDATES)
        .subquery()
    )
    # Whoever was picked for the number belongs to it, even if it is not among his numbers.
    either = select(having.c.client_id).union(select(pick.c.client_id)).subquery()
    query: Select[*tuple[Any, ...]] = (
        select(
            *_CLIENT_COLUMNS,
            *_PHONE_COLUMNS,
            having.c.held_label,
            pick.c.by.label("picked_by"),
        )
        .join(either, either.c.client_id == ClientRow.id)
        .join(ClientPhoneRow, ClientPhoneRow.client_id == ClientRow.id, isouter=True)
        .join(having, having.c.client_id == ClientRow.id, isouter=True)
        .join(pick, pick.c.client_id == ClientRow.id, isouter=True)
        .order_by(ClientRow.id, ClientPhoneRow.id)
    )
    return query


async def open_items(connection: AsyncConnection, ids: Sequence[ClientId]) -> Mapping[ClientId, OpenItems]:
    """What is open with these clients. One query."""
    if not ids:
        return {}
    deals: dict[int, list[OpenDeal]] = defaultdict(list)
    tickets: dict[int, list[OpenTicket]] = defaultdict(list)
    tasks: dict[int, list[OpenTask]] = defaultdict(list)
    for row in await connection.execute(_open_items(), {"clients": list(ids)}):
        if row.kind == 0:
            deals[row.client_id].append(
                OpenDeal(row.id, row.title, row.a, row.c / 100, row.b, row.d, row.f or None)
            )
        elif row.kind == 1:
            tickets[row.client_id].append(OpenTicket(row.id, row.title, row.a, row.b, row.d, row.f or None))
        else:
            tasks[row.client_id].append(OpenTask(row.id, row.title, row.d, row.a or None, row.e))
    return {
        client: OpenItems(tuple(deals[client]), tuple(tickets[client]), tuple(tasks[client]))
        for client in ids
    }


@cache
def _open_items() -> Select[*tuple[Any, ...]]:
    """All three kinds: a union whose columns ``a`` to ``f`` mean what each kind needs."""
    ids: BindParameter[Any] = bindparam("clients", expanding=True)
    moment, nothing = cast(null(), Moment), cast(null(), Integer)
    kinds: tuple[tuple[Any, ...], ...] = (
        (
            DealRow,
            DealRow.closed_at,
            DealRow.stage,
            DealRow.currency,
            DealRow.amount,
            DealRow.updated_at,
            nothing,
            DealRow.owner,
        ),
        (
            TicketRow,
            TicketRow.closed_at,
            TicketRow.status,
            TicketRow.priority,
            literal(0),
            TicketRow.updated_at,
            nothing,
            TicketRow.owner,
        ),
        (
            TaskRow,
            TaskRow.done_at,
            TaskRow.assignee,
            literal(""),
            literal(0),
            func.coalesce(TaskRow.due_at, moment),
            TaskRow.seconds,
            literal(""),
        ),
    )
    parts = []
    for kind, (table, closed, a, b, c, d, e, f) in enumerate(kinds):
        place = func.row_number().over(partition_by=table.client_id, order_by=table.id.desc())
        inner = (
            select(
                literal(kind).label("kind"),
                table.client_id.label("client_id"),
                table.id.label("id"),
                table.title.label("title"),
                a.label("a"),
                b.label("b"),
                c.label("c"),
                d.label("d"),
                e.label("e"),
                f.label("f"),
                place.label("place"),
            )
            .where(table.client_id.in_(ids), closed.is_(None))
            .subquery()
        )
        parts.append(select(inner).where(inner.c.place <= _MOST_OPEN))
    union = union_all(*parts).subquery()
    return select(union).order_by(union.c.kind, union.c.place)


async def search(connection: AsyncConnection, text: str, number: Number | None, limit: int) -> list[Client]:
    """Clients by a part of name, company or email, or by a number; the likeliest first."""
    if number is not None and (digits := digits_of(number.raw)):
        part = digits[1:] if number.e164 is None and digits[0] == "8" and len(digits) > 3 else digits
        likeliest = case((ClientPhoneRow.key == (number.key or ""), 0), else_=1)
        condition = or_(
            ClientPhoneRow.key == (number.key or ""),
            ClientPhoneRow.digits.contains(part, autoescape=True),
        )
        query = (
            select(ClientPhoneRow.client_id, func.min(likeliest).label("place"))
            .where(condition)
            .group_by(ClientPhoneRow.client_id)
            .order_by("place", ClientPhoneRow.client_id)
            .limit(limit)
        )
    else:
        words = search_text(text).split()
        conditions = [ClientRow.search_text.contains(word, autoescape=True) for word in words]
        if words:
            starts = case((ClientRow.search_text.startswith(words[0], autoescape=True), 0), else_=1)
            query = select(ClientRow.id, starts).where(*conditions)
            query = query.order_by(starts, ClientRow.search_text, ClientRow.id).limit(limit)
        else:
            query = select(ClientRow.id, literal(0)).order_by(ClientRow.id.desc()).limit(limit)
    ids = [ClientId(client) for client, _ in await connection.execute(query)]
    return await clients(connection, ids)


async def add_phone(connection: AsyncConnection, client: ClientId, number: Number, label: str) -> None:
    """Nothing when the client has this number already. ``number.key`` must not be ``None``."""
    statement = upsert(connection, ClientPhoneRow).values(
        client_id=client,
        raw=number.raw,
        e164=number.e164,
        key=number.key,
        digits=digits_of(number.e164 or number.raw),
        label=label,
    )
    await connection.execute(
        statement.on_conflict_do_nothing(index_elements=[ClientPhoneRow.client_id, ClientPhoneRow.key])
    )


def search_text(*parts: str) -> str:
    """The parts as they are searched: lower case, ё as е, single spaces."""
    return " ".join(" ".join(parts).casefold().replace("ё", "е").split())


_CLIENT_COLUMNS = (
    ClientRow.id,
    ClientRow.name,
    ClientRow.company,
    ClientRow.email,
    ClientRow.rank,
    ClientRow.note,
    ClientRow.owner,
    ClientRow.created_at,
)
_PHONE_COLUMNS = (ClientPhoneRow.raw, ClientPhoneRow.e164, ClientPhoneRow.label)


async def _with_phones(connection: AsyncConnection, condition: Any) -> dict[ClientId, Client]:
    query = (
        select(*_CLIENT_COLUMNS, *_PHONE_COLUMNS)
        .join(ClientPhoneRow, ClientPhoneRow.client_id == ClientRow.id, isouter=True)
        .where(condition)
        .order_by(ClientRow.id, ClientPhoneRow.id)
    )
    return _gathered((await connection.execute(query)).all())


def _gathered(rows: Sequence[Any]) -> dict[ClientId, Client]:
    """Clients from rows of client and phone."""
    phones: dict[int, list[Phone]] = defaultdict(list)
    first: dict[int, Any] = {}
    for row in rows:
        first.setdefault(row.id, row)
        if row.raw is not None:
            phones[row.id].append(Phone(row.raw, row.e164, row.label))
    return {
        ClientId(row.id): Client(
            id=ClientId(row.id),
            name=row.name,
            company=row.company,
            rank=ClientRank(row.rank),
            phones=tuple(phones[row.id]),
            email=row.email,
            note=row.note,
            since=row.created_at,
            owner=row.owner or None,
        )
        for row in first.values()
    }
