"""How many calls a second one server process carries, and what a call costs it.

``python -m benchmarks.load`` (or ``./dev bench load``). A simulated PBX in one process, the AMI link with the
core and the journal in another, over TCP on loopback. Calls come evenly at a rising rate; each is held, rung
(50 ms), answered (0.2-0.4 s), talked (1.5-2.5 s) and hung up by either side. A rate is sustained when the
server's inboxes hold less than half a second's events at the end of the step, the caller at the 95th
percentile waited less than half a second for a free agent's phone to be rung, nothing was dropped, and the
calls came as fast as asked. The highest one is repeated, and lowered unless most repeats are sustained.

Prints the core's time for each input, the process's CPU for each call, and the memory of a waiting call. On a
machine that has other work, a server that is behind with an idle share of its core is called starved: what
it needs is then told by ``cpu_ms_per_call`` alone. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import secrets
import statistics
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

NUMBER = "74951230001"
SEED = 20240229
STATIONS = tuple(f"a{number}" for number in range(10001, 12501))
RATES = (100, 200, 400, 500, 600, 700, 800)
STEP_SECONDS = 6.0
WARM_UP_SECONDS = 3.0
REPEATS = 3
PARKED = 3_000
"""Callers in each of three batches who wait while memory is measured."""
TOTAL_SECONDS = 125.0
"""No further step begins after this, so that the whole stays under three minutes."""
ANSWER_SECONDS = 60.0
STARVED_SHARE = 0.7
"""Of a core: a server that falls behind while it got less was held up by other processes."""
STARVED_TRIES = 1
LATE_SECONDS = 0.5
"""How far behind a server may be that still keeps up."""

Said = dict[str, float]


class Child:
    """A process that takes orders, one a line, and answers each with a line of JSON."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: Process | None = None

    async def start(self, setup: dict[str, object]) -> Said:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._module, stdin=PIPE, stdout=PIPE
        )
        return await self.order(json.dumps(setup))

    async def order(self, line: str) -> Said:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError(f"{self._module} is not running")
        process.stdin.write(f"{line}\n".encode())
        said = await asyncio.wait_for(process.stdout.readline(), ANSWER_SECONDS)
        if not said:
            raise RuntimeError(f"{self._module} ended")
        answer: Said = json.loads(said)
        return answer

    async def stop(self) -> None:
        """End it by closing its input; kill it, and no other, when it does not go."""
        process = self._process
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 20)
        if process.returncode is None:
            process.kill()
            await process.wait()


@dataclass(frozen=True, slots=True)
class Step:
    """One rate, measured. ``starved`` tells that the machine gave the server less of a core than it asked
    for, so that falling behind says nothing about the server."""

    held: bool
    starved: bool
    came: float
    core_us: float
    cpu_ms_per_call: float


class Bench:
    """The two processes, and the steps."""

    def __init__(self, pbx: Child, product: Child) -> None:
        self.pbx = pbx
        self.product = product
        self._until = time.monotonic() + TOTAL_SECONDS

    @property
    def time_left(self) -> bool:
        return time.monotonic() < self._until

    async def step(self, rate: float) -> Step:
        """One rate, after a warm-up at the same."""
        await self.pbx.order(f"rate {rate} {WARM_UP_SECONDS}")
        before = await self.product.order("measure")
        calls = await self.pbx.order(f"rate {rate} {STEP_SECONDS}")
        after = await self.product.order("measure")
        late = after["depth"] / (calls["events"] / STEP_SECONDS)
        held = (
            late < LATE_SECONDS
            and calls["wait_p95"] < LATE_SECONDS
            and calls["calls_per_second"] > 0.97 * rate
            and after["lost"] == before["lost"]
            and after["quarantined"] == 0
        )
        starved = not held and after["cpu"] < STARVED_SHARE
        verdict = "sustained" if held else "starved" if starved else "FELL BEHIND"
        print(
            f"{rate:5.0f} calls/s {verdict:11} "
            f"came {calls['calls_per_second']:5.1f}, live {calls['live']:5.0f}, "
            f"to ring p50 {1000 * calls['wait_p50']:6.1f} p95 {1000 * calls['wait_p95']:6.1f} ms, "
            f"inbox {after['depth']:5.0f} (peak {after['deepest']:5.0f}), lost {after['lost']:.0f}, "
            f"core {after['core_us']:5.1f} us, process {after['cpu_us']:5.1f} us an input, "
            f"CPU {100 * after['cpu']:3.0f} % (PBX {100 * calls['cpu']:3.0f} %)",
            flush=True,
        )
        cpu = after["cpu"] / calls["calls_per_second"]
        return Step(held, starved, calls["calls_per_second"], after["core_us"], 1000 * cpu)

    async def quiet(self) -> Said:
        """What is measured once the server has dealt with everything that came in."""
        for _ in range(int(ANSWER_SECONDS)):
            await asyncio.sleep(1.0)
            said = await self.product.order("collect")
            if said["inputs"] < 100 and said["depth"] == 0:
                return said
        raise RuntimeError("the server does not get through what came in")

    async def settle(self) -> None:
        """Let every call end, for at most as long as a conversation takes."""
        for _ in range(20):
            if (await self.product.order("measure"))["calls"] == 0:
                return
            await self.pbx.order("clear")
            await asyncio.sleep(0.25)


