"""Looking callers up, beside the loop: bounded, with a deadline, and always answered."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from callcenter.calls.callers import CallerFound
from callcenter.dispatch.metrics import RunnerMetrics
from callcenter.dispatch.ports import Directory, LookUpClient
from callcenter.tasks import TaskGroup
from routing.ids import CallId

log = structlog.get_logger(__name__)


class LookUps:
    """``done`` is called once for each look-up, with ``None`` when the directory failed or was too slow; not
    for one that was overtaken by another of the same call, whose answer would be older news.

    At most ``at_once`` run. ``backlog`` more wait their turn; beyond that a look-up is given up at once
    (overflow policy: the call is served without a card, since a directory so far behind would only bring it
    after the call).
    """

    def __init__(
        self,
        directory: Directory,
        done: Callable[[LookUpClient, CallerFound | None], None],
        metrics: RunnerMetrics,
        *,
        at_once: int,
        backlog: int,
        timeout: float,
    ) -> None:
        self._directory = directory
        self._done = done
        self._metrics = metrics
        self._timeout = timeout
        self._at_once = at_once
        self._backlog = backlog
        self._waiting: deque[LookUpClient] = deque()
        self._latest: dict[CallId, LookUpClient] = {}
        self._workers = 0
        self._tasks = TaskGroup()

    def start(self, wanted: LookUpClient) -> None:
        self._latest[wanted.call] = wanted
        if self._workers < self._at_once:
            self._waiting.append(wanted)
            self._workers += 1
            self._tasks.start("client-look-up", self._work())
        elif len(self._waiting) < self._backlog:
            self._waiting.append(wanted)
        else:
            self._metrics.look_ups.labels("given_up").inc()
            self._answer(wanted, None)

    async def close(self) -> None:
        self._waiting.clear()
        await self._tasks.close()

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._one(self._waiting.popleft())
        finally:
            self._workers -= 1

    async def _one(self, wanted: LookUpClient) -> None:
        found: CallerFound | None = None
        try:
            async with asyncio.timeout(self._timeout):
                if wanted.typed:
                    found = await self._directory.identify(wanted.typed, wanted.number)
                elif wanted.client is None:
                    found = await self._directory.look_up(wanted.number)
                else:
                    found = await self._directory.card_of(wanted.client, wanted.number)
        except TimeoutError:
            self._metrics.look_ups.labels("timeout").inc()
            log.warning("client.look_up_timed_out", call=wanted.call, seconds=self._timeout)
        except Exception:
            self._metrics.look_ups.labels("error").inc()
            log.exception("client.look_up_failed", call=wanted.call)
        else:
            self._metrics.look_ups.labels("found" if found.client is not None else "not_found").inc()
        self._answer(wanted, found)

    def _answer(self, wanted: LookUpClient, found: CallerFound | None) -> None:
        if self._latest.get(wanted.call) is wanted:
            del self._latest[wanted.call]
            self._done(wanted, found)
