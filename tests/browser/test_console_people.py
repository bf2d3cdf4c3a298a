"""People in the console: the day, figures, colleagues, chats and hands; in a real browser."""

from __future__ import annotations

import asyncio
import re
import time

import pytest
from playwright.async_api import expect

from tests.browser.office import IN_BROWSER, MS, Office, Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SCHEMES = ("light", "dark", "contrast")


async def look_in_every_scheme(tab: Tab, where: str) -> None:
    """axe finds nothing serious in light, dark and high contrast, as the system asks for them; and nothing
    scrolls sideways or lies over what is beside it."""
    for scheme in SCHEMES:
        await tab.page.emulate_media(
            color_scheme="light" if scheme == "light" else "dark",
            contrast="more" if scheme == "contrast" else "no-preference",
        )
        wanted = "html[data-contrast=more]" if scheme == "contrast" else "html:not([data-contrast])"
        theme = "light" if scheme == "light" else "dark"
        await tab.page.locator(f"{wanted}[data-mantine-color-scheme={theme}]").wait_for(state="attached")
        assert await tab._axe() == [], f"{where}, {scheme}"
    await tab.keeps_within()


async def test_colleagues_write_to_each_other(office: Office) -> None:
    async with office.tab("vera") as vera, office.tab("gleb") as gleb:
        await vera.page.keyboard.press("c")
        await vera.at("chat-to-gleb").wait_for()
        await vera.page.keyboard.type("gleb")
        await vera.at("chat-to-gleb").click()
        await vera.page.keyboard.type("Can you take my client?")
        await vera.page.keyboard.press("Enter")
        await vera.says("chat-messages", "Can you take my client?")
        # The other sees a number in the bar and in the title, wherever he is.
        await gleb.says("unread", "1")
        await expect(gleb.page).to_have_title("(1) Offline · callcenter", timeout=MS)
        await gleb.page.keyboard.press("c")
        await gleb.at("chat-to-vera").click()
        await gleb.says("chat-messages", "Can you take my client?")
        await gleb.at("unread").wait_for(state="detached")
        await expect(gleb.page).to_have_title("Offline · callcenter", timeout=MS)
        for text in ("Yes", "In a minute"):
            await gleb.at("chat-text").fill(text)
            await gleb.at("chat-text").press("Enter")
            await expect(gleb.at("chat-text")).to_have_value("", timeout=MS)
        await expect(vera.at("chat-message")).to_have_count(3, timeout=MS)
        said = await vera.page.locator("[data-testid=chat-message] .said").all_inner_texts()
        assert said == ["Can you take my client?", "Yes", "In a minute"]
        await gleb.page.reload()  # what was said and read survives
        await gleb.is_live()
        await expect(gleb.at("unread")).to_have_count(0)
        await gleb.page.keyboard.press("c")
        await gleb.at("chat-find").fill("MINUTE")
        await gleb.says("chat-found", "In a minute")
        # A supervisor sees the floor and not other people's letters.
        async with office.login("boss") as boss:
            status, _ = await boss.ask("GET", "/api/v1/chat/direct:gleb:vera/messages")
            assert status == 403


async def test_a_colleagues_state_is_seen_live(office: Office) -> None:
    async with office.tab("vera") as vera, office.tab("gleb") as gleb:
        await vera.page.keyboard.press("c")
        await vera.page.locator("[data-testid=chat-to-gleb][data-state=offline]").wait_for()
        await gleb.page.keyboard.press("r")
        await vera.page.locator("[data-testid=chat-to-gleb][data-state=ready]").wait_for()
        await gleb.page.keyboard.press("o")
        await vera.page.locator("[data-testid=chat-to-gleb][data-state=offline]").wait_for()


async def test_a_raised_hand_is_on_the_board(office: Office) -> None:
    async with office.tab("zoya", ready=True) as zoya, office.tab("boss") as boss:
        await boss.at("floor").wait_for()
        await zoya.page.keyboard.press("h")
        await zoya.at("hand-text").wait_for()
        await zoya.page.keyboard.type("He wants a manager")
        await look_in_every_scheme(zoya, "the sheet of the hand")
        await zoya.page.keyboard.press("Enter")
        await zoya.at("hand-lower").wait_for()
        await boss.says("hand-zoya", "He wants a manager")
        await boss.says("announce-hands", "1 operator asks for help")
        await expect(boss.page).to_have_title(re.compile("^✋"), timeout=MS)
        await look_in_every_scheme(boss, "the board with a hand")
        await boss.at("hand-lower-of").click()
        await zoya.at("hand-raise").wait_for()
        await boss.at("hands").wait_for(state="detached")
        await zoya.page.keyboard.press("h")
        await zoya.page.keyboard.press("Enter")  # without a word
        await boss.at("hand-zoya").wait_for()
        await zoya.page.keyboard.press("h")  # the same key lowers it
        await boss.at("hands").wait_for(state="detached")
        await zoya.page.keyboard.press("o")


