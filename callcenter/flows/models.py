"""Tables of flows, opening hours and prompts.

A flow is a tree that is only ever read and written as a whole, and that no query looks into: it is kept as
one JSON document, checked by ``flows.documents`` and ``routing.flows.check`` before it gets here. The same
holds for hours. What the database itself must keep unique or find again has tables: the numbers that lead to
a flow, and the recordings.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, CheckConstraint, Float, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base, Moment


class FlowRow(Base):
    """``document`` is a ``FlowDocument`` without the numbers."""

    __tablename__ = "flows"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    name: Mapped[str] = mapped_column(String)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)


class FlowNumberRow(Base):
    __tablename__ = "flow_numbers"

    number: Mapped[str] = mapped_column(String, primary_key=True)
    flow: Mapped[str] = mapped_column(ForeignKey("flows.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(Integer)


class HoursRow(Base):
    """``document`` is an ``HoursDocument``."""

    __tablename__ = "hours"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    name: Mapped[str] = mapped_column(String)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)


class PromptRow(Base):
    """One recording of a prompt in one language. The audio is a file elsewhere, found by ``sha256``."""

    __tablename__ = "prompts"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    language: Mapped[str] = mapped_column(String, primary_key=True)
    sha256: Mapped[str] = mapped_column(String)
    seconds: Mapped[float] = mapped_column(Float)
    uploaded_by: Mapped[str] = mapped_column(String)
    uploaded_at: Mapped[float] = mapped_column(Moment)


class EmergencyRow(Base):
    """The emergency closing: one row, or none while nobody ever set it. ``document`` is an
    ``EmergencyDocument``."""

    __tablename__ = "emergency"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
