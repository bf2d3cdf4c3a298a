"""What is wrong with single settings, in words."""

from __future__ import annotations

import copy
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from callcenter.errors import ConfigError
from callcenter.settings.environment import Source, Tree
from callcenter.settings.models import Settings
from callcenter.settings.schema import leaves, section_of
from callcenter.settings.section import Section
from callcenter.settings.values import did_you_mean

_KINDS = {
    "int_type": ("a whole number", "Write one without quotes, such as 150"),
    "int_parsing": ("a whole number", "Write one without quotes, such as 150"),
    "int_from_float": ("a whole number", "Write one without a point, such as 150"),
    "float_type": ("a number", "Write one without quotes, such as 2.5"),
    "float_parsing": ("a number", "Write one without quotes, such as 2.5"),
    "finite_number": ("a finite number", "Write one such as 2.5"),
    "bool_type": ("true or false", "Write true or false, without quotes"),
    "bool_parsing": ("true or false", "Write true or false, without quotes"),
    "string_type": ("a text", "Write it in quotes"),
    "tuple_type": ("a list", 'Write it in brackets, such as ["10.0.0.5"]'),
    "model_type": ("a section", "Write it as a table in brackets"),
    "dict_type": ("a section", "Write it as a table in brackets"),
}


def mistakes(tree: Tree, source: Source, errors: list[ConfigError]) -> tuple[Settings, set[str]]:
    """The settings with what is wrong left at its default, and the keys of what is wrong. Every mistake is
    added to ``errors``."""
    tree = _tuples(copy.deepcopy(tree))
    wrong: set[str] = set()
    while True:
        try:
            return Settings.model_validate(tree), wrong
        except ValidationError as error:
            found = error.errors(include_url=False)
        progress = False
        for detail in found:
            path = _path(tree, detail)
            if _remove(tree, path):
                progress = True
                wrong.add(".".join(path))
                errors.append(_in_words(detail, path, source))
        if not progress:
            errors.extend(_in_words(detail, _path(tree, detail), source) for detail in found)
            return Settings(), {leaf.key for leaf in leaves()}


def _path(tree: Tree, detail: ErrorDetails) -> tuple[str, ...]:
    """The key that a mistake is at, without what pydantic adds (``[key]``, an element's number)."""
    path: list[str] = []
    value: Any = tree
    for part in detail["loc"]:
        if not isinstance(value, dict) or not isinstance(part, str) or part not in value:
            break
        path.append(part)
        value = value[part]
    return tuple(path)


def _remove(tree: Tree, path: tuple[str, ...]) -> bool:
    """Take a key away, and the tables that are empty then: an empty one might be a mistake of its own."""
    if not path:
        return False
    tables = [tree]
    for part in path[:-1]:
        tables.append(tables[-1][part])
    if tables[-1].pop(path[-1], _MISSING) is _MISSING:
        return False
    for table, part in zip(reversed(tables[:-1]), reversed(path[:-1]), strict=True):
        if not table[part]:
            del table[part]
    return True


_MISSING = object()


def _in_words(detail: ErrorDetails, path: tuple[str, ...], source: Source) -> ConfigError:
    problem, remedy = _problem(detail, path)
    return ConfigError(source.place(path), problem, remedy)


def _problem(detail: ErrorDetails, path: tuple[str, ...]) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "setting":
        return str(context["problem"]), str(context["remedy"])
    if kind == "extra_forbidden":
        return _unknown(path)
    if detail["loc"][-1] == "[key]":
        return f"{path[-1]!r} can't be a name here", f"Write a name that fits {context.get('pattern')}"
    if kind in _KINDS:
        what, remedy = _KINDS[kind]
        return f"is not {what}", remedy
    if kind == "literal_error":
        return f"{detail['input']!r} is not one of its values", f"Write {context['expected']}"
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        bound = next(context[name] for name in ("gt", "ge", "lt", "le") if name in context)
        side = "at least" if kind.endswith("_equal") else "more than"
        if kind.startswith("less"):
            side = "at most" if kind.endswith("_equal") else "less than"
        return f"{detail['input']!r} is out of range", f"Write {side} {bound:g}"
    if kind == "too_short":
        return "is empty", "Write at least one"
    if kind == "string_too_short":
        return "is empty", "Write a text"
    if kind == "string_too_long":
        return f"is longer than {context['max_length']} characters", "Shorten it"
    if kind == "string_pattern_mismatch":
        return "holds characters that can't be used here", f"Write a text that fits {context['pattern']}"
    return detail["msg"], "See docs/configuration.md"


def _unknown(path: tuple[str, ...]) -> tuple[str, str]:
    model: type[Section] = Settings
    for part in path[:-1]:
        field = model.model_fields.get(part)
        inner = section_of(field) if field is not None else None
        model = inner or model  # the name of a table of the user's own stays where we are
    names = list(model.model_fields)
    everywhere = {leaf.path[-1]: leaf.key for leaf in leaves()}
    hint = did_you_mean(path[-1], names)
    if not hint and path[-1] in everywhere:
        hint = f"Did you mean {everywhere[path[-1]]!r}? "
    return "no setting has this name", f"{hint}Correct or remove it"


def _tuples(value: Any) -> Any:
    """TOML's lists as the tuples that frozen settings hold."""
    if isinstance(value, dict):
        return {name: _tuples(inner) for name, inner in value.items()}
    return tuple(value) if isinstance(value, list) else value