async def test_my_day_by_keyboard(office: Office) -> None:
    async with office.login("anna") as anna:
        wish = {"number": "+79165550001", "queue": "to-anna", "at": time.time() + 86_400, "mine": True}
        await anna.call("POST", "/api/v1/callbacks", wish)
    async with office.tab("anna") as tab:
        await tab.says("day", "Send the estimate")
        await tab.says("day", "promised by you")
        await look_in_every_scheme(tab, "the desk with a day")
        task = tab.page.locator("[data-testid=day-item][data-kind=task]")
        await tab.page.keyboard.press("j")
        await expect(task).to_be_focused(timeout=MS)
        await tab.page.keyboard.press("x")
        await tab.page.locator("[data-testid=day-item][data-kind=task][data-done=true]").wait_for()
        await tab.page.keyboard.press("x")  # and back
        await tab.page.locator("[data-testid=day-item][data-kind=task][data-done=false]").wait_for()
        await task.get_by_test_id("day-open").click()
        await tab.page.get_by_role("heading", name="Maria Lebedeva").wait_for()
        await tab.page.keyboard.press("f")


async def test_the_desk_looks_the_same_after_other_pages(office: Office) -> None:
    """Pages bring style sheets of their own, which stay loaded: nothing of the desk may be meant by them."""
    async with office.tab("anna") as tab:
        places = """[...document.querySelectorAll("main [data-testid], main h2, main .chip")].map((one) => {
          const { x, y, width, height } = one.getBoundingClientRect();
          return [one.dataset.testid ?? one.textContent, x, y, width, height].join(" ");
        })"""
        await tab.at("day-item").first.wait_for()
        before = await tab.page.evaluate(places)
        for page in ("Callbacks", "Messages"):
            await tab.page.get_by_role("link", name=page).click()
            await tab.page.locator("main .panel").first.wait_for()
        await tab.page.get_by_role("link", name="Desk").click()
        await tab.at("day-item").first.wait_for()
        assert await tab.page.evaluate(places) == before


async def test_the_sheet_of_keys_begins_with_this_screens(office: Office) -> None:
    async with office.tab("dina") as tab:
        groups = tab.page.locator("[data-testid=key-sheet] .key-groups > section:visible")
        for language in ("en", "ru"):
            await tab.at(f"language-{language}").click()
            await expect(tab.page.locator("html")).to_have_attribute("lang", language, timeout=MS)
            await tab.page.keyboard.press("?")
            await tab.at("pref-sound").wait_for()
            # All of them at a glance, at 1366x768.
            body = "document.querySelector('[data-testid=key-sheet] .sheet-body')"
            assert not await tab.page.evaluate(f"{body}.scrollHeight > {body}.clientHeight"), language
            await tab.page.keyboard.press("Escape")
        await tab.page.keyboard.press("?")
        await expect(groups.and_(tab.page.locator("[data-group=day]"))).to_have_count(1, timeout=MS)
        await expect(groups.and_(tab.page.locator("[data-group=lists]"))).to_have_count(0, timeout=MS)
        await tab.at("keys-elsewhere").locator("summary").focus()
        await tab.page.keyboard.press("Enter")
        await expect(groups.and_(tab.page.locator("[data-group=lists]"))).to_have_count(1, timeout=MS)
        await look_in_every_scheme(tab, "all keys")
        await tab.page.keyboard.press("Escape")
        await tab.page.goto(f"{office.base}/callbacks")
        await tab.is_live()
        await tab.page.keyboard.press("?")
        await expect(groups.and_(tab.page.locator("[data-group=lists]"))).to_have_count(1, timeout=MS)
        await expect(groups.and_(tab.page.locator("[data-group=day]"))).to_have_count(0, timeout=MS)


async def test_the_board_keeps_its_columns_with_long_names(office: Office) -> None:
    async with office.login("admin") as admin:
        await admin.call("PATCH", "/api/v1/users/lena", {"name": "Konstantin Wolfeschlegelsteinhausen"})
    async with office.tab("boss") as boss:
        await boss.says("agent-row-lena", "Konstantin")
        await boss.keeps_within()
        await boss.at("agent-actions-lena").click(trial=True)  # nothing lies over it
    async with office.login("admin") as admin:
        await admin.call("PATCH", "/api/v1/users/lena", {"name": "Lena"})


