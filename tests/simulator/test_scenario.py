"""Scenarios: one seed, one run; many calls in little memory; every mistake in a file named."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from callcenter.errors import ConfigError
from callcenter.simulator import Scenario, ScenarioRun, ScenarioSummary, SimulatedPbx, build_pbx
from callcenter.simulator.actions import Session, handle
from callcenter.simulator.wire import Event

DEMO = Path(__file__).parents[2] / "config" / "demo" / "pbx.toml"
START = 1_000_000_000.0


class Router:
    """The simplest server there is: the longest waiting caller to the first free phone."""

    def __init__(self, pbx: SimulatedPbx) -> None:
        self._pbx = pbx
        self._waiting: dict[str, None] = {}
        self._session = Session({})
        self._session.authenticated = True
        pbx.set_global("CC_HB", str(2 * int(START)))

    def step(self, now: float) -> list[Event]:
        self._pbx.advance(now)
        events = self._pbx.drain()
        for event in events:
            if event.name == "UserEvent" and event.get("UserEvent") == "CCHold":
                self._waiting[event.get("Uniqueid") or ""] = None
            elif event.name == "Hangup":
                self._waiting.pop(event.get("Uniqueid") or "", None)
        for phone in self._pbx.phones.values():
            if self._waiting and phone.registered and not phone.legs:
                caller = next(iter(self._waiting))
                del self._waiting[caller]
                where = [("Context", "cc-dial"), ("Exten", phone.station), ("Priority", "1")]
                handle(self._pbx, self._session, [("Action", "Redirect"), ("Channel", caller), *where])
                events += self._pbx.drain()
        return events


def play(scenario: Scenario, seconds: float, step: float = 0.5) -> tuple[str, ScenarioSummary]:
    """All that AMI would have said, and the summary."""
    pbx = build_pbx(scenario, now=START)
    router, run = Router(pbx), ScenarioRun(scenario, pbx)
    run.start()
    said = []
    for index in range(int(seconds / step)):
        said += [event.text for event in router.step(START + (index + 1) * step)]
    return "".join(said), run.summary()


def scenario(**changes: object) -> Scenario:
    text = DEMO.read_text(encoding="utf-8")
    for old, new in changes.items():
        text = text.replace(f"{old} = ", f"{old} = {new} # ", 1)
    return Scenario.parse(text)


def test_one_seed_gives_one_run() -> None:
    first, summary = play(scenario(), 300)
    again, same = play(scenario(), 300)
    other, _ = play(scenario(seed=7), 300)
    assert first == again
    assert summary == same
    assert summary.calls > 30
    assert first != other


def test_the_demo_has_every_kind_of_end() -> None:
    said, summary = play(scenario(), 3600)
    assert summary.answered > 500
    assert "DialStatus: BUSY" in said
    assert "DialStatus: NOANSWER" in said
    assert "Фёдор Орлов" in said
    assert summary.answered + summary.lost <= summary.calls <= summary.answered + summary.lost + summary.live
    assert summary.turned_away == 0


def test_nobody_calls_before_the_server_is_there() -> None:
    pbx = build_pbx(scenario(), now=START)
    run = ScenarioRun(scenario(), pbx)
    run.start()
    pbx.advance(START + 600)
    assert run.summary().calls == 0
    pbx.set_global("CC_HB", str(int(START) + 600))
    pbx.advance(START + 660)
    assert run.summary().calls > 0


def test_a_person_is_on_one_phone_at_a_time() -> None:
    pbx = build_pbx(scenario(), now=START)
    router, run = Router(pbx), ScenarioRun(scenario(), pbx)
    run.start()
    for index in range(1200):
        router.step(START + index)
        numbers = [
            channel.caller_number
            for channel in pbx.channels.values()
            if channel.uniqueid == channel.linkedid and channel.caller_name != "<unknown>"
        ]
        assert len(numbers) == len(set(numbers))


CROWD = """
[scenario]
seed = 3
max_live = {limit}
[[arrivals]]
number = "74951230001"
per_minute = 30000
patience = [1000, 2000]
[[phones]]
stations = ["a1001"]
"""


def test_thousands_wait_at_once_and_the_rest_are_turned_away() -> None:
    crowd = Scenario.parse(CROWD.format(limit=4000))
    pbx = build_pbx(crowd, now=START)
    run = ScenarioRun(crowd, pbx)
    pbx.set_global("CC_HB", str(2 * int(START)))
    tracemalloc.start()
    try:
        run.start()
        for second in range(1, 31):
            pbx.advance(START + second)
            pbx.drain()
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    summary = run.summary()
    assert summary.live == 4000
    assert summary.turned_away > 8000
    assert used / 4000 < 8 * 1024, "a waiting caller is a few KiB, and those turned away are nothing"
    run.stop()
    for uniqueid in list(pbx.channels):
        pbx.hang_up(uniqueid)
    pbx.drain()
    assert pbx.live_calls == 0


MISTAKES = (
    ("[scenario", "is no TOML"),
    ("", "phones: is empty"),
    ("[scenario]\nseeds = 1", "scenario.seeds: is not a setting"),
    ("[scenario]\nseed = -1", "scenario.seed: is no fitting whole number"),
    ("[scenario]\nseed = true", "scenario.seed: is no fitting whole number"),
    ("scenario = 3", "scenario: is no table"),
    ("arrivals = 3", "arrivals: is no list of tables"),
    ("[[arrivals]]\nper_minute = 1", "arrivals[0].number: is missing"),
    ('[[arrivals]]\nnumber = "sales"\nper_minute = 1', "arrivals[0].number: is no telephone number"),
    ('[[arrivals]]\nnumber = "100"', "arrivals[0].per_minute: is missing"),
    ('[[arrivals]]\nnumber = "100"\nper_minute = "x"', "arrivals[0].per_minute: is no fitting number"),
    (
        '[[arrivals]]\nnumber = "100"\nper_minute = 1\ntalk = [9, 3]',
        "arrivals[0].talk: is no span of seconds",
    ),
    ('[[phones]]\nstations = "a1001"', "phones[0].stations: is no list of texts"),
    ("[[phones]]\nstations = []", "phones[0].stations: is empty"),
    ('[[phones]]\nstations = ["a1"]\nregistered = 1', "phones[0].registered: is neither true nor false"),
    (
        '[[phones]]\nstations = ["a1"]\ndecline_share = 0.6\nignore_share = 0.6',
        "exceed 1 together",
    ),
    ('[[phones]]\nstations = ["a1", "a1"]', "names a1 twice"),
    ('[pbx]\nfallback_members = ["a2"]\n[[phones]]\nstations = ["a1"]', "names a2, which no"),
    ('[pbx]\ntrunk = "a\\nb"', "pbx.trunk: is no text"),
    ("[outside]\nbusy_share = 0.6\nignore_share = 0.6", "outside.ignore_share: and busy_share exceed 1"),
    ('[[arrivals]]\nnumber = "100"\nper_minute = 1\nkeys = { A = 0.5 }', "arrivals[0].keys: has 'A'"),
    (
        '[[arrivals]]\nnumber = "100"\nper_minute = 1\nkeys = { 1 = 0.6, 2 = 0.6 }',
        "arrivals[0].keys: is no table of shares",
    ),
)


@pytest.mark.parametrize(("text", "problem"), MISTAKES)
def test_a_mistake_is_named_with_its_place_and_its_remedy(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Scenario.parse(text, "pbx.toml")
    assert problem in str(caught.value)
    assert caught.value.place.startswith("pbx.toml")
    assert caught.value.remedy


def test_a_file_that_is_not_there_is_a_mistake_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        Scenario.load(tmp_path / "none.toml")
