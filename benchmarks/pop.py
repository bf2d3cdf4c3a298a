"""``./dev bench pop``: is the client's card on the screen before the phone rings, and how soon.

From the caller's INVITE on the wire to the card painted in a real Chromium, and from there to the INVITE at
the agent's phone, at each rate of calls. Real Asterisk 22, ``callcenter serve`` on PostgreSQL as a process,
plain SIP phones that answer and hang up soon. One machine can't carry a browser for each of forty agents:
a few of them sit at real pages, and the others at clients that acknowledge a card once they have it. The
share of cards that were first is counted over both kinds, and over each; times to the paint and leads are
those of real pages only. A call whose card was never seen counts as one where the phone was first.

Each rate has several windows of Poisson arrivals. A page's first cards, for which the browser still has to
compile the console, come before them and are told apart (``first_cards``). Who took how much of a core is
told with each rate, and how many of the calls whose card was not first came while no processor was idle
(``pop_machine``); they count like the others. Progress goes to standard error; the last line on standard
output is JSON, times in milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.pop_machine import Machine, shares, ticks_of_parts, watched
from benchmarks.pop_rig import CallCenter, Rung
from benchmarks.pop_site import Site, numbers, opened
from callcenter.storage.database import Database
from callcenter.storage.schema import migrate
from tests.support.asterisk_tree import TreeUnavailableError, ensure_tree
from tests.support.browser import ROOT, chromium
from tests.support.databases import running_postgres

GOAL_MS = 100.0
_RATES = ((1.0, 4, 0, 15.0), (10.0, 4, 32, 20.0), (40.0, 2, 36, 15.0))
"""Calls a second, agents at real pages, agents who acknowledge, seconds of a window. An agent is busy for
half a second a call, and a call costs a page and Chromium more of a core than everything else: pages get
one or two calls a second in all, which is still far more than people take."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One call. ``painted_at`` is when its card was on a real page, or was acknowledged."""

    rung: Rung
    at_page: bool
    painted_at: float | None
    offered_at: float | None = None
    """When the offer reached a real page."""

    @property
    def card_first(self) -> bool:
        return self.painted_at is not None and self.painted_at <= self.rung.rung_at

    @property
    def lead(self) -> float | None:
        """Seconds from the card to the phone's INVITE, negative when the phone was first."""
        return None if self.painted_at is None else self.rung.rung_at - self.painted_at

    @property
    def to_paint(self) -> float | None:
        """Seconds from the caller's INVITE to the card."""
        return None if self.painted_at is None else self.painted_at - self.rung.arrived_at

    @property
    def to_page(self) -> float | None:
        """Seconds from the caller's INVITE to the offer at the page: the part that isn't the browser's."""
        return None if self.offered_at is None else self.offered_at - self.rung.arrived_at


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./dev bench pop", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--repeats", type=int, default=3, help="windows of each rate (default 3)")
    parser.add_argument("--seed", type=int, default=1, help="of the arrivals (default 1)")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--rates", type=float, nargs="*", help="only these of 1, 10 and 40")
    options = parser.parse_args(argv)
    if options.repeats < 1:
        parser.error("--repeats must be 1 or more")
    subprocess.run([sys.executable, str(ROOT / "build_hook.py")], cwd=ROOT, check=True, stdout=sys.stderr)
    began, load = time.monotonic(), os.getloadavg()[0]
    if load > (os.cpu_count() or 1) / 2:
        _say(f"the machine is busy with other things (load {load:.1f}): the figures will be of that")
    try:
        with _database(options.database) as (folder, url):
            figures = asyncio.run(_measure(folder, url, options))
    except TreeUnavailableError as error:
        _say(f"no Asterisk 22: {error}")
        return 1
    except asyncio.CancelledError:
        _say("ended by SIGTERM")
        return 128 + signal.SIGTERM
    seconds = round(time.monotonic() - began, 1)
    print(json.dumps({**figures, "seed": options.seed, "load_before": round(load, 1), "seconds": seconds}))
    return 0 if all(_good(rate) for rate in figures["rates"]) else 1


