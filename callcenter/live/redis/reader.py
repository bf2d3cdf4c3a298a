"""A node's side of the picture: updates in, in order, into its mirror.

A node loads the picture once and then follows the stream from there. Each entry tells the epoch and the
number of its first update, so a gap (the node was away for longer than the stream reaches back) shows, and
the picture is loaded again. A stream that stays silent is compared with the head, since a server that lost
its data may number its entries below the last one we saw. While the server is away the mirror keeps what it
has.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from callcenter.calls.views import EntityUpdate
from callcenter.errors import PeerError
from callcenter.live.mirror import Mirror
from callcenter.live.ports import Position
from callcenter.live.redis import scripts
from callcenter.live.redis.link import AWAY, Backoff, Link
from callcenter.live.wire import decode_update, decode_updates

log = structlog.get_logger(__name__)

_ENTRIES = 100
"""Entries fetched at a time; the rest waits in the stream, whose length is bounded."""


class Reader:
    """Keeps ``mirror`` up to date while ``run`` runs. ``loaded`` is set once the server was reached."""

    def __init__(self, link: Link, mirror: Mirror) -> None:
        self._link = link
        self._mirror = mirror
        self._load_script = link.script(link.blocking, scripts.LOAD)
        self._head = link.key("head")
        self._stream = link.key("updates")
        self._keys = [self._head, link.key("picture"), self._stream]
        self._last_id: bytes | None = None
        self.loaded = asyncio.Event()

    async def run(self) -> None:
        backoff = Backoff()
        while True:
            try:
                await self._follow()
            except AWAY as error:
                self._link.failed("read", error)
            except PeerError as error:
                # A broken entry or head: the whole picture says what it would have said.
                log.error("live.garbage", error=str(error), remedy="the picture is loaded again")
                self._last_id = None
            else:
                self._link.well("read")
                backoff.reset()
                continue
            await backoff.wait()

    async def _follow(self) -> None:
        if self._last_id is None:
            await self._load()
            return
        entries = await self._read(self._link.options.poll_seconds)
        if not entries and not await self._up_to_date():
            # What was published between the two questions is in the stream by now.
            entries = await self._read(0)
            if not entries:
                await self._load()
        for entry_id, fields in entries:
            self._last_id = entry_id
            if not self._apply(fields):
                await self._load()
                return

    async def _load(self) -> None:
        epoch, seq, last_id, flat = await self._load_script(self._keys, [])
        position = _position(epoch, seq)
        # An empty server (just restarted) has nothing to replace our picture with.
        if position.epoch and position != self._mirror.position:
            self._mirror.replace(position, self._entities(flat))
        self._last_id = last_id
        self.loaded.set()

    def _entities(self, flat: list[bytes]) -> list[EntityUpdate]:
        entities = []
        for key, encoded in zip(flat[::2], flat[1::2], strict=True):
            try:
                entities.append(decode_update(encoded))
            except PeerError as error:
                log.error("live.garbage", entity=key.decode(errors="replace"), error=str(error))
        return entities

    async def _read(self, block: float) -> list[tuple[bytes, dict[bytes, bytes]]]:
        async with asyncio.timeout(block + self._link.options.operation_seconds):
            reply: Any = await self._link.blocking.xread(
                {self._stream: self._last_id or b"0-0"},
                count=_ENTRIES,
                block=round(block * 1000) or None,
            )
        return reply[0][1] if reply else []

    async def _up_to_date(self) -> bool:
        async with asyncio.timeout(self._link.options.operation_seconds):
            head: Any = await self._link.blocking.hmget(self._head, ["epoch", "seq"])
        epoch, seq = head
        return epoch is None or _position(epoch, seq or b"") == self._mirror.position

    def _apply(self, fields: dict[bytes, bytes]) -> bool:
        try:
            epoch, first, updates = fields[b"epoch"], fields[b"first"], fields[b"updates"]
        except (KeyError, TypeError) as error:
            raise PeerError(f"an entry of {self._stream} without epoch, first and updates") from error
        start = _position(epoch, first)
        return self._mirror.change(start.epoch, start.seq, decode_updates(updates))


def _position(epoch: bytes, seq: bytes) -> Position:
    try:
        return Position(epoch.decode(), int(seq))
    except ValueError as error:  # a broken UTF-8 sequence is one, too
        raise PeerError(f"not a position: epoch {epoch!r}, number {seq!r}") from error
