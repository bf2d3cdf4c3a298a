"""The product as a process of its own, and clients that use it as a browser or an API user does.

The process can be killed and started again on the same ports, database and journal: what a restart means.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from callcenter.clock import SystemClock
from callcenter.people.plan import PlanStore
from callcenter.people.users import UserStore
from callcenter.people.views import Disposition, Language, PauseReason, Role, User
from callcenter.people.words import WordStore
from callcenter.storage.database import Database
from routing.acd.model import Queue, SkillLevel
from routing.ids import QueueId, StationId
from tests.support.passwords import hash_of
from tests.support.ports import free_tcp_port

PASSWORD = "a test's password"
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Person:
    """Someone to sign in as; with a station an agent."""

    login: str
    role: Role = Role.OPERATOR
    station: str = ""
    queues: tuple[str, ...] = ()
    skills: tuple[SkillLevel, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteSeed:
    """What a test's site holds. The first queue takes calls to unknown numbers."""

    queues: Sequence[Queue]
    people: Sequence[Person] = field(default_factory=tuple)


async def seed_site(database: Database, seed: SiteSeed) -> None:
    """Queues, people (all with ``PASSWORD``), one pause reason and two dispositions."""
    plans, users, words = PlanStore(database), UserStore(database, SystemClock()), WordStore(database)
    for index, queue in enumerate(seed.queues):
        await plans.add_queue(queue, takes_unknown=index == 0)
    password_hash = await hash_of(PASSWORD)
    for person in seed.people:
        station = StationId(person.station) if person.station else None
        queues = tuple(QueueId(queue) for queue in person.queues)
        name = person.login.capitalize()
        user = User(person.login, name, person.role, Language.EN, True, station, queues, person.skills)
        await users.add(user, password_hash)
    await words.set_pause_reasons([PauseReason("lunch", "Обед", "Lunch")])
    await words.set_dispositions(
        [
            Disposition("sale", "Продажа", "Sale", (), False),
            Disposition("question", "Вопрос", "Question", (), False),
        ]
    )


class ServerProcess:
    """``callcenter serve`` with settings given by environment. Use as an async context manager."""

    def __init__(self, folder: Path, environ: Mapping[str, str], *, node: str = "one") -> None:
        self.port = free_tcp_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._log = folder / f"server-{node}.log"
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CALLCENTER_")},
            "CALLCENTER_SITE_NODE": node,
            "CALLCENTER_WEB_PORT": str(self.port),
            "CALLCENTER_WEB_PUBLIC_URL": self.base,
            "CALLCENTER_HISTORY_JOURNAL_DIR": str(folder / f"journal-{node}"),
            "CALLCENTER_LOG_LEVEL": "info",
            "PYTHONUNBUFFERED": "1",
            **environ,
        }
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> ServerProcess:
        try:
            await self.start()
        except BaseException:
            await self.kill()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if error is not None and hasattr(error, "add_note"):
            error.add_note(f"--- server ---\n{self.log_tail()}")

    async def start(self, *, routing: bool = True) -> None:
        """Returns once it serves browsers and, with ``routing``, is linked to its Asterisk."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "callcenter.cli.main", "serve"],
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        await self.wait_ready("/readyz" if routing else "/healthz")

    @property
    def running(self) -> bool:
        """Whether it was started, and has neither ended nor been ended."""
        return self._process is not None and self._process.poll() is None

    async def wait_ready(self, path: str = "/readyz") -> None:
        """Returns once ``path`` answers 200."""
        until = time.monotonic() + START_SECONDS
        async with aiohttp.ClientSession() as http:
            while True:
                if not self.running:
                    raise AssertionError(f"the server ended\n{self.log_tail()}")
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(self.base + path) as answer:
                        if answer.status == 200:
                            return
                if time.monotonic() > until:
                    raise AssertionError(f"the server was not ready in {START_SECONDS} s\n{self.log_tail()}")
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL when that is not heard within 15 s."""
        await self._end(signal.SIGTERM)

    async def _end(self, number: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(number)
        try:
            await asyncio.to_thread(process.wait, 15)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait, 5)
            raise AssertionError(f"the server did not stop\n{self.log_tail()}") from None

    def log_tail(self, lines: int = 60) -> str:
        if not self._log.exists():
            return "(it was never started)"
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])

    async def metrics(self) -> dict[str, float]:
        """Every series of ``/metrics`` by its name with labels."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.base}/metrics") as answer:
            text = await answer.text()
        found = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                found[name] = float(value)
        return found


class ApiClient:
    """A signed-in user of the API. Use as ``async with ApiClient(server.base, "anna") as anna``."""

    def __init__(self, base: str, login: str, password: str = PASSWORD) -> None:
        self.base = base
        self.login = login
        self._password = password

    async def __aenter__(self) -> ApiClient:
        self.http = aiohttp.ClientSession(
            self.base,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"X-Requested-With": "callcenter", "Origin": self.base},
        )
        try:
            await self.call("POST", "/api/v1/session", {"login": self.login, "password": self._password})
        except BaseException:
            await self.http.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.close()

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """The answer's JSON, ``None`` for an empty one. Fails the test for a problem."""
        status, answer = await self.ask(method, path, body)
        assert status < 400, f"{method} {path}: {status} {answer}"
        return answer

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """The status and the answer's JSON, ``None`` for an empty one."""
        async with self.http.request(method, path, json=body) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def interaction(
        self, call: str, good: Callable[[Any], bool], what: str, *, seconds: float = 10.0
    ) -> Any:
        """What the history says of ``call``, once that is ``good``."""
        until, path = time.monotonic() + seconds, f"/api/v1/calls/{call}"
        while True:
            status, answer = await self.ask("GET", path)
            if status == 200 and good(answer):
                return answer
            assert time.monotonic() < until, f"{call} is not {what} after {seconds} s: {status} {answer}"
            await asyncio.sleep(0.05)

    async def ended(self, call: str, *, seconds: float = 10.0) -> Any:
        """What the history says of ``call`` once it is over, and no offer or leg of it is left open."""

        def over(answer: Any) -> bool:
            parts = (answer, *answer["legs"], *answer["offers"])
            return all(part["ended_at"] is not None for part in parts)

        return await self.interaction(call, over, "ended", seconds=seconds)

    async def set_state(self, state: str, reason: str = "", *, agent: str = "") -> None:
        body = {"state": state, **({"reason": reason} if reason else {})}
        await self.call("PUT", f"/api/v1/agents/{agent or self.login}/state", body)

    @contextlib.asynccontextmanager
    async def screen(self, *, paints: bool = True) -> AsyncIterator[Screen]:
        """A console without a browser: holds what the push sent and acknowledges cards."""
        cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in self.http.cookie_jar)
        async with connect(
            f"ws{self.base.removeprefix('http')}/ws",
            origin=Origin(self.base),
            additional_headers={"Cookie": cookies},
            compression=None,
            proxy=None,
        ) as socket:
            screen = Screen(self.login, socket, paints=paints)
            await socket.send(json.dumps({"type": "hello", "tab": f"test-{self.login}", "resume": None}))
            reading = asyncio.create_task(screen.read(), name=f"screen of {self.login}")
            try:
                await screen.wait(lambda: screen.epoch != "", "a snapshot")
                yield screen
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)


