"""The product beside the benchmark: ``callcenter serve`` as it runs in production, in a process of its own,
with its web, SQLite and journal; and the operators' browsers, in another."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.ring_rig import CALLER, PRODUCT, STATIONS
from callcenter.clock import SystemClock
from callcenter.people.passwords import hash_password
from callcenter.people.plan import PlanStore
from callcenter.people.users import UserStore
from callcenter.people.views import Language, Role, User
from callcenter.storage import Database, migrate
from routing.acd.model import Queue
from routing.ids import QueueId, StationId
from tests.support.asterisk import AsteriskServer
from tests.support.ports import free_tcp_port

_SECONDS = 30.0
_BOSS = "boss"
_STARTING = 503


class Product:
    """``async with Product(...)``: a server with a fresh database in ``directory``, which knows the caller;
    every agent is ready on his phone and has no browser. Processes are ended with the block, ours and no
    others."""

    def __init__(self, asterisk: AsteriskServer, directory: Path) -> None:
        self._asterisk = asterisk
        self._directory = directory
        self._url = f"sqlite:///{directory}/callcenter.sqlite3"
        self._password = secrets.token_urlsafe(12)
        self._base = f"http://127.0.0.1:{free_tcp_port()}"
        self._logins = {station: f"agent-{station}" for station in STATIONS}
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Product:
        try:
            await self._seed()
            server = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "callcenter.cli.main", "serve"),
                stdin=DEVNULL,
                stdout=DEVNULL,
                env=self._environment(),
            )
            self._stack.push_async_callback(end, server)
            self._http = await self._stack.enter_async_context(
                aiohttp.ClientSession(
                    self._base,
                    cookie_jar=aiohttp.CookieJar(unsafe=True),
                    headers={"X-Requested-With": "callcenter", "Origin": self._base},
                )
            )
            await asyncio.wait_for(self._until_ready(server), _SECONDS)
            await self._ask("POST", "session", {"login": _BOSS, "password": self._password})
            # So that the cards are real ones.
            await self._ask("POST", "clients", {"name": "Anna Petrova", "phones": [CALLER]})
            for login in self._logins.values():
                await self._ask("PUT", f"agents/{login}/state", {"state": "ready"})
            await self._agents(lambda agent: agent["state"] == "ready" and not agent["browser"])
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def open_browsers(self) -> None:
        """From now on every agent has a browser that acknowledges cards."""
        browsers = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.ring_browsers", stdin=PIPE
        )
        self._stack.push_async_callback(end, browsers)
        setup = {"base": self._base, "logins": list(self._logins.values()), "password": self._password}
        assert browsers.stdin is not None
        browsers.stdin.write(json.dumps(setup).encode() + b"\n")
        await self._agents(lambda agent: agent["state"] == "ready" and agent["browser"])

    async def gates(self) -> dict[str, int]:
        """How the waits for cards ended so far, by outcome: painted, timeout, no_browser."""
        async with self._http.get("/metrics") as answer:
            text = await answer.text()
        found = re.findall(r'^callcenter_pop_gate_total\{outcome="(\w+)"\} (\S+)', text, re.MULTILINE)
        return {outcome: round(float(count)) for outcome, count in found}

    async def _seed(self) -> None:
        database, queue = Database(self._url), QueueId("bench")
        try:
            await migrate(database)
            await PlanStore(database).add_queue(
                Queue(queue, "Bench", (PRODUCT,), wrap_up_seconds=0), takes_unknown=True
            )
            users, hashed = UserStore(database, SystemClock()), await hash_password(self._password)
            await users.add(User(_BOSS, "Boss", Role.SUPERVISOR, Language.EN, True, None, (), ()), hashed)
            for station, login in self._logins.items():
                agent = (StationId(station), (queue,), ())
                await users.add(User(login, login, Role.OPERATOR, Language.EN, True, *agent), hashed)
        finally:
            await database.close()

    async def _until_ready(self, server: Process) -> None:
        while True:
            if server.returncode is not None:
                raise RuntimeError(f"callcenter serve ended with {server.returncode}")
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with self._http.get("/readyz") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.05)

    async def _ask(self, method: str, path: str, body: dict[str, Any]) -> None:
        until = time.monotonic() + _SECONDS
        while True:
            async with self._http.request(method, f"/api/v1/{path}", json=body) as answer:
                if answer.ok:
                    return
                if answer.status != _STARTING or time.monotonic() > until:
                    raise RuntimeError(f"{method} {path}: {answer.status} {await answer.text()}")
            await asyncio.sleep(0.05)

    async def _agents(self, good: Callable[[dict[str, Any]], bool]) -> None:
        """Returns once every agent can be rung and is as wanted."""
        agents: dict[str, dict[str, Any]] = {}
        async with asyncio.timeout(_SECONDS), self._http.ws_connect("/ws") as socket:
            await socket.send_json({"type": "hello", "tab": "bench-boss"})
            async for message in socket:
                told = json.loads(message.data)
                agents.update(told.get("entities", {}))
                agents.update({change["key"]: change["entity"] for change in told.get("changes", [])})
                mine = [agents.get(f"agent/{login}") for login in self._logins.values()]
                if all(one is not None and one["station_ready"] and good(one) for one in mine):
                    return
        raise RuntimeError("the server closed the WebSocket")

    def _environment(self) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("CALLCENTER_")}
        return inherited | {
            "CALLCENTER_WEB_PORT": self._base.rpartition(":")[2],
            "CALLCENTER_WEB_PUBLIC_URL": self._base,
            "CALLCENTER_DATABASE_URL": self._url,
            "CALLCENTER_HISTORY_JOURNAL_DIR": str(self._directory / "journal"),
            "CALLCENTER_AMI_USERNAME": self._asterisk.ami_user,
            "CALLCENTER_AMI_SECRET": self._asterisk.ami_secret,
            "CALLCENTER_AMI_PORT": str(self._asterisk.ami_port),
            "CALLCENTER_LOG_LEVEL": "warning",
        }


async def end(process: Process) -> None:
    """Ask a process of ours to end, and kill it when it does not."""
    if process.returncode is not None:
        return
    if process.stdin is not None:
        process.stdin.close()
    else:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 15.0)
    except TimeoutError:
        process.kill()
        await process.wait()
