"""Claims of callbacks, and the list of callers who gave up: compare and set, so that of two who reach for one
thing, one gets it and the other is told who did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.callbacks import read
from callcenter.callbacks.errors import TakenError
from callcenter.callbacks.models import AttemptRow, CallbackRow, MissedRow
from callcenter.callbacks.projection import ON_THE_LIST
from callcenter.callbacks.views import CallbackView, MissedState, MissedView
from callcenter.calls.callback_facts import CallbackEnd
from callcenter.calls.promises import OpenPromise
from callcenter.calls.restored import RestoredCallback
from callcenter.clock import Clock
from callcenter.storage.counters import upsert
from callcenter.storage.database import Database
from callcenter.storage.errors import NotFoundError
from routing.ids import AgentId, CallbackId, CallId, QueueId

MOST_SHOWN = 200
AUDITED_AS = "missed_callers"
"""What the audit trail calls entries of the list; their numbers are the ids."""


class Claim(Protocol):
    """What is claimed (``dispatch.ports.ClaimCallback``)."""

    @property
    def callback(self) -> CallbackId: ...
    @property
    def attempt(self) -> int: ...
    @property
    def call(self) -> CallId: ...
    @property
    def agent(self) -> AgentId: ...
    @property
    def at(self) -> float: ...


class Trail(Protocol):
    async def __call__(
        self,
        connection: AsyncConnection,
        entity: str,
        which: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        who: str,
        at: float,
    ) -> None:
        """Enter what a person changed into the audit trail, in the transaction that changes it."""


class CallbackStore:
    """Every method may raise ``DatabaseUnavailableError``. ``remember`` is for how many seconds callers who
    gave up stay on the list; ``trail`` is told what people do with it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        remember: float = 7 * 86_400.0,
        trail: Trail | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._remember = remember
        self._trail = trail

    async def promised_to(self, connection: AsyncConnection, numbers: Sequence[str]) -> Sequence[OpenPromise]:
        """Open callbacks to these numbers, the soonest first; for the card of whoever has them."""
        if not numbers:
            return ()
        return [
            OpenPromise(CallbackId(row.callback), row.number, QueueId(row.queue), row.next_at, row.by)
            for row in await connection.execute(read.promised_to(), {"numbers": list(numbers)})
        ]

    # Claims

    async def claim(self, wanted: Claim, term: int) -> bool:
        """Whether the attempt may be made: true for who claims it first, and for the same term asking again,
        since a router that waits for its answer has dialled nothing. Once true it is kept for good."""
        async with self._database.write() as connection:
            insert = upsert(connection, AttemptRow).values(
                callback=wanted.callback,
                attempt=wanted.attempt,
                call=wanted.call,
                agent=wanted.agent,
                term=term,
                claimed_at=wanted.at,
            )
            await connection.execute(insert.on_conflict_do_nothing(index_elements=["callback", "attempt"]))
            holder = await connection.execute(
                select(AttemptRow.term, AttemptRow.call, AttemptRow.dialled_at, AttemptRow.ended_at).where(
                    AttemptRow.callback == wanted.callback, AttemptRow.attempt == wanted.attempt
                )
            )
            row = holder.one()
            if row.term != term or row.dialled_at is not None or row.ended_at is not None:
                return False
            if row.call != wanted.call:
                # Asked again for another server: a successor must look for the call that will be dialled.
                await connection.execute(
                    update(AttemptRow)
                    .where(AttemptRow.callback == wanted.callback, AttemptRow.attempt == wanted.attempt)
                    .values(call=wanted.call, agent=wanted.agent, claimed_at=wanted.at)
                )
            return True

    # For a start or a takeover

    async def restored(self) -> tuple[RestoredCallback, ...]:
        """The promises that are open, the oldest place first, with the attempts that may have been made."""
        async with self._database.read() as connection:
            rows = (
                await connection.execute(
                    select(CallbackRow)
                    .where(CallbackRow.closed.is_(None), CallbackRow.promised)
                    .order_by(CallbackRow.since, CallbackRow.callback)
                )
            ).all()
            attempts = await read.attempts(connection, [row.callback for row in rows])
        return tuple(read.restored(row, attempts[row.callback]) for row in rows)

    async def gave_up(self) -> tuple[tuple[str, float], ...]:
        """The numbers on the list, with when they gave up last, in that order."""
        async with self._database.read() as connection:
            found = await connection.execute(
                select(MissedRow.number, MissedRow.last_at)
                .where(MissedRow.state.in_(ON_THE_LIST), MissedRow.last_at >= self._oldest())
                .order_by(MissedRow.last_at, MissedRow.number)
            )
            return tuple((row.number, row.last_at) for row in found)

    async def places(self, calls: Iterable[CallId]) -> tuple[tuple[CallId, float], ...]:
        """The places in line that these calls have from the callbacks that they ended by calling in."""
        async with self._database.read() as connection:
            found = await connection.execute(
                select(CallbackRow.closed_call, CallbackRow.since)
                .where(
                    CallbackRow.closed == CallbackEnd.CALLED_IN.value,
                    CallbackRow.closed_call.in_(list(calls)),
                    CallbackRow.since.is_not(None),
                )
                .order_by(CallbackRow.since.desc())
            )
            return tuple({CallId(row.closed_call): row.since for row in found}.items())

    # Lists

    async def callbacks(
        self,
        *,
        queue: QueueId | None = None,
        closed: bool = False,
        by: str | None = None,
        limit: int = MOST_SHOWN,
    ) -> Sequence[CallbackView]:
        """Open ones by the time of their next dialling, or those that are over, the latest first; ``by``
        keeps those that this user made."""
        which = select(CallbackRow).where(CallbackRow.promised)
        if by is not None:
            which = which.where(CallbackRow.by == by)
        if queue is not None:
            which = which.where(CallbackRow.queue == queue)
        if closed:
            which = which.where(CallbackRow.closed.is_not(None))
            which = which.order_by(CallbackRow.closed_at.desc(), CallbackRow.callback)
        else:
            which = which.where(CallbackRow.closed.is_(None))
            which = which.order_by(CallbackRow.next_at, CallbackRow.since, CallbackRow.callback)
        async with self._database.read() as connection:
            rows = (await connection.execute(which.limit(limit))).all()
            attempts = await read.attempts(connection, [row.callback for row in rows])
        return [read.view(row, attempts[row.callback]) for row in rows]

    async def due_for(
        self, agent: AgentId, queues: Sequence[QueueId], until: float, *, limit: int
    ) -> Sequence[CallbackView]:
        """Open ones that this agent promised or made, and of these queues those whose next dialling comes
        before ``until`` and which nobody else promised; by that time."""
        own = or_(CallbackRow.agent == agent, CallbackRow.by == agent)
        due = and_(CallbackRow.queue.in_(list(queues)), CallbackRow.next_at < until)
        which = (
            select(CallbackRow)
            .where(CallbackRow.promised, CallbackRow.closed.is_(None))
            .where(or_(own, and_(due, CallbackRow.agent.is_(None))))
            .order_by(CallbackRow.next_at, CallbackRow.since, CallbackRow.callback)
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(which)).all()
            attempts = await read.attempts(connection, [row.callback for row in rows])
        return [read.view(row, attempts[row.callback]) for row in rows]

    async def callback(self, callback: CallbackId) -> CallbackView | None:
        async with self._database.read() as connection:
            found = await connection.execute(
                select(CallbackRow).where(CallbackRow.callback == callback, CallbackRow.promised)
            )
            row = found.one_or_none()
            if row is None:
                return None
            return read.view(row, (await read.attempts(connection, [callback]))[callback])

    async def missed(self, *, queue: QueueId | None = None, limit: int = MOST_SHOWN) -> Sequence[MissedView]:
        """Those who gave up and were not reached since, who waits the longest first."""
        which = select(MissedRow).where(MissedRow.state.in_(ON_THE_LIST), MissedRow.last_at >= self._oldest())
        if queue is not None:
            which = which.where(MissedRow.queue == queue)
        which = which.order_by(MissedRow.first_at, MissedRow.number).limit(limit)
        async with self._database.read() as connection:
            rows = (await connection.execute(which)).all()
            promised = await read.promised(connection, [row.number for row in rows])
        return [read.missed(row, promised.get(row.number)) for row in rows]

    # What people do with the list

    async def take(self, number: str, agent: AgentId) -> MissedView:
        """The entry is this agent's to call back. Raises ``TakenError`` when it is another's, and
        ``NotFoundError`` when it is not on the list (any more). Twice is once."""
        async with self._database.write() as connection:
            taken = await connection.execute(
                update(MissedRow)
                .where(MissedRow.number == number, MissedRow.state == MissedState.OPEN.value)
                .values(state=MissedState.CLAIMED.value, claimed_by=agent, claimed_at=self._clock.now())
            )
            row = await _on_the_list(connection, number)
            if not taken.rowcount and row.claimed_by != agent:
                raise TakenError(row.claimed_by or "")
            if taken.rowcount:
                await self._tell(connection, number, _OPEN, _claimed(agent), agent)
            return read.missed(row, (await read.promised(connection, [number])).get(number))

    async def give_back(self, number: str, agent: AgentId, *, anybodys: bool = False) -> None:
        """The entry is open again. Raises ``NotFoundError``, and ``TakenError`` when it is another's, unless
        ``anybodys`` (a supervisor takes it from him)."""
        async with self._database.write() as connection:
            row = await _on_the_list(connection, number)
            if row.claimed_by not in (None, agent) and not anybodys:
                raise TakenError(row.claimed_by)
            given = await connection.execute(
                update(MissedRow)
                .where(MissedRow.number == number, MissedRow.state == MissedState.CLAIMED.value)
                .values(state=MissedState.OPEN.value, claimed_by=None, claimed_at=None)
            )
            if given.rowcount:
                await self._tell(connection, number, _claimed(row.claimed_by), _OPEN, agent)

    async def dismiss(self, number: str, by: str, reason: str, *, anybodys: bool = False) -> None:
        """Off the list, by a person with a reason. Raises as ``give_back``."""
        async with self._database.write() as connection:
            row = await _on_the_list(connection, number)
            if row.claimed_by not in (None, by) and not anybodys:
                raise TakenError(row.claimed_by)
            await connection.execute(
                update(MissedRow)
                .where(MissedRow.number == number, MissedRow.state.in_(ON_THE_LIST))
                .values(
                    state=MissedState.DISMISSED.value,
                    off_at=self._clock.now(),
                    off_by=by,
                    reason=reason,
                    claimed_by=None,
                    claimed_at=None,
                )
            )
            before = _OPEN if row.claimed_by is None else _claimed(row.claimed_by)
            after = {"state": MissedState.DISMISSED.value, "reason": reason}
            await self._tell(connection, number, before, after, by)

    async def _tell(
        self,
        connection: AsyncConnection,
        number: str,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        who: str,
    ) -> None:
        if self._trail is not None:
            await self._trail(connection, AUDITED_AS, number, before, after, who, self._clock.now())

    def _oldest(self) -> float:
        return self._clock.now() - self._remember


_OPEN: Mapping[str, Any] = {"state": MissedState.OPEN.value}


def _claimed(by: str | None) -> Mapping[str, Any]:
    return {"state": MissedState.CLAIMED.value, "by": by}


async def _on_the_list(connection: AsyncConnection, number: str) -> Any:
    """The row, locked until the transaction is over."""
    found = await connection.execute(
        select(MissedRow)
        .where(MissedRow.number == number, MissedRow.state.in_(ON_THE_LIST))
        .with_for_update()
    )
    row = found.one_or_none()
    if row is None:
        raise NotFoundError("number", "is not on the list (any more)")
    return row
