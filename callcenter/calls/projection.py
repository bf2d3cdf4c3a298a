"""From the floor to what browsers see: the views of the entities that changed. Pure.

Who may see what, besides supervisors: an agent's entity, that agent; a call's, the agent it is offered to
or who is engaged with it; queues and servers, everyone signed in. An audience may shrink from one update to
the next (an offer that moved on): whoever delivers updates tells those who dropped out that the entity is
gone for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from callcenter.calls.entities import Call, Seat, Server
from callcenter.calls.floor import Floor
from callcenter.calls.states import AgentState
from callcenter.calls.views import AgentView, CallView, QueueView, ServerView
from callcenter.telephony.events import StationState
from routing.ids import AgentId, CallId, QueueId, ServerId

View: TypeAlias = AgentView | CallView | QueueView | ServerView


@dataclass(frozen=True, slots=True)
class Shown:
    """An entity as it is now, or its end (``view`` is ``None``). ``audience`` as in ``EntityUpdate``; empty
    for an end, which everyone who had the entity is told."""

    key: str
    view: View | None
    audience: frozenset[AgentId] | None


NOBODY: frozenset[AgentId] = frozenset()


def project(floor: Floor, keys: Iterable[str]) -> Iterator[Shown]:
    """The views of these entities (see ``views`` for the keys), in the given order."""
    for key in keys:
        kind, _, name = key.partition("/")
        match kind:
            case "call":
                call = floor.calls.get(CallId(name))
                yield (
                    Shown(key, None, NOBODY) if call is None else Shown(key, call_view(call), _audience(call))
                )
            case "agent":
                seat = floor.seats.get(AgentId(name))
                if seat is None:
                    yield Shown(key, None, NOBODY)
                else:
                    yield Shown(key, agent_view(floor, seat), frozenset((seat.id,)))
            case "queue":
                yield Shown(key, queue_view(floor, QueueId(name)), None)
            case "server":
                server = floor.servers.get(ServerId(name))
                yield Shown(key, None if server is None else server_view(server), None)
            case _:
                raise ValueError(f"no such kind of entity: {key!r}")


def everything(floor: Floor) -> Iterator[str]:
    """The keys of all entities, for a whole picture."""
    yield from (f"server/{server}" for server in floor.servers)
    yield from (f"queue/{queue}" for queue in floor.queues)
    yield from (f"agent/{agent}" for agent in floor.seats)
    yield from (f"call/{call}" for call in floor.calls)


def engaged_agent(call: Call) -> AgentId | None:
    """The agent a call is offered to, or who talks or wraps up."""
    return call.offer.agent if call.offer is not None else call.agent


def _audience(call: Call) -> frozenset[AgentId]:
    agent = engaged_agent(call)
    return NOBODY if agent is None else frozenset((agent,))


def agent_view(floor: Floor, seat: Seat) -> AgentView:
    state = floor.station_state(seat)
    ours = floor.on_phone(seat) or seat.shown in (AgentState.OFFERED, AgentState.TALKING)
    busy = state in (StationState.BUSY, StationState.RINGING)
    return AgentView(
        kind="agent",
        agent=seat.id,
        name=seat.agent.name,
        station=seat.agent.station,
        station_ready=state in (StationState.IDLE, StationState.UNKNOWN) or (busy and ours),
        state=seat.shown,
        since=seat.shown_since,
        reason=seat.shown_reason,
        intent=seat.intent,
        intent_reason=seat.reason,
        browser=bool(seat.browsers),
        call=seat.call,
        offer=seat.offer,
        queues=seat.queues,
        wrap_up_until=seat.wrap_up_until,
        phone_problem=None if seat.phone is None else seat.phone[1],
    )


def call_view(call: Call) -> CallView:
    offer = call.offer
    return CallView(
        kind="call",
        call=call.id,
        server=call.server,
        state=call.state,
        number=call.number,
        name=call.name,
        dialled=call.dialled,
        queue=call.queue,
        priority=call.priority,
        client=call.client,
        arrived_at=call.arrived_at,
        queued_at=call.since,
        offered_at=None if offer is None else offer.made_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        agent=engaged_agent(call),
        offer=offer.id if offer is not None else call.talk_offer,
        offer_state=None if offer is None else offer.state,
        offers=call.offers,
        callback=call.callback,
        flow=None if call.position is None else call.position.flow,
        step=None if call.position is None else call.position.step,
    )


def queue_view(floor: Floor, queue: QueueId) -> QueueView | None:
    """``None`` for a queue that the plan no longer has."""
    known = floor.queues.get(queue)
    if known is None:
        return None
    tally = floor.tally(queue)
    return QueueView(
        kind="queue",
        queue=queue,
        name=known.name,
        waiting=len(tally.waiting),
        longest_since=tally.waiting[0][0] if tally.waiting else None,
        talking=tally.talking,
        agents_ready=tally.ready,
        agents_engaged=tally.engaged,
        agents_paused=tally.paused,
    )


def server_view(server: Server) -> ServerView:
    return ServerView(kind="server", server=server.id, link=server.link, since=server.since)
