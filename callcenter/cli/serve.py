"""Starting the server, for real and as a demo."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from callcenter.app import Server
from callcenter.cli.common import CliError, read_settings
from callcenter.demo.exchange import Exchange, SimulatedExchange
from callcenter.demo.run import DemoOptions, DemoSummary, data_path, lines, run_demo
from callcenter.errors import ConfigError
from callcenter.logs import set_up_logs
from callcenter.settings import ConfigErrors, explain, missing_secrets
from callcenter.storage import DatabaseUnavailableError

T = TypeVar("T")


def serve(path: Path | None) -> None:
    settings = read_settings(path)
    missing = missing_secrets(settings)
    if missing:
        raise CliError("\n".join(f"{error.place}: {error.problem}. {error.remedy}." for error in missing))
    set_up_logs(settings.log.level, settings.log.format, pii=settings.log.pii)

    async def work() -> bool:
        stop = _stop_signals()
        server = Server(settings)
        try:
            await server.start()
            # A full collection looks at every object that lives: a tenth of a second with thousands of
            # agents, in which nothing is routed. What is here now (modules, settings, the plan) stays; only
            # what comes later is looked at from now on. ``./dev bench decide`` measures both.
            gc.collect()
            gc.freeze()
            waits = [asyncio.ensure_future(event.wait()) for event in (stop, server.failed)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            return not server.failed.is_set()
        finally:
            await server.stop()

    if not _run(work()):
        raise CliError("a part of the server crashed; see the log")


def demo(*, seconds: float | None, port: int, seed: int | None) -> None:
    """The demo on the simulated exchange."""
    demo_on(SimulatedExchange(data_path() / "pbx.toml", seed), DemoOptions(port, seconds))


def demo_on(exchange: Exchange, options: DemoOptions) -> None:
    """The demo on any exchange; prints the summary."""
    set_up_logs("warning", "console", pii=False)

    async def work() -> DemoSummary:
        stop = _stop_signals()
        return await run_demo(options, exchange, lambda text: print(text, flush=True), stop)

    summary = _run(work())
    print("\n".join(("", "  What happened:", *lines(summary))), flush=True)
    if summary.failed:
        raise CliError("a part of the server crashed; see the log")


def _stop_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except ConfigErrors as error:
        raise CliError(explain(error)) from error
    except (ConfigError, DatabaseUnavailableError) as error:
        raise CliError(str(error)) from error
