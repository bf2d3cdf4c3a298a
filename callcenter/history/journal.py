"""The journal: facts on disk, in order, before anything else happens to them.

Theory of operation. A directory holds *segments* (``0000000007.journal``), written one after another by one
process, and a *checkpoint* naming the place up to which the database has everything. A record is one line:
length and CRC-32 of the document in hexadecimal, then the document (JSON, no line break within), so a person
can read it and a damaged line can be told and skipped. One ``append`` is one ``write`` to the kernel:
what was acknowledged survives the process's death at any moment. It survives a power cut once ``sync``
was called, which the writer does whenever the database does not take the facts.

A process never appends to a segment of an earlier one, so only the end of a segment can be torn: an
unfinished last line was never acknowledged and is passed over. Damage elsewhere is passed over line by
line, reported, and the segment is kept aside under ``damaged/`` for a person to look at.

When the disk is full, records are held in memory up to a bound and written when there is room again; beyond
the bound the newest are refused, counted and reported, since nothing is left to keep them in.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from callcenter.errors import ConfigError

log = structlog.get_logger(__name__)

_SUFFIX = ".journal"
_HEAD = 18  # eight digits, a space, eight digits, a space
SEGMENT_BYTES = 8 * 1024 * 1024
HELD_RECORDS = 100_000


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """An offset in bytes within a segment; the place just after a record is where the next begins."""

    segment: int
    offset: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Records read in order. ``end`` is the place to go on from. The last ``held`` records came from
    memory and have no place; ``held_until`` counts all that ever left the memory once these have.
    ``damaged`` counts the lines passed over."""

    documents: tuple[bytes, ...]
    end: Place
    held: int
    held_until: int
    damaged: int


