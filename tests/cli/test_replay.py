"""``callcenter replay``: a day that was, told as facts, then served again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callcenter.calls import facts as f
from callcenter.calls.facts import Fact
from callcenter.calls.states import AgentState, Author, CallOutcome, OfferOutcome
from callcenter.cli import main as command
from callcenter.clock import SystemClock
from callcenter.history.store import FactStore
from callcenter.people.plan import PlanStore
from callcenter.people.users import UserStore
from callcenter.people.views import Language, Role, User
from callcenter.storage import Database, migrate
from routing.acd.model import Queue
from routing.ids import AgentId, CallId, LegId, StationId, offer_id
from tests.history.stories import MAIN, SALES, entries
from tests.history.test_store import documents
from tests.support.databases import run_apart

MOSCOW = ZoneInfo("Europe/Moscow")
NINE = datetime(2026, 3, 2, 9, tzinfo=MOSCOW).timestamp()
STAFF = (AgentId("anna"), AgentId("boris"))
HOURS = 3

Command = Callable[..., tuple[int, str, str]]


def _day() -> list[Fact]:
    """Two agents for three hours, served by the oldest rule: whoever is free takes the oldest call."""
    chance = random.Random(11)
    facts: list[Fact] = []
    for number, agent in enumerate(STAFF):
        facts.append(_state(NINE - 60 + number, agent, AgentState.OFFLINE, AgentState.READY, None))
    free = dict.fromkeys(STAFF, NINE)
    at, number = NINE, 0
    while (at := at + chance.expovariate(25 / 3600)) < NINE + HOURS * 3600:
        number += 1
        call = CallId(f"main:{number}.1")
        facts += [
            f.CallStarted(at, call, MAIN, "+79990001001", "", "1"),
            f.CallQueued(at, call, SALES, 0, at, False),
        ]
        agent = min(free, key=lambda one: (free[one], one))
        answered = max(at, free[agent]) + 3.0
        patience = chance.expovariate(1 / 120)
        if answered - at > patience:
            facts.append(f.CallEnded(at + patience, call, CallOutcome.ABANDONED, patience, 0.0))
            continue
        talk = chance.expovariate(1 / 240)
        offer, leg = offer_id(call, 1), LegId(f"main:{number}.2")
        end = answered + talk
        facts += [
            f.OfferMade(
                answered - 3, call, offer, SALES, agent, StationId("a1"), 0.0, answered - 3 - at, 1.0
            ),
            _state(answered - 3, agent, AgentState.READY, AgentState.OFFERED, call),
            f.TalkStarted(answered, call, offer, agent, leg),
            f.OfferEnded(answered, call, offer, agent, OfferOutcome.ANSWERED),
            _state(answered, agent, AgentState.OFFERED, AgentState.TALKING, call),
            f.TalkEnded(end, call, agent, leg, talk),
            f.CallEnded(end, call, CallOutcome.ANSWERED, answered - at, talk),
            _state(end, agent, AgentState.TALKING, AgentState.WRAP_UP, call),
            f.CallDisposed(end + 10, call, agent, "sold", "", 10.0),
            _state(end + 10, agent, AgentState.WRAP_UP, AgentState.READY, None),
        ]
        free[agent] = end + 10
    for number, agent in enumerate(STAFF):
        last = max(free[agent], NINE + HOURS * 3600) + number
        facts.append(_state(last, agent, AgentState.READY, AgentState.OFFLINE, None))
    return sorted(facts, key=lambda fact: fact.at)


def _state(at: float, agent: AgentId, before: AgentState, after: AgentState, call: CallId | None) -> Fact:
    return f.AgentStateChanged(at, agent, after, before, "", Author.AGENT, call)


@pytest.fixture
def callcenter(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", sqlite_url)

    async def told() -> None:
        database = Database(sqlite_url)
        try:
            await migrate(database)
            await PlanStore(database).add_queue(Queue(SALES, "Sales", ()))
            users = UserStore(database, SystemClock())
            for number, agent in enumerate(STAFF, 1):
                station = StationId(f"a100{number}")
                user = User(agent, agent, Role.OPERATOR, Language.RU, True, station, (SALES,), ())
                await users.add(user, "x")
            await FactStore(database).write(documents(entries(_day())))
        finally:
            await database.close()

    run_apart(told())

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["callcenter", *words])
        code = 0
        try:
            command.main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        out, err = capsys.readouterr()
        return code, out, err

    run("migrate")  # says once that the usual words were entered
    return run


def _replayed(callcenter: Command, *options: str) -> dict[str, Any]:
    code, out, err = callcenter("replay", "--day", "2026-03-02", "--json", "--replications", "6", *options)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def test_the_same_rule_gives_about_the_same_day(callcenter: Command) -> None:
    found = _replayed(callcenter)
    was, again = found["reports"]["as it was"]["total"], found["reports"]["by this plan"]["total"]
    calls = sum(isinstance(fact, f.CallEnded) for fact in _day())
    assert was["offered"]["mean"] == again["offered"]["mean"] == calls
    assert was["offered"]["half"] is None
    # The day was served as the engine would, to the second; chance is in the handling of who gave up alone.
    assert again["abandoned"]["mean"] == pytest.approx(was["abandoned"]["mean"], rel=0.25)
    assert again["asa"]["mean"] == pytest.approx(was["asa"]["mean"], rel=0.25)
    assert again["occupancy"]["mean"] == pytest.approx(was["occupancy"]["mean"], rel=0.1)
    assert again["service_level"]["mean"] == pytest.approx(was["service_level"]["mean"], abs=0.1)


def test_side_by_side_and_what_it_cannot_know(callcenter: Command) -> None:
    code, out, err = callcenter(
        "replay",
        "--day",
        "2026-03-02",
        "--replications",
        "3",
        "--preset",
        "first_come",
        "--strategy",
        "random",
    )
    assert (code, err) == (0, "")
    assert "as it was" in out
    assert "by this plan" in out
    assert "by first_come, random" in out
    told, _, caveats = out.partition("What this can't know:")
    assert "all: ASA s" in told
    assert "Kaplan-Meier" in caveats
    assert "gave up; how long they would have talked" in caveats


def test_another_plan(callcenter: Command, tmp_path: Path) -> None:
    plan = tmp_path / "one.toml"
    plan.write_text(
        '[queues.sales]\nname = "Sales"\nservice_level_seconds = 60\n[agents.boris]\nqueues = []\n',
        encoding="utf-8",
    )
    found = _replayed(callcenter, "--plan", str(plan), "--patience", "exponential")
    usual, alone = found["reports"]["by this plan"]["total"], found["reports"]["by one.toml"]["total"]
    assert usual["offered"] == alone["offered"]
    assert alone["served"]["mean"] < 0.8 * usual["served"]["mean"]
    assert any("exponential" in caveat for caveat in found["caveats"])


def test_one_seed_one_answer(callcenter: Command) -> None:
    assert _replayed(callcenter, "--seed", "4") == _replayed(callcenter, "--seed", "4")


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (("--day", "yesterday"), ("--day", "not a date", "2026-11-22")),
        (("--day", "2026-03-05"), ("2026-03-05", "no call of a queue")),
        ((), ("no call of a queue",)),
        (("--day", "2026-03-02", "--plan", "gone.toml"), ("gone.toml", "no such file")),
        (
            ("--day", "2026-03-02", "--plan", "{other}"),
            ("other.toml:1 agents.zoe", "no agent zoe", "add-user"),
        ),
        (("--day", "2026-03-02", "--plan", "{broken}"), ("broken.toml:2 queues.help.valeu", "value")),
    ],
)
def test_what_cannot_be_replayed_is_told(
    callcenter: Command, tmp_path: Path, options: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    other, broken = tmp_path / "other.toml", tmp_path / "broken.toml"
    other.write_text('[agents.zoe]\nqueues = ["sales"]\n', encoding="utf-8")
    broken.write_text('[queues.help]\nvaleu = 3\nname = "Help"\n', encoding="utf-8")
    words = [word.format(other=other, broken=broken) for word in options]
    code, out, err = callcenter("replay", *words)
    assert (code, out) == (1, "")
    assert err.startswith("callcenter: ")
    for part in parts:
        assert part in err


def test_a_scenario_of_the_plan_in_force(callcenter: Command, tmp_path: Path) -> None:
    calls = """
[calls.buyers]
queue = "sales"
per_hour = 20
handle = { distribution = "exponential", mean = 240 }
patience = { distribution = "exponential", mean = 120 }
"""
    path = tmp_path / "scenario.toml"
    path.write_text('plan = "database"\nreplications = 2\n' + calls, encoding="utf-8")
    code, out, err = callcenter("simulate", "acd", str(path), "--json")
    assert (code, err) == (0, "")
    now = json.loads(out)
    assert now["pools"]["sales"]["agents"]["mean"] == 2
    export = tmp_path / "export.toml"
    assert callcenter("export", str(export))[0] == 0
    path.write_text('plan = "export.toml"\nreplications = 2\n' + calls, encoding="utf-8")
    code, out, err = callcenter("simulate", "acd", str(path), "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == now
