"""What waits, and where a call can meet an agent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from routing.acd.model import SkillLevel, Work
from routing.ids import AgentId, CallId, QueueId, ServerId


class Pool(NamedTuple):
    """Where a call can meet an agent: one queue on one server. A station registered on another server
    can't be rung for a call of this one, so each server has a line of its own."""

    server: ServerId
    queue: QueueId


class Tie(StrEnum):
    """What binds a client to an agent."""

    LAST_SPOKEN = "last_spoken"
    ACCOUNT_OWNER = "account_owner"
    CASE_OWNER = "case_owner"
    PROMISED = "promised"  # he said that he would call back himself: whatever his queues and work


@dataclass(frozen=True, slots=True)
class Preferred:
    """Until ``until`` (epoch seconds) others don't get the call while this agent is signed in for its queue
    and hasn't refused it; from then on he only comes before them. An ``until`` in the past keeps nobody
    waiting. Who has ``PROMISED`` is waited for in a pause as well, and takes the call wherever he takes any:
    the queue, its skills and the channel of work say what is anybody's to take, and this is his."""

    agent: AgentId
    until: float
    kind: Tie


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A caller on hold. ``since`` is epoch seconds of entering the queue first: a call that comes back after
    a failed ring keeps it, and so stands at the head again. ``declined`` tells when each agent refused it.

    ``value`` is the client's value class, times the queue's. ``wanted`` are skills that this caller needs (a
    language), required until ``wanted_until`` (``None``: for good) and preferred after."""

    call: CallId
    pool: Pool
    priority: int
    since: float
    declined: tuple[tuple[AgentId, float], ...] = ()
    value: float = 1.0
    wanted: tuple[SkillLevel, ...] = ()
    wanted_until: float | None = None
    preferred: tuple[Preferred, ...] = ()
    work: Work = Work.INBOUND

    def is_promised_by(self, agent: AgentId) -> bool:
        return any(one.agent == agent and one.kind is Tie.PROMISED for one in self.preferred)
