"""The audit trail: who changed what of the plan and of the people, when, and by which way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from callcenter.people.models import AuditRow
from callcenter.people.site_plan import Change, Source
from callcenter.storage.database import Database


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """``number`` grows with each entry; ``at`` is epoch seconds."""

    number: int
    at: float
    who: str
    source: Source
    change: Change


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """``None`` is any. ``since`` and ``until`` are epoch seconds, ``until`` itself is not in it."""

    entity: str | None = None
    id: str | None = None
    who: str | None = None
    source: Source | None = None
    since: float | None = None
    until: float | None = None


class AuditTrail:
    """Every method may raise ``DatabaseUnavailableError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, which: AuditFilter, limit: int, below: int | None = None
    ) -> tuple[Sequence[AuditEntry], int | None]:
        """The newest first, only those with a smaller number than ``below``; and ``below`` of the next
        page, ``None`` after the last."""
        rows = select(AuditRow.__table__).order_by(AuditRow.number.desc()).limit(limit + 1)
        for column, wanted in (
            (AuditRow.entity, which.entity),
            (AuditRow.entity_id, which.id),
            (AuditRow.who, which.who),
            (AuditRow.source, None if which.source is None else which.source.value),
        ):
            if wanted is not None:
                rows = rows.where(column == wanted)
        if which.since is not None:
            rows = rows.where(AuditRow.at >= which.since)
        if which.until is not None:
            rows = rows.where(AuditRow.at < which.until)
        if below is not None:
            rows = rows.where(AuditRow.number < below)
        async with self._database.read() as connection:
            entries = [
                AuditEntry(
                    row.number,
                    row.at,
                    row.who,
                    Source(row.source),
                    Change(row.entity, row.entity_id, row.before, row.after),
                )
                for row in await connection.execute(rows)
            ]
        more = len(entries) > limit
        return entries[:limit], entries[limit - 1].number if more else None
