"""Clients, their phones and what is open with them, in the database. Each function is given a connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
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
from callcenter.crm.views import (
    Client,
    ClientRank,
    Money,
    OpenDeal,
    OpenItems,
    OpenTask,
    OpenTicket,
    Phone,
    TicketKind,
    Totals,
)
from callcenter.storage.base import Moment
from callcenter.storage.counters import upsert
from routing.ids import ClientId

MOST_CANDIDATES = 20
_MOST_OPEN = 20  # of each kind on a card
WON = "won"
"""The stage of a deal that brought money; other stages are the site's own."""


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


async def holders(connection: AsyncConnection, key: str, also: ClientId | None = None) -> list[Holder]:
    """The clients with this number, at most ``MOST_CANDIDATES``, by id; and ``also`` this one. One query."""
    rows = (await connection.execute(_holders(), {"number_key": key, "also": also or 0})).all()
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
    also = select(ClientRow.id).where(ClientRow.id == bindparam("also", type_=BigInteger))
    either = select(having.c.client_id).union(select(pick.c.client_id), also).subquery()
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


@dataclass(frozen=True, slots=True)
class Dealings:
    """What is open with a client, the most pressing first, and the sums over everything."""

    items: OpenItems
    totals: Totals


async def dealings(
    connection: AsyncConnection, ids: Sequence[ClientId], complaints_since: float
) -> Mapping[ClientId, Dealings]:
    """What there is with these clients. One query."""
    if not ids:
        return {}
    found: dict[int, _Found] = defaultdict(_Found)
    asked = {"clients": list(ids), "since": complaints_since}
    for row in await connection.execute(_dealings(), asked):
        found[row.client_id].take(row)
    return {client: found[client].dealings() for client in ids}


_DEALS, _TICKETS, _TASKS, _WON, _PIPELINE, _COMPLAINTS = range(6)


@dataclass(slots=True)
class _Found:
    """The rows of one client, as ``_dealings`` gives them."""

    deals: list[OpenDeal] = field(default_factory=list)
    tickets: list[OpenTicket] = field(default_factory=list)
    tasks: list[OpenTask] = field(default_factory=list)
    sums: dict[int, list[Money]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    complained_at: float | None = None

    def take(self, row: Any) -> None:
        match row.part:
            case 0:
                deal = OpenDeal(
                    row.id, row.title, row.a, row.n / 100, row.b, row.d, row.made, row.owner or None
                )
                self.deals.append(deal)
            case 1:
                ticket = OpenTicket(
                    row.id, row.title, row.a, row.b, row.c, row.due, row.d, row.made, row.owner or None
                )
                self.tickets.append(ticket)
            case 2:
                self.tasks.append(OpenTask(row.id, row.title, row.due, row.a or None, row.made, row.seconds))
            case 5:
                self.counts[_COMPLAINTS], self.complained_at = row.id, row.d
            case _:
                self.sums[row.part].append(Money(row.n / 100, row.b))
                self.counts[row.part] += row.id

    def dealings(self) -> Dealings:
        won, pipeline = (
            tuple(sorted(self.sums[part], key=lambda one: (-one.amount, one.currency)))
            for part in (_WON, _PIPELINE)
        )
        return Dealings(
            OpenItems(tuple(self.deals), tuple(self.tickets), tuple(self.tasks)),
            Totals(
                won,
                self.counts[_WON],
                pipeline,
                self.counts[_PIPELINE],
                self.counts[_COMPLAINTS],
                self.complained_at,
            ),
        )


@cache
def _dealings() -> Select[*tuple[Any, ...]]:
    """All of it in one statement: a union whose parts use the columns as they need them. Of the sums, ``id``
    counts and ``n`` adds up."""
    ids: BindParameter[Any] = bindparam("clients", expanding=True)
    parts = [
        _open(_DEALS, DealRow, DealRow.closed_at, (DealRow.id.desc(),), ids)(
            a=DealRow.stage, b=DealRow.currency, n=DealRow.amount, d=DealRow.updated_at, owner=DealRow.owner
        ),
        _open(_TICKETS, TicketRow, TicketRow.closed_at, (_PRESSING, TicketRow.id.desc()), ids)(
            a=TicketRow.status,
            b=TicketRow.priority,
            c=TicketRow.kind,
            d=TicketRow.updated_at,
            due=TicketRow.due_at,
            owner=TicketRow.owner,
        ),
        _open(_TASKS, TaskRow, TaskRow.done_at, (TaskRow.due_at.nulls_last(), TaskRow.id.desc()), ids)(
            a=TaskRow.assignee, due=TaskRow.due_at, seconds=TaskRow.seconds
        ),
    ]
    won = (DealRow.stage == WON, DealRow.closed_at.is_not(None))
    for part, conditions in ((_WON, won), (_PIPELINE, (DealRow.closed_at.is_(None),))):
        total = cast(func.sum(DealRow.amount), BigInteger)
        columns = _columns(part, DealRow.client_id, func.count(), b=DealRow.currency, n=total)
        parts.append(
            select(*columns)
            .where(DealRow.client_id.in_(ids), *conditions)
            .group_by(DealRow.client_id, DealRow.currency)
        )
    columns = _columns(_COMPLAINTS, TicketRow.client_id, func.count(), d=func.max(TicketRow.created_at))
    parts.append(
        select(*columns)
        .where(
            TicketRow.client_id.in_(ids),
            TicketRow.kind == TicketKind.COMPLAINT.value,
            TicketRow.created_at >= bindparam("since", type_=Moment),
        )
        .group_by(TicketRow.client_id)
    )
    union = union_all(*parts).subquery()
    return select(union).order_by(union.c.part, union.c.place)


_PRESSING = case(
    (TicketRow.priority == "urgent", 0),
    (TicketRow.kind == TicketKind.COMPLAINT.value, 1),
    (TicketRow.priority == "high", 2),
    else_=3,
)


def _open(
    part: int, table: Any, closed: Any, order: tuple[Any, ...], ids: BindParameter[Any]
) -> Callable[..., Select[*tuple[Any, ...]]]:
    """What is open of one kind, at most ``_MOST_OPEN`` of each client."""

    def having(**given: Any) -> Select[*tuple[Any, ...]]:
        place = func.row_number().over(partition_by=table.client_id, order_by=order)
        columns = _columns(
            part, table.client_id, table.id, title=table.title, made=table.created_at, place=place, **given
        )
        inner = select(*columns).where(table.client_id.in_(ids), closed.is_(None)).subquery()
        return select(inner).where(inner.c.place <= _MOST_OPEN)

    return having


def _columns(part: int, client: Any, key: Any, **given: Any) -> list[Any]:
    """The columns of the union, those that are not given empty."""
    moment, number, words = cast(null(), Moment), cast(null(), Integer), literal("")
    empty = {"title": words, "a": words, "b": words, "c": words, "n": literal(0), "d": moment, "due": moment}
    empty |= {"made": moment, "seconds": number, "owner": words, "place": literal(0)}
    head = [literal(part).label("part"), client.label("client_id"), key.label("id")]
    return head + [given.get(name, value).label(name) for name, value in empty.items()]


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
