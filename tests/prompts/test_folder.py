"""The folder that Asterisk plays from."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.prompts import AudioError, PromptFolder, PromptNameError
from tests.prompts.test_audio import tone


@pytest.fixture
def folder(tmp_path: Path) -> PromptFolder:
    return PromptFolder(tmp_path / "prompts")


def test_an_upload_lies_where_the_dialplan_looks_and_asterisk_may_read_it(folder: PromptFolder) -> None:
    stored = folder.put("ru", "welcome", tone())
    file = folder.path / "ru" / "welcome.wav"
    assert file.stat().st_mode & 0o777 == 0o644
    assert folder.stored() == (stored,)
    assert folder.read("ru", "welcome") == file.read_bytes()
    assert [path.name for path in file.parent.iterdir()] == ["welcome.wav"]


def test_a_bad_upload_leaves_what_was_there(folder: PromptFolder) -> None:
    folder.put("ru", "welcome", tone())
    before = folder.read("ru", "welcome")
    with pytest.raises(AudioError):
        folder.put("ru", "welcome", b"no audio")
    assert folder.read("ru", "welcome") == before
    folder.put("ru", "welcome", tone(1.0))
    assert folder.read("ru", "welcome") != before


@pytest.mark.parametrize(
    "name", ["", "Welcome", "../etc", "a/b", "a b", "a,b", "x" * 61, "12", "привет", "a\n"]
)
def test_names_that_the_dialplan_can_not_say_are_refused(folder: PromptFolder, name: str) -> None:
    with pytest.raises(PromptNameError):
        folder.put("ru", name, tone())
    with pytest.raises(PromptNameError):
        folder.put(name, "welcome", tone())
    assert not folder.path.exists()


def test_tells_which_prompts_callers_would_miss_and_what_they_hear_instead(folder: PromptFolder) -> None:
    folder.put("ru", "welcome", tone())
    folder.put("en", "menu", tone())
    (folder.path / "ru" / "menu.wav").write_bytes(b"torn")
    (folder.path / "en" / "bye.wav").mkdir()
    missing = folder.missing(["welcome", "menu", "bye", "Bad name"], ["ru", "en"])
    assert [(one.name, one.language, one.instead) for one in missing] == [
        ("welcome", "en", "ru"),
        ("menu", "ru", "en"),
        ("bye", "ru", None),
        ("bye", "en", None),
        ("Bad name", "ru", None),
        ("Bad name", "en", None),
    ]
    assert "no WAV file" in missing[1].problem
    assert "callers hear nothing" in str(missing[2])
    assert folder.missing(["welcome"], ["ru"]) == ()


def test_a_folder_that_is_not_there_lacks_everything(folder: PromptFolder) -> None:
    assert folder.stored() == ()
    assert [one.problem for one in folder.missing(["welcome"], ["ru"])] == ["there is no file"]


def test_removing(folder: PromptFolder) -> None:
    folder.put("ru", "welcome", tone())
    assert folder.remove("ru", "welcome")
    assert not folder.remove("ru", "welcome")
    assert folder.read("ru", "welcome") is None
