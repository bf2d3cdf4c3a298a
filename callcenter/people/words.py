"""The site's words: pause reasons and dispositions, in both languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.clock import Clock, SystemClock
from callcenter.people.changes import record
from callcenter.people.dispositions import check_tree
from callcenter.people.models import DispositionQueueRow, DispositionRow, PauseReasonRow, QueueRow
from callcenter.people.rules import check_word
from callcenter.people.site_plan import SYSTEM, Author, Change
from callcenter.people.views import Ask, Disposition, PauseReason, WordVersions
from callcenter.storage.counters import advance, value_of
from callcenter.storage.database import Database
from callcenter.storage.errors import ChangedMeanwhileError, DuplicateError, UnknownReferenceError
from routing.ids import QueueId

# Counters of how often each list was set, which is its version: 0 says that nobody ever had a word in it.
_REASONS_SET, _DISPOSITIONS_SET = "pause_reasons", "dispositions"


class WordStore:
    """Every method may raise ``DatabaseUnavailableError``."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    async def pause_reasons(self) -> Sequence[PauseReason]:
        """In the order they are offered."""
        async with self._database.read() as connection:
            return await _pause_reasons(connection)

    async def dispositions(self) -> Sequence[Disposition]:
        """In the order they are offered."""
        async with self._database.read() as connection:
            return await _dispositions(connection)

    async def versions(self) -> WordVersions:
        """Read before the lists, these are never newer than they."""
        async with self._database.read() as connection:
            return WordVersions(
                await value_of(connection, _REASONS_SET), await value_of(connection, _DISPOSITIONS_SET)
            )

    async def set_pause_reasons(
        self, reasons: Sequence[PauseReason], *, base: int | None = None, by: Author = SYSTEM
    ) -> int:
        """Replace them all, in this order; the version that they have now. ``base`` is the version that the
        author saw, ``None`` for whatever is there. Raises ``ChangedMeanwhileError`` (``base``),
        ``DuplicateError`` (``code``) and ``InvalidFieldError``."""
        _check_words(reasons)
        async with self._database.write() as connection:
            version = await _next(connection, _REASONS_SET, base)
            before = await _pause_reasons(connection)
            await _write_pause_reasons(connection, reasons)
            await self._record(connection, _REASONS_SET, before, reasons, by)
        return version

    async def set_dispositions(
        self, dispositions: Sequence[Disposition], *, base: int | None = None, by: Author = SYSTEM
    ) -> int:
        """As ``set_pause_reasons``; raises ``UnknownReferenceError`` (``queues``, ``parent``) as well."""
        _check_words(dispositions)
        check_tree(dispositions)
        async with self._database.write() as connection:
            version = await _next(connection, _DISPOSITIONS_SET, base)
            before = await _dispositions(connection)
            await _write_dispositions(connection, dispositions)
            await self._record(connection, _DISPOSITIONS_SET, before, dispositions, by)
        return version

    async def enter_first(
        self, reasons: Sequence[PauseReason], dispositions: Sequence[Disposition]
    ) -> tuple[bool, bool]:
        """Enter the words that a new site begins with; which of the two lists were entered.

        A list that was ever set, by us or by an administrator, stays as it is, an empty one too; so calling
        this again and again, from several processes, does no harm. Raises as the setters do."""
        _check_words(reasons)
        _check_words(dispositions)
        check_tree(dispositions)
        async with self._database.read() as connection:
            if await value_of(connection, _REASONS_SET) and await value_of(connection, _DISPOSITIONS_SET):
                return False, False
        async with self._database.write() as connection:
            # One atomic statement each: of two processes, one gets the 1.
            entered = (
                await _never_set(connection, _REASONS_SET, PauseReasonRow.code),
                await _never_set(connection, _DISPOSITIONS_SET, DispositionRow.code),
            )
            if entered[0]:
                await _write_pause_reasons(connection, reasons)
                await self._record(connection, _REASONS_SET, (), reasons, SYSTEM)
            if entered[1]:
                await _write_dispositions(connection, dispositions)
                await self._record(connection, _DISPOSITIONS_SET, (), dispositions, SYSTEM)
            return entered

    async def _record(
        self,
        connection: AsyncConnection,
        entity: str,
        before: Sequence[PauseReason] | Sequence[Disposition],
        after: Sequence[PauseReason] | Sequence[Disposition],
        by: Author,
    ) -> None:
        """The audit trail has the list as one thing, since its order is part of it."""
        old, new = [asdict(word) for word in before], [asdict(word) for word in after]
        if old != new:
            change = Change(entity, "", {"items": old}, {"items": new})
            await record(connection, [change], by, self._clock.now())


