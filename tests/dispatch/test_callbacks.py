"""Calling back, by the script: kept places, the claim, one dialling, and what may come in between."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from callcenter.calls.callback_facts import (
    CallbackChanged,
    CallbackDialled,
    CallbackEnd,
    CallbackEnded,
    CallbackPromised,
    CallbackTried,
    CallerGaveUp,
    CallerReached,
    ReachedHow,
)
from callcenter.calls.facts import CallEnded, TalkStarted
from callcenter.calls.requests import (
    Accepted,
    CancelCallback,
    ChangeCallback,
    DeclineOffer,
    Intent,
    PromiseCallback,
    Refusal,
    Refused,
    SetIntent,
)
from callcenter.calls.restored import Restored, RestoredCallback
from callcenter.calls.states import AgentState, Author, CallbackState, CallOutcome, CallState
from callcenter.dispatch import callbacks
from callcenter.dispatch.inputs import CallbacksKept, ClaimAnswered, ClientFound
from callcenter.dispatch.options import CoreOptions, Outcome
from callcenter.dispatch.ports import ClaimCallback
from callcenter.telephony.commands import Audit, HangUp, PlaceCall, Ring
from callcenter.telephony.events import (
    CallArrived,
    CallFellBack,
    CallHeld,
    CallPhase,
    CommandFailed,
    FoundCall,
    LegEnded,
    LinkLost,
    PlaceFailed,
    RingOutcome,
)
from routing.acd.model import Queue, Work
from routing.callbacks import AttemptOutcome, Callback, CallbackRules
from routing.ids import AgentId, CallbackId, CallId, ClientId, LegId, OfferId, QueueId
from tests.dispatch.scenes import (
    ANNA,
    BORIS,
    CALL,
    LEG,
    NUMBER,
    OTHER,
    PHONE,
    answers,
    arrived,
    caller_gone,
    caller_hangs_up,
    fails,
    held,
    leg,
    rings,
)
from tests.support.playbook import ANY, MAIN, START, Playbook, plan

SALES = QueueId("sales")
KEPT = CallbackId("main-1.1")
PLACED = CallId("main:placed-main-1.1-1")
SECOND = CallId("main:placed-main-1.1-2")
ALL_DAY = CallbackRules(opens=0, closes=24 * 60, most_attempts=3)
NO_GATE = CoreOptions(callbacks=ALL_DAY)


def office(*agents: str, options: CoreOptions = NO_GATE) -> Playbook:
    return Playbook(plan(*(agents or ("anna",))), options).synced()


def keeps_place(play: Playbook, number: str = NUMBER, call: CallId = CALL) -> bool:
    """What the flow does at ``OfferCallback``; the caller hangs up after."""
    desk = play.core.desk
    desk.now, desk.facts, desk.commands, desk.changed = play.now, [], [], {}
    kept = callbacks.keep_place(desk, play.call(call), SALES, number)
    play.last = Outcome(tuple(desk.commands), tuple(desk.facts), None, desk.timers.next(), ())
    play.wake_at = desk.timers.next()
    return kept is None


def stranger() -> CallArrived:
    return replace(arrived(OTHER), number="+79160000000")


def kept(play: Playbook) -> Playbook:
    """Ivan waits ten seconds, keeps his place and hangs up."""
    play.when(arrived(), held()).wait(10)
    assert keeps_place(play)
    return play.when(caller_gone())


def granted(attempt: int = 1, call: CallId = PLACED) -> ClaimAnswered:
    return ClaimAnswered(KEPT, attempt, call, True)


def dialled(play: Playbook) -> Playbook:
    return kept(play).ready("anna").when(granted())


def commands(play: Playbook, kind: type[Any]) -> list[Any]:
    return [
        command for _, _, outcome in play.log for command in outcome.commands if isinstance(command, kind)
    ]


def facts(play: Playbook, kind: type[Any]) -> list[Any]:
    return [fact for _, _, outcome in play.log for fact in outcome.facts if isinstance(fact, kind)]


def client_answers(call: CallId = PLACED) -> tuple[Any, ...]:
    return (CallArrived(MAIN, call, NUMBER, "", "100"), CallHeld(MAIN, call, "100", 0))


def promise_state(play: Playbook, callback: CallbackId = KEPT) -> CallbackState | None:
    promise = play.core.desk.book.promises.get(callback)
    return None if promise is None else promise.state


def test_a_kept_place_is_no_abandoned_call() -> None:
    play = kept(office())
    play.expect_among(CallEnded(ANY, CALL, CallOutcome.KEPT_PLACE, 10.0, 0.0))
    assert not facts(play, CallerGaveUp)


def test_it_is_dialled_when_its_turn_comes_once_it_is_claimed() -> None:
    play = kept(office())
    assert promise_state(play) is CallbackState.IN_LINE
    play.ready("anna").expect_among(ClaimCallback(KEPT, 1, PLACED, ANNA, ANY))
    assert not commands(play, PlaceCall)
    play.when(granted()).expect_among(
        CallbackDialled(ANY, KEPT, 1, PLACED, ANNA, NUMBER), PlaceCall(MAIN, PLACED, NUMBER, "100", 40)
    )
    assert play.seat("anna").shown is AgentState.OFFERED
    play.when(*client_answers()).expect_among(Ring(MAIN, PLACED, OfferId(f"{PLACED}/1"), ANY, 20))
    play.when(*rings("anna", PLACED), *answers(PLACED)).expect_among(
        TalkStarted(ANY, PLACED, OfferId(f"{PLACED}/1"), ANNA, LEG),
        CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.REACHED, None),
        CallbackEnded(ANY, KEPT, CallbackEnd.REACHED, PLACED, ""),
    )
    assert len(commands(play, PlaceCall)) == 1


def test_he_is_not_dialled_while_he_is_still_on_the_line() -> None:
    play = office("anna", "boris").when(arrived(), held()).wait(10)
    assert keeps_place(play)
    play.ready("boris").wait(5)
    assert not commands(play, ClaimCallback)


def test_the_kept_place_comes_before_those_who_called_later() -> None:
    play = kept(office()).when(stranger(), held(OTHER)).wait(3)
    play.ready("anna").expect_among(ClaimCallback(KEPT, 1, PLACED, ANNA, ANY))
    assert play.call(OTHER).state is CallState.WAITING


@pytest.mark.parametrize(
    ("told", "outcome", "pause"),
    [
        (RingOutcome.BUSY, AttemptOutcome.BUSY, 300),
        (RingOutcome.NO_ANSWER, AttemptOutcome.NO_ANSWER, 1800),
        (RingOutcome.UNREACHABLE, AttemptOutcome.FAILED, 3600),
    ],
)
def test_who_does_not_answer_is_tried_again_by_rule_and_the_agent_is_free(
    told: RingOutcome, outcome: AttemptOutcome, pause: float
) -> None:
    play = dialled(office()).wait(20)
    play.when(LegEnded(MAIN, PLACED, LegId(PLACED), 19), PlaceFailed(MAIN, PLACED, told, 19))
    play.expect_among(
        CallbackTried(ANY, KEPT, 1, PLACED, outcome, play.now + pause),
        CallEnded(ANY, PLACED, CallOutcome.NOT_REACHED, ANY, 0.0),
    )
    assert play.seat("anna").shown is AgentState.READY
    play.wait(pause - 1)
    assert len(commands(play, ClaimCallback)) == 1
    play.wait(1).expect_among(ClaimCallback(KEPT, 2, SECOND, ANNA, ANY))


def test_after_the_last_attempt_it_is_given_up() -> None:
    play = dialled(office(options=CoreOptions(callbacks=replace(ALL_DAY, most_attempts=1))))
    play.when(PlaceFailed(MAIN, PLACED, RingOutcome.BUSY, 17)).expect_among(
        CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.BUSY, None),
        CallbackEnded(ANY, KEPT, CallbackEnd.GIVEN_UP, None, ""),
    )


def test_an_agent_who_is_gone_leaves_the_client_at_the_head_of_the_line() -> None:
    play = dialled(office("anna", "boris")).when(stranger(), held(OTHER))
    play.when(DeclineOffer(ANNA, OfferId(f"{PLACED}/1")))
    assert play.seat("anna").shown is AgentState.READY
    play.when(*client_answers())
    assert play.call(PLACED).state is CallState.WAITING
    play.ready("boris").expect_among(Ring(MAIN, PLACED, OfferId(f"{PLACED}/2"), ANY, 20))


def test_an_agent_who_pauses_before_the_claim_is_granted_is_not_made_to_wait() -> None:
    play = kept(office()).ready("anna")
    play.when(SetIntent(ANNA, Intent.PAUSED, "lunch", Author.AGENT)).when(granted())
    assert not commands(play, PlaceCall)
    assert promise_state(play) is CallbackState.IN_LINE
    play.ready("anna").when(granted())
    assert len(commands(play, PlaceCall)) == 1


def test_the_agent_held_for_a_claim_gets_no_other_call() -> None:
    play = kept(office()).ready("anna").when(stranger(), held(OTHER))
    assert not commands(play, Ring)


def test_a_database_that_does_not_answer_lets_nothing_be_dialled() -> None:
    play = kept(office()).ready("anna").when(ClaimAnswered(KEPT, 1, PLACED, None))
    assert not commands(play, PlaceCall)
    assert not facts(play, CallbackTried)
    play.wait(5).expect_among(ClaimCallback(KEPT, 1, PLACED, ANNA, ANY))


def test_an_attempt_that_another_process_claimed_is_counted_and_not_made() -> None:
    play = kept(office()).ready("anna").when(ClaimAnswered(KEPT, 1, PLACED, False))
    play.expect_among(CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.UNKNOWN, play.now + 1800))
    assert not commands(play, PlaceCall)
    assert play.seat("anna").shown is AgentState.READY


def test_the_answer_to_a_claim_for_another_server_dials_nothing() -> None:
    """It came late, after the claim was asked anew for the server that is up."""
    play = kept(office()).ready("anna")
    play.when(granted(call=CallId("east:placed-main-1.1-1")))
    assert not commands(play, PlaceCall)
    play.when(granted())
    assert len(commands(play, PlaceCall)) == 1


def test_a_claim_answered_twice_dials_once() -> None:
    play = dialled(office()).when(granted(), granted())
    assert len(commands(play, PlaceCall)) == 1


def test_a_refused_command_counts_as_failed() -> None:
    play = dialled(office()).when(CommandFailed(MAIN, PLACED, None, "PlaceCall", "no trunk", False))
    play.expect_among(CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.FAILED, ANY))


def test_who_calls_by_himself_gets_his_place_and_is_not_called() -> None:
    play = kept(office("anna", "boris")).when(arrived(OTHER), held(OTHER))
    play.expect_among(CallbackEnded(ANY, KEPT, CallbackEnd.CALLED_IN, OTHER, ""))
    assert play.call(OTHER).place == START
    play.ready("anna").wait(100)
    assert not commands(play, ClaimCallback)
    assert play.call(OTHER).offer is not None


def test_who_calls_while_his_phone_rings_for_us_is_not_rung_any_longer() -> None:
    play = dialled(office()).when(arrived(OTHER), held(OTHER))
    play.expect_among(
        CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.CANCELLED, None),
        CallbackEnded(ANY, KEPT, CallbackEnd.CALLED_IN, OTHER, ""),
        HangUp(MAIN, PLACED, LegId(PLACED)),
    )
    play.when(PlaceFailed(MAIN, PLACED, RingOutcome.CANCELLED, 0))
    assert play.call(OTHER).offer is not None
    assert promise_state(play) is None


def test_a_second_wish_for_the_same_number_and_queue_is_the_same_promise() -> None:
    play = kept(office()).when(stranger(), held(OTHER))
    assert keeps_place(play, NUMBER, OTHER)
    play.when(caller_gone(OTHER))
    assert len(play.core.desk.book.promises) == 1
    play.expect_among(CallEnded(ANY, OTHER, CallOutcome.KEPT_PLACE, ANY, 0.0))


def test_a_number_that_is_not_public_can_not_be_promised() -> None:
    play = office().when(arrived(), held())
    assert not keeps_place(play, "101")
    assert play.call(CALL).kept is None


def test_never_at_night() -> None:
    night = CoreOptions(callbacks=CallbackRules(opens=9 * 60, closes=20 * 60))
    play = office(options=night)  # 16:00 UTC
    play.wait(3 * 3600 + 59 * 60)  # 19:59
    play.when(arrived(), held()).wait(30)
    assert keeps_place(play)
    play.when(caller_gone()).wait(31).ready("anna")  # 20:00:01
    assert not commands(play, ClaimCallback)
    play.wait(12 * 3600 + 58 * 60)
    assert not commands(play, ClaimCallback)
    play.wait(120)
    assert len(commands(play, ClaimCallback)) == 1


def test_night_that_falls_while_the_claim_is_written() -> None:
    night = CoreOptions(callbacks=CallbackRules(opens=9 * 60, closes=20 * 60))
    play = office(options=night).wait(3 * 3600 + 59 * 60 + 40)
    play.when(arrived(), held()).wait(10)
    assert keeps_place(play)
    play.when(caller_gone()).wait(6).ready("anna")
    assert len(commands(play, ClaimCallback)) == 1
    play.wait(10).when(granted())
    assert not commands(play, PlaceCall)
    assert promise_state(play) is CallbackState.SCHEDULED


# Restarts and lost links


def promise(attempts: int = 0, **changes: Any) -> Callback:
    fields: dict[str, Any] = {"shown": "100", "attempts": attempts, **changes}
    return Callback(KEPT, NUMBER, SALES, START - 100, START - 10, START + 86_400, **fields)


def taken_over(*known: RestoredCallback) -> Playbook:
    play = Playbook(plan("anna"), NO_GATE)
    return play.when(Restored((), (), START - 5, callbacks=known))


def test_after_a_restart_an_unclaimed_promise_stands_in_line_again() -> None:
    play = taken_over(RestoredCallback(promise(), MAIN)).ready("anna")
    assert not commands(play, ClaimCallback)
    play.synced().expect_among(ClaimCallback(KEPT, 1, PLACED, ANNA, ANY))


def test_after_a_restart_a_claimed_one_that_asterisk_lacks_is_unknown_and_not_tried_at_once() -> None:
    play = taken_over(RestoredCallback(promise(), MAIN, 1, PLACED)).ready("anna").synced()
    play.expect_among(CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.UNKNOWN, play.now + 1800))
    play.wait(1799)
    assert not commands(play, ClaimCallback)
    play.wait(1).expect_among(ClaimCallback(KEPT, 2, SECOND, ANNA, ANY))


@pytest.mark.parametrize("phase", [CallPhase.PLACING, CallPhase.WAITING])
def test_after_a_restart_one_that_asterisk_has_goes_on(phase: CallPhase) -> None:
    play = taken_over(RestoredCallback(promise(), MAIN, 1, PLACED)).ready("anna")
    play.synced(FoundCall(PLACED, NUMBER, "", "100", phase, 0, 3.0, ()))
    if phase is CallPhase.PLACING:
        play.when(CallHeld(MAIN, PLACED, "100", 0))
    play.expect_among(Ring(MAIN, PLACED, OfferId(f"{PLACED}/1"), ANY, 20))
    assert play.call(PLACED).place == START - 100
    play.when(*rings("anna", PLACED), *answers(PLACED))
    assert promise_state(play) is None
    assert not commands(play, PlaceCall)


def found_with_anna(phase: CallPhase) -> Playbook:
    """After a restart the listing has the client whom the process before dialled, with Anna's phone."""
    play = taken_over(RestoredCallback(promise(), MAIN, 1, PLACED)).ready("anna")
    there = FoundCall(PLACED, NUMBER, "", "100", phase, 0, 3.0, (leg(bridged=phase is CallPhase.TALKING),))
    return play.synced(there)


