"""When a site is open: at an instant, and when next.

All is decided by the clock on the site's wall. On the night when clocks go back, an hour shown twice is
judged twice alike; the hour that is skipped in spring is in no span's reach. A date is first what an
exception says, then a holiday (closed), then what the week's spans say; a span that ends on the next day
reaches into it only if nothing of a higher rank speaks for that day. So the night shift of 30 December ends
at midnight if the 31st is a holiday, and an exception's own night goes on.

Instants are UTC epoch seconds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import IntEnum
from typing import Protocol

from routing.flows.model import Hours

DAY_MINUTES = 24 * 60
_DAY = 86_400
HORIZON_DAYS = 800
"""How far ahead the next opening is looked for: two years hold every holiday and weekday there is."""


class Calendar(Protocol):
    """Time zones and public holidays: data of the world, which this package does not read by itself.
    ``callcenter.flows.calendar`` has the real one. The same question must get the same answer, always."""

    def zone(self, name: str) -> tzinfo | None:
        """The IANA time zone, or none if there is no such."""

    def knows(self, country: str) -> bool:
        """Whether it has the holidays of this country (``RU``) or subdivision (``DE-BY``)."""

    def holiday(self, country: str, day: date) -> str | None:
        """The name of the public holiday on this day; none for a working day and for a country not known."""


class _Rank(IntEnum):
    WEEK = 0
    HOLIDAY = 1
    EXCEPTION = 2


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What speaks for one date. ``spans`` are minutes since its midnight; those that end on the next day end
    beyond ``DAY_MINUTES``. ``name`` is that of the exception or the holiday."""

    rank: _Rank
    name: str
    spans: tuple[tuple[int, int], ...]


class Timetable:
    """One ``Hours`` made ready for questions. Raises ``ValueError`` for a time zone that the calendar does
    not have; an exception whose date is none is left out (``check`` reports it)."""

    def __init__(self, hours: Hours, calendar: Calendar) -> None:
        zone = calendar.zone(hours.zone)
        if zone is None:
            raise ValueError(f"hours {hours.id}: there is no time zone {hours.zone!r}")
        self.hours = hours
        self.zone = zone
        self._calendar = calendar
        self._exceptions = {
            day: DayPlan(_Rank.EXCEPTION, exception.name, _lengthened(exception.spans))
            for exception in reversed(hours.exceptions)  # of two for one date the first counts
            if (day := parse_date(exception.date)) is not None
        }
        self._week = tuple(
            _lengthened((span.opens, span.closes) for span in hours.spans if weekday in span.days)
            for weekday in range(1, 8)
        )

    def is_open(self, at: float) -> bool:
        wall = self._wall(at)
        minute = wall.hour * 60 + wall.minute
        return any(opens <= minute < closes for opens, closes in self._open_minutes(wall.date()))

    def opens_next(self, at: float) -> float | None:
        """The first instant from ``at`` on when it is open (``at`` itself, if it is); none if there is no
        such within ``HORIZON_DAYS`` nor on an exceptional date after them."""
        if not any(self._week) and not any(plan.spans for plan in self._exceptions.values()):
            return None
        horizon = at + HORIZON_DAYS * _DAY
        windows = [(at, horizon)]
        for day in sorted(self._exceptions):  # beyond it only dates that are named can matter
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
            if midnight > horizon:
                windows.append((midnight - _DAY, midnight + 2 * _DAY))
        for window in windows:
            for begin, end, offset in self._segments(*window):
                opens = self._opens_within(begin + offset, end + offset)
                if opens is not None:
                    return opens - offset
        return None

    def day(self, day: date) -> DayPlan:
        """What speaks for a date, apart from what reaches into it from the day before."""
        exception = self._exceptions.get(day)
        if exception is not None:
            return exception
        if self.hours.holidays:
            name = self._calendar.holiday(self.hours.holidays, day)
            if name is not None:
                return DayPlan(_Rank.HOLIDAY, name, ())
        return DayPlan(_Rank.WEEK, "", self._week[day.weekday()])

    def special_day(self, at: float) -> str | None:
        """The name of the exception or the holiday that the instant falls on, if any."""
        plan = self.day(self._wall(at).date())
        return None if plan.rank == _Rank.WEEK else plan.name

    def _open_minutes(self, day: date) -> list[tuple[int, int]]:
        """The open spans of a date within it, in minutes since its midnight, in order."""
        plan = self.day(day)
        spans = [(opens, min(closes, DAY_MINUTES)) for opens, closes in plan.spans]
        before = self.day(day - timedelta(days=1))
        if before.rank >= plan.rank:
            spans += [(0, closes - DAY_MINUTES) for _, closes in before.spans if closes > DAY_MINUTES]
        return sorted(spans)

    def _opens_within(self, begin: float, end: float) -> float | None:
        """The first open wall time in [begin, end), both as if the wall's clock were UTC."""
        day = datetime.fromtimestamp(begin, UTC).date()
        while (midnight := datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) < end:
            for opens, closes in self._open_minutes(day):
                first = max(begin, midnight + opens * 60)
                if first < min(end, midnight + closes * 60):
                    return first
            day += timedelta(days=1)
        return None

    def _segments(self, begin: float, until: float) -> Iterator[tuple[float, float, float]]:
        """[begin, until) cut where the zone's offset from UTC changes: begin, end, offset. No zone has
        changed twice within a day."""
        while begin < until:
            end = min(begin + _DAY, until)
            offset = self._offset(begin)
            if self._offset(end) != offset:
                seconds = range(int(end - begin) + 2)
                cut = bisect_right(seconds, False, key=lambda gone: self._offset(begin + gone) != offset)
                # The change is on a whole second of the epoch, wherever the segment began.
                change = float(int(begin + cut))
                if change > begin:
                    end = min(change, end)
            yield begin, end, offset
            begin = end

    def _offset(self, at: float) -> float:
        offset = self._wall(at).utcoffset()
        return offset.total_seconds() if offset is not None else 0.0

    def _wall(self, at: float) -> datetime:
        return datetime.fromtimestamp(at, self.zone)


def parse_date(text: str) -> date | None:
    """A date written YYYY-MM-DD and in no other way, or none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text and 1 < day.year < 9998 else None


def _lengthened(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans that close at or before they open, ended on the next day."""
    return tuple(
        (opens, closes if closes > opens else closes + DAY_MINUTES) for opens, closes in sorted(spans)
    )
