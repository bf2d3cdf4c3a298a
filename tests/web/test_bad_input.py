"""Bad input everywhere REST can be given it: a problem that names every bad field, and nothing done."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import CSRF, Browser, Start, World

PROBLEM = "application/problem+json"


async def post_raw(browser: Browser, path: str, data: bytes, content_type: str | None) -> Any:
    headers = {**CSRF, **({"Content-Type": content_type} if content_type else {})}
    async with browser.http.post(browser.url(path), data=data, headers=headers) as response:
        assert response.headers["Content-Type"].startswith(PROBLEM), await response.text()
        return response.status, await response.json(content_type=None)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"nonsense", b"\xff\xfe", b'{"name": "\xd0"}', b"[" * 1000, b"{}{}"],
)
async def test_malformed_json_is_400(anna: Browser, data: bytes) -> None:
    status, body = await post_raw(anna, "/api/v1/clients", data, "application/json")
    assert status == 400
    assert body["type"].endswith("bad-json")


@pytest.mark.parametrize("data", [b"null", b"[]", b'"text"', b"17", b"true", b'{"name": NaN}'])
async def test_json_of_another_shape_is_422(anna: Browser, data: bytes) -> None:
    status, _ = await post_raw(anna, "/api/v1/clients", data, "application/json")
    assert status == 422


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=windows-1251"],
)
async def test_wrong_content_type_is_415(anna: Browser, content_type: str | None) -> None:
    status, _ = await post_raw(anna, "/api/v1/clients", b'{"name":"A","phones":[]}', content_type)
    assert status == 415


async def test_a_large_body_is_413(anna: Browser, world: World) -> None:
    data = json.dumps({"name": "A", "phones": [], "note": "x" * 100_000}).encode()
    status, _ = await post_raw(anna, "/api/v1/clients", data, "application/json")
    assert status == 413
    assert len(world.clients.rows) == 1


async def test_every_bad_field_is_named(anna: Browser, world: World) -> None:
    answer = await anna.api(
        "POST",
        "/clients?verbose=1",
        {
            "name": "",
            "phones": ["12", 7, "a\x00b"],
            "rank": "king",
            "email": "nonsense",
            "extra": 1,
            "note": None,
        },
    )
    assert answer.status == 422
    assert answer.headers["Content-Type"].startswith(PROBLEM)
    assert answer.fields == {"verbose", "name", "phones.1", "phones.2", "rank", "email", "extra", "note"}
    assert {error["source"] for error in answer.json["errors"]} == {"body", "query"}
    assert len(world.clients.rows) == 1


async def test_values_are_never_repeated_in_a_problem(anna: Browser) -> None:
    secret = "my-secret-password-" * 20
    answer = await anna.api("POST", "/session", {"login": "anna", "password": secret})
    assert answer.status == 422
    assert b"my-secret" not in answer.body


async def test_path_query_and_body_are_checked_together(anna: Browser) -> None:
    answer = await anna.api("PATCH", "/clients/none?x=1", {"rank": 3})
    assert answer.status == 422
    assert {(error["source"], error["field"]) for error in answer.json["errors"]} == {
        ("path", "client"),
        ("query", "x"),
        ("body", "rank"),
    }


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=ten",
        "limit=1&limit=2",
        "client=0",
        "client=99999999999999999999",
        "from=yesterday",
        "from=nan",
        "from=inf",
        "from=-1",
        "state=open",
        "queue=a%20b",
        "cursor=bad",
        "since=1",
        "agent=%00",
        "agent=%ff",
        "cursor=" + "x" * 300,
    ],
)
async def test_bad_queries(browser: Browser, query: str) -> None:
    await browser.sign_in_as("sveta")
    answer = await browser.api("GET", f"/calls?{query}")
    assert answer.status == 422, answer.body
    assert answer.fields == {query.partition("=")[0]}


@pytest.mark.parametrize(
    "path", ["/clients/0", "/clients/1e3", "/clients/99999999999999999999", "/clients/%00"]
)
async def test_bad_paths(anna: Browser, path: str) -> None:
    answer = await anna.api("GET", path)
    assert answer.status == 422
    assert answer.fields == {"client"}


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v2/session"])
async def test_unknown_addresses_are_404(anna: Browser, path: str) -> None:
    for method in ("GET", "POST"):
        answer = await anna.call(method, path)
        assert answer.status == 404, method
        assert answer.headers["Content-Type"].startswith(PROBLEM)


async def test_a_wrong_method_is_405_and_says_which_are_right(anna: Browser) -> None:
    answer = await anna.api("DELETE", "/clients/1")
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET,PATCH"
    assert answer.json["status"] == 405


async def test_lone_surrogates_are_refused(anna: Browser) -> None:
    data = b'{"name": "\\ud800", "phones": []}'
    status, _ = await post_raw(anna, "/api/v1/clients", data, "application/json")
    assert status in (400, 422)


async def test_pause_needs_a_known_reason(anna: Browser, world: World) -> None:
    path = "/agents/anna/state"
    for body in (
        {"state": "paused"},
        {"state": "paused", "reason": "nap"},
        {"state": "ready", "reason": "lunch"},
    ):
        assert (await anna.api("PUT", path, body)).status == 422, body
    assert (await anna.api("PUT", path, {"state": "asleep"})).fields == {"state"}
    assert world.site.requests == []
    assert (await anna.api("PUT", path, {"state": "paused", "reason": "lunch"})).status == 204


async def test_our_own_mistake_is_a_problem_too(anna: Browser, world: World) -> None:
    world.users.error = RuntimeError("boom with a secret")
    answer = await anna.api("GET", "/site")
    assert answer.status == 500
    assert answer.headers["Content-Type"].startswith(PROBLEM)
    assert b"secret" not in answer.body


async def test_an_overlong_header_does_no_harm(start: Start, world: World) -> None:
    server = await start()
    browser = Browser(server, world)
    try:
        answer = await browser.call("GET", "/healthz", headers={"X-Large": "x" * 9000})
        assert answer.status == 400
        assert (await browser.call("GET", "/healthz")).status == 200
    finally:
        await browser.close()
