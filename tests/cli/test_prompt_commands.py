"""``callcenter prompts``, as a person types it, with the real espeak-ng."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from callcenter.flows.store import FlowStore
from tests.cli.test_site_commands import Terminal, terminal
from tests.prompts.test_audio import tone
from tests.support.real_parts import missing

__all__ = ["terminal"]

FLOW = """\
[queues.sales]
name = "Sales"
numbers = ["100"]

[flows.main]
name = "Main"
numbers = ["200"]
start = "hello"
language = "en"

[flows.main.steps.hello]
do = "say"
prompt = "hello"
next = "wait"

[flows.main.steps.wait]
do = "enqueue"
queue = "sales"
announcements = { first = 10, every = 30, position = true, callback_key = "5" }
callback = "offer"

[flows.main.steps.offer]
do = "offer_callback"
queue = "sales"
prompt = "hello"
declined = "wait"
"""


@pytest.fixture
def site(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    """A site whose prompts are in ``tmp_path``, with a recording to upload."""
    monkeypatch.setenv("CALLCENTER_ASTERISK_PROMPTS_DIR", str(tmp_path / "prompts"))
    (tmp_path / "hello.wav").write_bytes(tone())
    (tmp_path / "plan.toml").write_text(FLOW)
    terminal("migrate")
    return terminal


def put(site: Terminal, folder: Path, language: str = "en") -> None:
    out = site.ok("prompts", "put", str(folder / "hello.wav"), "--name", "hello", "--language", language)
    assert "hello" in out


def test_put_list_and_check(site: Terminal, tmp_path: Path) -> None:
    assert "Nothing has been recorded" in site.ok("prompts", "list")
    put(site, tmp_path)
    site.ok("apply", str(tmp_path / "plan.toml"))
    listed = site.ok("prompts", "list")
    assert "hello (en): 0.5 s" in listed
    assert "played by main" in listed
    done = site("prompts", "check")
    assert done.code == 1
    assert "cc-press" in done.err
    assert "To hang up and be called back" in done.err
    assert "callcenter prompts speak" in done.err
    assert "cc-position" not in done.err, "Asterisk itself says it"
    (tmp_path / "prompts" / "en" / "hello.wav").unlink()
    assert "hello (en): there is no file" in site("prompts", "check").err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("nowhere.wav", "--name", "hello", "--language", "en"), "nowhere.wav"),
        (("plan.toml", "--name", "hello", "--language", "en"), "neither WAV nor MP3"),
        (("hello.wav", "--name", "../x", "--language", "en"), "--name"),
        (("hello.wav", "--name", "hello", "--language", "english"), "--language"),
    ],
)
def test_what_can_not_be_put_is_explained(
    site: Terminal, tmp_path: Path, words: tuple[str, ...], complaint: str
) -> None:
    assert complaint in site("prompts", "put", str(tmp_path / words[0]), *words[1:]).complaint
    assert not site.ask(lambda database: FlowStore(database).prompts())


def test_what_is_missing_is_spoken_once(site: Terminal, tmp_path: Path) -> None:
    if shutil.which("espeak-ng") is None:
        missing("espeak-ng", "it speaks prompts (apt-get install espeak-ng)")
    put(site, tmp_path)
    site.ok("apply", str(tmp_path / "plan.toml"))
    assert "6 prompts were spoken" in site.ok("prompts", "speak")
    assert "0 prompts were spoken" in site.ok("prompts", "speak")
    assert "Callers hear every prompt" in site.ok("prompts", "check")
    assert "5 prompts were spoken" in site.ok("prompts", "speak", "--all")
    assert "11 prompts were spoken" in site.ok("prompts", "speak", "--all", "--language", "ru")


def test_without_espeak_the_remedy_is_told(
    site: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt-get install espeak-ng" in site("prompts", "speak").complaint
