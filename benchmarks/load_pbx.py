"""The simulated PBX of the load benchmark, in a process of its own.

Standard input holds one line of JSON (stations, number, secret), then orders, one a line, each answered by
one line of JSON:

- ``rate R S``: R callers a second for S seconds, evenly spaced; answers once the last of them has come, with
  what happened in that time;
- ``park N``: N callers at once whom nobody answers; answers once all are on hold;
- ``clear``: hang every caller up.

Ends when standard input does.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field
from functools import partial

import structlog

from callcenter.simulator import Phone, RingPlan, SimulatedPbx, SimulatorServer
from callcenter.simulator.channels import Caller, Leg
from callcenter.simulator.dialplan import Dialplan

RING_SECONDS = 0.05
ANSWER_SECONDS = (0.2, 0.4)
TALK_SECONDS = (1.5, 2.5)
PATIENCE_SECONDS = 30.0
_SLICE = 0.002
"""Seconds between two looks at who is due to call."""


@dataclass(slots=True)
class Waits:
    """Seconds from a caller's hold to the INVITE at a phone, of one step."""

    seconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class WatchedDialplan(Dialplan):
    """Notes how long each caller waited for the server's decision, by the wall clock of this process."""

    def __init__(self, pbx: SimulatedPbx, waits: Waits) -> None:
        super().__init__(pbx)
        self._waits = waits
        self._held_at: dict[str, float] = {}

    def hold(self, caller: Caller) -> None:
        self._held_at[caller.uniqueid] = time.monotonic()
        super().hold(caller)

    def invite(self, leg: Leg) -> None:
        since = self._held_at.pop(leg.caller.uniqueid, None)
        if since is not None:
            self._waits.seconds.append(time.monotonic() - since)
        super().invite(leg)

    def end_caller(self, caller: Caller) -> None:
        self._held_at.pop(caller.uniqueid, None)
        super().end_caller(caller)


class Load:
    """One PBX under orders."""

    def __init__(self, setup: dict[str, object]) -> None:
        self._number = str(setup["number"])
        self._random = random.Random(int(str(setup["seed"])))
        stations = [str(one) for one in setup["stations"]]  # type: ignore[attr-defined]
        self.pbx = SimulatedPbx(now=time.time(), stations=stations)
        self.waits = Waits()
        self.pbx.dialplan = WatchedDialplan(self.pbx, self.waits)
        for phone in self.pbx.phones.values():
            self._teach(phone)
        self.server = SimulatorServer(self.pbx, credentials={"load": str(setup["secret"])})

    def _teach(self, phone: Phone) -> None:
        def plan() -> RingPlan:
            answer = self._random.uniform(*ANSWER_SECONDS)
            talk = self._random.uniform(*TALK_SECONDS) if self._random.random() < 0.5 else None
            return RingPlan(ring_after=RING_SECONDS, answer_after=answer, hang_up_after=talk)

        phone.plan = plan

    async def rate(self, rate: float, seconds: float) -> dict[str, float]:
        """Calls evenly spaced, as many as are due at each look."""
        counts, before = self.pbx.counts, (self.pbx.counts.answered, self.pbx.counts.lost)
        self.waits.seconds.clear()
        events, cpu = self.server.events_sent, time.process_time()
        start, made, live = time.monotonic(), 0, 0
        total = int(rate * seconds)
        while made < total:
            due = min(total, int((time.monotonic() - start) * rate) + 1)
            if due > made:
                self.pbx.by_hand(partial(self._call, due - made))
                made = due
            live = max(live, self.pbx.live_calls)
            await asyncio.sleep(_SLICE)
        took = time.monotonic() - start
        return {
            "calls_per_second": made / took,
            "answered": counts.answered - before[0],
            "lost": counts.lost - before[1],
            "wait_p50": self.waits.percentile(0.5),
            "wait_p95": self.waits.percentile(0.95),
            "events": self.server.events_sent - events,
            "cpu": (time.process_time() - cpu) / took,
            "live": live,
        }

    def _call(self, count: int) -> None:
        for _ in range(count):
            number = f"79{self._random.randrange(10**9):09}"
            talk = self._random.uniform(*TALK_SECONDS)
            self.pbx.arrive(number, "", self._number, patience=PATIENCE_SECONDS, talk=talk)

    async def park(self, count: int) -> dict[str, float]:
        """Callers who wait for ever, in slices, so that nobody's inbox is flooded."""
        for _ in range(count):
            self.pbx.call(f"79{self._random.randrange(10**9):09}", "", "00" + self._number)
            await asyncio.sleep(_SLICE)
        return {"live": self.pbx.live_calls}

    def clear(self) -> dict[str, float]:
        for uniqueid in [one.uniqueid for one in self.pbx.channels.values() if isinstance(one, Caller)]:
            self.pbx.hang_up(uniqueid)
        return {"live": self.pbx.live_calls}


async def _main() -> None:
    # Standard output is for the answers.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    load = Load(json.loads(await lines.readline()))
    await load.server.start()
    try:
        print(json.dumps({"port": load.server.port}), flush=True)
        while line := await lines.readline():
            match line.decode().split():
                case ["rate", rate, seconds]:
                    said = await load.rate(float(rate), float(seconds))
                case ["park", count]:
                    said = await load.park(int(count))
                case _:
                    said = load.clear()
            print(json.dumps(said), flush=True)
    finally:
        await load.server.stop()


if __name__ == "__main__":
    asyncio.run(_main())
