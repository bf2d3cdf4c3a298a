"""``./dev run --asterisk``: the demo on a real Asterisk 22, with scripted phones and callers on loopback.

A softphone on this machine may register as the visitor's station and take its place.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
from contextlib import AsyncExitStack
from pathlib import Path

from callcenter.cli.common import CliError
from callcenter.cli.serve import demo_on
from callcenter.demo.run import VISITOR_STATION, DemoOptions, data_path
from callcenter.simulator import Scenario
from callcenter.simulator.scenario import Arrivals, PhoneGroup
from callcenter.tasks import TaskGroup
from tests.support.asterisk import AsteriskServer, station_password
from tests.support.asterisk_tree import TreeUnavailableError, ensure_tree
from tests.support.sipp import Call, Plan, ScriptedCaller, ScriptedPhone


class AsteriskExchange:
    """``callcenter.demo.exchange.Exchange`` with the demo's own scenario, played over SIP."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._chance = random.Random(scenario.seed)
        self._asterisk = AsteriskServer(ensure_tree(), ring_seconds=scenario.ring_seconds)
        self._open = AsyncExitStack()
        self._callers = TaskGroup()
        self.host = self._asterisk.host
        self.port = self._asterisk.ami_port
        self.username = self._asterisk.ami_user
        self.secret = self._asterisk.ami_secret
        self.prompts: Path | None = self._asterisk.prompts
        self.messages: Path | None = self._asterisk.messages

    @property
    def description(self) -> str:
        own = f"sip:{VISITOR_STATION}@{self.host}:{self._asterisk.sip_port}"
        return f"Asterisk 22; your own phone: {own}, password {station_password(VISITOR_STATION)}"

    async def start(self) -> None:
        await asyncio.to_thread(self._asterisk.start)
        for group in self._scenario.phones:
            for station in group.stations:
                plan = self._plan(group)
                await self._open.enter_async_context(ScriptedPhone(self._asterisk, station, plan=plan))
        self._caller = await self._open.enter_async_context(ScriptedCaller(self._asterisk))

    def _plan(self, group: PhoneGroup) -> Plan:
        return Plan(answer_after=self._chance.uniform(group.answer_after.low, group.answer_after.high))

    async def start_callers(self) -> None:
        for arrivals in self._scenario.arrivals:
            self._callers.start(f"callers of {arrivals.number}", self._arrive(arrivals))

    async def stop_callers(self) -> None:
        await self._callers.close()

    async def stop(self) -> None:
        await self._callers.close()
        await self._open.aclose()
        await asyncio.to_thread(self._asterisk.stop)
        self._asterisk.remove()

    async def _arrive(self, arrivals: Arrivals) -> None:
        while True:
            await asyncio.sleep(self._chance.expovariate(arrivals.per_minute / 60))
            self._callers.start("caller", self._call(arrivals))

    async def _call(self, arrivals: Arrivals) -> None:
        person = self._chance.choice(self._scenario.people)
        call = await self._caller.call(arrivals.number, caller=person.number, name=person.name)
        try:
            await self._press(call, arrivals)
            # The caller hears music and voices alike as an answered call: one draw covers both.
            seconds = self._chance.uniform(arrivals.talk.low, arrivals.talk.high)
            with contextlib.suppress(TimeoutError):
                await call.wait_ended(seconds=seconds)
        finally:
            call.hang_up()

    async def _press(self, call: Call, arrivals: Arrivals) -> None:
        """Press a key once the menu, where there is one, has begun."""
        keys, shares = zip(*arrivals.keys, strict=True) if arrivals.keys else ((), ())
        chosen = self._chance.choices([*keys, ""], [*shares, max(0.0, 1 - sum(shares))])[0]
        if chosen:
            with contextlib.suppress(TimeoutError):
                await call.wait_answered()
                await asyncio.sleep(self._chance.uniform(arrivals.thinks.low, arrivals.thinks.high))
                call.press(chosen)


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev run --asterisk")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--port", type=int, default=8080)
    given = parser.parse_args()
    try:
        exchange = AsteriskExchange(Scenario.load(data_path() / "pbx.toml"))
        demo_on(exchange, DemoOptions(given.port, given.seconds))
    except (TreeUnavailableError, CliError) as error:
        raise SystemExit(f"callcenter: {error}") from error


if __name__ == "__main__":
    main()