async def test_my_figures_beside_their_definitions(office: Office) -> None:
    async with office.tab("kira", ready=True) as tab:
        caller = office.call("kira", "+79165550002")
        await tab.talks("kira")
        office.pbx.hang_up(caller)
        await tab.at("wrapup-panel").wait_for()
        await tab.page.keyboard.press("Alt+1")
        await tab.page.keyboard.press("Control+Enter")
        await tab.is_in("ready")
        await tab.page.keyboard.press("f")
        await tab.says("figure-answered", "1")
        await tab.says("figure-aht", "Talk + hold + wrap-up")
        await tab.says("figure-occupancy", "(those + ready time)")
        await look_in_every_scheme(tab, "the figures")
        await tab.page.keyboard.press("Escape")
        await tab.page.keyboard.press("o")


# axe on every screen and sheet

OPERATORS_WALK = (
    ("the desk", None),
    ("the keys", "?"),
    ("the search", "/"),
    ("the figures", "f"),
    ("the colleagues", "c"),
)


async def test_axe_on_every_screen_of_an_operator(office: Office) -> None:
    async with office.tab("boris") as tab:
        await look_in_every_scheme(tab, "the desk, offline")
        await tab.page.keyboard.press("r")
        await tab.is_in("ready")
        for where, key in OPERATORS_WALK:
            if key is not None:
                await tab.page.keyboard.press(key)
                await tab.page.locator("dialog[open], [data-testid=chat]").first.wait_for()
            await look_in_every_scheme(tab, where)
            if key is not None and key != "c":
                await tab.page.keyboard.press("Escape")
        await tab.at("chat-to-vera").click()
        await tab.at("chat-text").fill("Hello")
        await tab.at("chat-text").press("Enter")
        await tab.says("chat-messages", "Hello")
        await look_in_every_scheme(tab, "a conversation")
        await tab.at("chat-close").click()
        await tab.page.get_by_role("link", name="Callbacks").click()
        await look_in_every_scheme(tab, "callbacks")
        await tab.page.get_by_role("link", name="Desk").click()
        caller = office.call("boris", "+79161110001")
        await tab.rings("boris")
        await look_in_every_scheme(tab, "an offer")
        assert office.phone("boris").answer()
        await tab.at("talk-panel").wait_for()
        await look_in_every_scheme(tab, "a conversation with a client")
        office.pbx.hang_up(caller)
        await tab.at("wrapup-panel").wait_for()
        await look_in_every_scheme(tab, "the wrap-up")
        await tab.page.keyboard.press("Alt+1")
        await tab.page.keyboard.press("Control+Enter")
        await tab.is_in("ready")
        await tab.page.keyboard.press("o")


async def test_axe_on_all_that_a_conversation_can_be(office: Office) -> None:
    async with office.login("admin") as admin:
        queues = (await admin.call("GET", "/api/v1/queues"))["items"]
        queue = next(it for it in queues if it["id"] == "to-vera")
        form = {name: value for name, value in queue.items() if name != "id"}
        await admin.call("PUT", "/api/v1/queues/to-vera", {**form, "record": True})
    async with office.tab("vera", ready=True) as vera, office.tab("gleb", ready=True) as gleb:
        keys = vera.page.keyboard
        office.call("vera", "+79161110001")
        await vera.talks("vera")
        await vera.at("do-hold").wait_for()
        await look_in_every_scheme(vera, "recorded")
        await keys.press("Shift+R")
        await vera.at("do-resume_recording").wait_for()
        await look_in_every_scheme(vera, "the recording paused")
        await vera.at("do-resume_recording").click()
        await vera.at("do-pause_recording").wait_for()
        await vera.at("do-hold").click()
        await vera.at("do-resume").wait_for()
        await look_in_every_scheme(vera, "on hold")
        await vera.at("do-transfer").click()
        await vera.at("target-sheet").wait_for()
        await look_in_every_scheme(vera, "whom to transfer to")
        await keys.press("Escape")
        await vera.at("do-consult").click()
        await vera.page.locator("[data-target=agent-gleb]").click()
        await gleb.at("offer-panel").wait_for()
        await look_in_every_scheme(vera, "a colleague is rung")
        await look_in_every_scheme(gleb, "asked for help")
        async with asyncio.timeout(MS / 1000):
            while not office.phone("gleb").answer():
                await asyncio.sleep(0.02)
        await gleb.at("guest-panel").wait_for()
        await vera.at("do-join").wait_for()
        await look_in_every_scheme(vera, "a consultation")
        await look_in_every_scheme(gleb, "as a guest")
        # The script, the note and the outcome are of who asked.
        await expect(gleb.at("wrapup-draft")).to_have_count(0)
        await vera.at("do-join").click()
        await vera.page.locator("[data-testid=call-bar][data-guest=joined]").wait_for()
        await look_in_every_scheme(vera, "a conference")
        await vera.at("do-dismiss").click()
        await vera.at("do-park").click()
        await vera.at("wrapup-panel").wait_for()
        # Whose call it was keeps what he saw of it.
        await vera.says("card", "Maria Lebedeva")
        await gleb.at("parked").wait_for()
        await look_in_every_scheme(gleb, "a parked call")
        assert not await gleb.page.evaluate("document.querySelector('main').scrollHeight > innerHeight")
        await gleb.page.keyboard.press("Shift+G")
        await gleb.at("talk-panel").or_(gleb.at("offer-panel")).wait_for()
        async with asyncio.timeout(MS / 1000):
            while await gleb.at("talk-panel").count() == 0:
                office.phone("gleb").answer()
                await asyncio.sleep(0.02)
        await gleb.at("hang-up").click()
        for tab in (gleb, vera):
            await tab.at("wrapup-panel").wait_for()
            await tab.page.keyboard.press("Alt+1")
            await tab.page.keyboard.press("Control+Enter")
            await tab.is_in("ready")
        await keys.press("o")
        await gleb.at("recent-row").first.click()
        await gleb.at("dial").first.click()
        await gleb.at("dial-panel").wait_for()
        await look_in_every_scheme(gleb, "dialling")
        await gleb.page.keyboard.press("Shift+H")
        await gleb.at("idle-panel").wait_for()
        # Given up: his phone is silent, and nobody stands in line for it.
        await gleb.is_in("ready")
        assert office.phone("gleb").ringing_leg is None
        await gleb.says("my-queue-to-gleb", "0")
        await gleb.page.keyboard.press("o")


