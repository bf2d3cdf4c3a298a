"""Skills as the command line spells them: ``russian=5``."""

from __future__ import annotations

from collections.abc import Sequence

from callcenter.cli.common import CliError
from routing.acd.model import SkillLevel
from routing.ids import SkillId


def levels(option: str, texts: Sequence[str]) -> tuple[SkillLevel, ...]:
    """Raises ``CliError`` for what is not ``skill=level``, and for a skill named twice. Whether there is
    such a skill, and the level's range, are for the store to say."""
    found: dict[str, SkillLevel] = {}
    for text in texts:
        skill, _, level = (part.strip() for part in text.partition("="))
        if not skill or not (level.isascii() and level.isdigit() and len(level) < 4):
            raise CliError(f"{option}: {text!r} is not skill=level, such as russian=5")
        if skill in found:
            raise CliError(f"{option}: {skill} is there twice")
        found[skill] = SkillLevel(SkillId(skill), int(level))
    return tuple(found.values())


def levels_or_none(option: str, texts: Sequence[str], *, none: bool) -> tuple[SkillLevel, ...] | None:
    """What to change the skills to: nothing said leaves them (``None``), ``none`` takes all away."""
    if none and texts:
        raise CliError(f"--no-skills and {option} contradict each other")
    return levels(option, texts) if texts or none else None
