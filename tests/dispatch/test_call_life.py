"""One call from arrival to disposition, and the ways it goes wrong."""

from __future__ import annotations

import pytest

from callcenter.calls import facts
from callcenter.calls.requests import (
    Accepted,
    AcknowledgeCard,
    BrowserConnected,
    CloseWrapUp,
    DeclineOffer,
    EndCall,
    PickClient,
    Refusal,
    Refused,
    RemakeCards,
    SetIntent,
)
from callcenter.calls.states import (
    AgentState,
    Author,
    CallOutcome,
    CallState,
    Intent,
    LegRole,
    OfferOutcome,
)
from callcenter.dispatch.inputs import ClientFound
from callcenter.dispatch.ports import LookUpClient
from callcenter.telephony.commands import HangUp, Ring
from callcenter.telephony.events import (
    DialFinished,
    LegEnded,
    LegStarted,
    RingEnded,
    RingOutcome,
    StationChanged,
    StationState,
)
from routing.acd.model import Queue
from routing.ids import ClientId, LegId, QueueId, StationId
from tests.dispatch.scenes import (
    ANNA,
    BORIS,
    CALL,
    LEG,
    LEG2,
    NUMBER,
    OTHER,
    answers,
    arrived,
    caller_gone,
    caller_hangs_up,
    fails,
    held,
    offer,
    rings,
)
from tests.support.playbook import ANY, MAIN, Playbook, plan

SALES = QueueId("sales")


def given(*agents: str, browser: bool = False, **queue: int) -> Playbook:
    play = Playbook(plan(*agents, **queue)).synced().ready(*agents)
    if browser:
        play.when(*(BrowserConnected(agent.id, "tab") for agent in play.core.desk.plan.plan.agents))  # type: ignore[union-attr]
    return play.wait(1)


def refused(refusal: Refusal) -> Refused:
    return Refused(refusal, ANY)


def test_an_arrival_is_written_and_looked_up_before_any_hold() -> None:
    play = given("anna")
    play.when(arrived()).expect(
        facts=[
            facts.CallStarted(play.now, CALL, MAIN, NUMBER, "Ivan", "100"),
            facts.LegStarted(play.now, CALL, LegId(CALL), LegRole.CALLER, None, None),
        ],
        commands=[LookUpClient(CALL, NUMBER)],
    )
    assert play.call(CALL).state is CallState.ARRIVING


def test_without_a_browser_the_phone_rings_at_once() -> None:
    play = given("anna", ring_seconds=15)
    play.when(arrived(), held()).expect_among(
        facts.CallQueued(play.now, CALL, SALES, 0, play.now, False),
        facts.OfferMade(play.now, CALL, offer(1), SALES, ANNA, StationId("aanna"), 0.0, 0.0, 1.0, ANY),
        facts.RingSent(play.now, CALL, offer(1), ANNA, False, None),
        Ring(MAIN, CALL, offer(1), StationId("aanna"), 15),
    )


def test_the_ring_waits_for_the_card_and_its_lead_is_measured() -> None:
    play = given("anna", browser=True)
    play.when(arrived(), held()).expect(commands=[LookUpClient(CALL, NUMBER)])
    assert play.seat("anna").shown is AgentState.OFFERED
    play.when(ClientFound(CALL, ClientId(7), 1)).expect(commands=[])
    play.wait(0.04)
    play.when(AcknowledgeCard(ANNA, offer(1))).expect(
        facts=[
            facts.CardPainted(play.now, CALL, offer(1), ANNA),
            facts.RingSent(play.now, CALL, offer(1), ANNA, True, 0.0),
        ],
        commands=[Ring(MAIN, CALL, offer(1), StationId("aanna"), 20)],
        reply=Accepted(),
    )
    play.when(AcknowledgeCard(ANNA, offer(1))).expect(facts=[], commands=[], reply=Accepted())


def test_the_gate_opens_by_itself_and_a_late_paint_is_still_noted() -> None:
    play = given("anna", browser=True)
    play.when(arrived(), held()).wait(0.149).expect(commands=[])
    play.wait(0.002).expect(
        facts=[facts.RingSent(ANY, CALL, offer(1), ANNA, False, None)],
        commands=[Ring(MAIN, CALL, offer(1), StationId("aanna"), 20)],
    )
    play.when(AcknowledgeCard(ANNA, offer(1))).expect(
        facts=[facts.CardPainted(play.now, CALL, offer(1), ANNA)], commands=[]
    )


