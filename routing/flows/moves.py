"""What goes into the interpreter of flows and what comes out of it: a call's position, what happened to it,
what is to be done next, and why.

Everything here is plain frozen data, so that a position can be written down with the call and taken up
again by another process. Instants are UTC epoch seconds, durations seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from routing.acd.model import SkillLevel
from routing.ids import FlowId, QueueId, StepId


class Stage(StrEnum):
    """What a call is doing in its step: which answer is awaited."""

    PLAYING = "playing"
    ASKING = "asking"
    LOOKING_UP = "looking_up"
    RECORDING = "recording"
    DIALLING = "dialling"
    WAITING = "waiting"  # in a queue
    OFFERED = "offered"  # a callback: 1, 2 or another key
    TYPING = "typing"  # a callback: another number
    CONFIRMING = "confirming"  # a callback: the number typed
    KEEPING = "keeping"  # a callback is being written down
    CLOSING = "closing"  # the last words, then the end
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call's stay in queues. ``since`` is when it first entered any queue and counts for its place;
    ``entered`` is when it entered this one, by the step ``step`` of ``flow`` (none: not by a step).
    ``announced`` is when the last announcement began."""

    queue: QueueId
    since: float
    entered: float
    flow: FlowId | None = None
    step: StepId | None = None
    announced: float | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a call is, and what it gathered on the way.

    ``flow`` and ``step`` are none for a call that no step holds (a number of a queue, or the default queue).
    ``taken`` counts the steps entered in this call, ``tries`` how often this step has asked, ``silent`` how
    often in a row in vain (told apart for callbacks only). ``wanted`` are skills that the agent must have
    until the call has waited ``patience`` seconds. ``known`` and ``value`` are what the flow found out about
    the client; none: nothing beyond what ``Context.caller`` says. ``collected`` is the number typed last.
    ``waiting`` stays when the call leaves a queue for another step, since it comes back to its place.
    """

    flow: FlowId | None
    step: StepId | None
    stage: Stage
    language: str
    taken: int = 0
    tries: int = 0
    silent: int = 0
    wanted: tuple[SkillLevel, ...] = ()
    patience: int = 0
    known: bool | None = None
    value: str | None = None
    collected: str = ""
    waiting: Waiting | None = None


# What happened: the answers to actions.


@dataclass(frozen=True, slots=True)
class Heard:
    """``Play`` is over, without a key."""


@dataclass(frozen=True, slots=True)
class Keys:
    """``Ask`` is over, with these digits ("": silence), or ``Play`` was ended by its key."""

    digits: str


@dataclass(frozen=True, slots=True)
class ClientKnown:
    """The answer to ``LookUp``. ``value`` is the client's value class. The caller of the interpreter has
    made the call this client's before."""

    found: bool
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """``Record`` is over; 0 seconds: the caller said nothing."""

    seconds: int


@dataclass(frozen=True, slots=True)
class OutEnded:
    """``DialOut`` is over. ``talked``: it was answered, and the other side has hung up."""

    talked: bool


@dataclass(frozen=True, slots=True)
class CallbackKept:
    """``KeepPlace`` is written down. (Refused: ``Failed``.)"""


@dataclass(frozen=True, slots=True)
class Failed:
    """The last action could not be done; ``reason`` is a code, empty where there is none to tell."""

    reason: str = ""


Answer: TypeAlias = Heard | Keys | ClientKnown | Recorded | OutEnded | CallbackKept | Failed


# What is known outside of the flow.


@dataclass(frozen=True, slots=True)
class Caller:
    """What the look-up of the caller's own number gave."""

    known: bool
    value: str | None = None  # a value class


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue as one call sees it. ``waiting`` are the other calls waiting in it; ``place`` is this call's
    place in it, 1 is next, while it waits. ``expected_wait`` is how long this call would yet wait, by the
    live rates. ``able`` are the agents signed in who could ever take it. None: not known."""

    waiting: int = 0
    able: int = 0
    expected_wait: float | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The world at ``now``. ``number`` is the caller's own as he can be dialled ("": withheld). ``caller``
    is none while the look-up of that number is under way. ``queue`` is asked only for queues of the plan."""

    now: float
    number: str
    caller: Caller | None
    queue: Callable[[QueueId], QueueState]


# What is to be done. ``Position.language`` goes with everything that is spoken.


