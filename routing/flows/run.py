"""The interpreter of flows: where a call goes on after each thing that happened to it."""

from __future__ import annotations

from routing.flows.directory import FlowDirectory
from routing.flows.moves import Answer, Context, Move, Position


def enter(flows: FlowDirectory, dialled: str, context: Context) -> Move:
    """The first move of a call to a dialled number: into its flow, else into the queue of that number, else
    into the default queue."""
    raise NotImplementedError


def advance(flows: FlowDirectory, position: Position, answer: Answer, context: Context) -> Move:
    """The next move, after the answer to the last action."""
    raise NotImplementedError


def queued(flows: FlowDirectory, position: Position, context: Context) -> Move:
    """What is due for a call that waits in a queue, on hold: an overflow, an announcement, or ``Stay``."""
    raise NotImplementedError


def resume(flows: FlowDirectory, position: Position, context: Context) -> Move:
    """Take up a call on hold whose last action's answer is lost (a restart, a cut link): the step begins
    anew; a waiting call joins its queue again, in its place."""
    raise NotImplementedError
