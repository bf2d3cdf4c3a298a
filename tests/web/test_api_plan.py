"""The plan by the API: teams, routing of agents, value classes, flows and hours, files, the trail."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.people.site_plan import Source

from .conftest import Browser, World

HANG_UP = {"do": "hang_up", "prompt": None}
FLOW: dict[str, Any] = {
    "name": "Main",
    "numbers": ["300"],
    "start": "menu",
    "language": "ru",
    "steps": {
        "menu": {
            "do": "menu",
            "prompt": "welcome",
            "choices": [{"key": "1", "next": "sales"}],
            "otherwise": "bye",
            "seconds": 5,
            "attempts": 2,
        },
        "sales": {
            "do": "enqueue",
            "queue": "sales",
            "overflow": [],
            "announcements": None,
            "music": None,
            "callback": None,
        },
        "bye": HANG_UP,
    },
}
HOURS = {
    "name": "Office",
    "zone": "Europe/Moscow",
    "spans": [{"days": [1, 2, 3, 4, 5], "opens": "09:00", "closes": "18:00"}],
    "holidays": "RU",
    "exceptions": [{"date": "2031-01-09", "name": "Party", "spans": []}],
}


@pytest.fixture
async def root(browser: Browser) -> Browser:
    await browser.sign_in_as("root")
    return browser


async def test_new_settings_of_a_queue_stay_when_an_older_client_leaves_them_out(root: Browser) -> None:
    full = (await root.api("GET", "/queues")).json["items"][0]
    form = {key: value for key, value in full.items() if key != "id"}
    rings = [{"after": 30, "required": []}]
    wanted = {**form, "value": 2.5, "rings": rings, "strategy": "random", "most_at_once": 3}
    answer = await root.api("PUT", "/queues/sales", wanted)
    assert answer.json == {**full, "value": 2.5, "rings": rings, "strategy": "random", "most_at_once": 3}
    old = {
        key: form[key]
        for key in (
            "name",
            "numbers",
            "required",
            "priority",
            "ring_seconds",
            "wrap_up_seconds",
            "service_level_seconds",
            "short_abandon_seconds",
        )
    }
    assert (await root.api("PUT", "/queues/sales", {**old, "priority": 1})).json == {
        **answer.json,
        "priority": 1,
    }
    bad = {**form, "rings": [{"after": 9}, {"after": 5}], "value": 0, "scoring": {"need": -1}}
    assert (await root.api("PUT", "/queues/sales", bad)).fields == {"value", "scoring.need"}
    assert (await root.api("PUT", "/queues/sales", {**form, "rings": bad["rings"]})).fields == {
        "rings.1.after"
    }


async def test_a_skill_is_removed_once_nothing_names_it(root: Browser) -> None:
    queue = {"id": "vip", "name": "VIP", "required": [{"skill": "tech", "level": 2}]}
    await root.api("POST", "/queues", queue)
    answer = await root.api("DELETE", "/skills/tech")
    assert (answer.status, answer.fields) == (422, {"queues.vip.required.0.skill"})
    (error,) = answer.json["errors"]
    assert (error["code"], bool(error["remedy"])) == ("unknown_skill", True)
    assert (await root.api("DELETE", "/queues/vip")).status == 204
    assert (await root.api("DELETE", "/skills/tech")).status == 204
    assert (await root.api("DELETE", "/skills/tech")).status == 404
    assert (await root.api("DELETE", "/queues/sales")).fields == {"queue"}  # takes unknown numbers


async def test_teams_and_value_classes(root: Browser, world: World) -> None:
    answer = await root.api("PUT", "/teams/south", {"name": "South", "queues": ["help"]})
    assert answer.json == {"id": "south", "name": "South", "queues": ["help"]}
    assert [team["id"] for team in (await root.api("GET", "/teams")).json["items"]] == ["north", "south"]
    assert (await root.api("PUT", "/teams/south", {"name": "S", "queues": ["moon"]})).fields == {"queues.0"}
    assert (await root.api("DELETE", "/teams/south")).status == 204
    assert (await root.api("DELETE", "/teams/south")).status == 404
    answer = await root.api("PUT", "/values/gold", {"name": "Gold", "value": 2})
    assert answer.json == {"id": "gold", "name": "Gold", "value": 2.0}
    assert [value["id"] for value in (await root.api("GET", "/values")).json["items"]] == ["vip", "gold"]
    assert (await root.api("PUT", "/values/gold", {"name": "Gold", "value": 0})).fields == {"value"}
    assert (await root.api("DELETE", "/values/vip")).status == 204
    assert world.changed_people == 4


async def test_a_supervisor_changes_who_serves_what_at_once(browser: Browser, world: World) -> None:
    await browser.sign_in_as("sveta")
    (anna,) = (await browser.api("GET", "/agents")).json["items"]
    assert (anna["agent"], anna["station"], anna["active"], anna["queues"]) == (
        "anna",
        "a1001",
        True,
        ["sales"],
    )
    wanted = {"skills": [{"skill": "tech", "level": 7}], "team": "north", "work": ["inbound"]}
    answer = await browser.api("PUT", "/agents/anna/routing", wanted)
    assert answer.json == {**anna, **wanted}
    assert [agent.team for agent in world.plans.plan.agents] == ["north"]
    assert world.plans.trail[-1][0].who == "sveta"
    weight = {"weights": [{"queue": "help", "weight": 2.5}], "team": "north"}
    assert (await browser.api("PUT", "/agents/anna/routing", weight)).json["weights"] == weight["weights"]
    bad = {"skills": [{"skill": "chess", "level": 1}], "team": "moon", "queues": ["sales", "mars"]}
    answer = await browser.api("PUT", "/agents/anna/routing", bad)
    assert answer.fields == {"skills.0.skill", "team", "queues.1"}
    assert (await browser.api("PUT", "/agents/nobody/routing", {})).status == 404
    # The last one of a queue that callers come to.
    assert (await browser.api("PUT", "/agents/anna/routing", {"queues": []})).fields == {"queues.sales"}
    assert (await browser.api("PUT", "/queues/sales", {})).status == 403


async def test_scoring_is_given_with_the_preset_that_it_counts_with(root: Browser) -> None:
    full = (await root.api("GET", "/queues")).json["items"][0]
    assert (full["preset"], full["scoring"]) == ("balanced", None)
    form = {key: value for key, value in full.items() if key != "id"}
    mine = {"need": 2.0, "promise": 0.0, "ageing": 0.0, "spare": 1.0, "skill": 0.05, "longest_wait": 60}
    for refused in (
        await root.api("PUT", "/queues/sales", {**form, "scoring": mine}),
        await root.api("POST", "/queues", {"id": "vip", "name": "VIP", "scoring": mine}),
    ):
        assert refused.status == 422
        [problem] = refused.json["errors"]
        assert (problem["field"], problem["code"]) == ("scoring", "scoring_unused")
        assert "custom" in problem["remedy"]
    own = await root.api("PUT", "/queues/sales", {**form, "preset": "custom", "scoring": mine})
    assert own.json["scoring"] == mine
    bare = {key: value for key, value in form.items() if key not in ("preset", "scoring")}
    # Its preset stays custom, so its scoring may be changed alone,
    changed = await root.api("PUT", "/queues/sales", {**bare, "scoring": {**mine, "need": 3.0}})
    assert changed.json["scoring"]["need"] == 3.0
    # and goes with it.
    left = await root.api("PUT", "/queues/sales", {**bare, "preset": "value"})
    assert (left.json["preset"], left.json["scoring"]) == ("value", None)


async def test_presets_explain_themselves(root: Browser) -> None:
    answer = (await root.api("GET", "/presets")).json
    assert {preset["id"] for preset in answer["items"]} == {
        "balanced",
        "first_come",
        "promises",
        "value",
        "custom",
    }
    assert all(preset["use"] for preset in answer["items"])
    assert {term["id"] for term in answer["terms"]} == set(answer["items"][0]["scoring"])


async def test_a_flow_is_put_read_and_removed(root: Browser) -> None:
    answer = await root.api("PUT", "/flows/main", FLOW)
    assert answer.status == 200, answer.body
    assert answer.json == {"id": "main", **FLOW}
    assert (await root.api("GET", "/flows/main")).json == answer.json
    listed = (await root.api("GET", "/flows")).json
    assert listed["items"] == [answer.json]
    assert {mistake["severity"] for mistake in listed["mistakes"]} == {"warning"}
    assert (await root.api("DELETE", "/flows/main")).status == 204
    assert (await root.api("GET", "/flows/main")).status == 404


async def test_every_mistake_of_a_flow_is_named_by_its_place(root: Browser, world: World) -> None:
    shapeless = {**FLOW, "steps": {"menu": {"do": "menu", "prompt": "x y"}, "b": {"do": "sing"}, "c": 1}}
    answer = await root.api("PUT", "/flows/main", shapeless)
    assert answer.fields == {
        "steps.menu.prompt",
        "steps.menu.choices",
        "steps.menu.otherwise",
        "steps.b",
        "steps.c",
    }
    wrong = {
        **FLOW,
        "numbers": ["100"],
        "steps": {
            "menu": {**FLOW["steps"]["menu"], "prompt": "moon", "otherwise": "nowhere"},
            "sales": {"do": "enqueue", "queue": "mars"},
        },
    }
    answer = await root.api("PUT", "/flows/main", wrong)
    assert (answer.status, answer.fields) == (
        422,
        {"steps.menu.prompt", "steps.menu.otherwise", "steps.sales.queue", "queues.sales.numbers.0"},
    )
    assert world.plans.site.flows.flows == ()
    assert world.changed_people == 0


async def test_a_check_tells_without_changing(root: Browser, world: World) -> None:
    loop = {"a": {"do": "jump", "flow": "main"}}
    form = {"flows": {"main": {**FLOW, "start": "a", "steps": loop}}}
    answer = await root.api("POST", "/flows/check", form)
    assert answer.status == 200, answer.body
    mistakes = {mistake["code"]: mistake for mistake in answer.json["mistakes"]}
    assert mistakes["cycle"]["severity"] == "error"
    assert mistakes["cycle"]["place"] == "flows.main.steps.a.flow"
    assert world.plans.trail == []
    answer = await root.api("POST", "/flows/check", {"flows": {"main": FLOW}})
    assert {mistake["severity"] for mistake in answer.json["mistakes"]} <= {"warning"}


async def test_the_tester_refuses_the_callback_that_a_caller_would_be_refused(root: Browser) -> None:
    steps = {"ask": {"do": "offer_callback", "queue": "sales", "prompt": "welcome", "declined": "bye"}}
    flow = {**FLOW, "start": "ask", "steps": {**steps, "bye": HANG_UP}}
    form = {"dialled": "300", "keys": ["1"], "flows": {"main": flow}}

    async def told(number: str) -> tuple[str, str | None]:
        walk = (await root.api("POST", "/flows/test", {**form, "number": number})).json
        trace = [one for move in walk["moves"] for one in move["trace"] if one["why"] == "callback_refused"]
        return walk["ending"], trace[0]["told"]["reason"] if trace else None

    assert await told("+74951230099") == ("callback", None)
    assert await told("101") == ("hung_up", "no_number")


async def test_the_tester_walks_a_call(root: Browser) -> None:
    form = {"dialled": "300", "keys": ["1"], "flows": {"main": FLOW}}
    answer = await root.api("POST", "/flows/test", form)
    assert answer.status == 200, answer.body
    walk = answer.json
    assert (walk["ending"], walk["queue"]) == ("queue", "sales")
    assert {"chose", "joined"} <= {trace["why"] for move in walk["moves"] for trace in move["trace"]}
    assert walk["moves"][0]["action"] == "ask"
    silent = (await root.api("POST", "/flows/test", {**form, "keys": []})).json
    assert silent["ending"] == "hung_up"
    assert (await root.api("POST", "/flows/test", {"dialled": "100", "keys": ["x"]})).fields == {"keys.0"}
    assert (await root.api("POST", "/flows/test", {"dialled": "100"})).json["queue"] == "sales"


async def test_hours_are_put_read_and_held_while_a_flow_asks(root: Browser) -> None:
    answer = await root.api("PUT", "/hours/office", HOURS)
    assert answer.json == {"id": "office", **HOURS}
    assert (await root.api("GET", "/hours")).json["items"] == [answer.json]
    asks = {
        **FLOW,
        "start": "open",
        "steps": {
            "open": {"do": "if_open", "hours": "office", "open": "sales", "closed": "bye"},
            "sales": FLOW["steps"]["sales"],
            "bye": HANG_UP,
        },
    }
    assert (await root.api("PUT", "/flows/main", asks)).status == 200
    assert (await root.api("DELETE", "/hours/office")).fields == {"flows.main.steps.open.hours"}
    never = {**HOURS, "spans": [], "exceptions": []}
    assert (await root.api("PUT", "/hours/office", never)).fields == {""}
    bad = {**HOURS, "zone": "Europe/Moskow", "holidays": "XX", "exceptions": [{"date": "2031-02-30"}]}
    assert (await root.api("PUT", "/hours/office", bad)).fields == {"zone", "holidays", "exceptions.0.date"}
    assert (await root.api("GET", "/hours")).json["items"] == [answer.json]


async def test_all_is_closed_with_one_request(browser: Browser, world: World) -> None:
    await browser.sign_in_as("sveta")
    assert (await browser.api("GET", "/flows/emergency")).json["active"] is False
    answer = await browser.api("PUT", "/flows/emergency", {"active": True, "prompt": "welcome"})
    assert answer.json == {"active": True, "prompt": "welcome", "flows": []}
    assert world.plans.site.flows.emergency.active
    assert world.changed_people == 1
    assert (await browser.api("PUT", "/flows/emergency", {"active": True, "prompt": "moon"})).fields == {
        "prompt"
    }


async def test_prompts_are_listed(root: Browser) -> None:
    (prompt,) = (await root.api("GET", "/prompts")).json["items"]
    assert (prompt["id"], prompt["language"], prompt["seconds"]) == ("welcome", "ru", 3.5)


async def test_a_plan_file_is_tried_then_applied_then_nothing_is_left_to_do(
    root: Browser, world: World
) -> None:
    toml = "[queues.sales]\npriority = 4\n[values.gold]\nname = 'Gold'\nvalue = 2\n"
    answer = await root.api("POST", "/plan/apply?dry_run=true", {"toml": toml})
    assert answer.json["dry_run"] is True
    changed = [(change["entity"], change["id"]) for change in answer.json["changes"]]
    assert changed == [("queues", "sales"), ("values", "gold")]
    assert world.plans.trail == []
    assert (await root.api("POST", "/plan/apply", {"toml": toml})).json["changes"] == answer.json["changes"]
    assert (await root.api("POST", "/plan/apply", {"toml": toml})).json["changes"] == []
    whole = (await root.api("GET", "/plan")).json
    assert (whole["version"], whole["plan"]["queues"]["sales"]["priority"]) == (2, 4)
    assert (await root.api("POST", "/plan/apply", {"toml": whole["toml"], "prune": True})).json[
        "changes"
    ] == []


async def test_a_large_plan_file_is_taken_where_other_bodies_are_not(root: Browser) -> None:
    toml = "".join(f"[values.v{n}]\nname = '{'x' * 150}'\nvalue = 1\n" for n in range(1000))
    answer = await root.api("POST", "/plan/apply?dry_run=1", {"toml": toml})
    assert (answer.status, len(answer.json["changes"])) == (200, 1000)
    assert (await root.api("PUT", "/values/x", {"name": toml, "value": 1})).status == 413


async def test_every_mistake_of_a_plan_file_is_named(root: Browser, world: World) -> None:
    toml = "[queues.sales]\nprot = 4\n[teams.north]\nqueues = ['moon']\n"
    answer = await root.api("POST", "/plan/apply", {"toml": toml})
    assert (answer.status, answer.fields) == (422, {"queues.sales.prot", "teams.north.queues.0"})
    assert (await root.api("POST", "/plan/apply", {"toml": "["})).fields == {"line 1"}
    assert world.plans.trail == []


async def test_the_trail_is_paged_and_filtered(browser: Browser, world: World) -> None:
    await browser.sign_in_as("sveta")
    await browser.api("PUT", "/flows/emergency", {"active": True})
    page = (await browser.api("GET", "/audit?entity=emergency&source=api&limit=5&from=7&cursor=9")).json
    (entry,) = page["items"]
    assert (entry["entity"], entry["who"], entry["source"]) == ("emergency", "sveta", "api")
    assert (entry["before"]["active"], entry["after"]["active"]) == (False, True)
    (asked,) = world.deps.audit.asked  # type: ignore[attr-defined]
    assert (asked[0].entity, asked[0].source, asked[0].since, asked[1:]) == (
        "emergency",
        Source.API,
        7.0,
        (5, 9),
    )
    assert (await browser.api("GET", "/audit?source=ghost&cursor=x")).fields == {"source", "cursor"}
