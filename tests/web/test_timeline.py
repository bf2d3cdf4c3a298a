"""A client's timeline over the real stores, on both databases: one order, every page, 10,000 entries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import event, insert, text

from callcenter.calls.requests import RemakeCards
from callcenter.crm.models import DealRow, NoteRow, TaskRow, TicketRow
from callcenter.history.models import CallRow
from callcenter.people.audit import AuditFilter, AuditTrail
from callcenter.storage.database import Database, Dialect
from callcenter.web import WebOptions, create_app
from routing.ids import CallId, ClientId

from .test_real_stores import Office, RealBrowser

START = 1_700_000_000.0


def _call(number: int, client: int, at: float) -> dict[str, Any]:
    return {
        "call": f"main:{number}.1",
        "server": "main",
        "number": "+79123456789",
        "name": "",
        "dialled": "100",
        "client_id": client,
        "candidates": 1,
        "queue": "sales",
        "priority": 0,
        "agent": "anna",
        "started_at": at,
        "ended_at": at + 5,
        "outcome": "answered",
        "waited": 1.0,
        "talked": 4.0,
        "disposition": "sold" if number % 2 else None,
        "note": f"Говорили о ВЕСНЕ {number}",
        "last_term": 0,
        "last_number": 0,
        "facts": 1,
        "healed": 0,
        "quarantined": False,
    }


async def fill(database: Database, client: int, each: int) -> None:
    """``each`` of every kind; one moment has all five, and often two of a kind."""
    rows = [
        {"client_id": client, "created_at": START + n // 2, "created_by": "anna", "call": None}
        for n in range(each)
    ]
    more: dict[Any, dict[str, Any]] = {
        NoteRow: {"text": "a note", "updated_at": START},
        TicketRow: {"title": "a ticket", "status": "open", "priority": "low", "updated_at": START},
        DealRow: {"title": "a deal", "stage": "new", "amount": 1, "currency": "RUB", "updated_at": START},
        TaskRow: {"title": "a task", "assignee": ""},
    }
    async with database.write() as connection:
        for table, values in more.items():
            await connection.execute(insert(table), [row | values for row in rows])
        calls = [_call(n, client, START + n // 2) for n in range(each)]
        await connection.execute(insert(CallRow), calls)


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    made = Office(database, tmp_path)
    await made.fill()
    return made


@pytest.fixture
async def person(office: Office) -> AsyncIterator[RealBrowser]:
    await office.site.start()
    server = TestServer(create_app(office.deps(), WebOptions(close_grace=0.5)))
    await server.start_server()
    browser = RealBrowser(server)
    yield browser
    await browser.close()
    await server.close()
    await office.site.stop()


@pytest.fixture
async def client(person: RealBrowser) -> int:
    await person.sign_in("anna")
    return int((await person.api("POST", "/clients", {"name": "Olga", "phones": ["89161234567"]})).json["id"])


async def page(person: RealBrowser, client: int, **query: Any) -> Any:
    answer = await person.api("GET", f"/clients/{client}/timeline", params=query)
    assert answer.status == 200, answer.body
    return answer.json


def place(entry: dict[str, Any]) -> tuple[float, int, Any]:
    """Where an entry belongs, larger first."""
    rank = ("task", "deal", "ticket", "note", "call").index(entry["kind"])
    if entry["kind"] == "call":
        return (entry["interaction"]["started_at"], rank, entry["interaction"]["call"])
    return (entry["created_at"], rank, entry["id"])


async def walk(person: RealBrowser, client: int, **query: Any) -> list[tuple[float, int, Any]]:
    seen: list[tuple[float, int, Any]] = []
    found = await page(person, client, **query)
    while True:
        seen += [place(entry) for entry in found["items"]]
        if found["next"] is None:
            return seen
        found = await page(person, client, cursor=found["next"], **query)


async def test_ten_thousand_entries_are_walked_once_in_one_order_by_three_queries_a_page(
    person: RealBrowser, office: Office, client: int
) -> None:
    other = (await person.api("POST", "/clients", {"name": "Other", "phones": []})).json["id"]
    await fill(office.database, client, 2000)
    async with office.database.write() as connection:
        await connection.execute(insert(CallRow), [_call(99_999, other, START)])
    seen = await walk(person, client, limit=200)
    assert len(seen) == 10_000
    assert seen == sorted(set(seen), reverse=True)

    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    engine = office.database._engine.sync_engine
    deep = await page(person, client, limit=30)
    event.listen(engine, "before_cursor_execute", note)
    try:
        await page(person, client, limit=30, cursor=deep["next"])
    finally:
        event.remove(engine, "before_cursor_execute", note)
    about = [
        one for one in statements if any(f"FROM {name}" in one for name in ("clients", "calls", "deals"))
    ]
    assert len(about) == 3, statements


@pytest.mark.parametrize("limit", [1, 3, 7])
async def test_small_pages_cut_a_moment_anywhere(
    person: RealBrowser, office: Office, client: int, limit: int
) -> None:
    await fill(office.database, client, 5)
    whole = await walk(person, client, limit=200)
    assert len(whole) == 25
    assert await walk(person, client, limit=limit) == whole
    assert await walk(person, client, limit=limit, kinds="call, task") == [
        one for one in whole if one[1] in (0, 4)
    ]


async def test_a_page_comes_from_the_indexes(office: Office, person: RealBrowser, client: int) -> None:
    await fill(office.database, client, 500)
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "client_notes" in statement:
            seen.append((statement, parameters))

    engine = office.database._engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        await page(person, client, limit=10)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    ((statement, parameters),) = seen
    explain = "EXPLAIN QUERY PLAN " if office.database.dialect is Dialect.SQLITE else "EXPLAIN "
    async with office.database.write() as connection:
        if office.database.dialect is Dialect.POSTGRESQL:
            for table in ("client_notes", "tickets", "deals", "client_tasks"):
                await connection.execute(text(f"ANALYZE {table}"))
        rows = await connection.exec_driver_sql(explain + statement, parameters)
        plan = "\n".join(str(tuple(row)) for row in rows)
    for table in ("client_notes", "tickets", "deals", "client_tasks"):
        assert f"ix_{table}_client_id_created_at_id" in plan, plan


async def test_the_text_looks_through_calls_and_things(
    person: RealBrowser, office: Office, client: int
) -> None:
    await fill(office.database, client, 4)
    made = await person.api("POST", f"/clients/{client}/notes", {"text": "Весной — ЗАМЕР"})
    assert made.status == 201
    found = (await page(person, client, q="весн"))["items"]
    assert [entry["kind"] for entry in found] == ["note", "call", "call", "call", "call"]
    assert [entry["kind"] for entry in (await page(person, client, q="продано"))["items"]] == ["call"] * 2
    assert (await page(person, client, q="6789", kinds="call", limit=3))["next"]
    assert (await page(person, client, q="nobody said this"))["items"] == []


async def test_what_is_made_in_a_call_bears_it_and_the_cards_are_made_anew(
    person: RealBrowser, office: Office, client: int
) -> None:
    lease = await office.site.take_lease()
    office.site.serve(lease, office.answer)
    async with office.database.write() as connection:
        await connection.execute(insert(CallRow), [_call(1, client, START)])
    link = {"call": "main:1.1"}
    for kind, body in (
        ("notes", {"text": "Hello"}),
        ("tasks", {"title": "Call", "due_at": START + 1e9, "assignee": "anna"}),
        ("tickets", {"title": "Creaks", "kind": "complaint", "priority": "urgent"}),
        ("deals", {"title": "Doors", "amount": 12.5, "currency": "RUB"}),
    ):
        answer = await person.api("POST", f"/clients/{client}/{kind}", {**body, **link})
        assert answer.status == 201, answer.body
        assert (answer.json["call"], answer.json["by"]) == ("main:1.1", "anna")
        assert office.requests[-1] == RemakeCards(ClientId(client))
    made = (await page(person, client, call="main:1.1"))["items"]
    assert {entry["kind"] for entry in made} == {"note", "task", "ticket", "deal"}
    closed = await person.api("PATCH", f"/clients/{client}/deals/1", {"stage": "won"})
    assert closed.json["closed_at"] is not None
    assert (await person.api("PATCH", f"/clients/{client}/tasks/1", {"done": True})).json["done_at"]
    solved = await person.api("PATCH", f"/clients/{client}/tickets/1", {"status": "resolved"})
    assert solved.json["closed_at"] is not None
    card = (await person.api("GET", f"/clients/{client}/card")).json["client"]
    assert [mark["code"] for mark in card["standing"]["marks"]] == ["won", "complaints", "silence"]
    entries, _ = await AuditTrail(office.database).page(AuditFilter(who="anna"), 50)
    kinds = [entry.change.entity for entry in reversed(entries)]
    assert kinds == ["note", "task", "ticket", "deal", "deal", "task", "ticket"]
    assert entries[-1].change.after is not None
    assert entries[-1].change.after["call"] == CallId("main:1.1")


async def test_bad_questions_are_named(person: RealBrowser, client: int) -> None:
    for query, field in (
        ({"kinds": "call,dreams"}, "kinds"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "MTAgbm90ZSAtMQ"}, "cursor"),  # "10 note -1"
        ({"limit": 0}, "limit"),
        ({"q": "x" * 201}, "q"),
    ):
        answer = await person.api("GET", f"/clients/{client}/timeline", params=query)
        assert (answer.status, answer.fields) == (422, {field}), query
    assert (await person.api("GET", "/clients/999/timeline")).status == 404
