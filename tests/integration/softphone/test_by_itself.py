"""Calls that come to a phone in a browser without an offer to be taken by key: of a queue whose phones answer
by themselves, and of a client whom we promised to call back."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.integration.house import new_number
from tests.integration.softphone.operators import (
    QUICK,
    Softphones,
    answer,
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