class Journal:
    """One process's journal in ``directory``, which is made if need be.

    Raises ``ConfigError`` when the directory can't be written or another process has it. Appending and
    reading belong to one thread; ``sync`` may run in another.
    """

    def __init__(
        self, directory: Path, *, segment_bytes: int = SEGMENT_BYTES, held_records: int = HELD_RECORDS
    ) -> None:
        self._directory = directory
        self._segment_bytes = segment_bytes
        self._held_records = held_records
        self._held: deque[bytes] = deque()
        self._released = 0  # how many records ever left `_held`
        self._file: int | None = None
        self._size = 0
        self._full = False
        self._torn: set[str] = set()
        self.refused = 0
        """Records lost for good, since disk and memory were both full."""
        self.damaged = 0
        """Damaged lines passed over by this process."""
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigError(
                f"journal {directory}",
                f"can't be used: {error.strerror}",
                "Give the server a folder it may write",
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise ConfigError(
                f"journal {directory}",
                "is in use by another process",
                "Give each server process a data folder of its own",
            ) from error
        self._segment = max(self._segments(), default=0)
        self.checkpoint = self._read_checkpoint()
        # Segments wholly before the checkpoint may be left from a death between the two steps of `done`.
        self._forget_before(self.checkpoint.segment)
        self._backlog = self._count_backlog()

    @property
    def backlog(self) -> int:
        """Records that the database does not have yet, those held in memory included."""
        return self._backlog + len(self._held)

    @property
    def held(self) -> int:
        """Records in memory alone, since the disk does not take them."""
        return len(self._held)

    def append(self, documents: Sequence[bytes]) -> None:
        """Keep documents (JSON without line breaks), in order. Never raises for a full or broken disk."""
        frames = [frame(document) for document in documents]
        if self._held:
            self._hold(frames)
            self.flush_held()
            return
        try:
            self._write(b"".join(frames))
        except OSError as error:
            if not self._full:
                self._full = True
                log.error("journal.disk_refused", directory=str(self._directory), error=error.strerror)
            self._hold(frames)
        else:
            self._backlog += len(frames)

    def flush_held(self) -> bool:
        """Try to write what is held in memory; true when nothing is held any more."""
        while self._held:
            part = [self._held[n] for n in range(min(len(self._held), 1000))]
            try:
                self._write(b"".join(part))
            except OSError:
                return False
            self._release(self._released + len(part))
            self._backlog += len(part)
        if self._full:
            self._full = False
            log.warning("journal.disk_accepts_again", directory=str(self._directory), refused=self.refused)
        return True

    def read(self, limit: int) -> Batch:
        """Up to ``limit`` records after the checkpoint, without moving it. Raises ``OSError``."""
        documents: list[bytes] = []
        place, damaged = self.checkpoint, 0
        for segment in sorted(number for number in self._segments() if number >= place.segment):
            if len(documents) >= limit:
                return Batch(tuple(documents), place, 0, self._released, damaged)
            if segment > place.segment:
                place = Place(segment, 0)
            found, place, bad, exhausted = self._read_segment(place, limit - len(documents))
            documents += found
            damaged += bad
            if not exhausted:
                return Batch(tuple(documents), place, 0, self._released, damaged)
        held = [self._held[n][_HEAD:-1] for n in range(min(len(self._held), limit - len(documents)))]
        return Batch(tuple(documents + held), place, len(held), self._released + len(held), damaged)

    def done(self, batch: Batch) -> None:
        """The database has these: move the checkpoint and delete segments wholly before it."""
        # Some may have gone from memory to disk meanwhile; they are read once more, and known by then.
        self._release(batch.held_until)
        self._backlog -= len(batch.documents) - batch.held + batch.damaged
        self.damaged += batch.damaged
        if batch.end == self.checkpoint:
            return
        self.checkpoint = batch.end
        draft = self._directory / "checkpoint.new"
        try:
            draft.write_text(json.dumps({"segment": batch.end.segment, "offset": batch.end.offset}))
            draft.replace(self._directory / "checkpoint")
        except OSError as error:
            # Harmless: after a restart the same records are read again, and the database knows them.
            log.warning("journal.checkpoint_not_kept", error=error.strerror)
        self._forget_before(batch.end.segment)

    def sync(self) -> None:
        """Make what was appended survive a power cut. Slow (a disk flush): call it in a thread."""
        if self._file is not None:
            copy = os.dup(self._file)  # the segment may be closed meanwhile
            try:
                os.fdatasync(copy)
            finally:
                os.close(copy)

    def close(self) -> None:
        if self._held and not self.flush_held():
            log.error("journal.closed_with_records_in_memory", lost=len(self._held))
        if self._file is not None:
            os.close(self._file)
            self._file = None
        os.close(self._lock)

    def _write(self, data: bytes) -> None:
        """All of ``data`` or nothing of it. Raises ``OSError``."""
        if self._file is None or (self._size + len(data) > self._segment_bytes and self._size > 0):
            self._next_segment()
        file = self._file
        if file is None:
            raise OSError("no segment is open")
        start, rest = self._size, memoryview(data)
        try:
            while rest:
                rest = rest[os.write(file, rest) :]
        except OSError:
            try:
                os.ftruncate(file, start)  # a part may be there, and the next record would be glued to it
            except OSError:
                os.close(file)
                self._file = None  # go on in a new segment
            raise
        self._size = start + len(data)

    def _next_segment(self) -> None:
        path = self._path(self._segment + 1)
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        if self._file is not None:
            os.close(self._file)
        self._file, self._size = opened, 0
        self._segment += 1

    def _release(self, until: int) -> None:
        while self._released < until:
            self._held.popleft()
            self._released += 1

    def _hold(self, frames: list[bytes]) -> None:
        room = max(0, self._held_records - len(self._held))
        self._held.extend(frames[:room])
        lost = len(frames) - room
        if lost > 0:
            self.refused += lost
            log.error("journal.facts_lost", lost=lost, in_all=self.refused, held=len(self._held))

    def _read_segment(self, place: Place, limit: int) -> tuple[list[bytes], Place, int, bool]:
        """Documents from ``place`` on, the place after them, how many damaged lines were passed over, and
        whether nothing complete is left in the segment."""
        path = self._path(place.segment)
        with path.open("rb") as file:
            file.seek(place.offset)
            data = file.read(limit * 1024 + 65536)  # a batch of the usual size; more is read next time
            rest = file.read(1)
            found, used, damaged = split(data, limit)
            if used == 0 and rest:  # one line longer than that
                data += rest + file.read()
                rest = b""
                found, used, damaged = split(data, limit)
        if damaged:
            self._set_aside(path, damaged)
        exhausted = not rest and data.find(b"\n", used) < 0
        if exhausted and used < len(data) and place.segment < self._segment and path.name not in self._torn:
            self._torn.add(path.name)
            log.info("journal.torn_end", segment=path.name, bytes=len(data) - used)
        return found, Place(place.segment, place.offset + used), damaged, exhausted

    def _set_aside(self, path: Path, damaged: int) -> None:
        copy = self._directory / "damaged" / path.name
        log.error("journal.damaged", segment=path.name, lines=damaged, kept_as=str(copy))
        if copy.exists():
            return
        try:
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, copy)
        except OSError as error:
            log.error("journal.damaged_not_kept", segment=path.name, error=error.strerror)

    def _segments(self) -> list[int]:
        return [
            int(path.stem)
            for path in self._directory.glob(f"*{_SUFFIX}")
            if path.stem.isascii() and path.stem.isdigit()
        ]

    def _path(self, segment: int) -> Path:
        return self._directory / f"{segment:010}{_SUFFIX}"

    def _forget_before(self, segment: int) -> None:
        for number in self._segments():
            if number < segment and number != self._open_segment():
                self._path(number).unlink(missing_ok=True)

    def _open_segment(self) -> int | None:
        return None if self._file is None else self._segment

    def _read_checkpoint(self) -> Place:
        first = Place(min(self._segments(), default=1), 0)
        try:
            kept = json.loads((self._directory / "checkpoint").read_text())
            place = Place(int(kept["segment"]), int(kept["offset"]))
        except FileNotFoundError:
            return first
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.error("journal.checkpoint_unreadable", error=str(error), remedy="reading all segments again")
            return first
        # A new process must not reuse the numbers of segments that were deleted.
        self._segment = max(self._segment, place.segment)
        return max(place, first) if self._segments() else place

    def _count_backlog(self) -> int:
        waiting = 0
        for segment in self._segments():
            if segment >= self.checkpoint.segment:
                with self._path(segment).open("rb") as file:
                    file.seek(self.checkpoint.offset if segment == self.checkpoint.segment else 0)
                    while part := file.read(1 << 20):
                        waiting += part.count(b"\n")
        return waiting


def frame(document: bytes) -> bytes:
    """The record of a document."""
    return b"%08x %08x %b\n" % (len(document), zlib.crc32(document), document)


def split(data: bytes, limit: int) -> tuple[list[bytes], int, int]:
    """The documents in ``data`` (at most ``limit``), how many bytes they and the damage before and between
    them take, and how many damaged lines there were. An unfinished last line is left alone."""
    documents: list[bytes] = []
    start = damaged = 0
    while len(documents) < limit:
        end = data.find(b"\n", start)
        if end < 0:
            break
        document = _document(data[start:end])
        if document is None:
            damaged += 1
        else:
            documents.append(document)
        start = end + 1
    return documents, start, damaged


def _document(line: bytes) -> bytes | None:
    document = line[_HEAD:]
    head = b"%08x %08x " % (len(document), zlib.crc32(document))
    return document if line[:_HEAD] == head else None
