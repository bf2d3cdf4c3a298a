"""The console's screens of the plan in a real browser: what is changed there is in force on the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import expect

from tests.browser.office import MS, Office, Tab

TONE: Final = Path(__file__).parents[1] / "prompts" / "tone.mp3"

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@asynccontextmanager
async def manager(office: Office, path: str, login: str = "admin") -> AsyncIterator[Tab]:
    async with office.tab(login) as tab:
        await tab.page.goto(office.base + path)
        await tab.is_live()
        yield tab


async def test_editing_a_queue_by_keyboard(office: Office) -> None:
    async with manager(office, "/routing/queues") as tab:
        keys, row = tab.page.keyboard, tab.at("plan-queue-to-vera")
        await tab.look()
        await tab.at("language-en").click()
        await row.get_by_role("button").focus()
        await keys.press("Enter")
        name = tab.at("queue-name")
        await expect(name).to_be_focused(timeout=MS)
        await keys.press("Control+a")
        await keys.type("Evening line")
        await tab.at("preset-promises").focus()
        await keys.press("Space")
        await tab.at("add-ring").focus()
        await keys.press("Enter")
        await name.focus()
        await keys.press("Enter")
        await tab.at("queue-sheet").wait_for(state="detached")
        await expect(row).to_contain_text("Evening line", timeout=MS)
        await expect(row).to_contain_text("Promises", timeout=MS)
        await expect(row).to_contain_text("after 30 s", timeout=MS)
        await tab.page.goto(office.base + "/routing/changes")
        await expect(tab.at("change").first).to_contain_text("Evening line", timeout=MS)
        await tab.look()


async def test_a_number_that_is_taken_is_told_beside_its_field(office: Office) -> None:
    async with manager(office, "/routing/queues") as tab:
        await tab.at("new-queue").click()
        await tab.at("queue-id").fill("twin")
        await tab.at("queue-name").fill("Twin")
        await tab.at("queue-numbers").fill("74951231000")
        await tab.at("save-queue").click()
        await expect(tab.at("queue-numbers")).to_have_attribute("aria-invalid", "true", timeout=MS)
        await tab.page.keyboard.press("Escape")
        await expect(tab.at("plan-queue-twin")).to_have_count(0)


async def test_a_flow_with_a_mistake_is_refused_and_mended(office: Office) -> None:
    async with manager(office, "/routing/flows") as tab:
        await tab.at("new-flow").click()
        await tab.at("flow-id").fill("shop")
        await tab.at("flow-name").fill("Shop")
        await tab.page.keyboard.press("Enter")
        await tab.at("flow-editor").wait_for()
        await tab.at("flow-numbers").fill("74950000077")
        await tab.at("step-queue").last.select_option("to-gleb")
        await tab.at("save-flow").click()
        await tab.at("flow-unsaved").wait_for(state="detached")
        await tab.look()
        await tab.at("language-en").click()

        # A menu that leads nowhere: told at its step, and the flow in force stays.
        await tab.at("add-step").select_option("hang_up")
        await tab.at("add-step").select_option("menu")
        await tab.at("flow-start").select_option("menu")
        await tab.at("step-form").get_by_test_id("step-otherwise").select_option("hang-up")
        await tab.at("step-prompt").select_option("cc-closed")
        wrong = tab.page.locator("li", has=tab.at("step-menu")).get_by_test_id("mistake")
        await expect(wrong.first).to_contain_text("choices.0.next", timeout=MS)
        await expect(wrong.first).to_contain_text("Fill it in or choose.", timeout=MS)
        await expect(tab.at("save-flow")).to_be_disabled(timeout=MS)
        await expect(tab.at("flow-refused")).to_contain_text("The flow in force stays", timeout=MS)
        async with office.login("admin") as api:
            kept = await api.call("GET", "/api/v1/flows/shop")
            assert kept["start"] == "queue"

        await tab.at("choice-0-next").select_option("queue")
        await expect(tab.at("save-flow")).to_be_enabled(timeout=MS)

        # Tried before it is saved: one presses the key, another is silent.
        await tab.at("test-keys").fill("1")
        await tab.at("run-test").click()
        await expect(tab.at("walk-ending")).to_have_attribute("data-ending", "queue", timeout=MS)
        await tab.says("walk", "pressed 1")
        await tab.at("test-keys").fill("")
        await tab.at("run-test").click()
        await expect(tab.at("walk-ending")).to_have_attribute("data-ending", "hung_up", timeout=MS)
        await tab.look()
        await tab.at("flow-numbers").press("Control+Enter")
        await tab.at("flow-unsaved").wait_for(state="detached")


async def test_closing_at_once_and_opening_again(office: Office) -> None:
    async with manager(office, "/floor", "boss") as tab:
        await tab.at("emergency").focus()
        await tab.page.keyboard.press("Enter")
        await tab.at("emergency-sheet").wait_for()
        await tab.page.keyboard.press("Enter")
        await tab.at("banner-emergency").wait_for()
        await tab.look()
        async with office.login("admin") as api:
            assert (await api.call("GET", "/api/v1/flows/emergency"))["active"] is True
        await tab.at("emergency-reopen").click()
        await tab.at("banner-emergency").wait_for(state="detached")
        await tab.at("emergency").wait_for()


async def test_why_a_call_waits_and_why_an_operator_gets_nothing(office: Office) -> None:
    async with manager(office, "/floor", "boss") as tab:
        caller = office.call("kira", "+79161119999")
        await tab.at("why-call-open").first.focus()
        await tab.page.keyboard.press("Enter")
        headline = tab.at("why-headline")
        await expect(headline).to_have_attribute("data-waits-for", "nobody_signed_in", timeout=MS)
        await tab.page.keyboard.press("Escape")
        await tab.at("why-agent-kira").click()
        await expect(tab.at("why-reasons").locator("li")).to_have_attribute("data-code", "absent", timeout=MS)
        await tab.page.keyboard.press("Escape")
        office.pbx.hang_up(caller)


@pytest.mark.parametrize("page", ["skills", "agents", "hours", "values", "prompts"])
async def test_every_page_can_be_read_by_everybody(office: Office, page: str) -> None:
    async with manager(office, f"/routing/{page}") as tab:
        await tab.at(page).wait_for()
        await tab.look()


async def test_a_prompt_is_uploaded_and_heard(office: Office, tmp_path: Path) -> None:
    async with manager(office, "/routing/prompts") as tab:
        await tab.at("upload-prompt").click()
        await tab.at("prompt-name").fill("greeting")
        await tab.at("prompt-language").fill("en")
        no_sound = tmp_path / "greeting.wav"
        no_sound.write_bytes(b"no sound at all")
        await tab.at("prompt-file").set_input_files(no_sound)
        await tab.at("save-prompt").click()
        await expect(tab.at("prompt-sheet").get_by_role("alert")).to_be_visible(timeout=MS)
        await tab.at("prompt-file").set_input_files(TONE)
        await tab.at("save-prompt").click()
        await tab.at("prompt-sheet").wait_for(state="detached")
        async with tab.page.expect_response("**/prompts/greeting/en/audio") as heard:
            await tab.at("prompt-greeting").get_by_test_id("play-prompt").click()
        assert (await heard.value).status in (200, 206)


async def test_callbacks_of_an_operator(office: Office) -> None:
    async with manager(office, "/callbacks", "anna") as tab:
        await tab.at("missed").wait_for()
        await tab.says("promised", "Callbacks you promised")
        await tab.look()
