"""The calendar of a core that was given none: UTC, and no holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, tzinfo


@dataclass(frozen=True, slots=True)
class NoCalendar:
    def zone(self, name: str) -> tzinfo | None:
        return UTC if name == "UTC" else None

    def knows(self, country: str) -> bool:
        return False

    def holiday(self, country: str, day: date) -> str | None:
        return None
