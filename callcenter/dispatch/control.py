"""What Asterisk tells of a controlled conversation, and the moves of its caller.

Every move is one command, believed once Asterisk told where the caller is: ``CallParked``, his entering the
room's bridge, or ``CallHeld``. Until then nothing else is done with him (``Control.moving``); what never
comes is found out by a listing. A caller whose agent is gone while he is parked, or on his way, is nobody's:
he goes back to the head of his queue (``transfers``), never to the dial tone.
"""

from __future__ import annotations

from callcenter.calls import control_facts as said
from callcenter.calls.control import GUEST, GuestState, GuestTrigger, Where
from callcenter.calls.entities import Call, Leg
from callcenter.calls.states import CallState, LegState
from callcenter.dispatch import guests, recording, renewal, transfers
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.timers import TimerKind
from callcenter.telephony.commands import HangUp, Join, Park
from callcenter.telephony.events import CallParked, CommandFailed
from routing.ids import LegId


def talk_leg(desk: Desk, call: Call) -> Leg | None:
    """The living leg of the agent who has the conversation."""
    return None if call.talk_leg is None else desk.floor.legs.get(call.talk_leg)


# Moves


def park(desk: Desk, call: Call) -> None:
    """Send the caller beside the room. The agent's leg goes into it if it still is in the Dial that rang
    it."""
    control = call.control
    leg = talk_leg(desk, call) if control.where is Where.DIAL else None
    desk.do(Park(call.server, call.id, None if leg is None else leg.id))
    control.moving = Where.PARKED
    desk.expect(call, desk.options.settle)
    desk.touch_call(call)


def bring_in(desk: Desk, call: Call) -> None:
    """Send the caller into the room."""
    desk.do(Join(call.server, call.id, LegId(call.id)))
    call.control.moving = Where.ROOM
    desk.expect(call, desk.options.settle)
    desk.touch_call(call)


# What Asterisk tells


def caller_parked(desk: Desk, event: CallParked) -> None:
    call = desk.floor.live_call(event.call)
    if call is None or call.quarantined:
        return
    if call.state is not CallState.TALKING or call.control.transfer is not None:
        if call.control.transfer is None:
            desk.audit(call.server)  # parked out of no conversation that we know of
        return
    found_parked(desk, call)


def found_parked(desk: Desk, call: Call) -> None:
    """The caller is parked. Idempotent."""
    control = call.control
    if control.moving is Where.ROOM:
        return  # the echo of the parking before
    control.where, control.moving = Where.PARKED, None
    desk.timers.cancel(TimerKind.OVERDUE, call.id)
    if renewal.passes(call):
        renewal.bring_together(desk, call)
        desk.touch_call(call)
        return
    start_hold(desk, call)
    guest = control.guest
    if guest is not None and guest.state in (GuestState.JOINING, GuestState.JOINED):
        guest.state = GUEST.after(guest.state, GuestTrigger.PART)
    if talk_leg(desk, call) is None:
        transfers.back_in_line(desk, call)
    else:
        guests.dial_if_ready(desk, call)
        _leg_settled(desk, call)
    desk.touch_call(call)


def _leg_settled(desk: Desk, call: Call) -> None:
    """Nothing is under way with the caller: a fresh leg may come to him, or be asked for."""
    renewal.bring_together(desk, call)
    renewal.look(desk, call)


def caller_bridged(desk: Desk, call: Call) -> None:
    """The caller entered a bridge: the first Dial's, or the room."""
    control = call.control
    if call.state is not CallState.TALKING or control.transfer is not None:
        return
    if control.moving is Where.ROOM or control.where is Where.PARKED:
        found_in_room(desk, call)


def found_in_room(desk: Desk, call: Call) -> None:
    """The caller is in the room. Idempotent."""
    control = call.control
    if control.moving is Where.PARKED:
        return
    control.moving = None
    if control.where is not Where.OUTSIDE:
        control.where = Where.ROOM
    desk.timers.cancel(TimerKind.OVERDUE, call.id)
    end_hold(desk, call)
    guests.meet(desk, call)
    if call.talk_leg is None and control.guest is None and call.agent is not None:
        desk.expect(call, desk.options.settle)
    _leg_settled(desk, call)
    desk.touch_call(call)


