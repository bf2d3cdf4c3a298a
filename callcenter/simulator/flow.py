"""The steps of flows and placed calls: what ``cc-say``, ``cc-ask``, ``cc-record``, ``cc-out`` and ``cc-back``
of ``config/asterisk/extensions.conf`` do, and what AMI says of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from callcenter.simulator.causes import CAUSE_OF_CODE, dial_end_status, dial_status
from callcenter.simulator.channels import (
    DOWN,
    NO_CAUSE,
    NORMAL,
    RINGING,
    UNKNOWN,
    UP,
    Caller,
    Channel,
    Doing,
    OutLeg,
    Place,
    Step,
)
from callcenter.simulator.outside import Dialled
from callcenter.simulator.steps import Steps

if TYPE_CHECKING:
    from callcenter.simulator.pbx import SimulatedPbx

SILENCE_SECONDS = 4.0
"""After which Record ends by itself."""
BEEP_SECONDS = 0.24
"""Of Asterisk's own beep."""
_ENTRANCE = re.compile(r"s[0-9]+")
_KEY_NAMES = {"*": "star", "#": "hash"}
_RINGING_CAUSE = 19
_STEPS = {"cc-say": Doing.SAYING, "cc-ask": Doing.ASKED, "cc-record": Doing.RECORDING}
IN_STEP = frozenset({*_STEPS.values(), Doing.OUT_RINGING, Doing.OUT_TALKING})


