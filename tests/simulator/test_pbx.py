"""The pure PBX model. What Asterisk says is the contract's matter; here is what holds by design."""

from __future__ import annotations

import pytest

from callcenter.simulator import DECLINES, RingPlan, SimulatedPbx
from callcenter.simulator.actions import Session, handle
from callcenter.simulator.wire import Event

NUMBER = "74951230001"


class Hands:
    """A PBX with a manager logged in, and time in the test's hands."""

    def __init__(self, **options: object) -> None:
        self.pbx = SimulatedPbx(now=1000.0, stations=("a1001", "a1002"), **options)  # type: ignore[arg-type]
        self.session = Session({})
        self.session.authenticated = True
        self.act("Setvar", Variable="CC_HB", Value="1000")

    def act(self, name: str, **headers: object) -> list[str]:
        pairs = [("Action", name), *((key, str(value)) for key, value in headers.items())]
        return handle(self.pbx, self.session, pairs)

    def ring(self, caller: str, station: str) -> list[Event]:
        self.act("Redirect", Channel=caller, Context="cc-dial", Exten=station, Priority=1)
        return self.pbx.drain()

    def until(self, now: float) -> list[Event]:
        self.pbx.advance(now)
        return self.pbx.drain()


def names(events: list[Event]) -> list[str]:
    return [event.get("UserEvent") or event.name for event in events]


def test_a_call_leaves_nothing_behind() -> None:
    hands = Hands()
    caller = hands.pbx.call("79161234567", "Anna", NUMBER)
    hands.ring(caller, "a1001")
    assert hands.pbx.phone("a1001").answer()
    assert hands.pbx.phone("a1001").state == "INUSE"
    assert hands.pbx.phone("a1001").hang_up()
    events = hands.pbx.drain()
    assert names(events)[-1] == "Hangup"
    assert not hands.pbx.channels
    assert not hands.pbx.bridges
    assert hands.pbx.live_calls == 0
    assert hands.pbx.counts.answered == 1


def test_timers_run_at_their_own_times_however_far_time_jumps() -> None:
    hands = Hands()
    hands.pbx.phone("a1001").plan = RingPlan(ring_after=0.1, answer_after=2.0, hang_up_after=3.0)
    caller = hands.pbx.call("79161234567", "", NUMBER)
    hands.ring(caller, "a1001")
    small = Hands()
    small.pbx.phone("a1001").plan = RingPlan(ring_after=0.1, answer_after=2.0, hang_up_after=3.0)
    again = small.pbx.call("79161234567", "", NUMBER)
    small.ring(again, "a1001")
    steps = [event for step in range(1000, 1011) for event in small.until(float(step))]
    assert hands.until(1010.0) == steps
    assert hands.pbx.next_timer() == small.pbx.next_timer()


def test_a_caller_runs_out_of_patience_only_before_an_answer() -> None:
    hands = Hands()
    hands.pbx.call("1", "", NUMBER, patience=10.0)
    talker = hands.pbx.call("2", "", NUMBER, patience=10.0, talk=30.0)
    hands.pbx.phone("a1001").plan = RingPlan(answer_after=1.0)
    hands.ring(talker, "a1001")
    hands.act("Setvar", Variable="CC_HB", Value="1100")
    hands.until(1012.0)
    assert list(hands.pbx.channels) == [talker, hands.pbx.phone("a1001").legs[0].uniqueid]
    hands.until(1032.0)
    assert not hands.pbx.channels
    assert (hands.pbx.counts.answered, hands.pbx.counts.lost) == (1, 1)


def test_a_stale_heartbeat_is_noticed_at_each_callers_next_look() -> None:
    hands = Hands(fallback_members=("a1002",))
    hands.pbx.phone("a1002").unregister()
    hands.until(1003.4)
    hands.pbx.call("79161234567", "", NUMBER)
    hands.pbx.drain()
    assert hands.until(1016.0) == []
    assert hands.until(1016.3) == []
    assert names(hands.until(1016.41)) == ["CCFallback"]
    assert "CCFallback" in names(hands.until(1021.5)), "looks again after 5 s of rest"


def test_heartbeats_keep_callers_on_hold() -> None:
    hands = Hands()
    hands.pbx.call("79161234567", "", NUMBER)
    for now in range(1004, 1100, 4):
        hands.pbx.advance(float(now))
        hands.act("Setvar", Variable="CC_HB", Value=now)
    assert "CCFallback" not in names(hands.pbx.drain())


def test_a_caller_whom_nobody_fetches_from_the_fallback_is_let_go_in_the_end() -> None:
    hands = Hands()
    hands.act("Setvar", Variable="CC_HB", Value="0")
    hands.pbx.call("79161234567", "", NUMBER)
    events = hands.until(2000.0)
    assert names(events).count("CCFallback") == 61
    assert names(events)[-1] == "Hangup"


def test_the_fallback_serves_callers_in_turn() -> None:
    hands = Hands(fallback_members=("a1001", "a1002"))
    for station in ("a1001", "a1002"):
        hands.pbx.phone(station).plan = RingPlan(answer_after=1.0, hang_up_after=5.0)
    hands.act("Setvar", Variable="CC_HB", Value="0")
    callers = [hands.pbx.call(str(number), "", NUMBER) for number in range(10, 16)]
    events = hands.until(1060.0)
    answered = [event.get("Uniqueid") for event in events if event.name == "AgentConnect"]
    assert answered == callers
    assert not hands.pbx.channels
    assert hands.pbx.fallback.waiting == []


