"""Keeps the core told which agents have a console here: ``BrowserConnected`` and ``BrowserLost`` for the
leading tab of each, and with ``ReportPhone`` of the phone in it.

The core lives on another node perhaps, changes hands, and may be away for a while. So this is not a stream
of messages but a wish (agent -> leading browser) that is compared with what was last accepted, until both
agree: a refusal is asked again with a growing delay, and a new core (a new epoch) is told everything anew.
What was accepted is a lease, and ``repeat`` renews it, since a node that dies can't report its browsers
lost.
Requests about one agent go one after another; a new leader is announced before the old one is taken back,
so that changing tabs is never seen as a lost browser.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import structlog

from callcenter.calls.requests import (
    BrowserConnected,
    BrowserLost,
    Refused,
    Reply,
    ReportPhone,
    Request,
)
from callcenter.calls.states import PhoneProblem
from callcenter.tasks import TaskGroup
from routing.ids import AgentId

log = structlog.get_logger(__name__)

Announcement: TypeAlias = BrowserConnected | BrowserLost | ReportPhone
Submit = Callable[[Request], Awaitable[Reply]]
AT_ONCE = 32
"""Requests under way together, after a new core took over a site of hundreds of agents."""
FIRST_RETRY = 0.2
LONGEST_RETRY = 10.0


class Announcer:
    def __init__(self, submit: Submit, tasks: TaskGroup) -> None:
        self._submit = submit
        self._tasks = tasks
        self._wanted: dict[AgentId, str] = {}
        self._told: dict[AgentId, list[str]] = {}  # accepted by this core and not taken back, in order
        self._phones: dict[AgentId, ReportPhone] = {}  # what the leading browser said of its phone
        self._phones_told: dict[AgentId, ReportPhone] = {}  # what this core accepted of that
        self._due: set[AgentId] = set()  # whose browser the core should hear of again
        self._working: dict[AgentId, asyncio.Event] = {}
        self._jobs: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._epoch: str | None = None

    def wish(self, agent: AgentId, browser: str | None) -> None:
        """From now on this browser is the agent's, or none is."""
        if browser is None:
            self._wanted.pop(agent, None)
            self._due.discard(agent)
        else:
            self._wanted[agent] = browser
        self._wake(agent)

    def phone(
        self, agent: AgentId, browser: str, problem: PhoneProblem | None, *, voice: bool = True
    ) -> None:
        """What the phone in this browser says of itself; told once the browser is."""
        self._phones[agent] = ReportPhone(agent, browser, problem, voice)
        self._wake(agent)

    def new_epoch(self, epoch: str) -> None:
        """Whoever answers now may know of none of our browsers."""
        if epoch == self._epoch:
            return
        self._epoch = epoch
        self._told.clear()
        self._phones_told.clear()
        for agent in tuple(self._wanted):
            self._wake(agent)

    async def repeat(self, every: float) -> None:
        """Renew every browser's lease, each once in so many seconds, spread over them so that hundreds don't
        come in a bunch. Runs until cancelled."""
        while True:
            agents = tuple(self._wanted)
            if not agents:
                await asyncio.sleep(every)
            for agent in agents:
                if agent in self._wanted:
                    self._due.add(agent)
                    self._wake(agent)
                await asyncio.sleep(every / len(agents))

    async def settle(self, timeout: float) -> None:
        """Wait until the core was told everything, at most so long. For an orderly stop."""
        if self._jobs:
            await asyncio.wait(self._jobs, timeout=timeout)

    def _wake(self, agent: AgentId) -> None:
        event = self._working.get(agent)
        if event is not None:
            event.set()
            return
        if self._next(agent) is not None:
            self._working[agent] = asyncio.Event()
            job = self._tasks.start(f"announce {agent}", self._work(agent))
            self._jobs.add(job)
            job.add_done_callback(self._jobs.discard)

    def _next(self, agent: AgentId) -> Announcement | None:
        wanted = self._wanted.get(agent)
        told = self._told.get(agent, [])
        if wanted is not None and (wanted not in told or agent in self._due):
            return BrowserConnected(agent, wanted)
        phone = self._phones.get(agent)
        if phone is not None and phone.browser == wanted and phone != self._phones_told.get(agent):
            return phone
        stale = next((browser for browser in told if browser != wanted), None)
        return None if stale is None else BrowserLost(agent, stale)

    async def _work(self, agent: AgentId) -> None:
        changed = self._working[agent]
        delay = FIRST_RETRY
        try:
            while (request := self._next(agent)) is not None:
                changed.clear()
                epoch = self._epoch
                async with self._slots:
                    reply = await self._submit(request)
                if epoch != self._epoch:
                    continue  # answered by a core that is no more, or before the new one was known
                if not isinstance(reply, Refused):
                    self._accepted(request)
                    delay = FIRST_RETRY
                    continue
                log.info("push.announce_refused", agent=agent, refusal=reply.refusal, retry_in=delay)
                await _either(changed, delay)
                delay = min(LONGEST_RETRY, delay * 2)
        finally:
            self._working.pop(agent, None)

    def _accepted(self, request: Announcement) -> None:
        if isinstance(request, ReportPhone):
            self._phones_told[request.agent] = request
            return
        told = self._told.setdefault(request.agent, [])
        if isinstance(request, BrowserConnected):
            self._due.discard(request.agent)
            if request.browser not in told:
                told.append(request.browser)
        else:
            told.remove(request.browser)
            for phones in (self._phones, self._phones_told):
                if request.agent in phones and phones[request.agent].browser == request.browser:
                    del phones[request.agent]
            if not told:
                del self._told[request.agent]


async def _either(changed: asyncio.Event, delay: float) -> None:
    try:
        async with asyncio.timeout(delay):
            await changed.wait()
    except TimeoutError:
        pass
