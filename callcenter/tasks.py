"""Background tasks: one wrapper that keeps the reference, names the task and reports a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class TaskGroup:
    """Tasks of one owner. ``close`` cancels and awaits them all, so that none outlives its owner.

    A task that raises is logged with its name and reported to ``on_crash`` (the process's owner decides
    what follows).
    """

    def __init__(self, on_crash: Callable[[str, BaseException], None] | None = None) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_crash = on_crash

    def start(self, name: str, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def keep(self, name: str, work: Callable[[], Coroutine[Any, Any, None]], pause: float = 1.0) -> None:
        """A task that must outlive its own mistakes: when ``work`` raises, that is logged, and it is
        begun anew after ``pause`` seconds. It ends when ``work`` returns."""

        async def run() -> None:
            while True:
                try:
                    await work()
                except Exception:
                    log.exception("task.begun_anew", task=name)
                    await asyncio.sleep(pause)
                else:
                    return

        self.start(name, run())

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.error("task.crashed", task=task.get_name(), exc_info=error)
            if self._on_crash is not None:
                self._on_crash(task.get_name(), error)

    async def close(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
