"""What the endpoints do when all is well, and how refusals of the core come out."""

from __future__ import annotations

import pytest

from callcenter.calls.requests import (
    Accepted,
    CloseWrapUp,
    DeclineOffer,
    EndCall,
    Intent,
    PickClient,
    Refusal,
    Refused,
    RemakeCards,
    SetIntent,
)
from callcenter.calls.states import Author
from callcenter.history.queries import InteractionFilter
from callcenter.storage.errors import DatabaseUnavailableError
from callcenter.web.client_schemas import (
    Card,
)
from routing.ids import AgentId, ClientId

from .conftest import Browser, World
from .fakes import CALL, OFFER, SALES, entity

ANNA = AgentId("anna")


async def test_site_tells_what_the_console_offers(anna: Browser) -> None:
    site = (await anna.api("GET", "/site")).json
    assert site["timezone"] == "Europe/Moscow"
    assert site["languages"] == ["ru", "en"]
    assert [queue["id"] for queue in site["queues"]] == ["sales", "help"]
    assert site["pause_reasons"] == [{"code": "lunch", "ru": "Обед", "en": "Lunch"}]
    assert site["dispositions"][0]["queues"] == ["sales"]


async def test_an_agent_acts_on_his_call(anna: Browser, world: World) -> None:
    calls = [
        ("PUT", "/agents/anna/state", {"state": "ready"}),
        ("POST", f"/calls/{CALL}/decline", {"offer": OFFER}),
        ("POST", f"/calls/{CALL}/hang-up", None),
        ("POST", f"/calls/{CALL}/wrap-up", {"disposition": "other", "note": " said hello "}),
        ("PUT", f"/calls/{CALL}/client", {"client": 1}),
    ]
    for method, path, body in calls:
        answer = await anna.api(method, path, body)
        assert (answer.status, answer.body) == (204, b""), path
    assert world.site.requests == [
        SetIntent(ANNA, Intent.READY, "", Author.AGENT),
        DeclineOffer(ANNA, OFFER),
        EndCall(ANNA, CALL),
        CloseWrapUp(ANNA, CALL, "other", "said hello"),
        PickClient(ANNA, CALL, ClientId(1)),
        RemakeCards(ClientId(1)),
    ]


async def test_a_supervisor_sets_anyones_state_in_his_own_name(browser: Browser, world: World) -> None:
    await browser.sign_in_as("sveta")
    assert (await browser.api("PUT", "/agents/anna/state", {"state": "offline"})).status == 204
    assert world.site.requests == [SetIntent(ANNA, Intent.OFFLINE, "", Author.SUPERVISOR)]


async def test_wrap_up_is_checked_against_the_sites_words(anna: Browser, world: World) -> None:
    path = f"/calls/{CALL}/wrap-up"
    assert (await anna.api("POST", path, {"disposition": "lost"})).fields == {"disposition"}
    assert (await anna.api("POST", path, {"disposition": "other", "note": "  "})).fields == {"note"}
    world.site.emit(entity(f"call/{CALL}", ["anna"], kind="call", queue="help"))
    assert (await anna.api("POST", path, {"disposition": "sold"})).fields == {"disposition"}
    world.site.emit(entity(f"call/{CALL}", ["anna"], kind="call", queue="sales"))
    assert (await anna.api("POST", path, {"disposition": "sold"})).status == 204


async def test_an_offer_of_another_call_is_named(anna: Browser) -> None:
    assert (await anna.api("POST", "/calls/main:9.9/decline", {"offer": OFFER})).fields == {"offer"}


async def test_picking_nobody_is_named(anna: Browser, world: World) -> None:
    assert (await anna.api("PUT", f"/calls/{CALL}/client", {"client": 99})).fields == {"client"}
    assert world.site.requests == []