async def test_axe_on_the_phone_in_a_browser(office: Office) -> None:
    async with office.tab(IN_BROWSER) as tab:
        await tab.page.locator("[data-testid=phone-state][data-problem=unreachable]").wait_for()
        await look_in_every_scheme(tab, "a phone without a server")
        await tab.at("phone-state").click()
        await tab.page.locator("dialog[open]").wait_for()
        await look_in_every_scheme(tab, "the sheet of the phone")


async def test_dispositions_are_edited(office: Office) -> None:
    async with office.tab("admin") as tab:
        await tab.page.goto(f"{office.base}/routing/dispositions")
        await tab.at("outcome-sale").wait_for()
        await tab.at("new-disposition").click()
        await tab.at("outcome-code").fill("sale")
        await tab.at("outcome-ru").fill("Потом")
        await tab.at("outcome-en").fill("Later")
        await tab.at("outcome-parent").select_option("question")
        await tab.at("outcome-callback").select_option("offered")
        await look_in_every_scheme(tab, "a new disposition")
        await tab.at("save-disposition").click()
        await tab.says("disposition-sheet", "This short name is taken.")
        await look_in_every_scheme(tab, "a mistake in place")
        await tab.at("outcome-code").fill("later")
        await tab.at("save-disposition").click()
        await tab.says("outcome-later", "callback")
        await tab.says("outcome-question", "group")
        await tab.at("outcome-question").get_by_test_id("outcome-up").click()
        first = tab.page.locator("[data-testid=dispositions] tbody tr").first
        await expect(first).to_have_attribute("data-testid", "outcome-question", timeout=MS)
        await tab.at("outcome-later").get_by_role("button", name="Later").click()
        await tab.at("remove-disposition").click()
        await tab.at("remove-disposition").click()
        await tab.at("outcome-later").wait_for(state="detached")


@pytest.mark.parametrize("login", ["boss", "admin"])
async def test_axe_on_every_screen_of_who_leads(office: Office, login: str) -> None:
    async with office.tab(login) as tab:
        links = await tab.page.locator("nav.nav a").all()
        addresses = [await link.get_attribute("href") for link in links]
        assert "/floor" in addresses
        for address in addresses:
            await tab.page.locator(f'nav.nav a[href="{address}"]').click()
            await tab.page.locator(f'nav.nav a[href="{address}"][aria-current=page]').wait_for()
            await tab.page.locator("main .panel, main table, main section").first.wait_for()
            await look_in_every_scheme(tab, f"{login} at {address}")
            inner = await tab.page.locator("main nav a").all() if address == "/routing" else []
            for tab_of in [await one.get_attribute("href") for one in inner]:
                await tab.page.locator(f'main nav a[href="{tab_of}"]').click()
                await tab.page.wait_for_load_state("networkidle")
                await look_in_every_scheme(tab, f"{login} at {tab_of}")
