"""``./dev bench softphone``: from the answer key in the console to voice both ways, on a real Asterisk 22.

Calls come one after another to one operator in headless Chromium. A call has two-way audio when the browser
received packets and the caller heard what the microphone says. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.async_api import Page

from callcenter.storage.database import Database
from callcenter.storage.schema import migrate
from tests.integration.house import enter, line, node, operator
from tests.support.asterisk import BROWSER_STATIONS, AsteriskServer
from tests.support.asterisk_tree import ensure_tree
from tests.support.browser import ROOT, VOICE_FLAGS, Desk, chromium
from tests.support.server import SiteSeed
from tests.support.sipp import ScriptedCaller

NUMBER = "88005559001"
PEERS = """
window.__peers = [];
const Real = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Real {
  constructor(...given) { super(...given); window.__peers.push(this); }
};
"""
HEARS = """async () => {
  const stats = await window.__peers.at(-1)?.getStats() ?? new Map();
  return [...stats.values()].some((one) => one.type === "inbound-rtp" && one.packetsReceived > 0);
}"""


async def one_call(page: Page, caller: ScriptedCaller, at: int) -> float | None:
    """Seconds from the key to audio at both ends; ``None`` when it did not come within 10 s."""
    call = await caller.call(NUMBER, caller=f"+7916555{at:04}")
    await page.locator("[data-testid=answer]:not([disabled])").wait_for()
    call.rtp.listen()
    began = time.monotonic()
    await page.keyboard.press("a")
    try:
        async with asyncio.timeout(10):
            while not await page.evaluate(HEARS):
                await asyncio.sleep(0.005)
            browser_hears = time.monotonic()
            await page.get_by_test_id("talk-panel").wait_for()
            # Music stopped with the answer: what comes after the bridge is the microphone's.
            call.rtp.listen()
            await call.rtp.wait_heard_any(5)
        took: float | None = max(browser_hears, call.rtp.arrivals[0]) - began
    except TimeoutError:
        took = None
    call.hang_up()
    await page.get_by_test_id("talk-panel").wait_for(state="detached")
    return took


async def run(calls: int) -> dict[str, object]:
    asterisk = AsteriskServer(ensure_tree())
    await asyncio.to_thread(asterisk.start)
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            url = f"sqlite:///{folder}/bench.sqlite3"
            database = Database(url)
            await migrate(database)
            await database.close()
            await enter(url, SiteSeed([line("voice", NUMBER)], [operator("anna", "a2001", "voice")]))
            settings = {
                "ASTERISK_HTTP_PORT": asterisk.http_port,
                "ASTERISK_BROWSER_STATIONS": BROWSER_STATIONS,
            }
            async with node(asterisk, folder, url, settings) as server, chromium(*VOICE_FLAGS) as browser:
                desk = await Desk.open(browser, server.base)
                await desk.context.add_init_script(PEERS)
                await desk.page.reload()
                await desk.sign_in("anna")
                await desk.page.locator("[data-testid=phone-state][data-tone=good]").wait_for()
                await desk.page.keyboard.press("r")
                await desk.wait_state("ready")
                async with ScriptedCaller(asterisk) as caller:
                    took = [await one_call(desk.page, caller, at) for at in range(calls)]
                await desk.close()
    finally:
        await asyncio.to_thread(asterisk.stop)
        asterisk.remove()
    good = sorted(one for one in took if one is not None)
    return {
        "bench": "softphone",
        "answer_to_audio_ms_p95": round(good[math.ceil(0.95 * len(good)) - 1] * 1000) if good else None,
        "calls": calls,
        "calls_with_two_way_audio": len(good),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20)
    given = parser.parse_args()
    subprocess.run([sys.executable, str(ROOT / "build_hook.py")], cwd=ROOT, check=True)
    result = asyncio.run(run(given.calls))
    sys.stdout.write(json.dumps(result) + "\n")
    return 0 if result["calls"] == result["calls_with_two_way_audio"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
