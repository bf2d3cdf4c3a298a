"""The interpreter of flows: where a call goes on after each thing that happened to it.

Theory of operation. A call's ``Position`` and what happened go in, a ``Move`` comes out: the new position,
one action whose answer is awaited, and a trace of what was decided on the way. Steps that need no answer are
run through at once. Nothing is remembered between two calls of these functions, so a position may be written
down and taken up by another process under another plan.

A caller is never dropped by a mistake: a step, queue or flow that is not there, an answer that does not fit,
and a call that took ``MOST_STEPS`` steps all end in the plan's default queue; a prompt that is missing is
passed over. ``Position.stage`` is ``WAITING`` if and only if the call stands in a queue.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from routing.flows import keeping, waiting
from routing.flows.directory import FlowDirectory
from routing.flows.model import (
    AskNumber,
    ByValue,
    CallOut,
    Enqueue,
    HangUp,
    IfKnown,
    IfOpen,
    Jump,
    Menu,
    OfferCallback,
    Say,
    SetLanguage,
    Step,
    Voicemail,
)
from routing.flows.moves import (
    Answer,
    Ask,
    ClientKnown,
    Context,
    DialOut,
    End,
    Failed,
    Heard,
    Keys,
    LookUp,
    Move,
    OutEnded,
    Play,
    Position,
    Record,
    Recorded,
    Stage,
    Stay,
    Why,
)
from routing.flows.walk import Walk, Went
from routing.ids import StepId

MOST_STEPS = 50
"""Steps of one call, however it came to them."""

_ASKING = (Stage.ASKING, Stage.OFFERED, Stage.TYPING, Stage.CONFIRMING)


def enter(flows: FlowDirectory, dialled: str, context: Context) -> Move:
    """The first move of a call to a dialled number: into its flow, else into the queue of that number, else
    into the default queue."""
    flow = flows.flow_for(dialled)
    language = "" if flow is None else flow.language
    walk = Walk(flows, Position(None, None, Stage.PLAYING, language), context)
    if flow is not None:
        return _go(walk, walk.enter_flow(flow, Why.ENTERED, dialled))
    if flows.is_emergency(None):
        return walk.close()
    walk.note(Why.NO_FLOW, dialled=dialled)
    return walk.wait_in(flows.queue_for(dialled) or flows.default_queue, music="", look_at=None)


def advance(flows: FlowDirectory, position: Position, answer: Answer, context: Context) -> Move:
    """The next move, after the answer to the last action. The caller of this sees to it that an answer is
    given once, and is the last action's."""
    walk = Walk(flows, position, context)
    match position.stage:
        case Stage.ENDED:
            return walk.move(End(), Stage.ENDED)
        case Stage.CLOSING:
            return walk.end()
        case Stage.WAITING:
            return _answered_waiting(walk, answer)
        case _:
            return _go(walk, _answered(walk, answer))


def queued(flows: FlowDirectory, position: Position, context: Context) -> Move:
    """What is due for a call that waits in a queue, on hold: an overflow, an announcement, or ``Stay``. A
    call that does not wait gets ``Stay``, too. Not while the call is offered to an agent, nor while it hears
    an announcement."""
    walk = Walk(flows, position, context)
    wait = position.waiting
    if position.stage != Stage.WAITING or wait is None:
        return Move(position, Stay(None), ())
    if not flows.has_queue(wait.queue):
        return walk.give_up(Why.NO_SUCH_QUEUE, queue=wait.queue)
    step = _waiting_step(walk)
    if step is None:
        return waiting.stay(walk, None)
    leads = waiting.overflow_due(walk, step, wait)
    return waiting.announce(walk, step, wait) if leads is None else _go(walk, leads)


def resume(flows: FlowDirectory, position: Position, context: Context) -> Move:
    """Take up a call on hold whose last action's answer is lost (a restart, a cut link): the step begins
    anew; a waiting call joins its queue again, in its place. A number outside is not dialled again.

    Of a position that was written down, ``flow``, ``step``, ``language`` and ``taken`` are enough, and
    ``waiting`` for a call in a queue."""
    walk = Walk(flows, position, context)
    wait = position.waiting
    match position.stage:
        case Stage.ENDED | Stage.CLOSING:
            return walk.end()
        case Stage.WAITING if wait is not None:
            if not flows.has_queue(wait.queue):
                return walk.give_up(Why.NO_SUCH_QUEUE, queue=wait.queue)
            return waiting.rejoin(walk, _waiting_step(walk))
        case Stage.DIALLING:
            return _go(walk, _answered(walk, Failed()))
        case _ if position.step is None:
            return walk.give_up(Why.NO_SUCH_STEP)
        case _:
            return _go(walk, position.step)


