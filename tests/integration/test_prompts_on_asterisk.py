"""Prompts on a real Asterisk, from the caller's side of the wire: an upload through the API is heard, and the
place and the expected wait are told in Russian and in English before anybody has recorded anything."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callcenter.flows.prompts import PromptDesk
from callcenter.flows.store import FlowStore
from callcenter.prompts import PromptFolder, convert
from callcenter.storage.database import Database
from callcenter.telephony.ami.render import render
from callcenter.telephony.ami.render_steps import FlowCommand
from callcenter.telephony.commands import Ask, Play
from routing.flows import spoken
from routing.ids import ServerId, call_id
from tests.prompts.test_audio import tone
from tests.support.asterisk import AsteriskServer
from tests.support.asterisk_ami import Packet, RawAmi
from tests.support.asterisk_tree import SOUNDS
from tests.support.sipp import ScriptedCaller
from tests.support.sipp_agent import Call

pytestmark = pytest.mark.asterisk

SERVER = ServerId("main")
NUMBER = "74951230017"


class Listener:
    """A caller on hold who listens."""

    def __init__(self, ami: RawAmi, call: Call, uniqueid: str) -> None:
        self._ami = ami
        self.call = call
        self._uniqueid = uniqueid
        self._step = 0

    async def hears(self, *words: str, language: str) -> tuple[float, float, Packet]:
        """How many seconds of it came, counted by its packets of 20 ms, how loud it was (of 1), and the event
        of its end. A busy machine takes longer over it, and sends no more."""
        self._step += 1
        self.call.rtp.listen()
        command = Play(SERVER, call_id(SERVER, self._uniqueid), self._step, words, language)
        ended = await self._do(command)
        heard = self.call.rtp.payloads
        return len(heard) * 0.02, loudness(heard), ended

    async def asked(self, keys: str) -> str:
        """What is taken for the answer to a menu without a prompt when these keys are pressed."""
        self._step += 1
        self.call.press(keys)
        command = Ask(SERVER, call_id(SERVER, self._uniqueid), self._step, (), "en", 1, 3)
        return (await self._do(command))["Digits"]

    async def _do(self, command: FlowCommand) -> Packet:
        await self._ami.heartbeat()
        since = len(self._ami.events)
        for action in render(command):
            await self._ami.action(action.name, **dict(action.headers))
        ended = await self._ami.user_event("CCStep", since=since, seconds=20, Step=str(self._step))
        await self._ami.user_event("CCHold", since=since, Uniqueid=self._uniqueid)
        return ended


def loudness(payloads: list[bytes]) -> float:
    """Root mean square of mu-law packets, of 1."""
    samples = [linear(byte) for payload in payloads for byte in payload]
    return math.sqrt(sum(one * one for one in samples) / max(1, len(samples))) / 32768


def linear(byte: int) -> int:
    """A mu-law byte as a sample (ITU-T G.711)."""
    byte = ~byte & 0xFF
    size = (((byte & 0x0F) << 3) + 0x84) << (byte >> 4 & 0x07)
    return 0x84 - size if byte & 0x80 else size - 0x84


@pytest.fixture
async def listener(asterisk: AsteriskServer) -> AsyncIterator[Listener]:
    async with RawAmi(asterisk) as ami, ScriptedCaller(asterisk) as caller:
        await ami.heartbeat()
        since = len(ami.events)
        call = await caller.call(NUMBER)
        await call.wait_answered()
        held = await ami.user_event("CCHold", since=since)
        yield Listener(ami, call, held["Uniqueid"])
        await ami.heartbeat()


def seconds_of(tree: Path, language: str, *names: str) -> float:
    """The length of Asterisk's own recordings: GSM has 33 bytes for 20 ms."""
    folder = tree / "usr/share/asterisk/sounds" / SOUNDS[language]
    return sum((folder / f"{name}.gsm").stat().st_size / 33 * 0.02 for name in names)


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_place_and_wait_are_told_by_asterisks_own_words(
    listener: Listener, asterisk: AsteriskServer, language: str
) -> None:
    for words, sounds in (
        ((spoken.POSITION, "21"), ("queue-thereare", "digits/20", "digits/1", "queue-callswaiting")),
        ((spoken.MINUTES, "5"), ("queue-holdtime", "digits/5", "queue-minutes")),
        ((spoken.MINUTES, "1"), ("queue-holdtime", "digits/1", "queue-minute")),
    ):
        heard, loud, ended = await listener.hears(*words, language=language)
        assert (ended["Outcome"], ended.get("Missing", "")) == ("DONE", "")
        assert heard == pytest.approx(seconds_of(asterisk.tree, language, *sounds), abs=0.1)
        assert loud > 0.01


async def test_an_upload_is_heard_whole_and_as_loud_as_speech(
    listener: Listener, asterisk: AsteriskServer, database: Database
) -> None:
    desk = PromptDesk(FlowStore(database), PromptFolder(asterisk.prompts), ("en", "ru"))
    # Quiet, in stereo, at the rate of a CD: what callers hear is neither.
    made = await desk.put("greeting", "ru", tone(2.0, rate=44_100, level=0.05, channels=2))
    heard, loud, ended = await listener.hears("greeting", language="ru")
    assert (ended["Outcome"], made.seconds) == ("DONE", pytest.approx(2.0, abs=0.05))
    assert heard == pytest.approx(2.0, abs=0.1)
    assert 0.05 < loud < 0.2


async def test_what_was_recorded_goes_before_asterisks_own_words(
    listener: Listener, asterisk: AsteriskServer
) -> None:
    file = asterisk.prompts / "en_GB" / f"{spoken.MINUTES}.wav"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(convert(tone(1.0)).wav)
    heard, loud, _ = await listener.hears(spoken.MINUTES, "5", language="en_GB")
    assert heard == pytest.approx(1.0 + seconds_of(asterisk.tree, "en", "digits/5"), abs=0.1)
    assert loud > 0.03


async def test_hash_is_a_choice_of_a_menu_also_after_its_prompt(listener: Listener) -> None:
    assert await listener.asked("#") == "#"
