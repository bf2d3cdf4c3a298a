"""Secrets that stand in files of their own: ``secret_file`` beside ``secret``, and so on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from callcenter.errors import ConfigError
from callcenter.settings.environment import Source, Tree
from callcenter.settings.schema import leaves

_LONGEST = 64 * 1024


def read_secrets(tree: Tree, source: Source, errors: list[ConfigError]) -> None:
    """Put each secret that a ``<name>_file`` names in the place of ``<name>``.

    A variable goes before the file, whichever of the two it sets; one source that sets both is a mistake.
    Line ends at the end of a secret are not part of it.
    """
    for leaf in leaves():
        if not leaf.secret:
            continue
        for path in _instances(tree, leaf.path):
            name, beside = path[-1], f"{path[-1]}_file"
            table = _table(tree, path)
            file_path = (*path[:-1], beside)
            given = isinstance(table.get(name), str) and table[name] not in ("", leaf.default)
            if not isinstance(table.get(beside), str) or not table[beside]:
                continue
            by_variable, file_by_variable = path in source.variables, file_path in source.variables
            if given and by_variable and not file_by_variable:
                continue
            if given and by_variable == file_by_variable:
                errors.append(
                    ConfigError(
                        source.place(file_path),
                        f"both {name} and {beside} are set",
                        "Keep one of the two",
                    )
                )
                continue
            secret = _read(table[beside], source.place(file_path), errors)
            if secret is not None:
                table[name] = secret
                if file_by_variable:
                    source.variables[path] = source.variables[file_path]
                elif file_path in source.lines:
                    source.lines[path] = source.lines[file_path]


def _read(name: str, place: str, errors: list[ConfigError]) -> str | None:
    try:
        with Path(name).open("rb") as file:
            content = file.read(_LONGEST + 1)
        secret = content.decode().rstrip("\r\n")
    except OSError as error:
        problem = f"the file {name} can't be read: {error.strerror}"
        errors.append(ConfigError(place, problem, "Write the path of a file that the server may read"))
    except (UnicodeDecodeError, ValueError):
        errors.append(ConfigError(place, f"the file {name!r} is not text", "Keep the secret alone, as UTF-8"))
    else:
        if secret and len(content) <= _LONGEST:
            return secret
        problem = "is empty" if not secret else "is too long for a secret"
        errors.append(ConfigError(place, f"the file {name} {problem}", "Keep the secret alone in it"))
    return None


def _instances(tree: Tree, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    if "*" not in path:
        return [path]
    star = path.index("*")
    tables = _table(tree, path[: star + 1])
    return [(*path[:star], name, *path[star + 1 :]) for name in tables]


def _table(tree: Tree, path: tuple[str, ...]) -> Tree:
    """The table that holds the last part of ``path``; an empty one where there is none."""
    value: Any = tree
    for part in path[:-1]:
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
