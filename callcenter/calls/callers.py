"""What a look-up of a caller finds; made by ``crm``, used by ``dispatch``, which do not know each other."""

from __future__ import annotations

from dataclasses import dataclass

from routing.acd.queue import Tie
from routing.ids import AgentId, ClientId


@dataclass(frozen=True, slots=True)
class KnownAgent:
    """An agent whom a client knows, and by what."""

    agent: AgentId
    tie: Tie


@dataclass(frozen=True, slots=True)
class CallerFound:
    """``client`` is ``None`` for nobody or several; ``candidates`` counts the matches; ``card`` is the
    caller's card as JSON, ready to be sent. ``value`` is the client's value class, empty for an unknown one;
    ``agents`` are those he knows, each once, the likeliest to help him first."""

    client: ClientId | None
    candidates: int
    card: bytes
    value: str = ""
    agents: tuple[KnownAgent, ...] = ()
