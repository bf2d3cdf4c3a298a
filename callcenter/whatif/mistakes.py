"""Mistakes in a scenario, all at once: each with the file, the line, the key and the remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from callcenter.errors import ConfigError
from callcenter.settings.lines import key_lines
from callcenter.settings.values import did_you_mean

M = TypeVar("M", bound=BaseModel)

_KINDS = {
    "int_type": ("is not a whole number", "Write one without quotes, such as 20"),
    "int_from_float": ("is not a whole number", "Write one without a point, such as 20"),
    "float_type": ("is not a number", "Write one without quotes, such as 2.5"),
    "finite_number": ("is not a finite number", "Write one such as 2.5"),
    "string_type": ("is not a text", "Write it in quotes"),
    "list_type": ("is not a list", 'Write it in brackets, such as ["anna", "boris"]'),
    "dict_type": ("is not a table", "Write it as a table in brackets"),
    "model_type": ("is not a table", "Write it as a table, such as { mean = 240 }"),
    "model_attributes_type": ("is not a table", "Write it as a table, such as { mean = 240 }"),
    "bool_type": ("is not true or false", "Write true or false, without quotes"),
    "missing": ("is missing", "Write it"),
    "too_short": ("is empty", "Write at least one"),
    "too_long": ("has too many parts", "Write fewer"),
    "string_too_short": ("is empty", "Write a text"),
}


class ScenarioErrors(Exception):  # noqa: N818 (it holds several of them)
    """A scenario can't be used. ``errors`` holds every mistake that was found."""

    def __init__(self, errors: list[ConfigError]) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = tuple(errors)


def explain(error: ScenarioErrors) -> str:
    """For people: numbered, one mistake a line and its remedy below."""
    count = len(error.errors)
    head = "1 mistake in the scenario:" if count == 1 else f"{count} mistakes in the scenario:"
    texts = [
        f"{number:>3}. {one.place}: {one.problem}.\n     {one.remedy}."
        for number, one in enumerate(error.errors, 1)
    ]
    return "\n".join([head, *texts])


class Sheet:
    """One TOML file being read, and the mistakes found in it so far."""

    def __init__(self, path: Path, errors: list[ConfigError]) -> None:
        self.path = path
        self._errors = errors
        self._lines: Mapping[tuple[str, ...], int] = {}
        self.data: dict[str, Any] | None = None
        """``None`` when the file can't be read at all, which is noted."""
        self.text = ""
        try:
            text = path.read_bytes().decode()
            self.data, self.text = tomllib.loads(text), text
            self._lines = key_lines(text)
        except FileNotFoundError:
            self.wrong((), "there is no such file", "Name one that is there")
        except IsADirectoryError:
            self.wrong((), "is a folder", "Name a file")
        except OSError as error:
            self.wrong((), f"can't be read: {error.strerror}", "Let the command read it")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            self.wrong((), f"is not UTF-8 text (line {line})", "Save it as UTF-8")
        except tomllib.TOMLDecodeError as error:
            self.wrong((), f"is not TOML: {error}", "Correct that place; texts stand in quotes")
        except RecursionError:
            self.wrong((), "is nested too deeply", "Write it as docs/what-if.md shows")

    def wrong(self, key: tuple[str, ...], problem: str, remedy: str) -> None:
        """Note a mistake at ``key``."""
        self._errors.append(ConfigError(self.place(key), problem, remedy))

    def place(self, key: tuple[str, ...]) -> str:
        """``file:line key``; the line of the nearest table around a key that has none."""
        line = next((self._lines[key[:n]] for n in range(len(key), 0, -1) if key[:n] in self._lines), None)
        where = f"{self.path}" if line is None else f"{self.path}:{line}"
        return f"{where} {'.'.join(key)}".rstrip()

    def shaped(self, model: type[M]) -> M | None:
        """The file as ``model`` has it, or ``None`` when it doesn't fit, with every reason noted."""
        if self.data is None:
            return None
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                path = _path(self.data, detail)
                self.wrong(path, *_in_words(detail, path, model))
            return None


def _path(data: Any, detail: ErrorDetails) -> tuple[str, ...]:
    """The key of a mistake without what pydantic adds (a union's tag); elements of a list count from 1."""
    path: list[str] = []
    missing = detail["type"] in ("missing", "extra_forbidden", "union_tag_not_found")
    location = detail["loc"]
    for index, part in enumerate(location):
        if part == "[key]":
            continue
        if isinstance(part, int):
            path.append(str(part + 1))
            data = data[part] if isinstance(data, list) and part < len(data) else None
        elif isinstance(data, dict) and part in data:
            path.append(part)
            data = data[part]
        elif missing and index == len(location) - 1:
            path.append(part)
    return tuple(path)


def _in_words(detail: ErrorDetails, path: tuple[str, ...], model: type[BaseModel]) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _KINDS:
        return _KINDS[kind]
    if kind == "extra_forbidden":
        hint = did_you_mean(path[-1], _names(model))
        return "nothing has this name here", f"{hint}Correct or remove it; docs/what-if.md lists all"
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        expected = context.get("expected_tags", "'exponential', 'lognormal', 'gamma', 'empirical'")
        return "doesn't say which distribution", f"Write distribution = one of {expected}"
    if kind in ("literal_error", "enum"):
        return f"{detail['input']!r} is not one of its values", f"Write {context['expected']}"
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        bound = next(context[name] for name in ("gt", "ge", "lt", "le") if name in context)
        side = "at least" if kind.endswith("_equal") else "more than"
        if kind.startswith("less"):
            side = "at most" if kind.endswith("_equal") else "less than"
        return f"{detail['input']!r} is out of range", f"Write {side} {bound:g}"
    if kind == "string_too_long":
        return f"is longer than {context['max_length']} characters", "Shorten it"
    if kind == "string_pattern_mismatch":
        if context["pattern"] == CLOCK:
            return f"{detail['input']!r} is not a time of day", 'Write hours and minutes, such as "09:00"'
        return f"{detail['input']!r} can't be used here", f"Write a text that fits {context['pattern']}"
    return detail["msg"][:1].lower() + detail["msg"][1:], "docs/what-if.md tells what fits"


CLOCK = r"^([0-3][0-9]|4[0-7]):[0-5][0-9](:[0-5][0-9])?$|^48:00$"
"""A time of day; hours from 24 on are the next day's."""


def _names(model: type[BaseModel]) -> list[str]:
    """All keys that a file of this shape can have somewhere."""
    names: set[str] = set()
    seen: set[type[BaseModel]] = set()
    todo: list[Any] = [model]
    while todo:
        one = todo.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            if one not in seen:
                seen.add(one)
                for name, field in one.model_fields.items():
                    names.add(field.alias or name)
                    todo.append(field.annotation)
        else:
            todo += [part for part in get_args(one) if part is not Ellipsis]
    return sorted(names)
