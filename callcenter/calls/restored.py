"""What the history knew when a process takes over: told by ``history``, taken in by ``dispatch``, which
do not know each other."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.calls.chats import ChatMessage, ConversationId
from callcenter.calls.states import AgentState, Author, Intent
from routing.callbacks import Callback
from routing.flows.moves import Position
from routing.ids import AgentId, CallId, ClientId, IntercomId, LegId, OfferId, QueueId, ServerId, StationId


@dataclass(frozen=True, slots=True)
class RestoredAgent:
    """An agent's wish, whose it was (``by``), and his open wrap-up. ``browser`` tells whether a console was
    connected last: he then has the usual grace to come back. ``state`` is the last that the history was told,
    with its ``call``; ``None`` when it was told none."""

    agent: AgentId
    intent: Intent
    reason: str
    wrap_up_call: CallId | None  # the call whose wrap-up was open
    wrap_up_since: float
    browser: bool = False
    by: Author = Author.AGENT
    state: AgentState | None = None
    call: CallId | None = None
    wrap_up_until: float | None = None
    """Until when he extended it; ``None`` if he did not."""


@dataclass(frozen=True, slots=True)
class RestoredCall:
    """A call that the history has no end of. ``number_of_offers`` lets offer ids go on counting;
    ``offered`` are those offers of the last ring that have no end, with their agents (the phones may still
    ring); ``legs``
    are the stations' channels that have no end. ``position`` is the last that it had in a flow, ``errand``
    the number of the last command to the caller there. ``recording`` is the name of its recording,
    ``paused_by`` who has that be silent."""

    call: CallId
    server: ServerId
    number: str
    name: str
    dialled: str
    client: ClientId | None
    queue: QueueId | None
    priority: int
    arrived_at: float
    queued_since: float | None
    declined_by: tuple[AgentId, ...]
    number_of_offers: int
    talking_agent: AgentId | None
    talking_offer: OfferId | None
    answered_at: float | None
    offered: tuple[tuple[OfferId, AgentId], ...] = ()
    legs: tuple[tuple[LegId, StationId], ...] = ()
    position: Position | None = None
    errand: int = 0
    recording: str = ""
    paused_by: AgentId | None = None


@dataclass(frozen=True, slots=True)
class RestoredCallback:
    """A promise that is open. ``claim`` is an attempt that was claimed for ``call`` and has no end: it may
    have been dialled. ``asked_in`` is the call in which the client asked."""

    callback: Callback
    server: ServerId | None
    claim: int | None = None
    call: CallId | None = None
    asked_in: CallId | None = None
    client: ClientId | None = None


@dataclass(frozen=True, slots=True)
class RestoredChat:
    """The last messages of a conversation, oldest first, and how far each login has read in it."""

    conversation: ConversationId
    messages: tuple[ChatMessage, ...]
    marks: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class RestoredIntercom:
    """A call between two agents that the history has no end of."""

    intercom: IntercomId
    server: ServerId
    by: AgentId
    to: AgentId
    started_at: float
    answered_at: float | None


@dataclass(frozen=True, slots=True)
class RestoredHand:
    agent: AgentId
    since: float
    text: str


@dataclass(frozen=True, slots=True)
class Restored:
    """What the history knew when this process took over. Comes after ``PlanChanged`` and before any
    event; the ``ServerSynced`` that follows says which of these calls still live. ``blind_since`` is the time
    of the last fact written by the process before, ``None`` when there was none: each server's events since
    then were missed. ``gave_up`` are the numbers of callers who gave up and were not reached since, with when
    they did; ``places`` are the places in line that open calls have from callbacks that they ended.
    ``chats`` are the conversations of the last days, by their last messages."""

    agents: tuple[RestoredAgent, ...]
    calls: tuple[RestoredCall, ...]
    blind_since: float | None = None
    callbacks: tuple[RestoredCallback, ...] = ()
    gave_up: tuple[tuple[str, float], ...] = ()
    places: tuple[tuple[CallId, float], ...] = ()
    chats: tuple[RestoredChat, ...] = ()
    hands: tuple[RestoredHand, ...] = ()
    intercoms: tuple[RestoredIntercom, ...] = ()
