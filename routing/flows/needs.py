"""Which recordings the callers of a plan may be about to hear, and in which languages."""

from __future__ import annotations

from collections.abc import Iterator

from routing.flows import spoken
from routing.flows.model import (
    Announcements,
    AskNumber,
    Enqueue,
    FlowPlan,
    HangUp,
    Menu,
    OfferCallback,
    Say,
    SetLanguage,
    Step,
    Voicemail,
)
from routing.ids import PromptId

_CALLBACK = (
    spoken.CALLBACK_NUMBER,
    spoken.CALLBACK_CONFIRM,
    spoken.CALLBACK_TYPE,
    spoken.CALLBACK_KEPT,
    spoken.CALLBACK_REFUSED,
)


def prompts_needed(plan: FlowPlan) -> tuple[PromptId, ...]:
    """By name: what the steps name, and what the product itself says in them (``spoken.BUILT_IN``). The
    emergency's prompt is needed before the emergency."""
    needed: set[PromptId] = set()
    if plan.emergency.prompt is not None:
        needed |= {plan.emergency.prompt, spoken.CLOSED}
    for flow in plan.flows:
        for step in flow.steps:
            needed.update(_of_step(step))
    return tuple(sorted(needed))


def languages_spoken(plan: FlowPlan) -> tuple[str, ...]:
    """Those that flows begin with, and those that callers can choose; by name."""
    chosen = {step.language for flow in plan.flows for step in flow.steps if isinstance(step, SetLanguage)}
    return tuple(sorted({flow.language for flow in plan.flows} | chosen))


def _of_step(step: Step) -> Iterator[PromptId]:
    speaks = Say | Menu | AskNumber | OfferCallback | Voicemail | HangUp
    if isinstance(step, speaks) and step.prompt is not None:
        yield step.prompt
    if isinstance(step, OfferCallback):
        yield from _CALLBACK
    if isinstance(step, Enqueue) and step.announcements is not None:
        yield from _of_announcements(step.announcements)


def _of_announcements(says: Announcements) -> Iterator[PromptId]:
    if says.prompt is not None:
        yield says.prompt
    if says.position:
        yield spoken.POSITION
    if says.expected_wait:
        yield spoken.MINUTES
    if says.callback_key:
        yield spoken.PRESS
        key = PromptId(spoken.key(says.callback_key))
        if key in spoken.BUILT_IN:
            yield key
