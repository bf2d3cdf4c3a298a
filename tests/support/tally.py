"""A pytest plugin that counts what was done to calls and prints it at the end of the session.

A test says ``tried("crossing")`` for each thing that it did, and ``strand(what, calls)`` for calls that
nobody ended or nobody knows: these fail the test that found them, and the summary names them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import pytest

_tried: Counter[str] = Counter()
_stranded: list[str] = []


def tried(what: str, count: int = 1) -> None:
    """``what`` is singular, and becomes plural with an s."""
    _tried[what] += count


def strand(what: str, calls: Collection[str]) -> None:
    """Fails when ``calls`` is not empty: they were left behind by ``what``."""
    _stranded.extend(f"{what}: {call}" for call in calls)
    assert not calls, f"stranded by {what}: {sorted(calls)}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _tried:
        return
    counts = ", ".join(f"{count} {what}{'s' if count != 1 else ''}" for what, count in sorted(_tried.items()))
    terminalreporter.section("calls under fire")
    terminalreporter.line(f"tried: {counts}")
    terminalreporter.line(f"calls stranded: {len(_stranded)}")
    for line in _stranded:
        terminalreporter.line(f"  {line}", red=True)
