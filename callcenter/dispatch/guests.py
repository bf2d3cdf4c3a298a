"""Guests: whom an agent asks for help, apart from the caller or together with him (see ``calls.control``).

A colleague is asked as by an offer: his card is shown first, his phone rings once it is painted or the gate's
time is over, and the agent's own leg does the dialling, so that it hears the ringing and takes the ringing
back by hanging up. A consultation is no queue work: who does not take it is not paused for that, and has no
wrap-up.
"""

from __future__ import annotations

from callcenter.calls import control_facts as said, facts
from callcenter.calls.control import GUEST, Guest, GuestState, GuestTrigger, TransferKind, Where
from callcenter.calls.entities import Call, Leg, Seat
from callcenter.calls.states import AgentState, CallState, Engagement, OfferOutcome
from callcenter.dispatch import control as controlled, people, recording, renewal
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.timers import TimerKind
from callcenter.telephony.commands import Consult, HangUp, Join
from callcenter.telephony.events import ConsultEnded, RingOutcome
from routing.ids import AgentId, LegId, OfferId, offer_id

_OUTCOMES = {
    RingOutcome.BUSY: OfferOutcome.DECLINED,
    RingOutcome.NO_ANSWER: OfferOutcome.NO_ANSWER,
    RingOutcome.UNREACHABLE: OfferOutcome.UNREACHABLE,
    RingOutcome.CANCELLED: OfferOutcome.WITHDRAWN,
    RingOutcome.ANSWERED: OfferOutcome.WITHDRAWN,
}


def may_be_asked(desk: Desk, seat: Seat | None, call: Call) -> bool:
    """Whether a colleague can be rung now, whatever queues he serves: paused will do, if he has a phone."""
    server = desk.floor.servers.get(call.server)
    return (
        seat is not None
        and server is not None
        and not seat.dismissed
        and seat.engagement is Engagement.FREE
        and seat.shown is not AgentState.OFFLINE
        and seat.reserved is None
        and not desk.floor.on_phone(seat)
        and server.stations.get(seat.agent.station) in people.RINGABLE
    )


def of_offer(desk: Desk, agent: AgentId, offer: OfferId) -> tuple[Call, Guest] | None:
    """The call and guest that an offer to a colleague is of."""
    seat = desk.seat(agent)
    call = (
        None if seat is None or seat.offer != offer or seat.call is None else desk.floor.calls.get(seat.call)
    )
    guest = None if call is None else call.control.guest
    if call is None or guest is None or guest.offer != offer or guest.agent != agent:
        return None
    return call, guest


# Asking


def ask(desk: Desk, call: Call, by: AgentId, colleague: Seat | None, number: str) -> None:
    """Show the card to the colleague, put the caller on hold, and dial as soon as both are done. ``number``:
    of a guest outside."""
    guest = Guest(by, None if colleague is None else colleague.id, number, desk.now)
    if colleague is not None and call.queue is not None:
        call.offers += 1
        guest.offer = offer_id(call.id, call.offers)
        gate = desk.options.pop_gate if colleague.browsers else 0.0
        guest.gate_until = desk.now + gate
        idle = max(0.0, desk.now - colleague.idle_since)
        station = colleague.agent.station
        desk.say(
            facts.OfferMade(
                desk.now, call.id, guest.offer, call.queue, colleague.id, station, gate, 0.0, idle
            )
        )
        people.engage(desk, colleague, call.id, guest.offer)
        if gate > 0:
            desk.timers.set(TimerKind.GUEST, call.id, guest.gate_until)
    call.control.guest = guest
    desk.say(said.GuestAsked(desk.now, call.id, by, guest.agent, guest.offer, number))
    if call.control.where is Where.PARKED:
        dial_if_ready(desk, call)
    else:
        controlled.park(desk, call)
    desk.touch_call(call)


def painted(desk: Desk, call: Call, guest: Guest) -> None:
    """The colleague's browser has the card on screen."""
    if guest.painted_at is None and guest.offer is not None and guest.agent is not None:
        guest.painted_at = desk.now
        desk.say(facts.CardPainted(desk.now, call.id, guest.offer, guest.agent))
        dial_if_ready(desk, call)


def dial_if_ready(desk: Desk, call: Call) -> None:
    """Have the agent's leg dial once the caller is parked, the leg in the room and to stay (see ``renewal``),
    and the card painted or its gate over."""
    control, guest = call.control, call.control.guest
    if guest is None or guest.state is not GuestState.ASKED or call.talk_leg is None:
        return
    if control.fresh is not None:
        return
    parked = control.where is Where.PARKED and control.moving is None
    if not parked or not controlled.in_room(desk, call):
        return
    if guest.agent is not None and guest.painted_at is None and desk.now < guest.gate_until:
        return
    colleague = desk.seat(guest.agent)
    station = None if colleague is None else colleague.agent.station
    queue = desk.queue_of(call)
    seconds = max(1, 20 if queue is None else queue.ring_seconds)
    guest.state = GUEST.after(guest.state, GuestTrigger.DIAL)
    control.in_room = False
    desk.timers.cancel(TimerKind.GUEST, call.id)
    if guest.offer is not None and guest.agent is not None:
        lead = None if guest.painted_at is None else desk.now - guest.painted_at
        desk.say(
            facts.RingSent(desk.now, call.id, guest.offer, guest.agent, guest.painted_at is not None, lead)
        )
    desk.do(Consult(call.server, call.id, call.talk_leg, guest.offer, station, guest.number, seconds))
    desk.expect(call, seconds + desk.options.ring_slack)
    desk.touch_call(call)


