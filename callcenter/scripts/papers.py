"""The papers of a call: the answers to its script, and what each of its agents has noted so far.

Both are saved as they are typed, many times a call, each time on top of the revision that the writer last
saw: of two tabs, the one that is behind is told so, and nothing is overwritten unseen. The answers are the
call's, so that the next agent goes on with them; a note is its agent's own, and the others read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.clock import Clock, SystemClock
from callcenter.scripts.documents import answers_of, script_of
from callcenter.scripts.errors import WrongAnswersError
from callcenter.scripts.models import CallNoteRow, CallScriptRow
from callcenter.scripts.store import read_version, version_for
from callcenter.scripts.views import CallNote, CallScript, NoteWish
from callcenter.scripts.walk import wrong_answers
from callcenter.storage.counters import upsert
from callcenter.storage.database import Database
from callcenter.storage.errors import ChangedMeanwhileError, InvalidFieldError, NotFoundError
from routing.ids import AgentId, CallId, QueueId


class PaperStore:
    """Every method may raise ``DatabaseUnavailableError``. Times are UTC epoch seconds."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    # The script

    async def script_of(self, call: CallId, queue: QueueId | None = None) -> CallScript | None:
        """The script that the call goes by; ``None`` if it was begun with none. Of a call that has not begun
        one, and waits in this ``queue``, the one that it would begin with now."""
        async with self._database.read() as connection:
            begun = await _call_script(connection, call)
            if begun is not None or queue is None:
                return begun
            found = await version_for(connection, queue)
        if found is None:
            return None
        document = found.document
        return CallScript(
            call, found.script, found.version, document, document.start, {}, 0, found.by, found.at
        )

    async def begin(self, call: CallId, queue: QueueId | None, agent: AgentId) -> CallScript | None:
        """The script that the call goes by. The first time, that is what its queue's calls begin with now,
        and the call keeps it, whatever is published later; asking again changes nothing."""
        async with self._database.read() as connection:
            begun = await _call_script(connection, call)
            if begun is not None or queue is None:
                return begun
            found = await version_for(connection, queue)
            if found is None:
                return None
        async with self._database.write() as connection:
            values = {
                "call": call,
                "script": found.script,
                "version": found.version,
                "step": found.document.start,
                "answers": {},
                "revision": 0,
                "by": agent,
                "at": self._clock.now(),
            }
            first = upsert(connection, CallScriptRow).values(**values)
            await connection.execute(first.on_conflict_do_nothing(index_elements=["call"]))
            return await _call_script(connection, call)

    async def answer(
        self, call: CallId, answers: Mapping[str, Any], step: str, base: int, agent: AgentId, today: date
    ) -> CallScript:
        """Keep all answers, and where the agent stands, on top of revision ``base``; the same again changes
        nothing. ``today`` is the site's day, which bounds of dates count from. Raises ``NotFoundError``
        (``script``), ``WrongAnswersError``, ``InvalidFieldError`` (``step``) and ``ChangedMeanwhileError``
        (``revision``)."""
        async with self._database.write() as connection:
            known = await _call_script(connection, call)
            if known is None:
                raise NotFoundError("script", "this call goes by no script")
            script = script_of(known.document)
            if step not in {one.id for one in script.steps}:
                raise InvalidFieldError("step", "this version of the script has no such step")
            if wrong := wrong_answers(script, answers_of(dict(answers)), today):
                raise WrongAnswersError(wrong)
            if known.answers == dict(answers) and known.step == step:
                return known
            now = self._clock.now()
            kept = await connection.execute(
                update(CallScriptRow)
                .where(CallScriptRow.call == call, CallScriptRow.revision == base)
                .values(answers=dict(answers), step=step, revision=base + 1, by=agent, at=now)
            )
            if kept.rowcount == 0:
                raise _changed("the answers", known.revision)
            found = await _call_script(connection, call)
            assert found is not None
            return found

    # Notes

    async def notes(self, call: CallId) -> Sequence[CallNote]:
        """What each agent noted, the earliest first."""
        rows = select(CallNoteRow.__table__).where(CallNoteRow.call == call)
        async with self._database.read() as connection:
            found = await connection.execute(rows.order_by(CallNoteRow.at, CallNoteRow.agent))
            return [_note(row) for row in found]

    async def note(self, call: CallId, agent: AgentId, wish: NoteWish, base: int) -> CallNote:
        """Keep what this agent noted on top of revision ``base`` (0: nothing yet); the same again changes
        nothing. Raises ``ChangedMeanwhileError`` (``revision``)."""
        own = (CallNoteRow.call == call, CallNoteRow.agent == agent)
        async with self._database.write() as connection:
            row = (await connection.execute(select(CallNoteRow.__table__).where(*own))).one_or_none()
            if row is not None and _note(row).wish == wish:
                return _note(row)
            values = {
                "text": wish.text,
                "disposition": wish.disposition,
                "amount": wish.amount,
                "callback_at": wish.callback_at,
                "callback_mine": wish.callback_mine,
                "revision": base + 1,
                "at": self._clock.now(),
            }
            if base == 0:
                first = upsert(connection, CallNoteRow).values(call=call, agent=agent, **values)
                kept = await connection.execute(
                    first.on_conflict_do_nothing(index_elements=["call", "agent"])
                )
            else:
                kept = await connection.execute(
                    update(CallNoteRow).where(*own, CallNoteRow.revision == base).values(**values)
                )
            if kept.rowcount == 0:
                raise _changed("the note", 0 if row is None else row.revision)
            now = (await connection.execute(select(CallNoteRow.__table__).where(*own))).one()
            return _note(now)

    async def settle(self, call: CallId, agent: AgentId, wish: NoteWish) -> None:
        """Keep how the call was closed by this agent, whatever his tabs had noted before."""
        async with self._database.write() as connection:
            values = {
                "text": wish.text,
                "disposition": wish.disposition,
                "amount": wish.amount,
                "callback_at": wish.callback_at,
                "callback_mine": wish.callback_mine,
                "at": self._clock.now(),
            }
            first = upsert(connection, CallNoteRow).values(call=call, agent=agent, revision=1, **values)
            await connection.execute(
                first.on_conflict_do_update(
                    index_elements=["call", "agent"],
                    set_={**values, "revision": CallNoteRow.revision + 1},
                )
            )


async def _call_script(connection: AsyncConnection, call: CallId) -> CallScript | None:
    row = (
        await connection.execute(select(CallScriptRow.__table__).where(CallScriptRow.call == call))
    ).one_or_none()
    if row is None:
        return None
    found = await read_version(connection, row.script, row.version)
    assert found is not None  # a foreign key says so
    return CallScript(
        CallId(row.call),
        row.script,
        row.version,
        found.document,
        row.step,
        row.answers,
        row.revision,
        row.by,
        row.at,
    )


def _note(row: Row[Any]) -> CallNote:
    wish = NoteWish(row.text, row.disposition, row.amount, row.callback_at, row.callback_mine)
    return CallNote(CallId(row.call), AgentId(row.agent), wish, row.revision, row.at)


def _changed(what: str, now: int) -> ChangedMeanwhileError:
    return ChangedMeanwhileError(
        "revision",
        now,
        f"{what} changed in another tab or by another agent meanwhile; read revision {now}, and save on top "
        "of it",
    )
