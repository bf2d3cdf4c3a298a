"""One call's events in the order that a real Asterisk sends them, for playbooks."""

from __future__ import annotations

from callcenter.telephony.events import (
    CallArrived,
    CallHeld,
    CallPhase,
    DialFinished,
    FoundCall,
    FoundLeg,
    LegBridged,
    LegEnded,
    LegRinging,
    LegStarted,
    LegUnbridged,
    RingEnded,
    RingOutcome,
    TelephonyEvent,
)
from routing.ids import AgentId, CallId, LegId, OfferId, StationId
from tests.support.playbook import MAIN

PHONE = StationId("aanna")
CALL = CallId("main:1.1")
OTHER = CallId("main:1.2")
LEG = LegId("main:1.11")
LEG2 = LegId("main:1.12")
ANNA, BORIS, VERA = AgentId("anna"), AgentId("boris"), AgentId("vera")
NUMBER = "+79161234567"


def offer(number: int, call: CallId = CALL) -> OfferId:
    return OfferId(f"{call}/{number}")


def arrived(call: CallId = CALL, dialled: str = "100") -> CallArrived:
    return CallArrived(MAIN, call, NUMBER, "Ivan", dialled)


def held(call: CallId = CALL, attempt: int = 0, dialled: str = "100") -> CallHeld:
    return CallHeld(MAIN, call, dialled, attempt)


def rings(agent: str, call: CallId = CALL, leg: LegId = LEG) -> tuple[TelephonyEvent, ...]:
    return (LegStarted(MAIN, call, leg, StationId(f"a{agent}")), LegRinging(MAIN, call, leg))


def answers(call: CallId = CALL, leg: LegId = LEG) -> tuple[TelephonyEvent, ...]:
    return (
        RingEnded(MAIN, call, leg, RingOutcome.ANSWERED),
        LegBridged(MAIN, call, leg, "b1"),
        LegBridged(MAIN, call, LegId(call), "b1"),
    )


def fails(
    agent: str, outcome: RingOutcome, attempt: int, call: CallId = CALL, leg: LegId = LEG
) -> tuple[TelephonyEvent, ...]:
    return (
        RingEnded(MAIN, call, leg, outcome),
        LegEnded(MAIN, call, leg, 0),
        DialFinished(MAIN, call, StationId(f"a{agent}"), outcome, 0),
        held(call, attempt),
    )


def caller_gone(call: CallId = CALL) -> LegEnded:
    return LegEnded(MAIN, call, LegId(call), 16)


def caller_hangs_up(call: CallId = CALL, leg: LegId = LEG) -> tuple[TelephonyEvent, ...]:
    """The caller's hang-up may come before the agent's leaving the bridge."""
    return (caller_gone(call), LegUnbridged(MAIN, call, leg, "b1"), LegEnded(MAIN, call, leg, 16))


def found(
    phase: CallPhase, *legs: FoundLeg, call: str = CALL, attempt: int = 0, age: float = 10.0
) -> FoundCall:
    return FoundCall(CALL if call == CALL else OTHER, NUMBER, "Ivan", "100", phase, attempt, age, legs)


def leg(*, bridged: bool, leg_id: LegId = LEG) -> FoundLeg:
    return FoundLeg(leg_id, PHONE, bridged, "b1" if bridged else None)
