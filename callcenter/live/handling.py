"""What both implementations do with the router's handler of requests."""

from __future__ import annotations

import structlog

from callcenter.calls.requests import Refusal, Refused, Reply, Request
from callcenter.live.ports import RequestHandler

log = structlog.get_logger(__name__)


def busy(message: str) -> Refused:
    """What somebody is told whose request did not reach the router, or whose reply did not come back."""
    return Refused(Refusal.BUSY, message)


async def answer_safely(handler: RequestHandler, request: Request) -> Reply:
    """The handler's reply; BUSY, and an entry in the log, when it raises."""
    try:
        return await handler(request)
    except Exception:
        log.exception("live.handler_failed", request=type(request).__name__)
        return busy("the router failed at this request; see its log")
