"""Chats and hands through the API: who may write where, and what is refused."""

from __future__ import annotations

import dataclasses

import pytest

from callcenter.calls.chat_requests import LowerHand, RaiseHand, ReadChat, SendChat
from callcenter.calls.chats import LONGEST_TEXT, direct, room
from callcenter.calls.requests import Refusal, Refused
from routing.acd.model import Team
from routing.ids import AgentId, TeamId

from .conftest import Browser, Open, World

PAIR = direct("anna", "sveta")
NORTH = room("north")
SOUTH = room("south")


@pytest.fixture(autouse=True)
def teams(world: World) -> None:
    """Anna is in the north; there is a south as well."""
    site = world.plans.site
    members = tuple(dataclasses.replace(agent, team=TeamId("north")) for agent in site.agents)
    south = Team(TeamId("south"), "South")
    world.plans.site = dataclasses.replace(site, agents=members, teams=(*site.teams, south))


async def signed_in(browsers: Open, login: str) -> Browser:
    browser = browsers()
    await browser.sign_in_as(login)
    return browser


def message(text: str = "Привет", name: str = "m-0000001") -> dict[str, str]:
    return {"id": name, "text": text}


async def test_writing_to_a_colleague_and_in_ones_room(anna: Browser, world: World) -> None:
    for conversation in (PAIR, NORTH):
        assert (await anna.api("POST", f"/chat/{conversation}/messages", message())).status == 204
    assert world.site.requests == [
        SendChat(PAIR, "m-0000001", "anna", "Привет"),
        SendChat(NORTH, "m-0000001", "anna", "Привет"),
    ]


async def test_who_may_not(anna: Browser, browsers: Open, world: World) -> None:
    sveta, mark = await signed_in(browsers, "sveta"), await signed_in(browsers, "mark")
    for browser, conversation, status in (
        (sveta, direct("anna", "boris"), 403),  # a supervisor reads nobody's letters
        (anna, direct("boris", "sveta"), 403),
        (anna, SOUTH, 403),
        (mark, NORTH, 403),
        (sveta, SOUTH, 204),
        (anna, "team:nowhere", 404),
        (anna, "direct:sveta:anna", 404),
        (anna, direct("anna", "stranger"), 404),
        (anna, "direct:anna", 422),
    ):
        answer = await browser.api("POST", f"/chat/{conversation}/messages", message())
        assert answer.status == status, (conversation, answer)
        if status != 204 and "stranger" not in conversation:
            assert (await browser.api("GET", f"/chat/{conversation}/messages")).status == status
            assert (await browser.api("PUT", f"/chat/{conversation}/read", {"number": 1})).status == status
    world.users.rows["boris"] = dataclasses.replace(world.users.rows["boris"], active=False)
    assert (await anna.api("POST", f"/chat/{direct('anna', 'boris')}/messages", message())).status == 404
    # What was written with somebody who has left can still be read.
    assert (await anna.api("GET", f"/chat/{direct('anna', 'boris')}/messages")).status == 200


@pytest.mark.parametrize(
    "body",
    [message(""), message("x" * (LONGEST_TEXT + 1)), message("a\x00b"), message(name="short"), {"text": "x"}],
)
async def test_bad_messages_are_refused(anna: Browser, world: World, body: dict[str, str]) -> None:
    assert (await anna.api("POST", f"/chat/{PAIR}/messages", body)).status == 422
    assert world.site.requests == []


async def test_too_fast_is_said_as_such(anna: Browser, world: World) -> None:
    world.site.reply = Refused(Refusal.TOO_FAST, "10 messages at once")
    answer = await anna.api("POST", f"/chat/{PAIR}/messages", message())
    assert (answer.status, answer.json["refusal"]) == (429, "too_fast")


async def test_reading_and_marks(anna: Browser, world: World) -> None:
    page = (await anna.api("GET", f"/chat/{PAIR}/messages?below=9&limit=1")).json["items"]
    assert page == [{"conversation": PAIR, "number": 7, "at": 1.0, "sender": "anna", "text": "Да"}]
    assert (await anna.api("PUT", f"/chat/{PAIR}/read", {"number": 7})).status == 204
    assert world.site.requests == [ReadChat(PAIR, 7, "anna")]


async def test_search_is_in_ones_own_rooms(anna: Browser, browsers: Open, world: World) -> None:
    sveta, desk = await signed_in(browsers, "sveta"), await signed_in(browsers, "desk")
    for browser in (anna, sveta, desk):
        assert (await browser.api("GET", "/chat/search?text=abc")).status == 200
    assert world.chats.searched == [
        ("anna", (NORTH,), "abc"),
        ("sveta", (NORTH, SOUTH), "abc"),
        ("desk", (), "abc"),
    ]
    assert (await anna.api("GET", "/chat/search?text=a")).status == 422


async def test_whom_one_may_write_to(anna: Browser, world: World) -> None:
    world.users.rows["boris"] = dataclasses.replace(world.users.rows["boris"], active=False)
    shown = (await anna.api("GET", "/chat/people")).json
    assert [one["login"] for one in shown["people"]] == ["desk", "mark", "root", "sveta"]
    assert shown["rooms"] == [{"conversation": NORTH, "name": "North"}]


async def test_hands(anna: Browser, browsers: Open, world: World) -> None:
    sveta, boris = await signed_in(browsers, "sveta"), await signed_in(browsers, "boris")
    assert (await anna.api("PUT", "/agents/anna/hand", {"text": "VIP"})).status == 204
    assert (await anna.api("PUT", "/agents/boris/hand", {})).status == 403
    assert (await boris.api("DELETE", "/agents/anna/hand")).status == 403
    assert (await sveta.api("DELETE", "/agents/anna/hand")).status == 204
    assert (await anna.api("DELETE", "/agents/anna/hand")).status == 204
    hand = AgentId("anna")
    assert world.site.requests == [RaiseHand(hand, "VIP"), LowerHand(hand, "sveta"), LowerHand(hand, "anna")]
    assert (await anna.api("PUT", "/agents/anna/hand", {"text": "x" * 201})).status == 422
