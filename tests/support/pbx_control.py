"""What the contract on controlled calls does with a link, phones and the world outside."""

from __future__ import annotations

import itertools
import time
from collections.abc import Awaitable, Callable

from callcenter.telephony.commands import (
    Audit,
    CallStation,
    Consult,
    HangUp,
    Hold,
    Intercom,
    Join,
    Park,
    PlaceCall,
)
from callcenter.telephony.events import (
    CallHeld,
    CallParked,
    ConsultEnded,
    LegBridged,
    LegEnded,
    LegRinging,
    LegStarted,
    OutsideLegStarted,
    ServerSynced,
    StationChanged,
    StationState,
)
from routing.ids import (
    CallId,
    LegId,
    StationId,
    call_of_intercom,
    intercom_id,
    own_leg_of,
    placed_call_id,
    station_leg_id,
)
from tests.support.pbx_contract import STATIONS, ContractAmi, PbxRig, RigPhone
from tests.support.pbx_flow_rig import RigOutside, outside_of
from tests.support.pbx_typed import SERVER, Stage

AGENT, COLLEAGUE = STATIONS[0], STATIONS[1]
NUMBER = "74957654321"
CLIENT = "+79035556677"
OURS = "74951230003"
_numbers = itertools.count(1)


class ControlStage(Stage):
    """A call under control. ``leg`` is the agent's, ``other`` whom he consults."""

    leg_id = LegId("")
    other = LegId("")
    outside: RigOutside
    """Who was dialled by ``consult_outside``."""

    async def colleague(self) -> RigPhone:
        """The other station's phone, registered."""
        phone = await self.rig.phone(COLLEAGUE)
        await self.saw(StationChanged, station=StationId(COLLEAGUE), state=StationState.IDLE)
        return phone

    async def connect(self) -> RigPhone:
        """An agent talks with a caller."""
        phone = await self.phone()
        await self.arrive()
        await self.talk(phone)
        self.leg_id = await self.leg()
        return phone

    async def park(self) -> None:
        """Out of the conversation that ``Ring`` made; the agent's leg is in the room then."""
        since = len(self.events)
        self.link.send(Park(SERVER, self.call, self.leg_id))
        await self.saw(CallParked, since)
        await self.saw(LegBridged, since, leg=self.leg_id)
        await self.quiet()

    async def join(self, leg: LegId | None = None, recording: str = "") -> None:
        """A leg into the room; the caller's without one."""
        since = len(self.events)
        leg = leg or LegId(self.call)
        self.link.send(Join(SERVER, self.call, leg, recording))
        await self.saw(LegBridged, since, leg=leg)
        await self.quiet()

    async def hold(self) -> None:
        since = len(self.events)
        self.link.send(Hold(SERVER, self.call))
        await self.saw(CallHeld, since)
        await self.quiet()

    async def end(self, leg: LegId) -> None:
        """Have a leg hung up."""
        self.link.send(HangUp(SERVER, self.call, leg))
        await self.saw(LegEnded, leg=leg)

    async def audit(self) -> ServerSynced:
        since = len(self.events)
        self.link.send(Audit(SERVER))
        synced = await self.saw(ServerSynced, since)
        assert isinstance(synced, ServerSynced)
        return synced

    async def consult(self, phone: RigPhone, seconds: int = 5) -> None:
        """The agent's leg rings a colleague's phone."""
        since = len(self.events)
        station = StationId(phone.station)
        self.link.send(Consult(SERVER, self.call, self.leg_id, None, station, "", seconds))
        await phone.rung()
        started = await self.saw(LegStarted, since)
        assert isinstance(started, LegStarted)
        self.other = started.leg
        await self.saw(LegRinging, since, leg=self.other)
        await self.quiet()

    async def consult_outside(self) -> RigOutside:
        """The agent's leg rings a number outside."""
        outside = self.outside = await outside_of(self.rig)
        since = len(self.events)
        self.link.send(Consult(SERVER, self.call, self.leg_id, None, None, NUMBER, 5))
        assert await outside.rung() == NUMBER
        started = await self.saw(OutsideLegStarted, since)
        assert isinstance(started, OutsideLegStarted)
        self.other = started.leg
        await self.saw(LegRinging, since, leg=self.other)
        await self.quiet()
        return outside

    async def in_consultation(self, answers: RigPhone | RigOutside) -> None:
        """Whom the agent rings answers."""
        since = len(self.events)
        answers.answer()
        await self.saw(LegBridged, since, leg=self.other)
        await self.saw(LegBridged, since, leg=self.leg_id)
        await self.quiet()

    async def back_in_room(self, since: int) -> ConsultEnded:
        """The consultation is over, and the agent's leg is in the room again."""
        ended = await self.saw(ConsultEnded, since, leg=self.leg_id)
        await self.saw(LegBridged, self.events.index(ended), leg=self.leg_id)
        await self.quiet()
        assert isinstance(ended, ConsultEnded)
        return ended

    def new_call(self) -> CallId:
        """A call that has no caller yet. The id differs from run to run: Asterisk takes each once."""
        self.call = placed_call_id(SERVER, f"control-{time.time_ns()}-{next(_numbers)}")
        self.leg_id = station_leg_id(self.call, 1)
        return self.call

    async def call_station(self, phone: RigPhone, seconds: int = 5) -> None:
        """Ring the agent for a new call."""
        since = len(self.events)
        station = StationId(phone.station)
        self.link.send(CallStation(SERVER, self.new_call(), self.leg_id, station, seconds))
        await phone.rung()
        await self.saw(LegRinging, since, leg=self.leg_id)
        await self.quiet()

    def intercom(self, seconds: int = 5) -> None:
        """The agent calls a colleague; ``leg_id`` is the agent's own leg. As for ids, see ``new_call``."""
        station = StationId(AGENT)
        intercom = intercom_id(SERVER, station, time.time_ns() // 1000 + next(_numbers))
        self.call, self.leg_id = call_of_intercom(intercom), own_leg_of(intercom)
        self.link.send(Intercom(SERVER, intercom, station, StationId(COLLEAGUE), seconds))

    async def place_client(self) -> RigOutside:
        """Dial the client, who answers and is held."""
        outside = await outside_of(self.rig)
        since = len(self.events)
        self.link.send(PlaceCall(SERVER, self.call, CLIENT, OURS, 5))
        assert await outside.rung() == CLIENT
        outside.answer()
        await self.saw(CallHeld, since, call=self.call)
        await self.quiet()
        return outside

    async def lose_server(self, ami: ContractAmi) -> None:
        """The heartbeat is stale from now on."""
        self.link.pause_heartbeat()
        await ami.action("Setvar", Variable="CC_HB", Value=1)

    async def regain_server(self, ami: ContractAmi) -> None:
        await ami.action("Setvar", Variable="CC_HB", Value=4102444800)


Play = Callable[[ControlStage], Awaitable[None]]


async def play_on(rig: PbxRig, play: Play) -> ControlStage:
    """A scenario, from its link to its end; what one that failed left does not go on into the next."""
    stage = ControlStage(rig)
    await stage.link.start()
    try:
        await stage.saw(ServerSynced)
        await play(stage)
        await stage.quiet()
    finally:
        for leg in (stage.call, stage.leg_id, stage.other):
            if leg:
                stage.link.send(HangUp(SERVER, stage.call, LegId(leg)))
        await stage.link.stop()
    return stage
