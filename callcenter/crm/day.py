"""What is to be done today: tasks that are due, of one person and of the queues he serves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.engine import Row

from callcenter.clock import Clock
from callcenter.crm.models import ClientRow, TaskRow
from callcenter.crm.views import DueTask
from callcenter.storage.database import Database
from routing.ids import ClientId, QueueId


class DayStore:
    """Every method may raise ``DatabaseUnavailableError``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def due_for(
        self, login: str, queues: Sequence[QueueId], until: float, *, limit: int
    ) -> Sequence[DueTask]:
        """Open tasks that are due before ``until``, the oldest first: the login's own, and those of these
        queues that are nobody's."""
        own = TaskRow.assignee == login
        theirs = and_(TaskRow.assignee == "", TaskRow.queue.in_(list(queues)))
        query = (
            _tasks()
            .where(TaskRow.done_at.is_(None), TaskRow.due_at < until, or_(own, theirs))
            .order_by(TaskRow.due_at, TaskRow.id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [_task(row) for row in await connection.execute(query)]

    async def find(self, task: int) -> DueTask | None:
        async with self._database.read() as connection:
            row = (await connection.execute(_tasks().where(TaskRow.id == task))).one_or_none()
        return None if row is None else _task(row)

    async def set_done(self, task: int, done: bool) -> DueTask | None:
        """Tick a task off, or bring it back; the moment of the first tick stays. ``None``: no such task."""
        change = update(TaskRow).where(TaskRow.id == task)
        async with self._database.write() as connection:
            if done:
                change = change.where(TaskRow.done_at.is_(None)).values(done_at=self._clock.now())
            else:
                change = change.values(done_at=None)
            await connection.execute(change)
        return await self.find(task)


def _tasks() -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(
        TaskRow.id,
        TaskRow.title,
        TaskRow.due_at,
        TaskRow.assignee,
        TaskRow.done_at,
        TaskRow.queue,
        TaskRow.number,
        TaskRow.recording,
        TaskRow.client_id,
        TaskRow.created_by,
        ClientRow.name.label("client_name"),
    ).join(ClientRow, ClientRow.id == TaskRow.client_id, isouter=True)
    return query


def _task(row: Row[Any]) -> DueTask:
    return DueTask(
        row.id,
        row.title,
        row.due_at,
        row.assignee,
        row.done_at,
        None if row.queue is None else QueueId(row.queue),
        row.number or "",
        row.recording is not None,
        None if row.client_id is None else ClientId(row.client_id),
        row.client_name or "",
        row.created_by or "",
    )
