"""Entering and changing deals, tickets, tasks and notes: who may, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.calls.requests import Refusal, Refused, RemakeCards
from routing.ids import ClientId

from .conftest import Browser, Open, World
from .fakes import CALL, entity

GOOD: dict[str, dict[str, Any]] = {
    "deals": {"title": "Windows", "amount": 10.5, "currency": "RUB"},
    "tickets": {"title": "Creaks"},
    "tasks": {"title": "Call"},
    "notes": {"text": "Two\nlines"},
}


@pytest.mark.parametrize("kind", GOOD)
async def test_whoever_is_signed_in_may_enter_one(anna: Browser, world: World, kind: str) -> None:
    answer = await anna.api("POST", f"/clients/1/{kind}", {**GOOD[kind], "call": CALL})
    assert answer.status == 201, answer.body
    assert (answer.json["by"], answer.json["call"], answer.json["client"]) == ("anna", CALL, 1)
    assert world.site.requests == [RemakeCards(ClientId(1))]
    assert (await anna.api("POST", f"/clients/99/{kind}", GOOD[kind])).status == 404


async def test_it_is_kept_though_no_router_answers(anna: Browser, world: World) -> None:
    world.site.reply = Refused(Refusal.BUSY, "nobody routes")
    assert (await anna.api("POST", "/clients/1/notes", {"text": "x"})).status == 201


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("deals", {"title": ""}, "title"),
        ("deals", {"title": "x" * 201}, "title"),
        ("deals", {"title": "two\nlines"}, "title"),
        ("deals", {"amount": -1}, "amount"),
        ("deals", {"amount": 1e13}, "amount"),
        ("deals", {"currency": "roubles"}, "currency"),
        ("deals", {"stage": "dreaming"}, "stage"),
        ("tickets", {"kind": "joke"}, "kind"),
        ("tickets", {"priority": "asap"}, "priority"),
        ("tickets", {"due_at": -5}, "due_at"),
        ("tasks", {"assignee": "nobody"}, "assignee"),
        ("tasks", {"assignee": "No Login"}, "assignee"),
        ("notes", {"text": ""}, "text"),
        ("notes", {"text": "x" * 4001}, "text"),
        ("notes", {"call": "main:99.9"}, "call"),
        ("notes", {"call": "a b"}, "call"),
    ],
)
async def test_the_bad_field_is_named(
    anna: Browser, world: World, kind: str, changes: dict[str, Any], field: str
) -> None:
    answer = await anna.api("POST", f"/clients/1/{kind}", {**GOOD[kind], **changes})
    assert (answer.status, answer.fields) == (422, {field})
    assert world.site.requests == []


async def test_a_call_of_another_client_is_refused(anna: Browser, world: World) -> None:
    world.site.emit(entity(f"call/{CALL}", ["anna"], kind="call", number="1", client=7))
    answer = await anna.api("POST", "/clients/1/notes", {"text": "x", "call": CALL})
    assert (answer.status, answer.fields) == (422, {"call"})
    world.site.emit(entity(f"call/{CALL}", ["anna"], kind="call", number="1", client=None))
    assert (await anna.api("POST", "/clients/1/notes", {"text": "x", "call": CALL})).status == 201


@pytest.mark.parametrize(
    ("login", "status"), [("anna", 200), ("boris", 403), ("mark", 403), ("sveta", 200), ("root", 200)]
)
async def test_a_note_is_its_authors_and_a_supervisors(browsers: Open, login: str, status: int) -> None:
    browser = browsers()
    await browser.sign_in_as(login)
    answer = await browser.api("PATCH", "/clients/1/notes/1", {"text": "Prefers evenings"})
    assert answer.status == status, answer.body
    if status == 200:
        assert answer.json["text"] == "Prefers evenings"


async def test_a_change_needs_something_and_its_thing(anna: Browser) -> None:
    for kind in ("deals", "tickets", "tasks"):
        assert (await anna.api("PATCH", f"/clients/1/{kind}/1", {})).status == 422
    assert (await anna.api("PATCH", "/clients/1/deals/9", {"stage": "won"})).status == 404
    assert (await anna.api("PATCH", "/clients/2/notes/1", {"text": "x"})).status == 404
