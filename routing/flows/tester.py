"""What happens to a call from this number, at this time? A walk through a flow with a scripted caller.

The walk is the interpreter's own, on a clock that goes on with what the caller does; so what it tells is what
a real call would meet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from routing.callbacks import Unkeepable
from routing.flows.directory import FlowDirectory
from routing.flows.moves import (
    Action,
    Answer,
    Ask,
    CallbackKept,
    Caller,
    ClientKnown,
    Context,
    DialOut,
    End,
    Failed,
    Heard,
    Join,
    KeepPlace,
    Keys,
    LookUp,
    Move,
    OutEnded,
    Play,
    Position,
    QueueState,
    Record,
    Recorded,
    Stage,
    Stay,
    Trace,
)
from routing.flows.run import advance, enter, queued
from routing.ids import QueueId

MOST_MOVES = 500
"""Of one walk: a caller who is announced to every ten seconds for an hour stays below."""


@dataclass(frozen=True, slots=True)
class Script:
    """A caller and the world he meets. ``at`` is when he calls, in UTC epoch seconds; ``number`` his number
    ("": withheld). ``keys`` are what he types at each question in turn, "" for silence; when they are used
    up he is silent. ``key_in_queue`` is pressed at the first announcement that offers it. ``clients`` are
    the value classes (none: no class) of the clients that a typed number finds. ``queues`` are as he finds
    them, and so they stay; a queue not named is empty, with one agent signed in. He waits at most
    ``patience`` seconds in queues; 0 ends the walk at the first. ``answered_outside``: whether a number
    outside answers. ``message_seconds``: how long he speaks after the tone. ``keeps`` says why a callback in
    a queue, to a number, at an instant can't be promised; ``None`` for one that can."""

    dialled: str
    at: float
    number: str = ""
    known: bool = False
    value: str | None = None
    keys: tuple[str, ...] = ()
    key_in_queue: str = ""
    clients: Mapping[str, str | None] = field(default_factory=dict)
    queues: Mapping[QueueId, QueueState] = field(default_factory=dict)
    patience: float = 0
    answered_outside: bool = True
    message_seconds: int = 20
    keeps: Callable[[QueueId, str, float], Unkeepable | None] = lambda queue, number, at: None


class Ending(StrEnum):
    QUEUE = "queue"  # he waits for an agent; the walk tells no further
    MESSAGE = "message"
    CALLBACK = "callback"
    OUTSIDE = "outside"  # he talked to somebody at a number outside
    HUNG_UP = "hung_up"  # the flow ended the call
    CUT = "cut"  # after ``MOST_MOVES``


@dataclass(frozen=True, slots=True)
class Happened:
    """One move of the walk: when, what was decided on the way to it, and what was done then."""

    at: float
    trace: tuple[Trace, ...]
    action: Action


@dataclass(frozen=True, slots=True)
class Walked:
    """``queue`` is where he waits, left his message or keeps his place; ``number`` the one connected or to be
    called back. ``at`` is when it ended."""

    happened: tuple[Happened, ...]
    ending: Ending
    at: float
    queue: QueueId | None = None
    number: str | None = None

    @property
    def trace(self) -> tuple[Trace, ...]:
        return tuple(trace for one in self.happened for trace in one.trace)


def walk(flows: FlowDirectory, script: Script) -> Walked:
    """What happens to this caller. The same script and plan give the same walk."""
    return _Walker(flows, script).walk()


class _Walker:
    def __init__(self, flows: FlowDirectory, script: Script) -> None:
        self.flows = flows
        self.script = script
        self.now = script.at
        self.keys = list(script.keys)
        self.key_in_queue = script.key_in_queue
        self.patience = script.patience
        self.happened: list[Happened] = []
        self.ending = Ending.HUNG_UP
        self.queue: QueueId | None = None
        self.number: str | None = None

    def walk(self) -> Walked:
        move = enter(self.flows, self.script.dialled, self.context())
        while True:
            self.happened.append(Happened(self.now, move.trace, move.action))
            if len(self.happened) >= MOST_MOVES:
                self.stop(Ending.CUT)
                following = None
            else:
                following = self.follow(move)
            if following is None:
                return Walked(tuple(self.happened), self.ending, self.now, self.queue, self.number)
            move = following

    def context(self) -> Context:
        caller = Caller(self.script.known, self.script.value)
        return Context(self.now, self.script.number, caller, self.queue_state)

    def queue_state(self, queue: QueueId) -> QueueState:
        state = self.script.queues.get(queue, QueueState(waiting=0, able=1))
        return state if state.place is not None else replace(state, place=state.waiting + 1)

    def follow(self, move: Move) -> Move | None:
        """The next move, or none at the end of the walk."""
        match move.action:
            case End():
                return None
            case Join() | Stay():
                return self.wait(move.position, move.action.look_at)
            case _ if move.position.stage is Stage.WAITING:
                return self.hear_announcement(move)
            case _:
                return advance(self.flows, move.position, self.answer(move.action), self.context())

    def wait(self, position: Position, look_at: float | None) -> Move | None:
        """To the next thing that is due, if he waits so long."""
        gone = 0.0 if look_at is None else look_at - self.now
        if look_at is None or gone > self.patience or self.patience <= 0:
            waiting = position.waiting
            self.stop(Ending.QUEUE, None if waiting is None else waiting.queue)
            return None
        self.patience -= gone
        self.now = look_at
        return queued(self.flows, position, self.context())

    def hear_announcement(self, move: Move) -> Move:
        answer: Answer = Heard()
        if isinstance(move.action, Play) and move.action.key and move.action.key == self.key_in_queue:
            answer, self.key_in_queue = Keys(self.key_in_queue), ""
        return advance(self.flows, move.position, answer, self.context())

    def answer(self, action: Action) -> Answer:
        match action:
            case Ask():
                digits = self.keys.pop(0)[: action.most_digits] if self.keys else ""
                self.now += 0 if digits else action.seconds
                return Keys(digits)
            case LookUp(number) if number in self.script.clients:
                return ClientKnown(True, self.script.clients[number])
            case LookUp():
                return ClientKnown(False)
            case Record():
                seconds = min(self.script.message_seconds, action.seconds)
                if seconds > 0:
                    self.stop(Ending.MESSAGE, action.queue)
                self.now += seconds
                return Recorded(seconds)
            case DialOut():
                if self.script.answered_outside:
                    self.stop(Ending.OUTSIDE, number=action.number)
                else:
                    self.now += action.seconds
                return OutEnded(self.script.answered_outside)
            case KeepPlace():
                refused = self.script.keeps(action.queue, action.number, self.now)
                if refused is not None:
                    return Failed(refused.value)
                self.stop(Ending.CALLBACK, action.queue, action.number)
                return CallbackKept()
            case _:
                return Heard()

    def stop(self, ending: Ending, queue: QueueId | None = None, number: str | None = None) -> None:
        self.ending, self.queue, self.number = ending, queue, number