def test_after_a_restart_one_whose_agent_is_rung_already_is_not_rung_again_at_the_next_hold() -> None:
    play = found_with_anna(CallPhase.RINGING)
    assert promise_state(play) is CallbackState.CONNECTED
    play.when(held(PLACED)).expect(commands=[])  # an echo
    play.when(*fails("anna", RingOutcome.BUSY, 1, PLACED))
    assert play.call(PLACED).state is CallState.WAITING
    play.wait(10).expect_among(Ring(MAIN, PLACED, OfferId(f"{PLACED}/2"), ANY, 20))
    play.when(caller_gone(PLACED))
    play.expect_among(CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.LEFT, ANY))


def test_after_a_restart_one_who_talks_is_reached_and_his_end_is_believed_at_once() -> None:
    play = found_with_anna(CallPhase.TALKING)
    assert promise_state(play) is None
    play.when(*caller_hangs_up(PLACED))
    assert facts(play, CallEnded)[-1].outcome is CallOutcome.ANSWERED
    assert play.seat("anna").shown is AgentState.WRAP_UP


def test_one_who_fell_back_to_asterisks_own_queue_is_no_longer_being_dialled() -> None:
    play = dialled(office()).when(CallFellBack(MAIN, PLACED), caller_gone(PLACED))
    play.expect_among(CallbackTried(ANY, KEPT, 1, PLACED, ANY, ANY))
    assert facts(play, CallEnded)[-1].outcome is CallOutcome.FALLBACK


