"""Chats and raised hands, by the script: order, bounds, who sees what, and restarts."""

from __future__ import annotations

import json
from dataclasses import replace

from callcenter.calls.chat_facts import ChatRead, ChatSent, HandLowered, HandRaised
from callcenter.calls.chat_requests import LowerHand, RaiseHand, ReadChat, SendChat
from callcenter.calls.chats import KEPT, LONGEST_TEXT, ChatMessage, direct, people_of, room, team_of
from callcenter.calls.floor import Floor
from callcenter.calls.projection import Shown, project
from callcenter.calls.requests import Accepted, Intent, Refusal, Refused, SetIntent
from callcenter.calls.restored import Restored, RestoredChat, RestoredHand
from callcenter.calls.states import Author
from callcenter.calls.views import AgentView, ChatMarksView, ChatView, ColleagueView
from callcenter.dispatch import chat
from callcenter.dispatch.gathered import PERIOD, Gathered
from callcenter.dispatch.inputs import PlanChanged
from callcenter.dispatch.pictures import Pictures
from routing.acd.model import RoutingPlan, Team
from routing.ids import AgentId, TeamId
from tests.dispatch.scenes import ANNA, BORIS, VERA, arrived, held
from tests.support.playbook import ANY, START, Playbook, plan

PAIR = direct("vera", "anna")
SALES_ROOM = room("sales")


def office(*agents: str) -> Playbook:
    return Playbook(_plan(*(agents or ("anna", "boris")))).synced()


def _plan(*agents: str) -> RoutingPlan:
    known = plan(*agents)
    members = tuple(replace(agent, team=TeamId("sales")) for agent in known.agents)
    return replace(known, agents=members, teams=(Team(TeamId("sales"), "Продажи"),))


def say(text: str, name: str = "m-000001", sender: str = "anna") -> SendChat:
    return SendChat(PAIR, name, sender, text)


def view_of(floor: Floor, key: str) -> object:
    (shown,) = project(floor, [key])
    return shown.view


def texts(play: Playbook, conversation: str = PAIR) -> list[str]:
    view = view_of(play.core.floor, f"chat/{conversation}")
    return [] if view is None else [line.text for line in view.messages]  # type: ignore[attr-defined]


def test_names_of_conversations() -> None:
    assert PAIR == "direct:anna:vera" == direct("anna", "vera")
    assert people_of(PAIR) == ("anna", "vera")
    assert people_of(SALES_ROOM) is None
    assert (team_of(SALES_ROOM), team_of(PAIR)) == ("sales", None)
    for odd in ("direct:vera:anna", "direct:anna:anna", "direct::a", "direct:a:b:c", "team:", "team:a:b", ""):
        assert people_of(odd) is None  # type: ignore[arg-type]
        assert team_of(odd) is None  # type: ignore[arg-type]


def test_a_message_is_kept_shown_and_read_by_who_wrote_it() -> None:
    play = office()
    number = int(START * 1e6)
    play.when(say("Привет")).expect(
        reply=Accepted(),
        facts=[
            ChatSent(START, PAIR, number, "m-000001", "anna", "Привет"),
            ChatRead(START, PAIR, number, "anna"),
        ],
        commands=[],
    )
    (shown,) = project(play.core.floor, [f"chat/{PAIR}"])
    assert (shown.audience, shown.private) == (frozenset(("anna", "vera")), True)
    assert view_of(play.core.floor, "marks/anna") == ChatMarksView("marks", {PAIR: number})


def test_messages_are_in_one_order_even_within_a_microsecond() -> None:
    play = office()
    play.when(say("один", "m-000001"), say("два", "m-000002", "vera"), say("три", "m-000003"))
    assert texts(play) == ["один", "два", "три"]
    numbers = [fact.number for fact in play.last.facts if isinstance(fact, ChatSent)]
    assert numbers == sorted(set(numbers))


def test_asked_again_after_a_lost_answer_it_is_said_once() -> None:
    play = office().when(say("Привет"))
    play.when(say("Привет")).expect(reply=Accepted(), facts=[])
    play.when(say("Привет", sender="vera"))  # the name is each sender's own
    assert texts(play) == ["Привет", "Привет"]


def test_no_faster_than_allowed_and_patience_is_rewarded() -> None:
    play = office()
    for number in range(chat.AT_ONCE):
        play.when(say("x", f"m-{number:06}")).expect(reply=Accepted())
    refused = play.when(say("y", "m-000100")).last.reply
    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.TOO_FAST
    play.when(say("z", "m-000101", "vera")).expect(reply=Accepted())  # each has his own pace
    play.wait(chat.EVERY).when(say("y", "m-000100")).expect(reply=Accepted())


