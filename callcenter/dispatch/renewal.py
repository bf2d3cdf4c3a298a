"""A fresh leg of a station for a conversation whose voice a reload took with it: the agent's, or his guest's.

Theory of operation. A page that goes leaves its leg behind, silent, and no later page can take it up (ADR
0014). The page that leads now says that it has no voice; its phone, which is the one registered, is rung for
the call (``CallStation``) and answers by itself. Only then is anything moved: the caller and the old leg into
the room, if they still are in the Dial that rang it, or the guest and with him the asking leg, if they still
are in theirs; then the fresh leg to them. Once that is in a bridge it is the one, and the old one is hung up.
One that is not answered changes nothing, and is rung again: three times in all, and whenever a page says anew
that it has no voice. Talk goes on all the while: the passage through the park is no hold, and a consultation
in the room is still one. A colleague who is asked meanwhile is dialled when it is known which leg is the
agent's: by the old one, the consultation would end with that. One fresh leg is under way at a time; who lacks
his voice as well comes next.
"""

from __future__ import annotations

from callcenter.calls import control_facts as said
from callcenter.calls.control import Fresh, Guest, GuestState, Where
from callcenter.calls.entities import Call, Leg, Seat
from callcenter.calls.states import CallState, Engagement
from callcenter.dispatch import control as controlled, guests
from callcenter.dispatch.desk import Desk
from callcenter.telephony.commands import CallStation, HangUp, Join
from callcenter.telephony.events import RingOutcome
from routing.ids import AgentId, LegId, call_of_station_leg, station_leg_id

_SECONDS = 10
"""How long the station is rung; a page that is there answers within one."""
_TRIES = 3
_NUMBERS = 9998


def voice(desk: Desk, seat: Seat, *, here: bool) -> None:
    """The phone of the agent's leading page can take calls, and has the voice of his conversation or not."""
    seat.voiceless = not here and seat.call is not None
    call = None if seat.call is None else desk.floor.live_call(seat.call)
    if call is not None and not here:
        call.control.in_vain = 0
        look(desk, call)


def look(desk: Desk, call: Call) -> None:
    """Ring the phone of one who lacks the voice, once nothing else is under way with the legs."""
    seat = _voiceless(desk, call)
    if seat is None or call.state is not CallState.TALKING or call.quarantined:
        return
    control, guest = call.control, call.control.guest
    if not desk.floor.is_up(call.server):
        return
    dials = guest is not None and guest.state in (GuestState.ASKED, GuestState.RINGING, GuestState.JOINING)
    if dials or control.moving is not None or control.transfer is not None or call.talk_leg is None:
        return
    if control.fresh is not None:
        if desk.now - control.fresh.asked_at < _SECONDS + desk.options.ring_slack:
            return
        drop(desk, call)  # nothing was ever heard of it
    seat.voiceless = False
    leg = _new_leg(desk, call)
    control.fresh = Fresh(leg, seat.id, desk.now)
    desk.do(CallStation(call.server, call.id, leg, seat.agent.station, _SECONDS, auto_answer=True))
    desk.expect(call, _SECONDS + desk.options.ring_slack)


def _voiceless(desk: Desk, call: Call) -> Seat | None:
    """Who speaks in this call and lacks the voice, though his phone can take calls: the agent before his
    guest."""
    guest = call.control.guest
    for agent in (call.agent, None if guest is None else guest.agent):
        seat = desk.seat(agent)
        if seat is None or not seat.voiceless or seat.phone is not None or seat.call != call.id:
            continue
        if seat.engagement is Engagement.TALKING:
            return seat
    return None


def _new_leg(desk: Desk, call: Call) -> LegId:
    """Numbered by the call's age, so that no process before us has used it; 1 is the agent's own call's."""
    number = int(desk.now - call.arrived_at)
    while True:
        leg = station_leg_id(call.id, 2 + number % _NUMBERS)
        if leg not in desk.floor.legs and not desk.floor.is_buried(leg):
            return leg
        number += 1


def owns(call: Call, leg: LegId) -> bool:
    return call.control.fresh is not None and call.control.fresh.leg == leg


def station_rang(desk: Desk, call: Call, outcome: RingOutcome) -> None:
    """The ringing of the fresh leg ended."""
    fresh = call.control.fresh
    if fresh is None or fresh.answered:
        return
    if outcome is not RingOutcome.ANSWERED:
        if _has_a_part(call, fresh.leg):
            return  # the old one is gone before it: the end of this leg, which follows, ends the part
        call.control.fresh = None
        call.control.in_vain += 1
        seat = desk.seat(fresh.agent)
        if seat is not None and outcome is RingOutcome.NO_ANSWER and call.control.in_vain < _TRIES:
            seat.voiceless = True
        look(desk, call)
        guests.dial_if_ready(desk, call)
        return
    fresh.answered = True
    bring_together(desk, call)


def bring_together(desk: Desk, call: Call) -> None:
    """Move the answered fresh leg to where the old one is, as soon as that is in the room. Idempotent."""
    control, fresh = call.control, call.control.fresh
    if fresh is None or not fresh.answered or fresh.sent or control.moving is not None:
        return
    if fresh.lost:
        control.fresh = None
        controlled.bring_in(desk, call)
        return
    if control.where is Where.DIAL:
        fresh.passes = True
        controlled.park(desk, call)
        return
    fresh.sent = True
    guest = control.guest
    if guest is not None and guest.leg is not None and guest.apart and guest.state is GuestState.TALKING:
        # Out of the Dial of the agent's leg, which follows him to the room.
        guest.apart = False
        desk.do(Join(call.server, call.id, guest.leg))
    desk.do(Join(call.server, call.id, fresh.leg))
    if fresh.passes:
        controlled.bring_in(desk, call)
    else:
        desk.expect(call, desk.options.settle)


