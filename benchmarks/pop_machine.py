"""What the machine did while ``pop`` measured: idle and stolen time of its processors, and who took how much
of a core. Callers, phones, browsers and the product share a few cores here; where none of them was idle, a
late card says how much all of it together costs, not how soon the product is.

Read from ``/proc`` every ``PERIOD`` seconds, in ticks of a hundredth; nothing of a call is left out for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PERIOD = 0.1
_BUSY = 0.05
"""Share of the processors' time that is idle, below which they count as full."""
_SPAN = 0.3
"""Least seconds to judge by: ticks are coarse."""
_IDLE, _STOLEN = slice(3, 5), 7  # idle and iowait; see proc(5)
_PARTS = (
    ("callcenter.cli.main", "server"),
    ("pop_screens", "clients_without_page"),
    ("asterisk", "asterisk"),
    ("postgres", "database"),
    ("chrom", "browser"),
    ("playwright", "browser_driver"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """Ticks of all processors together since the machine's start, at ``time.monotonic()``."""

    at: float
    whole: int
    idle: int
    stolen: int


@dataclass(slots=True)
class Machine:
    samples: list[Sample] = field(default_factory=list)

    def idle(self, since: float, until: float) -> float:
        """The share that was idle; over ``_SPAN`` seconds at least, and 1 when nothing was sampled."""
        first, last = self._around(since, max(until, since + _SPAN))
        return (last.idle - first.idle) / (last.whole - first.whole) if last.whole > first.whole else 1.0

    def full(self, since: float, until: float) -> bool:
        """Whether some ``_SPAN`` in this time had no processor to spare."""
        among = slice(*(bisect_right(self.samples, at, key=lambda one: one.at) for at in (since, until)))
        starts = [since, *(one.at for one in self.samples[among])]
        return any(self.idle(start, start + _SPAN) < _BUSY for start in starts)

    def stolen_ms(self, since: float, until: float) -> int:
        """Milliseconds in which the host gave a processor to others."""
        first, last = self._around(since, until)
        return (last.stolen - first.stolen) * 10

    def _around(self, since: float, until: float) -> tuple[Sample, Sample]:
        if not self.samples:
            nothing = Sample(0.0, 0, 0, 0)
            return nothing, nothing
        before = bisect_right(self.samples, since, key=lambda one: one.at) - 1
        after = bisect_left(self.samples, until, key=lambda one: one.at)
        return self.samples[max(0, before)], self.samples[min(after, len(self.samples) - 1)]


@contextlib.asynccontextmanager
async def watched() -> AsyncIterator[Machine]:
    """Samples while the block runs."""
    machine = Machine([_sample()])

    async def watch() -> None:
        while True:
            await asyncio.sleep(PERIOD)
            machine.samples.append(_sample())

    watching = asyncio.create_task(watch(), name="machine")
    try:
        yield machine
    finally:
        watching.cancel()
        machine.samples.append(_sample())


def _sample() -> Sample:
    ticks = [int(one) for one in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return Sample(time.monotonic(), sum(ticks), sum(ticks[_IDLE]), ticks[_STOLEN])


def ticks_of_parts() -> Mapping[str, int]:
    """Ticks that each part of the benchmark took so far, by name."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)], ticks[int(entry.name)] = int(stat[1]), int(stat[11]) + int(stat[12])
    taken: Counter[str] = Counter()
    for pid in ticks:
        if _descends(pid, parents):
            with contextlib.suppress(OSError):
                taken[_part(pid, Path(f"/proc/{pid}/cmdline").read_text())] += ticks[pid]
    return taken


def _descends(pid: int, parents: Mapping[int, int]) -> bool:
    while pid > 1:
        if pid == os.getpid():
            return True
        pid = parents.get(pid, 0)
    return False


def _part(pid: int, command: str) -> str:
    if pid == os.getpid():
        return "callers_and_phones"
    return next((name for word, name in _PARTS if word in command), "other")


def shares(before: Mapping[str, int], after: Mapping[str, int], seconds: float) -> dict[str, float]:
    """Of one core, by part; those of a hundredth at least."""
    taken = {name: (after[name] - before.get(name, 0)) / 100 / seconds for name in after}
    ordered: Sequence[tuple[str, float]] = sorted(taken.items(), key=lambda one: -one[1])
    return {name: round(share, 2) for name, share in ordered if share >= 0.01}
