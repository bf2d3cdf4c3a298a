"""The commands that make and change a site: queues, skills, people. As a person types them."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import pytest

from callcenter.cli import main as command
from callcenter.clock import SystemClock
from callcenter.people.passwords import matches
from callcenter.people.plan import PlanStore
from callcenter.people.sessions import SessionStore
from callcenter.people.users import UserStore
from callcenter.people.views import Role, SessionRecord, User
from callcenter.people.words import WordStore
from callcenter.storage import Database
from routing.acd.model import Queue, RoutingPlan, SkillLevel
from routing.ids import SkillId
from tests.support.databases import run_apart

T = TypeVar("T")
PASSWORD = "correct horse battery"


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line of a refusal."""
        assert self.code == 1, self
        assert self.err.startswith("callcenter: "), self
        assert self.err.count("\n") == 1, self
        assert "Traceback" not in self.err
        return self.err.removeprefix("callcenter: ").rstrip("\n")


class Terminal:
    """Runs the command in this process; looks into the database beside it."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.setenv("CALLCENTER_DATABASE_URL", url)

    def __call__(self, *words: str, stdin: str = "") -> Done:
        self._monkeypatch.setattr(sys, "argv", ["callcenter", *words])
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        self._capsys.readouterr()
        code = 0
        try:
            command.main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        out, err = self._capsys.readouterr()
        return Done(code, out, err)

    def ok(self, *words: str, stdin: str = "") -> str:
        done = self(*words, stdin=stdin)
        assert done.code == 0, done
        assert done.err == ""
        return done.out

    def ask(self, question: Callable[[Database], Awaitable[T]]) -> T:
        async def work() -> T:
            database = Database(self.url)
            try:
                return await question(database)
            finally:
                await database.close()

        return run_apart(work())

    def plan(self) -> RoutingPlan:
        return self.ask(lambda database: PlanStore(database).load())

    def queue(self, name: str) -> Queue:
        return next(queue for queue in self.plan().queues if queue.id == name)

    def user(self, login: str) -> User | None:
        return self.ask(lambda database: UserStore(database, SystemClock()).find(login))

    def words(self) -> tuple[list[str], list[str]]:
        async def both(database: Database) -> tuple[list[str], list[str]]:
            store = WordStore(database)
            reasons, dispositions = await store.pause_reasons(), await store.dispositions()
            return [reason.code for reason in reasons], [one.code for one in dispositions]

        return self.ask(both)

    def password_is(self, login: str, password: str) -> bool:
        hashed = self.ask(lambda database: UserStore(database, SystemClock()).password_hash(login))
        return run_apart(matches(password, hashed))


@pytest.fixture
def terminal(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    return Terminal(sqlite_url, monkeypatch, capsys)


def test_the_readmes_commands_make_a_site_that_works(terminal: Terminal) -> None:
    out = terminal.ok("add-queue", "sales", "--numbers", "74951230001", "--default")
    assert "pause reasons were entered" in out
    out = terminal.ok("add-user", "anna", "--station", "a1001", "--queues", "sales", stdin=f"{PASSWORD}\n")
    assert out == "anna may sign in now.\n"
    terminal.ok("add-user", "chief", "--role", "administrator", stdin=f"{PASSWORD}\n")
    reasons, dispositions = terminal.words()
    assert {"break", "lunch", "training", "meeting", "technical"} <= set(reasons)
    assert {"resolved", "callback", "sold", "not_interested", "wrong_number", "other"} <= set(dispositions)
    assert terminal.plan().default_queue == "sales"
    assert [agent.station for agent in terminal.plan().agents] == ["a1001"]
    assert terminal.password_is("anna", PASSWORD)


def test_words_that_were_removed_stay_away(terminal: Terminal) -> None:
    assert "entered" in terminal.ok("migrate")

    async def clear(database: Database) -> None:
        await WordStore(database).set_pause_reasons([])
        await WordStore(database).set_dispositions([])

    terminal.ask(clear)
    assert terminal.ok("add-queue", "sales") == "The queue sales is there.\n"
    assert "entered" not in terminal.ok("migrate")
    assert terminal.words() == ([], [])


def test_a_queue_with_all_its_settings(terminal: Terminal) -> None:
    terminal.ok("add-skill", "russian", "--ru", "русский", "--en", "Russian")
    terminal.ok("add-skill", "tech")
    limits = ("--priority", "10", "--ring-seconds", "15", "--wrap-up-seconds", "0")
    terminal.ok(
        "add-queue", "vip", "--name", "VIP", "--numbers", "1, 2,", *limits, "--service-level-seconds", "9",
        "--require", "russian=5", "--require", "tech=1",
    )  # fmt: skip
    made = terminal.queue("vip")
    assert (made.name, made.numbers, made.priority) == ("VIP", ("1", "2"), 10)
    assert (made.ring_seconds, made.wrap_up_seconds, made.service_level_seconds) == (15, 0, 9)
    assert made.required == (SkillLevel(SkillId("russian"), 5), SkillLevel(SkillId("tech"), 1))


def test_a_queue_is_changed_where_it_was_said(terminal: Terminal) -> None:
    terminal.ok("add-skill", "tech")
    terminal.ok("add-queue", "sales", "--numbers", "1", "--default", "--require", "tech=3")
    terminal.ok("add-queue", "support", "--priority", "3")
    version = terminal.ask(lambda database: PlanStore(database).version())
    terminal.ok("change-queue", "sales", "--ring-seconds", "11")
    changed = terminal.queue("sales")
    assert (changed.numbers, changed.ring_seconds, len(changed.required)) == (("1",), 11, 1)
    assert terminal.ask(lambda database: PlanStore(database).version()) > version  # a server sees it
    terminal.ok("change-queue", "sales", "--numbers", "", "--no-skills")
    assert (terminal.queue("sales").numbers, terminal.queue("sales").required) == ((), ())
    out = terminal.ok("change-queue", "support", "--default")
    assert "go to support now; they went to sales" in out
    assert terminal.plan().default_queue == "support"
    assert terminal.queue("support").priority == 3


MISTAKES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("add-queue", "sa les"), "id: 'sa les' can't be used"),
    (("add-queue", "\udcff"), "id: "),
    (("add-queue", "sales"), "id: is already taken"),
    (("add-queue", "b", "--name", " "), "--name: is missing"),
    (("add-queue", "b", "--numbers", "8 (495) 1"), "--numbers: '8 (495) 1' can't be used"),
    (("add-queue", "b", "--numbers", "100"), "--numbers: 100 leads to sales already"),
    (("add-queue", "b", "--default"), "--default: sales takes the calls to unknown numbers already"),
    (
        ("add-queue", "b", "--require", "elvish=1"),
        "--require: there is no skill elvish; callcenter add-s",
    ),
    (("add-queue", "b", "--require", "elvish"), "--require: 'elvish' is not skill=level"),
    (("add-queue", "b", "--require", "tech=x"), "--require: 'tech=x' is not skill=level"),
    (("add-queue", "b", "--require", "tech=11"), "--require: tech has a level from 1 to 10"),
    (("add-queue", "b", "--require", "tech=1", "--require", "tech=2"), "--require: tech is there twice"),
    (("add-queue", "b", "--ring-seconds", "0"), "--ring-seconds: is at least 1"),
    (("add-queue", "b", "--wrap-up-seconds", "-1"), "--wrap-up-seconds: is from 0"),
    (("add-queue", "b", "--priority", "99999999999999999999"), "--priority: is from -1000"),
    (("change-queue", "moon", "--priority", "1"), "there is no queue 'moon'; there is sales"),
    (("change-queue", "sales"), "nothing to change"),
    (("change-queue", "sales", "--require", "tech=1", "--no-skills"), "--no-skills and --require"),
    (("add-skill", "a b"), "id: 'a b' can't be used"),
    (("add-skill", "ab", "--ru", "a\nb"), "--ru: is one line"),
    (("add-user", "Carl"), "login: 'Carl' can't be used: a login is of small"),
    (("add-user", "B ob!"), "login: 'B ob!' can't be used"),
    (("add-user", "carl", "--station", "1001"), "--station: '1001' can't be used: a station is"),
    (("add-user", "carl", "--station", "a1001"), "--station: is already taken"),
    (("add-user", "carl", "--queues", "sales"), "--station: is needed"),
    (("add-user", "carl", "--station", "a2", "--queues", "moon"), "--queues: there is no moon"),
    (("add-user", "carl", "--station", "a2", "--skill", "elvish=1"), "--skill: there is no elvish"),
    (("add-user", "carl", "--station", "a2", "--skill", "tech=0"), "--skill: tech has a level"),
    (("add-user", "anna"), "login: is already taken"),
    (("change-user", "anna"), "nothing to change"),
    (("change-user", "ann\udcff", "--active"), "there is no user"),
    (("change-user", "anna", "--station", "phone"), "--station: 'phone' can't be used"),
    (("set-password", "Anna"), "there is no user 'Anna'; there is anna"),
)


def test_mistakes_are_told_in_one_line_and_change_nothing(terminal: Terminal) -> None:
    terminal.ok("add-skill", "tech")
    terminal.ok("add-queue", "sales", "--numbers", "100", "--default")
    terminal.ok("add-user", "anna", "--station", "a1001", stdin=f"{PASSWORD}\n")
    before = terminal.plan()
    for words, complaint in MISTAKES:
        told = terminal(*words, stdin=f"{PASSWORD}\n").complaint
        assert told.startswith(complaint), words
        assert terminal.plan() == before, words


@pytest.mark.parametrize("password", ["", "short", "x" * 257])
def test_passwords_that_nobody_could_sign_in_with(terminal: Terminal, password: str) -> None:
    done = terminal("add-user", "anna", stdin=f"{password}\n")
    assert done.complaint == "password: has from 10 to 256 characters"
    assert terminal.user("anna") is None


def test_a_wrong_option_is_told_by_its_name(terminal: Terminal) -> None:
    done = terminal("add-user", "anna", "--role", "emperor")
    assert done.code == 2
    assert "--role" in done.err
    assert "Traceback" not in done.err


def test_a_person_is_changed_where_it_was_said(terminal: Terminal) -> None:
    terminal.ok("add-skill", "russian")
    terminal.ok("add-queue", "sales")
    terminal.ok(
        "add-user", "anna", "--name", "Анна", "--station", "a1001", "--queues", "sales",
        "--skill", "russian=5", stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    held = (SkillLevel(SkillId("russian"), 5),)
    _sign_in(terminal, "anna")
    terminal.ok("change-user", "anna", "--name", "Анна Белова", "--skill", "russian=7")
    anna = terminal.user("anna")
    assert anna is not None
    assert (anna.name, anna.station, anna.queues) == ("Анна Белова", "a1001", ("sales",))
    assert anna.skills != held
    assert _signed_in(terminal)
    terminal.ok("change-user", "anna", "--role", "campaign-manager", "--station", "", "--inactive")
    anna = terminal.user("anna")
    assert anna is not None
    assert (anna.role, anna.active, anna.station, anna.queues) == (Role.CAMPAIGN_MANAGER, False, None, ())
    assert not _signed_in(terminal)
    terminal.ok("change-user", "anna", "--active")
    assert terminal.password_is("anna", PASSWORD)


def test_a_locked_out_administrator_gets_a_new_password(terminal: Terminal) -> None:
    terminal.ok("add-user", "chief", "--role", "administrator", stdin=f"{PASSWORD}\n")
    _sign_in(terminal, "chief")
    assert terminal("set-password", "chief", stdin="short\n").complaint.startswith("password: ")
    assert terminal.password_is("chief", PASSWORD)
    terminal.ok("set-password", "chief", stdin="another horse battery\n")
    assert terminal.password_is("chief", "another horse battery")
    assert not _signed_in(terminal)


def test_a_database_that_is_away_is_told(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    assert "can't be reached" in terminal("add-queue", "sales").complaint


def test_the_installed_command_speaks_so_too(sqlite_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "callcenter.cli.main", "add-user", "Carl"],
        env={"CALLCENTER_DATABASE_URL": sqlite_url, "PATH": "/usr/bin:/bin"},
        input="",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert Done(done.returncode, done.stdout, done.stderr).complaint.startswith("login: 'Carl'")


def _sign_in(terminal: Terminal, login: str) -> None:
    record = SessionRecord("browser", login, 1.0, 1.0)
    terminal.ask(lambda database: SessionStore(database).save(record))


def _signed_in(terminal: Terminal) -> bool:
    return terminal.ask(lambda database: SessionStore(database).load("browser")) is not None
