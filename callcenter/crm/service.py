"""What people do with clients: find, enter, correct, and say who is calling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.clock import Clock
from callcenter.crm import store
from callcenter.crm.items import Trail, no_trail
from callcenter.crm.models import CallerPickRow, ClientRow
from callcenter.crm.numbers import Number, looks_like_number, normalise
from callcenter.crm.views import Client, ClientChanges, NewClient
from callcenter.storage.database import Database
from callcenter.storage.errors import InvalidFieldError, NotFoundError
from routing.ids import AgentId, ClientId

AUDITED_AS = "caller_picks"
"""What the audit trail calls operators' corrections; the ids are the numbers, as callers are matched by
them."""


class ClientService:
    """``region`` is where numbers without a country are from; ``trail`` is told who corrected which caller.
    Every method may raise ``DatabaseUnavailableError``."""

    def __init__(self, database: Database, clock: Clock, region: str, trail: Trail = no_trail) -> None:
        self._database = database
        self._clock = clock
        self._region = region
        self._trail = trail

    async def search(self, text: str, limit: int) -> Sequence[Client]:
        """By a part of name, company or email, or by a number in any form or a part of one; the likeliest
        first, and with an empty text the newest."""
        number = normalise(text, self._region) if looks_like_number(text) else None
        async with self._database.read() as connection:
            return await store.search(connection, text, number, limit)

    async def find(self, client: ClientId) -> Client | None:
        async with self._database.read() as connection:
            return next(iter(await store.clients(connection, [client])), None)

    async def add(self, new: NewClient) -> Client:
        """Raises ``InvalidFieldError`` (``phones.<n>``) for what is no number at all."""
        numbers = [self._usable(raw, f"phones.{n}") for n, raw in enumerate(new.phones)]
        now = self._clock.now()
        async with self._database.write() as connection:
            made = await connection.scalar(
                insert(ClientRow)
                .values(
                    name=new.name,
                    company=new.company,
                    email=new.email,
                    rank=new.rank.value,
                    note=new.note,
                    owner=new.owner or "",
                    search_text=store.search_text(new.name, new.company, new.email),
                    created_at=now,
                    updated_at=now,
                )
                .returning(ClientRow.id)
            )
            client = ClientId(made or 0)
            for number in numbers:
                await store.add_phone(connection, client, number, "")
            return await _one(connection, client)

    async def change(self, client: ClientId, changes: ClientChanges) -> Client | None:
        """The client afterwards, ``None`` for nobody."""
        values: dict[str, Any] = {
            field: value
            for field in ("name", "company", "rank", "email", "note", "owner")
            if (value := getattr(changes, field)) is not None
        }
        async with self._database.write() as connection:
            changed = await connection.execute(
                update(ClientRow).where(ClientRow.id == client).values(**values, updated_at=self._clock.now())
            )
            if changed.rowcount == 0:
                return None
            after = await _one(connection, client)
            await connection.execute(
                update(ClientRow)
                .where(ClientRow.id == client)
                .values(search_text=store.search_text(after.name, after.company, after.email))
            )
            return after

    async def add_phone(self, client: ClientId, raw: str, label: str) -> Client | None:
        """The client afterwards, ``None`` for nobody. A number the client has already changes nothing.
        Raises ``InvalidFieldError`` (``number``)."""
        number = self._usable(raw, "number")
        async with self._database.write() as connection:
            if not await _exists(connection, client):
                return None
            await store.add_phone(connection, client, number, label)
            return await _one(connection, client)

    async def record_pick(self, raw: str, client: ClientId, by: AgentId, at: float) -> None:
        """An operator said who calls from this number: from now on that is who it is. Saying it again adds
        nothing to take back. A withheld number means nobody, so nothing is remembered for it. Raises
        ``NotFoundError`` (``client``)."""
        key = normalise(raw, self._region).key
        async with self._database.write() as connection:
            if not await _exists(connection, client):
                raise NotFoundError("client", f"there is no client {client}")
            if key is None:
                return
            newest = (await connection.execute(_newest_pick(key))).one_or_none()
            if newest is None or newest.client_id != client:
                was = None if newest is None else {"client": newest.client_id, "by": newest.by}
                told = {"client": client, "by": by}
                await self._trail(connection, AUDITED_AS, key, was, told, by, at)
            if newest is not None and newest.client_id == client:
                await connection.execute(
                    update(CallerPickRow).where(CallerPickRow.id == newest.id).values(by=by, at=at)
                )
            else:
                await connection.execute(
                    insert(CallerPickRow).values(key=key, client_id=client, by=by, at=at)
                )

    async def undo_pick(self, raw: str, client: ClientId, by: AgentId, at: float) -> bool:
        """Take back the newest pick for this number if it is this client's; the one before it counts again.
        False when it isn't, so that asking twice takes back once."""
        key = normalise(raw, self._region).key
        if key is None:
            return False
        async with self._database.write() as connection:
            newest = (await connection.execute(_newest_pick(key))).one_or_none()
            if newest is None or newest.client_id != client:
                return False
            await connection.execute(delete(CallerPickRow).where(CallerPickRow.id == newest.id))
            older = (await connection.execute(_newest_pick(key))).one_or_none()
            was = {"client": newest.client_id, "by": newest.by}
            told = None if older is None else {"client": older.client_id, "by": older.by}
            await self._trail(connection, AUDITED_AS, key, was, told, by, at)
            return True

    def _usable(self, raw: str, field: str) -> Number:
        number = normalise(raw, self._region)
        if number.key is None:
            raise InvalidFieldError(field, "is no telephone number")
        return number


def _newest_pick(key: str) -> Select[int, int, str]:
    return (
        select(CallerPickRow.id, CallerPickRow.client_id, CallerPickRow.by)
        .where(CallerPickRow.key == key)
        .order_by(CallerPickRow.id.desc())
        .limit(1)
    )


async def _exists(connection: AsyncConnection, client: ClientId) -> bool:
    return await connection.scalar(select(ClientRow.id).where(ClientRow.id == client)) is not None


async def _one(connection: AsyncConnection, client: ClientId) -> Client:
    (found,) = await store.clients(connection, [client])
    return found
