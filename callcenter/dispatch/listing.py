"""One listing of a server while it is compared with our picture (see ``reconcile``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from callcenter.calls.entities import Call, Server
from callcenter.calls.facts import Healed, Healing
from callcenter.dispatch import promises, quarantine
from callcenter.dispatch.desk import Desk
from routing.ids import CallId, LegId


class Listing:
    """``sure`` after a (re)connect. ``noted`` are the differences for the next listing to confirm."""

    def __init__(self, desk: Desk, server: Server, *, sure: bool, blind_from: float | None) -> None:
        self.desk = desk
        self.server = server
        self.sure = sure
        self.blind_from = blind_from
        self.noted: dict[tuple[str, str], tuple[float, int]] = {}

    def agrees(self, what: str, whom: str, revision: int) -> bool:
        """Whether a difference may be healed now; if not yet, it is noted for the next listing."""
        if self.sure:
            return True
        key, now = (what, whom), self.desk.now
        seen = self.server.suspicions.get(key)
        if seen is None or seen[1] != revision:
            self.noted[key] = (now, revision)
            return False
        if now - seen[0] < self.desk.options.audit_recheck / 2:
            self.noted[key] = seen
            return False
        return True

    def healed(self, what: Healing, call: CallId, leg: LegId | None = None) -> None:
        self.desk.say(Healed(self.desk.now, self.server.id, what, call, leg))

    def moved(self, call: Call, where: str, adopted: bool) -> bool:
        """Whether the call may be moved to where Asterisk has it; says so. Nobody gets there whose phone
        still rings."""
        if not adopted:
            if not self.agrees(f"call {where}", call.id, call.revision):
                return False
            self.healed(Healing.CALL_MOVED, call.id)
        promises.client_is_there(self.desk, call)
        return True


@contextmanager
def one_call(desk: Desk, call: CallId) -> Iterator[None]:
    """A rule that breaks on one call must not keep the others from being compared."""
    try:
        yield
    except Exception as error:
        quarantine.take_out(desk, call, "listing", error)
