"""Coming back in a real browser: a cut link, sleep, a dead socket, a restarted server, a newer console in
mid-call, and a page that dies with a note half written."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.browser.office import KNOWN, MS, Office
from tests.browser.test_console_people import look_in_every_scheme

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

KNOWN_NUMBER = "+79161110001"
NEWER = "another build"


async def test_a_cut_link_is_told_in_one_line(office: Office) -> None:
    async with office.tab("gleb") as tab:
        await office.proxy.cut()
        await tab.at("banner-reconnecting").wait_for()
        office.proxy.heal()
        back = tab.at("banner-back")
        await back.wait_for()
        await expect(back).to_have_attribute("data-cause", "cut")
        await expect(back).to_contain_text("is restored")
        await expect(tab.page.locator(".banner")).to_have_count(1)
        await look_in_every_scheme(tab, "back again")
        await back.get_by_role("button").click()
        await expect(back).to_have_count(0)


async def test_sleep_and_wake(office: Office) -> None:
    async with office.tab() as tab:
        await tab.page.clock.install()
        await tab.page.reload()
        await tab.sign_in("gleb")
        await tab.page.clock.fast_forward(12 * 60 * 1000)
        await tab.says("banner-back", "This computer slept: you were away 12 minutes.")
        await tab.is_live()


async def test_a_socket_that_died_in_sleep_is_noticed_and_replaced(office: Office) -> None:
    """The link stays open and carries nothing, as after a sleep behind a router that forgot it: no close ever
    comes, and only the page itself can find out."""
    async with office.tab() as tab:
        await tab.page.clock.install()
        await tab.page.reload()
        await tab.sign_in("gleb")
        sockets: list[str] = []
        tab.page.on("websocket", lambda socket: sockets.append(socket.url))
        office.proxy.stall()
        try:
            await tab.page.clock.fast_forward(12 * 60 * 1000)
            # It asked at once on waking, and heard nothing for as long as an answer may take.
            await tab.page.clock.run_for(5_000)
            await tab.at("banner-reconnecting").wait_for()
            assert await tab.page.evaluate("navigator.onLine")
        finally:
            office.proxy.heal()
        back = tab.at("banner-back")
        await back.wait_for()
        await expect(back).to_have_attribute("data-cause", "sleep")
        await expect(tab.page.locator(".banner")).to_have_count(1)
        assert sockets, "it went on with the dead socket"
        # What is on the screen is the server's again, and is obeyed.
        await tab.page.keyboard.press("r")
        await tab.is_in("ready")
        await tab.page.keyboard.press("o")
        await tab.is_in("offline")


async def test_a_restarted_server_is_told_in_one_line(office: Office) -> None:
    async with office.tab("gleb") as tab:
        await office.server.kill()
        await tab.at("banner-reconnecting").wait_for()
        await office.server.start()
        back = tab.at("banner-back")
        await back.wait_for(timeout=3 * MS)
        await expect(back).to_have_attribute("data-cause", "restart")
        await expect(tab.page.locator(".banner")).to_have_count(1)


async def test_a_newer_console_comes_in_mid_call(office: Office) -> None:
    """A redeploy: the server goes, and what comes back gives out another console. The conversation, its card
    and the note are there again after the one press, and one line tells what happened."""
    async with office.tab() as tab:
        newer = await _redeployed(tab.page)
        await tab.page.reload()
        await tab.sign_in("egor")
        await tab.page.keyboard.press("r")
        await tab.is_in("ready")
        caller = office.call("egor", KNOWN_NUMBER)
        await tab.talks("egor")
        await tab.page.keyboard.press("n")
        await tab.page.keyboard.type("He asks about the")
        newer.set()
        await office.server.kill()
        await tab.at("banner-reconnecting").wait_for()
        await tab.page.keyboard.type(" balcony")
        await office.server.start()
        await tab.at("banner-new-build").wait_for(timeout=3 * MS)
        await tab.is_live()
        # Nothing is taken away from who types: the page is renewed when he says so.
        await tab.says("banner-new-build", "The server was restarted")
        await expect(tab.page.locator(".banner")).to_have_count(1)
        await expect(tab.at("note")).to_have_value("He asks about the balcony")
        await expect(tab.at("hang-up")).to_be_enabled(timeout=MS)
        await look_in_every_scheme(tab, "a newer console")
        newer.clear()
        await tab.at("renew").focus()
        await tab.page.keyboard.press("Enter")
        await tab.says("banner-renewed", "The console is renewed.")
        await expect(tab.page.locator(".banner")).to_have_count(1)
        await tab.is_in("talking")
        await tab.says("card-name", str(KNOWN["name"]))
        await expect(tab.at("note")).to_have_value("He asks about the balcony", timeout=MS)
        office.pbx.hang_up(caller)
        await tab.at("wrapup-panel").wait_for()
        await tab.page.keyboard.press("Alt+1")
        await tab.page.keyboard.press("Control+Enter")
        await tab.is_in("ready")
        await tab.page.keyboard.press("o")


async def test_a_note_outlives_a_page_that_dies_right_after_a_key(office: Office) -> None:
    async with office.tab("kira", ready=True) as tab:
        caller = office.call("kira", KNOWN_NUMBER)
        await tab.talks("kira")
        await tab.page.keyboard.press("n")
        await tab.page.keyboard.type("Wants a white")
        await expect(tab.at("note-state")).to_have_attribute("data-state", "saved", timeout=MS)
        await tab.page.keyboard.type(" door")
        await _crash(tab.page)
        # The same computer has it to the last letter.
        again = await tab.another()
        await again.is_live()
        await again.at("talk-panel").wait_for()
        await expect(again.at("note")).to_have_value("Wants a white door", timeout=MS)
        # Another one has what was saved: that this is all but the last 2 s is held by autosave.test.ts.
        await again.at("note").focus()
        await again.page.keyboard.press("End")
        await again.page.keyboard.type(", soon")
        await expect(again.at("note-state")).to_have_attribute("data-state", "saved", timeout=MS)
        await _crash(again.page)
        async with office.tab("kira") as other:
            await other.at("talk-panel").wait_for()
            await expect(other.at("note")).to_have_value("Wants a white door, soon", timeout=MS)
            office.pbx.hang_up(caller)
            await other.at("wrapup-panel").wait_for()
            await other.page.keyboard.press("Alt+1")
            await other.page.keyboard.press("Control+Enter")
            await expect(other.at("wrapup-panel")).to_have_count(0, timeout=MS)
            await expect(other.at("recent-row").first).to_contain_text("Wants a white door, soon", timeout=MS)
            await other.page.keyboard.press("o")
            await other.is_in("offline")


async def _redeployed(page: Page) -> asyncio.Event:
    """While the event is set, the server says of itself that it gives out another console."""
    newer = asyncio.Event()

    def link(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def told(message: str | bytes) -> None:
            heard: Any = json.loads(message)
            if heard["type"] == "welcome" and newer.is_set():
                heard["version"] = NEWER
                message = json.dumps(heard)
            socket.send(message)

        server.on_message(told)

    await page.route_web_socket("**/ws", link)
    await page.route(
        "**/build.json",
        lambda route: route.fulfill(json={"build": NEWER}) if newer.is_set() else route.continue_(),
    )
    return newer


async def _crash(page: Page) -> None:
    """The page's process dies: nothing of it runs any more, not even what a closed page may still do."""
    devtools = await page.context.new_cdp_session(page)
    async with page.expect_event("crash"):
        dying = asyncio.ensure_future(devtools.send("Page.crash"))
    dying.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await dying