def leg_bridged(desk: Desk, call: Call, leg: Leg) -> bool:
    """A station's or an outside leg entered a bridge. True when that was a controlled conversation's doing,
    and needs no other thought."""
    control = call.control
    if renewal.leg_bridged(desk, call, leg) or guests.leg_bridged(desk, call, leg):
        return True
    if leg.id != call.talk_leg or (control.where is Where.DIAL and control.moving is None):
        return False
    guest = control.guest
    dials = guest is not None and guest.apart and guest.state in (GuestState.RINGING, GuestState.TALKING)
    control.in_room = not dials
    guests.dial_if_ready(desk, call)
    renewal.look(desk, call)
    return True


def in_room(desk: Desk, call: Call) -> bool:
    """Whether the agent's leg is in the room, alone or not, so that it may be sent to dial."""
    leg = talk_leg(desk, call)
    there = leg is not None and leg.state is LegState.BRIDGED and leg.unbridged_at is None
    return there and call.control.in_room


# Hold


def start_hold(desk: Desk, call: Call) -> None:
    control = call.control
    if control.hold_since is None and call.agent is not None:
        control.hold_since = desk.now
        desk.say(said.HoldStarted(desk.now, call.id, call.agent))


def end_hold(desk: Desk, call: Call, until: float | None = None) -> None:
    """``until``: when the conversation was last known to go on, ``None`` for now."""
    control = call.control
    if control.hold_since is None or call.agent is None:
        control.hold_since = None
        return
    seconds = max(0.0, (desk.now if until is None else until) - control.hold_since)
    control.hold_since = None
    control.held += seconds
    desk.say(said.HoldEnded(desk.now, call.id, call.agent, seconds))


def talked(desk: Desk, call: Call) -> float:
    """Seconds of the conversation that goes on, without those on hold."""
    control = call.control
    if call.talk_since is None:
        return 0.0
    on_hold = 0.0 if control.hold_since is None else desk.now - control.hold_since
    return max(0.0, desk.now - call.talk_since - control.held - on_hold)


# Ends


def agent_is_gone(desk: Desk, call: Call) -> None:
    """The leg of the agent who had the conversation is over and his wrap-up began. What becomes of the others
    in it: a guest who is with the caller has him now; a caller who is parked is nobody's; one in the room
    leaves by himself."""
    if call.state is not CallState.TALKING:
        return
    control, guest = call.control, call.control.guest
    if control.transfer is not None:
        transfers.let_agent_go(desk, call)
    elif guest is not None and guest.state in (GuestState.JOINING, GuestState.JOINED):
        guests.take_over(desk, call)
    else:
        asked = None if guest is None or guest.state is not GuestState.TALKING else guest.agent
        if guest is not None:
            if not guest.apart and guest.leg is not None and guest.leg in desk.floor.legs:
                desk.do(HangUp(call.server, call.id, guest.leg))  # in the room he does not go by himself
            guests.lose(desk, call, said.GuestEnd.CALL_OVER)
        if control.where is Where.PARKED or control.moving is not None:
            transfers.back_in_line(desk, call, asked)


def call_is_over(desk: Desk, call: Call) -> None:
    """The caller is gone: legs in the room, or apart, do not end by themselves."""
    renewal.drop(desk, call)
    guest = call.control.guest
    if guest is not None:
        if guest.leg is not None and guest.leg in desk.floor.legs:
            desk.do(HangUp(call.server, call.id, guest.leg))
        guests.lose(desk, call, said.GuestEnd.CALL_OVER)
    if call.placing and call.own_leg is not None and call.own_leg in desk.floor.legs:
        desk.do(HangUp(call.server, call.id, call.own_leg))
    leg = talk_leg(desk, call)
    if leg is not None and (call.control.where is not Where.DIAL or call.control.moving is not None):
        desk.do(HangUp(call.server, call.id, leg.id))


def command_failed(desk: Desk, call: Call, event: CommandFailed) -> None:
    """A command was refused, or nobody knows whether it was carried out: a listing says where everybody
    is."""
    control = call.control
    match event.command:
        case "Park":
            control.moving = None
            if renewal.passes(call):
                renewal.drop(desk, call)
        case "Join" if event.leg in (None, LegId(call.id)):
            control.moving = None
        case "CallStation":
            renewal.failed(desk, call)
        case "Consult" if control.guest is not None and control.guest.leg is None:
            guests.lose(desk, call, said.GuestEnd.NOT_REACHED)
            control.in_room = True
        case "MuteRecording":
            recording.failed(desk, call, event)
        case _:
            pass
    desk.touch_call(call)
