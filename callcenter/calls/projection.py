"""From the floor to what browsers see: the views of the entities that changed. Pure.

Who may see what, besides supervisors: an agent's entity, that agent; a call's, the agents it is offered to
or who are engaged with it in any way; a call between two agents, both; a parked call's, queues, servers and
colleagues, everyone signed in; a conversation of two, only they, supervisors not included; a team's room,
the team. An audience may shrink from one update to the next (an offer that moved on): whoever delivers
updates tells those who dropped out that the entity is gone for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from callcenter.calls.actions import actions_of
from callcenter.calls.chats import Conversation, ConversationId, people_of, team_of
from callcenter.calls.entities import Call, Seat, Server
from callcenter.calls.floor import ON_THE_PHONE, Floor
from callcenter.calls.intercoms import Intercom, IntercomState
from callcenter.calls.states import CallState
from callcenter.calls.views import (
    AgentView,
    CallView,
    ChatLine,
    ChatMarksView,
    ChatView,
    ColleagueView,
    GuestView,
    IntercomView,
    LiveIntercom,
    QueueView,
    ServerView,
)
from callcenter.telephony.events import StationState
from routing.ids import AgentId, CallId, IntercomId, QueueId, ServerId

View: TypeAlias = (
    AgentView | CallView | QueueView | ServerView | ColleagueView | IntercomView | ChatView | ChatMarksView
)


@dataclass(frozen=True, slots=True)
class Shown:
    """An entity as it is now, or its end (``view`` is ``None``). ``audience`` as in ``EntityUpdate``; empty
    for an end, which everyone who had the entity is told."""

    key: str
    view: View | None
    audience: frozenset[AgentId] | None
    private: bool = False


NOBODY: frozenset[AgentId] = frozenset()


def project(floor: Floor, keys: Iterable[str]) -> Iterator[Shown]:
    """The views of these entities (see ``views`` for the keys), in the given order."""
    for key in keys:
        kind, _, name = key.partition("/")
        match kind:
            case "call":
                call = floor.calls.get(CallId(name))
                yield (
                    Shown(key, None, NOBODY)
                    if call is None
                    else Shown(key, call_view(floor, call), audience(call))
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
            case "colleague":
                seat = floor.seats.get(AgentId(name))
                yield Shown(key, None if seat is None else colleague_view(seat), None)
            case "intercom":
                intercom = floor.intercoms.get(IntercomId(name))
                yield (
                    Shown(key, None, NOBODY)
                    if intercom is None or intercom.state is IntercomState.ENDED
                    else Shown(key, intercom_view(intercom, intercom.state), _both(intercom))
                )
            case "chat":
                yield _chat(floor, key, ConversationId(name))
            case "marks":
                marks = floor.chats.marks.get(name, {})
                yield Shown(
                    key,
                    ChatMarksView("marks", {str(one): number for one, number in marks.items()}),
                    frozenset((AgentId(name),)),
                    private=True,
                )
            case _:
                raise ValueError(f"no such kind of entity: {key!r}")


def everything(floor: Floor) -> Iterator[str]:
    """The keys of all entities, for a whole picture."""
    yield from (f"server/{server}" for server in floor.servers)
    yield from (f"queue/{queue}" for queue in floor.queues)
    yield from (f"agent/{agent}" for agent in floor.seats)
    yield from (f"call/{call}" for call in floor.calls)
    yield from (f"colleague/{agent}" for agent in floor.seats)
    yield from (f"intercom/{intercom}" for intercom in floor.intercoms)
    yield from (f"chat/{conversation}" for conversation in floor.chats.open)
    yield from (f"marks/{login}" for login in floor.chats.marks)


def engaged_agent(call: Call) -> AgentId | None:
    """The one agent a call is offered to, or who talks or wraps up; nobody while several are rung."""
    if not call.offered:
        return call.agent
    return next(iter(call.offered)) if len(call.offered) == 1 else None


def audience(call: Call) -> frozenset[AgentId] | None:
    """A parked call is everyone's to fetch; any other is seen by who is engaged with it in any way."""
    if call.parked is not None:
        return None
    guest = call.control.guest
    engaged = tuple(call.offered) or (call.agent,)
    concerned = (*engaged, None if guest is None else guest.agent, *call.wrapping)
    return frozenset(agent for agent in concerned if agent is not None)


def agent_view(floor: Floor, seat: Seat) -> AgentView:
    state = floor.station_state(seat)
    ours = floor.on_phone(seat) or seat.engagement in ON_THE_PHONE
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
        hand_since=seat.hand_since,
        hand_text=seat.hand_text,
        phone_problem=None if seat.phone is None else seat.phone[1],
    )


def colleague_view(seat: Seat) -> ColleagueView:
    agent = seat.agent
    return ColleagueView(
        "colleague", seat.id, agent.name, agent.team, agent.station, seat.shown, seat.shown_since
    )


def intercom_view(intercom: Intercom, state: LiveIntercom) -> IntercomView:
    return IntercomView("intercom", intercom.id, intercom.by, intercom.to, state, intercom.since)


def _both(intercom: Intercom) -> frozenset[AgentId]:
    return frozenset((intercom.by, intercom.to))


def _chat(floor: Floor, key: str, conversation: ConversationId) -> Shown:
    known, people, team = floor.chats.open.get(conversation), people_of(conversation), team_of(conversation)
    if known is None:
        return Shown(key, None, NOBODY)
    if people is not None:
        both = frozenset(AgentId(login) for login in people)
        return Shown(key, chat_view(known, ""), both, private=True)
    if team is None or team not in floor.teams:
        return Shown(key, None, NOBODY)
    members = frozenset(seat.id for seat in floor.seats.values() if seat.agent.team == team)
    return Shown(key, chat_view(known, floor.teams[team]), members)


def chat_view(conversation: Conversation, name: str) -> ChatView:
    lines = (ChatLine(one.number, one.at, one.sender, one.text) for one in conversation.kept)
    return ChatView("chat", conversation.id, name, tuple(lines))


def call_view(floor: Floor, call: Call) -> CallView:
    several = len(call.offered) > 1
    offer, control, guest = call.offer, call.control, call.control.guest
    queue = None if call.queue is None else floor.queues.get(call.queue)
    talking = call.state is CallState.TALKING
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
        offer=None if several else offer.id if offer is not None else call.talk_offer,
        offer_state=None if offer is None else offer.state,
        rung=tuple(call.offered),
        offers=call.offers,
        callback=call.callback,
        flow=None if call.position is None else call.position.flow,
        step=None if call.position is None else call.position.step,
        where=control.where if talking else None,
        hold_since=control.hold_since,
        guest=None if guest is None else GuestView(guest.agent, guest.number, guest.state, guest.asked_at),
        actions=tuple(sorted(actions_of(floor, call))),
        recorded=bool(control.recording) and talking,
        recording_paused=control.paused_by is not None,
        came_from=call.came_from,
        parked_by=None if call.parked is None else call.parked.by,
        parked_at=None if call.parked is None else call.parked.at,
        dialled_by=call.dialled_by,
        placed=call.placed_at is not None,
        answers_itself=call.dialled_by is not None or (queue is not None and queue.auto_answer),
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
