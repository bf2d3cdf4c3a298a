"""Records what a real Asterisk writes, once: ``python -m tests.telephony.record [SCENARIO ...]`` rewrites the
transcripts here and the recorded call of ``benchmarks/ami.py``. Look at the difference before committing
it."""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from callcenter.telephony.ami.render import render
from callcenter.telephony.commands import Ask, Play, Record
from routing.ids import ServerId, call_id
from tests.support.asterisk import AsteriskServer
from tests.support.asterisk_tree import ensure_tree
from tests.support.sipp_scripted import ScriptedCaller, ScriptedOutside, ScriptedPhone

TRANSCRIPTS = Path(__file__).parent / "transcripts"
BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "data" / "call.ami"
SECONDS = 8.0

_UNFILTERED = """
[recorder]
secret = recorder-secret
deny = 0.0.0.0/0.0.0.0
permit = 127.0.0.1
read = system,call,agent,user,dtmf,reporting,cdr,dialplan
write = call,reporting
"""


class Wire:
    """A bare AMI connection that keeps all it reads."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.data = b""
        self._writer = writer
        self._numbers = itertools.count(1)
        self._came = asyncio.Event()
        self._task = asyncio.create_task(self._read(reader))

    @classmethod
    async def log_in(cls, server: AsteriskServer, user: str, secret: str) -> Wire:
        wire = cls(*await asyncio.open_connection(server.host, server.ami_port))
        await wire.ask("Login", Username=user, Secret=secret, Events="on")
        return wire

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(65536):
            self.data += data
            self._came.set()

    async def until(self, text: str, start: int = 0) -> int:
        """Where it stands, once it has come."""
        async with asyncio.timeout(SECONDS):
            while (at := self.data.find(text.encode(), start)) < 0:
                self._came.clear()
                await self._came.wait()
        return at

    async def ask(self, name: str, action_id: str = "", **headers: str) -> None:
        """Send an action and wait for its answer."""
        action_id = action_id or f"record-{next(self._numbers)}"
        lines = [f"Action: {name}", f"ActionID: {action_id}"]
        lines += [f"{key}: {value}" for key, value in headers.items()]
        start = len(self.data)
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await self.until(f"ActionID: {action_id}\r\n", start)

    async def listed(self, name: str, **headers: str) -> None:
        """Ask for a list, and wait for its end."""
        start = len(self.data)
        await self.ask(name, **headers)
        await self.until(f"Event: {name}Complete", start)
        await self.until("\r\n\r\n", await self.until(f"Event: {name}Complete", start))

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()
        await self._task


class Stage:
    """One Asterisk with one phone and one caller, for one scenario."""

    def __init__(self, wire: Wire, phone: ScriptedPhone, caller: ScriptedCaller) -> None:
        self.wire = wire
        self.phone = phone
        self.caller = caller

    async def hold(self, start: int = 0) -> str:
        """The Uniqueid of the caller who is on hold now."""
        at = await self.wire.until("UserEvent: CCHold", start)
        end = await self.wire.until("\r\n", await self.wire.until("Call: ", at))
        return self.wire.data[:end].rpartition(b"Call: ")[2].decode()

    async def ring(self, uniqueid: str, seconds: int = 4) -> None:
        await self.wire.ask("Setvar", Channel=uniqueid, Variable="CC_RING", Value=str(seconds))
        await self.wire.ask(
            "Redirect", Channel=uniqueid, Context="cc-dial", Exten=self.phone.user, Priority="1"
        )

    async def list_all(self) -> None:
        await self.wire.listed("Status", Variables="CC_CALL,CC_STATE,CC_DNIS,CC_TRY,CC_NUMBER")

    async def gone(self, times: int, start: int = 0) -> None:
        """Until so many channels hung up."""
        for _ in range(times):
            start = await self.wire.until("Event: Hangup\r\n", start) + 1
        await self.wire.until("\r\n\r\n", start)
        # What follows a Hangup (device states) has no end to wait for.
        await asyncio.sleep(0.2)


async def answered(stage: Stage) -> None:
    """Waiting, ringing, talking; the agent hangs up. Listed in each place."""
    await stage.caller.call("+74951234567", name="Пётр")
    uniqueid = await stage.hold()
    await stage.list_all()
    await stage.ring(uniqueid)
    call = await stage.phone.next_call()
    await stage.wire.until("DialStatus: RINGING")
    await stage.list_all()
    call.answer()
    at = await stage.wire.until("Event: BridgeEnter")
    await stage.wire.until("Event: BridgeEnter", at + 1)
    await stage.list_all()
    call.hang_up()
    await stage.gone(2)


async def rejected(stage: Stage) -> None:
    """The agent declines; the caller is held again and hangs up there."""
    caller = await stage.caller.call("+74951234567")
    await stage.ring(await stage.hold())
    (await stage.phone.next_call()).reject(486)
    await stage.hold(await stage.wire.until("UserEvent: CCDialEnd"))
    caller.hang_up()
    await stage.gone(2)


async def unanswered(stage: Stage) -> None:
    """Nobody answers within the ring timeout; the caller is held again and hangs up there."""
    caller = await stage.caller.call("+74951234567")
    await stage.ring(await stage.hold(), seconds=1)
    await stage.phone.next_call()
    await stage.hold(await stage.wire.until("UserEvent: CCDialEnd"))
    caller.hang_up()
    await stage.gone(2)


async def given_up(stage: Stage) -> None:
    """The caller hangs up while the phone rings."""
    caller = await stage.caller.call("+74951234567")
    await stage.ring(await stage.hold())
    await stage.phone.next_call()
    await stage.wire.until("DialStatus: RINGING")
    caller.hang_up()
    await stage.gone(2)


async def unreachable(stage: Stage) -> None:
    """The station has no registered phone: no leg is ever made."""
    await stage.phone.register(expires=0)
    caller = await stage.caller.call("+74951234567")
    await stage.ring(await stage.hold())
    await stage.hold(await stage.wire.until("UserEvent: CCDialEnd"))
    caller.hang_up()
    await stage.gone(1)


async def fallback(stage: Stage) -> None:
    """No heartbeat: the caller goes to the fallback queue, and is brought back once there is one."""
    await stage.wire.ask("Setvar", Variable="CC_HB", Value="0")
    caller = await stage.caller.call("+74951234567")
    at = await stage.wire.until("UserEvent: CCFallback")
    end = await stage.wire.until("\r\n", await stage.wire.until("Call: ", at))
    uniqueid = stage.wire.data[:end].rpartition(b"Call: ")[2].decode()
    await asyncio.sleep(0.3)
    await stage.list_all()
    await stage.wire.ask("Setvar", Variable="CC_HB", Value=str(int(time.time())))
    await stage.wire.ask("Redirect", Channel=uniqueid, Context="cc-hold", Exten="s", Priority="1")
    await stage.hold()
    caller.hang_up()
    await stage.gone(1)


async def stepped(stage: Stage) -> None:
    """An announcement with a number, a prompt that is missing, keys, and a message that a hang-up ends."""
    caller = await stage.caller.call("+74951234567")
    uniqueid = await stage.hold()
    server, call = ServerId("main"), call_id(ServerId("main"), uniqueid)
    steps = (
        Play(server, call, 1, ("nowhere", "12"), "en"),
        Ask(server, call, 2, ("5",), "en", 2, 2),
        Record(server, call, 3, ("1",), "en", "recorded", 60),
    )
    for step in steps:
        at = len(stage.wire.data)
        for action in render(step):
            await stage.wire.ask(action.name, **dict(action.headers))
        if isinstance(step, Ask):
            caller.press("42")
        elif isinstance(step, Record):
            await asyncio.sleep(2.5)
            await stage.list_all()
            caller.hang_up()
            break
        await stage.hold(await stage.wire.until(f"Step: {step.step}\r\n", at))
    await stage.gone(1)


async def placed(stage: Stage) -> None:
    """A client is busy, another one answers, waits, and is let go."""
    async with ScriptedOutside(stage.caller.asterisk) as outside:
        for number, name in ((1, "placed-busy"), (2, "placed-good")):
            await stage.wire.ask(
                "Originate",
                name,
                Channel=f"PJSIP/7916{number}@cc-outside",
                ChannelId=name,
                Context="cc-back",
                Exten="s",
                Priority="1",
                CallerID="74951234567",
                Async="true",
                Variable=f"__CC_CALL={name},__CC_DNIS=74951234567,CC_NUMBER=7916{number},CC_STATE=PLACE",
            )
            call = await outside.next_call()
            if number == 1:
                await stage.list_all()
                call.reject(486)
                await stage.wire.until("Event: OriginateResponse")
        call.answer()
        await stage.hold()
        await stage.list_all()
        call.hang_up()
        await stage.gone(2)


SCENARIOS: dict[str, Callable[[Stage], Awaitable[None]]] = {
    one.__name__: one
    for one in (answered, rejected, unanswered, given_up, unreachable, fallback, stepped, placed)
}


async def _record(
    server: AsteriskServer, scenario: Callable[[Stage], Awaitable[None]]
) -> tuple[bytes, bytes]:
    """What our own manager user is told, and what an unfiltered one is."""
    wire = await Wire.log_in(server, server.ami_user, server.ami_secret)
    unfiltered = await Wire.log_in(server, "recorder", "recorder-secret")
    await wire.ask("Setvar", Variable="CC_HB", Value=str(int(time.time())))
    async with ScriptedPhone(server, "a1001") as phone, ScriptedCaller(server) as caller:
        await wire.listed("DeviceStateList")
        start = len(unfiltered.data)
        await scenario(Stage(wire, phone, caller))
        raw = unfiltered.data[start:]
    told = wire.data
    await wire.close()
    await unfiltered.close()
    return told, raw


async def main() -> None:
    TRANSCRIPTS.mkdir(exist_ok=True)
    BENCHMARK.parent.mkdir(exist_ok=True)
    server = AsteriskServer(ensure_tree(), extra={"manager.conf": _UNFILTERED})
    await asyncio.to_thread(server.start)
    try:
        for name in sys.argv[1:] or SCENARIOS:
            scenario = SCENARIOS[name]
            told, raw = await _record(server, scenario)
            (TRANSCRIPTS / f"{name}.ami").write_bytes(told)
            if scenario is answered:
                BENCHMARK.write_bytes(raw)
    finally:
        await asyncio.to_thread(server.stop)
        server.remove()


if __name__ == "__main__":
    asyncio.run(main())
