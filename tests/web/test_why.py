"""Answers to "why" over HTTP: as the core gave them, to whom they may be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcenter.calls.requests import (
    AgentExplained,
    CallExplained,
    ExplainAgent,
    ExplainCall,
    Refusal,
    Refused,
)
from callcenter.calls.states import AgentState, CallState
from callcenter.storage.errors import DatabaseUnavailableError
from callcenter.web.why_schemas import flow_path, read_why
from routing.acd.explain import (
    AgentExplanation,
    CallExplanation,
    Considered,
    Excluded,
    Idle,
    IdleReason,
    PassedOver,
    WaitsFor,
)
from routing.acd.scoring import Score
from routing.ids import AgentId, CallId, QueueId
from tests.web.conftest import Browser, World

CALL, SALES = CallId("main:17.1"), QueueId("sales")
CALL_TOLD = CallExplained(
    100.0,
    CallState.WAITING,
    SALES,
    None,
    None,
    None,
    CallExplanation(
        CALL,
        WaitsFor.ALL_BUSY,
        SALES,
        12.5,
        candidates=(Considered(AgentId("anna"), 3.0, Score(0.5, 0.0, 0.0, 2.0, 0.0, 0.0, 0.25)),),
        excluded=((Excluded.BUSY, 2),),
    ),
)
AGENT_TOLD = AgentExplained(
    100.0,
    AgentState.READY,
    "",
    40.0,
    AgentExplanation(
        AgentId("anna"),
        (IdleReason(Idle.OTHERS_FIRST, SALES, 3),),
        40.0,
        (PassedOver(90.0, CALL, SALES, AgentId("boris"), "order"),),
    ),
)


@pytest.mark.parametrize("login", ["sveta", "root"])
async def test_why_a_call_waits(browser: Browser, world: World, login: str) -> None:
    await browser.sign_in_as(login)
    world.site.reply = CALL_TOLD
    answer = await browser.api("GET", f"/calls/{CALL}/why")
    assert answer.status == 200, answer.body
    assert world.site.requests[-1] == ExplainCall(CALL)
    assert (answer.json["waits_for"], answer.json["waited"], answer.json["state"]) == (
        "all_busy",
        12.5,
        "waiting",
    )
    assert answer.json["candidates"][0]["score"]["total"] == 0.75
    assert answer.json["excluded"] == [{"reason": "busy", "agents": 2}]


async def test_why_an_operator_gets_nothing_is_told_to_himself(anna: Browser, world: World) -> None:
    world.site.reply = AGENT_TOLD
    answer = await anna.api("GET", "/agents/anna/why")
    assert answer.status == 200, answer.body
    assert world.site.requests[-1] == ExplainAgent(AgentId("anna"))
    assert answer.json["reasons"] == [{"code": "others_first", "queue": "sales", "count": 3, "detail": ""}]
    assert answer.json["passed_over"][0]["first"] == "order"
    assert (await anna.api("GET", "/agents/boris/why")).status == 403


async def test_a_call_that_is_gone_is_not_found(browser: Browser, world: World) -> None:
    await browser.sign_in_as("root")
    world.site.reply = Refused(Refusal.UNKNOWN_CALL, "no such call")
    assert (await browser.api("GET", "/calls/main:99.1/why")).status == 404


def _keep(world: World, why: str) -> None:
    """The history has this reason for the call's one offer."""
    record = world.history.rows[CALL]
    (offer,) = record.offers
    fact = {"type": "OfferMade", "at": 11.0, "offer": offer.offer, "why": why}
    world.history.rows[CALL] = replace(record, facts=(*record.facts, fact))


WHY = (
    '{"score":{"total":0.5,"need":0.6,"spare":0.1},"overdue":false,"excluded":{"busy":2},'
    '"next":[{"agent":"boris","total":0.4,"terms":{"spare":0.2}}]}'
)


async def test_a_call_that_is_over_says_who_had_it_and_why(browser: Browser, world: World) -> None:
    await browser.sign_in_as("sveta")
    world.site.reply = Refused(Refusal.UNKNOWN_CALL, "no such call")
    _keep(world, WHY)
    told = (await browser.api("GET", f"/calls/{CALL}/why")).json
    assert (told["state"], told["agent"], told["outcome"]) == ("ended", "anna", "answered")
    (offer,) = told["offers"]
    assert (offer["agent"], offer["outcome"]) == ("anna", "answered")
    assert offer["why"]["score"] == {"total": 0.5, "need": 0.6, "spare": 0.1}
    assert offer["why"]["excluded"] == {"busy": 2}
    (other,) = offer["why"]["next"]
    assert (other["agent"], other["total"], other["terms"]) == ("boris", 0.4, {"spare": 0.2})


async def test_a_call_that_talks_says_why_this_agent(browser: Browser, world: World) -> None:
    await browser.sign_in_as("sveta")
    talks = CallExplanation(CALL, WaitsFor.UNKNOWN)
    world.site.reply = replace(CALL_TOLD, state=CallState.TALKING, agent=AgentId("anna"), explanation=talks)
    _keep(world, WHY)
    told = (await browser.api("GET", f"/calls/{CALL}/why")).json
    assert (told["state"], told["waits_for"]) == ("talking", "unknown")
    assert told["offers"][0]["why"]["next"][0]["agent"] == "boris"


async def test_the_router_answers_while_the_database_is_away(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.sign_in_as("sveta")

    async def away(_: CallId) -> None:
        raise DatabaseUnavailableError("gone")

    monkeypatch.setattr(world.history, "interaction", away)
    world.site.reply = CALL_TOLD
    told = (await browser.api("GET", f"/calls/{CALL}/why")).json
    assert (told["waits_for"], told["offers"]) == ("all_busy", [])


def test_the_reason_of_an_offer_and_the_way_through_a_flow_are_read_from_the_facts() -> None:
    why = read_why('{"score":{"total":0.5},"overdue":false,"next":[{"agent":"boris","total":0.1}]}')
    assert why is not None
    assert why.next[0].agent == "boris"
    assert read_why("") is read_why(None) is read_why('{"other":1}') is None
    trace = [{"flow": "main", "step": "menu", "why": "chose", "told": [["key", "2"]]}]
    fact = {"type": "FlowStepTaken", "at": 5.0, "trace": trace}
    (step,) = flow_path([{"type": "CallStarted", "at": 1.0}, fact])
    assert (step.step, step.why, step.told) == ("menu", "chose", {"key": "2"})
