"""A caller's way through the flow of the number dialled.

Theory of operation. What a flow does next is decided by ``routing.flows.run``, pure: it is told the call's
position and what happened, and names one action. Here the action becomes a command to Asterisk, a place in
line, a look-up, or the end, and the position a fact, so that another process can go on from it. A call of a
number without a flow comes by here as well, and is sent to its queue at once.

A call is in state ``FLOW`` while a step has it, also between two steps; commands are sent only while the
caller is known to be on hold. When he is found on hold with nothing to wait for (after a restart, a cut link,
a word of Asterisk's that never came) his step begins anew; after a few of those in a row he goes to the
default queue, where people are. While he waits in a queue his flow is asked again when an overflow or an
announcement is due, and when the last agent of the queue signs out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from callcenter.calls.entities import Call, Errand
from callcenter.calls.facts import FlowEntered, FlowStepTaken, WaitTold
from callcenter.calls.states import CALL, CallState, CallTrigger
from callcenter.dispatch import errands, offers
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.inputs import ClientFound
from callcenter.dispatch.ports import LookUpClient
from callcenter.dispatch.timers import TimerKind
from callcenter.errors import InvariantError
from callcenter.telephony.commands import Dress, HangUp
from callcenter.telephony.events import StepEnded
from routing.flows import moves, run
from routing.flows.directory import FlowDirectory
from routing.flows.model import Voicemail
from routing.flows.moves import Stage
from routing.ids import LegId, QueueId

_ANNOUNCED = moves.Why.ANNOUNCED
_AT_ONCE, _MOMENT = 50, 0.1
"""So many flows are looked at together, and seconds later the next."""


# What Asterisk tells


def held(desk: Desk, call: Call, *, returned: bool) -> None:
    """The caller is on hold and nothing of ours is on its way to him: his flow begins or goes on, or he
    stands in his queue (``returned``: again). One who comes back from Asterisk's own queue, or from a
    conversation, has had enough of menus."""
    call.held = True
    position = call.position
    if call.state not in (CallState.ARRIVING, CallState.FLOW):
        offers.hold(desk, call, returned=returned)
    elif position is None and call.queue is None:
        _carry_out(desk, call, run.enter(_flows(desk), call.dialled, _context(desk, call)))
    elif position is None or position.stage is Stage.WAITING:
        offers.hold(desk, call, returned=returned)
    else:
        _carry_out(desk, call, run.resume(_flows(desk), position, _context(desk, call)))


def held_in_flow(desk: Desk, call: Call) -> None:
    """Asterisk says that a caller in his flow is on hold. Idempotent."""
    errand = call.errand
    if errand is not None:
        errand.held = True
        _over(desk, call)
    elif not call.held:
        held(desk, call, returned=False)


def held_in_line(desk: Desk, call: Call) -> None:
    """Asterisk says again that a waiting caller is on hold: the echo of an announcement."""
    if call.errand is not None:
        call.errand.held = True
        _over(desk, call)


def step_ended(desk: Desk, call: Call, event: StepEnded) -> None:
    """Asterisk says how an errand ended. A key pressed during an announcement takes the caller out of line
    at once, before the next agent is rung for him."""
    errand = call.errand
    if errand is None or errand.number != event.step or errand.ended is not None:
        return
    errand.ended = event
    if event.seconds > 0:
        errands.keep_message(desk, call, errand, event.seconds)
    if call.state is CallState.WAITING and event.digits:
        _leave_line(desk, call)
    desk.touch_call(call)
    _over(desk, call)


def _over(desk: Desk, call: Call) -> None:
    """Go on if the errand is over and the caller on hold."""
    errand, position = call.errand, call.position
    if errand is None or errand.ended is None or position is None:
        return
    if not errand.held:
        desk.expect(call, desk.options.settle)
        return
    call.errand, call.lost = None, 0
    call.held = True
    desk.timers.cancel(TimerKind.OVERDUE, call.id)
    if not desk.floor.is_up(call.server):
        call.held = False
        return
    answer = errands.answer(errand, errand.ended)
    if call.state is CallState.WAITING:
        desk.timers.set(TimerKind.LOOK, call.id, desk.now)  # what came due during the announcement
        call.position = run.advance(_flows(desk), position, answer, _context(desk, call)).position
        if not desk.engine.waits(call.id):
            offers.stand_in_line(desk, call)  # the link was cut during the announcement
        return
    _carry_out(desk, call, run.advance(_flows(desk), position, answer, _context(desk, call)))


def lost(desk: Desk, call: Call) -> None:
    """A caller in his flow is on hold, and what he was to do there was lost on the way."""
    if call.errand is not None and call.errand.ended is not None:
        call.errand.held = True
        _over(desk, call)
        return
    errands.give_up(desk, call)
    call.lost += 1
    if call.lost > desk.options.lost_steps:
        to_default_queue(desk, call)
    else:
        held(desk, call, returned=False)


def to_default_queue(desk: Desk, call: Call) -> None:
    """The flow can't go on: the caller, who is on hold, goes where people are."""
    call.lost = 0
    if desk.plan is None:
        raise InvariantError("a call before the routing plan")
    queue = desk.plan.plan.default_queue
    offers.leave_flow(desk, call, queue)
    _join(desk, call, queue, desk.now)


