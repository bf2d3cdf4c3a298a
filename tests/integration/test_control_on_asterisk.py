"""Call control from the wire: what agents ask for by the API, and what callers and phones then hear, on a
real Asterisk. The server is killed with one caller parked and one in a consultation."""

from __future__ import annotations

import asyncio
import io
import time
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.house import House, id_of, line, new_number, no_calls_left, operator, talking
from tests.support.asterisk import AsteriskServer
from tests.support.server import ApiClient, Screen
from tests.support.sipp import RINGS, Call, ScriptedCaller, ScriptedOutside, ScriptedPhone
from tests.support.tally import strand, tried

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

DESK, TECH = "88005556001", "88005556002"
STATIONS = {"anna": "a1034", "boris": "a1035", "vera": "a1036"}
TOLERANCE = 0.6
"""Seconds between what our server and the phones say of one moment."""
SILENT = 0.5
"""Seconds in which twenty-five packets would come from who can be heard."""


@pytest.fixture(scope="module")
def house(asterisk: AsteriskServer, house_folder: Path, house_sqlite: str) -> Iterator[House]:
    queues = [replace(line("desk", DESK), record=True), line("tech", TECH)]
    people = [
        operator("anna", STATIONS["anna"], "desk"),
        operator("boris", STATIONS["boris"], "desk", "tech"),
        operator("vera", STATIONS["vera"], "desk", "tech"),
    ]
    settings = {"ASTERISK_RECORDINGS_DIR": asterisk.recordings}
    opened = House.open(asterisk, house_folder, house_sqlite, queues, people, settings=settings)
    try:
        yield opened
    finally:
        opened.close()


class Desks:
    """Three operators at desk phones, a caller, the world outside, and what a supervisor sees."""

    def __init__(self, house: House, stack: AsyncExitStack) -> None:
        self.house = house
        self.phones: dict[str, ScriptedPhone] = {}
        self.agents: dict[str, ApiClient] = {}
        self._stack = stack

    async def open(self) -> None:
        enter = self._stack.enter_async_context
        for agent, station in STATIONS.items():
            self.phones[agent] = await enter(ScriptedPhone(self.house.asterisk, station, plan=RINGS))
            self.agents[agent] = await enter(self.house.login(agent))
        self.caller = await enter(ScriptedCaller(self.house.asterisk))
        self.outside = await enter(ScriptedOutside(self.house.asterisk))
        self.boss = await enter(self.house.login("boss"))
        await self.look()

    async def look(self) -> None:
        """See the floor: at first, and after a restart."""
        self.screen: Screen = await self._stack.enter_async_context(self.boss.screen())

    async def ready(self, *agents: str) -> None:
        for agent in STATIONS:
            await self.boss.set_state("ready" if agent in agents else "offline", agent=agent)
        for agent in STATIONS:
            await self.screen.wait_agent(agent, "ready" if agent in agents else "offline")

    async def talk(self, agent: str = "anna", number: str = DESK) -> Talk:
        """The only ready agent answers a caller."""
        await self.ready(agent)
        return await self.answered(agent, number)

    async def answered(self, agent: str, number: str = DESK) -> Talk:
        own = new_number()
        outgoing = await self.caller.call(number, caller=own)
        rung = await self.rings(agent)
        rung.answer()
        await talking(outgoing, rung)
        return Talk(self, own, id_of(rung), outgoing, rung)

    async def rings(self, agent: str, *, seconds: float = 8.0) -> Call:
        return await self.phones[agent].next_call(seconds=seconds)


