"""Signing in and out, sessions and their end, foreign pages, tries without end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from callcenter.errors import ConfigError
from callcenter.web import WebOptions, create_app
from callcenter.web.auth import session_id
from tests.support.passwords import hash_of

from .conftest import CSRF, Browser, Open, Start, World

PASSWORD = "correct horse battery"


@pytest.fixture
async def password(world: World) -> str:
    world.users.hashes["anna"] = await hash_of(PASSWORD)
    return PASSWORD


async def test_sign_in_makes_a_session(browser: Browser, world: World, password: str) -> None:
    assert (await browser.api("GET", "/session")).status == 401
    answer = await browser.api("POST", "/session", {"login": " Anna ", "password": password})
    assert answer.status == 200
    me = {
        "login": "anna",
        "name": "Anna Test",
        "role": "operator",
        "language": "en",
        "agent": True,
        "station": "a1001",
    }
    assert answer.json == me
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie
    token = cookie.partition("cc_session=")[2].partition(";")[0]
    assert set(world.sessions.rows) == {session_id(token)}
    assert token not in str(world.sessions.rows)
    assert (await browser.api("GET", "/session")).json == me


async def test_behind_https_the_cookie_is_secure(
    start: Start, world: World, tune: Callable[..., None], password: str
) -> None:
    tune(https=True)
    server = await start()
    browser = Browser(server, world)
    try:
        answer = await browser.api("POST", "/session", {"login": "anna", "password": password})
        assert "Secure" in answer.headers["Set-Cookie"]
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    finally:
        await browser.close()


async def test_wrong_and_unknown_look_the_same(browser: Browser, password: str) -> None:
    wrong = await browser.api("POST", "/session", {"login": "anna", "password": "wrong"})
    unknown = await browser.api("POST", "/session", {"login": "nobody", "password": "wrong"})
    odd = await browser.api("POST", "/session", {"login": "no\x00body", "password": "wrong"})
    without = await browser.api("POST", "/session", {"login": "boris", "password": "wrong"})
    assert wrong.status == 401
    assert wrong.body == unknown.body == odd.body == without.body
    assert "Set-Cookie" not in wrong.headers


async def test_an_unknown_login_takes_as_long_as_a_wrong_password(browser: Browser, password: str) -> None:
    """Both hash: unknown logins must not answer in a fraction of the time."""

    async def cpu(login: str) -> float:
        started = time.process_time()
        await browser.api("POST", "/session", {"login": login, "password": "wrong"})
        return time.process_time() - started

    await cpu("nobody")  # makes the hash of nobody
    known, unknown = await cpu("anna"), await cpu("nobody")
    assert unknown > known / 3


async def test_signing_in_again_changes_the_session(browser: Browser, world: World, password: str) -> None:
    planted = await browser.sign_in_as("boris")
    await browser.api("POST", "/session", {"login": "anna", "password": password})
    assert planted not in world.sessions.rows
    assert [row.login for row in world.sessions.rows.values()] == ["anna"]


async def test_sign_out_ends_the_session(anna: Browser, world: World) -> None:
    answer = await anna.api("DELETE", "/session")
    assert answer.status == 204
    assert world.sessions.rows == {}
    assert (await anna.api("GET", "/session")).status == 401
    assert (await anna.api("DELETE", "/session")).status == 204


@pytest.mark.parametrize("kind", ["idle", "absolute"])
async def test_sessions_end_by_age(anna: Browser, world: World, kind: str) -> None:
    options = world.options
    if kind == "idle":
        world.clock.time += options.session_idle + 1
    else:
        for _ in range(5):  # in use all the time
            world.clock.time += options.session_absolute / 5 + 1
            await anna.api("GET", "/session")
    assert (await anna.api("GET", "/session")).status == 401
    assert world.sessions.rows == {}


async def test_use_keeps_a_session(anna: Browser, world: World) -> None:
    for _ in range(3):
        world.clock.time += world.options.session_idle - 10
        if world.clock.time - 1_764_000_000.0 < world.options.session_absolute:
            assert (await anna.api("GET", "/session")).status == 200


async def test_a_cookie_of_nobody_is_nobody(browser: Browser) -> None:
    for value in ("x" * 5000, "ünï", "../../etc", '"'):
        browser.http.cookie_jar.update_cookies({"cc_session": value}, browser.url("/"))
        assert (await browser.api("GET", "/session")).status in (400, 401)


async def test_tries_are_limited_by_login_and_address(
    start: Start, world: World, tune: Callable[..., None], password: str
) -> None:
    tune(sign_in_limit="2 per minute")
    server = await start()
    browser = Browser(server, world)
    try:
        for _ in range(2):
            answer = await browser.api("POST", "/session", {"login": "anna", "password": "wrong"})
            assert answer.status == 401
        answer = await browser.api("POST", "/session", {"login": "ANNA", "password": password})
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json["type"].endswith("too-many-tries")
        other = await browser.api("POST", "/session", {"login": "boris", "password": "wrong"})
        assert other.status == 401
    finally:
        await browser.close()


async def test_success_forgives_earlier_tries(
    start: Start, world: World, tune: Callable[..., None], password: str
) -> None:
    tune(sign_in_limit="2 per minute")
    browser = Browser(await start(), world)
    try:
        for _ in range(3):
            assert (
                await browser.api("POST", "/session", {"login": "anna", "password": "wrong"})
            ).status == 401
            assert (
                await browser.api("POST", "/session", {"login": "anna", "password": password})
            ).status == 200
    finally:
        await browser.close()


async def test_guessing_many_logins_from_one_address_is_limited(
    start: Start, world: World, tune: Callable[..., None]
) -> None:
    tune(address_limit="2 per minute", trusted_proxies=("127.0.0.0/8",))
    browser = Browser(await start(), world)

    async def attempt(login: str, address: str) -> int:
        headers = {"X-Forwarded-For": f"6.6.6.6, {address}"}
        body = {"login": login, "password": "wrong"}
        return (await browser.api("POST", "/session", body, headers=headers)).status

    try:
        assert [await attempt(f"user{n}", "10.9.9.9") for n in range(3)] == [401, 401, 429]
        assert await attempt("user4", "10.9.9.8") == 401
    finally:
        await browser.close()


async def test_every_unsafe_request_needs_the_header(anna: Browser, world: World) -> None:
    for method, path in (("PUT", "/agents/anna/state"), ("DELETE", "/session"), ("POST", "/session")):
        async with anna.http.request(method, anna.url(f"/api/v1{path}"), json={"state": "ready"}) as response:
            assert response.status == 403
            assert (await response.json(content_type=None))["type"].endswith("foreign-page")
    assert world.site.requests == []
    assert len(world.sessions.rows) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "nonsense"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_foreign_pages_are_refused(anna: Browser, headers: dict[str, str]) -> None:
    answer = await anna.api("PUT", "/agents/anna/state", {"state": "ready"}, headers=headers)
    assert answer.status == 403


async def test_our_own_page_and_allowed_ones_pass(
    start: Start, world: World, tune: Callable[..., None]
) -> None:
    tune(origins=("https://crm.example.org",), trusted_proxies=("127.0.0.1",))
    browser = Browser(await start(), world)
    await browser.sign_in_as("anna")
    own = str(browser.url("/").origin())
    try:
        for headers in (
            {"Origin": own},
            {"Origin": "https://crm.example.org"},
            {"Origin": own.replace("http:", "https:"), "X-Forwarded-Proto": "https"},
        ):
            answer = await browser.api("PUT", "/agents/anna/state", {"state": "ready"}, headers=headers)
            assert answer.status == 204, headers
    finally:
        await browser.close()


async def test_changing_a_password_signs_out_everywhere(browsers: Open, world: World) -> None:
    root, one, two = browsers(), browsers(), browsers()
    await root.sign_in_as("root")
    await one.sign_in_as("anna")
    await two.sign_in_as("anna")
    answer = await root.api("PATCH", "/users/anna", {"password": PASSWORD})
    assert answer.status == 200
    assert (await one.api("GET", "/session")).status == 401
    assert (await two.api("GET", "/session")).status == 401
    assert (await root.api("GET", "/session")).status == 200


async def test_language_is_kept(anna: Browser) -> None:
    assert (await anna.api("PATCH", "/session", {"language": "ru"})).json["language"] == "ru"
    assert (await anna.api("GET", "/session")).json["language"] == "ru"


async def test_many_sign_ins_at_once_leave_the_loop_free(browser: Browser, password: str) -> None:
    body = {"login": "anna", "password": password}
    tries = [asyncio.create_task(browser.api("POST", "/session", body)) for _ in range(6)]
    answers = 0
    while not all(task.done() for task in tries):
        assert (await browser.call("GET", "/healthz")).status == 200
        answers += 1
    assert answers > 3
    assert {task.result().status for task in tries} == {200}


@pytest.mark.parametrize(
    "options",
    [
        WebOptions(sign_in_limit="often"),
        WebOptions(address_limit=""),
        WebOptions(trusted_proxies=("somewhere",)),
        WebOptions(origins=("crm.example.org",)),
    ],
)
def test_unusable_options_are_explained(world: World, options: WebOptions) -> None:
    with pytest.raises(ConfigError):
        create_app(replace(world.deps), options)


async def test_security_headers_are_everywhere(anna: Browser) -> None:
    for path in ("/", "/api/v1/session", "/api/v1/none", "/healthz"):
        headers = (await anna.call("GET", path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Server"] == "callcenter"
    assert (await anna.api("GET", "/session")).headers["Cache-Control"] == "no-store"
    assert CSRF  # the header that our own console sends
