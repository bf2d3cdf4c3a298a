"""Who calls the simulated PBX and how its phones behave, as data from a TOML file.

Everything random in a run comes from generators seeded by ``seed``, one for each number dialled and each
group of phones, so that one seed gives one run, and a change to one number leaves the others as they were.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callcenter.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds, drawn evenly between both ends."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Customers who dial one number: ``per_minute`` on average, at random (Poisson)."""

    number: str
    per_minute: float
    patience: Span
    """How long one waits for an answer before hanging up."""
    talk: Span
    """How long one talks before hanging up."""
    keys: tuple[tuple[str, float], ...] = ()
    """What one presses when asked for keys, each with its share; the rest press nothing."""
    thinks: Span = Span(1.0, 4.0)
    """How long after the question began."""
    speaks: Span = Span(3.0, 15.0)
    """How long a message is that one leaves."""


@dataclass(frozen=True, slots=True)
class OutsideWorld:
    """Everybody who is dialled outside. Shares are probabilities for each call, busy first."""

    ring_after: Span
    answer_after: Span
    """Counted from the INVITE."""
    busy_share: float
    ignore_share: float
    hang_up_after: Span


@dataclass(frozen=True, slots=True)
class Person:
    """A customer who calls from a number of his own."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class PhoneGroup:
    """Stations that behave alike. Shares are probabilities for each INVITE, declines first."""

    stations: tuple[str, ...]
    registered: bool
    ring_after: Span
    answer_after: Span
    """Counted from the INVITE."""
    decline_share: float
    ignore_share: float
    hang_up_share: float
    """How often the phone ends the conversation, rather than the caller."""
    hang_up_after: Span


@dataclass(frozen=True, slots=True)
class Scenario:
    """A PBX and its people. Load one with ``Scenario.load``; every mistake is a ``ConfigError``."""

    seed: int
    system_name: str
    trunk: str
    ring_seconds: int
    fallback_members: tuple[str, ...]
    noise: bool
    max_live: int
    """Callers at once; further ones are turned away and counted, so that memory stays bounded."""
    people: tuple[Person, ...]
    known_share: float
    """Share of calls from ``people``; the others come from numbers drawn at random."""
    arrivals: tuple[Arrivals, ...]
    phones: tuple[PhoneGroup, ...]
    outside: OutsideWorld
    prompt_seconds: float
    """The length of every prompt."""

    @classmethod
    def load(cls, path: Path) -> Scenario:
        """Read a file. Raises ``ConfigError`` when it is missing, no TOML, or says something impossible."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise ConfigError(
                str(path), f"cannot be read ({problem})", "Give a readable TOML file."
            ) from None
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, place: str = "scenario") -> Scenario:
        """The same from text; ``place`` names it in errors."""
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as problem:
            raise ConfigError(place, f"is no TOML: {problem}", "Mend the line named.") from None
        return _scenario(_Table(data, place))

    @property
    def stations(self) -> tuple[str, ...]:
        return tuple(station for group in self.phones for station in group.stations)


def _scenario(table: _Table) -> Scenario:
    pbx = table.table("pbx")
    run = table.table("scenario")
    callers = table.table("callers")
    outside = table.table("outside")
    scenario = Scenario(
        seed=run.whole("seed", 0, 2**63 - 1, 1),
        system_name=pbx.text("system_name", ""),
        trunk=pbx.text("trunk", "trunk"),
        ring_seconds=pbx.whole("ring_seconds", 1, 3600, 20),
        fallback_members=pbx.texts("fallback_members"),
        noise=pbx.flag("noise", False),
        max_live=run.whole("max_live", 1, 1_000_000, 5_000),
        people=tuple(
            Person(person.text("number"), person.text("name", "")) for person in callers.tables("people")
        ),
        known_share=callers.number("known_share", 0.0, 1.0, 1.0),
        arrivals=tuple(_arrivals(one) for one in table.tables("arrivals")),
        phones=tuple(_phones(one) for one in table.tables("phones")),
        outside=OutsideWorld(
            ring_after=outside.span("ring_after", Span(0.5, 2.0)),
            answer_after=outside.span("answer_after", Span(3.0, 12.0)),
            busy_share=outside.number("busy_share", 0.0, 1.0, 0.1),
            ignore_share=outside.number("ignore_share", 0.0, 1.0, 0.25),
            hang_up_after=outside.span("hang_up_after", Span(20.0, 90.0)),
        ),
        prompt_seconds=pbx.number("prompt_seconds", 0.0, 600.0, 3.0),
    )
    for section in (pbx, run, callers, outside, table):
        section.done()
    if scenario.outside.busy_share + scenario.outside.ignore_share > 1.0:
        raise ConfigError(
            f"{table.place}: outside.ignore_share", "and busy_share exceed 1 together", "Lower one of them."
        )
    if not scenario.phones:
        raise ConfigError(f"{table.place}: phones", "is empty", "Name the stations in [[phones]] tables.")
    seen: set[str] = set()
    for station in scenario.stations:
        if station in seen:
            raise ConfigError(
                f"{table.place}: phones", f"names {station} twice", "Put each station into one group."
            )
        seen.add(station)
    for member in scenario.fallback_members:
        if member not in seen:
            raise ConfigError(
                f"{table.place}: pbx.fallback_members",
                f"names {member}, which no [[phones]] table has",
                "Add the station, or drop it here.",
            )
    return scenario


