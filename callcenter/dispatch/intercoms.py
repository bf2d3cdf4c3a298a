"""Calls between two agents (see ``calls.intercoms`` for their states).

Theory of operation. The request engages both at once and sends one command (``Intercom``): Asterisk rings the
caller's own phone, which answers by itself, and then the colleague's. What is heard of the two channels moves
the state; hanging up the caller's own channel ends it for both, whoever wants that. It is over when both
channels are gone: then the phones are free, and the agents are what they want to be. The first word on how it
came to nothing counts, but for Asterisk's last (``IntercomDialled``), which alone tells a refusal from a
silence. Every wait has a deadline, after which Asterisk is asked, and whom it does not have is let go of
(``reconcile_intercoms``); one of which nothing was ever heard is given up.
"""

from __future__ import annotations

from callcenter.calls.control_requests import CallColleague, HangUpColleague
from callcenter.calls.entities import Seat
from callcenter.calls.intercom_facts import IntercomAnswered, IntercomEnded, IntercomStarted
from callcenter.calls.intercoms import INTERCOM, Intercom, IntercomOutcome, IntercomState, IntercomTrigger
from callcenter.calls.requests import Accepted, Refusal, Refused, Reply
from callcenter.calls.restored import RestoredIntercom
from callcenter.calls.states import AgentState, Engagement
from callcenter.dispatch import outgoing, people
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.timers import TimerKind
from callcenter.telephony.commands import HangUp, Intercom as RingBoth
from callcenter.telephony.events import (
    CommandFailed,
    IntercomDialled,
    LegBridged,
    LegEnded,
    LegRinging,
    LegStarted,
    LegUnbridged,
    RingEnded,
    RingOutcome,
)
from routing.ids import (
    IntercomId,
    LegId,
    ServerId,
    call_of_intercom,
    intercom_id,
    own_leg_of,
    server_of,
)

_SECONDS = 30
"""How long each of the two phones is rung."""
_REJECTED = 21
"""The Q.850 cause of a phone's 603 Decline, which Asterisk's DialEnd calls NOANSWER."""
_OWN_OUTCOMES = {
    RingOutcome.ANSWERED: None,
    RingOutcome.BUSY: IntercomOutcome.CANCELLED,  # he declined his own call
    RingOutcome.NO_ANSWER: IntercomOutcome.UNREACHABLE,
    RingOutcome.CANCELLED: IntercomOutcome.CANCELLED,
    RingOutcome.UNREACHABLE: IntercomOutcome.UNREACHABLE,
}
_OUTCOMES = {
    RingOutcome.ANSWERED: None,
    RingOutcome.BUSY: IntercomOutcome.DECLINED,
    RingOutcome.NO_ANSWER: IntercomOutcome.NO_ANSWER,
    RingOutcome.CANCELLED: IntercomOutcome.CANCELLED,
    RingOutcome.UNREACHABLE: IntercomOutcome.UNREACHABLE,
}

LegEvent = LegStarted | LegRinging | RingEnded | LegBridged | LegUnbridged | LegEnded | IntercomDialled


# What agents ask


def call(desk: Desk, request: CallColleague) -> Reply:
    seat, colleague = desk.seat(request.agent), desk.seat(request.to)
    if seat is None or seat.dismissed:
        return Refused(Refusal.UNKNOWN_AGENT, f"no agent {request.agent!r} in the routing plan")
    if colleague is None or colleague is seat:
        return Refused(Refusal.UNKNOWN_AGENT, f"no colleague {request.to!r}")
    server = outgoing.server_for(desk, seat)
    if server is None or not _is_free(desk, seat):
        return Refused(Refusal.PHONE_UNUSABLE, "you are not signed in, engaged, or your phone can't be rung")
    usable = desk.floor.servers[server].stations.get(colleague.agent.station) in people.RINGABLE
    if not usable or not _is_free(desk, colleague):
        return Refused(
            Refusal.COLLEAGUE_BUSY, f"agent {request.to!r} is not signed in, engaged, or without a phone"
        )
    intercom = _begin(desk, _new_id(desk, server, seat), seat, colleague, desk.now)
    stations = seat.agent.station, colleague.agent.station
    desk.do(RingBoth(server, intercom.id, *stations, _SECONDS, auto_answer=True))
    _expect(desk, intercom, _SECONDS + desk.options.ring_slack)
    return Accepted()


