"""The folder of prompts that Asterisk plays from: ``<folder>/<language>/<name>.wav``.

Asterisk opens a file for each caller anew, so one that is replaced atomically is heard whole, old or new.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from callcenter.errors import PeerError
from callcenter.prompts.audio import AudioError, convert, read_seconds

_NAME = re.compile(r"[a-z0-9_-]{1,60}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(_[A-Za-z]{2})?")


class PromptNameError(PeerError):
    """A name or language that no prompt can have: says which (``field``: ``id`` or ``language``), and what
    to write instead."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class StoredPrompt:
    """A prompt in the folder. ``seconds`` is ``None`` when its file can't be played."""

    name: str
    language: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class MissingPrompt:
    """A prompt that callers of this language would not hear in it. With ``instead``, they hear that
    language's; without, it is passed over."""

    name: str
    language: str
    problem: str
    instead: str | None

    def __str__(self) -> str:
        rest = f"callers hear it in {self.instead!r}" if self.instead else "callers hear nothing"
        return f"prompt {self.name!r} in {self.language!r}: {self.problem}; {rest} until it is uploaded"


class PromptFolder:
    """One folder, which is made when something is put there. Every method may raise ``OSError``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, language: str, name: str, data: bytes) -> StoredPrompt:
        """Convert an uploaded WAV or MP3 and keep it, in place of what was there.

        Raises ``PromptNameError``, and ``AudioError`` for what is no audio; what was there stays then.
        """
        target = self._file(language, name)
        audio = convert(data)
        self._write(target, audio.wav)
        return StoredPrompt(name, language, audio.seconds)

    def put_back(self, language: str, name: str, wav: bytes) -> None:
        """Keep what ``read`` gave before, as it was. Raises ``PromptNameError``."""
        self._write(self._file(language, name), wav)

    def _write(self, target: Path, wav: bytes) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{target.stem}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(wav)
                file.flush()
                os.fsync(file.fileno())
                # mkstemp's 0600 would keep Asterisk, another user, from reading it.
                os.fchmod(file.fileno(), 0o644)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def remove(self, language: str, name: str) -> bool:
        """Delete a prompt; ``False`` when there was none. Raises ``PromptNameError``."""
        try:
            self._file(language, name).unlink()
        except FileNotFoundError:
            return False
        return True

    def read(self, language: str, name: str) -> bytes | None:
        """A prompt's WAV file, to listen to it; ``None`` when there is none. Raises ``PromptNameError``."""
        try:
            return self._file(language, name).read_bytes()
        except FileNotFoundError:
            return None

    def stored(self) -> tuple[StoredPrompt, ...]:
        """All prompts, by name and language. Files that are named otherwise are not ours, and left out."""
        found = [
            StoredPrompt(file.stem, file.parent.name, self._seconds(file))
            for file in self.path.glob("*/*.wav")
            if is_name(file.stem) and _LANGUAGE.fullmatch(file.parent.name)
        ]
        return tuple(sorted(found, key=lambda one: (one.name, one.language)))

    def missing(self, names: Iterable[str], languages: Iterable[str]) -> tuple[MissingPrompt, ...]:
        """What callers would miss: each of ``names`` in each of ``languages``, the order in which the
        dialplan looks elsewhere. Empty when all can be played; never raises for a name."""
        known = tuple(languages)
        problems = []
        for name in dict.fromkeys(names):
            states = {language: self._problem(language, name) for language in known}
            instead = next((language for language in known if states[language] is None), None)
            problems += [
                MissingPrompt(name, language, problem, instead)
                for language, problem in states.items()
                if problem is not None
            ]
        return tuple(problems)

    def _problem(self, language: str, name: str) -> str | None:
        try:
            file = self._file(language, name)
            read_seconds(file.read_bytes())
        except PromptNameError as error:
            return str(error)
        except AudioError as error:
            return f"its file {error.problem}"
        except FileNotFoundError:
            return "there is no file"
        except OSError as error:
            return f"its file can't be read ({error.strerror})"
        return None

    def _seconds(self, file: Path) -> float | None:
        try:
            return read_seconds(file.read_bytes())
        except (AudioError, OSError):
            return None

    def _file(self, language: str, name: str) -> Path:
        if not is_name(name):
            raise PromptNameError(
                "id",
                "a prompt's name is 1 to 60 of a-z, 0-9, '_' and '-', and not digits alone, "
                "which are numbers",
            )
        if not _LANGUAGE.fullmatch(language):
            raise PromptNameError("language", "a prompt's language is written as 'ru', 'en' or 'en_GB'")
        return self.path / language / f"{name}.wav"


def is_name(name: str) -> bool:
    """Whether a prompt may have this name: digits alone would be spoken as a number."""
    return _NAME.fullmatch(name) is not None and not name.isdigit()
