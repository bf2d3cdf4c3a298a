"""What the stores of scripts, answers and notes may answer besides their results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from callcenter.scripts.mistakes import Mistake
from callcenter.storage.errors import StoreError


class ScriptRefusedError(StoreError):
    """A script can't be published: ``mistakes`` are all its errors, at least one."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        first = self.mistakes[0]
        super().__init__(first.place, f"{first.message}. {first.remedy}")


class WrongAnswersError(StoreError):
    """Answers that don't fit their fields; ``wrong`` has in words why, by field."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        self.wrong = wrong
        name, why = next(iter(wrong.items()))
        super().__init__(f"answers.{name}", why)