# What Asterisk tells


def leg_started(desk: Desk, call: Call, leg: Leg) -> None:
    """A leg appeared that the asked guest's can be."""
    guest = call.control.guest
    if guest is None or guest.state is not GuestState.RINGING or guest.leg is not None:
        return
    if leg.agent == guest.agent:
        guest.leg = leg.id
        if guest.declined:
            desk.do(HangUp(call.server, call.id, leg.id))


def phone_rang(desk: Desk, call: Call, leg: LegId) -> None:
    guest = call.control.guest
    if guest is not None and guest.leg == leg and guest.agent is not None and guest.offer is not None:
        desk.say(facts.PhoneRang(desk.now, call.id, guest.offer, guest.agent, leg))


def verdict(call: Call, leg: LegId, outcome: RingOutcome) -> None:
    """Asterisk said how the guest's ringing ended; that it did is told by ``ConsultEnded`` or his leg's
    end."""
    guest = call.control.guest
    if guest is not None and guest.leg == leg and guest.state is GuestState.RINGING and guest.verdict is None:
        guest.verdict = outcome


def leg_bridged(desk: Desk, call: Call, leg: Leg) -> bool:
    """True when the leg is the guest's."""
    guest = call.control.guest
    if guest is None or guest.leg != leg.id:
        return False
    match guest.state:
        case GuestState.RINGING:
            answered(desk, call, guest, leg.id)
        case GuestState.JOINING:
            guest.apart = False
            meet(desk, call)
        case GuestState.TALKING:
            # Back from being with the caller, or in the room for good.
            pass
        case GuestState.ASKED | GuestState.JOINED:
            pass
    return True


def answered(desk: Desk, call: Call, guest: Guest, leg: LegId) -> None:
    """Agent and guest speak."""
    guest.state = GUEST.after(guest.state, GuestTrigger.ANSWER)
    guest.leg, guest.since = leg, desk.now
    desk.timers.cancel(TimerKind.OVERDUE, call.id)
    colleague = desk.seat(guest.agent)
    if colleague is not None and guest.offer is not None and colleague.offer == guest.offer:
        desk.say(facts.OfferEnded(desk.now, call.id, guest.offer, colleague.id, OfferOutcome.ANSWERED))
        people.talk(desk, colleague, call.id)
    desk.say(said.GuestAnswered(desk.now, call.id, guest.by, guest.agent, leg))
    renewal.look(desk, call)
    desk.touch_call(call)


def meet(desk: Desk, call: Call) -> None:
    """Caller and guest are together once both are in the room."""
    control, guest = call.control, call.control.guest
    if guest is None or guest.state is not GuestState.JOINING or guest.apart or guest.leg is None:
        return
    if control.where is Where.ROOM and control.moving is None:
        guest.state = GUEST.after(guest.state, GuestTrigger.MEET)
        desk.say(said.GuestJoined(desk.now, call.id, guest.by, guest.agent, guest.leg))
        renewal.look(desk, call)
        desk.touch_call(call)


def consult_ended(desk: Desk, event: ConsultEnded) -> None:
    """The agent's leg dials nobody any more and goes back to the room: not answered, or the guest hung up.
    After the guest was brought to the caller it says nothing new."""
    call = desk.floor.live_call(event.call)
    guest = None if call is None else call.control.guest
    if call is None or guest is None or event.leg != call.talk_leg:
        return
    if guest.state is GuestState.RINGING:
        # The leg's own word calls a decline no answer; this one knows better.
        if guest.verdict in (None, RingOutcome.NO_ANSWER, RingOutcome.CANCELLED):
            guest.verdict = event.outcome
        lose(desk, call, said.GuestEnd.NOT_REACHED)
    elif guest.state is not GuestState.TALKING or not guest.apart:
        return
    elif not renewal.takes_guests_place(desk, call, guest):
        lose(desk, call, said.GuestEnd.LEFT)


def leg_ended(desk: Desk, call: Call, leg: LegId) -> bool:
    """True when the leg was the guest's."""
    guest = call.control.guest
    if guest is None or guest.leg != leg:
        return False
    if renewal.takes_guests_place(desk, call, guest):
        return True
    end = said.GuestEnd.NOT_REACHED if guest.state is GuestState.RINGING else said.GuestEnd.LEFT
    lose(desk, call, end)
    if call.state is CallState.TALKING and controlled.talk_leg(desk, call) is None:
        # He was to have the caller, whose agent is gone already.
        controlled.agent_is_gone(desk, call)
    return True


# The end of a guest's part