class Talk:
    """One caller, and the phone of who has him now."""

    def __init__(self, desks: Desks, number: str, call: str, caller: Call, phone: Call) -> None:
        self.desks = desks
        self.number = number
        self.call = call
        self.caller = caller
        self.phone = phone

    @property
    def view(self) -> Any:
        return self.desks.screen.entities.get(f"call/{self.call}", {})

    async def can(self, *actions: str) -> None:
        await self.sees(lambda view: set(actions) <= set(view.get("actions", ())), f"{actions}")

    async def sees(self, good: Any, what: str, *, seconds: float = 10.0) -> None:
        await self.desks.screen.wait(lambda: bool(good(self.view)), f"{self.call} {what}", seconds=seconds)

    async def ask(self, agent: str, action: str, body: object = None, *, method: str = "POST") -> None:
        """The agent asks for it, once it is offered to him."""
        await self.desks.agents[agent].call(method, f"/api/v1/calls/{self.call}/{action}", body)

    async def do(self, agent: str, action: str, body: object = None) -> None:
        await self.can(action)
        await self.ask(agent, action, body)

    async def held(self, agent: str = "anna") -> None:
        await self.do(agent, "hold")
        await self.sees(lambda view: view["where"] == "parked" and view["hold_since"], "on hold")

    async def consulted(self, guest: str = "boris") -> Call:
        """Anna speaks with a colleague, apart from the caller."""
        await self.desks.boss.set_state("paused", "lunch", agent=guest)
        await self.desks.screen.wait_agent(guest, "paused")
        await self.do("anna", "consult", {"to": guest})
        rung = await self.desks.rings(guest)
        assert id_of(rung) == self.call
        rung.answer()
        await talking(self.phone, rung)
        await self.can("complete", "join")
        await apart(self.caller, rung, self.phone)
        return rung

    async def over(self, *phones: Call) -> Any:
        """The caller hangs up; every phone is let go. What the history says."""
        self.caller.hang_up()
        for phone in (self.phone, *phones):
            await phone.wait_ended(seconds=8)
        return await self.desks.boss.ended(self.call)


async def apart(caller: Call, *others: Call) -> None:
    """The caller is heard by none of them, and hears none."""
    pairs = [(caller, other) for other in others]
    before = [(one.rtp.heard(two.rtp.fill), two.rtp.heard(one.rtp.fill)) for one, two in pairs]
    await asyncio.sleep(SILENT)
    after = [(one.rtp.heard(two.rtp.fill), two.rtp.heard(one.rtp.fill)) for one, two in pairs]
    # What was under way when the move was seen.
    assert all(
        new - old <= 5
        for was, now in zip(before, after, strict=True)
        for old, new in zip(was, now, strict=True)
    )


async def mixed(*parties: Call, packets: int = 20) -> None:
    """Everybody is in one conversation of three: each hears a voice that is no single one's."""
    for one in parties:
        one.rtp.listen()
    await asyncio.gather(*(one.rtp.wait_heard_any(packets) for one in parties))
    for one in parties:
        alone = {bytes([other.rtp.fill]) * 160 for other in parties}
        assert any(payload not in alone and payload != b"\xff" * 160 for payload in one.rtp.payloads)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def everybody(house: House) -> AsyncIterator[Desks]:
    """Signing in takes longer than a call: once for all tests."""
    async with AsyncExitStack() as stack:
        found = Desks(house, stack)
        await found.open()
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def desks(everybody: Desks) -> AsyncIterator[Desks]:
    yield everybody
    await no_calls_left(everybody.house.asterisk)
    assert not any(phone.unseen_calls for phone in (*everybody.phones.values(), everybody.outside))


def facts(record: Any, kind: str) -> list[Any]:
    return [fact for fact in record["facts"] if fact["type"] == kind]


async def test_hold_and_resume(desks: Desks) -> None:
    talk = await desks.talk()
    began = time.time()
    for _ in range(2):
        await talk.held()
        await apart(talk.caller, talk.phone)
        assert not talk.phone.ended.is_set()
        await talk.do("anna", "resume")
        await talking(talk.caller, talk.phone)
        await talk.sees(lambda view: view["where"] == "room" and view["hold_since"] is None, "resumed")
        tried("hold and resume")
    ended = time.time()
    record = await talk.over()
    holds = facts(record, "HoldEnded")
    assert len(holds) == 2
    seconds = sum(fact["seconds"] for fact in holds)
    assert seconds > 2 * SILENT
    (said,) = facts(record, "TalkEnded")
    assert said["seconds"] == record["talked"]
    assert abs(record["talked"] + seconds - (ended - began)) < TOLERANCE + 0.6


