"""How many tries to sign in there may be: counted for the whole site where its nodes share something to count
in, and by this process alone while that is away. Nobody is kept from work by a counter that is down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string

from callcenter.errors import ConfigError

log = structlog.get_logger(__name__)

T = TypeVar("T")
_SHARED_SECONDS = 1.0


class SignInLimits:
    """``pair`` bounds the tries of one login from one address, ``address`` the failed ones of an address.
    ``storage`` is an address for ``limits``. Raises ``ConfigError`` for limits that can't be read."""

    def __init__(self, pair: str, address: str, storage: str) -> None:
        self._pair = _limit("web.sign_in_limit", pair)
        self._address = _limit("web.address_limit", address)
        self._here = MovingWindowRateLimiter(storage_from_string("async+memory://"))
        self._shared: MovingWindowRateLimiter | None = None
        if not storage.startswith("async+memory"):
            options = {"socket_timeout": _SHARED_SECONDS, "socket_connect_timeout": _SHARED_SECONDS}
            self._shared = MovingWindowRateLimiter(
                storage_from_string(storage, implementation="redispy", wrap_exceptions=True, **options)
            )

    @property
    def retry_after(self) -> int:
        """Seconds after which a login that was tried too often may be tried again."""
        return self._pair.get_expiry()

    async def may_try(self, login: str, address: str) -> bool:
        """Count a try; false when there were too many."""

        async def ask(limiter: MovingWindowRateLimiter) -> bool:
            free = await limiter.test(self._address, address)
            return free and await limiter.hit(self._pair, login, address)

        return await self._count(ask)

    async def failed(self, address: str) -> None:
        await self._count(lambda limiter: limiter.hit(self._address, address))

    async def succeeded(self, login: str, address: str) -> None:
        await self._count(lambda limiter: limiter.clear(self._pair, login, address))

    async def close(self) -> None:
        """Drop the connections to what is shared."""
        storage = None if self._shared is None else self._shared.storage
        if isinstance(storage, RedisStorage) and isinstance(storage.bridge, RedispyBridge):
            await storage.bridge.storage.aclose()

    async def _count(self, ask: Callable[[MovingWindowRateLimiter], Awaitable[T]]) -> T:
        if self._shared is not None:
            try:
                return await ask(self._shared)
            except StorageError as error:
                log.warning("auth.limits_not_shared", error=type(error.storage_error).__name__)
        return await ask(self._here)


def _limit(place: str, text: str) -> RateLimitItem:
    try:
        return parse(text)
    except ValueError as error:
        raise ConfigError(place, f"{text!r} is no limit", "Write one as '10 per 5 minutes'") from error
