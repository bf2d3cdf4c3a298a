"""Calls that are not simply answered: refused, unanswered, given up; and phones that are not there."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.integration.house import House, id_of, line, new_number, operator, talking
from tests.support.asterisk import AsteriskServer
from tests.support.asterisk_ami import RawAmi
from tests.support.server import ApiClient, Screen
from tests.support.sipp import (
    REJECTS,
    RINGS,
    SILENT,
    Call,
    Plan,
    ScriptedCaller,
    ScriptedPhone,
    SippCaller,
    SippCallSpec as Spec,
)
from tests.support.tally import tried

pytestmark = pytest.mark.asterisk

REFUSED, RONA, GIVEN_UP, ABSENT, CONSOLE = (f"8800555210{at}" for at in range(1, 6))
STATIONS = {
    "refused": ("a1011", "a1012"),
    "rona": ("a1013", "a1014"),
    "given-up": ("a1015",),
    "absent": ("a1016",),
    "console": ("a1017", "a1018"),
}


QUICK = {"ROUTING_DECLINE_PAUSE_SECONDS": 0.2, "ROUTING_REOFFER_SECONDS": 2}


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_sqlite: str) -> Iterator[House]:
    queues = [
        line("refused", REFUSED),
        line("rona", RONA, ring=1),
        line("given-up", GIVEN_UP),
        line("absent", ABSENT, ring=1),
        line("console", CONSOLE),
    ]
    people = [
        operator(f"{queue}-{number}", station, queue)
        for queue, stations in STATIONS.items()
        for number, station in enumerate(stations, 1)
    ]
    opened = House.open(asterisk, house_folder, house_sqlite, queues, people, settings=QUICK)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
async def floor(house: House) -> AsyncIterator[tuple[ApiClient, Screen]]:
    async with house.watched() as watched:
        yield watched


@pytest.fixture
async def caller(house: House) -> AsyncIterator[ScriptedCaller]:
    async with ScriptedCaller(house.asterisk) as caller:
        yield caller


async def ready(boss: ApiClient, screen: Screen, *agents: str) -> None:
    """One after the other, so that the first has been idle longest."""
    for agent in agents:
        await boss.set_state("offline", agent=agent)
        await boss.set_state("ready", agent=agent)
        await screen.wait_agent(agent, "ready")


async def answered_and_over(phone: ScriptedPhone, outgoing: Call) -> Call:
    """Take the next ringing, talk, and let the caller hang up."""
    rung = await phone.next_call()
    if not rung.answered.is_set():
        rung.answer()
    await talking(rung, outgoing)
    outgoing.hang_up()
    assert await rung.wait_ended() == "bye"
    return rung


@pytest.mark.parametrize("code", [486, 603])
async def test_who_refuses_is_not_rung_again_while_another_is_there(
    house: House, floor: tuple[ApiClient, Screen], caller: ScriptedCaller, code: int
) -> None:
    boss, screen = floor
    async with (
        ScriptedPhone(house.asterisk, "a1011", plan=Plan(ring=False, reject_with=code)) as first,
        ScriptedPhone(house.asterisk, "a1012", plan=RINGS) as second,
    ):
        await ready(boss, screen, "refused-1", "refused-2")
        outgoing = await caller.call(REFUSED, caller=new_number())
        call = id_of(await first.next_call())
        rung = await answered_and_over(second, outgoing)
        assert (id_of(rung), first.unseen_calls) == (call, 0)
        record = await boss.ended(call)
        assert [(offer["agent"], offer["outcome"]) for offer in record["offers"]] == [
            ("refused-1", "declined"),
            ("refused-2", "answered"),
        ]
        assert (record["outcome"], record["agent"]) == ("answered", "refused-2")
        # He said no to a call, not to work.
        await screen.wait_agent("refused-1", "ready")
    tried("rejection")


async def test_the_only_one_who_refuses_gets_the_call_again_after_a_while(
    house: House, floor: tuple[ApiClient, Screen], caller: ScriptedCaller
) -> None:
    """Better than silence; and not at once, nor in a loop."""
    boss, screen = floor
    async with ScriptedPhone(house.asterisk, "a1012", plan=REJECTS) as phone:
        await ready(boss, screen, "refused-2")
        await boss.set_state("offline", agent="refused-1")
        outgoing = await caller.call(REFUSED, caller=new_number())
        refused = await phone.next_call()
        phone.plan = RINGS
        again = await phone.next_call()
        assert again.invited_at - refused.invited_at > 1.9
        again.answer()
        await talking(again, outgoing)
        outgoing.hang_up()
        await again.wait_ended()
        record = await boss.ended(id_of(again))
        assert [offer["outcome"] for offer in record["offers"]] == ["declined", "answered"]
    tried("rejection")


async def test_a_refusal_in_the_console_stops_the_phone(
    house: House, floor: tuple[ApiClient, Screen], caller: ScriptedCaller
) -> None:
    boss, screen = floor
    async with (
        ScriptedPhone(house.asterisk, "a1017", plan=RINGS) as first,
        ScriptedPhone(house.asterisk, "a1018", plan=RINGS) as second,
        house.login("console-1") as agent,
        agent.screen() as mine,
    ):
        await ready(boss, screen, "console-1", "console-2")
        outgoing = await caller.call(CONSOLE, caller=new_number())
        rung = await first.next_call()
        call = id_of(rung)
        await mine.wait_state("offered")
        await agent.call("POST", f"/api/v1/calls/{call}/decline", {"offer": mine.me["offer"]})
        assert await rung.wait_ended() == "cancel"
        await answered_and_over(second, outgoing)
        record = await boss.ended(call)
        assert [offer["outcome"] for offer in record["offers"]] == ["declined", "answered"]
        assert record["offers"][0]["lead"] >= 0
    tried("rejection")


@pytest.mark.parametrize("plan", [RINGS, SILENT], ids=["rings", "silent"])
async def test_who_does_not_answer_is_made_not_ready_and_the_call_keeps_its_place(
    house: House, floor: tuple[ApiClient, Screen], caller: ScriptedCaller, plan: Plan
) -> None:
    boss, screen = floor
    async with (
        ScriptedPhone(house.asterisk, "a1013", plan=plan) as absent,
        ScriptedPhone(house.asterisk, "a1014", plan=RINGS) as there,
    ):
        await boss.set_state("offline", agent="rona-2")
        await ready(boss, screen, "rona-1")
        number, later = new_number(), new_number()
        outgoing = await caller.call(RONA, caller=number)
        rung = await absent.next_call()
        behind = await caller.call(RONA, caller=later)
        entered = (await screen.wait_call(number, "offered"))["queued_at"]
        await screen.wait_call(later, "waiting")
        await screen.wait(lambda: screen.agent("rona-1").get("state") == "paused", "RONA")
        assert screen.agent("rona-1")["reason"] == "rona"
        waiting = await screen.wait_call(number, "waiting")
        assert waiting["queued_at"] == entered
        # The next free agent gets the head of the queue: the call that rang in vain.
        await boss.set_state("ready", agent="rona-2")
        got = await answered_and_over(there, outgoing)
        assert id_of(got) == id_of(rung)
        last = await answered_and_over(there, behind)
        record = await boss.ended(id_of(got))
        assert [(offer["agent"], offer["outcome"]) for offer in record["offers"]] == [
            ("rona-1", "no_answer"),
            ("rona-2", "answered"),
        ]
        assert record["waited"] > 1.0
        await boss.ended(id_of(last))
        assert absent.unseen_calls == 0
        assert screen.agent("rona-1")["state"] == "paused"
    tried("unanswered ring")


async def test_a_caller_gives_up_while_waiting(
    house: House, floor: tuple[ApiClient, Screen], sipp: str
) -> None:
    boss, screen = floor
    number = new_number()
    async with await SippCaller(house.asterisk).call(Spec(GIVEN_UP, number), hold_seconds=30) as run:
        call = (await screen.wait_call(number, "waiting"))["call"]
        run.hang_up()
        result = await run.wait()
    assert (result.successful, result.failed) == (1, 0), result.errors
    record = await boss.ended(call)
    assert (record["outcome"], record["talked"], record["agent"]) == ("abandoned", 0, None)
    assert record["offers"] == []
    assert [leg["role"] for leg in record["legs"]] == ["caller"]
    assert abs(record["waited"] - (record["ended_at"] - record["started_at"])) < 0.25
    tried("give-up")


async def test_a_caller_gives_up_while_the_phone_rings(
    house: House, floor: tuple[ApiClient, Screen], caller: ScriptedCaller
) -> None:
    boss, screen = floor
    async with ScriptedPhone(house.asterisk, "a1015", plan=RINGS) as phone:
        await ready(boss, screen, "given-up-1")
        for _ in range(5):
            outgoing = await caller.call(GIVEN_UP, caller=new_number())
            rung = await phone.next_call()
            outgoing.hang_up()
            assert await rung.wait_ended() == "cancel"
            # Ready at once, since it was not his doing.
            await screen.wait_agent("given-up-1", "ready")
            record = await boss.ended(id_of(rung))
            assert record["outcome"] == "abandoned"
            assert [offer["outcome"] for offer in record["offers"]] == ["caller_left"]
            tried("give-up")


async def test_a_phone_that_is_not_registered_is_not_rung(
    house: House, floor: tuple[ApiClient, Screen], caller: ScriptedCaller
) -> None:
    """The call waits for the phone; nothing is tried in between."""
    boss, screen = floor
    async with RawAmi(house.asterisk) as ami:
        await boss.set_state("ready", agent="absent-1")
        number = new_number()
        outgoing = await caller.call(ABSENT, caller=number)
        call = (await screen.wait_call(number, "waiting"))["call"]
        assert not screen.agent("absent-1")["station_ready"]
        # A second caller has come and gone: whatever would be tried has been.
        other = new_number()
        gone = await caller.call(ABSENT, caller=other)
        await screen.wait_call(other, "waiting")
        gone.hang_up()
        await screen.wait(lambda: not screen.call_from(other), "the other call's end")
        async with ScriptedPhone(house.asterisk, "a1016", plan=RINGS) as phone:
            rung = await answered_and_over(phone, outgoing)
            assert id_of(rung) == call
        record = await boss.ended(call)
        assert [offer["outcome"] for offer in record["offers"]] == ["answered"]
        rings = [event for event in ami.events if event["Event"] == "DialBegin"]
        assert len(rings) == 1


async def test_a_phone_that_asterisk_cannot_reach_is_rung_once(
    house: House, floor: tuple[ApiClient, Screen], caller: ScriptedCaller
) -> None:
    """Registered, but nobody behind it: the agent is paused, and the phone's return ends that."""
    boss, screen = floor
    async with RawAmi(house.asterisk) as ami, contextlib.AsyncExitStack() as stack:
        phone = await stack.enter_async_context(ScriptedPhone(house.asterisk, "a1016", plan=REFUSES))
        await ready(boss, screen, "absent-1")
        number = new_number()
        outgoing = await caller.call(ABSENT, caller=number)
        rung = await phone.next_call()
        await screen.wait(lambda: screen.agent("absent-1").get("state") == "paused", "a pause")
        assert screen.agent("absent-1")["reason"] == "phone_unreachable"
        await screen.wait_call(number, "waiting")
        phone.plan = RINGS
        await phone.register(expires=0)
        await screen.wait(lambda: not screen.agent("absent-1")["station_ready"], "the phone's absence")
        await phone.register()
        again = await answered_and_over(phone, outgoing)
        assert id_of(again) == id_of(rung)
        record = await boss.ended(id_of(again))
        assert [offer["outcome"] for offer in record["offers"]] == ["unreachable", "answered"]
        assert len([event for event in ami.events if event["Event"] == "DialBegin"]) == 2


REFUSES = Plan(ring=False, reject_with=404)
"""What a proxy answers for a phone that it lost: Asterisk says CHANUNAVAIL."""


async def test_every_call_of_this_house_ended_once(house: House) -> None:
    assert await house.each_call_ended_once() >= 17
