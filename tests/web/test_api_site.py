"""What administrators set: queues, skills, pause reasons, dispositions."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Browser, World

QUEUE = {
    "name": "Sales",
    "numbers": ["*100", "74951230001"],
    "required": [{"skill": "tech", "level": 3}],
    "priority": -5,
    "ring_seconds": 15,
    "wrap_up_seconds": 0,
    "service_level_seconds": 10,
    "short_abandon_seconds": 3,
}
SETTINGS = {
    "value": 1.0,
    "rings": [],
    "preferred": [],
    "preferred_patience": 0,
    "strategy": "least_occupied",
    "preset": "balanced",
    "scoring": None,
    "most_at_once": None,
    "record": False,
    "auto_answer": False,
    "wrap_up_longest": 0,
    "preview_next": "no",
}
REASON = {"code": "tea", "ru": "Чай", "en": "Tea"}
OUTCOME = {"code": "done", "ru": "Готово", "en": "Done"}


@pytest.fixture
async def root(browser: Browser) -> Browser:
    await browser.sign_in_as("root")
    return browser


async def test_a_queue_is_added_with_what_was_said(root: Browser, world: World) -> None:
    answer = await root.api("POST", "/queues", {"id": "vip", "name": " VIP "})
    assert answer.status == 201, answer.body
    assert answer.json == {
        "id": "vip",
        "name": "VIP",
        "numbers": [],
        "required": [],
        "priority": 0,
        "ring_seconds": 20,
        "wrap_up_seconds": 30,
        "service_level_seconds": 20,
        "short_abandon_seconds": 5,
        "takes_unknown": False,
        **SETTINGS,
    }
    assert world.changed_people == 1
    assert (await root.api("GET", "/queues")).json["items"][-1] == answer.json
    again = await root.api("POST", "/queues", {"id": "vip", "name": "VIP"})
    assert (again.status, again.fields) == (409, {"id"})
    assert world.changed_people == 1


async def test_a_queue_is_replaced(root: Browser, world: World) -> None:
    answer = await root.api("PUT", "/queues/help", QUEUE)
    assert answer.status == 200, answer.body
    assert answer.json == {"id": "help", "takes_unknown": False, **SETTINGS, **QUEUE}
    assert world.changed_people == 1
    assert (await root.api("PUT", "/queues/help", {**QUEUE, "takes_unknown": True})).json["takes_unknown"]
    listed = (await root.api("GET", "/queues")).json["items"]
    assert [(queue["id"], queue["takes_unknown"]) for queue in listed] == [("sales", False), ("help", True)]
    assert (await root.api("PUT", "/queues/help", QUEUE)).json["takes_unknown"]  # some queue must be it
    assert (await root.api("PUT", "/queues/moon", QUEUE)).status == 404


async def test_every_bad_field_of_a_queue_is_named(root: Browser, world: World) -> None:
    bad = {
        "id": "sa les",
        "name": " ",
        "numbers": ["8 (495) 1", "100"],
        "required": [{"skill": "tech", "level": 11}],
        "priority": 2**40,
        "ring_seconds": 0,
        "wrap_up_seconds": 1.5,
        "service_level_seconds": -1,
        "takes_unknown": "yes",
        "colour": "red",
    }
    answer = await root.api("POST", "/queues", bad)
    assert answer.status == 422
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.fields == {
        *set(bad) - {"numbers", "required"},
        "numbers.0",
        "required.0.level",
    }
    answer = await root.api("PUT", "/queues/sa%20les", {"name": "Sales"})
    assert answer.fields == {"queue", *set(QUEUE) - {"name"}}
    skills = [{"skill": name, "level": 1} for name in ("elvish", "tech", "tech", "orcish")]
    answer = await root.api("PUT", "/queues/sales", {**QUEUE, "required": skills})
    assert answer.fields == {"required.0.skill", "required.2.skill", "required.3.skill"}
    assert world.changed_people == 0


async def test_skills_are_added_and_renamed(root: Browser) -> None:
    for english in ("English", "Englisch"):
        answer = await root.api("PUT", "/skills/english", {"ru": "английский", "en": english})
        assert answer.json == {"id": "english", "ru": "английский", "en": english}
    listed = (await root.api("GET", "/skills")).json["items"]
    assert [skill["en"] for skill in listed] == ["Technical", "Englisch"]
    assert (await root.api("PUT", "/skills/a%20b", {"ru": ""})).fields == {"skill", "ru", "en"}


async def test_pause_reasons_are_replaced_and_offered_at_once(root: Browser, browsers: Any) -> None:
    answer = await root.api("PUT", "/site/pause-reasons", {"base": 1, "items": [REASON]})
    assert answer.json == {"items": [REASON], "version": 2}
    assert (await root.api("GET", "/site")).json["pause_reasons"] == [REASON]
    anna = browsers()
    await anna.sign_in_as("anna")
    assert (await anna.api("PUT", "/agents/anna/state", {"state": "paused", "reason": "tea"})).status == 204
    answer = await anna.api("PUT", "/agents/anna/state", {"state": "paused", "reason": "lunch"})
    assert answer.fields == {"reason"}
    none = await root.api("PUT", "/site/pause-reasons", {"base": 2, "items": []})
    assert none.json == {"items": [], "version": 3}


@pytest.mark.parametrize("address", ["pause-reasons", "dispositions"])
async def test_words_that_another_changed_meanwhile_are_not_overwritten(root: Browser, address: str) -> None:
    word = address.replace("-", "_")
    seen = (await root.api("GET", "/site")).json
    base = seen[f"{word}_version"]
    first = await root.api("PUT", f"/site/{address}", {"base": base, "items": [REASON]})
    assert (first.status, first.json["version"]) == (200, base + 1)
    late = await root.api("PUT", f"/site/{address}", {"base": base, "items": [{**REASON, "ru": "Кофе"}]})
    assert (late.status, late.fields) == (409, {"base"})
    assert late.json["type"] == "urn:callcenter:problem:changed-meanwhile"
    assert late.json["errors"][0]["parameters"] == {"now": str(base + 1)}
    site = (await root.api("GET", "/site")).json
    assert [one["ru"] for one in site[word]] == [REASON["ru"]]
    assert site[f"{word}_version"] == base + 1


async def test_dispositions_are_replaced_and_offered_at_once(root: Browser) -> None:
    items = [OUTCOME, {**OUTCOME, "code": "sold", "queues": ["sales"], "note_required": True}]
    answer = await root.api("PUT", "/site/dispositions", {"base": 1, "items": items})
    assert answer.status == 200, answer.body
    usual = {"note_required": False, "parent": None, "callback": "no", "amount": "no", "answers": []}
    assert answer.json["items"] == [{**usual, **OUTCOME, "queues": []}, {**usual, **items[1]}]
    assert (await root.api("GET", "/site")).json["dispositions"] == answer.json["items"]


@pytest.mark.parametrize(
    ("address", "items", "fields"),
    [
        ("pause-reasons", [REASON, {"code": "a b", "ru": "", "en": 1}], {"1.code", "1.ru", "1.en"}),
        ("pause-reasons", [REASON, REASON], {"1.code"}),
        ("pause-reasons", [{**REASON, "queues": []}], {"0.queues"}),
        ("dispositions", [{**OUTCOME, "ru": "a\nb", "note_required": 1}], {"0.ru", "0.note_required"}),
        ("dispositions", [OUTCOME, {**OUTCOME, "queues": ["moon"]}], {"1.code", "1.queues.0"}),
        ("dispositions", [{**OUTCOME, "queues": ["help"]}], {""}),
        ("dispositions", [], {""}),
        ("dispositions", [{**OUTCOME, "parent": "moon"}], {"0.parent"}),
        ("dispositions", [OUTCOME, {**OUTCOME, "code": "a", "parent": "a"}], {"1.parent"}),
        (
            "dispositions",
            [{**OUTCOME, "note_required": True}, {**OUTCOME, "code": "a", "parent": "done"}],
            {"0.code"},
        ),
        (
            "dispositions",
            [{**OUTCOME, "queues": ["help"]}, {**OUTCOME, "code": "a", "parent": "done"}],
            {""},
        ),
    ],
)
async def test_every_bad_word_is_named_and_nothing_changed(
    root: Browser, address: str, items: list[Any], fields: set[str]
) -> None:
    before = (await root.api("GET", "/site")).json
    answer = await root.api("PUT", f"/site/{address}", {"base": 1, "items": items})
    assert answer.status == 422
    assert answer.fields == {f"items.{field}".rstrip(".") for field in fields}
    assert (await root.api("GET", "/site")).json == before


async def test_stations_are_named_as_asterisk_dials_them(root: Browser) -> None:
    new = {"login": "vera", "name": "Vera", "role": "operator", "password": "correct horse battery"}
    assert (await root.api("POST", "/users", {**new, "station": "1001"})).fields == {"station"}
    assert (await root.api("PATCH", "/users/anna", {"station": "SIP/1"})).fields == {"station"}
