"""``/healthz``, ``/readyz`` and ``/metrics``: for whoever watches the process."""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import web
from prometheus_client.aiohttp import make_aiohttp_handler

from callcenter.web.console import CONSOLE
from callcenter.web.context import DEPS
from callcenter.web.ports import Ready, ReadyCheck

log = structlog.get_logger(__name__)

_DEADLINE = 3.0


async def healthz(_request: web.Request) -> web.Response:
    """The process lives and its loop turns."""
    return web.json_response({"status": "alive"})


async def readyz(request: web.Request) -> web.Response:
    """Whether this node can do its work: 200, or 503 with the reason of each component.

    A console that isn't built is told and does not count: the API works without."""
    checks = request.app[DEPS].ready
    results = dict(
        zip(checks, await asyncio.gather(*(_ask(name, check) for name, check in checks.items())), strict=True)
    )
    ready = all(result.ok for result in results.values())
    built = request.app[CONSOLE].built
    static = Ready(built, "built" if built else "the console is not built")
    components = {
        name: {"ok": result.ok, "detail": result.detail}
        for name, result in {**results, "static": static}.items()
    }
    body = {"status": "ready" if ready else "not ready", "components": components}
    return web.json_response(body, status=200 if ready else 503, headers={"Cache-Control": "no-store"})


async def _ask(name: str, check: ReadyCheck) -> Ready:
    try:
        async with asyncio.timeout(_DEADLINE):
            return await check()
    except TimeoutError:
        return Ready(False, f"no answer in {_DEADLINE:g} s")
    except Exception as error:
        log.warning("web.not_ready", component=name, error=str(error))
        return Ready(False, f"failed: {type(error).__name__}")


def setup(app: web.Application) -> None:
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", make_aiohttp_handler(app[DEPS].registry))