def _is_free(desk: Desk, seat: Seat) -> bool:
    """Whether an agent may be in an intercom now, whatever queues he serves: paused will do."""
    return (
        not seat.dismissed
        and seat.engagement is Engagement.FREE
        and seat.shown is not AgentState.OFFLINE
        and seat.reserved is None
        and not desk.floor.on_phone(seat)
    )


def _new_id(desk: Desk, server: ServerId, seat: Seat) -> IntercomId:
    milliseconds = int(desk.now * 1000)
    while True:
        wanted = intercom_id(server, seat.agent.station, milliseconds)
        if wanted not in desk.floor.intercoms and not _is_over(desk, wanted):
            return wanted
        milliseconds += 1


def hang_up(desk: Desk, request: HangUpColleague) -> Reply:
    seat = desk.seat(request.agent)
    if seat is None:
        return Refused(Refusal.UNKNOWN_AGENT, f"no agent {request.agent!r} in the routing plan")
    intercom = None if seat.intercom is None else desk.floor.intercoms.get(seat.intercom)
    if intercom is None:
        return Refused(Refusal.NO_INTERNAL_CALL, "you are in no call with a colleague")
    if not desk.floor.is_up(intercom.server):
        return Refused(Refusal.STARTING, f"server {intercom.server!r} can't be reached now")
    if not intercom.hung_up:
        intercom.hung_up = True
        mine = seat.id == intercom.by
        intercom.outcome = IntercomOutcome.CANCELLED if mine else IntercomOutcome.DECLINED
    put_down(desk, intercom)
    return Accepted()


def put_down(desk: Desk, intercom: Intercom) -> None:
    """Hang up the caller's own channel, and with it the colleague's."""
    desk.do(HangUp(intercom.server, call_of_intercom(intercom.id), own_leg_of(intercom.id)))
    _expect(desk, intercom, desk.options.settle)


def voice_is_lost(desk: Desk, seat: Seat) -> None:
    """The agent's page was loaded anew, and its voice went with it. In a talk with a colleague no fresh leg
    can take the silent one's place, so that ends, and they call again."""
    intercom = None if seat.intercom is None else desk.floor.intercoms.get(seat.intercom)
    if intercom is None or intercom.state is not IntercomState.TALKING:
        return
    if desk.floor.is_up(intercom.server):
        intercom.hung_up = True
        put_down(desk, intercom)


# What Asterisk tells


def heard(desk: Desk, event: LegEvent, intercom_id: IntercomId) -> None:
    """Something happened to a channel of an intercom."""
    intercom = desk.floor.intercoms.get(intercom_id)
    if intercom is None:
        _heard_of_another(desk, event, intercom_id)
        return
    if not isinstance(event, IntercomDialled) and desk.floor.is_buried(event.leg):
        return
    intercom.revision += 1
    own = own_leg_of(intercom.id)
    match event:
        case LegStarted() | LegRinging():
            started(desk, intercom, None if event.leg == own else event.leg)
        case RingEnded() if event.leg == own:
            intercom.begun = True
            _came_to_nothing(intercom, _OWN_OUTCOMES[event.outcome])
        case RingEnded():
            _came_to_nothing(intercom, _OUTCOMES[event.outcome])
        case IntercomDialled():
            if (outcome := _OUTCOMES[event.outcome]) is not None and not intercom.hung_up:
                intercom.outcome = outcome
        case LegBridged():
            if event.leg != own:
                answered(desk, intercom, event.leg)
        case LegUnbridged():
            pass  # its end, or its next bridge, follows
        case LegEnded():
            desk.floor.bury(event.leg, desk.now)
            _leg_ended(desk, intercom, event)


