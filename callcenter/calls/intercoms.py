"""Calls between two agents: their states, and what lives of them on the floor.

Theory of operation. The caller's own phone rings first and answers by itself, then the colleague's; both are
engaged from the request on, so that nobody is offered a client's call in between. An intercom is over once
both channels are gone; how it ended is said by the first word on it (``outcome``), and when by the first
channel that left (``left_at``). It is no ``Call``: it has no client, no queue and no wrap-up (ADR 0016).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from callcenter.calls.states import Table, Way
from routing.ids import AgentId, IntercomId, LegId, ServerId


class IntercomState(StrEnum):
    CALLING = "calling"  # the phone of who calls is asked to answer
    RINGING = "ringing"  # the colleague's phone is rung
    TALKING = "talking"
    ENDED = "ended"


class IntercomOutcome(StrEnum):
    ANSWERED = "answered"
    DECLINED = "declined"  # by the colleague, on the phone or in the console
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"  # who called gave up
    UNREACHABLE = "unreachable"  # one of the phones could not be rung
    UNKNOWN = "unknown"  # ended while we were blind


class IntercomTrigger(StrEnum):
    RING = "colleague's phone rung"
    BRIDGE = "both phones in a bridge"
    END = "both channels gone"


_S, _T = IntercomState, IntercomTrigger
INTERCOM = Table(
    "intercom",
    _S.CALLING,
    (
        Way(_S.CALLING, _T.RING, _S.RINGING),
        Way(_S.CALLING, _T.BRIDGE, _S.TALKING),  # found so at a listing
        Way(_S.CALLING, _T.END, _S.ENDED),
        Way(_S.RINGING, _T.BRIDGE, _S.TALKING),
        Way(_S.RINGING, _T.END, _S.ENDED),
        Way(_S.TALKING, _T.END, _S.ENDED),
    ),
)


@dataclass(slots=True)
class Intercom:
    """``since`` is when the state began. ``begun`` once the channel of who calls was heard of, ``own_gone``
    once it ended; ``there`` is the colleague's channel while it lives. ``hung_up`` once a hang-up was asked
    for. ``revision`` counts what was heard, so that a listing can be told from one before it."""

    id: IntercomId
    server: ServerId
    by: AgentId
    to: AgentId
    started_at: float
    since: float
    state: IntercomState = IntercomState.CALLING
    begun: bool = False
    own_gone: bool = False
    there: LegId | None = None
    answered_at: float | None = None
    left_at: float | None = None
    outcome: IntercomOutcome | None = None
    hung_up: bool = False
    revision: int = 0
