"""The measuring side of ``ring``: one real Asterisk, phones and callers with exact times, and two tasks.

Both techniques use the same Asterisk, trunk, stations and phones. What is dialled decides who connects the
call: ``PRODUCT`` goes the way of the shipped dialplan, ``REFERENCE`` into an app_queue with the same stations
as members. Times are taken beside the sockets: a caller's INVITE just before it is sent, a phone's as its
datagram is handed over, before anything is parsed.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support.asterisk import AsteriskServer, plain_station
from tests.support.sipp import (
    ANSWERS,
    RINGS,
    Call,
    Plan,
    ScriptedCaller,
    ScriptedPhone,
    SippCaller,
    SippCallSpec,
)
from tests.support.sipp_wire import Message, Rtp, parse

CALLER = "+79161234567"
PRODUCT = "1000"
REFERENCE = "2000"
STATIONS = tuple(f"a{number}" for number in range(1001, 1009))
DEADLINE = 10.0
"""Seconds until a phone that was not rung means that the benchmark failed."""
_WORD = 0.04
"""Seconds of talk of an idle call."""
_TALK = (0.3, 1.3)
"""Seconds of talk: a whole period of app_queue's recheck, so that any phase of it is met alike."""
_ARRIVALS = 40.0
"""Callers a second who fill the queue; half of what this Asterisk takes."""

_DIALPLAN = f"""
[cc-in](+)
exten => {REFERENCE},1,Answer(,i)
 same => n,Queue(reference)
 same => n,Hangup()
"""
# app_queue at its best: no announcements, delays or wrap-up, several callers served at once, and its shortest
# pauses (a retry under 1 s is read as 5 s).
_QUEUE = f"""
[reference]
strategy = leastrecent
musicclass = default
timeout = 20
retry = 1
wrapuptime = 0
memberdelay = 0
autofill = yes
ringinuse = no
timeoutpriority = conf
joinempty = yes
leavewhenempty = no
announce-frequency = 0
announce-holdtime = no
announce-position = no
periodic-announce-frequency = 0
reportholdtime = no
{chr(10).join(f"member => PJSIP/{station}" for station in STATIONS)}
"""


class Mute(Rtp):
    """Says nothing: hundreds of packets a second would be the benchmark's own load."""

    def send_to(self, remote: tuple[str, int]) -> None:
        pass


class Phone(ScriptedPhone):
    """A desk phone that notes when each INVITE reached it, in ``rung_at`` by Call-ID."""

    def __init__(self, asterisk: AsteriskServer, station: str, rung: asyncio.Queue[Call]) -> None:
        super().__init__(asterisk, station)
        self.rung_at: dict[str, float] = {}
        self._read_at = 0.0
        self._rung = rung

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._read_at = time.monotonic()
        super().datagram_received(data, addr)

    def forget(self) -> None:
        """Let ``next_call`` begin with the next INVITE."""
        while self.unseen_calls:
            self._invites.get_nowait()

    def invited(self, message: Message) -> None:
        read_at = self._read_at
        super().invited(message)
        call = self.calls[message.header("Call-ID")]
        self.spawn(call.rtp.close(), "rtp")
        call.rtp = Mute(self.host, self.fill)
        self.rung_at[call.id] = read_at
        self._rung.put_nowait(call)


class Caller(ScriptedCaller):
    """A customer who notes when the INVITE left, in ``sent_at`` by Call-ID."""

    def __init__(self, asterisk: AsteriskServer) -> None:
        super().__init__(asterisk)
        self.sent_at: dict[str, float] = {}

    def send(self, data: bytes) -> None:
        if data.startswith(b"INVITE "):
            message = parse(data)
            assert message is not None
            self.sent_at.setdefault(message.header("Call-ID"), time.monotonic())
        super().send(data)


