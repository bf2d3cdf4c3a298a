"""SIP messages and RTP for scripted phones: what a test needs of RFC 3261 and RFC 3550, and no more."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import socket
import struct
import time
from collections import Counter, deque
from dataclasses import dataclass

FRAME_SECONDS = 0.02
FRAME_BYTES = 160
KEYS_PAYLOAD = 101
KEYS = "0123456789*#"
_KEY_FRAMES = 4
"""Frames that a key is held: 80 ms, as a quick finger does."""
_PAUSE_FRAMES = 3
"""Frames of voice between two keys."""
_SILENCE = b"\xff" * FRAME_BYTES


@dataclass(frozen=True, slots=True)
class Message:
    """One SIP message as it stood on the wire."""

    first_line: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @property
    def method(self) -> str:
        """A request's method, or ``""`` for a response."""
        return "" if self.status else self.first_line.split(" ", 1)[0]

    @property
    def status(self) -> int:
        """A response's code, or 0 for a request."""
        return int(self.first_line.split(" ")[1]) if self.first_line.startswith("SIP/2.0 ") else 0

    def header(self, name: str, default: str = "") -> str:
        """The first header of that name, whatever its case."""
        return next(iter(self.all(name)), default)

    def all(self, name: str) -> list[str]:
        """Every header of that name, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def sequence(self) -> int:
        """The number in CSeq."""
        return int(self.header("CSeq").split()[0])

    @property
    def media(self) -> tuple[str, int] | None:
        """Address and port of the audio in an SDP body; None without one."""
        address = re.search(r"^c=IN IP4 (\S+)", self.body, re.MULTILINE)
        audio = re.search(r"^m=audio (\d+)", self.body, re.MULTILINE)
        return (address[1], int(audio[1])) if address and audio else None


def parse(data: bytes) -> Message | None:
    """A message from one datagram; None for a keep-alive."""
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    lines = head.split("\r\n")
    if not lines[0].strip():
        return None
    headers = []
    for line in lines[1:]:
        key, _, value = line.partition(":")
        headers.append((key.strip(), value.strip()))
    return Message(lines[0], tuple(headers), body)


def compose(
    first_line: str, headers: list[tuple[str, str]], body: str = "", content: str = "application/sdp"
) -> bytes:
    """A message for the wire, with its length."""
    kind = [("Content-Type", content)] if body else []
    every = [*headers, *kind, ("Content-Length", str(len(body.encode())))]
    return (
        "\r\n".join([first_line, *(f"{key}: {value}" for key, value in every)]) + "\r\n\r\n" + body
    ).encode()


def reply(request: Message, code: int, reason: str, tag: str, contact: str, body: str = "") -> bytes:
    """A response to ``request``; ``tag`` names our side of the dialog."""
    to = request.header("To")
    copied = [(key, value) for key, value in request.headers if key.lower() in {"via", "record-route"}]
    headers = [
        *copied,
        ("From", request.header("From")),
        ("To", to if "tag=" in to or code == 100 else f"{to};tag={tag}"),
        ("Call-ID", request.header("Call-ID")),
        ("CSeq", request.header("CSeq")),
        ("Contact", f"<{contact}>"),
        ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE"),
    ]
    return compose(f"SIP/2.0 {code} {reason}", headers, body)


def sdp(host: str, port: int) -> str:
    """An offer or answer of G.711 mu-law, 20 ms, with keys as telephone events (RFC 4733)."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0 {KEYS_PAYLOAD}\r\na=rtpmap:0 PCMU/8000\r\n"
        f"a=rtpmap:{KEYS_PAYLOAD} telephone-event/8000\r\na=fmtp:{KEYS_PAYLOAD} 0-15\r\n"
        "a=ptime:20\r\na=sendrecv\r\n"
    )


def digest(challenge: str, method: str, uri: str, user: str, password: str) -> str:
    """The value of Authorization for a digest challenge (MD5, qop auth or none)."""
    fields = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge))
    realm, nonce = fields["realm"], fields["nonce"]

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    user_hash, uri_hash = md5(f"{user}:{realm}:{password}"), md5(f"{method}:{uri}")
    parts = f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", algorithm=MD5'
    if "opaque" in fields:
        parts += f', opaque="{fields["opaque"]}"'
    if "qop" not in fields:
        return parts + f', response="{md5(f"{user_hash}:{nonce}:{uri_hash}")}"'
    client = secrets.token_hex(8)
    response = md5(f"{user_hash}:{nonce}:00000001:{client}:auth:{uri_hash}")
    return parts + f', response="{response}", qop=auth, nc=00000001, cnonce="{client}"'