def test_a_call_is_talked_wrapped_up_and_disposed() -> None:
    play = given("anna", wrap_up_seconds=30)
    play.when(arrived(), held()).wait(2)
    play.when(*rings("anna")).expect_among(
        facts.LegStarted(play.now, CALL, LEG, LegRole.AGENT, StationId("aanna"), ANNA),
        facts.PhoneRang(play.now, CALL, offer(1), ANNA, LEG),
    )
    play.wait(3).when(*answers()).expect_among(
        facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.ANSWERED),
        facts.TalkStarted(play.now, CALL, offer(1), ANNA, LEG),
        facts.AgentStateChanged(
            play.now, ANNA, AgentState.TALKING, AgentState.OFFERED, "", Author.SYSTEM, CALL
        ),
    )
    play.wait(60).when(caller_gone()).expect(
        facts=[
            facts.TalkEnded(play.now, CALL, ANNA, LEG, 60.0),
            facts.LegEnded(play.now, CALL, LegId(CALL), 16),
            facts.CallEnded(play.now, CALL, CallOutcome.ANSWERED, 5.0, 60.0),
        ]
    )
    assert play.seat("anna").shown is AgentState.TALKING  # his phone has a channel still
    play.when(LegEnded(MAIN, CALL, LEG, 16)).expect_among(
        facts.AgentStateChanged(
            play.now, ANNA, AgentState.WRAP_UP, AgentState.TALKING, "", Author.SYSTEM, CALL
        )
    )
    play.wait(10).when(CloseWrapUp(ANNA, CALL, "sold", "two of them")).expect_among(
        facts.CallDisposed(play.now, CALL, ANNA, "sold", "two of them", 10.0)
    )
    assert play.seat("anna").shown is AgentState.READY
    assert CALL not in play.core.floor.calls


def test_a_wrap_up_runs_out_and_its_note_may_come_late_until_the_next_offer() -> None:
    play = given("anna", wrap_up_seconds=5)
    play.when(arrived(), held(), *rings("anna"), *answers(), *caller_hangs_up()).wait(5)
    assert play.seat("anna").shown is AgentState.READY
    play.when(CloseWrapUp(ANNA, CALL, "sold", "late")).expect(
        facts=[facts.CallDisposed(play.now, CALL, ANNA, "sold", "late", 5.0)], reply=Accepted()
    )
    play.when(CloseWrapUp(ANNA, CALL, "sold", "again")).expect(facts=[], reply=refused(Refusal.TOO_LATE))


def test_no_note_lands_on_the_wrong_call() -> None:
    play = given("anna", wrap_up_seconds=5)
    play.when(arrived(), held(), *rings("anna"), *answers(), *caller_hangs_up()).wait(5)
    play.when(arrived(OTHER), held(OTHER))
    play.when(CloseWrapUp(ANNA, CALL, "sold", "")).expect(facts=[], reply=refused(Refusal.TOO_LATE))
    play.when(CloseWrapUp(ANNA, OTHER, "sold", "")).expect(reply=refused(Refusal.NOT_ALLOWED_NOW))


def test_without_wrap_up_time_the_agent_is_ready_at_his_legs_end() -> None:
    play = given("anna", wrap_up_seconds=0)
    play.when(arrived(), held(), *rings("anna"), *answers(), *caller_hangs_up())
    assert play.seat("anna").shown is AgentState.READY


def test_the_agent_hangs_up_first() -> None:
    play = given("anna")
    play.when(arrived(), held(), *rings("anna"), *answers()).wait(9)
    play.when(
        LegEnded(MAIN, CALL, LEG, 16),
        DialFinished(MAIN, CALL, StationId("aanna"), RingOutcome.ANSWERED, 16),
        caller_gone(),
    ).expect_among(
        facts.TalkEnded(play.now, CALL, ANNA, LEG, 9.0),
        facts.CallEnded(play.now, CALL, CallOutcome.ANSWERED, ANY, 9.0),
    )
    assert play.seat("anna").shown is AgentState.WRAP_UP


def test_the_agent_ends_the_call_in_the_console() -> None:
    play = given("anna", "boris")
    play.when(arrived(), held())
    play.when(EndCall(ANNA, CALL)).expect(commands=[], reply=refused(Refusal.NOT_ALLOWED_NOW))
    play.when(*rings("anna"), *answers())
    play.when(EndCall(BORIS, CALL)).expect(commands=[], reply=refused(Refusal.NOT_YOURS))
    play.when(EndCall(ANNA, CALL)).expect(commands=[HangUp(MAIN, CALL, LegId(CALL))], reply=Accepted())
    play.when(EndCall(ANNA, OTHER)).expect(reply=refused(Refusal.UNKNOWN_CALL))


# Offers that fail


def test_rona_pauses_the_agent_and_the_call_goes_on_at_the_head() -> None:
    play = given("anna", "boris")
    play.when(arrived(), held()).wait(20)
    since = play.call(CALL).since
    play.when(*rings("anna"), *fails("anna", RingOutcome.NO_ANSWER, 1)).expect_among(
        facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.NO_ANSWER),
        facts.AgentStateChanged(
            play.now, ANNA, AgentState.PAUSED, AgentState.OFFERED, "rona", Author.SYSTEM, None
        ),
        facts.CallQueued(play.now, CALL, SALES, 0, since, True),
        Ring(MAIN, CALL, offer(2), StationId("aboris"), 20),
    )


