"""The simulated PBX on a TCP port: AMI sessions around one ``SimulatedPbx``, and link faults on demand.

Theory of operation. Everything runs in one task's turn: bytes come in, the PBX is brought up to the present,
the actions are carried out, and what happened goes out in one write per session. A timer of the event loop
stands for the PBX's next timer. ``faults`` on this server are for tests of whoever is connected.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import cast

import structlog

from callcenter.clock import Clock, SystemClock
from callcenter.simulator.actions import GROUPS, Session, handle
from callcenter.simulator.pbx import SimulatedPbx
from callcenter.simulator.wire import BANNER, Event, error

log = structlog.get_logger(__name__)

MAX_LINE = 1024
"""Bytes of one line of an action, as in Asterisk."""
MAX_PENDING = 256 * 1024
"""Bytes of one action; a real one has some hundreds."""
MAX_UNSENT = 32 * 1024 * 1024
"""Bytes written to a session and not taken by it; beyond, it is cut off, as ``writetimeout`` would."""


class SimulatorServer:
    """Serves one PBX to AMI clients. ``start`` before use, ``stop`` in the end; ``port`` 0 takes a free one.

    ``credentials`` are secrets by user name. ``clock`` gives wall time; the PBX's own time runs ``pbx.speed``
    times as fast from when it was switched on.
    """

    def __init__(
        self,
        pbx: SimulatedPbx,
        host: str = "127.0.0.1",
        port: int = 0,
        credentials: Mapping[str, str] | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.pbx = pbx
        self.faults = Faults(self)
        self.events_sent = 0
        self.actions_handled = 0
        self.refused_logins = 0
        self._host = host
        self._asked_port = port
        self._credentials = dict(credentials or {})
        self._clock = clock or SystemClock()
        self._server: asyncio.Server | None = None
        self._sessions: set[_Connection] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._soon: asyncio.Handle | None = None

    @property
    def host(self) -> str:
        return self._host

    @property
    def port(self) -> int:
        """The port that is listened on; only while started."""
        if self._server is None:
            raise RuntimeError("the simulator is not started")
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def sessions(self) -> int:
        """How many clients are logged in."""
        return sum(connection.session.authenticated for connection in self._sessions)

    async def start(self) -> None:
        """Listen. Raises ``OSError`` when the port is taken."""
        loop = asyncio.get_running_loop()
        self.pbx.clock = self._now
        self.pbx.wake = self._wake
        self._server = await loop.create_server(lambda: _Connection(self), self._host, self._asked_port)
        self.flush()

    async def stop(self) -> None:
        """Close the port and every session. Callers and phones stay where they are."""
        self.pbx.clock = self.pbx.wake = None
        for handle_ in (self._timer, self._soon):
            if handle_ is not None:
                handle_.cancel()
        if self._server is not None:
            self._server.close()
            self.faults.cut()
            await self._server.wait_closed()
            self._server = None
            # The transports' close callbacks have to run before a test counts its sockets.
            await asyncio.sleep(0)

    def flush(self) -> None:
        """Bring the PBX to the present, send what happened, and plan the next time."""
        self._soon = None
        pbx = self.pbx
        pbx.advance(self._now())
        events = pbx.drain()
        if events:
            self._send(events)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = pbx.next_timer()
        if due is not None and self._server is not None:
            delay = max(0.0, (due - self._now()) / pbx.speed)
            self._timer = asyncio.get_running_loop().call_later(delay, self.flush)

    def _now(self) -> float:
        return self.pbx.at_wall(self._clock.now())

    def _wake(self) -> None:
        """An act by hand: flush in this turn of the loop, once, so that acts in a row stay together."""
        if self._soon is None and self._server is not None:
            self._soon = asyncio.get_running_loop().call_soon(self.flush)

    def _send(self, events: list[Event]) -> None:
        kept = self.faults.keep(events)
        self.events_sent += len(kept)
        common: bytes | None = None
        for connection in tuple(self._sessions):
            session = connection.session
            if not session.authenticated or not session.groups:
                continue
            if session.groups >= GROUPS:
                if common is None:
                    common = "".join([event.text for event in kept]).encode("utf-8", "replace")
                connection.write(common)
            else:
                text = "".join([event.text for event in kept if event.group in session.groups])
                connection.write(text.encode("utf-8", "replace"))


class Faults:
    """What can be done to the links of a server."""

    def __init__(self, server: SimulatorServer) -> None:
        self._server = server
        self._stalled = False
        self._refusing = False
        self._drop = 0.0
        self._random = random.Random(0)
        self.dropped = 0
        """Events that were thrown away."""

    @property
    def stalled(self) -> bool:
        return self._stalled

    @property
    def refusing(self) -> bool:
        return self._refusing

    def cut(self) -> None:
        """Close every connection at once, unsent bytes and all."""
        for connection in tuple(self._server._sessions):
            connection.abort()

    def refuse(self, refusing: bool) -> None:
        """Close new connections as soon as they come, until told otherwise."""
        self._refusing = refusing

    def stall(self, stalled: bool) -> None:
        """Half-open links: nothing is read or written, but nothing is closed. What happens meanwhile is sent
        when the stall ends, up to ``MAX_UNSENT``."""
        self._stalled = stalled
        for connection in tuple(self._server._sessions):
            connection.stall(stalled)

    def inject(self, data: bytes) -> None:
        """Write bytes into every session, between two events."""
        for connection in tuple(self._server._sessions):
            connection.write(data)

    def drop_events(self, probability: float, seed: int = 0) -> None:
        """From now on throw each event away with this probability, by a generator of this seed."""
        self._drop = probability
        self._random = random.Random(seed)

    def keep(self, events: list[Event]) -> list[Event]:
        if not self._drop:
            return events
        kept = [event for event in events if self._random.random() >= self._drop]
        self.dropped += len(events) - len(kept)
        return kept


class _Connection(asyncio.Protocol):
    """One client: cuts its bytes into actions."""

    def __init__(self, server: SimulatorServer) -> None:
        self._server = server
        self.session = Session(server._credentials)
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._lines: list[tuple[str, str]] = []
        self._size = 0
        self._too_long = False
        self._held: list[bytes] = []
        self._held_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast("asyncio.Transport", transport)
        if self._server.faults.refusing:
            transport.abort()
            return
        transport.set_write_buffer_limits(high=MAX_UNSENT)
        self._server._sessions.add(self)
        if self._server.faults.stalled:
            self.stall(True)
        self.write(BANNER.encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._server._sessions.discard(self)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        answers: list[str] = []
        server = self._server
        server.pbx.advance(server._now())
        for line in lines:
            line = line.removesuffix(b"\r")
            self._size += len(line)
            if line:
                self._take(line)
            elif not self.session.closing:
                answers += self._act()
        if answers:
            self.write("".join(answers).encode("utf-8", "replace"))
        server.flush()
        if self.session.closing and self._transport is not None:
            self._transport.close()
        elif self._size + len(self._buffer) > MAX_PENDING:
            log.warning("simulator.action_too_long")
            self.abort()

    def _take(self, line: bytes) -> None:
        if len(line) + 2 > MAX_LINE:
            self._too_long = True
            return
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if colon:
            self._lines.append((name.strip(), value.strip()))

    def _act(self) -> list[str]:
        lines, self._lines, self._size = self._lines, [], 0
        self._server.actions_handled += 1
        if self._too_long:
            self._too_long = False
            action_id = next((value for name, value in lines if name.lower() == "actionid"), "")
            return [error(action_id, "Failed to parse message: line too long")]
        answers = handle(self._server.pbx, self.session, lines)
        if self.session.closing and not self.session.authenticated:
            self._server.refused_logins += 1
        return answers

    def write(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or not data:
            return
        if self._server.faults.stalled:
            self._held.append(data)
            self._held_bytes += len(data)
        else:
            transport.write(data)
        if self._held_bytes + transport.get_write_buffer_size() > MAX_UNSENT:
            log.warning("simulator.reader_too_slow")
            self.abort()

    def stall(self, stalled: bool) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if stalled:
            transport.pause_reading()
            return
        transport.resume_reading()
        held, self._held, self._held_bytes = self._held, [], 0
        transport.write(b"".join(held))

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
        self._server._sessions.discard(self)
