"""The demo's data: complete, entered once, and full cards."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from sqlalchemy import func, select

from callcenter.clock import SystemClock
from callcenter.crm.directory import CallerDirectory
from callcenter.crm.models import ClientRow
from callcenter.crm.numbers import normalise
from callcenter.demo.prompts import seed_prompts
from callcenter.demo.seed import seed
from callcenter.flows.prompts import PromptDesk
from callcenter.flows.store import FlowStore
from callcenter.history.models import CallRow, LedgerRow
from callcenter.history.queries import HistoryQueries
from callcenter.history.restore import load_restored
from callcenter.history.terms import next_term
from callcenter.people.changes import CALENDAR
from callcenter.people.check import check_plan
from callcenter.people.passwords import matches
from callcenter.people.plan import PlanStore
from callcenter.people.users import UserStore
from callcenter.prompts import PromptFolder
from callcenter.scripts.check import check
from callcenter.scripts.documents import script_of
from callcenter.scripts.store import ScriptStore
from callcenter.storage import Database

CONFIG = Path(__file__).parents[2] / "config"
DATA = CONFIG / "demo" / "data.toml"


async def _counts(database: Database) -> tuple[int, ...]:
    async with database.read() as connection:
        return tuple(
            [
                int(await connection.scalar(select(func.count()).select_from(table)) or 0)
                for table in (ClientRow, CallRow, LedgerRow)
            ]
        )


async def test_the_demo_is_entered_once_and_makes_full_cards(database: Database, tmp_path: Path) -> None:
    clock = SystemClock()
    desk = PromptDesk(FlowStore(database, clock), PromptFolder(tmp_path / "prompts"), ("en", "ru"))
    await seed_prompts(desk, DATA)
    people = await seed(database, clock, DATA, "a password", "RU")
    counts = await _counts(database)
    assert counts[0] == 60
    assert counts[1] > 80
    assert await seed(database, clock, DATA, "another", "RU") == people
    assert await _counts(database) == counts

    plan = await PlanStore(database).load()
    assert {queue.id: queue.numbers for queue in plan.queues} == {
        "sales": ("74951230001",),
        "support": ("74951230002",),
        "vip": ("74951230003",),
    }
    assert plan.default_queue == "sales"
    assert [team.id for team in plan.teams] == ["evening"]
    assert {value.id for value in plan.values} == {"vip", "risk"}
    site = await PlanStore(database).site_plan()
    assert [flow.id for flow in site.flows.flows] == ["main"]
    assert check_plan(site, CALENDAR, clock.now()) == ()
    assert sorted(agent.station for agent in plan.agents) == [f"a{number}" for number in range(1001, 1013)]
    assert await matches("a password", await UserStore(database, clock).password_hash("admin"))
    assert len(people.simulated("a1001")) == 11
    assert ("supervisor", "supervisor") in people.sign_ins("a1001")
    assert "resolved" in people.dispositions

    scripts = ScriptStore(database, clock)
    (script,) = await scripts.all()
    assert (script.id, script.published, set(script.queues)) == ("first-line", 1, {"sales", "support"})
    version = await scripts.version(script.id)
    assert version is not None
    assert check(script_of(version.document)) == ()
    (visitor,) = [agent for agent in plan.agents if agent.station == "a1001"]
    assert set(visitor.queues) <= set(script.queues), "the first call that the visitor gets goes by it"

    directory = CallerDirectory(database, clock, "RU", HistoryQueries(database))
    cards = [json.loads((await directory.look_up(number)).card) for number in _callers()]
    assert {card["match"] for card in cards} == {"known"}
    for part in ("interactions", "deals", "tickets", "tasks"):
        assert any(card["client"][part] for card in cards), part
    shared = json.loads((await directory.look_up("84951240999")).card)
    assert shared["match"] == "several"
    assert len(shared["candidates"]) == 3

    assert (await load_restored(database)).calls == ()
    assert await next_term(database) >= 1


def _callers() -> list[str]:
    """Those whom the simulated exchange lets call."""
    exchange = tomllib.loads((CONFIG / "demo" / "pbx.toml").read_text())
    return [person["number"] for person in exchange["callers"]["people"]]


def test_every_number_is_one() -> None:
    data = tomllib.loads(DATA.read_text())
    for client in data["clients"]:
        for phone in client["phones"]:
            assert normalise(phone["number"], "RU").e164, phone
