"""The whole of it: a SIPp caller, Asterisk, our server on PostgreSQL, an operator in a real browser.

The card must be on screen before the phone is rung, and the history must say what SIP saw.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from callcenter.calls.facts import CallDisposed, RingSent
from callcenter.clock import SystemClock
from callcenter.crm.demo import seed_clients
from callcenter.history.demo import PastCaller, seed_past
from callcenter.people.plan import PlanStore
from callcenter.storage.database import Database
from tests.integration.house import MAIN, House, id_of, line, no_calls_left, operator
from tests.support.asterisk import AsteriskServer
from tests.support.browser import Desk
from tests.support.databases import run_apart
from tests.support.sipp import RINGS, ScriptedPhone, SippCaller, SippCallSpec, SippPhone
from tests.support.tally import tried

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.browser]

SALES, DIRECT = "88005552001", "88005552002"
NAME, NUMBER = "Мария Ильинична Лебедева", "+79161110001"
TOLERANCE = 0.4
"""Seconds between what our server and a phone say of one moment: packets, events and two busy processes."""
CLIENT = {
    "name": NAME,
    "rank": "vip",
    "since_days": 400,
    "phones": [{"number": "8 (916) 111-00-01", "label": "мобильный"}],
    "calls": 1,
    "deals": [{"title": "Поставка окон", "stage": "Договор", "amount": 125000, "days": 3}],
    "tickets": [{"title": "Скрипит створка", "status": "open", "priority": "high", "days": 1}],
    "tasks": [{"title": "Выслать смету", "due_days": 1, "assignee": "anna"}],
}


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_postgres: str) -> Iterator[House]:
    queues = [line("sales", SALES, ring=15, wrap_up=60), line("direct", DIRECT)]
    people = [operator("anna", "a1011", "sales"), operator("boris", "a1012", "direct")]
    # The limit is far away, so that a slow machine shows a long wait for the card and never a blind ring.
    opened = House.open(
        asterisk, house_folder, house_postgres, queues, people, settings={"ROUTING_POP_GATE_MS": 5000}
    )
    try:
        run_apart(_known_client(house_postgres))
        yield opened
    finally:
        opened.close()


async def _known_client(url: str) -> None:
    """One client with something of everything, and a call in the past."""
    database, clock = Database(url), SystemClock()
    try:
        clients = await seed_clients(database, clock, {"clients": [CLIENT]}, "RU")
        past = [PastCaller(client.id, client.name, client.number, client.calls) for client in clients]
        plan = await PlanStore(database).load()
        words = {queue.id: ("question",) for queue in plan.queues}
        await seed_past(database, past, plan, words, server=MAIN, now=clock.now(), seed=1)
    finally:
        await database.close()


async def test_the_card_the_talk_and_the_history(house: House, browser: Browser, sipp: str) -> None:
    desk = await Desk.open(browser, house.server.base)
    page = desk.page
    async with house.watched() as (boss, screen), ScriptedPhone(house.asterisk, "a1011", plan=RINGS) as phone:
        await desk.sign_in("anna")
        await screen.wait(lambda: screen.agent("anna").get("station_ready"), "anna's phone")
        await page.get_by_test_id("state-menu").click()
        await page.get_by_test_id("state-ready").click()
        await desk.wait_state("ready")

        dialled = time.time()
        async with await SippCaller(house.asterisk).call(SippCallSpec(SALES, NUMBER), hold_seconds=60) as run:
            rung = await phone.next_call(seconds=15)
            call = id_of(rung)

            # Before the phone knew of the call, the operator saw who it is and what is open.
            seen = await desk.painted_at("card-name")
            assert seen <= rung.invited_wall, f"the phone was rung {seen - rung.invited_wall:.3f} s before"
            assert await desk.text("card-name") == NAME
            card = await desk.text("card")
            for part in (CLIENT["deals"], CLIENT["tickets"], CLIENT["tasks"]):
                assert isinstance(part, list)
                assert part[0]["title"] in card
            past = page.locator(f"[data-testid=history-row]:not([data-call='{call}'])")
            assert await past.count() == 1
            assert await page.get_by_test_id("offer-panel").is_visible()
            assert _digits(await desk.text("call-number")) == _digits(NUMBER)

            rung.answer()
            answered = time.time()
            await page.get_by_test_id("talk-panel").wait_for()
            # SIPp echoes: our own frames come back only if both directions pass.
            await rung.rtp.wait_heard(rung.rtp.fill, 50)
            run.hang_up()
            assert await rung.wait_ended() == "bye"
            over = time.time()
            result = await run.wait()
        assert (result.successful, result.failed) == (1, 0), result.errors

        # The outcome and a line, without a mouse: the first disposition, its note, and done.
        await page.get_by_test_id("wrapup-panel").wait_for()
        await page.keyboard.press("Digit1")
        await page.keyboard.type("Пришлёт договор в пятницу")
        await page.keyboard.press("Control+Enter")
        await desk.wait_state("ready")
        closed = time.time()

        record = await boss.interaction(call, lambda answer: answer["disposition"], "disposed")
        assert (record["number"], record["queue"], record["agent"]) == (NUMBER, "sales", "anna")
        assert (record["outcome"], record["disposition"]) == ("answered", "sale")
        assert record["note"] == "Пришлёт договор в пятницу"
        assert record["client"] is not None
        close = _close(record)
        assert dialled <= record["started_at"] <= rung.invited_wall
        close("ended_at", over)
        close("waited", answered - record["started_at"])
        close("talked", over - answered)
        legs = {leg["role"]: leg for leg in record["legs"]}
        assert len(record["legs"]) == 2
        assert (legs["agent"]["agent"], legs["agent"]["station"]) == ("anna", "a1011")
        assert (legs["agent"]["cause"], legs["caller"]["cause"]) == (16, 16)
        leg = _close(legs["agent"])
        leg("started_at", rung.invited_wall)
        leg("talk_started_at", answered)
        leg("ended_at", over)
        leg("talked", over - answered)
        (offer,) = record["offers"]
        assert (offer["agent"], offer["queue"], offer["outcome"]) == ("anna", "sales", "answered")
        assert offer["made_at"] <= offer["painted_at"] <= offer["ring_sent_at"] <= rung.invited_wall
        assert offer["rang_at"] <= offer["answered_at"]
        (sent,) = [fact for fact in record["facts"] if fact["type"] == RingSent.__name__]
        assert sent["painted"]
        assert sent["lead"] >= 0
        (disposed,) = [fact for fact in record["facts"] if fact["type"] == CallDisposed.__name__]
        _close(disposed)("wrap_up", closed - over, 1.0)

        # And on screen: the list of one's own calls, and the client's history with the offer.
        row = page.locator(f"[data-testid=recent-row][data-call='{call}']")
        await row.filter(has_text="Пришлёт договор в пятницу").wait_for()
        text = await row.inner_text()
        assert _digits(NUMBER) in _digits(text)
        await row.click()
        line_of_client = page.locator(f"[data-testid=history-row][data-call='{call}']")
        await line_of_client.wait_for()
        await expect(line_of_client).to_have_attribute("data-outcome", "answered")
        await expect(line_of_client).to_have_attribute("data-disposition", "sale")
        assert "Anna" in await line_of_client.inner_text()
        detail = page.get_by_test_id("call-detail").first
        await detail.wait_for()
        assert _digits(NUMBER) in _digits(await detail.inner_text())
        assert await page.get_by_test_id("history-row").count() == 2
        assert desk.complaints == []
        tried("card painted before the ring")
    await desk.close()
    await no_calls_left(house.asterisk)


def _digits(text: str) -> str:
    """The console spaces numbers for reading."""
    return re.sub(r"\D", "", text)


def _close(said: dict[str, float]) -> Callable[..., None]:
    """A check of a field against what SIP saw."""

    def check(field: str, seen: float, tolerance: float = TOLERANCE) -> None:
        assert abs(said[field] - seen) < tolerance, f"{field}: {said[field]:.3f}, seen {seen:.3f}"

    return check


async def test_sipp_on_both_ends_of_a_routed_call(house: House, sipp: str) -> None:
    """A plain phone and no browser: three callers are served in turn, in the order in which they came."""
    specs = [SippCallSpec(DIRECT, f"+7916222000{at}") for at in range(3)]
    async with house.watched() as (boss, screen):
        async with await SippPhone.start(house.asterisk, "a1012", answer_seconds=0.1, hold_seconds=0.5):
            await boss.set_state("ready", agent="boris")
            await screen.wait_agent("boris", "ready")
            async with await SippCaller(house.asterisk).call(specs, rate=5, hold_seconds=30) as run:
                result = await run.wait()
        assert (result.created, result.successful, result.failed) == (3, 3, 0), result.errors
        await house.each_call_ended_once()
        listed = await boss.call("GET", "/api/v1/calls?queue=direct")
        served = [await boss.ended(call["call"]) for call in reversed(listed["items"])]
        assert [call["number"] for call in served] == [spec.caller for spec in specs]
        assert [call["outcome"] for call in served] == ["answered"] * 3
        answers = [call["offers"][0]["answered_at"] for call in served]
        assert answers == sorted(answers)
        for call in served:
            assert abs(call["talked"] - 0.5) < TOLERANCE
