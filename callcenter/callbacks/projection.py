"""From facts to rows of callbacks and missed callers, within the ledger's own transaction: each fact once.

Facts of one node come in order; those of a node that died may come after its successor's. So each rule bears
that: a promise that is over stays over, attempts only grow, and number and times are those of the latest
fact by its place in the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.callbacks.models import AttemptRow, CallbackRow, MissedRow
from callcenter.callbacks.views import MissedState
from callcenter.calls.callback_facts import (
    SAME_AGENT,
    CallbackChanged,
    CallbackDialled,
    CallbackEnded,
    CallbackPromised,
    CallbackTried,
    CallerGaveUp,
    CallerReached,
)
from callcenter.calls.ledger import LedgerEntry
from callcenter.storage.counters import upsert
from routing.callbacks import PATIENCE
from routing.ids import CallbackId, CallId

ON_THE_LIST = (MissedState.OPEN.value, MissedState.CLAIMED.value)


class CallbackProjection:
    """A further projection of the ledger (see ``history.store``)."""

    async def apply(self, connection: AsyncConnection, entries: Sequence[LedgerEntry]) -> None:
        """Take in facts that the ledger did not have yet, in the transaction that writes them."""
        for entry in entries:
            fact, place = entry.fact, (entry.term, entry.number)
            match fact:
                case CallbackPromised():
                    await _promised(connection, fact, place)
                case CallbackChanged():
                    await _make_sure(connection, fact.callback)
                    changes = {"number": fact.number, "next_at": fact.next_at, "until": fact.until}
                    his = {} if fact.agent == SAME_AGENT else {"agent": fact.agent}
                    zones = {"zones": list(fact.zones)}
                    await _later(connection, fact.callback, place, {**changes, **zones, **his})
                case CallbackDialled():
                    await _attempt(connection, fact.callback, fact.attempt, fact.call, fact.at, fact.agent)
                    dialled = {"dialled_at": fact.at, "call": fact.call}
                    await _set_attempt(connection, fact.callback, fact.attempt, **dialled)
                case CallbackTried():
                    await _attempt(connection, fact.callback, fact.attempt, fact.call, fact.at, None)
                    over = {"ended_at": fact.at, "outcome": fact.outcome.value}
                    await _set_attempt(connection, fact.callback, fact.attempt, **over)
                    await _make_sure(connection, fact.callback)
                    await _count(connection, fact)
                    if fact.next_at is not None:
                        await _later(connection, fact.callback, place, {"next_at": fact.next_at})
                case CallbackEnded():
                    await _make_sure(connection, fact.callback)
                    await connection.execute(
                        update(CallbackRow)
                        .where(CallbackRow.callback == fact.callback, CallbackRow.closed.is_(None))
                        .values(
                            closed=fact.reason.value,
                            closed_at=fact.at,
                            closed_call=fact.call,
                            closed_by=fact.by,
                        )
                    )
                case CallerGaveUp():
                    await _gave_up(connection, fact, place)
                case CallerReached():
                    await _reached(connection, fact, place)
                case _:
                    pass


def _blank(callback: CallbackId) -> dict[str, Any]:
    """A row of which only an end or an attempt is known yet."""
    return {
        "callback": callback,
        "promised": False,
        "number": "",
        "queue": "",
        "since": None,
        "created_at": None,
        "next_at": None,
        "until": None,
        "value": 1.0,
        "wanted": [],
        "patience": PATIENCE,
        "language": "",
        "zones": [],
        "shown": "",
        "server": None,
        "asked_in": None,
        "client": None,
        "by": "",
        "agent": None,
        "attempts": 0,
        "closed": None,
        "closed_at": None,
        "closed_call": None,
        "closed_by": "",
        "last_term": 0,
        "last_number": 0,
    }


async def _make_sure(connection: AsyncConnection, callback: CallbackId) -> None:
    insert = upsert(connection, CallbackRow).values(**_blank(callback))
    await connection.execute(insert.on_conflict_do_nothing(index_elements=["callback"]))


async def _promised(connection: AsyncConnection, fact: CallbackPromised, place: tuple[int, int]) -> None:
    await _make_sure(connection, fact.callback)
    await connection.execute(
        update(CallbackRow)
        .where(CallbackRow.callback == fact.callback)
        .values(
            promised=True,
            queue=fact.queue,
            since=fact.since,
            created_at=fact.at,
            value=fact.value,
            wanted=[[skill.skill, skill.level] for skill in fact.wanted],
            patience=fact.patience,
            language=fact.language,
            shown=fact.shown,
            server=fact.server,
            asked_in=fact.call,
            client=fact.client,
            by=fact.by,
            agent=fact.agent,
        )
    )
    times = {"number": fact.number, "next_at": fact.next_at, "until": fact.until}
    if not await _later(connection, fact.callback, place, {**times, "zones": list(fact.zones)}):
        # Something later told the times already; what it left out is from here.
        row = CallbackRow.callback == fact.callback
        await connection.execute(
            update(CallbackRow).where(row, CallbackRow.number == "").values(number=fact.number)
        )
        await connection.execute(
            update(CallbackRow).where(row, CallbackRow.until.is_(None)).values(until=fact.until)
        )


async def _later(
    connection: AsyncConnection, callback: CallbackId, place: tuple[int, int], changes: dict[str, Any]
) -> bool:
    """Set these if nothing later did; whether that was so."""
    last = await connection.execute(
        select(CallbackRow.last_term, CallbackRow.last_number).where(CallbackRow.callback == callback)
    )
    known = last.one()
    if (known.last_term, known.last_number) >= place:
        return False
    await connection.execute(
        update(CallbackRow)
        .where(CallbackRow.callback == callback)
        .values(**changes, last_term=place[0], last_number=place[1])
    )
    return True


async def _attempt(
    connection: AsyncConnection,
    callback: CallbackId,
    attempt: int,
    call: CallId,
    at: float,
    agent: str | None,
) -> None:
    """The row of an attempt, which its claim has made unless another process claimed it."""
    insert = upsert(connection, AttemptRow).values(
        callback=callback, attempt=attempt, call=call, agent=agent, term=0, claimed_at=at
    )
    await connection.execute(insert.on_conflict_do_nothing(index_elements=["callback", "attempt"]))


async def _set_attempt(
    connection: AsyncConnection, callback: CallbackId, attempt: int, **changes: Any
) -> None:
    await connection.execute(
        update(AttemptRow)
        .where(AttemptRow.callback == callback, AttemptRow.attempt == attempt)
        .values(**changes)
    )


async def _count(connection: AsyncConnection, fact: CallbackTried) -> None:
    row = (CallbackRow.callback == fact.callback, CallbackRow.attempts < fact.attempt)
    await connection.execute(update(CallbackRow).where(*row).values(attempts=fact.attempt))


async def _gave_up(connection: AsyncConnection, fact: CallerGaveUp, place: tuple[int, int]) -> None:
    known = (await connection.execute(select(MissedRow).where(MissedRow.number == fact.number))).one_or_none()
    latest = {
        "last_at": fact.at,
        "call": fact.call,
        "queue": fact.queue,
        "dialled": fact.dialled,
        "waited": fact.waited,
        "client": fact.client,
        "last_term": place[0],
        "last_number": place[1],
    }
    anew = {"state": MissedState.OPEN.value, "times": 1, "first_at": fact.at}
    anew |= {"claimed_by": None, "claimed_at": None, "off_at": None, "off_by": "", "reason": ""}
    if known is None:
        insert = upsert(connection, MissedRow).values(number=fact.number, **latest, **anew)
        await connection.execute(insert)
        return
    late = (known.last_term, known.last_number) > place
    changes: dict[str, Any] = {} if late else dict(latest)
    if known.state in ON_THE_LIST:
        changes["times"] = known.times + 1
    elif not late and (known.off_at is None or fact.at >= known.off_at):
        changes |= anew
    if changes:
        await connection.execute(update(MissedRow).where(MissedRow.number == fact.number).values(**changes))


async def _reached(connection: AsyncConnection, fact: CallerReached, place: tuple[int, int]) -> None:
    """Unless he gave up again after that."""
    known = (await connection.execute(select(MissedRow).where(MissedRow.number == fact.number))).one_or_none()
    if known is None or (known.last_term, known.last_number) > place:
        return
    changes: dict[str, Any] = {"last_term": place[0], "last_number": place[1]}
    if known.state in ON_THE_LIST:
        off = {"state": MissedState.REACHED.value, "off_at": fact.at, "off_by": "", "reason": fact.how.value}
        changes |= off
    await connection.execute(update(MissedRow).where(MissedRow.number == fact.number).values(**changes))
