"""Prompts spoken by espeak-ng, so that a new site is understood before anybody has recorded it.

The program is found on PATH and run without a shell; the text goes in by its standard input, the WAV comes
out of its standard output. Blocks for about 0.1 s a sentence; in a running loop, use ``asyncio.to_thread``.
"""

from __future__ import annotations

import re
import shutil
import subprocess

from callcenter.errors import PeerError

PROGRAM = "espeak-ng"
INSTALL = "install it: apt-get install espeak-ng (Debian and Ubuntu), dnf install espeak-ng (Fedora)"
MOST_CHARACTERS = 2000
_SECONDS = 30.0
_WORDS_A_MINUTE = "150"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(_[A-Za-z]{2})?")


class SpeechError(PeerError):
    """Nothing was spoken; the message says why and what to do."""


def available() -> bool:
    """Whether espeak-ng is on this machine."""
    return shutil.which(PROGRAM) is not None


def speak(text: str, language: str) -> bytes:
    """A WAV file of the text, for ``audio.convert``. ``language`` is as prompts have it (``ru``, ``en_GB``).

    Raises ``SpeechError``."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise SpeechError(f"{PROGRAM} is not installed; {INSTALL}")
    if not text.strip() or len(text) > MOST_CHARACTERS:
        raise SpeechError(f"the text is empty, or longer than {MOST_CHARACTERS} characters")
    if not _LANGUAGE.fullmatch(language):
        raise SpeechError(f"{language!r} is no language; write it as 'ru', 'en' or 'en_GB'")
    voice = language.replace("_", "-").lower()
    command = [program, f"-v{voice}", f"-s{_WORDS_A_MINUTE}", "-b1", "--stdin", "--stdout"]
    try:
        done = subprocess.run(  # noqa: S603 (a fixed program; the text goes in by its standard input)
            command, input=text.encode(), capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise SpeechError(f"{PROGRAM} took over {_SECONDS:g} s") from None
    except OSError as error:
        raise SpeechError(f"{program} can't be run: {error.strerror}") from error
    if done.returncode or len(done.stdout) < 100:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise SpeechError(f"{PROGRAM} did not speak {language}: {said[-1] if said else 'it said nothing'}")
    return _with_lengths(done.stdout)


def _with_lengths(wav: bytes) -> bytes:
    """What is written to a pipe has no lengths in its header: they are entered now. 44 bytes of header are
    espeak-ng's form."""
    data = wav[44:]
    sizes = ((4, len(data) + 36), (40, len(data)))
    whole = bytearray(wav)
    for at, size in sizes:
        whole[at : at + 4] = size.to_bytes(4, "little")
    return bytes(whole)
