"""Requests to the router and their replies, over lists.

A node pushes a request to the list of the current lease and awaits the reply on a list of its own. The list
is named after the lease, so a former holder can't take requests that are meant for the next one. A request
whose asker has given up is not carried out: its age is told by the server's clock.

Sent at most once: a reply that doesn't come in time, or a router that changed, reads BUSY, and the effect
shows in the picture if there was one.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
from collections.abc import Callable
from typing import Any

import structlog

from callcenter.calls.requests import Reply, Request
from callcenter.errors import PeerError
from callcenter.live.handling import answer_safely, busy
from callcenter.live.ports import RequestHandler
from callcenter.live.redis import scripts
from callcenter.live.redis.lease import RedisLease
from callcenter.live.redis.link import AWAY, Backoff, Link
from callcenter.live.wire import (
    Answered,
    Asked,
    decode_answered,
    decode_asked,
    encode_answered,
    encode_asked,
)
from callcenter.tasks import TaskGroup

log = structlog.get_logger(__name__)

_MAX_PENDING = 1_000
"""Requests of one node that await their reply. One more is refused as BUSY."""
_MAX_QUEUED = 2_000
"""Requests of all nodes on the server that the holder has not yet fetched. One more is refused as BUSY."""
_MAX_RUNNING = 500
"""Requests the holder works on at once; it fetches no more meanwhile, so they queue on the server."""
_KEPT_SECONDS = 60
"""How long the server keeps lists that nobody reads any more."""

_NONCE = re.compile(r"[0-9a-f]{16}\Z")


class Asker:
    """The asking side of a node. ``run`` must be running."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._name = secrets.token_hex(8)
        self._script = link.script(link.commands, scripts.ASK)
        self._lease_key = link.key("lease")
        self._holder = b""
        self._numbers = itertools.count(1)
        self._pending: dict[int, tuple[bytes, asyncio.Future[Reply]]] = {}

    async def ask(self, request: Request, timeout: float) -> Reply:
        """The router's reply; BUSY when there is none within ``timeout`` seconds."""
        if len(self._pending) >= _MAX_PENDING:
            return busy(f"{_MAX_PENDING} requests of this node await their reply")
        number = next(self._numbers)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._pending[number] = (b"", future)
        try:
            async with asyncio.timeout(timeout):
                refusal = await self._send(Asked(self._name, number, timeout, request), future)
                return refusal if refusal is not None else await future
        except TimeoutError:
            return busy(f"no answer in {timeout:g} s")
        except AWAY as error:
            self._link.failed("ask", error)
            return busy("the live server is away")
        finally:
            del self._pending[number]

    async def _send(self, asked: Asked, future: asyncio.Future[Reply]) -> Reply | None:
        encoded = encode_asked(asked)
        for _ in range(3):
            holder = self._holder
            # Known before it is sent, so that a change of holder from now on fails it.
            self._pending[asked.number] = (holder, future)
            reply = await self._script(
                [self._lease_key, self._link.key(f"requests:{_nonce_of(holder)}")],
                [holder, encoded, _MAX_QUEUED, _KEPT_SECONDS],
            )
            self._link.well("ask")
            if reply[0] == scripts.QUEUED:
                return None
            if reply[0] == scripts.FULL:
                return busy("the router is behind with its requests")
            self._holder = reply[1]
            if not _nonce_of(self._holder):
                return busy("no node holds the router's lease")
        return busy("the router is changing")

    async def run(self) -> None:
        backoff = Backoff()
        options = self._link.options
        poll = min(options.poll_seconds, options.lease_seconds / 6)
        replies = self._link.key(f"replies:{self._name}")
        loop = asyncio.get_running_loop()
        check_at = 0.0
        while True:
            try:
                async with asyncio.timeout(poll + options.operation_seconds):
                    popped: Any = await self._link.blocking.blpop([replies], timeout=poll)
                    if self._pending and loop.time() >= check_at:
                        holder: Any = await self._link.blocking.get(self._lease_key)
                        self._holder_is(holder or b"")
                        check_at = loop.time() + poll
            except AWAY as error:
                self._link.failed("replies", error)
                self._fail(lambda _: True, "the live server is away")
                await backoff.wait()
                continue
            self._link.well("replies")
            backoff.reset()
            if popped is not None:
                self._take(popped[1])

    def _holder_is(self, holder: bytes) -> None:
        self._holder = holder
        self._fail(lambda asked: asked not in (b"", holder), "the router changed")

    def _fail(self, concerns: Callable[[bytes], bool], why: str) -> None:
        for holder, future in self._pending.values():
            if concerns(holder) and not future.done():
                future.set_result(busy(why))

    def _take(self, data: bytes) -> None:
        try:
            answered = decode_answered(data)
        except PeerError as error:
            log.error("live.garbage", what="reply", error=str(error))
            return
        _, future = self._pending.get(answered.number, (b"", None))
        if future is not None and not future.done():
            future.set_result(answered.reply)


class Answerer:
    """The answering side of the holder of ``lease``. ``run`` ends with the lease."""

    def __init__(self, link: Link, lease: RedisLease, handler: RequestHandler, tasks: TaskGroup) -> None:
        self._link = link
        self._lease = lease
        self._handler = handler
        self._tasks = tasks
        self._free = asyncio.Semaphore(_MAX_RUNNING)

    async def run(self) -> None:
        backoff = Backoff()
        options = self._link.options
        requests = self._link.key(f"requests:{self._lease.nonce}")
        while self._lease.held:
            await self._free.acquire()
            popped: Any = None
            try:
                async with asyncio.timeout(options.poll_seconds + options.operation_seconds):
                    popped = await self._link.blocking.blpop([requests], timeout=options.poll_seconds)
            except AWAY as error:
                self._link.failed("requests", error)
                await backoff.wait()
            else:
                self._link.well("requests")
                backoff.reset()
            asked = self._decode(popped[1]) if popped is not None and self._lease.held else None
            if asked is None:
                self._free.release()
            else:
                self._tasks.start(f"request {asked.asker}/{asked.number}", self._answer(asked))

    def _decode(self, data: bytes) -> Asked | None:
        stamp, _, encoded = data.partition(b" ")
        try:
            asked = decode_asked(encoded)
            asked_at = int(stamp)
        except (PeerError, ValueError) as error:
            log.error("live.garbage", what="request", error=str(error))
            return None
        if not _NONCE.match(asked.asker):
            log.error("live.garbage", what="request", error="its asker is not one of us")
            return None
        now = self._lease.server_time()
        if now is not None and now > asked_at + asked.timeout * 1000:
            log.warning("live.request_too_late", request=type(asked.request).__name__)
            return None
        return asked

    async def _answer(self, asked: Asked) -> None:
        try:
            reply = await answer_safely(self._handler, asked.request)
            replies = self._link.key(f"replies:{asked.asker}")
            async with asyncio.timeout(self._link.options.operation_seconds):
                async with self._link.commands.pipeline(transaction=False) as pipeline:
                    pipeline.rpush(replies, encode_answered(Answered(asked.number, reply)))
                    pipeline.expire(replies, _KEPT_SECONDS)
                    await pipeline.execute()
        except AWAY as error:
            self._link.failed("answer", error)
        else:
            self._link.well("answer")
        finally:
            self._free.release()


def _nonce_of(holder: bytes) -> str:
    """The nonce of a lease's text; empty for anything that isn't one."""
    nonce = holder.rpartition(b":")[2].decode(errors="replace")
    return nonce if _NONCE.match(nonce) else ""
