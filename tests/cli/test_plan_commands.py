"""``callcenter apply`` and ``callcenter export``, as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.people.audit import AuditFilter, AuditTrail
from callcenter.people.plan import PlanStore
from callcenter.people.site_plan import Source
from tests.cli.test_site_commands import PASSWORD, Terminal, terminal

__all__ = ["terminal"]

PLAN = """\
default_queue = "sales"

[skills.english]
ru = "английский"
en = "English"

[queues.sales]
name = "Sales"
numbers = ["100"]
rings = [{ after = 30, required = [{ skill = "english", level = 1 }] }]

[queues.help]
name = "Help"
required = [{ skill = "english", level = 2 }]

[teams.north]
name = "North"
queues = ["help"]

[agents.anna]
queues = ["sales"]
skills = [{ skill = "english", level = 5 }]
team = "north"

[values.vip]
name = "VIP"
value = 3

[hours.office]
name = "Office"
zone = "Europe/Moscow"
holidays = "RU"
spans = [{ days = [1, 2, 3, 4, 5], opens = "09:00", closes = "18:00" }]

[flows.main]
name = "Main"
numbers = ["200"]
start = "open"

[flows.main.steps.open]
do = "if_open"
hours = "office"
open = "help"
closed = "bye"

[flows.main.steps.help]
do = "enqueue"
queue = "help"

[flows.main.steps.bye]
do = "hang_up"
prompt = "cc-closed"
"""


@pytest.fixture
def file(terminal: Terminal, tmp_path: Path) -> Path:
    terminal.ok("add-user", "anna", "--station", "a1001", stdin=f"{PASSWORD}\n")
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def test_a_file_makes_a_site_once(terminal: Terminal, file: Path) -> None:
    version = terminal.ask(lambda database: PlanStore(database).version())
    out = terminal.ok("apply", str(file), "--dry-run")
    assert "+ queues.sales" in out
    assert out.endswith("would be made; nothing was changed.\n")
    assert terminal.ask(lambda database: PlanStore(database).version()) == version
    out = terminal.ok("apply", str(file))
    assert {"+ skills.english", "+ queues.sales", "+ flows.main", "~ agents.anna"} <= set(out.splitlines())
    assert '    team: none -> "north"' in out
    assert terminal.plan().default_queue == "sales"
    assert [agent.team for agent in terminal.plan().agents] == ["north"]
    assert terminal.ok("apply", str(file)) == "Nothing to do.\n"


def test_what_is_exported_changes_nothing_where_it_is_from(
    terminal: Terminal, file: Path, tmp_path: Path
) -> None:
    terminal.ok("apply", str(file))
    text = terminal.ok("export")
    assert "[flows.main.steps.open]" in text
    exported = tmp_path / "export.toml"
    assert terminal.ok("export", str(exported)) == f"The plan is in {exported}.\n"
    assert exported.read_text(encoding="utf-8") == text
    assert terminal.ok("apply", str(exported)) == "Nothing to do.\n"
    assert terminal.ok("apply", str(exported), "--prune") == "Nothing to do.\n"


def test_only_what_the_file_has_is_changed_unless_pruned(terminal: Terminal, file: Path) -> None:
    terminal.ok("apply", str(file))
    file.write_text(
        "[values.gold]\nname = 'Gold'\nvalue = 2\n[queues.sales]\npriority = 4\n", encoding="utf-8"
    )
    assert terminal.ok("apply", str(file)).splitlines() == [
        "~ queues.sales",
        "    priority: 0 -> 4",
        "+ values.gold",
        "2 changes made; running servers follow within seconds.",
    ]
    file.write_text("[values.gold]\n", encoding="utf-8")
    assert "- values.vip" in terminal.ok("apply", str(file), "--prune")


def test_every_mistake_is_told_with_its_line_and_nothing_is_changed(terminal: Terminal, file: Path) -> None:
    terminal.ok("apply", str(file))
    before = terminal.ok("export")
    bad = PLAN.replace('numbers = ["100"]', 'numbers = ["100"]\nprot = 1')
    bad = bad.replace("level = 5", "level = 50").replace('open = "help"', 'open = "halp"')
    bad = bad.replace('"09:00", closes = "18:00"', '"9", closes = "18:00"').replace(
        'queue = "help"', 'queue = "moon"'
    )
    file.write_text(bad, encoding="utf-8")
    done = terminal("apply", str(file))
    assert (done.code, done.out) == (1, "")
    assert "Traceback" not in done.err
    lines = bad.splitlines()

    def at(line: str) -> int:
        return lines.index(line) + 1

    skills, way = 'skills = [{ skill = "english", level = 50 }]', 'open = "halp"'
    queue = 'queue = "moon"'
    for told in (
        "5 mistakes",
        f"plan.toml:{at('prot = 1')} queues.sales.prot: no setting has this name.",
        f"plan.toml:{at(skills)} agents.anna.skills.0.level: ",
        "hours.office.spans.0.opens: ",
        f"plan.toml:{at(way)} flows.main.steps.open.open: there is no step 'halp'",
        f"plan.toml:{at(queue)} flows.main.steps.help.queue: there is no queue 'moon'",
    ):
        assert told in done.err, done.err
    assert terminal.ok("export") == before


def test_a_file_that_cannot_be_read_is_told_in_one_line(terminal: Terminal, tmp_path: Path) -> None:
    assert "No such file" in terminal("apply", str(tmp_path / "none.toml")).complaint
    (tmp_path / "bytes.toml").write_bytes(b"name = '\xff'")
    assert "is not UTF-8" in terminal("apply", str(tmp_path / "bytes.toml")).complaint
    (tmp_path / "bad.toml").write_text("[queues\n")
    done = terminal("apply", str(tmp_path / "bad.toml"))
    assert "line 1: this is not TOML" in done.err
    assert "is not possible" not in done.err
    assert "can't" not in terminal.ok("export", str(tmp_path / "empty.toml"))
    assert "Is a directory" in terminal("export", str(tmp_path)).complaint


def test_the_trail_tells_of_commands(terminal: Terminal, file: Path) -> None:
    terminal.ok("apply", str(file))
    terminal.ok("change-queue", "sales", "--priority", "3")
    entries, _ = terminal.ask(lambda database: AuditTrail(database).page(AuditFilter(entity="queues"), 10))
    assert [(entry.change.id, entry.source) for entry in entries] == [
        ("sales", Source.CLI),
        ("help", Source.APPLY),
        ("sales", Source.APPLY),
    ]
    assert all(entry.who for entry in entries)
