"""Time zones and public holidays, from the data of this machine's Python packages.

Zones are read by ``zoneinfo``, which takes the system's data; holidays come with the package ``holidays``,
whose version ``constraints.txt`` pins, so that two nodes agree on them.
"""

from __future__ import annotations

from datetime import date, tzinfo
from zoneinfo import ZoneInfo

import holidays


class SiteCalendar:
    """The ``Calendar`` of ``routing.flows.hours``. Remembers what it read: zones, and the holidays of each
    country and year that was asked for. Names of holidays are in ``language`` where the package has them in
    it, else in the country's own."""

    def __init__(self, language: str = "ru") -> None:
        self._language = language
        self._zones: dict[str, tzinfo | None] = {}
        self._countries: dict[str, holidays.HolidayBase | None] = {}

    def zone(self, name: str) -> tzinfo | None:
        if name not in self._zones:
            self._zones[name] = _read_zone(name)
        return self._zones[name]

    def knows(self, country: str) -> bool:
        return self._country(country) is not None

    def holiday(self, country: str, day: date) -> str | None:
        known = self._country(country)
        return None if known is None else known.get(day)

    def _country(self, name: str) -> holidays.HolidayBase | None:
        if name not in self._countries:
            self._countries[name] = self._read_country(name)
        return self._countries[name]

    def _read_country(self, name: str) -> holidays.HolidayBase | None:
        country, dash, region = name.partition("-")
        regions = holidays.list_supported_countries().get(country)
        if regions is None or (dash and region not in regions):
            return None
        # Not to be left open: the package would take the language of the machine's environment.
        offered = holidays.country_holidays(country)
        languages = (known for known in offered.supported_languages if known.startswith(self._language))
        language = next(languages, offered.default_language)
        return holidays.country_holidays(country, subdiv=region or None, language=language)


def _read_zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    # No such zone; a name that is a folder or leads out of the data; a file that is no zone.
    except (KeyError, OSError, ValueError):
        return None