@dataclass(frozen=True, slots=True)
class Play:
    """Answered by ``Heard``, by ``Keys`` if ``key`` was pressed, or by ``Failed``. In a queue
    (``Stage.WAITING``) the call goes on waiting, and a ring may cut this short without an answer."""

    spoken: tuple[str, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """Answered by ``Keys`` or ``Failed``. ``spoken`` may be empty: only listen."""

    spoken: tuple[str, ...]
    most_digits: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Record:
    """The message becomes a task for the queue, also when the caller hangs up during it. Answered by
    ``Recorded`` or ``Failed``."""

    spoken: tuple[str, ...]
    seconds: int
    queue: QueueId


@dataclass(frozen=True, slots=True)
class DialOut:
    """Answered by ``OutEnded`` or ``Failed``."""

    number: str
    seconds: int


@dataclass(frozen=True, slots=True)
class LookUp:
    """Find the client of a number. "" is the caller's own, whose look-up is under way already. Answered by
    ``ClientKnown``, or by ``Failed`` when that takes too long."""

    number: str


@dataclass(frozen=True, slots=True)
class Join:
    """Wait in this queue, with the place of one who waits since ``since``. Agents must hold ``wanted`` until
    ``wanted_until``, from then on they are better for it. ``music`` "" leaves the music as it is. Ask
    ``run.queued`` at ``look_at``, if given, and whenever the signed-in agents of the queue change. A call
    that waits in this queue already keeps its offers."""

    queue: QueueId
    since: float
    wanted: tuple[SkillLevel, ...]
    wanted_until: float
    music: str
    look_at: float | None


@dataclass(frozen=True, slots=True)
class Stay:
    """Nothing to do; the call waits on in its queue. ``look_at`` as in ``Join``."""

    look_at: float | None


@dataclass(frozen=True, slots=True)
class KeepPlace:
    """Write down a callback to ``number`` that keeps the call's place in the queue (of one who waits since
    ``since``), before it is confirmed to the caller. Answered by ``CallbackKept`` or ``Failed``."""

    queue: QueueId
    number: str
    since: float


@dataclass(frozen=True, slots=True)
class End:
    """Hang up."""


Action: TypeAlias = Play | Ask | Record | DialOut | LookUp | Join | Stay | KeepPlace | End


class Why(StrEnum):
    """What was done in a step, or why the call went on as it did; ``Trace.told`` has the named parameters."""

    ENTERED = "entered"  # by: the dialled number
    JUMPED = "jumped"  # by: the flow left
    NO_FLOW = "no_flow"  # dialled
    EMERGENCY = "emergency"
    PLAYED = "played"  # prompt
    PROMPT_MISSING = "prompt_missing"  # prompt
    ASKED = "asked"  # number: which time
    CHOSE = "chose"  # key
    WRONG_KEY = "wrong_key"  # keys
    SILENCE = "silence"
    GAVE_UP = "gave_up"  # tries
    TYPED = "typed"  # digits (how many; the number itself stays in the position)
    FOUND = "found"
    NOT_FOUND = "not_found"
    LOOKED_UP = "looked_up"
    LANGUAGE = "language"  # language
    OPEN = "open"  # hours, day (the name of an exception or a holiday)
    CLOSED = "closed"  # hours, day, opens (epoch seconds; none: never)
    KNOWN = "known"
    UNKNOWN = "unknown"
    VALUE = "value"  # value
    OTHER_VALUE = "other_value"  # value
    JOINED = "joined"  # queue
    OVERFLOWED = "overflowed"  # kind, limit, actual
    ANNOUNCED = "announced"  # place, expected (seconds), minutes (as told); none: not told
    CALLBACK_ASKED = "callback_asked"  # key
    CALLBACK_OFFERED = "callback_offered"  # queue
    CALLBACK_DECLINED = "callback_declined"
    CALLBACK_WANTED = "callback_wanted"  # queue, own
    CALLBACK_KEPT = "callback_kept"
    CALLBACK_REFUSED = "callback_refused"  # reason (a ``callbacks.Unkeepable``)
    RECORDING = "recording"  # queue
    RECORDED = "recorded"  # seconds
    NOTHING_SAID = "nothing_said"
    DIALLED_OUT = "dialled_out"  # number
    OUT_ENDED = "out_ended"
    OUT_UNANSWERED = "out_unanswered"
    FAILED = "failed"
    HUNG_UP = "hung_up"
    # From here on mistakes: each leads to the default queue.
    TOO_MANY_STEPS = "too_many_steps"  # most
    NO_SUCH_STEP = "no_such_step"
    NO_SUCH_FLOW = "no_such_flow"  # flow
    NO_SUCH_QUEUE = "no_such_queue"  # queue
    NO_SUCH_HOURS = "no_such_hours"  # hours
    UNFORESEEN = "unforeseen"  # answer


Told: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing that a flow did with a call. Holds no number of the caller's."""

    flow: FlowId | None
    step: StepId | None
    why: Why
    told: tuple[tuple[str, Told], ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """The call is at ``position`` now; do ``action``."""

    position: Position
    action: Action
    trace: tuple[Trace, ...]
