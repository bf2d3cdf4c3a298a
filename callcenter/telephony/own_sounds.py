"""What Asterisk's own recordings can say in the stead of ours, until somebody has recorded them.

By app_queue's example: ``queue-thereare``, the place, ``queue-callswaiting``; ``queue-holdtime``, the
minutes, ``queue-minutes``. That order is the one in which the recordings of every language were made to be
heard. They come with Debian's ``asterisk-core-sounds-en-*`` and ``-ru-*``. What is not here (the words on
calling back) no core sound says: ``callcenter prompts speak`` makes them.
"""

from __future__ import annotations

from typing import NamedTuple

from routing.flows import spoken
from routing.ids import PromptId


class OwnSound(NamedTuple):
    """The recording played in a prompt's stead, and what follows the number behind it: after the number one
    (21, 31 in Russian), and after others; empty for nothing."""

    name: str
    after_one: str = ""
    after_many: str = ""


_ALIKE = {
    spoken.POSITION: OwnSound("queue-thereare", "queue-callswaiting", "queue-callswaiting"),
    spoken.MINUTES: OwnSound("queue-holdtime", "queue-minute", "queue-minutes"),
    spoken.STAR: OwnSound("digits/star"),
    spoken.POUND: OwnSound("digits/pound"),
}
OWN_SOUNDS: dict[str, dict[PromptId, OwnSound]] = {
    "en": _ALIKE | {spoken.CLOSED: OwnSound("please-try-call-later")},
    "ru": _ALIKE | {spoken.CLOSED: OwnSound("pls-try-call-later")},
}


def own_sound(prompt: str, language: str) -> OwnSound | None:
    """What Asterisk itself can say of this prompt in this language."""
    return OWN_SOUNDS.get(_base(language), {}).get(PromptId(prompt))


def behind(sound: OwnSound, digits: str, language: str) -> str:
    """What follows the number ``digits`` (ASCII) behind this recording."""
    one = digits.endswith("1") and not digits.endswith("11") if _base(language) == "ru" else digits == "1"
    return sound.after_one if one else sound.after_many


def _base(language: str) -> str:
    return language.partition("_")[0]
