"""The real time zones and holidays, as ``routing.flows.hours`` asks for them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from callcenter.flows.calendar import SiteCalendar
from routing.flows.hours import Calendar

CALENDAR: Calendar = SiteCalendar()


def test_a_zone() -> None:
    zone = CALENDAR.zone("Europe/Moscow")
    assert datetime(2026, 11, 27, 12, tzinfo=UTC).astimezone(zone).hour == 15
    assert CALENDAR.zone("Europe/Moscow") is zone


@pytest.mark.parametrize(
    "name", ["", "Moscow", "Europe", "../passwd", "/etc/passwd", "Mars/Base", "zone.tab", "a\0b"]
)
def test_what_is_no_zone(name: str) -> None:
    assert CALENDAR.zone(name) is None


@pytest.mark.parametrize(
    ("country", "known"),
    [
        ("RU", True),
        ("DE", True),
        ("DE-BY", True),
        ("DE-XX", False),
        ("DE-", False),
        ("XX", False),
        ("", False),
        ("ru", False),
        ("HolidayBase", False),
    ],
)
def test_countries(country: str, known: bool) -> None:
    assert CALENDAR.knows(country) is known


def test_holidays() -> None:
    assert CALENDAR.holiday("RU", date(2027, 1, 7)) == "Рождество Христово"
    assert CALENDAR.holiday("RU", date(2026, 11, 27)) is None
    assert CALENDAR.holiday("XX", date(2027, 1, 1)) is None
    # Epiphany is one in Bavaria, and not in all of Germany.
    assert CALENDAR.holiday("DE-BY", date(2027, 1, 6)) == "Heilige Drei Könige"
    assert CALENDAR.holiday("DE", date(2027, 1, 6)) is None


def test_names_in_the_language_of_the_site() -> None:
    assert SiteCalendar("en").holiday("RU", date(2027, 1, 7)) == "Christmas Day"