def test_a_promise_that_another_node_wrote_late_is_taken_up_and_one_that_is_over_is_not() -> None:
    play = office().ready("anna")
    late = RestoredCallback(promise(), MAIN)
    play.when(CallbacksKept((late,))).expect_among(ClaimCallback(KEPT, 1, PLACED, ANNA, ANY))
    play.when(CallbacksKept((late,)), CancelCallback(KEPT, "vera"), CallbacksKept((late,)))
    assert promise_state(play) is None
    assert play.core.desk.book.adopted == 1


def test_after_a_restart_the_failure_of_the_dialling_before_is_believed() -> None:
    play = taken_over(RestoredCallback(promise(), MAIN, 1, PLACED))
    play.when(PlaceFailed(MAIN, PLACED, RingOutcome.BUSY, 17)).expect_among(
        CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.BUSY, play.now + 300)
    )
    play.synced()
    assert len(facts(play, CallbackTried)) == 1


def test_a_link_lost_while_it_rings_and_back_with_the_client_on_hold() -> None:
    play = dialled(office()).when(LinkLost(MAIN, "cut"))
    assert play.seat("anna").shown is AgentState.READY
    play.wait(4).synced(FoundCall(PLACED, NUMBER, "", "100", CallPhase.WAITING, 0, 3.0, ()))
    play.expect_among(Ring(MAIN, PLACED, OfferId(f"{PLACED}/2"), ANY, 20))
    assert len(commands(play, PlaceCall)) == 1


