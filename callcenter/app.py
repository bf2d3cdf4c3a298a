"""The composition root: one server process, put together from the settings.

Lifecycle: ``start`` brings up storage, history, the live picture and the web; from then on the process serves
browsers, and whenever it gets the router's lease it routes. ``stop`` ends routing first (callers hear music
until another node, or this one again, takes over), then the web, then the history, so that no fact is
left behind.
"""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import replace
from pathlib import Path

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from callcenter.callbacks.projection import CallbackProjection
from callcenter.callbacks.store import CallbackStore
from callcenter.calls.restored import Restored
from callcenter.chat.projection import ChatProjection
from callcenter.chat.store import ChatStore
from callcenter.chat.upkeep import keep_tidy
from callcenter.clock import SystemClock
from callcenter.crm.day import DayStore
from callcenter.crm.dialling import DiallingNumbers
from callcenter.crm.directory import CallerDirectory
from callcenter.crm.items import ItemService
from callcenter.crm.message_store import MessageStore
from callcenter.crm.messages import MessageProjection
from callcenter.crm.service import ClientService
from callcenter.crm.timeline import TimelineStore
from callcenter.dispatch.inputs import CallbacksKept, PlanChanged
from callcenter.errors import ConfigError
from callcenter.health import HealthChecks, history_metrics
from callcenter.history.figures import HistoryFigures
from callcenter.history.quality import QualityStore
from callcenter.history.queries import HistoryQueries
from callcenter.history.recorder import HistoryRecorder
from callcenter.history.restore import load_restored
from callcenter.history.terms import next_term
from callcenter.live.local import LocalBus, LocalSite
from callcenter.live.ports import Lease, Site
from callcenter.live.redis import RedisOptions, RedisSite
from callcenter.options import callback_rules, check_tls, core_options, link_options, phone_lines, web_options
from callcenter.people.audit import AuditTrail
from callcenter.people.changes import note
from callcenter.people.plan import PlanStore
from callcenter.people.sessions import SessionStore
from callcenter.people.users import UserStore
from callcenter.people.words import WordStore
from callcenter.prompt_watch import PromptWatch, prompt_desk
from callcenter.recordings import RecordingFolder
from callcenter.router import Router, RouterParts, TermMetrics
from callcenter.scripts.papers import PaperStore
from callcenter.scripts.store import ScriptStore
from callcenter.settings import Settings
from callcenter.storage import Database, DatabaseUnavailableError, migrate
from callcenter.tasks import TaskGroup
from callcenter.web.application import create_app
from callcenter.web.context import WebDeps
from callcenter.web.ports import SiteSettings
from routing.acd.model import RoutingPlan
from routing.callbacks import Terms

log = structlog.get_logger(__name__)

_CALLERS_CONNECTIONS = 4
"""To the database, besides ``database.pool_size``, for looking callers up."""

_PLAN_SECONDS = 2.0
"""How soon a node notices that another one changed the routing plan."""
_CALLBACK_SECONDS = 30.0
"""How soon the router learns of callbacks that another node promised."""
_RETRY_SECONDS = 1.0
_DRAIN_SECONDS = 10.0


