"""The floor: every live call, leg, offer, agent and server, with the indexes to find them.

One value holds all that the core knows; it is changed by ``dispatch`` only, and rebuilt after a restart from
the history and a listing of Asterisk. A call stays after its end until no agent is engaged with it (wrap-up).
Ids of ended channels are remembered for a while: an event that comes late or twice must not bring a dead call
back.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from callcenter.calls.chats import Chats
from callcenter.calls.entities import Call, Leg, Offer, Seat, Server, Tally
from callcenter.calls.intercoms import Intercom
from callcenter.calls.states import AgentState, CallState, Engagement
from callcenter.calls.views import LinkState
from callcenter.telephony.events import StationState
from routing.acd.model import Queue, Work
from routing.ids import (
    AgentId,
    CallId,
    IntercomId,
    LegId,
    OfferId,
    QueueId,
    ServerId,
    StationId,
    TeamId,
    call_of,
    server_of,
)

ENGAGED = (AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP, AgentState.INTERNAL)
ON_THE_PHONE = (Engagement.OFFERED, Engagement.TALKING, Engagement.INTERNAL)
"""What may have the phone of an agent in use by our own doing."""


class Floor:
    """All live entities. Dictionaries keep the order of arrival, which is the same in every replay."""

    def __init__(self) -> None:
        self.calls: dict[CallId, Call] = {}
        self.legs: dict[LegId, Leg] = {}  # live station legs, of ended calls too
        self.intercoms: dict[IntercomId, Intercom] = {}
        self.seats: dict[AgentId, Seat] = {}
        self.servers: dict[ServerId, Server] = {}
        self.queues: dict[QueueId, Queue] = {}
        self.tallies: dict[QueueId, Tally] = {}
        self.stations: dict[StationId, AgentId] = {}
        self.teams: dict[TeamId, str] = {}  # with their names
        self.chats = Chats()
        self._ended: dict[LegId | CallId, float] = {}

    def live_call(self, call: CallId) -> Call | None:
        """The call, unless it is unknown or over."""
        known = self.calls.get(call)
        return known if known is not None and known.state is not CallState.ENDED else None

    def calls_of(self, server: ServerId) -> Iterator[Call]:
        """Live calls of one server, in the order of arrival."""
        return (
            call
            for call in self.calls.values()
            if call.server == server and call.state is not CallState.ENDED
        )

    def offer(self, offer: OfferId) -> Offer | None:
        """The offer, unless it is over."""
        call = self.calls.get(call_of(offer))
        live = () if call is None else call.offered.values()
        return next((one for one in live if one.id == offer), None)

    def server(self, server: ServerId, now: float) -> Server:
        """The server, noted as not yet listed when its name is new."""
        known = self.servers.get(server)
        if known is None:
            known = self.servers[server] = Server(server, LinkState.SYNCING, now)
        return known

    def is_up(self, server: ServerId) -> bool:
        known = self.servers.get(server)
        return known is not None and known.link is LinkState.UP

    def station_usable(self, server: Server, seat: Seat) -> bool:
        """Whether the seat's station could be rung on this server once its agent is free.

        A station in a call of ours is busy by our own doing and counts as usable; one that the server never
        listed isn't there.
        """
        state = server.stations.get(seat.agent.station)
        match state:
            case StationState.IDLE | StationState.UNKNOWN:
                return True
            case StationState.BUSY | StationState.RINGING:
                return self.on_phone(seat) or seat.engagement in ON_THE_PHONE
            case _:
                return False

    def station_state(self, seat: Seat) -> StationState | None:
        """The state of the seat's station on whichever live server has it; the first usable one."""
        found: StationState | None = None
        for server in self.servers.values():
            if server.link is not LinkState.UP:
                continue
            state = server.stations.get(seat.agent.station)
            if state is not None and (found is None or self.station_usable(server, seat)):
                found = state
        return found

    def server_of_leg(self, leg: LegId) -> ServerId:
        return server_of(self.legs[leg].call)

    def on_phone(self, seat: Seat) -> bool:
        """Whether a channel of ours keeps the seat's phone. Those on a server given up don't: they may be
        long gone, and the phone will say so if it is busy."""
        for leg in seat.legs:
            server = self.servers.get(self.server_of_leg(leg))
            if server is None or not server.given_up:
                return True
        return False

    def seat_at(self, station: StationId) -> Seat | None:
        """Who sits at a station."""
        agent = self.stations.get(station)
        return None if agent is None else self.seats.get(agent)

    # Channels that are over

    def bury(self, leg: LegId | CallId, now: float) -> None:
        """Remember that a channel ended."""
        self._ended[leg] = now

    def is_buried(self, leg: LegId | CallId) -> bool:
        return leg in self._ended

    def forget_buried(self, before: float) -> None:
        """Forget channels that ended before this time. Insertion order is time order, so the oldest are
        first."""
        for leg, at in tuple(self._ended.items()):
            if at >= before:
                break
            del self._ended[leg]

    # Tallies: kept by difference, so that a queue's figures cost the same at any size

    def tally(self, queue: QueueId) -> Tally:
        known = self.tallies.get(queue)
        if known is None:
            known = self.tallies[queue] = Tally()
        return known

    def count_call(self, call: Call) -> tuple[QueueId, ...]:
        """Bring the queues' figures up to date with this call; returns the queues whose figures changed."""
        counted: tuple[QueueId, bool, float] | None = None
        if call.queue is not None and call.since is not None:
            if call.state is CallState.TALKING:
                counted = (call.queue, True, call.since)
            elif call.state in (CallState.WAITING, CallState.OFFERED) and call.parked is None:
                counted = (call.queue, False, call.since)
        before = call.counted
        if before == counted:
            return ()
        if before is not None:
            tally = self.tally(before[0])
            if before[1]:
                tally.talking -= 1
            else:
                del tally.waiting[bisect_left(tally.waiting, (before[2], call.id))]
        if counted is not None:
            tally = self.tally(counted[0])
            if counted[1]:
                tally.talking += 1
            else:
                insort(tally.waiting, (counted[2], call.id))
        call.counted = counted
        return tuple(dict.fromkeys(entry[0] for entry in (before, counted) if entry is not None))

    def count_seat(self, seat: Seat, *, gone: bool = False) -> tuple[QueueId, ...]:
        """Bring the queues' figures up to date with this agent; returns the queues whose figures changed."""
        takes = Work.INBOUND in seat.agent.work
        counted = None if gone or seat.shown is AgentState.OFFLINE else (seat.queues, seat.shown, takes)
        before = seat.counted
        if before == counted:
            return ()
        changed: dict[QueueId, None] = {}
        for entry, step in ((before, -1), (counted, 1)):
            if entry is None:
                continue
            for queue in entry[0]:
                tally = self.tally(queue)
                changed[queue] = None
                tally.takers += step * entry[2]
                if entry[1] is AgentState.READY:
                    tally.ready += step
                elif entry[1] in ENGAGED:
                    tally.engaged += step
                else:
                    tally.paused += step
        seat.counted = counted
        return tuple(changed)
