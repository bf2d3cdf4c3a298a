"""Scripts, answers and notes through the API, on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from callcenter.calls.requests import Accepted, CloseWrapUp, ExtendWrapUp, PromiseCallback, Refusal, Refused
from callcenter.people.plan import PlanStore
from callcenter.people.views import Ask, Disposition
from callcenter.scripts.papers import PaperStore
from callcenter.scripts.store import ScriptStore
from callcenter.storage import Database
from routing.acd.model import Preview, Queue
from routing.ids import AgentId, CallbackId, ClientId
from tests.scripts.samples import GREETING, steps_with

from .conftest import Browser, Open, World
from .fakes import CALL, HELP, SALES, FakeWords, entity

ANNA = AgentId("anna")
NOTE, SCRIPT = f"/calls/{CALL}/note", f"/calls/{CALL}/script"


@pytest.fixture(autouse=True)
async def stores(world: World, database: Database) -> None:
    for queue in (SALES, HELP):
        await PlanStore(database).add_queue(Queue(queue, str(queue), ()))
    scripts, papers = ScriptStore(database, world.clock), PaperStore(database, world.clock)
    world.deps = replace(world.deps, scripts=scripts, papers=papers)


@pytest.fixture
async def sveta(browsers: Open) -> Browser:
    browser = browsers()
    await browser.sign_in_as("sveta")
    return browser


def engage(world: World, agent: str = "anna", state: str = "talking") -> None:
    told = {"state": state, "call": CALL, "queues": ["sales", "help"]}
    world.site.emit(
        entity(f"agent/{agent}", kind="agent", **told),
        entity(
            f"call/{CALL}",
            [agent],
            kind="call",
            queue="sales",
            number="+79120001122",
            state="talking",
            client=7,
        ),
    )


async def publish(sveta: Browser, **changes: Any) -> None:
    base = (await sveta.api("GET", "/scripts/sales")).json.get("latest", {"version": 0})["version"]
    body = {"base": base, "document": {**GREETING, **changes}}
    saved = await sveta.api("PUT", "/scripts/sales", body)
    assert saved.status == 200, saved.body
    answer = await sveta.api("POST", "/scripts/sales/publish", {"version": saved.json["latest"]["version"]})
    assert answer.status == 204, answer.body
    assert (await sveta.api("PUT", "/scripts/sales/queues", {"queues": ["sales"]})).status == 204


async def test_a_script_is_saved_published_and_listed(sveta: Browser) -> None:
    assert (await sveta.api("GET", "/scripts")).json == {"items": []}
    assert (await sveta.api("GET", "/scripts/sales")).status == 404
    await publish(sveta)
    (listed,) = (await sveta.api("GET", "/scripts")).json["items"]
    assert (listed["published"], listed["queues"], listed["latest"]["by"]) == (1, ["sales"], "sveta")
    got = (await sveta.api("GET", "/scripts/sales")).json
    assert got["mistakes"] == []
    assert [it["version"] for it in got["versions"]] == [1]
    assert (await sveta.api("GET", "/scripts/sales/versions/1")).json["document"] == got["document"]
    assert (await sveta.api("GET", "/scripts/sales/versions/9")).status == 404
    assert (await sveta.api("POST", "/scripts/sales/withdraw")).status == 204
    assert (await sveta.api("PUT", "/scripts/sales/queues", {"queues": ["moon"]})).fields == {"queues.0"}


async def test_a_loop_is_refused_with_a_clear_word(sveta: Browser) -> None:
    looped = {**GREETING, **steps_with(2, next="hello")}
    saved = await sveta.api("PUT", "/scripts/sales", {"base": 0, "document": looped})
    assert [it["code"] for it in saved.json["mistakes"]] == ["loop"]
    refused = await sveta.api("POST", "/scripts/sales/publish", {"version": 1})
    assert (refused.status, refused.fields) == (422, {"steps.2.next"})
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert "hello → budget → end → hello" in refused.json["detail"]
    assert refused.json["errors"][0]["remedy"]
    told = await sveta.api("POST", "/scripts/check", {"document": looped})
    assert told.json["mistakes"] == saved.json["mistakes"]


async def test_bad_shapes_are_named_by_their_places(sveta: Browser) -> None:
    bad = {
        **GREETING,
        "languages": ["tlh"],
        "steps": [{"id": "a b", "text": {"ru": "x" * 4001}, "colour": 1}, {"id": "b", "branches": [{}]}],
    }
    answer = await sveta.api("PUT", "/scripts/sales", {"base": -1, "document": bad})
    assert answer.status == 422
    assert {
        "base",
        "document.languages.0",
        "document.steps.0.id",
        "document.steps.0.text.ru",
        "document.steps.0.colour",
        "document.steps.1.branches.0.to",
    } <= answer.fields
    large = await sveta.api("PUT", "/scripts/sales", {"base": 0, "document": {"x": "y" * 500_000}})
    assert large.status == 413
    assert "400000 bytes" in large.json["detail"]


async def test_of_two_editors_the_later_is_told_the_version_to_go_on_from(sveta: Browser) -> None:
    await publish(sveta)
    answer = await sveta.api("PUT", "/scripts/sales", {"base": 0, "document": {**GREETING, "name": "Mine"}})
    assert (answer.status, answer.fields) == (409, {"base"})
    assert answer.json["errors"][0]["parameters"] == {"now": "1"}


async def test_a_preview_walks_as_the_agent_would(sveta: Browser) -> None:
    body = {
        "document": GREETING,
        "answers": {"wish": "ask", "amount": "5"},
        "language": "en",
        "fill": {"client.name": "Ann"},
    }
    answer = await sveta.api("POST", "/scripts/preview", body)
    assert [it["text"] for it in answer.json["steps"]] == ["Good day, Ann!", "Thank you: To ask"]
    assert answer.json["ended"] is True
    assert set(answer.json["wrong"]) == {"amount"}


async def test_answers_are_kept_for_the_next_agent(
    anna: Browser, browsers: Open, sveta: Browser, world: World
) -> None:
    await publish(sveta)
    assert (await anna.api("POST", SCRIPT)).json["refusal"] == "too_late"  # the history has it as closed
    engage(world)
    begun = (await anna.api("POST", SCRIPT)).json["script"]
    assert (begun["version"], begun["step"], begun["missing"]) == (1, "hello", ["wish"])
    body = {"answers": {"wish": "buy"}, "step": "budget", "revision": 0}
    assert (await anna.api("PUT", SCRIPT, body)).json == {"revision": 1}
    assert (await anna.api("PUT", SCRIPT, {**body, "answers": {"wish": "ask"}})).status == 409
    bad = {**body, "answers": {"wish": "steal"}, "revision": 1}
    assert (await anna.api("PUT", SCRIPT, bad)).fields == {"answers.wish"}
    await publish(sveta, name="Sales 2")
    boris = browsers()
    await boris.sign_in_as("boris")
    assert (await boris.api("GET", SCRIPT)).status == 403
    engage(world, "boris")
    following = (await boris.api("POST", SCRIPT)).json["script"]
    assert (following["version"], following["answers"], following["step"]) == (1, {"wish": "buy"}, "budget")
    detail = (await sveta.api("GET", f"/calls/{CALL}")).json
    assert detail["script"]["answers"] == {"wish": "buy"}


async def test_a_queue_without_a_script_begins_none(anna: Browser, world: World) -> None:
    engage(world)
    assert (await anna.api("POST", SCRIPT)).json == {"script": None}


async def test_notes_so_far_go_with_the_call(
    anna: Browser, browsers: Open, sveta: Browser, world: World
) -> None:
    engage(world)
    saved = await anna.api("PUT", NOTE, {"text": "wants a price", "disposition": "sold", "revision": 0})
    assert saved.json["revision"] == 1
    behind = await anna.api("PUT", NOTE, {"text": "another tab", "revision": 0})
    assert (behind.status, behind.json["errors"][0]["parameters"]) == (409, {"now": "1"})
    own = (await anna.api("GET", NOTE)).json["own"]
    assert (own["text"], own["disposition"], own["revision"]) == ("wants a price", "sold", 1)
    boris = browsers()
    await boris.sign_in_as("boris")
    assert (await boris.api("PUT", NOTE, {"text": "not mine", "revision": 0})).status == 403
    engage(world, "boris")
    seen = (await boris.api("GET", NOTE)).json
    assert seen["own"]["revision"] == 0
    assert [(it["agent_name"], it["text"]) for it in seen["earlier"]] == [("Anna Test", "wants a price")]


async def test_a_note_of_a_megabyte_is_refused_and_the_limit_named(anna: Browser, world: World) -> None:
    engage(world)
    for method, path, more in (
        ("PUT", NOTE, {"revision": 0, "text": "x" * 1_000_000}),
        ("POST", f"/calls/{CALL}/wrap-up", {"disposition": "other", "note": "x" * 1_000_000}),
    ):
        answer = await anna.api(method, path, more)
        assert answer.status == 413
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert "a note has at most 4000 characters" in answer.json["detail"]
    answer = await anna.api("PUT", NOTE, {"revision": 0, "text": "x" * 4001})
    assert (answer.status, answer.fields) == (422, {"text"})
    assert "4000" in answer.json["errors"][0]["message"]
    assert (await anna.api("GET", NOTE)).json["own"]["revision"] == 0
    assert world.site.requests == []


async def test_nothing_is_noted_once_the_call_is_closed(anna: Browser, world: World) -> None:
    answer = await anna.api("PUT", NOTE, {"text": "late", "revision": 0})
    assert (answer.status, answer.json["refusal"]) == (409, "too_late")
    known = world.history.rows[CALL]
    open_ = replace(known, interaction=replace(known.interaction, disposition=None))
    world.history.rows[CALL] = open_
    assert (await anna.api("PUT", NOTE, {"text": "late", "revision": 0})).status == 200


OUTCOMES = [
    Disposition("deal", "Сделка", "Deal", (SALES,), note_required=False),
    Disposition(
        "sold",
        "Продано",
        "Sold",
        (),
        note_required=False,
        parent="deal",
        amount=Ask.REQUIRED,
        answers=("wish",),
    ),
    Disposition("later", "Позже", "Later", (), note_required=True, parent="deal", callback=Ask.REQUIRED),
    Disposition("other", "Другое", "Other", (), note_required=False),
]


@pytest.fixture
async def wrapping(world: World, sveta: Browser, anna: Browser) -> Browser:
    """Anna in the wrap-up of a sales call that goes by a script, with a tree of dispositions."""
    await publish(sveta)
    words = world.deps.words
    assert isinstance(words, FakeWords)
    words.outcomes = OUTCOMES
    engage(world)
    await anna.api("POST", SCRIPT)
    engage(world, state="wrap_up")
    return anna


async def test_a_disposition_gets_all_that_it_asks_for(wrapping: Browser, world: World) -> None:
    path, now = f"/calls/{CALL}/wrap-up", world.clock.now()
    assert (await wrapping.api("POST", path, {"disposition": "deal"})).fields == {"disposition"}
    assert (await wrapping.api("POST", path, {"disposition": "sold"})).fields == {"amount", "answers.wish"}
    assert (await wrapping.api("POST", path, {"disposition": "later"})).fields == {"note", "callback_at"}
    late = {"disposition": "later", "note": "calls", "callback_at": now - 1, "amount": "5"}
    assert (await wrapping.api("POST", path, late)).fields == {"callback_at", "amount"}
    assert world.site.requests == []
    answers = {"answers": {"wish": "buy"}, "step": "budget", "revision": 0}
    assert (await wrapping.api("PUT", SCRIPT, answers)).status == 200
    closed = {"disposition": "sold", "amount": "150.50", "note": " good "}
    assert (await wrapping.api("POST", path, closed)).status == 204
    assert world.site.requests == [CloseWrapUp(ANNA, CALL, "sold", "good")]
    assert (await wrapping.api("GET", f"/calls/{CALL}")).json["amount"] == "150.50"
    world.site.emit(entity(f"call/{CALL}", ["anna"], kind="call", queue="help", number="1"))
    assert (await wrapping.api("POST", path, closed)).fields == {"disposition"}  # its group is of sales


async def test_a_callback_is_promised_before_the_wrap_up_is_closed(wrapping: Browser, world: World) -> None:
    at = world.clock.now() + 3600
    body = {"disposition": "later", "note": "asked for it", "callback_at": at}
    callback = CallbackId(f"wrapup-{CALL.replace(':', '-')}")
    # Of this client, so that he is not called twice; and in the place of one that is open already.
    promise = PromiseCallback(callback, "+79120001122", SALES, at, "", "anna", ClientId(7), moves=True)
    no = Refused(Refusal.NOT_ALLOWED_NOW, "nobody could make it")
    world.site.reply = lambda asked: no if isinstance(asked, PromiseCallback) else Accepted()
    assert (await wrapping.api("POST", f"/calls/{CALL}/wrap-up", body)).status == 409
    assert world.site.requests == [promise]
    world.site.reply = Accepted()
    assert (await wrapping.api("POST", f"/calls/{CALL}/wrap-up", body)).status == 204
    assert world.site.requests[1:] == [promise, CloseWrapUp(ANNA, CALL, "later", "asked for it")]
    world.site.requests.clear()
    assert (
        await wrapping.api("POST", f"/calls/{CALL}/wrap-up", {**body, "callback_mine": True})
    ).status == 204
    assert world.site.requests[0] == replace(promise, agent=ANNA)


async def test_a_wrap_up_is_extended_by_the_core(anna: Browser, world: World) -> None:
    path = f"/calls/{CALL}/wrap-up/extend"
    assert (await anna.api("POST", path, {"seconds": 30})).status == 204
    assert world.site.requests == [ExtendWrapUp(ANNA, CALL, 30.0)]
    assert (await anna.api("POST", path, {"seconds": 0})).fields == {"seconds"}


async def test_who_waits_is_shown_where_the_queue_allows_it(anna: Browser, world: World) -> None:
    sales, help_ = world.plans.site.queues
    queues = (replace(sales, preview_next=Preview.NAME), replace(help_, preview_next=Preview.LINE))
    world.plans.site = replace(world.plans.site, queues=queues)
    client = {"name": "Ann", "rank": "vip"}
    for number, (queue, since) in enumerate([("sales", 50.0), ("sales", 40.0), ("help", 30.0)]):
        call = f"main:9.{number}"
        world.site.emit(
            entity(
                f"call/{call}", [], call=call, queue=queue, queued_at=since, arrived_at=1.0, state="waiting"
            ),
            entity(f"card/{call}", [], card={"client": client}),
        )
    world.site.emit(entity("queue/sales", waiting=2), entity("queue/help", waiting=1))
    engage(world)
    assert (await anna.api("GET", "/agents/anna/next")).json == {"items": []}
    engage(world, state="wrap_up")
    assert (await anna.api("GET", "/agents/anna/next")).json["items"] == [
        {"queue": "sales", "waiting": 2, "since": 40.0, "value": "VIP", "client": "Ann"},
        {"queue": "help", "waiting": 1, "since": 30.0, "value": "VIP", "client": None},
    ]
    assert (await anna.api("GET", "/agents/boris/next")).status == 403


async def test_who_is_offered_a_call_reads_ahead_and_begins_nothing(
    world: World, sveta: Browser, browsers: Open
) -> None:
    await publish(sveta)
    anna = browsers()
    await anna.sign_in_as("anna")
    engage(world, state="offered")
    ahead = (await anna.api("GET", SCRIPT)).json["script"]
    assert (ahead["version"], ahead["step"], ahead["answers"]) == (1, "hello", {})
    assert (await anna.api("POST", SCRIPT)).status != 200  # not before the talk
    await publish(sveta, name="Sales 2")
    # Nothing was begun: the talk goes by what is published when it begins.
    assert (await sveta.api("GET", SCRIPT)).json["script"] is None
    engage(world)
    assert (await anna.api("GET", SCRIPT)).json["script"] is None
    assert (await anna.api("POST", SCRIPT)).json["script"]["version"] == 2
