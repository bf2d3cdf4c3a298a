"""Two operators at work in two browsers with phones in them, and whom else a call needs.

The caller has one unbroken voice, or none while he is ``quiet``: a browser that hears him receives energy. A
browser's microphone beeps once a second, with silence between; the music on hold has none.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

from tests.integration.house import House, line, new_number, operator
from tests.integration.voices import at_work, loud
from tests.support.asterisk import BROWSER_STATIONS, AsteriskServer
from tests.support.browser import Desk
from tests.support.server import ApiClient, Screen
from tests.support.sipp import Call, ScriptedCaller, ScriptedOutside

DESK, TECH, QUICK = "88005553101", "88005553102", "88005553103"
STATIONS = {"anna": "a2003", "boris": "a2004"}
ENERGY = """async () => {
  const stats = await window.__peers.at(-1).getStats();
  const voices = [...stats.values()].filter((one) => one.type === "inbound-rtp");
  return voices.reduce((sum, one) => sum + (one.totalAudioEnergy ?? 0), 0);
}"""
HEARD = 1e-6
"""Energy of the faintest voice here in a few packets; silence has none."""


QUEUES = (
    replace(line("desk", DESK, ring=15), record=True),
    line("tech", TECH),
    replace(line("quick", QUICK), auto_answer=True),
)


def softphone_house(asterisk: AsteriskServer, folder: Path, url: str) -> House:
    """Anna and Boris serve every queue, at browsers."""
    settings = {
        "ASTERISK_HTTP_PORT": asterisk.http_port,
        "ASTERISK_BROWSER_STATIONS": BROWSER_STATIONS,
        "ASTERISK_RECORDINGS_DIR": asterisk.recordings,
        "CALLBACKS_OPENS": "00:00",
        "CALLBACKS_CLOSES": "24:00",
    }
    people = [
        operator(login, station, *(queue.id for queue in QUEUES)) for login, station in STATIONS.items()
    ]
    return House.open(asterisk, folder, url, QUEUES, people, settings=settings)


# What is heard


async def hears(page: Page, *, seconds: float = 8.0) -> None:
    """Returns once the browser has received a sound."""
    before = await page.evaluate(ENERGY)
    async with asyncio.timeout(seconds):
        while await page.evaluate(ENERGY) < before + HEARD:
            await asyncio.sleep(0.05)


async def hears_nothing(page: Page, *, seconds: float = 10.0) -> None:
    """Returns once a second and a half went by without a sound; who is heard beeps in any."""
    async with asyncio.timeout(seconds):
        while True:
            before = await page.evaluate(ENERGY)
            await asyncio.sleep(1.5)
            if await page.evaluate(ENERGY) < before + HEARD:
                return


async def hears_music(call: Call) -> None:
    """A second of sound without a pause."""
    call.rtp.listen()
    await call.rtp.wait_heard_any(80)
    assert all(loud(payload) for payload in call.rtp.payloads[30:])


async def hears_an_operator(call: Call) -> None:
    """Returns once the caller has heard silence, and a beep after it: music has no silence."""
    call.rtp.listen()
    async with asyncio.timeout(8):
        while not _beep_after_silence(call.rtp.payloads):
            call.rtp.arrived.clear()
            await call.rtp.arrived.wait()


def _beep_after_silence(payloads: Sequence[bytes]) -> bool:
    heard = iter(payloads)
    return any(not loud(payload) for payload in heard) and any(loud(payload) for payload in heard)


async def speaking(desk: Desk, call: Call) -> None:
    """Operator and caller hear each other."""
    await asyncio.gather(hears_an_operator(call), hears(desk.page))


# What is pressed


async def in_talk(desk: Desk, panel: str = "talk-panel") -> None:
    await desk.page.get_by_test_id(panel).wait_for()
    await desk.page.locator("[data-testid=mute]:not([disabled])").wait_for()


async def answer(desk: Desk, panel: str = "talk-panel") -> None:
    await desk.page.locator("[data-testid=answer]:not([disabled])").wait_for()
    await desk.page.keyboard.press("a")
    await in_talk(desk, panel)


async def press(desk: Desk, keys: str, action: str) -> None:
    """The key of an action, once it is offered."""
    await desk.page.locator(f"[data-testid=do-{action}]:not([disabled])").wait_for()
    await desk.page.keyboard.press(keys)


async def choose(desk: Desk, name: str) -> None:
    """Whom it goes to, by typing and Enter."""
    await desk.page.get_by_test_id("target").fill(name)
    await desk.page.locator("[data-testid=target-choice][aria-disabled=false]").first.wait_for()
    await desk.page.keyboard.press("Enter")


async def where(desk: Desk, place: str) -> None:
    await desk.page.locator(f"[data-testid=call-bar][data-where={place}]").wait_for()


async def muted(desk: Desk, on: bool) -> None:
    await desk.page.keyboard.press("m")
    await desk.page.locator(f"[data-testid=mute][aria-pressed={str(on).lower()}]").wait_for()


async def consulting(asker: Desk, guest: Desk, name: str, call: Call) -> None:
    """The guest is asked and answers: the two speak, the caller has music."""
    await press(asker, "Shift+C", "consult")
    await choose(asker, name)
    await answer(guest, "guest-panel")
    await asyncio.gather(hears(asker.page), hears(guest.page), hears_music(call))


# Who is there


@dataclass
class Softphones:
    """``anna`` and ``boris`` are at work and offline; ``boss`` sees the floor."""

    house: House
    boss: ApiClient
    screen: Screen
    anna: Desk
    boris: Desk
    caller: ScriptedCaller
    outside: ScriptedOutside

    async def only(self, *ready: str) -> None:
        """These are ready, and the other is offline."""
        for login in STATIONS:
            await self.boss.set_state("ready" if login in ready else "offline", agent=login)
        for login in STATIONS:
            await self.screen.wait_agent(login, "ready" if login in ready else "offline")

    async def talk(self, number: str, *, queue_answers: bool = False) -> Talk:
        """Anna, who alone is ready, answers a caller by key, or her phone does by itself."""
        await self.only("anna")
        own = new_number()
        call = await self.caller.call(number, caller=own)
        await (in_talk if queue_answers else answer)(self.anna)
        return Talk(self, own, self.screen.call_from(own)["call"], call)


@dataclass
class Talk:
    """One call, and who has heard it all."""

    phones: Softphones
    number: str
    id: str
    call: Call

    async def over(self, *talks: str) -> Any:
        """The caller hangs up. What the history says, which is one call's: these have talked in turn."""
        talked = asyncio.get_running_loop().time() - (self.call.answered_at or 0.0)
        self.call.hang_up()
        record = await self.phones.boss.ended(self.id)
        one_history(record, talks)
        assert talked - record["talked"] - record["held"] >= 0
        return record


