"""Telephone numbers as people and telephone systems write them, brought to one form that can be compared.

Nothing here raises: a number that is no public one is kept as it came and compared by its digits, so that an
internal extension finds its colleague, and a caller who hides his number finds nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

_LONGEST = 128  # characters looked at; no number is longer
_WITHHELD = frozenset(
    (
        *("anonymous", "unknown", "private", "restricted", "unavailable", "withheld", "blocked", "hidden"),
        *("none", "null", "asterisk", "неизвестен", "неизвестный", "скрыт", "скрытый", "аноним", "анонимный"),
    )
)
_ADDRESS = re.compile(r"^(?:.*<)?\s*(?:sips?|tel):([^@;>]*)", re.IGNORECASE)
_BRACKETS = re.compile(r"<([^<>]*)>\s*$")
_SEVERAL = re.compile(r"[/|\\]|\s;\s|;\s|\s(?:or|или)\s", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Number:
    """``raw`` is as it came. ``e164`` is ``None`` for what is no public number. ``key`` is what two
    writings of one number share, ``None`` when there is nothing to compare (withheld, or no digit in it).
    ``display`` is for people."""

    raw: str
    e164: str | None
    key: str | None
    display: str


@lru_cache(maxsize=4096)
def normalise(raw: str, region: str) -> Number:
    """Read a number. ``region`` (``RU``) is where a number without a country is taken to be from.

    Of several numbers in one text the first that can be used is taken; an extension is left out of the key.
    """
    text = _bare(raw)
    if _is_withheld(text):
        return Number(raw, None, None, "")
    for part in _SEVERAL.split(text):
        parsed = _parse(part.strip(), region)
        if parsed is not None:
            e164 = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
            return Number(
                raw, e164, e164, phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
            )
    digits = digits_of(text)
    return Number(raw, None, digits or None, text)


def readable(raw: str) -> str:
    """``raw`` without what neither JSON nor a database takes (half a surrogate pair, NUL)."""
    return raw.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "\ufffd")


def digits_of(text: str) -> str:
    """The decimal digits in ``text``, in any script, as ASCII."""
    return "".join(str(int(digit)) for digit in text[:_LONGEST] if digit.isdecimal())


def looks_like_number(text: str) -> bool:
    """Whether a search text means a number rather than a name: digits, and no letter."""
    return bool(_DIGITS.search(text)) and not any(letter.isalpha() for letter in text)


def _bare(raw: str) -> str:
    """The number within ``"Name" <sip:number@host>``, without signs nobody can see."""
    text = "".join(letter for letter in raw[:_LONGEST] if letter.isprintable()).strip()
    if address := _ADDRESS.match(text):
        return address.group(1).strip()
    if brackets := _BRACKETS.search(text):
        return brackets.group(1).partition("@")[0].strip()
    return text.partition("@")[0].strip() if "@" in text else text


def _is_withheld(text: str) -> bool:
    word = text.strip("<>[]() -_.").casefold()
    return not word or word in _WITHHELD


def _parse(text: str, region: str) -> PhoneNumber | None:
    international = text.startswith(("+", "\uff0b"))
    digits = digits_of(text)
    attempts = [text]
    if not international:
        if digits.startswith("00"):  # the usual way abroad, also where the region has another
            attempts.append("+" + digits[2:])
        elif len(digits) >= 11 and not digits.startswith("0"):  # trunks often leave the plus out
            attempts.append("+" + digits)
    for attempt in attempts:
        try:
            parsed = phonenumbers.parse(attempt, region)
        except NumberParseException:
            continue
        parsed.extension = None
        # With a plus the writer says that it is a whole number; new ranges come before their rules do.
        if phonenumbers.is_valid_number(parsed) or (
            international and phonenumbers.is_possible_number(parsed)
        ):
            return parsed
    return None
