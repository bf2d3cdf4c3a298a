"""When a client may be dialled: by his clock, by every clock that may be his, and again by rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from routing.callbacks import (
    AttemptOutcome,
    Callback,
    CallbackRules,
    after,
    closes_at,
    may_dial,
    next_allowed,
    promised,
)
from routing.ids import CallbackId, QueueId

MOSCOW, VLADIVOSTOK, KALININGRAD = "Europe/Moscow", "Asia/Vladivostok", "Europe/Kaliningrad"
ZONES = (MOSCOW, VLADIVOSTOK, KALININGRAD, "America/St_Johns", "Asia/Kathmandu", "Europe/Berlin", "UTC")
RULES = CallbackRules(zone=MOSCOW)
outcomes = st.sampled_from([one for one in AttemptOutcome if one is not AttemptOutcome.REACHED])
instants = st.floats(1_700_000_000, 1_900_000_000)
hours = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda pair: pair[0] < pair[1])


def zone(name: str) -> tzinfo | None:
    return ZoneInfo(name) if name in ZONES else None


def at(text: str, where: str = MOSCOW) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(where)).timestamp()


def local(moment: float, where: str) -> float:
    """Minutes since midnight there."""
    clock = datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(where))
    return clock.hour * 60 + clock.minute + clock.second / 60


def test_a_number_of_one_zone_goes_by_its_own_clock() -> None:
    evening_there = at("2026-03-04 14:30")  # 21:30 in Vladivostok
    assert may_dial(RULES, zone, (MOSCOW,), evening_there)
    assert not may_dial(RULES, zone, (VLADIVOSTOK,), evening_there)
    assert next_allowed(RULES, zone, (VLADIVOSTOK,), evening_there) == at("2026-03-05 09:00", VLADIVOSTOK)


def test_a_number_of_no_known_zone_goes_by_the_sites() -> None:
    assert may_dial(RULES, zone, (), at("2026-03-04 19:59"))
    assert not may_dial(RULES, zone, ("Mars/Olympus",), at("2026-03-04 20:00"))


def test_a_number_of_several_zones_is_at_home_with_the_site_unless_the_rules_are_strict() -> None:
    several, noon = (KALININGRAD, MOSCOW, VLADIVOSTOK), at("2026-03-04 14:30")
    assert may_dial(RULES, zone, several, noon)
    assert not may_dial(replace(RULES, strict=True), zone, several, noon)
    assert may_dial(replace(RULES, strict=True), zone, several, at("2026-03-04 10:30"))


def test_a_number_of_several_foreign_zones_asks_them_all() -> None:
    several = ("America/St_Johns", "Europe/Berlin")
    assert not may_dial(RULES, zone, several, at("2026-03-04 10:00"))
    assert may_dial(RULES, zone, several, at("2026-03-04 18:00", "Europe/Berlin"))


def test_zones_that_agree_at_the_moment_are_one() -> None:
    rules = replace(RULES, strict=True, zone="Asia/Kathmandu")
    assert may_dial(rules, zone, ("Europe/Berlin", "Europe/Berlin"), at("2026-03-04 19:30", "Europe/Berlin"))


def test_zones_that_never_agree_are_never_dialled() -> None:
    narrow = replace(RULES, strict=True, opens=540, closes=600)
    assert next_allowed(narrow, zone, (VLADIVOSTOK, "America/St_Johns"), at("2026-03-04 10:00")) is None


def test_mornings_after_a_change_of_clocks() -> None:
    rules = CallbackRules(zone="Europe/Berlin")
    night = at("2026-03-28 22:00", "Europe/Berlin")
    assert next_allowed(rules, zone, (), night) == at("2026-03-29 09:00", "Europe/Berlin")


@given(instants, st.lists(st.sampled_from(ZONES), max_size=4), hours, st.booleans())
def test_the_next_allowed_instant_is_allowed_and_none_is_passed_over(
    moment: float, zones: list[str], span: tuple[int, int], strict: bool
) -> None:
    rules = CallbackRules(MOSCOW, *span, strict=strict)
    names = tuple(dict.fromkeys(zones))
    found = next_allowed(rules, zone, names, moment)
    if found is None:
        return
    assert found >= moment
    assert may_dial(rules, zone, names, found)
    if found > moment:
        # The quarters of an hour on the way are night.
        step = (found - moment) / 7
        assert not any(may_dial(rules, zone, names, moment + step * part) for part in range(6))


@given(instants, st.sampled_from(ZONES), hours)
def test_a_single_zone_is_never_dialled_outside_its_hours(
    moment: float, name: str, span: tuple[int, int]
) -> None:
    rules = CallbackRules(MOSCOW, *span)
    found = next_allowed(rules, zone, (name,), moment)
    assert found is not None
    assert span[0] <= local(found, name) < span[1]
    assert found - moment <= timedelta(days=1, hours=2).total_seconds()
    assert not may_dial(rules, zone, (name,), closes_at(rules, zone, (name,), found) + 1) or span == (0, 1440)


@pytest.mark.parametrize(("opens", "closes"), [(540, 540), (1200, 540), (-1, 60), (0, 1441)])
def test_hours_that_never_open_are_refused(opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match="never open"):
        CallbackRules(opens=opens, closes=closes)
    with pytest.raises(ValueError, match="one attempt"):
        CallbackRules(most_attempts=0)


@given(instants, st.lists(outcomes, min_size=1, max_size=12), st.integers(1, 6))
def test_attempts_end_and_never_follow_at_once(moment: float, story: list[AttemptOutcome], most: int) -> None:
    rules = replace(RULES, most_attempts=most)
    until = moment + rules.keep_seconds
    callback: Callback | None = Callback(CallbackId("x"), "+7", QueueId("sales"), moment, moment, until)
    assert callback is not None
    callback = promised(callback, rules, zone, moment)
    made = 0
    for outcome in story:
        if callback is None:
            break
        made += 1
        now = callback.next_at
        callback = after(callback, rules, zone, outcome, now)
        if callback is not None:
            assert callback.attempts == made
            assert callback.next_at >= now + rules.gap(outcome)
            assert callback.next_at < callback.until
            assert may_dial(rules, zone, callback.zones, callback.next_at)
            assert callback.since == moment
    assert made <= most
