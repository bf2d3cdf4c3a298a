"""Scripts in versions: every save that changes something is a new one, and none is ever changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.clock import Clock, SystemClock
from callcenter.errors import ConfigError
from callcenter.people.changes import record
from callcenter.people.models import QueueRow
from callcenter.people.rules import CODE
from callcenter.people.site_plan import SYSTEM, Author, Change
from callcenter.scripts.check import check
from callcenter.scripts.documents import ScriptDocument, script_of
from callcenter.scripts.errors import ScriptRefusedError
from callcenter.scripts.mistakes import Severity
from callcenter.scripts.models import ScriptQueueRow, ScriptRow, ScriptVersionRow
from callcenter.scripts.views import SavedScript, SavedVersion, ScriptVersion
from callcenter.storage.database import Database
from callcenter.storage.errors import ChangedMeanwhileError, NotFoundError, UnknownReferenceError
from routing.ids import QueueId


class ScriptStore:
    """Every method may raise ``DatabaseUnavailableError``."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    async def all(self) -> Sequence[SavedScript]:
        """By name."""
        async with self._database.read() as connection:
            queues: dict[str, list[QueueId]] = defaultdict(list)
            for queue, script in await connection.execute(
                select(ScriptQueueRow.queue, ScriptQueueRow.script).order_by(ScriptQueueRow.queue)
            ):
                queues[script].append(QueueId(queue))
            rows = await connection.execute(
                select(ScriptRow.__table__, ScriptVersionRow.by, ScriptVersionRow.at)
                .join(
                    ScriptVersionRow,
                    (ScriptVersionRow.script == ScriptRow.id)
                    & (ScriptVersionRow.version == ScriptRow.latest),
                )
                .order_by(ScriptRow.name, ScriptRow.id)
            )
            return [
                SavedScript(
                    row.id,
                    row.name,
                    SavedVersion(row.latest, row.by, row.at),
                    row.published,
                    tuple(queues[row.id]),
                )
                for row in rows
            ]

    async def versions(self, script: str) -> Sequence[SavedVersion]:
        """The newest first; none for a script that isn't there."""
        rows = (
            select(ScriptVersionRow.version, ScriptVersionRow.by, ScriptVersionRow.at)
            .where(ScriptVersionRow.script == script)
            .order_by(ScriptVersionRow.version.desc())
        )
        async with self._database.read() as connection:
            return [SavedVersion(row.version, row.by, row.at) for row in await connection.execute(rows)]

    async def version(self, script: str, version: int | None = None) -> ScriptVersion | None:
        """One version, the latest by default."""
        async with self._database.read() as connection:
            return await read_version(connection, script, version)

    async def save(
        self, script: str, document: ScriptDocument, base: int, *, by: Author = SYSTEM
    ) -> ScriptVersion:
        """A new version on top of ``base``, the latest that the author saw (0: none yet); without a change,
        the latest as it is. It may have mistakes: only publishing asks for none. Raises
        ``ChangedMeanwhileError`` (``base``) and ``InvalidFieldError`` (``id``)."""
        CODE.check("id", script)
        kept = document.model_dump(mode="json")
        now = self._clock.now()
        try:
            async with self._database.write() as connection:
                before = await read_version(connection, script)
                latest = 0 if before is None else before.version
                if before is not None and before.document == document and base <= latest:
                    return before
                if latest != base:
                    raise _changed(script, latest)
                version = latest + 1
                if before is None:
                    row = {"id": script, "name": document.name, "latest": version, "published": None}
                    await connection.execute(insert(ScriptRow).values(**row))
                else:
                    await connection.execute(
                        update(ScriptRow)
                        .where(ScriptRow.id == script)
                        .values(name=document.name, latest=version)
                    )
                await connection.execute(
                    insert(ScriptVersionRow).values(
                        script=script, version=version, document=kept, by=by.who, at=now
                    )
                )
                old = None if before is None else _told(before.version, before.document)
                change = Change("scripts", script, old, _told(version, document))
                await record(connection, [change], by, now)
                return ScriptVersion(script, version, document, by.who, now)
        except IntegrityError as error:
            # Of two who saved this version at once, the other was first.
            latest_now = await self.version(script)
            raise _changed(script, 0 if latest_now is None else latest_now.version) from error

    async def publish(self, script: str, version: int, *, by: Author = SYSTEM) -> None:
        """New calls begin with this version; those under way keep theirs. Raises ``NotFoundError``
        (``script``, ``version``) and ``ScriptRefusedError``."""
        async with self._database.write() as connection:
            wanted = await read_version(connection, script, version)
            if wanted is None:
                raise NotFoundError("version", f"there is no version {version} of {script}")
            errors = [it for it in check(script_of(wanted.document)) if it.severity is Severity.ERROR]
            if errors:
                raise ScriptRefusedError(errors)
            await self._set_published(connection, script, version, by)

    async def withdraw(self, script: str, *, by: Author = SYSTEM) -> None:
        """No new call begins with it. Raises ``NotFoundError`` (``script``)."""
        async with self._database.write() as connection:
            await self._set_published(connection, script, None, by)

    async def _set_published(
        self, connection: AsyncConnection, script: str, version: int | None, by: Author
    ) -> None:
        row = (
            await connection.execute(select(ScriptRow.published).where(ScriptRow.id == script))
        ).one_or_none()
        if row is None:
            raise NotFoundError("script", f"there is no {script}")
        if row.published == version:
            return
        await connection.execute(update(ScriptRow).where(ScriptRow.id == script).values(published=version))
        change = Change("scripts", script, {"published": row.published}, {"published": version})
        await record(connection, [change], by, self._clock.now())

    async def assign(self, script: str, queues: Sequence[QueueId], *, by: Author = SYSTEM) -> None:
        """These queues, and no others, go by this script; a queue that went by another leaves that. Raises
        ``NotFoundError`` (``script``) and ``UnknownReferenceError`` (``queues``)."""
        wanted = sorted(dict.fromkeys(queues))
        async with self._database.write() as connection:
            if await connection.scalar(select(ScriptRow.id).where(ScriptRow.id == script)) is None:
                raise NotFoundError("script", f"there is no {script}")
            known = set(await connection.scalars(select(QueueRow.id)))
            if unknown := [queue for queue in wanted if queue not in known]:
                raise UnknownReferenceError("queues", f"there is no {', '.join(unknown)}")
            rows = await connection.execute(select(ScriptQueueRow.queue, ScriptQueueRow.script))
            had = {row.queue: row.script for row in rows}
            before = sorted(queue for queue, owner in had.items() if owner == script)
            if before == wanted:
                return
            touched = {*before, *wanted}
            await connection.execute(delete(ScriptQueueRow).where(ScriptQueueRow.queue.in_(touched)))
            if wanted:
                rows_now = [{"queue": queue, "script": script} for queue in wanted]
                await connection.execute(insert(ScriptQueueRow), rows_now)
            changes = [Change("scripts", script, {"queues": before}, {"queues": wanted})]
            for other in sorted({had[queue] for queue in wanted if had.get(queue, script) != script}):
                old = sorted(queue for queue, owner in had.items() if owner == other)
                left = [queue for queue in old if queue not in wanted]
                changes.append(Change("scripts", other, {"queues": old}, {"queues": left}))
            await record(connection, changes, by, self._clock.now())