def _go(walk: Walk, went: Went) -> Move:
    """Run steps from here until one needs an answer."""
    while not isinstance(went, Move):
        if walk.position.taken >= MOST_STEPS:
            return walk.give_up(Why.TOO_MANY_STEPS, most=MOST_STEPS)
        step = walk.flows.step(walk.position.flow, went)
        walk.position = replace(walk.position, step=went, stage=Stage.PLAYING, tries=0, silent=0)
        if step is None:
            return walk.give_up(Why.NO_SUCH_STEP)
        walk.position = replace(walk.position, taken=walk.position.taken + 1)
        went = _begin(walk, step)
    return went


def _begin(walk: Walk, step: Step) -> Went:
    match step:
        case Say():
            words = walk.prompt(step.prompt)
            if not words:
                return step.next
            walk.note(Why.PLAYED, prompt=step.prompt)
            return walk.move(Play(words), Stage.PLAYING)
        case Menu():
            return _ask(walk, step, 1)
        case AskNumber():
            return _ask(walk, step, step.most_digits)
        case SetLanguage():
            walk.note(Why.LANGUAGE, language=step.language)
            walk.position = replace(
                walk.position, language=step.language, wanted=step.wanted, patience=step.patience
            )
            return step.next
        case IfOpen():
            return _open_or_closed(walk, step)
        case IfKnown() | ByValue():
            return _by_client(walk, step)
        case Enqueue():
            return waiting.join(walk, step)
        case OfferCallback():
            return keeping.offer(walk, step)
        case Voicemail():
            if not walk.flows.has_queue(step.queue):
                return walk.give_up(Why.NO_SUCH_QUEUE, queue=step.queue)
            return _record(walk, step)
        case CallOut():
            walk.note(Why.DIALLED_OUT, number=step.number)
            return walk.move(DialOut(step.number, step.seconds), Stage.DIALLING)
        case Jump():
            return walk.jump(step.flow)
        case HangUp():
            return walk.say_and_end(walk.prompt(step.prompt))
        case _:
            assert_never(step)


def _answered(walk: Walk, answer: Answer) -> Went:
    """Where an answer leads that was given in a step, not in a queue."""
    position = walk.position
    step = walk.flows.step(position.flow, position.step)
    if step is None:
        return walk.give_up(Why.NO_SUCH_STEP)
    if isinstance(answer, Failed):
        walk.note(Why.FAILED)
    if position.stage in _ASKING and isinstance(answer, Failed | Heard):
        answer = Keys("")
    went: Went | None = None
    match step, position.stage, answer:
        case Say(), Stage.PLAYING, Heard() | Keys() | Failed():
            went = step.next
        case Menu(), Stage.ASKING, Keys(digits):
            went = _menu_keys(walk, step, digits)
        case AskNumber(), Stage.ASKING, Keys(digits):
            went = _number_typed(walk, step, digits.rstrip("#"))
        case AskNumber(), Stage.LOOKING_UP, ClientKnown() | Failed():
            went = _number_looked_up(walk, step, answer)
        case IfKnown() | ByValue(), Stage.LOOKING_UP, ClientKnown() | Failed():
            found = isinstance(answer, ClientKnown) and answer.found
            value = answer.value if isinstance(answer, ClientKnown) and found else None
            walk.position = replace(position, known=found, value=value)
            went = _by_client(walk, step)
        case OfferCallback(), _, _:
            went = keeping.answered(walk, step, answer)
        case Voicemail(), Stage.RECORDING, Recorded(seconds):
            went = _message_recorded(walk, step, seconds)
        case Voicemail(), Stage.RECORDING, Failed():
            went = walk.give_up(Why.UNFORESEEN, answer="Failed")
        case CallOut(), Stage.DIALLING, OutEnded(talked=True):
            walk.note(Why.OUT_ENDED)
            went = walk.end()
        case CallOut(), Stage.DIALLING, OutEnded() | Failed():
            walk.note(Why.OUT_UNANSWERED)
            went = step.otherwise
        case _:
            pass
    return walk.give_up(Why.UNFORESEEN, answer=type(answer).__name__) if went is None else went


