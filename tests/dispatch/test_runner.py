"""The single consumer with fakes around it, on a clock that the test moves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

import pytest
from prometheus_client import CollectorRegistry

from callcenter.calls import facts
from callcenter.calls.ledger import LedgerEntry
from callcenter.calls.requests import (
    Accepted,
    AcknowledgeCard,
    BrowserConnected,
    Intent,
    PickClient,
    Refusal,
    Refused,
    SetIntent,
)
from callcenter.calls.states import Author
from callcenter.calls.views import EntityUpdate
from callcenter.dispatch import phone_events
from callcenter.dispatch.core import Core
from callcenter.dispatch.inputs import PlanChanged
from callcenter.dispatch.options import CoreOptions
from callcenter.dispatch.ports import CallerFound
from callcenter.dispatch.runner import Runner, RunnerOptions, RunnerState
from callcenter.telephony.commands import Audit, Ring, TelephonyCommand
from callcenter.telephony.events import (
    LegRinging,
    LinkLost,
    ServerSynced,
    StationState,
    StepEnded,
    StepOutcome,
)
from routing.ids import ClientId, LegId, StationId
from tests.dispatch.scenes import (
    ANNA,
    CALL,
    LEG,
    NUMBER,
    answers,
    arrived,
    caller_hangs_up,
    held,
    offer,
    rings,
)
from tests.support.playbook import ANY, MAIN, START, plan

SYNCED = ServerSynced(MAIN, (), ((StationId("aanna"), StationState.IDLE),), None)
READY = SetIntent(ANNA, Intent.READY, "", Author.AGENT)


class World:
    """Every port of the runner, remembering what came and in which order."""

    def __init__(self) -> None:
        self.time = START
        self.order: list[str] = []
        self.commands: list[TelephonyCommand] = []
        self.entries: list[LedgerEntry] = []
        self.updates: list[EntityUpdate] = []
        self.asked: list[tuple[str, ClientId | None]] = []
        self.directory_answers = asyncio.Event()
        self.directory_answers.set()
        self.broken_directory = False
        self.broken_ledger = False

    def now(self) -> float:
        return self.time

    def send(self, command: TelephonyCommand) -> None:
        self.order.append(type(command).__name__)
        self.commands.append(command)

    async def look_up(self, number: str) -> CallerFound:
        return await self._found(number, None)

    async def identify(self, typed: str, number: str) -> CallerFound:
        return await self.look_up(typed)

    async def card_of(self, client: ClientId, number: str) -> CallerFound:
        return await self._found(number, client)

    async def _found(self, number: str, client: ClientId | None) -> CallerFound:
        self.asked.append((number, client))
        await self.directory_answers.wait()
        if self.broken_directory:
            raise RuntimeError("seeded")
        known = client if client is not None else ClientId(7)
        return CallerFound(known, 1, json.dumps({"client": known}).encode())

    def append(self, entries: Sequence[LedgerEntry]) -> None:
        if self.broken_ledger:
            raise OSError("seeded")
        self.order.extend(type(entry.fact).__name__ for entry in entries)
        self.entries.extend(entries)

    def publish(self, updates: Sequence[EntityUpdate]) -> None:
        self.updates.extend(updates)

    def last(self, key: str) -> EntityUpdate | None:
        return next((update for update in reversed(self.updates) if update.key == key), None)


class House:
    def __init__(self, options: RunnerOptions | None = None, core: CoreOptions | None = None) -> None:
        self.world = World()
        self.registry = CollectorRegistry()
        self.core = Core(core)
        self.runner = Runner(
            self.core,
            telephony=self.world,
            directory=self.world,
            ledger=self.world,
            publish=self.world.publish,
            clock=self.world,
            term=3,
            registry=self.registry,
            options=options,
        )
        self.task: asyncio.Task[None] | None = None

    async def start(self, *agents: str) -> None:
        self.task = asyncio.create_task(self.runner.run(PlanChanged(plan(*(agents or ("anna",))))))
        await self.rest()
        self.runner.post(SYNCED)
        await self.runner.ready()

    async def rest(self) -> None:
        """Let everything that can happen now happen."""
        for _ in range(20):
            await asyncio.sleep(0)

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0

    def facts(self) -> list[facts.Fact]:
        return [entry.fact for entry in self.world.entries]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    one = House()
    await one.start()
    yield one
    await stop(one)


async def stop(house: House) -> None:
    await house.runner.stop()
    if house.task is not None:
        await asyncio.wait_for(house.task, 5)


async def test_facts_are_written_before_commands_are_sent_and_numbered(house: House) -> None:
    assert await house.runner.submit(READY) == Accepted()
    house.runner.post(arrived())
    house.runner.post(held())
    await house.rest()
    order = house.world.order
    assert order.index("RingSent") < order.index("Ring")
    assert [(entry.term, entry.number) for entry in house.world.entries] == [
        (3, number + 1) for number in range(len(house.world.entries))
    ]


async def test_the_card_reaches_the_agent_before_the_ring_and_goes_with_the_call(house: House) -> None:
    await house.runner.submit(READY)
    await house.runner.submit(BrowserConnected(ANNA, "tab"))
    house.world.directory_answers.clear()
    house.runner.post(arrived())
    house.runner.post(held())
    await house.rest()
    assert house.world.last(f"card/{CALL}") is None
    house.world.directory_answers.set()
    await house.rest()
    card = house.world.last(f"card/{CALL}")
    framed = b'{"kind":"card","call":"main:1.1","card":{"client": 7}}'
    assert card == EntityUpdate(f"card/{CALL}", framed, frozenset((ANNA,)))
    assert not any(isinstance(command, Ring) for command in house.world.commands)
    house.world.time += 0.02
    assert await house.runner.submit(AcknowledgeCard(ANNA, offer(1))) == Accepted()
    assert isinstance(house.world.commands[-1], Ring)
    assert house.metric("callcenter_pop_gate_total", outcome="painted") == 1
    assert house.metric("callcenter_pop_lead_seconds_count") == 1
    for event in (*rings("anna"), *answers(), *caller_hangs_up()):
        house.runner.post(event)
    await house.rest()
    house.world.time += 31
    house.runner.post(LegRinging(MAIN, CALL, LEG))  # an echo; the wrap-up's timer is due with any input
    await house.rest()
    assert house.world.last(f"card/{CALL}") == EntityUpdate(f"card/{CALL}", None, frozenset((ANNA,)))
    assert house.world.last(f"call/{CALL}") == EntityUpdate(f"call/{CALL}", None, frozenset())
    assert house.metric("callcenter_calls_total", outcome="answered") == 1
    assert house.metric("callcenter_offers_total", outcome="answered") == 1


async def test_a_picked_client_brings_another_card(house: House) -> None:
    await house.runner.submit(READY)
    house.runner.post(arrived())
    house.runner.post(held())
    await house.rest()
    assert await house.runner.submit(PickClient(ANNA, CALL, ClientId(9))) == Accepted()
    await house.rest()
    assert house.world.asked == [(NUMBER, None), (NUMBER, ClientId(9))]
    card = house.world.last(f"card/{CALL}")
    assert card is not None
    assert card.document is not None
    assert json.loads(card.document)["card"] == {"client": 9}
    call = house.world.last(f"call/{CALL}")
    assert call is not None
    assert call.document is not None
    assert json.loads(call.document)["client"] == 9


async def test_a_look_up_that_was_overtaken_has_no_say(house: House) -> None:
    """The pick is taken back while its own look-up is still on its way, and that one ends last."""
    answers = {None: asyncio.Event(), ClientId(9): asyncio.Event()}

    async def found(number: str, client: ClientId | None) -> CallerFound:
        await answers[client].wait()
        known = client if client is not None else ClientId(7)
        return CallerFound(known, 1, json.dumps({"client": known}).encode())

    house.world._found = found  # type: ignore[method-assign]
    await house.runner.submit(READY)
    house.runner.post(arrived())
    house.runner.post(held())
    await house.rest()
    await house.runner.submit(PickClient(ANNA, CALL, ClientId(9)))
    await house.runner.submit(PickClient(ANNA, CALL, None))
    for event in answers.values():
        event.set()
        await house.rest()
    card = house.world.last(f"card/{CALL}")
    assert card is not None
    assert card.document is not None
    assert json.loads(card.document)["card"] == {"client": 7}
    assert house.core.floor.calls[CALL].client == 7


@pytest.mark.parametrize("how", ["broken", "slow"])
async def test_a_directory_that_fails_costs_the_card_only(how: str) -> None:
    house = House(RunnerOptions(look_up_timeout=0.01))
    await house.start()
    if how == "broken":
        house.world.broken_directory = True
    else:
        house.world.directory_answers.clear()
    house.runner.post(arrived())
    async with asyncio.timeout(5):
        while not any(isinstance(fact, facts.ClientMatched) for fact in house.facts()):
            await asyncio.sleep(0.005)
    assert facts.ClientMatched(ANY, CALL, None, 0) in house.facts()
    result = "error" if how == "broken" else "timeout"
    assert house.metric("callcenter_client_look_ups_total", result=result) == 1
    await stop(house)


async def test_timers_wake_the_loop() -> None:
    house = House(core=CoreOptions(pop_gate=0.02))
    await house.start()
    await house.runner.submit(READY)
    await house.runner.submit(BrowserConnected(ANNA, "tab"))
    house.runner.post(arrived())
    house.runner.post(held())
    await house.rest()
    house.world.time += 0.02
    async with asyncio.timeout(5):
        while not any(isinstance(command, Ring) for command in house.world.commands):
            await asyncio.sleep(0.005)
    assert house.metric("callcenter_pop_gate_total", outcome="timeout") == 1
    await stop(house)


async def test_a_full_inbox_drops_events_and_lists_the_server_after() -> None:
    house = House(RunnerOptions(inbox=4))
    await house.start()
    for number in range(10):
        house.runner.post(LegRinging(MAIN, CALL, LegId(f"main:9.{number}")))
    assert isinstance(await house.runner.submit(READY), Refused)
    await house.rest()
    assert house.metric("callcenter_inbox_dropped_total", server="main") == 6
    assert Audit(MAIN) in house.world.commands
    house.runner.post(LinkLost(MAIN, "cut"))
    await house.rest()
    assert house.runner.state is RunnerState.RESYNCING
    await stop(house)


async def test_too_many_requests_are_refused_as_busy() -> None:
    house = House(RunnerOptions(requests=1))
    await house.start()
    first, second = await asyncio.gather(house.runner.submit(READY), house.runner.submit(READY))
    assert first == Accepted()
    assert second == Refused(Refusal.BUSY, ANY)
    assert house.metric("callcenter_requests_refused_total", refusal="busy") == 1
    await stop(house)


async def test_states_from_start_to_stop() -> None:
    house = House()
    assert house.runner.state is RunnerState.STARTING
    assert await house.runner.submit(READY) == Refused(Refusal.STARTING, ANY)
    house.task = asyncio.create_task(house.runner.run(PlanChanged(plan("anna"))))
    await house.rest()
    assert house.runner.state is RunnerState.RESYNCING
    assert await house.runner.submit(READY) == Accepted()
    house.runner.post(SYNCED)
    await house.runner.ready()
    assert house.runner.state is RunnerState.SERVING
    house.runner.post(arrived())
    await house.runner.stop()
    assert house.runner.state is RunnerState.DRAINING
    assert await house.runner.submit(READY) == Refused(Refusal.BUSY, ANY)
    await asyncio.wait_for(house.task, 5)
    assert house.runner.state is RunnerState.STOPPED
    assert any(isinstance(fact, facts.CallStarted) for fact in house.facts())  # drained
    house.runner.post(held())
    await house.runner.stop()


async def test_a_lost_lease_stops_without_another_step(house: House) -> None:
    waiting = asyncio.create_task(house.runner.submit(READY))
    await asyncio.sleep(0)
    house.runner.post(arrived())
    await house.runner.stop(drain=False)
    assert await waiting == Refused(Refusal.BUSY, ANY)
    await house.rest()
    assert not any(isinstance(fact, facts.CallStarted) for fact in house.facts())


async def test_a_broken_rule_is_quarantined_and_the_loop_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("seeded")

    house.runner.post(arrived())
    await house.rest()
    with monkeypatch.context() as broken:
        broken.setattr(phone_events, "call_held", breaks)
        house.runner.post(held())
        await house.rest()
    assert facts.Quarantined(ANY, CALL, "CallHeld: RuntimeError: seeded") in house.facts()
    assert house.metric("callcenter_quarantined_total") == 1
    assert await house.runner.submit(READY) == Accepted()


async def test_a_ledger_that_refuses_is_offered_the_entries_again(house: House) -> None:
    house.world.broken_ledger = True
    house.runner.post(arrived())
    await house.rest()
    assert house.world.entries == []
    house.world.broken_ledger = False
    assert await house.runner.submit(READY) == Accepted()
    assert [entry.number for entry in house.world.entries] == list(range(1, len(house.world.entries) + 1))
    assert isinstance(house.facts()[0], facts.CallStarted)


async def test_a_burst_leaves_the_event_loop_its_turns(house: House) -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    for number in range(3000):
        house.runner.post(LegRinging(MAIN, CALL, LegId(f"main:9.{number}")))
    while house.metric("callcenter_inbox_depth") > 0:
        await asyncio.sleep(0)
    task.cancel()
    assert turns >= 3000 // RunnerOptions().batch


async def test_prompts_that_a_caller_did_not_hear_are_counted_and_told_once(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = StepEnded(MAIN, CALL, 1, StepOutcome.FAILED, "", 0, ("hello", "menu"))
    for event in (ended, ended):
        house.runner.post(event)
    await house.rest()
    assert house.metric("callcenter_prompts_passed_over_total", prompt="hello") == 2
    assert house.metric("callcenter_prompts_passed_over_total", prompt="menu") == 2
    assert capsys.readouterr().out.count("prompt.passed_over") == 2
