"""What is heard, pressed and recorded in controlled calls, on the real Asterisk: its RTP and its files."""

from __future__ import annotations

import asyncio
import time
import wave
from collections.abc import AsyncIterator
from itertools import groupby
from pathlib import Path
from typing import cast

import pytest

from callcenter.telephony.commands import CallStation, MuteRecording, Park, Ring, SendKeys
from callcenter.telephony.events import (
    CallArrived,
    CallHeld,
    LegBridged,
    LegRinging,
    ServerSynced,
    StationChanged,
    StationState,
)
from routing.ids import LegId, StationId, offer_id
from tests.support.pbx_contract import AsteriskRig, PbxRig, RigPhone, open_rig, until
from tests.support.pbx_control import AGENT, COLLEAGUE, ControlStage
from tests.support.pbx_flow_rig import RealOutside
from tests.support.pbx_typed import SERVER
from tests.support.sipp import ScriptedCaller, ScriptedPhone
from tests.support.sipp_agent import Call
from tests.support.sipp_wire import Rtp

CALLER_BYTE, AGENT_BYTE, COLLEAGUE_BYTE = 0x20, 0x30, 0x38
LOUD = {0x20: -7932, 0x30: -3900, 0x38: -2876}
"""What these bytes of G.711 mu-law are as samples."""
SECOND = 8000
PACKETS = 25
"""Half a second of voice."""

pytestmark = pytest.mark.asterisk


class _Phone:
    """A station's phone that says one byte all the time."""

    def __init__(self, phone: ScriptedPhone) -> None:
        self._phone = phone
        self.station = phone.user
        self.call: Call | None = None

    async def rung(self) -> None:
        self.call = await self._phone.next_call(seconds=5)

    def answer(self) -> None:
        self.the_call.answer()

    def decline(self, code: int) -> None:
        self.the_call.reject(code)

    def hang_up(self) -> None:
        self.the_call.hang_up()

    @property
    def the_call(self) -> Call:
        assert self.call is not None
        return self.call

    @property
    def rtp(self) -> Rtp:
        return self.the_call.rtp


class MediaStage(ControlStage):
    caller: Call

    @property
    def asterisk_rig(self) -> AsteriskRig:
        assert isinstance(self.rig, AsteriskRig)
        return self.rig

    async def voice(self, station: str, byte: int) -> _Phone:
        """A phone that says ``byte``."""
        phone = ScriptedPhone(self.asterisk_rig.asterisk, station)
        phone.fill = byte
        await self.asterisk_rig.enter(phone)
        return _Phone(phone)

    async def arrive(self) -> None:
        agent = await self.asterisk_rig.enter(ScriptedCaller(self.asterisk_rig.asterisk))
        since = len(self.events)
        self.caller = await agent.call("74951230004", caller="79031112233")
        self.caller.rtp.fill = CALLER_BYTE  # before he is answered and begins to speak
        await self.caller.wait_answered()
        arrived = await self.saw(CallArrived, since)
        assert isinstance(arrived, CallArrived)
        self.call = arrived.call
        await self.saw(CallHeld, since)

    async def ring_and_answer(self, phone: _Phone, recording: str = "") -> None:
        since = len(self.events)
        offer, station = offer_id(self.call, since), StationId(phone.station)
        self.link.send(Ring(SERVER, self.call, offer, station, 5, recording=recording))
        await phone.rung()
        await self.saw(LegRinging, since)
        phone.answer()
        await self.saw(LegBridged, since, leg=LegId(self.call))
        self.leg_id = await self.leg()

    def recording(self, name: str) -> Path:
        return self.asterisk_rig.asterisk.recordings / f"{name}.wav"


@pytest.fixture
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[MediaStage]:
    request.param = "asterisk"
    async with open_rig(request) as rig:
        one = MediaStage(cast(PbxRig, rig))
        await one.link.start()
        try:
            await one.saw(ServerSynced)
            yield one
        finally:
            await one.link.stop()


async def hear(*pairs: tuple[Rtp, int]) -> None:
    """Each hears half a second of that byte from now on."""
    wanted = [(rtp, byte, rtp.heard(byte) + PACKETS) for rtp, byte in pairs]
    await asyncio.gather(*(rtp.wait_heard(byte, count) for rtp, byte, count in wanted))


