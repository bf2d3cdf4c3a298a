"""``callcenter simulate acd``: a useful day, and every way to write a scenario wrongly, each told with its
place and its remedy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from callcenter.cli import main as command

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "config" / "whatif" / "two-queues.toml"

GOOD = """
name = "Small"
from = "09:00"
until = "11:00"
replications = 3

[skills.russian]
ru = "Русский"
en = "Russian"

[values.gold]
name = "Gold"
value = 3

[queues.sales]
name = "Sales"
required = [{ skill = "russian", level = 2 }]

[agents.anna]
queues = ["sales"]
skills = [{ skill = "russian", level = 5 }]

[crews.team]
count = 2
queues = ["sales"]
skills = [{ skill = "russian", level = 5 }]

[shifts.day]
agents = ["anna"]
crews = ["team"]
from = "09:00"
until = "11:00"
pauses = [{ from = "10:00", until = "10:15" }]

[calls.buyers]
queue = "sales"
per_hour = 30
handle = { distribution = "exponential", mean = 240 }
patience = { distribution = "exponential", mean = 120 }

[calls.gold]
queue = "sales"
client = "gold"
arrivals = [{ from = "09:00", until = "10:00", per_hour = 10 }]
handle = { distribution = "gamma", mean = 240, cv = 0.5 }
patience = { distribution = "never" }
"""

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def callcenter(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["callcenter", *words])
        code = 0
        try:
            command.main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def _simulated(callcenter: Command, path: Path, *options: str) -> dict[str, Any]:
    code, out, err = callcenter("simulate", "acd", str(path), "--json", *options)
    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    found: dict[str, Any] = json.loads(out)
    return found


def test_the_example_tells_of_queues_types_and_pools(callcenter: Command) -> None:
    code, out, err = callcenter("simulate", "acd", str(EXAMPLE), "--replications", "4")
    assert (code, err) == (0, "")
    for title in ("queue sales", "queue support", "type regulars", "pool sales", "occupied %", "spread", "±"):
        assert title in out
    found = _simulated(callcenter, EXAMPLE, "--replications", "4")
    assert set(found["queues"]) == {"sales", "support"}
    for part in (found["total"], *found["queues"].values(), *found["types"].values()):
        for figure in ("offered", "served", "abandoned", "service_level", "asa", "cost"):
            assert part[figure]["of"] == 4
            assert part[figure]["half"] >= 0
        assert part["offered"]["mean"] == part["served"]["mean"] + part["abandoned"]["mean"]
    assert 0.3 < found["total"]["occupancy"]["mean"] < 1.0
    regulars = found["types"]["regulars"]
    assert regulars["cost"]["mean"] == pytest.approx(3 * regulars["abandoned"]["mean"])


def test_one_seed_one_answer_and_another_one_by_option(callcenter: Command, tmp_path: Path) -> None:
    path = _written(tmp_path, GOOD)
    first = _simulated(callcenter, path)
    assert first == _simulated(callcenter, path)
    other = _simulated(callcenter, path, "--seed", "9", "--replications", "5")
    assert (other["seed"], other["replications"]) == (9, 5)
    assert other["total"] != first["total"]


def test_a_single_replication_claims_no_interval(callcenter: Command, tmp_path: Path) -> None:
    found = _simulated(callcenter, _written(tmp_path, GOOD), "--replications", "1")
    assert found["total"]["offered"]["half"] is None


OVERLOADED = """
from = "09:00"
until = "10:00"
replications = 2

[queues.sales]
name = "Sales"

[crews.team]
count = 2
queues = ["sales"]

