"""Controlled calls: what ``cc-consult``, ``cc-ready`` and ``cc-intercom`` of the dialplan do
with legs, how a leg gets from one place to another, and what AMI says of it."""

from __future__ import annotations

import re

from callcenter.simulator.causes import CAUSE_OF_CODE, dial_end_status, dial_status
from callcenter.simulator.channels import (
    ALERTING_NO_ANSWER,
    NO_CAUSE,
    NO_ROUTE,
    NORMAL,
    REJECTED,
    RINGING,
    UNKNOWN,
    UP,
    Caller,
    Channel,
    Doing,
    Leg,
    OutLeg,
    Party,
    Place,
)
from callcenter.simulator.room import WAIT_CONDITION, Room

_DIALLED = re.compile(r"[+0-9*#]+")
_INVALID_NUMBER = 28


class Rooms(Room):
    """Moves legs that are controlled. A leg is handed over to here when it is first redirected, and never
    goes back."""

    # ---- moves ----

    def part(self, first: Channel, second: Channel) -> None:
        """Two are redirected at once: their conversation ends, and neither hangs up."""
        if not (isinstance(first, Caller) and isinstance(second, Party) and second.place is Place.RUNG):
            return
        if first.bridge is None or first.bridge is not second.bridge:
            return
        self.leave_bridge(second)
        self.leave_bridge(first)
        self._release(second)
        first.doing = Doing.HELD

    def redirected(self, party: Party, context: str, exten: str) -> None:
        """Take a leg out of whatever it is in and go on at ``context,exten,1``."""
        self._take_out(party)
        if context == "cc-room" and exten == "s":
            self.enter(party)
        elif context == "cc-consult":
            self._consult(party, exten)
        else:
            self.end(party, NORMAL)

    def _release(self, party: Party) -> None:
        """Its caller's Dial has it no longer."""
        caller = party.caller
        if party in caller.legs:
            caller.legs.remove(party)
        if caller.out_leg is party:
            caller.out_leg = None
        party.place = Place.ROOM

    def _take_out(self, party: Party) -> None:
        match party.place:
            case Place.RUNG:
                self._out_of_dial(party)
            case Place.ROOM:
                self.leave_room(party)
            case Place.ASKING | Place.INTERCOM:
                self._stop_asking(party)
            case Place.ASKED:
                asker = party.asked_by
                self.leave_bridge(party)
                party.asked_by = None
                if asker is not None:
                    self._asked_left(asker, "ANSWER", NORMAL)
            case Place.READY | Place.CALLED:
                self.stop_looking(party)

    def _out_of_dial(self, party: Party) -> None:
        """A leg is taken from its caller's conversation: his Dial returns, and he is hung up."""
        caller = party.caller
        self.leave_bridge(party)
        self.leave_bridge(caller)
        self._release(party)
        if isinstance(party, Leg) and caller.doing is Doing.TALKING:
            self.pbx.dialplan.conversation_over(caller, party.phone.station, NORMAL)

    def hung_up(self, party: Party, cause: int) -> None:
        """The far end sent BYE."""
        self.pbx.emit(self.words.hangup_request(party))
        # The end of a Dial that rings takes the cause away.
        rings = party.place is Place.INTERCOM and party.asks is not None and party.asks.state != UP
        self.end(party, NO_CAUSE if rings else cause)

    def end(self, party: Party, cause: int) -> None:
        asker = party.asked_by
        if party.place is Place.ASKED:
            self.leave_bridge(party)
            party.asked_by = None
            if asker is not None:
                # Told before the other leg's Hangup: the asker's thread is the quicker one.
                self._asked_left(asker, "ANSWER", cause)
        else:
            self._take_out(party)
        self._remove(party, cause)

    def _remove(self, party: Party, cause: int) -> None:
        if isinstance(party, Leg):
            self.end_leg(party, cause)
        elif isinstance(party, OutLeg):
            self.pbx.dialplan.flow.end_out(party, cause)

    # ---- consultations ----

    def _consult(self, asker: Party, exten: str) -> None:
        """cc-consult,<station or s>,1."""
        seconds = float(asker.variables.get("CC_SECONDS", "0") or 0)
        asker.variables["CC_STATE"] = "CONSULT"
        asker.place = Place.ASKING
        if exten != "s":
            asker.context, asker.exten = "cc-consult", exten
            self._dial_station(asker, exten, seconds)
            return
        number = asker.variables.get("CC_NUMBER", "")
        asker.caller_number = asker.variables.get("CC_DNIS") or UNKNOWN
        asker.caller_name = UNKNOWN
        asker.context, asker.exten = "cc-consulted", number
        if _DIALLED.fullmatch(number) is None:
            self._asked_left(asker, "CHANUNAVAIL", _INVALID_NUMBER)
            return
        name, uniqueid = self.pbx.new_ids("cc-outside")
        leg = OutLeg(name, uniqueid, asker.caller)
        self._dialled(asker, leg, f"{number}@cc-outside")
        leg.caller_number = leg.exten = number
        leg.caller_name = UNKNOWN
        self.pbx.outside.dial(number, leg, seconds)

    def _dial_station(self, asker: Party, station: str, seconds: float) -> None:
        pbx = self.pbx
        phone = pbx.phones.get(station)
        if phone is None or not phone.registered:
            self._asked_left(asker, "CHANUNAVAIL", NO_ROUTE)
            return
        name, uniqueid = pbx.new_ids(station)
        leg = Leg(name, uniqueid, asker.caller, phone, queue=False)
        self._dialled(asker, leg, station)
        leg.exten = station
        if seconds:
            asker.waits = pbx.after(seconds, lambda: self.timed_out(leg))
        pbx.dialplan.invite(leg)

    def _dialled(self, asker: Party, leg: Party, dialled: str) -> None:
        """Dial made a channel for whom the asker wants."""
        leg.linkedid = asker.linkedid
        leg.context, leg.exten, leg.application, leg.data = "cc-station", "s", "AppDial", "(Outgoing Line)"
        leg.variables = {
            one: asker.variables[one] for one in ("CC_CALL", "CC_DNIS") if one in asker.variables
        }
        if asker.place is Place.ASKING:
            leg.variables["CC_STATE"] = "CONSULTED"
        leg.place, leg.asked_by, asker.asks = Place.ASKED, asker, leg
        asker.priority, asker.application, asker.data = 2, "Dial", f"PJSIP/{dialled}"
        self.pbx.add(leg)
        self.pbx.emit(self.words.channel("Newchannel", leg))
        leg.connected_number, leg.connected_name = asker.caller_number, asker.caller_name
        self.pbx.emit(self.words.channel("NewConnectedLine", leg))
        self.pbx.emit(self.words.dial("DialBegin", asker, leg, f"DialString: {dialled}"))

    def _asked_left(self, asker: Party, status: str, cause: int) -> None:
        """The asker's Dial returned."""
        other, place = asker.asks, asker.place
        asker.asks = None
        asker.cause = cause
        if asker.waits is not None:
            asker.waits.cancel()
        self.leave_bridge(asker)
        if place is Place.INTERCOM:
            if status != "ANSWER":
                asker.priority, asker.application = 3, "UserEvent"
                fields = f"To: {asker.exten}\r\nStatus: {status}\r\nCause: {cause}\r\n"
                self.pbx.emit(self.words.user("CCIntercomEnd", asker, fields))
            self.pbx.emit(self.words.soft_hangup_request(asker))
            # Hangup() keeps the cause that the other leg left, if it left one.
            self._remove(asker, NORMAL if status == "ANSWER" else cause or NORMAL)
            return
        to = asker.exten
        asker.priority, asker.application = 3, "UserEvent"
        fields = (
            f"Call: {asker.variables['CC_CALL']}\r\nLeg: {asker.uniqueid}\r\nTo: {to}\r\n"
            f"Status: {status}\r\nCause: {cause}\r\n"
        )
        self.pbx.emit(self.words.user("CCConsultEnd", asker, fields))
        if other is not None:
            other.asked_by = None
        self.enter(asker)

    def _stop_asking(self, asker: Party) -> None:
        """The asker was moved or hung up: the other side is cancelled or hung up, and nothing is told."""
        other = asker.asks
        asker.asks = None
        if asker.waits is not None:
            asker.waits.cancel()
        self.leave_bridge(asker)
        if other is None:
            return
        other.asked_by = None
        if other.state == UP:
            self.leave_bridge(other)
        else:
            self.pbx.emit(self.words.dial("DialEnd", asker, other, "DialStatus: CANCEL"))
        self._remove(other, NORMAL)

    # ---- stations that the server rings ----

    def originate(
        self,
        station: str,
        uniqueid: str,
        context: str,
        exten: str,
        seconds: float,
        variables: dict[str, str],
    ) -> None:
        """Originate of a station to ``cc-ready`` or ``cc-intercom``."""
        pbx = self.pbx
        phone = pbx.phones.get(station)
        nobody = Caller("", uniqueid, UNKNOWN, UNKNOWN)
        nobody.doing = Doing.GONE
        if phone is None or not phone.registered:
            nobody.name = f"PJSIP/{station}"
            pbx.emit(self.words.originated(nobody, 0, answered=False, context=context, exten=exten))
            return
        name, counted = pbx.new_ids(station)
        leg = Leg(name, uniqueid or counted, nobody, phone, queue=False)
        leg.linkedid = leg.uniqueid
        leg.variables = dict(variables)
        leg.auto_answer = any("answer-after" in value for value in variables.values())
        leg.context, leg.exten, leg.application, leg.data = "cc-station", "s", "AppDial2", "(Outgoing Line)"
        leg.place = Place.CALLED if context == "cc-ready" else Place.INTERCOM
        leg.dnid = exten
        pbx.add(leg)
        pbx.emit(self.words.channel("Newchannel", leg))
        pbx.emit(self.words.dialled("DialBegin", leg, f"DialString: {station}"))
        leg.waits = pbx.after(seconds, lambda: self._vain(leg, ALERTING_NO_ANSWER, 3))
        pbx.dialplan.invite(leg)

    def _vain(self, leg: Leg, cause: int, reason: int) -> None:
        """A station that the server rang did not answer."""
        pbx = self.pbx
        if leg.state == UP or pbx.channels.get(leg.uniqueid) is not leg:
            return
        self.end_leg(leg, cause)
        context = "cc-ready" if leg.place is Place.CALLED else "cc-intercom"
        pbx.emit(self.words.originated(leg, reason, answered=False, context=context))

    def _ready(self, leg: Leg) -> None:
        """cc-ready,s,1."""
        pbx = self.pbx
        leg.context, leg.exten, leg.variables["CC_STATE"] = "cc-ready", "s", "READY"
        leg.place = Place.READY
        if pbx.heartbeat_is_stale():
            self.end(leg, NORMAL)
            return
        leg.priority, leg.application, leg.data = 4, "WaitForCondition", WAIT_CONDITION
        leg.poll_base = pbx.now
        self.looking[leg.uniqueid] = leg

    # ---- what phones and numbers do that are not rung by a caller ----

    def rings(self, leg: Leg) -> None:
        """180."""
        if leg.state in (RINGING, UP):
            return
        leg.state = RINGING
        self.pbx.emit(self.words.channel("Newstate", leg))
        if leg.asked_by is not None:
            self.pbx.emit(self.words.dial("DialState", leg.asked_by, leg, "DialStatus: RINGING"))
        else:
            self.pbx.emit(self.words.dialled("DialState", leg, "DialStatus: RINGING"))
        self.pbx.device_changed(leg.phone)

    def answered(self, party: Party) -> None:
        """200."""
        pbx, asker = self.pbx, party.asked_by
        if isinstance(party, Leg):
            if party.state == UP:
                return
            party.state, party.answered_at = UP, pbx.now
            pbx.emit(self.words.channel("Newstate", party))
            for timer in party.timers:
                timer.cancel()
            party.timers.clear()
            pbx.device_changed(party.phone)
            leg = party
            if leg.hang_up_after is not None:
                leg.timers.append(pbx.after(leg.hang_up_after, lambda: pbx.dialplan.phone_hung_up(leg)))
            if asker is None:
                self._picked_up(leg)
                return
        if asker is None:
            return
        party.exten = ""
        pbx.emit(self.words.dial("DialEnd", asker, party, "DialStatus: ANSWER"))
        if asker.waits is not None:
            asker.waits.cancel()
        bridge = pbx.new_bridge()
        pbx.emit(self.words.bridge("BridgeCreate", bridge, native=False))
        self.enter_bridge(party, bridge)
        self.enter_bridge(asker, bridge)

    def _picked_up(self, leg: Leg) -> None:
        """A station that the server rang has answered."""
        pbx = self.pbx
        if leg.waits is not None:
            leg.waits.cancel()
        context = "cc-ready" if leg.place is Place.CALLED else "cc-intercom"
        pbx.emit(self.words.originated(leg, 4, answered=True, context=context))
        pbx.emit(self.words.dialled("DialEnd", leg, "DialStatus: ANSWER"))
        if leg.place is Place.CALLED:
            self._ready(leg)
            return
        to = leg.dnid
        leg.context, leg.exten = "cc-intercom", to
        self._dial_station(leg, to, float(leg.variables.get("CC_SECONDS", "0")))

    def refused(self, party: Party, code: int) -> None:
        """A refusal."""
        if party.state == UP:
            return
        party.cause, party.sip_code = CAUSE_OF_CODE.get(code, REJECTED), code
        self.pbx.emit(self.words.hangup_request(party))
        self._failed(party, party.cause)

    def timed_out(self, party: Party) -> None:
        """Nobody answered in time."""
        asker = party.asked_by
        if asker is None or party.state == UP:
            return
        self.pbx.emit(self.words.dial("DialEnd", asker, party, "DialStatus: NOANSWER"))
        party.asked_by = None
        self._remove(party, NO_CAUSE)
        self._asked_left(asker, "NOANSWER", asker.cause)

    def _failed(self, party: Party, cause: int) -> None:
        asker, status = party.asked_by, f"DialStatus: {dial_end_status(cause)}"
        if asker is not None:
            self.pbx.emit(self.words.dial("DialEnd", asker, party, status))
            party.asked_by = None
            self._remove(party, cause)
            self._asked_left(asker, dial_status(cause), cause)
        elif isinstance(party, Leg):
            self.pbx.emit(self.words.dialled("DialEnd", party, status))
            self._vain(party, cause, 0)

    def hung_up_by_manager(self, party: Party, cause: int) -> None:
        """Action Hangup."""
        if party.state == UP:
            self.end(party, cause or NORMAL)
        elif party.asked_by is None and isinstance(party, Leg):
            self._vain(party, cause or NORMAL, 0)
        else:
            self._failed(party, cause or NO_CAUSE)
