"""Environment variables over the file, and where each value came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, get_origin

from callcenter.errors import ConfigError
from callcenter.settings.schema import ENV_CONFIG, ENV_PREFIX, Leaf, leaves
from callcenter.settings.values import did_you_mean

Tree: TypeAlias = dict[str, Any]
"""The settings as TOML has them, nested."""


@dataclass
class Source:
    """Where values came from: a variable for some, lines of the file for the others."""

    file: str = ""
    lines: dict[tuple[str, ...], int] = field(default_factory=dict)
    variables: dict[tuple[str, ...], str] = field(default_factory=dict)

    def place(self, key: str | tuple[str, ...]) -> str:
        """``config/callcenter.toml:12 web.port``, or the variable. What stands nowhere is placed in the
        file, where it would stand."""
        path = tuple(key.split(".")) if isinstance(key, str) else key
        if variable := self.variables.get(path):
            return f"environment {variable}"
        line = self.lines.get(path) or self.lines.get(path[:-1])
        where = f"{self.file}:{line}" if line else self.file
        return f"{where} {'.'.join(path)}".strip()


def override(tree: Tree, environ: Mapping[str, str], source: Source, errors: list[ConfigError]) -> None:
    """Put each ``CALLCENTER_`` variable where it belongs; one that belongs nowhere is a mistake."""
    plain = {leaf.variable: leaf for leaf in leaves() if "*" not in leaf.path}
    named = [leaf for leaf in leaves() if "*" in leaf.path]
    for variable in sorted(environ):
        text = environ[variable]
        if not variable.startswith(ENV_PREFIX) or variable == ENV_CONFIG or text == "":
            continue
        leaf = plain.get(variable)
        path = leaf.path if leaf is not None else None
        if leaf is None:
            leaf, path = _named(tree, variable, named)
        if leaf is None or path is None:
            hint = did_you_mean(variable, [*plain, ENV_CONFIG])
            errors.append(
                ConfigError(
                    f"environment {variable}",
                    "no setting has this name",
                    f"{hint}Correct or unset it; docs/configuration.md lists them all",
                )
            )
        elif _put(tree, path, _parse(leaf, text)):
            source.variables[path] = variable


def _named(tree: Tree, variable: str, named: list[Leaf]) -> tuple[Leaf, tuple[str, ...]] | tuple[None, None]:
    """``CALLCENTER_TELEPHONY_MAIN_HOST``: the setting, and its path with the name in it.

    A name that the file has is written as there, for variables know neither small letters nor dashes; a new
    one is in small letters.
    """
    for leaf in sorted(named, key=lambda leaf: -len(leaf.path[-1])):
        before, after = (text.upper() for text in leaf.variable.split("<NAME>"))
        if not (variable.startswith(before) and variable.endswith(after)):
            continue
        name = variable[len(before) : len(variable) - len(after)]
        if not name:
            continue
        star = leaf.path.index("*")
        tables = _get(tree, leaf.path[:star])
        known = {one.upper().replace("-", "_"): one for one in tables}
        return leaf, (*leaf.path[:star], known.get(name, name.lower()), *leaf.path[star + 1 :])
    return None, None


def _get(tree: Tree, path: tuple[str, ...]) -> Tree:
    value: Any = tree
    for part in path:
        value = value.get(part, {}) if isinstance(value, dict) else {}
    return value if isinstance(value, dict) else {}


def _put(tree: Tree, path: tuple[str, ...], value: object) -> bool:
    for part in path[:-1]:
        inner = tree.setdefault(part, {})
        if not isinstance(inner, dict):
            return False  # the file has something else there, which is reported as such
        tree = inner
    tree[path[-1]] = value
    return True


def _parse(leaf: Leaf, text: str) -> object:
    """The text as TOML would have it; left alone when it doesn't fit, to be reported like the file's."""
    annotation = leaf.field.annotation
    if get_origin(annotation) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        if annotation is bool:
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[
                text.lower()
            ]
        if annotation is int:
            return int(text)
        if annotation is float:
            return float(text)
    except (ValueError, KeyError):
        pass
    return text


_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
