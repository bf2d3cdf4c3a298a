"""The recordings of a simulated PBX: prompts that callers hear, and the messages that they leave."""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.simulator.channels import Tape

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
    that were. Messages are by name, in seconds; while it is ``full``, none can be recorded."""

    def __init__(self, usual: float | None = None) -> None:
        self.usual = usual
        self.full = False
        self._prompts: dict[tuple[str, str], float] = {}
        self._messages: dict[str, float] = {}
        self.tapes: dict[str, Tape] = {}
        """The recordings of conversations, by name."""

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
        """The length of what a caller hears; ``None`` when no language has it. ``recording`` is as CC_SAY
        has it."""
        if recording.startswith("digits/"):
            return SPOKEN_SECONDS if recording.removeprefix("digits/") in _SPOKEN else None
        name, _, own = recording.partition(":")
        for one in (language,) if own else (language, *LANGUAGES):
            if (found := self._prompts.get((one, name))) is not None:
                return found
        return SPOKEN_SECONDS if own else self.usual

    def stands_in(self, recording: str, language: str) -> bool:
        """Whether Asterisk's own recording is heard in the stead of this one."""
        name, _, own = recording.partition(":")
        return bool(own) and (language, name) not in self._prompts
