"""The measuring side of ``pop``: callers who come at a rate, phones that answer and hang up soon, and what
each call was seen to do on the wire.

Times are ``time.monotonic()`` seconds, which is one clock for all processes of the machine.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ring_rig import DEADLINE, PRODUCT, Mute, Rig
from tests.integration.house import id_of
from tests.support.sipp import Call, Plan

_TALKS = Plan(answer_after=0.05, hangup_after=0.25)
_FROM = re.compile(r"sip:([^@>;]+)@")


@dataclass(frozen=True, slots=True)
class Rung:
    """One call: when its INVITE left the caller, and when the first phone was sent one, and whose."""

    call: str
    arrived_at: float
    rung_at: float
    station: str


class CallCenter(Rig):
    """A rig whose callers come by chance, at a rate, however long the others take."""

    def __init__(self, tree: Path, stations: tuple[str, ...], numbers: tuple[str, ...]) -> None:
        super().__init__(tree, stations)
        self._numbers = numbers
        self._next = 0

    async def window(self, rate: float, seconds: float, chance: random.Random) -> list[Rung]:
        """Poisson arrivals for so long, each from a number that no other call of then has; returns once all
        of them are over. A caller for whom no phone rings within ``DEADLINE`` fails the benchmark."""
        self._fresh(_TALKS)
        calls: dict[str, tuple[Call, float]] = {}
        taken: list[Rung] = []
        over: list[asyncio.Task[None]] = []
        collecting = asyncio.create_task(self._collect(calls, taken, over), name="rung phones")
        try:
            until, at = time.monotonic() + seconds, time.monotonic()
            made = 0
            while (at := at + chance.expovariate(rate)) < until:
                await asyncio.sleep(max(0.0, at - time.monotonic()))
                number = self._numbers[self._next % len(self._numbers)]
                self._next += 1
                made += 1
                call = await self._caller.call(PRODUCT, caller=number)
                await call.rtp.close()
                call.rtp = Mute(call.agent.host, 0)
                calls[number] = call, self._caller.sent_at[call.id]
            deadline = time.monotonic() + DEADLINE
            while len(taken) < made:
                if time.monotonic() > deadline:
                    late = f"{made - len(taken)} of {made} callers after {DEADLINE:g} s"
                    raise TimeoutError(f"no phone rang for {late}: this machine does not carry the rate now")
                await asyncio.sleep(0.02)
            await asyncio.gather(*over)
        finally:
            collecting.cancel()
            await asyncio.gather(collecting, return_exceptions=True)
        await self._quiet()
        return taken

    async def _collect(
        self, calls: dict[str, tuple[Call, float]], taken: list[Rung], over: list[asyncio.Task[None]]
    ) -> None:
        while True:
            leg = await self._rung.get()
            found = _FROM.search(leg.invite.header("From"))
            assert found is not None
            call, arrived_at = calls[found[1]]
            taken.append(Rung(id_of(leg), arrived_at, self._rung_at(leg), leg.agent.user))
            over.append(asyncio.create_task(_end(call, leg), name="call"))


async def _end(call: Call, leg: Call) -> None:
    """Returns once both are over."""
    await leg.wait_ended(seconds=DEADLINE)
    await call.wait_ended(seconds=DEADLINE)
    await leg.rtp.close()
    await call.rtp.close()