class Server:
    """One process. ``start`` returns when browsers are served; ``port`` is then the web's. ``failed`` is
    set when a part of it crashed beyond its own repair: the owner should stop it and let a supervisor
    start anew."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.failed = asyncio.Event()
        self.registry = CollectorRegistry()
        self._clock = SystemClock()
        self._tasks = TaskGroup(self._crashed)
        self._stopping = asyncio.Event()
        url = settings.database.url.get_secret_value()
        self._database = Database(url, pool_size=settings.database.pool_size)
        # A caller who is to be put through does not stand in line behind screens' lists and the history.
        self._for_callers = Database(url, pool_size=_CALLERS_CONNECTIONS)
        self._site = self._make_site()
        self._plans = PlanStore(self._database, self._clock)
        self._plan: RoutingPlan | None = None
        self._plan_version = -1
        self._callbacks = CallbackStore(
            self._database, self._clock, remember=settings.callbacks.missed_days * 86_400, trail=note
        )
        self._chats = ChatStore(self._database, self._clock)
        self._prompts = prompt_desk(settings, self._database, self._clock)
        self._prompt_watch = PromptWatch(self._prompts, self.registry)
        self._queries = HistoryQueries(self._database)
        self._clients = ClientService(self._database, self._clock, settings.site.region, note)
        self._directory = CallerDirectory(
            self._for_callers,
            self._clock,
            settings.site.region,
            HistoryQueries(self._for_callers),
            CallbackStore(self._for_callers, self._clock),
        )
        self._history: HistoryRecorder | None = None
        self._router: Router | None = None
        self._web: web.AppRunner | None = None
        self._routing: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The TCP port that the web listens on."""
        assert self._web is not None
        return int(self._web.addresses[0][1])

    @property
    def router(self) -> Router | None:
        return self._router

    async def start(self) -> None:
        """Raises ``ConfigError`` for what only a person can mend, and ``DatabaseUnavailableError``."""
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        check_tls(link_options(self.settings))
        await migrate(self._database)
        await self._directory.warm_up()
        await self._prompt_watch.look((await self._load_plan()).flows)
        directory = Path(self.settings.history.journal_dir)
        also = (CallbackProjection(), MessageProjection(self.settings.site.language), ChatProjection())
        self._history = HistoryRecorder(self._database, directory, self._clock, also=also)
        history_metrics(self.registry, self._history.status)
        self._history.start()
        await self._site.start()
        metrics = TermMetrics()
        self.registry.register(metrics)
        self._router = Router(
            RouterParts(
                site=self._site,
                directory=self._directory,
                ledger=self._history.ledger,
                clock=self._clock,
                core=core_options(self.settings),
                links=link_options(self.settings),
                claims=self._callbacks,
            ),
            metrics,
        )
        await self._start_web()
        self._routing = self._tasks.start("router", self._route())
        self._tasks.keep("plan watch", self._watch_plan)
        self._tasks.keep("callback watch", self._watch_callbacks)
        keep = self.settings.chat.keep_days * 86_400
        self._tasks.keep("chat upkeep", lambda: keep_tidy(self._chats, self._clock, keep))

    async def stop(self) -> None:
        """Ends everything, in order, once; may follow a ``start`` that failed half way."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        if self._routing is not None:
            await asyncio.wait((self._routing,), timeout=_DRAIN_SECONDS)
        await self._tasks.close()
        if self._web is not None:
            await self._web.cleanup()
        await self._site.stop()
        if self._history is not None:
            await self._history.stop()
        await self._for_callers.close()
        await self._database.close()
        log.info("server.stopped")

    # Routing

    async def _route(self) -> None:
        """Wait for the lease, route, and wait again, for as long as the process lives."""
        assert self._router is not None
        assert self._history is not None
        while not self._stopping.is_set():
            lease = await self._lease()
            if lease is None:
                return
            try:
                if not await self._history.drain(_DRAIN_SECONDS):
                    log.warning(
                        "router.history_behind", remedy="agents and waits may be older than they were"
                    )
                restored = await self._restore()
                plan = await self._load_plan()
                await self._router.serve_term(lease, plan, restored, until=self._stopping)
            except (DatabaseUnavailableError, ConfigError) as error:
                # Nobody can take over without the history's word; another node may reach it.
                log.error("router.can_not_begin", problem=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
            finally:
                await lease.release()

    async def _restore(self) -> Restored:
        """What the stores know of the term before."""
        restored = await load_restored(self._database)
        return replace(
            restored,
            callbacks=await self._callbacks.restored(),
            gave_up=await self._callbacks.gave_up(),
            places=await self._callbacks.places(call.call for call in restored.calls),
            chats=await self._chats.chats(),
            hands=await self._chats.hands(),
        )

    async def _lease(self) -> Lease | None:
        """The lease, or ``None`` when the process is asked to stop before it is ours."""
        taking = asyncio.ensure_future(self._site.take_lease())
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((taking, stopping), return_when=asyncio.FIRST_COMPLETED)
            return taking.result() if taking.done() else None
        finally:
            taking.cancel()
            stopping.cancel()
            await asyncio.gather(taking, stopping, return_exceptions=True)

    # The plan

    async def _load_plan(self) -> PlanChanged:
        """The plan and the flows, of one moment: the version is read before them, so a change in between is
        noticed by the next look."""
        self._plan_version = await self._plans.version()
        site = await self._plans.site_plan()
        self._plan = site.routing()
        return PlanChanged(self._plan, site.flows)

    async def _refresh_plan(self) -> None:
        """Take up a changed plan; every node does, and the router tells its core."""
        if await self._plans.version() == self._plan_version:
            return
        plan = await self._load_plan()
        if self._router is not None:
            self._router.plan_changed(plan)
        log.info("plan.changed", version=self._plan_version)
        await self._prompt_watch.look(plan.flows)

    async def _watch_plan(self) -> None:
        while True:
            await asyncio.sleep(_PLAN_SECONDS)
            try:
                await self._refresh_plan()
            except (DatabaseUnavailableError, ConfigError) as error:
                log.warning("plan.not_read", error=str(error))

    async def _watch_callbacks(self) -> None:
        """Tell the router of promises that a dead node wrote late."""
        while True:
            await asyncio.sleep(_CALLBACK_SECONDS)
            if self._router is None or self._router.state is None:
                continue
            try:
                self._router.callbacks_kept(CallbacksKept(await self._callbacks.restored()))
            except DatabaseUnavailableError as error:
                log.warning("callbacks.not_read", error=str(error))

    def _plan_now(self) -> RoutingPlan:
        assert self._plan is not None
        return self._plan

    # The web

    async def _start_web(self) -> None:
        assert self._history is not None
        settings = self.settings
        checks = HealthChecks(self._database, self._site, self._history.status, self._router)
        app = create_app(
            WebDeps(
                site=self._site,
                users=UserStore(self._database, self._clock),
                sessions=SessionStore(self._database),
                clients=self._clients,
                cards=self._directory,
                history=self._queries,
                callbacks=self._callbacks,
                words=WordStore(self._database, self._clock),
                plans=self._plans,
                prompts=self._prompts,
                items=ItemService(self._database, self._clock, note),
                timeline=TimelineStore(self._database),
                messages=MessageStore(self._database, self._clock, Path(settings.asterisk.messages_dir)),
                recordings=RecordingFolder(Path(settings.asterisk.recordings_dir)),
                scripts=ScriptStore(self._database, self._clock),
                papers=PaperStore(self._database, self._clock),
                audit=AuditTrail(self._database),
                chats=self._chats,
                day=DayStore(self._database, self._clock),
                figures=HistoryFigures(self._database),
                settings=SiteSettings(settings.site.name, settings.site.timezone, settings.site.region),
                plan=self._plan_now,
                callback_terms=Terms(callback_rules(settings), DiallingNumbers(settings.site.region)),
                clock=self._clock,
                registry=self.registry,
                ready={**checks.all(), "prompts": self._prompt_watch.ready},
                people_changed=self._refresh_plan,
                phones=phone_lines(settings),
                quality=QualityStore(self._database),
            ),
            web_options(settings),
        )
        self._web = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._web.setup()
        site = web.TCPSite(self._web, settings.web.host, settings.web.port)
        try:
            await site.start()
        except OSError as error:
            raise ConfigError(
                "web.port",
                f"{settings.web.host}:{settings.web.port} can't be listened on: {error.strerror}",
                "Stop the other program, or choose another port (CALLCENTER_WEB_PORT)",
            ) from error
        log.info("web.serving", host=settings.web.host, port=self.port)

    def _make_site(self) -> Site:
        settings = self.settings
        node = settings.site.node or f"{socket.gethostname()}-{os.getpid()}"
        url = settings.redis.url.get_secret_value()
        if url:
            options = RedisOptions(url, settings.redis.prefix, settings.redis.lease_seconds)
            return RedisSite(options, node, self._next_term)
        return LocalSite(LocalBus(self._next_term, settings.redis.lease_seconds), node)

    async def _next_term(self) -> int:
        return await next_term(self._database)

    def _crashed(self, task: str, error: BaseException) -> None:
        log.critical("server.part_crashed", task=task, error=type(error).__name__)
        self.failed.set()
