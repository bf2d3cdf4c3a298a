"""Callbacks and missed callers through the API, over the real store."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from callcenter.callbacks.store import CallbackStore
from callcenter.calls.callback_facts import CallbackPromised
from callcenter.calls.requests import CancelCallback, ChangeCallback, PromiseCallback, Refusal, Refused
from routing.ids import CallbackId, ClientId, QueueId
from tests.callbacks.test_store import AT, KEPT, NUMBER, PROMISED, House, gave_up

from .conftest import Browser, Open, World
from .fakes import SALES

BY_ANNA = dataclasses.replace(PROMISED, callback=CallbackId("api-1"), by="anna", call=None)


@pytest.fixture
async def house(database: object, world: World) -> House:
    made = House(database)  # type: ignore[arg-type]
    store = made.store
    assert isinstance(store, CallbackStore)
    world.deps = dataclasses.replace(world.deps, callbacks=store)
    return made


async def signed_in(browsers: Open, login: str) -> Browser:
    browser = browsers()
    await browser.sign_in_as(login)
    return browser


async def test_leaders_see_the_list_and_operators_their_own(house: House, browsers: Open) -> None:
    await house.write(PROMISED, BY_ANNA)
    sveta, anna = await signed_in(browsers, "sveta"), await signed_in(browsers, "anna")
    shown = (await sveta.api("GET", "/callbacks?queue=sales")).json["items"]
    assert [item["callback"] for item in shown] == ["api-1", KEPT]
    assert shown[1] | {"number": NUMBER, "state": "waiting", "attempts": []} == shown[1]
    own = (await anna.api("GET", "/callbacks")).json["items"]
    assert [item["callback"] for item in own] == ["api-1"]
    assert (await anna.api("GET", "/callbacks/api-1")).status == 200
    assert (await anna.api("GET", f"/callbacks/{KEPT}")).status == 403
    assert (await anna.api("GET", "/callbacks/none")).status == 404
    assert (await sveta.api("GET", "/callbacks?state=closed")).json["items"] == []


async def test_a_promise_is_asked_of_the_core(house: House, anna: Browser, world: World) -> None:
    body = {"number": "8 916 123-45-67", "queue": SALES, "at": AT + 60, "id": "crm-7"}
    answer = await anna.api("POST", "/callbacks", body)
    assert (answer.status, answer.json) == (201, {"callback": "crm-7"})
    wish = PromiseCallback(CallbackId("crm-7"), body["number"], QueueId(SALES), AT + 60, "", "anna")  # type: ignore[arg-type]
    assert world.site.requests == [wish]
    answer = await anna.api("POST", "/callbacks", {"number": NUMBER, "queue": SALES})
    assert answer.json["callback"].startswith("api-")


async def test_it_is_told_what_time_it_is_for_a_client_and_whether_he_may_be_called(anna: Browser) -> None:
    async def told(number: str, at: float) -> dict[str, object]:
        query = {"number": number, "at": str(at)}
        answer = await anna.api("GET", "/dialling-hours", params=query)
        assert answer.status == 200, answer.body
        return dict(answer.json)

    noon = 1_795_424_400.0  # 09:00 UTC: 12:00 in Moscow
    moscow = await told("8 (495) 123-00-99", noon)
    assert (moscow["number"], moscow["allowed"], moscow["next_at"]) == ("+74951230099", True, noon)
    assert moscow["clocks"] == [{"zone": "Europe/Moscow", "offset": 180}]
    night = await told("+7 423 230-00-99", noon + 3 * 3600)  # 22:00 in Vladivostok
    assert (night["allowed"], night["next_at"]) == (False, noon + 14 * 3600)
    assert night["clocks"] == [{"zone": "Asia/Vladivostok", "offset": 600}]
    assert (await told("101", noon))["number"] is None
    assert (await anna.api("GET", "/dialling-hours")).fields == {"number"}


async def test_what_is_wrong_is_named(house: House, anna: Browser, world: World) -> None:
    answer = await anna.api("POST", "/callbacks", {"number": NUMBER, "queue": "nowhere"})
    assert (answer.status, answer.fields) == (422, {"queue"})
    answer = await anna.api("POST", "/callbacks", {"queue": SALES, "at": -1, "more": 1, "id": "a b"})
    assert answer.fields == {"number", "at", "more", "id"}
    world.site.reply = Refused(Refusal.NOT_ALLOWED_NOW, "callback x is open for this number and queue")
    answer = await anna.api("POST", "/callbacks", {"number": NUMBER, "queue": SALES})
    assert (answer.status, answer.json["refusal"]) == (409, "not_allowed_now")
    assert "is open for this number" in answer.json["detail"]


async def test_changes_and_cancelling_are_for_who_made_it_and_supervisors(
    house: House, browsers: Open, world: World
) -> None:
    await house.write(PROMISED, BY_ANNA)
    anna, sveta = await signed_in(browsers, "anna"), await signed_in(browsers, "sveta")
    assert (await anna.api("PATCH", "/callbacks/api-1", {"at": AT + 9})).status == 204
    assert (await anna.api("PATCH", "/callbacks/api-1", {})).fields == {"number"}
    assert (await anna.api("DELETE", f"/callbacks/{KEPT}")).status == 403
    assert (await sveta.api("DELETE", f"/callbacks/{KEPT}")).status == 204
    assert world.site.requests == [
        ChangeCallback(CallbackId("api-1"), None, AT + 9, "anna"),
        CancelCallback(KEPT, "sveta"),
    ]


async def test_of_two_agents_who_press_at_once_one_is_told_who_was_first(
    house: House, browsers: Open
) -> None:
    await house.write(gave_up())
    anna, boris = await signed_in(browsers, "anna"), await signed_in(browsers, "boris")
    path = "/missed/%2B79161234567"
    answers = await asyncio.gather(anna.api("POST", f"{path}/claim"), boris.api("POST", f"{path}/claim"))
    assert sorted(answer.status for answer in answers) == [200, 409]
    won = next(answer.json for answer in answers if answer.status == 200)
    lost = next(answer.json for answer in answers if answer.status == 409)
    assert lost["detail"] == f"already taken by {won['claimed_by']}"
    listed = (await anna.api("GET", "/missed")).json["items"]
    assert [(item["number"], item["state"], item["claimed_by"]) for item in listed] == [
        (NUMBER, "claimed", won["claimed_by"])
    ]


async def test_an_entry_is_dismissed_with_a_reason(house: House, browsers: Open) -> None:
    await house.write(gave_up())
    anna, boris = await signed_in(browsers, "anna"), await signed_in(browsers, "boris")
    path = "/missed/%2B79161234567"
    assert (await anna.api("POST", f"{path}/claim")).status == 200
    assert (await boris.api("POST", f"{path}/dismiss", {"reason": "spam"})).status == 409
    assert (await anna.api("POST", f"{path}/dismiss", {"reason": " "})).fields == {"reason"}
    assert (await anna.api("POST", f"{path}/dismiss", {"reason": "spam"})).status == 204
    assert (await anna.api("POST", f"{path}/dismiss", {"reason": "spam"})).status == 404


async def test_a_claim_is_given_back(house: House, browsers: Open) -> None:
    await house.write(gave_up())
    anna, boris = await signed_in(browsers, "anna"), await signed_in(browsers, "boris")
    path = "/missed/%2B79161234567/claim"
    assert (await anna.api("POST", path)).status == 200
    assert (await boris.api("DELETE", path)).status == 409
    assert (await anna.api("DELETE", path)).status == 204
    assert (await boris.api("POST", path)).status == 200


async def test_an_entry_becomes_a_callback(house: House, anna: Browser, world: World) -> None:
    await house.write(gave_up())
    answer = await anna.api("POST", "/missed/%2B79161234567/callback")
    assert (answer.status, answer.json) == (201, {"callback": "missed-main-1.5"})
    wish = PromiseCallback(CallbackId("missed-main-1.5"), NUMBER, SALES, None, "", "anna", ClientId(7))
    assert world.site.requests == [wish]
    made = dataclasses.replace(PROMISED, callback=wish.callback)
    assert isinstance(made, CallbackPromised)
    await house.write(made)
    (entry,) = (await anna.api("GET", "/missed")).json["items"]
    assert (entry["callback"], entry["claimed_by"]) == ("missed-main-1.5", "anna")
