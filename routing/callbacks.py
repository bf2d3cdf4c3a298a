"""Callbacks: when a client who kept his place may be dialled, and when again after it came to nothing.

Theory of operation. A ``Callback`` is a promise, as data. Its place in line is ``since``, the moment from
which the client has waited; ``next_at`` is the earliest instant at which he may be dialled, and is always an
allowed one: within the hours on the client's own clock. What his clock says follows from his number, as far
as numbers tell: ``zones`` are all that his may be in. If they agree, theirs is his time; if there are none,
the site's. If they differ (a mobile number of a wide country, a toll-free one), the site's zone decides when
it is among them, since such a client is at home most likely, unless the rules are ``strict``; otherwise
every one of them must allow the instant.

Instants are UTC epoch seconds. Time zones are data of the world and are handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Protocol, TypeAlias

from routing.acd.model import SkillLevel
from routing.ids import AgentId, CallbackId, QueueId

ZoneReader: TypeAlias = Callable[[str], tzinfo | None]
"""The IANA time zone of a name, or ``None`` when there is no such."""
PATIENCE = 600.0
"""Seconds for which a client's wish for an agent with certain skills must be met, when nothing says so."""
_DAY = 24 * 60  # minutes
_STEP = 15 * 60.0  # all offsets in use are whole quarters of an hour, and hours are set in minutes
_FARTHEST = 15 * 86_400.0


class AttemptOutcome(StrEnum):
    """How one dialling of a client ended."""

    REACHED = "reached"  # he spoke with an agent
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"  # the number could not be dialled
    LEFT = "left"  # he answered, and hung up before an agent did
    UNKNOWN = "unknown"  # dialled, perhaps; nobody saw what became of it
    CANCELLED = "cancelled"  # taken back while it rang: he called us meanwhile, or somebody said so


@dataclass(frozen=True, slots=True)
class Callback:
    """``number`` is E.164. ``since`` is the place kept. ``value`` is what losing the client costs, times the
    queue's; ``wanted`` are skills that the agent must have for ``patience`` seconds from when he may be
    dialled, and should have after. ``attempts`` counts the diallings made; ``next_at`` is when he may be
    dialled next, ``until`` when the promise has run out. ``shown`` is our number that he sees, "" for the
    trunk's own. ``agent`` promised to call himself: it is offered to him alone for ``patience`` seconds."""

    id: CallbackId
    number: str
    queue: QueueId
    since: float
    next_at: float
    until: float
    value: float = 1.0
    wanted: tuple[SkillLevel, ...] = ()
    language: str = ""
    zones: tuple[str, ...] = ()
    shown: str = ""
    attempts: int = 0
    patience: float = PATIENCE
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True)
class CallbackRules:
    """``opens`` and ``closes`` are minutes since local midnight; ``closes`` comes after ``opens`` on the same
    day, so that night is never within. ``zone`` is the site's. The gaps are the seconds until the next try
    after each outcome; ``keep_seconds`` is how long a promise stands, ``ring_seconds`` how long the client's
    phone rings. Raises ``ValueError`` for hours that never open and for no attempt at all."""

    zone: str = "UTC"
    opens: int = 9 * 60
    closes: int = 20 * 60
    strict: bool = False
    most_attempts: int = 3
    busy_gap: float = 300.0
    no_answer_gap: float = 1_800.0
    failed_gap: float = 3_600.0
    left_gap: float = 1_800.0
    unknown_gap: float = 1_800.0
    keep_seconds: float = 2 * 86_400.0
    ring_seconds: int = 40

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= _DAY:
            raise ValueError(f"callbacks from minute {self.opens} to {self.closes} of the day never open")
        if self.most_attempts < 1:
            raise ValueError("callbacks need one attempt at least")

    def gap(self, outcome: AttemptOutcome) -> float:
        """Seconds until a client may be dialled again. ``REACHED`` and ``CANCELLED`` need none."""
        match outcome:
            case AttemptOutcome.BUSY:
                return self.busy_gap
            case AttemptOutcome.NO_ANSWER:
                return self.no_answer_gap
            case AttemptOutcome.FAILED:
                return self.failed_gap
            case AttemptOutcome.LEFT:
                return self.left_gap
            case AttemptOutcome.UNKNOWN:
                return self.unknown_gap
            case AttemptOutcome.REACHED | AttemptOutcome.CANCELLED:
                return 0.0


class Numbers(Protocol):
    """What can be read from a telephone number."""

    def e164(self, raw: str) -> str | None:
        """The public number that a text means, ``None`` for an extension, a withheld one, or no number."""

    def zones(self, e164: str) -> tuple[str, ...]:
        """The IANA time zones in which it may be; none when nothing is known."""

    def zone(self, name: str) -> tzinfo | None:
        """The IANA time zone of a name."""


class Unkeepable(StrEnum):
    """Why no callback can be promised."""

    NO_NUMBER = "no_number"  # an extension, withheld, or no number at all
    NO_AGENT = "no_agent"  # nobody of the plan who can serve the queue takes callbacks
    NEVER_ALLOWED = "never_allowed"  # no hour in which it may be dialled, as long as a promise stands


