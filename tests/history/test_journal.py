"""The journal on disk: what was acknowledged is there, what was torn is not, damage stops nothing."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from callcenter.errors import ConfigError
from callcenter.history.journal import Journal, Place, frame, split


def _all(journal: Journal, limit: int = 1000) -> list[bytes]:
    """Read and acknowledge everything."""
    documents: list[bytes] = []
    while True:
        batch = journal.read(limit)
        if not batch.documents and batch.end == journal.checkpoint:
            return documents
        documents += batch.documents
        journal.done(batch)


def _numbered(count: int, first: int = 0) -> list[bytes]:
    return [b'{"n":%d}' % n for n in range(first, first + count)]


def test_what_went_in_comes_out_in_order_and_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(_numbered(3))
    journal.append(_numbered(2, 3))
    assert journal.backlog == 5
    first = journal.read(4)
    assert list(first.documents) == _numbered(4)
    assert list(journal.read(4).documents) == _numbered(4)
    journal.done(first)
    assert journal.backlog == 1
    assert _all(journal) == _numbered(1, 4)
    assert journal.backlog == 0
    journal.close()


def test_a_new_process_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(_numbered(10))
    journal.done(journal.read(4))
    journal.append(_numbered(5, 10))
    journal.close()
    again = Journal(tmp_path)
    again.append(_numbered(5, 15))
    assert again.backlog == 16
    assert _all(again, 3) == _numbered(16, 4)
    again.close()


def test_segments_are_bounded_and_deleted_when_done(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment_bytes=200)
    for n in range(50):
        journal.append(_numbered(1, n))
    assert len(list(tmp_path.glob("*.journal"))) > 5
    assert max(path.stat().st_size for path in tmp_path.glob("*.journal")) <= 200
    assert _all(journal, 7) == _numbered(50)
    assert len(list(tmp_path.glob("*.journal"))) == 1
    journal.append(_numbered(1, 50))
    assert _all(journal) == _numbered(1, 50)
    journal.close()


def test_a_torn_end_was_never_acknowledged(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(_numbered(3))
    journal.close()
    (segment,) = tmp_path.glob("*.journal")
    with segment.open("ab") as file:
        file.write(frame(b'{"n":3}')[:-4])
    again = Journal(tmp_path)
    assert again.backlog == 3
    again.append(_numbered(2, 4))
    assert _all(again) == [*_numbered(3), *_numbered(2, 4)]
    assert again.damaged == 0
    assert again.backlog == 0
    again.close()


def test_damage_is_passed_over_reported_and_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(_numbered(5))
    journal.close()
    (segment,) = tmp_path.glob("*.journal")
    lines = segment.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b":1}", b":7}")
    lines[3] = b"\x00\xff garbage\n"
    spoilt = b"".join(lines)
    segment.write_bytes(spoilt)
    again = Journal(tmp_path)
    assert _all(again) == [_numbered(5)[n] for n in (0, 2, 4)]
    assert again.damaged == 2
    assert again.backlog == 0
    assert (tmp_path / "damaged" / segment.name).read_bytes() == spoilt
    again.close()


@pytest.mark.parametrize("text", ["", "{", "null", '{"segment": "x", "offset": 1}', "[1]", "\x00"])
def test_a_spoilt_checkpoint_means_reading_again(tmp_path: Path, text: str) -> None:
    journal = Journal(tmp_path)
    journal.append(_numbered(3))
    journal.done(journal.read(2))
    journal.close()
    (tmp_path / "checkpoint").write_text(text)
    again = Journal(tmp_path)
    assert _all(again) == _numbered(3)
    again.close()


def test_foreign_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("notes.journal", "²³.journal", "0000000001.txt"):
        (tmp_path / name).write_text("not ours")
    journal = Journal(tmp_path)
    journal.append(_numbered(1))
    assert _all(journal) == _numbered(1)
    journal.close()
    assert (tmp_path / "notes.journal").read_text() == "not ours"


def test_one_directory_has_one_process(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with pytest.raises(ConfigError, match="in use by another process"):
        Journal(tmp_path)
    journal.close()
    Journal(tmp_path).close()


def test_a_directory_that_is_none_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="can't be used"):
        Journal(tmp_path / "file" / "journal")


class _FullDisk:
    """Takes ``room`` bytes in all, then refuses, as a full disk does: first a part, then nothing."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._write: Callable[[int, memoryview], int] = os.write

    def __call__(self, file: int, data: memoryview) -> int:
        if self.room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = self._write(file, data[: self.room])
        self.room -= written
        return written