async def test_handed_to_a_queue(desks: Desks) -> None:
    talk = await desks.talk()
    await desks.boss.set_state("ready", agent="vera")
    await talk.do("anna", "transfer", {"queue": "tech"})
    first, talk.phone = talk.phone, await desks.rings("vera")
    assert id_of(talk.phone) == talk.call
    assert await first.wait_ended() == "bye"
    talk.phone.answer()
    await talking(talk.caller, talk.phone)
    record = await talk.over()
    tried("blind transfer to a queue")
    assert (record["queue"], record["agent"], record["outcome"]) == ("tech", "vera", "answered")
    (moved,) = facts(record, "CallTransferred")
    assert (moved["agent"], moved["kind"], moved["queue"]) == ("anna", "queue", "tech")
    assert [fact["agent"] for fact in facts(record, "TalkEnded")] == ["anna", "vera"]


async def test_handed_to_a_colleague_with_card_and_history(desks: Desks) -> None:
    talk = await desks.talk()
    answered = time.time()
    async with desks.agents["boris"].screen() as screen:
        await desks.boss.set_state("paused", "lunch", agent="boris")
        await talk.do("anna", "transfer", {"to": "boris"})
        await screen.wait_state("offered")
        await screen.wait(lambda: f"card/{talk.call}" in screen.entities, "the card")
        first, talk.phone = talk.phone, await desks.rings("boris")
        assert screen.painted, "the phone was rung before the card was painted"
        assert await first.wait_ended() == "bye"
        left = time.time()
        talk.phone.answer()
        again = time.time()
        await talking(talk.caller, talk.phone)
        assert (await desks.agents["boris"].ask("GET", f"/api/v1/calls/{talk.call}"))[0] == 200
        record = await talk.over()
    over = time.time()
    tried("blind transfer to a colleague")
    assert (record["agent"], record["outcome"]) == ("boris", "answered")
    talks = {fact["agent"]: fact["seconds"] for fact in facts(record, "TalkEnded")}
    assert abs(talks["anna"] - (left - answered)) < TOLERANCE
    assert abs(talks["boris"] - (over - again)) < TOLERANCE
    assert abs(record["talked"] - sum(talks.values())) < 0.01
    legs = {leg["agent"]: leg for leg in record["legs"] if leg["role"] == "agent"}
    assert set(legs) == {"anna", "boris"}
    assert legs["anna"]["ended_at"] <= legs["boris"]["talk_started_at"]
    assert [offer["outcome"] for offer in record["offers"]] == ["answered", "answered"]
    assert len([fact for fact in record["facts"] if fact["type"] == "CallEnded"]) == 1


async def test_handed_to_a_number_outside(desks: Desks) -> None:
    talk = await desks.talk()
    await talk.do("anna", "transfer", {"number": "+7 495 123-45-67"})
    outside = await desks.outside.next_call()
    assert outside.number.endswith("74951234567")
    assert await talk.phone.wait_ended() == "bye"
    outside.answer()
    await talking(talk.caller, outside)
    await desks.screen.wait_agent("anna", "ready")
    record = await talk.over(outside)
    tried("blind transfer to a number")
    assert [fact["agent"] for fact in facts(record, "TalkEnded")] == ["anna"]


async def test_a_number_outside_that_is_busy_gives_the_caller_back(desks: Desks) -> None:
    talk = await desks.talk()
    await talk.do("anna", "transfer", {"number": "+74951234567"})
    (await desks.outside.next_call()).reject(486)
    talk.phone = await desks.rings("anna")
    talk.phone.answer()
    await talking(talk.caller, talk.phone)
    record = await talk.over()
    tried("blind transfer to a busy number")
    assert len(facts(record, "TransferFailed")) == 1


async def test_a_colleague_who_declines_leaves_the_caller_in_line(desks: Desks) -> None:
    talk = await desks.talk()
    await desks.boss.set_state("paused", "lunch", agent="boris")
    await desks.boss.set_state("ready", agent="vera")
    await talk.do("anna", "transfer", {"to": "boris"})
    (await desks.rings("boris")).reject(486)
    talk.phone = await desks.rings("vera")
    talk.phone.answer()
    await talking(talk.caller, talk.phone)
    record = await talk.over()
    tried("declined transfer")
    assert [offer["outcome"] for offer in record["offers"]] == ["answered", "declined", "answered"]
    assert not desks.phones["anna"].unseen_calls


async def test_consult_and_return(desks: Desks) -> None:
    talk = await desks.talk()
    guest = await talk.consulted()
    await talk.do("anna", "dismiss")
    await guest.wait_ended()
    await talking(talk.caller, talk.phone)
    record = await talk.over()
    tried("consultation returned from")
    assert record["agent"] == "anna"
    assert [fact["end"] for fact in facts(record, "GuestGone")] == ["dismissed"]


