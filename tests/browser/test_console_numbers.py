"""Numbers on the console's screens are dialled by a click, and typed ones by the search."""

from __future__ import annotations

import time
import uuid
from typing import Any, Final

import pytest
from playwright.async_api import Route, expect

from tests.browser.office import KNOWN, MS, Office, Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

WHO: Final = "kira"
CLIENTS: Final = "+7 916 111-00-01"
TYPED: Final = "+7 916 555-44-33"
PROMISED: Final = "+7 423 230-00-98"
WRITTEN: Final = "8 (916) 777-66-55"


def due(number: str) -> dict[str, Any]:
    now = time.time()
    promise = {"callback": "c-1", "state": "waiting", "number": number, "queue": f"to-{WHO}", "by": WHO}
    when = {"next_at": now + 60, "since": now, "attempts": [], "closed": None, "closed_at": None}
    return {**promise, **when, "agent": WHO}


async def dials(tab: Tab, scope: str, number: str) -> None:
    """Within ``scope`` the number can be pressed."""
    button = tab.at(scope).get_by_role("button", name=f"Call {number}", exact=True).first
    await expect(button).to_be_enabled(timeout=MS)


async def gives_up(tab: Tab) -> None:
    """The call that was begun is this one's own; it is ended before anybody answers."""
    await tab.at("dial-panel").wait_for()
    await tab.page.keyboard.press("Shift+H")
    await tab.at("dial-panel").wait_for(state="detached")


async def test_every_number_that_can_be_dialled_is_a_button(office: Office) -> None:
    async with office.tab(WHO, ready=True) as tab, office.login(WHO) as api, office.login("boss") as boss:
        keys = tab.page.keyboard
        client = (await api.call("GET", "/api/v1/clients?q=lebedeva"))["items"][0]["id"]
        await api.call("POST", f"/api/v1/clients/{client}/notes", {"text": f"At work {WRITTEN}, after 14:30"})
        task = {"title": f"Ring her son, {WRITTEN}", "assignee": WHO, "due_at": time.time() + 60}
        await api.call("POST", f"/api/v1/clients/{client}/tasks", task)
        at = time.time() + 2 * 86_400
        await api.call(
            "POST", "/api/v1/callbacks", {"number": PROMISED, "queue": f"to-{WHO}", "at": at, "mine": True}
        )
        chat = f"/api/v1/chat/direct:boss:{WHO}/messages"
        await boss.call("POST", chat, {"id": uuid.uuid4().hex, "text": f"She asks for {WRITTEN}"})

        async def day(route: Route) -> None:
            answer = await route.fetch()
            # What is due today depends on the hour at which this runs.
            await route.fulfill(response=answer, json={**await answer.json(), "callbacks": [due(PROMISED)]})

        await tab.page.route("**/api/v1/me/day*", day)
        office.call(WHO, TYPED)
        await tab.talks(WHO)
        await expect(tab.at("dial")).to_have_count(0)
        await keys.press("Shift+H")
        await tab.at("wrapup-panel").wait_for()
        await keys.press("p")
        await keys.press("1")
        await keys.press("Alt+2")
        await keys.press("Control+Enter")
        await tab.is_in("paused")
        await tab.page.reload()
        await tab.is_live()

        # A number nobody has: the search dials what was typed.
        await keys.press("/")
        await tab.at("client-search").fill("8 916 555 44 33")
        await tab.says("dial-typed", f"Dial {TYPED}")
        assert await tab._axe() == []
        await keys.press("Enter")
        await gives_up(tab)
        # One that a client has: Enter opens the client, the last choice dials.
        await keys.press("/")
        await tab.at("client-search").fill(CLIENTS)
        await tab.at("dial-typed").wait_for()
        await tab.says("search-result", str(KNOWN["name"]))
        await expect(tab.at("search-result")).to_have_attribute("aria-selected", "true", timeout=MS)
        assert await tab._axe() == []
        await keys.press("Enter")

        await tab.at("client-view").wait_for()
        await dials(tab, "client-view", CLIENTS)
        await tab.at("timeline-row").filter(has_text="At work").click()
        await dials(tab, "note-text", WRITTEN)
        await tab.at("timeline-row").filter(has_text="her son").click()
        await dials(tab, "entry-detail", WRITTEN)
        await tab.at("open-line").filter(has_text="her son").click()
        await dials(tab, "open-things", WRITTEN)
        await dials(tab, "waiting", WRITTEN)
        await tab.look()
        await keys.press("Escape")

        await dials(tab, "day", PROMISED)
        await dials(tab, "day", WRITTEN)
        await dials(tab, "recent-list", TYPED)
        await keys.press("c")
        await tab.at("chat-to-boss").click()
        await dials(tab, "chat", WRITTEN)
        await tab.at("chat-close").click()
        await tab.look()

        await tab.at("recent-list").get_by_role("button", name=f"Call {TYPED}").first.click()
        await gives_up(tab)
        await tab.page.goto(office.base + "/callbacks")
        await tab.is_live()
        await dials(tab, "promised", PROMISED)
        await tab.look()


async def test_a_number_is_a_text_while_no_call_can_be_begun(office: Office) -> None:
    async with office.tab("boss") as tab, office.login("boss") as api:
        at = time.time() + 2 * 86_400
        await api.call("POST", "/api/v1/callbacks", {"number": PROMISED, "queue": "to-vera", "at": at})
        await tab.page.goto(office.base + "/callbacks")
        await tab.is_live()
        await tab.says("promised", PROMISED)
        await expect(tab.at("dial")).to_have_count(0)
        await tab.page.keyboard.press("/")
        await tab.at("client-search").fill(CLIENTS)
        await tab.at("search-result").wait_for()
        await expect(tab.at("dial-typed")).to_have_count(0)