class FlowSteps(Steps):
    """Moves callers through the steps of flows, and clients whom the server dialled to hold."""

    def __init__(self, pbx: SimulatedPbx) -> None:
        super().__init__(pbx)
        self._cuts = 0

    # ---- a caller's step ----

    def knows(self, context: str, exten: str) -> bool:
        """Whether a Redirect to there enters a step."""
        return (context in _STEPS or context == "cc-out") and _ENTRANCE.fullmatch(exten) is not None

    def enter(self, caller: Caller, context: str, exten: str) -> None:
        """A Redirect led here."""
        variables = caller.variables
        caller.step = step = Step(exten.removeprefix("s"))
        self.stop_music(caller)
        if context == "cc-out":
            self.set(caller, "CC_STATE", "OUT")
            self._dial_out(caller)
            return
        caller.doing = _STEPS[context]
        self.set(caller, "CC_STATE", {"cc-say": "SAY", "cc-ask": "ASK", "cc-record": "RECORD"}[context])
        caller.context = "cc-speak"
        self.at(caller, 15, "BackGround", variables.get("CC_SAY", ""))
        seconds, language, stood_in = 0.0, variables.get("CC_LANGUAGE", ""), False
        for recording in filter(None, variables.get("CC_SAY", "").split("&")):
            if recording.startswith(":") and not stood_in:
                continue
            if not recording.startswith("digits/"):
                stood_in = self.pbx.shelf.stands_in(recording, language)
            length = self.pbx.shelf.seconds(recording, language)
            if length is None:
                step.missing.append(recording.partition(":")[0])
            else:
                seconds += length
        caller.timer = self.pbx.after(seconds, lambda: self._spoken(caller))
        if caller.doing is Doing.ASKED and caller.answers is not None:
            after, keys = caller.answers()
            step.plan = self.pbx.after(after, lambda: self.press(caller, keys))

    def press(self, caller: Caller, keys: str) -> None:
        """The caller presses keys."""
        for key in keys:
            self._pressed(caller, key)

    def leave(self, caller: Caller) -> None:
        """The caller is redirected: what plays or rings is over, and nobody is told."""
        self._drop_plan(caller)
        leg = caller.out_leg
        if leg is not None:
            if caller.doing is Doing.OUT_RINGING:
                self.pbx.emit(self.words.dial("DialEnd", caller, leg, "DialStatus: CANCEL"))
            self.leave_bridge(caller)
            self.leave_bridge(leg)
            self.end_out(leg, NORMAL)

    def caller_gone(self, caller: Caller) -> None:
        """The caller hung up in a step; his own Hangup follows."""
        pbx, leg = self.pbx, caller.out_leg
        self._drop_plan(caller)
        soft = self.words.soft_hangup_request(caller)
        if caller.doing is Doing.OUT_TALKING and leg is not None:
            self.leave_bridge(caller)
            pbx.emit(soft)
            self.leave_bridge(leg)
            caller.cause = NORMAL
            self.end_out(leg, NORMAL)
            return
        if caller.doing is Doing.OUT_RINGING and leg is not None:
            pbx.emit(self.words.dial("DialEnd", caller, leg, "DialStatus: CANCEL"))
        pbx.emit(soft)
        if leg is not None:
            self.end_out(leg, caller.cause or NORMAL)
        if caller.doing is Doing.RECORDING:
            self._recorded(caller, silence=False)
        elif caller.context == "cc-speak":
            # The dialplan's own last word there: it looks whether a message is to be told of.
            caller.exten, caller.priority = "h", 3

    def _drop_plan(self, caller: Caller) -> None:
        self.stop_timer(caller)
        if caller.step is not None and caller.step.plan is not None:
            caller.step.plan.cancel()

    def _spoken(self, caller: Caller) -> None:
        """The recordings are over."""
        step, pbx = caller.step, self.pbx
        assert step is not None
        caller.timer = None
        if caller.doing is Doing.SAYING:
            self._tell(caller)
        elif caller.doing is Doing.ASKED:
            caller.context = "cc-asked"
            self._await_keys(caller)
        else:
            caller.context, caller.exten = "cc-recorded", "s"
            self.at(caller, 1, "BackGround", "beep,m,,cc-key-none")
            caller.timer = pbx.after(BEEP_SECONDS, lambda: self._begin_recording(caller))

    def _await_keys(self, caller: Caller) -> None:
        self.stop_timer(caller)
        seconds = float(caller.variables.get("CC_SECONDS", "0"))
        self.at(caller, 1, "Read", "CC_DIGITS")
        caller.timer = self.pbx.after(seconds, lambda: self._tell(caller))

    def _pressed(self, caller: Caller, key: str) -> None:
        step, variables = caller.step, caller.variables
        if step is None:
            return
        if caller.doing is Doing.SAYING:
            if variables.get("CC_KEY") == _KEY_NAMES.get(key, key):
                step.digits = key
                self._tell(caller)
        elif caller.doing is Doing.ASKED:
            most = int(variables.get("CC_MOST", "1"))
            if key != "#" or most < 2:
                step.digits += key
                caller.context = "cc-key-any"
                if len(step.digits) < most:
                    self._await_keys(caller)
                    return
            self._tell(caller)
        elif caller.doing is Doing.RECORDING and key == "#" and step.began is not None:
            self._recorded(caller, silence=False)

    def _tell(self, caller: Caller) -> None:
        """cc-told: the step is over, and back to hold."""
        step = caller.step
        assert step is not None
        self._drop_plan(caller)
        caller.context, caller.exten = "cc-told", "s"
        outcome = "FAILED" if step.missing and not step.digits else "DONE"
        self.at(caller, 2, "UserEvent", "CCStep")
        self._say_end(caller, f"Outcome: {outcome}\r\nDigits: {step.digits}\r\n{_missing(step)}")
        self.pbx.dialplan.hold(caller)

    def _say_end(self, caller: Caller, fields: str) -> None:
        step = caller.step
        assert step is not None
        caller.step = None
        call = f"Call: {caller.variables['CC_CALL']}\r\nStep: {step.number}\r\n"
        self.pbx.emit(self.words.user("CCStep", caller, call + fields))

    # ---- a message ----

    def _begin_recording(self, caller: Caller) -> None:
        step, pbx = caller.step, self.pbx
        assert step is not None
        step.began = pbx.now
        self.at(caller, 3, "Record", caller.variables.get("CC_NAME", ""))
        if pbx.shelf.full:
            self._recorded(caller, silence=False, failed=True)
            return
        longest = float(caller.variables.get("CC_SECONDS", "0"))
        if caller.speaks is not None and caller.speaks + SILENCE_SECONDS < longest:
            until = caller.speaks + SILENCE_SECONDS
            caller.timer = pbx.after(until, lambda: self._recorded(caller, silence=True))
        else:
            caller.timer = pbx.after(longest, lambda: self._recorded(caller, silence=False))

    def _recorded(self, caller: Caller, *, silence: bool, failed: bool = False) -> None:
        """The message is over, by whatever ended it: also by the caller's hang-up, who is not held then."""
        step = caller.step
        assert step is not None
        self._drop_plan(caller)
        caller.context, caller.exten = "cc-recorded", "s"
        took = 0.0 if step.began is None else self.pbx.now - step.began
        took -= SILENCE_SECONDS if silence else 0.0
        if step.began is not None and not failed:
            self.pbx.shelf.keep(caller.variables.get("CC_NAME", ""), took)
        gone = caller.uniqueid in self.pbx.leaving
        self.at(caller, 9, "UserEvent", "CCStep")
        outcome = "FAILED" if failed else "DONE"
        heard = max(0, int(took + 1e-3))
        self._say_end(caller, f"Outcome: {outcome}\r\nSeconds: {heard}\r\n{_missing(step)}")
        if gone:
            caller.priority = 13
        else:
            self.pbx.dialplan.hold(caller)

    # ---- numbers outside ----

    def _dial_out(self, caller: Caller) -> None:
        pbx, variables = self.pbx, caller.variables
        number, seconds = variables.get("CC_NUMBER", ""), float(variables.get("CC_SECONDS", "0"))
        caller.doing = Doing.OUT_RINGING
        self.at(caller, 1, "Dial", f"PJSIP/{number}@cc-outside,{seconds:g},g")
        name, uniqueid = pbx.new_ids("cc-outside")
        caller.context, caller.exten = "cc-dialled", number
        leg = OutLeg(name, uniqueid, caller)
        leg.context, leg.exten, leg.application, leg.data = "cc-station", "s", "AppDial", "(Outgoing Line)"
        leg.variables = {one: variables[one] for one in ("CC_CALL", "CC_DNIS")}
        pbx.add(leg)
        caller.out_leg = leg
        pbx.emit(self.words.channel("Newchannel", leg))
        leg.caller_number = leg.exten = number
        leg.connected_number, leg.connected_name = caller.caller_number, caller.caller_name
        self._new_caller_id(leg)
        pbx.emit(self.words.channel("NewConnectedLine", leg))
        pbx.emit(self.words.dial("DialBegin", caller, leg, f"DialString: {number}@cc-outside"))
        caller.connected_number, caller.connected_name = number, UNKNOWN
        pbx.emit(self.words.channel("NewConnectedLine", caller))
        pbx.outside.dial(number, leg, seconds)

    def end_out(self, leg: OutLeg, cause: int) -> None:
        """A leg outside is gone."""
        pbx = self.pbx
        dialled = pbx.outside.of(leg)
        if dialled is not None:
            pbx.outside.forget(dialled)
        if leg.caller.out_leg is leg:
            leg.caller.out_leg = None
        leg.cause = cause
        pbx.remove(leg)
        pbx.emit(self.words.hangup(leg))

    def _out_ended(self, leg: OutLeg, status: str, cause: int) -> None:
        caller = leg.caller
        self.end_out(leg, cause)
        self.at(caller, 2, "UserEvent", "CCStep")
        self._say_end(caller, f"Outcome: {status}\r\n")
        self.pbx.dialplan.hold(caller)

    def outside_rings(self, one: Dialled) -> None:
        """180 from outside."""
        channel = one.channel
        if channel.state in (RINGING, UP):
            return
        channel.state = RINGING
        self.pbx.emit(self.words.channel("Newstate", channel))
        if isinstance(channel, OutLeg):
            source = channel.asked_by or channel.caller
            self.pbx.emit(self.words.dial("DialState", source, channel, "DialStatus: RINGING"))

    def outside_answered(self, one: Dialled) -> None:
        """200 from outside."""
        channel, pbx = one.channel, self.pbx
        channel.state = UP
        pbx.emit(self.words.channel("Newstate", channel))
        if isinstance(channel, Caller):
            self._client_answered(channel)
            return
        if channel.place is not Place.RUNG:
            pbx.dialplan.rooms.answered(channel)
            return
        caller = channel.caller
        pbx.emit(self.words.dial("DialEnd", caller, channel, "DialStatus: ANSWER"))
        caller.doing = Doing.OUT_TALKING
        channel.exten = ""
        caller.cause = channel.cause = NORMAL
        self.bridge(caller, channel)

    def outside_refused(self, one: Dialled, code: int) -> None:
        """A refusal from outside."""
        channel, cause = one.channel, CAUSE_OF_CODE.get(code, NORMAL)
        if isinstance(channel, OutLeg) and channel.place is not Place.RUNG:
            self.pbx.dialplan.rooms.refused(channel, code)
            return
        channel.cause, channel.sip_code = cause, code
        self.pbx.emit(self.words.hangup_request(channel))
        if isinstance(channel, OutLeg):
            status = f"DialStatus: {dial_end_status(cause)}"
            self.pbx.emit(self.words.dial("DialEnd", channel.caller, channel, status))
            channel.caller.cause = cause
            self._out_ended(channel, dial_status(cause), cause)
        else:
            self.place_failed(channel, cause, 0)

    def outside_timed_out(self, one: Dialled) -> None:
        """Nobody answered in time."""
        channel = one.channel
        if isinstance(channel, OutLeg) and channel.place is not Place.RUNG:
            self.pbx.dialplan.rooms.timed_out(channel)
        elif isinstance(channel, OutLeg):
            self.pbx.emit(self.words.dial("DialEnd", channel.caller, channel, "DialStatus: NOANSWER"))
            self._out_ended(channel, "NOANSWER", NO_CAUSE)
        else:
            self.place_failed(channel, _RINGING_CAUSE, 3)

    def outside_hung_up(self, one: Dialled) -> None:
        """BYE from outside."""
        channel = one.channel
        if isinstance(channel, Caller):
            self.pbx.dialplan.caller_hung_up(channel)
            return
        if channel.place is not Place.RUNG:
            self.pbx.dialplan.rooms.hung_up(channel, NORMAL)
            return
        self.pbx.emit(self.words.hangup_request(channel))
        caller = channel.caller
        self.leave_bridge(channel)
        self.leave_bridge(caller)
        self._out_ended(channel, "ANSWER", NORMAL)

    # ---- calls that the server places ----

    def place(
        self, number: str, shown: str, seconds: float, uniqueid: str, variables: dict[str, str]
    ) -> None:
        """Originate to ``cc-back``: dial a client, who is held once he answers."""
        pbx = self.pbx
        name, _ = pbx.new_ids("cc-outside")
        client = Caller(name, uniqueid, UNKNOWN, UNKNOWN)
        client.variables = dict(variables)
        client.state, client.doing = DOWN, Doing.PLACING
        client.context, client.exten = "cc-station", "s"
        client.application, client.data = "AppDial2", "(Outgoing Line)"
        pbx.add(client)
        pbx.emit(self.words.channel("Newchannel", client))
        client.caller_number = shown
        self._new_caller_id(client)
        client.connected_number = shown
        pbx.emit(self.words.channel("NewConnectedLine", client))
        pbx.outside.dial(number, client, seconds)

    def _new_caller_id(self, channel: Channel) -> None:
        shown = "CID-CallingPres: 0 (Presentation Allowed, Not Screened)\r\n"
        self.pbx.emit(self.words.channel("NewCallerid", channel, shown))

    def place_failed(self, client: Caller, cause: int, reason: int) -> None:
        """Whom the server dialled did not answer."""
        pbx = self.pbx
        dialled = pbx.outside.of(client)
        if dialled is not None:
            pbx.outside.forget(dialled)
        client.doing, client.cause = Doing.GONE, cause
        pbx.remove(client)
        pbx.emit(self.words.hangup(client))
        pbx.emit(self.words.originated(client, reason, answered=False))

    def _client_answered(self, client: Caller) -> None:
        pbx, variables = self.pbx, client.variables
        pbx.counts.calls += 1
        pbx.live_calls += 1
        pbx.emit(self.words.originated(client, 4, answered=True))
        client.context, client.exten = "cc-back", "s"
        client.caller_number = variables.get("CC_NUMBER", "")
        self._new_caller_id(client)
        self.at(client, 3, "UserEvent", "CCBack")
        fields = (
            f"Call: {variables['CC_CALL']}\r\nNumber: {client.caller_number}\r\n"
            f"Dnis: {variables.get('CC_DNIS', '')}\r\n"
        )
        pbx.emit(self.words.user("CCBack", client, fields))
        pbx.dialplan.hold(client)


def _missing(step: Step) -> str:
    return "Missing: " + "".join(f"&{name}" for name in step.missing) + "\r\n"
