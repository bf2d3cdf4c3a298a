"""``config/callcenter.toml`` and the table of ``docs/configuration.md``, written from the models."""

from __future__ import annotations

import inspect
import json
from typing import Any

from callcenter.settings.models import Settings
from callcenter.settings.schema import is_table_of_tables, leaves, section_of
from callcenter.settings.section import Section

BEGIN = "<!-- written by python -m callcenter.settings -->"
END = "<!-- until here -->"

_HEAD = """\
# Every setting, with its default. Relative paths begin at the server's working directory. A variable
# overrides each of them: CALLCENTER_WEB_PORT is web.port. Secrets belong into such variables, or into files
# of their own, named by the key that ends in _file. `callcenter check-config` explains every mistake.
"""
_EXAMPLES: dict[str, tuple[str, dict[str, object]]] = {
    "asterisk.trunks": ("provider", {"match": ["192.0.2.10"]}),
    "asterisk.stations": (
        "a1001",
        {"kind": "webrtc", "password_file": "secrets/a1001"},
    ),
}


def toml() -> str:
    """The whole of ``config/callcenter.toml``."""
    lines = [_HEAD.rstrip()]
    for name, field in Settings.model_fields.items():
        lines += _tables((name,), field)
    return "\n".join(lines) + "\n"


def _tables(path: tuple[str, ...], field: Any) -> list[str]:
    section = section_of(field)
    if section is None:
        raise TypeError(f"{path} is not a section")
    if not is_table_of_tables(field):
        return _table(path, section)
    names = list(field.get_default())
    lines: list[str] = []
    for name in names:
        lines += _table((*path, name), section)
    if not names:
        name, values = _EXAMPLES[".".join(path)]
        lines = ["", *(f"# {line}" for line in _explained(section)), f"# [{'.'.join((*path, name))}]"]
        lines += [f"# {key} = {_value(value)}" for key, value in values.items()]
    return lines


def _table(path: tuple[str, ...], section: type[Section]) -> list[str]:
    lines = ["", *(f"# {line}" for line in _explained(section)), f"[{'.'.join(path)}]"]
    inner: list[str] = []
    by_name = {leaf.path[0]: leaf for leaf in leaves(section) if len(leaf.path) == 1}
    for name, field in section.model_fields.items():
        if (leaf := by_name.get(name)) is None:
            inner += _tables((*path, name), field)
        else:
            lines += [f"# {field.description}", f"{name} = {_value(leaf.default)}"]
    return lines + inner


def _explained(section: type[Section]) -> list[str]:
    return (inspect.getdoc(section) or "").splitlines()


def _value(value: object) -> str:
    """A TOML value; JSON's texts, numbers, booleans and lists of texts read the same there."""
    return json.dumps(value, ensure_ascii=False)


def table() -> str:
    """The table of all settings, as Markdown, between its two marks."""
    lines = [BEGIN, "", "| setting | default | variable | meaning |", "|---|---|---|---|"]
    for leaf in leaves():
        cells = (
            f"`{leaf.key}`",
            f"`{_value(leaf.default)}`",
            f"`{leaf.variable}`",
            str(leaf.field.description).replace("|", "\\|"),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", END])


def with_table(page: str) -> str:
    """``page`` with its table written anew. Raises ``ValueError`` when the marks are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page lacks {BEGIN} or {END}")
    return before + table() + after
