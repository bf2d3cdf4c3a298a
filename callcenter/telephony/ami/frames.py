"""AMI's bytes into frames, without I/O.

Theory of operation. AMI is lines that end in CRLF, grouped into frames that end in an empty line; the first
line of a frame says what it is (``Event: Name`` or ``Response: Success``), and one banner line comes before
all. A ``Framer`` cuts the stream on bytes, looks at the name while it is still bytes, and decodes whole
frames only:

- most events of a call are not for us (VarSet, Newexten, RTCP...): their frames are dropped undecoded, which
  is where the speed comes from;
- a UTF-8 letter split across two reads is whole again when its frame is;
- how the stream was cut into reads never shows in the result.

Memory is bounded: a frame longer than ``max_frame`` bytes is skipped to the next empty line while it is still
coming in. Whatever is skipped is counted, so that the owner knows that something may have been missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

Headers: TypeAlias = dict[str, str | list[str]]
"""Lower-case names: Asterisk writes ``CommandId`` and ``CommandID`` for the same thing. A name that came more
than once (``Variable``, ``ChanVariable``) has a list of all its values, in order."""

BANNER = b"Asterisk Call Manager/"
_BANNER_LIMIT = 128
_END = b"\r\n\r\n"
_EVENT = b"Event: "
_RESPONSE = b"Response: "


@dataclass(slots=True)
class Frame:
    """One message: an event with its name, or a response, whose name is empty."""

    name: str
    headers: Headers

    def first(self, key: str) -> str:
        """The first value of a header, empty when there is none. ``key`` is lower-case."""
        return first(self.headers, key)


def first(headers: Headers, key: str) -> str:
    """The first value of a header, empty when there is none. ``key`` is lower-case."""
    value = headers.get(key, "")
    return value if isinstance(value, str) else value[0]


def every(headers: Headers, key: str) -> list[str]:
    """All values of a header, in order. ``key`` is lower-case."""
    value = headers.get(key, [])
    return [value] if isinstance(value, str) else value


@dataclass(slots=True)
class FrameCounts:
    """What became of everything that came in, in frames."""

    wanted: int = 0
    dropped: int = 0  # known events that are not for us
    unknown: int = 0  # events of a name we do not know
    responses: int = 0
    garbage: int = 0  # neither event nor response
    oversized: int = 0  # longer than max_frame
    broken_text: int = 0  # decoded with replacement characters; also counted as wanted or as response


@dataclass(slots=True)
class Framer:
    """Cuts one connection's stream into frames; make a new one for each connection.

    ``wanted`` and ``ignored`` are event names as Asterisk writes them.
    """

    wanted: Iterable[str]
    ignored: Iterable[str]
    max_frame: int  # bytes
    counts: FrameCounts = field(default_factory=FrameCounts)
    banner: str | None = None  # the version that AMI gave of itself
    _names: dict[bytes, str] = field(init=False, repr=False)
    _tail: bytearray = field(default_factory=bytearray, repr=False)
    _greeted: bool = False
    _skipping: bool = False

    def __post_init__(self) -> None:
        self._names = {name.encode(): "" for name in self.ignored}
        self._names.update({name.encode(): name for name in self.wanted})

    @property
    def buffered(self) -> int:
        """Bytes kept of an unfinished frame."""
        return len(self._tail)

    @property
    def losses(self) -> int:
        """Frames that could not be read, and may have been events: when it grows, list the server again."""
        return self.counts.garbage + self.counts.oversized

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that these bytes complete, in order: wanted events and all responses."""
        if not self._greeted:
            taken = self._greet(data)
            if taken is None:
                return []
            data = taken
        tail = self._tail
        if tail:
            if _END not in bytes(tail[-3:]) + data:
                tail += data
                self._bound()
                return []
            data = bytes(tail) + data
        pieces = data.split(_END)
        self._tail = bytearray(pieces.pop())
        frames: list[Frame] = []
        for piece in pieces:
            if self._skipping:
                self._skipping = False
            elif len(piece) > self.max_frame:
                self.counts.oversized += 1
            else:
                self._take(piece, frames)
        self._bound()
        return frames

    def _greet(self, data: bytes) -> bytes | None:
        """Takes the banner off; None while it may still be coming. A peer without one is read as it is."""
        self._tail += data
        start = bytes(self._tail[:_BANNER_LIMIT])
        if BANNER.startswith(start[: len(BANNER)]):
            end = start.find(b"\r\n")
            if end < 0 and len(start) < _BANNER_LIMIT:
                return None
            if end >= len(BANNER):
                self.banner = start[len(BANNER) : end].decode("ascii", "replace")
                del self._tail[: end + 2]
        self._greeted = True
        rest = bytes(self._tail)
        self._tail.clear()
        return rest

    def _bound(self) -> None:
        """Forgets an unfinished frame that is too long already, but for what may be the start of its end."""
        # Up to three bytes of the tail may belong to the terminator.
        if len(self._tail) > self.max_frame + 3:
            if not self._skipping:
                self._skipping = True
                self.counts.oversized += 1
            del self._tail[:-3]

    def _take(self, piece: bytes, frames: list[Frame]) -> None:
        counts = self.counts
        if piece.startswith(_EVENT):
            end = piece.find(b"\r\n", 7)
            name = self._names.get(piece[7:end] if end >= 0 else piece[7:])
            if name:
                counts.wanted += 1
                frames.append(Frame(name, self._headers(piece)))
            elif name is None:
                counts.unknown += 1
            else:
                counts.dropped += 1
        elif piece.startswith(_RESPONSE):
            counts.responses += 1
            frames.append(Frame("", self._headers(piece)))
        elif piece.startswith((b"\r", b"\n")):
            # Asterisk ends some messages with an empty line too many.
            self._take(piece.lstrip(b"\r\n"), frames)
        elif piece:
            counts.garbage += 1

    def _headers(self, piece: bytes) -> Headers:
        try:
            text = piece.decode()
        except UnicodeDecodeError:
            # A caller's name is whatever bytes the trunk sent.
            self.counts.broken_text += 1
            text = piece.decode("utf-8", "replace")
        headers: Headers = {}
        for line in text.split("\r\n"):
            key, colon, value = line.partition(": ")
            if not colon:
                key, colon, value = line.partition(":")
                if not colon:
                    continue  # no header: a line of free text
            key = key.lower()
            if key in headers:
                known = headers[key]
                if isinstance(known, str):
                    headers[key] = [known, value]
                else:
                    known.append(value)
            else:
                headers[key] = value
        return headers