async def memory(setup: dict[str, object]) -> float:
    """KiB that a live call adds to the server, from thousands who wait, in processes of their own: what
    Python allocated, as its tracer counts it, because resident memory hides behind what the start freed."""
    async with processes({**setup, "stations": STATIONS[:10], "trace": True}) as bench:
        marks: list[Said] = []
        for _ in range(2):
            await bench.pbx.order(f"park {PARKED}")
            marks.append(await bench.quiet())
    calls = marks[1]["calls"] - marks[0]["calls"]
    if calls < 0.9 * PARKED:
        raise RuntimeError(f"only {calls:.0f} of {PARKED} calls are on the floor")
    each = (marks[1]["traced_kib"] - marks[0]["traced_kib"]) / calls
    print(
        f"{marks[1]['calls']:.0f} waiting calls: {each:.1f} KiB each, {each * 1000 / 1024:.1f} MiB a thousand"
    )
    return each


@asynccontextmanager
async def processes(setup: dict[str, object]) -> AsyncIterator[Bench]:
    """A PBX and a server that is connected to it, ended with the block."""
    pbx, product = Child("benchmarks.load_pbx"), Child("benchmarks.load_product")
    try:
        port = (await pbx.start(setup))["port"]
        await product.start({**setup, "port": int(port)})
        yield Bench(pbx, product)
    finally:
        await product.stop()
        await pbx.stop()


async def find_limit(bench: Bench, rates: Sequence[float], repeats: int) -> list[Step]:
    """The repeats at the highest rate that most of them sustained; empty when none was."""
    sustained: list[float] = []
    for rate in rates:
        if not bench.time_left:
            break
        step = await bench.step(rate)
        for _ in range(STARVED_TRIES):
            if step.held or not step.starved or not bench.time_left:
                break
            await bench.settle()
            step = await bench.step(rate)
        if not step.held:
            await bench.settle()
            break
        sustained.append(rate)
    while sustained:
        print(f"{repeats} repeats at {sustained[-1]:g} calls/s:")
        steps = [await bench.step(sustained[-1]) for _ in range(repeats)]
        if sum(step.held for step in steps) * 2 > repeats:
            return steps
        if not bench.time_left:
            print("no time for a lower rate")
            return steps
        sustained.pop()
        await bench.settle()
    return []


async def run(rates: Sequence[float], repeats: int) -> int:
    """All steps; 1 when not even the lowest rate was sustained."""
    setup: dict[str, object] = {
        "stations": STATIONS,
        "number": NUMBER,
        "secret": secrets.token_hex(16),
        "seed": SEED,
    }
    print(f"seed {SEED}, {len(STATIONS)} agents, steps of {STEP_SECONDS:g} s after {WARM_UP_SECONDS:g} s")
    each = await memory(setup)
    async with processes(setup) as bench:
        steps = await find_limit(bench, rates, repeats)
    if not any(step.held for step in steps):
        print("no rate was sustained: the machine has other work, or is too small")
        print(json.dumps({"bench": "load", "calls_per_second": 0.0, "seed": SEED}))
        return 1
    core = [step.core_us for step in steps]
    came = [step.came for step in steps]
    cpu = [step.cpu_ms_per_call for step in steps]
    starved = sum(step.starved for step in steps)
    print(
        f"core {min(core):.1f}-{max(core):.1f} us an input, {min(cpu):.2f}-{max(cpu):.2f} ms of CPU a call, "
        f"calls {min(came):.1f}-{max(came):.1f} a second"
    )
    print(
        json.dumps(
            {
                "bench": "load",
                "calls_per_second": round(statistics.median(came), 1),
                "core_us_per_event": round(statistics.median(core), 1),
                "core_us_spread": [round(min(core), 1), round(max(core), 1)],
                "kib_per_live_call": round(each, 1),
                "cpu_ms_per_call": round(statistics.median(cpu), 3),
                "calls_per_cpu_second": round(1000 / statistics.median(cpu)),
                "sustained_runs": f"{sum(step.held for step in steps)}/{len(steps)}",
                "starved_runs": f"{starved}/{len(steps)}",
                "seed": SEED,
            }
        )
    )
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0 when figures came out."""
    parser = argparse.ArgumentParser(prog="bench load", description=__doc__)
    parser.add_argument("--rates", type=float, nargs="+", default=list(RATES), help="calls a second, rising")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="at the highest sustained rate")
    asked = parser.parse_args(argv)
    return asyncio.run(run(asked.rates, asked.repeats))


if __name__ == "__main__":
    sys.exit(main())
