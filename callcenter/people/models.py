"""Tables of people and of the routing plan. No row object leaves this package."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base, Moment


class UserRow(Base):
    """``login`` never changes: it is the agent's id in every fact."""

    __tablename__ = "users"

    login: Mapped[str] = mapped_column(String, primary_key=True)
    name: Mapped[str] = mapped_column(String)
    role: Mapped[str] = mapped_column(String)
    password_hash: Mapped[str] = mapped_column(String)
    language: Mapped[str] = mapped_column(String)
    active: Mapped[bool]
    created_at: Mapped[float] = mapped_column(Moment)
    updated_at: Mapped[float] = mapped_column(Moment)


class AgentRow(Base):
    __tablename__ = "agents"

    login: Mapped[str] = mapped_column(ForeignKey("users.login", ondelete="CASCADE"), primary_key=True)
    station: Mapped[str] = mapped_column(String, unique=True)


class QueueRow(Base):
    """``takes_unknown`` marks the one queue for calls to numbers that no queue names."""

    __tablename__ = "queues"
    __table_args__ = (
        Index(
            "uq_queues_takes_unknown",
            "takes_unknown",
            unique=True,
            sqlite_where=text("takes_unknown"),
            postgresql_where=text("takes_unknown"),
        ),
    )

    id: Mapped[str] = mapped_column(String, primary_key=True)
    name: Mapped[str] = mapped_column(String)
    position: Mapped[int] = mapped_column(Integer)
    priority: Mapped[int] = mapped_column(Integer)
    ring_seconds: Mapped[int] = mapped_column(Integer)
    wrap_up_seconds: Mapped[int] = mapped_column(Integer)
    service_level_seconds: Mapped[int] = mapped_column(Integer)
    short_abandon_seconds: Mapped[int] = mapped_column(Integer)
    takes_unknown: Mapped[bool]


class QueueNumberRow(Base):
    __tablename__ = "queue_numbers"

    number: Mapped[str] = mapped_column(String, primary_key=True)
    queue: Mapped[str] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"), index=True)


class SkillRow(Base):
    __tablename__ = "skills"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    ru: Mapped[str] = mapped_column(String)
    en: Mapped[str] = mapped_column(String)


class QueueSkillRow(Base):
    __tablename__ = "queue_skills"
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 10", name="level"),)

    queue: Mapped[str] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"), primary_key=True)
    skill: Mapped[str] = mapped_column(ForeignKey("skills.id"), primary_key=True)
    level: Mapped[int] = mapped_column(Integer)


class AgentQueueRow(Base):
    __tablename__ = "agent_queues"

    agent: Mapped[str] = mapped_column(ForeignKey("agents.login", ondelete="CASCADE"), primary_key=True)
    queue: Mapped[str] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)


class AgentSkillRow(Base):
    __tablename__ = "agent_skills"
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 10", name="level"),)

    agent: Mapped[str] = mapped_column(ForeignKey("agents.login", ondelete="CASCADE"), primary_key=True)
    skill: Mapped[str] = mapped_column(ForeignKey("skills.id"), primary_key=True)
    level: Mapped[int] = mapped_column(Integer)


class PauseReasonRow(Base):
    __tablename__ = "pause_reasons"

    code: Mapped[str] = mapped_column(String, primary_key=True)
    ru: Mapped[str] = mapped_column(String)
    en: Mapped[str] = mapped_column(String)
    position: Mapped[int] = mapped_column(Integer)


class DispositionRow(Base):
    __tablename__ = "dispositions"

    code: Mapped[str] = mapped_column(String, primary_key=True)
    ru: Mapped[str] = mapped_column(String)
    en: Mapped[str] = mapped_column(String)
    note_required: Mapped[bool]
    position: Mapped[int] = mapped_column(Integer)


class DispositionQueueRow(Base):
    """A disposition with no row here is offered in every queue."""

    __tablename__ = "disposition_queues"

    disposition: Mapped[str] = mapped_column(
        ForeignKey("dispositions.code", ondelete="CASCADE"), primary_key=True
    )
    queue: Mapped[str] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"), primary_key=True)


class WebSessionRow(Base):
    """``id`` is a hash of the cookie's token, so that a copy of the table signs nobody in."""

    __tablename__ = "web_sessions"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("users.login", ondelete="CASCADE"), index=True)
    created_at: Mapped[float] = mapped_column(Moment)
    seen_at: Mapped[float] = mapped_column(Moment, index=True)
