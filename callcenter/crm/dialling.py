"""What a telephone number tells a caller of it: its one form, and where it may be night."""

from __future__ import annotations

from datetime import tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone

from callcenter.crm.numbers import normalise


class DiallingNumbers:
    """The ``Numbers`` port of ``dispatch``. ``region`` (``RU``) is where a number without a country is taken
    to be from. Reads the tables of ``phonenumbers``, whose version ``constraints.txt`` pins, and the system's
    time zones; what was read is remembered."""

    def __init__(self, region: str) -> None:
        self._region = region

    def e164(self, raw: str) -> str | None:
        return normalise(raw, self._region).e164

    def zones(self, e164: str) -> tuple[str, ...]:
        return _zones(e164)

    def zone(self, name: str) -> tzinfo | None:
        return _zone(name)


@lru_cache(maxsize=4096)
def _zones(e164: str) -> tuple[str, ...]:
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ()
    found = timezone.time_zones_for_number(number)
    return tuple(sorted(name for name in found if name != timezone.UNKNOWN_TIMEZONE))


@lru_cache(maxsize=1024)
def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
