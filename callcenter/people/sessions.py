"""Signed-in browsers, kept in the database so that they survive a restart and are known to every node."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from callcenter.people.models import WebSessionRow
from callcenter.people.views import SessionRecord
from callcenter.storage.counters import upsert
from callcenter.storage.database import Database
from callcenter.storage.errors import UnknownReferenceError


class SessionStore:
    """Every method may raise ``DatabaseUnavailableError``. How old a session may be is the caller's rule."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, session: str) -> SessionRecord | None:
        async with self._database.read() as connection:
            row = (
                await connection.execute(
                    select(
                        WebSessionRow.id,
                        WebSessionRow.login,
                        WebSessionRow.created_at,
                        WebSessionRow.seen_at,
                    ).where(WebSessionRow.id == session)
                )
            ).one_or_none()
            return None if row is None else SessionRecord(row.id, row.login, row.created_at, row.seen_at)

    async def save(self, record: SessionRecord) -> None:
        """Insert, or replace the one with this id. Raises ``UnknownReferenceError`` for a login of nobody."""
        values = {"login": record.login, "created_at": record.created_at, "seen_at": record.seen_at}
        try:
            async with self._database.write() as connection:
                statement = upsert(connection, WebSessionRow).values(id=record.id, **values)
                await connection.execute(
                    statement.on_conflict_do_update(index_elements=[WebSessionRow.id], set_=values)
                )
        except IntegrityError as error:
            raise UnknownReferenceError("login", "there is no such user") from error

    async def touch(self, session: str, seen_at: float) -> None:
        """Remember that the session was in use; nothing when it is gone, or was seen later already."""
        async with self._database.write() as connection:
            await connection.execute(
                update(WebSessionRow)
                .where(WebSessionRow.id == session, WebSessionRow.seen_at < seen_at)
                .values(seen_at=seen_at)
            )

    async def delete(self, session: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(delete(WebSessionRow).where(WebSessionRow.id == session))

    async def delete_of(self, login: str) -> Sequence[str]:
        """End every session of a user; the ids that were ended."""
        async with self._database.write() as connection:
            ended = await connection.scalars(
                delete(WebSessionRow).where(WebSessionRow.login == login).returning(WebSessionRow.id)
            )
            return list(ended)

    async def purge(self, seen_before: float) -> int:
        """Delete the sessions not in use since; how many there were."""
        async with self._database.write() as connection:
            gone = await connection.execute(delete(WebSessionRow).where(WebSessionRow.seen_at < seen_before))
            return gone.rowcount
