"""The client's card by keyboard: correction and undo, the timeline's filter, what is made in a call."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.office import FAMILY, KNOWN, MS, Office

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

KNOWN_NUMBER = "+79161110001"
FAMILY_NUMBER = "+79161110002"
MOVES = "document.getAnimations().map((one) => one.animationName ?? one.transitionProperty)"
MOVES_WITH_CARD = f"""
new MutationObserver((_, watching) => {{
  if (document.querySelector("[data-testid=card-name]") === null) return;
  watching.disconnect();
  window.__moves = {MOVES};
}}).observe(document, {{ subtree: true, childList: true }});
"""
"""Notes what is being animated once the card is in the page."""
PETER, IRINA = str(FAMILY[0]["name"]), str(FAMILY[1]["name"])


async def test_nothing_moves_by_itself(office: Office) -> None:
    """An animation would have the browser draw frame after frame: in the moment in which the card, for which
    the phone waits, is to be painted, and as long as the phone rings."""
    async with office.tab("anna", ready=True) as tab:
        await tab.page.emulate_media(reduced_motion="no-preference")
        await tab.page.evaluate(MOVES_WITH_CARD)
        caller = office.call("anna", KNOWN_NUMBER)
        await tab.rings("anna")
        assert await tab.page.evaluate("window.__moves") == []
        for beat in ("true", "false"):
            await tab.page.locator(f"[data-ringing=true] .ring[data-beat={beat}]").wait_for()
            assert await tab.page.evaluate(MOVES) == []
        office.pbx.hang_up(caller)
        await tab.is_in("ready")
        assert await tab.page.evaluate(MOVES) == []


async def test_who_is_calling_is_corrected_and_taken_back_in_one_key(office: Office) -> None:
    async with office.tab("anna", ready=True) as tab, office.login("admin") as admin:
        keys = tab.page.keyboard
        office.call("anna", FAMILY_NUMBER)
        await tab.talks("anna")
        await tab.says("candidate-2", PETER)
        await keys.press("2")
        await tab.says("card-name", PETER)
        await tab.says("corrected", f"Now it is {PETER}")
        await tab.says("card-match", "an operator said so before (anna)")
        await tab.look()
        # Not him: the other candidates are still there.
        await keys.press("i")
        await tab.says("candidate-1", "on the card")
        assert await tab._axe() == []
        await keys.press("2")
        await tab.says("card-name", IRINA)
        await tab.says("corrected", f"{IRINA} instead of {PETER}")
        await expect(tab.at("candidates-sheet")).to_have_count(0)
        # Each pick is taken back by itself, and one line says so.
        await tab.at("undo-client").wait_for()
        await keys.press("Shift+U")
        await tab.says("card-name", PETER)
        await tab.at("undo-client").wait_for()
        await keys.press("Shift+U")
        await tab.page.locator("[data-testid=card][data-match=several]").wait_for()
        await tab.says("corrected", f"Taken back: it is not {PETER}.")
        await keys.press("Shift+U")
        await tab.says("card-name", PETER)
        await keys.press("Shift+H")
        await tab.at("wrapup-panel").wait_for()
        trail = await admin.call("GET", "/api/v1/audit?entity=caller_picks")
        assert {entry["id"] for entry in trail["items"]} == {FAMILY_NUMBER}
        assert [entry["after"] is None for entry in trail["items"]] == [False, True, False, False, False]


async def test_the_timeline_is_filtered_by_keyboard(office: Office) -> None:
    async with office.tab("boris", ready=True) as tab, office.login("boris") as api:
        client = (await api.call("GET", "/api/v1/clients?q=lebedeva"))["items"][0]["id"]
        for text in ("Prefers MORNINGS", "Gate code 12"):
            await api.call("POST", f"/api/v1/clients/{client}/notes", {"text": text})
        keys, rows = tab.page.keyboard, tab.at("timeline-row")
        office.call("boris", KNOWN_NUMBER)
        await tab.talks("boris")
        await tab.says("timeline-list", "Prefers MORNINGS")
        await expect(rows).to_have_count(5, timeout=MS)  # a deal, a ticket, a task, two notes
        await keys.press("l")
        await keys.type("mornings")
        await expect(rows).to_have_count(1, timeout=MS)
        await keys.press("ArrowDown")
        await keys.press("Enter")
        await tab.says("entry-detail", "by Boris")
        await tab.look()
        await keys.press("l")
        await keys.press("Escape")  # empties it
        await keys.press("Escape")  # leaves it
        await expect(rows).to_have_count(5, timeout=MS)
        for kind, count in (("call", 0), ("note", 2), ("ticket", 1), ("deal", 1), ("task", 1)):
            await keys.press("Shift+L")
            pressed = tab.at(f"kind-{kind}")
            await expect(pressed).to_have_attribute("aria-pressed", "true", timeout=MS)
            await expect(rows).to_have_count(count, timeout=MS)
        await keys.press("Shift+L")
        await expect(rows).to_have_count(5, timeout=MS)
        await keys.press("Shift+H")
        await tab.at("wrapup-panel").wait_for()


async def test_the_card_tells_how_it_stands_in_one_screen(office: Office) -> None:
    async with office.tab("vera", ready=True) as tab:
        office.call("vera", KNOWN_NUMBER)
        await tab.talks("vera")
        await tab.says("card-rank", "VIP")
        await tab.says("mark-pipeline", "In work")
        await tab.says("waiting", "Send the estimate")
        await tab.says("next-step", "Keep the promise: Send the estimate")
        tip = tab.page.locator("[data-code=overdue] .tip")
        await expect(tip).to_be_hidden()
        await tab.at("mark-overdue").focus()
        await tab.page.keyboard.press("Shift+Tab")
        await tab.page.keyboard.press("Tab")
        await expect(tip).to_be_visible(timeout=MS)
        await expect(tip).to_contain_text("Promised and past its time")
        await tab.page.keyboard.press("Escape")
        await expect(tip).to_be_hidden(timeout=MS)
        for seen in ("card-name", "card-match", "next-step", "waiting", "timeline-text", "open-things"):
            box = await tab.at(seen).bounding_box()
            assert box is not None
            assert box["y"] + min(box["height"], 60) <= 768, seen
        card = tab.at("card")
        assert await card.evaluate("element => element.scrollHeight <= element.clientHeight")
        await tab.page.keyboard.press("Shift+H")
        await tab.at("wrapup-panel").wait_for()


async def test_what_is_made_in_a_call_is_linked_to_it_and_seen_at_once(office: Office) -> None:
    async with office.tab("gleb", ready=True) as tab:
        keys = tab.page.keyboard
        office.call("gleb", "+79167770055", "OLGA")
        await tab.talks("gleb")
        await tab.at("client-name").fill("Olga Sokolova")
        await tab.at("save-client").click()
        await tab.says("card-name", "Olga Sokolova")
        await keys.press("q")
        await tab.at("quick-create").wait_for()
        assert await tab._axe() == []
        await keys.type("Send the brochure")
        await keys.press("Control+Enter")
        await tab.says("created", "Task added: Send the brochure")
        await tab.says("open-things", "Send the brochure")  # the card was made anew
        await tab.says("timeline-list", "Send the brochure")
        await tab.says("waiting", "Send the brochure")
        await keys.press("Shift+2")
        await keys.type("The door was late again")
        await tab.at("create-kind").select_option("complaint")
        await tab.at("create-priority").select_option("urgent")
        await tab.at("create-save").click()
        await tab.says("mark-complaints", "Complaints: 1")
        await tab.says("next-step", "Help at once: The door was late again")
        await keys.press("Shift+3")
        await keys.type("Ten doors")
        await tab.at("create-amount").fill("90000")
        await tab.at("create-save").click()
        await tab.says("mark-pipeline", "90")
        await keys.press("Shift+4")
        await keys.type("Works from home")
        await keys.press("Control+Enter")
        await tab.says("timeline-list", "Works from home")
        await tab.look()
        # The task is done from the card, the note is changed by its author.
        await tab.at("open-line").filter(has_text="Send the brochure").click()
        await tab.at("task-done").click()
        await expect(tab.at("open-things")).not_to_contain_text("Send the brochure", timeout=MS)
        await tab.at("timeline-row").filter(has_text="Works from home").click()
        await tab.says("entry-detail", "in this call")
        await tab.at("edit-note").click()
        await tab.at("note-edit").fill("Works from home on Fridays")
        await tab.at("save-note").click()
        await tab.says("note-text", "on Fridays")
        await keys.press("Shift+H")
        await tab.at("wrapup-panel").wait_for()
        await keys.press("2")
        await keys.press("Control+Enter")
        await tab.is_in("ready")
        # In the history the call has all four.
        await tab.at("recent-row").first.click()
        for words in (
            "Send the brochure",
            "The door was late again",
            "Ten doors",
            "Works from home on Fridays",
        ):
            await tab.says("made-in-call", words)
        await tab.look()


async def test_another_operators_change_reaches_the_card_on_the_desk(office: Office) -> None:
    async with office.tab("zoya", ready=True) as tab, office.login("boss") as boss:
        office.call("zoya", KNOWN_NUMBER)
        await tab.talks("zoya")
        client = (await boss.call("GET", "/api/v1/clients?q=lebedeva"))["items"][0]["id"]
        await boss.call("POST", f"/api/v1/clients/{client}/tasks", {"title": "Ask about the balcony"})
        await tab.says("open-things", "Ask about the balcony")
        await tab.says("timeline-list", "Ask about the balcony")
        assert KNOWN["name"] == await tab.at("card-name").inner_text()
        await tab.page.keyboard.press("Shift+H")
        await tab.at("wrapup-panel").wait_for()