class Screen:
    """Entities by key, as pushed; ``painted`` lists the offers acknowledged with their monotonic time."""

    def __init__(self, login: str, socket: ClientConnection, *, paints: bool) -> None:
        self.login = login
        self.entities: dict[str, Any] = {}
        self.epoch = ""
        self.painted: list[tuple[str, float]] = []
        self._socket = socket
        self._paints = paints
        self._changed = asyncio.Event()

    @property
    def me(self) -> Any:
        return self.entities.get(f"agent/{self.login}")

    async def read(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            match message["type"]:
                case "snapshot":
                    self.entities, self.epoch = message["entities"], message["epoch"]
                case "changes":
                    for change in message["changes"]:
                        if change["entity"] is None:
                            self.entities.pop(change["key"], None)
                        else:
                            self.entities[change["key"]] = change["entity"]
            await self._paint()
            self._changed.set()

    async def _paint(self) -> None:
        me = self.me
        if not self._paints or me is None or me["state"] != "offered":
            return
        if (
            any(offer == me["offer"] for offer, _ in self.painted)
            or f"card/{me['call']}" not in self.entities
        ):
            return
        self.painted.append((me["offer"], time.monotonic()))
        await self._socket.send(json.dumps({"type": "painted", "offer": me["offer"]}))

    async def wait(self, condition: Callable[[], bool], what: str, *, seconds: float = 10.0) -> None:
        """Returns once ``condition`` holds of what is on the screen."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{self.login} saw no {what} in {seconds} s: {self.entities}") from None

    async def wait_state(self, state: str, *, seconds: float = 10.0) -> None:
        await self.wait(lambda: self.me is not None and self.me["state"] == state, state, seconds=seconds)

    def agent(self, login: str) -> Any:
        """Any agent, on a supervisor's screen."""
        return self.entities.get(f"agent/{login}", {})

    async def wait_agent(self, login: str, state: str, *, seconds: float = 10.0) -> Any:
        """Returns the agent once in this state and on a phone that may be rung."""

        def good() -> bool:
            agent = self.agent(login)
            return bool(agent) and agent["state"] == state and (state != "ready" or agent["station_ready"])

        await self.wait(good, f"{login} {state}", seconds=seconds)
        return self.agent(login)

    def calls(self) -> list[Any]:
        """All calls on the screen."""
        return [item for item in self.entities.values() if item["kind"] == "call"]

    def call_from(self, number: str) -> Any:
        """The call from ``number``, on a supervisor's screen; empty when there is none."""
        return next((call for call in self.calls() if call["number"] == number), {})

    async def wait_call(self, number: str, state: str, *, seconds: float = 10.0) -> Any:
        """Returns the call from ``number`` once in this state."""

        def good() -> bool:
            return bool(self.call_from(number).get("state") == state)

        await self.wait(good, f"call from {number} {state}", seconds=seconds)
        return self.call_from(number)