def _heard_of_another(desk: Desk, event: LegEvent, intercom_id: IntercomId) -> None:
    """Of one that is over in our eyes, or that we never knew."""
    if isinstance(event, LegEnded):
        desk.floor.bury(event.leg, desk.now)
    elif not _is_over(desk, intercom_id):
        desk.audit(server_of(intercom_id))
    elif isinstance(event, LegStarted) and event.leg == own_leg_of(intercom_id):
        desk.do(HangUp(event.server, event.call, event.leg))  # given up before it began


def _is_over(desk: Desk, intercom: IntercomId) -> bool:
    return desk.floor.is_buried(call_of_intercom(intercom))


def started(desk: Desk, intercom: Intercom, there: LegId | None) -> None:
    """A channel lives: the caller's own, or the colleague's (``there``). Idempotent."""
    first, intercom.begun = not intercom.begun, True
    waits = desk.timers.is_set(TimerKind.INTERCOM, intercom.id)
    if intercom.state is not IntercomState.TALKING and not waits:
        _expect(desk, intercom, _SECONDS + desk.options.ring_slack)
    if there is not None:
        intercom.there = there
        if intercom.state is IntercomState.CALLING:
            _go(desk, intercom, IntercomTrigger.RING)
            _expect(desk, intercom, _SECONDS + desk.options.ring_slack)
    if first and intercom.hung_up:
        put_down(desk, intercom)  # it was not there yet when this was asked


def answered(desk: Desk, intercom: Intercom, there: LegId) -> None:
    """The colleague's channel is in a bridge. Idempotent."""
    intercom.begun, intercom.there = True, there
    if intercom.state is IntercomState.TALKING:
        return
    intercom.answered_at = desk.now
    _go(desk, intercom, IntercomTrigger.BRIDGE)
    if not intercom.hung_up:
        desk.timers.cancel(TimerKind.INTERCOM, intercom.id)
    desk.say(IntercomAnswered(desk.now, intercom.id, intercom.by, intercom.to, there))


def _leg_ended(desk: Desk, intercom: Intercom, event: LegEnded) -> None:
    if event.leg == own_leg_of(intercom.id):
        intercom.own_gone = True
        _came_to_nothing(intercom, IntercomOutcome.CANCELLED)
    else:
        intercom.there = None
        if event.cause == _REJECTED and not intercom.hung_up:
            intercom.outcome = IntercomOutcome.DECLINED
    if intercom.left_at is None:
        intercom.left_at = desk.now
    if intercom.own_gone and intercom.there is None:
        end(desk, intercom)
    else:
        _expect(desk, intercom, desk.options.settle)


def _came_to_nothing(intercom: Intercom, outcome: IntercomOutcome | None) -> None:
    if intercom.outcome is None:
        intercom.outcome = outcome


def command_failed(desk: Desk, event: CommandFailed) -> None:
    """It was refused and never began; after a timeout it may have."""
    intercom = None if event.call is None else desk.floor.intercoms.get(IntercomId(event.call))
    if intercom is not None and not event.timed_out:
        _came_to_nothing(intercom, IntercomOutcome.UNREACHABLE)
        lose(desk, intercom, None)
    else:
        desk.audit(event.server)


def overdue(desk: Desk, intercom: Intercom) -> None:
    """Nothing was heard of it for too long."""
    if not desk.floor.is_up(intercom.server):
        return  # a listing comes with the link, or ``away`` ends it
    if not intercom.begun:
        _came_to_nothing(intercom, IntercomOutcome.UNREACHABLE)
        put_down(desk, intercom)
        lose(desk, intercom, None)
        return
    desk.audit(intercom.server)
    if intercom.state is not IntercomState.TALKING or intercom.hung_up or intercom.left_at is not None:
        _expect(desk, intercom, desk.options.settle)


# Beginning and end


def _begin(desk: Desk, wanted: IntercomId, seat: Seat, colleague: Seat, at: float) -> Intercom:
    intercom = Intercom(wanted, ServerId(server_of(wanted)), seat.id, colleague.id, at, at)
    desk.floor.intercoms[intercom.id] = intercom
    desk.say(IntercomStarted(at, intercom.id, intercom.server, seat.id, colleague.id))
    for one in (seat, colleague):
        people.speak_internally(desk, one, intercom.id)
    desk.touch_intercom(intercom.id)
    return intercom


