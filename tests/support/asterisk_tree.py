"""A real Asterisk 22, unpacked from Debian's packages into a folder and run from there without a chroot.

``python -m tests.support.asterisk_tree`` builds it ahead of the tests (about 10 s, 300 MB). It needs
mmdebstrap and a Debian mirror; the mirror is whichever this machine's own apt is set to.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache" / "asterisk"
SUITE = "sid"
"""Debian's stable releases have no Asterisk 22."""
VERSION = "22"
PACKAGES = "asterisk,asterisk-core-sounds-en-gsm,asterisk-core-sounds-ru-gsm"
LIBRARIES = "usr/lib/x86_64-linux-gnu"
SOUNDS = {"en": "en_US_f_Allison", "ru": "ru_RU_f_IvrvoiceRU"}
"""Where Debian's packages put the recordings of each language."""
BUILD_SECONDS = 300


class TreeUnavailableError(Exception):
    """No usable Asterisk tree, and why, in one sentence."""


def ensure_tree(cache_dir: Path = CACHE) -> Path:
    """The folder of an unpacked Asterisk 22, built on the first call and kept in ``cache_dir``.

    Safe to call from several processes at once: one builds and the others wait, at most ``BUILD_SECONDS``.
    Raises ``TreeUnavailableError`` when it cannot be built or is another version.
    """
    cache_dir.mkdir(parents=True, exist_ok=True)
    tree = cache_dir / "tree"
    with _locked(cache_dir / "lock"):
        if not all((tree / "usr/share/asterisk/sounds" / folder).is_dir() for folder in SOUNDS.values()):
            # There is none, or one from before a package was added.
            _build(cache_dir, tree)
    return tree


def asterisk_command(tree: Path) -> list[str]:
    """How to start the tree's Asterisk: through the tree's own loader, with the tree's own libraries."""
    libraries = tree / LIBRARIES
    return [
        str(libraries / "ld-linux-x86-64.so.2"),
        "--library-path",
        str(libraries),
        str(tree / "usr/sbin/asterisk"),
    ]


def host_mirrors() -> list[str]:
    """Addresses of the Debian archive in this machine's apt sources; empty on a machine that is not Debian's.

    Debian's main archive is told from third parties' repositories by the suite's name and, where apt has
    fetched its lists, by its origin.
    """
    release = dict(
        line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line
    )
    if release.get("ID", "").strip('"') != "debian":
        return []
    codename = release.get("VERSION_CODENAME", "").strip('"')
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(RELEASE)|$(ORIGIN)|$(COMPONENT)|$(REPO_URI)"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    ).stdout
    mirrors: dict[str, None] = {}
    for line in targets.splitlines():
        suite, origin, component, address = line.split("|", 3)
        if suite == codename and component == "main" and origin in {"", "Debian"}:
            mirrors[address] = None
    return list(mirrors)


def _build(cache_dir: Path, tree: Path) -> None:
    if shutil.which("mmdebstrap") is None:
        raise TreeUnavailableError("mmdebstrap, which unpacks it, is not installed (apt install mmdebstrap)")
    partial = cache_dir / "tree.partial"
    archive = cache_dir / "tree.tar"
    shutil.rmtree(partial, ignore_errors=True)
    problem = ""
    # Without a mirror mmdebstrap uses its own default: what a machine that is not Debian's is left with.
    for mirror in [*([one] for one in host_mirrors()), []]:
        problem = _bootstrap(archive, mirror)
        if not problem:
            break
    else:
        raise TreeUnavailableError(f"mmdebstrap could not fetch it: {problem}")
    partial.mkdir()
    # Device nodes need root, and nothing here uses them.
    subprocess.run(
        ["tar", "-xf", archive, "-C", partial, "--exclude=./dev", "--no-same-owner", "--no-same-permissions"],
        check=True,
        timeout=BUILD_SECONDS,
    )
    archive.unlink()
    found = subprocess.run(
        [*asterisk_command(partial), "-V"], capture_output=True, text=True, timeout=30, check=False
    )
    if not found.stdout.startswith(f"Asterisk {VERSION}."):
        raise TreeUnavailableError(
            f"the unpacked Asterisk says {found.stdout.strip()!r} {found.stderr.strip()!r}, not {VERSION}"
        )
    outdated = cache_dir / "tree.outdated"
    shutil.rmtree(outdated, ignore_errors=True)
    if tree.is_dir():
        tree.rename(outdated)  # what runs from it keeps its open files
    partial.rename(tree)
    shutil.rmtree(outdated, ignore_errors=True)


def _bootstrap(archive: Path, mirror: list[str]) -> str:
    """Empty when ``archive`` was made, else mmdebstrap's last words."""
    mode = "root" if os.geteuid() == 0 else "unshare"
    command = [
        "mmdebstrap",
        "--quiet",
        "--variant=extract",
        f"--mode={mode}",
        "--format=tar",
        f"--include={PACKAGES}",
        '--aptopt=Acquire::Check-Valid-Until "false"',
        SUITE,
        "-",
        *mirror,
    ]
    try:
        with archive.open("wb") as output:
            done = subprocess.run(
                command, stdout=output, stderr=subprocess.PIPE, timeout=BUILD_SECONDS, check=False
            )
    except subprocess.TimeoutExpired:
        return f"it took longer than {BUILD_SECONDS} s"
    if done.returncode == 0:
        return ""
    return " / ".join(done.stderr.decode(errors="replace").strip().splitlines()[-4:])


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    until = time.monotonic() + BUILD_SECONDS
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TreeUnavailableError("another process has been building it for too long") from None
                time.sleep(0.1)
        yield


def main() -> int:
    """Build the tree and say where it is; 1 and the reason when it cannot be built."""
    try:
        sys.stdout.write(f"Asterisk {VERSION}: {ensure_tree()}\n")
    except TreeUnavailableError as error:
        sys.stderr.write(f"Asterisk {VERSION} is not available: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
