"""Simulated operators: they use the server as a browser does, by signing in and listening to the push.

They acknowledge cards, close wrap-ups with a disposition, and come back from a pause they did not choose.
Everything they do goes over HTTP and WebSocket, so the demo shows the real way, and load tests measure it.
"""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from callcenter.tasks import TaskGroup

log = structlog.get_logger(__name__)

CSRF: Final = {"X-Requested-With": "callcenter"}


@dataclass(slots=True)
class OperatorCounts:
    """What all operators of a run saw and did."""

    cards_shown: int = 0
    wrap_ups_closed: int = 0
    reconnects: int = 0


@dataclass(frozen=True, slots=True)
class Habits:
    """How operators behave. Times are seconds; ``dispositions`` are codes to choose from."""

    dispositions: tuple[str, ...]
    note: str = ""
    wrap_up: tuple[float, float] = (2.0, 6.0)
    after_rona: tuple[float, float] = (5.0, 10.0)
    retry: float = 2.0


@dataclass(slots=True)
class _Screen:
    """What the operator's screen holds: the entities sent, and what was already acted upon."""

    entities: dict[str, Any] = field(default_factory=dict)
    painted: str | None = None
    closing: str | None = None
    returning: bool = False


class SimulatedOperator:
    """One operator at one browser. ``run`` goes on until cancelled, and reconnects by itself."""

    def __init__(
        self,
        base_url: str,
        login: str,
        password: str,
        habits: Habits,
        chance: random.Random,
        counts: OperatorCounts,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._login = login
        self._password = password
        self._habits = habits
        self._chance = chance
        self._counts = counts
        self._tasks = TaskGroup()

    async def run(self) -> None:
        try:
            while True:
                try:
                    async with aiohttp.ClientSession(
                        cookie_jar=aiohttp.CookieJar(unsafe=True), headers=CSRF, raise_for_status=True
                    ) as http:
                        await self._work(http)
                except (aiohttp.ClientError, OSError, WebSocketException, TimeoutError) as error:
                    log.info("operator.disconnected", login=self._login, error=type(error).__name__)
                self._counts.reconnects += 1
                await asyncio.sleep(self._habits.retry)
        finally:
            await self._tasks.close()

    async def _work(self, http: aiohttp.ClientSession) -> None:
        credentials = {"login": self._login, "password": self._password}
        await http.post(f"{self._base}/api/v1/session", json=credentials, headers={"Origin": self._base})
        cookies = "; ".join(f"{c.key}={c.value}" for c in http.cookie_jar)
        address = f"ws{self._base.removeprefix('http')}/ws"
        async with connect(
            address,
            origin=Origin(self._base),
            additional_headers={"Cookie": cookies},
            compression=None,
            proxy=None,
        ) as socket:
            await socket.send(json.dumps({"type": "hello", "tab": str(uuid.uuid4()), "resume": None}))
            await self._set_state(http, "ready")
            screen = _Screen()
            async for text in socket:
                message = json.loads(text)
                match message.get("type"):
                    case "snapshot":
                        screen.entities = message["entities"]
                    case "changes":
                        for change in message["changes"]:
                            if change["entity"] is None:
                                screen.entities.pop(change["key"], None)
                            else:
                                screen.entities[change["key"]] = change["entity"]
                    case _:
                        continue
                await self._look(http, socket, screen)

    async def _look(self, http: aiohttp.ClientSession, socket: ClientConnection, screen: _Screen) -> None:
        """Act on what the screen shows now."""
        me = screen.entities.get(f"agent/{self._login}")
        if me is None:
            return
        offer, call = me["offer"], me["call"]
        if me["state"] == "offered" and offer != screen.painted and f"card/{call}" in screen.entities:
            screen.painted = offer
            self._counts.cards_shown += 1
            await socket.send(json.dumps({"type": "painted", "offer": offer}))
        if me["state"] == "wrap_up" and call != screen.closing:
            screen.closing = call
            self._tasks.start(f"wrap-up {self._login}", self._close_wrap_up(http, call))
        if me["state"] == "paused" and not screen.returning:
            screen.returning = True
            self._tasks.start(f"return {self._login}", self._return(http, screen))

    async def _close_wrap_up(self, http: aiohttp.ClientSession, call: str) -> None:
        await asyncio.sleep(self._chance.uniform(*self._habits.wrap_up))
        body = {"disposition": self._chance.choice(self._habits.dispositions), "note": self._habits.note}
        url = f"{self._base}/api/v1/calls/{call}/wrap-up"
        if await self._ask(http, "POST", url, body):
            self._counts.wrap_ups_closed += 1

    async def _return(self, http: aiohttp.ClientSession, screen: _Screen) -> None:
        await asyncio.sleep(self._chance.uniform(*self._habits.after_rona))
        await self._set_state(http, "ready")
        screen.returning = False

    async def _set_state(self, http: aiohttp.ClientSession, state: str) -> None:
        await self._ask(http, "PUT", f"{self._base}/api/v1/agents/{self._login}/state", {"state": state})

    async def _ask(self, http: aiohttp.ClientSession, method: str, url: str, body: dict[str, str]) -> bool:
        """True when done; a refusal (the state moved on meanwhile) is no fault."""
        try:
            async with http.request(method, url, json=body, headers={"Origin": self._base}):
                return True
        except aiohttp.ClientResponseError as error:
            log.info("operator.refused", login=self._login, status=error.status)
        except (aiohttp.ClientError, RuntimeError) as error:
            log.info("operator.disconnected", login=self._login, error=type(error).__name__)
        return False
