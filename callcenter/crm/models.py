"""Tables of clients and what is open with them. No row object leaves this package."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base, BigId, Moment


class ClientRow(Base):
    """``search_text`` is name, company and email in lower case, since SQLite folds only ASCII. ``owner`` is
    the login of the user who looks after the client, empty for nobody."""

    __tablename__ = "clients"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String)
    company: Mapped[str] = mapped_column(String)
    email: Mapped[str] = mapped_column(String)
    rank: Mapped[str] = mapped_column(String)
    owner: Mapped[str] = mapped_column(String, server_default=text("''"))
    note: Mapped[str] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(String, index=True)
    created_at: Mapped[float] = mapped_column(Moment)
    updated_at: Mapped[float] = mapped_column(Moment)


class ClientPhoneRow(Base):
    """``key`` is what callers are matched by: E.164 where the number has one, else its raw digits.
    ``digits`` serves the search by a part of a number."""

    __tablename__ = "client_phones"
    __table_args__ = (UniqueConstraint("client_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("clients.id", ondelete="CASCADE"))
    raw: Mapped[str] = mapped_column(String)
    e164: Mapped[str | None] = mapped_column(String)
    key: Mapped[str] = mapped_column(String, index=True)
    digits: Mapped[str] = mapped_column(String)
    label: Mapped[str] = mapped_column(String)


class CallerPickRow(Base):
    """Operators' corrections, newest wins; taking the newest away undoes it."""

    __tablename__ = "caller_picks"
    __table_args__ = (Index("ix_caller_picks_key_id", "key", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String)
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("clients.id", ondelete="CASCADE"), index=True)
    by: Mapped[str] = mapped_column(String)
    at: Mapped[float] = mapped_column(Moment)


# Deals, tickets, tasks and notes tell when, by whom (a user's login, empty for nobody of ours) and in which
# call they were made. The index of client, moment and id is their place in the client's timeline.


def _as_updated(context: Any) -> Any:
    """Brought in from elsewhere, without the moment it was made at: the last change is the nearest known."""
    return context.get_current_parameters()["updated_at"]


class DealRow(Base):
    """``amount`` is in hundredths of the currency's unit. ``owner`` is a user's login, empty for nobody."""

    __tablename__ = "deals"
    __table_args__ = (
        Index("ix_deals_client_id_closed_at", "client_id", "closed_at"),
        Index("ix_deals_client_id_created_at_id", "client_id", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("clients.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String)
    stage: Mapped[str] = mapped_column(String)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String)
    owner: Mapped[str] = mapped_column(String, server_default=text("''"))
    updated_at: Mapped[float] = mapped_column(Moment)
    closed_at: Mapped[float | None] = mapped_column(Moment)
    created_at: Mapped[float] = mapped_column(Moment, default=_as_updated)
    created_by: Mapped[str] = mapped_column(String, default="")
    call: Mapped[str | None] = mapped_column(String, index=True)


class TicketRow(Base):
    """``kind`` is one of ``views.TicketKind``; ``due_at`` is until when it was promised to be solved.
    ``owner`` is the login of the user whose case it is, empty for nobody."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_client_id_closed_at", "client_id", "closed_at"),
        Index("ix_tickets_client_id_created_at_id", "client_id", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("clients.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String)
    status: Mapped[str] = mapped_column(String)
    priority: Mapped[str] = mapped_column(String)
    owner: Mapped[str] = mapped_column(String, server_default=text("''"))
    kind: Mapped[str] = mapped_column(String, default="request")
    due_at: Mapped[float | None] = mapped_column(Moment)
    updated_at: Mapped[float] = mapped_column(Moment)
    closed_at: Mapped[float | None] = mapped_column(Moment)
    created_at: Mapped[float] = mapped_column(Moment, default=_as_updated)
    created_by: Mapped[str] = mapped_column(String, default="")
    call: Mapped[str | None] = mapped_column(String, index=True)


class TaskRow(Base):
    """Something to do, for a client or for a caller whom nobody knows. ``assignee`` is a user's login, empty
    for anyone. A message that a caller left has the ``queue`` it was left for, his ``number``, the ``call``,
    the name of its ``recording`` in the spool of messages, and its length in ``seconds`` (0: not known)."""

    __tablename__ = "client_tasks"
    __table_args__ = (
        Index("ix_client_tasks_client_id_done_at", "client_id", "done_at"),
        Index("ix_client_tasks_queue_done_at", "queue", "done_at"),
        Index("ix_client_tasks_assignee_done_at", "assignee", "done_at"),
        Index("ix_client_tasks_client_id_created_at_id", "client_id", "created_at", "id"),
        UniqueConstraint("recording"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    client_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("clients.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String)
    due_at: Mapped[float | None] = mapped_column(Moment)
    assignee: Mapped[str] = mapped_column(String)
    done_at: Mapped[float | None] = mapped_column(Moment)
    queue: Mapped[str | None] = mapped_column(String)
    number: Mapped[str | None] = mapped_column(String)
    call: Mapped[str | None] = mapped_column(String, index=True)
    recording: Mapped[str | None] = mapped_column(String)
    seconds: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[float] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(String, default="")


class NoteRow(Base):
    """What somebody wrote about a client; its author may change it."""

    __tablename__ = "client_notes"
    __table_args__ = (Index("ix_client_notes_client_id_created_at_id", "client_id", "created_at", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("clients.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[float] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(String)
    updated_at: Mapped[float] = mapped_column(Moment)
    call: Mapped[str | None] = mapped_column(String, index=True)