def restore_recording(desk: Desk, call: Call) -> None:
    """A call known from before a restart was leaving a message, and may still, or be gone: what was recorded
    must become a task either way. Its name follows from the number of the command."""
    position = call.position
    if call.state is not CallState.FLOW or position is None or position.stage is not Stage.RECORDING:
        return
    step = _flows(desk).step(position.flow, position.step)
    queue, seconds = (
        (step.queue, step.seconds) if isinstance(step, Voicemail) else (_flows(desk).default_queue, 0)
    )
    call.errand = Errand(
        call.errands,
        moves.Record((), seconds, queue),
        errands.recording_name(call.id, call.errands),
    )


# What else happens


def client_found(desk: Desk, found: ClientFound) -> None:
    """The look-up that a step may wait for has ended."""
    call = desk.floor.live_call(found.call)
    position = None if call is None else call.position
    if call is None or position is None or position.stage is not Stage.LOOKING_UP or not _ready(desk, call):
        return
    if found.typed is bool(call.looking):
        _known(desk, call, found=found.client is not None, value=found.value)


def look_up_is_late(desk: Desk, call: Call) -> None:
    """A look-up takes too long, for a step or for a queue that would like to know him."""
    position = call.position
    if call.state is CallState.WAITING:
        offers.stand_in_line(desk, call)
    if position is not None and position.stage is Stage.LOOKING_UP and _ready(desk, call):
        _carry_out(desk, call, run.advance(_flows(desk), position, moves.Failed(), _context(desk, call)))


def look(desk: Desk, call: Call) -> None:
    """An overflow or an announcement may be due. A caller who is being rung is looked at when he is back."""
    position = call.position
    if position is None or position.flow is None or position.stage is not Stage.WAITING:
        return
    if call.state is CallState.WAITING and call.held and desk.floor.is_up(call.server):
        call.errand = None  # an announcement whose end was not told
        _carry_out(desk, call, run.queued(_flows(desk), position, _context(desk, call)))


def look_at_deserted(desk: Desk) -> None:
    """Queues that nobody is signed in for any more: whoever waits there may have to go elsewhere."""
    queues, desk.deserted = desk.deserted, {}
    for queue in queues:
        look_soon(desk, [desk.floor.calls[waiting] for _, waiting in desk.floor.tally(queue).waiting])


