"""A site with flows, and Asterisk's words on their steps, for playbooks."""

from __future__ import annotations

from dataclasses import replace

from callcenter.dispatch.options import CoreOptions
from callcenter.telephony.events import CallHeld, StepEnded, StepOutcome, TelephonyEvent
from routing.acd.model import Queue, RoutingPlan
from routing.flows.model import (
    Announcements,
    AskNumber,
    ByValue,
    CallOut,
    Choice,
    Enqueue,
    Flow,
    FlowPlan,
    HangUp,
    IfKnown,
    Menu,
    OfferCallback,
    Overflow,
    OverflowKind,
    Say,
    SetLanguage,
    Step,
    ValueBranch,
    Voicemail,
)
from routing.ids import CallId, FlowId, PromptId, QueueId, StepId
from tests.dispatch.scenes import CALL, held
from tests.support.playbook import MAIN, Playbook, plan

SALES, HELP = QueueId("sales"), QueueId("help")
QUEUES = (Queue(SALES, "Sales", ("100",)), Queue(HELP, "Help", ("200",)))
MAIN_FLOW = FlowId("main")
PROMPTS = tuple(
    PromptId(name) for name in ("welcome", "menu", "number", "busy", "message", "bye", "patience", "keep")
)


def s(name: str) -> StepId:
    return StepId(name)


STEPS: tuple[Step, ...] = (
    Say(s("hello"), PromptId("welcome"), s("menu")),
    Menu(
        s("menu"),
        PromptId("menu"),
        (
            Choice("1", s("sales")),
            Choice("2", s("help")),
            Choice("3", s("voicemail")),
            Choice("4", s("out")),
            Choice("5", s("ask")),
            Choice("6", s("known")),
            Choice("7", s("value")),
            Choice("8", s("english")),
            Choice("9", s("bye")),
        ),
        s("sales"),
        attempts=2,
    ),
    Enqueue(
        s("sales"),
        SALES,
        overflow=(Overflow(OverflowKind.WAITED, 60, s("help")), Overflow(OverflowKind.NOBODY, 0, s("busy"))),
        announcements=Announcements(20, 30, PromptId("patience"), callback_key="5"),
        callback=s("keep"),
    ),
    OfferCallback(s("keep"), SALES, PromptId("keep"), s("sales")),
    Enqueue(s("help"), HELP, music="jazz"),
    Say(s("busy"), PromptId("busy"), s("voicemail")),
    Voicemail(s("voicemail"), SALES, PromptId("message"), 60),
    CallOut(s("out"), "+74951230000", s("sales")),
    AskNumber(s("ask"), PromptId("number"), s("sales"), s("help"), attempts=1),
    IfKnown(s("known"), s("sales"), s("help")),
    ByValue(s("value"), (ValueBranch("vip", s("sales")),), s("help")),
    SetLanguage(s("english"), "en", s("menu")),
    HangUp(s("bye"), PromptId("bye")),
)
FLOWS = FlowPlan((Flow(MAIN_FLOW, "Main", ("300",), s("hello"), STEPS),), prompts=PROMPTS)


def routing(*agents: str) -> RoutingPlan:
    return plan(*agents, queues=QUEUES)


def site(*agents: str, flows: FlowPlan = FLOWS, options: CoreOptions | None = None) -> Playbook:
    """Both queues served by these agents, who are ready; 300 leads into the flow."""
    return Playbook(routing(*agents), options, flows).synced().ready(*agents).wait(1)


def without(*steps: str) -> FlowPlan:
    """The flows after these steps were taken out."""
    flow = FLOWS.flows[0]
    left = tuple(step for step in flow.steps if step.id not in steps)
    return replace(FLOWS, flows=(replace(flow, steps=left),))


def done(
    step: int,
    digits: str = "",
    outcome: StepOutcome = StepOutcome.DONE,
    seconds: int = 0,
    call: CallId = CALL,
    attempt: int = 0,
) -> tuple[TelephonyEvent, TelephonyEvent]:
    """The end of a step, and the hold that follows it."""
    return word(step, digits, outcome, seconds, call), hold(call, attempt)


def word(
    step: int,
    digits: str = "",
    outcome: StepOutcome = StepOutcome.DONE,
    seconds: int = 0,
    call: CallId = CALL,
) -> StepEnded:
    return StepEnded(MAIN, call, step, outcome, digits, seconds)


def hold(call: CallId = CALL, attempt: int = 0) -> CallHeld:
    return held(call, attempt, "300")
