"""A caller's way through a flow: each action a command from hold, and what becomes of him when Asterisk's
words are doubled, late or lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcenter.calls.callback_facts import CallbackPromised
from callcenter.calls.facts import (
    CallEnded,
    CallQueued,
    FlowEntered,
    FlowStepTaken,
    MessageLeft,
    OfferMade,
    WaitTold,
)
from callcenter.calls.requests import SetIntent
from callcenter.calls.states import Author, CallOutcome, CallState, Intent
from callcenter.dispatch.inputs import ClientFound, PlanChanged
from callcenter.dispatch.ports import LookUpClient
from callcenter.telephony.commands import Ask, Audit, DialOut, Dress, HangUp, Play, Record, Ring
from callcenter.telephony.events import CallPhase, CommandFailed, RingOutcome, StepOutcome
from routing.acd.model import Ring as WiderRing, SkillLevel, Work
from routing.flows.model import Choice, Emergency, Menu, SetLanguage
from routing.flows.moves import Stage
from routing.ids import CallId, ClientId, LegId, PromptId, SkillId, StepId
from tests.dispatch.flow_scenes import (
    FLOWS,
    HELP,
    MAIN_FLOW,
    SALES,
    done,
    hold,
    routing,
    site,
    without,
    word,
)
from tests.dispatch.scenes import ANNA, CALL, NUMBER, OTHER, arrived, caller_gone, fails, found, offer, rings
from tests.support.playbook import ANY, MAIN, Playbook

MENU = Ask(MAIN, CALL, 2, ("menu",), "ru", 1, 5)


def in_menu(*agents: str) -> Playbook:
    play = site(*agents).when(arrived(dialled="300"), hold())
    return play.when(*done(1))


def chosen(key: str, *agents: str) -> Playbook:
    return in_menu(*agents).when(*done(2, key))


def kinds(play: Playbook) -> list[str]:
    return [type(fact).__name__ for fact in play.last.facts]


def test_a_number_with_a_flow_begins_it_and_one_without_goes_to_its_queue() -> None:
    play = site()
    play.when(arrived(dialled="300"), hold()).expect(
        commands=[LookUpClient(CALL, NUMBER), Play(MAIN, CALL, 1, ("welcome",), "ru")]
    )
    assert kinds(play)[2:] == ["FlowEntered", "FlowStepTaken"]
    assert play.call(CALL).state is CallState.FLOW
    other = site().when(arrived(dialled="200"), hold())
    assert kinds(other)[2:] == ["CallQueued"]
    assert other.call(CALL).queue == HELP


def test_the_next_command_waits_for_both_the_steps_end_and_the_hold() -> None:
    play = site().when(arrived(dialled="300"), hold())
    play.when(hold()).expect(commands=[], facts=[])
    play.when(word(1)).expect(commands=[MENU])
    swapped = site().when(arrived(dialled="300"), hold())
    swapped.when(word(1)).expect(commands=[])
    swapped.when(hold()).expect(commands=[MENU])


def test_a_step_told_twice_or_late_moves_nothing() -> None:
    play = chosen("2", "anna")
    play.when(*done(1), *done(2, "1")).expect(commands=[], facts=[])
    assert play.call(CALL).queue == HELP


def test_a_key_leads_to_a_queue_where_an_agent_is_rung() -> None:
    play = in_menu("anna")
    play.when(*done(2, "1")).expect(
        facts=[ANY, CallQueued(ANY, CALL, SALES, 0, play.now, False), ANY, ANY, ANY],
        commands=[Ring(MAIN, CALL, offer(1), ANY, 20)],
    )
    assert isinstance(play.last.facts[0], FlowStepTaken)
    assert play.last.facts[0].position.stage is Stage.WAITING
    assert any(isinstance(fact, OfferMade) for fact in play.last.facts)


def test_music_of_the_queue_is_heard_at_once_where_nobody_is_free() -> None:
    play = chosen("2").expect(commands=[Dress(MAIN, CALL, "jazz", "ru"), Play(MAIN, CALL, 3, (), "ru")])
    play.when(*done(3)).expect(commands=[])
    assert play.core.desk.engine.waits(CALL)
    chosen("2", "anna").expect(
        commands=[Dress(MAIN, CALL, "jazz", "ru"), Ring(MAIN, CALL, offer(1), ANY, 20)]
    )


def test_the_language_goes_with_all_that_is_spoken() -> None:
    play = chosen("8")
    play.expect(commands=[Ask(MAIN, CALL, 3, ("menu",), "en", 1, 5)])


def test_a_wrong_key_is_asked_again_and_then_goes_on() -> None:
    play = in_menu().when(*done(2, "0"))
    play.expect(commands=[replace(MENU, step=3)])
    play.when(*done(3))
    assert play.call(CALL).queue == SALES or play.call(CALL).state is CallState.FLOW


def test_the_client_is_waited_for_when_a_step_needs_him() -> None:
    play = chosen("6", "anna").expect(commands=[])
    play.when(ClientFound(CALL, ClientId(7), 1, "vip"))
    assert play.call(CALL).queue == SALES


def test_a_look_up_that_takes_too_long_counts_as_unknown() -> None:
    play = chosen("6", "anna")
    play.wait(2.9).expect(commands=[])
    play.wait(0.2)
    assert play.call(CALL).queue == HELP
    play.when(ClientFound(CALL, ClientId(7), 1, "vip"))
    assert play.call(CALL).queue == HELP


@pytest.mark.parametrize(("value", "queue"), [("vip", SALES), ("new", HELP)])
def test_the_value_class_branches(value: str, queue: str) -> None:
    play = in_menu("anna").when(ClientFound(CALL, ClientId(7), 1, value), *done(2, "7"))
    assert play.call(CALL).queue == queue


def test_digits_typed_find_the_client_and_are_in_no_trace() -> None:
    play = chosen("5", "anna")
    play.expect(commands=[Ask(MAIN, CALL, 3, ("number",), "ru", 12, 5)])
    play.when(*done(3, "4711")).expect(commands=[LookUpClient(CALL, NUMBER, typed="4711")])
    taken = play.last.facts[-1]
    assert isinstance(taken, FlowStepTaken)
    assert "4711" not in str(taken.trace)
    play.when(ClientFound(CALL, None, 0))  # of the caller's own number, not what is waited for
    assert play.call(CALL).state is CallState.FLOW
    play.when(ClientFound(CALL, ClientId(9), 1, "vip", typed=True))
    assert (play.call(CALL).queue, play.call(CALL).client) == (SALES, 9)


def test_digits_that_name_nobody_leave_the_client_as_he_was() -> None:
    play = chosen("5", "anna").when(ClientFound(CALL, ClientId(7), 1, "vip"), *done(3, "4711"))
    play.when(ClientFound(CALL, None, 0, typed=True))
    assert (play.call(CALL).queue, play.call(CALL).client) == (HELP, 7)


# Messages


def test_a_message_becomes_a_fact_and_the_call_ends() -> None:
    play = chosen("3")
    play.expect(commands=[Record(MAIN, CALL, 3, ("message",), "ru", "main-1-1_3", 60)])
    play.when(*done(3, seconds=12)).expect(
        facts=[MessageLeft(ANY, CALL, SALES, "main-1-1_3", 12, NUMBER, None), ANY],
        commands=[HangUp(MAIN, CALL, LegId(CALL))],
    )
    play.when(caller_gone()).expect_among(CallEnded(ANY, CALL, CallOutcome.FLOW, 0.0, 0.0))


@pytest.mark.parametrize("seconds", [0, 5])
def test_who_could_not_leave_a_message_for_our_fault_goes_where_people_are(seconds: int) -> None:
    play = chosen("3").when(*done(3, outcome=StepOutcome.FAILED, seconds=seconds))
    assert play.call(CALL).state is CallState.WAITING
    kept = [fact for fact in play.last.facts if isinstance(fact, MessageLeft)]
    assert [fact.seconds for fact in kept] == ([5] if seconds else []), "what was recorded is not lost"


def test_who_says_nothing_is_asked_once_more_and_then_let_go() -> None:
    play = chosen("3").when(*done(3, seconds=0))
    play.expect(commands=[Record(MAIN, CALL, 4, ("message",), "ru", "main-1-1_4", 60)])
    play.when(*done(4, seconds=0)).expect(commands=[HangUp(MAIN, CALL, LegId(CALL))])


@pytest.mark.parametrize("word_first", [True, False])
def test_a_message_ended_by_hanging_up_is_kept(word_first: bool) -> None:
    play = chosen("3")
    told = [word(3, seconds=7), caller_gone()]
    play.when(*(told if word_first else reversed(told))).expect_among(
        MessageLeft(ANY, CALL, SALES, "main-1-1_3", 7, NUMBER, None)
    )
    play.wait(60)
    assert not any(isinstance(fact, MessageLeft) for fact in play.last.facts)


def test_a_message_that_nothing_was_said_of_is_kept_with_no_length() -> None:
    play = chosen("3").when(caller_gone())
    play.wait(6).expect_among(MessageLeft(ANY, CALL, SALES, "main-1-1_3", 0, NUMBER, None))


def test_an_empty_message_is_none() -> None:
    play = chosen("3").when(word(3), caller_gone())
    assert not any(isinstance(fact, MessageLeft) for fact in play.last.facts)


def test_a_number_outside_that_nobody_answers_leads_on() -> None:
    play = chosen("4", "anna").expect(commands=[DialOut(MAIN, CALL, 3, "+74951230000", 30)])
    play.when(*done(3, outcome=StepOutcome.NO_ANSWER))
    assert play.call(CALL).queue == SALES
    talked = chosen("4", "anna").when(*done(3, outcome=StepOutcome.ENDED))
    talked.expect_among(HangUp(MAIN, CALL, LegId(CALL)))


# In the queue


def test_a_waiting_caller_is_told_where_he_stands_and_stays_in_line() -> None:
    play = site_with_busy_agents()
    play.wait(20)
    (said,) = play.last.commands
    assert isinstance(said, Play)
    assert said.spoken[0] == "patience"
    assert said.key == "5"
    assert any(isinstance(fact, WaitTold) and fact.position == 1 for fact in play.last.facts)
    assert play.core.desk.engine.waits(CALL)
    play.when(*done(said.step)).expect(commands=[])
    play.wait(29)
    assert not any(isinstance(command, Play) for command in play.last.commands)
    play.wait(25)
    assert any(isinstance(command, Play) for command in play.last.commands)


def site_with_busy_agents() -> Playbook:
    """One caller in sales by the menu, and the only agent away for a moment but signed in."""
    play = site("anna").when(SetIntent(ANNA, Intent.PAUSED, "lunch", Author.AGENT))
    return play.when(arrived(dialled="300"), hold()).when(*done(1)).when(*done(2, "1"))


def test_an_announcement_is_crossed_by_an_offer() -> None:
    play = site_with_busy_agents().wait(20)
    step = play.last.commands[0].step  # type: ignore[union-attr]
    play.ready("anna").expect(commands=[Ring(MAIN, CALL, offer(1), ANY, 20)])
    play.when(*done(step, "5")).expect(commands=[], facts=[])
    assert play.call(CALL).state is CallState.OFFERED
    play.when(*rings("anna")).when(*fails("anna", RingOutcome.BUSY, 1))
    assert play.call(CALL).state is CallState.WAITING


def test_after_the_limit_the_call_overflows_to_the_other_queue() -> None:
    play = site_with_busy_agents()
    play.wait(20)
    play.when(*done(3)).wait(31)
    play.when(*done(4)).wait(10)
    assert play.call(CALL).queue == HELP
    queued = [fact for entry in play.log for fact in entry[2].facts if isinstance(fact, CallQueued)]
    assert queued[-1].queue == HELP
    assert queued[-1].since == queued[0].since, "he keeps his time of waiting"


def test_when_the_last_agent_signs_out_the_caller_goes_on() -> None:
    play = site_with_busy_agents()
    play.when(SetIntent(ANNA, Intent.OFFLINE, "", Author.AGENT))
    play.expect_among(Play(MAIN, CALL, 3, ("busy",), "ru"))
    assert play.call(CALL).state is CallState.FLOW
    assert not play.core.desk.engine.waits(CALL)


def test_the_callback_key_takes_him_out_of_line_and_a_refusal_brings_him_back() -> None:
    play = site_with_busy_agents().wait(20)
    step = play.last.commands[0].step  # type: ignore[union-attr]
    play.when(word(step, "5"))
    assert play.call(CALL).state is CallState.FLOW
    assert not play.core.desk.engine.waits(CALL)
    play.ready("anna").expect(commands=[])
    play.when(hold())
    (asked,) = play.last.commands
    assert isinstance(asked, Ask)
    play.when(*done(asked.step, "0"))
    assert play.call(CALL).state is CallState.OFFERED  # declined: in line again, and Anna is free


def test_a_place_is_kept_by_whoever_keeps_places() -> None:
    play = site_with_busy_agents().wait(20)
    kept: list[tuple[str, str]] = []

    def keep(desk: object, call: object, queue: str, number: str) -> None:
        kept.append((queue, number))

    play.core.desk.keep_place = keep
    play.when(*done(play.last.commands[0].step, "5"))  # type: ignore[union-attr]
    play.when(*done(play.last.commands[0].step, "1"))  # type: ignore[union-attr]
    assert kept == [(SALES, NUMBER)]


def test_the_skills_of_his_language_and_their_patience_go_with_the_kept_place() -> None:
    english = (SkillLevel(SkillId("english"), 5),)
    steps = tuple(
        replace(step, wanted=english, patience=45)
        if isinstance(step, SetLanguage)
        else replace(step, choices=(*step.choices, Choice("0", StepId("keep"))))
        if isinstance(step, Menu)
        else step
        for step in FLOWS.flows[0].steps
    )
    play = site("anna", flows=replace(FLOWS, flows=(replace(FLOWS.flows[0], steps=steps),)))
    play.when(arrived(dialled="300"), hold()).when(*done(1)).when(*done(2, "8")).when(*done(3, "0"))
    play.when(*done(4, "1"))
    (promised,) = [fact for fact in play.last.facts if isinstance(fact, CallbackPromised)]
    assert (promised.wanted, promised.patience, promised.language) == (english, 45, "en")
    play.when(*done(5)).when(caller_gone())
    line = play.core.desk.engine._lines.calls[CallId("*:main-1.1")]
    assert (line.wanted, line.wanted_until) == (english, promised.next_at + 45)


def test_agents_who_take_only_callbacks_are_nobody_for_a_caller() -> None:
    base = routing("anna")
    (anna,) = base.agents
    base = replace(base, agents=(replace(anna, work=(Work.CALLBACK, Work.OUTBOUND)),))
    play = Playbook(base, None, FLOWS).synced().ready("anna")
    play.when(arrived(dialled="300"), hold()).when(*done(1)).when(*done(2, "1"))
    play.expect_among(Play(MAIN, CALL, 3, ("busy",), "ru"))


def test_a_caller_for_whom_only_a_wider_ring_has_agents_waits_for_it() -> None:
    base = routing("anna")
    rude = SkillLevel(SkillId("patience"), 9)
    queues = tuple(replace(queue, required=(rude,), rings=(WiderRing(300),)) for queue in base.queues)
    play = Playbook(replace(base, queues=queues), None, FLOWS).synced().ready("anna")
    play.when(arrived(dialled="300"), hold()).when(*done(1)).when(*done(2, "1"))
    assert play.call(CALL).state is CallState.WAITING


def test_who_stops_taking_callers_is_as_gone_as_who_signs_out() -> None:
    play = site_with_busy_agents()
    base = routing("anna")
    (anna,) = base.agents
    play.when(PlanChanged(replace(base, agents=(replace(anna, work=(Work.CALLBACK,)),)), FLOWS)).wait(1)
    assert play.call(CALL).state is CallState.FLOW


# What gets lost


def test_a_step_whose_end_is_never_told_begins_anew_and_at_last_he_goes_to_people() -> None:
    play = site("anna").when(arrived(dialled="300"), hold())
    for step in (2, 3):
        play.wait(61)
        assert Audit(MAIN) in play.last.commands
        play.synced(found(CallPhase.WAITING)).wait(2).synced(found(CallPhase.WAITING))
        play.expect_among(Play(MAIN, CALL, step, ("welcome",), "ru"))
    play.wait(61).synced(found(CallPhase.WAITING)).wait(2).synced(found(CallPhase.WAITING))
    assert play.call(CALL).queue == SALES
    assert play.call(CALL).state is CallState.OFFERED


def test_a_step_that_asterisk_still_has_is_waited_for() -> None:
    play = in_menu()
    play.wait(70).synced(found(CallPhase.STEP)).wait(2).synced(found(CallPhase.STEP)).expect(commands=[])
    play.when(*done(2, "1"))
    assert play.call(CALL).position is not None


def test_a_refused_command_is_asked_about() -> None:
    play = in_menu().wait(6)
    play.when(CommandFailed(MAIN, CALL, None, "Ask", "no such channel", False))
    play.expect(commands=[Audit(MAIN)])


# The plan changes


@pytest.mark.parametrize("step", ["menu", "hello", "sales", "help"])
def test_a_vanished_step_sends_him_to_the_default_queue(step: str) -> None:
    play = in_menu("anna")
    play.when(PlanChanged(routing("anna"), without(step, "hello", "menu", "sales", "help")))
    play.when(*done(2, "1"))
    assert play.call(CALL).queue == SALES
    assert play.call(CALL).state is CallState.OFFERED


def test_flows_that_are_gone_strand_nobody_in_an_announcement() -> None:
    play = site_with_busy_agents().wait(20)
    play.when(PlanChanged(routing("anna"))).when(*done(3)).wait(100)
    assert play.call(CALL).state is CallState.WAITING
    play.ready("anna")
    assert play.call(CALL).state is CallState.OFFERED


def test_an_emergency_closes_the_flow_for_who_comes_next() -> None:
    play = in_menu("anna")
    closed = replace(FLOWS, emergency=Emergency(True, PromptId("bye")))
    play.when(PlanChanged(routing("anna"), closed))
    play.when(arrived(OTHER, "300"), hold(OTHER))
    assert Play(MAIN, OTHER, 1, ("bye",), "ru") in play.last.commands
    play.when(*done(1, call=OTHER)).expect_among(HangUp(MAIN, OTHER, LegId(OTHER)))


def test_a_caller_who_leaves_in_the_menu_did_not_abandon_a_queue() -> None:
    play = in_menu().when(caller_gone())
    play.expect_among(CallEnded(ANY, CALL, CallOutcome.FLOW, 0.0, 0.0))


def test_entering_is_told_once() -> None:
    play = chosen("1", "anna")
    entered = [fact for entry in play.log for fact in entry[2].facts if isinstance(fact, FlowEntered)]
    assert [fact.flow for fact in entered] == [MAIN_FLOW]