def look_soon(desk: Desk, calls: Iterable[Call]) -> None:
    """Have the flows of waiting calls looked at, some now and others in a moment: thousands at once would
    hold up everything else."""
    number = 0
    for call in calls:
        by_step = call.position is not None and call.position.flow is not None
        if by_step and call.state is CallState.WAITING and call.errand is None:
            desk.timers.set(TimerKind.LOOK, call.id, desk.now + number // _AT_ONCE * _MOMENT)
            number += 1


def _ready(desk: Desk, call: Call) -> bool:
    return call.state is CallState.FLOW and call.held and desk.floor.is_up(call.server)


def _known(desk: Desk, call: Call, *, found: bool, value: str) -> None:
    position = call.position
    if position is None:
        raise InvariantError(f"{call.id} was looked up for no flow")
    desk.timers.cancel(TimerKind.LOOK_UP, call.id)
    answer = moves.ClientKnown(found, value or None)
    _carry_out(desk, call, run.advance(_flows(desk), position, answer, _context(desk, call)))


# Carrying out what the flow wants


def _carry_out(desk: Desk, call: Call, move: moves.Move) -> None:
    """The caller is on hold. Ends when something is under way; the interpreter bounds the steps between."""
    while True:
        _take(desk, call, move)
        position, action = move.position, move.action
        match action:
            case moves.Stay():
                _back_in_line(desk, call)
                _look_at(desk, call, action.look_at)
                return
            case moves.Join():
                call.wanted, call.wanted_until = action.wanted, action.wanted_until
                _join(desk, call, action.queue, action.since)
                _play_music(desk, call, action.music, position.language)
                _look_at(desk, call, action.look_at)
                return
            case moves.Play() if position.stage is Stage.WAITING:
                _back_in_line(desk, call)
                errands.send(desk, call, action, position.language)
                desk.timers.cancel(TimerKind.OVERDUE, call.id)
                _look_at(desk, call, desk.now + desk.options.announcement)
                return
            case moves.Play() | moves.Ask() | moves.Record() | moves.DialOut():
                _leave_line(desk, call)
                errands.send(desk, call, action, position.language)
                desk.touch_call(call)
                return
            case moves.LookUp():
                _leave_line(desk, call, on_hold=True)
                call.looking = action.number
                if not action.number and call.looked_up:
                    known = moves.ClientKnown(call.client is not None, call.value or None)
                    move = _next(desk, call, position, known)
                    continue
                if action.number:
                    desk.do(LookUpClient(call.id, call.number, typed=action.number))
                desk.timers.set(TimerKind.LOOK_UP, call.id, desk.now + desk.options.look_up_patience)
                desk.touch_call(call)
                return
            case moves.KeepPlace():
                _leave_line(desk, call, on_hold=True)
                refused = desk.keep_place(desk, call, action.queue, action.number)
                kept = moves.CallbackKept() if refused is None else moves.Failed(refused.value)
                move = _next(desk, call, position, kept)
            case moves.End():
                _leave_line(desk, call)
                desk.do(HangUp(call.server, call.id, LegId(call.id)))
                desk.expect(call, desk.options.settle)
                desk.touch_call(call)
                return
            case _:
                assert_never(action)


def _next(desk: Desk, call: Call, position: moves.Position, answer: moves.Answer) -> moves.Move:
    return run.advance(_flows(desk), position, answer, _context(desk, call))


def _take(desk: Desk, call: Call, move: moves.Move) -> None:
    """The call is where the move says; the ledger is told of all that a flow did."""
    before, after = call.position, move.position
    call.position = after
    flow_less = after.flow is None and after.stage is Stage.WAITING
    if flow_less and (before is None or before.flow is None):
        return  # a number without a flow: its queue says it all
    if not move.trace and before == after:
        return
    entered = None if before is None else before.flow
    if after.flow is not None and after.flow != entered:
        desk.say(FlowEntered(desk.now, call.id, after.flow))
    desk.say(FlowStepTaken(desk.now, call.id, after, move.trace, call.errands + 1))
    if after.waiting is not None:
        for trace in move.trace:
            if trace.why is _ANNOUNCED:
                _told(desk, call, after.waiting.queue, dict(trace.told))


def _told(desk: Desk, call: Call, queue: QueueId, told: dict[str, moves.Told]) -> None:
    """What the caller heard, and the estimate that its minutes were made of."""
    place, expected = told.get("place"), told.get("expected")
    position = place if isinstance(place, int) else None
    if told.get("minutes") is None or not isinstance(expected, (int, float)):
        expected = None
    if position is not None or expected is not None:
        desk.say(WaitTold(desk.now, call.id, queue, position, expected))


def _leave_line(desk: Desk, call: Call, *, on_hold: bool = False) -> None:
    """A step of the flow has the caller, on hold still or from now on not. One whose offer is out is not
    taken from his agent: his flow isn't asked then."""
    desk.engine.leave(call.id)
    desk.timers.cancel(TimerKind.LOOK, call.id)
    if call.state is not CallState.FLOW:
        call.state = CALL.after(call.state, CallTrigger.FLOW)
    call.held = on_hold


def _join(desk: Desk, call: Call, queue: QueueId, since: float) -> None:
    """Stand in line of the queue."""
    known = desk.floor.queues.get(queue)
    if known is None:
        raise InvariantError(f"{call.id} joins {queue!r}, which the plan doesn't have")
    call.queue, call.priority = known.id, known.priority
    call.since = since if call.since is None else min(call.since, since)
    desk.timers.cancel(TimerKind.LOOK_UP, call.id)
    offers.hold(desk, call, returned=False)


def _play_music(desk: Desk, call: Call, music: str, language: str) -> None:
    """Music is heard from the next hold on. Where nobody is free to be rung at once, that hold is made by an
    announcement of nothing."""
    if not music or music == call.music:
        return
    call.music = music
    desk.do(Dress(call.server, call.id, music, language))
    if call.queue is not None and not desk.floor.tally(call.queue).ready:
        errands.send(desk, call, moves.Play(()), language)
        desk.timers.cancel(TimerKind.OVERDUE, call.id)


def _back_in_line(desk: Desk, call: Call) -> None:
    """A key that the flow makes nothing of took the caller out of line: he gets his place again."""
    if call.state is CallState.FLOW:
        offers.hold(desk, call, returned=True)


def _look_at(desk: Desk, call: Call, at: float | None) -> None:
    if at is None:
        desk.timers.cancel(TimerKind.LOOK, call.id)
    else:
        desk.timers.set(TimerKind.LOOK, call.id, max(desk.now, at))


# What the interpreter may ask


def _flows(desk: Desk) -> FlowDirectory:
    if desk.flows is None:
        raise InvariantError("a call before the routing plan")
    return desk.flows


def _context(desk: Desk, call: Call) -> moves.Context:
    caller = moves.Caller(call.client is not None, call.value or None) if call.looked_up else None
    number = desk.options.numbers.e164(call.number) or ""
    return moves.Context(desk.now, number, caller, lambda queue: _queue_state(desk, call, queue))


def _queue_state(desk: Desk, call: Call, queue: QueueId) -> moves.QueueState:
    tally = desk.floor.tally(queue)
    mine = None if call.counted is None else tally.place(call.counted[2], call.id)
    others = len(tally.waiting) - (mine is not None)
    ahead = others if mine is None else mine - 1
    expected = desk.rates.expected_wait(queue, ahead, tally.ready, desk.floor.seats.values(), desk.now)
    return moves.QueueState(others, tally.takers, expected, mine)
