"""The web application, composed: routes, middlewares, and what lives as long as it does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp_session
from aiohttp import web

from callcenter.errors import InvariantError
from callcenter.tasks import TaskGroup
from callcenter.web import health, middlewares
from callcenter.web.access import RULES, Table, differences
from callcenter.web.api import ENDPOINTS
from callcenter.web.auth import Authenticator, SqlStorage
from callcenter.web.console import CONSOLE, Console
from callcenter.web.context import AUTH, DEPS, METRICS, NETWORK, OPTIONS, PUSH, SIP, WebDeps, WebOptions
from callcenter.web.document import text as openapi_text
from callcenter.web.endpoint import PREFIX
from callcenter.web.metrics import WebMetrics
from callcenter.web.network import NetworkRules, parse_networks, parse_origins
from callcenter.web.push.server import PushServer
from callcenter.web.sip_proxy import SipProxy
from callcenter.web.upkeep import purge_sessions


def create_app(deps: WebDeps, options: WebOptions | None = None) -> web.Application:
    """The application, ready for ``web.AppRunner``.

    ``deps.site`` must run before the application starts and until it has stopped. Stop the router before the
    application: a console that is told to leave by a stopping server must not look like an agent's lost
    browser. Raises ``ConfigError`` for options that can't be used.
    """
    options = options or WebOptions()
    app = web.Application(client_max_size=options.body_limit)
    network = NetworkRules(
        parse_networks(options.trusted_proxies), parse_origins(options.origins), options.https
    )
    metrics = WebMetrics(deps.registry)
    storage = SqlStorage(deps.sessions, deps.clock, options)
    auth = Authenticator(deps.users, deps.sessions, storage, network, options, metrics)
    console = Console(options.static)
    app[DEPS] = deps
    app[OPTIONS] = options
    app[NETWORK] = network
    app[METRICS] = metrics
    app[AUTH] = auth
    app[CONSOLE] = console
    app[PUSH] = PushServer(deps.site, options, metrics, auth.alive, lambda: console.version)
    app[SIP] = SipProxy(deps.phones, options, metrics, auth.alive, deps.clock)
    app.middlewares.extend(
        [
            middlewares.count,
            middlewares.explain,
            aiohttp_session.session_middleware(storage),
            middlewares.admit,
        ]
    )
    _add_routes(app)
    check_rules(app)
    app.on_response_prepare.append(middlewares.secure)
    app.on_shutdown.append(_say_goodbye)
    app.on_cleanup.append(_close_auth)
    app.cleanup_ctx.append(_push)
    app.cleanup_ctx.append(_upkeep)
    return app


def _add_routes(app: web.Application) -> None:
    for endpoint in ENDPOINTS:
        app.router.add_route(endpoint.method, endpoint.route, endpoint.__call__)
    app.router.add_get(f"{PREFIX}/openapi.json", _openapi)
    health.setup(app)
    app.router.add_get("/ws", _socket)
    app.router.add_get("/sip", _phone)
    # Everything else is the console's to answer; addresses under /api never are.
    app.router.add_get(r"/{path:(?!api(?:/|$)).*}", app[CONSOLE].serve)


def check_rules(app: web.Application, table: Table = RULES) -> None:
    """Raises ``InvariantError`` unless every route has its rule, and every rule its route."""
    routes = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    wrong = differences(routes, table)
    if wrong:
        raise InvariantError("; ".join(wrong))


async def _openapi(_request: web.Request) -> web.Response:
    return web.Response(body=openapi_text().encode(), content_type="application/json")


async def _socket(request: web.Request) -> web.StreamResponse:
    who = await request.app[AUTH].current(request)
    user, session = (None, "") if who is None else (who.user, who.session)
    return await request.app[PUSH].serve(request, user, session, request.app[NETWORK].own_page(request))


async def _phone(request: web.Request) -> web.StreamResponse:
    who = await request.app[AUTH].current(request)
    user, session = (None, "") if who is None else (who.user, who.session)
    return await request.app[SIP].serve(request, user, session, request.app[NETWORK].own_page(request))


async def _say_goodbye(app: web.Application) -> None:
    app[PUSH].say_goodbye()
    app[SIP].say_goodbye()


async def _close_auth(app: web.Application) -> None:
    await app[AUTH].close()


async def _push(app: web.Application) -> AsyncIterator[None]:
    await app[PUSH].start()
    app[SIP].start()
    yield
    await app[SIP].stop()
    await app[PUSH].stop()


async def _upkeep(app: web.Application) -> AsyncIterator[None]:
    tasks = TaskGroup()
    tasks.keep("purge sessions", lambda: purge_sessions(app[DEPS], app[OPTIONS]))
    yield
    await tasks.close()
