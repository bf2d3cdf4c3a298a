"""Answers against their fields, conditions, and filled texts."""

from __future__ import annotations

from datetime import date

import pytest

from callcenter.scripts.model import Comparison, Condition, Field, FieldKind, Option, Value
from callcenter.scripts.texts import answer_texts, fill
from callcenter.scripts.walk import holds, wrong_answer, wrong_answers
from tests.scripts.samples import greeting_script

TODAY = date(2026, 3, 9)


def field(kind: FieldKind, least: float | None = None, most: float | None = None) -> Field:
    options = (Option("a", {}), Option("b", {}), Option("c", {}))
    return Field("f", kind, {}, {}, False, options, least, most)


GOOD: list[tuple[FieldKind, Value]] = [
    (FieldKind.TEXT, "anything"),
    (FieldKind.TEXT, ""),
    (FieldKind.NUMBER, 3),
    (FieldKind.NUMBER, 2.5),
    (FieldKind.MONEY, "1500.50"),
    (FieldKind.DATE, "2026-03-09"),
    (FieldKind.CHOICE, "a"),
    (FieldKind.CHOICES, ("a", "c")),
    (FieldKind.YES_NO, False),
    (FieldKind.PHONE, "+7 (916) 123-45-67"),
]
BAD: list[tuple[FieldKind, Value]] = [
    (FieldKind.TEXT, 5),
    (FieldKind.TEXT, "x" * 2001),
    (FieldKind.NUMBER, "3"),
    (FieldKind.NUMBER, True),
    (FieldKind.NUMBER, float("nan")),
    (FieldKind.MONEY, "1,500"),
    (FieldKind.MONEY, "1.505"),
    (FieldKind.MONEY, 5),
    (FieldKind.DATE, "2026-02-30"),
    (FieldKind.DATE, "20260309"),
    (FieldKind.CHOICE, "z"),
    (FieldKind.CHOICES, ("a", "a")),
    (FieldKind.CHOICES, ("a", "z")),
    (FieldKind.YES_NO, "yes"),
    (FieldKind.PHONE, "call me"),
]


@pytest.mark.parametrize(("kind", "value"), GOOD)
def test_what_fits(kind: FieldKind, value: Value) -> None:
    assert wrong_answer(field(kind), value, TODAY) is None


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_what_does_not_fit(kind: FieldKind, value: Value) -> None:
    assert wrong_answer(field(kind), value, TODAY)


@pytest.mark.parametrize(
    ("kind", "below", "within", "above"),
    [
        (FieldKind.NUMBER, 1, 2, 4),
        (FieldKind.MONEY, "1.99", "2", "3.01"),
        (FieldKind.TEXT, "a", "ab", "abcd"),
        (FieldKind.DATE, "2026-03-10", "2026-03-11", "2026-03-13"),
    ],
)
def test_limits(kind: FieldKind, below: Value, within: Value, above: Value) -> None:
    bounded = field(kind, 2, 3)
    assert wrong_answer(bounded, within, TODAY) is None
    assert "at least 2" in (wrong_answer(bounded, below, TODAY) or "")
    assert "at most 3" in (wrong_answer(bounded, above, TODAY) or "")
    few = field(FieldKind.CHOICES, 2, 2)
    assert wrong_answer(few, ("a",), TODAY)
    assert wrong_answer(few, ("a", "b", "c"), TODAY)


def test_an_answer_to_no_field_is_named() -> None:
    wrong = wrong_answers(greeting_script(), {"wish": "buy", "moon": "1", "amount": "50"}, TODAY)
    assert set(wrong) == {"moon", "amount"}


@pytest.mark.parametrize(
    ("test", "value", "given", "true"),
    [
        (Comparison.ANSWERED, "", "x", True),
        (Comparison.ANSWERED, "", "", False),
        (Comparison.ANSWERED, "", False, True),
        (Comparison.NOT_ANSWERED, "", (), True),
        (Comparison.IS, "yes", True, True),
        (Comparison.IS, "no", False, True),
        (Comparison.IS, "5", 5.0, True),
        (Comparison.IS, "1500", "1500.00", True),
        (Comparison.IS_NOT, "a", "b", True),
        (Comparison.IS_NOT, "a", "", True),
        (Comparison.HAS, "a", ("a", "b"), True),
        (Comparison.HAS, "c", ("a", "b"), False),
        (Comparison.LESS, "10", 9, True),
        (Comparison.MORE, "10", "9.5", False),
        (Comparison.MORE, "2026-03-09", "2026-03-10", True),
        (Comparison.LESS, "10", "", False),
    ],
)
def test_conditions(test: Comparison, value: str, given: Value, true: bool) -> None:
    assert holds(Condition("f", test, value), {"f": given}) is true
    if test not in (Comparison.NOT_ANSWERED, Comparison.IS_NOT):
        assert not holds(Condition("f", test, value), {})


def test_texts_are_filled_and_gaps_seen() -> None:
    script = greeting_script()
    known = answer_texts(script, {"wish": "buy", "amount": "100"}, "en")
    assert (
        fill("{answer.wish}, {client.name} {answer.day}", {**known, "client.name": "Ann"}) == "To buy, Ann …"
    )
