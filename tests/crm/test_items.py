"""Deals, tickets, tasks and notes, and their order in the timeline, on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.crm.item_views import (
    Deal,
    ItemFilter,
    ItemKind,
    ItemPlace,
    NewDeal,
    NewNote,
    NewTask,
    NewTicket,
    Note,
    Task,
    Ticket,
)
from callcenter.crm.items import ItemService
from callcenter.crm.models import DealRow, NoteRow, TaskRow, TicketRow
from callcenter.crm.service import ClientService
from callcenter.crm.store import dealings
from callcenter.crm.timeline import RANKS, TimelineStore
from callcenter.crm.views import Money, NewClient, TicketKind
from callcenter.storage import Database
from routing.ids import CallId, ClientId
from tests.web.fakes import FakeClock

CALL = CallId("main:1.1")


class Trail:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, Any, Any, str]] = []

    async def __call__(
        self,
        connection: AsyncConnection,
        entity: str,
        which: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
        who: str,
        at: float,
    ) -> None:
        self.told.append((entity, which, before, after, who))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def trail() -> Trail:
    return Trail()


@pytest.fixture
def items(database: Database, clock: FakeClock, trail: Trail) -> ItemService:
    return ItemService(database, clock, trail)


@pytest.fixture
def timeline(database: Database) -> TimelineStore:
    return TimelineStore(database)


@pytest.fixture
async def client(database: Database, clock: FakeClock) -> ClientId:
    return (await ClientService(database, clock, "RU").add(NewClient("Анна", ("84951230099",)))).id


async def test_things_are_kept_as_given_with_who_made_them_and_in_which_call(
    items: ItemService, client: ClientId, clock: FakeClock
) -> None:
    now, made = clock.now(), (client, clock.now(), "anna", CALL)
    deal = await items.add(client, NewDeal("Окна", 1250.5, "RUB", "proposal"), "anna", CALL)
    assert deal == Deal(1, *made, "Окна", "proposal", 1250.5, "RUB", now, None)
    new = NewTicket("Скрипит", TicketKind.COMPLAINT, "urgent", "open", now + 5)
    ticket = await items.add(client, new, "anna", CALL)
    words = ("Скрипит", TicketKind.COMPLAINT, "open", "urgent", now + 5)
    assert ticket == Ticket(1, *made, *words, now, None)
    task = await items.add(client, NewTask("Позвонить", now + 9, "boris"), "anna", CALL)
    assert task == Task(1, *made, "Позвонить", now + 9, "boris", None, None)
    note = await items.add(client, NewNote("Любит\nутро"), "anna", CALL)
    assert note == Note(1, *made, "Любит\nутро", now)
    assert await items.find(client, ItemKind.NOTE, 1) == note
    assert await items.add(ClientId(999), NewNote("x"), "anna") is None
    assert await items.find(ClientId(999), ItemKind.NOTE, 1) is None


async def test_a_stage_that_closes_keeps_its_first_moment_and_another_opens_again(
    items: ItemService, client: ClientId, clock: FakeClock, database: Database
) -> None:
    await items.add(client, NewDeal("Окна", 100.0, "RUB"), "anna")
    clock.time += 10
    won = await items.change(client, ItemKind.DEAL, 1, {"stage": "won"}, "anna")
    assert isinstance(won, Deal)
    closed = clock.now()
    assert (won.stage, won.closed_at, won.updated_at) == ("won", closed, closed)
    clock.time += 10
    again = await items.change(client, ItemKind.DEAL, 1, {"amount": 250.25}, "boris")
    assert isinstance(again, Deal)
    assert (again.amount, again.closed_at, again.updated_at) == (250.25, closed, clock.now())
    async with database.read() as connection:
        totals = (await dealings(connection, [client], 0.0))[client].totals
    assert (totals.won, totals.won_deals, totals.open_deals) == ((Money(250.25, "RUB"),), 1, 0)
    opened = await items.change(client, ItemKind.DEAL, 1, {"stage": "negotiation"}, "boris")
    assert isinstance(opened, Deal)
    assert opened.closed_at is None

    await items.add(client, NewTicket("Скрипит"), "anna")
    solved = await items.change(client, ItemKind.TICKET, 1, {"status": "resolved"}, "anna")
    assert isinstance(solved, Ticket)
    assert solved.closed_at == clock.now()
    complaint = await items.change(client, ItemKind.TICKET, 1, {"kind_of": TicketKind.COMPLAINT}, "anna")
    assert isinstance(complaint, Ticket)
    assert complaint.kind_of is TicketKind.COMPLAINT


async def test_a_task_is_ticked_off_once_and_brought_back(
    items: ItemService, client: ClientId, clock: FakeClock
) -> None:
    await items.add(client, NewTask("Позвонить", None, "boris"), "anna")
    done = await items.change(client, ItemKind.TASK, 1, {"done": True}, "anna")
    first = clock.now()
    clock.time += 10
    twice = await items.change(client, ItemKind.TASK, 1, {"done": True}, "anna")
    assert isinstance(done, Task)
    assert isinstance(twice, Task)
    assert (done.done_at, twice.done_at) == (first, first)
    back = await items.change(client, ItemKind.TASK, 1, {"done": False, "assignee": None}, "anna")
    assert isinstance(back, Task)
    assert (back.done_at, back.assignee) == (None, None)


async def test_the_trail_has_what_was_changed_and_nothing_else(
    items: ItemService, client: ClientId, trail: Trail
) -> None:
    await items.add(client, NewNote("раз"), "anna", CALL)
    await items.change(client, ItemKind.NOTE, 1, {"text": "два"}, "boris")
    await items.change(client, ItemKind.NOTE, 1, {"text": "два"}, "boris")
    assert await items.change(client, ItemKind.NOTE, 2, {"text": "x"}, "boris") is None
    assert await items.change(ClientId(99), ItemKind.NOTE, 1, {"text": "x"}, "boris") is None
    once, twice = ({"client": client, "call": CALL, "text": text} for text in ("раз", "два"))
    assert trail.told == [("note", "1", None, once, "anna"), ("note", "1", once, twice, "boris")]


async def _many(database: Database, client: ClientId, each: int) -> None:
    """``each`` of every kind; every moment is shared by one of each kind, and by another of the same."""
    rows = [
        {"client_id": client, "created_at": 1000.0 + n // 2, "created_by": "anna", "call": None}
        for n in range(each)
    ]
    words = [f"Запись {n} ЁЖ" for n in range(each)]
    async with database.write() as connection:
        for table, name, more in (
            (NoteRow, "text", {"updated_at": 1.0}),
            (TicketRow, "title", {"status": "open", "priority": "low", "updated_at": 1.0, "kind": "fault"}),
            (DealRow, "title", {"stage": "new", "amount": 1, "currency": "RUB", "updated_at": 1.0}),
            (TaskRow, "title", {"assignee": ""}),
        ):
            values = [{**row, **more, name: text} for row, text in zip(rows, words, strict=True)]
            await connection.execute(insert(table), values)


async def _walk(
    timeline: TimelineStore, client: ClientId, which: ItemFilter, limit: int
) -> Sequence[tuple[float, int, int]]:
    seen: list[tuple[float, int, int]] = []
    place: ItemPlace | None = None
    while page := await timeline.items(client, which, limit, place):
        kinds = [ItemKind(type(item).__name__.lower()) for item in page]
        seen += [(item.created_at, RANKS[kind], item.id) for item, kind in zip(page, kinds, strict=True)]
        place = ItemPlace(page[-1].created_at, kinds[-1], page[-1].id)
    return seen


async def test_the_pages_of_a_timeline_have_everything_once_in_one_order(
    timeline: TimelineStore, database: Database, client: ClientId, clock: FakeClock
) -> None:
    await _many(database, client, 25)
    other = (await ClientService(database, clock, "RU").add(NewClient("Борис"))).id
    await _many(database, other, 3)
    for limit in (1, 7, 100):
        seen = await _walk(timeline, client, ItemFilter(), limit)
        assert len(seen) == 100
        assert seen == sorted(set(seen), reverse=True)
    only = await _walk(timeline, client, ItemFilter([ItemKind.DEAL, ItemKind.TASK]), 7)
    assert only == [one for one in seen if one[1] < 2]
    assert await timeline.items(client, ItemFilter([]), 5) == ()


async def test_a_text_is_found_in_any_case_in_any_script(
    timeline: TimelineStore, items: ItemService, database: Database, client: ClientId
) -> None:
    await _many(database, client, 12)
    found = await timeline.items(client, ItemFilter(text="ёж 11 ЗАПИСЬ"), 50)
    assert len(found) == 4
    assert len(await timeline.items(client, ItemFilter([ItemKind.NOTE], "еж 1"), 50)) == 3  # 1, 10, 11
    await items.add(client, NewNote("100% ещё_раз"), "anna", CALL)
    assert len(await timeline.items(client, ItemFilter(text="%"), 50)) == 1
    assert len(await timeline.items(client, ItemFilter(text="e_"), 50)) == 0
    assert len(await timeline.items(client, ItemFilter(call=CALL), 50)) == 1
