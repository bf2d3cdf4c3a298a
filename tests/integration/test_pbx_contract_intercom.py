"""The contract on calls between two stations: who answers, declines, gives up and hangs up, and what a
listing shows of them. Recorded as in ``test_pbx_contract``."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from callcenter.telephony.events import IntercomDialled, LegBridged, LegEnded, LegRinging, LegStarted
from routing.ids import LegId, StationId, intercom_of
from tests.support.pbx_contract import PbxRig, RigPhone, open_rig
from tests.support.pbx_control import AGENT, COLLEAGUE, ControlStage, Play, play_on
from tests.support.pbx_stage import compare
from tests.support.pbx_typed import told


@pytest.fixture(params=["simulator", pytest.param("asterisk", marks=pytest.mark.asterisk)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[PbxRig]:
    """Each PBX in turn."""
    async with open_rig(request) as one:
        yield one


async def own_rings(stage: ControlStage, seconds: int = 5) -> tuple[RigPhone, RigPhone]:
    """The phone of who calls rings; the colleague's is there, too."""
    colleague, phone = await stage.colleague(), await stage.phone()
    stage.intercom(seconds)
    await phone.rung()
    await stage.saw(LegRinging, leg=stage.leg_id)
    await stage.quiet()
    return phone, colleague


async def rings(stage: ControlStage, seconds: int = 5) -> tuple[RigPhone, RigPhone]:
    """The colleague's phone rings."""
    phone, colleague = await own_rings(stage, seconds)
    phone.answer()
    await colleague.rung()
    started = await stage.saw(LegStarted, station=StationId(COLLEAGUE))
    assert isinstance(started, LegStarted)
    stage.other = started.leg
    await stage.saw(LegRinging, leg=stage.other)
    await stage.quiet()
    return phone, colleague


async def talk(stage: ControlStage) -> tuple[RigPhone, RigPhone]:
    phones = await rings(stage)
    phones[1].answer()
    await stage.saw(LegBridged, leg=stage.other)
    await stage.saw(LegBridged, leg=stage.leg_id)
    await stage.quiet()
    return phones


async def over(stage: ControlStage) -> None:
    await stage.saw(LegEnded, leg=stage.leg_id)


async def colleague_hangs_up(stage: ControlStage) -> None:
    _, colleague = await talk(stage)
    synced = await stage.audit()
    assert synced.on_phone >= {AGENT, COLLEAGUE}
    colleague.hang_up()
    await over(stage)


async def who_called_hangs_up(stage: ControlStage) -> None:
    phone, _ = await talk(stage)
    phone.hang_up()
    await over(stage)


async def server_hangs_up(stage: ControlStage) -> None:
    await talk(stage)
    await stage.end(stage.leg_id)
    await stage.saw(LegEnded, leg=stage.other)
    await stage.quiet()
    synced = await stage.audit()
    assert synced.intercoms == ()


async def colleague_is_busy(stage: ControlStage) -> None:
    _, colleague = await rings(stage)
    colleague.decline(486)
    await stage.saw(IntercomDialled)
    await over(stage)


async def colleague_declines(stage: ControlStage) -> None:
    _, colleague = await rings(stage)
    colleague.decline(603)
    await stage.saw(IntercomDialled)
    await over(stage)


async def colleague_does_not_answer(stage: ControlStage) -> None:
    await rings(stage, seconds=1)
    await stage.saw(IntercomDialled)
    await over(stage)


async def colleague_is_not_there(stage: ControlStage) -> None:
    phone = await stage.phone()
    stage.intercom()
    await phone.rung()
    phone.answer()
    await stage.saw(IntercomDialled)
    await over(stage)


async def who_called_gives_up(stage: ControlStage) -> None:
    phone, _ = await rings(stage)
    await stage.audit()
    phone.hang_up()
    await over(stage)
    await stage.saw(LegEnded, leg=stage.other)


async def server_hangs_up_while_it_rings(stage: ControlStage) -> None:
    await rings(stage)
    await stage.end(stage.leg_id)
    await stage.saw(LegEnded, leg=stage.other)


async def own_phone_declines(stage: ControlStage) -> None:
    phone, _ = await own_rings(stage)
    await stage.audit()
    phone.decline(603)
    await over(stage)


async def own_phone_does_not_answer(stage: ControlStage) -> None:
    await own_rings(stage, seconds=1)
    await over(stage)


async def own_phone_is_not_there(stage: ControlStage) -> None:
    stage.intercom()
    await over(stage)


async def server_hangs_up_while_the_own_phone_rings(stage: ControlStage) -> None:
    await own_rings(stage)
    await stage.end(stage.leg_id)


SCENARIOS: tuple[Play, ...] = (
    colleague_hangs_up,
    who_called_hangs_up,
    server_hangs_up,
    colleague_is_busy,
    colleague_declines,
    colleague_does_not_answer,
    colleague_is_not_there,
    who_called_gives_up,
    server_hangs_up_while_it_rings,
    own_phone_declines,
    own_phone_does_not_answer,
    own_phone_is_not_there,
    server_hangs_up_while_the_own_phone_rings,
)


@pytest.mark.parametrize("play", SCENARIOS, ids=lambda play: play.__name__)
async def test_two_stations_speak_as_on_asterisk(rig: PbxRig, play: Play) -> None:
    stage = await play_on(rig, play)
    assert intercom_of(stage.call) is not None
    assert LegId(stage.call) == stage.leg_id
    compare(rig, f"intercom_{play.__name__}", told(stage.events))
