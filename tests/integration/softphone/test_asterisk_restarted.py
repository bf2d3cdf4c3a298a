"""Asterisk is restarted under phones in browsers: the console says so, they register again by themselves, and
take the next call; also those whose conversation ended with it."""

from __future__ import annotations

import asyncio

import pytest

from tests.integration.softphone.operators import DESK, Softphones, facts, speaking
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def restarted(phones: Softphones, *, force: bool) -> None:
    """Asterisk ends, and begins anew once the consoles have said so."""
    asterisk, desks = phones.house.asterisk, (phones.anna, phones.boris)
    await asyncio.to_thread(asterisk.stop, force=force)
    try:
        for desk in desks:
            said = desk.page.locator("[data-testid=phone-state][data-problem=unreachable]")
            await said.wait_for()
            assert await said.inner_text() == "No link to the telephony server"
    finally:
        await asyncio.to_thread(asterisk.start)
    for desk in desks:
        # The first registration may come before Asterisk reads any.
        await desk.page.locator("[data-testid=phone-state][data-tone=good]").wait_for(timeout=25_000)
        desk.complaints.clear()  # of links that could not be opened


async def test_idle_phones_come_back_and_take_the_next_call(phones: Softphones) -> None:
    await phones.only("anna")
    await restarted(phones, force=False)
    talk = await phones.talk(DESK)
    await speaking(phones.anna, talk.call)
    await talk.over("anna")
    tried("restart of Asterisk")


async def test_a_phone_that_was_in_a_call_takes_the_next_one(phones: Softphones) -> None:
    lost = await phones.talk(DESK)
    await speaking(phones.anna, lost.call)
    await restarted(phones, force=True)
    # Its voice may go to a port that the new Asterisk gives to the next call.
    lost.call.hang_up()
    record = await phones.boss.ended(lost.id)
    assert (record["outcome"], record["agent"]) == ("answered", "anna")
    await phones.anna.wait_state("ready")
    talk = await phones.talk(DESK)
    await speaking(phones.anna, talk.call)
    # The phone was not busy with the conversation that Asterisk lost.
    assert len(facts(await talk.over("anna"), "OfferMade")) == 1
    tried("restart of Asterisk in mid-call")
