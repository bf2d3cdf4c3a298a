"""A bare AMI client for tests of the Asterisk configuration itself, independent of the product's own."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable, Mapping

from tests.support.asterisk import AsteriskServer

Packet = dict[str, str]
"""One AMI packet; of a repeated header the last is kept."""


class RawAmi:
    """A logged-in connection. Use as ``async with RawAmi(asterisk) as ami``; every event is kept in order."""

    def __init__(self, asterisk: AsteriskServer) -> None:
        self._asterisk = asterisk
        self.events: list[Packet] = []
        self._responses: dict[str, asyncio.Future[Packet]] = {}
        self._ids = itertools.count(1)
        self._changed = asyncio.Event()

    async def __aenter__(self) -> RawAmi:
        self._reader, self._writer = await asyncio.wait_for(
            asyncio.open_connection(self._asterisk.host, self._asterisk.ami_port), 5
        )
        await asyncio.wait_for(self._reader.readline(), 5)
        self._task = asyncio.create_task(self._read(), name="raw-ami")
        try:
            await self.action("Login", Username=self._asterisk.ami_user, Secret=self._asterisk.ami_secret)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def action(self, name: str, *, seconds: float = 5.0, **headers: object) -> Packet:
        """The response; ``RuntimeError`` when it is an error, ``TimeoutError`` when none comes."""
        action_id = f"t{next(self._ids)}"
        answer: asyncio.Future[Packet] = asyncio.get_running_loop().create_future()
        self._responses[action_id] = answer
        lines = [
            f"Action: {name}",
            f"ActionID: {action_id}",
            *(f"{key}: {value}" for key, value in headers.items()),
        ]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        response = await asyncio.wait_for(answer, seconds)
        if response["Response"] != "Success":
            raise RuntimeError(f"{name}: {response.get('Message')}")
        return response

    async def heartbeat(self, age: float = 0.0) -> None:
        """Say that the server was alive ``age`` seconds ago; by default, now."""
        await self.action("Setvar", Variable="CC_HB", Value=int(time.time() - age))

    async def redirect(self, channel: str, station: str) -> None:
        """Ring ``station`` for the caller on ``channel``."""
        await self.action("Redirect", Channel=channel, Context="cc-dial", Exten=station, Priority=1)

    async def event(
        self,
        name: str,
        where: Mapping[str, str] | Callable[[Packet], bool] | None = None,
        *,
        since: int = 0,
        seconds: float = 5.0,
    ) -> Packet:
        """The first event of that name that fits, among those past ``events[since]``, or the next to come."""

        def fits(packet: Packet) -> bool:
            if packet.get("Event") != name:
                return False
            if where is None:
                return True
            return where(packet) if callable(where) else all(packet.get(k) == v for k, v in where.items())

        at = since
        try:
            async with asyncio.timeout(seconds):
                while True:
                    while at < len(self.events):
                        if fits(self.events[at]):
                            return self.events[at]
                        at += 1
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            seen = [packet.get("UserEvent") or packet["Event"] for packet in self.events[since:]]
            raise TimeoutError(f"no {name} {where} in {seconds} s among {seen[-40:]}") from None

    async def user_event(self, name: str, *, since: int = 0, seconds: float = 5.0, **where: str) -> Packet:
        """The same for a UserEvent of our dialplan, such as ``CCHold``."""
        return await self.event("UserEvent", {"UserEvent": name, **where}, since=since, seconds=seconds)

    async def _read(self) -> None:
        while True:
            raw = (await self._reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace")
            packet = {}
            for line in raw.splitlines():
                key, colon, value = line.partition(":")
                if colon:
                    packet[key.strip()] = value.strip()
            answer = self._responses.pop(packet.get("ActionID", ""), None) if "Response" in packet else None
            if answer is not None and not answer.done():
                answer.set_result(packet)
            elif "Event" in packet:
                self.events.append(packet)
                self._changed.set()
