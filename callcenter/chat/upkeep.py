"""Forgetting what colleagues wrote long ago."""

from __future__ import annotations

import asyncio

import structlog

from callcenter.chat.store import ChatStore
from callcenter.clock import Clock
from callcenter.storage.errors import DatabaseUnavailableError

log = structlog.get_logger(__name__)

_EVERY_SECONDS = 6 * 3600.0


async def keep_tidy(store: ChatStore, clock: Clock, keep_seconds: float) -> None:
    """Delete what is older, a few times a day. Every node does: deleting twice is deleting once. Runs until
    cancelled."""
    while True:
        try:
            await store.forget(clock.now() - keep_seconds)
        except DatabaseUnavailableError as error:
            log.warning("chat.not_forgotten", error=str(error))
        await asyncio.sleep(_EVERY_SECONDS)
