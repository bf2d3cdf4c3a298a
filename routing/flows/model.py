"""Flows as data: what a caller hears and is asked before and around the queue.

A flow is a graph of steps, entered by the number dialled. Each step names the steps that may follow; a step
without a follower ends the flow. A way that leads back is allowed only where the caller acts (a choice of a
menu, a number found, the key of an announcement), since any other would never end for a caller who is silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from routing.acd.model import SkillLevel
from routing.ids import FlowId, HoursId, PromptId, QueueId, StepId


@dataclass(frozen=True, slots=True)
class Say:
    """Play a prompt, then go on."""

    id: StepId
    prompt: PromptId
    next: StepId


@dataclass(frozen=True, slots=True)
class Choice:
    """``key`` is 0-9, * or #."""

    key: str
    next: StepId


@dataclass(frozen=True, slots=True)
class Menu:
    """Ask for one key. A wrong key or silence repeats the prompt up to ``attempts`` times in all, then goes
    to ``otherwise``."""

    id: StepId
    prompt: PromptId
    choices: tuple[Choice, ...]
    otherwise: StepId
    seconds: int = 5
    attempts: int = 3


@dataclass(frozen=True, slots=True)
class AskNumber:
    """Ask for a number (of a contract, a client, a phone), ended by # or by ``most_digits``. A number by
    which a client is found leads to ``found`` and the call is this client's; else, after ``attempts``, to
    ``otherwise``."""

    id: StepId
    prompt: PromptId
    found: StepId
    otherwise: StepId
    most_digits: int = 12
    seconds: int = 5
    attempts: int = 2


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """The caller's language from here on: prompts are played in it, and ``wanted`` are skills that the agent
    must have for so many seconds of waiting, then should have."""

    id: StepId
    language: str
    next: StepId
    wanted: tuple[SkillLevel, ...] = ()
    patience: int = 60


@dataclass(frozen=True, slots=True)
class IfOpen:
    id: StepId
    hours: HoursId
    open: StepId
    closed: StepId


@dataclass(frozen=True, slots=True)
class IfKnown:
    """Whether the caller's number belongs to a client."""

    id: StepId
    known: StepId
    unknown: StepId


@dataclass(frozen=True, slots=True)
class ValueBranch:
    value: str  # a value class
    next: StepId


@dataclass(frozen=True, slots=True)
class ByValue:
    """By the client's value class; an unknown caller and a class not named go to ``otherwise``."""

    id: StepId
    branches: tuple[ValueBranch, ...]
    otherwise: StepId


class OverflowKind(StrEnum):
    WAITED = "waited"  # the call has waited so many seconds
    LENGTH = "length"  # so many calls wait in the queue, when this one enters
    EXPECTED_WAIT = "expected_wait"  # the expected wait is so many seconds, when this one enters
    NOBODY = "nobody"  # nobody is signed in who could ever take it, also later; the limit is not looked at


@dataclass(frozen=True, slots=True)
class Overflow:
    kind: OverflowKind
    limit: int
    next: StepId


@dataclass(frozen=True, slots=True)
class Announcements:
    """What a waiting caller hears over the music: the first after ``first`` seconds, then every ``every``
    (0: once). ``prompt`` is played; with ``position`` and ``expected_wait`` these are told. ``callback``
    offers with each announcement to press a key and be called back with the place kept."""

    first: int = 20
    every: int = 60
    prompt: PromptId | None = None
    position: bool = True
    expected_wait: bool = True
    callback_key: str | None = None


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Wait for an agent of the queue. ``music`` is a class of music on hold. Overflows are looked at in their
    order; those about the wait while the call waits."""

    id: StepId
    queue: QueueId
    overflow: tuple[Overflow, ...] = ()
    announcements: Announcements | None = None
    music: str | None = None
    callback: StepId | None = None  # where the announcement's key leads: an OfferCallback


@dataclass(frozen=True, slots=True)
class OfferCallback:
    """Offer to hang up and be called back when the turn comes, with the place in the queue kept. The caller
    confirms the own number with 1, types another with 2 (ended by #), or declines with any other key."""

    id: StepId
    queue: QueueId
    prompt: PromptId
    declined: StepId


@dataclass(frozen=True, slots=True)
class Voicemail:
    """Record a message; it becomes a task for the queue. Who says nothing is asked once more."""

    id: StepId
    queue: QueueId
    prompt: PromptId
    seconds: int = 120


@dataclass(frozen=True, slots=True)
class CallOut:
    """Connect the caller to a number outside; if nobody answers in ``seconds``, go on."""

    id: StepId
    number: str
    otherwise: StepId
    seconds: int = 30


@dataclass(frozen=True, slots=True)
class Jump:
    """Go on at the start of another flow."""

    id: StepId
    flow: FlowId


@dataclass(frozen=True, slots=True)
class HangUp:
    """Say good-bye, if there is a prompt, and hang up."""

    id: StepId
    prompt: PromptId | None = None


Step: TypeAlias = (
    Say
    | Menu
    | AskNumber
    | SetLanguage
    | IfOpen
    | IfKnown
    | ByValue
    | Enqueue
    | OfferCallback
    | Voicemail
    | CallOut
    | Jump
    | HangUp
)


@dataclass(frozen=True, slots=True)
class Flow:
    """``numbers`` are the dialled numbers that lead here. ``start`` is one of ``steps``. ``language`` is that
    of callers who enter by a number; one who jumps here keeps his."""

    id: FlowId
    name: str
    numbers: tuple[str, ...]
    start: StepId
    steps: tuple[Step, ...]
    language: str = "ru"


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """``days`` are ISO weekdays (1 is Monday); ``opens`` and ``closes`` are minutes since local midnight. A
    span that closes at or before it opens ends on the next day."""

    days: tuple[int, ...]
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class DayException:
    """This date is as it says: ``spans`` of minutes, none for a closed day."""

    date: str  # YYYY-MM-DD
    name: str
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours. ``holidays`` is a country (and subdivision: ``DE-BY``) on whose public holidays it is
    closed, or "" for none; ``exceptions`` outrank both. See ``routing.flows.hours`` for nights and for
    changes of clocks."""

    id: HoursId
    name: str
    zone: str  # an IANA time zone
    spans: tuple[OpenSpan, ...]
    holidays: str = ""
    exceptions: tuple[DayException, ...] = ()


@dataclass(frozen=True, slots=True)
class Emergency:
    """Closes everything at once, or some flows: callers who enter, by a number or by a jump, hear ``prompt``,
    if there is one, and the call ends. Who waits in a queue already is served."""

    active: bool = False
    prompt: PromptId | None = None
    flows: tuple[FlowId, ...] = ()  # none: all


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """All flows of a site. ``prompts`` are those uploaded."""

    flows: tuple[Flow, ...] = ()
    hours: tuple[Hours, ...] = ()
    prompts: tuple[PromptId, ...] = ()
    emergency: Emergency = Emergency()
