"""When a site is open."""

from __future__ import annotations

from datetime import date, tzinfo
from typing import Protocol


class Calendar(Protocol):
    """Time zones and public holidays: data of the world, which this package does not read by itself.
    ``callcenter.flows.calendar`` has the real one."""

    def zone(self, name: str) -> tzinfo | None:
        """The IANA time zone, or none if there is no such."""

    def knows(self, country: str) -> bool:
        """Whether it has the holidays of this country (``RU``) or subdivision (``DE-BY``)."""

    def holiday(self, country: str, day: date) -> str | None:
        """The name of the public holiday on this day; none for a working day and for a country not known."""
