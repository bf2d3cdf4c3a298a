"""The console in a real browser, on the real server, with a telephone exchange moved by hand."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.office import FAMILY, KNOWN, MS, QUICK, Office
from tests.support.server import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

KNOWN_NUMBER = "+79161110001"
KNOWN_NAME = str(KNOWN["name"])
DESK_SCROLLS = (
    "(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight)(document.querySelector('main'))"
)


async def test_signing_in(office: Office) -> None:
    async with office.tab() as tab:
        await tab.look()
        await tab.at("login").fill("anna")
        await tab.at("password").fill("not her password")
        await tab.at("sign-in").click()
        await expect(tab.page.get_by_role("alert")).to_have_text("Wrong login or password.", timeout=MS)
        await tab.sign_in("anna")
        await tab.is_in("offline")
        await tab.at("sign-out").click()
        await tab.at("sign-in").wait_for()


async def test_states_by_keyboard(office: Office) -> None:
    async with office.tab("anna") as tab:
        keys, icon = tab.page.keyboard, tab.page.locator("link[rel=icon]")
        await keys.press("r")
        await tab.is_in("ready")
        await expect(tab.page).to_have_title("Ready · callcenter", timeout=MS)
        # The icon follows a moment later: what an offer shows goes before it.
        await expect(icon).to_have_attribute("href", re.compile("^data:.*2f9e5b"), timeout=MS)
        await keys.press("p")
        await tab.at("state-pause-lunch").wait_for()
        await keys.press("1")
        await tab.is_in("paused")
        await expect(tab.page).to_have_title("Lunch · callcenter", timeout=MS)
        await expect(icon).to_have_attribute("href", re.compile("^data:.*b98a12"), timeout=MS)
        await keys.press("o")
        await tab.is_in("offline")


async def test_a_call_from_the_offer_to_the_history(office: Office) -> None:
    """And every screen on its way, looked at."""
    async with office.tab("anna", ready=True) as tab:
        await tab.look()
        invited = office.invites("anna")
        caller = office.call("anna", KNOWN_NUMBER)
        await tab.rings("anna")
        # The phone rings for nobody who has not the card before him. Both clocks are this computer's.
        painted = await tab.page.evaluate("window.__paints['card-name']")
        assert painted is not None
        assert len(invited) == 1
        assert painted / 1000 <= invited[0]
        await tab.says("card-name", KNOWN_NAME)
        await tab.says("announce", KNOWN_NAME)
        # At 1366x768 the desk is one screen, and the card stands still whatever the call does.
        top = await tab.top_of("card")
        assert not await tab.page.evaluate(DESK_SCROLLS)
        for words in (
            "Forty windows",
            "negotiation",
            "A sash creaks",
            "in progress",
            "high priority",
            "mobile",
        ):
            await tab.says("card", words)
        await tab.look()
        assert office.phone("anna").answer()
        await tab.at("talk-panel").wait_for()
        assert await tab.top_of("card") == top
        await tab.look()
        await tab.page.keyboard.press("n")
        await tab.page.keyboard.type("On Wednesday")
        await tab.page.keyboard.press("Escape")
        await tab.page.keyboard.press("p")  # leaves the note, so that it is a key again
        await tab.at("state-pause-lunch").click()
        await tab.says("state-menu", "then: Lunch")
        office.pbx.hang_up(caller)
        await tab.at("wrapup-panel").wait_for()
        assert await tab.top_of("card") == top
        assert not await tab.page.evaluate(DESK_SCROLLS)
        await tab.look()
        await tab.page.keyboard.press("1")
        await expect(tab.at("disposition-sale")).to_be_checked(timeout=MS)
        await tab.page.keyboard.type(", at ten")
        await tab.page.keyboard.press("Control+Enter")
        await tab.is_in("paused")
        await expect(tab.at("unfinished")).to_have_count(0)
        row = tab.at("recent-row").first
        await expect(row).to_contain_text("Sale", timeout=MS)
        await expect(row).to_contain_text("On Wednesday, at ten", timeout=MS)
        async with office.login("anna") as anna:
            told = await anna.call("GET", f"/api/v1/calls/{await row.get_attribute('data-call')}")
        # Not because the time to wait for it was over: it was told to be painted, and then the ring came.
        (ring,) = (fact for fact in told["facts"] if fact["type"] == "RingSent")
        assert ring["painted"]
        assert ring["lead"] >= 0
        await row.click()
        history = tab.at("history-row").first
        await expect(history).to_have_attribute("data-disposition", "sale", timeout=MS)
        await tab.says("call-detail", "Offered to Anna")


async def test_an_unknown_caller_becomes_a_client(office: Office) -> None:
    async with office.tab("boris", ready=True) as tab:
        caller = office.call("boris", "+79167770001", "OLGA")
        await tab.talks("boris")
        await tab.look()
        assert await tab.at("client-name").input_value() == "OLGA"
        await tab.at("client-name").fill("Olga Sokolova")
        await tab.at("client-company").fill("Bakery")
        await tab.at("save-client").click()
        await tab.says("card-name", "Olga Sokolova")
        await tab.says("card", "Bakery")
        office.pbx.hang_up(caller)
        await tab.at("wrapup-panel").wait_for()
        await tab.page.keyboard.press("2")
        await tab.page.keyboard.press("Control+Enter")
        await tab.is_in("ready")
        # Known from now on.
        office.call("boris", "8 916 777-00-01")
        await tab.rings("boris")
        await tab.says("card-name", "Olga Sokolova")
        await tab.page.keyboard.press("Shift+D")
        await tab.at("idle-panel").wait_for()


async def test_several_candidates_are_picked_by_key(office: Office) -> None:
    async with office.tab("vera", ready=True) as tab:
        office.call("vera", "+79161110002")
        await tab.talks("vera")
        first, second = str(FAMILY[1]["name"]), str(FAMILY[0]["name"])
        await tab.says("candidate-1", first)  # something is open with her
        await tab.says("candidate-2", second)
        await tab.look()
        await tab.page.keyboard.press("2")
        await tab.says("card-name", second)
        # Not her after all: the search puts it right, and shows a stage that is not ours as it is written.
        await tab.page.keyboard.press("/")
        await tab.at("client-search").fill("irina")
        await expect(tab.at("search-result")).to_have_count(1, timeout=MS)
        await tab.page.keyboard.press("Enter")
        await tab.says("client-view", "Mesuré")
        await tab.at("link-client").click()
        await tab.says("card-name", first)
        await tab.page.keyboard.press("Shift+H")
        await tab.at("wrapup-panel").wait_for()


async def test_declining_leaves_the_operator_ready(office: Office) -> None:
    async with office.tab("gleb", ready=True) as tab:
        caller = office.call("gleb", KNOWN_NUMBER)
        await tab.rings("gleb")
        await tab.page.keyboard.press("Shift+D")
        await tab.at("idle-panel").wait_for()
        await tab.is_in("ready")
        await tab.says("my-queue-to-gleb", "1")
        office.pbx.hang_up(caller)
        await tab.says("my-queue-to-gleb", "0")


async def test_a_note_outlives_its_wrap_up(office: Office) -> None:
    async with office.tab(QUICK, ready=True) as tab:
        caller = office.call(QUICK, KNOWN_NUMBER)
        await tab.talks(QUICK)
        await tab.page.keyboard.press("n")
        await tab.page.keyboard.type("Wants a quote")
        office.pbx.hang_up(caller)
        await tab.says("unfinished", f"Not yet finished: {KNOWN_NAME}")
        await tab.is_in("ready")
        await tab.look()
        await tab.page.reload()
        await tab.is_live()
        await expect(tab.at("unfinished").get_by_test_id("note")).to_have_value("Wants a quote", timeout=MS)
        await tab.at("disposition-question").wait_for()
        await tab.page.keyboard.press("2")
        await tab.page.keyboard.press("Control+Enter")
        await expect(tab.at("unfinished")).to_have_count(0, timeout=MS)
        await expect(tab.at("recent-row").first).to_contain_text("Question", timeout=MS)
        await expect(tab.at("recent-row").first).to_contain_text("Wants a quote")
        # The next offer ends the chance.
        caller = office.call(QUICK, KNOWN_NUMBER)
        await tab.talks(QUICK)
        office.pbx.hang_up(caller)
        await tab.at("unfinished").wait_for()
        office.call(QUICK, "+79160000009")
        await tab.rings(QUICK)
        await tab.page.keyboard.press("Shift+D")
        await tab.at("idle-panel").wait_for()
        await expect(tab.at("unfinished")).to_have_count(0)


async def test_a_cut_link_and_a_restarted_server(office: Office) -> None:
    async with office.tab("egor", ready=True) as tab:
        caller = office.call("egor", KNOWN_NUMBER)
        await tab.talks("egor")
        await tab.page.keyboard.press("n")
        await tab.page.keyboard.type("Half a")
        await office.proxy.cut()
        await tab.at("banner-reconnecting").wait_for()
        await expect(tab.page.locator(".banner")).to_have_count(1)
        await expect(tab.at("hang-up")).to_be_disabled()
        await tab.page.keyboard.type(" sentence")
        office.proxy.heal()
        await tab.is_live()
        await expect(tab.at("banner-reconnecting")).to_have_count(0, timeout=MS)
        await expect(tab.at("hang-up")).to_be_enabled(timeout=MS)

        await office.server.kill()
        await tab.at("banner-reconnecting").wait_for()
        await office.server.start()
        await expect(tab.at("banner-reconnecting")).to_have_count(0, timeout=MS)
        await tab.is_in("talking")
        await tab.says("card-name", KNOWN_NAME)
        assert await tab.at("note").input_value() == "Half a sentence"
        office.pbx.hang_up(caller)
        await tab.at("wrapup-panel").wait_for()
        await tab.at("disposition-question").click()
        await tab.at("finish-wrapup").click()
        await tab.is_in("ready")


async def test_a_second_tab_takes_over(office: Office) -> None:
    async with office.tab("zoya", ready=True) as first:
        second = await first.another()
        await second.is_live()
        await first.at("banner-follower").wait_for()
        office.call("zoya", KNOWN_NUMBER)
        await second.rings("zoya")
        await first.says("card-name", KNOWN_NAME)  # it follows
        await expect(first.at("decline")).to_be_disabled()
        await first.at("work-here").click()
        await second.at("banner-follower").wait_for()
        await expect(first.at("banner-follower")).to_have_count(0, timeout=MS)
        await first.at("decline").click()
        await second.at("idle-panel").wait_for()
        assert second.complaints == []


async def test_signed_out_by_the_administrator(office: Office) -> None:
    async with office.tab("kira") as tab, office.login("admin") as admin:
        await admin.call("PATCH", "/api/v1/users/kira", {"password": f"{PASSWORD}, another"})
        await tab.at("sign-in").wait_for()
        await expect(tab.page.get_by_role("status")).to_have_text(
            "Your session has ended. Sign in again.", timeout=MS
        )
        await tab.sign_in("kira", f"{PASSWORD}, another")
        await tab.is_in("offline")


async def test_the_supervisor_sees_who_calls_and_how_long_they_waited(office: Office) -> None:
    async with office.tab("boss") as boss, office.tab("anna", ready=True) as anna:
        caller = office.call("anna", KNOWN_NUMBER)
        await anna.talks("anna")
        # Others have called from this number before, and may not have been taken off the board yet.
        row = boss.at("call-row").filter(has_text=KNOWN_NAME).filter(has_text="To anna")
        await expect(row).to_contain_text("+7 916 111-00-01", timeout=MS)
        await expect(row).to_contain_text("Talking", timeout=MS)
        await expect(row.get_by_test_id("call-talk")).to_have_text(re.compile("0:0[2-9]"), timeout=MS)
        # It stands still, however long they talk.
        waited = await row.get_by_test_id("call-wait").inner_text()
        assert re.fullmatch("0:0[0-9]", waited)
        await boss.look()
        assert await row.get_by_test_id("call-wait").inner_text() == waited
        await boss.at("agent-actions-anna").click()
        await boss.page.get_by_role("menuitem", name="Lunch").click()
        await boss.says("agent-row-anna", "then: Lunch")
        office.pbx.hang_up(caller)
        await anna.at("wrapup-panel").wait_for()
        await boss.says("agent-row-anna", "Wrap-up")


async def test_the_administrator_makes_a_user(office: Office) -> None:
    async with office.tab("admin") as tab:
        await tab.page.get_by_role("link", name="People").click()
        await tab.at("user-row-anna").wait_for()
        await tab.look()
        await tab.at("new-user").click()
        await tab.at("user-login").fill("nadia")
        await tab.at("user-name").fill("Nadia")
        await tab.at("user-password").fill("short")
        await tab.at("save-user").click()
        await expect(tab.at("user-sheet")).to_be_visible()  # too short a password
        await tab.at("user-password").fill(PASSWORD)
        found = await tab._axe()
        assert found == []
        await tab.at("save-user").click()
        await expect(tab.at("user-sheet")).to_have_count(0, timeout=MS)
        await tab.says("user-row-nadia", "Operator")
