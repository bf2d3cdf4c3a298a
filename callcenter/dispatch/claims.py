"""Claiming attempts to dial, beside the loop: with a deadline, and always answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from callcenter.dispatch.ports import ClaimCallback, Claims
from callcenter.tasks import TaskGroup

log = structlog.get_logger(__name__)


class NoClaims:
    """Where nothing may be dialled: a runner without a database."""

    async def claim(self, wanted: ClaimCallback, term: int) -> bool:
        raise ConnectionError("no database to claim in")


class ClaimDesk:
    """``done`` is called once for each claim: ``None`` when the database failed or was too slow, and the
    claim may have been written or not. As many run at once as agents are held for them."""

    def __init__(
        self, claims: Claims, done: Callable[[ClaimCallback, bool | None], None], *, term: int, timeout: float
    ) -> None:
        self._claims = claims
        self._done = done
        self._term = term
        self._timeout = timeout
        self._tasks = TaskGroup()

    def start(self, wanted: ClaimCallback) -> None:
        self._tasks.start("callback-claim", self._one(wanted))

    async def close(self) -> None:
        await self._tasks.close()

    async def _one(self, wanted: ClaimCallback) -> None:
        granted: bool | None = None
        try:
            async with asyncio.timeout(self._timeout):
                granted = await self._claims.claim(wanted, self._term)
        except TimeoutError:
            log.warning("callback.claim_timed_out", callback=wanted.callback, seconds=self._timeout)
        except Exception as error:
            log.error("callback.claim_failed", callback=wanted.callback, error=type(error).__name__)
        self._done(wanted, granted)
