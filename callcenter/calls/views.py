"""The live picture: what a browser sees of the floor, one entity at a time.

Each entity has a key (``agent/anna``, ``call/main:17.1``, ``queue/sales``, ``card/main:17.1``,
``server/main``, ``colleague/anna``, ``intercom/main:intercom-17-a1001``, ``chat/team:sales``,
``marks/anna``) and is sent whole when it changes. The views are plain data; ``dispatch`` encodes them once,
``live`` carries the bytes to every node, ``web/push`` to the browsers that may see them. Times are UTC epoch
seconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from callcenter.calls.chats import ConversationId
from callcenter.calls.control import CallAction, GuestState, Where
from callcenter.calls.intercoms import IntercomState
from callcenter.calls.requests import Intent
from callcenter.calls.states import AgentState, CallState, OfferState, PhoneProblem
from routing.ids import (
    AgentId,
    CallbackId,
    CallId,
    ClientId,
    FlowId,
    IntercomId,
    OfferId,
    QueueId,
    ServerId,
    StationId,
    StepId,
    TeamId,
)


@dataclass(frozen=True, slots=True)
class EntityUpdate:
    """One entity as JSON, or its end (``document`` is ``None``).

    ``audience`` names the agents who may see it besides supervisors; ``None`` means everyone who is
    signed in. With ``private`` they are logins, and nobody else sees it, supervisors included. From one
    update to the next the audience may lose members (an offer moves on): whoever delivers updates tells
    those that the entity is gone. An entity's end is told to everyone who had it, whatever the audience of
    that update.
    """

    key: str
    document: bytes | None
    audience: frozenset[AgentId] | None
    private: bool = False


@dataclass(frozen=True, slots=True)
class AgentView:
    """``state`` is what is shown, ``intent`` what the agent will be when nothing holds him.
    ``wrap_up_until`` is when wrap-up ends by itself, ``None`` outside it. ``station_ready`` tells whether
    the phone could be rung (registered, not in a foreign call). ``phone_problem`` is what the agent's browser
    says is wrong with the phone in it; ``None`` also for other phones. ``hand_since`` is set while he asks
    for help."""

    kind: Literal["agent"]
    agent: AgentId
    name: str
    station: StationId
    station_ready: bool
    state: AgentState
    since: float
    reason: str
    intent: Intent
    intent_reason: str
    browser: bool
    call: CallId | None
    offer: OfferId | None
    queues: tuple[QueueId, ...]
    wrap_up_until: float | None
    phone_problem: PhoneProblem | None
    hand_since: float | None
    hand_text: str


@dataclass(frozen=True, slots=True)
class GuestView:
    """Whom the agent asked: a colleague (``agent``), or a ``number`` outside. ``since`` is when they were
    asked."""

    agent: AgentId | None
    number: str
    state: GuestState
    since: float


@dataclass(frozen=True, slots=True)
class CallView:
    """``agent`` and ``offer`` are of the current offer, conversation or wrap-up; ``None`` while several
    agents are rung at once, each of whom finds his offer in his own ``AgentView``. ``rung`` are all whom the
    call is offered to now, ``offer_state`` and ``offered_at`` the same for each. A call's entity lives
    until the last engaged agent closed the wrap-up. ``callback`` is set for a client whom we call back: his
    agent is shown the card while he is dialled, and rung once he answers. ``flow`` and ``step`` are where the
    call is in its flow, or how it came to its queue.

    ``where`` is where the caller of a conversation is, ``hold_since`` since when he is on his agent's hold.
    ``actions`` is what ``agent`` may do with the call now, sorted; ``guest`` whom he asked. ``came_from``
    handed the caller on last, ``parked_by`` left him to be fetched; ``dialled_by`` called him, and ``placed``
    says that the client's phone is being rung. ``answers_itself``: the phone is asked to answer this call."""

    kind: Literal["call"]
    call: CallId
    server: ServerId
    state: CallState
    number: str
    name: str
    dialled: str
    queue: QueueId | None
    priority: int
    client: ClientId | None
    arrived_at: float
    queued_at: float | None
    offered_at: float | None
    answered_at: float | None
    ended_at: float | None
    agent: AgentId | None
    offer: OfferId | None
    offer_state: OfferState | None
    rung: tuple[AgentId, ...]
    offers: int
    callback: CallbackId | None
    flow: FlowId | None
    step: StepId | None
    where: Where | None
    hold_since: float | None
    guest: GuestView | None
    actions: tuple[CallAction, ...]
    recorded: bool
    recording_paused: bool
    came_from: AgentId | None
    parked_by: AgentId | None
    parked_at: float | None
    dialled_by: AgentId | None
    placed: bool
    answers_itself: bool


@dataclass(frozen=True, slots=True)
class QueueView:
    """Counts as they are now. ``longest_since`` is when the longest waiting call entered, ``None`` when
    nobody waits."""

    kind: Literal["queue"]
    queue: QueueId
    name: str
    waiting: int
    longest_since: float | None
    talking: int
    agents_ready: int
    agents_engaged: int
    agents_paused: int


class LinkState(StrEnum):
    DOWN = "down"
    SYNCING = "syncing"
    UP = "up"


@dataclass(frozen=True, slots=True)
class ServerView:
    kind: Literal["server"]
    server: ServerId
    link: LinkState
    since: float


@dataclass(frozen=True, slots=True)
class ColleagueView:
    """What everyone signed in sees of an agent: nothing of his calls. It may be a second or two old where
    there are many (see ``dispatch.colleagues``). By ``station`` a phone that rings tells who calls."""

    kind: Literal["colleague"]
    agent: AgentId
    name: str
    team: TeamId | None
    station: StationId
    state: AgentState
    since: float


LiveIntercom: TypeAlias = Literal[IntercomState.CALLING, IntercomState.RINGING, IntercomState.TALKING]


@dataclass(frozen=True, slots=True)
class IntercomView:
    """A call between two agents, while it lives. ``since`` is when its state began."""

    kind: Literal["intercom"]
    intercom: IntercomId
    by: AgentId
    to: AgentId
    state: LiveIntercom
    since: float


@dataclass(frozen=True, slots=True)
class ChatLine:
    number: int
    at: float
    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class ChatView:
    """The last messages of a conversation, oldest first. ``name`` is the team's, empty between two people."""

    kind: Literal["chat"]
    conversation: ConversationId
    name: str
    messages: tuple[ChatLine, ...]


@dataclass(frozen=True, slots=True)
class ChatMarksView:
    """How far its owner has read: the number of the last message seen in each conversation."""

    kind: Literal["marks"]
    read: dict[str, int]


def chat_key(conversation: ConversationId) -> str:
    return f"chat/{conversation}"


def marks_key(login: str) -> str:
    return f"marks/{login}"


def colleague_key(agent: AgentId) -> str:
    return f"colleague/{agent}"


def intercom_key(intercom: IntercomId) -> str:
    return f"intercom/{intercom}"


def agent_key(agent: AgentId) -> str:
    return f"agent/{agent}"


def call_key(call: CallId) -> str:
    return f"call/{call}"


def card_key(call: CallId) -> str:
    return f"card/{call}"


def queue_key(queue: QueueId) -> str:
    return f"queue/{queue}"


def server_key(server: ServerId) -> str:
    return f"server/{server}"
