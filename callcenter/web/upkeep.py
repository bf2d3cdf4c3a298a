"""What is tidied up now and then."""

from __future__ import annotations

import asyncio

import structlog

from callcenter.storage.errors import DatabaseUnavailableError
from callcenter.web.context import WebDeps, WebOptions

log = structlog.get_logger(__name__)

EVERY = 3600.0


async def purge_sessions(deps: WebDeps, options: WebOptions) -> None:
    """Take away the rows of sessions that nobody uses any more; for ever, once an hour."""
    while True:
        try:
            gone = await deps.sessions.purge(deps.clock.now() - options.session_idle)
            if gone:
                log.info("auth.sessions_purged", sessions=gone)
        except DatabaseUnavailableError as error:
            log.warning("auth.purge_failed", error=str(error))
        await asyncio.sleep(EVERY)