async def read_version(
    connection: AsyncConnection, script: str, version: int | None = None
) -> ScriptVersion | None:
    """One version, the latest by default. Raises ``ConfigError`` for one that another version of the program
    wrote and this one can't read."""
    rows = select(ScriptVersionRow.__table__).where(ScriptVersionRow.script == script)
    if version is not None:
        rows = rows.where(ScriptVersionRow.version == version)
    row = (await connection.execute(rows.order_by(ScriptVersionRow.version.desc()).limit(1))).one_or_none()
    return None if row is None else _version(row)


async def version_for(connection: AsyncConnection, queue: QueueId) -> ScriptVersion | None:
    """What a call of this queue begins with now."""
    row = (
        await connection.execute(
            select(ScriptRow.id, ScriptRow.published)
            .join(ScriptQueueRow, ScriptQueueRow.script == ScriptRow.id)
            .where(ScriptQueueRow.queue == queue, ScriptRow.published.is_not(None))
        )
    ).one_or_none()
    return None if row is None else await read_version(connection, row.id, row.published)


def _version(row: Row[Any]) -> ScriptVersion:
    try:
        document = ScriptDocument.model_validate(row.document)
    except ValidationError as error:
        raise ConfigError(
            f"the database, script {row.script}, version {row.version}",
            "what is kept there can't be read by this version",
            "Start the version that wrote it",
        ) from error
    return ScriptVersion(row.script, row.version, document, row.by, row.at)


def _told(version: int, document: ScriptDocument) -> dict[str, Any]:
    return {"version": version, "document": document.model_dump(mode="json")}


def _changed(script: str, latest: int) -> ChangedMeanwhileError:
    return ChangedMeanwhileError(
        "base",
        latest,
        f"{script} has been saved by somebody else meanwhile; its latest version is {latest}. Read that, and "
        "save on top of it",
    )
