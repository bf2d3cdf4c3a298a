"""Agents: what they want, what holds them, and whether they can be offered a call.

An agent can be rung when he is ready, nothing holds him, no leg of his station lives in a call of ours, his
station is usable on a server that is up, and the short rest after a refusal is over. An explicit refusal
keeps the agent's intent (he said no to this call, not to work) and only leaves him in peace for
``decline_pause`` seconds; RONA pauses him, since nobody seems to be there."""

from __future__ import annotations

from callcenter.calls.entities import Seat
from callcenter.calls.facts import AgentStateChanged, BrowserChanged, IntentChanged
from callcenter.calls.states import (
    AGENT,
    INTENT,
    AgentState,
    AgentTrigger,
    Author,
    Engagement,
    Intent,
    IntentTrigger,
    PauseReason,
    PhoneProblem,
)
from callcenter.calls.views import LinkState, agent_key
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.timers import TimerKind
from callcenter.telephony.events import StationState
from routing.acd.engine import OFFLINE
from routing.acd.queue import Pool
from routing.ids import CallId, IntercomId, OfferId, ServerId, StationId

RINGABLE = (StationState.IDLE, StationState.UNKNOWN)
"""States of a station that isn't in a call of ours in which it can be rung."""
IN_USE = frozenset((StationState.BUSY, StationState.RINGING))

_AGENTS_TIMERS = (
    TimerKind.WRAP_UP,
    TimerKind.BROWSER,
    TimerKind.LEASE,
    TimerKind.COOLDOWN,
    TimerKind.CLEARING,
)
_INTENT_SHOWN = {
    Intent.OFFLINE: AgentState.OFFLINE,
    Intent.READY: AgentState.READY,
    Intent.PAUSED: AgentState.PAUSED,
}
_HELD_SHOWN = {
    Engagement.OFFERED: AgentState.OFFERED,
    Engagement.TALKING: AgentState.TALKING,
    Engagement.WRAP_UP: AgentState.WRAP_UP,
    Engagement.INTERNAL: AgentState.INTERNAL,
}
_WANTED = {
    Intent.READY: IntentTrigger.READY,
    Intent.PAUSED: IntentTrigger.PAUSE,
    Intent.OFFLINE: IntentTrigger.OFFLINE,
}


def show(desk: Desk, seat: Seat, by: Author = Author.SYSTEM) -> None:
    """Bring what is shown of the agent, and his place in routing, up to date after any change of his seat."""
    free = seat.engagement is Engagement.FREE
    state = _INTENT_SHOWN[seat.intent] if free else _HELD_SHOWN[seat.engagement]
    reason = seat.reason if state is AgentState.PAUSED else ""
    if (state, reason) != (seat.shown, seat.shown_reason):
        previous = seat.shown
        # An offer that came to nothing without the agent's doing leaves him his place among the idle.
        if state is AgentState.READY and previous is not AgentState.OFFERED:
            seat.idle_since = desk.now
        seat.shown, seat.shown_reason, seat.shown_since = state, reason, desk.now
        desk.say(AgentStateChanged(desk.now, seat.id, state, previous, reason, by, seat.call))
    wish = (seat.intent, seat.reason)
    if not free and wish != seat.told:
        # Not seen in the state yet, and must outlive us if we die before it is.
        desk.say(IntentChanged(desk.now, seat.id, seat.intent, seat.reason, seat.intent_by))
    seat.told = wish
    desk.touch_seat(seat)
    place(desk, seat)
    if seat.dismissed and free and not desk.floor.on_phone(seat):
        remove(desk, seat)


def remove(desk: Desk, seat: Seat) -> None:
    """An agent who is no longer in the plan leaves the floor."""
    desk.engine.place(seat.id, (), None, now=desk.now, why=OFFLINE)
    seat.browsers.clear()
    tell_browser(desk, seat)
    for queue in desk.floor.count_seat(seat, gone=True):
        desk.touch_queue(queue)
    for kind in _AGENTS_TIMERS:
        desk.timers.cancel(kind, seat.id)
    del desk.floor.seats[seat.id]
    desk.changed[agent_key(seat.id)] = None


