"""Text compared without regard to case, in any script, on both databases: SQLite's own functions fold only
ASCII, and so do PostgreSQL's in a database whose locale is C."""

from __future__ import annotations

from typing import Any

import aiosqlite
from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

_FUNCTION = "cc_fold"


def fold(text: str) -> str:
    """As it is compared: small letters, ё as е, single spaces."""
    return " ".join(text.casefold().replace("ё", "е").split())


class folded(GenericFunction[str]):  # noqa: N801 - it is written as SQL functions are
    """A column as it is compared; to be searched with a text that went through ``fold``."""

    type = String()
    inherit_cache = True


@compiles(folded, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"{_FUNCTION}({compiler.process(element.clauses, **options)})"


@compiles(folded, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    large, small = _PAIRS
    return f"translate(lower({compiler.process(element.clauses, **options)}), '{large}', '{small}')"


def _pairs() -> tuple[str, str]:
    """The letters beyond ASCII that ``fold`` turns into another one: of the Latin, Greek and Cyrillic
    blocks."""
    letters = [chr(code) for code in range(0xC0, 0x530) if len(fold(chr(code))) == 1]
    changed = [(letter, fold(letter)) for letter in letters if fold(letter) != letter]
    return "".join(large for large, _ in changed), "".join(small for _, small in changed)


_PAIRS = _pairs()


async def add_to_sqlite(driver: aiosqlite.Connection) -> None:
    """To be called once for each connection."""
    await driver.create_function(
        _FUNCTION, 1, lambda text: None if text is None else fold(text), deterministic=True
    )
