"""What a script is.

Theory of operation
-------------------
A script is steps. A step has a text to say, fields to fill, and ways on: its branches are tried in order, and
the first whose conditions all hold is taken; where none is, ``next`` is, and a step without a ``next`` ends
the script. So there is always exactly one way on, and the way through a script follows from the answers
alone (``walk``): nobody has to remember where an agent was to know where he goes.

That is why a script must not lead back to a step it came from. A field has one answer for the whole call;
on coming to a step again nothing could have changed, so the script would go round for ever. An agent who
wants to correct an answer goes back by himself, and the way from there on is found anew.

Texts are by language (``ru``, ``en``), so that an agent reads the script in his own or the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Words: TypeAlias = Mapping[str, str]
"""A text by language."""
Value: TypeAlias = str | int | float | bool | tuple[str, ...]
"""Text, date (``2026-03-09``), phone, choice and money (``1500.50``) are strings, a number is a number, yes
or no a bool, several choices their ids."""
Answers: TypeAlias = Mapping[str, Value]
"""By the field's id; what nobody answered is not in it."""


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    PHONE = "phone"
    MONEY = "money"


CHOOSES = frozenset((FieldKind.CHOICE, FieldKind.CHOICES))
COUNTS = frozenset((FieldKind.NUMBER, FieldKind.MONEY))


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    text: Words


@dataclass(frozen=True, slots=True)
class Field:
    """``least`` and ``most`` bound a number or an amount, the characters of a text, how many are chosen of
    several, and a date by days from the day of the call (0 is that day). A phone, a choice and yes or no have
    no such bounds. An answer to a ``required`` field is needed to go on."""

    id: str
    kind: FieldKind
    label: Words
    help: Words
    required: bool
    options: tuple[Option, ...]
    least: float | None
    most: float | None


class Comparison(StrEnum):
    ANSWERED = "answered"
    NOT_ANSWERED = "not_answered"
    IS = "is"
    IS_NOT = "is_not"
    HAS = "has"
    LESS = "less"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Condition:
    """``value`` is what to compare with: an option's id, ``yes`` or ``no``, a number, a date; empty for
    (not) answered. A test of a field without an answer fails, but for ``not_answered`` and ``is_not``."""

    field: str
    test: Comparison
    value: str


@dataclass(frozen=True, slots=True)
class Branch:
    """``when`` must hold all together."""

    when: tuple[Condition, ...]
    to: str


@dataclass(frozen=True, slots=True)
class Step:
    """``next`` is the way where no branch is taken; ``None`` ends the script there."""

    id: str
    title: Words
    text: Words
    fields: tuple[Field, ...]
    branches: tuple[Branch, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Script:
    """``languages`` are those that every text must be there in."""

    name: str
    languages: tuple[str, ...]
    start: str
    steps: tuple[Step, ...]


PLACEHOLDERS: Mapping[str, str] = {
    "client.name": "who calls, as the card has him",
    "client.company": "his company",
    "agent.name": "the agent's own name",
    "queue.name": "the queue that the call came through",
    "call.number": "the number that calls",
    "site.name": "the name of the site",
}
"""What a text may name in braces, besides ``{answer.FIELD}``."""
ANSWER = "answer."

LANGUAGES = ("ru", "en")
MOST_STEPS = 200
MOST_FIELDS = 30
MOST_OPTIONS = 50
MOST_BRANCHES = 30
MOST_CONDITIONS = 10
LONGEST_TEXT = 4000
LONGEST_ANSWER = 2000
LARGEST_SCRIPT = 200 * 1024
"""Bytes of a script as JSON."""
