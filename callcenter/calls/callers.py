"""What a look-up of a caller finds; made by ``crm``, used by ``dispatch``, which do not know each other."""

from __future__ import annotations

from dataclasses import dataclass

from routing.ids import AgentId, ClientId


@dataclass(frozen=True, slots=True)
class CallerFound:
    """``client`` is ``None`` for nobody or several; ``candidates`` counts the matches; ``card`` is the
    caller's card as JSON, ready to be sent. ``value`` is the client's value class, empty for an unknown one;
    ``agents`` are those he knows, the likeliest to help him first: who spoke with him last, then who has an
    open task for him."""

    client: ClientId | None
    candidates: int
    card: bytes
    value: str = ""
    agents: tuple[AgentId, ...] = ()
