"""What agents ask to be done with their conversations: checked here, carried out by ``control``, ``guests``,
``transfers`` and ``outgoing``.

Each answer is given at once. ``Accepted`` means that the command is on its way; the call's view shows what
comes of it.
"""

from __future__ import annotations

import re
from typing import assert_never

from callcenter.calls.actions import actions_of
from callcenter.calls.control import CallAction, Transfer, TransferKind
from callcenter.calls.control_requests import (
    CallColleague,
    CompleteTransfer,
    ConsultCall,
    ControlRequest,
    ConversationRequest,
    DialClient,
    DismissGuest,
    FetchCall,
    HangUpColleague,
    HoldCall,
    JoinGuest,
    LeaveCall,
    ParkCall,
    PauseRecording,
    ResumeCall,
    ResumeRecording,
    SendKeys,
    TransferCall,
)
from callcenter.calls.entities import Call, Seat
from callcenter.calls.requests import Accepted, Refusal, Refused, Reply
from callcenter.calls.states import CallState
from callcenter.dispatch import control, guests, intercoms, outgoing, recording, renewal, transfers
from callcenter.dispatch.desk import Desk
from callcenter.telephony.commands import HangUp, SendKeys as PressKeys
from routing.ids import AgentId

ACCEPTED = Accepted()
_KEYS = re.compile(r"[0-9*#]{1,32}")


def handle(desk: Desk, request: ControlRequest) -> Reply:
    """Answer a request for call control."""
    match request:
        case DialClient():
            return outgoing.dial(desk, request)
        case CallColleague():
            return intercoms.call(desk, request)
        case HangUpColleague():
            return intercoms.hang_up(desk, request)
        case FetchCall():
            return _fetch(desk, request)
        case LeaveCall() if (left := _leave_as_guest(desk, request)) is not None:
            return left
        case _:
            return _control(desk, request)


def _control(desk: Desk, request: ConversationRequest) -> Reply:
    found = _mine(desk, request)
    if isinstance(found, Refused):
        return found
    seat, call = found
    guest = call.control.guest
    match request:
        case HoldCall():
            control.park(desk, call)
        case ResumeCall():
            control.bring_in(desk, call)
        case TransferCall():
            return _transfer(desk, call, request)
        case ParkCall():
            transfers.begin(desk, call, Transfer(TransferKind.PARK, seat.id))
        case ConsultCall():
            return _consult(desk, call, request)
        case CompleteTransfer() if guest is not None:
            guests.join(desk, call, guest, take_over=True)
        case JoinGuest() if guest is not None:
            guests.join(desk, call, guest, take_over=False)
        case DismissGuest() if guest is not None:
            guests.dismiss(desk, call, guest)
        case LeaveCall() if call.talk_leg is not None:
            renewal.drop(desk, call, seat.id)
            desk.do(HangUp(call.server, call.id, call.talk_leg))
            desk.expect(call, desk.options.settle)
        case PauseRecording():
            recording.pause(desk, call, seat.id)
        case ResumeRecording():
            recording.resume(desk, call)
        case SendKeys():
            return _press(desk, call, request)
        case CompleteTransfer() | JoinGuest() | DismissGuest() | LeaveCall():
            return Refused(Refusal.NOT_ALLOWED_NOW, "nobody else is in the call")
        case _:
            assert_never(request)
    return ACCEPTED


_ACTIONS: dict[type[ConversationRequest], CallAction] = {
    HoldCall: CallAction.HOLD,
    ResumeCall: CallAction.RESUME,
    TransferCall: CallAction.TRANSFER,
    ParkCall: CallAction.PARK,
    ConsultCall: CallAction.CONSULT,
    CompleteTransfer: CallAction.COMPLETE,
    JoinGuest: CallAction.JOIN,
    DismissGuest: CallAction.DISMISS,
    LeaveCall: CallAction.LEAVE,
    PauseRecording: CallAction.PAUSE_RECORDING,
    ResumeRecording: CallAction.RESUME_RECORDING,
    SendKeys: CallAction.KEYS,
}


def _mine(desk: Desk, request: ConversationRequest) -> tuple[Seat, Call] | Refused:
    """The agent and his conversation, if this may be done with it now."""
    agent, action = request.agent, _ACTIONS[type(request)]
    seat, call = desk.seat(agent), desk.floor.calls.get(request.call)
    if seat is None:
        return Refused(Refusal.UNKNOWN_AGENT, f"no agent {agent!r} in the routing plan")
    if call is None:
        return Refused(Refusal.UNKNOWN_CALL, f"no call {request.call!r} on the floor")
    if call.agent != agent or seat.call != call.id:
        return Refused(Refusal.NOT_YOURS, f"agent {agent!r} does not have call {call.id!r}")
    if call.state is CallState.ENDED:
        return Refused(Refusal.TOO_LATE, f"call {call.id!r} is over")
    if not desk.floor.is_up(call.server):
        return Refused(Refusal.STARTING, f"server {call.server!r} can't be reached now")
    if action not in actions_of(desk.floor, call):
        return Refused(Refusal.NOT_ALLOWED_NOW, f"{action.value} is not possible now")
    return seat, call


