"""Tables of what happened. The ledger is the source; the other tables are projections of it and can be
rebuilt.

There are no foreign keys here: facts of two nodes may arrive in any order, a client may be deleted while
his calls stay true, and history must never refuse a fact.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Float, Index, Integer, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base, Moment


class LedgerRow(Base):
    """One fact. ``(term, number)`` is its place and its identity."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index("ix_ledger_call", "call", "term", "number"),
        Index("ix_ledger_agent_at", "agent", "at"),
    )

    term: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[float] = mapped_column(Moment, index=True)
    type: Mapped[str] = mapped_column(String)
    call: Mapped[str | None] = mapped_column(String)
    agent: Mapped[str | None] = mapped_column(String)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON().with_variant(JSONB(), "postgresql"))


class CallRow(Base):
    """A call as its facts tell it. ``agent`` is who talked last; ``talking_*`` who talks now. ``last_*`` and
    ``facts`` say which facts the row is made of, so that a writer notices when another one changed it."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_client_id_started_at", "client_id", "started_at"),
        Index("ix_calls_agent_started_at", "agent", "started_at"),
        Index("ix_calls_queue_started_at", "queue", "started_at"),
        Index("ix_calls_started_at_call", "started_at", "call"),
        Index("ix_calls_disposed_by_disposed_at", "disposed_by", "disposed_at"),
        Index(
            "ix_calls_open",
            "call",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    call: Mapped[str] = mapped_column(String, primary_key=True)
    server: Mapped[str] = mapped_column(String)
    number: Mapped[str] = mapped_column(String)
    name: Mapped[str] = mapped_column(String)
    dialled: Mapped[str] = mapped_column(String)
    client_id: Mapped[int | None] = mapped_column(BigInteger)
    candidates: Mapped[int] = mapped_column(Integer)
    queue: Mapped[str | None] = mapped_column(String)
    priority: Mapped[int] = mapped_column(Integer)
    agent: Mapped[str | None] = mapped_column(String)
    started_at: Mapped[float] = mapped_column(Moment)
    queued_at: Mapped[float | None] = mapped_column(Moment)
    fell_back_at: Mapped[float | None] = mapped_column(Moment)
    answered_at: Mapped[float | None] = mapped_column(Moment)
    ended_at: Mapped[float | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(String)
    waited: Mapped[float | None] = mapped_column(Float)
    talked: Mapped[float | None] = mapped_column(Float)
    held: Mapped[float] = mapped_column(Float, default=0.0)
    transfers: Mapped[int] = mapped_column(Integer, default=0)
    recording: Mapped[str | None] = mapped_column(String)
    dialled_by: Mapped[str | None] = mapped_column(String)
    talking_agent: Mapped[str | None] = mapped_column(String)
    talking_offer: Mapped[str | None] = mapped_column(String)
    disposition: Mapped[str | None] = mapped_column(String)
    note: Mapped[str] = mapped_column(Text)
    wrap_up: Mapped[float | None] = mapped_column(Float)
    disposed_at: Mapped[float | None] = mapped_column(Moment)
    disposed_by: Mapped[str | None] = mapped_column(String)
    healed: Mapped[int] = mapped_column(Integer)
    quarantined: Mapped[bool]
    last_term: Mapped[int] = mapped_column(BigInteger)
    last_number: Mapped[int] = mapped_column(BigInteger)
    facts: Mapped[int] = mapped_column(BigInteger)


class LegRow(Base):
    __tablename__ = "legs"

    leg: Mapped[str] = mapped_column(String, primary_key=True)
    call: Mapped[str] = mapped_column(String, index=True)
    role: Mapped[str | None] = mapped_column(String)
    station: Mapped[str | None] = mapped_column(String)
    agent: Mapped[str | None] = mapped_column(String)
    started_at: Mapped[float | None] = mapped_column(Moment)
    rang_at: Mapped[float | None] = mapped_column(Moment)
    talk_started_at: Mapped[float | None] = mapped_column(Moment)
    talk_ended_at: Mapped[float | None] = mapped_column(Moment)
    talked: Mapped[float] = mapped_column(Float)
    ended_at: Mapped[float | None] = mapped_column(Moment)
    cause: Mapped[int | None] = mapped_column(BigInteger)


class OfferRow(Base):
    """``gate``, ``waited``, ``idle`` and ``lead`` are seconds, as the facts define them."""

    __tablename__ = "offers"
    __table_args__ = (Index("ix_offers_agent_made_at", "agent", "made_at"),)

    offer: Mapped[str] = mapped_column(String, primary_key=True)
    call: Mapped[str] = mapped_column(String, index=True)
    queue: Mapped[str | None] = mapped_column(String)
    agent: Mapped[str] = mapped_column(String)
    station: Mapped[str | None] = mapped_column(String)
    made_at: Mapped[float | None] = mapped_column(Moment)
    gate: Mapped[float | None] = mapped_column(Float)
    waited: Mapped[float | None] = mapped_column(Float)
    idle: Mapped[float | None] = mapped_column(Float)
    painted_at: Mapped[float | None] = mapped_column(Moment)
    ring_sent_at: Mapped[float | None] = mapped_column(Moment)
    lead: Mapped[float | None] = mapped_column(Float)
    rang_at: Mapped[float | None] = mapped_column(Moment)
    answered_at: Mapped[float | None] = mapped_column(Moment)
    ended_at: Mapped[float | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(String)


class AgentStateRow(Base):
    """An agent was in ``state`` from ``since`` to ``until`` (``None``: still is). The key is the place of the
    fact that began it."""

    __tablename__ = "agent_states"
    __table_args__ = (
        Index("ix_agent_states_agent_term_number", "agent", "term", "number"),
        Index("ix_agent_states_agent_since", "agent", "since"),
        Index(
            "ix_agent_states_current",
            "agent",
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    term: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    agent: Mapped[str] = mapped_column(String)
    state: Mapped[str] = mapped_column(String)
    reason: Mapped[str] = mapped_column(String)
    by: Mapped[str] = mapped_column(String)
    call: Mapped[str | None] = mapped_column(String)
    since: Mapped[float] = mapped_column(Moment)
    until: Mapped[float | None] = mapped_column(Moment)


class AgentIntentRow(Base):
    """What an agent wants to be, by the last fact that said so: a change of his wish, or of his state while
    nothing held him."""

    __tablename__ = "agent_intents"

    agent: Mapped[str] = mapped_column(String, primary_key=True)
    intent: Mapped[str] = mapped_column(String)
    reason: Mapped[str] = mapped_column(String)
    by: Mapped[str] = mapped_column(String)
    at: Mapped[float] = mapped_column(Moment)
    term: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int] = mapped_column(BigInteger)


class AgentBrowserRow(Base):
    """Whether a console of the agent was connected, by the last fact that said so."""

    __tablename__ = "agent_browsers"

    agent: Mapped[str] = mapped_column(String, primary_key=True)
    connected: Mapped[bool]
    at: Mapped[float] = mapped_column(Moment)
    term: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int] = mapped_column(BigInteger)


class BlindIntervalRow(Base):
    """Between ``since`` and ``until`` events of the server may have been missed."""

    __tablename__ = "blind_intervals"

    term: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    server: Mapped[str] = mapped_column(String)
    since: Mapped[float] = mapped_column(Moment, index=True)
    until: Mapped[float] = mapped_column(Moment)
