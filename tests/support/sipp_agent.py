"""One SIP user agent on a UDP port of its own: its calls, and the requests and responses in them."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import Coroutine

from tests.support.asterisk import AsteriskServer
from tests.support.sipp_wire import Message, Rtp, compose, parse, reply, sdp

SIP_SECONDS = 5.0
"""How long an agent waits for the answer to a request of its own."""
_RESEND_AFTER = 0.5
_REASONS = {180: "Ringing", 200: "OK", 480: "Temporarily Unavailable"}
_REASONS |= {486: "Busy Here", 487: "Request Terminated", 603: "Decline"}


class Call:
    """One dialog of a scripted phone or caller.

    ``ended_by`` is, once ``ended`` is set: ``cancel`` or ``bye`` (the other side), ``us``, or ``rejected``.
    """

    def __init__(self, agent: UserAgent, invite: Message, *, ours: bool, rtp: Rtp) -> None:
        self.id = invite.header("Call-ID")
        self.invite = invite
        self.invited_at = time.monotonic()
        """When the INVITE was read (or sent, for a caller)."""
        self.invited_wall = time.time()
        self.answered_at: float | None = None
        """When the 200 was sent (or read)."""
        self.ended_at: float | None = None
        self.ended_by = ""
        self.code = 0
        """The final response to the INVITE, once there is one."""
        self.rtp = rtp
        self.answered = asyncio.Event()
        self.confirmed = asyncio.Event()
        """Our 200 was acknowledged, or we acknowledged theirs."""
        self.ended = asyncio.Event()
        self.ours = ours
        self.cancelled = False
        self.tag = secrets.token_hex(6)
        self.remote_tag_header = ""
        self.remote_target = ""
        self.last_response = b""
        self.sequence = 1
        self.agent = agent

    @property
    def number(self) -> str:
        """What was dialled: the user part of the INVITE's address."""
        return self.invite.first_line.split(" ")[1].removeprefix("sip:").partition("@")[0]

    @property
    def call_header(self) -> str:
        """X-CC-Call: the waiting caller's id, as the dialplan puts it on the INVITE."""
        return self.invite.header("X-CC-Call")

    async def wait_answered(self, *, seconds: float = 5.0) -> None:
        """Returns once answered; ``TimeoutError`` otherwise."""
        await self._wait(self.answered, "answered", seconds)

    async def wait_confirmed(self, *, seconds: float = 5.0) -> None:
        """Returns once the answer was acknowledged; ``TimeoutError`` otherwise."""
        await self._wait(self.confirmed, "acknowledged", seconds)

    async def wait_ended(self, *, seconds: float = 5.0) -> str:
        """Why it ended, once it has; ``TimeoutError`` otherwise."""
        await self._wait(self.ended, "ended", seconds)
        return self.ended_by

    def answer(self) -> None:
        """Send 200 now, at a phone that rings."""
        if self.ours or self.code:
            return
        self.final(200, sdp(self.agent.host, self.rtp.port))
        self.answered_at = time.monotonic()
        self.answered.set()
        if self.invite.media is not None:
            self.rtp.send_to(self.invite.media)
        self.agent.spawn(self._repeat_answer())

    def reject(self, code: int = 486) -> None:
        """Send a final refusal now, at a phone that rings."""
        if self.ours or self.code:
            return
        self.final(code)
        self.end("rejected")

    def hang_up(self) -> None:
        """BYE when answered; before that, CANCEL from a caller and 603 from a phone. Returns at once."""
        if self.ended.is_set():
            return
        if self.answered.is_set():
            self.agent.request(self, "BYE")
            self.end("us")
        elif self.ours:
            self.cancelled = True
            self.agent.request(self, "CANCEL")
        else:
            self.reject(603)

    def press(self, keys: str) -> None:
        """Press keys as telephone events in the voice (RFC 4733), one after the other; returns at once."""
        self.rtp.press(keys)

    def press_by_info(self, key: str) -> None:
        """Press one key by SIP INFO (``application/dtmf-relay``), as some old gateways do."""
        self.agent.request(self, "INFO", f"Signal={key}\r\nDuration=100\r\n", "application/dtmf-relay")

    def end(self, by: str) -> None:
        """Record the end, once."""
        if not self.ended.is_set():
            self.ended_by, self.ended_at = by, time.monotonic()
            self.rtp.stop()
            self.ended.set()

    def final(self, code: int, body: str = "") -> None:
        """Send the final response to the INVITE, and keep it for repeating."""
        self.code = code
        self.last_response = self.agent.respond(self.invite, code, self.tag, body)

    async def _repeat_answer(self) -> None:
        """RFC 3261 13.3.1.4: repeat the 200 until it is acknowledged."""
        for attempt in range(6):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.confirmed.wait(), _RESEND_AFTER * 2**attempt)
                return
            self.agent.send(self.last_response)

    async def _wait(self, event: asyncio.Event, what: str, seconds: float) -> None:
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            raise TimeoutError(f"call {self.id} was not {what} in {seconds} s (code {self.code})") from None