[calls.buyers]
queue = "sales"
per_hour = 100
handle = { distribution = "exponential", mean = 120 }
patience = { distribution = "never" }
"""


def test_without_shifts_who_waits_at_the_end_is_served(callcenter: Command, tmp_path: Path) -> None:
    figures = _simulated(callcenter, _written(tmp_path, OVERLOADED))["total"]
    assert figures["served"]["mean"] == figures["offered"]["mean"] > 60
    assert (figures["unserved"]["mean"], figures["cost"]["mean"]) == (0, 0)


def test_a_plan_file_and_what_the_scenario_replaces_in_it(callcenter: Command, tmp_path: Path) -> None:
    plan, _, calls = GOOD.partition("[crews.team]")
    (tmp_path / "export.toml").write_text(plan[plan.index("[skills") :], encoding="utf-8")
    calls = calls[calls.index("[calls.buyers]") :].replace('client = "gold"\n', "")
    head = 'plan = "export.toml"\nfrom = "09:00"\nuntil = "11:00"\nreplications = 2\n'
    alone = _simulated(callcenter, _written(tmp_path, head + calls))
    assert alone["pools"]["sales"]["agents"]["mean"] == 1
    more = '[crews.extra]\ncount = 5\nqueues = ["sales"]\nskills = [{ skill = "russian", level = 2 }]\n'
    helped = _simulated(callcenter, _written(tmp_path, head + more + calls))
    assert helped["pools"]["sales"]["agents"]["mean"] == 6
    assert helped["total"]["offered"] == alone["total"]["offered"]
    assert helped["total"]["abandoned"]["mean"] < alone["total"]["abandoned"]["mean"]


def test_real_calls_and_measured_lengths(callcenter: Command, tmp_path: Path) -> None:
    (tmp_path / "handle.csv").write_text("seconds\n60\n120\n", encoding="utf-8")
    (tmp_path / "calls.csv").write_text(
        "at,type,handle,patience\n09:00:10,buyers,300,\n09:01,buyers,,20\n32500.5,gold,100,5\n",
        encoding="utf-8",
    )
    text = GOOD.replace("replications", 'ledger = "calls.csv"\nreplications').replace("per_hour = 30\n", "")
    text = text.replace(
        '{ distribution = "exponential", mean = 240 }',
        '{ distribution = "empirical", file = "handle.csv", column = "seconds" }',
    )
    text = text.replace('arrivals = [{ from = "09:00", until = "10:00", per_hour = 10 }]\n', "")
    found = _simulated(callcenter, _written(tmp_path, text))
    assert found["types"]["buyers"]["offered"]["mean"] == 2
    assert found["types"]["gold"]["aht"]["mean"] == 100
    assert 180 <= found["types"]["buyers"]["aht"]["mean"] <= 210


_REPLACED = [
    ("from", 'from = "09:00"\nuntil = "11:00"\nrep', 'from = "9"\nuntil = "11:00"\nrep',
     ":3 from", "not a time of day", "09:00"),
    ("until", 'until = "11:00"\nrep', 'until = "08:00"\nrep', ":4 until", "is not after from", "26:00"),
    ("zero", "replications = 3", "replications = 0", ":5 replications", "out of range", "at least 1"),
    ("typo", "replications = 3", "replicatons = 3", ":5 replicatons", "nothing has this name",
     "Did you mean 'replications'"),
    ("rate", "per_hour = 30", "per_hour = -1", "calls.buyers.per_hour", "out of range", "at least 0"),
    ("text", "per_hour = 30", 'per_hour = "30"', "calls.buyers.per_hour", "not a number", "without quotes"),
    ("no rate", "per_hour = 30\n", "", "calls.buyers", "how often they call", "per_hour"),
    ("both", "per_hour = 30\n", 'per_hour = 30\narrivals = [{from="09:00",until="10:00",per_hour=1}]\n',
     "calls.buyers.arrivals", "beside per_hour", "Keep one"),
    ("interval", 'until = "10:00", per_hour', 'until = "09:00", per_hour', "calls.gold.arrivals",
     "empty or overlaps", "in order"),
    ("distribution", '"gamma"', '"normal"', "calls.gold.handle", "which distribution", "'lognormal'"),
    ("no cv", ", cv = 0.5", "", "calls.gold.handle.cv", "missing", "Write it"),
    ("never ends", '"exponential", mean = 240', '"never"', "calls.buyers.handle",
     "which distribution", "'gamma'"),
    ("queue", 'queue = "sales"\nper', 'queue = "sale"\nper', "calls.buyers.queue",
     "no queue sale", "'sales'"),
    ("client", 'client = "gold"', 'client = "golden"', "calls.gold.client",
     "no value class golden", "'gold'"),
    ("skill", 'required = [{ skill = "russian"', 'required = [{ skill = "rusian"', "queues.sales.required",
     "no skill rusian", "'russian'"),
    ("their queue", '[agents.anna]\nqueues = ["sales"]', '[agents.anna]\nqueues = ["help"]',
     "agents.anna.queues", "no queue help", "Known are: sales"),
    ("level", "level = 2 }]", "level = 9 }]", "calls.buyers.queue", "nobody who works can serve sales",
     "skills"),
    ("agent", 'agents = ["anna"]', 'agents = ["ana"]', "shifts.day.agents", "no agent ana", "'anna'"),
    ("crew", 'crews = ["team"]', 'crews = ["teams"]', "shifts.day.crews", "no crew teams", "'team'"),
    ("nobody", 'agents = ["anna"]\ncrews = ["team"]\n', "", "shifts.day", "nobody works", "agents or crews"),
    ("pause", 'until = "10:15"', 'until = "11:15"', "shifts.day.pauses", "doesn't fit", "within the shift"),
    ("crowd", "count = 2", "count = 0", "crews.team.count", "out of range", "at least 1"),
    ("twice", "[crews.team]", '[agents.team-1]\nqueues = ["sales"]\n[crews.team]', "crews.team", "team-1",
     "Rename"),
    ("all warm", "replications = 3", "warm_up_minutes = 120", "warm_up_minutes",
     "nothing to count", "Shorten"),
    ("no plan", "replications = 3", 'plan = "gone.toml"', "gone.toml", "no such file", "Name one"),
    ("no ledger", "replications = 3", 'ledger = "gone.csv"', "ledger", "no file", "Name one"),
    ("team", "count = 2", 'count = 2\nteam = "north"', "crews.team.team", "no team north", "Known are: none"),
    ("values", '"exponential", mean = 240', '"empirical"', "calls.buyers.handle",
     "values or a file", "values ="),
    ("not TOML", "replications = 3", "replications = three", "scenario.toml", "not TOML", "line 5"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "place", "problem", "remedy"),
    [case[1:] for case in _REPLACED],
    ids=[case[0] for case in _REPLACED],
)
def test_a_mistake_is_told_with_place_and_remedy(
    callcenter: Command, tmp_path: Path, old: str, new: str, place: str, problem: str, remedy: str
) -> None:
    assert old in GOOD
    code, out, err = callcenter("simulate", "acd", str(_written(tmp_path, GOOD.replace(old, new, 1))))
    assert (code, out) == (1, "")
    assert err.startswith("callcenter: 1 mistake in the scenario:\n"), err
    for part in (str(tmp_path), place, problem, remedy):
        assert part in err


def test_many_mistakes_at_once(callcenter: Command, tmp_path: Path) -> None:
    text = GOOD
    for _, old, new, *_ in _REPLACED:
        if old in ("per_hour = 30", "replications = 3", "count = 2", '"gamma"', 'until = "10:15"'):
            text = text.replace(old, new, 1)
    text = text.replace("level = 5", "level = 50").replace('ru = "Русский"\n', "")
    code, out, err = callcenter("simulate", "acd", str(_written(tmp_path, text)))
    assert (code, out) == (1, "")
    for number, place in enumerate(
        ("replications", "per_hour", "handle", "skills.russian.ru", "agents.anna.skills.1.level", "count"), 1
    ):
        assert place in err
        assert f"{number:>3}. " in err


@pytest.mark.parametrize(
    ("table", "line", "problem"),
    [
        ("at,type\nnoon,buyers\n", 2, "'noon' is no time of day"),
        ("at,type\n09:30,seller\n", 2, "no calls are of the type 'seller'"),
        ("at,type\n12:30,buyers\n", 2, "outside of what is simulated"),
        ("at,type\n09:30\n", 2, "1 columns and not 2"),
        ("at,type,handle\n09:30,buyers,long\n", 2, "'long' is not a number"),
        ("at,type,handle\n09:30,buyers,-4\n", 2, "'-4' is out of range"),
        ("when,type\n09:30,buyers\n", 1, "no column is named 'at'"),
        ("at,type,agent\n09:30,buyers,anna\n", 1, "a column is named 'agent'"),
    ],
)
def test_a_ledgers_mistakes(callcenter: Command, tmp_path: Path, table: str, line: int, problem: str) -> None:
    (tmp_path / "calls.csv").write_text(table, encoding="utf-8")
    path = _written(tmp_path, GOOD.replace("replications", 'ledger = "calls.csv"\nreplications'))
    code, out, err = callcenter("simulate", "acd", str(path))
    assert (code, out) == (1, "")
    assert f"calls.csv:{line}: " in err
    assert problem in err


def test_a_file_of_the_wrong_kind_is_not_told_of_line_by_line(callcenter: Command, tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("at,type\n" + "x,y\n" * 5000, encoding="utf-8")
    path = _written(tmp_path, GOOD.replace("replications", 'ledger = "calls.csv"\nreplications'))
    _, _, err = callcenter("simulate", "acd", str(path))
    assert err.startswith("callcenter: 10 mistakes")


def test_what_is_no_text_at_all(callcenter: Command, tmp_path: Path) -> None:
    (tmp_path / "scenario.toml").write_bytes(b'name = "\xff"')
    for path, problem in (
        (tmp_path / "scenario.toml", "not UTF-8"),
        (tmp_path / "gone.toml", "no such file"),
        (tmp_path, "is a folder"),
    ):
        code, _, err = callcenter("simulate", "acd", str(path))
        assert code == 1
        assert problem in err


def _written(folder: Path, text: str) -> Path:
    path = folder / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path
