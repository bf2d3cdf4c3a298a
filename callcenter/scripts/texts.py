"""What a text says once its placeholders are filled."""

from __future__ import annotations

import re
from collections.abc import Mapping

from callcenter.scripts.model import ANSWER, Answers, Field, Script, Value

_BRACES = re.compile(r"\{([^{}]*)\}")
GAP = "…"
"""Said for what is not known yet."""


def fill(text: str, known: Mapping[str, str]) -> str:
    """``known`` is what to put in, by the placeholder's name; where it has nothing, ``GAP`` is."""
    return _BRACES.sub(lambda found: known.get(found[1]) or GAP, text)


def answer_texts(script: Script, answers: Answers, language: str) -> dict[str, str]:
    """Answers as texts say them, by placeholder (``answer.FIELD``)."""
    fields = {it.id: it for step in script.steps for it in step.fields}
    return {
        f"{ANSWER}{name}": _said(fields[name], value, language)
        for name, value in answers.items()
        if name in fields
    }


_YES_NO = {"ru": ("да", "нет"), "en": ("yes", "no")}


def _said(field: Field, value: Value, language: str) -> str:
    texts = {option.id: option.text.get(language) or option.id for option in field.options}
    if isinstance(value, bool):
        return _YES_NO.get(language, _YES_NO["en"])[0 if value else 1]
    if isinstance(value, tuple):
        return ", ".join(texts.get(one, one) for one in value)
    if isinstance(value, str):
        return texts.get(value, value)
    return f"{value:g}" if abs(value) < 1e6 else f"{value:.2f}".rstrip("0").rstrip(".")