def test_rona_respects_a_wish_made_meanwhile() -> None:
    play = given("anna")
    play.when(arrived(), held(), *rings("anna"))
    play.when(SetIntent(ANNA, Intent.PAUSED, "lunch", Author.AGENT)).expect(
        facts=[facts.IntentChanged(play.now, ANNA, Intent.PAUSED, "lunch", Author.AGENT)], reply=Accepted()
    )
    play.when(*fails("anna", RingOutcome.NO_ANSWER, 1)).expect_among(
        facts.AgentStateChanged(
            play.now, ANNA, AgentState.PAUSED, AgentState.OFFERED, "lunch", Author.AGENT, None
        )
    )


def test_a_declined_call_goes_to_another_and_the_agent_stays_ready() -> None:
    play = given("anna", "boris")
    play.when(arrived(), held(), *rings("anna"), *fails("anna", RingOutcome.BUSY, 1)).expect_among(
        facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.DECLINED),
        Ring(MAIN, CALL, offer(2), StationId("aboris"), 20),
    )
    assert play.seat("anna").shown is AgentState.READY
    play.when(arrived(OTHER), held(OTHER))
    assert play.call(OTHER).state is CallState.WAITING  # left in peace
    play.wait(5).expect_among(Ring(MAIN, OTHER, offer(1, OTHER), StationId("aanna"), 20))


@pytest.mark.parametrize(
    ("plainer", "outcome"),
    [
        (RingOutcome.BUSY, OfferOutcome.DECLINED),
        (RingOutcome.UNREACHABLE, OfferOutcome.UNREACHABLE),
        (RingOutcome.CANCELLED, OfferOutcome.NO_ANSWER),
    ],
)
def test_the_dialplan_may_say_more_plainly_why_nobody_answered(
    plainer: RingOutcome, outcome: OfferOutcome
) -> None:
    play = given("anna").when(arrived(), held(), *rings("anna"))
    first, *_ = fails("anna", RingOutcome.NO_ANSWER, 1)
    _, *rest = fails("anna", plainer, 1)
    play.when(first, *rest).expect_among(facts.OfferEnded(play.now, CALL, offer(1), ANNA, outcome))


def test_a_declined_call_waits_for_who_did_not_decline() -> None:
    play = given("anna", "boris")
    play.when(arrived(OTHER), held(OTHER), *rings("anna", OTHER, LEG2), *answers(OTHER, LEG2))
    play.when(arrived(), held(), *rings("boris"), *fails("boris", RingOutcome.BUSY, 1)).wait(100)
    assert play.call(CALL).state is CallState.WAITING  # anna talks, and will be back


def test_the_only_agent_is_asked_again_after_a_pause() -> None:
    play = given("anna")
    play.when(arrived(), held(), *rings("anna"), *fails("anna", RingOutcome.BUSY, 1)).wait(9.9)
    assert play.call(CALL).state is CallState.WAITING
    play.wait(0.2).expect_among(Ring(MAIN, CALL, offer(2), StationId("aanna"), 20))


def test_declining_in_the_console_before_the_ring() -> None:
    play = given("anna", "boris", browser=True)
    play.when(arrived(), held())
    play.when(DeclineOffer(BORIS, offer(1))).expect(reply=refused(Refusal.NOT_YOURS))
    play.when(DeclineOffer(ANNA, offer(1))).expect_among(
        facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.DECLINED),
        facts.OfferMade(play.now, CALL, offer(2), SALES, BORIS, ANY, ANY, ANY, ANY, ANY),
    )
    play.when(AcknowledgeCard(ANNA, offer(1))).expect(commands=[], reply=refused(Refusal.TOO_LATE))


def test_declining_in_the_console_while_ringing_hangs_up_the_phone() -> None:
    play = given("anna")
    play.when(arrived(), held())
    play.when(DeclineOffer(ANNA, offer(1))).expect(commands=[], reply=Accepted())
    play.when(LegStarted(MAIN, CALL, LEG, StationId("aanna"))).expect(commands=[HangUp(MAIN, CALL, LEG)])
    play.when(*fails("anna", RingOutcome.NO_ANSWER, 1)).expect_among(
        facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.DECLINED)
    )
    assert play.seat("anna").intent is Intent.READY


