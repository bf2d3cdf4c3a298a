"""What the contract's scenarios share: a stage that acts on a PBX and waits for what it says, and the
recordings that both PBXs are compared with."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.support.pbx_contract import FALLBACK, STATIONS, ContractAmi, Customer, Frame, PbxRig, RigPhone
from tests.support.pbx_transcript import Names, differences, items, line

RECORDINGS = Path(__file__).parents[1] / "integration" / "pbx_contract"
RECORDING = os.environ.get("PBX_CONTRACT_RECORD") == "1"
NUMBER = "74951230001"


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