def test_a_link_lost_while_it_rings_and_back_without_the_call() -> None:
    play = dialled(office()).when(LinkLost(MAIN, "cut")).wait(4).synced(blind_from=START)
    play.expect_among(CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.UNKNOWN, play.now + 1800))
    assert len(commands(play, PlaceCall)) == 1


def test_a_server_that_never_returns_leaves_the_outcome_unknown_and_the_next_try_to_the_rule() -> None:
    play = dialled(office()).when(LinkLost(MAIN, "cut"))
    play.wait(40 + 5 + 899)
    assert not facts(play, CallbackTried)
    play.wait(1).expect_among(
        CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.UNKNOWN, play.now + 1800),
    )
    play.wait(3600)
    assert promise_state(play) is CallbackState.SCHEDULED
    play.synced(blind_from=START)
    play.expect_among(ClaimCallback(KEPT, 2, SECOND, ANNA, ANY))
    assert len(commands(play, PlaceCall)) == 1


def test_after_a_restart_a_server_that_never_returns_is_not_waited_for_till_the_promise_runs_out() -> None:
    out = RestoredCallback(Callback(KEPT, NUMBER, SALES, 0.0, 0.0, START + 90_000), MAIN, 1, PLACED)
    play = Playbook(plan("anna"), NO_GATE).when(Restored((), (), None, (out,), (), ()))
    assert promise_state(play) is CallbackState.DIALLING
    play.wait(900).expect_among(CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.UNKNOWN, play.now + 1800))


