"""``./dev bench ring``: how soon a phone rings, ours against app_queue on the same Asterisk in the same run.

- idle: agents are idle and a caller arrives; from the caller's INVITE to the phone's.
- waiting: callers wait and an agent hangs up; from his BYE to the next INVITE at his phone (no wrap-up).
- gated: idle, with browsers that acknowledge the card before the phone may ring.

The sides are measured in turn, the first of them changing with each repeat; app_queue without any manager
connected. Progress goes to standard error; the last line on standard output is JSON, times in milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.ring_product import Product
from benchmarks.ring_rig import PRODUCT, REFERENCE, Rig
from tests.support.asterisk_tree import TreeUnavailableError, ensure_tree


@dataclass(slots=True)
class Samples:
    """Seconds, one list a repeat."""

    ours: list[list[float]] = field(default_factory=list)
    app_queue: list[list[float]] = field(default_factory=list)

    def ratios(self) -> list[float]:
        """Ours over app_queue at the median, one a repeat."""
        return [
            statistics.median(ours) / statistics.median(reference)
            for ours, reference in zip(self.ours, self.app_queue, strict=True)
        ]

    def at(self, percent: int) -> dict[str, float]:
        """Milliseconds at this percentile, over all repeats."""
        return {"ours": _at(self.ours, percent), "app_queue": _at(self.app_queue, percent)}

    def ratio(self) -> float:
        """Ours over app_queue at the median, over all repeats."""
        return statistics.median(_all(self.ours)) / statistics.median(_all(self.app_queue))


@dataclass(slots=True)
class Results:
    idle: Samples = field(default_factory=Samples)
    waiting: Samples = field(default_factory=Samples)
    gated: list[list[float]] = field(default_factory=list)
    painted: int = 0
    """How many of the gated calls rang because the card was painted, and not because time was up."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./dev bench ring", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--repeats", type=int, default=4, help="times each side is measured (default 4)")
    parser.add_argument("--idle", type=int, default=80, help="idle calls a side and repeat (default 80)")
    parser.add_argument(
        "--waiting", type=int, default=24, help="waiting calls a side and repeat (default 24)"
    )
    parser.add_argument("--gated", type=int, default=40, help="calls with a card a repeat (default 40)")
    parser.add_argument("--seed", type=int, default=1, help="of the pauses and talk times (default 1)")
    options = parser.parse_args(argv)
    for name in ("repeats", "idle", "waiting", "gated"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be 1 or more")
    _say(f"{options.repeats} repeats, seed {options.seed}")
    began = time.monotonic()
    try:
        results = asyncio.run(_measure(options))
    except TreeUnavailableError as error:
        _say(f"no Asterisk 22: {error}")
        return 1
    except asyncio.CancelledError:
        _say("ended by SIGTERM")
        return 128 + signal.SIGTERM
    _report(results, options, time.monotonic() - began)
    return 0


async def _measure(options: argparse.Namespace) -> Results:
    results = Results()
    measuring = asyncio.current_task()
    assert measuring is not None
    # As with Ctrl-C, what was started is ended.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, measuring.cancel)
    directory = Path(tempfile.mkdtemp(prefix="cc-ring-"))
    try:
        await _measure_in(directory, results, options)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return results


async def _measure_in(directory: Path, results: Results, options: argparse.Namespace) -> None:
    async with Rig(await asyncio.to_thread(ensure_tree)) as rig:
        for repeat in range(options.repeats):
            # The first of the two changes with each repeat, so that a machine that grows busier harms both.
            if repeat % 2:
                await _ours(rig, directory, results, options, repeat)
            await _reference(rig, results, options, repeat)
            if repeat % 2 == 0:
                await _ours(rig, directory, results, options, repeat)
            _say(
                f"repeat {repeat + 1}: idle ratio {results.idle.ratios()[-1]:.3f},"
                f" waiting ratio {results.waiting.ratios()[-1]:.4f},"
                f" gated p50 {1000 * statistics.median(results.gated[-1]):.2f} ms"
            )


async def _reference(rig: Rig, results: Results, options: argparse.Namespace, repeat: int) -> None:
    chance = random.Random(f"{options.seed}/{repeat}")
    results.idle.app_queue.append(await rig.idle(REFERENCE, options.idle, chance))
    results.waiting.app_queue.append(await rig.waiting(REFERENCE, options.waiting, chance))


async def _ours(
    rig: Rig, directory: Path, results: Results, options: argparse.Namespace, repeat: int
) -> None:
    chance = random.Random(f"{options.seed}/{repeat}")
    own = directory / str(repeat)
    own.mkdir()
    async with Product(rig.asterisk, own) as product:
        results.idle.ours.append(await rig.idle(PRODUCT, options.idle, chance))
        results.waiting.ours.append(await rig.waiting(PRODUCT, options.waiting, chance))
        await product.open_browsers()
        results.gated.append(await rig.idle(PRODUCT, options.gated, chance))
        results.painted += (await product.gates()).get("painted", 0)


def _report(results: Results, options: argparse.Namespace, seconds: float) -> None:
    for name, samples in (("idle", results.idle), ("waiting", results.waiting)):
        p50, p95, ratios = samples.at(50), samples.at(95), samples.ratios()
        count = len(_all(samples.ours)), len(_all(samples.app_queue))
        print(
            f"{name:8} ours p50 {p50['ours']} p95 {p95['ours']} ms ({count[0]} calls),"
            f" app_queue p50 {p50['app_queue']} p95 {p95['app_queue']} ms ({count[1]});"
            f" ratio of p50 {samples.ratio():.4f}, repeats {min(ratios):.4f} to {max(ratios):.4f}"
        )
    medians = [1000 * statistics.median(one) for one in results.gated]
    print(
        f"gated    ours p50 {_at(results.gated, 50)} p95 {_at(results.gated, 95)} ms"
        f" ({len(_all(results.gated))} calls, {results.painted} by the card);"
        f" repeats' p50 {min(medians):.2f} to {max(medians):.2f}"
    )
    figures = {
        "bench": "ring",
        "idle_ratio_p50": round(results.idle.ratio(), 3),
        "idle_ratio_spread": _spread(results.idle.ratios()),
        "waiting_ratio_p50": round(results.waiting.ratio(), 4),
        "waiting_ratio_spread": _spread(results.waiting.ratios()),
        "idle_ms_p50": results.idle.at(50),
        "idle_ms_p95": results.idle.at(95),
        "waiting_ms_p50": results.waiting.at(50),
        "waiting_ms_p95": results.waiting.at(95),
        "gated_idle_ms_p50": _at(results.gated, 50),
        "gated_idle_ms_p95": _at(results.gated, 95),
        "samples": {
            "idle": len(_all(results.idle.ours)),
            "waiting": len(_all(results.waiting.ours)),
            "gated": len(_all(results.gated)),
        },
        "gated_painted": results.painted,
        "repeats": options.repeats,
        "seed": options.seed,
        "seconds": round(seconds, 1),
    }
    print(json.dumps(figures))


def _all(repeats: list[list[float]]) -> list[float]:
    return [one for repeat in repeats for one in repeat]


def _at(repeats: list[list[float]], percent: int) -> float:
    """Milliseconds at this percentile (nearest rank)."""
    ordered = sorted(_all(repeats))
    return round(1000 * ordered[max(0, -(-len(ordered) * percent // 100) - 1)], 2)


def _spread(ratios: list[float]) -> list[float]:
    return [round(min(ratios), 4), round(max(ratios), 4)]


def _say(text: str) -> None:
    print(f"ring: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
