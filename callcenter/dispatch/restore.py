"""The floor from outside: the routing plan, and what the history knew when this process took over.

Hardly anything here is news: the ledger had it all. Only what ran out while nobody was there is said now, as
of when it did: an agent's state that the history still has open and that nothing upholds. The listing that
follows says what still lives, and that is news too (see ``reconcile``).
"""

from __future__ import annotations

from callcenter.calls.entities import Call, Leg, Offer, Seat
from callcenter.calls.facts import AgentStateChanged, CallQueued
from callcenter.calls.restored import Restored, RestoredAgent, RestoredCall
from callcenter.calls.states import (
    AgentState,
    Author,
    CallState,
    Engagement,
    Intent,
    LegRole,
    OfferState,
    PauseReason,
)
from callcenter.calls.views import LinkState
from callcenter.dispatch import (
    away,
    callbacks,
    chat,
    flows,
    hands,
    intercoms,
    offers,
    people,
    promises,
    recording,
    ring_all,
    talks,
)
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.inputs import PlanChanged
from callcenter.dispatch.ports import LookUpClient
from callcenter.dispatch.timers import TimerKind
from routing.acd.directory import PlanDirectory
from routing.flows.directory import FlowDirectory
from routing.flows.moves import Stage


def plan_changed(desk: Desk, event: PlanChanged) -> None:
    """Route by another plan from now on. Calls in a removed queue go on in the default queue, since when they
    waited; a call in a flow takes its next step by the new one, and goes to the default queue if its step is
    gone; an agent no longer named stays until nothing holds him."""
    plan = PlanDirectory(event.plan)
    desk.plan = plan
    desk.flows = FlowDirectory(event.flows, event.plan, desk.options.calendar)
    desk.engine.configure(event.plan, desk.now)
    desk.engine.learn(desk.rates.traffic(event.plan.queues, desk.now), desk.now)
    desk.timers.set(TimerKind.LEARN, "", desk.now + desk.options.relearn)
    floor = desk.floor
    floor.queues = dict(plan.queues)
    floor.teams = {team.id: team.name for team in event.plan.teams}
    floor.stations = {agent.station: agent.id for agent in event.plan.agents}
    for queue in (*floor.tallies, *plan.queues):
        desk.touch_queue(queue)
    for agent in event.plan.agents:
        seat = floor.seats.get(agent.id)
        if seat is None:
            seat = floor.seats[agent.id] = Seat(agent, plan.served_by(agent), shown_since=desk.now)
        else:
            seat.agent, seat.queues, seat.dismissed = agent, plan.served_by(agent), False
        people.show(desk, seat)
    for seat in tuple(floor.seats.values()):
        if seat.id not in plan.agents and not seat.dismissed:
            seat.dismissed = True
            people.want(desk, seat, Intent.OFFLINE, "", Author.SYSTEM)
            ring_all.leave(desk, seat)
    for call in tuple(floor.calls.values()):
        if call.queue is None or call.queue in floor.queues:
            continue
        if call.state in (CallState.WAITING, CallState.OFFERED) and call.since is not None:
            other = plan.queue_for(call.dialled)
            call.queue, call.priority = other.id, other.priority
            if call.position is not None:
                offers.leave_flow(desk, call, other.id)
            desk.say(CallQueued(desk.now, call.id, other.id, other.priority, call.since, returned=False))
            offers.stand_in_line(desk, call)
            desk.touch_call(call)
    flows.look_soon(desk, floor.calls.values())  # other overflows, other announcements
    promises.schedule_all(desk)
    chat.membership_changed(desk)


def restored(desk: Desk, event: Restored) -> None:
    desk.blind_since = event.blind_since
    for agent in event.agents:
        seat = desk.floor.seats.get(agent.agent)
        if seat is not None:
            _restore_agent(desk, seat, agent)
    for callback in event.callbacks:
        callbacks.take_up(desk, callback)
    desk.book.missed.update(event.gave_up)
    for conversation in event.chats:
        chat.restore(desk, conversation)
    for hand in event.hands:
        hands.restore(desk, hand)
    places = dict(event.places)
    for call in event.calls:
        if call.call not in desk.floor.calls:
            _restore_call(desk, call, places.get(call.call))
    for intercom in event.intercoms:
        if intercom.intercom not in desk.floor.intercoms:
            intercoms.restore(desk, intercom)
    for agent in event.agents:
        seat = desk.floor.seats.get(agent.agent)
        if seat is not None and seat.engagement is Engagement.FREE:
            _restore_wrap_up(desk, seat, agent)
    changes: list[AgentStateChanged] = []
    known = {agent.agent: agent for agent in event.agents}
    for seat in desk.floor.seats.values():
        _show_quietly(desk, seat)
        people.place(desk, seat)
        if seat.id in known and (change := _change(desk, seat, known[seat.id])) is not None:
            seat.shown_since = change.at
            changes.append(change)
    for change in sorted(changes, key=lambda change: change.at):
        desk.say(change)
    for server in desk.floor.servers.values():
        if server.link is not LinkState.UP:
            away.expect_back(desk, server)


def _restore_agent(desk: Desk, seat: Seat, known: RestoredAgent) -> None:
    seat.intent, seat.reason, seat.intent_by = known.intent, known.reason, known.by
    seat.system_pause = known.intent is Intent.PAUSED and known.reason in (
        PauseReason.BROWSER_LOST,
        PauseReason.PHONE_UNREACHABLE,
    )
    seat.idle_since = desk.now
    if known.browser:
        seat.browser_told = True
        desk.timers.set(TimerKind.BROWSER, seat.id, desk.now + desk.options.browser_grace)