def place(desk: Desk, seat: Seat) -> None:
    """Tell the engine where the agent can take calls, and whether he can now."""
    word = _why_not(desk, seat)
    call = None if seat.call is None else desk.floor.calls.get(seat.call)
    serving = None if call is None or seat.engagement is Engagement.WRAP_UP else call.queue
    if seat.intent is not Intent.READY or seat.dismissed:
        # Who wishes a pause during a talk still counts as one of the queue's agents.
        desk.engine.place(seat.id, (), None, now=desk.now, why=word, serving=serving)
        return
    pools = tuple(
        Pool(server.id, queue)
        for server in desk.floor.servers.values()
        if server.link is LinkState.UP and desk.floor.station_usable(server, seat)
        for queue in seat.queues
    )
    held = (
        seat.cooling_until is not None
        or seat.reserved is not None
        or seat.phone is not None
        or desk.floor.on_phone(seat)
    )
    free = seat.engagement is Engagement.FREE and not held
    idle_since = seat.idle_since if free else None
    desk.engine.place(seat.id, pools, idle_since, now=desk.now, why=word, serving=serving)


def _why_not(desk: Desk, seat: Seat) -> str:
    """The word for why he can't be offered a call now, for explanations; empty if he can."""
    if seat.dismissed or seat.intent is Intent.OFFLINE:
        return OFFLINE
    if seat.intent is Intent.PAUSED:
        return f"paused {seat.reason}".rstrip()
    if seat.engagement is not Engagement.FREE:
        return seat.engagement.value
    if desk.floor.on_phone(seat):
        return "phone_still_in_call"
    if seat.cooling_until is not None:
        return "rests_after_refusal"
    if seat.reserved is not None:
        return "callback_being_dialled"
    if seat.phone is not None:
        return f"phone_{seat.phone[1].value}"
    return "" if desk.floor.station_state(seat) in RINGABLE else "phone_unusable"


def place_all(desk: Desk) -> None:
    for seat in desk.floor.seats.values():
        place(desk, seat)


# What agents want


def want(desk: Desk, seat: Seat, intent: Intent, reason: str, by: Author) -> None:
    """A person's wish. Shown at once when nothing holds the agent, else when the engagement ends."""
    seat.intent = INTENT.after(seat.intent, _WANTED[intent])
    seat.reason = reason if intent is Intent.PAUSED else ""
    seat.intent_by = by
    seat.system_pause = False
    # His own wish may come while his socket reconnects: then the grace runs on, or he would be offered calls
    # without a card. Once it is over he may go on without a browser, as by a supervisor's word.
    if not seat.browsers and by is not Author.AGENT:
        desk.timers.cancel(TimerKind.BROWSER, seat.id)
        tell_browser(desk, seat)
    show(desk, seat, by)


def tell_browser(desk: Desk, seat: Seat) -> None:
    """Have the ledger know whether the agent has a browser."""
    connected = bool(seat.browsers)
    if connected is not seat.browser_told:
        seat.browser_told = connected
        desk.say(BrowserChanged(desk.now, seat.id, connected))


def pause_by_system(desk: Desk, seat: Seat, reason: PauseReason) -> None:
    """Take a ready agent out of routing. An agent who wants a pause or to leave keeps his own wish."""
    if not INTENT.allows(seat.intent, IntentTrigger.SYSTEM_PAUSE):
        return
    seat.intent = INTENT.after(seat.intent, IntentTrigger.SYSTEM_PAUSE)
    seat.reason, seat.intent_by = reason, Author.SYSTEM
    seat.system_pause = reason is not PauseReason.RONA  # nobody but the agent knows that he is back
    show(desk, seat)


def lift_pause(desk: Desk, seat: Seat, reason: PauseReason) -> None:
    """The cause of a pause of ours is gone: the agent is ready again, as he wanted."""
    if seat.intent is not Intent.PAUSED or not seat.system_pause or seat.reason != reason:
        return
    seat.intent = INTENT.after(seat.intent, IntentTrigger.LIFT)
    seat.reason, seat.system_pause, seat.intent_by = "", False, Author.SYSTEM
    show(desk, seat)


# What holds agents


def engage(desk: Desk, seat: Seat, call: CallId, offer: OfferId) -> None:
    """An offer holds the agent."""
    seat.engagement = AGENT.after(seat.engagement, AgentTrigger.OFFER)
    seat.call, seat.offer = call, offer
    seat.disposable = None
    show(desk, seat)


def talk(desk: Desk, seat: Seat, call: CallId) -> None:
    """A conversation holds the agent."""
    seat.engagement = AGENT.after(seat.engagement, AgentTrigger.ANSWER)
    seat.call, seat.offer = call, None
    seat.disposable = None
    show(desk, seat)


def speak_internally(desk: Desk, seat: Seat, intercom: IntercomId) -> None:
    """A call with a colleague holds the agent."""
    seat.engagement = AGENT.after(seat.engagement, AgentTrigger.COLLEAGUE)
    seat.intercom = intercom
    show(desk, seat)


