"""A past day as a scenario: who was there for clients, and when."""

from __future__ import annotations

from callcenter.calls.states import AgentState, CallOutcome
from callcenter.history.past import PastCall, PastState
from callcenter.whatif.replay import past_day
from routing.acd.simulation.scenario import Shift
from routing.ids import AgentId, CallId, QueueId
from tests.support.playbook import START, plan

ANNA = AgentId("anna")


def test_an_agent_in_a_call_with_a_colleague_is_there_for_no_client() -> None:
    lengths = [
        (AgentState.READY, 100.0),
        (AgentState.TALKING, 60.0),
        (AgentState.INTERNAL, 40.0),
        (AgentState.READY, 100.0),
        (AgentState.PAUSED, 50.0),
        (AgentState.OFFLINE, 50.0),
    ]
    states, at = [], START
    for state, seconds in lengths:
        states.append(PastState(ANNA, state, at, at + seconds))
        at += seconds
    call = PastCall(CallId("main:1.1"), QueueId("sales"), START + 100, CallOutcome.ANSWERED, 5.0, 60.0)
    past = past_day("day", plan("anna"), [call], [], states, START, at)
    assert past.scenario.shifts == (Shift(ANNA, 0.0, 160.0), Shift(ANNA, 200.0, 300.0))
