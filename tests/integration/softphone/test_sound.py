"""What is heard of a phone in a browser: by the caller, by a recording, by the third in a conference."""

from __future__ import annotations

import asyncio
import io
import itertools
import wave

import pytest

from tests.integration.softphone.operators import (
    DESK,
    Softphones,
    Talk,
    consulting,
    facts,
    hears,
    hears_an_operator,
    hears_nothing,
    muted,
    press,
    speaking,
)
from tests.integration.voices import hears_silence
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

PAUSE = 1.6
"""Seconds of a pause of the recording; the microphone beeps once a second."""


async def test_a_recording_that_is_paused_is_silent_there_and_only_there(phones: Softphones) -> None:
    talk = await phones.talk(DESK)
    await speaking(phones.anna, talk.call)
    await press(phones.anna, "Shift+R", "pause_recording")
    await phones.anna.page.get_by_test_id("do-resume_recording").wait_for()
    await speaking(phones.anna, talk.call)
    await asyncio.sleep(PAUSE)
    await press(phones.anna, "Shift+R", "resume_recording")
    await phones.anna.page.get_by_test_id("do-pause_recording").wait_for()
    await speaking(phones.anna, talk.call)
    record = await talk.over("anna")
    tried("recording paused by key")
    paused, resumed = facts(record, "RecordingPaused"), facts(record, "RecordingResumed")
    assert len(paused) == len(resumed) == 1
    sound = await recording(phones, talk)
    seconds = [loud(sound[at : at + 8000]) for at in range(0, len(sound) - 7999, 800)]
    assert abs(len(sound) / 8000 - record["talked"]) < 1.0
    assert seconds[0]
    assert seconds[-1]
    assert not all(seconds)
    # One gap, as long as the pause.
    edges = [at for at, (one, other) in enumerate(itertools.pairwise(seconds)) if one != other]
    assert len(edges) == 2
    silent = (edges[1] - edges[0]) / 10 + 1.0
    assert abs(silent - (resumed[0]["at"] - paused[0]["at"])) < 0.7


async def recording(phones: Softphones, talk: Talk) -> memoryview:
    """The samples of the call's one recording."""
    async with phones.boss.http.get(f"/api/v1/calls/{talk.id}/recording") as answer:
        assert answer.status == 200, await answer.text()
        with wave.open(io.BytesIO(await answer.read())) as file:
            assert (file.getframerate(), file.getnchannels()) == (8000, 1)
            return memoryview(file.readframes(file.getnframes())).cast("h")


def loud(samples: memoryview) -> bool:
    return any(abs(one) > 64 for one in samples)


async def test_keys_that_the_operator_presses_are_heard_by_the_caller(phones: Softphones) -> None:
    talk = await phones.talk(DESK)
    page = phones.anna.page
    await page.keyboard.press("k")
    await page.get_by_test_id("keypad-typed").wait_for()
    await page.keyboard.type("15#")
    await page.get_by_test_id("key-0").click()
    async with asyncio.timeout(8):
        while len(talk.call.rtp.pressed) < 4:
            talk.call.rtp.arrived.clear()
            await talk.call.rtp.arrived.wait()
    assert talk.call.rtp.pressed == "15#0"
    await page.keyboard.press("Escape")
    await talk.over("anna")
    tried("keypad")


async def test_in_a_conference_each_hears_both_others(phones: Softphones) -> None:
    """Two of the three are silent at a time: who is heard then is the third, and by both."""
    talk = await phones.talk(DESK)
    anna, boris, caller = phones.anna, phones.boris, talk.call
    await phones.boss.set_state("paused", "lunch", agent="boris")
    await consulting(anna, boris, "bor", caller)
    await press(anna, "Shift+J", "join")
    await anna.page.locator("[data-testid=call-bar][data-guest=joined]").wait_for()
    await muted(anna, True)
    await muted(boris, True)
    await asyncio.gather(hears(anna.page), hears(boris.page), hears_silence(caller))
    caller.rtp.quiet = True
    await asyncio.gather(hears_nothing(anna.page), hears_nothing(boris.page))
    await muted(anna, False)
    await asyncio.gather(hears_an_operator(caller), hears(boris.page), hears_nothing(anna.page))
    await muted(anna, True)
    await muted(boris, False)
    await asyncio.gather(hears_an_operator(caller), hears(anna.page), hears_nothing(boris.page))
    caller.rtp.quiet = False
    await muted(anna, False)
    await boris.page.keyboard.press("Shift+H")
    await boris.wait_state("paused")
    await speaking(anna, caller)
    record = await talk.over("anna")
    tried("conference by key")
    assert len(facts(record, "GuestJoined")) == 1
    assert [fact["end"] for fact in facts(record, "GuestGone")] == ["left"]
