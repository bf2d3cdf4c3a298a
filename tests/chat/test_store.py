"""Conversations and hands as they are kept, on both databases."""

from __future__ import annotations

import pytest

from callcenter.calls.chat_facts import ChatRead, ChatSent, HandLowered, HandRaised
from callcenter.calls.chats import KEPT, LIVE_SECONDS, ConversationId, direct, room
from callcenter.calls.facts import Fact
from callcenter.calls.ledger import LedgerEntry
from callcenter.calls.restored import RestoredHand
from callcenter.chat.projection import ChatProjection
from callcenter.chat.store import ChatStore
from callcenter.history.documents import read_document, write_document
from callcenter.history.store import FactStore
from callcenter.storage import Database
from routing.ids import AgentId

AT = 1_764_000_000.0
PAIR, OTHERS, SALES = direct("anna", "vera"), direct("boris", "vera"), room("sales")
ANNA, BORIS = AgentId("anna"), AgentId("boris")


class Clock:
    def __init__(self) -> None:
        self.time = AT + 100

    def now(self) -> float:
        return self.time


class House:
    def __init__(self, database: Database) -> None:
        self.facts = FactStore(database, also=(ChatProjection(),))
        self.clock = Clock()
        self.store = ChatStore(database, self.clock)
        self._number = 0

    async def write(self, *facts: Fact, term: int = 1) -> None:
        first = self._number + 1
        entries = [LedgerEntry(term, first + index, fact) for index, fact in enumerate(facts)]
        self._number += len(facts)
        await self.facts.write([read_document(write_document(entry)) for entry in entries])


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


def said(
    number: int, text: str, conversation: ConversationId = PAIR, sender: str = "anna", at: float | None = None
) -> ChatSent:
    return ChatSent(AT + number if at is None else at, conversation, number, f"m-{number}", sender, text)


async def test_pages_follow_each_other(house: House) -> None:
    await house.write(*(said(number, f"№{number}") for number in range(1, 8)))
    first = await house.store.page(PAIR, below=None, limit=3)
    assert [one.text for one in first] == ["№7", "№6", "№5"]
    second = await house.store.page(PAIR, below=first[-1].number, limit=9)
    assert [one.number for one in second] == [4, 3, 2, 1]
    assert await house.store.page(OTHERS, below=None, limit=9) == []


async def test_a_fact_told_twice_is_one_message(house: House) -> None:
    await house.write(said(1, "раз"), said(1, "раз"))
    assert len(await house.store.page(PAIR, below=None, limit=9)) == 1


async def test_search_is_blind_to_case_and_sees_ones_own_only(house: House) -> None:
    await house.write(
        said(1, "СЧЁТ за март"),
        said(2, "счёт закрыт", SALES, "boris"),
        said(3, "чужой счёт", OTHERS, "boris"),
        said(4, "100% верно_"),
    )
    found = await house.store.search("anna", [SALES], "счёт", limit=9)
    assert [one.text for one in found] == ["счёт закрыт", "СЧЁТ за март"]
    assert [one.text for one in await house.store.search("anna", [], "Счёт", limit=9)] == ["СЧЁТ за март"]
    # The signs that LIKE knows are letters here.
    assert [one.text for one in await house.store.search("anna", [], "0% в", limit=9)] == ["100% верно_"]
    assert await house.store.search("anna", [], "%верно", limit=9) == []
    assert await house.store.search("anna", [], "верно%", limit=9) == []


async def test_ones_conversations_the_latest_first(house: House) -> None:
    await house.write(said(1, "a", OTHERS, "vera"), said(2, "b"), said(3, "c", SALES, "vera"))
    assert await house.store.conversations("vera") == [PAIR, OTHERS]
    assert await house.store.conversations("anna") == [PAIR]
    assert await house.store.conversations("sveta") == []


async def test_what_a_restart_goes_on_from(house: House) -> None:
    await house.write(
        said(900, "давно", OTHERS, "boris", at=AT - LIVE_SECONDS - 200),
        *(said(1_000 + number, str(number), SALES, at=AT + number / 100) for number in range(KEPT + 3)),
        said(2_000, "привет", at=AT + 5),
        ChatRead(AT + 6, PAIR, 2_000, "vera"),
        ChatRead(AT + 6, PAIR, 1_500, "vera"),  # a dead node's, which came late
    )
    chats = await house.store.chats()
    assert [one.conversation for one in chats] == [SALES, PAIR]
    assert [one.text for one in chats[0].messages] == [str(number) for number in range(3, KEPT + 3)]
    assert chats[1].marks == (("vera", 2_000),)
    assert (chats[1].messages[0].message, chats[1].messages[0].sender) == ("m-2000", "anna")


async def test_hands_that_are_up(house: House) -> None:
    await house.write(
        HandRaised(AT + 2, BORIS, AT + 2, "помогите"),
        HandRaised(AT + 1, ANNA, AT + 1, ""),
        HandLowered(AT + 3, ANNA, "sveta"),
        HandRaised(AT + 9, BORIS, AT + 2, "очень"),
    )
    assert await house.store.hands() == (RestoredHand(BORIS, AT + 2, "очень"),)
    await house.write(HandLowered(AT + 20, BORIS, ""), term=0)  # of an earlier term, and late
    assert len(await house.store.hands()) == 1
    await house.write(HandLowered(AT + 20, BORIS, ""), term=2)
    assert await house.store.hands() == ()


async def test_what_is_old_is_forgotten(house: House) -> None:
    await house.write(
        said(1, "старое"), said(2, "старое", OTHERS), said(50, "новое", OTHERS), ChatRead(AT, PAIR, 1, "vera")
    )
    assert await house.store.forget(AT + 10) == 2
    assert await house.store.page(PAIR, below=None, limit=9) == []
    assert [one.text for one in await house.store.page(OTHERS, below=None, limit=9)] == ["новое"]
    assert await house.store.conversations("vera") == [OTHERS]
