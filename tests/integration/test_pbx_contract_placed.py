"""The contract on calls that we place: who answers is held as a caller is, everybody else is told of.
Recorded as in ``test_pbx_contract``."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from callcenter.telephony.commands import Ask, Audit, HangUp, PlaceCall, Ring
from callcenter.telephony.events import (
    CallArrived,
    CallHeld,
    CallPhase,
    CommandFailed,
    LegBridged,
    LegEnded,
    LegRinging,
    PlaceFailed,
    RingOutcome,
    ServerSynced,
    StepEnded,
)
from routing.ids import CallId, LegId, StationId, offer_id, placed_call_id
from tests.support.pbx_contract import PbxRig, open_rig
from tests.support.pbx_flow_rig import RigOutside, give_prompt, outside_of
from tests.support.pbx_stage import compare
from tests.support.pbx_typed import SERVER, Stage, told

_numbers = itertools.count(1)


@pytest.fixture(params=["simulator", pytest.param("asterisk", marks=pytest.mark.asterisk)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[PbxRig]:
    """Each PBX in turn."""
    async with open_rig(request) as one:
        give_prompt(one, "en", "long", 30.0)
        yield one


async def place(stage: Stage, number: str = "+79035556677", seconds: int = 5) -> None:
    """Dial a client. The id differs from run to run: Asterisk takes each once."""
    stage.call = placed_call_id(SERVER, f"test-{time.time_ns()}-{next(_numbers)}")
    stage.link.send(PlaceCall(SERVER, stage.call, number, "74951230003", seconds))


async def answered(stage: Stage) -> RigOutside:
    """Dial a client who answers, until he is on hold."""
    outside = await outside_of(stage.rig)
    since = len(stage.events)
    await place(stage)
    assert await outside.rung() == "+79035556677"
    outside.answer()
    arrived = await stage.saw(CallArrived, since)
    assert arrived == CallArrived(SERVER, stage.call, "+79035556677", "", "74951230003")
    await stage.saw(CallHeld, since, call=stage.call)
    await stage.quiet()
    return outside


async def failed(stage: Stage) -> PlaceFailed:
    event = await stage.saw(PlaceFailed, call=stage.call)
    assert isinstance(event, PlaceFailed)
    return event


async def client_answers_and_leaves(stage: Stage) -> None:
    outside = await answered(stage)
    since = len(stage.events)
    stage.link.send(Audit(SERVER))
    await stage.saw(ServerSynced, since)
    outside.hang_up()
    await stage.saw(LegEnded, leg=LegId(stage.call))


async def client_talks_to_an_agent(stage: Stage) -> None:
    phone = await stage.phone()
    outside = await answered(stage)
    since = len(stage.events)
    stage.link.send(Ring(SERVER, stage.call, offer_id(stage.call, 1), StationId(phone.station), 5))
    await phone.rung()
    await stage.saw(LegRinging, since)
    phone.answer()
    await stage.saw(LegBridged, since, leg=LegId(stage.call))
    await stage.quiet()
    stage.link.send(Audit(SERVER))
    await stage.saw(ServerSynced, since)
    outside.hang_up()
    await stage.saw(LegEnded, leg=LegId(stage.call))


async def client_confirms_by_a_key(stage: Stage) -> None:
    outside = await answered(stage)
    since = len(stage.events)
    stage.link.send(Ask(SERVER, stage.call, 1, ("long",), "en", 1, 5))
    await stage.quiet()
    outside.press("1")
    await stage.saw(StepEnded, since, digits="1")
    await stage.saw(CallHeld, since)
    stage.link.send(HangUp(SERVER, stage.call, LegId(stage.call)))
    await stage.saw(LegEnded, leg=LegId(stage.call))


async def client_is_busy(stage: Stage) -> None:
    outside = await outside_of(stage.rig)
    await place(stage)
    await outside.rung()
    await stage.quiet()
    outside.decline(486)
    assert (await failed(stage)).outcome is RingOutcome.BUSY


async def client_declines(stage: Stage) -> None:
    outside = await outside_of(stage.rig)
    await place(stage)
    await outside.rung()
    await stage.quiet()
    outside.decline(603)
    assert (await failed(stage)).outcome is RingOutcome.BUSY


async def client_does_not_answer(stage: Stage) -> None:
    outside = await outside_of(stage.rig)
    await place(stage, seconds=1)
    await outside.rung()
    await stage.quiet()
    since = len(stage.events)
    stage.link.send(Audit(SERVER))
    synced = await stage.saw(ServerSynced, since)
    assert isinstance(synced, ServerSynced)
    assert [one.phase for one in synced.calls if one.call == stage.call] == [CallPhase.PLACING]
    assert (await failed(stage)).outcome is RingOutcome.NO_ANSWER


async def number_is_wrong(stage: Stage) -> None:
    outside = await outside_of(stage.rig)
    await place(stage)
    await outside.rung()
    await stage.quiet()
    outside.decline(404)
    assert (await failed(stage)).outcome is RingOutcome.UNREACHABLE


async def network_fails(stage: Stage) -> None:
    outside = await outside_of(stage.rig)
    await place(stage)
    await outside.rung()
    await stage.quiet()
    outside.decline(503)
    assert (await failed(stage)).outcome is RingOutcome.UNREACHABLE


async def dialling_is_taken_back(stage: Stage) -> None:
    outside = await outside_of(stage.rig)
    await place(stage)
    await outside.rung()
    await stage.quiet()
    stage.link.send(HangUp(SERVER, stage.call, LegId(stage.call)))
    assert (await failed(stage)).outcome is RingOutcome.CANCELLED


async def number_that_can_not_be_dialled(stage: Stage) -> None:
    stage.call = CallId(f"{SERVER}:placed-refused")
    stage.link.send(PlaceCall(SERVER, stage.call, "79035556677@elsewhere", "74951230003", 5))
    stage.link.send(PlaceCall(SERVER, CallId(f"{SERVER}:1764.1"), "79035556677", "74951230003", 5))
    await stage.saw(CommandFailed, call=stage.call)


Scene = Callable[[Stage], Awaitable[None]]
SCENARIOS: tuple[Scene, ...] = (
    client_answers_and_leaves,
    client_talks_to_an_agent,
    client_confirms_by_a_key,
    client_is_busy,
    client_declines,
    client_does_not_answer,
    number_is_wrong,
    network_fails,
    dialling_is_taken_back,
    number_that_can_not_be_dialled,
)


@pytest.mark.parametrize("scene", SCENARIOS, ids=lambda scene: scene.__name__)
async def test_leads_to_the_same_typed_events(rig: PbxRig, scene: Scene) -> None:
    stage = Stage(rig)
    await stage.link.start()
    try:
        await stage.saw(ServerSynced)
        await scene(stage)
        await stage.quiet()
    finally:
        await stage.link.stop()
    text = told(stage.events).replace(stage.call, "<placed>")
    compare(rig, f"placed_{scene.__name__}", text)
