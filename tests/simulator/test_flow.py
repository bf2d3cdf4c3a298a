"""Steps of flows and placed calls on the simulated PBX, with a clock of the test's own. That they are
Asterisk's is the contract's business; here are seeds, scripted people, and whatever may happen at once."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings, strategies as st

from callcenter.simulator import RingPlan, SimulatedPbx
from callcenter.simulator.actions import Session, handle
from callcenter.simulator.channels import Caller
from callcenter.simulator.wire import Event
from callcenter.telephony.ami.render import render
from callcenter.telephony.ami.render_steps import FlowCommand
from callcenter.telephony.commands import Ask, DialOut, PlaceCall, Play, Record
from routing.ids import CallId, ServerId, call_id, placed_call_id, uniqueid_of

NOW = 1_764_000_000.0
SERVER = ServerId("main")


class Bench:
    """A PBX, a manager, and what was said."""

    def __init__(self) -> None:
        self.pbx = SimulatedPbx(
            now=NOW, stations=["a1001"], fallback_members=[], system_name="sim", prompt_seconds=2.0
        )
        self.session = Session({})
        self.session.authenticated = True
        self.said: list[Event] = []
        self.at = NOW
        self.pbx.set_global("CC_HB", str(int(NOW) + 1_000_000))

    def call(self) -> CallId:
        uniqueid = self.pbx.call("79161234567", "", "74951230001")
        self.let(0.0)
        return call_id(SERVER, uniqueid)

    def send(self, command: FlowCommand) -> None:
        for action in render(command):
            headers = [("Action", action.name), ("ActionID", action.action_id or "x"), *action.headers]
            (answer,) = handle(self.pbx, self.session, headers)
            assert answer.startswith("Response: Success"), answer
        self.let(0.0)

    def let(self, seconds: float) -> None:
        """Let time pass."""
        self.at += seconds
        self.pbx.advance(self.at)
        self.said += self.pbx.drain()

    def user(self, name: str) -> list[dict[str, str]]:
        """What the dialplan said by that name."""
        found = [dict(event.headers()) for event in self.said if event.name == "UserEvent"]
        return [one for one in found if one["UserEvent"] == name]

    def caller(self, call: CallId) -> Caller:
        found = self.pbx.channels[uniqueid_of(call)]
        assert isinstance(found, Caller)
        return found


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_prompt_takes_its_time_and_a_number_too(bench: Bench) -> None:
    call = bench.call()
    bench.send(Play(SERVER, call, 1, ("welcome", "25"), "en"))
    bench.let(3.1)
    assert not bench.user("CCStep")
    bench.let(0.2)  # 2 s, and two recordings of 0.6 s
    assert [one["Step"] for one in bench.user("CCStep")] == ["1"]
    assert len(bench.user("CCHold")) == 2


def test_a_scripted_caller_presses_what_he_means_to(bench: Bench) -> None:
    call = bench.call()
    bench.caller(call).answers = lambda: (1.5, "2")
    bench.send(Ask(SERVER, call, 1, ("menu",), "en", 1, 5))
    bench.let(1.4)
    assert not bench.user("CCStep")
    bench.let(0.2)
    assert [one["Digits"] for one in bench.user("CCStep")] == ["2"]
    # Who left the step in time presses nothing later.
    bench.send(Ask(SERVER, call, 2, ("menu",), "en", 1, 5))
    bench.pbx.press(uniqueid_of(call), "#")
    bench.let(10.0)
    assert [one["Digits"] for one in bench.user("CCStep")] == ["2", "#"], "where one key is asked for"


def test_a_scripted_caller_speaks_and_the_silence_is_not_counted(bench: Bench) -> None:
    call = bench.call()
    bench.caller(call).speaks = 7.0
    bench.send(Record(SERVER, call, 1, (), "en", "m1", 60))
    bench.let(11.5)
    assert [(one["Outcome"], one["Seconds"]) for one in bench.user("CCStep")] == [("DONE", "7")]
    assert bench.pbx.shelf.messages["m1"] == pytest.approx(7.0)
    bench.caller(call).speaks = 0.0
    bench.send(Record(SERVER, call, 2, (), "en", "m2", 60))
    bench.let(11.5)
    assert (bench.user("CCStep")[-1]["Outcome"], bench.user("CCStep")[-1]["Seconds"]) == ("DONE", "0")


def test_a_full_spool_fails_and_keeps_nothing(bench: Bench) -> None:
    call = bench.call()
    bench.pbx.shelf.full = True
    bench.send(Record(SERVER, call, 1, (), "en", "m1", 60))
    bench.let(1.0)
    assert [one["Outcome"] for one in bench.user("CCStep")] == ["FAILED"]
    assert not bench.pbx.shelf.messages


def test_asterisks_own_words_stand_in_until_there_is_a_recording(bench: Bench) -> None:
    call = bench.call()
    bench.send(Play(SERVER, call, 1, ("cc-minutes", "5"), "en"))
    bench.let(1.7)
    assert not bench.user("CCStep")
    bench.let(0.2)  # three recordings of 0.6 s
    assert [one["Missing"] for one in bench.user("CCStep")] == [""]
    bench.pbx.shelf.put("en", "cc-minutes", 0.1)
    bench.send(Play(SERVER, call, 2, ("cc-minutes", "5"), "en"))
    bench.let(0.8)
    assert len(bench.user("CCStep")) == 2


def test_people_outside_follow_their_plan(bench: Bench) -> None:
    bench.pbx.outside.plan = lambda number: (
        RingPlan(answer_after=3.0, hang_up_after=20.0) if number == "1" else RingPlan(decline_after=1.0)
    )
    good, bad = placed_call_id(SERVER, "good"), placed_call_id(SERVER, "bad")
    bench.send(PlaceCall(SERVER, good, "1", "7495", 30))
    bench.send(PlaceCall(SERVER, bad, "2", "7495", 30))
    bench.let(3.5)
    assert [one["Number"] for one in bench.user("CCBack")] == ["1"]
    answers = [dict(one.headers()) for one in bench.said if one.name == "OriginateResponse"]
    assert {one["ActionID"]: one["Response"] for one in answers} == {
        "placed-bad": "Failure",
        "placed-good": "Success",
    }
    assert bench.pbx.live_calls == 1
    bench.let(20.0)
    assert bench.pbx.live_calls == 0
    assert not bench.pbx.channels
    assert not bench.pbx.outside.dialled


def test_a_client_that_does_not_answer_is_given_up(bench: Bench) -> None:
    bench.send(PlaceCall(SERVER, placed_call_id(SERVER, "x"), "1", "7495", 5))
    bench.let(6.0)
    assert not bench.pbx.channels
    assert [dict(one.headers())["Cause"] for one in bench.said if one.name == "Hangup"] == ["19"]


COMMANDS = st.sampled_from(["play", "ask", "record", "out", "dial", "hold"])
ACTS = st.sampled_from(
    [
        "let",
        "let long",
        "press 1",
        "press #",
        "hang up",
        "outside answers",
        "outside declines",
        "outside ends",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.booleans(), COMMANDS, ACTS), max_size=25))
def test_whatever_happens_in_steps_nothing_is_left_behind(script: list[tuple[bool, str, str]]) -> None:
    """Steps sent at any moment (also the wrong one), keys, answers and hang-ups: no channel, bridge, timer of
    a caller or dialled number outlives its call, and each step is told at most once."""
    bench = Bench()
    call, steps = bench.call(), itertools.count(1)
    pbx = bench.pbx
    for commanded, command, act in script:
        alive = uniqueid_of(call) in pbx.channels
        if commanded and alive:
            step = next(steps)
            match command:
                case "play":
                    bench.send(Play(SERVER, call, step, ("welcome",), "en", "1"))
                case "ask":
                    bench.send(Ask(SERVER, call, step, ("menu",), "en", 2, 3))
                case "record":
                    bench.send(Record(SERVER, call, step, (), "en", f"m{step}", 5))
                case "out":
                    bench.send(DialOut(SERVER, call, step, "74950000000", 4))
                case _:
                    context, exten = ("cc-dial", "a1001") if command == "dial" else ("cc-hold", "s")
                    pbx.redirect(bench.caller(call), context, exten)
                    bench.let(0.0)
        match act.split():
            case ["press", key]:
                pbx.press(uniqueid_of(call), key)
            case ["hang", "up"]:
                pbx.hang_up(uniqueid_of(call))
            case ["outside", "answers"]:
                pbx.outside.answer()
            case ["outside", "declines"]:
                pbx.outside.decline(486)
            case ["outside", "ends"]:
                pbx.outside.hang_up()
            case _:
                bench.let(30.0 if act == "let long" else 0.7)
        bench.let(0.0)
    told = [one["Step"] for one in bench.user("CCStep")]
    assert len(told) == len(set(told))
    pbx.hang_up(uniqueid_of(call))
    bench.let(0.0)
    assert not pbx.channels
    assert not pbx.bridges
    assert not pbx.outside.dialled
    assert not pbx.leaving
    before = len(bench.said)
    bench.let(100.0)
    assert bench.said[before:] == []
