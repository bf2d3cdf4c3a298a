"""The telephone exchange of the demo: by default a simulated one."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from callcenter.simulator import Scenario, ScenarioRun, SimulatorServer, build_pbx


class Exchange(Protocol):
    """Something that speaks AMI and has callers. ``start`` before the address is asked for; ``stop`` in
    the end."""

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...

    @property
    def username(self) -> str: ...

    @property
    def secret(self) -> str: ...

    @property
    def prompts(self) -> Path | None:
        """The folder it plays prompts from; ``None`` when it needs none."""

    @property
    def messages(self) -> Path | None:
        """The folder where callers' messages are; ``None`` when they are only pretended."""

    @property
    def description(self) -> str:
        """One line for the person who looks at the demo."""

    async def start(self) -> None: ...

    async def start_callers(self) -> None:
        """From now on people call."""

    async def stop_callers(self) -> None:
        """No further callers; those who are there go on."""

    async def stop(self) -> None: ...


class SimulatedExchange:
    """The simulator in this process, on a free port."""

    username = "callcenter"
    prompts = None
    messages = None

    def __init__(self, scenario: Path, seed: int | None = None) -> None:
        loaded = Scenario.load(scenario)
        self._scenario = loaded if seed is None else replace(loaded, seed=seed)
        self.secret = secrets.token_urlsafe(24)
        pbx = build_pbx(self._scenario, now=time.time())
        self._server = SimulatorServer(pbx, "127.0.0.1", 0, {self.username: self.secret})
        self._run = ScenarioRun(self._scenario, pbx)

    @property
    def host(self) -> str:
        return self._server.host

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def description(self) -> str:
        return f"simulated telephone exchange, seed {self._scenario.seed}"

    async def start(self) -> None:
        await self._server.start()

    async def start_callers(self) -> None:
        self._server.pbx.by_hand(self._run.start)

    async def stop_callers(self) -> None:
        self._run.stop()

    async def stop(self) -> None:
        await self._server.stop()
