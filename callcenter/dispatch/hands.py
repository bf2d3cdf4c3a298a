"""Raised hands: an agent asks a supervisor for help, and either of them lowers it again."""

from __future__ import annotations

from callcenter.calls.chat_facts import HandLowered, HandRaised
from callcenter.calls.chat_requests import LowerHand, RaiseHand
from callcenter.calls.entities import Seat
from callcenter.calls.requests import Accepted, Refusal, Refused, Reply
from callcenter.calls.restored import RestoredHand
from callcenter.calls.states import AgentState
from callcenter.dispatch.desk import Desk


def raise_hand(desk: Desk, request: RaiseHand) -> Reply:
    seat = desk.seat(request.agent)
    if seat is None or seat.dismissed:
        return Refused(Refusal.UNKNOWN_AGENT, f"no agent {request.agent!r} in the routing plan")
    if seat.shown is AgentState.OFFLINE:
        return Refused(Refusal.NOT_ALLOWED_NOW, "sign in for calls first: nobody looks at who is offline")
    if seat.hand_since is not None and seat.hand_text == request.text:
        return Accepted()
    seat.hand_since = desk.now if seat.hand_since is None else seat.hand_since
    seat.hand_text = request.text
    desk.say(HandRaised(desk.now, seat.id, seat.hand_since, request.text))
    desk.touch_seat(seat)
    return Accepted()


def lower_hand(desk: Desk, request: LowerHand) -> Reply:
    seat = desk.seat(request.agent)
    if seat is None:
        return Refused(Refusal.UNKNOWN_AGENT, f"no agent {request.agent!r} in the routing plan")
    lower(desk, seat, request.by)
    return Accepted()


def lower(desk: Desk, seat: Seat, by: str) -> None:
    if seat.hand_since is None:
        return
    seat.hand_since, seat.hand_text = None, ""
    desk.say(HandLowered(desk.now, seat.id, by))
    desk.touch_seat(seat)


def restore(desk: Desk, known: RestoredHand) -> None:
    """A hand that was up when the process before wrote last."""
    seat = desk.seat(known.agent)
    if seat is not None:
        seat.hand_since, seat.hand_text = known.since, known.text
        desk.touch_seat(seat)
