"""Calls that come to a phone in a browser without an offer to be taken by key: of a queue whose phones answer
by themselves, of a colleague, and of a client whom we promised to call back."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.integration.house import new_number
from tests.integration.softphone.operators import (
    QUICK,
    Softphones,
    answer,
    hears,
    hears_nothing,
    in_talk,
    speaking,
)
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

CONNECTED = [880, 1175]
"""Hertz of the tone that tells of a call answered by itself."""
QUIET = 1.5
"""Seconds in which a second INVITE would come, were there one."""


async def test_a_queue_whose_phones_answer_by_themselves(phones: Softphones) -> None:
    page = phones.anna.page
    await page.evaluate("window.__tones.length = 0")
    talk = await phones.talk(QUICK, queue_answers=True)
    await speaking(phones.anna, talk.call)
    assert await page.evaluate("window.__tones") == CONNECTED
    # A voice that is only renewed is no call that came.
    await page.reload()
    await in_talk(phones.anna)
    await speaking(phones.anna, talk.call)
    assert await page.evaluate("window.__tones") == []
    record = await talk.over("anna")
    tried("call answered by the phone itself")
    (offer,) = record["offers"]
    assert offer["painted_at"] is not None
    assert offer["answered_at"] - offer["ring_sent_at"] < 3.0


async def test_a_colleague_is_called_answers_and_hangs_up(phones: Softphones) -> None:
    await phones.only("anna", "boris")
    anna, boris = phones.anna.page, phones.boris.page
    before = {call["call"] for call in phones.screen.calls()}
    await anna.keyboard.press("c")
    await anna.get_by_test_id("dial-boris").click()
    await boris.get_by_test_id("colleague-panel").wait_for()
    assert "Anna" in await phones.boris.text("colleague-panel")
    assert "Boris" in await phones.anna.text("colleague-panel")
    await boris.locator("[data-testid=answer]:not([disabled])").wait_for()
    await boris.keyboard.press("a")
    for page in (anna, boris):
        await page.locator("[data-testid=colleague-panel][data-talks=true]").wait_for()
        await page.locator("[data-testid=mute]:not([disabled])").wait_for()
    await asyncio.gather(hears(anna), hears(boris))
    # Who is in such a call is offered none.
    why = await phones.boss.call("GET", "/api/v1/agents/anna/why")
    assert "phone_unusable" in str(why)
    await boris.keyboard.press("m")
    await boris.locator("[data-testid=mute][aria-pressed=true]").wait_for()
    await hears_nothing(anna)
    await boris.keyboard.press("Shift+H")
    for page in (anna, boris):
        await page.get_by_test_id("colleague-panel").wait_for(state="detached")
    tried("colleague called")
    assert {call["call"] for call in phones.screen.calls()} == before
    await anna.get_by_test_id("chat-close").click()
    await phones.screen.wait_agent("anna", "ready")
    await phones.screen.wait_agent("boris", "ready")


async def test_a_promised_callback_comes_as_an_offer_and_is_dialled_once(phones: Softphones) -> None:
    await phones.only("anna")
    number = new_number()
    promise = {"number": number, "queue": "desk", "at": time.time() + 1.0}
    callback = (await phones.boss.call("POST", "/api/v1/callbacks", promise))["callback"]
    client = await phones.outside.next_call(seconds=15)
    assert client.number == number
    await phones.anna.wait_state("offered")
    client.answer()
    await answer(phones.anna)
    await speaking(phones.anna, client)
    call = phones.screen.call_from(number)["call"]
    await phones.anna.page.keyboard.press("Shift+H")
    assert await client.wait_ended() == "bye"
    record = await phones.boss.ended(call)
    assert (record["outcome"], record["agent"], record["number"]) == ("answered", "anna", number)
    await asyncio.sleep(QUIET)
    assert phones.outside.unseen_calls == 0
    dialled = await phones.house.facts("CallbackDialled")
    assert [fact["callback"] for fact in dialled] == [callback]
    tried("promised callback dialled once")
