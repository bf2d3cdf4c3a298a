"""The recordings of a simulated PBX: prompts that callers hear, and the messages that they leave."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "ru")
"""Where a prompt is looked for that the call's language lacks, in this order (extensions.conf,
CC_LANGUAGE_n)."""
SPOKEN_SECONDS = 0.6
"""Of one of Asterisk's own recordings of a number."""
_SPOKEN = frozenset(
    [*map(str, range(21)), *map(str, range(30, 100, 10)), "hundred", "thousand", "million", "minus"]
)


class Shelf:
    """``usual`` is the length of every prompt that was not put here, ``None`` for none: then only those exist
    that were. Messages are by name, in seconds."""

    def __init__(self, usual: float | None = None) -> None:
        self.usual = usual
        self._prompts: dict[tuple[str, str], float] = {}
        self._messages: dict[str, float] = {}

    @property
    def messages(self) -> Mapping[str, float]:
        return self._messages

    def put(self, language: str, name: str, seconds: float) -> None:
        """Have a prompt."""
        self._prompts[language, name] = seconds

    def keep(self, name: str, seconds: float) -> None:
        """Have a message that somebody left."""
        self._messages[name] = seconds

    def seconds(self, recording: str, language: str) -> float | None:
        """The length of what a caller hears; ``None`` when no language has it."""
        if recording.startswith("digits/"):
            return SPOKEN_SECONDS if recording.removeprefix("digits/") in _SPOKEN else None
        for one in (language, *LANGUAGES):
            if (found := self._prompts.get((one, recording))) is not None:
                return found
        return self.usual
