"""The contract on controlled calls: hold and resume, transfers, consultations, conferences, click to call.
Recorded as in ``test_pbx_contract``."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from callcenter.telephony.commands import (
    CallStation,
    Consult,
    HangUp,
    Hold,
    Join,
    MuteRecording,
    Park,
    SendKeys,
)
from callcenter.telephony.events import (
    CallFellBack,
    CommandFailed,
    LegBridged,
    LegEnded,
    RingEnded,
    RingOutcome,
)
from routing.ids import LegId, OfferId, StationId
from tests.support.pbx_contract import ContractAmi, PbxRig, open_rig
from tests.support.pbx_control import AGENT, COLLEAGUE, ControlStage, Play, play_on
from tests.support.pbx_stage import compare
from tests.support.pbx_typed import SERVER, told


@pytest.fixture(params=["simulator", pytest.param("asterisk", marks=pytest.mark.asterisk)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[PbxRig]:
    """Each PBX in turn."""
    async with open_rig(request) as one:
        yield one


async def holds_and_resumes(stage: ControlStage) -> None:
    await stage.connect()
    await stage.park()
    await stage.audit()
    await stage.join()
    await stage.audit()
    stage.link.send(Park(SERVER, stage.call, None))
    await stage.quiet()
    await stage.audit()
    await stage.join()
    await stage.leave()
    await stage.quiet()
    await stage.audit()
    await stage.end(stage.leg_id)


async def agent_hangs_up_a_resumed_call(stage: ControlStage) -> None:
    phone = await stage.connect()
    await stage.park()
    await stage.join()
    phone.hang_up()
    await stage.saw(LegEnded, leg=LegId(stage.call))


async def agent_hangs_up_while_parked(stage: ControlStage) -> None:
    phone = await stage.connect()
    await stage.park()
    phone.hang_up()
    await stage.saw(LegEnded, leg=stage.leg_id)
    await stage.quiet()
    await stage.audit()
    await stage.leave()


async def caller_hangs_up_while_parked(stage: ControlStage) -> None:
    await stage.connect()
    await stage.park()
    await stage.leave()
    await stage.quiet()
    await stage.audit()
    await stage.end(stage.leg_id)


async def is_held_out_of_a_conversation(stage: ControlStage) -> None:
    await stage.connect()
    await stage.hold()
    await stage.saw(LegEnded, leg=stage.leg_id)
    await stage.audit()
    await stage.leave()


async def is_transferred_out_of_the_room(stage: ControlStage) -> None:
    colleague = await stage.colleague()
    await stage.connect()
    await stage.park()
    await stage.join()
    await stage.hold()
    await stage.audit()
    await stage.end(stage.leg_id)
    await stage.talk(colleague)
    await stage.audit()
    colleague.hang_up()
    await stage.saw(LegEnded, leg=LegId(stage.call))


async def is_transferred_while_parked(stage: ControlStage) -> None:
    await stage.connect()
    await stage.park()
    await stage.hold()
    await stage.end(stage.leg_id)
    await stage.audit()
    await stage.leave()


async def colleague_answers_and_hangs_up(stage: ControlStage) -> None:
    colleague = await stage.colleague()
    await stage.connect()
    await stage.park()
    await stage.consult(colleague)
    await stage.audit()
    await stage.in_consultation(colleague)
    await stage.audit()
    since = len(stage.events)
    colleague.hang_up()
    ended = await stage.back_in_room(since)
    assert (ended.station, ended.outcome) == (COLLEAGUE, RingOutcome.ANSWERED)
    await stage.audit()
    await stage.join()
    await stage.leave()
    await stage.end(stage.leg_id)


async def fails_to_consult(stage: ControlStage, code: int) -> RingOutcome:
    colleague = await stage.colleague()
    await stage.connect()
    await stage.park()
    await stage.consult(colleague)
    since = len(stage.events)
    colleague.decline(code)
    ended = await stage.back_in_room(since)
    await stage.leave()
    await stage.end(stage.leg_id)
    return ended.outcome


async def colleague_is_busy(stage: ControlStage) -> None:
    assert await fails_to_consult(stage, 486) is RingOutcome.BUSY


async def colleague_declines(stage: ControlStage) -> None:
    assert await fails_to_consult(stage, 603) is RingOutcome.BUSY


async def colleague_does_not_answer(stage: ControlStage) -> None:
    colleague = await stage.colleague()
    await stage.connect()
    await stage.park()
    since = len(stage.events)
    await stage.consult(colleague, seconds=1)
    assert (await stage.back_in_room(since)).outcome is RingOutcome.NO_ANSWER
    await stage.leave()
    await stage.end(stage.leg_id)


async def colleague_is_not_there(stage: ControlStage) -> None:
    await stage.connect()
    await stage.park()
    since = len(stage.events)
    station = StationId(COLLEAGUE)
    stage.link.send(Consult(SERVER, stage.call, stage.leg_id, OfferId("x/1"), station, "", 5))
    assert (await stage.back_in_room(since)).outcome is RingOutcome.UNREACHABLE
    await stage.leave()
    await stage.end(stage.leg_id)


async def consultation_is_withdrawn_while_ringing(stage: ControlStage) -> None:
    colleague = await stage.colleague()
    await stage.connect()
    await stage.park()
    await stage.consult(colleague)
    since = len(stage.events)
    stage.link.send(HangUp(SERVER, stage.call, stage.other))
    await stage.back_in_room(since)
    await stage.join()
    await stage.leave()
    await stage.end(stage.leg_id)


async def asker_returns_while_it_rings(stage: ControlStage) -> None:
    colleague = await stage.colleague()
    await stage.connect()
    await stage.park()
    await stage.consult(colleague)
    await stage.join(stage.leg_id)
    await stage.saw(LegEnded, leg=stage.other)
    await stage.leave()
    await stage.end(stage.leg_id)


async def asker_hangs_up_while_it_rings(stage: ControlStage) -> None:
    colleague = await stage.colleague()
    phone = await stage.connect()
    await stage.park()
    await stage.consult(colleague)
    phone.hang_up()
    await stage.saw(LegEnded, leg=stage.leg_id)
    await stage.saw(LegEnded, leg=stage.other)
    await stage.quiet()
    await stage.audit()
    await stage.leave()


async def caller_hangs_up_while_they_consult(stage: ControlStage) -> None:
    colleague = await stage.colleague()
    await stage.connect()
    await stage.park()
    await stage.consult(colleague)
    await stage.in_consultation(colleague)
    await stage.leave()
    await stage.quiet()
    await stage.audit()
    await stage.end(stage.other)
    await stage.quiet()
    await stage.end(stage.leg_id)


async def consults(stage: ControlStage) -> None:
    """The agent talks with a colleague while the caller is parked."""
    colleague = await stage.colleague()
    await stage.connect()
    await stage.park()
    await stage.consult(colleague)
    await stage.in_consultation(colleague)


async def brings_in(stage: ControlStage) -> None:
    """Whom the agent consults comes into the room, and the agent by himself."""
    since = len(stage.events)
    stage.link.send(Join(SERVER, stage.call, stage.other))
    await stage.saw(LegBridged, since, leg=stage.other)
    await stage.back_in_room(since)


async def transfer_is_completed(stage: ControlStage) -> None:
    await consults(stage)
    await brings_in(stage)
    await stage.join()
    await stage.end(stage.leg_id)
    await stage.quiet()
    await stage.audit()
    await stage.leave()
    await stage.quiet()
    await stage.end(stage.other)


async def transfer_is_completed_in_one_go(stage: ControlStage) -> None:
    await consults(stage)
    since = len(stage.events)
    stage.link.send(Join(SERVER, stage.call, stage.other))
    stage.link.send(Join(SERVER, stage.call, LegId(stage.call)))
    stage.link.send(HangUp(SERVER, stage.call, stage.leg_id))
    await stage.saw(LegBridged, since, leg=stage.other)
    await stage.saw(LegBridged, since, leg=LegId(stage.call))
    await stage.saw(LegEnded, since, leg=stage.leg_id)
    await stage.quiet()
    synced = await stage.audit()
    (found,) = (found for found in synced.calls if found.call == stage.call)
    assert [(leg.leg, leg.bridged) for leg in found.legs] == [(stage.other, True)]
    await stage.end(stage.other)
    await stage.saw(LegEnded, leg=LegId(stage.call))


async def conference_is_left_by_agents(stage: ControlStage) -> None:
    await consults(stage)
    await brings_in(stage)
    await stage.join()
    await stage.audit()
    await stage.end(stage.leg_id)
    await stage.quiet()
    await stage.end(stage.other)
    await stage.saw(LegEnded, leg=LegId(stage.call))


async def conference_is_left_by_the_colleague(stage: ControlStage) -> None:
    await consults(stage)
    await brings_in(stage)
    await stage.join()
    await stage.end(stage.other)
    await stage.quiet()
    await stage.audit()
    await stage.end(stage.leg_id)
    await stage.saw(LegEnded, leg=LegId(stage.call))


async def conference_is_left_by_the_caller(stage: ControlStage) -> None:
    await consults(stage)
    await brings_in(stage)
    await stage.join()
    await stage.leave()
    await stage.quiet()
    await stage.audit()
    await stage.end(stage.leg_id)
    await stage.quiet()
    await stage.end(stage.other)


async def conference_with_a_number_outside(stage: ControlStage) -> None:
    await stage.connect()
    await stage.park()
    outside = await stage.consult_outside()
    await stage.audit()
    await stage.in_consultation(outside)
    await stage.audit()
    await brings_in(stage)
    await stage.join()
    await stage.audit()
    await stage.end(stage.leg_id)
    await stage.quiet()
    await stage.audit()
    outside.hang_up()
    await stage.saw(LegEnded, leg=LegId(stage.call))


async def number_outside_is_busy(stage: ControlStage) -> None:
    await stage.connect()
    await stage.park()
    outside = await stage.consult_outside()
    since = len(stage.events)
    outside.decline(486)
    ended = await stage.back_in_room(since)
    assert (ended.station, ended.outcome) == (None, RingOutcome.BUSY)
    await stage.leave()
    await stage.end(stage.leg_id)


async def station_is_called_and_the_client(stage: ControlStage) -> None:
    phone = await stage.phone()
    await stage.call_station(phone)
    await stage.audit()
    since = len(stage.events)
    phone.answer()
    await stage.saw(RingEnded, since, leg=stage.leg_id, outcome=RingOutcome.ANSWERED)
    await stage.quiet()
    await stage.audit()
    client = await stage.place_client()
    await stage.audit()
    await stage.join(stage.leg_id)
    await stage.join()
    await stage.audit()
    client.hang_up()
    await stage.saw(LegEnded, leg=LegId(stage.call))
    await stage.quiet()
    await stage.end(stage.leg_id)


async def called_station_consults(stage: ControlStage) -> None:
    colleague = await stage.colleague()
    phone = await stage.phone()
    await stage.call_station(phone)
    phone.answer()
    await stage.quiet()
    client = await stage.place_client()
    await stage.join(stage.leg_id)
    stage.link.send(Park(SERVER, stage.call, None))
    await stage.quiet()
    await stage.consult(colleague)
    await stage.audit()
    await stage.in_consultation(colleague)
    await brings_in(stage)
    await stage.join()
    await stage.end(stage.leg_id)
    client.hang_up()
    await stage.saw(LegEnded, leg=LegId(stage.call))
    await stage.end(stage.other)


async def rings_in_vain(stage: ControlStage, code: int) -> None:
    phone = await stage.phone()
    await stage.call_station(phone)
    phone.decline(code)
    await stage.saw(LegEnded, leg=stage.leg_id)


async def called_station_is_busy(stage: ControlStage) -> None:
    await rings_in_vain(stage, 486)


async def called_station_declines(stage: ControlStage) -> None:
    await rings_in_vain(stage, 603)


async def called_station_does_not_answer(stage: ControlStage) -> None:
    phone = await stage.phone()
    await stage.call_station(phone, seconds=1)
    await stage.saw(LegEnded, leg=stage.leg_id)


async def called_station_is_not_there(stage: ControlStage) -> None:
    stage.link.send(CallStation(SERVER, stage.new_call(), stage.leg_id, StationId(COLLEAGUE), 5))
    await stage.saw(LegEnded, leg=stage.leg_id)


async def calling_a_station_is_withdrawn(stage: ControlStage) -> None:
    phone = await stage.phone()
    await stage.call_station(phone)
    await stage.end(stage.leg_id)


async def server_dies_while_parked(stage: ControlStage) -> None:
    await stage.connect()
    await stage.park()
    async with ContractAmi(stage.rig) as ami:
        await stage.lose_server(ami)
        await stage.saw(CallFellBack)
        await stage.quiet()
        await stage.audit()
        await stage.regain_server(ami)
        await stage.hold()
        await stage.end(stage.leg_id)
        await stage.leave()


async def server_is_dead_when_parked(stage: ControlStage) -> None:
    await stage.connect()
    async with ContractAmi(stage.rig) as ami:
        await stage.lose_server(ami)
        stage.link.send(Park(SERVER, stage.call, stage.leg_id))
        await stage.saw(CallFellBack)
        await stage.quiet()
        await stage.regain_server(ami)
        await stage.end(stage.leg_id)
        await stage.leave()


async def server_dies_while_a_station_is_ready(stage: ControlStage) -> None:
    phone = await stage.phone()
    await stage.call_station(phone)
    phone.answer()
    await stage.saw(RingEnded, leg=stage.leg_id)
    await stage.quiet()
    async with ContractAmi(stage.rig) as ami:
        await stage.lose_server(ami)
        await stage.saw(LegEnded, leg=stage.leg_id)
        await stage.regain_server(ami)


async def caller_leaves_the_room_of_a_dead_server(stage: ControlStage) -> None:
    await stage.connect()
    await stage.park()
    await stage.join()
    async with ContractAmi(stage.rig) as ami:
        await stage.lose_server(ami)
        await stage.leave()
        await stage.saw(LegEnded, leg=stage.leg_id)
        await stage.regain_server(ami)


async def recording_is_muted(stage: ControlStage) -> None:
    await stage.connect()
    stage.link.send(MuteRecording(SERVER, stage.call, True))
    await stage.saw(CommandFailed, command="MuteRecording")
    await stage.park()
    await stage.join(recording="control-muted")
    stage.link.send(MuteRecording(SERVER, stage.call, True))
    stage.link.send(MuteRecording(SERVER, stage.call, False))
    await stage.quiet()
    await stage.leave()
    await stage.end(stage.leg_id)


async def leg_that_is_gone(stage: ControlStage) -> None:
    phone = await stage.connect()
    await stage.park()
    phone.hang_up()
    await stage.saw(LegEnded, leg=stage.leg_id)
    await stage.quiet()
    stage.link.send(Join(SERVER, stage.call, stage.leg_id))
    stage.link.send(SendKeys(SERVER, stage.call, stage.leg_id, "1"))
    stage.link.send(Consult(SERVER, stage.call, stage.leg_id, None, StationId(AGENT), "", 5))
    await stage.saw(CommandFailed, command="Consult")
    await stage.leave()
    stage.link.send(Park(SERVER, stage.call, None))
    stage.link.send(Hold(SERVER, stage.call))
    await stage.saw(CommandFailed, command="Hold")


async def is_parked_with_a_leg_that_is_gone(stage: ControlStage) -> None:
    phone = await stage.connect()
    await stage.park()
    phone.hang_up()
    await stage.saw(LegEnded, leg=stage.leg_id)
    await stage.quiet()
    stage.link.send(Park(SERVER, stage.call, stage.leg_id))
    await stage.quiet()
    await stage.audit()
    await stage.leave()


SCENARIOS: tuple[Play, ...] = (
    holds_and_resumes,
    agent_hangs_up_a_resumed_call,
    agent_hangs_up_while_parked,
    caller_hangs_up_while_parked,
    is_held_out_of_a_conversation,
    is_transferred_out_of_the_room,
    is_transferred_while_parked,
    colleague_answers_and_hangs_up,
    colleague_is_busy,
    colleague_declines,
    colleague_does_not_answer,
    colleague_is_not_there,
    consultation_is_withdrawn_while_ringing,
    asker_returns_while_it_rings,
    asker_hangs_up_while_it_rings,
    caller_hangs_up_while_they_consult,
    transfer_is_completed,
    conference_is_left_by_agents,
    conference_is_left_by_the_colleague,
    conference_is_left_by_the_caller,
    conference_with_a_number_outside,
    number_outside_is_busy,
    station_is_called_and_the_client,
    called_station_consults,
    called_station_is_busy,
    called_station_declines,
    called_station_does_not_answer,
    called_station_is_not_there,
    calling_a_station_is_withdrawn,
    server_dies_while_parked,
    server_is_dead_when_parked,
    server_dies_while_a_station_is_ready,
    caller_leaves_the_room_of_a_dead_server,
    recording_is_muted,
    leg_that_is_gone,
    is_parked_with_a_leg_that_is_gone,
)


@pytest.mark.parametrize("play", SCENARIOS, ids=lambda play: play.__name__)
async def test_controls_a_call_as_asterisk_does(rig: PbxRig, play: Play) -> None:
    stage = await play_on(rig, play)
    compare(rig, f"control_{play.__name__}", told(stage.events))


async def test_a_transfer_is_completed_in_one_go(rig: PbxRig) -> None:
    """The asker's leg may see the room or be hung up before: so nothing but the end is compared."""
    await play_on(rig, transfer_is_completed_in_one_go)
