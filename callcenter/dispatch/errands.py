"""Commands that a flow gives to a caller on hold, and Asterisk's words on how they ended.

One is under way per caller. It is sent from hold, and is over when Asterisk has said both how it ended
(``StepEnded`` with its number) and that the caller is on hold again (``CallHeld``), in whatever order: each
alone may be late, doubled, or the only one that came. What never comes is found out by a listing.

An announcement in a queue is an errand, too, but the caller stays in line: a ring cuts it short, and then
nobody asks any more how it ended.
"""

from __future__ import annotations

import re

from callcenter.calls.entities import Call, Errand
from callcenter.calls.facts import MessageLeft
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.timers import TimerKind
from callcenter.telephony import commands
from callcenter.telephony.events import StepEnded, StepOutcome
from routing.flows import moves
from routing.ids import CallId

_PROMPTS = 60.0
"""Seconds that the prompts of a command are taken to last at most before Asterisk is asked about it."""
Sent = moves.Play | moves.Ask | moves.Record | moves.DialOut


def send(desk: Desk, call: Call, action: Sent, language: str) -> None:
    """Take the caller off hold for this. He must be on hold, with no errand under way that matters."""
    call.errands += 1
    errand = call.errand = Errand(call.errands, action)
    server, number = call.server, errand.number
    within = _PROMPTS
    match action:
        case moves.Play():
            desk.do(commands.Play(server, call.id, number, action.spoken, language, action.key))
        case moves.Ask():
            within += action.seconds * (action.most_digits + 1)
            desk.do(
                commands.Ask(
                    server, call.id, number, action.spoken, language, action.most_digits, action.seconds
                )
            )
        case moves.Record():
            within += action.seconds
            errand.recording = recording_name(call.id, number)
            desk.do(
                commands.Record(
                    server, call.id, number, action.spoken, language, errand.recording, action.seconds
                )
            )
        case moves.DialOut():
            within += action.seconds
            desk.do(commands.DialOut(server, call.id, number, action.number, action.seconds))
    desk.expect(call, within)


def recording_name(call: CallId, number: int) -> str:
    """Letters, digits, "-" and "_" only; no two recordings of a site have one name."""
    return f"{re.sub('[^A-Za-z0-9]', '-', call)}_{number}"


def answer(errand: Errand, ended: StepEnded) -> moves.Answer:
    """Asterisk's word on an errand, as the interpreter takes it."""
    done = ended.outcome
    match errand.action:
        case moves.DialOut():
            if done is StepOutcome.FAILED:
                return moves.Failed()
            return moves.OutEnded(talked=done is not StepOutcome.NO_ANSWER)
        case moves.Record():
            return moves.Failed() if done is StepOutcome.FAILED else moves.Recorded(ended.seconds)
        case moves.Ask():
            return moves.Failed() if done is StepOutcome.FAILED else moves.Keys(ended.digits)
        case moves.Play():
            if ended.digits:
                return moves.Keys(ended.digits)
            return moves.Failed() if done is StepOutcome.FAILED else moves.Heard()


# Messages


def keep_message(desk: Desk, call: Call, errand: Errand, seconds: int) -> None:
    """Say that there is a message, so that it becomes a task. 0 seconds: not known."""
    if isinstance(errand.action, moves.Record):
        desk.say(
            MessageLeft(
                desk.now, call.id, errand.action.queue, errand.recording, seconds, call.number, call.client
            )
        )


def give_up(desk: Desk, call: Call) -> None:
    """The errand's end was lost. A message may have been recorded all the same: it is kept."""
    errand, call.errand = call.errand, None
    if errand is not None and errand.ended is None:
        keep_message(desk, call, errand, 0)


def caller_gone(desk: Desk, call: Call) -> None:
    """The caller hung up. During a recording that is its usual end, and Asterisk's word on it may follow."""
    errand, call.errand = call.errand, None
    if errand is None or errand.ended is not None or not isinstance(errand.action, moves.Record):
        return
    desk.recordings[call.id] = (call, errand)
    desk.timers.set(TimerKind.MESSAGE, call.id, desk.now + desk.options.settle)


def ended_after_call(desk: Desk, event: StepEnded) -> None:
    """The word on a recording whose caller is gone."""
    known = desk.recordings.get(event.call)
    if known is not None and known[1].number == event.step:
        del desk.recordings[event.call]
        desk.timers.cancel(TimerKind.MESSAGE, event.call)
        if event.seconds > 0:
            keep_message(desk, known[0], known[1], event.seconds)


def word_is_late(desk: Desk, call: CallId) -> None:
    """Nothing was said of a recording whose caller is gone: better a message too many than one lost."""
    known = desk.recordings.pop(call, None)
    if known is not None:
        keep_message(desk, known[0], known[1], 0)
