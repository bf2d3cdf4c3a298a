"""The product beside the benchmark: a process of its own, as it runs in production."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import PIPE, Process

from benchmarks.ring_rig import PRODUCT, STATIONS
from tests.support.asterisk import AsteriskServer

_SECONDS = 20.0


class Product:
    """``async with Product(asterisk) as product``: the server serves, and every agent is ready on his phone.
    It is stopped with the block, by its process and no other."""

    def __init__(self, asterisk: AsteriskServer) -> None:
        self._asterisk = asterisk
        self._process: Process | None = None

    async def __aenter__(self) -> Product:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.ring_runner", stdin=PIPE, stdout=PIPE
        )
        try:
            setup = {
                "host": self._asterisk.host,
                "port": self._asterisk.ami_port,
                "username": self._asterisk.ami_user,
                "secret": self._asterisk.ami_secret,
                "stations": STATIONS,
                "number": PRODUCT,
            }
            await self._tell(json.dumps(setup), "ready")
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._end()

    async def open_browsers(self) -> None:
        """From now on every agent has a browser that acknowledges cards."""
        await self._tell("browsers", "browsers")

    async def _tell(self, line: str, answer: str) -> None:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{line}\n".encode())
        said = await asyncio.wait_for(process.stdout.readline(), _SECONDS)
        if said.decode().strip() != answer:
            raise RuntimeError(f"the product said {said!r} instead of {answer!r}")

    async def _end(self) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _SECONDS)
        if process.returncode is None:
            process.kill()
            await process.wait()