def _restore_wrap_up(desk: Desk, seat: Seat, known: RestoredAgent) -> None:
    """Go on with the wrap-up that was open, or begin the one of a conversation whose call is over though the
    agent was not seen to leave it."""
    call, since = known.wrap_up_call, known.wrap_up_since
    if call is None and known.state is AgentState.TALKING and known.call not in desk.floor.calls:
        call, since = known.call, _last_seen(desk)
    if call is None:
        return
    seat.disposable = call
    until = known.wrap_up_until or since + _wrap_up_seconds(desk, seat)
    if until > desk.now:
        seat.engagement, seat.call = Engagement.WRAP_UP, call
        seat.wrap_up_since, seat.wrap_up_until = since, until
        desk.timers.set(TimerKind.WRAP_UP, seat.id, until)


def _wrap_up_seconds(desk: Desk, seat: Seat) -> float:
    """The call is over and its queue with it: the longest wrap-up of his queues bounds it."""
    return max((desk.floor.queues[queue].wrap_up_seconds for queue in seat.queues), default=0)


def _last_seen(desk: Desk) -> float:
    return desk.now if desk.blind_since is None else min(desk.now, desk.blind_since)


def _change(desk: Desk, seat: Seat, known: RestoredAgent) -> AgentStateChanged | None:
    """What to tell the history when it has the agent in another state than he is in: since when his wrap-up
    ran out, else since we lost sight of him."""
    if known.state is None or known.state is seat.shown:
        return None
    at = _last_seen(desk)
    if known.wrap_up_call is not None:
        ran_out = known.wrap_up_until or known.wrap_up_since + _wrap_up_seconds(desk, seat)
        at = min(desk.now, max(at, ran_out))
    waits = seat.engagement is Engagement.FREE and seat.intent is not Intent.READY
    by = seat.intent_by if waits else Author.SYSTEM
    return AgentStateChanged(at, seat.id, seat.shown, known.state, seat.shown_reason, by, seat.call)


def _restore_call(desk: Desk, known: RestoredCall, place: float | None) -> None:
    call = Call(known.call, known.server, known.number, known.name, known.dialled, known.arrived_at)
    desk.floor.calls[call.id] = call
    desk.floor.server(known.server, desk.now)
    leg = Leg(talks.caller_leg(call.id), call.id, LegRole.CALLER, None, None)
    call.legs[leg.id] = leg
    call.client, call.picked = known.client, known.client is not None
    call.queue, call.priority, call.since = known.queue, known.priority, known.queued_since
    call.declined = dict.fromkeys(known.declined_by, desk.now)
    call.offers = known.number_of_offers
    call.position, call.errands = known.position, known.errand
    call.answered_at = known.answered_at
    call.control.recording, call.control.paused_by = known.recording, known.paused_by
    call.control.hushed = True  # an end of a pause may be in the ledger alone
    talker = desk.seat(known.talking_agent)
    if known.talking_agent is not None or known.answered_at is not None:
        call.state = CallState.TALKING
        if talker is not None and talker.engagement in (Engagement.FREE, Engagement.WRAP_UP):
            _hold_seat(desk, talker, Engagement.TALKING, call)
            call.agent, call.talk_offer = talker.id, known.talking_offer
            call.talk_since = known.answered_at if known.answered_at is not None else desk.now
    elif _restore_ring(desk, call, known):
        call.state = CallState.OFFERED
    elif known.position is not None and known.position.stage is not Stage.WAITING:
        call.state = CallState.FLOW  # his step goes on or not: Asterisk says where he is
    elif call.since is not None:
        call.state = CallState.WAITING
    if call.agent is None or call.agent != known.paused_by:
        recording.heard_again(desk, call)  # whose pause it was has left
    call.place = place
    promises.recognise(desk, call)
    if call.state is CallState.WAITING and call.queue is not None and call.since is not None:
        desk.rates.waits(call.id, call.queue, call.since)
    flows.restore_recording(desk, call)
    for leg_id, station in known.legs:
        talks.leg_started(desk, call, leg_id, station, told=True)
    desk.do(LookUpClient(call.id, call.number, call.client))
    desk.touch_call(call)


def _restore_ring(desk: Desk, call: Call, known: RestoredCall) -> bool:
    """The phones that the last ring may still have ringing; false without any."""
    for number, agent in known.offered:
        seat = desk.seat(agent)
        if seat is None or call.queue is None or seat.engagement is not Engagement.FREE:
            continue
        offer = Offer(number, call.id, call.queue, seat.id, seat.agent.station, desk.now, 0.0, 0)
        offer.state, offer.ring_sent_at = OfferState.RINGING, desk.now
        call.offered[seat.id] = offer
        _hold_seat(desk, seat, Engagement.OFFERED, call)
        seat.offer = number
    return bool(call.offered)


def _hold_seat(desk: Desk, seat: Seat, engagement: Engagement, call: Call) -> None:
    seat.engagement, seat.call = engagement, call.id
    seat.wrap_up_since = seat.wrap_up_until = None
    desk.timers.cancel(TimerKind.WRAP_UP, seat.id)


def _show_quietly(desk: Desk, seat: Seat) -> None:
    """Show the seat as it was before the restart, which the ledger knows."""
    seat.told = (seat.intent, seat.reason)
    free = seat.engagement is Engagement.FREE
    state = AgentState(seat.intent.value) if free else AgentState(seat.engagement.value)
    seat.shown, seat.shown_since = state, desk.now
    if seat.intercom is not None:
        seat.shown_since = desk.floor.intercoms[seat.intercom].started_at
    seat.shown_reason = seat.reason if state is AgentState.PAUSED else ""
    desk.touch_seat(seat)