def passes(call: Call) -> bool:
    """Whether the caller is in the park only on his way to the room."""
    return call.control.fresh is not None and call.control.fresh.passes


def leg_bridged(desk: Desk, call: Call, leg: Leg) -> bool:
    """True when the leg is the fresh one: the old one's part is its own from now on."""
    fresh = call.control.fresh
    if fresh is None or fresh.leg != leg.id:
        return False
    guest, call.control.fresh = _guest_of(call, fresh), None
    call.control.in_vain = 0
    if guest is None:
        old = _take_up(desk, call, leg.id)
        call.control.in_room = True
    else:
        old, guest.leg, guest.apart = guest.leg, leg.id, False
        guests.meet(desk, call)
    if old is not None and old != leg.id and old in desk.floor.legs:
        desk.do(HangUp(call.server, call.id, old))
    guests.dial_if_ready(desk, call)
    look(desk, call)
    desk.touch_call(call)
    return True


def _take_up(desk: Desk, call: Call, leg: LegId) -> LegId | None:
    """The agent's part is this leg's from now on. The one that had it."""
    old, call.talk_leg = call.talk_leg, leg
    if old is not None and old != leg and call.agent is not None:
        talked = controlled.talked(desk, call)
        desk.say(said.VoiceMoved(desk.now, call.id, call.agent, old, leg, talked))
    return old


def _guest_of(call: Call, fresh: Fresh) -> Guest | None:
    """The guest whose leg it is; ``None`` where it is the agent's."""
    guest = call.control.guest
    return guest if guest is not None and guest.agent == fresh.agent else None


def takes_over(desk: Desk, call: Call) -> bool:
    """The agent's old leg ended first. True when the fresh one has the conversation, or will have it: the
    caller does not go with the old leg where he is parked, or where a guest is with him."""
    control, fresh = call.control, call.control.fresh
    if fresh is None or fresh.leg not in desk.floor.legs or control.transfer is not None:
        return False
    if fresh.agent != call.agent:
        return False
    guest = control.guest
    together = guest is not None and guest.state is GuestState.JOINED
    parked = control.moving is None and control.where is Where.PARKED
    on_his_way = fresh.answered and (control.moving is Where.PARKED or fresh.sent)
    if not (parked or together or on_his_way):
        return False
    _take_up(desk, call, fresh.leg)
    control.in_room = False
    bring_together(desk, call)
    desk.touch_call(call)
    return True


def takes_guests_place(desk: Desk, call: Call, guest: Guest) -> bool:
    """The guest's old leg ended first, and with it the Dial of the agent's, if it still was in that. True
    when the fresh one has his part, or will have it."""
    fresh = call.control.fresh
    if fresh is None or fresh.leg not in desk.floor.legs or fresh.agent != guest.agent:
        return False
    guest.leg, guest.apart = fresh.leg, False
    bring_together(desk, call)
    desk.touch_call(call)
    return True


def leg_ended(desk: Desk, call: Call, leg: LegId) -> bool:
    """True when the leg was the fresh one: the old one keeps its part."""
    fresh = call.control.fresh
    if fresh is None or fresh.leg != leg:
        return False
    if fresh.passes and not fresh.sent:
        fresh.lost = True  # the caller comes back all the same
    else:
        call.control.fresh = None
        look(desk, call)
        guests.dial_if_ready(desk, call)
    return True


def failed(desk: Desk, call: Call) -> None:
    """The station could not be rung, or nobody knows whether it was."""
    fresh = call.control.fresh
    if fresh is not None and not fresh.answered:
        drop(desk, call)
        guests.dial_if_ready(desk, call)


def listed(desk: Desk, call: Call) -> None:
    """Asterisk told all that it has of the call. A fresh leg of which nothing was ever heard is none."""
    fresh = call.control.fresh
    if fresh is None or fresh.answered or fresh.leg in desk.floor.legs:
        return
    if desk.now - fresh.asked_at >= _SECONDS + desk.options.ring_slack:
        failed(desk, call)
        look(desk, call)


def _has_a_part(call: Call, leg: LegId) -> bool:
    guest = call.control.guest
    return leg in (call.talk_leg, None if guest is None else guest.leg)


def is_stray(call: Call | None, leg: LegId) -> bool:
    """Whether a leg that just began is of a station that we rang for this call, which does not want it any
    more (``None``: it is over). What we said then came before there was a leg to hang up, and answered it
    would hold the phone for an hour."""
    if call_of_station_leg(leg) is None:
        return False
    return call is None or not (call.own_leg == leg or owns(call, leg) or _has_a_part(call, leg))


def drop(desk: Desk, call: Call, agent: AgentId | None = None) -> None:
    """No fresh leg is wanted: not the agent's, whose part is over or whose leg goes elsewhere (``None``:
    whose it may be)."""
    fresh = call.control.fresh
    if fresh is None or agent not in (None, fresh.agent):
        return
    call.control.fresh = None
    if not fresh.lost and not _has_a_part(call, fresh.leg):
        desk.do(HangUp(call.server, call.id, fresh.leg))
