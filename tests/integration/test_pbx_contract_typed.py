"""The same contract one floor up: driven by typed commands through ``AmiLink``, both PBXs lead to the same
typed events. Recorded as in ``test_pbx_contract``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from callcenter.telephony.commands import Audit, HangUp, Hold, Ring
from callcenter.telephony.events import (
    CallFellBack,
    CallHeld,
    LegBridged,
    LegEnded,
    ServerSynced,
    StationChanged,
    StationState,
)
from routing.ids import LegId, StationId, offer_id
from tests.support.pbx_contract import STATIONS, ContractAmi, PbxRig, open_rig
from tests.support.pbx_stage import compare
from tests.support.pbx_typed import SERVER, STATION, Stage, told


@pytest.fixture(params=["simulator", pytest.param("asterisk", marks=pytest.mark.asterisk)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[PbxRig]:
    """Each PBX in turn."""
    async with open_rig(request) as one:
        yield one


async def waits_and_leaves(stage: Stage) -> None:
    await stage.arrive()
    await stage.leave()


async def talks(stage: Stage) -> None:
    phone = await stage.phone()
    await stage.arrive()
    await stage.talk(phone)
    since = len(stage.events)
    stage.link.send(Audit(SERVER))
    await stage.saw(ServerSynced, since)
    phone.hang_up()
    await stage.saw(LegEnded, leg=LegId(stage.call))


async def declines_and_is_audited_while_ringing_again(stage: Stage) -> None:
    phone = await stage.phone()
    await stage.arrive()
    since = await stage.ring(phone)
    phone.decline(486)
    await stage.saw(CallHeld, since)
    await stage.quiet()
    await stage.ring(phone)
    since = len(stage.events)
    stage.link.send(Audit(SERVER))
    await stage.saw(ServerSynced, since)
    await stage.leave()


async def does_not_answer_in_the_time_given(stage: Stage) -> None:
    phone = await stage.phone()
    await stage.arrive()
    since = await stage.ring(phone, seconds=1)
    await stage.saw(CallHeld, since)
    await stage.quiet()
    await stage.leave()


async def ringing_is_withdrawn(stage: Stage) -> None:
    phone = await stage.phone()
    await stage.arrive()
    since = await stage.ring(phone)
    stage.link.send(HangUp(SERVER, stage.call, await stage.leg()))
    await stage.saw(CallHeld, since)
    await stage.quiet()
    await stage.leave()


async def call_is_ended_by_us(stage: Stage) -> None:
    phone = await stage.phone()
    await stage.arrive()
    await stage.talk(phone)
    stage.link.send(HangUp(SERVER, stage.call, LegId(stage.call)))
    await stage.saw(LegEnded, leg=LegId(stage.call))


async def nobody_is_there(stage: Stage) -> None:
    await stage.arrive()
    since = len(stage.events)
    stage.link.send(Ring(SERVER, stage.call, offer_id(stage.call, 1), StationId(STATIONS[1]), 5))
    await stage.saw(CallHeld, since)
    await stage.quiet()
    await stage.leave()
    stage.link.send(Ring(SERVER, stage.call, offer_id(stage.call, 2), StationId(STATION), 5))


async def is_reclaimed_from_the_fallback(stage: Stage) -> None:
    await stage.arrive()
    stage.link.pause_heartbeat()
    async with ContractAmi(stage.rig) as ami:
        await ami.action("Setvar", Variable="CC_HB", Value=1)
        await stage.saw(CallFellBack)
        await stage.quiet()
        since = len(stage.events)
        stage.link.send(Audit(SERVER))
        await stage.saw(ServerSynced, since)
        await ami.action("Setvar", Variable="CC_HB", Value=4102444800)
        since = len(stage.events)
        stage.link.send(Hold(SERVER, stage.call))
        await stage.saw(CallHeld, since)
        await stage.quiet()
        await stage.leave()


async def two_are_rung_and_one_answers(stage: Stage) -> None:
    first, second = await stage.phone(), await stage.rig.phone(STATIONS[1])
    await stage.saw(StationChanged, station=StationId(second.station), state=StationState.IDLE)
    await stage.arrive()
    since = len(stage.events)
    offer, others = offer_id(stage.call, 1), (StationId(second.station),)
    stage.link.send(Ring(SERVER, stage.call, offer, StationId(first.station), 5, others))
    for phone in (first, second):
        await phone.rung()
        ringing = StationState.RINGING
        await stage.saw(StationChanged, since, station=StationId(phone.station), state=ringing)
    await stage.quiet()
    since = len(stage.events)
    stage.link.send(Audit(SERVER))
    await stage.saw(ServerSynced, since)
    second.answer()
    await stage.saw(LegBridged, since, leg=LegId(stage.call))
    await stage.quiet()
    since = len(stage.events)
    stage.link.send(Audit(SERVER))
    await stage.saw(ServerSynced, since)
    second.hang_up()
    await stage.saw(LegEnded, leg=LegId(stage.call))


Play = Callable[[Stage], Awaitable[None]]
SCENARIOS: tuple[Play, ...] = (
    waits_and_leaves,
    talks,
    declines_and_is_audited_while_ringing_again,
    does_not_answer_in_the_time_given,
    ringing_is_withdrawn,
    call_is_ended_by_us,
    nobody_is_there,
    is_reclaimed_from_the_fallback,
    two_are_rung_and_one_answers,
)


@pytest.mark.parametrize("play", SCENARIOS, ids=lambda play: play.__name__)
async def test_leads_to_the_same_typed_events(rig: PbxRig, play: Play) -> None:
    stage = Stage(rig)
    await stage.link.start()
    try:
        await stage.saw(ServerSynced)
        await play(stage)
        await stage.quiet()
    finally:
        await stage.link.stop()
    compare(rig, f"typed_{play.__name__}", told(stage.events))
