"""A call center for the browser: the product as a process, a simulated PBX moved by hand, Chromium.

Each operator has a queue and a number of his own, so that tests of one office keep apart. Browsers reach the
server through a relay, which can be cut.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from callcenter.clock import SystemClock
from callcenter.crm.demo import seed_clients
from callcenter.people.views import Role
from callcenter.simulator import SimulatedPbx, SimulatorServer
from callcenter.simulator.phones import RINGS, Phone, RingPlan
from callcenter.storage.database import Database
from callcenter.storage.schema import migrate
from routing.acd.model import Queue
from routing.ids import QueueId
from tests.support.browser import PAINTS
from tests.support.ports import free_tcp_port
from tests.support.server import PASSWORD, ApiClient, Person, ServerProcess, SiteSeed, seed_site
from tests.support.tcp_proxy import TcpProxy

ROOT = Path(__file__).resolve().parents[2]
AXE: Final = (ROOT / "agents_ui/node_modules/axe-core/axe.min.js").read_text
MS: Final = 10_000.0
"""The deadline of everything a person would expect at once; only a broken console takes so long."""
SPILLED: Final = """
[...document.querySelectorAll("table")]
  .filter((table) => table.closest(".scroll-x") === null)
  .map((table) => [table, table.closest(".panel, dialog")])
  .filter(([table, panel]) =>
    panel && table.getBoundingClientRect().right > panel.getBoundingClientRect().right + 1)
  .map(([table]) => table.textContent.slice(0, 80))
"""
OPERATORS: Final = ("anna", "boris", "vera", "gleb", "dina", "egor", "zoya", "kira", "lena")
IN_BROWSER: Final = "lena"
"""Her phone is her browser, which finds no telephone server: no call can be rung there."""
QUICK: Final = "dina"
"""His wrap-up ends after two seconds."""
KNOWN: Final = {
    "name": "Maria Lebedeva",
    "company": "North Wind",
    "rank": "vip",
    "note": "Speaks fast.",
    "since_days": 400,
    "phones": [{"number": "8 (916) 111-00-01", "label": "mobile"}],
    "deals": [{"title": "Forty windows", "stage": "negotiation", "amount": 125000, "days": 3}],
    "tickets": [{"title": "A sash creaks", "status": "in_progress", "priority": "high", "days": 1}],
    "tasks": [{"title": "Send the estimate", "due_days": -1, "assignee": "anna"}],
}
FAMILY: Final = tuple(
    {
        "name": name,
        "since_days": 10,
        "phones": [{"number": "+79161110002", "label": "home"}],
        "deals": [{"title": "A door", "stage": "Mesuré", "amount": 100, "days": 1}] * deals,
    }
    for name, deals in (("Peter Orlov", 0), ("Irina Orlova", 1))
)


def number_of(operator: str) -> str:
    """What a customer dials to reach this operator."""
    return f"7495123{1000 + OPERATORS.index(operator)}"


def station_of(operator: str) -> str:
    return f"a{1001 + OPERATORS.index(operator)}"


def _queue(operator: str) -> Queue:
    seconds = 2 if operator == QUICK else 60
    return Queue(QueueId(f"to-{operator}"), f"To {operator}", (number_of(operator),), wrap_up_seconds=seconds)


@dataclass
class Office:
    """``base`` is the address that browsers and API clients use."""

    base: str
    server: ServerProcess
    proxy: TcpProxy
    pbx: SimulatedPbx
    chromium: Browser

    @classmethod
    @asynccontextmanager
    async def opened(cls, folder: Path, chromium: Browser) -> AsyncIterator[Office]:
        url = f"sqlite:///{folder}/office.sqlite3"
        await _enter(url)
        pbx = SimulatedPbx(now=time.time(), stations=[station_of(operator) for operator in OPERATORS])
        simulator = SimulatorServer(pbx, "127.0.0.1", 0, {"callcenter": "a secret"})
        await simulator.start()
        port = free_tcp_port()
        base = f"http://127.0.0.1:{port}"
        environ = {
            "CALLCENTER_DATABASE_URL": url,
            "CALLCENTER_AMI_USERNAME": "callcenter",
            "CALLCENTER_AMI_SECRET": "a secret",
            "CALLCENTER_AMI_PORT": str(simulator.port),
            "CALLCENTER_WEB_PUBLIC_URL": base,
            # A busy machine may paint late; that the ring waits for the card is what is looked at.
            "CALLCENTER_ROUTING_POP_GATE_MS": "5000",
            "CALLCENTER_ASTERISK_PROMPTS_DIR": str(folder / "prompts"),
            # All others have the simulator's own telephones.
            "CALLCENTER_ASTERISK_BROWSER_STATIONS": f"{station_of(IN_BROWSER)}-{station_of(IN_BROWSER)}",
        }
        try:
            async with ServerProcess(folder, environ) as server, TcpProxy(server.port, port) as proxy:
                yield cls(base, server, proxy, pbx, chromium)
        finally:
            await simulator.stop()

    def call(self, operator: str, number: str, name: str = "") -> str:
        """Somebody calls the operator's number; returns the channel, to hang up by."""
        return self.pbx.call(number, name, number_of(operator))

    def phone(self, operator: str) -> Phone:
        return self.pbx.phone(station_of(operator))

    def invites(self, operator: str) -> list[float]:
        """When this operator's phone is told to ring from now on, in epoch seconds, as it is told."""
        moments: list[float] = []

        def noted() -> RingPlan:
            moments.append(time.time())
            return RINGS

        self.phone(operator).plan = noted
        return moments

    def login(self, login: str) -> ApiClient:
        return ApiClient(self.base, login)

    @asynccontextmanager
    async def tab(self, login: str | None = None, *, ready: bool = False) -> AsyncIterator[Tab]:
        """A browser profile with one tab, English, light; signed in and ready when asked. What the console
        reports as wrong fails the test."""
        tab = await Tab.open(self, self.chromium)
        try:
            if login is not None:
                await tab.sign_in(login)
                if ready:
                    await tab.page.keyboard.press("r")
                    await tab.is_in("ready")
            yield tab
            assert tab.complaints == []
        finally:
            await tab.context.close()


