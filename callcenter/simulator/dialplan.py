"""What ``config/asterisk/extensions.conf`` does with a caller, step by step, and what AMI says of it.

Priorities are those of the shipped file, because events and lists print them. The fallback queue is in
``fallback``.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from callcenter.simulator.causes import CAUSE_OF_CODE, dial_end_status, dial_status
from callcenter.simulator.channels import (
    NO_CAUSE,
    NO_ROUTE,
    NORMAL,
    REJECTED,
    RINGING,
    UP,
    Caller,
    Channel,
    Doing,
    Leg,
    Party,
    Place,
)
from callcenter.simulator.flow import IN_STEP, FlowSteps
from callcenter.simulator.room import WAIT_CONDITION
from callcenter.simulator.rooms import Rooms
from callcenter.simulator.steps import Steps

if TYPE_CHECKING:
    from callcenter.simulator.pbx import SimulatedPbx


class Dialplan(Steps):
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

    # ---- cc-dial ----

    def dial(self, caller: Caller, station: str) -> None:
        """cc-dial,<station>,1."""
        pbx = self.pbx
        caller.context, caller.exten = "cc-dial", station
        self.at(caller, 1, "Gosub", "cc-dialling,s,1(DIAL)")
        self.set(caller, "CC_STATE", "DIAL")
        seconds = caller.variables.get("CC_RING", pbx.globals.get("CC_RING", ""))
        call, auto_answer = caller.variables["CC_CALL"], caller.variables.pop("CC_AUTO", "")
        self.begin_recording(caller)
        before = f"b(cc-pre^s^1({call}^{auto_answer}))"
        self.at(caller, 2, "Dial", f"PJSIP/{station},{seconds},m({pbx.moh_class})g{before}")
        caller.doing = Doing.DIALLING
        phone = pbx.phones.get(station)
        if phone is None or not phone.registered:
            caller.cause = NO_ROUTE
            self._dial_ended(caller, station, "CHANUNAVAIL")
            return
        leg = self.new_leg(caller, station, queue=False)
        leg.auto_answer = bool(auto_answer)
        leg.exten, leg.connected_number, leg.connected_name = (
            station,
            caller.caller_number,
            caller.caller_name,
        )
        pbx.emit(self.words.channel("NewConnectedLine", leg))
        # DialBegin is raised while the pre-dial routine still has the leg.
        leg.context, leg.exten, leg.priority = "cc-pre", "s", 2
        pbx.emit(self.words.dial("DialBegin", caller, leg, f"DialString: {station}"))
        leg.context, leg.exten, leg.priority = "cc-station", station, 1
        self.start_music(caller)
        self.connect_line(caller, station)
        if seconds.isdecimal() and int(seconds) > 0:
            caller.timer = pbx.after(int(seconds), lambda: self._ring_timed_out(caller, leg))
        self.invite(leg)

    def _is_rung(self, leg: Leg) -> bool:
        """Whether its caller's Dial or Queue still has it."""
        return leg.place is Place.RUNG and leg.caller.leg is leg

    def invite(self, leg: Leg) -> None:
        """The INVITE reaches the phone, which does what it planned."""
        phone, pbx = leg.phone, self.pbx
        plan = phone.next_plan()
        phone.legs.append(leg)
        leg.hang_up_after = plan.hang_up_after
        if plan.ring_after is not None and plan.decline_after != 0.0:
            if plan.ring_after == 0.0:
                self.rings(leg)
            else:
                leg.timers.append(pbx.after(plan.ring_after, lambda: self.rings(leg)))
        if plan.decline_after is not None:
            code = plan.decline_code
            leg.timers.append(pbx.after(plan.decline_after, lambda: self.refused(leg, code)))
        elif leg.auto_answer and phone.auto_answers:
            leg.timers.append(pbx.after(0.0, lambda: self.answered(leg)))
        elif plan.answer_after is not None:
            leg.timers.append(pbx.after(plan.answer_after, lambda: self.answered(leg)))

    # ---- what the phone does ----

    def rings(self, leg: Leg) -> None:
        """The phone sent 180."""
        if leg.place is not Place.RUNG:
            self.rooms.rings(leg)
            return
        if not self._is_rung(leg) or leg.state in (RINGING, UP):
            return
        leg.state = RINGING
        self.pbx.emit(self.words.channel("Newstate", leg))
        if leg.queue:
            self.pbx.fallback.leg_rings(leg)
        self.pbx.emit(self.words.dial("DialState", leg.caller, leg, "DialStatus: RINGING"))
        self.pbx.device_changed(leg.phone)

    def answered(self, leg: Leg) -> None:
        """The phone sent 200."""
        caller, pbx = leg.caller, self.pbx
        if leg.place is not Place.RUNG:
            self.rooms.answered(leg)
            return
        if not self._is_rung(leg) or leg.state == UP:
            return
        leg.state = UP
        leg.answered_at = pbx.now
        pbx.emit(self.words.channel("Newstate", leg))
        self.stop_timer(caller)
        for timer in leg.timers:
            timer.cancel()
        leg.timers.clear()
        if leg.queue:
            pbx.fallback.leg_answered(leg)
        else:
            leg.exten = ""
            pbx.emit(self.words.dial("DialEnd", caller, leg, "DialStatus: ANSWER"))
            self.stop_music(caller)
            caller.doing = Doing.TALKING
            caller.cause = leg.cause = NORMAL
            pbx.device_changed(leg.phone)
            self.bridge(caller, leg)
        if caller.patience is not None:
            caller.patience.cancel()
            caller.patience = None
        if caller.talk is not None:
            caller.patience = pbx.after(caller.talk, lambda: self.caller_hung_up(caller))
        if leg.hang_up_after is not None:
            leg.timers.append(pbx.after(leg.hang_up_after, lambda: self.phone_hung_up(leg)))

    def refused(self, leg: Leg, code: int) -> None:
        """The phone refused with a SIP code."""
        if leg.place is not Place.RUNG:
            self.rooms.refused(leg, code)
            return
        if not self._is_rung(leg) or leg.state == UP:
            return
        leg.cause, leg.sip_code = CAUSE_OF_CODE.get(code, REJECTED), code
        self.pbx.emit(self.words.hangup_request(leg))
        if leg.queue:
            self.pbx.fallback.leg_refused(leg)
        else:
            self._leg_failed(leg, leg.cause)

    def phone_hung_up(self, leg: Leg) -> None:
        """The phone sent BYE; before its answer, a refusal."""
        if leg.place is Place.RUNG and leg.caller.leg is not leg:
            return
        if leg.state != UP:
            self.refused(leg, 603)
            return
        if leg.place is not Place.RUNG:
            self.rooms.hung_up(leg, NORMAL)
            return
        self.pbx.emit(self.words.hangup_request(leg))
        self.leg_ended_talk(leg)

    def leg_ended_talk(self, leg: Leg, cause: int = NORMAL) -> None:
        """A bridged leg is gone, and its caller with it: Dial returns ANSWER, and so does Queue."""
        caller, pbx = leg.caller, self.pbx
        if leg.queue:
            pbx.fallback.complete(caller, leg, "agent", in_sight=True)
        self.leave_bridge(leg)
        self.end_leg(leg, cause)
        self.leave_bridge(caller)
        if not leg.queue:
            self.conversation_over(caller, leg.phone.station, cause)
            return
        caller.cause = cause
        pbx.emit(self.words.soft_hangup_request(caller))
        self.end_caller(caller)

    def conversation_over(self, caller: Caller, station: str, cause: int) -> None:
        """Dial returned ANSWER: the caller is told of and hung up."""
        caller.cause = cause
        self.at(caller, 3, "UserEvent", "CCDialEnd")
        self.say_dial_end(caller, station, "ANSWER")
        self.at(caller, 7, "Hangup", "")
        self.pbx.emit(self.words.soft_hangup_request(caller))
        self.end_caller(caller)

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
            if leg is not None and not leg.queue:
                pbx.emit(self.words.dial("DialEnd", caller, leg, "DialStatus: CANCEL"))
            pbx.emit(soft)
            if leg is not None:
                self.cancel_leg(leg)
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
            or (context == "cc-dial" and exten.startswith("a") and len(exten) > 1)
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
        elif leg is not None:
            pbx.emit(self.words.dial("DialEnd", caller, leg, "DialStatus: CANCEL"))
            self.cancel_leg(leg)
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

    # ---- shared ----

    def _ring_timed_out(self, caller: Caller, leg: Leg) -> None:
        if caller.leg is not leg or leg.state == UP:
            return
        self.pbx.emit(self.words.dial("DialEnd", caller, leg, "DialStatus: NOANSWER"))
        self.stop_music(caller)
        self.end_leg(leg, NO_CAUSE)
        # The caller's own cause is left as it was: CCDialEnd prints that of an earlier ring.
        self._dial_ended(caller, leg.phone.station, "NOANSWER")

    def _leg_failed(self, leg: Leg, cause: int) -> None:
        caller = leg.caller
        self.pbx.emit(self.words.dial("DialEnd", caller, leg, f"DialStatus: {dial_end_status(cause)}"))
        self.stop_music(caller)
        caller.cause = cause
        self.end_leg(leg, cause)
        self._dial_ended(caller, leg.phone.station, dial_status(cause))

    def _dial_ended(self, caller: Caller, station: str, status: str) -> None:
        self.stop_timer(caller)
        self.at(caller, 3, "UserEvent", "CCDialEnd")
        self.say_dial_end(caller, station, status)
        tries = int(caller.variables.get("CC_TRY", "0")) + 1
        self.set(caller, "CC_TRY", str(tries))
        self.hold(caller)
