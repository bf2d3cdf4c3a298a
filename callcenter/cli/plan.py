"""The whole plan as a file: lay one over the plan in force, or write the plan in force down."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from callcenter.cli.common import CliError, account, read_settings, with_database
from callcenter.clock import SystemClock
from callcenter.people.changes import Edited
from callcenter.people.mistakes import PlanMistake, PlanRefusedError
from callcenter.people.plan import PlanStore
from callcenter.people.plan_file import apply_file, read_toml, write_toml
from callcenter.people.site_plan import Change, Source
from callcenter.settings.lines import key_lines
from callcenter.storage import Database

_LONGEST = 120
"""Characters of one value in a printed difference."""


def apply(path: Path | None, file: Path, *, dry_run: bool, prune: bool) -> None:
    """Print what is different, and do it unless ``dry_run``. Raises ``CliError`` with every mistake."""
    settings = read_settings(path)
    text = _read(file)
    clock = SystemClock()
    by = replace(account(), source=Source.APPLY)
    try:
        data = read_toml(text)
    except PlanRefusedError as error:
        raise CliError(_explain(file, text, error.mistakes)) from error

    async def work(database: Database) -> Edited:
        try:
            edit = apply_file(data, clock.now(), prune=prune)
            return await PlanStore(database, clock).edit(edit, by=by, dry_run=dry_run)
        except PlanRefusedError as error:
            raise CliError(_explain(file, text, error.mistakes)) from error

    edited = with_database(settings, work)
    for line in _difference(edited.changes):
        print(line)
    for warning in edited.warnings:
        print(f"warning: {warning}.")
    if not edited.changes:
        print("Nothing to do.")
    elif dry_run:
        print(f"{_count(edited.changes)} would be made; nothing was changed.")
    else:
        print(f"{_count(edited.changes)} made; running servers follow within seconds.")


def export(path: Path | None, file: Path | None) -> None:
    """Write the plan in force as a plan file, to standard output when no file is named."""
    settings = read_settings(path)

    async def work(database: Database) -> str:
        return write_toml((await PlanStore(database).site_plan()).document())

    text = with_database(settings, work)
    if file is None:
        sys.stdout.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CliError(f"{file}: {error.strerror}") from error
    print(f"The plan is in {file}.")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise CliError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CliError(f"{file}: is not UTF-8 (byte {error.start})") from error


def _explain(file: Path, text: str, mistakes: Sequence[PlanMistake]) -> str:
    """Every mistake with file, line, key and remedy."""
    lines = {".".join(path): line for path, line in key_lines(text).items()}
    count = f"{len(mistakes)} mistakes" if len(mistakes) > 1 else "1 mistake"
    told = [f"{count} in {file}; nothing was changed:"]
    for number, mistake in enumerate(mistakes, 1):
        told += [
            f"  {number}. {_where(file, lines, mistake.place)}: {mistake.message}.",
            f"     {mistake.remedy}.",
        ]
    return "\n".join(told)


def _where(file: Path, lines: Mapping[str, int], place: str) -> str:
    """The line of the longest part of ``place`` that the file has; none where the mistake is in what is in
    force beside it."""
    part = place
    while part:
        if part in lines:
            return f"{file.name}:{lines[part]} {place}"
        part = part.rpartition(".")[0]
    return place if place.startswith("line ") else f"{file.name} {place}"


def _difference(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        place = f"{change.entity}.{change.id}" if change.id else change.entity
        if change.before is None:
            yield f"+ {place}"
        elif change.after is None:
            yield f"- {place}"
        else:
            yield f"~ {place}"
            yield from _fields("", change.before, change.after)


def _fields(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _fields(f"{path}{name}.", old, new)
        else:
            yield f"    {path}{name}: {_short(old)} -> {_short(new)}"


def _short(value: Any) -> str:
    if value is None:
        return "none"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _count(changes: Sequence[Change]) -> str:
    return "1 change" if len(changes) == 1 else f"{len(changes)} changes"