def test_a_client_found_on_the_line_of_a_dialling_given_up_is_not_dialled_beside_it() -> None:
    play = dialled(office("anna", "boris")).when(LinkLost(MAIN, "cut")).wait(3000)
    assert promise_state(play) is CallbackState.SCHEDULED
    play.synced(FoundCall(PLACED, NUMBER, "", "100", CallPhase.WAITING, 0, 3000.0, ()), blind_from=START)
    play.expect_among(Ring(MAIN, PLACED, ANY, ANY, 20))
    play.ready("boris").wait(5)
    assert len(commands(play, ClaimCallback)) == 1
    play.when(*rings("anna", PLACED), *answers(PLACED)).expect_among(
        CallbackEnded(ANY, KEPT, CallbackEnd.REACHED, PLACED, "")
    )


def two_queues(*agents: str) -> Playbook:
    queues = (Queue(SALES, "Sales", ("100",)), Queue(QueueId("help"), "Help", ("200",)))
    return Playbook(plan(*agents, queues=queues), NO_GATE).synced()


def talks(play: Playbook, number: str, client: ClientId | None = None) -> Playbook:
    """A call to the other queue is answered by Anna."""
    play.when(replace(arrived(OTHER), number=number, dialled="200"))
    play.when(ClientFound(OTHER, client, 1 if client else 0, "", ()))
    play.when(replace(held(OTHER), dialled="200")).ready("anna")
    return play.when(*rings("anna", OTHER), *answers(OTHER))


def test_who_is_served_in_another_queue_is_not_called_back() -> None:
    play = talks(kept(two_queues("anna")), NUMBER)
    play.expect_among(CallbackEnded(ANY, KEPT, CallbackEnd.REACHED, OTHER, ""))
    assert not commands(play, PlaceCall)


@pytest.mark.parametrize(("other", "over"), [(ClientId(7), True), (ClientId(8), False), (None, False)])
def test_who_is_served_by_another_number_of_his_is_not_called_back(
    other: ClientId | None, over: bool
) -> None:
    play = two_queues("anna").when(arrived(), ClientFound(CALL, ClientId(7), 1, "", ()), held()).wait(10)
    assert keeps_place(play)
    (promised,) = play.last.facts[:1]
    assert promised.client == ClientId(7)  # type: ignore[union-attr]
    talks(play.when(caller_gone()), "+79160000000", other)
    assert (promise_state(play) is None) is over


def test_another_client_of_the_same_number_keeps_his_promise() -> None:
    play = two_queues("anna").when(arrived(), ClientFound(CALL, ClientId(7), 1, "", ()), held()).wait(10)
    assert keeps_place(play)
    talks(play.when(caller_gone()), NUMBER, ClientId(8))
    assert promise_state(play) is not None


def test_a_call_promised_for_later_stays_promised_when_another_queue_serves_the_client() -> None:
    play = two_queues("anna")
    later = CallbackId("api-1")
    play.when(PromiseCallback(later, NUMBER, SALES, play.now + 3600, "", "vera"))
    talks(play, NUMBER)
    assert promise_state(play, later) is CallbackState.SCHEDULED


