"""Asterisk's own queue, which takes the callers while no server is up: app_queue as ``queues.conf`` sets it.

Round robin, one retry a second, nobody rung who is in a call (``ringinuse=no``); a queue without a reachable
member lets the caller go at once (``joinempty``, ``leavewhenempty``), and the dialplan rests 5 s before it
looks again, at most 60 times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcenter.simulator.channels import NO_CAUSE, Caller, Doing, Leg
from callcenter.simulator.phones import Phone

if TYPE_CHECKING:
    from callcenter.simulator.pbx import SimulatedPbx

NAME = "callcenter-fallback"
_RETRY_SECONDS = 1.0
_QUEUE_SECONDS = 300.0
_REST_SECONDS = 5.0
_LOOKS = 60
_MEMBER_STATUS = {"NOT_INUSE": 1, "INUSE": 2, "BUSY": 3, "UNAVAILABLE": 5, "RINGING": 6, "RINGINUSE": 7}
"""Asterisk's device states as numbers (devicestate.h)."""


class _Member:
    __slots__ = ("last_call", "phone", "taken")

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.taken = 0
        self.last_call = 0


class FallbackQueue:
    """The queue ``callcenter-fallback`` and the cc-hold steps around it."""

    def __init__(self, pbx: SimulatedPbx, members: tuple[str, ...]) -> None:
        self._pbx = pbx
        self._words = pbx.wording
        self._members = [_Member(pbx.phones[station]) for station in members]
        self._next = 0
        self._login = int(pbx.now)
        self._completed = 0
        self._abandoned = 0
        self.name = NAME
        self.waiting: list[Caller] = []

    def enter(self, caller: Caller) -> None:
        """cc-hold at ``fb``: say so, and join the queue or rest."""
        dialplan = self._pbx.dialplan
        self._pbx.counts.fallbacks += 1
        dialplan.at(caller, 7, "UserEvent", "CCFallback")
        fields = f"Call: {caller.variables['CC_CALL']}\r\n"
        self._pbx.emit(self._words.user("CCFallback", caller, fields))
        dialplan.set(caller, "CC_STATE", "FALLBACK")
        dialplan.at(caller, 9, "Queue", f"{NAME},,,,300")
        if not any(member.phone.registered for member in self._members):
            self._rest(caller)
            return
        self.waiting.append(caller)
        caller.doing = Doing.QUEUED
        caller.joined_at = self._pbx.now
        place = f"Position: {len(self.waiting)}\r\nCount: {len(self.waiting)}\r\n"
        self._pbx.emit(self._words.queue("QueueCallerJoin", caller, NAME, place))
        dialplan.start_music(caller)
        self._try(caller)

    def _rest(self, caller: Caller) -> None:
        dialplan = self._pbx.dialplan
        looks = int(caller.variables.get("CC_FB", "0")) + 1
        dialplan.set(caller, "CC_FB", str(looks))
        if looks > _LOOKS:
            dialplan.at(caller, 16, "Hangup", "")
            dialplan.stop_music(caller)
            self._pbx.emit(self._words.soft_hangup_request(caller))
            dialplan.end_caller(caller)
            return
        dialplan.at(caller, 12, "StartMusicOnHold", self._pbx.moh_class)
        dialplan.start_music(caller)
        dialplan.at(caller, 13, "Wait", "5")
        caller.doing = Doing.RESTING
        caller.timer = self._pbx.after(_REST_SECONDS, lambda: dialplan.hold(caller))

    def _try(self, caller: Caller) -> None:
        """Ring the next free member for a caller, or look again in a second."""
        if caller.doing is not Doing.QUEUED or caller.leg is not None:
            return
        pbx = self._pbx
        waited = pbx.now - caller.joined_at
        if waited >= _QUEUE_SECONDS or not any(member.phone.registered for member in self._members):
            pbx.dialplan.stop_music(caller)
            self._leave(caller)
            self._rest(caller)
            return
        member = self._free_member()
        if member is None:
            caller.timer = pbx.after(_RETRY_SECONDS, lambda: self._try(caller))
            return
        station = member.phone.station
        leg = pbx.dialplan.new_leg(caller, station, queue=True)
        leg.connected_number, leg.connected_name = caller.caller_number, caller.caller_name
        pbx.emit(self._words.queue_agent("AgentCalled", caller, leg, self._interface(leg), ""))
        pbx.emit(self._words.dial("DialBegin", caller, leg, f"DialString: {leg.phone.device}"))
        pbx.dialplan.connect_line(caller, station)
        seconds = int(pbx.globals["CC_RING"])
        caller.timer = pbx.after(seconds, lambda: self._timed_out(caller, leg))
        pbx.dialplan.invite(leg)

    def _free_member(self) -> _Member | None:
        for offset in range(len(self._members)):
            member = self._members[(self._next + offset) % len(self._members)]
            if member.phone.registered and not member.phone.legs:
                self._next = (self._next + offset + 1) % len(self._members)
                return member
        return None

    def leg_rings(self, leg: Leg) -> None:
        self._pbx.emit(self._words.channel("NewConnectedLine", leg))

    def leg_answered(self, leg: Leg) -> None:
        """Between the leg's Newstate and the conversation."""
        pbx, caller = self._pbx, leg.caller
        pbx.emit(self._words.dial("DialEnd", caller, leg, "DialStatus: ANSWER"))
        pbx.dialplan.stop_music(caller)
        self._leave(caller)
        held = f"HoldTime: {int(pbx.now - caller.joined_at)}\r\n"
        rang = f"RingTime: {int(pbx.now - leg.rang_at)}\r\n"
        pbx.emit(self._words.queue_agent("AgentConnect", caller, leg, self._interface(leg), held + rang))
        caller.doing = Doing.QUEUE_TALKING
        pbx.device_changed(leg.phone)
        pbx.dialplan.bridge(caller, leg)

    def leg_refused(self, leg: Leg) -> None:
        """The member refused; the caller waits on."""
        self._ring_failed(leg, ("DialEnd", "AgentRingNoAnswer"))

    def _timed_out(self, caller: Caller, leg: Leg) -> None:
        if caller.leg is leg and caller.doing is Doing.QUEUED:
            leg.cause = NO_CAUSE
            self._ring_failed(leg, ("AgentRingNoAnswer", "DialEnd", "cancel"))

    def _ring_failed(self, leg: Leg, order: tuple[str, ...]) -> None:
        pbx, caller = self._pbx, leg.caller
        for what in order:
            if what == "AgentRingNoAnswer":
                rang = f"RingTime: {int((pbx.now - leg.rang_at) * 1000)}\r\n"
                pbx.emit(self._words.queue_agent(what, caller, leg, self._interface(leg), rang))
            else:
                status = "CANCEL" if what == "cancel" else "NOANSWER"
                pbx.emit(self._words.dial("DialEnd", caller, leg, f"DialStatus: {status}"))
        pbx.dialplan.end_leg(leg, leg.cause)
        pbx.dialplan.stop_timer(caller)
        caller.timer = pbx.after(_RETRY_SECONDS, lambda: self._try(caller))

    def complete(self, caller: Caller, leg: Leg, reason: str, *, in_sight: bool) -> None:
        """A conversation in the queue ended. The leg is named only while it is still there."""
        now = self._pbx.now
        talked = int(now - leg.answered_at)
        held = f"HoldTime: {int(leg.answered_at - caller.joined_at)}\r\n"
        extra = f"{held}TalkTime: {talked}\r\nReason: {reason}\r\n"
        self._completed += 1
        for member in self._members:
            if member.phone is leg.phone:
                member.taken += 1
                member.last_call = int(now)
        told = leg if in_sight else None
        self._pbx.emit(self._words.queue_agent("AgentComplete", caller, told, self._interface(leg), extra))

    def caller_leaves(self, caller: Caller) -> None:
        """The caller hangs up or is redirected while the queue has him, or had him before."""
        pbx, leg = self._pbx, caller.leg
        if caller.complete_owed is not None:
            self.complete(caller, caller.complete_owed, "caller", in_sight=False)
            caller.complete_owed = None
        if caller.doing is Doing.QUEUE_TALKING and leg is not None:
            self.complete(caller, leg, "caller", in_sight=True)
        if caller.doing is not Doing.QUEUED:
            return
        pbx.dialplan.stop_music(caller)
        if leg is not None:
            # Said twice, by the queue and by the end of the ringing (seen).
            for _ in range(2):
                pbx.emit(self._words.dial("DialEnd", caller, leg, "DialStatus: CANCEL"))
        self._abandoned += 1
        position = self.waiting.index(caller) + 1
        held = f"Position: {position}\r\nOriginalPosition: {position}\r\n"
        held += f"HoldTime: {int(pbx.now - caller.joined_at)}\r\n"
        pbx.emit(self._words.queue("QueueCallerAbandon", caller, NAME, held))
        self._leave(caller)

    def _leave(self, caller: Caller) -> None:
        position = self.waiting.index(caller) + 1
        self.waiting.remove(caller)
        place = f"Position: {position}\r\nCount: {len(self.waiting)}\r\n"
        self._pbx.emit(self._words.queue("QueueCallerLeave", caller, NAME, place))

    def member_changed(self, phone: Phone) -> None:
        """The device state of a phone changed; the queue tells if it is a member's."""
        for member in self._members:
            if member.phone is phone:
                device = phone.device
                names = f"Queue: {NAME}\r\nMemberName: {device}\r\nInterface: {device}\r\n"
                self._pbx.emit(self._words.queue_member(f"{names}{self._state(member, ringinuse=True)}"))

    def listing(self, action_id: str) -> list[str]:
        """QueueParams, QueueMember and QueueEntry frames for QueueStatus."""
        identity = f"ActionID: {action_id}\r\n" if action_id else ""
        params = (
            f"Event: QueueParams\r\nQueue: {NAME}\r\nMax: 0\r\nStrategy: rrmemory\r\n"
            f"Calls: {len(self.waiting)}\r\nHoldtime: 0\r\nTalkTime: 0\r\n"
            f"Completed: {self._completed}\r\nAbandoned: {self._abandoned}\r\nServiceLevel: 0\r\n"
            f"ServicelevelPerf: 0.0\r\nServicelevelPerf2: 0.0\r\nWeight: 0\r\n{identity}\r\n"
        )
        frames = [params]
        for member in self._members:
            device = member.phone.device
            frames.append(
                f"Event: QueueMember\r\nQueue: {NAME}\r\nName: {device}\r\nLocation: {device}\r\n"
                f"{self._state(member, ringinuse=False)}Wrapuptime: 0\r\n{identity}\r\n"
            )
        for position, caller in enumerate(self.waiting, 1):
            frames.append(
                f"Event: QueueEntry\r\nQueue: {NAME}\r\nPosition: {position}\r\nChannel: {caller.name}\r\n"
                f"Uniqueid: {caller.uniqueid}\r\nCallerIDNum: {caller.caller_number}\r\nCallerIDName: "
                f"{caller.caller_name}\r\nConnectedLineNum: {caller.connected_number}\r\nConnectedLineName: "
                f"{caller.connected_name}\r\nWait: {int(self._pbx.now - caller.joined_at)}\r\nPriority: 0\r\n"
                f"{identity}\r\n"
            )
        return frames

    def _state(self, member: _Member, *, ringinuse: bool) -> str:
        phone = member.phone
        talking = int(phone.talking_leg is not None)
        return (
            f"StateInterface: {phone.device}\r\nMembership: static\r\nPenalty: 0\r\n"
            f"CallsTaken: {member.taken}\r\nLastCall: {member.last_call}\r\nLastPause: 0\r\n"
            f"LoginTime: {self._login}\r\nInCall: {talking}\r\nStatus: {_MEMBER_STATUS[phone.state]}\r\n"
            "Paused: 0\r\nPausedReason: \r\n"
        ) + ("Ringinuse: 0\r\n" if ringinuse else "")

    def _interface(self, leg: Leg) -> str:
        device = leg.phone.device
        return f"Queue: {NAME}\r\nInterface: {device}\r\nMemberName: {device}\r\n"