async def test_a_pick_is_remembered_once_the_core_took_it(anna: Browser, world: World) -> None:
    path, body = f"/calls/{CALL}/client", {"client": 1}
    world.site.emit(entity(f"call/{CALL}", ["anna"], kind="call", number="+79120001122", client=None))
    world.site.reply = Refused(Refusal.NOT_YOURS, "another's")
    assert (await anna.api("PUT", path, body)).status == 403
    assert world.clients.picks == []
    world.site.reply = Accepted()
    assert (await anna.api("PUT", path, body)).status == 204
    assert world.clients.picks == [("+79120001122", ClientId(1), ANNA)]


async def test_the_number_of_a_call_that_left_the_picture_is_the_historys(
    anna: Browser, world: World
) -> None:
    assert (await anna.api("PUT", f"/calls/{CALL}/client", {"client": 1})).status == 204
    assert world.clients.picks == [("+79120001122", ClientId(1), ANNA)]


async def test_a_pick_is_taken_back_by_who_is_engaged_with_the_call(anna: Browser, world: World) -> None:
    path, pick = f"/calls/{CALL}/client", ("+79120001122", ClientId(1), ANNA)
    world.clients.picks = [pick]
    assert (await anna.api("DELETE", path)).status == 404
    world.site.emit(entity(f"call/{CALL}", ["anna"], kind="call", number="+79120001122", client=1))
    assert (await anna.api("DELETE", path)).status == 403
    world.site.emit(entity("agent/anna", ["anna"], kind="agent", call="main:9.9"))
    assert (await anna.api("DELETE", path)).status == 403
    assert (world.clients.picks, world.site.requests) == ([pick], [])
    world.site.emit(entity("agent/anna", ["anna"], kind="agent", call=CALL))
    assert (await anna.api("DELETE", path)).status == 204
    assert (world.clients.picks, world.site.requests) == ([], [PickClient(ANNA, CALL, None)])


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Refusal.UNKNOWN_CALL, 404),
        (Refusal.UNKNOWN_AGENT, 404),
        (Refusal.NOT_YOURS, 403),
        (Refusal.TOO_LATE, 409),
        (Refusal.NOT_ALLOWED_NOW, 409),
        (Refusal.REASON_MISSING, 422),
        (Refusal.BUSY, 503),
        (Refusal.STARTING, 503),
    ],
)
async def test_each_refusal_has_its_status(
    anna: Browser, world: World, refusal: Refusal, status: int
) -> None:
    world.site.reply = Refused(refusal, "because")
    answer = await anna.api("POST", f"/calls/{CALL}/hang-up")
    assert answer.status == status
    assert answer.json["refusal"] == refusal
    assert answer.json["detail"] == "because"
    assert ("Retry-After" in answer.headers) == (status == 503)


async def test_calls_are_filtered_as_asked(browser: Browser, world: World) -> None:
    await browser.sign_in_as("sveta")
    query = "state=ended&queue=sales&agent=anna&client=1&from=5&to=9.5&limit=7&cursor=abc"
    page = (await browser.api("GET", f"/calls?{query}")).json
    assert [item["call"] for item in page["items"]] == [CALL]
    assert page["next"] == "next"
    which = InteractionFilter(True, SALES, ANNA, ClientId(1), 5.0, 9.5)
    assert world.history.asked == [(which, 7, "abc")]


async def test_one_call_in_detail(anna: Browser) -> None:
    call = (await anna.api("GET", f"/calls/{CALL}")).json
    assert call["outcome"] == "answered"
    assert call["legs"][0]["role"] == "caller"
    assert call["offers"][0]["outcome"] == "answered"
    assert call["facts"] == [{"type": "CallStarted", "at": 10.0}]
    assert (await anna.api("GET", "/calls/main:0.0")).status == 404


