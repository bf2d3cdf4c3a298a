"""Facts about calls between two agents (see ``facts``, which has the union). None of them is about a client's
call, so none has a ``call``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from callcenter.calls.intercoms import IntercomOutcome
from routing.ids import AgentId, IntercomId, LegId, ServerId


@dataclass(frozen=True, slots=True)
class IntercomStarted:
    """``agent`` calls ``to``. Of one that was found in a listing ``at`` is when it began."""

    at: float
    intercom: IntercomId
    server: ServerId
    agent: AgentId
    to: AgentId


@dataclass(frozen=True, slots=True)
class IntercomAnswered:
    """The two speak; ``leg`` is the colleague's."""

    at: float
    intercom: IntercomId
    agent: AgentId
    to: AgentId
    leg: LegId


@dataclass(frozen=True, slots=True)
class IntercomEnded:
    """``talked`` is seconds; of one that ended while we were blind, up to where it was last seen."""

    at: float
    intercom: IntercomId
    agent: AgentId
    to: AgentId
    outcome: IntercomOutcome
    talked: float


IntercomFact: TypeAlias = IntercomStarted | IntercomAnswered | IntercomEnded