def test_what_can_not_be_said() -> None:
    play = office()
    for text in ("", "  \n", "x" * (LONGEST_TEXT + 1)):
        play.when(say(text)).expect(reply=Refused(Refusal.NOT_ALLOWED_NOW, ANY), facts=[])
    play.when(SendChat(room("nobodys"), "m-000001", "anna", "x")).expect(
        reply=Refused(Refusal.TOO_LATE, ANY), facts=[]
    )


def test_only_the_last_messages_are_kept_here() -> None:
    play = office()
    for number in range(KEPT + 5):
        play.wait(chat.EVERY).when(say(str(number), f"m-{number:06}"))
    assert texts(play) == [str(number) for number in range(5, KEPT + 5)]


def test_the_conversation_silent_the_longest_leaves_the_picture(monkeypatch: object) -> None:
    play = office()
    setattr_ = monkeypatch.setattr  # type: ignore[attr-defined]
    setattr_(chat, "MOST_OPEN", 2)
    for number, other in enumerate(("b", "c", "b", "d")):
        play.wait(1).when(SendChat(direct("a", other), f"m-{number:06}", "a", other))
    assert list(play.core.floor.chats.open) == [direct("a", "b"), direct("a", "d")]
    assert view_of(play.core.floor, f"chat/{direct('a', 'c')}") is None
    assert f"chat/{direct('a', 'c')}" in play.last.changed
    assert play.core.floor.chats.marks["a"].keys() == {direct("a", "b"), direct("a", "d")}


def test_marks_only_move_on_and_not_past_the_end() -> None:
    play = office().when(say("Привет"))
    number = int(START * 1e6)
    play.when(ReadChat(PAIR, number + 99, "vera")).expect(facts=[ChatRead(START, PAIR, number, "vera")])
    play.when(ReadChat(PAIR, number - 5, "vera")).expect(reply=Accepted(), facts=[])
    play.when(ReadChat(direct("x", "y"), 5, "x")).expect(reply=Accepted(), facts=[])
    (shown,) = project(play.core.floor, ["marks/vera"])
    assert (shown.view, shown.audience, shown.private) == (
        ChatMarksView("marks", {PAIR: number}),
        frozenset(("vera",)),
        True,
    )


def test_a_teams_room_is_the_teams_as_it_is_now() -> None:
    play = office("anna", "boris")
    play.when(SendChat(SALES_ROOM, "m-000001", "sveta", "Всем привет"))
    (shown,) = project(play.core.floor, [f"chat/{SALES_ROOM}"])
    assert isinstance(shown.view, ChatView)
    assert (shown.view.name, shown.audience, shown.private) == ("Продажи", frozenset((ANNA, BORIS)), False)
    outcome = play.given(PlanChanged(_plan("anna", "vera")))
    assert f"chat/{SALES_ROOM}" in outcome.changed
    (shown,) = project(play.core.floor, [f"chat/{SALES_ROOM}"])
    assert shown.audience == frozenset((ANNA, VERA))


def test_a_restart_goes_on_with_the_same_picture() -> None:
    before = office().when(say("Привет"), RaiseHand(BORIS, ""))
    kept = tuple(before.core.floor.chats.open[PAIR].kept)
    number = kept[-1].number
    play = office()
    play.given(
        Restored(
            (),
            (),
            chats=(RestoredChat(PAIR, kept, (("anna", number),)),),
            hands=(RestoredHand(BORIS, START - 5, "Спросить"), RestoredHand(AgentId("gone"), 1.0, "")),
        )
    )
    assert texts(play) == ["Привет"]
    assert view_of(play.core.floor, "marks/anna") == ChatMarksView("marks", {PAIR: number})
    view = view_of(play.core.floor, "agent/boris")
    assert isinstance(view, AgentView)
    assert (view.hand_since, view.hand_text) == (START - 5, "Спросить")
    play.when(say("Привет")).expect(facts=[])  # its answer was lost with the process before
    later = ChatMessage(number + 10_000_000, START + 10, "m-9", "vera", "из будущего")
    play.given(Restored((), (), chats=(RestoredChat(PAIR, (later,), ()),)))
    play.when(say("дальше", "m-000002"))
    assert texts(play) == ["из будущего", "дальше"]  # a clock that went back changes no order


def test_a_hand_goes_up_and_down() -> None:
    play = office().when(RaiseHand(ANNA, "")).expect(reply=Refused(Refusal.NOT_ALLOWED_NOW, ANY), facts=[])
    play.when(SetIntent(ANNA, Intent.READY, "", Author.AGENT))
    play.when(RaiseHand(ANNA, "VIP ругается")).expect(
        reply=Accepted(), facts=[HandRaised(START, ANNA, START, "VIP ругается")], commands=[]
    )
    play.when(RaiseHand(ANNA, "VIP ругается")).expect(reply=Accepted(), facts=[])
    play.wait(5).when(RaiseHand(ANNA, "уже нет")).expect(
        facts=[HandRaised(START + 5, ANNA, START, "уже нет")]
    )
    play.when(LowerHand(ANNA, "sveta")).expect(
        reply=Accepted(), facts=[HandLowered(START + 5, ANNA, "sveta")]
    )
    play.when(LowerHand(ANNA, "anna")).expect(reply=Accepted(), facts=[])
    unknown = Refused(Refusal.UNKNOWN_AGENT, ANY)
    play.when(RaiseHand(AgentId("nobody"), "")).expect(reply=unknown)
    play.when(LowerHand(AgentId("nobody"), "sveta")).expect(reply=unknown)


