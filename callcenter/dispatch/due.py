"""What is done when a timer's time has come."""

from __future__ import annotations

from typing import assert_never

from callcenter.calls.states import Engagement, PauseReason
from callcenter.dispatch import (
    away,
    callbacks,
    errands,
    flows,
    guests,
    intercoms,
    offers,
    outgoing,
    people,
    phone_events,
    quarantine,
    requests,
    transfers,
)
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.timers import Timer, TimerKind
from callcenter.errors import InvariantError
from routing.ids import AgentId, CallbackId, CallId, IntercomId, ServerId

_MOST_RINGS = 100
"""Times that one timer may ring behind one input. A ring may set it again for this very moment, as a flow
that overflows from queue to queue does; one that goes on so would hold the whole house up for ever."""


def handle(desk: Desk) -> None:
    """Ring all timers that are due, also those that are set meanwhile. What breaks behind one is not the
    fault of the input it rang behind: whom it is for is taken out of routing, and the others ring."""
    rung: dict[Timer, int] = {}
    while (timer := desk.timers.pop_due(desk.now)) is not None:
        rung[timer] = rung.get(timer, 0) + 1
        try:
            if rung[timer] > _MOST_RINGS:
                raise InvariantError(f"rings without end for {timer.whom!r}")
            _ring(desk, timer)
        except Exception as error:
            known = timer.whom in desk.floor.calls or timer.whom in desk.floor.intercoms
            whom = CallId(timer.whom) if known else None
            quarantine.take_out(desk, whom, f"timer {timer.kind}", error)


def _ring(desk: Desk, timer: Timer) -> None:
    """A timer's time has come. Those of calls and agents that are gone find nothing to do."""
    call = desk.floor.calls.get(CallId(timer.whom))
    seat = desk.floor.seats.get(AgentId(timer.whom))
    match timer.kind:
        case TimerKind.GATE:
            if call is not None and call.offered:
                offers.ring(desk, call)
        case TimerKind.LOOK_UP:
            if call is not None:
                flows.look_up_is_late(desk, call)
        case TimerKind.LOOK:
            if call is not None:
                flows.look(desk, call)
        case TimerKind.MESSAGE:
            errands.word_is_late(desk, CallId(timer.whom))
        case TimerKind.OVERDUE if call is not None and outgoing.is_unplaced(call):
            outgoing.too_late(desk, call)
        case TimerKind.OVERDUE | TimerKind.RECLAIM:
            if call is not None:
                desk.audit(call.server)
        case TimerKind.GUEST:
            if call is not None:
                guests.dial_if_ready(desk, call)
        case TimerKind.PARK:
            if call is not None:
                transfers.nobody_fetched(desk, call)
        case TimerKind.INTERCOM:
            intercom = desk.floor.intercoms.get(IntercomId(timer.whom))
            if intercom is not None:
                intercoms.overdue(desk, intercom)
        case TimerKind.WRAP_UP:
            if seat is not None and seat.engagement is Engagement.WRAP_UP:
                phone_events.close_wrap_up(desk, seat)
        case TimerKind.BROWSER:
            if seat is not None and not seat.browsers:
                people.tell_browser(desk, seat)  # it went with the process before, which could not say so
                people.pause_by_system(desk, seat, PauseReason.BROWSER_LOST)
        case TimerKind.LEASE:
            if seat is not None:
                requests.expire_browsers(desk, seat)
        case TimerKind.COOLDOWN:
            if seat is not None:
                seat.cooling_until = None
                people.place(desk, seat)
        case TimerKind.CLEARING:
            if seat is not None and (
                desk.floor.on_phone(seat) or desk.floor.station_state(seat) in people.IN_USE
            ):
                for server in desk.floor.servers:
                    desk.audit(server)
        case TimerKind.PATIENCE:
            away.out_of_patience(desk, ServerId(timer.whom))
        case TimerKind.AUDIT:
            desk.audit(ServerId(timer.whom))
        case TimerKind.CALLBACK:
            callbacks.time_has_come(desk, CallbackId(timer.whom))
        case TimerKind.LEARN:
            desk.engine.learn(desk.rates.traffic(desk.floor.queues.values(), desk.now), desk.now)
            desk.timers.set(TimerKind.LEARN, "", desk.now + desk.options.relearn)
        case TimerKind.ROUTING:
            pass  # the engine is asked after every input
        case _:
            assert_never(timer.kind)
