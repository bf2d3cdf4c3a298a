"""Tables of callbacks. The facts are the source; claims, and who has taken or dismissed an entry of the list,
are said here first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Float, Index, Integer, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base, Moment

_Json = JSON().with_variant(JSONB(), "postgresql")


class CallbackRow(Base):
    """A promise to call back, as its facts tell it. ``closed`` is why it is over, ``None`` while it is open.
    ``attempts`` counts the diallings that are over. ``promised`` tells whether the fact that made it is known
    yet: facts of two nodes come in any order. ``client`` is whose promise it is, where that is known;
    ``agent`` promised to call himself. ``last_*`` is the place of the last fact taken in that changes number
    and times."""

    __tablename__ = "callbacks"
    __table_args__ = (
        Index("ix_callbacks_closed_next_at", "closed", "next_at"),
        Index("ix_callbacks_agent_closed", "agent", "closed"),
    )

    callback: Mapped[str] = mapped_column(String, primary_key=True)
    promised: Mapped[bool] = mapped_column(Boolean)
    number: Mapped[str] = mapped_column(String, index=True)
    queue: Mapped[str] = mapped_column(String)
    since: Mapped[float | None] = mapped_column(Moment)
    created_at: Mapped[float | None] = mapped_column(Moment)
    next_at: Mapped[float | None] = mapped_column(Moment)
    until: Mapped[float | None] = mapped_column(Moment)
    value: Mapped[float] = mapped_column(Float)
    wanted: Mapped[list[Any]] = mapped_column(_Json)
    patience: Mapped[float] = mapped_column(Float)
    language: Mapped[str] = mapped_column(String)
    zones: Mapped[list[Any]] = mapped_column(_Json)
    shown: Mapped[str] = mapped_column(String)
    server: Mapped[str | None] = mapped_column(String)
    asked_in: Mapped[str | None] = mapped_column(String)
    client: Mapped[int | None] = mapped_column(BigInteger)
    by: Mapped[str] = mapped_column(String)
    agent: Mapped[str | None] = mapped_column(String)
    attempts: Mapped[int] = mapped_column(Integer)
    closed: Mapped[str | None] = mapped_column(String)
    closed_at: Mapped[float | None] = mapped_column(Moment)
    closed_call: Mapped[str | None] = mapped_column(String, index=True)
    closed_by: Mapped[str] = mapped_column(String)
    last_term: Mapped[int] = mapped_column(BigInteger)
    last_number: Mapped[int] = mapped_column(BigInteger)


class AttemptRow(Base):
    """One attempt to dial, from its claim on. The key is what makes it one: whoever inserts it may dial.
    ``term`` is the claimant's; 0 for a row that its facts alone have made."""

    __tablename__ = "callback_attempts"

    callback: Mapped[str] = mapped_column(String, primary_key=True)
    attempt: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    call: Mapped[str] = mapped_column(String, index=True)
    agent: Mapped[str | None] = mapped_column(String)
    term: Mapped[int] = mapped_column(BigInteger)
    claimed_at: Mapped[float] = mapped_column(Moment)
    dialled_at: Mapped[float | None] = mapped_column(Moment)
    ended_at: Mapped[float | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(String)


class MissedRow(Base):
    """A caller who gave up, by number: to be called back once. ``state`` is ``open``, ``claimed`` (by
    ``claimed_by``), ``reached`` or ``dismissed``. ``times`` counts the calls he gave up since he was last
    off the list; ``call``, ``queue``, ``dialled``, ``waited`` and ``client`` are of the latest."""

    __tablename__ = "missed_callers"
    __table_args__ = (Index("ix_missed_callers_state_last_at", "state", "last_at"),)

    number: Mapped[str] = mapped_column(String, primary_key=True)
    state: Mapped[str] = mapped_column(String)
    times: Mapped[int] = mapped_column(Integer)
    first_at: Mapped[float] = mapped_column(Moment)
    last_at: Mapped[float] = mapped_column(Moment)
    call: Mapped[str] = mapped_column(String)
    queue: Mapped[str] = mapped_column(String)
    dialled: Mapped[str] = mapped_column(String)
    waited: Mapped[float] = mapped_column(Float)
    client: Mapped[int | None] = mapped_column(BigInteger)
    claimed_by: Mapped[str | None] = mapped_column(String)
    claimed_at: Mapped[float | None] = mapped_column(Moment)
    off_at: Mapped[float | None] = mapped_column(Moment)
    off_by: Mapped[str] = mapped_column(String)
    reason: Mapped[str] = mapped_column(Text)
    last_term: Mapped[int] = mapped_column(BigInteger)
    last_number: Mapped[int] = mapped_column(BigInteger)
