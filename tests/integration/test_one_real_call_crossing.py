"""The caller's BYE and the agent's 200 cross on the wire: again and again, nobody may be stranded.

Gaps reach from 10 ms before to 10 ms after, so that each comes first in turn, and every step of Asterisk's
between the two is hit.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.house import House, id_of, line, new_number, operator
from tests.support.asterisk import AsteriskServer
from tests.support.server import ApiClient, Screen
from tests.support.sipp import RINGS, ScriptedCaller, ScriptedPhone, cross
from tests.support.tally import strand, tried

pytestmark = pytest.mark.asterisk

LANES = 4
ROUNDS = 60
WIDEST = 0.010
STATIONS = [f"a{1011 + lane}" for lane in range(LANES)]


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_sqlite: str) -> Iterator[House]:
    queues = [line(f"lane-{lane}", f"8800555220{lane}") for lane in range(LANES)]
    people = [operator(f"agent-{lane}", STATIONS[lane], f"lane-{lane}") for lane in range(LANES)]
    opened = House.open(asterisk, house_folder, house_sqlite, queues, people)
    try:
        yield opened
    finally:
        opened.close()


async def test_bye_and_answer_cross_and_nobody_is_stranded(house: House) -> None:
    async with house.watched() as (boss, screen):
        lanes = await asyncio.gather(*(_lane(house, boss, screen, lane) for lane in range(LANES)))
        stuck = [
            f"agent-{lane}" for lane in range(LANES) if screen.agent(f"agent-{lane}")["call"] is not None
        ]
        strand("crossings", stuck)
        await screen.wait(lambda: not screen.calls(), "an empty floor")
    # `watched` has just seen that Asterisk has no channel left.
    assert await house.each_call_ended_once() == LANES * ROUNDS
    outcomes = [outcome for lane in lanes for outcome in lane]
    assert len(outcomes) == LANES * ROUNDS
    # Both orders were met, or the gaps are of no use.
    assert {"answered", "abandoned"} == set(outcomes)


async def _lane(house: House, boss: ApiClient, screen: Screen, lane: int) -> list[str]:
    """One agent's crossings, one after the other; how the history says that each call ended."""
    agent, chance, calls = f"agent-{lane}", random.Random(lane), []
    async with (
        ScriptedPhone(house.asterisk, STATIONS[lane], plan=RINGS) as phone,
        ScriptedCaller(house.asterisk) as caller,
    ):
        await boss.set_state("ready", agent=agent)
        for number in range(ROUNDS):
            await screen.wait_agent(agent, "ready")
            outgoing = await caller.call(f"8800555220{lane}", caller=new_number())
            try:
                rung = await phone.next_call(seconds=10)
            except TimeoutError as error:
                device = await house.asterisk.acli(f"pjsip show endpoint {STATIONS[lane]}")
                known = (number, screen.agent(agent), screen.calls(), device[:2000])
                raise AssertionError(f"{error}; {known}") from None
            await outgoing.wait_answered()
            # Half of the gaps are so small that only the network decides.
            gap = WIDEST * (number / ROUNDS if number % 2 else chance.random() / 20)
            sides = (outgoing.hang_up, rung.answer)
            cross(*(sides if number % 4 < 2 else sides[::-1]), gap)
            await rung.wait_ended(seconds=10)
            calls.append(id_of(rung))
            tried("crossing")
        await screen.wait_agent(agent, "ready")
        ended = [await boss.ended(call) for call in calls]
    for call in ended:
        assert len(call["offers"]) == 1
        answered = call["offers"][0]["outcome"] == "answered"
        assert answered == (call["outcome"] == "answered"), call
    return [call["outcome"] for call in ended]
