"""One run of the interpreter in the making: the position as it changes, and the trace."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from routing.flows import spoken
from routing.flows.directory import FlowDirectory
from routing.flows.model import Flow
from routing.flows.moves import (
    Action,
    Context,
    End,
    Join,
    Move,
    Play,
    Position,
    Stage,
    Told,
    Trace,
    Waiting,
    Why,
)
from routing.ids import FlowId, PromptId, QueueId, StepId

Went: TypeAlias = Move | StepId
"""What a step came to: a move that asks for an answer, or the step that follows at once."""


class Walk:
    """Changes ``position`` and adds to ``trace`` until ``move`` hands both out."""

    def __init__(self, flows: FlowDirectory, position: Position, context: Context) -> None:
        self.flows = flows
        self.position = position
        self.context = context
        self.trace: list[Trace] = []

    def note(self, why: Why, **told: Told) -> None:
        self.trace.append(Trace(self.position.flow, self.position.step, why, tuple(told.items())))

    def move(self, action: Action, stage: Stage) -> Move:
        self.position = replace(self.position, stage=stage)
        return Move(self.position, action, tuple(self.trace))

    def try_once_more(self) -> None:
        self.position = replace(self.position, tries=self.position.tries + 1)
        self.note(Why.ASKED, number=self.position.tries)

    def prompt(self, prompt: PromptId | None) -> tuple[str, ...]:
        """The prompt as it is spoken: nothing, and a note of it, if it is missing."""
        if prompt is None:
            return ()
        if not self.flows.has_prompt(prompt):
            self.note(Why.PROMPT_MISSING, prompt=prompt)
            return ()
        return (prompt,)

    def say_and_end(self, words: tuple[str, ...]) -> Move:
        """The last words, then the end."""
        if words:
            self.note(Why.PLAYED, prompt=words[0])
            return self.move(Play(words), Stage.CLOSING)
        return self.end()

    def end(self) -> Move:
        self.note(Why.HUNG_UP)
        return self.move(End(), Stage.ENDED)

    def enter_flow(self, flow: Flow, why: Why, told: Told) -> Went:
        """Its first step, unless the emergency closes it."""
        self.position = replace(self.position, flow=flow.id, step=None)
        if self.flows.is_emergency(flow.id):
            return self.close()
        self.trace.append(Trace(flow.id, None, why, (("by", told),)))
        return flow.start

    def jump(self, target: FlowId) -> Went:
        flow = self.flows.flows.get(target)
        if flow is None:
            return self.give_up(Why.NO_SUCH_FLOW, flow=target)
        return self.enter_flow(flow, Why.JUMPED, self.position.flow)

    def close(self) -> Move:
        """The emergency's words, then the end. Where its prompt is missing the product's own is heard, since
        the caller would hear nothing at all."""
        self.note(Why.EMERGENCY)
        prompt = self.flows.plan.emergency.prompt
        words = self.prompt(prompt)
        return self.say_and_end(words or ((spoken.CLOSED,) if prompt is not None else ()))

    def give_up(self, why: Why, **told: Told) -> Move:
        """Something that a checked plan does not have: the caller waits in the default queue, or, if he went
        round too often, in the queue where he waited before."""
        self.note(why, **told)
        queue = self.flows.default_queue
        before = self.position.waiting
        if why == Why.TOO_MANY_STEPS and before is not None and self.flows.has_queue(before.queue):
            queue = before.queue
        self.position = replace(self.position, flow=None, step=None)
        return self.wait_in(queue, music="", look_at=None)

    def wait_in(self, queue: QueueId, music: str, look_at: float | None) -> Move:
        """Enter a queue, or go on waiting in it."""
        now, before = self.context.now, self.position.waiting
        if not self.waited_here(queue):
            waiting = Waiting(
                queue,
                since=now if before is None else before.since,
                entered=now,
                flow=self.position.flow,
                step=self.position.step,
            )
            self.position = replace(self.position, waiting=waiting)
        self.note(Why.JOINED, queue=queue)
        return self.rejoin(music, look_at)

    def rejoin(self, music: str, look_at: float | None) -> Move:
        """``Join`` for a call whose ``waiting`` is set."""
        waiting = self.position.waiting
        assert waiting is not None
        until = waiting.since + self.position.patience
        join = Join(waiting.queue, waiting.since, self.position.wanted, until, music, look_at)
        return self.move(join, Stage.WAITING)

    def waited_here(self, queue: QueueId) -> bool:
        """Whether the call comes back to the very wait it left (it declined a callback, say)."""
        waiting = self.position.waiting
        here = (queue, self.position.flow, self.position.step)
        return waiting is not None and (waiting.queue, waiting.flow, waiting.step) == here
