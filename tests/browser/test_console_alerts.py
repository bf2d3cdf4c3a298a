"""The console calls its operator from behind other windows, once he was asked whether it may."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.office import MS, Office, Tab
from tests.browser.test_console_people import look_in_every_scheme

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CALLS_OF_A_HIDDEN_TAB = """
window.__notified = [];
document.hasFocus = () => false;
window.Notification = class {
  static permission = "granted";
  static requestPermission() { return Promise.resolve("granted"); }
  constructor(title, options) { window.__notified.push(`${title} | ${options.body}`); }
  close() {}
};
localStorage.setItem("cc.notify", "on");
"""


async def test_the_console_calls_from_behind_other_windows(office: Office) -> None:
    async with office.tab() as tab, office.login("vera") as vera:
        await tab.context.add_init_script(CALLS_OF_A_HIDDEN_TAB)
        await tab.page.reload()
        await tab.sign_in("egor")
        await tab.page.keyboard.press("r")
        await tab.is_in("ready")
        secret = {"id": "m-0000001", "text": "a secret of the firm"}
        await vera.call("POST", "/api/v1/chat/direct:egor:vera/messages", secret)
        await _notified(tab, 1)
        caller = office.call("egor", "+79161110001")
        said = await _notified(tab, 2)
        # Who passes by may read a notification: who wrote, and not what.
        assert said[0] == "Message from Vera | Open the console to read it."
        assert said[1].startswith("Incoming call")
        office.pbx.hang_up(caller)
        await tab.is_in("ready")
        await tab.page.keyboard.press("o")


async def _notified(tab: Tab, count: int) -> list[str]:
    """What was notified of, once it is so many. The page's policy forbids Playwright's own waiting."""
    async with asyncio.timeout(MS / 1000):
        while len(said := await tab.page.evaluate("window.__notified")) < count:
            await asyncio.sleep(0.02)
    return list(said)


A_BROWSER_THAT_ASKS = """
window.__asked = 0;
window.__notified = [];
window.Notification = class {
  static get permission() { return sessionStorage.getItem("permission") ?? "default"; }
  static requestPermission() {
    window.__asked += 1;
    sessionStorage.setItem("permission", ANSWER);
    return Promise.resolve(ANSWER);
  }
  constructor(title) { window.__notified.push(title); }
  close() {}
};
document.hasFocus = () => false;
"""


@pytest.mark.parametrize("answer", ["denied", "granted", "dismissed"])
async def test_asked_once_and_calmly(office: Office, answer: str) -> None:
    """The console asks in a quiet line, the browser only after a press; whatever is answered, neither asks
    again, and only a yes is followed by notifications."""
    async with office.tab() as tab, office.login("gleb") as gleb:
        # Who closes the browser's question has not answered it: the browser itself may be asked again.
        given = "default" if answer == "dismissed" else answer
        await tab.context.add_init_script(A_BROWSER_THAT_ASKS.replace("ANSWER", f'"{given}"'))
        await tab.page.reload()
        await tab.sign_in("vera")
        ask = tab.at("ask-to-notify")
        await ask.wait_for()
        assert await tab.page.evaluate("window.__asked") == 0
        await look_in_every_scheme(tab, "the question")
        await ask.get_by_role("button", name="Turn on").focus()
        await tab.page.keyboard.press("Enter")
        await expect(ask).to_have_count(0)
        assert await tab.page.evaluate("window.__asked") == 1
        await tab.page.reload()
        await tab.is_live()
        await tab.at("idle-panel").wait_for()
        await expect(ask).to_have_count(0)
        assert await tab.page.evaluate("window.__asked") == 0
        letter = {"id": f"m-{answer:0<8}", "text": "Are you there?"}
        await gleb.call("POST", "/api/v1/chat/direct:gleb:vera/messages", letter)
        await tab.at("unread").wait_for()
        said = await tab.page.evaluate("window.__notified")
        # What came before the reload and is still unread is no news.
        assert said == (["Message from Gleb"] if answer == "granted" else [])
        await tab.page.keyboard.press("?")
        wanted = tab.at("pref-notify")
        await expect(wanted).to_be_checked(checked=answer == "granted")
        # What the browser refuses is only changed there, and that is said.
        await expect(wanted).to_be_enabled(enabled=answer != "denied")
        refused = tab.page.get_by_text("Notifications are blocked")
        await expect(refused).to_have_count(1 if answer == "denied" else 0)


async def test_not_now_is_taken_for_an_answer(office: Office) -> None:
    async with office.tab() as tab:
        await tab.context.add_init_script(A_BROWSER_THAT_ASKS.replace("ANSWER", '"granted"'))
        await tab.page.reload()
        await tab.sign_in("vera")
        await tab.at("ask-to-notify").get_by_role("button", name="Not now").click()
        await expect(tab.at("ask-to-notify")).to_have_count(0)
        await tab.page.reload()
        await tab.is_live()
        await tab.at("idle-panel").wait_for()
        await expect(tab.at("ask-to-notify")).to_have_count(0)
        assert await tab.page.evaluate("window.__asked") == 0