async def test_clients_are_found_filled_in_and_changed(anna: Browser) -> None:
    found = (await anna.api("GET", "/clients?q=ёлк")).json["items"]
    assert [client["name"] for client in found] == ["Пётр Ёлкин"]
    answer = await anna.api("POST", "/clients", {"name": " Новый ", "phones": ["8 912 1"]})
    assert answer.status == 201
    client = answer.json
    assert (client["name"], client["rank"]) == ("Новый", "new")
    path = f"/clients/{client['id']}"
    changed = (await anna.api("PATCH", path, {"rank": "vip", "note": "line\nline"})).json
    assert (changed["rank"], changed["name"]) == ("vip", "Новый")
    answer = await anna.api("POST", f"{path}/phones", {"number": "200-300", "label": "work"})
    assert (answer.status, len(answer.json["phones"])) == (201, 2)
    assert (await anna.api("GET", path)).json == answer.json
    assert (await anna.api("GET", f"{path}/interactions?limit=5")).status == 200
    for method, missing in (("GET", ""), ("PATCH", ""), ("GET", "/interactions"), ("GET", "/card")):
        body: dict[str, str] | None = {} if method == "PATCH" else None
        assert (await anna.api(method, f"/clients/77{missing}", body)).status == 404


async def test_numbers_that_are_none_are_named(anna: Browser) -> None:
    wrong = await anna.api("POST", "/clients", {"name": "A", "phones": [], "owner": "nobody"})
    assert wrong.fields == {"owner"}
    assert (await anna.api("PATCH", "/clients/1", {"owner": "nobody"})).fields == {"owner"}
    assert (await anna.api("PATCH", "/clients/1", {"owner": "boris"})).json["owner"] == "boris"
    assert (await anna.api("PATCH", "/clients/1", {"note": "x"})).json["owner"] == "boris"
    assert (await anna.api("PATCH", "/clients/1", {"owner": ""})).json["owner"] is None
    answer = await anna.api("POST", "/clients", {"name": "A", "phones": ["12", "nothing"]})
    assert (answer.status, answer.fields) == (422, {"phones.1"})
    assert (await anna.api("POST", "/clients/1/phones", {"number": "nothing"})).fields == {"number"}


async def test_a_card_is_as_the_document_says(anna: Browser) -> None:
    card = Card.model_validate((await anna.api("GET", "/clients/1/card")).json)
    assert card.client is not None
    assert card.client.name == "Пётр Ёлкин"


async def test_queues_are_told_with_their_settings(browser: Browser) -> None:
    await browser.sign_in_as("mark")
    queues = (await browser.api("GET", "/queues")).json["items"]
    assert queues[0]["numbers"] == ["100"]
    assert queues[0]["ring_seconds"] == 20


async def test_users_are_added_and_changed(browser: Browser, world: World) -> None:
    await browser.sign_in_as("root")
    new = {
        "login": "vera",
        "name": "Vera",
        "role": "operator",
        "password": "correct horse battery",
        "station": "a1003",
        "queues": ["help"],
        "skills": [{"skill": "english", "level": 5}],
    }
    answer = await browser.api("POST", "/users", new)
    assert answer.status == 201, answer.body
    assert b"password" not in answer.body
    assert world.changed_people == 1
    assert (await browser.api("POST", "/users", new)).status == 409
    assert (await browser.api("POST", "/users", {**new, "login": "vera2"})).fields == {"station"}
    assert (await browser.api("POST", "/users", {**new, "login": "v", "queues": ["x"]})).fields == {
        "queues.0"
    }
    assert (await browser.api("POST", "/users", {**new, "password": "short"})).fields == {"password"}
    changed = (await browser.api("PATCH", "/users/vera", {"station": None, "queues": [], "skills": []})).json
    assert changed["station"] is None
    assert (await browser.api("PATCH", "/users/nobody", {"name": "N"})).status == 404
    assert "vera" in {user["login"] for user in (await browser.api("GET", "/users")).json["items"]}


async def test_an_administrator_cannot_lock_himself_out(browser: Browser) -> None:
    await browser.sign_in_as("root")
    assert (await browser.api("PATCH", "/users/root", {"active": False})).fields == {"active"}
    assert (await browser.api("PATCH", "/users/root", {"role": "operator"})).fields == {"role"}


async def test_a_database_that_is_away_is_503(anna: Browser, world: World) -> None:
    world.sessions.error = DatabaseUnavailableError("the database can't be reached: refused")
    answer = await anna.api("GET", "/session")
    assert answer.status == 503
    assert answer.json["type"].endswith("database-away")
    assert "Retry-After" in answer.headers
