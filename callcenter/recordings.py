"""Recordings that Asterisk wrote: callers' messages, and conversations."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
"""As the dispatch names them, and the dialplan takes them; nothing else is looked for on the disk."""


class RecordingFolder:
    """A folder that Asterisk writes to and we read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def wav(self, name: str) -> Path | None:
        """The WAV file of this name, which may be long and is not read here; ``None`` when there is none.
        Raises ``OSError`` for one that can't be read."""
        if _NAME.fullmatch(name) is None:
            return None
        path = self._folder / f"{name}.wav"
        try:
            await asyncio.to_thread(_open, path)
        except FileNotFoundError:
            return None
        return path


def _open(path: Path) -> None:
    with path.open("rb"):
        pass
