"""Scripted phones and callers in Python, for what SIPp cannot do: to the millisecond, and told when.

Times are ``time.monotonic()`` seconds, taken as the datagram is read, with the wall clock beside them.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.asterisk import AsteriskServer, station_password
from tests.support.sipp_agent import Call, UserAgent
from tests.support.sipp_wire import Message, Rtp, compose, digest, parse, sdp

_fills = itertools.cycle(range(0x10, 0x70))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a phone does with an INVITE. The default rings until the test says more."""

    silent: bool = False
    """Answers nothing at all, not even 100: a phone that has lost its network."""
    ring: bool = True
    answer_after: float | None = None
    """Seconds after the INVITE; 0 answers at once; None waits for ``Call.answer``."""
    reject_with: int | None = None
    """A final code such as 486, sent at once."""
    hangup_after: float | None = None
    """Seconds after our 200 until our BYE."""


RINGS = Plan()
ANSWERS = Plan(answer_after=0.0)
REJECTS = Plan(ring=False, reject_with=486)
SILENT = Plan(silent=True)


class ScriptedPhone(UserAgent):
    """A station's desk phone. Use as ``async with ScriptedPhone(asterisk, "a1001") as phone``.

    ``plan`` says what it does with the next INVITE and may be set at any time. ``fill`` is the byte its RTP
    is made of.
    """

    def __init__(
        self,
        asterisk: AsteriskServer,
        station: str,
        *,
        plan: Plan = RINGS,
        host: str = "127.0.0.1",
        password: str | None = None,
    ) -> None:
        super().__init__(asterisk, station, host)
        self.plan = plan
        self.fill = next(_fills)
        self.password = password or station_password(station)
        self._invites: asyncio.Queue[Call] = asyncio.Queue(maxsize=1000)

    async def __aenter__(self) -> ScriptedPhone:
        await self.open()
        try:
            await self.register()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        try:
            with contextlib.suppress(TimeoutError, ConnectionError):
                await self.register(expires=0)
        finally:
            await self.close()

    async def register(self, *, expires: int = 300) -> None:
        """Register, or unregister with 0; ``ConnectionError`` if refused, ``TimeoutError`` if unanswered."""
        call_id, challenge, uri = (
            secrets.token_hex(8),
            "",
            f"sip:{self.asterisk.host}:{self.asterisk.sip_port}",
        )
        for sequence in (1, 2):
            headers = [
                ("Via", self.via()),
                ("Max-Forwards", "70"),
                ("From", f"<sip:{self.user}@{self.asterisk.host}>;tag={secrets.token_hex(6)}"),
                ("To", f"<sip:{self.user}@{self.asterisk.host}>"),
                ("Call-ID", call_id),
                ("CSeq", f"{sequence} REGISTER"),
                ("Contact", f"<{self.contact}>"),
                ("Expires", str(expires)),
            ]
            if challenge:
                headers.append(
                    ("Authorization", digest(challenge, "REGISTER", uri, self.user, self.password))
                )
            data = compose(f"REGISTER {uri} SIP/2.0", headers)
            answer = await self.transact(data, call_id, "REGISTER", sequence)
            if answer.status == 200:
                return
            if sequence == 2 or answer.status != 401:
                raise ConnectionError(f"{self.user} may not register: {answer.first_line}")
            challenge = answer.header("WWW-Authenticate")

    async def next_call(self, *, seconds: float = 5.0) -> Call:
        """The next INVITE this phone got, oldest first; ``TimeoutError`` if none comes."""
        try:
            return await asyncio.wait_for(self._invites.get(), seconds)
        except TimeoutError:
            raise TimeoutError(f"{self.user} was not rung in {seconds} s; it saw {self.log[-10:]}") from None

    @property
    def unseen_calls(self) -> int:
        """INVITEs that ``next_call`` has not returned yet."""
        return self._invites.qsize()

    def invited(self, message: Message) -> None:
        """Follow the plan."""
        plan = self.plan
        call = Call(self, message, ours=False, rtp=Rtp(self.host, self.fill))
        call.remote_target = _target(message)
        self.calls[call.id] = call
        self._invites.put_nowait(call)
        if plan.silent:
            return
        if plan.reject_with is not None:
            call.reject(plan.reject_with)
            return
        self.spawn(self._follow(call, plan))

    async def _follow(self, call: Call, plan: Plan) -> None:
        if plan.ring:
            call.last_response = self.respond(call.invite, 180, call.tag)
        await call.rtp.open()
        if plan.answer_after is not None:
            await asyncio.sleep(plan.answer_after)
            call.answer()
        if plan.hangup_after is not None:
            await call.answered.wait()
            await asyncio.sleep(plan.hangup_after)
            call.hang_up()


