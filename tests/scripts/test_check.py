"""What is wrong with a script is told at once, each by its place; what passes never lets anyone get stuck."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st

from callcenter.scripts.check import check, has_errors
from callcenter.scripts.mistakes import TEXTS, Code, Severity
from callcenter.scripts.model import Answers, Field, FieldKind, Script, Step, Value
from callcenter.scripts.walk import walk, wrong_answer
from tests.scripts.samples import (
    GREETING,
    any_scripts,
    greeting,
    greeting_script,
    script_of,
    steps_with as steps,
)

TODAY = date(2026, 3, 9)


def found(**changes: Any) -> dict[str, Code]:
    return {it.place: it.code for it in check(script_of(greeting(**changes)))}


def test_the_sample_is_right() -> None:
    assert found() == {}


def test_a_loop_is_refused_and_its_way_named() -> None:
    (mistake,) = check(script_of(greeting(**steps(2, next="hello"))))
    assert (mistake.place, mistake.code, mistake.severity) == ("steps.2.next", Code.LOOP, Severity.ERROR)
    assert "hello → budget → end → hello" in mistake.message
    assert "Lead this way to a step that comes later" in mistake.remedy


def test_a_loop_with_a_way_out_is_refused_as_well() -> None:
    back = [{"when": [{"field": "wish", "test": "is", "value": "ask"}], "to": "hello"}]
    assert found(**steps(1, branches=back)) == {"steps.1.branches.0.to": Code.LOOP}


def test_a_step_that_leads_to_itself_is_a_loop() -> None:
    assert found(**steps(2, next="end")) == {"steps.2.next": Code.LOOP}


_WISH = GREETING["steps"][0]["fields"][0]


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"steps": []}, "steps", Code.NO_STEPS),
        ({"languages": []}, "languages", Code.NO_LANGUAGE),
        ({"start": "moon"}, "start", Code.UNKNOWN_STEP),
        (steps(0, next="moon"), "steps.0.next", Code.UNKNOWN_STEP),
        (steps(1, next=None), "steps.2", None),
        (steps(0, text={"ru": "Да"}), "steps.0.text.en", Code.NO_TEXT),
        (steps(0, title={"en": "Hi"}), "steps.0.title.ru", Code.NO_TEXT),
        (steps(2, text={"ru": "{client.age}", "en": "-"}), "steps.2.text.ru", Code.UNKNOWN_PLACEHOLDER),
        (steps(2, text={"ru": "{answer.age}", "en": "-"}), "steps.2.text.ru", Code.UNKNOWN_FIELD),
        (steps(0, text={"ru": "{answer.amount}", "en": "-"}), "steps.0.text.ru", Code.FIELD_NOT_YET),
        (steps(1, fields=[_WISH]), "steps.1.fields.0.id", Code.FIELD_TWICE),
        (steps(0, fields=[{**_WISH, "options": []}]), "steps.0.fields.0.options", Code.NO_OPTIONS),
        (
            steps(0, fields=[{**_WISH, "options": [*_WISH["options"], _WISH["options"][0]]}]),
            "steps.0.fields.0.options.2.id",
            Code.OPTION_TWICE,
        ),
        (steps(0, fields=[{**_WISH, "least": 1}]), "steps.0.fields.0.least", Code.NO_LIMITS_HERE),
        (
            steps(0, fields=[{**_WISH, "kind": "choices", "least": 3}]),
            "steps.0.fields.0.least",
            Code.BAD_LIMITS,
        ),
        (
            steps(0, branches=[{"when": [{"field": "wish", "test": "is", "value": "x"}], "to": "end"}]),
            "steps.0.branches.0.when.0.value",
            Code.UNKNOWN_OPTION,
        ),
        (
            steps(0, branches=[{"when": [{"field": "wish", "test": "less", "value": "1"}], "to": "budget"}]),
            "steps.0.branches.0.when.0.test",
            Code.BAD_TEST,
        ),
        (
            steps(1, branches=[{"when": [{"field": "amount", "test": "more", "value": "x"}], "to": "end"}]),
            "steps.1.branches.0.when.0.value",
            Code.BAD_VALUE,
        ),
        (
            steps(0, branches=[*GREETING["steps"][0]["branches"]] * 2),
            "steps.0.branches.1",
            Code.DEAD_BRANCH,
        ),
        (steps(0, branches=[]), "steps.1", Code.UNREACHABLE),
        (steps(2, id="budget"), "steps.2.id", Code.STEP_TWICE),
        (steps(2, text={"ru": "я" * 4000, "en": "y" * 4000}), "steps", None),
    ],
)
def test_each_mistake_is_told_by_its_place(changes: dict[str, Any], place: str, code: Code | None) -> None:
    assert found(**changes).get(place) is code


def test_all_mistakes_come_at_once() -> None:
    bad = greeting(start="hello", steps=[GREETING["steps"][0], {"id": "lost", "next": "moon"}])
    codes = [it.code for it in check(script_of(bad))]
    assert codes.count(Code.UNKNOWN_STEP) == 3
    assert codes.count(Code.NO_TEXT) == 2
    assert Code.UNREACHABLE in codes


def test_a_script_may_be_too_large() -> None:
    many = tuple(Step(f"s{n}", {}, {"ru": "а", "en": "a"}, (), (), None) for n in range(201))
    large = Script("large", ("ru", "en"), "s0", many)
    assert [it.parameters["what"] for it in check(large) if it.code is Code.TOO_LARGE] == ["steps"]
    long = replace(large, steps=(replace(many[0], text={"ru": "я" * 200_000, "en": "a"}),))
    assert [it.parameters["what"] for it in check(long)] == ["bytes"]


def test_every_code_has_words_that_its_parameters_fill() -> None:
    assert set(TEXTS) == set(Code)


def _answers_to(field: Field) -> st.SearchStrategy[Value]:
    low = -5 if field.least is None else field.least
    high = max(low, 5) if field.most is None else field.most
    whole = st.integers(int(low), int(high))
    match field.kind:
        case FieldKind.TEXT:
            return st.integers(max(1, int(low)), max(1, int(high))).map(lambda n: "x" * n)
        case FieldKind.PHONE:
            return st.just("+7 916 123-45-67")
        case FieldKind.NUMBER:
            return whole
        case FieldKind.MONEY:
            return whole.map(str)
        case FieldKind.DATE:
            return whole.map(lambda n: (TODAY + timedelta(days=n)).isoformat())
        case FieldKind.CHOICE:
            return st.sampled_from([option.id for option in field.options])
        case FieldKind.CHOICES:
            most = min(len(field.options), max(1, int(high)))
            names = [option.id for option in field.options]
            sizes = st.integers(max(1, int(low)), most)
            return sizes.map(lambda n: tuple(names[:n]))
        case FieldKind.YES_NO:
            return st.booleans()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(any_scripts(onward=True), st.data())
def test_who_answers_by_a_script_that_passed_comes_to_its_end(script: Script, data: st.DataObject) -> None:
    assume(not has_errors(check(script)))
    fields = {it.id: it for step in script.steps for it in step.fields}
    answers: dict[str, Value] = {}
    for _ in range(len(script.steps) + 1):
        went = walk(script, answers)
        assert went.broken is None
        if went.ended:
            break
        assert went.missing  # the only reason to stand still
        for name in went.missing:
            answers[name] = data.draw(_answers_to(fields[name]), label=name)
            assert wrong_answer(fields[name], answers[name], TODAY) is None
    assert walk(script, answers).ended


@given(
    any_scripts(onward=False),
    st.dictionaries(st.sampled_from(["s0-0", "s1-0", "s2-1"]), st.sampled_from(["o0", "1"])),
)
def test_any_walk_of_any_script_ends(script: Script, answers: Answers) -> None:
    went = walk(script, answers)
    assert len(went.steps) == len(set(went.steps)) <= len(script.steps)


def test_the_way_follows_from_the_answers() -> None:
    script = greeting_script()
    assert walk(script, {}).missing == ("wish",)
    assert walk(script, {"wish": "ask"}).steps == ("hello", "end")
    assert walk(script, {"wish": "buy"}).missing == ("amount",)
    assert walk(script, {"wish": "buy", "amount": "150.50"}).ended
