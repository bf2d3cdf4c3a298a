"""``./dev bench softphone``: from the answer key in the console to voice both ways, on a real Asterisk 22.

Calls come one after another to one operator in headless Chromium. His microphone says a steady tone, the
caller one steady value: a call has two-way audio when the browser played a sound out of this call's own
connection, and the caller was sent the tone, which neither music nor another call is. Fails when a call has
none, or when the 95th percentile is over ``LIMIT_MS``. The last line is JSON.
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
from tests.support.sipp_wire import Rtp

NUMBER = "88005559001"
LIMIT_MS = 1_000
"""What people take for "at once" after pressing a key ends here (Nielsen, Usability Engineering, 1993)."""
PATIENCE = 10.0
TONE_HZ = 1_000
PAGE = """
window.__peers = [];
const Real = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Real {
  constructor(...given) { super(...given); window.__peers.push(this); }
};
// The microphone is opened as ever, which takes its time; what it says is a tone.
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (asked) => {
  const opened = await open(asked);
  const context = new AudioContext();
  const tone = new OscillatorNode(context, { frequency: TONE_HZ });
  const out = context.createMediaStreamDestination();
  tone.connect(new GainNode(context, { gain: 0.5 })).connect(out);
  tone.start();
  const [track] = out.stream.getTracks();
  const stop = track.stop.bind(track);
  track.stop = () => { stop(); for (const one of opened.getTracks()) one.stop(); context.close(); };
  return out.stream;
};
// When the call that is answered next was first heard, in epoch ms: only a connection that is new counts.
window.__hears = async (patience) => {
  const before = window.__peers.length;
  const until = performance.now() + patience;
  while (performance.now() < until) {
    const peer = window.__peers[before];
    if (peer !== undefined) {
      for (const one of (await peer.getStats()).values()) {
        if (one.type === "inbound-rtp" && one.totalAudioEnergy > 1e-6) return Date.now();
      }
    }
    await new Promise((go) => setTimeout(go, 5));
  }
  return null;
};
""".replace("TONE_HZ", str(TONE_HZ))


def linear(byte: int) -> int:
    """A sample of mu-law (ITU-T G.711)."""
    value = ~byte
    magnitude = (((value & 0x0F) << 3) + 0x84 << ((value >> 4) & 7)) - 0x84
    return -magnitude if value & 0x80 else magnitude


LINEAR = tuple(linear(byte) for byte in range(256))


def is_tone(payload: bytes) -> bool:
    """Whether most of a frame's power is at the tone's pitch (Goertzel)."""
    samples = [LINEAR[byte] for byte in payload]
    power = sum(sample * sample for sample in samples)
    turn = 2 * math.cos(2 * math.pi * TONE_HZ / 8_000)
    one = two = 0.0
    for sample in samples:
        one, two = sample + turn * one - two, one
    at_pitch = (one * one + two * two - turn * one * two) * 2 / len(samples)
    return power > len(samples) * 1_000 and at_pitch > power / 2


async def hears_tone(rtp: Rtp) -> float:
    """When the first frame of the tone came, in ``time.monotonic()`` seconds."""
    looked = 0
    while True:
        for at in range(looked, len(rtp.payloads)):
            if is_tone(rtp.payloads[at]):
                return rtp.arrivals[at]
        looked = len(rtp.payloads)
        rtp.arrived.clear()
        await rtp.arrived.wait()


async def one_call(page: Page, caller: ScriptedCaller, at: int) -> float | None:
    """Seconds from the key to audio at both ends; ``None`` when it did not come within ``PATIENCE``."""
    call = await caller.call(NUMBER, caller=f"+7916555{at:04}")
    await page.locator("[data-testid=answer]:not([disabled])").wait_for()
    await page.evaluate("patience => { window.__heard = window.__hears(patience); }", PATIENCE * 1000)
    call.rtp.listen()
    wall, began = time.time(), time.monotonic()
    await page.keyboard.press("a")
    try:
        async with asyncio.timeout(PATIENCE):
            caller_heard = await hears_tone(call.rtp) - began
        browser_heard = await page.evaluate("window.__heard")
        took = None if browser_heard is None else max(caller_heard, browser_heard / 1000 - wall)
    except TimeoutError:
        took = None
    await page.get_by_test_id("talk-panel").wait_for()
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
                await desk.context.add_init_script(PAGE)
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
        "answer_to_audio_ms_p50": percentile(good, 0.5),
        "answer_to_audio_ms_p95": percentile(good, 0.95),
        "limit_ms": LIMIT_MS,
        "calls": calls,
        "calls_with_two_way_audio": len(good),
    }


def percentile(ordered: list[float], share: float) -> int | None:
    """In ms, ``None`` of nothing."""
    return round(ordered[math.ceil(share * len(ordered)) - 1] * 1000) if ordered else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20)
    given = parser.parse_args()
    subprocess.run([sys.executable, str(ROOT / "build_hook.py")], cwd=ROOT, check=True)
    result = asyncio.run(run(given.calls))
    sys.stdout.write(json.dumps(result) + "\n")
    if result["calls"] != result["calls_with_two_way_audio"]:
        sys.stderr.write("a call had no audio both ways\n")
        return 1
    p95 = result["answer_to_audio_ms_p95"]
    if not isinstance(p95, int) or p95 > LIMIT_MS:
        sys.stderr.write(f"from the answer to audio took over {LIMIT_MS} ms\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
