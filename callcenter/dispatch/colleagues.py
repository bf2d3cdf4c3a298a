"""Colleagues as everyone sees them, gathered: at most one message in a while for all that changed.

Everyone signed in sees every colleague's state, so that each change goes to all. A site of a thousand agents
changes hundreds of states a second in a rush; sent one by one they would flood a thousand browsers. So
changes are gathered for ``PERIOD`` seconds, longer on a larger site, and of each agent only the last is
sent, and only if it shows: an offer that came and went within is never seen.
"""

from __future__ import annotations

from callcenter.calls.floor import Floor
from callcenter.calls.projection import colleague_view
from callcenter.calls.views import ColleagueView, colleague_key
from routing.ids import AgentId

PERIOD = 0.5
"""Seconds between two messages, on a small site."""
_AGENTS_A_SECOND = 500
"""Agents for which the time between two messages grows by a second."""


class Colleagues:
    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._touched: dict[AgentId, None] = {}
        self._shown: dict[AgentId, ColleagueView] = {}
        self._sent_at = 0.0

    def note(self, key: str) -> None:
        """This entity changed."""
        kind, _, name = key.partition("/")
        if kind == "agent":
            self._touched[AgentId(name)] = None

    @property
    def due_at(self) -> float | None:
        """When ``take`` has something to give; ``None`` while nothing changed."""
        if not self._touched:
            return None
        return self._sent_at + max(PERIOD, len(self._floor.seats) / _AGENTS_A_SECOND)

    def take(self, now: float) -> list[str]:
        """The keys to be shown anew, once it is time; each agent whose view differs from the last shown."""
        due = self.due_at
        if due is None or now < due:
            return []
        keys: list[str] = []
        for agent in self._touched:
            seat = self._floor.seats.get(agent)
            view = None if seat is None else colleague_view(seat)
            if view == self._shown.get(agent):
                continue
            if view is None:
                del self._shown[agent]
            else:
                self._shown[agent] = view
            keys.append(colleague_key(agent))
        self._touched.clear()
        if keys:
            self._sent_at = now
        return keys
