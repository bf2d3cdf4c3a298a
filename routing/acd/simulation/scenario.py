"""What is simulated, as data: the plan, who calls, who works when. Times are seconds from midnight of the
simulated day, which may go past 86,400; lengths are seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from routing.acd.model import RoutingPlan
from routing.acd.simulation.chance import Constant, Distribution
from routing.ids import AgentId, QueueId


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls arrive at random (Poisson), ``per_hour`` on average from ``since`` to ``until``."""

    since: float
    until: float
    per_hour: float


@dataclass(frozen=True, slots=True)
class CallType:
    """Calls of one kind for one queue. ``arrivals`` don't overlap and are in order; none when all calls of
    the type are recorded ones. ``client`` is the value class of these callers in the plan."""

    name: str
    queue: QueueId
    handle: Distribution
    patience: Distribution
    arrivals: tuple[Rate, ...] = ()
    client: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call that was real. What isn't known is drawn as its ``type`` (the index in ``Scenario.types``)
    says. ``patience`` is exact for a caller who gave up; one who was served after ``patience_beyond`` would
    have waited longer than that."""

    at: float
    type: int
    handle: float | None = None
    patience: float | None = None
    patience_beyond: float = 0.0


@dataclass(frozen=True, slots=True)
class Shift:
    """``agent`` takes calls from ``since`` to ``until``, but for the ``pauses`` (since, until) within. A
    call that he has at an end of it is finished first. An agent may have several that don't overlap."""

    agent: AgentId
    since: float
    until: float
    pauses: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Habits:
    """What agents do beside their calls. An offer is answered ``answer`` seconds after the decision, or
    declined then with probability ``declines``; who declined is left in peace for ``rest`` seconds. Pauses
    that nobody planned begin ``pauses_per_hour`` times in an hour of presence and last ``pause``."""

    answer: Distribution = field(default_factory=lambda: Constant(0.0))
    declines: float = 0.0
    rest: float = 5.0
    pauses_per_hour: float = 0.0
    pause: Distribution = field(default_factory=lambda: Constant(300.0))


@dataclass(frozen=True, slots=True)
class Scenario:
    """``until`` ends arrivals; calls that are there then are followed to their end. Calls that arrive in the
    ``warm_up`` after ``since`` are simulated and not counted."""

    name: str
    plan: RoutingPlan
    types: tuple[CallType, ...]
    shifts: tuple[Shift, ...]
    since: float
    until: float
    recorded: tuple[RecordedCall, ...] = ()
    habits: Habits = field(default_factory=Habits)
    warm_up: float = 0.0
    replications: int = 20
    seed: int = 1
