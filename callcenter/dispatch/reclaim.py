"""Fetching callers back from Asterisk's own fallback queue."""

from __future__ import annotations

from callcenter.calls.entities import Call
from callcenter.calls.states import CallState
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.timers import TimerKind
from callcenter.telephony.commands import Hold


def soon(desk: Desk, call: Call) -> None:
    """Fetch the caller back, at most once in ``reclaim_interval``: when our heartbeat doesn't reach Asterisk,
    hold throws the caller out again at once, and the two would chase each other. By the time of a later try
    somebody may have answered there, so it begins with a listing (see ``reconcile``)."""
    last = call.reclaimed_at
    at = desk.now if last is None else max(desk.now, last + desk.options.reclaim_interval)
    if at <= desk.now:
        now(desk, call)
    else:
        desk.timers.set(TimerKind.RECLAIM, call.id, at)


def now(desk: Desk, call: Call) -> None:
    """Send the command if the caller is still there and the server listens."""
    if call.state is CallState.FALLBACK and desk.floor.is_up(call.server) and not call.quarantined:
        call.reclaimed_at = desk.now
        desk.do(Hold(call.server, call.id))
