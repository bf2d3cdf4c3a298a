"""How it stands with a client: what he is worth, what is at risk, what he waits for, and what comes next.

Rules, not a score: each mark names the one fact that set it, so that whoever reads it can agree or not.

Worth: ``vip`` by rank; ``won`` once a deal was won (the sum by currency); ``pipeline`` while a deal is open.

At risk: ``at_risk`` by rank; ``complaints`` of the last ``COMPLAINT_DAYS``, open or not; ``urgent`` tickets
that are open; ``overdue`` promises (callbacks, tasks, tickets past their time); ``silence`` when there is
something to lose (a VIP, money won, a deal open) and nobody has spoken with him for ``SILENCE_DAYS``.

A callback counts as overdue ``CALLBACK_GRACE`` after its time: it is dialled when an agent is free, and a few
minutes are the rule.

What comes next is the first of: an overdue promise (the oldest first); an urgent ticket; a ticket past its
time; an open complaint; a deal to sign; a deal in negotiation; a promise due within ``SOON``; a ticket of
high priority; another open deal (the largest first); silence. Of equals the smaller id, so that the same
card always says the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from callcenter.calls.promises import OpenPromise
from callcenter.crm.views import (
    ClientRank,
    Mark,
    MarkCode,
    Money,
    NextStep,
    OpenDeal,
    OpenItems,
    OpenTicket,
    Standing,
    StepCode,
    ThingKind,
    TicketKind,
    Totals,
    Waiting,
)

DAY = 86_400.0
COMPLAINT_DAYS = 90
SILENCE_DAYS = 90
CALLBACK_GRACE = 15 * 60.0
SOON = DAY
MOST_WAITING = 12
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at. ``since`` is when the client was entered, ``spoke_at`` when the last call began
    that somebody talked in; ``None`` for never, or so long ago that the card doesn't have it."""

    rank: ClientRank
    since: float
    spoke_at: float | None
    items: OpenItems
    totals: Totals
    promises: Sequence[OpenPromise] = ()


def standing(facts: Facts, now: float) -> Standing:
    """``now`` is the moment of the look-up."""
    waits = _waiting(facts)
    marks = (*_worth(facts), *_at_risk(facts, waits, now))
    return Standing(marks, tuple(waits[:MOST_WAITING]), _next_step(facts, waits, now))


# What he waits for


def _waiting(facts: Facts) -> list[Waiting]:
    """What was promised him, the soonest first, then what is urgent without a time."""
    found = [Waiting(ThingKind.CALLBACK, one.callback, "", one.at, one.by or None) for one in facts.promises]
    found += [
        Waiting(ThingKind.TASK, str(task.id), task.title, task.due_at, task.assignee)
        for task in facts.items.tasks
        if task.due_at is not None
    ]
    found += [
        Waiting(ThingKind.TICKET, str(ticket.id), ticket.title, ticket.due_at, None, ticket.priority)
        for ticket in facts.items.tickets
        if ticket.due_at is not None or ticket.priority in ("urgent", "high") or _complains(ticket)
    ]
    return sorted(found, key=lambda one: (_NEVER if one.due_at is None else one.due_at, one.kind, one.id))


def _is_overdue(one: Waiting, now: float) -> bool:
    grace = CALLBACK_GRACE if one.kind is ThingKind.CALLBACK else 0.0
    return one.due_at is not None and one.due_at + grace < now


def _complains(ticket: OpenTicket) -> bool:
    return ticket.kind == TicketKind.COMPLAINT.value


# Marks


def _worth(facts: Facts) -> Iterator[Mark]:
    totals = facts.totals
    if facts.rank is ClientRank.VIP:
        yield Mark(MarkCode.VIP, "value")
    if totals.won:
        yield Mark(MarkCode.WON, "value", totals.won_deals, totals.won)
    if totals.open_deals:
        yield Mark(MarkCode.PIPELINE, "value", totals.open_deals, totals.pipeline)


def _at_risk(facts: Facts, waits: Sequence[Waiting], now: float) -> Iterator[Mark]:
    totals = facts.totals
    if facts.rank is ClientRank.RISK:
        yield Mark(MarkCode.AT_RISK, "risk")
    if totals.complaints:
        yield Mark(MarkCode.COMPLAINTS, "risk", totals.complaints, at=totals.complained_at)
    urgent = [ticket for ticket in facts.items.tickets if ticket.priority == "urgent"]
    if urgent:
        oldest = min(ticket.created_at for ticket in urgent)
        yield Mark(MarkCode.URGENT, "risk", len(urgent), at=oldest)
    late = [one for one in waits if _is_overdue(one, now)]
    if late:
        yield Mark(MarkCode.OVERDUE, "risk", len(late), at=late[0].due_at)
    silent = _silent_since(facts, now)
    if silent is not None:
        yield Mark(MarkCode.SILENCE, "risk", int((now - silent) // DAY), at=silent)


def _silent_since(facts: Facts, now: float) -> float | None:
    """Since when nobody spoke with one whom it would be a pity to lose."""
    totals = facts.totals
    matters = facts.rank is ClientRank.VIP or bool(totals.won) or totals.open_deals > 0
    last = facts.since if facts.spoke_at is None else facts.spoke_at
    return last if matters and now - last >= SILENCE_DAYS * DAY else None


# What comes next


def _next_step(facts: Facts, waits: Sequence[Waiting], now: float) -> NextStep | None:
    return next(_steps(facts, waits, now), None)


def _steps(facts: Facts, waits: Sequence[Waiting], now: float) -> Iterator[NextStep]:
    tickets = sorted(facts.items.tickets, key=lambda one: (one.created_at, one.id))
    deals = sorted(facts.items.deals, key=lambda one: (-one.amount, one.id))
    promises = [one for one in waits if one.kind is not ThingKind.TICKET]
    late = [one for one in waits if _is_overdue(one, now)]
    yield from (_of(StepCode.OVERDUE_PROMISE, one) for one in promises if one in late)
    yield from (_about(StepCode.URGENT_TICKET, one) for one in tickets if one.priority == "urgent")
    yield from (_of(StepCode.OVERDUE_TICKET, one) for one in late if one.kind is ThingKind.TICKET)
    yield from (_about(StepCode.COMPLAINT, one) for one in tickets if _complains(one))
    yield from (_close(StepCode.DEAL_TO_SIGN, one) for one in deals if one.stage == "contract")
    yield from (_close(StepCode.DEAL_IN_NEGOTIATION, one) for one in deals if one.stage == "negotiation")
    yield from (
        _of(StepCode.PROMISE_SOON, one)
        for one in promises
        if one.due_at is not None and one.due_at <= now + SOON
    )
    yield from (_about(StepCode.HIGH_TICKET, one) for one in tickets if one.priority == "high")
    yield from (_close(StepCode.OPEN_DEAL, one) for one in deals)
    silent = _silent_since(facts, now)
    if silent is not None:
        yield NextStep(StepCode.SILENCE, None, None, "", silent)


def _of(code: StepCode, one: Waiting) -> NextStep:
    return NextStep(code, one.kind, one.id, one.title, one.due_at)


def _about(code: StepCode, ticket: OpenTicket) -> NextStep:
    return NextStep(code, ThingKind.TICKET, str(ticket.id), ticket.title, ticket.created_at)


def _close(code: StepCode, deal: OpenDeal) -> NextStep:
    money = Money(deal.amount, deal.currency)
    return NextStep(code, ThingKind.DEAL, str(deal.id), deal.title, deal.updated_at, money)
