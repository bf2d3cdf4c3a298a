"""Writing a batch of facts: their ledger rows and what they add up to, in one transaction, each fact once.

Two writers (a node that took over, and the old one draining what it still had) take turns: a lock on
PostgreSQL, the one writer on SQLite. Each notices by ``last_*`` and ``facts`` of the call's row that the
other one was there, and then folds the call anew from the ledger.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from callcenter.calls.ledger import LedgerEntry
from callcenter.history import rows
from callcenter.history.documents import Document, read_entry
from callcenter.history.intercoms import write_intercoms
from callcenter.history.models import (
    AgentBrowserRow,
    AgentIntentRow,
    AgentStateRow,
    CallRow,
    LedgerRow,
    LegRow,
    OfferRow,
)
from callcenter.history.projection import call_concerned, fold, fold_all, follows
from callcenter.history.records import CallRecord, LegRecord, OfferRecord
from callcenter.storage.database import Database, Dialect
from routing.ids import AgentId, CallId

_LOCK = 0x63635F6C
_GOING_ON = 20_000
_ENDED = 1_000
"""Ended calls of which more may come: as many as agents wrap up at once. What is kept costs each full garbage
collection its share, in which nothing is routed."""
_CLOCK_SLACK = 60.0  # seconds by which two nodes' clocks may differ


class Projection(Protocol):
    """What else the facts add up to, kept by another room."""

    async def apply(self, connection: AsyncConnection, entries: Sequence[LedgerEntry]) -> None:
        """Take in facts that are new to the ledger, within the transaction that writes them. Facts of one
        node come in order, those of two in any."""


class FactStore:
    """Remembers the records of up to ``going_on`` calls that go on and of the last ``ended`` ones, so that
    the usual batch reads nothing back. Belongs to one writer. ``also`` are further projections."""

    def __init__(
        self,
        database: Database,
        *,
        going_on: int = _GOING_ON,
        ended: int = _ENDED,
        also: Sequence[Projection] = (),
    ) -> None:
        self._database = database
        self._most_going_on = going_on
        self._most_ended = ended
        self._also = also
        self._going_on: OrderedDict[CallId, CallRecord] = OrderedDict()
        self._ended: OrderedDict[CallId, CallRecord] = OrderedDict()

    @property
    def remembered(self) -> int:
        """How many calls' records are kept in memory."""
        return len(self._going_on) + len(self._ended)

    async def write(self, documents: Sequence[Document]) -> int:
        """Write those that the ledger does not have yet; how many these were.

        Raises ``DatabaseUnavailableError``, and an SQLAlchemy error when the database refuses a value; then
        nothing was written."""
        async with self._database.write() as connection:
            if self._database.dialect is Dialect.POSTGRESQL:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            new = await self._unknown(connection, documents)
            if not new:
                return 0
            await connection.execute(rows.LEDGER_INSERT, rows.ledger_rows(new))
            records = await self._project_calls(connection, new)
            await _project_agents(connection, new)
            dialect = self._database.dialect.value
            if intents := rows.intent_rows(new):
                await connection.execute(rows.last_word_upsert(AgentIntentRow, dialect), intents)
            if browsers := rows.browser_rows(new):
                await connection.execute(rows.last_word_upsert(AgentBrowserRow, dialect), browsers)
            if blind := rows.blind_interval_rows(new):
                await connection.execute(rows.BLIND_INTERVAL_INSERT, blind)
            entries = [document.entry for document in new if document.entry is not None]
            await write_intercoms(connection, [entry.fact for entry in entries])
            for projection in self._also:
                await projection.apply(connection, entries)
        self._remember(records)
        return len(new)

    async def write_raw(self, document: Document) -> None:
        """Write one ledger row without what it adds up to, for a fact that can't be projected."""
        async with self._database.write() as connection:
            if await self._unknown(connection, [document]):
                await connection.execute(rows.LEDGER_INSERT, rows.ledger_rows([document]))

    async def _unknown(self, connection: AsyncConnection, documents: Sequence[Document]) -> list[Document]:
        numbers: dict[int, list[int]] = defaultdict(list)
        for document in documents:
            numbers[document.term].append(document.number)
        known: set[tuple[int, int]] = set()
        for term, wanted in numbers.items():
            found = await connection.scalars(
                select(LedgerRow.number).where(
                    LedgerRow.term == term, LedgerRow.number.between(min(wanted), max(wanted))
                )
            )
            known.update((term, number) for number in found)
        new: dict[tuple[int, int], Document] = {}
        for document in documents:
            if (document.term, document.number) not in known:
                new.setdefault((document.term, document.number), document)
        return list(new.values())

    async def _project_calls(
        self, connection: AsyncConnection, new: Sequence[Document]
    ) -> Mapping[CallId, CallRecord]:
        added: dict[CallId, list[LedgerEntry]] = defaultdict(list)
        for document in new:
            if document.entry is not None and (call := call_concerned(document.entry.fact)) is not None:
                added[call].append(document.entry)
        if not added:
            return {}
        stored = {
            CallId(call): (term, number, facts)
            for call, term, number, facts in await connection.execute(
                select(CallRow.call, CallRow.last_term, CallRow.last_number, CallRow.facts).where(
                    CallRow.call.in_(list(added))
                )
            )
        }
        records: dict[CallId, CallRecord] = {}
        legs: list[LegRecord] = []
        offers: list[OfferRecord] = []
        anew: list[CallId] = []
        for call, entries in added.items():
            before = self._known(call) if call in stored else None
            record = _folded(before, stored.get(call), entries)
            if record is None:
                anew.append(call)
                continue
            records[call] = record
            had_legs = before.legs if before else {}
            had_offers = before.offers if before else {}
            legs += [leg for key, leg in record.legs.items() if had_legs.get(key) is not leg]
            offers += [offer for key, offer in record.offers.items() if had_offers.get(key) is not offer]
        for record in await _fold_from_ledger(connection, anew):
            records[record.call] = record
            legs += record.legs.values()
            offers += record.offers.values()
        dialect = self._database.dialect.value
        if records:
            await connection.execute(rows.upsert_of(CallRow, dialect), rows.call_rows(records.values()))
        if legs:
            await connection.execute(rows.upsert_of(LegRow, dialect), rows.leg_rows(legs))
        if offers:
            await connection.execute(rows.upsert_of(OfferRow, dialect), rows.offer_rows(offers))
        return records

    def _known(self, call: CallId) -> CallRecord | None:
        return self._going_on.get(call) or self._ended.get(call)

    def _remember(self, records: Mapping[CallId, CallRecord]) -> None:
        for call, record in records.items():
            self._going_on.pop(call, None)
            self._ended.pop(call, None)
            (self._going_on if record.ended_at is None else self._ended)[call] = record
        for kept, most in ((self._going_on, self._most_going_on), (self._ended, self._most_ended)):
            while len(kept) > most:
                kept.popitem(last=False)


