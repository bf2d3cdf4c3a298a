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

    async def wav(self, name: str) -> bytes | None:
        """The WAV file of this name; ``None`` when there is none. Raises ``OSError`` for a folder that can't
        be read."""
        if _NAME.fullmatch(name) is None:
            return None
        try:
            return await asyncio.to_thread((self._folder / f"{name}.wav").read_bytes)
        except FileNotFoundError:
            return None
