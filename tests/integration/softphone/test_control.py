"""Two operators in two browsers with phones in them: one call through every move by key, and what each then
hears."""

from __future__ import annotations

import asyncio

import pytest

from tests.integration.softphone.operators import (
    DESK,
    Softphones,
    answer,
    choose,
    consulting,
    facts,
    hears,
    hears_an_operator,
    hears_music,
    hears_nothing,
    in_talk,
    one_history,
    press,
    speaking,
    where,
)
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_two_operators_do_everything_by_keys(phones: Softphones) -> None:
    anna, boris = phones.anna, phones.boris
    talk = await phones.talk(DESK)
    await speaking(anna, talk.call)

    await press(anna, "Shift+O", "hold")
    await where(anna, "parked")
    await asyncio.gather(hears_music(talk.call), hears_nothing(anna.page))
    await press(anna, "Shift+O", "resume")
    await where(anna, "room")
    await speaking(anna, talk.call)
    tried("hold by key")

    await phones.boss.set_state("ready", agent="boris")
    await boris.wait_state("ready")
    await consulting(anna, boris, "bor", talk.call)
    tried("consultation by key")

    await press(anna, "Shift+J", "join")
    await anna.page.locator("[data-testid=call-bar][data-guest=joined]").wait_for()
    await asyncio.gather(hears(anna.page), hears(boris.page), hears_an_operator(talk.call))
    tried("conference by key")

    # Her page comes again, in the middle of it, and so does her voice.
    await anna.page.reload()
    await in_talk(anna)
    await asyncio.gather(hears(anna.page), hears(boris.page), hears_an_operator(talk.call))
    tried("reload in mid-call")

    await press(anna, "Shift+E", "leave")
    await in_talk(boris)
    await anna.wait_state("ready")
    await speaking(boris, talk.call)

    await press(boris, "Shift+T", "transfer")
    await choose(boris, "anna")
    await answer(anna)
    await speaking(anna, talk.call)
    tried("transfer by key")

    await anna.page.keyboard.press("Shift+H")
    assert await talk.call.wait_ended(seconds=10) == "bye"
    record = await phones.boss.ended(talk.id)
    one_history(record, ["anna", "boris", "anna"])
    assert len(facts(record, "HoldStarted")) == 2
