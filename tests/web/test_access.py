"""Every endpoint for every role, against what is written down here a second time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiohttp import web

from callcenter.errors import InvariantError
from callcenter.web import create_app
from callcenter.web.access import PUBLIC, RULES
from callcenter.web.application import check_rules
from callcenter.web.endpoint import PREFIX

from .conftest import Browser, World

LOGINS = {
    "anna": "agent",
    "desk": "operator",
    "sveta": "supervisor",
    "mark": "campaign",
    "root": "administrator",
}
EVERYBODY = set(LOGINS.values())
SUPERIORS = {"supervisor", "campaign", "administrator"}

# Who is let through the door: method and address -> the kinds of user.
EXPECTED = {
    ("GET", "/session"): EVERYBODY,
    ("PATCH", "/session"): EVERYBODY,
    ("GET", "/site"): EVERYBODY,
    ("PUT", "/agents/{agent}/state"): EVERYBODY,
    ("POST", "/calls/{call}/decline"): {"agent"},
    ("POST", "/calls/{call}/hang-up"): {"agent"},
    ("POST", "/calls/{call}/wrap-up"): {"agent"},
    ("PUT", "/calls/{call}/client"): {"agent"},
    ("DELETE", "/calls/{call}/client"): {"agent"},
    ("POST", "/calls/{call}/hold"): {"agent"},
    ("POST", "/calls/{call}/resume"): {"agent"},
    ("POST", "/calls/{call}/transfer"): {"agent"},
    ("POST", "/calls/{call}/park"): {"agent"},
    ("POST", "/calls/{call}/fetch"): {"agent"},
    ("POST", "/calls/{call}/consult"): {"agent"},
    ("POST", "/calls/{call}/complete"): {"agent"},
    ("POST", "/calls/{call}/join"): {"agent"},
    ("POST", "/calls/{call}/dismiss"): {"agent"},
    ("POST", "/calls/{call}/leave"): {"agent"},
    ("POST", "/calls/{call}/keys"): {"agent"},
    ("PUT", "/calls/{call}/recording"): {"agent"},
    ("GET", "/calls/{call}/recording"): EVERYBODY,
    ("POST", "/calls"): {"agent"},
    ("POST", "/colleagues/call"): {"agent"},
    ("POST", "/colleagues/hang-up"): {"agent"},
    ("GET", "/colleagues/calls"): EVERYBODY,
    ("PUT", "/agents/{agent}/hand"): {"agent"},
    ("DELETE", "/agents/{agent}/hand"): EVERYBODY,
    ("GET", "/me/day"): EVERYBODY,
    ("PATCH", "/me/tasks/{task}"): EVERYBODY,
    ("GET", "/me/figures"): {"agent"},
    ("GET", "/chat/people"): EVERYBODY,
    ("GET", "/chat/search"): EVERYBODY,
    ("GET", "/chat/{conversation}/messages"): EVERYBODY,
    ("POST", "/chat/{conversation}/messages"): EVERYBODY,
    ("PUT", "/chat/{conversation}/read"): EVERYBODY,
    ("GET", "/calls"): EVERYBODY,
    ("GET", "/calls/{call}"): EVERYBODY,
    ("POST", "/calls/{call}/wrap-up/extend"): {"agent"},
    ("POST", "/calls/{call}/script"): {"agent"},
    ("GET", "/calls/{call}/script"): EVERYBODY,
    ("PUT", "/calls/{call}/script"): {"agent"},
    ("GET", "/calls/{call}/note"): EVERYBODY,
    ("PUT", "/calls/{call}/note"): {"agent"},
    ("GET", "/agents/{agent}/next"): EVERYBODY,
    ("GET", "/scripts"): {"supervisor", "administrator"},
    ("POST", "/scripts/check"): {"supervisor", "administrator"},
    ("POST", "/scripts/preview"): {"supervisor", "administrator"},
    ("GET", "/scripts/{script}"): {"supervisor", "administrator"},
    ("PUT", "/scripts/{script}"): {"supervisor", "administrator"},
    ("GET", "/scripts/{script}/versions/{version}"): {"supervisor", "administrator"},
    ("POST", "/scripts/{script}/publish"): {"supervisor", "administrator"},
    ("POST", "/scripts/{script}/withdraw"): {"supervisor", "administrator"},
    ("PUT", "/scripts/{script}/queues"): {"supervisor", "administrator"},
    ("GET", "/calls/{call}/why"): SUPERIORS,
    ("GET", "/agents/{agent}/why"): EVERYBODY,
    ("GET", "/clients"): EVERYBODY,
    ("POST", "/clients"): EVERYBODY,
    ("GET", "/clients/{client}"): EVERYBODY,
    ("PATCH", "/clients/{client}"): EVERYBODY,
    ("POST", "/clients/{client}/phones"): EVERYBODY,
    ("GET", "/clients/{client}/interactions"): EVERYBODY,
    ("GET", "/clients/{client}/card"): EVERYBODY,
    ("GET", "/clients/{client}/timeline"): EVERYBODY,
    ("POST", "/clients/{client}/deals"): EVERYBODY,
    ("POST", "/clients/{client}/tickets"): EVERYBODY,
    ("POST", "/clients/{client}/tasks"): EVERYBODY,
    ("POST", "/clients/{client}/notes"): EVERYBODY,
    ("PATCH", "/clients/{client}/deals/{item}"): EVERYBODY,
    ("PATCH", "/clients/{client}/tickets/{item}"): EVERYBODY,
    ("PATCH", "/clients/{client}/tasks/{item}"): EVERYBODY,
    ("PATCH", "/clients/{client}/notes/{item}"): EVERYBODY,
    ("PUT", "/site/pause-reasons"): {"supervisor", "administrator"},
    ("PUT", "/site/dispositions"): {"administrator"},
    ("GET", "/queues"): SUPERIORS,
    ("POST", "/queues"): {"administrator"},
    ("PUT", "/queues/{queue}"): {"administrator"},
    ("GET", "/skills"): SUPERIORS,
    ("PUT", "/skills/{skill}"): {"administrator"},
    ("DELETE", "/queues/{queue}"): {"administrator"},
    ("DELETE", "/skills/{skill}"): {"administrator"},
    ("GET", "/presets"): SUPERIORS,
    ("GET", "/teams"): SUPERIORS,
    ("PUT", "/teams/{team}"): {"administrator"},
    ("DELETE", "/teams/{team}"): {"administrator"},
    ("GET", "/agents"): SUPERIORS,
    ("PUT", "/agents/{agent}/routing"): {"supervisor", "administrator"},
    ("GET", "/values"): SUPERIORS,
    ("PUT", "/values/{value}"): {"administrator"},
    ("DELETE", "/values/{value}"): {"administrator"},
    ("GET", "/flows"): SUPERIORS,
    ("GET", "/flows/emergency"): SUPERIORS,
    ("PUT", "/flows/emergency"): {"supervisor", "administrator"},
    ("GET", "/flows/{flow}"): SUPERIORS,
    ("PUT", "/flows/{flow}"): {"administrator"},
    ("DELETE", "/flows/{flow}"): {"administrator"},
    ("POST", "/flows/check"): SUPERIORS,
    ("POST", "/flows/test"): SUPERIORS,
    ("GET", "/hours"): SUPERIORS,
    ("PUT", "/hours/{hours}"): {"administrator"},
    ("DELETE", "/hours/{hours}"): {"administrator"},
    ("GET", "/prompts"): SUPERIORS,
    ("PUT", "/prompts/{prompt}/{language}"): {"administrator"},
    ("GET", "/prompts/{prompt}/{language}/audio"): SUPERIORS,
    ("DELETE", "/prompts/{prompt}/{language}"): {"administrator"},
    ("GET", "/messages"): EVERYBODY,
    ("GET", "/messages/{message}/audio"): EVERYBODY,
    ("PATCH", "/messages/{message}"): EVERYBODY,
    ("GET", "/plan"): {"administrator"},
    ("POST", "/plan/apply"): {"administrator"},
    ("GET", "/audit"): {"supervisor", "administrator"},
    ("GET", "/callbacks"): EVERYBODY,
    ("GET", "/dialling-hours"): EVERYBODY,
    ("POST", "/callbacks"): EVERYBODY,
    ("GET", "/callbacks/{callback}"): EVERYBODY,
    ("PATCH", "/callbacks/{callback}"): EVERYBODY,
    ("DELETE", "/callbacks/{callback}"): EVERYBODY,
    ("GET", "/missed"): EVERYBODY,
    ("POST", "/missed/{number}/claim"): {"agent"},
    ("DELETE", "/missed/{number}/claim"): {"agent"},
    ("POST", "/missed/{number}/dismiss"): EVERYBODY,
    ("POST", "/missed/{number}/callback"): {"agent"},
    ("POST", "/phone/credentials"): {"agent"},
    ("POST", "/calls/{call}/quality"): {"agent"},
    ("GET", "/users"): {"administrator"},
    ("POST", "/users"): {"administrator"},
    ("PATCH", "/users/{login}"): {"administrator"},
}
PUBLIC_ROUTES = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/ws"),
    ("GET", "/sip"),
    ("GET", "/{path}"),
    ("GET", f"{PREFIX}/openapi.json"),
    ("POST", f"{PREFIX}/session"),
    ("DELETE", f"{PREFIX}/session"),
}
PARTS = {
    "{task}": "1",
    "{conversation}": "team:north",
    "{callback}": "api-1",
    "{number}": "%2B79161234567",
    "{agent}": "anna",
    "{call}": "main:17.1",
    "{client}": "1",
    "{login}": "anna",
    "{item}": "1",
    "{queue}": "sales",
    "{skill}": "tech",
    "{team}": "north",
    "{value}": "vip",
    "{flow}": "main",
    "{hours}": "office",
    "{prompt}": "welcome",
    "{language}": "ru",
    "{message}": "1",
    "{script}": "sales",
    "{version}": "1",
}


def test_every_route_is_expected_here() -> None:
    guarded = {(method, PREFIX + path) for method, path in EXPECTED}
    assert set(RULES) == guarded | PUBLIC_ROUTES
    assert {route for route, rule in RULES.items() if rule.public} == PUBLIC_ROUTES


@pytest.mark.parametrize("login", LOGINS)
async def test_each_role_at_each_route(browser: Browser, login: str) -> None:
    await browser.sign_in_as(login)
    for (method, path), allowed in EXPECTED.items():
        address = path
        for part, value in PARTS.items():
            address = address.replace(part, value)
        # An unknown parameter: whoever is let in is told about it (422), so nothing is done.
        answer = await browser.api(method, f"{address}?nonsense=1", {} if method != "GET" else None)
        expected = 422 if LOGINS[login] in allowed else 403
        assert answer.status == expected, (method, path, login, answer.body)


async def test_nobody_is_let_in_without_a_session(browser: Browser) -> None:
    for method, path in EXPECTED:
        answer = await browser.api(method, path.replace("{", "").replace("}", ""))
        assert answer.status == 401, (method, path)
        assert answer.json["type"].endswith("signed-out")


def test_a_route_without_a_rule_stops_the_start(world: World) -> None:
    async def secret(_request: web.Request) -> web.Response:
        return web.Response()

    app = create_app(world.deps, world.options)
    app.router.add_get("/secret", secret)
    with pytest.raises(InvariantError, match="GET /secret has no rule"):
        check_rules(app)


def test_a_rule_without_a_route_stops_the_start(world: World) -> None:
    app = create_app(world.deps, world.options)
    with pytest.raises(InvariantError, match="GET /gone has a rule and no route"):
        check_rules(app, {**RULES, ("GET", "/gone"): PUBLIC})


async def test_operators_change_only_their_own_state(anna: Browser, world: World) -> None:
    answer = await anna.api("PUT", "/agents/boris/state", {"state": "ready"})
    assert answer.status == 403
    assert world.site.requests == []


async def test_operators_list_one_client_or_themselves(anna: Browser) -> None:
    assert (await anna.api("GET", "/calls")).status == 403
    assert (await anna.api("GET", "/calls?agent=boris")).status == 403
    assert (await anna.api("GET", "/calls?agent=anna")).status == 200
    assert (await anna.api("GET", "/calls?client=1")).status == 200


async def test_operators_read_their_calls_and_those_of_clients(anna: Browser, browser: Browser) -> None:
    assert (await anna.api("GET", "/calls/main:17.1")).status == 200
    assert (await anna.api("GET", "/calls/main:18.1")).status == 403
    await browser.sign_in_as("mark")
    assert (await browser.api("GET", "/calls/main:18.1")).status == 200


async def test_someone_switched_off_is_out_at_once(anna: Browser, world: World) -> None:
    assert (await anna.api("GET", "/session")).status == 200
    world.users.rows["anna"] = replace(world.users.rows["anna"], active=False)
    assert (await anna.api("GET", "/session")).status == 401
