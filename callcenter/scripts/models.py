"""Tables of scripts, and of what agents note down during calls.

A version is written once and never changed: the answers of old calls stay readable by the version they were
given to. Answers and notes have no foreign key to calls, as the history has none: they may be here before it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base, Moment


class ScriptRow(Base):
    """``published`` is the version that new calls begin with, ``latest`` the last one saved."""

    __tablename__ = "scripts"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    name: Mapped[str] = mapped_column(String)
    latest: Mapped[int] = mapped_column(Integer)
    published: Mapped[int | None] = mapped_column(Integer)


class ScriptVersionRow(Base):
    """``document`` is a ``ScriptDocument``."""

    __tablename__ = "script_versions"

    script: Mapped[str] = mapped_column(ForeignKey("scripts.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    by: Mapped[str] = mapped_column(String)
    at: Mapped[float] = mapped_column(Moment)


class ScriptQueueRow(Base):
    """A queue has one script at most."""

    __tablename__ = "script_queues"

    queue: Mapped[str] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"), primary_key=True)
    script: Mapped[str] = mapped_column(ForeignKey("scripts.id"), index=True)


class CallScriptRow(Base):
    """The script that a call goes by, in the version it was begun with, and its answers. ``revision`` grows
    with each change."""

    __tablename__ = "call_scripts"
    __table_args__ = (
        ForeignKeyConstraint(["script", "version"], ["script_versions.script", "script_versions.version"]),
    )

    call: Mapped[str] = mapped_column(String, primary_key=True)
    script: Mapped[str] = mapped_column(String)
    version: Mapped[int] = mapped_column(Integer)
    step: Mapped[str] = mapped_column(String)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    revision: Mapped[int] = mapped_column(Integer)
    by: Mapped[str] = mapped_column(String)
    at: Mapped[float] = mapped_column(Moment)


class CallNoteRow(Base):
    """What one agent has typed about a call so far. ``amount`` is a decimal, ``callback_at`` when a callback
    is to be promised for, ``callback_mine`` whether by himself."""

    __tablename__ = "call_notes"

    call: Mapped[str] = mapped_column(String, primary_key=True)
    agent: Mapped[str] = mapped_column(String, primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    disposition: Mapped[str | None] = mapped_column(String)
    amount: Mapped[str | None] = mapped_column(String)
    callback_at: Mapped[float | None] = mapped_column(Moment)
    callback_mine: Mapped[bool]
    revision: Mapped[int] = mapped_column(Integer)
    at: Mapped[float] = mapped_column(Moment)
