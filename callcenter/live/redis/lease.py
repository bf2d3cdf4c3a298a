"""The right to route, as one key with a time to live.

Theory of operation: the holder renews the key four times per time to live. The server counts the time from
when it ran the renewal, the holder from before it sent it, and the holder stops a fifth of the time to live
early (``give_up_seconds``); so a holder who hears nothing has stopped before another can start, however the
network delays. Both measure durations only, never wall time.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from callcenter.live.redis import scripts
from callcenter.live.redis.link import AWAY, Backoff, Link, explain
from callcenter.tasks import TaskGroup

log = structlog.get_logger(__name__)

TermFloor = Callable[[], Awaitable[int]]


class RedisLease:
    """See ``ports.Lease``. ``keep`` must be running from the start."""

    def __init__(self, link: Link, node: str, term: int, nonce: str, taken_at: float) -> None:
        self._link = link
        self._key = link.key("lease")
        self._renew = link.script(link.lease, scripts.RENEW)
        self._release = link.script(link.lease, scripts.RELEASE)
        self._over = asyncio.Event()
        self._reason = ""
        self._server_ahead: float | None = None
        self.term = term
        self.nonce = nonce
        self.text = f"{term}:{node}:{nonce}"
        self.before_release: Callable[[], Awaitable[None]] | None = None
        """Awaited by ``release`` while the lease is still held; has its own deadline."""
        self._loop = asyncio.get_running_loop()
        self._valid_until = taken_at + link.options.give_up_seconds
        self._end_timer = self._loop.call_at(self._valid_until, self._expire)

    @property
    def held(self) -> bool:
        """Whether we may still act as the router. False at the end of our time even when the loop was too
        busy to run the timer."""
        if not self._over.is_set() and self._loop.time() >= self._valid_until:
            self._expire()
        return not self._over.is_set()

    async def lost(self) -> str:
        """Returns, with the reason, once the lease is no longer ours."""
        await self._over.wait()
        return self._reason

    async def release(self) -> None:
        """Send what is still unsent, then hand the lease back. When the server is away, it ends by
        itself."""
        if self.held and self.before_release is not None:
            await self.before_release()
        was_held = self.held
        self.end("released")
        if was_held:
            await self._hand_back()

    def server_time(self) -> float | None:
        """The server's clock now, in epoch ms, as of the last renewal; ``None`` before the first one."""
        return None if self._server_ahead is None else self._loop.time() * 1000 + self._server_ahead

    def end(self, reason: str) -> None:
        """It is over; the first reason counts."""
        if not self._over.is_set():
            self._reason = reason
            self._over.set()
            self._end_timer.cancel()

    async def keep(self) -> None:
        """Renew until it is over. A failed renewal is tried again soon, as long as there is time."""
        ttl = self._link.options.lease_seconds
        while self.held:
            sent_at = self._loop.time()
            try:
                reply = await self._renew([self._key], [self.text, _ms(ttl)], self._valid_until - sent_at)
            except AWAY as error:
                self._link.failed("lease", error)
                wait = ttl / 20
            else:
                self._link.well("lease")
                if not self._renewed(sent_at, reply):
                    return
                wait = ttl / 4
            try:
                async with asyncio.timeout(wait):
                    await self._over.wait()
            except TimeoutError:
                continue

    def _renewed(self, sent_at: float, reply: Any) -> bool:
        if reply[0] != 1:
            holder = reply[1].decode(errors="replace")
            self.end(f"taken over: the lease is {holder!r} now" if holder else "the server forgot the lease")
            return False
        if self.held:  # the answer came in time
            self._server_ahead = int(reply[1]) - self._loop.time() * 1000
            self._valid_until = sent_at + self._link.options.give_up_seconds
            self._end_timer.cancel()
            self._end_timer = self._loop.call_at(self._valid_until, self._expire)
        return True

    def _expire(self) -> None:
        self.end(f"not renewed for {self._link.options.give_up_seconds:g} s")

    async def _hand_back(self) -> None:
        try:
            await self._release([self._key], [self.text])
        except AWAY as error:
            log.warning("live.lease_not_returned", error=explain(error, self._link.options))


class _NoTermError(Exception):
    """The floor of the terms could not be found out."""


class LeaseTaker:
    """Waits for the lease and takes it. ``term_floor`` gives the lowest term allowed: greater than every
    term in the ledger."""

    def __init__(self, link: Link, node: str, term_floor: TermFloor, tasks: TaskGroup) -> None:
        self._link = link
        self._node = node
        self._term_floor = term_floor
        self._tasks = tasks
        self._take = link.script(link.lease, scripts.TAKE)
        self._release = link.script(link.lease, scripts.RELEASE)
        self._keys = [link.key("lease"), link.key("term")]

    async def take(self) -> RedisLease:
        """Returns once the lease is ours. Failures of the server and of ``term_floor`` are logged and
        tried again."""
        backoff = Backoff()
        while True:
            try:
                lease, wait = await self._attempt()
            except AWAY as error:
                self._link.failed("take lease", error)
                await backoff.wait()
                continue
            except _NoTermError as error:
                log.warning("live.no_term", node=self._node, error=str(error))
                await backoff.wait()
                continue
            self._link.well("take lease")
            backoff.reset()
            if lease is not None:
                self._link.forget("lease", "publish", "requests", "answer")
                self._tasks.start(f"lease {lease.term}", lease.keep())
                return lease
            await asyncio.sleep(wait)

    async def _attempt(self) -> tuple[RedisLease | None, float]:
        options = self._link.options
        patience = min(1.0, options.lease_seconds / 6)
        async with asyncio.timeout(options.operation_seconds):
            left: int = await self._link.lease.pttl(self._keys[0])
        if left >= 0:
            return None, min(patience, left / 1000 + 0.005)
        try:
            floor = await self._term_floor()
        except Exception as error:
            raise _NoTermError(f"{type(error).__name__}: {error}") from error
        nonce = secrets.token_hex(8)
        taken_at = asyncio.get_running_loop().time()
        verdict, number = await self._run_take(nonce, floor)
        if verdict == scripts.TAKEN:
            return RedisLease(self._link, self._node, int(number), nonce, taken_at), 0.0
        if verdict == scripts.HEALED:
            log.error(
                "live.lease_without_end",
                key=self._keys[0],
                error="somebody else wrote to this key; it was given an end",
            )
        elif verdict == scripts.QUARANTINED:
            log.warning(
                "live.data_lost",
                error="the server knows no terms, though some were given: waiting for the last router to end",
            )
        return None, min(patience, int(number) / 1000 + 0.005)

    async def _run_take(self, nonce: str, floor: int) -> Any:
        """The script's reply. Who is cancelled meanwhile hands back what he may have been given: nobody else
        would, and the site would stand still for a whole time to live."""
        args: list[str | bytes | int] = [
            f"{self._node}:{nonce}",
            _ms(self._link.options.lease_seconds),
            floor,
        ]
        taking = asyncio.ensure_future(self._take(self._keys, args))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            with contextlib.suppress(*AWAY):
                verdict, number = await taking
                if verdict == scripts.TAKEN:
                    await self._release(self._keys[:1], [f"{number}:{self._node}:{nonce}"])
            raise


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
