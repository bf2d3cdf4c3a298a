"""What is wrong with a plan, so that a person can find and mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from callcenter.storage.errors import StoreError


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class PlanMistake:
    """``place`` leads to it with dots, as in a plan file (``queues.sales.required.0.skill``); ``code`` and
    ``parameters`` are for programs, ``message`` and ``remedy`` for people."""

    place: str
    code: str
    message: str
    remedy: str
    severity: Severity = Severity.ERROR
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}. {self.remedy}"


class PlanRefusedError(StoreError):
    """A change was refused; nothing of it was kept. ``mistakes`` are all the errors found, at least one."""

    def __init__(self, mistakes: Iterable[PlanMistake]) -> None:
        self.mistakes = tuple(mistakes)
        first = self.mistakes[0]
        super().__init__(first.place, f"{first.message}. {first.remedy}")
