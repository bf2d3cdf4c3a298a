"""The holder's side of the picture: updates out, in order, fenced by the lease.

``publish`` only queues; one task sends what is queued, up to ``_BATCH`` updates at a time, and repeats a
batch until it is known to have arrived. Where the server's copy turns out not to be what we published (it
was flushed, or written to by somebody else), or we are too far behind, the whole picture is sent again
under a new epoch, and every node is thereby given a reset.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice

import structlog
from redis.exceptions import ConnectionError as RedisConnectionError, ResponseError

from callcenter.calls.views import EntityUpdate
from callcenter.live.redis import scripts
from callcenter.live.redis.lease import RedisLease
from callcenter.live.redis.link import AWAY, Backoff, Link
from callcenter.live.wire import encode_update

log = structlog.get_logger(__name__)

_BATCH = 500
_MAX_UNSENT = 20_000
"""Updates queued while the server is slow. Overflow: they are dropped and the whole picture is sent anew, so
that the queue is bounded by the size of the floor."""


class Publisher:
    """Publishes under one lease. ``run`` ends with it."""

    def __init__(self, link: Link, lease: RedisLease) -> None:
        self._link = link
        self._lease = lease
        self._script = link.script(link.commands, scripts.PUBLISH)
        self._keys = [link.key(name) for name in ("lease", "head", "picture", "updates")]
        self._picture: dict[str, EntityUpdate] = {}
        self._unsent: deque[EntityUpdate] = deque()
        self._round = 0
        self._sent = 0
        self._begun = False
        self._begin = False
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def _epoch(self) -> str:
        return f"{self._lease.term}.{self._lease.nonce}.{self._round}"

    def publish(self, updates: Sequence[EntityUpdate]) -> None:
        """Queue; nothing once the lease is over."""
        if not self._lease.held:
            return
        if not self._begun:
            self._begun = self._begin = True
        for update in updates:
            self._picture.pop(update.key, None)
            if update.document is not None:
                self._picture[update.key] = update
        self._unsent.extend(updates)
        if len(self._unsent) > _MAX_UNSENT and len(self._unsent) > 2 * len(self._picture):
            log.warning("live.publisher_behind", unsent=len(self._unsent))
            self._start_over()
        if self._unsent or self._begin:
            self._idle.clear()
            self._work.set()

    async def drain(self) -> None:
        """Wait until all is sent; the time allowed for one operation, at most."""
        try:
            async with asyncio.timeout(self._link.options.operation_seconds):
                await self._idle.wait()
        except TimeoutError:
            log.warning("live.publisher_not_drained", unsent=len(self._unsent))

    async def run(self) -> None:
        backoff = Backoff()
        while self._lease.held:
            if not (self._unsent or self._begin):
                self._idle.set()
                self._work.clear()
                await self._work.wait()
            current = self._round
            batch = list(islice(self._unsent, _BATCH))
            try:
                verdict = await self._send(batch)
            except AWAY as error:
                self._link.failed("publish", error)
                if isinstance(error, ResponseError) and not isinstance(error, RedisConnectionError):
                    self._start_over()  # our keys hold something else: a new epoch clears them
                await backoff.wait()
                continue
            self._link.well("publish")
            backoff.reset()
            if verdict == scripts.FENCED:
                self._lease.end("another node took the lease over, or the server forgot it")
                return
            if current != self._round:
                continue  # started over meanwhile: the batch counts for nothing any more
            if verdict == scripts.DISAGREES:
                log.warning("live.picture_lost", error="the server's picture is not ours; sending it again")
                self._start_over()
                continue
            self._begin = False
            self._sent += len(batch)
            for _ in batch:
                self._unsent.popleft()

    async def _send(self, batch: list[EntityUpdate]) -> int:
        args: list[str | bytes | int] = [
            self._lease.text,
            self._epoch,
            self._sent + 1,
            int(self._begin),
            self._link.options.stream_length,
        ]
        for update in batch:
            args += (update.key, int(update.document is not None), encode_update(update))
        verdict: int = await self._script(self._keys, args)
        return verdict

    def _start_over(self) -> None:
        self._round += 1
        self._sent = 0
        self._begin = True
        self._unsent = deque(self._picture.values())
