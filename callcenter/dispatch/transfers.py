"""Callers who are handed on: to a queue, a colleague, a number, or the park.

Theory of operation. Wherever a conversation is, the caller is first put on hold (``Hold``), which is the one
place that everything else is safe from; with ``CallHeld`` he is taken from his agent, whose wrap-up begins,
and goes on: in line with the place of his first arrival, in an offer to a colleague, or dialled out. What
fails on the way ends at the head of a queue, where people are. The agent who handed him on is not offered him
again while others are there.
"""

from __future__ import annotations

from callcenter.calls import control_facts as said
from callcenter.calls.control import Transfer, TransferKind, Where
from callcenter.calls.entities import Call, Parked, Seat
from callcenter.calls.facts import CallQueued
from callcenter.calls.states import CALL, CallState, CallTrigger
from callcenter.dispatch import control as controlled, guests, offers, promises, recording, talks
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.timers import TimerKind
from callcenter.telephony.commands import DialOut, HangUp, Hold
from callcenter.telephony.events import StepEnded, StepOutcome
from routing.ids import AgentId, LegId, QueueId


def begin(desk: Desk, call: Call, transfer: Transfer) -> None:
    """Take the caller out of the conversation, to hold."""
    call.control.transfer = transfer
    desk.do(Hold(call.server, call.id))
    desk.expect(call, desk.options.settle)
    desk.touch_call(call)


def back_in_line(desk: Desk, call: Call, asked: AgentId | None = None) -> None:
    """Nobody is with the caller any more: he goes to the head of his queue. ``asked`` is a colleague who just
    was told what it is about: he is offered the call first."""
    if call.control.transfer is not None or call.state is not CallState.TALKING:
        return
    kind = TransferKind.QUEUE if asked is None else TransferKind.AGENT
    begin(desk, call, Transfer(kind, None, call.queue, asked))


def undone(desk: Desk, call: Call, *, alone: bool) -> None:
    """Asterisk has him where he was, because the ``Hold`` failed. ``alone``: nobody is with him there, so he
    is taken to the head of his queue all the same."""
    transfer, call.control.transfer = call.control.transfer, None
    if transfer is not None and transfer.by is not None:
        desk.say(said.TransferFailed(desk.now, call.id, transfer.by, transfer.kind))
    if alone:
        back_in_line(desk, call, None if transfer is None else transfer.agent)
    desk.touch_call(call)


def let_agent_go(desk: Desk, call: Call) -> None:
    """The caller was or is being taken from his agent, whose own part is over."""
    if call.agent is not None:
        call.wrapping[call.agent] = None
        call.came_from = call.agent
        call.agent = call.talk_offer = None


def held(desk: Desk, call: Call, attempt: int) -> None:
    """The caller of a transfer is on hold. Idempotent."""
    transfer = call.control.transfer
    if transfer is None:
        return
    call.attempt = max(call.attempt, attempt)
    desk.timers.cancel(TimerKind.OVERDUE, call.id)
    if transfer.step:
        _dialled_out(desk, call, transfer)
        return
    _take_from_agent(desk, call, transfer)
    recording.heard_again(desk, call)
    match transfer.kind:
        case TransferKind.QUEUE:
            stand_in_line(desk, call, transfer.queue)
        case TransferKind.AGENT:
            colleague = desk.seat(transfer.agent)
            stand_in_line(desk, call, transfer.queue, colleague)
        case TransferKind.PARK if transfer.by is not None:
            _stay_parked(desk, call, transfer.by)
        case TransferKind.PARK:
            stand_in_line(desk, call, None)
        case TransferKind.NUMBER:
            call.errands += 1
            transfer.step = call.errands
            call.control.where = Where.OUTSIDE
            desk.do(DialOut(call.server, call.id, transfer.step, transfer.number, _SECONDS))
            desk.expect(call, _SECONDS + desk.options.ring_slack)
            desk.touch_call(call)


_SECONDS = 45
"""How long a number outside is rung."""


