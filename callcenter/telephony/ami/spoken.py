"""Numbers as Asterisk's own recordings say them, without I/O.

We name the recordings instead of calling ``SayNumber``, for three reasons. The Russian core sounds that
Debian ships (1.6.1) have no hundreds and no declined thousands, so ``SayNumber`` falls silent in the midst of
any number over 199; a key can't end ``SayNumber`` alone; and a recording that is not installed is skipped
here like any other prompt. The recordings lie in ``digits/`` of the core sounds (Debian:
``asterisk-core-sounds-en-*`` and ``-ru-*``).
"""

from __future__ import annotations

from collections.abc import Callable

LONGEST = 4
"""Digits of the longest number that is said as one. Longer ones are telephone numbers or codes."""


def spoken_digits(digits: str, language: str) -> tuple[str, ...]:
    """The recordings of a number, in order; ``digits`` are ASCII digits, one or more.

    In English a number up to 9999 is said as a number ("twenty-five"), in Russian up to 99, in the masculine.
    Any other, and one with a leading zero, is said digit by digit. So is every number in a language whose
    grammar is not known here: each language's core sounds have the ten digits.
    """
    grammar = _GRAMMARS.get(language.partition("_")[0])
    names: list[str] | None = None
    if grammar is not None and len(digits) <= LONGEST and (digits[0] != "0" or digits == "0"):
        names = grammar(int(digits))
    return tuple(f"digits/{name}" for name in names or digits)


def _english(number: int) -> list[str] | None:
    thousands, rest = divmod(number, 1000)
    hundreds, below = divmod(rest, 100)
    names = [str(thousands), "thousand"] if thousands else []
    names += [str(hundreds), "hundred"] if hundreds else []
    return names + (_below_hundred(below) if below or not names else [])


def _russian(number: int) -> list[str] | None:
    return _below_hundred(number) if number < 100 else None


def _below_hundred(number: int) -> list[str]:
    if number <= 20:
        return [str(number)]
    tens, ones = divmod(number, 10)
    return [f"{tens}0", *([str(ones)] if ones else [])]


_GRAMMARS: dict[str, Callable[[int], list[str] | None]] = {"en": _english, "ru": _russian}