async def test_a_guest_who_declines_and_one_who_hangs_up(desks: Desks) -> None:
    talk = await desks.talk()
    await desks.boss.set_state("paused", "lunch", agent="boris")
    await talk.do("anna", "consult", {"to": "boris"})
    (await desks.rings("boris")).reject(486)
    await talk.can("resume")
    guest = await talk.consulted("vera")
    guest.hang_up()
    await talk.do("anna", "resume")
    await talking(talk.caller, talk.phone)
    record = await talk.over()
    tried("consultation declined")
    tried("consultation left by the guest")
    assert [fact["end"] for fact in facts(record, "GuestGone")] == ["not_reached", "left"]


async def test_consult_and_complete(desks: Desks) -> None:
    talk = await desks.talk()
    guest = await talk.consulted()
    await talk.do("anna", "complete")
    assert await talk.phone.wait_ended() == "bye"
    await talking(talk.caller, guest)
    await talk.sees(lambda view: view["agent"] == "boris" and view["came_from"] == "anna", "boris'")
    talk.phone = guest
    # It is his as any other: he can put the caller on hold.
    await talk.held("boris")
    await talk.do("boris", "resume")
    await talking(talk.caller, guest)
    record = await talk.over()
    tried("consultation completed")
    assert record["agent"] == "boris"
    (moved,) = facts(record, "CallTransferred")
    assert moved["consulted"]
    assert [fact["agent"] for fact in facts(record, "TalkEnded")] == ["anna", "boris"]


@pytest.mark.parametrize("leaver", ["anna", "boris", "caller"])
async def test_a_conference_that_is_left(desks: Desks, leaver: str) -> None:
    talk = await desks.talk()
    guest = await talk.consulted()
    await talk.do("anna", "join")
    await talk.can("leave")
    await mixed(talk.caller, talk.phone, guest)
    match leaver:
        case "anna":
            await talk.ask("anna", "leave")
            await talk.phone.wait_ended()
            await talking(talk.caller, guest)
            record = await talk.over(guest)
            assert record["agent"] == "boris"
        case "boris":
            guest.hang_up()
            await talking(talk.caller, talk.phone)
            await talk.can("hold")
            record = await talk.over()
            assert record["agent"] == "anna"
        case _:
            record = await talk.over(guest)
            assert record["agent"] == "anna"
    tried(f"conference left by {leaver}")
    assert record["outcome"] == "answered"
    assert len(facts(record, "GuestJoined")) == 1


async def test_an_agent_who_hangs_up_with_the_caller_parked(desks: Desks) -> None:
    talk = await desks.talk()
    await talk.held()
    await desks.boss.set_state("offline", agent="anna")
    await desks.boss.set_state("ready", agent="vera")
    talk.phone.hang_up()
    talk.phone = await desks.rings("vera")
    assert id_of(talk.phone) == talk.call
    talk.phone.answer()
    await talking(talk.caller, talk.phone)
    record = await talk.over()
    tried("agent gone with the caller parked")
    assert record["agent"] == "vera"


async def test_parked_and_fetched(desks: Desks) -> None:
    talk = await desks.talk()
    await talk.do("anna", "park")
    assert await talk.phone.wait_ended() == "bye"
    await talk.sees(lambda view: view.get("parked_by") == "anna", "parked")
    await desks.boss.set_state("ready", agent="boris")
    await desks.screen.wait_agent("boris", "ready")
    await talk.ask("boris", "fetch")
    talk.phone = await desks.rings("boris")
    talk.phone.answer()
    await talking(talk.caller, talk.phone)
    record = await talk.over()
    tried("park and fetch")
    assert record["agent"] == "boris"
    assert [fact["agent"] for fact in facts(record, "CallFetched")] == ["boris"]


async def own_call(desks: Desks, name: str) -> tuple[str, Call, Call]:
    """Anna's own phone rings first, then the client's: the client's number, both phones."""
    await desks.ready("anna")
    number = new_number()
    await desks.agents["anna"].call("POST", "/api/v1/calls", {"name": name, "number": number})
    own = await desks.rings("anna")
    assert "answer-after=0" in own.invite.header("Call-Info")
    assert not desks.outside.unseen_calls
    own.answer()
    client = await desks.outside.next_call()
    assert client.number.endswith(number.lstrip("+"))
    return number, own, client


