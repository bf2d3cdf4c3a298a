"""One SIP message out of one WebSocket frame (RFC 3261, RFC 7118), read strictly.

Whatever could be read in two ways is refused: folded lines, bare line breaks, short header names, a body of
another length than announced, a second message behind the first. A parser behind us can then not see another
message than we did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

LARGEST = 32 * 1024
"""Bytes. Chromium's offers with audio have about 3 KiB."""
_HEADERS_MOST = 64
_LINE_MOST = 4096

_REQUEST = re.compile(r"(?P<method>[A-Z]{3,16}) (?P<uri>sips?:[!-~]{1,512}) SIP/2\.0")
_RESPONSE = re.compile(r"SIP/2\.0 (?P<status>[1-6][0-9]{2}) (?P<reason>[^\x00-\x1f\x7f]{0,200})")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.\-]{1,39}")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_CSEQ = re.compile(r"(?P<number>[0-9]{1,10}) (?P<method>[A-Z]{3,16})")
_URI = re.compile(
    r"sips?:(?:(?P<user>[A-Za-z0-9\-_.!~*'()&=+$,;?/%#]{1,128})@)?[A-Za-z0-9.\-:\[\]]{1,255}(?:;[!-=?-~]*)?"
)
_PARAMETERS = r"""(?P<parameters>(?:\s*;\s*[A-Za-z0-9+.\-_]{1,40}(?:=(?:"[^"\\]*"|[^\s;,<>"]+))?)*)"""
_ADDRESS = re.compile(
    r"(?:\"(?:[^\"\\]|\\.)*\"\s*|[A-Za-z0-9\-.!%*_+`'~ ]*)<(?P<uri>[^<>\s]{1,512})>" + _PARAMETERS
)
_BARE_ADDRESS = re.compile(r"(?P<uri>[^<>\s,;\"]{1,512})" + _PARAMETERS)
_TAG = re.compile(r";\s*tag\s*=\s*([^;\s]+)", re.IGNORECASE)
_BRANCH = re.compile(r";\s*branch\s*=\s*([A-Za-z0-9\-.!%*_+`'~]{1,200})", re.IGNORECASE)

ONCE = frozenset(
    (
        *("from", "to", "call-id", "cseq", "content-length", "content-type", "max-forwards", "expires"),
        *("contact", "authorization", "session-expires", "min-se", "reason", "user-agent"),
    )
)
"""Headers of which there may be one at most."""


class BadSipError(ValueError):
    """Not one well-formed message. The text is for people, and never repeats what was sent."""


@dataclass(frozen=True, slots=True)
class Address:
    """``user`` is empty where the address has none, ``tag`` where it bears none."""

    uri: str
    user: str
    tag: str


@dataclass(frozen=True, slots=True)
class SipMessage:
    """``method`` of a response is that of the request it answers; ``status`` is 0 of a request. ``headers``
    are in order, with their names as they came."""

    start: str
    method: str
    uri: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def is_request(self) -> bool:
        return self.status == 0

    def values(self, name: str) -> list[str]:
        wanted = name.lower()
        return [value for given, value in self.headers if given.lower() == wanted]

    def value(self, name: str) -> str:
        """The first one's, empty when there is none."""
        return next(iter(self.values(name)), "")

    def address(self, name: str) -> Address:
        """Raises ``BadSipError`` where the header is no single address."""
        return read_address(name, self.value(name))

    @property
    def branch(self) -> str:
        """Names the transaction; of the topmost Via."""
        found = _BRANCH.search(self.value("Via"))
        return "" if found is None else found[1]

    def without(self, *names: str) -> SipMessage:
        dropped = {name.lower() for name in names}
        return replace(self, headers=tuple(one for one in self.headers if one[0].lower() not in dropped))

    def having(self, name: str, value: str) -> SipMessage:
        """With one more header, before the others' end."""
        return replace(self, headers=(*self.headers, (name, value)))

    def with_branch(self, branch: str) -> SipMessage:
        """The same message in another transaction: the topmost Via's branch is changed."""
        headers, done = [], False
        for name, value in self.headers:
            if not done and name.lower() == "via":
                value, done = _BRANCH.sub(f";branch={branch}", value, count=1), True
            headers.append((name, value))
        return replace(self, headers=tuple(headers))

    def render(self) -> bytes:
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers), "", ""]
        return "\r\n".join(lines).encode() + self.body


def parse(data: bytes) -> SipMessage:
    """Raises ``BadSipError`` with the reason in words."""
    if len(data) > LARGEST:
        raise BadSipError(f"the message has more than {LARGEST} bytes")
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        raise BadSipError("the message has no end of its headers")
    try:
        text = head.decode()
    except UnicodeDecodeError:
        raise BadSipError("the headers are not UTF-8") from None
    start, *lines = text.split("\r\n")
    if "\r" in text.replace("\r\n", "") or "\n" in text.replace("\r\n", "") or "\x00" in text:
        raise BadSipError("a header holds a bare line break or NUL")
    headers = tuple(_header(line) for line in lines)
    if len(headers) > _HEADERS_MOST:
        raise BadSipError(f"the message has more than {_HEADERS_MOST} headers")
    _check_once(headers)
    message = _message(start, headers, body)
    if message.value("Content-Length") != str(len(body)):
        raise BadSipError("Content-Length is not the body's: one message a frame, whole")
    return message


def _header(line: str) -> tuple[str, str]:
    if len(line) > _LINE_MOST:
        raise BadSipError(f"a header has more than {_LINE_MOST} characters")
    if line[:1] in (" ", "\t"):
        raise BadSipError("a header is folded over two lines")
    name, colon, value = line.partition(":")
    if not colon or _NAME.fullmatch(name) is None:
        raise BadSipError("a header has no proper name; short names are not taken")
    value = value.strip(" \t")
    if _VALUE.fullmatch(value) is None:
        raise BadSipError(f"{name} holds a control character")
    return name, value


def _check_once(headers: Iterable[tuple[str, str]]) -> None:
    seen: set[str] = set()
    for name, _ in headers:
        key = name.lower()
        if key in ONCE and key in seen:
            raise BadSipError(f"{name} is there twice")
        seen.add(key)
    for name in ("Via", "From", "To", "Call-ID", "CSeq", "Content-Length"):
        if name.lower() not in seen:
            raise BadSipError(f"{name} is missing")


def _message(start: str, headers: tuple[tuple[str, str], ...], body: bytes) -> SipMessage:
    value = next(value for name, value in headers if name.lower() == "cseq")
    cseq = _CSEQ.fullmatch(value)
    if cseq is None or int(cseq["number"]) > 2**31:
        raise BadSipError("CSeq is not a number and a method")
    if response := _RESPONSE.fullmatch(start):
        return SipMessage(start, cseq["method"], "", int(response["status"]), headers, body)
    request = _REQUEST.fullmatch(start)
    if request is None:
        raise BadSipError("the first line is neither a request's nor a response's")
    if request["method"] != cseq["method"]:
        raise BadSipError("CSeq names another method than the first line")
    return SipMessage(start, request["method"], request["uri"], 0, headers, body)


def read_address(name: str, value: str) -> Address:
    """Raises ``BadSipError`` unless ``value`` is one address."""
    found = _ADDRESS.fullmatch(value) or _BARE_ADDRESS.fullmatch(value)
    uri = None if found is None else _URI.fullmatch(found["uri"])
    if found is None or uri is None:
        raise BadSipError(f"{name} is not one SIP address")
    tag = _TAG.search(found["parameters"])
    return Address(found["uri"], uri["user"] or "", "" if tag is None else tag[1])