def test_a_hand_goes_down_with_its_agents_leaving() -> None:
    play = office().when(SetIntent(ANNA, Intent.READY, "", Author.AGENT), RaiseHand(ANNA, ""))
    play.when(SetIntent(ANNA, Intent.OFFLINE, "", Author.AGENT))
    assert HandLowered(START, ANNA, "") in play.last.facts


# Colleagues


def colleague(floor: Floor, agent: str) -> ColleagueView:
    view = view_of(floor, f"colleague/{agent}")
    assert isinstance(view, ColleagueView)
    return view


def test_everyone_sees_a_colleagues_state_and_nothing_of_his_calls() -> None:
    play = office().when(SetIntent(ANNA, Intent.READY, "", Author.AGENT), arrived(), held())
    (shown,) = project(play.core.floor, ["colleague/anna"])
    assert (shown.audience, shown.private) == (None, False)
    pictures = Pictures(play.core.floor)
    (about_anna,) = pictures.updates(["agent/anna"], START)
    assert about_anna.key == "agent/anna"
    (update,) = pictures.gathered(START)
    assert json.loads(update.document or b"") == {
        "kind": "colleague",
        "agent": "anna",
        "name": "Anna",
        "team": "sales",
        "station": "aanna",
        "state": "offered",
        "since": START,
    }


def test_colleagues_are_gathered_and_shown_once() -> None:
    play = office()
    gathered = all_shown(play)
    assert gathered.due_at is None
    play.when(SetIntent(ANNA, Intent.READY, "", Author.AGENT))
    assert not gathered.takes("agent/anna", START)  # its own people are told at once
    assert not gathered.takes("call/main:1.1", START)
    assert gathered.due_at == START + PERIOD
    assert gathered.take(START) == []  # a call that comes has the screens to itself
    assert keys(gathered.take(START + PERIOD)) == ["colleague/anna"]
    assert gathered.due_at is None
    play.when(*(SetIntent(AgentId(one), Intent.OFFLINE, "", Author.AGENT) for one in ("anna", "boris")))
    for step in range(50):
        gathered.takes("agent/anna", START + 1 + step / 1_000)
        gathered.takes("agent/boris", START + 1 + step / 1_000)
    assert gathered.due_at == START + 1 + PERIOD
    assert gathered.take(START + 1 + PERIOD / 2) == []
    assert keys(gathered.take(START + 1 + PERIOD)) == ["colleague/anna"]  # nobody saw Boris in between
    gathered.takes("agent/anna", START + 2)  # a change that does not show: its browser, its phone
    assert gathered.take(START + 3) == []


def test_a_queues_numbers_are_gathered_as_well() -> None:
    gathered = Gathered(office().core.floor)
    for _ in range(3):
        assert gathered.takes("queue/sales", START)
    (shown,) = gathered.take(START)  # a new process begins with all that there is
    assert (shown.key, shown.audience) == ("queue/sales", None)
    gathered.takes("queue/sales", START + 1)  # nothing that shows
    assert gathered.take(START + 2) == []


def test_a_thousand_colleagues_are_gathered_for_longer() -> None:
    play = office(*(f"agent{number}" for number in range(1_000)))
    gathered = all_shown(play)
    gathered.takes("agent/agent7", START)
    assert gathered.due_at == START + 2.0


def test_an_agent_who_left_the_plan_is_no_colleague() -> None:
    play = office()
    gathered = Gathered(play.core.floor)
    gathered.takes("agent/boris", START)
    gathered.take(START + 3)
    play.given(PlanChanged(_plan("anna")))
    gathered.takes("agent/boris", START + 6)
    assert [(one.key, one.view) for one in gathered.take(START + 9)] == [("colleague/boris", None)]
    gathered.takes("agent/boris", START + 10)
    assert gathered.take(START + 12) == []


def all_shown(play: Playbook) -> Gathered:
    gathered = Gathered(play.core.floor)
    for seat in play.core.floor.seats:
        gathered.takes(f"agent/{seat}", START - 9)
    assert len(gathered.take(START - 9)) == len(play.core.floor.seats)
    return gathered


def keys(gathered: list[Shown]) -> list[str]:
    return [one.key for one in gathered]
