"""Tables of people and of the routing plan. No row object leaves this package.

What one thing says of another (an agent of his queues, a queue of the skills it asks for) has a table, so
that the database keeps the reference true and history and reports can join it. Rings and scoring are JSON
documents on their queue: trees that are read and written with it and that no query looks into, checked by
``people.documents`` and ``people.check`` before they get here.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, CheckConstraint, Float, ForeignKey, Index, Integer, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base, BigId, Moment


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
    team: Mapped[str | None] = mapped_column(ForeignKey("teams.id"), index=True)
    work: Mapped[list[str]] = mapped_column(
        JSON, server_default=text("""'["inbound", "callback", "outbound"]'""")
    )


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
    value: Mapped[float] = mapped_column(Float, server_default=text("1"))
    rings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, server_default=text("'[]'"))
    preferred_patience: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    strategy: Mapped[str] = mapped_column(String, server_default=text("'least_occupied'"))
    preset: Mapped[str] = mapped_column(String, server_default=text("'balanced'"))
    scoring: Mapped[dict[str, Any]] = mapped_column(JSON, server_default=text("'{}'"))
    most_at_once: Mapped[int | None] = mapped_column(Integer)
    record: Mapped[bool] = mapped_column(server_default=false())
    auto_answer: Mapped[bool] = mapped_column(server_default=false())
    wrap_up_longest: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    preview_next: Mapped[str] = mapped_column(String, server_default=text("'no'"))


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


class QueuePreferredRow(Base):
    """A skill that makes an agent the better choice for a queue."""

    __tablename__ = "queue_preferred_skills"
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 10", name="level"),)

    queue: Mapped[str] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"), primary_key=True)
    skill: Mapped[str] = mapped_column(ForeignKey("skills.id"), primary_key=True)
    level: Mapped[int] = mapped_column(Integer)


class TeamRow(Base):
    __tablename__ = "teams"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    name: Mapped[str] = mapped_column(String)


class TeamQueueRow(Base):
    __tablename__ = "team_queues"

    team: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    queue: Mapped[str] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)


class ValueClassRow(Base):
    """``id`` is a client's rank."""

    __tablename__ = "value_classes"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    name: Mapped[str] = mapped_column(String)
    value: Mapped[float] = mapped_column(Float)


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


class AgentWeightRow(Base):
    """How an agent leans to a queue, which may be one of his team's."""

    __tablename__ = "agent_queue_weights"

    agent: Mapped[str] = mapped_column(ForeignKey("agents.login", ondelete="CASCADE"), primary_key=True)
    queue: Mapped[str] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"), primary_key=True)
    weight: Mapped[float] = mapped_column(Float)


class PauseReasonRow(Base):
    __tablename__ = "pause_reasons"

    code: Mapped[str] = mapped_column(String, primary_key=True)
    ru: Mapped[str] = mapped_column(String)
    en: Mapped[str] = mapped_column(String)
    position: Mapped[int] = mapped_column(Integer)


class DispositionRow(Base):
    """``parent`` is the group it is in. The whole list is replaced at once, by ``people.words``, which keeps
    that true; so there is no foreign key to rows that are about to come."""

    __tablename__ = "dispositions"

    code: Mapped[str] = mapped_column(String, primary_key=True)
    ru: Mapped[str] = mapped_column(String)
    en: Mapped[str] = mapped_column(String)
    note_required: Mapped[bool]
    position: Mapped[int] = mapped_column(Integer)
    parent: Mapped[str | None] = mapped_column(String)
    callback: Mapped[str] = mapped_column(String, server_default=text("'no'"))
    amount: Mapped[str] = mapped_column(String, server_default=text("'no'"))
    answers: Mapped[list[str]] = mapped_column(JSON, server_default=text("'[]'"))


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


class AuditRow(Base):
    """One change of one thing: what it was and what it became, as documents. Rows are only added."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_entity_entity_id_number", "entity", "entity_id", "number"),
        Index("ix_audit_entries_who_number", "who", "number"),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[float] = mapped_column(Moment, index=True)
    who: Mapped[str] = mapped_column(String)
    source: Mapped[str] = mapped_column(String)
    entity: Mapped[str] = mapped_column(String)
    entity_id: Mapped[str] = mapped_column(String)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
