"""Two server processes, one floor: the one that routes is killed while two operators speak with each other,
and the other holds their call from then on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.integration.house import BOSS, House, line, operator, talking, two_doors
from tests.support.asterisk import AsteriskServer
from tests.support.redis_server import RedisServer
from tests.support.server import ApiClient, Screen, SiteSeed
from tests.support.sipp import RINGS, ScriptedPhone
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.redis]


@pytest.fixture
async def houses(
    asterisk: AsteriskServer,
    house_folder: Path,
    house_postgres: str,
    redis_server: RedisServer,
    redis_prefix: str,
) -> AsyncIterator[tuple[House, House]]:
    """The first one routes."""
    people = [operator("anna", "a1011", "sales"), operator("boris", "a1012", "sales")]
    seed = SiteSeed([line("sales", "88005552702")], (BOSS, *people))
    redis = (redis_server.url, redis_prefix)
    async with two_doors(asterisk, house_folder, house_postgres, redis, seed) as doors:
        yield doors


async def test_two_operators_who_speak_are_held_by_the_next_router(houses: tuple[House, House]) -> None:
    first, second = houses
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        phones = [await enter(ScriptedPhone(first.asterisk, one, plan=RINGS)) for one in ("a1011", "a1012")]
        boss, screen = await enter(second.watched())
        anna = await enter(ApiClient(second.server.base, "anna"))
        for agent in ("anna", "boris"):
            await boss.set_state("ready", agent=agent)
            await screen.wait_agent(agent, "ready")
        await anna.call("POST", "/api/v1/colleagues/call", {"to": "boris"})
        calls = []
        for phone in phones:
            calls.append(await phone.next_call(seconds=10))
            calls[-1].answer()
        await talking(*calls)
        before = await _spoken(screen)
        await _stored(anna, lambda row: row["answered_at"])
        epoch = screen.epoch
        await first.server.kill()
        tried("kill of the routing node")
        await screen.wait(lambda: screen.epoch != epoch, "the new router")
        after = await _spoken(screen)
        assert after["intercom"] == before["intercom"]
        assert abs(after["since"] - before["since"]) < 0.001
        for agent in ("anna", "boris"):
            await screen.wait_agent(agent, "internal")
        await talking(*calls)
        await second.server.wait_ready()
        await anna.call("POST", "/api/v1/colleagues/hang-up")
        for call in calls:
            await call.wait_ended(seconds=8)
        for agent in ("anna", "boris"):
            await screen.wait_agent(agent, "ready")
        row = await _stored(anna, lambda row: row["ended_at"])
        assert (row["id"], row["outcome"]) == (before["intercom"], "answered")


async def _spoken(screen: Screen) -> Any:
    """The one call of two operators on the floor, once they speak."""

    def shown() -> list[Any]:
        return [view for key, view in screen.entities.items() if key.startswith("intercom/")]

    await screen.wait(lambda: [one["state"] for one in shown()] == ["talking"], "two who speak")
    return shown()[0]


async def _stored(agent: ApiClient, good: Callable[[Any], Any]) -> Any:
    """The agent's last call with a colleague, once the history has it so."""
    async with asyncio.timeout(10):
        while True:
            items = (await agent.call("GET", "/api/v1/colleagues/calls"))["items"]
            if items and good(items[0]):
                return items[0]
            await asyncio.sleep(0.05)
