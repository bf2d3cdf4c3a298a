"""An interaction: a finished or running call as the client's history shows it. ``history`` makes them, the
card of ``crm`` and the API show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from callcenter.calls.states import CallOutcome
from routing.ids import AgentId, CallId, ClientId, QueueId


@dataclass(frozen=True, slots=True)
class Interaction:
    """``agent`` talked last, ``None`` when nobody did; ``agent_name`` is ``None`` for someone no longer
    known. ``outcome`` and ``ended_at`` are ``None`` while the call goes on. ``waited``, ``talked`` and
    ``held`` (the time on hold in the conversation) are seconds, 0 as long as they are not known.
    ``recorded``: there is a recording. ``number`` is the caller's as it came."""

    call: CallId
    started_at: float
    ended_at: float | None
    direction: Literal["inbound", "outbound"]
    queue: QueueId | None
    agent: AgentId | None
    agent_name: str | None
    outcome: CallOutcome | None
    disposition: str | None
    note: str
    waited: float
    talked: float
    number: str
    client: ClientId | None
    held: float = 0.0
    transfers: int = 0
    recorded: bool = False
