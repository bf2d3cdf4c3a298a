"""Longer wrap-ups: within what the queue allows, told to the history, and kept through a restart."""

from __future__ import annotations

from callcenter.calls import facts
from callcenter.calls.requests import Accepted, ExtendWrapUp, Refusal, Refused
from callcenter.calls.states import AgentState
from routing.ids import AgentId, CallId
from tests.dispatch.scenes import ANNA, CALL, answers, arrived, caller_hangs_up, held, rings
from tests.support.playbook import ANY, Playbook, plan


def wrapping(**queue: int) -> Playbook:
    play = Playbook(plan("anna", wrap_up_seconds=30, **queue)).synced().ready("anna").wait(1)
    return play.when(arrived(), held(), *rings("anna"), *answers(), *caller_hangs_up())


def test_a_wrap_up_lasts_longer_up_to_the_queues_bound() -> None:
    play = wrapping(wrap_up_longest=50)
    until = play.seat("anna").wrap_up_until
    assert until is not None
    play.when(ExtendWrapUp(ANNA, CALL, 15)).expect(
        facts=[facts.WrapUpExtended(play.now, CALL, ANNA, until + 15)], reply=Accepted()
    )
    play.when(ExtendWrapUp(ANNA, CALL, 15)).expect(
        facts=[facts.WrapUpExtended(play.now, CALL, ANNA, until + 20)], reply=Accepted()
    )
    play.when(ExtendWrapUp(ANNA, CALL, 15)).expect(facts=[], reply=Refused(Refusal.NOT_ALLOWED_NOW, ANY))
    play.wait(49)
    assert play.seat("anna").shown is AgentState.WRAP_UP
    play.wait(1)
    assert play.seat("anna").shown is AgentState.READY


def test_where_the_queue_does_not_allow_it_nothing_is_extended() -> None:
    wrapping().when(ExtendWrapUp(ANNA, CALL, 15)).expect(
        facts=[], reply=Refused(Refusal.NOT_ALLOWED_NOW, ANY)
    )


def test_only_ones_own_wrap_up_of_this_call_is_extended() -> None:
    play = wrapping(wrap_up_longest=50)
    other = ExtendWrapUp(ANNA, CallId("main:9.9"), 15)
    play.when(other).expect(facts=[], reply=Refused(Refusal.TOO_LATE, ANY))
    nobody = ExtendWrapUp(AgentId("nobody"), CALL, 15)
    play.when(nobody).expect(facts=[], reply=Refused(Refusal.UNKNOWN_AGENT, ANY))