class ScriptedOutside(ScriptedPhone):
    """The world that calls go out to: whatever number Asterisk dials rings here, and ``Call.number`` says
    which. One at a time, because Asterisk sends to one address."""

    def __init__(self, asterisk: AsteriskServer, *, plan: Plan = RINGS) -> None:
        super().__init__(asterisk, "outside", plan=plan, password="none")
        self.port = asterisk.outside_port

    async def __aenter__(self) -> ScriptedOutside:
        await self.open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()


class ScriptedCaller(UserAgent):
    """A customer on the trunk. Use as ``async with ScriptedCaller(asterisk) as caller``; calls many times."""

    def __init__(self, asterisk: AsteriskServer, *, host: str = "127.0.0.1") -> None:
        super().__init__(asterisk, "caller", host)

    async def __aenter__(self) -> ScriptedCaller:
        await self.open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def call(self, number: str, *, caller: str = "+79161234567", name: str = "") -> Call:
        """Dial ``number``; returns as the INVITE is sent. Await ``wait_answered`` for the rest."""
        local = secrets.token_hex(6)
        display = f'"{name}" ' if name else ""
        uri = f"sip:{number}@{self.asterisk.host}:{self.asterisk.sip_port}"
        rtp = Rtp(self.host, next(_fills))
        headers = [
            ("Via", self.via()),
            ("Max-Forwards", "70"),
            ("From", f"{display}<sip:{caller}@{self.host}>;tag={local}"),
            ("To", f"<{uri}>"),
            ("Call-ID", f"{secrets.token_hex(8)}@{self.host}"),
            ("CSeq", "1 INVITE"),
            ("Contact", f"<{self.contact}>"),
        ]
        data = compose(f"INVITE {uri} SIP/2.0", headers, sdp(self.host, rtp.port))
        message = parse(data)
        assert message is not None
        call = Call(self, message, ours=True, rtp=rtp)
        self.calls[call.id] = call
        await rtp.open()
        self.send_repeated(data, call.id, "INVITE", 1)
        return call

    def invite_response(self, call: Call, message: Message) -> None:
        """Acknowledge every final response, also a repeated one."""
        if message.status < 200:
            return
        call.code = message.status
        call.remote_tag_header = message.header("To")
        ok = message.status < 300
        if ok:
            call.remote_target = _target(message)
        target = call.remote_target if ok else call.invite.first_line.split(" ")[1]
        headers = [
            ("Via", self.via() if ok else call.invite.header("Via")),
            ("Max-Forwards", "70"),
            ("From", call.invite.header("From")),
            ("To", message.header("To")),
            ("Call-ID", call.id),
            ("CSeq", f"{call.invite.sequence} ACK"),
        ]
        self.send(compose(f"ACK {target} SIP/2.0", headers))
        if not ok:
            call.end("us" if message.status == 487 else "rejected")
        elif not call.answered.is_set():
            call.answered_at = time.monotonic()
            call.answered.set()
            call.confirmed.set()
            if message.media is not None:
                call.rtp.send_to(message.media)
            if call.cancelled:  # our CANCEL crossed their 200
                call.hang_up()


def cross(first: Callable[[], None], second: Callable[[], None], gap: float = 0.0) -> None:
    """Do two things at the same moment, ``gap`` seconds apart (busy-waited, so at most a few milliseconds).

    ``cross(caller_call.hang_up, phone_call.answer)`` puts the caller's BYE and the agent's 200 on the wire
    microseconds apart.
    """
    first()
    until = time.monotonic() + gap
    while time.monotonic() < until:
        pass
    second()


def _target(message: Message) -> str:
    """The URI a request in this dialog goes to."""
    contact = message.header("Contact")
    return contact[contact.index("<") + 1 : contact.index(">")] if "<" in contact else contact.split(";")[0]
