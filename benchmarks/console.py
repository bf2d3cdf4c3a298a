"""The operator's console in a real browser: what its first screen weighs, how soon it is painted, and whether
a day of calls in one tab leaves anything behind.

``first_screen_gzip_kb`` is everything that Chromium fetched from us until the desk of a signed-in operator
stood, gzipped; the API's answers are not counted. ``first_paint_ms`` is from the navigation to the desk
painted, with an empty cache, the median of several new profiles. ``heap_growth_kb_per_call`` is the slope of
what the page's own objects take, over the calls, each from the offer to the end of its wrap-up, after forced
collections, with its standard error; the first calls fill caches that are bounded and are left out. It fails
when it is more than twice its error, or more than a kilobyte.

The engine's heap also holds machine code and notes for making it (``code_kb_per_call``). It goes on compiling
for some hundreds of calls; that is bounded by the size of the console and no leak, but as large as a small
one in so few calls, so it is taken off: a heap snapshot tells it from strings, objects and closures.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import statistics
import sys
import tempfile
import urllib.request
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, CDPSession

from tests.browser.office import Office, Tab
from tests.support.browser import chromium
from tests.support.server import PASSWORD

ROOT = Path(__file__).resolve().parent.parent
OPERATOR = "anna"
WARM_UP = 100
GOAL_KB = 350.0
MOST_GROWTH_KB = 1.0
"""A call, whatever the noise: a busy week of calls then adds at most a megabyte to a tab. The most that noise
alone has made of a page that keeps nothing is half of it (``docs/benchmarks.md``)."""
_CALLS_A_WEEK = 1000
_PAINTED = """
new Promise(done => {
  const look = () => document.querySelector("[data-testid=idle-panel]")
    ? requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))) : setTimeout(look, 2);
  look();
})
"""


async def first_screens(office: Office, browser: Browser, repeats: int) -> dict[str, Any]:
    """Loads the desk in new profiles, signed in beforehand."""
    context = await browser.new_context(locale="en-GB")
    page = await context.new_page()
    await page.goto(office.base)
    await page.get_by_test_id("login").fill(OPERATOR)
    await page.get_by_test_id("password").fill(PASSWORD)
    await page.get_by_test_id("sign-in").click()
    await page.get_by_test_id("idle-panel").wait_for()
    state = await context.storage_state()
    await context.close()
    times: list[float] = []
    fetched: set[str] = set()
    for _ in range(repeats):
        context = await browser.new_context(locale="en-GB", storage_state=state)
        page = await context.new_page()
        page.on("request", lambda request: fetched.add(request.url))
        await page.goto(office.base, wait_until="commit")
        times.append(float(await page.evaluate(_PAINTED)))
        await page.wait_for_load_state("networkidle")
        await context.close()
    files = sorted(url for url in fetched if url.startswith(office.base) and "/api/" not in url)
    bodies = await asyncio.to_thread(lambda: [urllib.request.urlopen(url).read() for url in files])
    sizes = [len(gzip.compress(body, 9)) for body in bodies]
    return {
        "first_screen_gzip_kb": round(sum(sizes) / 1024, 1),
        "first_paint_ms": round(statistics.median(times), 1),
        "first_paint_ms_min": round(min(times), 1),
        "first_paint_ms_max": round(max(times), 1),
        "first_paint_repeats": repeats,
        "files": len(sizes),
    }


async def one_call(office: Office, tab: Tab, number: int) -> None:
    """Offer, conversation, wrap-up with a note, ready again."""
    caller = office.call(OPERATOR, f"+7916200{number % 10_000:04}")
    await tab.page.locator("[data-testid=offer-panel][data-ringing=true]").wait_for()
    assert office.phone(OPERATOR).answer()
    await tab.at("talk-panel").wait_for()
    office.pbx.hang_up(caller)
    await tab.at("wrapup-panel").wait_for()
    await tab.page.keyboard.press("Alt+1")
    await tab.page.keyboard.press("Control+Enter")
    await tab.is_in("ready")


@dataclass(frozen=True, slots=True)
class Heap:
    """Kilobytes. ``objects`` is what the page made, ``code`` what the engine made of the page's scripts."""

    objects: float
    code: float


_CODE = {"code", "object shape"}
_NATIVE = {"native", "synthetic", "hidden"}
"""What Chromium keeps outside the engine's heap: the protocol's own records of requests are in it."""


async def look_at_heap(session: CDPSession) -> Heap:
    """A heap snapshot, which collects first, added up by kind."""
    chunks: list[str] = []

    def take(event: dict[str, str]) -> None:
        chunks.append(event["chunk"])

    session.on("HeapProfiler.addHeapSnapshotChunk", take)
    try:
        await session.send("HeapProfiler.collectGarbage")
        await session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    finally:
        session.remove_listener("HeapProfiler.addHeapSnapshotChunk", take)
    return await asyncio.to_thread(_add_up, "".join(chunks))