def _leave_as_guest(desk: Desk, request: LeaveCall) -> Reply | None:
    """A colleague who was asked in leaves; ``None`` if he is none."""
    call = desk.floor.live_call(request.call)
    guest = None if call is None else call.control.guest
    if call is None or guest is None or guest.agent != request.agent:
        return None
    if guest.leg is None or guest.leg not in desk.floor.legs:
        return Refused(Refusal.NOT_ALLOWED_NOW, "your phone is not in this call yet")
    desk.do(HangUp(call.server, call.id, guest.leg))
    desk.expect(call, desk.options.settle)
    return ACCEPTED


def _transfer(desk: Desk, call: Call, request: TransferCall) -> Reply:
    given = [bool(request.queue), bool(request.to), bool(request.number)]
    if sum(given) != 1:
        return Refused(Refusal.NOT_ALLOWED_NOW, "give one of queue, to and number")
    if request.queue:
        if request.queue not in desk.floor.queues:
            return Refused(Refusal.UNKNOWN_QUEUE, f"no queue {request.queue!r}")
        transfers.begin(desk, call, Transfer(TransferKind.QUEUE, request.agent, request.queue))
    elif request.to:
        colleague = _colleague(desk, call, request.agent, request.to)
        if isinstance(colleague, Refused):
            return colleague
        kind = TransferKind.AGENT
        transfers.begin(desk, call, Transfer(kind, request.agent, call.queue, colleague.id))
    else:
        number = desk.options.numbers.e164(request.number)
        if number is None:
            return Refused(Refusal.BAD_NUMBER, "this number can't be dialled")
        transfers.begin(desk, call, Transfer(TransferKind.NUMBER, request.agent, number=number))
    return ACCEPTED


def _colleague(desk: Desk, call: Call, me: AgentId, to: AgentId) -> Seat | Refused:
    seat = desk.seat(to)
    if seat is None or to == me:
        return Refused(Refusal.UNKNOWN_AGENT, f"no colleague {to!r}")
    if not guests.may_be_asked(desk, seat, call):
        return Refused(Refusal.COLLEAGUE_BUSY, f"agent {to!r} is not signed in, engaged, or without a phone")
    return seat


def _consult(desk: Desk, call: Call, request: ConsultCall) -> Reply:
    if bool(request.to) is bool(request.number):
        return Refused(Refusal.NOT_ALLOWED_NOW, "give one of to and number")
    if request.to:
        colleague = _colleague(desk, call, request.agent, request.to)
        if isinstance(colleague, Refused):
            return colleague
        guests.ask(desk, call, request.agent, colleague, "")
        return ACCEPTED
    number = desk.options.numbers.e164(request.number)
    if number is None:
        return Refused(Refusal.BAD_NUMBER, "this number can't be dialled")
    guests.ask(desk, call, request.agent, None, number)
    return ACCEPTED


def _press(desk: Desk, call: Call, request: SendKeys) -> Reply:
    if not _KEYS.fullmatch(request.keys):
        return Refused(Refusal.NOT_ALLOWED_NOW, "keys are 1 to 32 of 0-9, * and #")
    if call.talk_leg is None:
        return Refused(Refusal.NOT_ALLOWED_NOW, "you have no phone in this call")
    desk.do(PressKeys(call.server, call.id, call.talk_leg, request.keys))
    return ACCEPTED


def _fetch(desk: Desk, request: FetchCall) -> Reply:
    seat, call = desk.seat(request.agent), desk.floor.live_call(request.call)
    if seat is None:
        return Refused(Refusal.UNKNOWN_AGENT, f"no agent {request.agent!r} in the routing plan")
    if call is None:
        return Refused(Refusal.UNKNOWN_CALL, f"no call {request.call!r} on the floor")
    if call.parked is None or not call.held or call.state is not CallState.WAITING:
        return Refused(Refusal.TOO_LATE, f"call {call.id!r} is not parked any more")
    if not guests.may_be_asked(desk, seat, call):
        return Refused(Refusal.PHONE_UNUSABLE, "you are engaged, not signed in, or your phone can't be rung")
    transfers.fetch(desk, call, seat)
    return ACCEPTED