def adopt(desk: Desk, found: IntercomId, by: Seat | None, to: Seat | None, age: float) -> Intercom | None:
    """Take up one that a listing has and we don't, if nothing else holds either agent. Else it is let be:
    their phones are busy, which keeps calls from them as well."""
    if by is None or to is None or by is to:
        return None
    if any(seat.engagement is not Engagement.FREE or seat.reserved is not None for seat in (by, to)):
        return None
    return _begin(desk, found, by, to, desk.now - age)


def restore(desk: Desk, known: RestoredIntercom) -> None:
    """One that the history has no end of goes on, until a listing tells otherwise."""
    by, to = desk.seat(known.by), desk.seat(known.to)
    free = all(seat is not None and seat.engagement is Engagement.FREE for seat in (by, to))
    intercom = Intercom(known.intercom, known.server, known.by, known.to, known.started_at, known.started_at)
    intercom.begun, intercom.answered_at = True, known.answered_at
    if known.answered_at is not None:
        intercom.since = known.answered_at
        intercom.state = IntercomState.TALKING
    desk.floor.server(known.server, desk.now)
    if by is None or to is None or not free:
        _say_end(desk, intercom, IntercomOutcome.UNKNOWN, desk.blind_since)
        return
    desk.floor.intercoms[intercom.id] = intercom
    for seat in (by, to):
        seat.engagement, seat.intercom = Engagement.INTERNAL, intercom.id
    desk.touch_intercom(intercom.id)


def end(desk: Desk, intercom: Intercom) -> None:
    """Both channels are gone."""
    talked = intercom.answered_at is not None
    outcome = IntercomOutcome.ANSWERED if talked else intercom.outcome or IntercomOutcome.UNKNOWN
    _say_end(desk, intercom, outcome, intercom.left_at)
    for agent in (intercom.by, intercom.to):
        seat = desk.seat(agent)
        if seat is not None:
            people.phone_is_free(desk, seat, intercom.server)
    _retire(desk, intercom)


def lose(desk: Desk, intercom: Intercom, seen: float | None) -> None:
    """It can't be said to live any longer; it was seen last at ``seen`` (``None``: nobody knows). What was
    heard or asked of its end before counts. Channels that live on all the same are let be: they show in the
    phones' states."""
    known = intercom.left_at is not None or intercom.outcome is not None
    if known and intercom.answered_at is None:
        outcome = intercom.outcome or IntercomOutcome.UNKNOWN
    else:
        outcome = IntercomOutcome.ANSWERED if known else IntercomOutcome.UNKNOWN
    left_at = intercom.left_at
    if left_at is None and seen is not None:
        left_at = min(seen, desk.now)
    _say_end(desk, intercom, outcome, left_at)
    _retire(desk, intercom)


def _retire(desk: Desk, intercom: Intercom) -> None:
    intercom.state = INTERCOM.after(intercom.state, IntercomTrigger.END)
    del desk.floor.intercoms[intercom.id]
    desk.floor.bury(call_of_intercom(intercom.id), desk.now)
    desk.timers.cancel(TimerKind.INTERCOM, intercom.id)
    desk.touch_intercom(intercom.id)
    for agent in (intercom.by, intercom.to):
        seat = desk.seat(agent)
        if seat is not None and seat.intercom == intercom.id:
            people.release(desk, seat)


def _say_end(desk: Desk, intercom: Intercom, outcome: IntercomOutcome, left_at: float | None) -> None:
    until = desk.now if left_at is None else left_at
    talked = 0.0 if intercom.answered_at is None else max(0.0, until - intercom.answered_at)
    desk.say(IntercomEnded(desk.now, intercom.id, intercom.by, intercom.to, outcome, talked))


def _go(desk: Desk, intercom: Intercom, trigger: IntercomTrigger) -> None:
    intercom.state, intercom.since = INTERCOM.after(intercom.state, trigger), desk.now
    desk.touch_intercom(intercom.id)


def _expect(desk: Desk, intercom: Intercom, within: float) -> None:
    desk.timers.set(TimerKind.INTERCOM, intercom.id, desk.now + within)
