"""Answers against their fields, conditions, and filled texts."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from callcenter.scripts.documents import ScriptDocument, answers_of, script_of
from callcenter.scripts.model import Comparison, Condition, Field, FieldKind, Option, Value
from callcenter.scripts.texts import answer_texts, fill
from callcenter.scripts.walk import holds, walk, wrong_answer, wrong_answers
from tests.scripts.samples import greeting_script

TODAY = date(2026, 3, 9)


def field(kind: FieldKind, least: float | None = None, most: float | None = None) -> Field:
    options = (Option("a", {}), Option("b", {}), Option("c", {}))
    return Field("f", kind, {}, {}, False, options, least, most)


CASES = json.loads((Path(__file__).parent / "walk_cases.json").read_text(encoding="utf-8"))
"""The console's test goes by the same file."""


def given(value: Any) -> Value:
    return answers_of({"f": value})["f"]


@pytest.mark.parametrize("case", CASES["answers"], ids=str)
def test_what_fits_a_field(case: dict[str, Any]) -> None:
    told = wrong_answer(
        field(FieldKind(case["kind"]), case["least"], case["most"]), given(case["value"]), TODAY
    )
    bounds = {"at least": "atLeast", "at most": "atMost"}
    code = told and next((code for words, code in bounds.items() if words in told), "badValue")
    assert code == case["wrong"]


def test_what_json_cannot_bring_fits_no_number() -> None:
    assert wrong_answer(field(FieldKind.NUMBER), float("nan"), TODAY)


def test_a_limit_is_named() -> None:
    assert "at least 2" in (wrong_answer(field(FieldKind.NUMBER, 2, 3), 1, TODAY) or "")


def test_an_answer_to_no_field_is_named() -> None:
    wrong = wrong_answers(greeting_script(), {"wish": "buy", "moon": "1", "amount": "50"}, TODAY)
    assert set(wrong) == {"moon", "amount"}


@pytest.mark.parametrize("case", CASES["conditions"], ids=str)
def test_conditions(case: dict[str, Any]) -> None:
    answers = {} if case["given"] is None else {"f": given(case["given"])}
    assert holds(Condition("f", Comparison(case["test"]), case["value"]), answers) is case["holds"]


@pytest.mark.parametrize("case", CASES["walks"], ids=str)
def test_the_way_through_a_script(case: dict[str, Any]) -> None:
    document = ScriptDocument.model_validate(CASES["scripts"][case["script"]])
    found = walk(script_of(document), answers_of(case["answers"]))
    assert (list(found.steps), list(found.missing), found.ended) == (
        case["steps"],
        case["missing"],
        case["ended"],
    )


def test_texts_are_filled_and_gaps_seen() -> None:
    script = greeting_script()
    known = answer_texts(script, {"wish": "buy", "amount": "100"}, "en")
    assert (
        fill("{answer.wish}, {client.name} {answer.day}", {**known, "client.name": "Ann"}) == "To buy, Ann …"
    )