class Rig:
    """``async with Rig(tree) as rig``: Asterisk and the phones; all of it is ended with the block."""

    def __init__(self, tree: Path, stations: Sequence[str] = STATIONS) -> None:
        self.stations = tuple(stations)
        self.asterisk = AsteriskServer(
            tree,
            stations=[plain_station(station) for station in stations],
            fallback_members=(),
            extra={"extensions.conf": _DIALPLAN, "queues.conf": _QUEUE},
        )
        self._rung: asyncio.Queue[Call] = asyncio.Queue()
        self._phones: list[Phone] = []
        self._caller = Caller(self.asterisk)
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Rig:
        try:
            self._stack.callback(self.asterisk.remove)
            # Both block: an interruption between the two would leave a process behind, and nothing else runs.
            self._stack.callback(self.asterisk.stop)
            self.asterisk.start()
            for station in self.stations:
                phone = Phone(self.asterisk, station, self._rung)
                await self._stack.enter_async_context(phone)
                self._phones.append(phone)
            await self._stack.enter_async_context(self._caller)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def idle(self, number: str, samples: int, chance: random.Random) -> list[float]:
        """All agents idle, one caller after another: seconds from the caller's INVITE to a phone's."""
        self._fresh(RINGS)
        taken = []
        for _ in range(samples):
            # Out of step with any timer of Asterisk's or ours.
            await asyncio.sleep(chance.uniform(0.02, 0.06))
            call = await self._caller.call(number, caller=CALLER)
            leg = await asyncio.wait_for(self._rung.get(), DEADLINE)
            taken.append(self._rung_at(leg) - self._caller.sent_at[call.id])
            leg.answer()
            await leg.wait_confirmed()
            # Until the two are bridged: app_queue keeps a caller whose agent leaves before.
            await asyncio.sleep(_WORD)
            leg.hang_up()
            await call.wait_ended()
            await call.rtp.close()
            await leg.rtp.close()
        await self._quiet()
        return taken

    async def waiting(self, number: str, samples: int, chance: random.Random) -> list[float]:
        """Callers wait and all agents talk: seconds from an agent's BYE to the next INVITE at his phone."""
        self._fresh(ANSWERS)
        each = -(-samples // len(self._phones))
        callers = len(self._phones) * (each + 2)
        arriving = callers / _ARRIVALS
        run = await SippCaller(self.asterisk).call(
            SippCallSpec(number, CALLER), count=callers, rate=_ARRIVALS, hold_seconds=120.0
        )
        async with run:
            seats = [
                self._seat(phone, each, arriving, random.Random(chance.getrandbits(64)))
                for phone in self._phones
            ]
            taken = [one for seat in await asyncio.gather(*seats) for one in seat]
            run.hang_up()
            await self._quiet()
        return taken

    async def _seat(self, phone: Phone, samples: int, arriving: float, chance: random.Random) -> list[float]:
        taken = []
        leg = await phone.next_call(seconds=DEADLINE)
        await asyncio.sleep(arriving)
        for _ in range(samples):
            await leg.wait_confirmed()
            await asyncio.sleep(chance.uniform(*_TALK))
            freed_at = time.monotonic()
            leg.hang_up()
            following = await phone.next_call(seconds=DEADLINE)
            taken.append(phone.rung_at[following.id] - freed_at)
            await leg.rtp.close()
            leg = following
        await leg.wait_confirmed()
        return taken

    def _rung_at(self, leg: Call) -> float:
        return next(phone.rung_at[leg.id] for phone in self._phones if leg.id in phone.rung_at)

    def _fresh(self, plan: Plan) -> None:
        """Forget the calls of the task before."""
        while not self._rung.empty():
            self._rung.get_nowait()
        for phone in self._phones:
            phone.forget()
            phone.plan = plan

    async def _quiet(self) -> None:
        """Returns once Asterisk has no channel left."""
        until = time.monotonic() + DEADLINE
        while channels := await asyncio.to_thread(self.asterisk.channels):
            if time.monotonic() > until:
                raise TimeoutError(f"calls that do not end: {channels}")
            await asyncio.sleep(0.1)
