"""Writing refuses what it did not write, and leaves the rest of the directory alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from callcenter.asterisk_config import (
    SECRET_FILES,
    AsteriskConfig,
    OverwriteRefusedError,
    check_prompts,
    render,
    write_config,
)

RENDERED = render(AsteriskConfig(ami_secret="ami-secret-1"))


def snapshot(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_writes_all_then_nothing_when_nothing_changed(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "asterisk"
    first = write_config(RENDERED, directory)
    assert {written.path.name for written in first} == set(RENDERED)
    assert all(written.changed for written in first)
    assert set(snapshot(directory)) == set(RENDERED)
    assert not any(written.changed for written in write_config(RENDERED, directory))


def test_files_with_secrets_are_not_for_everyone(tmp_path: Path) -> None:
    write_config(RENDERED, tmp_path)
    for path in tmp_path.iterdir():
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o640 if path.name in SECRET_FILES else 0o644), path.name
        assert "ami-secret-1" not in path.read_text() or path.name in SECRET_FILES


def test_mode_loosened_by_hand_is_set_right(tmp_path: Path) -> None:
    write_config(RENDERED, tmp_path)
    (tmp_path / "manager.conf").chmod(0o666)
    write_config(RENDERED, tmp_path)
    assert stat.S_IMODE((tmp_path / "manager.conf").stat().st_mode) == 0o640


def test_own_file_is_replaced(tmp_path: Path) -> None:
    write_config(RENDERED, tmp_path)
    changed = write_config(render(AsteriskConfig(ami_secret="ami-secret-2")), tmp_path)
    assert [written.path.name for written in changed if written.changed] == ["manager.conf"]
    assert "ami-secret-2" in (tmp_path / "manager.conf").read_text()


def test_foreign_file_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "queues.conf").write_text("[mine]\n")
    before = snapshot(tmp_path)
    with pytest.raises(
        OverwriteRefusedError, match=r"queues\.conf was not written by callcenter: move it away"
    ):
        write_config(RENDERED, tmp_path)
    assert snapshot(tmp_path) == before


def test_edited_file_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    write_config(RENDERED, tmp_path)
    with (tmp_path / "pjsip.conf").open("a") as file:
        file.write("; mine\n")
    before = snapshot(tmp_path)
    with pytest.raises(OverwriteRefusedError, match=r"pjsip\.conf was edited since") as caught:
        write_config(render(AsteriskConfig(ami_secret="ami-secret-2")), tmp_path)
    assert list(caught.value.files) == [tmp_path / "pjsip.conf"]
    assert snapshot(tmp_path) == before


def test_link_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("x")
    directory = tmp_path / "etc"
    directory.mkdir()
    (directory / "manager.conf").symlink_to(target)
    with pytest.raises(OverwriteRefusedError, match=r"manager\.conf is a link"):
        write_config(RENDERED, directory)
    assert target.read_text() == "x"


def test_unknown_files_stay(tmp_path: Path) -> None:
    (tmp_path / "voicemail.conf").write_text("[mine]\n")
    write_config(RENDERED, tmp_path)
    assert (tmp_path / "voicemail.conf").read_text() == "[mine]\n"


@pytest.mark.parametrize("name", ["../manager.conf", "/etc/passwd", "", ".."])
def test_only_plain_names_are_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is not a file name"):
        write_config({name: "x"}, tmp_path)


def test_missing_prompts_are_named(tmp_path: Path) -> None:
    (tmp_path / "en" / "custom").mkdir(parents=True)
    (tmp_path / "en" / "custom" / "sorry.gsm").touch()
    (tmp_path / "beep.wav").touch()
    assert check_prompts(tmp_path, ["custom/sorry", "beep"], language="en_GB") == []
    problems = check_prompts(tmp_path, ["custom/sorry", "gone"])
    assert [problem.name for problem in problems] == ["gone"]
    assert "asterisk-core-sounds" in str(problems[0])
