"""What lives on the floor: calls, legs, offers, agents' seats and servers, as they are now.

These are the only mutable values of the core; ``dispatch`` changes them, through the tables of ``states``.
Times are epoch seconds.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from callcenter.calls.callers import KnownAgent
from callcenter.calls.control import Control
from callcenter.calls.states import (
    AgentState,
    Author,
    CallbackState,
    CallOutcome,
    CallState,
    Engagement,
    Intent,
    LegRole,
    LegState,
    OfferState,
    PhoneProblem,
)
from callcenter.calls.views import LinkState
from callcenter.telephony.events import RingOutcome, StationState, StepEnded
from routing.acd.model import Agent, SkillLevel
from routing.acd.queue import Pool
from routing.callbacks import AttemptOutcome, Callback
from routing.flows.moves import Ask, DialOut, Play, Position, Record
from routing.ids import (
    AgentId,
    CallbackId,
    CallId,
    ClientId,
    IntercomId,
    LegId,
    OfferId,
    QueueId,
    ServerId,
    StationId,
)


@dataclass(slots=True)
class Leg:
    """One channel. ``agent`` is who sat at the station when the leg began; ``None`` for the caller, and for
    a station that nobody has."""

    id: LegId
    call: CallId
    role: LegRole
    station: StationId | None
    agent: AgentId | None
    state: LegState = LegState.STARTED
    bridge: str | None = None
    bridged_at: float | None = None
    unbridged_at: float | None = None


@dataclass(slots=True)
class Offer:
    """One ringing of one agent.

    ``attempt`` is the call's count of failed rings when this one was sent: a ``CallHeld`` that counts more is
    the end of this ring, one that counts as many is an echo of the hold before it. ``verdict`` is how
    Asterisk said the ringing ended; the offer itself ends when the caller is held again, answered or gone,
    or, while other agents are still rung for the same call, with its own leg. ``leaving``: he signed off or
    lost his phone while others are rung, and his leg is being hung up.
    """

    id: OfferId
    call: CallId
    queue: QueueId
    agent: AgentId
    station: StationId
    made_at: float
    gate: float
    attempt: int
    state: OfferState = OfferState.SHOWN
    painted_at: float | None = None
    ring_sent_at: float | None = None
    rang: bool = False
    leg: LegId | None = None
    verdict: RingOutcome | None = None
    decline_asked: bool = False
    leaving: bool = False


@dataclass(slots=True)
class Errand:
    """A command that a caller's flow gave to Asterisk and whose end isn't known yet. ``ended`` is Asterisk's
    word on it; ``held`` tells that the caller was said to be on hold since the command was sent. Only both
    together mean that the next command is safe: a ``CallHeld`` alone may be the echo of the one before."""

    number: int
    action: Play | Ask | Record | DialOut
    recording: str = ""  # of ``Record``
    ended: StepEnded | None = None
    held: bool = False


@dataclass(slots=True)
class Parked:
    """A caller left with music for any colleague to fetch."""

    by: AgentId
    at: float


@dataclass(slots=True)
class Call:
    """One customer conversation.

    ``held`` tells whether Asterisk has the caller on hold now, so that a Redirect is safe; it is false from
    the moment a ring is sent until the next ``CallHeld``. ``since`` is when the call entered its queue first.
    ``position`` is where the call is in its flow (in a queue: how it came there), ``errand`` what it does
    there, ``errands`` the number of the last one, ``lost`` how many in a row came to nothing that we know of;
    ``looking`` is what the caller typed and is looked up by, ``music`` what he was dressed with. ``wanted``
    are skills that his agent must have until ``wanted_until`` and should have after.
    ``looked_up`` tells that the caller's number was looked up; ``value`` is the client's value class and
    ``agents`` those he knows; ``unready`` while a call on hold is kept out of line a moment for that look-up.
    ``offered`` are the live offers, by agent, in the order in which they were made: one, or several of a
    queue that rings all, which are then all shown or all ringing; ``offers`` counts those ever made.
    ``agent`` is who talks with the caller, or wraps up after. ``revision`` counts
    what was heard or done about the call, so that a listing can be told from one before it.

    ``control`` is what is being done with the conversation; ``wrapping`` are agents who handed the caller on
    and are not done with their notes, ``came_from`` the last of them, ``transfers`` how often that was.
    ``waited`` is the wait until the first answer. ``parked`` while any colleague may fetch the caller;
    ``dialled_by`` is the agent who called this client himself, ``own_leg`` his phone's channel for that,
    ``placed_at`` when the client was dialled.

    ``callback`` is the promise that we keep with this call, which we dialled; ``placing`` while the client
    has not answered yet, ``placed`` how that ended, once it is known. ``place`` is a place in
    line kept from an earlier call, before ``since``; ``kept`` is the callback for which this call's own place
    is kept.
    """

    id: CallId
    server: ServerId
    number: str
    name: str
    dialled: str
    arrived_at: float
    state: CallState = CallState.ARRIVING
    held: bool = False
    attempt: int = 0
    queue: QueueId | None = None
    priority: int = 0
    since: float | None = None
    client: ClientId | None = None
    picked: bool = False
    declined: dict[AgentId, float] = field(default_factory=dict)
    offers: int = 0
    offered: dict[AgentId, Offer] = field(default_factory=dict)
    agent: AgentId | None = None
    talk_offer: OfferId | None = None
    talk_leg: LegId | None = None
    talk_since: float | None = None
    answered_at: float | None = None
    talked: float = 0.0
    ended_at: float | None = None
    outcome: CallOutcome | None = None
    position: Position | None = None
    errand: Errand | None = None
    errands: int = 0
    lost: int = 0
    looking: str = ""
    music: str = ""
    wanted: tuple[SkillLevel, ...] = ()
    wanted_until: float = 0.0
    looked_up: bool = False
    value: str = ""
    agents: tuple[KnownAgent, ...] = ()
    unready: bool = False
    legs: dict[LegId, Leg] = field(default_factory=dict)
    revision: int = 0
    reclaimed_at: float | None = None
    callback: CallbackId | None = None
    placing: bool = False
    placed: AttemptOutcome | None = None
    place: float | None = None
    kept: CallbackId | None = None
    control: Control = field(default_factory=Control)
    wrapping: dict[AgentId, None] = field(default_factory=dict)
    came_from: AgentId | None = None
    transfers: int = 0
    waited: float | None = None
    parked: Parked | None = None
    dialled_by: AgentId | None = None
    own_leg: LegId | None = None
    placed_at: float | None = None
    quarantined: bool = False
    counted: tuple[QueueId, bool, float] | None = None  # the queue's tally: (queue, talking, since)

    @property
    def offer(self) -> Offer | None:
        """The live offer; of several, the first made, which tells the state of all."""
        return next(iter(self.offered.values()), None)

    def offer_of(self, leg: LegId) -> Offer | None:
        """The live offer that rings this leg."""
        return next((offer for offer in self.offered.values() if offer.leg == leg), None)

    def offer_at(self, station: StationId) -> Offer | None:
        """The live offer to who sits at this station."""
        return next((offer for offer in self.offered.values() if offer.station == station), None)


@dataclass(slots=True)
class Seat:
    """An agent as he works now.

    ``system_pause`` marks a pause of our own making that lifts by itself when its cause is gone. ``legs`` are
    his station's live channels in calls of ours: while there is one he can't be rung, whatever else is
    believed; ``freed_at`` is when the last of them ended. ``disposable`` is the last call while its
    disposition may still come, after the wrap-up ran out. ``browsers`` says of each when it was last heard
    of; ``told`` is the wish (intent and reason) that the ledger knows, and ``browser_told`` whether the
    ledger has him with a browser.
    """

    agent: Agent
    queues: tuple[QueueId, ...]
    intent: Intent = Intent.OFFLINE
    reason: str = ""
    intent_by: Author = Author.SYSTEM
    system_pause: bool = False
    told: tuple[Intent, str] = (Intent.OFFLINE, "")
    engagement: Engagement = Engagement.FREE
    call: CallId | None = None
    offer: OfferId | None = None
    intercom: IntercomId | None = None
    legs: dict[LegId, None] = field(default_factory=dict)
    browsers: dict[str, float] = field(default_factory=dict)
    browser_told: bool = False
    phone: tuple[str, PhoneProblem] | None = None  # what is wrong with the phone in this browser of his
    voiceless: bool = False  # it can take calls, and lacks the voice of his conversation
    idle_since: float = 0.0
    freed_at: float = 0.0
    cooling_until: float | None = None
    wrap_up_since: float | None = None
    wrap_up_until: float | None = None
    disposable: CallId | None = None
    last_wrap_up: float = 0.0
    shown: AgentState = AgentState.OFFLINE
    shown_reason: str = ""
    shown_since: float = 0.0
    reserved: CallbackId | None = None  # held for a client about to be dialled
    dismissed: bool = False  # no longer in the plan; goes when nothing holds him
    hand_since: float | None = None  # he asks for help since then, in these words
    hand_text: str = ""
    counted: tuple[tuple[QueueId, ...], AgentState, bool] | None = None

    @property
    def id(self) -> AgentId:
        return self.agent.id


@dataclass(slots=True)
class Promise:
    """A callback that is open. ``server`` is the one that the client called, and is dialled from if it can
    be; ``claim`` is the number of the attempt that is claimed or asked for, in ``call``, with ``agent`` held
    for it until the client answers. ``pool`` is where it stands in line. ``asked_in`` is the call in
    which the client asked, or that of a dialling of which nobody could tell what became: he is not dialled
    while that goes on. ``why`` says why this agent, as in the offer's fact. ``client`` is who asked, where
    that is known."""

    callback: Callback
    server: ServerId | None
    state: CallbackState = CallbackState.SCHEDULED
    claim: int | None = None
    call: CallId | None = None
    agent: AgentId | None = None
    pool: Pool | None = None
    asked_in: CallId | None = None
    why: str = ""
    client: ClientId | None = None


@dataclass(slots=True)
class Book:
    """``by_call`` are the diallings that are out, ``missed`` the numbers of those who gave up, with when.
    ``over`` are the promises closed in this term, ``adopted`` counts those found in the database since."""

    promises: dict[CallbackId, Promise] = field(default_factory=dict)
    by_number: dict[tuple[str, QueueId], CallbackId] = field(default_factory=dict)
    by_call: dict[CallId, CallbackId] = field(default_factory=dict)
    missed: dict[str, float] = field(default_factory=dict)
    over: dict[CallbackId, None] = field(default_factory=dict)
    adopted: int = 0


@dataclass(slots=True)
class Server:
    """A telephony server. ``audit_asked_at`` is when a listing was asked for that hasn't come yet;
    ``listings`` counts those that came. ``given_up``: away so long that its channels hold nobody any more.
    ``suspicions`` are the differences that the last audit saw, with when they were seen first and the call's
    revision then."""

    id: ServerId
    link: LinkState
    since: float
    stations: dict[StationId, StationState] = field(default_factory=dict)
    listings: int = 0
    audit_asked_at: float | None = None
    given_up: bool = False
    suspicions: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    """The live figures of one queue. ``waiting`` holds (since, call) in order, callers who are being offered
    included: they are not answered yet. ``takers`` are the agents signed in, ready or not, who take calls
    from outside, and so could take each of this queue sooner or later: their skills reach it, be it in its
    widest ring, or it would not be theirs."""

    waiting: list[tuple[float, CallId]] = field(default_factory=list)
    talking: int = 0
    ready: int = 0
    engaged: int = 0
    paused: int = 0
    takers: int = 0

    def place(self, since: float, call: CallId) -> int | None:
        """The place in line of a call that counts here since then, 1 is next; ``None`` if it doesn't."""
        index = bisect_left(self.waiting, (since, call))
        there = index < len(self.waiting) and self.waiting[index] == (since, call)
        return index + 1 if there else None
