"""Tables of numbers (CSV): lengths that were measured, and calls that were real."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from callcenter.errors import ConfigError
from callcenter.settings.values import did_you_mean
from callcenter.whatif.mistakes import CLOCK
from routing.acd.simulation.scenario import RecordedCall

_MOST_ERRORS = 10
"""Told of one table; a file of the wrong kind has one in each line."""
_LONGEST = 86_400.0


class _Table:
    """The rows of a CSV file and the mistakes in them."""

    def __init__(self, path: Path, named_at: str, errors: list[ConfigError]) -> None:
        self.path, self._errors = path, errors
        self.mistakes = 0
        self.rows: list[tuple[int, list[str]]] = []
        try:
            text = path.read_text(encoding="utf-8-sig")
            reader = csv.reader(text.splitlines(), dialect=_dialect(text))
            self.rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
        except FileNotFoundError:
            self._errors.append(ConfigError(named_at, f"there is no file {path}", "Name one that is there"))
        except UnicodeDecodeError:
            self._errors.append(ConfigError(str(path), "is not UTF-8 text", "Save it as CSV in UTF-8"))
        except (OSError, csv.Error) as error:
            self._errors.append(ConfigError(named_at, f"{path} can't be read: {error}", "Name a CSV file"))
        else:
            if not self.rows:
                self._errors.append(ConfigError(str(path), "is empty", "Write at least one line"))

    def wrong(self, line: int, problem: str, remedy: str) -> None:
        self.mistakes += 1
        if self.mistakes <= _MOST_ERRORS:
            self._errors.append(ConfigError(f"{self.path}:{line}", problem, remedy))

    def seconds(self, line: int, name: str, cell: str) -> float | None:
        """Of a cell that has some; ``None`` for a mistake, which is noted."""
        try:
            value = float(cell)
        except ValueError:
            self.wrong(line, f"{name} {cell!r} is not a number", "Write seconds, such as 185.5")
            return None
        if not math.isfinite(value) or not 0 <= value <= _LONGEST:
            self.wrong(line, f"{name} {cell!r} is out of range", f"Write 0 to {_LONGEST:g} seconds")
            return None
        return value


def _dialect(text: str) -> type[csv.Dialect]:
    first = text.partition("\n")[0]
    return _Semicolons if first.count(";") > first.count(",") else csv.excel


class _Semicolons(csv.excel):
    delimiter = ";"


def read_column(path: Path, column: str | None, named_at: str, errors: list[ConfigError]) -> list[float]:
    """The lengths in one column: the named one of a table with a head, or the first without. Mistakes are
    added to ``errors``; ``named_at`` is where the file is named."""
    table = _Table(path, named_at, errors)
    if not table.rows:
        return []
    line, head = table.rows[0]
    index, body = 0, table.rows
    if column is not None:
        if column not in head:
            hint = did_you_mean(column, head)
            table.wrong(line, f"no column is named {column!r}", f"{hint}The first line names the columns")
            return []
        index, body = head.index(column), table.rows[1:]
    elif not _is_number(head[0]):
        body = table.rows[1:]
    values = [
        table.seconds(line, column or "the value", row[index]) for line, row in _wide(table, body, index)
    ]
    if not body:
        table.wrong(line, "has no values", "Write at least one below the head")
    return [value for value in values if value is not None]


def _wide(
    table: _Table, body: Sequence[tuple[int, list[str]]], index: int
) -> Iterator[tuple[int, list[str]]]:
    for line, row in body:
        if len(row) <= index:
            table.wrong(line, "has too few columns", "Write a value for each column")
        else:
            yield line, row


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def read_ledger(
    path: Path, kinds: Sequence[str], span: tuple[float, float], named_at: str, errors: list[ConfigError]
) -> tuple[RecordedCall, ...]:
    """Real calls: columns ``at`` (time of day, or seconds from midnight) and ``type``, and where they are
    known ``handle`` and ``patience`` (seconds; empty where not), in order of time. ``kinds`` are the types,
    ``span`` is what is simulated."""
    table = _Table(path, named_at, errors)
    if not table.rows:
        return ()
    line, head = table.rows[0]
    for name in ("at", "type"):
        if name not in head:
            table.wrong(line, f"no column is named {name!r}", "The first line is at,type,handle,patience")
    for name in head:
        if name not in ("at", "type", "handle", "patience"):
            table.wrong(line, f"a column is named {name!r}", "Columns are at, type, handle and patience")
    if table.mistakes:
        return ()
    calls = []
    for line, row in table.rows[1:]:
        if len(row) != len(head):
            table.wrong(line, f"has {len(row)} columns and not {len(head)}", "Write one for each of the head")
            continue
        cells = dict(zip(head, row, strict=True))
        at = _moment(table, line, cells["at"])
        kind = cells["type"]
        if kind not in kinds:
            hint = did_you_mean(kind, list(kinds))
            table.wrong(line, f"no calls are of the type {kind!r}", f"{hint}Write [calls.{kind or 'sales'}]")
        handle, patience = (
            table.seconds(line, name, cells[name]) if cells.get(name) else None
            for name in ("handle", "patience")
        )
        if at is None or kind not in kinds:
            continue
        if not span[0] <= at < span[1]:
            remedy = "Leave it out, or widen from and until of the scenario"
            table.wrong(line, f"{cells['at']} is outside of what is simulated", remedy)
            continue
        calls.append(RecordedCall(at, kinds.index(kind), handle, patience))
    return tuple(sorted(calls, key=lambda call: call.at))


def _moment(table: _Table, line: int, cell: str) -> float | None:
    if re.match(CLOCK, cell):
        hours, minutes, seconds = (*(int(part) for part in cell.split(":")), 0)[:3]
        return hours * 3600.0 + minutes * 60.0 + seconds
    if _is_number(cell) and 0 <= float(cell) <= 2 * _LONGEST:
        return float(cell)
    table.wrong(line, f"at {cell!r} is no time of day", "Write 09:05:30, or seconds from midnight")
    return None