def release(desk: Desk, seat: Seat, pause: PauseReason | None = None) -> None:
    """Nothing holds the agent any more: he is what he wants to be, or paused for this reason if he wanted to
    be ready. ``by`` of the change is who wished it."""
    seat.engagement = AGENT.after(seat.engagement, AgentTrigger.RELEASE)
    seat.call = seat.offer = seat.intercom = None
    seat.wrap_up_since = seat.wrap_up_until = None
    desk.timers.cancel(TimerKind.WRAP_UP, seat.id)
    if desk.floor.on_phone(seat):
        # The phone still has a channel of ours: he is routable at its end, or once a listing lacks it.
        desk.timers.set(TimerKind.CLEARING, seat.id, desk.now + desk.options.settle)
    if pause is not None:
        pause_by_system(desk, seat, pause)
    show(desk, seat, Author.SYSTEM if seat.intent is Intent.READY else seat.intent_by)


def wrap_up(desk: Desk, seat: Seat, since: float, seconds: float) -> None:
    """The agent's part in a conversation is over; he has so many seconds for his notes."""
    seat.disposable = seat.call
    seat.last_wrap_up = 0.0
    until = since + seconds
    if until <= desk.now:
        release(desk, seat)
        return
    seat.engagement = AGENT.after(seat.engagement, AgentTrigger.WRAP_UP)
    seat.wrap_up_since, seat.wrap_up_until = since, until
    desk.timers.set(TimerKind.WRAP_UP, seat.id, until)
    show(desk, seat)


def longest_wrap_up(desk: Desk, seat: Seat) -> float:
    """To how many seconds in all the agent may extend the wrap-up he is in. Of a call that a restart forgot,
    the most that any of his queues allows."""
    call = None if seat.call is None else desk.floor.calls.get(seat.call)
    queues = seat.queues if call is None or call.queue is None else (call.queue,)
    known = (desk.floor.queues.get(queue) for queue in queues)
    return max((queue.wrap_up_longest for queue in known if queue is not None), default=0)


def extend_wrap_up(desk: Desk, seat: Seat, until: float) -> None:
    seat.wrap_up_until = until
    desk.timers.set(TimerKind.WRAP_UP, seat.id, until)
    desk.touch_seat(seat)


def rest(desk: Desk, seat: Seat) -> None:
    """Leave an agent who refused a call in peace for a moment, at the end of the idle."""
    seat.idle_since = desk.now
    if desk.options.decline_pause > 0:
        seat.cooling_until = desk.now + desk.options.decline_pause
        desk.timers.set(TimerKind.COOLDOWN, seat.id, seat.cooling_until)


# Phones


def report_phone(desk: Desk, seat: Seat, browser: str, problem: PhoneProblem | None) -> None:
    """What the phone in a browser of the agent says of itself. Only the leading tab has a phone: what another
    one said before is over."""
    said = None if problem is None else (browser, problem)
    if said == seat.phone:
        return
    seat.phone = said
    desk.touch_seat(seat)
    place(desk, seat)


def forget_phone(desk: Desk, seat: Seat, browser: str) -> None:
    """The browser is gone, and so is the phone in it."""
    if seat.phone is not None and seat.phone[0] == browser:
        report_phone(desk, seat, browser, None)


def station_changed(desk: Desk, server: ServerId, station: StationId, state: StationState) -> Seat | None:
    """Note a station's state; returns the seat there. A phone that registers again lifts our pause for it."""
    known = desk.floor.server(server, desk.now)
    before = known.stations.get(station)
    known.stations[station] = state
    seat = desk.floor.seat_at(station)
    if seat is None or before is state:
        return seat
    if before is StationState.UNAVAILABLE and state is StationState.IDLE:
        lift_pause(desk, seat, PauseReason.PHONE_UNREACHABLE)
    if state in IN_USE and not desk.floor.on_phone(seat) and desk.now - seat.freed_at < desk.options.settle:
        # Most likely the echo of our own call, and the idle after it may never come.
        desk.timers.set(TimerKind.CLEARING, seat.id, desk.now + desk.options.audit_recheck)
    desk.touch_seat(seat)
    place(desk, seat)
    return seat


def phone_is_free(desk: Desk, seat: Seat, server: ServerId) -> None:
    """The last channel of ours on the agent's phone ended, so a busy state that it caused is over.

    Asterisk reports the device state after the hang-up and from another thread; waiting for it would cost
    every call some milliseconds, and a lost report would cost the agent. A phone that is busy with a foreign
    call besides is told apart by the next audit.
    """
    desk.timers.cancel(TimerKind.CLEARING, seat.id)
    seat.freed_at = desk.now
    known = desk.floor.server(server, desk.now)
    if known.stations.get(seat.agent.station) in IN_USE:
        known.stations[seat.agent.station] = StationState.IDLE