def test_who_is_served_elsewhere_while_his_phone_rings_for_us_is_not_rung_any_longer() -> None:
    play = dialled(two_queues("anna", "boris"))
    play.when(replace(arrived(OTHER), dialled="200"), replace(held(OTHER), dialled="200")).ready("boris")
    play.when(*rings("boris", OTHER), *answers(OTHER)).expect_among(
        CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.CANCELLED, None),
        CallbackEnded(ANY, KEPT, CallbackEnd.REACHED, OTHER, ""),
        HangUp(MAIN, PLACED, LegId(PLACED)),
    )


def test_an_answer_whose_word_was_lost_is_found_by_the_audit() -> None:
    play = dialled(office()).wait(45)
    here = FoundCall(PLACED, NUMBER, "", "100", CallPhase.WAITING, 0, 30.0, ())
    play.synced(here).wait(2).synced(here)
    play.expect_among(Ring(MAIN, PLACED, OfferId(f"{PLACED}/1"), ANY, 20))


def test_a_client_who_answers_and_leaves_before_the_agent_is_tried_again() -> None:
    play = dialled(office()).when(*client_answers()).when(*rings("anna", PLACED))
    play.when(caller_gone(PLACED)).expect_among(
        CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.LEFT, play.now + 1800)
    )
    assert not facts(play, CallerGaveUp)


def test_a_client_whose_end_nobody_told_while_a_phone_rang_for_him_is_tried_again_by_rule() -> None:
    play = dialled(office()).when(*client_answers()).when(*rings("anna", PLACED))
    play.wait(3).when(LegEnded(MAIN, PLACED, LEG, 16))  # his own end, and the ring's, got lost
    assert promise_state(play) is CallbackState.CONNECTED
    play.wait(5).expect(facts=[], commands=[Audit(MAIN)])
    play.synced().wait(2).synced().expect_among(
        CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.LEFT, play.now + 1800)
    )
    assert play.seat("anna").shown is AgentState.READY


def test_a_client_whose_end_nobody_told_while_he_waited_is_tried_again_after_an_audit() -> None:
    play = dialled(office()).when(DeclineOffer(ANNA, OfferId(f"{PLACED}/1")))
    play.when(SetIntent(ANNA, Intent.PAUSED, "lunch", Author.AGENT), *client_answers())
    # Who waits says nothing: his end, its word lost, shows in the next listing alone, and in the one after.
    play.wait(19.9).expect(facts=[], commands=[])
    play.wait(0.1).expect(facts=[], commands=[Audit(MAIN)])
    assert play.call(PLACED).state is CallState.WAITING
    play.synced()
    assert promise_state(play) is CallbackState.CONNECTED
    play.wait(2).synced().expect_among(
        CallbackTried(ANY, KEPT, 1, PLACED, AttemptOutcome.LEFT, play.now + 1800)
    )


# What people ask


def test_a_promise_at_a_time_made_by_a_person() -> None:
    play = office().ready("anna")
    ask = PromiseCallback(CallbackId("x1"), NUMBER, SALES, START + 600, "ru", "vera")
    play.when(ask).expect(reply=Accepted())
    play.expect_among(
        CallbackPromised(
            START,
            CallbackId("x1"),
            NUMBER,
            SALES,
            START + 600,
            START + 600,
            START + 600 + 2 * 86_400,
            1.0,
            (),
            "ru",
            (),
            "100",
            None,
            None,
            "vera",
            ANY,
        )
    )
    play.when(ask).expect(reply=Accepted())
    play.when(replace(ask, callback=CallbackId("x2")))
    assert isinstance(play.last.reply, Refused)
    play.wait(599)
    assert not commands(play, ClaimCallback)
    play.wait(1)
    assert len(commands(play, ClaimCallback)) == 1


@pytest.mark.parametrize(("number", "queue"), [("101", SALES), (NUMBER, QueueId("nowhere"))])
def test_what_can_not_be_promised_is_refused(number: str, queue: QueueId) -> None:
    play = office().when(PromiseCallback(CallbackId("x1"), number, queue, None, "", "vera"))
    reply = play.last.reply
    assert isinstance(reply, Refused)
    assert reply.refusal is Refusal.NOT_ALLOWED_NOW


def test_number_and_time_can_be_changed_until_it_is_dialled() -> None:
    play = kept(office())
    play.when(ChangeCallback(KEPT, "+79160000000", START + 900, "vera")).expect(reply=Accepted())
    play.expect_among(CallbackChanged(ANY, KEPT, "+79160000000", START + 900, ANY, (), "vera"))
    play.ready("anna").wait(900).when(granted())
    placed = commands(play, PlaceCall)
    assert [command.number for command in placed] == ["+79160000000"]
    play.when(ChangeCallback(KEPT, NUMBER, None, "vera"))
    assert isinstance(play.last.reply, Refused)


