"""Configuration changed at any instant strands no call: queues, agents and flows come and go under callers at
random, and whoever is on the line then is served once somebody is there for him."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings, strategies as st

from callcenter.calls.states import CallState
from callcenter.dispatch.inputs import PlanChanged
from routing.acd.model import Queue, RoutingPlan
from routing.flows.model import FlowPlan
from routing.ids import CallId, QueueId
from tests.dispatch.scenes import arrived, held
from tests.support.playbook import Playbook, plan

AGENTS = ("anna", "boris", "vera", "gleb")
QUEUES = (Queue(QueueId("sales"), "Sales", ("100",)), Queue(QueueId("help"), "Help", ("200",)))
WHOLE = plan(*AGENTS, queues=QUEUES)


@st.composite
def plans(draw: st.DrawFn) -> RoutingPlan:
    """Of the whole plan, some queues (the default one stays) and some agents, each with some queues."""
    queues = QUEUES if draw(st.booleans()) else QUEUES[:1]
    ids = [queue.id for queue in queues]
    agents = tuple(
        replace(agent, queues=tuple(queue for queue in ids if draw(st.booleans())))
        for agent in WHOLE.agents
        if draw(st.booleans())
    )
    return RoutingPlan(queues, agents, QUEUES[0].id)


happenings = st.one_of(
    plans(), st.sampled_from(["100", "200", "300"]), st.sampled_from(AGENTS), st.sampled_from([1.0, 30.0])
)


@settings(max_examples=200, deadline=None)
@given(st.lists(happenings, min_size=1, max_size=20))
def test_whoever_is_on_the_line_is_served_in_the_end(happened: list[RoutingPlan | str | float]) -> None:
    play = Playbook(WHOLE).synced()
    known, calls = set(AGENTS), 0
    for one in happened:
        match one:
            case RoutingPlan():
                known = {agent.id for agent in one.agents}
                play.when(PlanChanged(one, FlowPlan()))
            case float():
                play.wait(one)
            case str() if one in AGENTS:
                if one in known:
                    play.ready(one)
            case str():
                if calls < len(AGENTS):
                    calls += 1
                    call = CallId(f"main:7.{calls}")
                    play.when(arrived(call, one), held(call, 0, one))
    play.when(PlanChanged(WHOLE, FlowPlan())).ready(*AGENTS).wait(60)
    floor, engine = play.core.floor, play.core.desk.engine
    for call in floor.calls.values():
        assert call.state in (CallState.OFFERED, CallState.WAITING), call
        # Nobody is lost between the two: he rings somebody, or stands in line.
        assert (call.offer is not None) != engine.waits(call.id), call
    assert not any(call.offer is None for call in floor.calls.values()) or not any(
        seat.engagement.name == "FREE" and seat.intent.name == "READY" and seat.cooling_until is None
        for seat in floor.seats.values()
    )
