"""One set of hands for two PBXs: a real Asterisk 22 and the simulator, driven alike by the contract tests.

A ``PbxRig`` places calls and works phones; ``ContractAmi`` is a bare AMI client that keeps every frame with
its repeated headers, independent of the product's own. Every wait has a deadline.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

import pytest

from callcenter.simulator import RINGS as SIM_RINGS, RingPlan, SimulatedPbx, SimulatorServer
from callcenter.simulator.phones import Phone
from tests.support.asterisk import AsteriskServer
from tests.support.sipp import Plan, ScriptedCaller, ScriptedPhone
from tests.support.sipp_agent import Call

STATIONS = ("a1031", "a1032")
FALLBACK = ("a9001", "a9002")
RING_SECONDS = 5
"""The same as the real rig's, for who does not set CC_RING."""
WAIT_SECONDS = 8.0
QUIET_SECONDS = 0.3
"""A scenario is over when nothing more was said for this long."""

AgentT = TypeVar("AgentT", bound=AbstractAsyncContextManager[object])
Frame = tuple[tuple[str, str], ...]


class Customer(Protocol):
    """The person who called."""

    def hang_up(self) -> None: ...

    def press(self, keys: str) -> None:
        """Press keys, one after the other; returns at once."""


class RigPhone(Protocol):
    """The phone of one station. Before a call it may be told how to ring; then it acts when told."""

    station: str

    def mute(self) -> None:
        """Say no 180 to the next call."""

    async def rung(self) -> None:
        """Returns once an INVITE is here that has not been seen before."""

    def answer(self) -> None: ...

    def decline(self, code: int) -> None: ...

    def hang_up(self) -> None: ...

    async def register(self) -> None: ...

    async def unregister(self) -> None: ...


class PbxRig(Protocol):
    """A PBX under contract."""

    name: str
    host: str
    ami_port: int
    ami_user: str
    ami_secret: str

    async def call(self, dialled: str, number: str, name: str) -> Customer: ...

    async def phone(self, station: str) -> RigPhone:
        """The station's phone, registered."""


class _SimPhone:
    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self.station = phone.station
        phone.plan = SIM_RINGS

    def mute(self) -> None:
        self._phone.plan = RingPlan(ring_after=None)

    async def rung(self) -> None:
        await until(lambda: self._phone.ringing_leg is not None, f"{self.station} was not rung")

    def answer(self) -> None:
        assert self._phone.answer()

    def decline(self, code: int) -> None:
        assert self._phone.decline(code)

    def hang_up(self) -> None:
        assert self._phone.hang_up()

    async def register(self) -> None:
        self._phone.register()

    async def unregister(self) -> None:
        self._phone.unregister()


@dataclass(frozen=True)
class _SimCustomer:
    pbx: SimulatedPbx
    uniqueid: str

    def hang_up(self) -> None:
        assert self.pbx.hang_up(self.uniqueid)

    def press(self, keys: str) -> None:
        assert self.pbx.press(self.uniqueid, keys)


class SimulatorRig:
    """The simulator on a TCP port of its own."""

    name = "simulator"

    def __init__(self, pbx: SimulatedPbx, server: SimulatorServer, user: str, secret: str) -> None:
        self.pbx = pbx
        self.host = server.host
        self.ami_port = server.port
        self.ami_user = user
        self.ami_secret = secret

    async def call(self, dialled: str, number: str, name: str) -> Customer:
        return _SimCustomer(self.pbx, self.pbx.call(number, name, dialled))

    async def phone(self, station: str) -> RigPhone:
        phone = self.pbx.phone(station)
        phone.one_line = False
        phone.register()
        return _SimPhone(phone)


@asynccontextmanager
async def simulator_rig() -> AsyncIterator[SimulatorRig]:
    """A fresh simulator, with the stations and the fallback queue of the real rig, nobody registered."""
    pbx = SimulatedPbx(
        now=time.time(),
        stations=(*STATIONS, *FALLBACK),
        system_name="rig",
        trunk="trunk-rig",
        ring_seconds=RING_SECONDS,
        fallback_members=FALLBACK,
    )
    for phone in pbx.phones.values():
        phone.unregister()
    server = SimulatorServer(pbx, credentials={"contract": "contract-secret"})
    await server.start()
    try:
        yield SimulatorRig(pbx, server, "contract", "contract-secret")
    finally:
        await server.stop()


class _RealPhone:
    def __init__(self, phone: ScriptedPhone) -> None:
        self._phone = phone
        self._call: Call | None = None
        self.station = phone.user

    def mute(self) -> None:
        self._phone.plan = Plan(ring=False)

    async def rung(self) -> None:
        self._call = await self._phone.next_call(seconds=WAIT_SECONDS)

    def answer(self) -> None:
        assert self._call is not None
        self._call.answer()

    def decline(self, code: int) -> None:
        assert self._call is not None
        self._call.reject(code)

    def hang_up(self) -> None:
        assert self._call is not None
        self._call.hang_up()

    async def register(self) -> None:
        await self._phone.register()

    async def unregister(self) -> None:
        await self._phone.register(expires=0)


