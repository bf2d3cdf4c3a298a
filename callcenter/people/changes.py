"""How every change of the plan is made: lock, read, change, check, write, tell the audit trail, commit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.flows.calendar import SiteCalendar
from callcenter.people.check import newly_wrong
from callcenter.people.mistakes import PlanMistake, PlanRefusedError
from callcenter.people.models import AuditRow, DispositionQueueRow
from callcenter.people.plan_rows import plan_changed, read_site_plan, write_changes
from callcenter.people.site_plan import Author, Change, Edit, SitePlan, Source, differences

CALENDAR = SiteCalendar()
"""For judging whether hours ever open. It only reads what came with the program, and remembers it."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit came to. ``warnings`` are those of the plan as it is now."""

    before: SitePlan
    after: SitePlan
    changes: tuple[Change, ...]
    warnings: tuple[PlanMistake, ...]


async def try_edit(connection: AsyncConnection, edit: Edit, now: float) -> Edited:
    """What ``edit`` would come to; ``now`` in UTC epoch seconds. Raises ``PlanRefusedError``, and what
    ``edit`` raises."""
    before = await read_site_plan(connection)
    after = await asyncio.to_thread(edit, before)
    warnings, changes = await judge(before, after, now)
    bare = await _left_bare(connection, {it.id for it in changes if it.entity == "queues" and not it.after})
    if bare:
        raise PlanRefusedError(bare)
    return Edited(before, after, changes, warnings)


async def make_edit(connection: AsyncConnection, edit: Edit, by: Author, now: float) -> Edited:
    """Do it, in the caller's transaction. Raises as ``try_edit`` does; the caller rolls back then."""
    await plan_changed(connection)
    edited = await try_edit(connection, edit, now)
    await write_changes(connection, edited.after, edited.changes)
    await record(connection, edited.changes, by, now)
    return edited


async def judge(
    before: SitePlan, after: SitePlan, now: float, *, people_leave: bool = False
) -> tuple[tuple[PlanMistake, ...], tuple[Change, ...]]:
    """The warnings of ``after``, and what is different in it. Raises ``PlanRefusedError``. It is done in a
    thread: on a site of a thousand agents it takes longer than a router that serves calls may stand still."""

    def judged() -> tuple[tuple[PlanMistake, ...], tuple[Change, ...]]:
        return refuse_wrong(before, after, now, people_leave=people_leave), differences(before, after)

    return await asyncio.to_thread(judged)


def refuse_wrong(
    before: SitePlan, after: SitePlan, now: float, *, people_leave: bool = False
) -> tuple[PlanMistake, ...]:
    """The warnings of ``after``. Raises ``PlanRefusedError`` with every error that is new in it."""
    errors, warnings = newly_wrong(before, after, CALENDAR, now, people_leave=people_leave)
    if errors:
        raise PlanRefusedError(errors)
    return warnings


async def record(connection: AsyncConnection, changes: Sequence[Change], by: Author, now: float) -> None:
    """Enter changes into the audit trail, in the transaction that makes them."""
    rows = [
        {
            "at": now,
            "who": by.who,
            "source": by.source.value,
            "entity": change.entity,
            "entity_id": change.id,
            "before": change.before,
            "after": change.after,
        }
        for change in changes
    ]
    if rows:
        await connection.execute(insert(AuditRow), rows)


async def note(
    connection: AsyncConnection,
    entity: str,
    which: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    who: str,
    at: float,
) -> None:
    """Enter what somebody changed by the API outside of plan and people; ``at`` in UTC epoch seconds."""
    await record(connection, (Change(entity, which, before, after),), Author(who, Source.API), at)


async def _left_bare(connection: AsyncConnection, gone: set[str]) -> list[PlanMistake]:
    """Dispositions that are offered in these queues alone: without them they would be offered everywhere."""
    if not gone:
        return []
    elsewhere: dict[str, bool] = {}
    rows = select(DispositionQueueRow.disposition, DispositionQueueRow.queue)
    for disposition, queue in await connection.execute(rows.order_by(DispositionQueueRow.disposition)):
        elsewhere[disposition] = elsewhere.get(disposition, False) or queue not in gone
    return [
        PlanMistake(
            f"dispositions.{disposition}",
            "disposition_bare",
            f"{disposition} is offered only in queues that would be gone",
            "Remove the disposition, or offer it in another queue, first",
            parameters={"disposition": disposition},
        )
        for disposition, kept in elsewhere.items()
        if not kept
    ]