class Rtp(asyncio.DatagramProtocol):
    """One side of a conversation: sends 20 ms frames all filled with ``fill``, counts what comes back.

    A bridge of two legs with the same codec passes payloads through unchanged, so ``heard(fill)`` of the
    other side's byte proves that its voice arrives, and not music or silence.
    """

    def __init__(self, host: str, fill: int) -> None:
        self.host = host
        self.fill = fill
        # Bound at once: the port stands in our SDP before the loop reads from it.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self.sent = 0
        self.received = 0
        self.arrivals: list[float] = []
        """When each packet came, in ``time.monotonic()`` seconds, since ``listen``; ``payloads`` is what it
        was."""
        self.payloads: list[bytes] = []
        self.pressed = ""
        """Keys that the other side pressed, as they came (RFC 4733)."""
        self.quiet = False
        """Send silence for a voice."""
        self._last_press = b""
        self._listening = False
        self._keys: deque[str] = deque()
        self._heard: Counter[int] = Counter()
        self.arrived = asyncio.Event()
        self._transport: asyncio.DatagramTransport | None = None
        self._sender: asyncio.Task[None] | None = None
        self._remote: tuple[str, int] | None = None

    async def open(self) -> None:
        """Start receiving."""
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, sock=self._socket
        )
        if self._remote is not None:
            self.send_to(self._remote)

    def send_to(self, remote: tuple[str, int]) -> None:
        """Start sending (once ``open``), or go on sending to another address."""
        self._remote = remote
        if self._sender is None and self._transport is not None:
            self._sender = asyncio.get_running_loop().create_task(self._send(), name="rtp")

    def press(self, keys: str) -> None:
        """Press keys one after the other, from now on: 80 ms each, 60 ms between two."""
        assert set(keys) <= set(KEYS)
        self._keys.extend(keys)

    def listen(self) -> None:
        """Note when packets come, and what they are, from now on; forgets what was noted before."""
        self.arrivals = []
        self.payloads = []
        self.pressed = ""
        self._listening = True

    def heard(self, fill: int) -> int:
        """Packets received so far whose every byte was ``fill``."""
        return self._heard[fill]

    async def wait_heard_any(self, packets: int, *, seconds: float = 5.0) -> None:
        """Returns once that many packets came since ``listen``, whatever is in them."""
        async with asyncio.timeout(seconds):
            while len(self.arrivals) < packets:
                self.arrived.clear()
                await self.arrived.wait()

    async def wait_heard(self, fill: int, packets: int, *, seconds: float = 5.0) -> None:
        """Returns once that many packets of ``fill`` have come; ``TimeoutError`` tells what came instead."""
        try:
            async with asyncio.timeout(seconds):
                while self._heard[fill] < packets:
                    self.arrived.clear()
                    await self.arrived.wait()
        except TimeoutError:
            raise TimeoutError(
                f"{self._heard[fill]} of {packets} RTP packets of {fill:#x} in {seconds} s; "
                f"received {self.received}, sent {self.sent}"
            ) from None

    def stop(self) -> None:
        """Stop sending: the call is over. What was counted stays."""
        if self._sender is not None:
            self._sender.cancel()

    async def close(self) -> None:
        """Stop sending and close the socket."""
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)
            self._sender = None
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        else:
            self._socket.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) <= 12:
            return
        self.received += 1
        payload = data[12:]
        if data[1] & 0x7F == KEYS_PAYLOAD:
            self._press_came(data[4:8], payload[0])
            self.arrived.set()
            return
        if payload == payload[:1] * len(payload):
            self._heard[payload[0]] += 1
        if self._listening:
            self.arrivals.append(time.monotonic())
            self.payloads.append(payload)
        self.arrived.set()

    def _press_came(self, stamp: bytes, key: int) -> None:
        """All packets of one press have its beginning for their time."""
        if stamp != self._last_press:
            self._last_press = stamp
            self.pressed += KEYS[key]

    def error_received(self, exc: Exception) -> None:
        """The other side's port is closed after a hang-up; nothing to do."""

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        source, payload, at = secrets.randbits(32), bytes([self.fill]) * FRAME_BYTES, loop.time()
        sequence = stamp = pause = 0
        while self._transport is not None:
            if self._keys and not pause:
                key = KEYS.index(self._keys.popleft())
                # Three copies of the last packet, as RFC 4733 2.5.1.4 has it: the end must not get lost.
                for number in range(1, _KEY_FRAMES + 3):
                    held = min(number, _KEY_FRAMES)
                    ends = 0x80 if number >= _KEY_FRAMES else 0
                    first = 0x80 if number == 1 else 0
                    header = struct.pack(
                        "!BBHII", 0x80, first | KEYS_PAYLOAD, sequence & 0xFFFF, stamp, source
                    )
                    event = struct.pack("!BBH", key, ends | 10, held * FRAME_BYTES)
                    self._transport.sendto(header + event, self._remote)
                    sequence += 1
                    if number < _KEY_FRAMES:
                        at += FRAME_SECONDS
                        await asyncio.sleep(at - loop.time())
                stamp += _KEY_FRAMES * FRAME_BYTES
                pause = _PAUSE_FRAMES
            header = struct.pack("!BBHII", 0x80, 0, sequence & 0xFFFF, stamp, source)
            self._transport.sendto(header + (_SILENCE if self.quiet else payload), self._remote)
            self.sent += 1
            sequence += 1
            stamp += FRAME_BYTES
            pause = max(0, pause - 1)
            at += FRAME_SECONDS
            await asyncio.sleep(at - loop.time())