async def test_an_own_call_that_is_answered(desks: Desks) -> None:
    number, own, client = await own_call(desks, "wire-answered")
    client.answer()
    await talking(own, client)
    call = desks.screen.call_from(number)["call"]
    talk = Talk(desks, number, call, client, own)
    await talk.held()
    await talk.do("anna", "resume")
    await talking(own, client)
    record = await talk.over()
    tried("own call answered")
    assert (record["outcome"], record["agent"], record["number"]) == ("answered", "anna", number)


async def test_an_own_call_that_is_not_answered(desks: Desks) -> None:
    number, own, client = await own_call(desks, "wire-not-answered")
    call = desks.screen.call_from(number)["call"]
    client.reject(486)
    await own.wait_ended()
    await desks.screen.wait_agent("anna", "ready")
    record = await desks.boss.ended(call)
    tried("own call not answered")
    assert (record["outcome"], record["talked"]) == ("not_reached", 0)


async def test_a_recording_that_is_paused(desks: Desks) -> None:
    talk = await desks.talk()
    await talk.can("pause_recording")
    await talk.ask("anna", "recording", {"paused": True}, method="PUT")
    await talk.can("resume_recording")
    await talk.caller.rtp.wait_heard(talk.phone.rtp.fill, talk.caller.rtp.heard(talk.phone.rtp.fill) + 50)
    await talk.ask("anna", "recording", {"paused": False}, method="PUT")
    await talk.can("pause_recording")
    await talking(talk.caller, talk.phone)
    await desks.boss.set_state("ready", agent="vera")
    await talk.do("anna", "transfer", {"queue": "desk"})
    talk.phone = await desks.rings("vera")
    talk.phone.answer()
    await talking(talk.caller, talk.phone, packets=50)
    record = await talk.over()
    tried("recording paused")
    path = f"/api/v1/calls/{talk.call}/recording"
    async with desks.agents["anna"].http.get(path) as answer:
        assert answer.status == 200, await answer.text()
        sound = await answer.read()
    with wave.open(io.BytesIO(sound)) as file:
        seconds = file.getnframes() / file.getframerate()
        samples = file.readframes(file.getnframes())
    assert abs(seconds - record["talked"]) < TOLERANCE
    # A second of it is silence; before and after it are voices.
    second = [samples[at : at + 8000] for at in range(0, len(samples) - 8000, 800)]
    assert any(not any(abs(one) > 64 for one in memoryview(part).cast("h")) for part in second)
    assert any(samples[:8000])
    assert any(samples[-8000:])
    async with desks.agents["boris"].http.get(path) as answer:
        assert answer.status == 403
    assert len(facts(record, "RecordingStarted")) == len(facts(record, "RecordingPaused")) == 1


async def test_killed_with_one_parked_and_one_in_a_consultation(desks: Desks) -> None:
    parked = await desks.talk("vera")
    await parked.held("vera")
    await desks.boss.set_state("ready", agent="anna")
    asked = await desks.answered("anna")
    guest = await asked.consulted()
    sides = [parked.caller, parked.phone, asked.caller, asked.phone, guest]
    await desks.house.server.kill()
    # On a loaded machine a start may take longer than the heartbeat's bound, which is another test's.
    await desks.house.asterisk.acli(f"dialplan set global CC_HB {int(time.time()) + 30}")
    await talking(asked.phone, guest)
    await desks.house.server.start()
    tried("kill")
    await desks.look()
    strand("kills", [side.id for side in sides if side.ended.is_set()])
    await parked.sees(lambda view: view.get("where") == "parked" and view["agent"] == "vera", "known again")
    await asked.sees(lambda view: view.get("guest") and view["guest"]["agent"] == "boris", "known again")
    await parked.do("vera", "resume")
    await talking(parked.caller, parked.phone)
    await asked.do("anna", "complete")
    await talking(asked.caller, guest)
    asked.phone = guest
    for talk, agent in ((parked, "vera"), (asked, "boris")):
        record = await talk.over()
        assert (record["outcome"], record["agent"]) == ("answered", agent)
    await desks.house.each_call_ended_once()