def _take_from_agent(desk: Desk, call: Call, transfer: Transfer) -> None:
    leg = controlled.talk_leg(desk, call)
    guest = call.control.guest
    if guest is not None:
        if guest.leg is not None and guest.leg in desk.floor.legs:
            desk.do(HangUp(call.server, call.id, guest.leg))
        guests.lose(desk, call, said.GuestEnd.CALL_OVER)
    talks.end_talk(desk, call, leg)
    if leg is not None and call.control.where is not Where.DIAL:
        desk.do(HangUp(call.server, call.id, leg.id))  # out of Dial it ends by itself
    call.talk_leg = None
    if call.agent is not None:
        talks.begin_wrap_up(desk, call)
        let_agent_go(desk, call)
    if transfer.by is None:
        return
    call.transfers += 1
    desk.say(
        said.CallTransferred(
            desk.now,
            call.id,
            transfer.by,
            transfer.kind,
            transfer.queue,
            transfer.agent,
            transfer.number,
            consulted=False,
        )
    )


def stand_in_line(desk: Desk, call: Call, queue: QueueId | None, first: Seat | None = None) -> None:
    """The caller, who is on hold, waits (again): with the place of his first arrival, for anybody but who
    handed him on. With ``first`` that colleague is offered him at once, if he is there."""
    call.control.clear()
    if call.state is CallState.TALKING:
        call.state = CALL.after(call.state, CallTrigger.HOLD)
    _queue_anew(desk, call, queue)
    if call.came_from is not None:
        call.declined[call.came_from] = desk.now
    if first is not None and guests.may_be_asked(desk, first, call):
        call.held = True
        promises.on_hold(desk, call)
        _say_queued(desk, call)
        offers.offer_to(desk, call, first)
    else:
        offers.hold(desk, call, returned=True)


def _queue_anew(desk: Desk, call: Call, queue: QueueId | None) -> None:
    if desk.plan is None:
        return
    known = desk.floor.queues.get(queue) if queue is not None else None
    if known is None and call.queue is not None:
        known = desk.floor.queues.get(call.queue)
    if known is None:
        known = desk.plan.queue_for(call.dialled)
    call.queue, call.priority = known.id, known.priority
    call.place = call.arrived_at if call.place is None else min(call.place, call.arrived_at)
    call.since = desk.now
    if call.position is not None:
        offers.leave_flow(desk, call, known.id)


def _say_queued(desk: Desk, call: Call) -> None:
    if call.queue is not None and call.since is not None:
        desk.say(CallQueued(desk.now, call.id, call.queue, call.priority, call.since, returned=True))


# A number outside


def step_ended(desk: Desk, call: Call, event: StepEnded) -> bool:
    """True when the step was a transfer's dialling; the caller is on hold again in a moment."""
    transfer = call.control.transfer
    if transfer is None or not transfer.step or transfer.step != event.step:
        return False
    transfer.over = event.outcome is StepOutcome.ENDED
    transfer.failed = not transfer.over
    desk.expect(call, desk.options.settle)
    return True


def _dialled_out(desk: Desk, call: Call, transfer: Transfer) -> None:
    if transfer.over:
        desk.do(HangUp(call.server, call.id, LegId(call.id)))
        desk.expect(call, desk.options.settle)
    elif transfer.failed:
        if transfer.by is not None:
            desk.say(said.TransferFailed(desk.now, call.id, transfer.by, transfer.kind))
        call.declined.clear()
        stand_in_line(desk, call, None, desk.seat(transfer.by))


# The park


def _stay_parked(desk: Desk, call: Call, by: AgentId) -> None:
    call.control.clear()
    call.state = CALL.after(call.state, CallTrigger.HOLD)
    _queue_anew(desk, call, None)
    call.held = True
    call.parked = Parked(by, desk.now)
    promises.on_hold(desk, call)
    _say_queued(desk, call)
    desk.timers.set(TimerKind.PARK, call.id, desk.now + desk.options.park_seconds)
    desk.touch_call(call)


def nobody_fetched(desk: Desk, call: Call) -> None:
    """The park's time is over: the caller stands at the head of his queue; who parked him may have him,
    too."""
    if call.parked is None:
        return
    call.parked = None
    if call.state is CallState.WAITING:
        call.declined.clear()
        offers.hold(desk, call, returned=True)


def fetch(desk: Desk, call: Call, seat: Seat) -> None:
    """This agent takes the parked caller. He must be free, and the caller on hold."""
    call.parked = None
    desk.timers.cancel(TimerKind.PARK, call.id)
    desk.say(said.CallFetched(desk.now, call.id, seat.id))
    offers.offer_to(desk, call, seat)
