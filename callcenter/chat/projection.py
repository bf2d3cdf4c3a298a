"""From facts to rows of conversations and hands, within the ledger's own transaction: each fact once, in any
order of two nodes'."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.calls.chat_facts import ChatRead, ChatSent, HandLowered, HandRaised
from callcenter.calls.chats import people_of
from callcenter.calls.ledger import LedgerEntry
from callcenter.chat.models import ChatConversationRow, ChatMarkRow, ChatMessageRow, HandRow
from callcenter.storage.counters import upsert


class ChatProjection:
    """A further projection of the ledger (see ``history.store``)."""

    async def apply(self, connection: AsyncConnection, entries: Sequence[LedgerEntry]) -> None:
        """Take in facts that the ledger did not have yet, in the transaction that writes them."""
        for entry in entries:
            place = (entry.term, entry.number)
            match entry.fact:
                case ChatSent() as sent:
                    await _sent(connection, sent)
                case ChatRead() as read:
                    await _read(connection, read)
                case HandRaised() as raised:
                    await _hand(connection, raised.agent, raised.since, raised.text, place)
                case HandLowered() as lowered:
                    await _hand(connection, lowered.agent, None, "", place)
                case _:
                    pass


async def _sent(connection: AsyncConnection, fact: ChatSent) -> None:
    message = upsert(connection, ChatMessageRow).values(
        conversation=fact.conversation,
        number=fact.number,
        message=fact.message,
        sender=fact.sender,
        at=fact.at,
        text=fact.text,
        folded=fact.text.casefold(),
    )
    await connection.execute(message.on_conflict_do_nothing())
    one, other = people_of(fact.conversation) or ("", "")
    begun = upsert(connection, ChatConversationRow).values(
        conversation=fact.conversation, one=one, other=other, last_at=fact.at
    )
    await connection.execute(
        begun.on_conflict_do_update(
            index_elements=["conversation"],
            set_={"last_at": begun.excluded.last_at},
            where=ChatConversationRow.last_at < begun.excluded.last_at,
        )
    )


async def _read(connection: AsyncConnection, fact: ChatRead) -> None:
    mark = upsert(connection, ChatMarkRow).values(
        conversation=fact.conversation, reader=fact.reader, number=fact.number
    )
    await connection.execute(
        mark.on_conflict_do_update(
            index_elements=["conversation", "reader"],
            set_={"number": mark.excluded.number},
            where=ChatMarkRow.number < mark.excluded.number,
        )
    )


async def _hand(
    connection: AsyncConnection, agent: str, since: float | None, text: str, place: tuple[int, int]
) -> None:
    hand = upsert(connection, HandRow).values(
        agent=agent, since=since, text=text, term=place[0], number=place[1]
    )
    new = hand.excluded
    await connection.execute(
        hand.on_conflict_do_update(
            index_elements=["agent"],
            set_={"since": new.since, "text": new.text, "term": new.term, "number": new.number},
            where=tuple_(HandRow.term, HandRow.number) < tuple_(new.term, new.number),
        )
    )
