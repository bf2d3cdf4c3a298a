"""The caller's card, on both databases."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.calls.callers import CallerFound
from callcenter.calls.interactions import Interaction
from callcenter.calls.promises import OpenPromise
from callcenter.calls.states import CallOutcome
from callcenter.clock import SystemClock
from callcenter.crm.directory import CallerDirectory
from callcenter.crm.models import DealRow, TaskRow, TicketRow
from callcenter.crm.service import ClientService
from callcenter.crm.views import Client, ClientRank, NewClient
from callcenter.storage import Database
from routing.ids import AgentId, CallbackId, CallId, ClientId, QueueId

NUMBER = "+74951230099"


class FakeInteractions:
    """Knows when clients were spoken with."""

    def __init__(self) -> None:
        self.spoke: dict[ClientId, list[float]] = {}
        self.asked = 0

    async def recent(
        self, connection: AsyncConnection, clients: Sequence[ClientId], limit: int
    ) -> Mapping[ClientId, Sequence[Interaction]]:
        self.asked += 1
        return {
            client: [_interaction(client, at) for at in self.spoke[client][:limit]]
            for client in clients
            if client in self.spoke
        }


def _interaction(client: ClientId, at: float) -> Interaction:
    return Interaction(
        CallId("main:1.1"),
        at,
        at + 60,
        "inbound",
        QueueId("sales"),
        AgentId("anna"),
        "Анна",
        CallOutcome.ANSWERED,
        "sold",
        "",
        4.0,
        50.0,
        NUMBER,
        client,
    )


@pytest.fixture
def interactions() -> FakeInteractions:
    return FakeInteractions()


@pytest.fixture
def directory(database: Database, interactions: FakeInteractions) -> CallerDirectory:
    return CallerDirectory(database, SystemClock(), "RU", interactions)


@pytest.fixture
def service(database: Database) -> ClientService:
    return ClientService(database, SystemClock(), "RU")


def _known(found: CallerFound) -> list[tuple[str, str]]:
    return [(known.agent, known.tie.value) for known in found.agents]


async def test_a_caller_knows_the_owners_of_his_cases_then_of_his_account_then_who_spoke_with_him(
    database: Database, directory: CallerDirectory, service: ClientService, interactions: FakeInteractions
) -> None:
    client = await service.add(NewClient("Мария", (NUMBER,), owner="olga"))
    interactions.spoke[client.id] = [100.0]
    assert _known(await directory.look_up(NUMBER)) == [("olga", "account_owner"), ("anna", "last_spoken")]
    ticket = {"client_id": client.id, "title": "x", "status": "open", "priority": "low", "updated_at": 1.0}
    deal = {"client_id": client.id, "title": "y", "stage": "new", "amount": 1, "currency": "RUB"}
    async with database.write() as connection:
        await connection.execute(insert(TicketRow).values(**ticket, owner="boris"))
        await connection.execute(insert(TicketRow).values(**ticket, owner="gone", closed_at=2.0))
        await connection.execute(insert(TicketRow).values(**ticket))
        await connection.execute(insert(DealRow).values(**deal, updated_at=1.0, owner="anna"))
    assert _known(await directory.look_up(NUMBER)) == [
        ("boris", "case_owner"),
        ("anna", "case_owner"),
        ("olga", "account_owner"),
    ]
    card = json.loads((await directory.look_up(NUMBER)).card)["client"]
    assert card["owner"] == "olga"
    assert [ticket["owner"] for ticket in card["tickets"]] == [None, "boris"]


async def _open_things(database: Database, client: Client) -> None:
    async with database.write() as connection:
        common = {"client_id": client.id, "updated_at": 100.5}
        await connection.execute(
            insert(DealRow),
            [
                {
                    **common,
                    "title": "Окна",
                    "stage": "КП",
                    "amount": 1250050,
                    "currency": "RUB",
                    "closed_at": None,
                },
                {**common, "title": "Старое", "stage": "x", "amount": 1, "currency": "RUB", "closed_at": 5.0},
            ],
        )
        await connection.execute(
            insert(TicketRow),
            [
                {**common, "title": "Не работает", "status": "open", "priority": "high", "closed_at": None},
                {**common, "title": "Решено", "status": "closed", "priority": "low", "closed_at": 5.0},
            ],
        )
        await connection.execute(
            insert(TaskRow),
            [
                {
                    "client_id": client.id,
                    "title": "Позвонить",
                    "due_at": 200.25,
                    "assignee": "anna",
                    "done_at": None,
                    "created_at": 50.0,
                },
                {
                    "client_id": client.id,
                    "title": "Когда-нибудь",
                    "due_at": None,
                    "assignee": "",
                    "done_at": None,
                    "created_at": 50.0,
                },
                {
                    "client_id": client.id,
                    "title": "Сделано",
                    "due_at": 1.0,
                    "assignee": "",
                    "done_at": 2.0,
                    "created_at": 0.5,
                },
            ],
        )


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    engine = database._engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_a_known_caller_has_a_full_card(
    directory: CallerDirectory, service: ClientService, database: Database, interactions: FakeInteractions
) -> None:
    client = await service.add(
        NewClient("Пётр Ёлкин", (NUMBER, "89990001001"), "Ромашка", ClientRank.VIP, "p@x.ru", "!")
    )
    await _open_things(database, client)
    interactions.spoke[client.id] = [1764000000.0 - n for n in range(9)]
    found = await directory.look_up("8 (495) 123-00-99")
    assert (found.client, found.candidates) == (client.id, 1)
    card = json.loads(found.card)
    assert card["number"] == {"raw": "8 (495) 123-00-99", "e164": NUMBER, "display": "+7 495 123-00-99"}
    assert card["match"] == "known"
    assert card["candidates"][0]["client"]["id"] == client.id
    assert [reason["code"] for reason in card["candidates"][0]["reasons"]] == [
        "number",
        "spoke",
        "ticket",
        "deal",
        "task",
        "rank",
    ]
    shown = card["client"]
    assert len(shown.pop("interactions")) == 5
    deals, tickets, tasks = shown.pop("deals"), shown.pop("tickets"), shown.pop("tasks")
    stands = shown.pop("standing")
    assert [mark["code"] for mark in stands["marks"]] == [
        "vip",
        "pipeline",
        "overdue",
        "silence",
    ]
    assert stands["marks"][1]["money"] == [{"amount": 12500.5, "currency": "RUB"}]
    assert [(one["kind"], one["title"]) for one in stands["waiting"]] == [
        ("task", "Позвонить"),
        ("ticket", "Не работает"),
    ]
    assert (stands["next_step"]["code"], stands["next_step"]["title"]) == ("overdue_promise", "Позвонить")
    assert shown == {
        "id": client.id,
        "name": "Пётр Ёлкин",
        "company": "Ромашка",
        "rank": "vip",
        "phones": [
            {"raw": NUMBER, "e164": NUMBER, "label": ""},
            {"raw": "89990001001", "e164": "+79990001001", "label": ""},
        ],
        "email": "p@x.ru",
        "note": "!",
        "since": client.since,
        "owner": None,
    }
    assert deals == [
        {
            "id": deals[0]["id"],
            "title": "Окна",
            "stage": "КП",
            "amount": 12500.5,
            "currency": "RUB",
            "updated_at": 100.5,
            "owner": None,
            "created_at": 100.5,
        }
    ]
    assert [(t["title"], t["status"], t["priority"], t["updated_at"]) for t in tickets] == [
        ("Не работает", "open", "high", 100.5)
    ]
    assert [(t["title"], t["due_at"], t["assignee"]) for t in tasks] == [
        ("Позвонить", 200.25, "anna"),
        ("Когда-нибудь", None, None),
    ]


class FakePromises:
    """Open callbacks; remembers which numbers were asked for."""

    def __init__(self, *promises: OpenPromise) -> None:
        self.promises = promises
        self.asked: list[Sequence[str]] = []

    async def promised_to(self, connection: AsyncConnection, numbers: Sequence[str]) -> Sequence[OpenPromise]:
        self.asked.append(numbers)
        return self.promises


async def test_a_card_takes_few_queries_however_much_there_is(
    database: Database, service: ClientService, interactions: FakeInteractions
) -> None:
    promises = FakePromises()
    directory = CallerDirectory(database, SystemClock(), "RU", interactions, promises)
    for n in range(5):
        await service.add(NewClient(f"клиент {n}", (NUMBER, "89990001001")))
    with counted(database) as statements:
        await directory.look_up(NUMBER)
    assert len(statements) == 2, statements
    assert (interactions.asked, promises.asked) == (1, [])
    with counted(database) as statements:
        await directory.look_up("+74951239999")
    assert len(statements) == 1, statements
    with counted(database) as statements:
        await directory.look_up("anonymous")
    assert statements == []
    busy = await service.add(NewClient("Анна", ("89990001077", NUMBER)))
    for _ in range(15):
        await _open_things(database, busy)
    for look_up in (directory.look_up("89990001077"), directory.card_of(busy.id, NUMBER)):
        interactions.asked, promises.asked = 0, []
        with counted(database) as statements:
            card = json.loads((await look_up).card)
        assert len(statements) == 2, statements
        assert (interactions.asked, promises.asked) == (1, [[NUMBER, "+79990001077"]])
        assert [len(card["client"][kind]) for kind in ("deals", "tickets", "tasks")] == [15, 15, 20]
        marks = {mark["code"]: mark for mark in card["client"]["standing"]["marks"]}
        assert marks["pipeline"]["count"] == 15
        assert marks["pipeline"]["money"] == [{"amount": 187507.5, "currency": "RUB"}]


async def test_a_promised_callback_is_on_the_card_and_the_number_that_calls_counts_too(
    database: Database, service: ClientService, interactions: FakeInteractions
) -> None:
    promise = OpenPromise(CallbackId("cb-1"), NUMBER, QueueId("sales"), 100.0, "anna")
    promises = FakePromises(promise)
    directory = CallerDirectory(database, SystemClock(), "RU", interactions, promises)
    client = await service.add(NewClient("Анна", ("89990001001",)))
    card = json.loads((await directory.card_of(client.id, NUMBER)).card)
    assert promises.asked == [[NUMBER, "+79990001001"]]
    assert [(one["kind"], one["id"], one["by"]) for one in card["client"]["standing"]["waiting"]] == [
        ("callback", "cb-1", "anna")
    ]
    assert card["client"]["standing"]["next_step"]["code"] == "overdue_promise"


async def test_after_a_pick_the_others_with_the_number_stay_candidates(
    directory: CallerDirectory, service: ClientService
) -> None:
    first = await service.add(NewClient("Анна", (NUMBER,)))
    second = await service.add(NewClient("Борис", (NUMBER,)))
    stranger = await service.add(NewClient("Вера"))
    card = json.loads((await directory.card_of(second.id, NUMBER)).card)
    assert (card["match"], card["client"]["id"]) == ("known", second.id)
    assert {one["client"]["id"] for one in card["candidates"]} == {first.id, second.id}
    await service.record_pick(NUMBER, stranger.id, AgentId("anna"), 1.0)
    card = json.loads((await directory.card_of(stranger.id, NUMBER)).card)
    assert card["candidates"][0]["reasons"][0] == {"code": "picked", "detail": "anna"}
    assert {one["client"]["id"] for one in card["candidates"]} == {first.id, second.id, stranger.id}


@pytest.mark.parametrize(
    "number", ["", "anonymous", "+74951239999", "1005", "\x00\ud800", "x" * 5000, "+" * 300]
)
async def test_an_unknown_caller_has_a_card_to_fill_in(directory: CallerDirectory, number: str) -> None:
    found = await directory.look_up(number)
    card = json.loads(found.card)
    assert (found.client, found.candidates) == (None, 0)
    assert (card["match"], card["client"], card["candidates"]) == ("unknown", None, [])


async def test_several_are_ranked_and_a_pick_is_remembered_and_undone(
    directory: CallerDirectory, service: ClientService, interactions: FakeInteractions
) -> None:
    first = await service.add(NewClient("Анна", (NUMBER,)))
    second = await service.add(NewClient("Борис", (NUMBER,)))
    interactions.spoke[second.id] = [1764000000.0]
    found = await directory.look_up(NUMBER)
    card = json.loads(found.card)
    assert (found.client, found.candidates, card["match"], card["client"]) == (None, 2, "several", None)
    assert [one["client"]["name"] for one in card["candidates"]] == ["Борис", "Анна"]

    await service.record_pick("8 495 123 00 99", first.id, AgentId("anna"), 1764000000.0)
    found = await directory.look_up(NUMBER)
    card = json.loads(found.card)
    assert (found.client, found.candidates, card["match"]) == (first.id, 2, "known")
    assert card["client"]["name"] == "Анна"
    assert card["candidates"][0]["reasons"][0] == {"code": "picked", "detail": "anna"}

    await service.record_pick(NUMBER, second.id, AgentId("boris"), 1764000100.0)
    assert (await directory.look_up(NUMBER)).client == second.id
    await service.record_pick(NUMBER, second.id, AgentId("vera"), 1764000200.0)  # once more is no more
    card = json.loads((await directory.look_up(NUMBER)).card)
    assert card["candidates"][0]["reasons"][0] == {"code": "picked", "detail": "vera"}
    assert await service.undo_pick(NUMBER, first.id, AgentId("anna"), 1.0) is False
    assert await service.undo_pick(NUMBER, second.id, AgentId("anna"), 1.0)
    assert await service.undo_pick(NUMBER, second.id, AgentId("anna"), 1.0) is False
    assert (await directory.look_up(NUMBER)).client == first.id
    assert await service.undo_pick(NUMBER, first.id, AgentId("anna"), 1.0)
    assert (await directory.look_up(NUMBER)).client is None


async def test_a_pick_counts_though_the_number_is_not_among_the_clients(
    directory: CallerDirectory, service: ClientService
) -> None:
    holder = await service.add(NewClient("Анна", (NUMBER,)))
    colleague = await service.add(NewClient("Борис", ("89990001001",)))
    await service.record_pick(NUMBER, colleague.id, AgentId("anna"), 1.0)
    found = await directory.look_up(NUMBER)
    assert (found.client, found.candidates) == (colleague.id, 2)
    assert {one["client"]["id"] for one in json.loads(found.card)["candidates"]} == {holder.id, colleague.id}


async def test_an_internal_number_finds_its_owner(directory: CallerDirectory, service: ClientService) -> None:
    colleague = await service.add(NewClient("Склад", ("1005",)))
    assert (await directory.look_up("1005")).client == colleague.id
    assert (await directory.look_up("11005")).client is None


async def test_the_card_of_a_picked_client(directory: CallerDirectory, service: ClientService) -> None:
    client = await service.add(NewClient("Анна", ("89990001001",)))
    await service.add(NewClient("Борис", (NUMBER,)))
    found = await directory.card_of(client.id, NUMBER)
    card = json.loads(found.card)
    assert (found.client, card["match"], card["number"]["e164"]) == (client.id, "known", NUMBER)
    assert json.loads((await directory.card_of(ClientId(999), NUMBER)).card)["match"] == "unknown"
    shown = await directory.client_card(client.id, None)
    assert shown is not None
    assert shown.number.e164 == "+79990001001"
    assert await directory.client_card(ClientId(999), None) is None


async def test_many_look_ups_at_once_do_not_starve_each_other(
    database: Database, interactions: FakeInteractions, service: ClientService
) -> None:
    # Ten times as many as there are connections. The pool tells those who starve after 10 s; how long
    # a hundred take is the machine's business.
    directory = CallerDirectory(database, SystemClock(), "RU", interactions, deadline=300.0)
    client = await service.add(NewClient("Анна", (NUMBER,)))
    found = await asyncio.gather(*(directory.look_up(NUMBER) for _ in range(100)))
    assert {one.client for one in found} == {client.id}


async def test_a_database_that_is_away_makes_the_caller_unknown() -> None:
    database = Database("postgresql://nobody@127.0.0.1:9/none")
    directory = CallerDirectory(database, SystemClock(), "RU", FakeInteractions())
    found = await directory.look_up(NUMBER)
    assert (found.client, json.loads(found.card)["match"]) == (None, "unknown")
    assert (await directory.card_of(ClientId(1), NUMBER)).client is None
    await database.close()


async def test_a_look_up_that_takes_too_long_is_given_up(database: Database) -> None:
    class Slow(FakeInteractions):
        async def recent(
            self, connection: AsyncConnection, clients: Sequence[ClientId], limit: int
        ) -> Mapping[ClientId, Sequence[Interaction]]:
            await asyncio.Event().wait()
            return {}

    await ClientService(database, SystemClock(), "RU").add(NewClient("Анна", (NUMBER,)))
    directory = CallerDirectory(database, SystemClock(), "RU", Slow(), deadline=0.2)
    assert (await directory.look_up(NUMBER)).client is None
