"""Free ports that stay free until they are used.

Asking the kernel for port 0 and closing it again leaves a gap in which another test run, or an outgoing
connection, takes the port. So each process leases whole blocks of 1,000 ports below the kernel's own range
for outgoing connections, with a file lock that ends with the process, and hands them out one by one.
"""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
import threading
from pathlib import Path

_BLOCK = 1000
_BLOCKS = range(10_000, 32_000, _BLOCK)
_lock = threading.Lock()
_leases: list[int] = []
"""Open descriptors; a lock lives as long as its descriptor does."""
_next = 0
_end = 0


def free_tcp_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nothing else in this or another test run will be given."""
    return _take(1, host, socket.SOCK_STREAM)[0]


def free_udp_port(host: str = "127.0.0.1") -> int:
    """A UDP port that nothing else in this or another test run will be given."""
    return _take(1, host, socket.SOCK_DGRAM)[0]


def free_udp_range(count: int, host: str = "127.0.0.1") -> tuple[int, int]:
    """The first and last of ``count`` (at most 1,000) adjacent UDP ports; the first is even, as RTP wants."""
    return _take(count, host, socket.SOCK_DGRAM)


def udp_port_in_use(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something listens there now."""
    return not _is_free(port, host, socket.SOCK_DGRAM)


def _take(count: int, host: str, kind: socket.SocketKind) -> tuple[int, int]:
    global _next, _end
    if not 1 <= count <= _BLOCK:
        raise ValueError(f"{count} ports do not fit a block of {_BLOCK}")
    with _lock:
        while True:
            first = _next + (_next % 2 if count > 1 else 0)
            last = first + count - 1
            if last >= _end:
                _next = _lease()
                _end = _next + _BLOCK
            elif all(_is_free(port, host, kind) for port in range(first, last + 1)):
                _next = last + 1
                return first, last
            else:
                _next = first + 1


def _lease() -> int:
    for block in _BLOCKS:
        path = Path(tempfile.gettempdir()) / f"callcenter-test-ports-{block}"
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o666)
        except PermissionError:  # another user's file in a sticky directory
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        _leases.append(descriptor)
        return block
    raise RuntimeError("all blocks of test ports are leased by other running tests; wait for them to end")


def _is_free(port: int, host: str, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
