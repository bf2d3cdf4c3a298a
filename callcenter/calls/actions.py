"""What the agent who has a call may do with it, as the floor is now (see ``calls.control.allowed``)."""

from __future__ import annotations

from callcenter.calls.control import CallAction, allowed
from callcenter.calls.entities import Call
from callcenter.calls.floor import Floor
from callcenter.calls.states import CallState, Engagement


def actions_of(floor: Floor, call: Call) -> frozenset[CallAction]:
    """Empty unless an agent talks on it, with a phone that we know of, and nothing is wrong with the call."""
    seat = None if call.agent is None else floor.seats.get(call.agent)
    talking = (
        call.state is CallState.TALKING
        and not call.quarantined
        and seat is not None
        and seat.call == call.id
        and seat.engagement is Engagement.TALKING
        and call.talk_leg is not None
        and call.talk_leg in floor.legs
    )
    return allowed(call.control, talking=talking)
