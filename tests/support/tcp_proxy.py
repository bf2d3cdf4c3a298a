"""A TCP relay that can be cut, stalled and healed: for tests of a broken link between real parts."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType


class TcpProxy:
    """Relays connections to ``127.0.0.1:port``. Use as an async context manager."""

    def __init__(self, target_port: int, port: int = 0) -> None:
        self._target = target_port
        self._port = port
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()
        self._near: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._accepting = True

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> TcpProxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self.cut()
        await self._server.wait_closed()

    async def cut(self) -> None:
        """Close every connection, and refuse new ones until ``heal``."""
        self._accepting = False
        self._flowing.set()
        links = tuple(self._links)
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    def stall(self) -> None:
        """Let connections stand, with nothing passing either way: a half-open link."""
        self._flowing.clear()

    def inject(self, data: bytes) -> int:
        """Put bytes of our own into the stream towards whoever connected; how many connections got them."""
        for writer in self._near:
            writer.write(data)
        return len(self._near)

    def heal(self) -> None:
        """Accept connections and pass data again."""
        self._accepting = True
        self._flowing.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        far_writer: asyncio.StreamWriter | None = None
        try:
            if not self._accepting:
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
            self._near.add(writer)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, far_writer, both))
                both.create_task(self._pump(far_reader, writer, both))
        except (OSError, asyncio.CancelledError, ExceptionGroup):
            pass
        finally:
            self._links.discard(task)
            self._near.discard(writer)
            for end in (writer, far_writer):
                if end is not None:
                    end.close()
                    with contextlib.suppress(OSError, asyncio.CancelledError):
                        await end.wait_closed()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, both: asyncio.TaskGroup
    ) -> None:
        while data := await reader.read(65536):
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError("one side closed")
