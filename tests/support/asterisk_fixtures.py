"""A pytest plugin: ``asterisk``, one real server for the whole session, and SIPp's presence.

Load it from a conftest with ``pytest_plugins = ["tests.support.asterisk_fixtures"]``.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.support.asterisk import AsteriskServer
from tests.support.asterisk_tree import TreeUnavailableError, ensure_tree
from tests.support.real_parts import missing


@pytest.fixture(scope="session")
def asterisk_tree() -> Path:
    """The unpacked Asterisk 22, for tests that start a server of their own."""
    try:
        return ensure_tree()
    except TreeUnavailableError as error:
        missing("Asterisk 22", str(error))


@pytest.fixture(scope="session")
def sipp() -> str:
    """SIPp's path, for tests that place calls with it."""
    found = shutil.which("sipp")
    if found is None:
        missing("SIPp", "it is not installed (apt install sip-tester)")
    return found


@pytest.fixture(scope="session")
def asterisk(asterisk_tree: Path) -> Iterator[AsteriskServer]:
    """One running Asterisk 22; its tests keep apart by numbers and stations.

    Plain and blocking, so that it serves event loops of any scope. A test that stops it must start it again.
    """
    server = AsteriskServer(asterisk_tree)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        server.remove()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the end of Asterisk's log under the failure of a test that used it."""
    report = yield
    server = getattr(item, "funcargs", {}).get("asterisk")
    if report.failed and isinstance(server, AsteriskServer):
        report.sections.append(("Asterisk", server.log_tail()))
    return report