def test_a_cancelled_one_is_never_dialled() -> None:
    play = kept(office()).ready("anna").when(CancelCallback(KEPT, "vera")).when(granted())
    assert not commands(play, PlaceCall)
    assert play.seat("anna").reserved is None
    play.when(CancelCallback(KEPT, "vera"))
    assert play.last.reply == Refused(Refusal.TOO_LATE, ANY)


def test_a_promise_that_ran_out_is_over() -> None:
    play = kept(office()).wait(2 * 86_400 + 60)
    assert [fact.reason for fact in facts(play, CallbackEnded)] == [CallbackEnd.EXPIRED]


# Those who gave up


def test_who_leaves_after_more_than_a_short_while_gave_up() -> None:
    play = office().when(arrived(), held()).wait(6).when(caller_gone())
    play.expect_among(CallerGaveUp(play.now, NUMBER, CALL, SALES, "100", 6.0, None))


def test_a_short_abandon_is_none() -> None:
    play = office().when(arrived(), held()).wait(5).when(caller_gone())
    assert not facts(play, CallerGaveUp)


def test_who_is_answered_after_all_is_off_the_list() -> None:
    play = office().when(arrived(), held()).wait(6).when(caller_gone())
    play.ready("anna").when(arrived(OTHER), held(OTHER), *rings("anna", OTHER), *answers(OTHER))
    play.expect_among(CallerReached(play.now, NUMBER, OTHER, ReachedHow.ANSWERED))
    assert len(facts(play, CallerReached)) == 1


def test_who_keeps_his_place_after_all_is_off_the_list() -> None:
    play = office().when(arrived(), held()).wait(6).when(caller_gone())
    play.when(arrived(OTHER), held(OTHER)).wait(6)
    assert keeps_place(play, NUMBER, OTHER)
    play.expect_among(CallerReached(play.now, NUMBER, OTHER, ReachedHow.KEPT_PLACE))


def test_a_hidden_number_is_on_no_list() -> None:
    play = office().when(CallArrived(MAIN, CALL, "anonymous", "", "100"), held()).wait(60)
    play.when(caller_gone())
    assert not facts(play, CallerGaveUp)


def test_nothing_is_promised_that_no_agent_could_ever_keep() -> None:
    only_calls = plan("anna")
    only_calls = replace(only_calls, agents=(replace(only_calls.agents[0], work=(Work.INBOUND,)),))
    play = Playbook(only_calls, NO_GATE).synced().when(arrived(), held())
    assert not keeps_place(play)
    assert not facts(play, CallbackPromised)
    play.when(PromiseCallback(CallbackId("x1"), NUMBER, SALES, None, "", "vera"))
    assert play.last.reply == Refused(
        Refusal.NOT_ALLOWED_NOW,
        "no agent who can serve 'sales' takes callbacks; add them to somebody's work",
    )


# Who said that he would call himself


def _promised_by_anna(play: Playbook) -> Playbook:
    ask = PromiseCallback(CallbackId("x1"), NUMBER, SALES, START + 600, "", "anna", agent=ANNA)
    return play.when(ask).expect(reply=Accepted())


def test_who_promised_is_offered_it_first() -> None:
    play = _promised_by_anna(office("boris", "anna").ready("boris"))
    play.wait(300).ready("anna").wait(300)  # boris has been idle the longest
    assert [claim.agent for claim in commands(play, ClaimCallback)] == [ANNA]


def test_it_waits_for_him_with_patience_and_then_is_the_queues() -> None:
    play = _promised_by_anna(office("boris", "anna").ready("anna").ready("boris"))
    play.when(stranger(), held(OTHER))
    play.when(*rings("anna", OTHER), *answers(OTHER))  # anna talks when the time comes
    assert play.seat("anna").shown is AgentState.TALKING
    play.wait(600)
    assert not commands(play, ClaimCallback)
    play.wait(599)
    assert not commands(play, ClaimCallback)
    play.wait(1)
    assert [claim.agent for claim in commands(play, ClaimCallback)] == [BORIS]


def test_it_is_the_queues_at_once_when_he_is_not_there() -> None:
    play = _promised_by_anna(office("boris", "anna").ready("boris")).wait(600)
    assert [claim.agent for claim in commands(play, ClaimCallback)] == [BORIS]


def _of_another_queue(*, others_call_back: bool) -> Playbook:
    """Anna takes calls of the other queue alone, and Boris is ready."""
    tech = Queue(QueueId("tech"), "Tech", ("200",))
    all_ = plan("boris", "anna", queues=(Queue(SALES, "Sales", ("100",)), tech))
    boris, anna = all_.agents
    works = boris.work if others_call_back else (Work.INBOUND,)
    agents = (replace(boris, work=works), replace(anna, queues=(tech.id,), work=(Work.INBOUND,)))
    return Playbook(replace(all_, agents=agents), NO_GATE).synced().ready("boris")


