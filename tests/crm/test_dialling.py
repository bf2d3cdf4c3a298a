"""What a number tells: its one form and its clocks."""

from __future__ import annotations

import pytest

from callcenter.crm.dialling import DiallingNumbers

NUMBERS = DiallingNumbers("RU")


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("8 (916) 123-45-67", "+79161234567"),
        ("+7 916 123 45 67", "+79161234567"),
        ("79161234567", "+79161234567"),
        ("101", None),
        ("anonymous", None),
        ("", None),
        ("112", None),
    ],
)
def test_one_form_of_every_writing_and_none_of_what_is_not_public(raw: str, e164: str | None) -> None:
    assert NUMBERS.e164(raw) == e164


@pytest.mark.parametrize(
    ("number", "zones"),
    [("+74951234567", ("Europe/Moscow",)), ("+74232123456", ("Asia/Vladivostok",)), ("+7", ()), ("x", ())],
)
def test_a_number_of_a_town_has_its_zone(number: str, zones: tuple[str, ...]) -> None:
    assert NUMBERS.zones(number) == zones


def test_a_mobile_number_of_a_wide_country_may_be_anywhere_in_it() -> None:
    zones = NUMBERS.zones("+79161234567")
    assert {"Europe/Moscow", "Asia/Vladivostok"} <= set(zones)
    assert all(NUMBERS.zone(name) is not None for name in zones)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "a\x00b"])
def test_a_zone_that_is_none_is_said_so(name: str) -> None:
    assert NUMBERS.zone(name) is None
