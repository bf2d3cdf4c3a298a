"""Types of single settings: what a value must look like, and what to write when it doesn't."""

from __future__ import annotations

import ipaddress
import re
from difflib import get_close_matches
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import phonenumbers
from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError


def wrong(problem: str, remedy: str) -> PydanticCustomError:
    """Raise this from a validator. Neither text may hold the value of a secret."""
    # Braces would be taken for placeholders.
    return PydanticCustomError("setting", "{problem}", {"problem": problem, "remedy": remedy})


def did_you_mean(word: str, known: list[str]) -> str:
    """A question to put before a remedy; empty when nothing is near."""
    near = get_close_matches(word, known, 1, 0.6)
    return f"Did you mean {near[0]!r}? " if near else ""


def _timezone(value: str) -> str:
    zones = available_timezones()
    if value not in zones:
        hint = did_you_mean(value, sorted(zones))
        raise wrong(f"{value!r} is not a time zone", f"{hint}Write an IANA name such as 'Europe/Moscow'")
    return value


def _region(value: str) -> str:
    if value not in phonenumbers.SUPPORTED_REGIONS:
        raise wrong(f"{value!r} is not a country", "Write two capital letters of ISO 3166, such as 'RU'")
    return value


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise wrong(
            f"{value!r} is not an IP address or network", "Write one such as '10.0.0.5' or '10.0.0.0/24'"
        ) from None
    return value


def _address(value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        raise wrong(f"{value!r} is not an IP address", "Write one such as '127.0.0.1' or '0.0.0.0'") from None
    return value


def _host(value: str) -> str:
    # More than one colon is an IPv6 address; one is a port that doesn't belong here.
    if not value or re.search(r"[\s/@]", value) or value.count(":") == 1:
        raise wrong(f"{value!r} is not a host", "Write a name or an IP address, without a port")
    return value


def _origin(value: str) -> str:
    try:
        parts = urlsplit(value)
        bare = not (parts.query or parts.fragment or parts.username or parts.password)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.path in ("", "/")
        fine = fine and bare and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise wrong("is not the address of a site", "Write one such as 'https://calls.example.org'")
    return value.rstrip("/")


def _database_url(value: SecretStr) -> SecretStr:
    scheme, separator, rest = value.get_secret_value().partition("://")
    backend = scheme.partition("+")[0]
    remedy = "Write sqlite:///path.sqlite3 or postgresql://user:password@host/name"
    if not separator:
        raise wrong("is not a database URL", remedy)
    if backend not in ("sqlite", "postgresql", "postgres"):
        raise wrong(f"the database {backend!r} is not supported", remedy)
    if backend == "sqlite" and (not rest.startswith("/") or rest.strip("/") in ("", ":memory:")):
        raise wrong("SQLite needs a file, after three slashes (four for an absolute path)", remedy)
    return value


def _redis_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if not url:
        return value
    remedy = "Write redis://host:6379/0, rediss:// for TLS, unix:///path, or nothing for a single process"
    try:
        parts = urlsplit(url)
        usable = bool(parts.path if parts.scheme == "unix" else parts.hostname) and parts.port != 0
    except ValueError:
        raise wrong("is not a Redis URL", remedy) from None
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise wrong(f"the scheme {parts.scheme!r} is not Redis's", remedy)
    if not usable:
        raise wrong("names no server", remedy)
    return value


_RANGE = re.compile(r"a(?P<first>[0-9]{1,9})-a(?P<last>[0-9]{1,9})")
_RANGE_MOST = 2_000
"""Stations of one range: each is three sections of Asterisk's pjsip.conf."""


def _station_range(value: str) -> str:
    found = _RANGE.fullmatch(value)
    if found is None or len(found["first"]) != len(found["last"]):
        raise wrong(f"{value!r} is no range of stations", "Write one such as 'a1000-a1099', equally long")
    count = int(found["last"]) - int(found["first"]) + 1
    if not 1 <= count <= _RANGE_MOST:
        raise wrong(f"{value!r} has {count} stations", f"Write a range of 1 to {_RANGE_MOST}")
    return value


def stations_of(station_range: str) -> tuple[str, ...]:
    """The names of ``a1000-a1099``, in order."""
    first, _, last = station_range.replace("a", "").partition("-")
    return tuple(f"a{number:0{len(first)}}" for number in range(int(first), int(last) + 1))


def _websocket_url(value: str) -> str:
    if not value:
        return value
    try:
        parts = urlsplit(value)
        fine = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
        fine = fine and not (parts.username or parts.password or parts.fragment)
    except ValueError:
        fine = False
    if not fine:
        raise wrong("is not the address of a WebSocket", "Write one such as 'ws://10.0.0.5:8088/ws'")
    return value


_HOST_PORT = r"(?P<host>[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)(:(?P<port>[1-9][0-9]{0,4}))?"
_STUN = re.compile(_HOST_PORT)
_TURN = re.compile(rf"turns?:{_HOST_PORT}(\?transport=(udp|tcp))?")


def _fits(found: re.Match[str] | None) -> bool:
    return found is not None and int(found["port"] or 1) <= 65_535


def _stun_server(value: str) -> str:
    if value and not _fits(_STUN.fullmatch(value)):
        raise wrong(
            f"{value!r} is not a STUN server",
            "Write a name or an IPv4 address, with or without a port, such as 'stun.example.org:3478'",
        )
    return value


def _turn_url(value: str) -> str:
    # A user and password may stand in what was written instead: it is not repeated.
    if not _fits(_TURN.fullmatch(value)):
        raise wrong(
            "is not a TURN server",
            "Write one such as 'turn:relay.example.org:3478', 'turns:relay.example.org:5349?transport=tcp'",
        )
    return value


def minutes_of(clock: str) -> int:
    """Minutes since midnight of a time of day that is written ``HH:MM``."""
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


Port: TypeAlias = Annotated[int, Field(ge=1, le=65535)]
PortOrInherit: TypeAlias = Annotated[int, Field(ge=0, le=65535)]
Seconds: TypeAlias = Annotated[float, Field(gt=0, le=86_400)]
TimeOfDay: TypeAlias = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Timezone: TypeAlias = Annotated[str, AfterValidator(_timezone)]
Region: TypeAlias = Annotated[str, AfterValidator(_region)]
Network: TypeAlias = Annotated[str, AfterValidator(_network)]
Address: TypeAlias = Annotated[str, AfterValidator(_address)]
Host: TypeAlias = Annotated[str, AfterValidator(_host)]
Origin: TypeAlias = Annotated[str, AfterValidator(_origin)]
DatabaseUrl: TypeAlias = Annotated[SecretStr, AfterValidator(_database_url)]
RedisUrl: TypeAlias = Annotated[SecretStr, AfterValidator(_redis_url)]
Prefix: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
NonEmpty: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
ServerName: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
StationRange: TypeAlias = Annotated[str, AfterValidator(_station_range)]
WebSocketUrl: TypeAlias = Annotated[str, AfterValidator(_websocket_url)]
StunServer: TypeAlias = Annotated[str, AfterValidator(_stun_server)]
TurnUrl: TypeAlias = Annotated[str, AfterValidator(_turn_url)]
StationName: TypeAlias = Annotated[str, Field(pattern=r"^a[A-Za-z0-9_]{1,31}$")]
TrunkName: TypeAlias = Annotated[str, Field(pattern=r"^[b-z][a-z0-9_-]{0,31}$")]