def _answered_waiting(walk: Walk, answer: Answer) -> Move:
    step = _waiting_step(walk)
    says = None if step is None else step.announcements
    if (
        step is not None
        and step.callback is not None
        and says is not None
        and isinstance(answer, Keys)
        and answer.digits
        and answer.digits == says.callback_key
        and walk.flows.step(walk.position.flow, step.callback) is not None
    ):
        walk.note(Why.CALLBACK_ASKED, key=answer.digits)
        return _go(walk, step.callback)
    return waiting.stay(walk, step)


def _waiting_step(walk: Walk) -> Enqueue | None:
    """The step by which the call waits, unless another plan made something else of it."""
    step = walk.flows.step(walk.position.flow, walk.position.step)
    return step if isinstance(step, Enqueue) else None


def _ask(walk: Walk, step: Menu | AskNumber, most_digits: int) -> Move:
    walk.try_once_more()
    return walk.move(Ask(walk.prompt(step.prompt), most_digits, step.seconds), Stage.ASKING)


def _menu_keys(walk: Walk, step: Menu, digits: str) -> Went:
    for choice in step.choices:
        if digits and choice.key == digits:
            walk.note(Why.CHOSE, key=digits)
            return choice.next
    if digits:
        walk.note(Why.WRONG_KEY, keys=digits)
    else:
        walk.note(Why.SILENCE)
    return _again_or(walk, step, 1, step.otherwise)


def _number_typed(walk: Walk, step: AskNumber, digits: str) -> Went:
    if not digits:
        walk.note(Why.SILENCE)
        return _again_or(walk, step, step.most_digits, step.otherwise)
    walk.note(Why.TYPED, digits=len(digits))
    walk.position = replace(walk.position, collected=digits)
    return walk.move(LookUp(digits), Stage.LOOKING_UP)


def _number_looked_up(walk: Walk, step: AskNumber, answer: ClientKnown | Failed) -> Went:
    if isinstance(answer, Failed):
        return step.otherwise  # another try would fail as well
    if answer.found:
        walk.note(Why.FOUND)
        walk.position = replace(walk.position, known=True, value=answer.value)
        return step.found
    walk.note(Why.NOT_FOUND)
    return _again_or(walk, step, step.most_digits, step.otherwise)


def _again_or(walk: Walk, step: Menu | AskNumber, most_digits: int, otherwise: StepId) -> Went:
    """Ask once more, if it may be. Without its prompt there is no sense in it: nobody knows the question."""
    if walk.position.tries < step.attempts and walk.flows.has_prompt(step.prompt):
        return _ask(walk, step, most_digits)
    walk.note(Why.GAVE_UP, tries=walk.position.tries)
    return otherwise


def _open_or_closed(walk: Walk, step: IfOpen) -> Went:
    timetable = walk.flows.timetables.get(step.hours)
    if timetable is None:
        return walk.give_up(Why.NO_SUCH_HOURS, hours=step.hours)
    now = walk.context.now
    special = timetable.special_day(now)
    if timetable.is_open(now):
        walk.note(Why.OPEN, hours=step.hours, day=special)
        return step.open
    walk.note(Why.CLOSED, hours=step.hours, day=special, opens=timetable.opens_next(now))
    return step.closed


def _by_client(walk: Walk, step: IfKnown | ByValue) -> Went:
    position, caller = walk.position, walk.context.caller
    if position.known:
        known, value = True, position.value
    elif caller is not None:
        known, value = caller.known, caller.value if caller.known else None
    elif position.known is False:
        known, value = False, None
    else:
        walk.note(Why.LOOKED_UP)
        return walk.move(LookUp(""), Stage.LOOKING_UP)
    if isinstance(step, IfKnown):
        walk.note(Why.KNOWN if known else Why.UNKNOWN)
        return step.known if known else step.unknown
    for branch in step.branches:
        if value is not None and branch.value == value:
            walk.note(Why.VALUE, value=value)
            return branch.next
    walk.note(Why.OTHER_VALUE, value=value)
    return step.otherwise


def _record(walk: Walk, step: Voicemail) -> Move:
    walk.position = replace(walk.position, tries=walk.position.tries + 1)
    walk.note(Why.RECORDING, queue=step.queue)
    return walk.move(Record(walk.prompt(step.prompt), step.seconds, step.queue), Stage.RECORDING)


def _message_recorded(walk: Walk, step: Voicemail, seconds: int) -> Move:
    if seconds > 0:
        walk.note(Why.RECORDED, seconds=seconds)
        return walk.end()
    walk.note(Why.NOTHING_SAID)
    return walk.end() if walk.position.tries > 1 else _record(walk, step)