@pytest.mark.parametrize("others_call_back", [True, False])
def test_who_promised_is_offered_it_though_it_is_not_his_work(others_call_back: bool) -> None:
    play = _promised_by_anna(_of_another_queue(others_call_back=others_call_back).ready("anna")).wait(600)
    [claim] = commands(play, ClaimCallback)
    assert claim.agent == ANNA
    play.when(ClaimAnswered(claim.callback, claim.attempt, claim.call, granted=True))
    [place] = commands(play, PlaceCall)
    assert play.seat("anna").call == place.call
    play.when(CallArrived(MAIN, place.call, NUMBER, "", "100"), held(place.call))
    [ring] = commands(play, Ring)
    assert (ring.call, ring.station) == (place.call, PHONE)


def test_on_a_pause_he_is_waited_for_ten_minutes() -> None:
    play = _of_another_queue(others_call_back=True).ready("anna")
    play = _promised_by_anna(play.when(SetIntent(ANNA, Intent.PAUSED, "lunch", Author.AGENT)))
    assert not commands(play.wait(1199), ClaimCallback)
    assert [claim.agent for claim in commands(play.wait(1), ClaimCallback)] == [BORIS]


def test_who_serves_no_queue_can_not_promise_to_call_himself() -> None:
    alone = plan("boris", "anna")
    boris, anna = alone.agents
    play = Playbook(replace(alone, agents=(boris, replace(anna, queues=()))), NO_GATE).synced()
    play.when(PromiseCallback(CallbackId("x1"), NUMBER, SALES, None, "", "anna", agent=ANNA))
    assert isinstance(play.last.reply, Refused)
    assert "serves no queue" in play.last.reply.message


def _wrap_up(at: float, agent: AgentId | None = None, **more: Any) -> PromiseCallback:
    return PromiseCallback(CallbackId("w1"), NUMBER, SALES, at, "", "boris", agent=agent, moves=True, **more)


def test_what_is_promised_in_a_wrap_up_takes_the_place_of_an_open_callback() -> None:
    play = _promised_by_anna(office("boris", "anna").ready("boris"))
    later = START + 3600
    play.when(_wrap_up(later, BORIS)).expect(reply=Accepted())
    [changed] = facts(play, CallbackChanged)
    assert (changed.callback, changed.next_at, changed.agent) == (CallbackId("x1"), later, BORIS)
    assert len(facts(play, CallbackPromised)) == 1
    play.when(_wrap_up(later, BORIS)).expect(facts=[], reply=Accepted())  # twice is once
    assert list(play.core.desk.book.promises) == ["x1"]
    play.ready("anna").wait(3599)
    assert not commands(play, ClaimCallback)
    assert [claim.agent for claim in commands(play.wait(1), ClaimCallback)] == [BORIS]


def test_one_that_stands_in_line_is_moved_out_of_it() -> None:
    play = _promised_by_anna(office("boris", "anna")).wait(600)  # due, and nobody is ready
    play.when(_wrap_up(play.now + 600)).expect(reply=Accepted()).ready("boris")
    assert not commands(play.wait(599), ClaimCallback)
    assert [claim.agent for claim in commands(play.wait(1), ClaimCallback)] == [BORIS]


def test_with_none_open_it_is_a_new_one_and_the_clients() -> None:
    play = office().when(_wrap_up(START + 60, client=ClientId(7))).expect(reply=Accepted())
    [made] = facts(play, CallbackPromised)
    assert (made.callback, made.client) == (CallbackId("w1"), ClientId(7))
    # The agent thinks better of the time before the wrap-up is closed.
    play.when(_wrap_up(START + 600, client=ClientId(7))).expect(reply=Accepted())
    assert [one.next_at for one in facts(play, CallbackChanged)] == [START + 600]


def test_one_that_is_being_dialled_is_not_moved() -> None:
    play = _promised_by_anna(office("anna").ready("anna")).wait(600)
    [claim] = commands(play, ClaimCallback)
    play.when(ClaimAnswered(claim.callback, claim.attempt, claim.call, granted=True))
    play.when(_wrap_up(START + 3600))
    assert isinstance(play.last.reply, Refused)
    assert "at this moment" in play.last.reply.message


def test_nobody_unknown_can_promise() -> None:
    play = office().when(
        PromiseCallback(CallbackId("x1"), NUMBER, SALES, None, "", "vera", agent=AgentId("vera"))
    )
    assert play.last.reply == Refused(Refusal.NOT_ALLOWED_NOW, "no agent 'vera' in the routing plan")
