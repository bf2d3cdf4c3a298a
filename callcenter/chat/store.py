"""Reading what was written: page by page, by a word, and what a restart goes on from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.calls.chats import KEPT, LIVE_SECONDS, MOST_OPEN, ChatMessage, ConversationId
from callcenter.calls.restored import RestoredChat, RestoredHand
from callcenter.chat.models import ChatConversationRow, ChatMarkRow, ChatMessageRow, HandRow
from callcenter.chat.views import WrittenMessage
from callcenter.clock import Clock
from callcenter.storage.database import Database
from routing.ids import AgentId

_Messages: TypeAlias = Select[*tuple[Any, ...]]
_MOST_CONVERSATIONS = 500
"""Of one person's, the latest: what is searched in."""


class ChatStore:
    """Every method may raise ``DatabaseUnavailableError``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self, conversation: ConversationId, *, below: int | None, limit: int
    ) -> Sequence[WrittenMessage]:
        """The newest first, of those with a smaller number than ``below``."""
        query = _messages().where(ChatMessageRow.conversation == conversation)
        if below is not None:
            query = query.where(ChatMessageRow.number < below)
        query = query.order_by(ChatMessageRow.number.desc()).limit(limit)
        async with self._database.read() as connection:
            return [_message(row) for row in await connection.execute(query)]

    async def search(
        self, login: str, rooms: Sequence[ConversationId], text: str, *, limit: int
    ) -> Sequence[WrittenMessage]:
        """Messages with this text in them, whatever its case: in the login's own conversations and in these
        rooms, the newest first."""
        async with self._database.read() as connection:
            own = await self._conversations(connection, login)
            query = (
                _messages()
                .where(
                    ChatMessageRow.conversation.in_([*own, *rooms]),
                    ChatMessageRow.folded.contains(text.casefold(), autoescape=True),
                )
                .order_by(ChatMessageRow.at.desc(), ChatMessageRow.number.desc())
                .limit(limit)
            )
            return [_message(row) for row in await connection.execute(query)]

    async def conversations(self, login: str) -> Sequence[ConversationId]:
        """The direct ones that this login takes part in, the one spoken in last first."""
        async with self._database.read() as connection:
            return await self._conversations(connection, login)

    async def _conversations(self, connection: AsyncConnection, login: str) -> list[ConversationId]:
        found = await connection.scalars(
            select(ChatConversationRow.conversation)
            .where(or_(ChatConversationRow.one == login, ChatConversationRow.other == login))
            .order_by(ChatConversationRow.last_at.desc())
            .limit(_MOST_CONVERSATIONS)
        )
        return [ConversationId(one) for one in found]

    async def forget(self, before: float) -> int:
        """Delete what was written before, and the conversations that have nothing left; how many messages
        that were."""
        async with self._database.write() as connection:
            gone = await connection.execute(delete(ChatMessageRow).where(ChatMessageRow.at < before))
            over = select(ChatConversationRow.conversation).where(ChatConversationRow.last_at < before)
            await connection.execute(delete(ChatMarkRow).where(ChatMarkRow.conversation.in_(over)))
            await connection.execute(delete(ChatConversationRow).where(ChatConversationRow.last_at < before))
            return gone.rowcount

    # For a start or a takeover

    async def chats(self) -> tuple[RestoredChat, ...]:
        """The conversations of the last days by their last messages, the one spoken in last at the end."""
        since = self._clock.now() - LIVE_SECONDS
        lately = (
            select(ChatConversationRow.conversation)
            .where(ChatConversationRow.last_at >= since)
            .order_by(ChatConversationRow.last_at.desc())
            .limit(MOST_OPEN)
        )
        place = (
            func.row_number()
            .over(partition_by=ChatMessageRow.conversation, order_by=ChatMessageRow.number.desc())
            .label("place")
        )
        async with self._database.read() as connection:
            open_ones = list(await connection.scalars(lately))
            inner = (
                select(
                    ChatMessageRow.conversation,
                    ChatMessageRow.number,
                    ChatMessageRow.at,
                    ChatMessageRow.message,
                    ChatMessageRow.sender,
                    ChatMessageRow.text,
                    place,
                )
                .where(ChatMessageRow.conversation.in_(lately))
                .subquery()
            )
            messages: dict[str, list[ChatMessage]] = defaultdict(list)
            for row in await connection.execute(
                select(inner).where(inner.c.place <= KEPT).order_by(inner.c.conversation, inner.c.number)
            ):
                messages[row.conversation].append(
                    ChatMessage(row.number, row.at, row.message, row.sender, row.text)
                )
            marks: dict[str, list[tuple[str, int]]] = defaultdict(list)
            for mark in await connection.execute(
                select(ChatMarkRow.conversation, ChatMarkRow.reader, ChatMarkRow.number)
                .where(ChatMarkRow.conversation.in_(lately))
                .order_by(ChatMarkRow.reader)
            ):
                marks[mark.conversation].append((mark.reader, mark.number))
        return tuple(
            RestoredChat(ConversationId(one), tuple(messages[one]), tuple(marks[one]))
            for one in reversed(open_ones)
            if messages[one]
        )

    async def hands(self) -> tuple[RestoredHand, ...]:
        """The hands that are up, who raised his first at the head."""
        async with self._database.read() as connection:
            found = await connection.execute(
                select(HandRow.agent, HandRow.since, HandRow.text)
                .where(HandRow.since.is_not(None))
                .order_by(HandRow.since, HandRow.agent)
            )
            return tuple(RestoredHand(AgentId(row.agent), row.since or 0.0, row.text) for row in found)


def _messages() -> _Messages:
    query: _Messages = select(
        ChatMessageRow.conversation,
        ChatMessageRow.number,
        ChatMessageRow.at,
        ChatMessageRow.sender,
        ChatMessageRow.text,
    )
    return query


def _message(row: Row[Any]) -> WrittenMessage:
    return WrittenMessage(ConversationId(row.conversation), row.number, row.at, row.sender, row.text)
