"""Where a browser's phone registers: what the settings know of a station, for credentials and ``/sip``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from callcenter.web.sip.ice import NO_ICE, IceOptions
from routing.ids import StationId


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """Where a station that is a browser registers: the WebSocket of its Asterisk, and its SIP password.
    ``key`` makes and checks the credentials that browsers are given in its stead; all nodes have the same.
    ``ice`` is how its voice finds the way."""

    url: str
    password: str = field(repr=False)
    key: bytes = field(repr=False)
    ice: IceOptions = NO_ICE


PhoneLines: TypeAlias = Callable[[StationId], PhoneLine | None]
"""The line of a station, ``None`` for one that is no browser's."""


def no_phone_lines(_station: StationId) -> PhoneLine | None:
    """Of a site whose stations are all telephones."""
    return None
