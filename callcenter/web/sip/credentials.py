"""Short-lived credentials for a browser's phone: made for one session and one station, good for minutes.

A credential is ``<expiry>.<MAC>``, where the MAC is HMAC-SHA256 over purpose, expiry, session and station
with a key that all nodes of the site have. Nothing is stored: every node can check it, it dies by itself, and
one that was read off a screen or a log is worth nothing without the session's cookie. The browser sends it as
a bearer token (RFC 8898), and only to us: it is taken off before a message goes on to Asterisk.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from enum import StrEnum

from routing.ids import StationId

LIFETIME = 300.0
"""Seconds. The console asks for a new one at half of it."""
_PURPOSE = "callcenter phone credential 1"
_SHAPE = re.compile(r"([0-9]{1,12})\.([0-9a-f]{64})")


class CredentialFault(StrEnum):
    """Why a credential was refused; the value is what the browser is told."""

    MISSING = "register with the credential that the server gave"
    MALFORMED = "the credential is not one of ours"
    EXPIRED = "the credential has expired"
    FOREIGN = "the credential is of another session or station"


def make(key: bytes, session: str, station: StationId, expires_at: float) -> str:
    expiry = int(expires_at)
    return f"{expiry}.{_mac(key, session, station, expiry)}"


def fault_of(token: str, key: bytes, session: str, station: StationId, now: float) -> CredentialFault | None:
    """``None`` when the credential is good."""
    if not token:
        return CredentialFault.MISSING
    found = _SHAPE.fullmatch(token)
    if found is None:
        return CredentialFault.MALFORMED
    expiry = int(found[1])
    if not hmac.compare_digest(_mac(key, session, station, expiry), found[2]):
        return CredentialFault.FOREIGN
    if expiry <= now:
        return CredentialFault.EXPIRED
    if expiry > now + 2 * LIFETIME:
        return CredentialFault.MALFORMED  # no node of ours makes one that lasts so long
    return None


def _mac(key: bytes, session: str, station: StationId, expiry: int) -> str:
    said = "\n".join((_PURPOSE, str(expiry), session, station))
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()
