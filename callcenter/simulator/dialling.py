"""What cc-dial does: rings stations for a caller, connects who answers, and tells how it ended."""

from __future__ import annotations

from abc import abstractmethod
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
    Doing,
    Leg,
    Place,
)
from callcenter.simulator.rooms import Rooms
from callcenter.simulator.steps import Steps

if TYPE_CHECKING:
    from callcenter.simulator.pbx import SimulatedPbx

SEVERAL = "several"
"""The extension of cc-dial that rings all of CC_STATIONS."""


class Dialling(Steps):
    """The part of the dialplan from the ring to the end of the conversation. ``rooms`` has the legs that left
    it."""

    pbx: SimulatedPbx
    rooms: Rooms

    @abstractmethod
    def caller_hung_up(self, caller: Caller, *, by_manager: bool = False) -> None:
        """The caller's side is over."""

    @abstractmethod
    def hold(self, caller: Caller) -> None:
        """cc-hold,s,1: where a caller goes whom nobody answered."""

    # ---- cc-dial ----

    def dial(self, caller: Caller, exten: str) -> None:
        """cc-dial,<station>,1, or ``several``: whom CC_STATIONS names."""
        pbx = self.pbx
        devices = caller.variables.get("CC_STATIONS", "") if exten == SEVERAL else f"PJSIP/{exten}"
        caller.context, caller.exten = "cc-dial", exten
        self.at(caller, 1, "Gosub", "cc-dialling,s,1(DIAL)")
        self.set(caller, "CC_STATE", "DIAL")
        seconds = caller.variables.get("CC_RING", pbx.globals.get("CC_RING", ""))
        call, auto_answer = caller.variables["CC_CALL"], caller.variables.pop("CC_AUTO", "")
        self.begin_recording(caller)
        routine = "s" if auto_answer else "call"
        before = f"b(cc-pre^{routine}^1({call}^{auto_answer}))"
        self.at(caller, 2, "Dial", f"{devices},{seconds},m({pbx.moh_class})g{before}")
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
            leg.auto_answer = bool(auto_answer)
            leg.exten, leg.connected_number, leg.connected_name = (
                exten,
                caller.caller_number,
                caller.caller_name,
            )
            pbx.emit(self.words.channel("NewConnectedLine", leg))
            # DialBegin is raised while the pre-dial routine still has the leg.
            leg.context, leg.exten, leg.priority = "cc-pre", routine, 2
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

    def _is_rung(self, leg: Leg) -> bool:
        """Whether its caller's Dial or Queue still has it."""
        return leg.place is Place.RUNG and leg in leg.caller.legs

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
        if leg.place is Place.RUNG and leg not in leg.caller.legs:
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
            self.conversation_over(caller, caller.exten, cause)
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
        self.say_dial_end(caller, caller.exten, status)
        tries = int(caller.variables.get("CC_TRY", "0")) + 1
        self.set(caller, "CC_TRY", str(tries))
        self.hold(caller)
