"""A small scripted AMI server on loopback: answers as told, remembers what it was asked, breaks on
command."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from types import TracebackType

from callcenter.telephony.events import TelephonyEvent

SECONDS = 5.0
"""How long a test waits for what should come at once."""

Action = dict[str, str]


def event(name: str, **headers: str | Sequence[str]) -> bytes:
    """One event as Asterisk writes it."""
    lines = [f"Event: {name}", "Privilege: call,all"]
    for key, values in headers.items():
        lines += [f"{key}: {value}" for value in ([values] if isinstance(values, str) else values)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def response(action: Action, kind: str = "Success", **headers: str) -> bytes:
    """The answer to an action."""
    lines = [f"Response: {kind}", f"ActionID: {action['ActionID']}"]
    lines += [f"{key}: {value}" for key, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def listing(action: Action, item: str, items: Sequence[bytes]) -> bytes:
    """A list: its start, its items (``event``s, given the ActionID here), its end."""
    ids = f"ActionID: {action['ActionID']}\r\n\r\n".encode()
    parts = [response(action, EventList="start", Message=f"{item} will follow")]
    parts += [one.removesuffix(b"\r\n") + ids for one in items]
    end = event(f"{item}Complete", EventList="Complete", ListItems=str(len(items)))
    return b"".join([*parts, end.removesuffix(b"\r\n") + ids])


class Session:
    """One connection to the fake."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.closed = asyncio.Event()

    def send(self, data: bytes) -> None:
        """Write, whatever it is."""
        self.writer.write(data)

    def drop(self) -> None:
        """Cut the connection."""
        self.writer.transport.abort()


class FakeAmi:
    """Use as an async context manager. ``silent`` names actions that are never answered; ``answers``
    overrides how one is."""

    def __init__(self, *, secret: str = "opensesame", tls: ssl.SSLContext | None = None) -> None:
        self.secret = secret
        self.banner = b"Asterisk Call Manager/11.0.0\r\n"
        self.actions: list[Action] = []
        self.silent: set[str] = set()
        self.answers: dict[str, Callable[[Action], bytes]] = {}
        self.channels: list[bytes] = []
        self.devices: list[bytes] = []
        self.sessions: list[Session] = []
        self.connections = 0
        self._tls = tls
        self._changed = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def port(self) -> int:
        return self._port

    @property
    def session(self) -> Session:
        """The connection that is open."""
        return self.sessions[-1]

    async def __aenter__(self) -> FakeAmi:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.vanish()

    async def listen(self) -> None:
        """Open the port; the same one again after ``vanish``."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, ssl=self._tls)
        self._port = self._server.sockets[0].getsockname()[1]

    async def vanish(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
            for session in tuple(self.sessions):
                session.drop()
                await session.closed.wait()
            await self._server.wait_closed()
            self._server = None

    def count(self, name: str) -> int:
        """How many actions of that name came so far."""
        return sum(action["Action"] == name for action in self.actions)

    async def wait_for(self, condition: Callable[[], bool], *, seconds: float = SECONDS) -> None:
        """Until something that the fake sees is so."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def action(self, name: str, number: int = 1) -> Action:
        """The nth action of that name, once it has come."""
        await self.wait_for(lambda: self.count(name) >= number)
        return [action for action in self.actions if action["Action"] == name][number - 1]

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(writer)
        # Small, so that a peer that stops reading is soon felt.
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.sessions.append(session)
        self.connections += 1
        try:
            writer.write(self.banner)
            await self._notify()
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                action = dict(line.split(": ", 1) for line in text.split("\r\n") if line)
                self.actions.append(action)
                if action["Action"] not in self.silent:
                    writer.write(self._answered(action))
                await self._notify()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.sessions.remove(session)
            writer.transport.abort()
            session.closed.set()
            await self._notify()

    def _answered(self, action: Action) -> bytes:
        override = self.answers.get(action["Action"])
        return self.answer_now(action) if override is None else override(action)

    def answer_now(self, action: Action) -> bytes:
        """What it answers if not told otherwise."""
        name = action["Action"]
        match name:
            case "Login" if action["Secret"] != self.secret:
                return response(action, "Error", Message="Authentication failed")
            case "Status":
                return listing(action, "Status", self.channels)
            case "DeviceStateList":
                # Named DeviceStateChange a piece, and DeviceStateListComplete in the end.
                return listing(action, "DeviceStateList", self.devices)
            case "Getvar":
                return response(action, Variable=action["Variable"], Value="1795443548")
            case "Ping":
                return response(action, Ping="Pong")
            case _:
                return response(action, Message="done")


class Posted:
    """What a link posted, in order."""

    def __init__(self) -> None:
        self.events: list[TelephonyEvent] = []
        self.refuse: Callable[[TelephonyEvent], None] | None = None
        self._changed = asyncio.Event()

    def __call__(self, posted: TelephonyEvent) -> None:
        if self.refuse is not None:
            self.refuse(posted)
        self.events.append(posted)
        self._changed.set()

    def of(self, kind: type[TelephonyEvent]) -> list[TelephonyEvent]:
        """Those of one type."""
        return [one for one in self.events if isinstance(one, kind)]

    async def until(self, condition: Callable[[], bool], *, seconds: float = SECONDS) -> None:
        """Until a condition holds; looked at after each event."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"in {seconds} s there came only {self.events}") from None

    async def seen(self, kind: type[TelephonyEvent], number: int = 1) -> TelephonyEvent:
        """The nth event of a type, once it has come."""
        await self.until(lambda: len(self.of(kind)) >= number)
        return self.of(kind)[number - 1]
