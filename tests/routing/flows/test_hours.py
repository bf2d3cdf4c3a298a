"""When it is open: on the site's wall, on holidays, and in the nights when clocks change."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given, settings, strategies as st

from routing.flows.hours import Timetable, parse_date
from routing.flows.model import DayException, Hours, OpenSpan
from routing.ids import HoursId
from tests.routing.flows.plans import CALENDAR, at

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
BERLIN = "Europe/Berlin"  # forward on 2026-03-29 at 02:00, back on 2026-10-25 at 03:00
LORD_HOWE = "Australia/Lord_Howe"  # half an hour: back on 2026-04-05 at 02:00, forward on 2026-10-04 at 02:00
MINUTE = 60.0


def hours(
    *spans: OpenSpan,
    zone: str = BERLIN,
    holidays: str = "",
    exceptions: tuple[DayException, ...] = (),
) -> Timetable:
    return Timetable(Hours(HoursId("h"), "H", zone, spans, holidays, exceptions), CALENDAR)


def test_opens_at_its_minute_and_closes_at_its_minute() -> None:
    office = hours(OpenSpan((5,), 9 * 60, 18 * 60))
    times = ("08:59:59", "09:00", "17:59:59", "18:00")
    assert [office.is_open(at(f"2026-11-27 {time}", BERLIN)) for time in times] == [False, True, True, False]


def test_a_span_that_ends_before_it_begins_ends_on_the_next_day() -> None:
    night = hours(OpenSpan((5,), 22 * 60, 6 * 60))
    assert night.is_open(at("2026-11-27 23:00", BERLIN))
    assert night.is_open(at("2026-11-28 05:59", BERLIN))
    assert not night.is_open(at("2026-11-28 06:00", BERLIN))
    assert not night.is_open(at("2026-11-27 05:00", BERLIN))  # Thursday has no night


def test_around_the_clock() -> None:
    always = hours(OpenSpan(EVERY_DAY, 0, 0))
    assert all(always.is_open(at("2026-10-24 00:00", BERLIN) + n * 17 * MINUTE) for n in range(200))


def test_holidays_outrank_the_week_and_exceptions_outrank_holidays() -> None:
    week = OpenSpan(EVERY_DAY, 9 * 60, 18 * 60)
    assert not hours(week, holidays="RU").is_open(at("2027-01-01 12:00", BERLIN))
    assert hours(week, holidays="RU").special_day(at("2027-01-01 12:00", BERLIN)) == "New Year"
    duty = DayException("2027-01-01", "duty", ((10 * 60, 12 * 60),))
    open_anyway = hours(week, holidays="RU", exceptions=(duty,))
    assert open_anyway.is_open(at("2027-01-01 11:00", BERLIN))
    assert not open_anyway.is_open(at("2027-01-01 13:00", BERLIN))
    assert open_anyway.special_day(at("2027-01-01 13:00", BERLIN)) == "duty"
    assert open_anyway.special_day(at("2027-01-02 13:00", BERLIN)) is None


def test_a_night_ends_at_midnight_before_a_day_of_higher_rank() -> None:
    night = OpenSpan(EVERY_DAY, 20 * 60, 2 * 60)
    one_o_clock = at("2027-01-01 01:00", BERLIN)
    assert hours(night).is_open(one_o_clock)
    assert not hours(night, holidays="RU").is_open(one_o_clock)
    party = DayException("2026-12-31", "party", ((20 * 60, 2 * 60),))
    assert hours(night, holidays="RU", exceptions=(party,)).is_open(one_o_clock)


def test_of_two_exceptions_for_a_date_the_first_counts_and_a_bad_date_none() -> None:
    closed, opened = DayException("2026-11-27", "a"), DayException("2026-11-27", "b", ((0, 0),))
    bad = DayException("27.11.2026", "c", ((0, 0),))
    assert not hours(exceptions=(closed, opened, bad)).is_open(at("2026-11-27 12:00", BERLIN))


def test_opens_next() -> None:
    office = hours(OpenSpan((1, 2, 3, 4, 5), 9 * 60, 18 * 60), holidays="RU")
    noon = at("2026-11-27 12:00", BERLIN)
    assert office.opens_next(noon) == noon
    assert office.opens_next(at("2026-11-27 18:00", BERLIN)) == at("2026-11-30 09:00", BERLIN)
    # Friday the first of January is a holiday.
    assert office.opens_next(at("2026-12-31 18:00", BERLIN)) == at("2027-01-04 09:00", BERLIN)


def test_never_opens() -> None:
    past = DayException("2020-01-01", "", ((0, 0),))
    now = at("2026-11-27 12:00", BERLIN)
    assert hours().opens_next(now) is None
    assert hours(OpenSpan((), 0, 0)).opens_next(now) is None
    assert hours(exceptions=(past,)).opens_next(now) is None


def test_an_exception_far_ahead_is_found_at_once() -> None:
    far = DayException("2999-07-01", "", ((600, 660),))
    now = at("2026-11-27 12:00", BERLIN)
    assert hours(exceptions=(far,)).opens_next(now) == at("2999-07-01 10:00", BERLIN)


def test_in_spring_a_span_within_the_skipped_hour_waits_a_day() -> None:
    skipped = hours(OpenSpan(EVERY_DAY, 2 * 60, 3 * 60))
    assert skipped.opens_next(at("2026-03-29 00:00", BERLIN)) == at("2026-03-30 02:00", BERLIN)
    reaching = hours(OpenSpan(EVERY_DAY, 150, 4 * 60))
    assert reaching.opens_next(at("2026-03-29 00:00", BERLIN)) == at("2026-03-29 03:00", BERLIN)


def test_in_autumn_the_hour_that_is_shown_twice_opens_twice() -> None:
    half = hours(OpenSpan(EVERY_DAY, 2 * 60, 150))
    first = at("2026-10-25 02:00", BERLIN)
    assert half.opens_next(at("2026-10-25 00:00", BERLIN)) == first
    assert not half.is_open(first + 45 * MINUTE)
    assert half.opens_next(first + 45 * MINUTE) == first + 60 * MINUTE


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone 'Mars/Base'"):
        hours(zone="Mars/Base")


@pytest.mark.parametrize(
    "text", ["2026-02-30", "20260227", "2026-W01-1", "", "tomorrow", "2026-1-1", "9999-12-31"]
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None


minutes = st.integers(0, 1439)
spans = st.builds(
    OpenSpan, st.lists(st.integers(1, 7), max_size=7, unique=True).map(tuple), minutes, st.integers(0, 1440)
)
changes = st.sampled_from(
    [
        (BERLIN, "2026-03-28"),
        (BERLIN, "2026-10-24"),
        (LORD_HOWE, "2026-04-04"),
        (LORD_HOWE, "2026-10-03"),
        ("America/St_Johns", "2026-10-31"),
        ("Pacific/Apia", "2011-12-29"),  # skipped the 30th altogether
        ("Europe/Moscow", "2026-12-30"),
    ]
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Timetable, float]:
    zone, day = draw(changes)
    dates = st.integers(-1, 4).map(lambda n: date.fromordinal(date.fromisoformat(day).toordinal() + n))
    exceptions = draw(
        st.lists(
            st.builds(
                DayException,
                dates.map(date.isoformat),
                st.just("x"),
                st.lists(st.tuples(minutes, st.integers(0, 1440)), max_size=2).map(tuple),
            ),
            max_size=2,
        )
    )
    timetable = hours(
        *draw(st.lists(spans, max_size=3)),
        zone=zone,
        holidays=draw(st.sampled_from(["", "RU"])),
        exceptions=tuple(exceptions),
    )
    start = at(f"{day} 00:00", zone) + draw(st.integers(0, 60 * 48)) * MINUTE
    return timetable, start + draw(st.sampled_from([0.0, 0.25, 59.9]))


@settings(max_examples=150, deadline=None)
@given(cases())
@example((hours(OpenSpan((7,), 30, 150)), at("2026-10-25 02:45", BERLIN)))
def test_the_next_opening_is_what_looking_each_minute_finds(case: tuple[Timetable, float]) -> None:
    timetable, start = case
    found = timetable.opens_next(start)
    whole = start - start % MINUTE + MINUTE
    looks = [start, *(whole + n * MINUTE for n in range(4 * 24 * 60))]
    seen = next((look for look in looks if timetable.is_open(look)), None)
    if seen is not None:
        assert found == seen
    else:
        assert found is None or found > looks[-1]
    if found is not None:
        assert timetable.is_open(found)
