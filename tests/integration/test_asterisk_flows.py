"""Steps of flows on a real Asterisk, from the caller's side of the wire: what is heard, which keys count."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from callcenter.telephony.ami.action import AmiAction
from callcenter.telephony.ami.render import render
from callcenter.telephony.commands import Ask, DialOut, Play, Record, Ring
from routing.ids import CallId, OfferId, ServerId, StationId, call_id
from tests.support.asterisk import AsteriskServer
from tests.support.asterisk_ami import Packet, RawAmi
from tests.support.pbx_flow_rig import write_tone
from tests.support.sipp import ANSWERS, ScriptedCaller, ScriptedOutside, ScriptedPhone
from tests.support.sipp_agent import Call

pytestmark = pytest.mark.asterisk

SERVER = ServerId("main")
NUMBER = "74951230009"
SILENT = {0xFF, 0x7F}


class Scene:
    """A caller on hold, and a hand on AMI."""

    def __init__(self, asterisk: AsteriskServer, ami: RawAmi, call: Call, uniqueid: str) -> None:
        self.asterisk = asterisk
        self.ami = ami
        self.call = call
        self.id: CallId = call_id(SERVER, uniqueid)
        self.uniqueid = uniqueid
        self.redirected_at = 0.0

    async def send(self, command: Play | Ask | Record | DialOut | Ring) -> int:
        """Do as the link does; returns the place before it in the events."""
        since = len(self.ami.events)
        for action in render(command):
            await self.do(action)
        self.redirected_at = time.monotonic()
        return since

    async def do(self, action: AmiAction) -> None:
        await self.ami.action(action.name, **dict(action.headers))

    async def ended(self, since: int, step: int) -> Packet:
        end = await self.ami.user_event("CCStep", since=since, seconds=10, Step=str(step))
        await self.ami.user_event("CCHold", since=since, Uniqueid=self.uniqueid)
        return end

    async def first_tone(self, seconds: float = 3.0) -> float:
        """Seconds from the Redirect until the first packet that is not music or silence."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for at, payload in zip(self.call.rtp.arrivals, self.call.rtp.payloads, strict=False):
                if at > self.redirected_at and loud(payload):
                    return at - self.redirected_at
            self.call.rtp.arrived.clear()
            await self.call.rtp.arrived.wait()
        raise AssertionError("the prompt was not heard")


def loud(payload: bytes) -> bool:
    """Whether a mu-law packet holds a sample of over a tenth: our prompts do, the music does not."""
    return min(byte & 0x7F for byte in payload) < 0x30


@pytest.fixture
async def scene(asterisk: AsteriskServer) -> AsyncIterator[Scene]:
    write_tone(asterisk.prompts / "en" / "half-second.wav", 0.5)
    write_tone(asterisk.prompts / "en" / "long.wav", 30.0)
    async with RawAmi(asterisk) as ami, ScriptedCaller(asterisk) as caller:
        await ami.heartbeat()
        since = len(ami.events)
        call = await caller.call(NUMBER)
        await call.wait_answered()
        held = await ami.user_event("CCHold", since=since)
        yield Scene(asterisk, ami, call, held["Uniqueid"])
        await ami.heartbeat()


async def test_a_prompt_is_heard_at_once_and_the_music_comes_back(scene: Scene) -> None:
    call = scene.call
    call.rtp.listen()
    since = await scene.send(Play(SERVER, scene.id, 1, ("half-second",), "en"))
    assert await scene.first_tone() < 0.2
    ended = await scene.ended(since, 1)
    assert ended["Outcome"] == "DONE"
    call.rtp.listen()
    await call.rtp.wait_heard_any(20)
    assert not any(loud(payload) for payload in call.rtp.payloads[5:])
    assert any(set(payload) - SILENT for payload in call.rtp.payloads), "music, not silence"


async def test_keys_by_sip_info_count_as_those_in_the_voice(scene: Scene) -> None:
    since = await scene.send(Ask(SERVER, scene.id, 1, ("long",), "en", 3, 3))
    for key in "4*2":
        scene.call.press_by_info(key)
    assert (await scene.ended(since, 1))["Digits"] == "4*2"


async def test_a_ring_cuts_a_prompt_short_and_the_agent_is_heard(scene: Scene) -> None:
    async with ScriptedPhone(scene.asterisk, "a1033", plan=ANSWERS) as phone:
        scene.call.rtp.listen()
        since = await scene.send(Play(SERVER, scene.id, 1, ("long",), "en"))
        # Asterisk refuses the next Redirect of a channel that is still on its way.
        await scene.first_tone()
        await scene.send(Ring(SERVER, scene.id, OfferId("o"), StationId("a1033"), 5))
        agent = await phone.next_call()
        await agent.wait_confirmed()
        await scene.call.rtp.wait_heard(agent.rtp.fill, 10)
        assert not [packet for packet in scene.ami.events[since:] if packet.get("UserEvent") == "CCStep"]


async def test_both_hear_each_other_when_connected_outside(scene: Scene) -> None:
    async with ScriptedOutside(scene.asterisk, plan=ANSWERS) as outside:
        since = await scene.send(DialOut(SERVER, scene.id, 7, "+74957654321", 5))
        other = await outside.next_call()
        assert other.number == "+74957654321"
        await other.wait_confirmed()
        await scene.call.rtp.wait_heard(other.rtp.fill, 10)
        await other.rtp.wait_heard(scene.call.rtp.fill, 10)
        other.hang_up()
        assert (await scene.ended(since, 7))["Outcome"] == "ANSWER"


async def test_a_message_holds_the_callers_voice(scene: Scene) -> None:
    since = await scene.send(Record(SERVER, scene.id, 3, (), "en", "voice", 2))
    ended = await scene.ended(since, 3)
    assert (ended["Outcome"], ended["Seconds"]) == ("DONE", "2")
    recorded = (scene.asterisk.messages / "voice.wav").read_bytes()[44:]
    assert len(set(recorded[8000:8020])) <= 2, "the byte that the caller's voice is made of"


async def test_a_value_set_on_the_channel_is_played_and_never_run(scene: Scene) -> None:
    """What no command of ours can send, sent all the same: Asterisk expands nothing in a variable's value."""
    await scene.ami.action(
        "Setvar", Channel=scene.uniqueid, Variable="CC_SAY", Value="${SET(GLOBAL(CC_HB)=1)}&x,m,,cc-dial"
    )
    since = len(scene.ami.events)
    await scene.ami.action("Redirect", Channel=scene.uniqueid, Context="cc-say", Exten="s1", Priority=1)
    await scene.ended(since, 1)
    assert int((await scene.ami.action("Getvar", Variable="CC_HB"))["Value"]) > 1