@contextlib.contextmanager
def _database(kind: str) -> Iterator[tuple[Path, str]]:
    """A folder to work in, and the URL of a migrated, empty database."""
    folder = Path(tempfile.mkdtemp(prefix="cc-pop-"))
    try:
        if kind == "postgresql":
            with running_postgres() as server:
                yield folder, server.migrated("pop")
        else:
            url = f"sqlite:///{folder}/pop.sqlite3"
            asyncio.run(_migrated(url))
            yield folder, url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _migrated(url: str) -> None:
    database = Database(url)
    await migrate(database)
    await database.close()


async def _measure(folder: Path, url: str, options: argparse.Namespace) -> dict[str, Any]:
    wanted = [rate for rate in _RATES if not options.rates or rate[0] in options.rates]
    most_pages, most = max(pages for _, pages, _, _ in wanted), max(screens for _, _, screens, _ in wanted)
    stations = tuple(f"a{1001 + number}" for number in range(most_pages + most))
    at_pages, at_screens = stations[:most_pages], stations[most_pages:]
    measuring = asyncio.current_task()
    assert measuring is not None
    # As with Ctrl-C, what was started is ended.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, measuring.cancel)
    tree = await asyncio.to_thread(ensure_tree)
    async with (
        CallCenter(tree, stations, numbers()) as rig,
        chromium() as browser,
        opened(rig.asterisk, folder, url, browser, at_pages, at_screens) as site,
        watched() as machine,
    ):
        worst = max(page.error for page in site.pages)
        _say(
            f"{options.database}, up to {most_pages} agents at real pages (clocks within {1000 * worst:.2f}"
            f" ms) and {most} who acknowledge; {options.repeats} windows a rate, seed {options.seed}"
        )
        await site.set_ready(at_pages)
        rung = await rig.window(1.0, 3.0 * most_pages, random.Random(f"{options.seed}/first"))
        first = await _seen(rung, site, at_pages)
        _say(f"first cards: {_line(first)}")
        rates = []
        for rate, pages, screens, seconds in wanted:
            windows = []
            await site.set_ready((*at_pages[:pages], *at_screens[:screens]))
            before = await site.gates()
            load: dict[str, float] = {}
            for repeat in range(options.repeats):
                chance = random.Random(f"{options.seed}/{rate}/{repeat}")
                taken, began = ticks_of_parts(), time.monotonic()
                rung = await rig.window(rate, seconds, chance)
                over = time.monotonic()
                cores = shares(taken, ticks_of_parts(), over - began)
                load |= {name: load.get(name, 0.0) + share / options.repeats for name, share in cores.items()}
                windows.append(await _seen(rung, site, at_pages))
                which = f"{rate:g} a second, {pages} pages, window {repeat + 1}"
                _say(f"{which}: {_line(windows[-1])}; {_busy(machine, windows[-1], began, over)}; {cores}")
            after = await site.gates()
            gates = {one: after[one] - before.get(one, 0) for one in after}
            agents = {"agents_at_pages": pages, "agents_acknowledging": screens}
            calls = [one for window in windows for one in window]
            late = [one for one in calls if not one.card_first]
            load_of = {
                "cores_taken": {name: round(share, 2) for name, share in load.items()},
                "not_first": len(late),
                "while_no_core_was_idle": _while_full(machine, calls),
                "not_first_while_no_core_was_idle": _while_full(machine, late),
            }
            rates.append({**_figures(rate, windows, agents, gates), **load_of})
    return {
        "bench": "pop",
        "database": options.database,
        "clock_error_ms": round(1000 * worst, 2),
        "repeats": options.repeats,
        "first_cards": {
            "calls": len(first),
            "card_first_share": _share(first),
            "arrival_to_paint_ms_p50": _at(_paints(first), 50),
            "arrival_to_paint_ms_p95": _at(_paints(first), 95),
        },
        "rates": rates,
    }


