"""The contract on answers: what the manager interface says to actions good, bad and broken."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.pbx_contract import STATIONS, ContractAmi, PbxRig, open_rig, until
from tests.support.pbx_stage import Stage, compare
from tests.support.pbx_transcript import Names, line

FIRST = STATIONS[0]


@pytest.fixture(params=["simulator", pytest.param("asterisk", marks=pytest.mark.asterisk)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[PbxRig]:
    """Each PBX in turn."""
    async with open_rig(request) as one:
        yield one


async def test_a_redirect_waits_for_the_one_before_it(rig: PbxRig) -> None:
    """Two in one breath: while the channel is on its way, the second is refused, and only one ring happens.

    Asterisk's manager and the channel run in threads of their own. Where the channel has arrived before the
    second is read, that one is carried out, too: the phone is rung anew if Dial had begun, else for the first
    time. The simulator never does so."""
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
    assert said[0] == "Redirect successful"
    refused, carried_out = ("Redirect failed, channel not up.", 1), ("Redirect successful", len(begun))
    assert len(begun) in (1, 2)
    assert (said[1], len(begun)) in ((refused, carried_out) if rig.name == "asterisk" else (refused,))


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