def lose(desk: Desk, call: Call, end: said.GuestEnd) -> None:
    """The guest has no part in the call any more. Whoever has a leg is let go by whoever calls this."""
    guest = call.control.guest
    if guest is None:
        return
    if guest.agent is not None:
        renewal.drop(desk, call, guest.agent)
    call.control.guest = None
    desk.timers.cancel(TimerKind.GUEST, call.id)
    outcome: OfferOutcome | None = None
    if guest.state in (GuestState.ASKED, GuestState.RINGING) and guest.offer is not None:
        outcome = _outcome(guest, end)
        if guest.agent is not None:
            desk.say(facts.OfferEnded(desk.now, call.id, guest.offer, guest.agent, outcome))
    seconds = 0.0 if guest.since is None else max(0.0, desk.now - guest.since)
    desk.say(said.GuestGone(desk.now, call.id, guest.by, guest.agent, end, outcome, seconds))
    colleague = desk.seat(guest.agent)
    if colleague is not None and colleague.call == call.id and colleague.engagement in _HELD:
        people.release(desk, colleague)
    desk.touch_call(call)


_HELD = (Engagement.OFFERED, Engagement.TALKING)


def _outcome(guest: Guest, end: said.GuestEnd) -> OfferOutcome:
    if guest.declined:
        return OfferOutcome.DECLINED
    if end is said.GuestEnd.NOT_REACHED and guest.verdict is not None:
        return _OUTCOMES[guest.verdict]
    return OfferOutcome.CALLER_LEFT if end is said.GuestEnd.CALL_OVER else OfferOutcome.WITHDRAWN


def take_over(desk: Desk, call: Call) -> None:
    """The agent is gone and the guest with the caller, or on his way: the conversation is his."""
    control, guest = call.control, call.control.guest
    if guest is None or guest.leg is None:
        return
    control.guest = None
    seconds = 0.0 if guest.since is None else max(0.0, desk.now - guest.since)
    desk.say(said.GuestGone(desk.now, call.id, guest.by, guest.agent, said.GuestEnd.TOOK_OVER, None, seconds))
    kind = TransferKind.NUMBER if guest.agent is None else TransferKind.AGENT
    desk.say(
        said.CallTransferred(
            desk.now, call.id, guest.by, kind, None, guest.agent, guest.number, consulted=True
        )
    )
    if call.agent is not None:
        call.wrapping[call.agent] = None
    call.came_from, call.transfers = guest.by, call.transfers + 1
    control.held, control.in_room = 0.0, True
    recording.resume(desk, call)
    colleague = desk.seat(guest.agent)
    if colleague is None or guest.offer is None:
        call.agent = call.talk_offer = call.talk_leg = call.talk_since = None
        control.where = Where.OUTSIDE
    else:
        call.agent, call.talk_offer = colleague.id, guest.offer
        call.talk_leg, call.talk_since = guest.leg, desk.now
        desk.say(facts.TalkStarted(desk.now, call.id, guest.offer, colleague.id, guest.leg))
        if control.moving is Where.ROOM:
            desk.expect(call, desk.options.settle)
        else:
            desk.timers.cancel(TimerKind.OVERDUE, call.id)
        people.show(desk, colleague)
    desk.touch_call(call)


# What the agent wants


def join(desk: Desk, call: Call, guest: Guest, *, take_over: bool) -> None:
    """Bring the guest and the caller together; with ``take_over`` the agent leaves them."""
    if guest.leg is None or call.talk_leg is None:
        return
    guest.state = GUEST.after(guest.state, GuestTrigger.JOIN)
    guest.takes_over = take_over
    if guest.apart:
        # The agent's leg is left alone in its Dial, and goes to the room by itself.
        desk.do(Join(call.server, call.id, guest.leg))
    controlled.bring_in(desk, call)
    if take_over:
        renewal.drop(desk, call, call.agent)
        desk.do(HangUp(call.server, call.id, call.talk_leg))


def dismiss(desk: Desk, call: Call, guest: Guest) -> None:
    """Let the guest go. A caller who is parked comes back."""
    if guest.apart and guest.state in (GuestState.RINGING, GuestState.TALKING) and call.talk_leg is not None:
        # Taking the agent's leg out of its Dial ends the ringing, or the talk, on the other side.
        desk.do(Join(call.server, call.id, call.talk_leg))
    elif guest.leg is not None:
        desk.do(HangUp(call.server, call.id, guest.leg))
    lose(desk, call, said.GuestEnd.DISMISSED)
    if call.control.where is Where.PARKED or call.control.moving is Where.PARKED:
        controlled.bring_in(desk, call)


def decline(desk: Desk, call: Call, guest: Guest) -> None:
    """The colleague does not want to be asked now."""
    guest.declined = True
    if guest.state is GuestState.ASKED:
        lose(desk, call, said.GuestEnd.NOT_REACHED)
    elif guest.leg is not None and guest.leg in desk.floor.legs:
        desk.do(HangUp(call.server, call.id, guest.leg))
        desk.expect(call, desk.options.settle)
