"""Moves of controlled conversations, in the order that a real Asterisk tells them."""

from __future__ import annotations

from typing import Any

from callcenter.telephony.events import (
    CallParked,
    ConsultEnded,
    LegBridged,
    LegEnded,
    LegRinging,
    LegStarted,
    LegUnbridged,
    OutsideLegStarted,
    RingEnded,
    RingOutcome,
    TelephonyEvent,
)
from routing.acd.model import Queue
from routing.ids import LegId, QueueId, StationId
from tests.dispatch.scenes import CALL, LEG, answers, arrived, held, rings
from tests.support.playbook import MAIN, Playbook, plan

GUEST_LEG = LegId("main:1.21")
ROOM = "room"
SALES, TECH = QueueId("sales"), QueueId("tech")


def talking(*others: str, **queue: Any) -> Playbook:
    """Anna talks with the caller; the others are ready. ``queue``: options of the queue that he came by."""
    play = Playbook(plan("anna", *others, queues=_queues(**queue))).synced().ready("anna")
    play.when(arrived(), held(), *rings("anna"), *answers())
    return play.ready(*others)


def _queues(**options: Any) -> tuple[Queue, ...]:
    return (Queue(SALES, "Sales", ("100",), **options), Queue(TECH, "Tech", ("200",)))


def parked(*, from_dial: bool = True) -> tuple[TelephonyEvent, ...]:
    """The caller is beside the room; the agent's leg went into it with the first move."""
    moved = (LegUnbridged(MAIN, CALL, LEG, "b1"), LegBridged(MAIN, CALL, LEG, ROOM)) if from_dial else ()
    return (LegUnbridged(MAIN, CALL, LegId(CALL), "b1"), CallParked(MAIN, CALL), *moved)


def in_room(leg: LegId | None = None) -> LegBridged:
    """The caller, or this leg, entered the room."""
    return LegBridged(MAIN, CALL, LegId(CALL) if leg is None else leg, ROOM)


def guest_rings(agent: str = "boris") -> tuple[TelephonyEvent, ...]:
    return (
        LegUnbridged(MAIN, CALL, LEG, ROOM),
        LegStarted(MAIN, CALL, GUEST_LEG, StationId(f"a{agent}")),
        LegRinging(MAIN, CALL, GUEST_LEG),
    )


def number_rings(number: str) -> tuple[TelephonyEvent, ...]:
    return (
        LegUnbridged(MAIN, CALL, LEG, ROOM),
        OutsideLegStarted(MAIN, CALL, GUEST_LEG, number),
        LegRinging(MAIN, CALL, GUEST_LEG),
    )


def guest_answers() -> tuple[TelephonyEvent, ...]:
    return (
        RingEnded(MAIN, CALL, GUEST_LEG, RingOutcome.ANSWERED),
        LegBridged(MAIN, CALL, GUEST_LEG, "b2"),
        LegBridged(MAIN, CALL, LEG, "b2"),
    )


def guest_does_not(outcome: RingOutcome, agent: str | None = "boris") -> tuple[TelephonyEvent, ...]:
    station = None if agent is None else StationId(f"a{agent}")
    return (
        RingEnded(MAIN, CALL, GUEST_LEG, outcome),
        LegEnded(MAIN, CALL, GUEST_LEG, 17),
        ConsultEnded(MAIN, CALL, LEG, station, outcome, 17),
        LegBridged(MAIN, CALL, LEG, ROOM),
    )


def guest_hangs_up(agent: str = "boris") -> tuple[TelephonyEvent, ...]:
    return (
        LegUnbridged(MAIN, CALL, GUEST_LEG, "b2"),
        LegEnded(MAIN, CALL, GUEST_LEG, 16),
        ConsultEnded(MAIN, CALL, LEG, StationId(f"a{agent}"), RingOutcome.ANSWERED, 16),
        LegBridged(MAIN, CALL, LEG, ROOM),
    )


def joined(*, agent_stays: bool = True) -> tuple[TelephonyEvent, ...]:
    """The guest is brought into the room, the agent's leg follows by itself, and the caller comes."""
    comes = (
        ConsultEnded(MAIN, CALL, LEG, StationId("aboris"), RingOutcome.ANSWERED, 0),
        LegBridged(MAIN, CALL, LEG, ROOM),
    )
    return (
        LegUnbridged(MAIN, CALL, GUEST_LEG, "b2"),
        in_room(GUEST_LEG),
        *(comes if agent_stays else (LegEnded(MAIN, CALL, LEG, 16),)),
        in_room(),
    )


def agent_hangs_up() -> tuple[TelephonyEvent, ...]:
    return (LegUnbridged(MAIN, CALL, LEG, ROOM), LegEnded(MAIN, CALL, LEG, 16))
