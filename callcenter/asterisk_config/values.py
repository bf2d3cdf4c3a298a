"""The checks every value passes before it may stand in an Asterisk configuration file.

Asterisk's parser has no quoting that protects a value: a line break starts a new setting, ``;`` a comment
that swallows the rest, and white space at the ends is dropped. So what would be read differently from what
was meant is refused, with the field named and the remedy given. The offending value is never repeated in the
message: it may be a secret.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata

_LONGEST_VALUE = 512
"""Characters. Asterisk cuts a configuration line at 8,192 bytes, and AMI refuses one over 1,024."""

_TOKEN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\Z")
_PROMPT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}\Z")
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9_./-]{1,199}\Z")
_HOST_PORT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?(:[1-9][0-9]{0,4})?\Z")
_STATION = re.compile(r"a[A-Za-z0-9_]{1,31}\Z")
_TRUNK = re.compile(r"[b-z][a-z0-9_-]{0,31}\Z")


class AsteriskConfigError(ValueError):
    """A value that cannot stand in an Asterisk configuration file: ``field``, what is wrong, the remedy."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(f"{field}: {problem}; {remedy}")
        self.field = field
        self.problem = problem
        self.remedy = remedy


def text(field: str, value: str) -> str:
    """``value`` unchanged if Asterisk will read exactly it, else ``AsteriskConfigError``.

    Every rendered value goes through here, whatever narrower check it passed before.
    """
    if not value:
        raise AsteriskConfigError(field, "is empty", "give it a value")
    if len(value) > _LONGEST_VALUE:
        raise AsteriskConfigError(
            field, f"is {len(value)} characters long", f"use at most {_LONGEST_VALUE} characters"
        )
    if any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in value):
        raise AsteriskConfigError(
            field,
            "holds a line break, NUL or another control character",
            "remove it: it would start a new setting",
        )
    if ";" in value:
        raise AsteriskConfigError(field, "holds ';'", "remove it: Asterisk reads the rest as a comment")
    if value != value.strip():
        raise AsteriskConfigError(
            field, "begins or ends with white space", "remove it: Asterisk would drop it silently"
        )
    return value


def token(field: str, value: str) -> str:
    """A name used as a section, a class or a dialplan value: letters, digits, ``_``, ``.``, ``-``."""
    return _matching(field, value, _TOKEN, "use letters, digits, '_', '.' and '-', at most 64 of them")


def prompt(field: str, value: str) -> str:
    """A recording's name as Playback() takes it: a path under the sounds directory, without an ending."""
    value = _matching(field, value, _PROMPT, "use a name such as 'please-try-call-later' or 'custom/sorry'")
    if ".." in value.split("/"):
        raise AsteriskConfigError(field, "leaves the sounds directory", "name a recording inside it")
    return value


def station_id(field: str, value: str) -> str:
    """A station's id, which is also its endpoint, its SIP user name and its extension in ``cc-dial``."""
    return _matching(
        field, value, _STATION, "use 'a' and then 1 to 31 letters, digits or '_', such as 'a1001'"
    )


def trunk_name(field: str, value: str) -> str:
    """A trunk's name. It never begins with 'a', or ``cc-dial`` could ring the trunk like a station."""
    if value in {"global", "transport-udp", "transport-ws"} or value.startswith("cc-"):
        raise AsteriskConfigError(field, "is a section of pjsip.conf already", "choose another name")
    return _matching(
        field,
        value,
        _TRUNK,
        "use lower-case letters, digits, '_' and '-', beginning with a letter other than 'a'",
    )


def secret(field: str, value: str) -> str:
    """A password: printable ASCII without spaces, at least 8 characters, as SIP digests and AMI take it."""
    text(field, value)
    if len(value) < 8:
        raise AsteriskConfigError(field, "is shorter than 8 characters", "use a longer one")
    if not all("!" <= letter <= "~" for letter in value):
        raise AsteriskConfigError(
            field, "holds spaces or letters outside ASCII", "use printable ASCII characters without spaces"
        )
    return value


def path(field: str, value: str) -> str:
    """An absolute path, without ``..``."""
    text(field, value)
    if not value.startswith("/"):
        raise AsteriskConfigError(field, "is not an absolute path", "begin it with '/'")
    if ".." in value.split("/"):
        raise AsteriskConfigError(field, "holds '..'", "write the path out")
    return value


def plain_path(field: str, value: str) -> str:
    """An absolute path that the dialplan may name: of letters, digits, ``_``, ``.``, ``-`` and ``/``."""
    return _matching(
        field,
        path(field, value),
        _PLAIN_PATH,
        "use letters, digits, '_', '.', '-' and '/', at most 200 of them",
    )


def host_port(field: str, value: str) -> str:
    """An IPv4 address or a host name, with or without ``:port``."""
    return _matching(field, value, _HOST_PORT, "write one, such as 192.0.2.10 or sip.example.net:5060")


def address(field: str, value: str) -> str:
    """An IP address to listen on. Names are refused: Asterisk looks them up in a blocking way."""
    text(field, value)
    try:
        return _bracketed(ipaddress.ip_address(value))
    except ValueError:
        raise AsteriskConfigError(
            field, "is not an IP address", "write one, such as 127.0.0.1 or 0.0.0.0"
        ) from None


def network(field: str, value: str) -> str:
    """An IP address or network (``192.0.2.0/24``), in its canonical form. Names are refused, as above."""
    text(field, value)
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise AsteriskConfigError(
            field,
            "is not an IP address or network",
            "write one, such as 192.0.2.10 or 192.0.2.0/24, with no bits set beyond its length",
        ) from None


def port(field: str, value: int) -> str:
    """A TCP or UDP port."""
    return number(field, value, 1, 65535)


def number(field: str, value: int, lowest: int, highest: int) -> str:
    """An integer within bounds, both included."""
    if not lowest <= value <= highest:
        raise AsteriskConfigError(field, f"is {value}", f"use a number from {lowest} to {highest}")
    return str(value)


def _matching(field: str, value: str, pattern: re.Pattern[str], remedy: str) -> str:
    text(field, value)
    if pattern.match(value) is None:
        raise AsteriskConfigError(field, "holds characters that are not allowed here", remedy)
    return value


def _bracketed(value: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Asterisk writes an IPv6 address before a port in brackets; alone it takes both forms."""
    return f"[{value}]" if value.version == 6 else str(value)
