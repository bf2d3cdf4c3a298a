"""The words that a new site begins with, from ``config/words.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from callcenter.people.views import Ask, Disposition, PauseReason


def read_first_words(path: Path) -> tuple[Sequence[PauseReason], Sequence[Disposition]]:
    """The file is ours, so what is wrong in it raises ``KeyError``, ``OSError`` or ``TOMLDecodeError``."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    reasons = [PauseReason(row["code"], row["ru"], row["en"]) for row in data["pause_reasons"]]
    dispositions = [
        Disposition(
            row["code"],
            row["ru"],
            row["en"],
            (),
            row.get("note_required", False),
            row.get("parent"),
            Ask(row.get("callback", "no")),
        )
        for row in data["dispositions"]
    ]
    return reasons, dispositions