async def _seen(rung: Sequence[Rung], site: Site, at_pages: Sequence[str]) -> list[Seen]:
    painted, acknowledged, offered = await site.painted(), await site.acknowledged(), await site.offered()
    return [
        Seen(one, at_page, (painted if at_page else acknowledged).get(one.call), offered.get(one.call))
        for one in rung
        for at_page in [one.station in at_pages]
    ]


def _figures(
    rate: float, windows: Sequence[Sequence[Seen]], agents: dict[str, int], gates: dict[str, int]
) -> dict[str, Any]:
    calls = [one for window in windows for one in window]
    at_pages, others = [one for one in calls if one.at_page], [one for one in calls if not one.at_page]
    paints, leads = _paints(calls), _leads(calls)
    pages = [one.to_page for one in at_pages if one.to_page is not None]
    by_window = [_at(_paints(window), 95) for window in windows]
    return {
        "calls_per_second": rate,
        "card_first_share": _share(calls),
        "calls": len(calls),
        "page_calls": len(at_pages),
        "page_card_first_share": _share(at_pages),
        "acknowledged_calls": len(others),
        "acknowledged_card_first_share": _share(others) if others else None,
        **agents,
        "arrival_to_paint_ms_p50": _at(paints, 50),
        "arrival_to_paint_ms_p95": _at(paints, 95),
        "arrival_to_paint_ms_p99": _at(paints, 99),
        "arrival_to_paint_ms_p95_windows": [min(by_window), max(by_window)],
        "arrival_to_page_ms_p50": _at(pages, 50),
        "arrival_to_page_ms_p95": _at(pages, 95),
        "lead_ms_p50": _at(leads, 50),
        "lead_ms_p95": _at(leads, 95),
        "lead_ms_p99": _at(leads, 99),
        "lead_ms_least": round(1000 * min(leads), 2) if leads else None,
        "gates": gates,
    }


def _line(window: Sequence[Seen]) -> str:
    paints, leads = _paints(window), _leads(window)
    missed = sum(1 for one in window if not one.card_first)
    pages = [one.to_page for one in window if one.to_page is not None]
    return (
        f"{len(window)} calls, {len(paints)} on real pages, card not first in {missed};"
        f" to the page p50 {_at(pages, 50)} p95 {_at(pages, 95)} ms,"
        f" to the paint p50 {_at(paints, 50)} p95 {_at(paints, 95)} ms,"
        f" lead p50 {_at(leads, 50)} ms, least {_at(leads, 0)}"
    )


def _busy(machine: Machine, window: Sequence[Seen], began: float, over: float) -> str:
    late = [one for one in window if not one.card_first]
    idle = f"idle {100 * machine.idle(began, over):.0f} %, {machine.stolen_ms(began, over)} ms stolen"
    return f"{idle}, no core idle in {_while_full(machine, late)} of the {len(late)}"


def _while_full(machine: Machine, calls: Sequence[Seen]) -> int:
    """Of these calls, those in whose time no processor was idle."""
    return sum(1 for one in calls if machine.full(one.rung.arrived_at, one.rung.rung_at))


def _paints(calls: Sequence[Seen]) -> list[float]:
    return [one.to_paint for one in calls if one.at_page and one.to_paint is not None]


def _leads(calls: Sequence[Seen]) -> list[float]:
    return [one.lead for one in calls if one.at_page and one.lead is not None]


def _share(calls: Sequence[Seen]) -> float:
    return round(sum(1 for one in calls if one.card_first) / len(calls), 4) if calls else 0.0


def _at(seconds: Sequence[float], percent: int) -> float:
    """Milliseconds at this percentile (nearest rank)."""
    ordered = sorted(seconds)
    return round(1000 * ordered[max(0, -(-len(ordered) * percent // 100) - 1)], 2) if ordered else 0.0


def _good(rate: dict[str, Any]) -> bool:
    return bool(rate["card_first_share"] == 1.0 and rate["arrival_to_paint_ms_p95"] < GOAL_MS)


def _say(text: str) -> None:
    print(f"pop: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