async def test_voices_go_both_ways_after_each_move(stage: MediaStage) -> None:
    agent = await stage.voice(AGENT, AGENT_BYTE)
    colleague = await stage.voice(COLLEAGUE, COLLEAGUE_BYTE)
    await stage.arrive()
    await stage.ring_and_answer(agent)
    caller = stage.caller.rtp
    await hear((caller, AGENT_BYTE), (agent.rtp, CALLER_BYTE))
    await stage.park()
    heard = agent.rtp.heard(CALLER_BYTE)
    await stage.join()
    await hear((caller, AGENT_BYTE), (agent.rtp, CALLER_BYTE))
    assert agent.rtp.heard(CALLER_BYTE) > heard
    stage.link.send(Park(SERVER, stage.call, None))
    await stage.quiet()
    await stage.consult(cast(RigPhone, colleague))
    await stage.in_consultation(cast(RigPhone, colleague))
    before = caller.heard(AGENT_BYTE)
    await hear((agent.rtp, COLLEAGUE_BYTE), (colleague.rtp, AGENT_BYTE))
    assert caller.heard(AGENT_BYTE) == before, "a parked caller hears no consultation"
    await stage.join(stage.other)
    await stage.join()
    await stage.end(stage.leg_id)
    await hear((caller, COLLEAGUE_BYTE), (colleague.rtp, CALLER_BYTE))
    stage.caller.hang_up()
    await stage.end(stage.other)


async def test_keys_arrive_at_the_far_side(stage: MediaStage) -> None:
    agent = await stage.voice(AGENT, AGENT_BYTE)
    await stage.arrive()
    await stage.ring_and_answer(agent)
    caller = stage.caller.rtp
    caller.listen()
    stage.link.send(SendKeys(SERVER, stage.call, stage.leg_id, "1192*#"))
    await until(lambda: caller.pressed == "1192*#", "the keys did not come in a conversation")
    await stage.park()
    await stage.join()
    caller.listen()
    stage.link.send(SendKeys(SERVER, stage.call, stage.leg_id, "0550"))
    await until(lambda: caller.pressed == "0550", "the keys did not come in the room")
    stage.caller.hang_up()
    await stage.end(stage.leg_id)


async def test_one_recording_has_the_whole_call_and_nothing_else(stage: MediaStage) -> None:
    agent = await stage.voice(AGENT, AGENT_BYTE)
    colleague = await stage.voice(COLLEAGUE, COLLEAGUE_BYTE)
    name = f"control-{time.time_ns()}"
    await stage.arrive()
    await stage.ring_and_answer(agent, name)
    caller = stage.caller.rtp
    await hear((caller, AGENT_BYTE), (agent.rtp, CALLER_BYTE))
    await stage.park()  # music, for a while
    caller.listen()
    await caller.wait_heard_any(2 * PACKETS)
    await stage.join()
    await hear((caller, AGENT_BYTE), (agent.rtp, CALLER_BYTE))
    stage.link.send(MuteRecording(SERVER, stage.call, True))
    await hear((caller, AGENT_BYTE), (agent.rtp, CALLER_BYTE))
    await hear((caller, AGENT_BYTE), (agent.rtp, CALLER_BYTE))
    stage.link.send(MuteRecording(SERVER, stage.call, False))
    await hear((caller, AGENT_BYTE), (agent.rtp, CALLER_BYTE))
    await stage.hold()  # music again, and a transfer
    await stage.end(stage.leg_id)
    await stage.ring_and_answer(colleague, "control-another")
    await hear((caller, COLLEAGUE_BYTE), (colleague.rtp, CALLER_BYTE))
    await hear((caller, COLLEAGUE_BYTE), (colleague.rtp, CALLER_BYTE))
    stage.caller.hang_up()
    await stage.quiet()
    assert not stage.recording("control-another").exists(), "a call has one recording"
    with wave.open(str(stage.recording(name))) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 1)
        samples = memoryview(file.readframes(file.getnframes())).cast("h")
    both, other = LOUD[CALLER_BYTE] + LOUD[AGENT_BYTE], LOUD[CALLER_BYTE] + LOUD[COLLEAGUE_BYTE]
    runs = [(sample, sum(1 for _ in run)) for sample, run in groupby(samples)]
    first = sum(length for sample, length in runs if sample == both)
    second = sum(length for sample, length in runs if sample == other)
    silence = max(length for sample, length in runs if sample == 0)
    assert first > 1.2 * SECOND, "three stretches of the first agent"
    assert second > 0.4 * SECOND, "and the second agent"
    assert silence > 0.8 * SECOND, "the muted second"
    voices = {0, both, other, LOUD[CALLER_BYTE], LOUD[AGENT_BYTE], LOUD[COLLEAGUE_BYTE]}
    # The second agent's packets are numbered lower than the first's were: a recorder that lived through the
    # hold took them for old ones.
    strange = sum(length for sample, length in runs if sample not in voices)
    assert strange < 0.1 * SECOND, "music of hold or park"
    order = [sample for sample, length in runs if length > 0.3 * SECOND]
    assert order.index(0) < order.index(other)
    assert order[0] == both