class AsteriskRig:
    """A real Asterisk, with scripted phones and callers."""

    name = "asterisk"

    def __init__(self, asterisk: AsteriskServer, stack: AsyncExitStack) -> None:
        self.asterisk = asterisk
        self._stack = stack
        self._caller: ScriptedCaller | None = None
        self.host = asterisk.host
        self.ami_port = asterisk.ami_port
        self.ami_user = asterisk.ami_user
        self.ami_secret = asterisk.ami_secret

    async def call(self, dialled: str, number: str, name: str) -> Customer:
        if self._caller is None:
            self._caller = await self._stack.enter_async_context(ScriptedCaller(self.asterisk))
        call = await self._caller.call(dialled, caller=number, name=name)
        await call.wait_answered()
        return call

    async def phone(self, station: str) -> RigPhone:
        phone = await self._stack.enter_async_context(ScriptedPhone(self.asterisk, station))
        return _RealPhone(phone)

    async def enter(self, agent: AgentT) -> AgentT:
        """Have another user agent, until the test is over."""
        await self._stack.enter_async_context(agent)
        return agent


@asynccontextmanager
async def asterisk_rig(asterisk: AsteriskServer) -> AsyncIterator[AsteriskRig]:
    """The session's Asterisk; what a test opened is closed behind it."""
    async with AsyncExitStack() as stack:
        yield AsteriskRig(asterisk, stack)


@asynccontextmanager
async def open_rig(request: pytest.FixtureRequest) -> AsyncIterator[PbxRig]:
    """The rig that a fixture's parameter names: ``simulator`` or ``asterisk``."""
    if request.param == "simulator":
        async with simulator_rig() as simulator:
            yield simulator
    else:
        server: AsteriskServer = request.getfixturevalue("asterisk")
        async with asterisk_rig(server) as real:
            yield real


async def until(condition: Callable[[], bool], problem: str, *, seconds: float = WAIT_SECONDS) -> None:
    """Returns once ``condition`` holds; fails with ``problem`` after ``seconds``."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(problem)
        await asyncio.sleep(0.005)


class ContractAmi:
    """A logged-in manager that keeps all frames in the order they came, answers and events alike."""

    def __init__(self, rig: PbxRig) -> None:
        self._rig = rig
        self._ids = itertools.count(1)
        self._changed = asyncio.Event()
        self.frames: list[Frame] = []
        self.banner = ""
        self.closed = False

    async def connect(self) -> None:
        """Open the connection without logging in."""
        self._reader, self._writer = await asyncio.wait_for(
            asyncio.open_connection(self._rig.host, self._rig.ami_port), WAIT_SECONDS
        )
        self.banner = (await asyncio.wait_for(self._reader.readline(), WAIT_SECONDS)).decode()
        self._task = asyncio.create_task(self._read(), name="contract-ami")

    async def __aenter__(self) -> ContractAmi:
        await self.connect()
        answer = await self.action("Login", Username=self._rig.ami_user, Secret=self._rig.ami_secret)
        assert dict(answer)["Response"] == "Success", answer
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def action(self, name: str, **headers: object) -> Frame:
        """The answer, whatever it says."""
        since = len(self.frames)
        action_id = f"c{next(self._ids)}"
        lines = [f"Action: {name}", f"ActionID: {action_id}"]
        lines += [f"{key}: {value}" for key, value in headers.items()]
        self.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        return await self.frame(
            lambda frame: frame[0][0] == "Response" and ("ActionID", action_id) in frame,
            f"an answer to {name}",
            since=since,
        )

    async def listing(self, name: str, complete: str, **headers: object) -> list[Frame]:
        """The items of a list."""
        answer = await self.action(name, **headers)
        action_id = dict(answer)["ActionID"]
        assert dict(answer)["Response"] == "Success", answer
        await self.frame(
            lambda frame: frame[0] == ("Event", complete) and ("ActionID", action_id) in frame, complete
        )
        return [
            frame
            for frame in self.frames
            if ("ActionID", action_id) in frame and frame[0][0] == "Event" and frame[0][1] != complete
        ]

    async def event(self, name: str, *, since: int = 0, **where: str) -> Frame:
        """The first event past ``frames[since]`` that has these headers, or the next to come."""
        wanted = [(key.replace("_", "-"), value) for key, value in where.items()]

        def fits(frame: Frame) -> bool:
            return frame[0] == ("Event", name) and all(header in frame for header in wanted)

        return await self.frame(fits, f"{name} {where}", since=since)

    async def frame(self, fits: Callable[[Frame], bool], what: str, *, since: int = 0) -> Frame:
        """The first frame that fits."""
        at = since
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while True:
                    for frame in self.frames[at:]:
                        at += 1
                        if fits(frame):
                            return frame
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            seen = [dict(frame).get("UserEvent") or frame[0][1] for frame in self.frames[since:]]
            raise AssertionError(f"no {what} in {WAIT_SECONDS} s among {seen[-60:]}") from None

    async def quiet(self) -> None:
        """Returns once nothing more is said."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            count = len(self.frames)
            await asyncio.sleep(QUIET_SECONDS)
            if len(self.frames) == count:
                return
        raise AssertionError("the PBX does not stop talking")

    async def _read(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                raw = await self._reader.readuntil(b"\r\n\r\n")
                lines = (line.partition(":") for line in raw.decode("utf-8").split("\r\n") if line)
                self.frames.append(tuple((name, value.removeprefix(" ")) for name, _, value in lines))
                self._changed.set()
        self.closed = True
        self._changed.set()
