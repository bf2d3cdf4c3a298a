"""Prompts spoken by the real espeak-ng."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from callcenter.prompts import convert
from callcenter.prompts.speech import SpeechError, speak
from tests.support.real_parts import missing


@pytest.fixture
def espeak() -> None:
    if shutil.which("espeak-ng") is None:
        missing("espeak-ng", "it speaks prompts (apt-get install espeak-ng)")


@pytest.mark.usefixtures("espeak")
@pytest.mark.parametrize(
    ("language", "text"), [("ru", "Ваш номер в очереди:"), ("en", "Your position is:"), ("en_GB", "Hello.")]
)
def test_what_is_spoken_can_be_played(language: str, text: str) -> None:
    audio = convert(speak(text, language))
    assert 0.4 < audio.seconds < 5


@pytest.mark.usefixtures("espeak")
def test_a_text_is_never_an_option() -> None:
    assert convert(speak("--version -f /etc/passwd; $(true)", "en")).seconds > 1


@pytest.mark.usefixtures("espeak")
def test_a_longer_text_takes_longer() -> None:
    short, long = (convert(speak("Thank you. " * times, "en")).seconds for times in (1, 6))
    assert long > 3 * short


@pytest.mark.usefixtures("espeak")
@pytest.mark.parametrize(
    ("text", "language", "problem"),
    [
        ("hello", "xx", "did not speak xx"),
        ("hello", "../etc", "is no language"),
        ("hello", "-w", "is no language"),
        ("  ", "en", "is empty"),
        ("a" * 2001, "en", "longer than"),
    ],
)
def test_what_can_not_be_spoken_is_explained(text: str, language: str, problem: str) -> None:
    with pytest.raises(SpeechError, match=problem):
        speak(text, language)


def test_without_the_program_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpeechError, match="apt-get install espeak-ng"):
        speak("hello", "en")


def test_a_program_that_fails_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "espeak-ng"
    program.write_text("#!/bin/sh\necho broken data >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpeechError, match="broken data"):
        speak("hello", "en")
