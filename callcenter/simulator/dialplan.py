"""What ``config/asterisk/extensions.conf`` does with a caller, step by step, and what AMI says of it.

Priorities are those of the shipped file, because events and lists print them. The fallback queue is in
``fallback``.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from callcenter.simulator.channels import (
    NO_CAUSE,
    NORMAL,
    UP,
    Caller,
    Channel,
    Doing,
    Leg,
    Party,
    Place,
)
from callcenter.simulator.dialling import SEVERAL, Dialling
from callcenter.simulator.flow import IN_STEP, FlowSteps
from callcenter.simulator.room import WAIT_CONDITION
from callcenter.simulator.rooms import Rooms

if TYPE_CHECKING:
    from callcenter.simulator.pbx import SimulatedPbx


class Dialplan(Dialling):
    """Moves callers and legs through cc-in, cc-hold and cc-dial."""

    def __init__(self, pbx: SimulatedPbx) -> None:
        super().__init__(pbx)
        self._held: dict[str, Caller] = {}
        self.flow = FlowSteps(pbx)
        self.rooms = Rooms(pbx)

    # ---- cc-in and cc-hold ----

    def arrived(self, caller: Caller, dialled: str) -> None:
        pbx = self.pbx
        caller.context, caller.exten = "cc-in", dialled
        pbx.emit(self.words.channel("Newchannel", caller))
        self.set(caller, "CC_CALL", caller.uniqueid)
        self.set(caller, "CC_DNIS", "".join(c for c in dialled if (c.isascii() and c.isalnum()) or c in "+*"))
        self.at(caller, 4, "Answer", ",i")
        caller.state = UP
        pbx.emit(self.words.channel("Newstate", caller))
        pbx.emit(self.words.device(f"PJSIP/{pbx.trunk}", "INUSE"))
        self.hold(caller)

    def hold(self, caller: Caller) -> None:
        """cc-hold,s,1: wait with music for the server, or for its heartbeat to grow stale."""
        pbx = self.pbx
        caller.context, caller.exten = "cc-hold", "s"
        self.at(caller, 1, "Set", "CC_STATE=WAIT")
        self.set(caller, "CC_STATE", "WAIT")
        if caller.tape is not None:  # cc-holding ends the recording, and with it the mute
            caller.tape.muted = False
        if pbx.heartbeat_is_stale():
            pbx.fallback.enter(caller)
            return
        self.at(caller, 3, "StartMusicOnHold", pbx.moh_class)
        self.start_music(caller)
        variables = caller.variables
        self.at(caller, 4, "UserEvent", "CCHold")
        fields = (
            f"Call: {variables['CC_CALL']}\r\nDnis: {variables['CC_DNIS']}\r\n"
            f"Try: {variables.get('CC_TRY', '')}\r\n"
        )
        pbx.emit(self.words.user("CCHold", caller, fields))
        self.at(caller, 5, "WaitForCondition", WAIT_CONDITION)
        caller.doing = Doing.HELD
        caller.poll_base = pbx.now
        self._held[caller.uniqueid] = caller

    def heartbeat_went_stale(self) -> None:
        """Every caller on hold finds out at the next look of its own, once a second from when it began."""
        self.rooms.heartbeat_went_stale()
        for caller in self._held.values():
            waited = self.pbx.now - caller.poll_base
            if caller.timer is not None:
                caller.timer.cancel()
            caller.timer = self.pbx.after(math.floor(waited) + 1 - waited, partial(self._look, caller))

    def _look(self, caller: Caller) -> None:
        if caller.uniqueid in self._held and self.pbx.heartbeat_is_stale():
            self._leave_hold(caller)
            self.pbx.fallback.enter(caller)

    def _leave_hold(self, caller: Caller) -> None:
        self._held.pop(caller.uniqueid, None)
        self.stop_timer(caller)

    # ---- what the caller does ----

    def caller_hung_up(self, caller: Caller, *, by_manager: bool = False) -> None:
        """The caller sent BYE, or the manager hung his channel up (which raises no HangupRequest)."""
        pbx = self.pbx
        doing, leg = caller.doing, caller.leg
        if doing is Doing.GONE:
            return
        if not by_manager:
            pbx.emit(self.words.hangup_request(caller))
        dialled = pbx.outside.of(caller)
        if dialled is not None:
            pbx.outside.forget(dialled)
        if doing in (Doing.QUEUED, Doing.QUEUE_TALKING) or caller.complete_owed is not None:
            pbx.fallback.caller_leaves(caller)
        soft = self.words.soft_hangup_request(caller)
        if doing in (Doing.TALKING, Doing.QUEUE_TALKING) and leg is not None:
            self.leave_bridge(caller)
            pbx.emit(soft)
            self.leave_bridge(leg)
            caller.cause = NORMAL
            self.end_leg(leg, NORMAL)
        elif doing is Doing.IN_ROOM:
            self.leave_bridge(caller)
            pbx.emit(soft)
            caller.cause = NORMAL
            self.rooms.caller_left(caller)
        elif doing in IN_STEP:
            pbx.leaving.add(caller.uniqueid)
            self.flow.caller_gone(caller)
            pbx.leaving.discard(caller.uniqueid)
        else:
            self.stop_music(caller)
            self._say_cancelled(caller)
            pbx.emit(soft)
            for rung in tuple(caller.legs):
                self.cancel_leg(rung)
        self._leave_hold(caller)
        self.rooms.leave_park(caller)
        self.end_caller(caller)

    # ---- what the manager does ----

    def redirected(self, caller: Caller, context: str, exten: str) -> None:
        """Take the caller out of whatever he is in and go on at ``context,exten,1``. Out of a conversation
        too: the other side is hung up, and nobody is told why."""
        pbx = self.pbx
        leg, doing = caller.leg, caller.doing
        self._leave_hold(caller)
        self.stop_music(caller)
        exists = (
            (context == "cc-hold" and exten == "s")
            or (context == "cc-dial" and (exten == SEVERAL or (exten.startswith("a") and len(exten) > 1)))
            or self.rooms.takes(context, exten)
            or self.flow.knows(context, exten)
        )
        if not exists:
            pbx.emit(self.words.soft_hangup_request(caller))
        if doing in IN_STEP:
            self.flow.leave(caller)
        self.rooms.leave_park(caller)
        if doing is Doing.IN_ROOM:
            self.leave_bridge(caller)
        caller.context, caller.exten, caller.priority = context, exten, 1
        if doing in (Doing.TALKING, Doing.QUEUE_TALKING) and leg is not None:
            caller.complete_owed = leg if leg.queue else None
            self.leave_bridge(caller)
            self.leave_bridge(leg)
            caller.cause = NORMAL
            self.end_leg(leg, NORMAL)
        elif doing is Doing.QUEUED:
            pbx.fallback.caller_leaves(caller)
            if leg is not None:
                self.cancel_leg(leg)
        else:
            self._say_cancelled(caller)
            for rung in tuple(caller.legs):
                self.cancel_leg(rung)
        if not exists:
            self.end_caller(caller)
        elif context == "cc-hold":
            self.hold(caller)
        elif context == "cc-dial":
            self.dial(caller, exten)
        elif context == "cc-park":
            self.rooms.park(caller)
        elif context == "cc-room":
            self.rooms.enter(caller)
        else:
            self.flow.enter(caller, context, exten)

    def hung_up_by_manager(self, channel: Channel, cause: int | None) -> None:
        """Action Hangup. Without a Cause the channel keeps the one it has."""
        if isinstance(channel, Caller):
            if channel.doing is Doing.PLACING:
                self.flow.place_failed(channel, cause or NORMAL, 0)
                return
            if cause is not None:
                channel.cause = cause
            self.caller_hung_up(channel, by_manager=True)
        elif isinstance(channel, Party) and channel.place is not Place.RUNG:
            self.rooms.hung_up_by_manager(channel, cause or NO_CAUSE)
        elif isinstance(channel, Leg):
            if channel.state == UP:
                self.leg_ended_talk(channel, cause or NORMAL)
            elif channel.queue:
                channel.cause = cause or NO_CAUSE
                self.pbx.fallback.leg_refused(channel)
            else:
                self._leg_failed(channel, cause or NO_CAUSE)
