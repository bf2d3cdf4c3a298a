"""Goes through the console's screens on the fake server, writes a picture of each, and runs axe-core on it.

    python agents_ui/dev/look.py OUT [--only NAME]

Ends with 1 when axe finds something serious, the page logs an error, or the content security policy was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import sys
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web
from playwright.async_api import Browser, Page, async_playwright

HERE = Path(__file__).parent
AXE = HERE.parent / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
SMALL, LARGE = (1366, 768), (1920, 1080)

spec = importlib.util.spec_from_file_location("fake_server", HERE / "fake_server.py")
assert spec is not None and spec.loader is not None
fake_server = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fake_server)

# name, who, scene, path, theme, language, size
SHOTS: list[tuple[str, str, str, str, str, str, tuple[int, int]]] = [
    ("sign-in", "", "ready", "/", "light", "ru", SMALL),
    ("sign-in-dark", "", "ready", "/", "dark", "en", SMALL),
    ("ready", "anna", "ready", "/", "light", "ru", SMALL),
    ("ready-empty", "anna", "ready", "/", "light", "en", SMALL),
    ("ready-dark", "anna", "ready", "/", "dark", "en", LARGE),
    ("paused", "anna", "paused:lunch", "/", "light", "ru", SMALL),
    ("rona", "anna", "paused:rona", "/", "dark", "ru", SMALL),
    ("offline", "anna", "offline", "/", "light", "en", SMALL),
    ("no-phone", "anna", "no_phone", "/", "light", "ru", SMALL),
    ("offered", "anna", "offered:known", "/", "light", "ru", SMALL),
    ("offered-dark", "anna", "ringing:known", "/", "dark", "en", LARGE),
    ("offered-several", "anna", "offered:several", "/", "light", "ru", SMALL),
    ("offered-unknown", "anna", "offered:unknown", "/", "dark", "ru", SMALL),
    ("offered-loading", "anna", "offered:", "/", "light", "en", SMALL),
    ("talking", "anna", "talking:known", "/", "light", "ru", SMALL),
    ("talking-dark", "anna", "talking:known", "/", "dark", "ru", SMALL),
    ("talking-plain", "anna", "leaving:plain", "/", "light", "en", SMALL),
    ("talking-several", "anna", "talking:several", "/", "dark", "en", SMALL),
    ("talking-unknown", "anna", "talking:unknown", "/", "light", "ru", SMALL),
    ("wrap-up", "anna", "wrap_up:known", "/", "light", "ru", SMALL),
    ("wrap-up-dark", "anna", "wrap_up:known", "/", "dark", "en", LARGE),
    ("floor", "sup", "floor", "/floor", "light", "ru", SMALL),
    ("floor-dark", "sup", "floor", "/floor", "dark", "en", LARGE),
    ("floor-down", "sup", "floor_down", "/floor", "light", "en", SMALL),
    ("floor-bare", "sup", "bare", "/floor", "light", "ru", SMALL),
    ("people", "admin", "ready", "/people", "light", "ru", SMALL),
    ("keys", "anna", "ready", "/", "light", "ru", SMALL),
    ("search", "anna", "ready", "/", "light", "ru", SMALL),
    ("client", "anna", "ready", "/", "light", "ru", SMALL),
    ("menu", "anna", "ready", "/", "light", "ru", SMALL),
    ("menu-talking", "anna", "talking:known", "/", "dark", "ru", SMALL),
    ("follower", "anna", "talking:known", "/", "light", "ru", SMALL),
    ("reconnecting", "anna", "talking:known", "/", "light", "ru", SMALL),
    ("browser-offline", "anna", "talking:known", "/", "dark", "en", SMALL),
    ("new-build", "anna", "ready", "/", "light", "en", SMALL),
    ("signed-out", "anna", "ready", "/", "light", "ru", SMALL),
    ("user-sheet", "admin", "ready", "/people", "dark", "ru", SMALL),
]


async def act(name: str, page: Page, control: Any) -> None:
    """What a screen needs beyond its scene."""
    match name:
        case "keys":
            await page.keyboard.press("?")
        case "search":
            await page.keyboard.press("/")
            await page.get_by_test_id("client-search").fill("лебед")
            await page.get_by_test_id("search-result").first.wait_for()
        case "client":
            await page.get_by_test_id("recent-row").first.click()
            await page.get_by_test_id("history-row").nth(1).wait_for()
            await page.wait_for_timeout(300)
        case "menu" | "menu-talking":
            await page.get_by_test_id("state-menu").click()
            await page.get_by_test_id("state-ready").wait_for()
        case "wrap-up" | "wrap-up-dark":
            await page.get_by_test_id("disposition-callback").click()
            if name == "wrap-up-dark":
                await page.get_by_test_id("note").fill("Перезвонить в среду, согласовать объём.")
        case "follower":
            await control("do", what="follow")
            await page.get_by_test_id("banner-follower").wait_for()
        case "reconnecting":
            await page.route("**/ws", lambda route: route.abort())
            await page.evaluate("() => { window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.({code: 1006}), 5) } send() {} close() {} } }")
            await control("do", what="drop")
            await page.get_by_test_id("banner-reconnecting").wait_for()
        case "browser-offline":
            await page.context.set_offline(True)
            await page.get_by_test_id("banner-offline").wait_for()
        case "new-build":
            await control("do", what="upgrade")
            await page.get_by_test_id("banner-new-build").wait_for()
        case "signed-out":
            await control("do", what="sign_out")
            await page.get_by_test_id("sign-in").wait_for()
        case "user-sheet":
            await page.get_by_test_id("new-user").click()
        case _:
            pass


async def look(browser: Browser, base: str, out: Path, shot: tuple[str, str, str, str, str, str, tuple[int, int]], axe: str) -> list[str]:
    name, who, scene, path, theme, language, (width, height) = shot
    said: list[str] = []
    async with ClientSession() as http:

        async def control(which: str, **body: Any) -> None:
            await (await http.post(f"{base}/fake/{which}", json=body)).read()

        context = await browser.new_context(viewport={"width": width, "height": height}, bypass_csp=False, locale="ru-RU", reduced_motion="reduce")
        await context.add_init_script(f"if (!localStorage.getItem('cc.theme')) {{ localStorage.setItem('cc.theme', '{theme}'); localStorage.setItem('cc.language', '{language}') }}")
        page = await context.new_page()
        page.on("console", lambda message: said.append(f"console: {message.text}") if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(f"page error: {error}"))
        await control("do", what="lead")
        await control("do", what="empty", on=name.endswith("-empty"))
        await control("scene", name=scene)
        await page.goto(base + path)
        await page.get_by_test_id("sign-in").wait_for()
        if who:
            await page.get_by_test_id("login").fill(who)
            await page.get_by_test_id("password").fill("secret")
            await page.get_by_test_id("sign-in").click()
            await page.locator("[data-testid=connection-state][data-link=live]").wait_for()
            await page.get_by_test_id(f"language-{language}").click()
            await page.wait_for_timeout(400)
        await act(name, page, control)
        await page.wait_for_timeout(250)
        await page.screenshot(path=out / f"{name}.png")
        overflow = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if overflow:
            said.append("scrolls sideways")
        await page.evaluate(axe)
        found = await page.evaluate("axe.run(document, {runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']})")
        for violation in found["violations"]:
            nodes = "; ".join(f"{node['target']} {node['any'][0]['message'] if node['any'] else ''}" for node in violation["nodes"][:4])
            said.append(f"axe {violation['impact']} {violation['id']}: {nodes}")
        await context.close()
    return said


async def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    bad = 0
    axe = AXE.read_text()
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for shot in SHOTS:
            if given.only and not shot[0].startswith(given.only):
                continue
            runner = web.AppRunner(fake_server.make_app(HERE.parents[1] / "callcenter" / "web" / "static"), shutdown_timeout=0.2)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            base = f"http://localhost:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
            try:
                said = await look(browser, base, given.out, shot, axe)
            except Exception as error:
                said = [f"failed: {error}"]
            await runner.cleanup()
            print(shot[0], "ok" if not said else "")
            for line in said:
                print("   ", line[:700])
                expected = "401 (Unauthorized)" in line or "ERR_INTERNET" in line or "net::ERR" in line
                bad += not expected and ("serious" in line or "critical" in line or not line.startswith("axe"))
        await browser.close()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