@dataclass(frozen=True, slots=True)
class Terms:
    """On what callbacks are promised: to callers by their flows, and to who tries a flow out."""

    rules: CallbackRules
    numbers: Numbers

    def unkeepable(self, raw: str, anyone: bool, at: float) -> Unkeepable | None:
        """Why a callback to ``raw`` could not be promised at ``at``; ``None``: it could. ``anyone`` tells
        whether some agent of the plan could make it."""
        e164 = self.numbers.e164(raw)
        if e164 is None:
            return Unkeepable.NO_NUMBER
        if not anyone:
            return Unkeepable.NO_AGENT
        first = next_allowed(self.rules, self.numbers.zone, self.numbers.zones(e164), at)
        late = first is None or first >= at + self.rules.keep_seconds
        return Unkeepable.NEVER_ALLOWED if late else None

    def clocks(self, zones: tuple[str, ...], at: float) -> tuple[tuple[str, int], ...]:
        """The clocks that may be a client's, by the name of a zone (the site's for one of whom nothing is
        known) with its minutes from UTC: one for each time of day, the earliest first."""
        found: dict[int, str] = {}
        for name in zones or (self.rules.zone,):
            clock = self.numbers.zone(name)
            offset = timedelta() if clock is None else _offset(clock, datetime.fromtimestamp(at, UTC))
            found.setdefault(round(offset.total_seconds() / 60), name)
        return tuple((name, offset) for offset, name in sorted(found.items()))


def may_dial(rules: CallbackRules, zone: ZoneReader, zones: tuple[str, ...], at: float) -> bool:
    """Whether it is within the hours on the client's clock, or on every clock that may be his."""
    return all(_within(rules, clock, at) for clock in _clocks(rules, zone, zones, at))


def next_allowed(rules: CallbackRules, zone: ZoneReader, zones: tuple[str, ...], at: float) -> float | None:
    """The earliest instant from ``at`` on at which he may be dialled, to the minute beyond ``at`` itself;
    ``None`` when none of the next two weeks is allowed, as when zones half a world apart must agree."""
    if may_dial(rules, zone, zones, at):
        return at
    # Hours begin at a whole quarter of UTC plus the odd minutes of ``opens``.
    odd = rules.opens % 15 * 60.0
    moment = (at - odd) // _STEP * _STEP + odd + _STEP
    while moment <= at + _FARTHEST:
        if may_dial(rules, zone, zones, moment):
            return moment
        moment += _STEP
    return None


def closes_at(rules: CallbackRules, zone: ZoneReader, zones: tuple[str, ...], at: float) -> float:
    """When the hours that allow ``at`` are over. Raises ``ValueError`` when ``at`` is not allowed."""
    if not may_dial(rules, zone, zones, at):
        raise ValueError("not within the hours")
    left = _DAY * 60.0
    for clock in _clocks(rules, zone, zones, at):
        local = datetime.fromtimestamp(at, UTC).astimezone(clock)
        passed = local.hour * 3_600 + local.minute * 60 + local.second + local.microsecond / 1e6
        left = min(left, rules.closes * 60 - passed)
    return at + left


def promised(callback: Callback, rules: CallbackRules, zone: ZoneReader, at: float) -> Callback | None:
    """The callback with its first dialling at ``at`` or as soon after as is allowed; ``None`` when it would
    have run out by then."""
    first = next_allowed(rules, zone, callback.zones, at)
    if first is None or first >= callback.until:
        return None
    return replace(callback, next_at=first)


def after(
    callback: Callback, rules: CallbackRules, zone: ZoneReader, outcome: AttemptOutcome, now: float
) -> Callback | None:
    """The callback after one more dialling came to nothing, ``None`` when it was the last: all attempts are
    made, or the promise runs out before the next."""
    made = replace(callback, attempts=callback.attempts + 1)
    if made.attempts >= rules.most_attempts:
        return None
    return promised(made, rules, zone, now + rules.gap(outcome))


def _clocks(rules: CallbackRules, zone: ZoneReader, zones: tuple[str, ...], at: float) -> tuple[tzinfo, ...]:
    """The clocks that must all allow the instant."""
    site = zone(rules.zone) or UTC
    found = {name: clock for name in zones if (clock := zone(name)) is not None}
    if not found:
        return (site,)
    moment = datetime.fromtimestamp(at, UTC)
    offsets = {_offset(clock, moment) for clock in found.values()}
    if len(offsets) == 1:
        return (next(iter(found.values())),)
    if rules.strict:
        return (site, *found.values())
    return (site,) if rules.zone in found else tuple(found.values())


def _offset(clock: tzinfo, moment: datetime) -> timedelta:
    return moment.astimezone(clock).utcoffset() or timedelta()


def _within(rules: CallbackRules, clock: tzinfo, at: float) -> bool:
    local = datetime.fromtimestamp(at, UTC).astimezone(clock)
    return rules.opens <= local.hour * 60 + local.minute < rules.closes
