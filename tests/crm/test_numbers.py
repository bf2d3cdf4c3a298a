"""Numbers in all the forms they come in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from callcenter.crm.numbers import looks_like_number, normalise


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("+7 495 123-00-01", "+74951230001"),
        ("84951230001", "+74951230001"),
        ("8 (495) 123-00-01", "+74951230001"),
        ("74951230001", "+74951230001"),
        ("4951230001", "+74951230001"),
        ("8-495-123-00-01 доб. 12", "+74951230001"),
        ("+74951230001 ext. 12", "+74951230001"),
        ("+74951230001,12", "+74951230001"),
        ("+74951230001#12", "+74951230001"),
        ("8 800 123-00-01", "+78001230001"),
        ("8 999 000 10 01/8 495 123 00 01", "+79990001001"),
        ("нет / 84951230001", "+74951230001"),
        ("раб. 84951230001", "+74951230001"),
        ("84951230001 или 84951230002", "+74951230001"),
        ("007 495 123 00 01", "+74951230001"),
        ("0044 20 7946 0123", "+442079460123"),
        ("8 10 44 20 7946 0123", "+442079460123"),
        ("442079460123", "+442079460123"),
        ("12125550123", "+12125550123"),
        ("+1 (212) 555-0123", "+12125550123"),
        ("+49 30 23125 123", "+493023125123"),
        ("＋７４９５１２３０００１", "+74951230001"),
        ("٠٠٧٤٩٥١٢٣٠٠٠١", "+74951230001"),
        ("\u202a+7\u00a0495\u00a0123‑00‑01\u202c", "+74951230001"),
        ("sip:+74951230001@example.com;user=phone", "+74951230001"),
        ("tel:+7-495-123-00-01;ext=5", "+74951230001"),
        ('"Пётр" <sip:84951230001@10.0.0.1>', "+74951230001"),
        ("Пётр <84951230001>", "+74951230001"),
        ("+7(495)123.00.01", "+74951230001"),
    ],
)
def test_public_numbers_become_e164(raw: str, e164: str) -> None:
    number = normalise(raw, "RU")
    assert (number.e164, number.key, number.raw) == (e164, e164, raw)
    assert number.display.startswith("+")


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("1001", "1001"),
        ("a1001", "1001"),
        ("112", "112"),
        ("123", "123"),
        ("*78", "78"),
        ("12-34", "1234"),
        ("00", "00"),
        ("+", None),
        ("+++", None),
        ("Ромашка", None),
        ("0000000000000000000000000", "0" * 25),
    ],
)
def test_others_are_compared_by_their_digits(raw: str, key: str | None) -> None:
    number = normalise(raw, "RU")
    assert (number.e164, number.key, number.raw) == (None, key, raw)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "anonymous",
        "Anonymous",
        "<unknown>",
        "Restricted",
        "sip:anonymous@anonymous.invalid",
        "скрыт",
        "-",
    ],
)
def test_a_withheld_number_is_nobodys(raw: str) -> None:
    number = normalise(raw, "RU")
    assert (number.e164, number.key, number.display) == (None, None, "")


def test_the_region_decides_what_a_national_number_is() -> None:
    assert normalise("2125550123", "US").e164 == "+12125550123"
    assert normalise("020 7946 0123", "GB").e164 == "+442079460123"
    assert normalise("74951230001", "US").e164 == "+74951230001"
    assert normalise("+74951230001", "ZZ").e164 == "+74951230001"
    assert normalise("4951230001", "no such region").e164 is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8 495", True),
        ("+7 (999)", True),
        ("0001", True),
        ("Анна", False),
        ("дом 5", False),
        ("", False),
        ("-", False),
    ],
)
def test_what_a_search_means(text: str, expected: bool) -> None:
    assert looks_like_number(text) is expected


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=400), st.from_regex(r"\+?[0-9 ()/;,#x.-]{0,60}", fullmatch=True)))
def test_nothing_raises(raw: str) -> None:
    number = normalise(raw, "RU")
    assert number.raw == raw
    assert number.e164 is None or number.key == number.e164
    assert number.key != ""
    if number.e164 is not None:
        assert normalise(number.e164, "RU").e164 == number.e164
