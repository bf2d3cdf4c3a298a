"""Recordings that the dialplan plays, looked for before a caller needs them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PLAYABLE = (".gsm", ".wav", ".ulaw", ".alaw", ".sln", ".sln16")
"""Endings of the formats that the rendered modules.conf loads."""


@dataclass(frozen=True, slots=True)
class PromptProblem:
    """A recording that would drop the call it is played to."""

    name: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"prompt {self.name!r}: {self.problem}; {self.remedy}"


def check_prompts(sounds_dir: Path, names: Iterable[str], *, language: str = "en") -> list[PromptProblem]:
    """One problem for each name without a playable file; an empty list means all can be played.

    ``sounds_dir`` is Asterisk's ``<data>/sounds`` as seen from this machine. Asterisk looks in the folder of
    the language, then of its shorter form (``en`` for ``en_GB``), then in ``sounds_dir`` itself; so do we.
    """
    return [
        PromptProblem(
            name=name,
            problem=f"no file of that name under {sounds_dir} for language {language!r}",
            remedy="install the recordings (in Debian: asterisk-core-sounds-*), or name one that exists",
        )
        for name in names
        if not any(
            (folder / f"{name}{ending}").is_file()
            for folder in (sounds_dir / language, sounds_dir / language.split("_")[0], sounds_dir)
            for ending in PLAYABLE
        )
    ]