def _arrivals(table: _Table) -> Arrivals:
    arrivals = Arrivals(
        number=table.text("number"),
        per_minute=table.number("per_minute", 0.0, 100_000.0),
        patience=table.span("patience", Span(30.0, 120.0)),
        talk=table.span("talk", Span(10.0, 40.0)),
        keys=table.shares("keys"),
        thinks=table.span("thinks", Span(1.0, 4.0)),
        speaks=table.span("speaks", Span(3.0, 15.0)),
    )
    table.done()
    for keys, _ in arrivals.keys:
        if not keys or set(keys) - set("0123456789*#"):
            raise ConfigError(f"{table.place}.keys", f"has {keys!r}", "Name keys of 0-9, * and #.")
    if not arrivals.number.removeprefix("+").isdecimal() or len(arrivals.number) < 2:
        raise ConfigError(
            f"{table.place}.number",
            "is no telephone number",
            "Write two digits or more, after an optional '+'.",
        )
    return arrivals


def _phones(table: _Table) -> PhoneGroup:
    group = PhoneGroup(
        stations=table.texts("stations"),
        registered=table.flag("registered", True),
        ring_after=table.span("ring_after", Span(0.05, 0.2)),
        answer_after=table.span("answer_after", Span(1.0, 4.0)),
        decline_share=table.number("decline_share", 0.0, 1.0, 0.0),
        ignore_share=table.number("ignore_share", 0.0, 1.0, 0.0),
        hang_up_share=table.number("hang_up_share", 0.0, 1.0, 0.5),
        hang_up_after=table.span("hang_up_after", Span(10.0, 40.0)),
    )
    table.done()
    if not group.stations:
        raise ConfigError(f"{table.place}.stations", "is empty", 'Name stations, such as ["a1001"].')
    if group.decline_share + group.ignore_share > 1.0:
        raise ConfigError(
            f"{table.place}.ignore_share", "and decline_share exceed 1 together", "Lower one of them."
        )
    return group


class _Table:
    """One TOML table being read: every value is checked, and what nobody asked for is a mistake."""

    def __init__(self, data: Mapping[str, Any], place: str) -> None:
        self.place = place
        self._data = dict(data)
        self._joint = "." if ": " in place else ": "

    def done(self) -> None:
        """Refuse the keys that were not read."""
        for key in self._data:
            raise ConfigError(self._at(key), "is not a setting", "Remove it, or mend its spelling.")

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, default)
        if not isinstance(value, str) or any(letter < " " for letter in value):
            raise ConfigError(self._at(key), "is no text", "Write it in quotes, on one line.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise ConfigError(self._at(key), "is no list of texts", 'Write one such as ["a1001", "a1002"].')
        return tuple(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise ConfigError(self._at(key), "is neither true nor false", "Write true or false.")
        return value

    def whole(self, key: str, low: int, high: int, default: int) -> int:
        value = self._take(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ConfigError(self._at(key), "is no fitting whole number", f"Write one from {low} to {high}.")
        return value

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        value = self._take(key, default)
        if not _is_number(value) or not low <= value <= high:
            raise ConfigError(self._at(key), "is no fitting number", f"Write one from {low:g} to {high:g}.")
        return float(value)

    def span(self, key: str, default: Span) -> Span:
        value = self._take(key, [default.low, default.high])
        ends = [value, value] if _is_number(value) else value
        if (
            not isinstance(ends, list)
            or len(ends) != 2
            or not all(_is_number(end) and 0 <= end <= 86_400 for end in ends)
            or ends[0] > ends[1]
        ):
            raise ConfigError(
                self._at(key),
                "is no span of seconds",
                "Write one number, or two such as [10, 40], the lower first.",
            )
        return Span(float(ends[0]), float(ends[1]))

    def shares(self, key: str) -> tuple[tuple[str, float], ...]:
        value = self._take(key, {})
        if (
            not isinstance(value, dict)
            or not all(_is_number(share) and 0 <= share <= 1 for share in value.values())
            or sum(value.values()) > 1.0 + 1e-9
        ):
            raise ConfigError(
                self._at(key),
                "is no table of shares",
                "Write one such as { 1 = 0.6, 2 = 0.3 }, 1 in all.",
            )
        return tuple((name, float(share)) for name, share in value.items())

    def table(self, key: str) -> _Table:
        value = self._take(key, {})
        if not isinstance(value, dict):
            raise ConfigError(self._at(key), "is no table", f"Write [{key}] on a line of its own.")
        return _Table(value, self._at(key))

    def tables(self, key: str) -> tuple[_Table, ...]:
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise ConfigError(self._at(key), "is no list of tables", f"Write [[{key}]] before each.")
        return tuple(_Table(one, f"{self._at(key)}[{index}]") for index, one in enumerate(value))

    def _take(self, key: str, default: Any) -> Any:
        if key not in self._data:
            if default is None:
                raise ConfigError(self._at(key), "is missing", "Add it.")
            return default
        return self._data.pop(key)

    def _at(self, key: str) -> str:
        return f"{self.place}{self._joint}{key}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