def test_a_talking_phone_refuses_a_second_call() -> None:
    hands = Hands()
    phone = hands.pbx.phone("a1001")
    first = hands.pbx.call("1", "", NUMBER)
    second = hands.pbx.call("2", "", NUMBER)
    hands.ring(first, "a1001")
    phone.answer()
    hands.ring(second, "a1001")
    events = hands.until(1000.1)
    dial_end = next(event for event in events if event.name == "DialEnd")
    assert dial_end.get("DialStatus") == "BUSY"
    assert phone.talking_leg is not None


def test_acts_that_come_too_late_do_nothing() -> None:
    hands = Hands()
    phone = hands.pbx.phone("a1001")
    caller = hands.pbx.call("1", "", NUMBER)
    hands.ring(caller, "a1001")
    assert hands.pbx.hang_up(caller)
    hands.pbx.drain()
    assert not phone.answer()
    assert not phone.decline()
    assert not phone.hang_up()
    assert not hands.pbx.hang_up(caller)
    assert hands.pbx.drain() == []


def test_a_redirect_after_the_caller_left_is_forgotten() -> None:
    hands = Hands()
    caller = hands.pbx.call("1", "", NUMBER)
    answer = hands.act("Redirect", Channel=caller, Context="cc-dial", Exten="a1001", Priority=1)
    assert "Redirect successful" in answer[0]
    hands.pbx.hang_up(caller)
    assert names(hands.pbx.drain())[-1] == "Hangup"
    assert not hands.pbx.channels


def test_a_phone_that_declines_at_once_never_rings() -> None:
    hands = Hands()
    hands.pbx.phone("a1001").plan = DECLINES
    caller = hands.pbx.call("1", "", NUMBER)
    events = hands.ring(caller, "a1001") + hands.until(1000.1)
    assert "DialState" not in names(events)
    assert names(events)[-1] == "CCHold"
    assert events[-1].get("Try") == "1"


def test_the_front_door_takes_numbers_only() -> None:
    hands = Hands()
    with pytest.raises(ValueError, match="no extension"):
        hands.pbx.call("1", "", "sales")
    assert hands.pbx.drain() == []


def test_what_a_trunk_sends_cannot_start_another_header() -> None:
    hands = Hands()
    hands.pbx.call("1\r\nEvent: Hangup", "An\nna", "+7495,1")
    events = hands.pbx.drain()
    assert all(len([name for name, _ in event.headers() if name == "Event"]) == 1 for event in events)
    held = next(event for event in events if event.get("UserEvent") == "CCHold")
    assert held.get("Dnis") == "+74951"
    assert held.get("CallerIDName") == "Anna"


def test_noise_is_only_said_when_asked_for() -> None:
    quiet, noisy = Hands(), Hands(noise=True)
    for hands in (quiet, noisy):
        hands.pbx.call("1", "", NUMBER)
    said = names(noisy.pbx.drain())
    assert {"VarSet", "Newexten"} <= set(said)
    assert names(quiet.pbx.drain()) == [name for name in said if name not in ("VarSet", "Newexten")]


def test_only_the_heartbeat_is_counted_by_the_wall_clock() -> None:
    hands = Hands(speed=10.0)
    hands.pbx.call("1", "", NUMBER)
    hands.pbx.drain()
    assert hands.until(1150.0) == [], "150 of its seconds are 15 of the wall's"
    assert names(hands.until(1161.0))[:1] == ["CCFallback"]


def test_a_recording_is_silent_from_its_pause_through_park_and_room_until_a_hold() -> None:
    hands = Hands()
    caller = hands.pbx.call("79161234567", "", NUMBER)
    hands.act("Setvar", Channel=caller, Variable="CC_RECORDING", Value="one")
    hands.ring(caller, "a1001")
    hands.pbx.phone("a1001").answer()
    leg = hands.pbx.phone("a1001").legs[0].uniqueid
    hands.until(1005.0)
    hands.act("MixMonitorMute", Channel=caller, Direction="both", State=1)
    hands.until(1007.0)
    room = {"ExtraChannel": leg, "ExtraContext": "cc-room", "ExtraExten": "s", "ExtraPriority": 1}
    hands.act("Redirect", Channel=caller, Context="cc-park", Exten="s", Priority=1, **room)
    hands.pbx.drain()
    hands.until(1010.0)
    hands.act("Redirect", Channel=caller, Context="cc-room", Exten="s", Priority=1)
    hands.pbx.drain()
    hands.until(1013.0)
    hands.act("Redirect", Channel=caller, Context="cc-hold", Exten="s", Priority=1)
    hands.pbx.drain()
    hands.until(1014.0)
    tape = hands.pbx.shelf.tapes["one"]
    assert (tape.seconds, tape.silent) == (pytest.approx(10.0), pytest.approx(5.0))
    hands.ring(caller, "a1002")
    hands.pbx.phone("a1002").answer()
    hands.until(1018.0)
    hands.act("Hangup", Channel=caller)
    assert (tape.seconds, tape.silent) == (pytest.approx(14.0), pytest.approx(5.0))