class UserAgent(asyncio.DatagramProtocol):
    """A UDP socket, the dialogs on it, and the tasks they need."""

    def __init__(self, asterisk: AsteriskServer, user: str, host: str) -> None:
        self.asterisk = asterisk
        self.user = user
        self.host = host
        self.port = 0
        self.contact = ""
        self.calls: dict[str, Call] = {}
        self.log: list[tuple[float, str]] = []
        """Every message, ``>`` sent or ``<`` read, by its first line: for a failure's message."""
        self._transport: asyncio.DatagramTransport | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: dict[tuple[str, str, int], asyncio.Future[Message]] = {}

    async def open(self) -> None:
        """Bind the socket."""
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=(self.host, self.port), family=socket.AF_INET
        )
        self.port = self._transport.get_extra_info("sockname")[1]
        self.contact = f"sip:{self.user}@{self.host}:{self.port}"

    async def close(self) -> None:
        """Hang up what is left, end every task and socket."""
        for call in self.calls.values():
            call.hang_up()
        pending = [task for task in self._tasks if task.get_name() in {"BYE", "CANCEL"}]
        if pending:
            await asyncio.wait(pending, timeout=1.0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for call in self.calls.values():
            await call.rtp.close()
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        # Let the loop run the transports' close callbacks, so that no socket outlives the test.
        await asyncio.sleep(0)

    def spawn(self, work: Coroutine[object, object, None], name: str = "call") -> None:
        """Run a coroutine that ends with the agent at the latest."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def send(self, data: bytes) -> None:
        """Put a message on the wire, if the socket is open."""
        if self._transport is not None:
            self.log.append((time.monotonic(), "> " + data.split(b"\r\n", 1)[0].decode()))
            self._transport.sendto(data, (self.asterisk.host, self.asterisk.sip_port))

    def respond(self, request: Message, code: int, tag: str, body: str = "") -> bytes:
        """Send a response and return it, for repeating."""
        data = reply(request, code, _REASONS.get(code, "Response"), tag, self.contact, body)
        self.send(data)
        return data

    def request(self, call: Call, method: str, body: str = "", content: str = "") -> None:
        """Send BYE, CANCEL or INFO in a dialog, repeated until it is answered."""
        sequence = call.invite.sequence if method == "CANCEL" else call.sequence + 1
        call.sequence = max(call.sequence, sequence)
        if call.ours:
            to = call.invite.header("To") if method == "CANCEL" else call.remote_tag_header
            source = call.invite.header("From")
        else:
            to, source = call.invite.header("From"), f"{call.invite.header('To')};tag={call.tag}"
        via = call.invite.header("Via") if method == "CANCEL" else self.via()
        target = call.invite.first_line.split(" ")[1] if method == "CANCEL" else call.remote_target
        headers = [
            ("Via", via),
            ("Max-Forwards", "70"),
            ("From", source),
            ("To", to),
            ("Call-ID", call.id),
            ("CSeq", f"{sequence} {method}"),
        ]
        data = compose(f"{method} {target} SIP/2.0", headers, body, content)
        # The first copy leaves before this returns: crossings are made of that.
        self.send_repeated(data, call.id, method, sequence)

    def send_repeated(self, data: bytes, call_id: str, method: str, sequence: int) -> None:
        """Send a request now, and again until its final response comes or the deadline passes."""
        answer = self._expect(call_id, method, sequence)
        self.send(data)
        self.spawn(self._repeat(data, answer), name=method)

    async def transact(self, data: bytes, call_id: str, method: str, sequence: int) -> Message:
        """Send a request until its final response comes, and return that; ``TimeoutError`` after 5 s."""
        answer = self._expect(call_id, method, sequence)
        self.send(data)
        await self._repeat(data, answer)
        if not answer.done():
            raise TimeoutError(f"no answer to {method} from {self.asterisk.host}:{self.asterisk.sip_port}")
        return answer.result()

    def via(self) -> str:
        """A Via with a branch of its own."""
        return f"SIP/2.0/UDP {self.host}:{self.port};rport;branch=z9hG4bK{secrets.token_hex(8)}"

    def _expect(self, call_id: str, method: str, sequence: int) -> asyncio.Future[Message]:
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[call_id, method, sequence] = answer
        return answer

    async def _repeat(self, data: bytes, answer: asyncio.Future[Message]) -> None:
        until = time.monotonic() + SIP_SECONDS
        while time.monotonic() < until:
            if (await asyncio.wait([answer], timeout=_RESEND_AFTER))[0]:
                return
            self.send(data)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = parse(data)
        if message is None:
            return
        self.log.append((time.monotonic(), "< " + message.first_line))
        if message.status:
            self._response(message)
        else:
            self._request(message)

    def error_received(self, exc: Exception) -> None:
        """Asterisk is restarting: the request is repeated, or its deadline passes."""

    def _response(self, message: Message) -> None:
        sequence, method = message.header("CSeq").split(" ", 1)
        answer = self._waiting.get((message.header("Call-ID"), method, int(sequence)))
        if message.status >= 200 and answer is not None and not answer.done():
            answer.set_result(message)
        call = self.calls.get(message.header("Call-ID"))
        if method == "INVITE" and call is not None and call.ours:
            self.invite_response(call, message)

    def invite_response(self, call: Call, message: Message) -> None:
        """A response to our own INVITE: only callers have one."""

    def invited(self, message: Message) -> None:
        """A new INVITE: only phones take one."""
        self.respond(message, 480, secrets.token_hex(6))

    def _request(self, message: Message) -> None:
        call = self.calls.get(message.header("Call-ID"))
        tag = call.tag if call is not None else secrets.token_hex(6)
        match message.method:
            case "INVITE" if call is None:
                self.invited(message)
            case "INVITE" if call is not None and message.sequence == call.invite.sequence and not call.ours:
                if call.last_response:
                    self.send(call.last_response)
            case "INVITE" if call is not None:
                self.respond(message, 200, tag, sdp(self.host, call.rtp.port))
                if message.media is not None:
                    call.rtp.send_to(message.media)
            case "ACK":
                if call is not None:
                    call.confirmed.set()
            case "CANCEL" if call is not None:
                self.respond(message, 200, tag)
                if not call.code:
                    call.final(487)
                    call.end("cancel")
            case "BYE":
                self.respond(message, 200, tag)
                if call is not None:
                    call.end("bye")
            case _:
                self.respond(message, 200, tag)
