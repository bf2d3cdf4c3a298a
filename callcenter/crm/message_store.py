"""The messages that callers left, as people hear them and tick them off.

The audio lies where Asterisk wrote it (``asterisk.messages_dir``), under the name that the task bears.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Select, or_, select, update
from sqlalchemy.engine import Row

from callcenter.clock import Clock
from callcenter.crm.models import TaskRow
from callcenter.crm.views import Message
from callcenter.recordings import RecordingFolder
from callcenter.storage.database import Database
from routing.ids import ClientId, QueueId


class MessageStore:
    """``folder`` is the spool of messages as seen from this machine. Every method may raise
    ``DatabaseUnavailableError``."""

    def __init__(self, database: Database, clock: Clock, folder: Path) -> None:
        self._database = database
        self._clock = clock
        self._folder = RecordingFolder(folder)

    async def messages(
        self, *, queues: Sequence[QueueId] | None, also_clients: bool, done: bool, limit: int
    ) -> Sequence[Message]:
        """The newest first: of these queues (``None``: of all), and with ``also_clients`` of known
        clients."""
        query = _messages().order_by(TaskRow.id.desc()).limit(limit)
        query = query.where(TaskRow.done_at.is_not(None) if done else TaskRow.done_at.is_(None))
        if queues is not None:
            of_queues = TaskRow.queue.in_(list(queues))
            query = query.where(or_(of_queues, TaskRow.client_id.is_not(None)) if also_clients else of_queues)
        async with self._database.read() as connection:
            return [_message(row) for row in await connection.execute(query)]

    async def find(self, message: int) -> Message | None:
        async with self._database.read() as connection:
            found = await connection.execute(_messages().where(TaskRow.id == message))
            row = found.one_or_none()
        return None if row is None else _message(row)

    async def set_done(self, message: int, done: bool) -> Message | None:
        """Tick a message off, or bring it back; the moment of the first tick stays. ``None``: no such
        message."""
        change = update(TaskRow).where(TaskRow.id == message, TaskRow.recording.is_not(None))
        async with self._database.write() as connection:
            if done:
                change = change.where(TaskRow.done_at.is_(None)).values(done_at=self._clock.now())
            else:
                change = change.values(done_at=None)
            await connection.execute(change)
        return await self.find(message)

    async def assign(self, message: int, assignee: str | None, *, instead_of: str | None = None) -> bool:
        """Give a message to a user (``None``: to anyone) if nobody has it, or ``instead_of`` has; whether
        that was so. Twice is once."""
        change = update(TaskRow).where(TaskRow.id == message, TaskRow.recording.is_not(None))
        change = change.where(TaskRow.assignee.in_(["", assignee or "", instead_of or ""]))
        async with self._database.write() as connection:
            changed = await connection.execute(change.values(assignee=assignee or ""))
            return bool(changed.rowcount)

    async def audio(self, message: Message) -> Path | None:
        """A WAV file; ``None`` when there is none. Raises ``OSError`` for a spool that can't be read."""
        return await self._folder.wav(message.recording)


def _messages() -> Select[*tuple[object, ...]]:
    return select(TaskRow.__table__).where(TaskRow.recording.is_not(None))


def _message(row: Row[*tuple[object, ...]]) -> Message:
    return Message(
        row.id,
        row.title,
        QueueId(row.queue or ""),
        row.number or "",
        row.call or "",
        row.recording,
        None if row.client_id is None else ClientId(row.client_id),
        row.seconds or 0,
        row.due_at or 0.0,
        row.assignee or None,
        row.done_at,
    )
