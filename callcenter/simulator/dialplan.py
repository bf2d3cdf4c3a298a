"""What ``config/asterisk/extensions.conf`` does with a caller, step by step, and what AMI says of it.

Priorities are those of the shipped file, because events and lists print them. The fallback queue is in
``fallback``.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from callcenter.simulator.causes import CAUSE_OF_CODE, dial_end_status, dial_status_of_all
from callcenter.simulator.channels import (
    ANSWERED_ELSEWHERE,
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
)
from callcenter.simulator.flow import IN_STEP, FlowSteps
from callcenter.simulator.steps import Steps

if TYPE_CHECKING:
    from callcenter.simulator.pbx import SimulatedPbx

SEVERAL = "several"
"""The extension of cc-dial that rings all of CC_STATIONS."""
WAIT_CONDITION = "@,@[@{EPOCH} - 0@{GLOBAL(CC_HB)} > 15],3600,1"


class Dialplan(Steps):
    """Moves callers and legs through cc-in, cc-hold and cc-dial."""

    def __init__(self, pbx: SimulatedPbx) -> None:
        super().__init__(pbx)
        self._held: dict[str, Caller] = {}
        self.flow = FlowSteps(pbx)

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

    def dial(self, caller: Caller, exten: str) -> None:
        """cc-dial,<station>,1, or ``several``: whom CC_STATIONS names."""
        pbx = self.pbx
        devices = caller.variables.get("CC_STATIONS", "") if exten == SEVERAL else f"PJSIP/{exten}"
        caller.context, caller.exten = "cc-dial", exten
        self.at(caller, 1, "Set", "CC_STATE=DIAL")
        self.set(caller, "CC_STATE", "DIAL")
        seconds = caller.variables.get("CC_RING", pbx.globals.get("CC_RING", ""))
        call = caller.variables["CC_CALL"]
        self.at(caller, 2, "Dial", f"{devices},{seconds},m({pbx.moh_class})gb(cc-pre^s^1({call}))")
        caller.doing = Doing.DIALLING
        caller.failed = []
        for device in devices.split("&"):
            station = device.removeprefix("PJSIP/")
            phone = pbx.phones.get(station)
            if phone is None or not phone.registered:
                caller.cause = NO_ROUTE
                caller.failed.append(NO_ROUTE)
                continue
            leg = self.new_leg(caller, station, queue=False)
            leg.exten, leg.connected_number, leg.connected_name = (
                exten,
                caller.caller_number,
                caller.caller_name,
            )
            pbx.emit(self.words.channel("NewConnectedLine", leg))
            # DialBegin is raised while the pre-dial routine still has the leg.
            leg.context, leg.exten, leg.priority = "cc-pre", "s", 2
            pbx.emit(self.words.dial("DialBegin", caller, leg, f"DialString: {station}"))
            leg.context, leg.exten, leg.priority = "cc-station", exten, 1
        if not caller.legs:
            self._dial_ended(caller, "CHANUNAVAIL")
            return
        self.start_music(caller)
        if len(caller.legs) == 1:
            self.connect_line(caller, caller.legs[0].phone.station)
        if seconds.isdecimal() and int(seconds) > 0:
            caller.timer = pbx.after(int(seconds), lambda: self._ring_timed_out(caller))
        for leg in tuple(caller.legs):
            self.invite(leg)

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
        elif plan.answer_after is not None:
            leg.timers.append(pbx.after(plan.answer_after, lambda: self.answered(leg)))

    # ---- what the phone does ----

    def rings(self, leg: Leg) -> None:
        """The phone sent 180."""
        if leg not in leg.caller.legs or leg.state in (RINGING, UP):
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
        if leg not in caller.legs or leg.state == UP:
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
            self.connect_line(caller, leg.phone.station)
            slower = [other for other in caller.legs if other is not leg]
            for other in slower:
                pbx.emit(self.words.dial("DialEnd", caller, other, "DialStatus: CANCEL"))
            pbx.emit(self.words.dial("DialEnd", caller, leg, "DialStatus: ANSWER"))
            for other in slower:
                self.end_leg(other, ANSWERED_ELSEWHERE)
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
        if leg not in leg.caller.legs or leg.state == UP:
            return
        leg.cause, leg.sip_code = CAUSE_OF_CODE.get(code, REJECTED), code
        self.pbx.emit(self.words.hangup_request(leg))
        if leg.queue:
            self.pbx.fallback.leg_refused(leg)
        else:
            self._leg_failed(leg, leg.cause)

    def phone_hung_up(self, leg: Leg) -> None:
        """The phone sent BYE; before its answer, a refusal."""
        if leg not in leg.caller.legs:
            return
        if leg.state != UP:
            self.refused(leg, 603)
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
        caller.cause = cause
        if not leg.queue:
            self.at(caller, 3, "UserEvent", "CCDialEnd")
            self._say_dial_end(caller, "ANSWER")
            self.at(caller, 7, "Hangup", "")
        pbx.emit(self.words.soft_hangup_request(caller))
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
            or self.flow.knows(context, exten)
        )
        if not exists:
            pbx.emit(self.words.soft_hangup_request(caller))
        if doing in IN_STEP:
            self.flow.leave(caller)
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
        elif isinstance(channel, Leg):
            if channel.state == UP:
                self.leg_ended_talk(channel, cause or NORMAL)
            elif channel.queue:
                channel.cause = cause or NO_CAUSE
                self.pbx.fallback.leg_refused(channel)
            else:
                self._leg_failed(channel, cause or NO_CAUSE)

    # ---- shared ----

    def _say_cancelled(self, caller: Caller) -> None:
        for leg in caller.legs:
            if not leg.queue:
                self.pbx.emit(self.words.dial("DialEnd", caller, leg, "DialStatus: CANCEL"))

    def _ring_timed_out(self, caller: Caller) -> None:
        rung = tuple(caller.legs)
        for leg in rung:
            self.pbx.emit(self.words.dial("DialEnd", caller, leg, "DialStatus: NOANSWER"))
        self.stop_music(caller)
        for leg in rung:
            self.end_leg(leg, NO_CAUSE)
        # The caller's own cause is left as it was: CCDialEnd prints that of an earlier ring.
        self._dial_ended(caller, "NOANSWER")

    def _leg_failed(self, leg: Leg, cause: int) -> None:
        caller = leg.caller
        self.pbx.emit(self.words.dial("DialEnd", caller, leg, f"DialStatus: {dial_end_status(cause)}"))
        caller.cause = cause
        caller.failed.append(cause)
        if len(caller.legs) > 1:
            self.end_leg(leg, cause)
            return
        self.stop_music(caller)
        self.end_leg(leg, cause)
        self._dial_ended(caller, dial_status_of_all(caller.failed))

    def _dial_ended(self, caller: Caller, status: str) -> None:
        self.stop_timer(caller)
        self.at(caller, 3, "UserEvent", "CCDialEnd")
        self._say_dial_end(caller, status)
        tries = int(caller.variables.get("CC_TRY", "0")) + 1
        self.set(caller, "CC_TRY", str(tries))
        self.hold(caller)

    def _say_dial_end(self, caller: Caller, status: str) -> None:
        fields = (
            f"Call: {caller.variables['CC_CALL']}\r\nAgent: {caller.exten}\r\nStatus: {status}\r\n"
            f"Cause: {caller.cause}\r\n"
        )
        self.pbx.emit(self.words.user("CCDialEnd", caller, fields))
