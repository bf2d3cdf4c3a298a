"""Scripts for tests: one to read, and any that the checker lets pass."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from callcenter.scripts.documents import ScriptDocument, script_of
from callcenter.scripts.model import Branch, Comparison, Condition, Field, FieldKind, Option, Script, Step

GREETING: dict[str, Any] = {
    "name": "Sales",
    "languages": ["ru", "en"],
    "start": "hello",
    "steps": [
        {
            "id": "hello",
            "title": {"ru": "Приветствие", "en": "Greeting"},
            "text": {"ru": "Здравствуйте, {client.name}!", "en": "Good day, {client.name}!"},
            "fields": [
                {
                    "id": "wish",
                    "kind": "choice",
                    "label": {"ru": "Что нужно", "en": "What is wanted"},
                    "required": True,
                    "options": [
                        {"id": "buy", "text": {"ru": "Купить", "en": "To buy"}},
                        {"id": "ask", "text": {"ru": "Спросить", "en": "To ask"}},
                    ],
                }
            ],
            "branches": [{"when": [{"field": "wish", "test": "is", "value": "buy"}], "to": "budget"}],
            "next": "end",
        },
        {
            "id": "budget",
            "text": {"ru": "На какую сумму?", "en": "How much is it to be?"},
            "fields": [
                {
                    "id": "amount",
                    "kind": "money",
                    "label": {"ru": "Сумма", "en": "Amount"},
                    "required": True,
                    "least": 100,
                },
                {"id": "day", "kind": "date", "label": {"ru": "Когда", "en": "When"}, "least": 0, "most": 30},
            ],
            "next": "end",
        },
        {"id": "end", "text": {"ru": "Спасибо: {answer.wish}", "en": "Thank you: {answer.wish}"}},
    ],
}


def greeting(**changes: Any) -> ScriptDocument:
    return ScriptDocument.model_validate({**GREETING, **changes})


def steps_with(index: int, **changes: Any) -> dict[str, Any]:
    """The steps of the sample, one of them changed."""
    made = [dict(step) for step in GREETING["steps"]]
    made[index] |= changes
    return {"steps": made}


def greeting_script() -> Script:
    return script_of(greeting())


_TEXT = {"ru": "да", "en": "yes"}


_KINDS = st.sampled_from(FieldKind)
_LIMITS = st.none() | st.integers(-2, 4)
_COMPARISONS: dict[FieldKind, list[tuple[Comparison, str]]] = {
    FieldKind.TEXT: [(Comparison.ANSWERED, ""), (Comparison.IS, "x")],
    FieldKind.PHONE: [(Comparison.ANSWERED, "")],
    FieldKind.NUMBER: [(Comparison.MORE, "1"), (Comparison.IS, "2")],
    FieldKind.MONEY: [(Comparison.LESS, "1"), (Comparison.IS_NOT, "2")],
    FieldKind.DATE: [(Comparison.MORE, "2026-03-09")],
    FieldKind.CHOICE: [(Comparison.IS, "o0")],
    FieldKind.CHOICES: [(Comparison.HAS, "o0"), (Comparison.NOT_ANSWERED, "")],
    FieldKind.YES_NO: [(Comparison.IS, "yes"), (Comparison.IS, "no")],
}


@st.composite
def _fields(draw: st.DrawFn, name: str) -> Field:
    kind = draw(_KINDS)
    options = tuple(Option(f"o{n}", _TEXT) for n in range(draw(st.integers(0, 2))))
    return Field(name, kind, _TEXT, {}, draw(st.booleans()), options, draw(_LIMITS), draw(_LIMITS))


@st.composite
def any_scripts(draw: st.DrawFn, *, onward: bool) -> Script:
    """With ``onward`` every way leads to a later step, else anywhere. The other mistakes are as they come."""
    names = [f"s{n}" for n in range(draw(st.integers(1, 4)))]
    steps: list[Step] = []
    asked: list[Field] = []
    for place, name in enumerate(names):
        targets = names[place + 1 :] if onward else names
        fields = tuple(draw(_fields(f"{name}-{n}")) for n in range(draw(st.integers(0, 2))))
        asked += fields
        branches: list[Branch] = []
        if targets and asked and draw(st.booleans()):
            about = draw(st.sampled_from(asked))
            comparison, value = draw(st.sampled_from(_COMPARISONS[about.kind]))
            condition = Condition(about.id, comparison, value)
            branches.append(Branch((condition,), draw(st.sampled_from(targets))))
        way = draw(st.sampled_from(targets)) if targets and draw(st.booleans()) else None
        steps.append(Step(name, {}, _TEXT, fields, tuple(branches), way))
    return Script("any", ("ru", "en"), names[0], tuple(steps))
