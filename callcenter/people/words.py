"""The site's words: pause reasons and dispositions, in both languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from callcenter.people.models import DispositionQueueRow, DispositionRow, PauseReasonRow, QueueRow
from callcenter.people.views import Disposition, PauseReason
from callcenter.storage.database import Database
from callcenter.storage.errors import DuplicateError, UnknownReferenceError
from routing.ids import QueueId


class WordStore:
    """Every method may raise ``DatabaseUnavailableError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pause_reasons(self) -> Sequence[PauseReason]:
        """In the order they are offered."""
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(PauseReasonRow.code, PauseReasonRow.ru, PauseReasonRow.en).order_by(
                    PauseReasonRow.position
                )
            )
            return [PauseReason(row.code, row.ru, row.en) for row in rows]

    async def dispositions(self) -> Sequence[Disposition]:
        """In the order they are offered."""
        async with self._database.read() as connection:
            queues: dict[str, list[QueueId]] = defaultdict(list)
            for code, queue in await connection.execute(
                select(DispositionQueueRow.disposition, DispositionQueueRow.queue).order_by(
                    DispositionQueueRow.queue
                )
            ):
                queues[code].append(QueueId(queue))
            rows = await connection.execute(
                select(
                    DispositionRow.code, DispositionRow.ru, DispositionRow.en, DispositionRow.note_required
                ).order_by(DispositionRow.position)
            )
            return [
                Disposition(row.code, row.ru, row.en, tuple(queues[row.code]), row.note_required)
                for row in rows
            ]

    async def set_pause_reasons(self, reasons: Sequence[PauseReason]) -> None:
        """Replace them all, in this order. Raises ``DuplicateError`` (``code``)."""
        _check_codes([reason.code for reason in reasons])
        async with self._database.write() as connection:
            await connection.execute(delete(PauseReasonRow))
            if reasons:
                await connection.execute(
                    insert(PauseReasonRow),
                    [
                        {"code": reason.code, "ru": reason.ru, "en": reason.en, "position": position}
                        for position, reason in enumerate(reasons)
                    ],
                )

    async def set_dispositions(self, dispositions: Sequence[Disposition]) -> None:
        """Replace them all, in this order. Raises ``DuplicateError`` (``code``) and ``UnknownReferenceError``
        (``queues``)."""
        _check_codes([disposition.code for disposition in dispositions])
        async with self._database.write() as connection:
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
            if dispositions:
                await connection.execute(
                    insert(DispositionRow),
                    [
                        {
                            "code": disposition.code,
                            "ru": disposition.ru,
                            "en": disposition.en,
                            "note_required": disposition.note_required,
                            "position": position,
                        }
                        for position, disposition in enumerate(dispositions)
                    ],
                )
            if links:
                await connection.execute(insert(DispositionQueueRow), links)


def _check_codes(codes: Sequence[str]) -> None:
    for code in codes:
        if codes.count(code) > 1:
            raise DuplicateError("code", f"{code} is there twice")
