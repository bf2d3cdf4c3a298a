"""The simulator behaves as Asterisk 22 does: every scenario runs against both, and both must say the same.

What they must say is in ``pbx_contract/*.txt``, recorded from the real Asterisk alone
(``PBX_CONTRACT_RECORD=1 pytest -m asterisk`` on this file). Where the simulator differs, it is wrong.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.asterisk import AsteriskServer
from tests.support.pbx_contract import (
    FALLBACK,
    STATIONS,
    ContractAmi,
    Customer,
    Frame,
    PbxRig,
    RigPhone,
    asterisk_rig,
    simulator_rig,
    until,
)
from tests.support.pbx_transcript import Names, about, check_causality, differences, items, line, transcript

RECORDINGS = Path(__file__).parent / "pbx_contract"
RECORDING = os.environ.get("PBX_CONTRACT_RECORD") == "1"
FIRST, SECOND = STATIONS
MEMBER = FALLBACK[0]
NUMBER = "74951230001"


@pytest.fixture(params=["simulator", pytest.param("asterisk", marks=pytest.mark.asterisk)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[PbxRig]:
    """Each PBX in turn."""
    if request.param == "simulator":
        async with simulator_rig() as simulator:
            yield simulator
    else:
        server: AsteriskServer = request.getfixturevalue("asterisk")
        async with asterisk_rig(server) as real:
            yield real


class Stage:
    """One scenario under way."""

    def __init__(self, rig: PbxRig, ami: ContractAmi) -> None:
        self.rig = rig
        self.ami = ami
        self.caller = ""
        self.customer: Customer | None = None
        self.names = Names()
        self.listings: list[str] = []
        self.answers: list[str] = []
        self.devices: set[str] = set()
        """Stations that take part."""

    async def heartbeat(self, age: int = 0) -> None:
        await self.ami.action("Setvar", Variable="CC_HB", Value=int(time.time()) - age)

    async def phone(self, station: str) -> RigPhone:
        """The station's phone, registered and known to be idle."""
        since = len(self.ami.frames)
        self.devices.add(station)
        phone = await self.rig.phone(station)
        await self.ami.event("DeviceStateChange", since=since, Device=f"PJSIP/{station}", State="NOT_INUSE")
        return phone

    async def arrive(
        self, *, held: bool = True, number: str = "79161234567", name: str = "Пётр Иванов"
    ) -> None:
        """A customer calls and is on hold."""
        since = len(self.ami.frames)
        self.customer = await self.rig.call(NUMBER, number, name)
        new = dict(await self.ami.event("Newchannel", since=since, Context="cc-in"))
        self.caller = new["Uniqueid"]
        if held:
            await self.held(since)
            await self.ami.quiet()

    async def held(self, since: int) -> None:
        await self.ami.event("UserEvent", since=since, UserEvent="CCHold", Uniqueid=self.caller)

    def mark(self) -> int:
        return len(self.ami.frames)

    async def redirect(self, context: str, exten: str, channel: str | None = None) -> None:
        answer = await self.ami.action(
            "Redirect", Channel=channel or self.caller, Context=context, Exten=exten, Priority=1
        )
        self.answers.append(line(answer, self.names))

    async def ring(self, phone: RigPhone, *, rings: bool = True) -> int:
        """Redirect the caller to a station; returns the place before it in the frames."""
        since = self.mark()
        await self.redirect("cc-dial", phone.station)
        await phone.rung()
        await self.ami.event("DialBegin", since=since, DialString=phone.station)
        if rings:
            await self.ami.event("DialState", since=since, DialStatus="RINGING")
            await self.ami.event("DeviceStateChange", since=since, State="RINGING")
        return since

    async def talk(self, phone: RigPhone) -> None:
        """Ring a station that answers, until both are in the bridge."""
        since = await self.ring(phone)
        phone.answer()
        await self.ami.event("BridgeEnter", since=since, BridgeNumChannels="2")
        await self.ami.event("DeviceStateChange", since=since, State="INUSE")
        await self.ami.quiet()

    def leg(self) -> str:
        """The Uniqueid of the youngest leg."""
        for frame in reversed(self.ami.frames):
            headers = dict(frame)
            if frame[0] == ("Event", "Newchannel") and headers["Uniqueid"] != headers["Linkedid"]:
                return headers["Uniqueid"]
        raise AssertionError("no leg was made")

    async def hang_up(self) -> None:
        """The customer leaves."""
        assert self.customer is not None
        self.customer.hang_up()
        await self.gone()

    async def gone(self) -> None:
        await self.ami.event("Hangup", Uniqueid=self.caller)

    async def lists(self, title: str) -> None:
        """All lists of a resync, as far as they are about this scenario."""
        ami = self.ami
        self.names.learn(self.ami.frames)
        devices = {f"PJSIP/{device}" for device in (*STATIONS, *FALLBACK)}
        variables = "CC_CALL,CC_STATE,CC_DNIS,CC_TRY"
        bridges = await ami.listing("BridgeList", "BridgeListComplete")
        members: list[Frame] = []
        for bridge in bridges:
            identity = dict(bridge)["BridgeUniqueid"]
            members += await ami.listing("BridgeInfo", "BridgeInfoComplete", BridgeUniqueid=identity)
        states = await ami.listing("DeviceStateList", "DeviceStateListComplete")
        parts = (
            await ami.listing("CoreShowChannels", "CoreShowChannelsComplete"),
            await ami.listing("Status", "StatusComplete", Variables=variables),
            bridges,
            members,
            [state for state in states if dict(state)["Device"] in devices],
            await ami.listing("QueueStatus", "QueueStatusComplete"),
        )
        self.listings += [f"[list: {title}]", *(items(part, self.names) for part in parts if part), ""]


