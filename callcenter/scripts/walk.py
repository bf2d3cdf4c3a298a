"""The way through a script that answers lead, and whether answers fit their fields.

The console walks by the same rules (``agents_ui/src/panels/scripts/walk.ts``); the tests of both go by the
cases of ``tests/scripts/walk_cases.json``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import assert_never

from callcenter.scripts.model import (
    LONGEST_ANSWER,
    Answers,
    Branch,
    Comparison,
    Condition,
    Field,
    FieldKind,
    Script,
    Step,
    Value,
)

_PHONE = re.compile(r"\+?[0-9 ()\-]{2,32}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONEY = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?")
_LARGEST = 1e15


@dataclass(frozen=True, slots=True)
class Walk:
    """``steps`` from the start on. ``missing`` are required fields of the last step without an answer: one
    can't go on from it. ``ended``: the last step ends the script, and nothing is missing. ``broken`` is a
    step that a way leads to and that isn't there, or was come from already; only an unchecked script has
    one."""

    steps: tuple[str, ...]
    missing: tuple[str, ...]
    ended: bool
    broken: str | None = None


def walk(script: Script, answers: Answers) -> Walk:
    """As far as the answers lead."""
    steps = {step.id: step for step in reversed(script.steps)}
    way: list[str] = []
    at: str | None = script.start
    while at is not None:
        if at not in steps or at in way:
            return Walk(tuple(way), (), False, at)
        way.append(at)
        missing = tuple(it.id for it in steps[at].fields if it.required and not answered(answers, it.id))
        if missing:
            return Walk(tuple(way), missing, False)
        at = following(steps[at], answers)
    return Walk(tuple(way), (), True)


def following(step: Step, answers: Answers) -> str | None:
    """The step after this one; ``None`` at the end."""
    taken = next((branch for branch in step.branches if _taken(branch, answers)), None)
    return step.next if taken is None else taken.to


def _taken(branch: Branch, answers: Answers) -> bool:
    return all(holds(condition, answers) for condition in branch.when)


def answered(answers: Answers, field: str) -> bool:
    return answers.get(field, "") not in ("", ())


def holds(condition: Condition, answers: Answers) -> bool:
    given = answers.get(condition.field, "")
    there = answered(answers, condition.field)
    match condition.test:
        case Comparison.ANSWERED:
            return there
        case Comparison.NOT_ANSWERED:
            return not there
        case Comparison.IS:
            return there and _same(given, condition.value)
        case Comparison.IS_NOT:
            return not there or not _same(given, condition.value)
        case Comparison.HAS:
            return isinstance(given, tuple) and condition.value in given
        case Comparison.LESS:
            order = _order(given, condition.value) if there else None
            return order is not None and order < 0
        case Comparison.MORE:
            order = _order(given, condition.value) if there else None
            return order is not None and order > 0
        case _:
            assert_never(condition.test)


def _same(given: Value, value: str) -> bool:
    if isinstance(given, bool):
        return value == ("yes" if given else "no")
    if isinstance(given, tuple):
        return set(given) == {value}
    order = _order(given, value)
    return given == value if order is None else order == 0


def _order(given: Value, value: str) -> int | None:
    """Below, equal or above, of numbers and dates; ``None`` for what has no order."""
    if isinstance(given, bool | tuple):
        return None
    left = number_of(given) if isinstance(given, str) else Decimal(str(given))
    right = number_of(value)
    if left is not None and right is not None:
        return (left > right) - (left < right)
    first, second = date_of(str(given)), date_of(value)
    if first is not None and second is not None:
        return (first > second) - (first < second)
    return None


def number_of(text: str) -> Decimal | None:
    """Digits with a point and a sign at most, as a person types it."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def date_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


# Answers


def wrong_answers(script: Script, answers: Answers, today: date) -> Mapping[str, str]:
    """What is wrong with answers, in words, by field. One may leave out any: they are sent as they are
    typed."""
    fields = {it.id: it for step in script.steps for it in step.fields}
    wrong: dict[str, str] = {}
    for name, value in answers.items():
        field = fields.get(name)
        problem = "this version of the script has no such field"
        if field is not None:
            problem = wrong_answer(field, value, today) or ""
        if problem:
            wrong[name] = problem
    return wrong


def wrong_answer(field: Field, value: Value, today: date) -> str | None:
    """What is wrong with one answer, ``None`` if nothing; an empty one is none at all."""
    if value in ("", ()):
        return None
    match field.kind:
        case FieldKind.TEXT:
            return _wrong_text(field, value)
        case FieldKind.PHONE:
            fits = isinstance(value, str) and _PHONE.fullmatch(value) is not None
            return None if fits else "is a telephone number: digits, spaces, ( ) - and a leading +"
        case FieldKind.NUMBER:
            if isinstance(value, bool | str | tuple) or not abs(value) <= _LARGEST:
                return "is a number"
            return _outside(field, float(value), "is")
        case FieldKind.MONEY:
            if not isinstance(value, str) or _MONEY.fullmatch(value) is None:
                return "is an amount such as 1500 or 1500.50"
            return _outside(field, float(value), "is")
        case FieldKind.DATE:
            day = date_of(value) if isinstance(value, str) else None
            if day is None:
                return "is a date such as 2026-03-09"
            return _outside(field, (day - today).days, "is, in days from today,")
        case FieldKind.CHOICE:
            fits = isinstance(value, str) and value in {option.id for option in field.options}
            return None if fits else "is one of the field's options"
        case FieldKind.CHOICES:
            known = {option.id for option in field.options}
            if not isinstance(value, tuple) or not set(value) <= known or len(set(value)) != len(value):
                return "are some of the field's options, each once"
            return _outside(field, len(value), "has a number of options which is")
        case FieldKind.YES_NO:
            return None if isinstance(value, bool) else "is true or false"
        case _:
            assert_never(field.kind)


def _wrong_text(field: Field, value: Value) -> str | None:
    if not isinstance(value, str):
        return "is a text"
    if len(value) > LONGEST_ANSWER:
        return f"has at most {LONGEST_ANSWER} characters"
    return _outside(field, len(value), "has a number of characters which is")


def _outside(field: Field, number: float, what: str) -> str | None:
    if field.least is not None and number < field.least:
        return f"{what} at least {field.least:g}"
    if field.most is not None and number > field.most:
        return f"{what} at most {field.most:g}"
    return None
