"""Writes rendered files into a directory, and refuses every file that it did not write itself.

The first line of each file is a marker with the SHA-256 of what follows. A file without it is somebody
else's; a file whose content no longer matches it was edited by hand. Both are left alone, and nothing at all
is written then: a configuration half new and half old would be worse than an old one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SECRET_FILES = frozenset({"manager.conf", "pjsip.conf"})
"""Hold passwords: mode 0640, so that only their owner and the directory's group read them."""

_MARKER = "; Written by `callcenter asterisk-config`; an edited file is not overwritten. sha256="


class OverwriteRefusedError(Exception):
    """Files that were not written by us, or edited since: ``files``, each with its reason and remedy."""

    def __init__(self, files: Mapping[Path, str]) -> None:
        super().__init__("nothing was written: " + "; ".join(f"{path} {why}" for path, why in files.items()))
        self.files = dict(files)


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file of the directory after a write."""

    path: Path
    changed: bool
    """False if it already held exactly this."""


def write_config(rendered: Mapping[str, str], directory: Path) -> list[WrittenFile]:
    """Write each file atomically, creating ``directory`` if need be; other files there are not touched.

    Raises ``OverwriteRefusedError`` before anything is written if any target is not ours, ``ValueError`` for
    a name that is not a plain file name, ``OSError`` as the file system gives it.
    """
    for name in rendered:
        if name in {"", ".", ".."} or "/" in name or "\0" in name:
            raise ValueError(f"{name!r} is not a file name")
    directory.mkdir(parents=True, exist_ok=True)
    targets = {directory / name: _marked(content) for name, content in rendered.items()}
    refused = {path: why for path in targets if (why := _why_refused(path)) is not None}
    if refused:
        raise OverwriteRefusedError(refused)
    return [WrittenFile(path, _write(path, content)) for path, content in targets.items()]


def _marked(content: str) -> bytes:
    body = content.encode("utf-8")
    return f"{_MARKER}{hashlib.sha256(body).hexdigest()}\n".encode() + body


def _why_refused(path: Path) -> str | None:
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(kind):
        return "is a link or not a regular file: move it away, then run again"
    first, _, body = path.read_bytes().partition(b"\n")
    marker = _MARKER.encode()
    if not first.startswith(marker):
        return "was not written by callcenter: move it away, then run again"
    if first.removeprefix(marker) != hashlib.sha256(body).hexdigest().encode():
        return "was edited since callcenter wrote it: keep your changes and move it away, then run again"
    return None


def _write(path: Path, content: bytes) -> bool:
    mode = 0o640 if path.name in SECRET_FILES else 0o644
    if path.exists() and path.read_bytes() == content and stat.S_IMODE(path.stat().st_mode) == mode:
        return False
    # mkstemp creates with 0600, so that a secret is at no moment readable by others.
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            # Asterisk runs as its own user and reads through the group its directory belongs to.
            with contextlib.suppress(PermissionError):
                os.fchown(file.fileno(), -1, path.parent.stat().st_gid)
            os.fchmod(file.fileno(), mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True