def _folded(
    before: CallRecord | None, stored: tuple[int, int, int] | None, entries: Sequence[LedgerEntry]
) -> CallRecord | None:
    """The record with the entries added, or ``None`` when it must be folded anew."""
    known = None if before is None else (before.last_term, before.last_number, before.facts)
    if known != stored:
        return None
    record = before
    for entry in entries:
        if not follows(record, entry):
            return None
        record = fold(record, entry)
    return record


async def _fold_from_ledger(connection: AsyncConnection, calls: Sequence[CallId]) -> list[CallRecord]:
    if not calls:
        return []
    entries: dict[CallId, list[LedgerEntry]] = defaultdict(list)
    for term, number, payload in await connection.execute(
        select(LedgerRow.term, LedgerRow.number, LedgerRow.payload).where(LedgerRow.call.in_(calls))
    ):
        entry = read_entry(term, number, payload)
        if entry is not None and (call := call_concerned(entry.fact)) is not None:
            entries[call].append(entry)
    return [record for call in calls if (record := fold_all(entries[call])) is not None]


async def _project_agents(connection: AsyncConnection, new: Sequence[Document]) -> None:
    states = rows.agent_state_rows(new)
    if not states:
        return
    await connection.execute(rows.AGENT_STATE_INSERT, states)
    # Each state lasts until the agent's next one. Those to set are the new ones, the ones that lasted so
    # far, and, when facts came late, the ones around them.
    agents = {AgentId(state["agent"]) for state in states}
    place = min((state["term"], state["number"]) for state in states)
    since = min(state["since"] for state in states) - _CLOCK_SLACK
    following = aliased(AgentStateRow)
    until = (
        select(following.since)
        .where(
            following.agent == AgentStateRow.agent,
            tuple_(following.term, following.number) > tuple_(AgentStateRow.term, AgentStateRow.number),
        )
        .order_by(following.term, following.number)
        .limit(1)
        .correlate(AgentStateRow)
        .scalar_subquery()
    )
    await connection.execute(
        update(AgentStateRow)
        .where(
            AgentStateRow.agent.in_(agents),
            or_(
                AgentStateRow.until.is_(None),
                AgentStateRow.until >= since,
                tuple_(AgentStateRow.term, AgentStateRow.number) >= tuple_(*place),
            ),
        )
        .values(until=until)
        .execution_options(synchronize_session=False)
    )
