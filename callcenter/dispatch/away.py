"""Servers that are away: what their calls may keep, and for how long.

Theory of operation. While a server can't be heard its calls are frozen as they were, since most cuts last
seconds and most conversations outlive them. But people must not be frozen with them. After
``server_patience`` without a listing, counted from the cut or from our start, its calls let go of their
agents: a conversation is counted to where it was last seen (one of two agents ends so), a ring is withdrawn,
and channels there no longer keep a phone from being rung elsewhere. The calls themselves stay, for they may
well live: nobody is known to talk on them, and nothing is routed there. A listing puts things right whenever
it comes, also for an agent who talked on all the time: he is engaged again as soon as nothing else holds
him.

A server that stays away for ``server_forgotten`` doesn't come back with those calls: they end as unknown."""

from __future__ import annotations

from callcenter.calls.control_facts import GuestEnd
from callcenter.calls.entities import Call, Server
from callcenter.calls.facts import Healed, Healing
from callcenter.calls.states import CALL, CallOutcome, CallState, CallTrigger, Engagement, OfferOutcome
from callcenter.calls.views import LinkState
from callcenter.dispatch import guests, intercoms, offers, people, promises, quarantine, talks
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.timers import TimerKind
from routing.ids import ServerId


def expect_back(desk: Desk, server: Server) -> None:
    """The server is away from now on, as far as we know."""
    desk.timers.set(TimerKind.PATIENCE, server.id, desk.now + desk.options.server_patience)


def is_back(desk: Desk, server: Server) -> None:
    """The server was listed."""
    server.given_up = False
    desk.timers.cancel(TimerKind.PATIENCE, server.id)


def out_of_patience(desk: Desk, server_id: ServerId) -> None:
    """The server was away too long: first its agents are freed, much later its calls are forgotten."""
    server = desk.floor.servers.get(server_id)
    if server is None or server.link is LinkState.UP:
        return
    first, server.given_up = not server.given_up, True
    if first:
        later = desk.options.server_forgotten - desk.options.server_patience
        desk.timers.set(TimerKind.PATIENCE, server_id, desk.now + max(0.0, later))
    # A server never listed by us was last seen by the process before.
    seen = server.since if server.listings else desk.blind_since
    for call in tuple(desk.floor.calls.values()):
        if call.server != server_id:
            continue
        try:
            _let_go(desk, call, seen)
            if not first:
                _forget(desk, call, seen)
        except Exception as error:
            quarantine.take_out(desk, call.id, "server away", error)
    for intercom in tuple(desk.floor.intercoms.values()):
        if intercom.server == server_id:
            intercoms.lose(desk, intercom, seen)
    if not first:
        for leg in tuple(desk.floor.legs.values()):
            if leg.call not in desk.floor.calls and desk.floor.server_of_leg(leg.id) == server_id:
                talks.leg_ended(desk, leg, 0)
    promises.schedule_all(desk)  # clients who may have been on a line there
    for seat in tuple(desk.floor.seats.values()):
        people.show(desk, seat)  # a phone that only a channel there held is free


def _let_go(desk: Desk, call: Call, seen: float | None) -> None:
    """Free whoever the call holds, but for a wrap-up, which ends by itself."""
    seat = desk.seat(call.agent)
    talks_here = seat is not None and seat.call == call.id and seat.engagement is Engagement.TALKING
    if not call.offered and not talks_here and call.talk_since is None:
        return
    desk.say(Healed(desk.now, call.server, Healing.SERVER_AWAY, call.id, None))
    if call.offered:
        offers.end_all(desk, call, OfferOutcome.WITHDRAWN)
        call.state = CALL.after(call.state, CallTrigger.HOLD)
        offers.lose_hold(desk, call)
    guests.lose(desk, call, GuestEnd.CALL_OVER)
    call.control.transfer = None
    talks.lose_talk(desk, call, seen)
    desk.timers.cancel(TimerKind.OVERDUE, call.id)  # nobody there to be asked
    desk.touch_call(call)


def _forget(desk: Desk, call: Call, seen: float | None) -> None:
    if call.state is CallState.ENDED:
        return
    desk.say(Healed(desk.now, call.server, Healing.SERVER_AWAY, call.id, None))
    for leg in tuple(call.legs.values()):
        if leg.id in desk.floor.legs:
            talks.leg_ended(desk, leg, 0)
    if call.quarantined:
        quarantine.expel(desk, call, 0)
    else:
        talks.end_call(desk, call, 0, CallOutcome.UNKNOWN, seen)
