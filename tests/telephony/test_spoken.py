"""Numbers as recordings."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from callcenter.telephony.ami.spoken import spoken_digits

SHIPPED = {*map(str, range(21)), *map(str, range(30, 100, 10)), "hundred", "thousand"}
"""What Debian's core sounds have in both languages, as far as numbers go."""


@pytest.mark.parametrize(
    ("digits", "language", "names"),
    [
        ("0", "en", "0"),
        ("7", "ru", "7"),
        ("13", "en", "13"),
        ("20", "ru", "20"),
        ("21", "ru", "20 1"),
        ("99", "en_GB", "90 9"),
        ("100", "en", "1 hundred"),
        ("115", "en", "1 hundred 15"),
        ("4000", "en", "4 thousand"),
        ("9999", "en", "9 thousand 9 hundred 90 9"),
        ("100", "ru", "1 0 0"),
        ("12345", "en", "1 2 3 4 5"),
        ("007", "en", "0 0 7"),
        ("00", "ru", "0 0"),
        ("25", "fr", "2 5"),
    ],
)
def test_as_it_is_said(digits: str, language: str, names: str) -> None:
    assert spoken_digits(digits, language) == tuple(f"digits/{name}" for name in names.split())


@given(st.from_regex(r"\A[0-9]{1,32}\Z"), st.sampled_from(["en", "ru", "de"]))
def test_every_number_is_said_by_recordings_that_are_shipped(digits: str, language: str) -> None:
    names = spoken_digits(digits, language)
    assert names
    assert {name.removeprefix("digits/") for name in names} <= SHIPPED
