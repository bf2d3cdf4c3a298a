"""Tables of conversations among colleagues. The facts are the source. ``text`` and ``folded`` are personal
data."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base, Moment


class ChatMessageRow(Base):
    """``number`` orders a conversation. ``folded`` is the text without regard to case, to search in: SQLite
    knows no case beyond Latin."""

    __tablename__ = "chat_messages"
    __table_args__ = (
        UniqueConstraint("conversation", "sender", "message"),
        Index("ix_chat_messages_at", "at"),
    )

    conversation: Mapped[str] = mapped_column(String, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message: Mapped[str] = mapped_column(String)
    sender: Mapped[str] = mapped_column(String)
    at: Mapped[float] = mapped_column(Moment)
    text: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)


class ChatConversationRow(Base):
    """A conversation that was begun. ``one`` and ``other`` are the logins of a direct one, empty for a
    room."""

    __tablename__ = "chat_conversations"
    __table_args__ = (
        Index("ix_chat_conversations_last_at", "last_at"),
        Index("ix_chat_conversations_one", "one"),
        Index("ix_chat_conversations_other", "other"),
    )

    conversation: Mapped[str] = mapped_column(String, primary_key=True)
    one: Mapped[str] = mapped_column(String)
    other: Mapped[str] = mapped_column(String)
    last_at: Mapped[float] = mapped_column(Moment)


class ChatMarkRow(Base):
    """How far somebody has read."""

    __tablename__ = "chat_marks"

    conversation: Mapped[str] = mapped_column(String, primary_key=True)
    reader: Mapped[str] = mapped_column(String, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class HandRow(Base):
    """The last that was heard of an agent's hand; ``since`` is ``None`` when it is down. ``term`` and
    ``number`` are the place of the fact that said so."""

    __tablename__ = "agent_hands"

    agent: Mapped[str] = mapped_column(String, primary_key=True)
    since: Mapped[float | None] = mapped_column(Moment)
    text: Mapped[str] = mapped_column(Text)
    term: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int] = mapped_column(BigInteger)
