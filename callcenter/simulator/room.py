"""The room of a controlled call, and the places where somebody waits within the heartbeat's bound: what
``cc-room`` and ``cc-park`` of ``config/asterisk/extensions.conf`` do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from callcenter.simulator.channels import NORMAL, Caller, Doing, Party, Place
from callcenter.simulator.steps import Steps

if TYPE_CHECKING:
    from callcenter.simulator.pbx import SimulatedPbx

_ENTRANCES = frozenset({("cc-park", "s"), ("cc-room", "s")})
WAIT_CONDITION = "@,@[@{EPOCH} - 0@{GLOBAL(CC_HB)} > 15],3600,1"


class Room(Steps):
    """Who is in a room or waits beside it."""

    def __init__(self, pbx: SimulatedPbx) -> None:
        super().__init__(pbx)
        self.looking: dict[str, Caller | Party] = {}
        """Who waits for a stale heartbeat, in cc-park and cc-ready."""

    # ---- the caller ----

    def takes(self, context: str, exten: str) -> bool:
        """Whether a Redirect of a caller to there is one of ours."""
        return (context, exten) in _ENTRANCES

    def park(self, caller: Caller) -> None:
        """cc-park,s,1."""
        pbx = self.pbx
        caller.context, caller.exten = "cc-park", "s"
        self.set(caller, "CC_STATE", "PARK")
        if pbx.heartbeat_is_stale():
            self._fall_back(caller)
            return
        self.start_music(caller)
        self.at(caller, 4, "UserEvent", "CCPark")
        pbx.emit(self.words.user("CCPark", caller, f"Call: {caller.variables['CC_CALL']}\r\n"))
        self.at(caller, 5, "WaitForCondition", WAIT_CONDITION)
        caller.doing, caller.poll_base = Doing.PARKED, pbx.now
        self.looking[caller.uniqueid] = caller

    def leave_park(self, caller: Caller) -> None:
        """He is redirected or gone; nothing for one who was not parked."""
        if self.looking.pop(caller.uniqueid, None) is not None:
            self.stop_timer(caller)

    def caller_left(self, caller: Caller) -> None:
        """The caller hung up in the room, and left its bridge: with the server away, those who stay there are
        let go."""
        if self.pbx.heartbeat_is_stale():
            for party in self._in_room(caller.variables["CC_CALL"]):
                self.end(party, NORMAL)

    def _fall_back(self, caller: Caller) -> None:
        caller.context = "cc-hold"
        self.pbx.fallback.enter(caller)

    # ---- the room ----

    def enter(self, channel: Caller | Party) -> None:
        """cc-room,s,1."""
        pbx, room = self.pbx, channel.variables["CC_CALL"]
        channel.context, channel.exten = "cc-room", "s"
        channel.variables["CC_STATE"] = "ROOM"
        if isinstance(channel, Caller):
            channel.doing = Doing.IN_ROOM
            channel.was_answered = True
            self.begin_recording(channel)
            channel.priority, profile = 8, "cc-caller"
        else:
            channel.place = Place.ROOM
            channel.priority, profile = 4, "cc-agent"
        channel.application, channel.data = "ConfBridge", f"{room},cc-room,{profile}"
        bridge = next((one for one in pbx.bridges.values() if one.room == room), None)
        if bridge is None:
            bridge = pbx.new_bridge(room)
            pbx.emit(self.words.bridge("BridgeCreate", bridge, native=False))
        self.enter_bridge(channel, bridge)

    def _in_room(self, room: str) -> list[Party]:
        for bridge in self.pbx.bridges.values():
            if bridge.room == room:
                return [one for one in bridge.channels if isinstance(one, Party)]
        return []

    def leave_room(self, party: Party) -> None:
        """With the last leg, the caller goes."""
        bridge = party.bridge
        self.leave_bridge(party)
        if bridge is None or any(isinstance(one, Party) for one in bridge.channels):
            return
        for caller in [one for one in bridge.channels if isinstance(one, Caller)]:  # end_marked
            self.leave_bridge(caller)
            caller.cause = NORMAL
            caller.priority, caller.application = 9, "Hangup"
            self.pbx.emit(self.words.soft_hangup_request(caller))
            self.pbx.dialplan.end_caller(caller)

    # ---- who waits ----

    def stop_looking(self, party: Party) -> None:
        """It is moved or gone."""
        self.looking.pop(party.uniqueid, None)
        if party.waits is not None:
            party.waits.cancel()

    def heartbeat_went_stale(self) -> None:
        """Whoever waits finds out at the next look of its own, once a second from when it began."""
        for channel in self.looking.values():
            waited = self.pbx.now - channel.poll_base
            self.pbx.after(math.floor(waited) + 1 - waited, lambda one=channel: self._look(one))  # type: ignore[misc]

    def _look(self, channel: Caller | Party) -> None:
        if self.looking.get(channel.uniqueid) is not channel or not self.pbx.heartbeat_is_stale():
            return
        if isinstance(channel, Caller):
            self.leave_park(channel)
            self._fall_back(channel)
        else:
            self.pbx.emit(self.words.soft_hangup_request(channel))
            self.end(channel, NORMAL)

    def end(self, party: Party, cause: int) -> None:
        """Have a leg end, wherever it is; ``Rooms`` knows how."""
        raise NotImplementedError
