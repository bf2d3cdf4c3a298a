"""What we ask of a telephony server, typed. ``telephony/ami`` renders these; nothing else writes to Asterisk.

Commands are sent in the order given and never repeated by the driver: after a cut link their effect is
found out by listing the server again. A refusal or a missing answer comes back as ``CommandFailed``;
success has no event of its own, its effects do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from routing.ids import CallId, LegId, OfferId, ServerId, StationId


@dataclass(frozen=True, slots=True)
class Ring:
    """Take a waiting caller off hold and ring a station (one Redirect to ``cc-dial``).

    Only for a call that is on hold, with no other ``Ring`` in flight: a stale Redirect succeeds and tears
    down a live conversation.
    """

    server: ServerId
    call: CallId
    offer: OfferId
    station: StationId
    seconds: int  # the ring timeout, 1 or more


@dataclass(frozen=True, slots=True)
class HangUp:
    """End one leg. The caller's leg ends the call; a ringing station's leg is declined, and the caller is
    held again."""

    server: ServerId
    call: CallId
    leg: LegId


@dataclass(frozen=True, slots=True)
class Reclaim:
    """Bring a caller back from Asterisk's fallback queue to our hold."""

    server: ServerId
    call: CallId


@dataclass(frozen=True, slots=True)
class Audit:
    """List the server again, to compare it with our picture; answered by ``ServerSynced``."""

    server: ServerId


TelephonyCommand: TypeAlias = Ring | HangUp | Reclaim | Audit
