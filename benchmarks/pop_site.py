"""The product beside the benchmark: ``callcenter serve`` as it runs in production, and who looks at its
cards: real pages in one Chromium, and clients that acknowledge."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from benchmarks.ring_product import end
from benchmarks.ring_rig import PRODUCT
from callcenter.clock import SystemClock
from callcenter.crm.demo import seed_clients
from callcenter.storage.database import Database
from tests.integration.house import BOSS, enter, line, node, operator
from tests.support.asterisk import BROWSER_STATIONS, AsteriskServer
from tests.support.browser import Desk
from tests.support.server import ApiClient, Screen, ServerProcess, SiteSeed

CLIENTS = 400
QUEUE = "pop"

# When the name on each call's card was presented, as the browser itself tells it (Element Timing; in steps of
# 4 ms): not what the console says of it, which may be wrong.
_CARDS = """
window.__cards = {};
new PerformanceObserver((list) => {
  for (const { identifier, renderTime } of list.getEntries()) {
    const [what, call] = identifier.split("/");
    if (what === "card") window.__cards[call] ??= renderTime;
  }
}).observe({ type: "element" });

// When each call's offer reached the page: what is before is the server's, what follows the browser's.
window.__offers = {};
window.WebSocket = class extends window.WebSocket {
  constructor(...where) {
    super(...where);
    this.addEventListener("message", ({ data }) => {
      const at = performance.now();
      if (typeof data !== "string" || !data.includes('"offered"')) return;
      for (const { key, entity } of JSON.parse(data).changes ?? []) {
        if (key.startsWith("agent/") && entity?.state === "offered") window.__offers[entity.call] ??= at;
      }
    });
  }
};
"""
_LOOKS = 30


def numbers() -> tuple[str, ...]:
    """Who calls: four of five are clients with a card, the fifth is not known."""
    return tuple(f"+7916{1_000_000 + number}" for number in range(CLIENTS * 5 // 4))


@dataclass(slots=True)
class Page:
    """A real page. ``offset`` added to its seconds gives ``time.monotonic()``, within ``error`` seconds."""

    desk: Desk
    offset: float = 0.0
    error: float = float("inf")

    async def set_clock(self) -> None:
        """Ask the page for its time, and keep the quickest answer."""
        for _ in range(_LOOKS):
            before = time.monotonic()
            said = float(await self.desk.page.evaluate("performance.now()")) / 1000
            after = time.monotonic()
            if (after - before) / 2 < self.error:
                self.offset, self.error = (before + after) / 2 - said, (after - before) / 2

    async def painted(self) -> dict[str, float]:
        return await self._seen("window.__cards")

    async def offered(self) -> dict[str, float]:
        return await self._seen("window.__offers")

    async def _seen(self, expression: str) -> dict[str, float]:
        found: dict[str, float | None] = await self.desk.page.evaluate(expression)
        return {call: at / 1000 + self.offset for call, at in found.items() if at is not None}


@dataclass(slots=True)
class Site:
    """Agents ``pages`` sit at real pages, ``screens`` acknowledge."""

    server: ServerProcess
    boss: ApiClient
    floor: Screen
    pages: list[Page]
    process: Process
    screens: tuple[str, ...]
    ready: set[str] = field(default_factory=set)

    async def set_ready(self, stations: Sequence[str]) -> None:
        """These agents take calls from now on, and the others none."""
        for station in sorted(self.ready - set(stations)):
            await self.boss.set_state("offline", agent=login_of(station))
        for station in stations:
            if station not in self.ready:
                await self.boss.set_state("ready", agent=login_of(station))
            await self.floor.wait_agent(login_of(station), "ready", seconds=30)
        self.ready = set(stations)

    async def painted(self) -> dict[str, float]:
        """When each call's card was on a real page, ``time.monotonic()``."""
        found: dict[str, float] = {}
        for page in self.pages:
            found |= await page.painted()
        return found

    async def offered(self) -> dict[str, float]:
        """When each call's offer reached a real page, ``time.monotonic()``."""
        found: dict[str, float] = {}
        for page in self.pages:
            found |= await page.offered()
        return found

    async def acknowledged(self) -> dict[str, float]:
        """When the first card of each call was acknowledged by a client without a page."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"\n")
        said: dict[str, float] = json.loads(await self.process.stdout.readline())
        first: dict[str, float] = {}
        for offer, at in sorted(said.items(), key=lambda one: one[1]):
            first.setdefault(offer.rpartition("/")[0], at)
        return first

    async def gates(self) -> dict[str, int]:
        """How the waits for cards ended so far, by outcome: painted, timeout, no_browser."""
        found = await self.server.metrics()
        start = "callcenter_pop_gate_total{"
        return {name.split('"')[1]: round(value) for name, value in found.items() if name.startswith(start)}


def login_of(station: str) -> str:
    return f"agent-{station}"


@contextlib.asynccontextmanager
async def opened(
    asterisk: AsteriskServer,
    folder: Path,
    url: str,
    browser: Browser,
    at_pages: Sequence[str],
    at_screens: Sequence[str],
) -> AsyncIterator[Site]:
    """``url`` is of a migrated, empty database. Everyone is signed in and nobody ready."""
    stations = (*at_pages, *at_screens)
    people = [BOSS, *(operator(login_of(station), station, QUEUE) for station in stations)]
    await enter(url, SiteSeed([line(QUEUE, PRODUCT)], people))
    database = Database(url)
    await seed_clients(database, SystemClock(), {"clients": _clients()}, "RU")
    await database.close()
    settings = {"ASTERISK_BROWSER_STATIONS": BROWSER_STATIONS, "LOG_LEVEL": "warning"}
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(node(asterisk, folder, url, settings))
        boss = await stack.enter_async_context(ApiClient(server.base, BOSS.login))
        floor = await stack.enter_async_context(boss.screen())
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.pop_screens"), stdin=PIPE, stdout=PIPE, limit=2**24
        )
        stack.push_async_callback(end, process)
        logins = [login_of(station) for station in at_screens]
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"base": server.base, "logins": logins}).encode() + b"\n")
        await process.stdout.readline()
        pages: list[Page] = []
        for station in at_pages:
            desk = await Desk.open(browser, server.base, watch=_CARDS)
            await desk.sign_in(login_of(station))
            page = Page(desk)
            await page.set_clock()
            pages.append(page)
        yield Site(server, boss, floor, pages, process, tuple(at_screens))


def _clients() -> list[dict[str, Any]]:
    clients = []
    for place, number in enumerate(numbers()):
        if place % 5 == 4:
            continue
        deals = [
            {"title": f"Order {n}", "stage": "offer", "amount": 1000.0 * n, "days": n}
            for n in range(1, place % 4)
        ]
        tickets = [{"title": "Does not start", "status": "open", "priority": "high", "days": 1}]
        clients.append(
            {
                "name": f"Client {place}",
                "company": "North Wind",
                "rank": "vip" if place % 10 == 0 else "regular",
                "since_days": 30 + place,
                "phones": [{"number": number}],
                "deals": deals,
                "tickets": tickets if place % 3 == 0 else [],
                "tasks": [{"title": "Send the estimate", "due_days": 1}] if place % 2 else [],
            }
        )
    return clients
