"""Calls between two agents: their rows, written with the ledger's.

Facts of two nodes come in any order, so each adds what it says to the row and takes nothing away: the
earliest beginning and the first answer stay, and an end that nobody saw yields to one that somebody did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Float, Index, String, case, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.calls.facts import Fact
from callcenter.calls.intercom_facts import IntercomAnswered, IntercomEnded, IntercomStarted
from callcenter.calls.intercoms import IntercomOutcome
from callcenter.calls.restored import RestoredIntercom
from callcenter.storage.base import Base, Moment
from callcenter.storage.counters import upsert
from routing.ids import AgentId, IntercomId, ServerId, server_of


class IntercomRow(Base):
    """A call between two agents as its facts tell it."""

    __tablename__ = "intercoms"
    __table_args__ = (
        Index("ix_intercoms_by_agent_started_at", "by_agent", "started_at"),
        Index("ix_intercoms_to_agent_started_at", "to_agent", "started_at"),
        Index("ix_intercoms_started_at", "started_at"),
        Index(
            "ix_intercoms_open",
            "intercom",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    intercom: Mapped[str] = mapped_column(String, primary_key=True)
    by_agent: Mapped[str] = mapped_column(String)
    to_agent: Mapped[str] = mapped_column(String)
    started_at: Mapped[float] = mapped_column(Moment)
    answered_at: Mapped[float | None] = mapped_column(Moment)
    ended_at: Mapped[float | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(String)
    talked: Mapped[float] = mapped_column(Float)


async def write_intercoms(connection: AsyncConnection, facts: Sequence[Fact]) -> None:
    """Add what these facts say of intercoms, in the transaction that writes the ledger."""
    for fact in facts:
        match fact:
            case IntercomStarted():
                await _add(connection, fact)
            case IntercomAnswered():
                await _add(connection, fact, answered_at=fact.at)
            case IntercomEnded():
                outcome, talked = fact.outcome.value, fact.talked
                await _add(connection, fact, ended_at=fact.at, outcome=outcome, talked=talked)
            case _:
                pass


async def _add(
    connection: AsyncConnection, fact: IntercomStarted | IntercomAnswered | IntercomEnded, **said: Any
) -> None:
    known: dict[str, Any] = {"answered_at": None, "ended_at": None, "outcome": None, "talked": 0.0, **said}
    added = upsert(connection, IntercomRow).values(
        intercom=fact.intercom, by_agent=fact.agent, to_agent=fact.to, started_at=fact.at, **known
    )
    new, old = added.excluded, IntercomRow
    changes: dict[str, Any] = {
        "started_at": case((old.started_at > new.started_at, new.started_at), else_=old.started_at),
        "answered_at": case(
            (old.answered_at > new.answered_at, new.answered_at),
            else_=func.coalesce(old.answered_at, new.answered_at),
        ),
    }
    if "outcome" in said:
        unseen = or_(old.outcome.is_(None), old.outcome == IntercomOutcome.UNKNOWN.value)
        for name in ("ended_at", "outcome", "talked"):
            changes[name] = case((unseen, new[name]), else_=getattr(old, name))
    await connection.execute(added.on_conflict_do_update(index_elements=["intercom"], set_=changes))


async def load_open(connection: AsyncConnection) -> list[RestoredIntercom]:
    """Those without an end, the first begun first."""
    found = await connection.execute(
        select(
            IntercomRow.intercom,
            IntercomRow.by_agent,
            IntercomRow.to_agent,
            IntercomRow.started_at,
            IntercomRow.answered_at,
        )
        .where(IntercomRow.ended_at.is_(None))
        .order_by(IntercomRow.started_at, IntercomRow.intercom)
    )
    return [
        RestoredIntercom(
            IntercomId(row.intercom),
            ServerId(server_of(IntercomId(row.intercom))),
            AgentId(row.by_agent),
            AgentId(row.to_agent),
            row.started_at,
            row.answered_at,
        )
        for row in found
    ]