def facts(record: Any, kind: str) -> list[Any]:
    return [fact for fact in record["facts"] if fact["type"] == kind]


def one_history(record: Any, talks: Sequence[str]) -> None:
    """One call with one end, one recording if any, and conversations that follow each other and add up."""
    begun, ended = facts(record, "TalkStarted"), facts(record, "TalkEnded")
    assert [fact["agent"] for fact in begun] == [fact["agent"] for fact in ended] == list(talks)
    assert (record["outcome"], record["agent"]) == ("answered", talks[-1])
    assert len(facts(record, "CallStarted")) == len(facts(record, "CallEnded")) == 1
    assert len(facts(record, "RecordingStarted")) == int(record["recorded"])
    held = sum(fact["seconds"] for fact in facts(record, "HoldEnded"))
    assert abs(record["talked"] - sum(fact["seconds"] for fact in ended)) < 0.01
    assert abs(record["held"] - held) < 0.01
    spans = [
        (
            start["at"],
            start["at"] + stop["seconds"] + holds_of(record, start, stop),
            stop["at"],
        )
        for start, stop in zip(begun, ended, strict=True)
    ]
    assert all(abs(counted - seen) < 1.0 for _, counted, seen in spans), (spans, record["facts"])
    assert all(seen <= start for (*_, seen), (start, *_) in itertools.pairwise(spans))
    for leg in record["legs"]:
        assert leg["started_at"] <= leg["ended_at"]
        if leg["role"] == "agent" and leg["talk_started_at"] is not None:
            assert leg["started_at"] <= leg["talk_started_at"] <= leg["talk_ended_at"]


def holds_of(record: Any, start: Any, stop: Any) -> float:
    """Seconds on hold in a conversation."""
    return sum(
        fact["seconds"]
        for fact in facts(record, "HoldEnded")
        if fact["agent"] == start["agent"] and start["at"] < fact["at"] <= stop["at"]
    )


@asynccontextmanager
async def softphones(house: House, browser: Browser) -> AsyncIterator[Softphones]:
    """Signing in takes longer than a call: once for all tests here."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        boss = await enter(house.login("boss"))
        screen = await enter(boss.screen())
        anna = await enter(at_work(house, browser, "anna"))
        boris = await enter(at_work(house, browser, "boris"))
        caller = await enter(ScriptedCaller(house.asterisk))
        outside = await enter(ScriptedOutside(house.asterisk))
        yield Softphones(house, boss, screen, anna, boris, caller, outside)