def _add_up(snapshot: str) -> Heap:
    document = json.loads(snapshot)
    meta, nodes = document["snapshot"]["meta"], document["nodes"]
    fields, kinds = meta["node_fields"], meta["node_types"][0]
    width, kind_at, size_at = len(fields), fields.index("type"), fields.index("self_size")
    sizes: dict[str, int] = defaultdict(int)
    for start in range(0, len(nodes), width):
        sizes[kinds[nodes[start + kind_at]]] += nodes[start + size_at]
    code = sum(size for kind, size in sizes.items() if kind in _CODE)
    return Heap((sum(sizes.values()) - code - sum(sizes[kind] for kind in _NATIVE)) / 1024, code / 1024)


def slope(points: list[tuple[int, float]]) -> tuple[float, float]:
    """Least squares: the slope and its standard error."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    width = sum((x - mean_x) ** 2 for x, _ in points)
    steepness = sum((x - mean_x) * (y - mean_y) for x, y in points) / width
    rest = sum((y - mean_y - steepness * (x - mean_x)) ** 2 for x, y in points)
    return steepness, (rest / (count - 2) / width) ** 0.5


async def heap_growth(office: Office, calls: int, every: int) -> dict[str, Any]:
    async with office.tab(OPERATOR, ready=True) as tab:
        session = await tab.context.new_cdp_session(tab.page)
        await session.send("HeapProfiler.enable")
        points: list[tuple[int, Heap]] = []
        for number in range(calls + 1):
            if number % every == 0:
                heap = await look_at_heap(session)
                points.append((number, heap))
                nodes = await session.send("Memory.getDOMCounters")
                print(
                    f"{number:5} calls: {heap.objects:9.1f} kB, and {heap.code:.1f} kB of code; "
                    f"{nodes['nodes']} nodes, {nodes['jsEventListeners']} listeners",
                    flush=True,
                )
            if number < calls:
                await one_call(office, tab, number)
        counted = [point for point in points if point[0] >= min(WARM_UP, calls // 4)]
        growth, error = slope([(number, heap.objects) for number, heap in counted])
        code, code_error = slope([(number, heap.code) for number, heap in counted])
        print(_verdict(growth, error, calls))
        return {
            "calls": calls,
            "heap_growth_kb_per_call": round(growth, 3),
            "heap_growth_error": round(error, 3),
            "heap_kb_first": round(counted[0][1].objects, 1),
            "heap_kb_last": round(counted[-1][1].objects, 1),
            "code_kb_per_call": round(code, 3),
            "code_error": round(code_error, 3),
            "code_kb_last": round(counted[-1][1].code, 1),
        }


def grows(growth: float, error: float) -> bool:
    """Beyond noise, or, in a run that is too noisy to tell, by more than a tab can bear."""
    return growth > 2 * error or growth > MOST_GROWTH_KB


def _verdict(growth: float, error: float, calls: int) -> str:
    if not grows(growth, error):
        return f"heap: no growth per call within noise ({growth:.3f} kB, error {error:.3f})"
    if growth <= 2 * error:
        return (
            f"heap: GROWS by {growth:.3f} kB a call, more than {MOST_GROWTH_KB} kB: within noise (error"
            f" {error:.3f}), but too much to pass. Run more calls, on a quieter machine."
        )
    week = growth * _CALLS_A_WEEK / 1024
    return (
        f"heap: GROWS by {growth:.3f} kB a call, {growth / error:.1f} times its error: something is kept for"
        f" each call, {growth * calls:.0f} kB in {calls}; a tab that is never reloaded gains {week:.1f} MB in"
        f" {_CALLS_A_WEEK} calls, a busy week. Compare two heap snapshots by constructor to find it."
    )


async def run(calls: int, every: int, repeats: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        async with chromium() as browser, Office.opened(Path(folder), browser) as office:
            screens = await first_screens(office, browser, repeats)
            print(json.dumps(screens), flush=True)
            return {**screens, **await heap_growth(office, calls, every)}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=500)
    options.add_argument("--every", type=int, default=25, help="calls between two looks at the heap")
    options.add_argument("--repeats", type=int, default=9)
    given = options.parse_args()
    found = asyncio.run(run(given.calls, given.every, given.repeats))
    growing = grows(found["heap_growth_kb_per_call"], found["heap_growth_error"])
    good = found["first_screen_gzip_kb"] <= GOAL_KB and not growing
    print(json.dumps({"bench": "console", **found}))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
