"""Where a browser's phone asks for its own address (STUN) and for a relay (TURN), and the relay's passwords.

A relay's password is made for one station and good for hours, from a secret that only we and the relay have
(draft-uberti-behave-turn-rest-00, which coturn calls ``use-auth-secret``): nothing that lasts reaches a
browser.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field

from routing.ids import StationId

RELAY_LIFETIME = 12 * 3600.0
"""Seconds. A relay may ask for the password anew in mid-call, and no call is longer."""


@dataclass(frozen=True, slots=True)
class IceOptions:
    """``stun`` is ``host[:port]`` or empty; ``turn`` are URLs (RFC 7065), and ``secret`` is what their
    servers share with us."""

    stun: str = ""
    turn: tuple[str, ...] = ()
    secret: str = field(default="", repr=False)


NO_ICE = IceOptions()


@dataclass(frozen=True, slots=True)
class IceServers:
    """``username`` and ``password`` are for the relays; empty where there are none."""

    stun: tuple[str, ...] = ()
    turn: tuple[str, ...] = ()
    username: str = ""
    password: str = field(default="", repr=False)


def servers_for(options: IceOptions, station: StationId, now: float) -> IceServers:
    stun = (f"stun:{options.stun}",) if options.stun else ()
    if not options.turn:
        return IceServers(stun)
    username = f"{int(now + RELAY_LIFETIME)}:{station}"
    mac = hmac.new(options.secret.encode(), username.encode(), hashlib.sha1).digest()
    return IceServers(stun, options.turn, username, base64.b64encode(mac).decode())