def test_a_full_disk_loses_nothing_until_memory_is_full_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, held_records=10)
    disk = _FullDisk(60)
    monkeypatch.setattr(os, "write", disk)
    for n in range(8):
        journal.append(_numbered(1, n))
    assert journal.held == 6
    assert journal.backlog == 8
    part = journal.read(5)
    assert list(part.documents) == _numbered(5)
    journal.done(part)
    assert journal.held == 3
    disk.room = 10_000
    journal.append(_numbered(1, 8))
    assert journal.held == 0
    assert _all(journal) == _numbered(4, 5)
    disk.room = 0
    journal.append(_numbered(12, 9))
    assert (journal.held, journal.refused) == (10, 2)
    disk.room = 10_000
    assert journal.flush_held()
    assert _all(journal) == _numbered(10, 9)
    assert journal.backlog == 0
    journal.close()


def test_records_that_reach_the_disk_while_being_written_are_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    disk = _FullDisk(0)
    monkeypatch.setattr(os, "write", disk)
    journal.append(_numbered(3))
    batch = journal.read(10)
    disk.room = 10_000
    journal.append(_numbered(1, 3))
    disk.room = 0
    journal.append(_numbered(1, 4))
    journal.done(batch)
    assert journal.held == 1
    assert _all(journal) == _numbered(5)  # the first three twice in all, which the database notices
    journal.close()


def test_a_record_larger_than_a_read_is_no_damage(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    large = b'{"note":"' + b"x" * 300_000 + b'"}'
    journal.append([*_numbered(1), large, *_numbered(1, 1)])
    assert _all(journal, 1) == [*_numbered(1), large, *_numbered(1, 1)]
    journal.close()


def test_sync_works_with_and_without_a_segment(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.sync()
    journal.append(_numbered(1))
    journal.sync()
    journal.close()


_CHILD = """
import sys
from pathlib import Path
from callcenter.history.journal import Journal
journal = Journal(Path(sys.argv[1]), segment_bytes=20_000)
n = 0
while True:
    journal.append([b'{"n":%d}' % (n + k) for k in range(3)])
    n += 3
    sys.stdout.write(f"{n}\\n")
    sys.stdout.flush()
"""


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    for round_ in range(5):
        directory = tmp_path / str(round_)
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(directory)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        stdout = child.stdout
        assert stdout is not None
        acknowledged = 0
        while acknowledged < 300 + 900 * round_:
            acknowledged = int(stdout.readline())
        child.send_signal(signal.SIGKILL)
        child.wait()
        # A line may be cut by the kill; every whole one was acknowledged.
        rest = stdout.read().splitlines(keepends=True)
        acknowledged = max([acknowledged, *(int(line) for line in rest if line.endswith("\n"))])
        stdout.close()
        journal = Journal(directory)
        found = _all(journal)
        assert len(found) >= acknowledged
        assert found == _numbered(len(found))
        assert journal.damaged == 0
        journal.close()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=30).filter(lambda b: b"\n" not in b), max_size=8), st.binary(max_size=60))
def test_no_garbage_breaks_the_reader(documents: list[bytes], garbage: bytes) -> None:
    data = b"".join(frame(document) for document in documents)
    found, used, _ = split(data + b"\n" + garbage, 100)
    assert found[: len(documents)] == documents
    assert used <= len(data) + 1 + len(garbage)
    cut = split(data[: len(data) // 2], 100)[0]
    assert cut == documents[: len(cut)]


def test_places_are_ordered() -> None:
    assert Place(1, 900) < Place(2, 0) < Place(2, 1)
