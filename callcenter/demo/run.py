"""The demo, composed: an exchange, the real server on SQLite, seeded people and clients, simulated
operators."""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from callcenter.app import Server
from callcenter.calls.interactions import Interaction
from callcenter.calls.states import CallOutcome
from callcenter.clock import SystemClock
from callcenter.demo.exchange import Exchange
from callcenter.demo.operators import Habits, OperatorCounts, SimulatedOperator
from callcenter.demo.prompts import seed_prompts
from callcenter.demo.seed import DemoPeople, seed
from callcenter.history.queries import HistoryQueries, InteractionFilter
from callcenter.prompt_watch import prompt_desk
from callcenter.settings import default_path, load_settings
from callcenter.storage import Database, migrate
from callcenter.tasks import TaskGroup

PASSWORD = "callcenter demo"  # noqa: S105 (printed on the screen; the demo listens on loopback only)
VISITOR_STATION = "a1001"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """``seconds`` ends the demo by itself. ``seed`` is for the operators' habits."""

    port: int = 8080
    seconds: float | None = None
    seed: int = 20240229


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What happened, counted from the history. ``answered`` includes conversations that went on when the demo
    ended, ``open`` too; ``failed`` says that a part of the server crashed."""

    offered: int
    answered: int
    abandoned: int
    open: int
    cards_shown: int
    history_rows: int
    failed: bool = False


def data_path() -> Path:
    """The demo's data, beside the settings."""
    return default_path().parent / "demo"


async def run_demo(
    options: DemoOptions, exchange: Exchange, say: Callable[[str], None], until: asyncio.Event
) -> DemoSummary:
    """Run until ``until`` is set or the time is over; everything is gone afterwards.

    Raises ``ConfigError`` when the port is taken.
    """
    folder = Path(tempfile.mkdtemp(prefix="callcenter-demo-"))
    await exchange.start()
    try:
        return await _serve(options, exchange, say, until, folder)
    finally:
        await exchange.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _serve(
    options: DemoOptions, exchange: Exchange, say: Callable[[str], None], until: asyncio.Event, folder: Path
) -> DemoSummary:
    settings = load_settings(None, _settings(options, exchange, folder))
    database = Database(settings.database.url.get_secret_value())
    await migrate(database)
    spoken = await seed_prompts(prompt_desk(settings, database, SystemClock()), data_path() / "data.toml")
    people = await seed(database, SystemClock(), data_path() / "data.toml", PASSWORD, settings.site.region)
    began = SystemClock().now()
    server = Server(settings)
    operators, counts = TaskGroup(), OperatorCounts()
    try:
        try:
            await server.start()
            base = f"http://localhost:{server.port}"
            _announce(say, base, exchange, people)
            if spoken:
                say(f"  {spoken}\n")
            chance = random.Random(options.seed)
            habits = Habits(people.dispositions)
            for login in people.simulated(VISITOR_STATION):
                operator = SimulatedOperator(
                    f"http://localhost:{server.port}",
                    login,
                    PASSWORD,
                    habits,
                    random.Random(chance.random()),
                    counts,
                )
                operators.start(f"operator {login}", operator.run())
            await exchange.start_callers()
            await _wait(options.seconds, until, server.failed)
            await exchange.stop_callers()
        finally:
            await operators.close()
            await server.stop()
        summary = await _summary(database, began, counts)
        return replace(summary, failed=server.failed.is_set())
    finally:
        await database.close()


def _settings(options: DemoOptions, exchange: Exchange, folder: Path) -> dict[str, str]:
    return {
        "CALLCENTER_SITE_NAME": "Demo",
        "CALLCENTER_WEB_PORT": str(options.port),
        "CALLCENTER_WEB_PUBLIC_URL": f"http://localhost:{options.port}",
        "CALLCENTER_DATABASE_URL": f"sqlite:///{folder}/callcenter.sqlite3",
        "CALLCENTER_HISTORY_JOURNAL_DIR": str(folder / "journal"),
        "CALLCENTER_AMI_USERNAME": exchange.username,
        "CALLCENTER_AMI_SECRET": exchange.secret,
        "CALLCENTER_AMI_PORT": str(exchange.port),
        # Every station of the demo, the visitor's too, is a telephone that its exchange plays.
        "CALLCENTER_ASTERISK_BROWSER_STATIONS": "a9900-a9999",
        "CALLCENTER_ASTERISK_PROMPTS_DIR": str(exchange.prompts or folder / "prompts"),
        "CALLCENTER_ASTERISK_MESSAGES_DIR": str(exchange.messages or folder / "messages"),
    }


def _announce(say: Callable[[str], None], base: str, exchange: Exchange, people: DemoPeople) -> None:
    say(f"\n  The demo runs on {base}  ({exchange.description})\n")
    say("  Sign in as:")
    for login, role in people.sign_ins(VISITOR_STATION):
        say(f"    {login:<12} {role}")
    say(f"  Password for all of them: {PASSWORD}\n")


async def _wait(seconds: float | None, *events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def _summary(database: Database, since: float, counts: OperatorCounts) -> DemoSummary:
    queries = HistoryQueries(database)
    rows: list[Interaction] = []
    cursor: str | None = None
    while True:
        page = await queries.interactions(InteractionFilter(since=since), 200, cursor)
        rows.extend(page.items)
        cursor = page.next
        if cursor is None:
            break
    outcomes = Counter(row.outcome for row in rows)
    talking = sum(row.outcome is None and row.agent is not None for row in rows)
    return DemoSummary(
        offered=len(rows),
        answered=outcomes[CallOutcome.ANSWERED] + talking,
        abandoned=outcomes[CallOutcome.ABANDONED],
        open=outcomes[None],
        cards_shown=counts.cards_shown,
        history_rows=len(rows),
    )


def lines(summary: DemoSummary) -> Sequence[str]:
    """The summary for people."""
    return (
        f"  calls offered   {summary.offered}",
        f"  answered        {summary.answered}",
        f"  abandoned       {summary.abandoned}",
        f"  still open      {summary.open}",
        f"  cards shown     {summary.cards_shown}",
        f"  history rows    {summary.history_rows}",
    )
