"""What the web is built from (``WebDeps``), how it is set (``WebOptions``), and what a handler is given
(``Context``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry

from callcenter.calls.requests import Refused, Reply, Request
from callcenter.clock import Clock
from callcenter.errors import ConfigError, PeerError
from callcenter.live.ports import Site
from callcenter.people.changes import Edited
from callcenter.people.mistakes import PlanRefusedError
from callcenter.people.site_plan import Author, Edit, Source
from callcenter.people.views import User
from callcenter.web.network import NetworkRules
from callcenter.web.phone_ports import PhoneLines, no_phone_lines
from callcenter.web.ports import (
    Audit,
    Callbacks,
    Cards,
    Chats,
    Clients,
    Day,
    Figures,
    History,
    Items,
    Messages,
    Papers,
    PeopleChanged,
    PlanReader,
    Plans,
    Prompts,
    Qualities,
    ReadyCheck,
    Recordings,
    Scripts,
    Sessions,
    SiteSettings,
    Timeline,
    Users,
    Words,
)
from callcenter.web.problems import ProblemError, refused, refused_plan
from routing.callbacks import Terms
from routing.ids import AgentId

if TYPE_CHECKING:
    from callcenter.web.auth import Authenticator
    from callcenter.web.metrics import WebMetrics
    from callcenter.web.push.server import PushServer
    from callcenter.web.sip_proxy import SipProxy

log = structlog.get_logger(__name__)


async def _nothing() -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class WebDeps:
    """Everything the web speaks to. ``site`` must be started before the application and stopped after it.

    ``plan`` gives the routing plan of now, ``plans`` keeps it. ``callback_terms`` are those of the router.
    ``people_changed`` is awaited after users or queues were added or changed, so that the plan follows.
    ``phones`` gives the line of each station that is a browser. ``ready`` are the checks of ``/readyz`` by
    component (``database``, ``live``, ``telephony``); each must return within a second or two, and may raise.
    Metrics are registered in ``registry``, which ``/metrics`` shows.
    """

    site: Site
    users: Users
    sessions: Sessions
    clients: Clients
    cards: Cards
    history: History
    callbacks: Callbacks
    words: Words
    plans: Plans
    prompts: Prompts
    messages: Messages
    recordings: Recordings
    items: Items
    timeline: Timeline
    scripts: Scripts
    papers: Papers
    audit: Audit
    chats: Chats
    day: Day
    figures: Figures
    quality: Qualities
    settings: SiteSettings
    plan: PlanReader
    callback_terms: Terms
    clock: Clock
    registry: CollectorRegistry
    ready: Mapping[str, ReadyCheck] = field(default_factory=dict)
    people_changed: PeopleChanged = _nothing
    phones: PhoneLines = no_phone_lines


@dataclass(frozen=True, slots=True)
class WebOptions:
    """Times are seconds, sizes bytes.

    ``https`` says that browsers reach us by HTTPS (directly or through a proxy); it makes the cookie
    ``Secure`` and sends HSTS. ``origins`` are further origins (``https://crm.example.org``) that may
    write, beside our own. ``trusted_proxies`` are the networks whose ``X-Forwarded-For`` and
    ``X-Forwarded-Proto`` are believed. ``sign_in_limit`` bounds tries for one login from one address,
    ``address_limit`` the failed ones from an address; ``rate_limit_storage`` is an address for ``limits``
    (``async+memory://``, ``async+redis://host``).

    Of the WebSocket: ``ring`` is how many changes can be resumed, ``outbox`` how many messages may wait for
    a browser, ``bad_frames`` how many it may get wrong; every ``heartbeat`` it is pinged, and given up when
    half of that passes without a pong; ``send_patience`` is how long one frame may take to leave.
    ``browser_repeat`` is how often the core is told that a browser is still there; it gives up one that it
    did not hear of for ``CoreOptions.browser_lease``.

    Of ``/sip``: ``phones_per_user`` is how many connections one user may have, ``sip_connect`` how long
    Asterisk may take to be reached, ``sip_patience`` how long one message may take to leave on either side,
    and a registration to be answered,
    ``sip_bad`` how many refused messages end the connection.
    """

    https: bool = False
    origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    static: Path = Path(__file__).parent / "static"
    body_limit: int = 64 * 1024
    session_idle: float = 8 * 3600
    session_absolute: float = 16 * 3600
    sign_in_limit: str = "10 per 5 minutes"
    address_limit: str = "100 per 10 minutes"
    rate_limit_storage: str = "async+memory://"
    submit_timeout: float = 3.0
    frame_limit: int = 16 * 1024
    ring: int = 8192
    outbox: int = 256
    bad_frames: int = 5
    heartbeat: float = 10.0
    hello_timeout: float = 10.0
    send_patience: float = 15.0
    close_grace: float = 2.0
    session_check: float = 30.0
    browser_repeat: float = 10.0
    sockets_per_user: int = 32
    phones_per_user: int = 8
    sip_connect: float = 5.0
    sip_patience: float = 5.0
    sip_bad: int = 20


DEPS = web.AppKey("deps", WebDeps)
OPTIONS = web.AppKey("options", WebOptions)
AUTH: web.AppKey[Authenticator] = web.AppKey("auth")
PUSH: web.AppKey[PushServer] = web.AppKey("push")
SIP: web.AppKey[SipProxy] = web.AppKey("sip")
NETWORK = web.AppKey("network", NetworkRules)
METRICS: web.AppKey[WebMetrics] = web.AppKey("metrics")
USER = web.RequestKey("user", User)
"""Who is signed in; set by the access middleware on every route that isn't public."""
SESSION_ID = web.RequestKey("session_id", str)
"""The session that the request came with; set beside ``USER``."""


class Context:
    """One request, as a handler sees it."""

    __slots__ = ("request",)

    def __init__(self, request: web.Request) -> None:
        self.request = request

    @property
    def deps(self) -> WebDeps:
        return self.request.app[DEPS]

    @property
    def options(self) -> WebOptions:
        return self.request.app[OPTIONS]

    @property
    def auth(self) -> Authenticator:
        return self.request.app[AUTH]

    @property
    def push(self) -> PushServer:
        return self.request.app[PUSH]

    @property
    def user(self) -> User:
        return self.request[USER]

    @property
    def agent(self) -> AgentId:
        """The agent that the user is. For routes whose rule asks for one."""
        agent = self.user.agent
        if agent is None:
            raise ProblemError(403, "you have no station, so you take no calls")
        return agent

    @property
    def author(self) -> Author:
        """Whoever asks, for the audit trail."""
        return Author(self.user.login, Source.API)

    async def edit(self, edit: Edit, *, within: str = "", dry_run: bool = False) -> Edited:
        """Change the plan; a refusal becomes a problem whose fields are those ``within`` this place."""
        try:
            edited = await self.deps.plans.edit(edit, by=self.author, dry_run=dry_run)
        except PlanRefusedError as error:
            raise refused_plan(error, within) from error
        if not dry_run:
            await self.people_changed()
        return edited

    async def people_changed(self) -> None:
        """Tell this node of a changed plan. The change is kept already: a plan that cannot be read now is
        read a little later, as the other nodes do."""
        try:
            await self.deps.people_changed()
        except (PeerError, ConfigError) as error:
            log.warning("web.plan_not_refreshed", error=str(error))

    async def submit(self, request: Request) -> Reply:
        """Ask the core; a refusal becomes a problem."""
        reply = await self.deps.site.submit(request, self.options.submit_timeout)
        if isinstance(reply, Refused):
            raise refused(reply)
        return reply
