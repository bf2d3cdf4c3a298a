"""Voices that are renewed: whoever's page comes again, or goes on in another tab, has his voice again, and so
have all; who was muted stays it until he ends it himself."""

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
    muted,
    press,
    speaking,
)
from tests.integration.voices import hears_silence, registered
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

VOICES = "[...new Set(window.__peers.map((one) => one.connectionState))]"
"""In which states the page's connections of voice are."""
SENT = "window.__peers.at(-1).getSenders().map((one) => one.track?.enabled)"
"""Whether the page's last connection lets its voice out."""


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


async def test_who_was_muted_is_muted_still_after_a_reload(phones: Softphones) -> None:
    talk = await phones.talk(DESK)
    anna = phones.anna
    await speaking(anna, talk.call)
    await muted(anna, True)
    await hears_silence(talk.call)
    await anna.page.reload()
    await anna.page.locator("[data-testid=mute][aria-pressed=true]:not([disabled])").wait_for()
    await hears(anna.page)
    await hears_silence(talk.call)
    assert await anna.page.evaluate(SENT) == [False]
    await muted(anna, False)
    await speaking(anna, talk.call)
    tried("mute over a reload")
    await talk.over("anna")


async def test_another_tab_takes_over_in_mid_call_with_voice_and_mute(phones: Softphones) -> None:
    talk = await phones.talk(DESK)
    anna = phones.anna
    await speaking(anna, talk.call)
    first, second = anna.page, await anna.context.new_page()
    try:
        await second.goto(phones.house.server.base)
        await first.locator("[data-testid=phone-state][data-here=false]").wait_for()
        await registered(second)
        anna.page = second
        await in_talk(anna)
        await speaking(anna, talk.call)
        # The first has let go of voice and microphone.
        assert await first.evaluate(VOICES) == ["closed"]
        await muted(anna, True)

        await first.get_by_test_id("work-here").click()
        await second.locator("[data-testid=phone-state][data-here=false]").wait_for()
        anna.page = first
        await first.locator("[data-testid=mute][aria-pressed=true]:not([disabled])").wait_for()
        await asyncio.gather(hears(first), hears_silence(talk.call))
        assert await first.evaluate(SENT) == [False]
        assert await second.evaluate(VOICES) == ["closed"]
        await muted(anna, False)
        await speaking(anna, talk.call)
        tried("another tab in mid-call")
    finally:
        anna.page = first
        await second.close()
    record = await talk.over("anna")
    assert Counter(leg["agent"] for leg in record["legs"]) == {None: 1, "anna": 3}
    assert record["recorded"]
    await registered(first)
