"""What the engine is told of a call that stands in line: its place, its worth, and whom it asks for."""

from __future__ import annotations

from callcenter.calls.entities import Call
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.timers import TimerKind
from routing.acd.model import Work
from routing.acd.queue import Pool, Preferred, WaitingCall
from routing.ids import QueueId

_MOST_PREFERRED = 3


def waiting_call(desk: Desk, call: Call, queue: QueueId, since: float) -> WaitingCall:
    """``since`` is what counts for its place."""
    return WaitingCall(
        call.id,
        Pool(call.server, queue),
        call.priority,
        since,
        tuple(call.declined.items()),
        value=value_of(desk, call),
        wanted=call.wanted,
        wanted_until=call.wanted_until if call.wanted else None,
        preferred=_preferred(desk, call, queue),
        work=Work.INBOUND if call.callback is None else Work.CALLBACK,
    )


def value_of(desk: Desk, call: Call) -> float:
    """What losing a call of this client costs, beside 1 for one of no class."""
    classes = () if desk.plan is None else desk.plan.plan.values
    return next((known.value for known in classes if known.id == call.value), 1.0)


def _preferred(desk: Desk, call: Call, queue: QueueId) -> tuple[Preferred, ...]:
    known = desk.floor.queues.get(queue)
    patience = 0 if known is None else known.preferred_patience
    until = (desk.now if call.since is None else call.since) + patience
    here = (one for one in call.agents if one.agent in desk.floor.seats)
    return tuple(Preferred(one.agent, until, one.tie) for one in here)[:_MOST_PREFERRED]


def is_ready(desk: Desk, call: Call, queue: QueueId) -> bool:
    """Whether the call may be given to an agent. One whose number is still being looked up waits a moment
    first, where anybody has a screen: the offer then comes with its card, in one paint instead of two. Where
    callers are kept for the agents they know it is a longer one, or whoever is free would get him."""
    known, options = desk.floor.queues.get(queue), desk.options
    kept = known is not None and known.preferred_patience > 0
    shown = not call.looked_up and any(seat.browsers for seat in desk.floor.seats.values())
    start = call.arrived_at + max(options.first_look if shown else 0.0, options.head_start if kept else 0.0)
    call.unready = not call.looked_up and desk.now < start
    if call.unready:
        desk.timers.set(TimerKind.LOOK_UP, call.id, start)
    return not call.unready