async def _next(connection: AsyncConnection, counter: str, base: int | None) -> int:
    version = await advance(connection, counter)
    if base is not None and version != base + 1:
        told = "was changed by somebody else meanwhile: read the list again, and save on top of it"
        raise ChangedMeanwhileError("base", version - 1, told)
    return version


async def _pause_reasons(connection: AsyncConnection) -> list[PauseReason]:
    rows = await connection.execute(
        select(PauseReasonRow.code, PauseReasonRow.ru, PauseReasonRow.en).order_by(PauseReasonRow.position)
    )
    return [PauseReason(row.code, row.ru, row.en) for row in rows]


async def _dispositions(connection: AsyncConnection) -> list[Disposition]:
    queues: dict[str, list[QueueId]] = defaultdict(list)
    for code, queue in await connection.execute(
        select(DispositionQueueRow.disposition, DispositionQueueRow.queue).order_by(DispositionQueueRow.queue)
    ):
        queues[code].append(QueueId(queue))
    rows = await connection.execute(
        select(
            DispositionRow.code,
            DispositionRow.ru,
            DispositionRow.en,
            DispositionRow.note_required,
            DispositionRow.parent,
            DispositionRow.callback,
            DispositionRow.amount,
            DispositionRow.answers,
        ).order_by(DispositionRow.position)
    )
    return [
        Disposition(
            row.code,
            row.ru,
            row.en,
            tuple(queues[row.code]),
            row.note_required,
            row.parent,
            Ask(row.callback),
            Ask(row.amount),
            tuple(row.answers),
        )
        for row in rows
    ]


async def _never_set(connection: AsyncConnection, counter: str, key: Any) -> bool:
    first = await advance(connection, counter) == 1
    return first and await connection.scalar(select(key).limit(1)) is None


async def _write_pause_reasons(connection: AsyncConnection, reasons: Sequence[PauseReason]) -> None:
    await connection.execute(delete(PauseReasonRow))
    rows = [
        {"code": reason.code, "ru": reason.ru, "en": reason.en, "position": position}
        for position, reason in enumerate(reasons)
    ]
    if rows:
        await connection.execute(insert(PauseReasonRow), rows)


async def _write_dispositions(connection: AsyncConnection, dispositions: Sequence[Disposition]) -> None:
    known = set(await connection.scalars(select(QueueRow.id)))
    links = [
        {"disposition": disposition.code, "queue": queue}
        for disposition in dispositions
        for queue in dict.fromkeys(disposition.queues)
    ]
    if unknown := sorted({link["queue"] for link in links} - known):
        raise UnknownReferenceError("queues", f"there is no {', '.join(unknown)}")
    await connection.execute(delete(DispositionQueueRow))
    await connection.execute(delete(DispositionRow))
    rows = [
        {
            "code": disposition.code,
            "ru": disposition.ru,
            "en": disposition.en,
            "note_required": disposition.note_required,
            "position": position,
            "parent": disposition.parent,
            "callback": disposition.callback.value,
            "amount": disposition.amount.value,
            "answers": list(disposition.answers),
        }
        for position, disposition in enumerate(dispositions)
    ]
    if rows:
        await connection.execute(insert(DispositionRow), rows)
    if links:
        await connection.execute(insert(DispositionQueueRow), links)


def _check_words(words: Sequence[PauseReason] | Sequence[Disposition]) -> None:
    codes = [word.code for word in words]
    for word in words:
        check_word("code", word.code, word.ru, word.en)
        if codes.count(word.code) > 1:
            raise DuplicateError("code", f"{word.code} is there twice")
