"""Reloads with a colleague in the call: whoever's page comes again has his voice again, and so have all."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.integration.softphone.operators import (
    DESK,
    Softphones,
    consulting,
    facts,
    hears,
    hears_an_operator,
    hears_music,
    in_talk,
    press,
    speaking,
)
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_guest_and_agent_reload_in_a_consultation_and_in_a_conference(phones: Softphones) -> None:
    talk = await phones.talk(DESK)
    anna, boris = phones.anna, phones.boris
    await phones.boss.set_state("paused", "lunch", agent="boris")
    await consulting(anna, boris, "bor", talk.call)

    for desk, panel in ((boris, "guest-panel"), (anna, "talk-panel")):
        await desk.page.reload()
        await in_talk(desk, panel)
        await asyncio.gather(hears(anna.page), hears(boris.page), hears_music(talk.call))
        tried("reload in a consultation")

    await press(anna, "Shift+J", "join")
    await anna.page.locator("[data-testid=call-bar][data-guest=joined]").wait_for()
    await boris.page.reload()
    await in_talk(boris, "guest-panel")
    await asyncio.gather(hears(anna.page), hears(boris.page), hears_an_operator(talk.call))
    tried("reload in a conference")

    await press(anna, "Shift+E", "leave")
    await in_talk(boris)
    await speaking(boris, talk.call)
    record = await talk.over("anna", "boris")
    assert [fact["end"] for fact in facts(record, "GuestGone")] == ["took_over"]
    assert len(facts(record, "HoldStarted")) == 1
    assert Counter(leg["agent"] for leg in record["legs"]) == {None: 1, "anna": 2, "boris": 3}
    assert record["recorded"]
