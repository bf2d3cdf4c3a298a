"""The link to one Asterisk: connects, lists, serves, and connects again.

Theory of operation. One task holds one connection after another. On each it logs in, lists the server while
events stand aside, and then serves: events are posted, commands written, the heartbeat set. Three things end
serving without ending the connection: a full inbox and unreadable bytes, after which the server is listed
again as after a reconnect; an ``Audit`` lists it without ending anything. A command is written at most once,
on the connection that serves when it is sent.

        backing off -> connecting -> syncing -> serving
             ^  ^----- denied <--'      |  ^-------'  |   (overflow, unreadable bytes)
             '--------------------------+-------------'   (the connection ended)
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from functools import partial
from typing import assert_never

import structlog

from callcenter.clock import Clock
from callcenter.tasks import TaskGroup
from callcenter.telephony.ami.action import AmiAction, UnrenderableError
from callcenter.telephony.ami.client import Answer, Connection, Reply
from callcenter.telephony.ami.faults import where
from callcenter.telephony.ami.frames import Frame, Framer
from callcenter.telephony.ami.heartbeat import Heartbeat
from callcenter.telephony.ami.inbox import Inbox
from callcenter.telephony.ami.listing import DeniedError, SessionEndedError, list_server
from callcenter.telephony.ami.meter import Meter
from callcenter.telephony.ami.metrics import AmiMetrics
from callcenter.telephony.ami.names import IGNORED, WANTED
from callcenter.telephony.ami.options import LinkOptions, pause
from callcenter.telephony.ami.render import ActingCommand, failure, render
from callcenter.telephony.ami.resync import ASK_TIME
from callcenter.telephony.ami.state import LinkState
from callcenter.telephony.commands import Audit, TelephonyCommand
from callcenter.telephony.events import LinkLost, ServerSynced, TelephonyEvent

log = structlog.get_logger(__name__)

_CALM = 30.0
"""Seconds of serving after which earlier failures count no more towards the next pause."""


class AmiLink:
    """One server's link. ``start`` and ``stop`` once each; ``send`` at any time between and after.

    ``post`` takes events in order, from the running loop. It must not block; it may raise
    ``asyncio.QueueFull`` to be tried again. ``jitter`` gives numbers in [0, 1). ``permitted`` is asked before
    anything that acts on calls is written; once it says no, the link is cut for good.

    Raises ``OSError`` (``ssl.SSLError`` too) for TLS files that can't be used.
    """

    def __init__(
        self,
        options: LinkOptions,
        post: Callable[[TelephonyEvent], None],
        clock: Clock,
        metrics: AmiMetrics,
        *,
        jitter: Callable[[], float] | None = None,
        permitted: Callable[[], bool] = lambda: True,
    ) -> None:
        self.options = options
        self._clock = clock
        self._jitter = jitter or random.Random().random
        self._permitted = permitted
        self._tls = None if options.tls is None else options.tls.context()
        self._inbox = Inbox(options.server, post, clock, options.inbox_limit, self._overflowed)
        self._meter = Meter(options.server, metrics, self._inbox)
        self._heartbeat = Heartbeat(options.server, clock, self._meter)
        self._tasks = TaskGroup()
        self._connection: Connection | None = None
        self._state = LinkState.STOPPED
        self._cut = False
        self._serving = False
        self._work = asyncio.Event()
        """Set when there is something to list, or the connection ended."""
        self._resync_due = False
        self._audits = 0
        self._blind_from: float | None = None
        self._heard_at = clock.now()
        self._losses_seen = 0
        self._failures_in_row = 0
        self._resyncs_in_row = 0
        self._last_problem = ""
        self._served_at = float("inf")
        """UTC epoch seconds of the last change to serving."""

    @property
    def state(self) -> LinkState:
        """Where the link is."""
        return self._state

    async def start(self) -> None:
        """Begin to connect; returns at once. Raises nothing for a server that is away."""
        self._tasks.start(f"ami-inbox-{self.options.server}", self._inbox.run())
        self._tasks.start(f"ami-link-{self.options.server}", self._run())

    def cut(self, reason: str = "stopped") -> None:
        """Fence this process off: from this call on nothing more is written to the server, not even what was
        buffered, and no connection is made. For a node that is no longer the router; follow with ``stop``."""
        self._cut = True
        if self._connection is not None:
            self._connection.abort(reason)

    def pause_heartbeat(self) -> None:
        """Let the heartbeat go stale: callers on hold go to the fallback queue within 15 s."""
        self._heartbeat.paused = True

    def resume_heartbeat(self) -> None:
        """Undo ``pause_heartbeat``."""
        self._heartbeat.paused = False

    async def stop(self) -> None:
        """``cut``, and wait for the end of all tasks, timers and sockets. Nothing is posted afterwards but
        the failure of a command that is sent afterwards."""
        self.cut()
        await self._tasks.close()
        if self._connection is not None:
            await self._connection.close("stopped")
        self._enter(LinkState.STOPPED)
        self._meter.close()

    def send(self, command: TelephonyCommand) -> None:
        """Write a command now, behind those sent before. Failures come back as ``CommandFailed``."""
        connection = self._connection
        if connection is None or not self._serving or not self._may_act():
            self._fail(command, "link down", "link_down")
            return
        if isinstance(command, Audit):
            self._audits += 1
            self._work.set()
        else:
            self._act(connection, command)

    def _may_act(self) -> bool:
        if not (self._cut or self._permitted()):
            self.cut("no longer permitted")
        return not self._cut

    def refuse(self, command: TelephonyCommand, reason: str) -> None:
        """Answer a command with its failure."""
        self._fail(command, reason, "refused")

    def _act(self, connection: Connection, command: ActingCommand) -> None:
        try:
            *before, last = render(command)
            with connection.together():
                for action in before:
                    # Variables or keys of the channel: if it is gone, the last answer says so, too.
                    self._request(connection, action, lambda reply: None)
                self._request(connection, last, lambda reply: self._answered(command, reply))
        except UnrenderableError as error:
            self._fail(command, str(error), "refused")

    def _request(self, connection: Connection, action: AmiAction, on_reply: Callable[[Reply], None]) -> None:
        def measured(reply: Reply) -> None:
            self._meter.action(action.name, reply.seconds)
            on_reply(reply)

        connection.request(action, deadline=self.options.action_timeout, on_reply=measured)

    def _answered(self, command: ActingCommand, reply: Reply) -> None:
        match reply.answer:
            case Answer.SUCCESS:
                pass
            case Answer.REFUSED:
                self._fail(command, reply.message, "refused")
            case Answer.TIMED_OUT | Answer.LOST:
                self._fail(command, reply.message, "timed_out")
            case _:
                assert_never(reply.answer)

    def _fail(self, command: TelephonyCommand, reason: str, how: str) -> None:
        self._meter.failure(type(command).__name__, how)
        failed = failure(command, reason, timed_out=how == "timed_out")
        if self._state is LinkState.STOPPED:
            self._inbox.post_now(failed)
        else:
            self._inbox.put(failed, aside=self._serving)

    # ---- connecting ----------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while not self._cut:
            seconds = self.options.backoff_max
            try:
                await self._session()
            except (DeniedError, UnrenderableError) as denied:  # the latter: a line break in the secret
                self._enter(LinkState.DENIED)
                self._problem("ami.denied", str(denied), self.options.denied_retry)
                seconds = pause(self.options.denied_retry, self.options.denied_retry, 0, self._jitter())
            except Exception as error:
                # A link must not die of our own mistake: its callers would wait for ever.
                if not isinstance(error, SessionEndedError | OSError):
                    log.error("ami.session_failed", server=self.options.server, problem=where(error))
                self._enter(LinkState.BACKING_OFF)
                if self._heard_at - self._served_at > _CALM:
                    self._failures_in_row = 0
                seconds = self._backoff(self._failures_in_row)
                self._failures_in_row += 1
                self._problem("ami.link_down", str(error) or type(error).__name__, seconds)
            if not self._cut:
                await asyncio.sleep(seconds)

    def _problem(self, event: str, problem: str, retry_in: float) -> None:
        """Said once, until it changes or the link has served again."""
        if problem != self._last_problem:
            self._last_problem = problem
            log.error(event, server=self.options.server, problem=problem, retry_in=round(retry_in, 1))

    def _backoff(self, times: int) -> float:
        return pause(self.options.backoff_first, self.options.backoff_max, times, self._jitter())

    async def _session(self) -> None:
        """One connection, to its end, which is an exception."""
        options = self.options
        self._enter(LinkState.CONNECTING)
        framer = Framer(WANTED, IGNORED, options.max_frame)
        connection = Connection(
            host=options.host,
            port=options.port,
            tls=self._tls,
            framer=framer,
            max_unsent=options.max_unsent,
            on_frames=lambda frames: self._received(framer, frames),
            on_ended=self._ended,
            on_failed=lambda: self._lose("a read failed"),
        )
        self._connection = connection
        self._losses_seen = self._resyncs_in_row = 0
        # A watcher that crashed must not leave a link without its heartbeat.
        helpers = TaskGroup(lambda name, error: connection.abort(f"{name} crashed"))
        try:
            await connection.open(options.connect_timeout)
            await self._log_in(connection)
            self._meter.follow(framer, connection)
            self._resync_due = True
            helpers.start(f"ami-ping-{options.server}", self._ping(connection))
            helpers.start(f"ami-beat-{options.server}", self._keep_beating(connection))
            await self._attend(connection)
        finally:
            await helpers.close()
            await connection.close("given up")
            self._meter.unfollow()
            self._connection = None

    async def _log_in(self, connection: Connection) -> None:
        options = self.options
        reply = await connection.ask(
            AmiAction("Login", (("Username", options.username), ("Events", "on"))),
            deadline=options.connect_timeout,
            secret=("Secret", options.secret),
        )
        if reply.answer is Answer.REFUSED:
            self._meter.denied()
            raise DeniedError(f"login refused: {reply.message}")
        if reply.answer is not Answer.SUCCESS:
            raise SessionEndedError(f"login: {reply.message}")
        self._meter.logged_in()

    # ---- listing -------------------------------------------------------------------------------------------

    async def _attend(self, connection: Connection) -> None:
        """Lists the server whenever that is due, until the connection ends."""
        while True:
            self._work.clear()
            if connection.ending is not None:
                raise SessionEndedError(connection.ending)
            if self._resync_due:
                await self._resync(connection)
            elif self._audits:
                await self._audit(connection)
            else:
                await self._work.wait()

    async def _resync(self, connection: Connection) -> None:
        self._enter(LinkState.SYNCING)
        if self._clock.now() - self._served_at > _CALM:
            self._resyncs_in_row = 0
        if self._resyncs_in_row:
            # What made us list again may go on; the heartbeat rests meanwhile, and Asterisk takes over.
            await asyncio.sleep(self._backoff(self._resyncs_in_row - 1))
        self._resyncs_in_row += 1
        # A consumer that is behind is not given one picture after another.
        await self._inbox.drained()
        self._resync_due = False
        self._inbox.set_aside()
        synced = await self._list(connection, self._blind_from)
        if self._resync_due:  # lost again meanwhile
            return
        self._audits = 0
        self._inbox.resume(synced)
        self._serving = True
        self._blind_from = None
        self._served_at = self._clock.now()
        self._enter(LinkState.SERVING)
        self._beat(connection)
        if self._last_problem:
            log.info("ami.link_restored", server=self.options.server)
            self._last_problem = ""

    async def _audit(self, connection: Connection) -> None:
        # One listing answers all that were asked for so far.
        self._audits = 0
        self._inbox.set_aside()
        try:
            synced = await self._list(connection, None)
        except SessionEndedError as error:
            if connection.ending is None and not self._resync_due:
                self._inbox.resume(None)
                how = "refused" if isinstance(error, DeniedError) else "timed_out"
                self._fail(Audit(self.options.server), str(error), how)
            return
        if not self._resync_due:
            self._inbox.resume(synced)

    async def _list(self, connection: Connection, blind_from: float | None) -> ServerSynced:
        # Written before the lists, so answered before them: the first heartbeat is right.
        self._request(connection, ASK_TIME, self._heartbeat.time_told)
        began = self._clock.now()
        listing = await list_server(connection, self.options.server, self.options.list_timeout, blind_from)
        self._meter.action("Listing", self._clock.now() - began)
        self._inbox.malformed += listing.malformed
        return listing.synced

    # ---- what comes in -------------------------------------------------------------------------------------

    def _received(self, framer: Framer, frames: list[Frame]) -> None:
        if framer.losses != self._losses_seen:
            self._losses_seen = framer.losses
            self._lose("unreadable bytes")
        self._heard_at = self._clock.now()
        self._inbox.put_frames(frames)
        self._meter.read()

    def _overflowed(self) -> None:
        self._lose("the inbox was full")

    def _lose(self, reason: str) -> None:
        """Events were missed on a connection that goes on: nothing is known until it is listed again."""
        since = self._inbox.complete_until(self._heard_at)
        self._inbox.drop()
        self._blind(reason, since)
        self._resync_due = True
        self._work.set()

    def _ended(self, reason: str) -> None:
        # What is in the queue did happen, and is still delivered; what stands aside is lost with the listing.
        since = self._inbox.aside_since or self._heard_at
        self._inbox.drop_aside()
        self._blind(reason, since)
        self._work.set()

    def _blind(self, reason: str, since: float) -> None:
        if self._serving:
            self._serving = False
            self._blind_from = since
            self._inbox.put(LinkLost(self.options.server, reason))
            if not self._cut:
                log.warning("ami.blind", server=self.options.server, reason=reason)

    # ---- watching ------------------------------------------------------------------------------------------

    async def _ping(self, connection: Connection) -> None:
        """Finds a half-open link, on which nothing comes and nothing fails."""
        while True:
            await asyncio.sleep(self.options.ping_interval)
            reply = await connection.ask(AmiAction("Ping"), deadline=self.options.ping_timeout)
            self._meter.action("Ping", reply.seconds)
            if reply.answer is Answer.TIMED_OUT:
                connection.abort("no answer to a ping")

    async def _keep_beating(self, connection: Connection) -> None:
        while True:
            await asyncio.sleep(self.options.heartbeat_interval)
            self._beat(connection)

    def _beat(self, connection: Connection) -> None:
        """Beats while we serve, and while our consumer takes what it is given."""
        if self._serving and not self._heartbeat.paused and not self._inbox.pushed_back and self._may_act():
            self._heartbeat.beat(partial(self._request, connection))

    def _enter(self, state: LinkState) -> None:
        self._state = state
        self._meter.state(state)
