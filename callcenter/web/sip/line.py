"""One browser's line to Asterisk as a state machine: frames in, frames out, no I/O.

Until the browser has registered with a good credential nothing of it passes. Asterisk challenges each
registration; we answer that, so that the station's password stays here: the registration is sent once more,
in a transaction of its own, and its answer is given to the browser as the answer to what it sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from callcenter.web.sip import digest
from callcenter.web.sip.credentials import fault_of
from callcenter.web.sip.guard import Refusal, RefusedError, bearer, check
from callcenter.web.sip.message import BadSipError, SipMessage, parse
from routing.ids import StationId

_WAITING_MOST = 16
"""Registrations whose answer is awaited; the oldest is forgotten."""
_SIGNS_OF_LIFE = (b"\r\n", b"\r\n\r\n")
"""What a browser answers to Asterisk's keep-alive (RFC 5626), every 90 s; nobody waits for it."""
_MARK = "-cc"
"""Ends the branch of a registration that was sent with our answer to the challenge."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Frames to send on; ``refused`` when the browser was not let, with the word it was told."""

    to_asterisk: bytes | None = None
    to_browser: bytes | None = None
    refused: Refusal | None = None
    word: str = ""


@dataclass(slots=True)
class Line:
    """``key`` checks credentials, ``session`` and ``station`` are of who is signed in, ``user`` and
    ``password`` what Asterisk knows the station by. ``asked_at`` is since when the browser waits for the
    answer to a registration, in the seconds that ``from_browser`` is given."""

    key: bytes = field(repr=False)
    session: str
    station: StationId
    password: str = field(repr=False)
    fresh: Callable[[], str] = field(default=lambda: secrets.token_hex(8), repr=False)
    admitted: bool = False
    asked_at: float | None = None
    _waiting: dict[str, SipMessage] = field(default_factory=dict)

    def from_browser(self, data: bytes, now: float) -> Outcome:
        if data in _SIGNS_OF_LIFE:
            return Outcome()
        try:
            message = parse(data)
        except BadSipError as error:
            return Outcome(refused=Refusal.MALFORMED, word=str(error))
        try:
            check(message, self.station)
            self._admit(message, now)
        except RefusedError as error:
            # Neither an answer nor an ACK is ever answered.
            silent = not message.is_request or message.method == "ACK"
            back = None if silent else _refusal(message, error)
            return Outcome(to_browser=back, refused=error.kind, word=error.word)
        onward = message.without("Authorization")
        if message.is_request and message.method == "REGISTER":
            self._waiting[message.branch] = onward
            self.asked_at = now if self.asked_at is None else self.asked_at
            while len(self._waiting) > _WAITING_MOST:
                del self._waiting[next(iter(self._waiting))]
        return Outcome(to_asterisk=onward.render())

    def _admit(self, message: SipMessage, now: float) -> None:
        if message.is_request and message.method == "REGISTER":
            fault = fault_of(bearer(message), self.key, self.session, self.station, now)
            if fault is not None:
                raise RefusedError(Refusal.CREDENTIAL, fault.value)
            self.admitted = True
        elif not self.admitted:
            raise RefusedError(Refusal.CREDENTIAL, "register first")

    def from_asterisk(self, data: bytes) -> Outcome:
        """Asterisk is believed: what we need not understand passes as it is."""
        if not data.startswith(b"SIP/2.0 ") or b"REGISTER" not in data:
            return Outcome(to_browser=data)
        try:
            message = parse(data)
        except BadSipError:
            return Outcome(to_browser=data)
        branch = message.branch
        if branch.endswith(_MARK):
            if message.status >= 200:
                self.asked_at = None
            return Outcome(to_browser=message.with_branch(branch.removesuffix(_MARK)).render())
        asked = self._waiting.get(branch)
        if asked is None or message.method != "REGISTER" or message.status < 200:
            return Outcome(to_browser=data)
        del self._waiting[branch]
        answer = self._answer(asked, message) if message.status == 401 else None
        if answer is None:
            self.asked_at = None
            return Outcome(to_browser=data)
        again = asked.having("Authorization", answer).with_branch(branch + _MARK)
        return Outcome(to_asterisk=again.render())

    def _answer(self, asked: SipMessage, challenge: SipMessage) -> str | None:
        return digest.answer(
            challenge.values("WWW-Authenticate"),
            user=self.station,
            password=self.password,
            method=asked.method,
            uri=asked.uri,
            cnonce=self.fresh(),
        )


def _refusal(message: SipMessage, error: RefusedError) -> bytes:
    to = message.value("To")
    headers = [("Via", via) for via in message.values("Via")]
    headers += [
        ("From", message.value("From")),
        ("To", to if ";tag=" in to else f"{to};tag=refused"),
        ("Call-ID", message.value("Call-ID")),
        ("CSeq", message.value("CSeq")),
        ("Content-Length", "0"),
    ]
    start = f"SIP/2.0 {error.status} {error.word}"
    return SipMessage(start, message.method, "", error.status, tuple(headers), b"").render()