class Tab:
    """A tab of the console. Waits of its helpers have the deadline ``MS``."""

    def __init__(self, office: Office, context: BrowserContext, page: Page) -> None:
        self.office = office
        self.context = context
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            # A refused or failed request is shown by the console itself; the browser also logs it.
            lambda said: (
                self.complaints.append(said.text)
                if said.type == "error"
                and "ERR_" not in said.text
                and "the server responded" not in said.text
                and "WebSocket connection" not in said.text
                else None
            ),
        )

    @classmethod
    async def open(cls, office: Office, chromium: Browser) -> Tab:
        context = await chromium.new_context(
            locale="en-GB",
            viewport={"width": 1366, "height": 768},
            color_scheme="light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(MS)
        await context.add_init_script(PAINTS)
        page = await context.new_page()
        await page.goto(office.base)
        return cls(office, context, page)

    async def another(self) -> Tab:
        """A second tab in the same profile."""
        page = await self.context.new_page()
        await page.goto(self.office.base)
        return Tab(self.office, self.context, page)

    def at(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    async def sign_in(self, login: str, password: str = PASSWORD) -> None:
        await self.at("login").fill(login)
        await self.at("password").fill(password)
        await self.at("sign-in").click()
        await self.is_live()

    async def is_live(self) -> None:
        await self.page.locator("[data-testid=connection-state][data-link=live]").wait_for()

    async def is_in(self, state: str) -> None:
        await self.page.locator(f"[data-testid=agent-state][data-state={state}]").wait_for()

    async def says(self, test_id: str, text: str) -> None:
        await expect(self.at(test_id)).to_contain_text(text, timeout=MS)

    async def rings(self, operator: str) -> None:
        """Returns once the offer is on the screen and the phone rings."""
        await self.page.locator("[data-testid=offer-panel][data-ringing=true]").wait_for()
        assert self.office.phone(operator).ringing_leg is not None

    async def talks(self, operator: str) -> None:
        await self.rings(operator)
        assert self.office.phone(operator).answer()
        await self.at("talk-panel").wait_for()

    async def look(self) -> None:
        """In both languages and themes: axe finds nothing serious, and nothing scrolls sideways."""
        for language in ("ru", "en"):
            await self.at(f"language-{language}").click()
            await expect(self.page.locator("html")).to_have_attribute("lang", language, timeout=MS)
            for theme in ("light", "dark"):
                # As Chromium tells the page what the system prefers: the theme is "as in the system".
                await self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
                scheme = self.page.locator(f"html[data-mantine-color-scheme={theme}]")
                await scheme.wait_for(state="attached")
                found = await self._axe()
                assert found == [], f"{language}, {theme}: {found}"
        await self.keeps_within()

    async def keeps_within(self) -> None:
        """Nothing scrolls sideways, and no table is wider than its panel, to lie over what is beside it."""
        assert not await self.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert await self.page.evaluate(SPILLED) == []

    async def top_of(self, test_id: str) -> float:
        box = await self.at(test_id).bounding_box()
        assert box is not None
        return box["y"]

    async def _axe(self) -> list[str]:
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE())
        found: Any = await self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations'],"
            " runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        )
        return [
            f"{violation['impact']} {violation['id']}: {violation['nodes'][0]['html'][:200]}"
            for violation in found["violations"]
            if violation["impact"] in ("serious", "critical")
        ]


async def _enter(url: str) -> None:
    people = [
        *(
            Person(operator, station=station_of(operator), queues=(f"to-{operator}",))
            for operator in OPERATORS
        ),
        Person("boss", Role.SUPERVISOR),
        Person("admin", Role.ADMINISTRATOR),
    ]
    database = Database(url)
    try:
        await migrate(database)
        await seed_site(database, SiteSeed([_queue(operator) for operator in OPERATORS], people))
        await seed_clients(database, SystemClock(), {"clients": [KNOWN, *FAMILY]}, "RU")
    finally:
        await database.close()
