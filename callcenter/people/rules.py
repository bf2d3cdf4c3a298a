"""What names of people and of the plan may look like: the one place that says so.

The stores refuse what breaks these rules, whoever brings it; the API's fields and the command line take
their patterns from here. Patterns are without anchors and know no look-around, so that they mean the same
in Python, in pydantic and in the OpenAPI document; match them with ``fullmatch``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from callcenter.storage.errors import InvalidFieldError
from routing.acd.model import Queue, Scoring, SkillLevel


@dataclass(frozen=True, slots=True)
class Shape:
    """``words`` tell a person what fits."""

    pattern: str
    longest: int
    words: str

    def fits(self, text: str) -> bool:
        return len(text) <= self.longest and re.fullmatch(self.pattern, text) is not None

    def check(self, field: str, text: str) -> None:
        """Raises ``InvalidFieldError`` for a text of another shape."""
        if not self.fits(text):
            raise InvalidFieldError(field, f"{text!r} can't be used: {self.words}")


LOGIN = Shape(
    r"[a-z0-9][a-z0-9_.@\-]*",
    64,
    "a login is of small Latin letters, digits and _ . @ -, begins with a letter or digit, "
    "and has at most 64 characters",
)
CODE = Shape(
    r"[A-Za-z0-9_.\-]+", 64, "a short name is of Latin letters, digits and _ . -, at most 64 characters"
)
"""The name for programs of a queue, a skill, a pause reason or a disposition."""
STATION = Shape(
    # The turnkey dialplan dials stations by the pattern _a. (config/asterisk/extensions.conf, cc-dial).
    r"a[A-Za-z0-9_]+",
    32,
    "a station is a phone's name in Asterisk: the letter a, then 1 to 31 Latin letters, digits or _, "
    "such as a1001",
)
DIALLED = Shape(
    # What cc-in lets through of a dialled number; any other would never be matched.
    r"[+0-9A-Za-z*]+",
    64,
    "a dialled number is written as the trunk brings it: digits, letters, + and *, without spaces",
)

LONGEST_NAME = 200
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 256
LARGEST_PRIORITY = 1000
LONGEST_PERIOD = 86_400
LARGEST_WEIGHT = 1000.0
MOST_AT_ONCE = 10_000
MOST_RINGS = 10
HIGHEST_LEVEL = 10
MOST_WORDS = 100


def has_control_characters(text: str) -> bool:
    """Whether there is one besides tab and line ends."""
    return any(character < " " and character not in "\t\n\r" for character in text) or "\x7f" in text


def check_name(field: str, text: str) -> None:
    """A name on screen. Raises ``InvalidFieldError``."""
    if not text.strip():
        raise InvalidFieldError(field, "is missing")
    if len(text) > LONGEST_NAME:
        raise InvalidFieldError(field, f"has at most {LONGEST_NAME} characters")
    # A lone surrogate is what a byte that is no UTF-8 becomes on a command line.
    surrogates = any("\ud800" <= character <= "\udfff" for character in text)
    if has_control_characters(text) or surrogates or len(text.splitlines()) > 1:
        raise InvalidFieldError(field, "is one line of text")


def check_password(password: str) -> None:
    """Raises ``InvalidFieldError``, which does not repeat the password."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidFieldError("password", f"has from {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")


def check_level(field: str, held: SkillLevel) -> None:
    """Raises ``InvalidFieldError``."""
    CODE.check(field, held.skill)
    if not 1 <= held.level <= HIGHEST_LEVEL:
        raise InvalidFieldError(field, f"{held.skill} has a level from 1 to {HIGHEST_LEVEL}")


def check_queue(queue: Queue) -> None:
    """All that can be said of a queue by itself. Raises ``InvalidFieldError``."""
    CODE.check("id", queue.id)
    check_name("name", queue.name)
    for number in queue.numbers:
        DIALLED.check("numbers", number)
    for needed in queue.required:
        check_level("required", needed)
    if abs(queue.priority) > LARGEST_PRIORITY:
        raise InvalidFieldError("priority", f"is from -{LARGEST_PRIORITY} to {LARGEST_PRIORITY}")
    for field in (
        "ring_seconds",
        "wrap_up_seconds",
        "service_level_seconds",
        "short_abandon_seconds",
        "preferred_patience",
        "wrap_up_longest",
    ):
        _check_period(field, getattr(queue, field))
    if queue.ring_seconds < 1:
        raise InvalidFieldError("ring_seconds", "is at least 1, or no phone would ever ring")
    if not 0 < queue.value <= LARGEST_WEIGHT:
        raise InvalidFieldError("value", f"is more than 0, and at most {LARGEST_WEIGHT:g}")
    if queue.most_at_once is not None and not 1 <= queue.most_at_once <= MOST_AT_ONCE:
        raise InvalidFieldError("most_at_once", f"is from 1 to {MOST_AT_ONCE}, or none at all")
    if len(queue.rings) > MOST_RINGS:
        raise InvalidFieldError("rings", f"are at most {MOST_RINGS}")
    for ring in queue.rings:
        _check_period("rings", ring.after)
        for needed in ring.required:
            check_level("rings", needed)
    for liked in queue.preferred:
        check_level("preferred", liked)
    _check_scoring(queue.scoring)


def _check_scoring(scoring: Scoring) -> None:
    _check_period("scoring", scoring.longest_wait)
    for term in ("need", "promise", "ageing", "spare", "skill"):
        if not 0 <= getattr(scoring, term) <= LARGEST_WEIGHT:
            raise InvalidFieldError("scoring", f"{term} is from 0 to {LARGEST_WEIGHT:g}")


def _check_period(field: str, seconds: int) -> None:
    if not 0 <= seconds <= LONGEST_PERIOD:
        raise InvalidFieldError(field, f"is from 0 to {LONGEST_PERIOD} seconds")


def check_word(field: str, code: str, ru: str, en: str) -> None:
    """A pause reason, a disposition or a skill. Raises ``InvalidFieldError``."""
    CODE.check(field, code)
    check_name("ru", ru)
    check_name("en", en)
