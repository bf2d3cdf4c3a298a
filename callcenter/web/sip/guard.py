"""What a browser's phone may say, as its own station and nobody else.

Only what our console needs passes: it registers its own station, and within the calls that Asterisk began it
answers, changes its media and hangs up. A browser begins no call and presses no keys: both are the core's.
"""

from __future__ import annotations

from enum import StrEnum

from callcenter.web.sip.message import BadSipError, SipMessage, read_address
from routing.ids import StationId


class Refusal(StrEnum):
    """The kinds of refusals, for the metrics."""

    MALFORMED = "malformed"
    METHOD = "method"
    IDENTITY = "identity"
    HEADER = "header"
    CREDENTIAL = "credential"


class RefusedError(Exception):
    """The browser may not say that. ``status`` and ``word`` are the SIP answer's."""

    def __init__(self, kind: Refusal, word: str, status: int = 403) -> None:
        super().__init__(word)
        self.kind = kind
        self.word = word
        self.status = status


IN_CALLS = frozenset(("ACK", "BYE", "CANCEL", "INVITE", "PRACK", "UPDATE"))
"""Requests that are taken within a call."""
_ALLOWED = frozenset(
    (
        *(
            "via",
            "from",
            "to",
            "call-id",
            "cseq",
            "max-forwards",
            "contact",
            "content-type",
            "content-length",
        ),
        *(
            "allow",
            "accept",
            "supported",
            "require",
            "unsupported",
            "user-agent",
            "server",
            "expires",
            "date",
        ),
        *("authorization", "session-expires", "min-se", "reason", "record-route", "rack", "rseq", "warning"),
        *("retry-after", "timestamp", "content-disposition", "content-language", "accept-language"),
    )
)
"""Everything else could say who calls, or where to, in words that we don't understand."""


def check(message: SipMessage, station: StationId) -> None:
    """Raises ``RefusedError`` for what this station's browser may not send."""
    for name, _ in message.headers:
        if name.lower() not in _ALLOWED:
            raise RefusedError(Refusal.HEADER, f"the header {name} is not taken from a browser")
    try:
        if message.is_request:
            _check_request(message, station)
        else:
            _check_response(message, station)
    except BadSipError as error:
        raise RefusedError(Refusal.MALFORMED, str(error), 400) from None


def bearer(message: SipMessage) -> str:
    """The credential, empty when there is none."""
    scheme, _, token = message.value("Authorization").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _check_request(message: SipMessage, station: StationId) -> None:
    if len(message.values("Via")) != 1 or "," in message.value("Via") or not message.branch:
        raise RefusedError(Refusal.HEADER, "a browser's request has one Via, with its branch")
    if message.values("Record-Route"):
        raise RefusedError(Refusal.HEADER, "the header Record-Route is not taken from a browser")
    _own(message, "From", station)
    if message.values("Contact"):
        _own(message, "Contact", station)
    to = message.address("To")
    match message.method:
        case "REGISTER":
            if to.user != station:
                raise RefusedError(Refusal.IDENTITY, "To is not the station of the signed-in agent")
            if not message.values("Contact"):
                raise RefusedError(Refusal.HEADER, "a registration names its Contact")
            if message.body:
                raise RefusedError(Refusal.HEADER, "a registration has no body")
        case "INVITE" if not to.tag:
            raise RefusedError(Refusal.METHOD, "calls are begun from the console, not by its phone")
        case method if method in IN_CALLS:
            if not to.tag and method != "CANCEL":
                raise RefusedError(Refusal.METHOD, f"{method} is taken within a call only")
        case method:
            raise RefusedError(Refusal.METHOD, f"{method} is not taken from a browser", 405)


def _check_response(message: SipMessage, station: StationId) -> None:
    """The station answers what was asked of it, so it is the one in To."""
    _own(message, "To", station)
    if message.values("Contact"):
        _own(message, "Contact", station)
    if message.values("Authorization"):
        raise RefusedError(Refusal.HEADER, "the header Authorization is not taken in an answer")


def _own(message: SipMessage, name: str, station: StationId) -> None:
    if read_address(name, message.value(name)).user != station:
        raise RefusedError(Refusal.IDENTITY, f"{name} is not the station of the signed-in agent")
