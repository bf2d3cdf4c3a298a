"""Connections to the Redis-protocol server, the names of our keys, and the waits before trying again."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

AWAY = (RedisError, OSError, TimeoutError)
"""What an operation may raise when the server is away, slow, or keeps something else under our keys."""


@dataclass(frozen=True, slots=True)
class RedisOptions:
    """``url`` is ``redis://``, ``rediss://`` or ``unix://`` and may hold a password; ``prefix`` sets this
    site's keys apart from others on the same server; ``lease_seconds`` is how long a dead router keeps the
    lease. The other times are in seconds, too."""

    url: str
    prefix: str = "callcenter"
    lease_seconds: float = 6.0
    stream_length: int = 4_096
    """Publications kept for nodes that reconnect; whoever missed more is given the whole picture."""
    operation_seconds: float = 2.0
    """The deadline of one operation."""
    poll_seconds: float = 1.0
    """The longest silence before a reader asks whether it missed something."""

    @property
    def give_up_seconds(self) -> float:
        """How long after its last renewal began a holder that hears nothing gives up by itself: before the
        server gives the lease away, by a fifth of its time to live."""
        return self.lease_seconds * 0.8


class Backoff:
    """Growing, jittered waits between attempts, from 50 ms to 2 s."""

    def __init__(self) -> None:
        self._next = 0.05

    def reset(self) -> None:
        self._next = 0.05

    async def wait(self) -> None:
        wait, self._next = self._next, min(2.0, self._next * 2)
        await asyncio.sleep(wait * random.uniform(0.5, 1.0))


class Link:
    """Three small pools, so that no reader and no crowd of requests ever delays a renewal of the lease.

    Nothing is tried twice by the client itself: whether repeating is right is known here only.
    """

    def __init__(self, options: RedisOptions) -> None:
        self.options = options
        self.lease = self._client(2)
        self.commands = self._client(16)
        self.blocking = self._client(4)
        self._away: set[str] = set()

    def _client(self, connections: int) -> Redis:
        pool = BlockingConnectionPool.from_url(
            self.options.url,
            max_connections=connections,
            timeout=self.options.operation_seconds,
            socket_connect_timeout=self.options.operation_seconds,
            socket_timeout=None,  # deadlines are set around each operation
            retry=Retry(NoBackoff(), 0),
            protocol=2,  # one shape of replies, whatever the server's age
        )
        return Redis.from_pool(pool)

    def key(self, name: str) -> str:
        # The braces put all keys of a site into one slot of a cluster.
        return f"{{{self.options.prefix}}}:{name}"

    def script(self, client: Redis, source: str) -> Script:
        return Script(client, source, self.options.operation_seconds)

    async def close(self) -> None:
        for client in (self.lease, self.commands, self.blocking):
            await client.aclose(close_connection_pool=True)

    @property
    def reachable(self) -> bool:
        """Whether following the picture, which never rests, last found the server well."""
        return "read" not in self._away

    def failed(self, part: str, error: BaseException) -> None:
        """Log a failure of ``part`` once, until it is well again."""
        if part not in self._away:
            self._away.add(part)
            log.warning(
                "live.redis_failed", part=part, prefix=self.options.prefix, error=explain(error, self.options)
            )

    def well(self, part: str) -> None:
        if part in self._away:
            self._away.discard(part)
            log.info("live.redis_back", part=part, prefix=self.options.prefix)

    def forget(self, *parts: str) -> None:
        """These parts begin anew; what befell them before says nothing now."""
        self._away.difference_update(parts)


class Script:
    """A Lua script bound to a client, each run with a deadline. Raises what is in ``AWAY``."""

    def __init__(self, client: Redis, source: str, seconds: float) -> None:
        self._script = client.register_script(source)
        self._seconds = seconds

    async def __call__(
        self, keys: list[str], args: list[str | bytes | int], seconds: float | None = None
    ) -> Any:
        async with asyncio.timeout(self._seconds if seconds is None else min(seconds, self._seconds)):
            return await self._script(keys=keys, args=args)


def explain(error: BaseException, options: RedisOptions) -> str:
    """The error in words, with what to do where that is known. Never holds the address, which may carry a
    password."""
    text = str(error) or type(error).__name__
    if "WRONGTYPE" in text or "not an integer" in text:
        return (
            f"{text} - somebody else wrote to the keys {{{options.prefix}}}:*; "
            "delete them, or set another redis.prefix"
        )
    if isinstance(error, TimeoutError) and not str(error):
        return f"no answer in {options.operation_seconds:g} s"
    return text.replace(options.url, "<redis.url>")
