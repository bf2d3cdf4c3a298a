"""House rules that no linter knows. Each failure names the file, the line and the way out."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("callcenter", "routing")
LONGEST = 400
"""Lines of a module; a longer one is usually two rooms."""

# The engine and the core are told the time and handed their chance; they never wait.
PURE = ("routing/**/*.py", "callcenter/calls/*.py", "callcenter/dispatch/*.py", "callcenter/telephony/*.py")
DRIVERS = {
    "callcenter/dispatch/runner.py",
    "callcenter/dispatch/metrics.py",
    "callcenter/dispatch/claims.py",
    "callcenter/dispatch/look_ups.py",
}
IMPURE = {"aiohttp", "asyncio", "logging", "os", "pathlib", "random", "secrets", "socket", "structlog"}
IMPURE |= {"subprocess", "threading", "time", "uuid"}
TYPES_ONLY = {"random"}
"""May be imported for annotations: a seeded generator is passed in."""


def sources() -> list[Path]:
    files = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return [path for path in files if "versions" not in path.parts]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=relative(path))


def pure_files() -> list[Path]:
    files = sorted(path for pattern in PURE for path in ROOT.glob(pattern))
    return [path for path in files if relative(path) not in DRIVERS]


def test_every_module_and_public_class_says_what_it_is_for() -> None:
    silent = []
    for path in sources():
        tree = tree_of(path)
        if tree.body and ast.get_docstring(tree) is None:
            silent.append(f"{relative(path)}:1 module")
        # A module's docstring speaks for its only class; what a record's fields or a protocol's methods say
        # would only be said again.
        public = [
            node
            for node in tree.body
            if isinstance(node, ast.ClassDef)
            if not node.name.startswith("_") and not _speaks_for_itself(node)
        ]
        silent += [
            f"{relative(path)}:{node.lineno} class {node.name}"
            for node in public
            if ast.get_docstring(node) is None and len(public) > 1
        ]
    assert not silent, "give these a docstring:\n" + "\n".join(silent)


def _speaks_for_itself(node: ast.ClassDef) -> bool:
    return _is_plain_record(node) or any(ast.unparse(base).startswith("Protocol") for base in node.bases)


def _is_plain_record(node: ast.ClassDef) -> bool:
    """A class of fields alone: a message, a row, an enumeration."""
    return all(
        isinstance(part, ast.AnnAssign | ast.Assign | ast.Pass)
        or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        for part in node.body
    )


def test_modules_stay_small() -> None:
    long = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    long = {path: lines for path, lines in long.items() if lines > LONGEST}
    assert not long, f"split these into rooms: {long}"


@pytest.mark.parametrize("path", pure_files(), ids=relative)
def test_what_decides_has_no_clock_no_chance_and_no_io(path: Path) -> None:
    wrong = [
        f"{relative(path)}:{node.lineno} imports {name}"
        for node, name in _imports(tree_of(path))
        if name.partition(".")[0] in IMPURE
    ]
    assert not wrong, "pass it in, or do it in a driver:\n" + "\n".join(wrong)


def _imports(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """What is imported at run time; of what is imported for annotations only, ``TYPES_ONLY`` is fine."""
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [node.module]
        else:
            continue
        yield from ((node, name) for name in names if not (id(node) in for_types and name in TYPES_ONLY))


def test_the_clock_is_read_in_one_place() -> None:
    """``time.time`` and ``datetime.now`` bypass the ``Clock`` that everything in the server is handed."""
    # The simulator and the demo stand for the world outside.
    outside = ("callcenter/clock.py", "callcenter/simulator/", "callcenter/demo/")
    readers = {"time.time", "datetime.now", "datetime.utcnow", "datetime.datetime.now", "date.today"}
    wrong = [
        f"{relative(path)}:{node.lineno} {ast.unparse(node.func)}()"
        for path in sources()
        if not relative(path).startswith(outside)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in readers
    ]
    assert not wrong, "take a Clock:\n" + "\n".join(wrong)


def test_tasks_come_from_the_one_wrapper() -> None:
    """A task that nobody keeps is collected half done, and its crash is never seen (``callcenter.tasks``)."""
    wrong = []
    for path in sources():
        for node in ast.walk(tree_of(path)):
            if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
                continue
            name = ast.unparse(node.value.func)
            if name.endswith(("create_task", "ensure_future")) and "group" not in name.lower():
                wrong.append(f"{relative(path)}:{node.lineno} {name}()")
    assert not wrong, "start it in a TaskGroup:\n" + "\n".join(wrong)


def test_imports_go_one_way() -> None:
    """The contracts of ``.importlinter``, so that a plain test run shows a breach, too."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