Play = Callable[[Stage], Awaitable[None]]


async def arrives_and_waits(stage: Stage) -> None:
    await stage.arrive()
    await stage.lists("waiting")
    await stage.hang_up()


async def talks_until_the_station_hangs_up(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.talk(phone)
    await stage.lists("talking")
    phone.hang_up()
    await stage.gone()


async def talks_until_the_caller_hangs_up(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.talk(phone)
    await stage.hang_up()


async def answers_without_ringing(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    phone.mute()
    await stage.arrive()
    since = await stage.ring(phone, rings=False)
    phone.answer()
    await stage.ami.event("BridgeEnter", since=since, BridgeNumChannels="2")
    await stage.ami.quiet()
    await stage.hang_up()


async def declines(stage: Stage, code: int) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    since = await stage.ring(phone)
    phone.decline(code)
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def declines_busy(stage: Stage) -> None:
    await declines(stage, 486)


async def declines_for_good(stage: Stage) -> None:
    await declines(stage, 603)


async def is_temporarily_away(stage: Stage) -> None:
    await declines(stage, 480)


async def fails_in_the_network(stage: Stage) -> None:
    await declines(stage, 503)


async def does_not_answer(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.ami.action("Setvar", Channel=stage.caller, Variable="CC_RING", Value=1)
    since = await stage.ring(phone)
    await stage.lists("ringing")
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def declines_and_then_another_answers(stage: Stage) -> None:
    first, second = await stage.phone(FIRST), await stage.phone(SECOND)
    await stage.arrive()
    since = await stage.ring(first)
    first.decline(486)
    await stage.held(since)
    await stage.ami.quiet()
    await stage.talk(second)
    await stage.lists("talking after a decline")
    second.hang_up()
    await stage.gone()


async def declines_and_then_the_caller_leaves_while_ringing(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    since = await stage.ring(phone)
    phone.decline(603)
    await stage.held(since)
    await stage.ami.quiet()
    await stage.ring(phone)
    await stage.hang_up()


async def leaves_while_ringing(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.ring(phone)
    await stage.hang_up()


async def leaves_before_it_rings(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    phone.mute()
    await stage.arrive()
    await stage.ring(phone, rings=False)
    await stage.hang_up()


async def rings_an_unregistered_station(stage: Stage) -> None:
    await stage.arrive()
    since = stage.mark()
    await stage.redirect("cc-dial", SECOND)
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def rings_a_station_that_is_not_there(stage: Stage) -> None:
    await stage.arrive()
    since = stage.mark()
    await stage.redirect("cc-dial", "a4999")
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def goes_offline_while_talking(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.talk(phone)
    await phone.unregister()
    await stage.ami.quiet()
    await stage.hang_up()
    await stage.ami.event("DeviceStateChange", Device=f"PJSIP/{FIRST}", State="UNAVAILABLE")
    since = stage.mark()
    await phone.register()
    await stage.ami.event("DeviceStateChange", since=since, State="NOT_INUSE")


async def manager_hangs_up_the_ringing_leg(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    since = await stage.ring(phone)
    await stage.ami.action("Hangup", Channel=stage.leg(), Cause=16)
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def manager_hangs_up_the_ringing_leg_without_a_cause(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    since = await stage.ring(phone)
    await stage.ami.action("Hangup", Channel=stage.leg())
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def manager_hangs_up_the_talking_leg(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.talk(phone)
    await stage.ami.action("Hangup", Channel=stage.leg(), Cause=16)
    await stage.gone()


async def manager_hangs_up_the_waiting_caller(stage: Stage) -> None:
    await stage.arrive()
    await stage.ami.action("Hangup", Channel=stage.caller, Cause=16)
    await stage.gone()


async def manager_hangs_up_the_ringing_caller(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.ring(phone)
    await stage.ami.action("Hangup", Channel=stage.caller, Cause=16)
    await stage.gone()


async def manager_hangs_up_the_talking_caller(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.talk(phone)
    await stage.ami.action("Hangup", Channel=stage.caller, Cause=16)
    await stage.gone()


async def stale_redirect_tears_a_conversation_down(stage: Stage) -> None:
    first, second = await stage.phone(FIRST), await stage.phone(SECOND)
    await stage.arrive()
    await stage.talk(first)
    await stage.ring(second)
    second.answer()
    await stage.ami.quiet()
    await stage.hang_up()


async def stale_redirect_puts_a_conversation_on_hold(stage: Stage) -> None:
    phone = await stage.phone(FIRST)
    await stage.arrive()
    await stage.talk(phone)
    since = stage.mark()
    await stage.redirect("cc-hold", "s")
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def redirected_while_ringing(stage: Stage) -> None:
    first, second = await stage.phone(FIRST), await stage.phone(SECOND)
    await stage.arrive()
    await stage.ring(first)
    await stage.ring(second)
    await stage.hang_up()


async def redirected_nowhere(stage: Stage) -> None:
    await stage.arrive()
    await stage.redirect("cc-nowhere", "x")
    await stage.gone()


async def falls_back_with_nobody_there(stage: Stage) -> None:
    await stage.arrive()
    since = stage.mark()
    await stage.heartbeat(age=20)
    await stage.ami.event("UserEvent", since=since, UserEvent="CCFallback", Uniqueid=stage.caller)
    await stage.ami.quiet()
    await stage.lists("resting")
    await stage.heartbeat()
    since = stage.mark()
    await stage.redirect("cc-hold", "s")
    await stage.held(since)
    await stage.ami.quiet()
    await stage.lists("back on hold")
    await stage.hang_up()


async def fallback_answers(stage: Stage) -> None:
    member = await stage.phone(MEMBER)
    await stage.heartbeat(age=20)
    await stage.arrive(held=False)
    await member.rung()
    await stage.ami.event("DialState", DialStatus="RINGING")
    await stage.ami.quiet()
    await stage.lists("fallback ringing")
    member.answer()
    await stage.ami.event("BridgeEnter", BridgeNumChannels="2")
    await stage.ami.quiet()
    await stage.lists("fallback talking")
    member.hang_up()
    await stage.gone()


async def fallback_loses_the_caller(stage: Stage) -> None:
    member = await stage.phone(MEMBER)
    await stage.heartbeat(age=20)
    await stage.arrive(held=False)
    await member.rung()
    await stage.ami.event("DialState", DialStatus="RINGING")
    await stage.ami.quiet()
    await stage.hang_up()


async def fallback_gives_the_caller_back(stage: Stage) -> None:
    member = await stage.phone(MEMBER)
    await stage.heartbeat(age=20)
    await stage.arrive(held=False)
    await member.rung()
    await stage.ami.event("DialState", DialStatus="RINGING")
    await stage.ami.quiet()
    await stage.heartbeat()
    since = stage.mark()
    await stage.redirect("cc-hold", "s")
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def fallback_talk_is_taken_away(stage: Stage) -> None:
    member = await stage.phone(MEMBER)
    await stage.heartbeat(age=20)
    await stage.arrive(held=False)
    await member.rung()
    await stage.ami.event("DialState", DialStatus="RINGING")
    await stage.ami.quiet()
    member.answer()
    await stage.ami.event("BridgeEnter", BridgeNumChannels="2")
    await stage.ami.quiet()
    await stage.heartbeat()
    since = stage.mark()
    await stage.redirect("cc-hold", "s")
    await stage.held(since)
    await stage.ami.quiet()
    await stage.hang_up()


async def calls_without_a_name(stage: Stage) -> None:
    await stage.arrive(number="+79161234567", name="")
    await stage.hang_up()


SCENARIOS: tuple[Play, ...] = (
    arrives_and_waits,
    talks_until_the_station_hangs_up,
    talks_until_the_caller_hangs_up,
    answers_without_ringing,
    declines_busy,
    declines_for_good,
    is_temporarily_away,
    fails_in_the_network,
    does_not_answer,
    declines_and_then_another_answers,
    declines_and_then_the_caller_leaves_while_ringing,
    leaves_while_ringing,
    leaves_before_it_rings,
    rings_an_unregistered_station,
    rings_a_station_that_is_not_there,
    goes_offline_while_talking,
    manager_hangs_up_the_ringing_leg,
    manager_hangs_up_the_ringing_leg_without_a_cause,
    manager_hangs_up_the_talking_leg,
    manager_hangs_up_the_waiting_caller,
    manager_hangs_up_the_ringing_caller,
    manager_hangs_up_the_talking_caller,
    stale_redirect_tears_a_conversation_down,
    stale_redirect_puts_a_conversation_on_hold,
    redirected_while_ringing,
    redirected_nowhere,
    falls_back_with_nobody_there,
    fallback_answers,
    fallback_loses_the_caller,
    fallback_gives_the_caller_back,
    fallback_talk_is_taken_away,
    calls_without_a_name,
)


@pytest.mark.parametrize("play", SCENARIOS, ids=lambda play: play.__name__)
async def test_says_what_asterisk_says(rig: PbxRig, play: Play) -> None:
    async with ContractAmi(rig) as ami:
        stage = Stage(rig, ami)
        await stage.heartbeat()
        since = stage.mark()
        try:
            await play(stage)
            await ami.quiet()
        finally:
            # Callers of a scenario that failed must not go on into the next one.
            if stage.caller and not any(
                frame[0] == ("Event", "Hangup") and dict(frame)["Uniqueid"] == stage.caller
                for frame in ami.frames
            ):
                await ami.action("Hangup", Channel=stage.caller)
            await stage.heartbeat()
        frames = [
            frame
            for frame in ami.frames[since:]
            if not any(name == "ActionID" for name, _ in frame) and frame[0][0] == "Event"
        ]
        kept = about(frames, stage.devices)
        check_causality(kept)
        text = transcript(kept, stage.names)
    answers = ["[answers]", *stage.answers, ""] if stage.answers else []
    compare(rig, play.__name__, "\n".join([text, *answers, *stage.listings]))


async def test_a_redirect_waits_for_the_one_before_it(rig: PbxRig) -> None:
    """Two in one breath: the channel is on its way, so the second is refused, and only one ring happens."""
    async with ContractAmi(rig) as ami:
        stage = Stage(rig, ami)
        await stage.heartbeat()
        phone = await stage.phone(FIRST)
        await stage.arrive()
        action = (
            f"Action: Redirect\r\nActionID: both\r\nChannel: {stage.caller}\r\nContext: cc-dial\r\n"
            f"Exten: {phone.station}\r\nPriority: 1\r\n\r\n"
        )
        since = stage.mark()
        ami.write(action.encode() * 2)
        await phone.rung()
        await ami.quiet()
        said = [dict(frame)["Message"] for frame in ami.frames[since:] if ("ActionID", "both") in frame]
        begun = [frame for frame in ami.frames[since:] if frame[0] == ("Event", "DialBegin")]
        await stage.hang_up()
    assert said == ["Redirect successful", "Redirect failed, channel not up."]
    assert len(begun) == 1


REFUSALS: tuple[tuple[str, dict[str, object]], ...] = (
    ("Hangup", {}),
    ("Hangup", {"Channel": "PJSIP/none-00000001"}),
    ("Redirect", {"Channel": ""}),
    ("Redirect", {"Channel": "rig-1.1"}),
    ("Redirect", {"Channel": "rig-1.1", "Context": "cc-hold", "Exten": "s", "Priority": 1}),
    ("Setvar", {}),
    ("Setvar", {"Channel": "rig-1.1", "Variable": "CC_RING", "Value": 1}),
    ("Getvar", {}),
    ("Getvar", {"Variable": "CC_NOT_SET"}),
    ("Status", {"Channel": "rig-1.1"}),
    ("BridgeInfo", {"BridgeUniqueid": "none"}),
    ("QueueStatus", {"Queue": "none"}),
    ("Command", {"Command": "core show channels"}),
    ("PJSIPShowContacts", {}),
    ("Frobnicate", {}),
    ("Login", {"Username": "again", "Secret": "again"}),
    ("Events", {"EventMask": "off"}),
    ("Events", {"EventMask": "on"}),
    ("Ping", {}),
    ("Logoff", {}),
)


async def test_answers_what_asterisk_answers(rig: PbxRig) -> None:
    async with ContractAmi(rig) as ami:
        assert ami.banner == "Asterisk Call Manager/11.0.0\r\n"
        told = []
        for name, headers in REFUSALS:
            since = len(ami.frames)
            answer = await ami.action(name, **headers)
            told.append(f"{name} {headers} -> {line(answer, Names())}")
            if "EventList" in dict(answer):
                await ami.frame(lambda frame: ("EventList", "Complete") in frame, "the end", since=since)
        await _closed(ami)
    compare(rig, "answers", "\n".join(told))


BROKEN = (
    b"Garbage\r\n\r\n",
    b"\r\n",
    b"ActionID: b1\r\n\r\n",
    b"Action:\r\nActionID: b2\r\n\r\n",
    b"action: PING\nactionid: b3\n\n",
    b"Action:Ping\r\nActionID:b4\r\n\r\n",
    b"Action: Ping\r\nActionID: b5\r\nX: " + b"y" * 2000 + b"\r\n\r\n",
)


async def test_answers_broken_actions_as_asterisk_does(rig: PbxRig) -> None:
    async with ContractAmi(rig) as ami:
        told = []
        for data in BROKEN:
            since = len(ami.frames)
            ami.write(data)
            await ami.frame(lambda frame: frame[0][0] == "Response", repr(data[:30]), since=since)
            told += [f"{data[:30]!r} -> {line(frame, Names())}" for frame in ami.frames[since:]]
    compare(rig, "broken_actions", "\n".join(told))


async def test_refuses_who_is_not_logged_in(rig: PbxRig) -> None:
    told = []
    for name, headers in (
        ("Ping", {}),
        ("CoreShowChannels", {}),
        ("Login", {"Username": "nobody", "Secret": "nothing"}),
        ("Login", {"Username": rig.ami_user, "Secret": "wrong"}),
    ):
        ami = ContractAmi(rig)
        await ami.connect()
        try:
            told.append(f"{name} -> {line(await ami.action(name, **headers), Names())}")
            if name == "Login":
                await _closed(ami)
        finally:
            await ami.__aexit__()
    compare(rig, "not_logged_in", "\n".join(told))


async def _closed(ami: ContractAmi) -> None:
    await until(lambda: ami.closed, "the connection stays open")


def compare(rig: PbxRig, name: str, said: str) -> None:
    """``said`` is what was recorded from the real Asterisk; or, when recording, becomes it."""
    said = said.rstrip("\n") + "\n"
    path = RECORDINGS / f"{name}.txt"
    if RECORDING and rig.name == "asterisk":
        path.write_text(said, encoding="utf-8")
        return
    recorded = path.read_text(encoding="utf-8")
    if said != recorded:
        told = differences(recorded, said)
        pytest.fail(f"{rig.name} differs from what Asterisk 22 was recorded saying:\n{told}", pytrace=False)
