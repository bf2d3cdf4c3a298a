"""What is wrong with opening hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from routing.flows.hours import DAY_MINUTES, Calendar, Timetable, parse_date
from routing.flows.mistakes import Code, Mistake, in_range
from routing.flows.model import Hours
from routing.ids import HoursId


def check_hours(all_hours: Iterable[Hours], calendar: Calendar, now: float) -> Iterator[Mistake]:
    """``now`` in UTC epoch seconds."""
    seen: set[HoursId] = set()
    for hours in all_hours:
        place = f"hours {hours.id}"
        if hours.id in seen:
            yield Mistake(place, Code.ID_TWICE, (("what", "set of hours"), ("name", hours.id)))
        seen.add(hours.id)
        known = calendar.zone(hours.zone) is not None
        if not known:
            yield Mistake(f"{place}, zone", Code.BAD_ZONE, (("zone", hours.zone),))
        if hours.holidays and not calendar.knows(hours.holidays):
            yield Mistake(f"{place}, holidays", Code.BAD_COUNTRY, (("country", hours.holidays),))
        wrong = [*_check_spans(hours, place), *_check_exceptions(hours, place)]
        yield from wrong
        # Spans that say nothing sensible are told by themselves.
        if not wrong and not _opens(hours, calendar, now, known=known):
            yield Mistake(place, Code.NEVER_OPENS)


def _opens(hours: Hours, calendar: Calendar, now: float, *, known: bool) -> bool:
    if known:
        return Timetable(hours, calendar).opens_next(now) is not None
    return bool(hours.spans) or any(exception.spans for exception in hours.exceptions)


def _check_spans(hours: Hours, place: str) -> Iterator[Mistake]:
    for n, span in enumerate(hours.spans, 1):
        if not span.days:
            yield Mistake(f"{place}, spans.{n}.days", Code.NO_CHOICES)
        for day in span.days:
            yield from in_range(f"{place}, spans.{n}.days", day, 1, 7)
        yield from _check_times(f"{place}, spans.{n}", span.opens, span.closes)


def _check_exceptions(hours: Hours, place: str) -> Iterator[Mistake]:
    seen: set[str] = set()
    for n, exception in enumerate(hours.exceptions, 1):
        told = (("date", exception.date),)
        if parse_date(exception.date) is None:
            yield Mistake(f"{place}, exceptions.{n}.date", Code.BAD_DATE, told)
        elif exception.date in seen:
            yield Mistake(f"{place}, exceptions.{n}.date", Code.DATE_TWICE, told)
        seen.add(exception.date)
        for m, (opens, closes) in enumerate(exception.spans, 1):
            yield from _check_times(f"{place}, exceptions.{n}.spans.{m}", opens, closes)


def _check_times(place: str, opens: int, closes: int) -> Iterator[Mistake]:
    yield from in_range(f"{place}.opens", opens, 0, DAY_MINUTES - 1)
    yield from in_range(f"{place}.closes", closes, 0, DAY_MINUTES)
