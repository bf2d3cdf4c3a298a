"""The core's settings and its answer to an input."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from callcenter.calls.facts import Fact
from callcenter.calls.requests import Reply
from callcenter.dispatch.calendars import NoCalendar
from callcenter.dispatch.numbers import PlainNumbers
from callcenter.dispatch.ports import ClaimCallback, LookUpClient
from callcenter.telephony.commands import TelephonyCommand
from routing.callbacks import CallbackRules, Numbers
from routing.flows.hours import Calendar

Command: TypeAlias = TelephonyCommand | LookUpClient | ClaimCallback


_NO_CALENDAR = NoCalendar()


@dataclass(frozen=True, slots=True)
class CoreOptions:
    """All in seconds.

    ``pop_gate`` is the longest that a ring waits for the card to be painted. ``browser_grace`` is how long an
    agent whose browser went away is still offered calls; ``browser_lease`` how long a browser counts as there
    after its node last said so (which it does every third of that). ``audit_interval`` is the time between
    comparisons with Asterisk, ``audit_recheck`` the one until the second listing when the first disagreed
    with us. ``ring_slack`` is added to the ring timeout, and ``settle`` given to any other thing that should
    follow at once, before Asterisk is asked what became of it. ``decline_pause`` is how long an agent who
    refused a call is left in peace; ``reoffer_after`` how long until the same call may come to him again,
    when nobody else can take it. ``look_up_patience`` is how long a flow waits for the client's look-up,
    ``first_look`` how long after its arrival a call waits for it before it is given to anyone, ``head_start``
    how long in a queue with patience for preferred agents, ``relearn`` the time between two looks at the live
    rates, ``announcement`` the longest that one is taken to last, ``lost_steps`` how many steps in a row may
    get lost before the caller is sent to a queue instead. ``reclaim_interval`` bounds how often a caller is
    fetched back from the fallback queue, ``park_seconds`` how long a parked one waits. ``server_patience`` is
    how long a server's calls keep their agents while it can't be heard, ``server_forgotten`` how long the
    calls themselves are kept; ``dialling_forgotten`` how long, after a client's phone must have stopped
    ringing, the word of a server that can't be heard is waited for; ``remember_ended`` how long an ended
    channel is known as such."""

    pop_gate: float = 0.150
    browser_grace: float = 20.0
    browser_lease: float = 30.0
    audit_interval: float = 30.0
    audit_recheck: float = 2.0
    ring_slack: float = 5.0
    settle: float = 5.0
    decline_pause: float = 5.0
    reoffer_after: float = 10.0
    look_up_patience: float = 3.0
    first_look: float = 0.0
    head_start: float = 0.3
    relearn: float = 60.0
    announcement: float = 60.0
    lost_steps: int = 2
    calendar: Calendar = _NO_CALENDAR
    reclaim_interval: float = 5.0
    park_seconds: float = 120.0
    server_patience: float = 60.0
    server_forgotten: float = 6 * 3600.0
    dialling_forgotten: float = 900.0
    remember_ended: float = 120.0
    callbacks: CallbackRules = field(default_factory=CallbackRules)
    numbers: Numbers = field(default_factory=PlainNumbers)
    remember_missed: float = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an input led to, in order. The driver keeps the facts first, then sends the commands, then answers
    with ``reply`` (only a request has one), then shows what changed.

    ``wake_at`` is when to hand in a ``Tick``, in epoch seconds; it replaces any earlier one. ``changed``
    are the keys of the entities to be shown anew (see ``calls.views``)."""

    commands: tuple[Command, ...]
    facts: tuple[Fact, ...]
    reply: Reply | None
    wake_at: float | None
    changed: tuple[str, ...]
