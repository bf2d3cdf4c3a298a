"""A caller who is handed on by keys, from a phone in a browser: parked and fetched, transferred blindly, and
after a consultation. Each is one call with one history and one recording."""

from __future__ import annotations

import pytest

from tests.integration.house import talking
from tests.integration.softphone.operators import (
    DESK,
    Softphones,
    answer,
    choose,
    consulting,
    facts,
    hears_music,
    in_talk,
    press,
    speaking,
    where,
)
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

NOTE = "Wants the invoice of May again"


async def test_parked_by_one_and_fetched_by_the_other(phones: Softphones) -> None:
    talk = await phones.talk(DESK)
    await speaking(phones.anna, talk.call)
    await press(phones.anna, "Shift+X", "park")
    await phones.anna.wait_state("ready")
    await phones.boss.set_state("ready", agent="boris")
    await phones.boris.page.get_by_test_id("fetch").wait_for()
    await hears_music(talk.call)
    await phones.boris.page.keyboard.press("Shift+G")
    await answer(phones.boris)
    await speaking(phones.boris, talk.call)
    record = await talk.over("anna", "boris")
    tried("park and fetch by key")
    assert [fact["agent"] for fact in facts(record, "CallFetched")] == ["boris"]
    assert record["recorded"]


async def test_handed_to_a_queue(phones: Softphones) -> None:
    talk = await phones.talk(DESK)
    await phones.boss.set_state("ready", agent="boris")
    await press(phones.anna, "Shift+T", "transfer")
    await choose(phones.anna, "tech")
    await answer(phones.boris)
    await phones.anna.wait_state("ready")
    await speaking(phones.boris, talk.call)
    record = await talk.over("anna", "boris")
    tried("blind transfer by key to a queue")
    (moved,) = facts(record, "CallTransferred")
    assert (moved["kind"], record["queue"]) == ("queue", "tech")


async def test_handed_to_a_number_outside(phones: Softphones) -> None:
    talk = await phones.talk(DESK)
    await press(phones.anna, "Shift+T", "transfer")
    await choose(phones.anna, "+7 495 123-45-67")
    outside = await phones.outside.next_call()
    assert outside.number.endswith("74951234567")
    outside.answer()
    await talking(talk.call, outside)
    await phones.anna.wait_state("ready")
    await talk.over("anna")
    await outside.wait_ended()
    tried("blind transfer by key to a number")


async def test_the_pop_and_the_notes_so_far_come_before_the_new_agent_answers(phones: Softphones) -> None:
    talk = await phones.talk(DESK)
    anna, boris = phones.anna.page, phones.boris.page
    await phones.boss.set_state("paused", "lunch", agent="boris")
    await anna.keyboard.press("n")
    await anna.keyboard.type(NOTE)
    await anna.keyboard.press("Escape")
    await anna.locator("[data-testid=note-state][data-state=saved]").wait_for()
    await press(phones.anna, "Shift+T", "transfer")
    await choose(phones.anna, "boris")
    await boris.get_by_test_id("offer-panel").wait_for()
    await boris.get_by_test_id("earlier-notes").wait_for()
    assert NOTE in await phones.boris.text("earlier-notes")
    assert talk.number[-7:] in "".join(filter(str.isdigit, await phones.boris.text("call-number")))
    await boris.locator("[data-testid=answer]:not([disabled])").wait_for()
    assert phones.screen.call_from(talk.number)["state"] == "offered"
    await answer(phones.boris)
    assert NOTE in await phones.boris.text("earlier-notes")
    await speaking(phones.boris, talk.call)
    record = await talk.over("anna", "boris")
    tried("blind transfer by key to a colleague")
    ring = record["offers"][-1]
    assert ring["agent"] == "boris"
    assert ring["painted_at"] is not None
    assert [(note["agent"], note["text"]) for note in record["notes"]] == [("anna", NOTE)]


async def test_a_consultation_that_is_completed(phones: Softphones) -> None:
    talk = await phones.talk(DESK)
    await phones.boss.set_state("paused", "lunch", agent="boris")
    await consulting(phones.anna, phones.boris, "bor", talk.call)
    await press(phones.anna, "Shift+E", "complete")
    await in_talk(phones.boris)
    await phones.anna.wait_state("ready")
    await speaking(phones.boris, talk.call)
    record = await talk.over("anna", "boris")
    tried("consultation completed by key")
    (moved,) = facts(record, "CallTransferred")
    assert moved["consulted"]
    assert record["held"] > 1.0


async def test_a_consultation_that_is_returned_from(phones: Softphones) -> None:
    talk = await phones.talk(DESK)
    await phones.boss.set_state("paused", "lunch", agent="boris")
    await consulting(phones.anna, phones.boris, "bor", talk.call)
    await press(phones.anna, "Shift+B", "dismiss")
    await phones.boris.wait_state("paused")
    await where(phones.anna, "room")
    await speaking(phones.anna, talk.call)
    record = await talk.over("anna")
    tried("consultation returned from by key")
    assert [fact["end"] for fact in facts(record, "GuestGone")] == ["dismissed"]
