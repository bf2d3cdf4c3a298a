"""The steps that the dialplan and the fallback queue share: music, bridges, and the ends of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcenter.simulator.channels import NO_CAUSE, NORMAL, Bridge, Caller, Channel, Doing, Leg, Tape

if TYPE_CHECKING:
    from callcenter.simulator.pbx import SimulatedPbx


class Steps:
    """Acts on one PBX's channels, and says each act."""

    def __init__(self, pbx: SimulatedPbx) -> None:
        self.pbx = pbx
        self.words = pbx.wording

    def bridge(self, caller: Caller, leg: Channel) -> None:
        """Let the two talk."""
        pbx = self.pbx
        bridge = pbx.new_bridge()
        pbx.emit(self.words.bridge("BridgeCreate", bridge, native=False))
        pbx.counts.answered += 1
        caller.was_answered = True
        for channel in (leg, caller):
            self.enter_bridge(channel, bridge)

    def enter_bridge(self, channel: Channel, bridge: Bridge) -> None:
        bridge.channels.append(channel)
        channel.bridge = bridge
        self.pbx.emit(self.words.bridged("BridgeEnter", bridge, channel, native=False))
        self._turn_tape(channel)

    def begin_recording(self, caller: Caller) -> None:
        """cc-recording: the first name that the server gave is the call's."""
        name = caller.variables.get("CC_RECORDING", "")
        if name and caller.tape is None:
            caller.tape = self.pbx.shelf.tapes[name] = Tape(name)

    def _turn_tape(self, channel: Channel) -> None:
        if isinstance(channel, Caller) and channel.tape is not None:
            channel.tape.turn(self.pbx.now, talks=channel.bridge is not None)

    def leave_bridge(self, channel: Channel) -> None:
        bridge: Bridge | None = channel.bridge
        if bridge is None:
            return
        channel.bridge = None
        bridge.channels.remove(channel)
        self._turn_tape(channel)
        self.pbx.emit(self.words.bridged("BridgeLeave", bridge, channel, native=True))
        if not bridge.channels:
            del self.pbx.bridges[bridge.id]
            self.pbx.emit(self.words.bridge("BridgeDestroy", bridge, native=True))

    def cancel_leg(self, leg: Leg) -> None:
        """End a leg that rings no longer for anyone. One that Dial cancels takes over the caller's cause,
        or 16; one that Queue cancels has none (seen)."""
        self.end_leg(leg, NO_CAUSE if leg.queue else leg.caller.cause or NORMAL)

    def end_leg(self, leg: Leg, cause: int) -> None:
        for timer in leg.timers:
            timer.cancel()
        leg.timers.clear()
        if leg.waits is not None:
            leg.waits.cancel()
        if leg in leg.caller.legs:
            leg.caller.legs.remove(leg)
        if leg in leg.phone.legs:
            leg.phone.legs.remove(leg)
        leg.cause = cause
        self.pbx.remove(leg)
        self.pbx.emit(self.words.hangup(leg))
        self.pbx.device_changed(leg.phone)

    def end_caller(self, caller: Caller) -> None:
        self.stop_timer(caller)
        if caller.patience is not None:
            caller.patience.cancel()
        caller.doing = Doing.GONE
        self.pbx.live_calls -= 1
        self.pbx.counts.lost += not caller.was_answered
        self.pbx.remove(caller)
        self.pbx.emit(self.words.hangup(caller))

    def connect_line(self, caller: Caller, station: str) -> None:
        """The caller's channel learns whom it is being connected to; said only when it is someone new."""
        if caller.connected_number != station:
            caller.connected_number = caller.connected_name = station
            self.pbx.emit(self.words.channel("NewConnectedLine", caller))

    def start_music(self, caller: Caller) -> None:
        if not caller.moh:
            caller.moh = True
            extra = f"Class: {self.pbx.moh_class}\r\n"
            self.pbx.emit(self.words.channel("MusicOnHoldStart", caller, extra))

    def stop_music(self, caller: Caller) -> None:
        if caller.moh:
            caller.moh = False
            self.pbx.emit(self.words.channel("MusicOnHoldStop", caller))

    def stop_timer(self, caller: Caller) -> None:
        if caller.timer is not None:
            caller.timer.cancel()
            caller.timer = None

    def at(self, caller: Caller, priority: int, application: str, data: str) -> None:
        """The dialplan reached this step."""
        caller.priority, caller.application, caller.data = priority, application, data
        if self.pbx.noise:
            self.pbx.emit(self.words.new_exten(caller))

    def set(self, caller: Caller, variable: str, value: str) -> None:
        caller.variables[variable] = value
        if self.pbx.noise:
            self.pbx.emit(self.words.variable_set(caller, variable, value))

    def new_leg(self, caller: Caller, station: str, *, queue: bool) -> Leg:
        """Make a station's channel for a caller and say so."""
        pbx = self.pbx
        phone = pbx.phones[station]
        name, uniqueid = pbx.new_ids(station)
        leg = Leg(name, uniqueid, caller, phone, queue=queue)
        leg.context, leg.exten = "cc-station", "s"
        leg.application, leg.data = ("AppQueue" if queue else "AppDial"), "(Outgoing Line)"
        leg.variables = {name: caller.variables[name] for name in ("CC_CALL", "CC_DNIS")}
        leg.rang_at = pbx.now
        pbx.add(leg)
        caller.legs.append(leg)
        pbx.emit(self.words.channel("Newchannel", leg))
        return leg

    def say_dial_end(self, caller: Caller, station: str, status: str) -> None:
        """The last word of cc-dial."""
        fields = (
            f"Call: {caller.variables['CC_CALL']}\r\nAgent: {station}\r\nStatus: {status}\r\n"
            f"Cause: {caller.cause}\r\n"
        )
        self.pbx.emit(self.words.user("CCDialEnd", caller, fields))