async def test_phones_that_are_to_answer_by_themselves_are_asked_to(stage: MediaStage) -> None:
    agent = await stage.voice(AGENT, AGENT_BYTE)
    colleague = await stage.voice(COLLEAGUE, COLLEAGUE_BYTE)
    await stage.arrive()
    uniqueid = stage.call.partition(":")[2]
    since = len(stage.events)
    offer = offer_id(stage.call, 1)
    stage.link.send(Ring(SERVER, stage.call, offer, StationId(AGENT), 5, auto_answer=True))
    await agent.rung()
    invite = agent.the_call.invite
    assert invite.header("Call-Info") == "<sip:callcenter>;answer-after=0"
    assert "alert-autoanswer" in invite.header("Alert-Info")
    assert invite.header("X-CC-Call") == uniqueid
    agent.answer()
    await stage.saw(LegBridged, since, leg=LegId(stage.call))
    stage.leg_id = await stage.leg()
    await stage.park()
    # It was asked for once: the next dialling is an ordinary one.
    await stage.consult(cast(RigPhone, colleague))
    assert colleague.the_call.invite.header("X-CC-Call") == uniqueid
    assert colleague.the_call.invite.header("Call-Info") == ""
    since = len(stage.events)
    colleague.decline(486)
    await stage.back_in_room(since)
    await stage.end(stage.leg_id)
    stage.caller.hang_up()
    stage.new_call()
    call_station = CallStation(
        SERVER, stage.call, stage.leg_id, StationId(COLLEAGUE), 5, auto_answer=True, shown="+79035556677"
    )
    stage.link.send(call_station)
    await colleague.rung()
    invite = colleague.the_call.invite
    assert "answer-after=0" in invite.header("Call-Info")
    assert invite.header("X-CC-Call") == stage.call.partition(":")[2]
    assert "+79035556677" in invite.header("From")
    colleague.decline(486)


async def test_a_phone_is_asked_to_answer_by_itself_for_one_ring_alone(stage: MediaStage) -> None:
    agent = await stage.voice(AGENT, AGENT_BYTE)
    await stage.arrive()
    for attempt, asked in enumerate((False, True, False, False), 1):
        since = len(stage.events)
        offer = offer_id(stage.call, attempt)
        stage.link.send(Ring(SERVER, stage.call, offer, StationId(AGENT), 5, auto_answer=asked))
        await agent.rung()
        invite = agent.the_call.invite
        assert invite.header("X-CC-Call") == stage.call.partition(":")[2]
        assert ("answer-after=0" in invite.header("Call-Info")) is asked
        agent.decline(486)
        await stage.saw(CallHeld, since, call=stage.call, attempt=attempt)
    stage.caller.hang_up()


async def test_a_number_outside_sees_our_number_and_no_name_of_ours(stage: MediaStage) -> None:
    agent = await stage.voice(AGENT, AGENT_BYTE)
    await stage.arrive()
    await stage.ring_and_answer(agent)
    await stage.park()
    await stage.consult_outside()
    assert isinstance(stage.outside, RealOutside)
    invite = stage.outside.the_call.invite
    assert "<sip:74951230004@" in invite.header("From")
    assert AGENT not in invite.header("From")
    assert invite.header("X-CC-Call") == ""
    stage.caller.hang_up()
    await stage.end(stage.leg_id)


async def test_both_phones_of_an_intercom_are_told_that_it_is_a_colleagues(stage: MediaStage) -> None:
    agent = await stage.voice(AGENT, AGENT_BYTE)
    colleague = await stage.voice(COLLEAGUE, COLLEAGUE_BYTE)
    await stage.saw(StationChanged, station=StationId(COLLEAGUE), state=StationState.IDLE)
    stage.intercom()
    await agent.rung()
    agent.answer()
    await colleague.rung()
    for invite, other in ((agent.the_call.invite, COLLEAGUE), (colleague.the_call.invite, AGENT)):
        assert invite.header("X-CC-Colleague") == stage.call
        assert invite.header("X-CC-Call") == ""
        assert other in invite.header("From")
    colleague.decline(486)