def test_an_unreachable_phone_pauses_until_it_registers_again() -> None:
    play = given("anna")
    play.when(
        arrived(), held(),
        DialFinished(MAIN, CALL, StationId("aanna"), RingOutcome.UNREACHABLE, 20), held(attempt=1),
    ).expect_among(
        facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.UNREACHABLE),
        facts.AgentStateChanged(
            play.now, ANNA, AgentState.PAUSED, AgentState.OFFERED, "phone_unreachable", Author.SYSTEM, None
        ),
    )  # fmt: skip
    station = StationId("aanna")
    play.when(StationChanged(MAIN, station, StationState.UNAVAILABLE))
    play.when(StationChanged(MAIN, station, StationState.IDLE)).expect_among(
        Ring(MAIN, CALL, offer(2), station, 20)
    )


# The caller leaves


def test_the_caller_leaves_while_waiting() -> None:
    play = Playbook(plan("anna")).synced()
    play.when(arrived(), held()).wait(12).when(caller_gone()).expect_among(
        facts.CallEnded(play.now, CALL, CallOutcome.ABANDONED, 12.0, 0.0)
    )
    assert not play.core.floor.calls


def test_the_caller_leaves_behind_the_gate() -> None:
    play = given("anna", browser=True)
    play.when(arrived(), held(), caller_gone()).expect_among(
        facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.CALLER_LEFT),
        facts.CallEnded(play.now, CALL, CallOutcome.ABANDONED, 0.0, 0.0),
    )
    play.wait(1).expect(commands=[])
    assert play.seat("anna").idle_since == play.now - 2  # his place among the idle is kept


def test_the_caller_leaves_while_ringing_and_the_agent_is_free_at_his_legs_end() -> None:
    play = given("anna")
    play.when(arrived(), held(), *rings("anna"))
    play.when(RingEnded(MAIN, CALL, LEG, RingOutcome.CANCELLED), caller_gone()).expect_among(
        facts.OfferEnded(play.now, CALL, offer(1), ANNA, OfferOutcome.CALLER_LEFT)
    )
    play.when(arrived(OTHER), held(OTHER))
    assert play.call(OTHER).state is CallState.WAITING
    play.when(LegEnded(MAIN, CALL, LEG, 16)).expect_among(
        Ring(MAIN, OTHER, offer(1, OTHER), StationId("aanna"), 20)
    )


def test_the_callers_hang_up_crosses_the_answer() -> None:
    play = given("anna")
    play.when(arrived(), held(), *rings("anna"))
    play.when(
        RingEnded(MAIN, CALL, LEG, RingOutcome.ANSWERED), caller_gone(), LegEnded(MAIN, CALL, LEG, 16)
    ).expect_among(facts.CallEnded(play.now, CALL, CallOutcome.ABANDONED, 0.0, 0.0))
    assert play.seat("anna").shown is AgentState.READY


# The client


def test_a_picked_client_outranks_the_look_up() -> None:
    play = given("anna")
    play.when(arrived(), held())
    play.when(PickClient(ANNA, CALL, ClientId(9))).expect(
        facts=[facts.ClientPicked(play.now, CALL, ClientId(9), ANNA)],
        commands=[LookUpClient(CALL, NUMBER, ClientId(9))],
    )
    play.when(ClientFound(CALL, ClientId(7), 1)).expect(facts=[])
    assert play.call(CALL).client == 9
    play.when(PickClient(BORIS, CALL, ClientId(9))).expect(reply=refused(Refusal.UNKNOWN_AGENT))


def test_what_changed_with_a_client_makes_the_cards_of_his_calls_anew() -> None:
    play = given("anna")
    play.when(arrived(), held(), ClientFound(CALL, ClientId(7), 1))
    play.when(RemakeCards(ClientId(7))).expect(
        reply=Accepted(), facts=[], commands=[LookUpClient(CALL, NUMBER, ClientId(7))]
    )
    play.when(RemakeCards(ClientId(8))).expect(reply=Accepted(), commands=[])


def test_a_pick_taken_back_leaves_it_to_the_look_up() -> None:
    play = given("anna")
    play.when(arrived(), held(), PickClient(ANNA, CALL, ClientId(9)))
    play.when(PickClient(ANNA, CALL, None)).expect(
        facts=[facts.ClientPicked(play.now, CALL, None, ANNA)],
        commands=[LookUpClient(CALL, NUMBER, None)],
    )
    assert play.call(CALL).client is None
    play.when(ClientFound(CALL, ClientId(7), 1)).expect(
        facts=[facts.ClientMatched(play.now, CALL, ClientId(7), 1)]
    )
    assert play.call(CALL).client == 7


@pytest.mark.parametrize(("dialled", "queue"), [("200", "help"), ("100", "sales"), ("", "sales")])
def test_the_dialled_number_leads_to_its_queue(dialled: str, queue: str) -> None:
    queues = (Queue(SALES, "Sales", ("100",)), Queue(QueueId("help"), "Help", ("200",), priority=3))
    play = Playbook(plan("anna", queues=queues)).synced()
    play.when(arrived(dialled=dialled), held(dialled=dialled))
    assert play.call(CALL).queue == queue
