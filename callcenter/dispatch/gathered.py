"""What everyone sees (colleagues and queues), gathered: at most one message in a while for all that changed.

Everyone signed in sees every colleague's state and every queue's numbers, so that each change goes to all. A
site of a thousand agents changes hundreds of states a second in a rush; sent one by one they would flood a
thousand browsers. So changes are gathered for ``PERIOD`` seconds, longer on a larger site, and of each thing
only the last is sent, and only if it shows: an offer that came and went within is never seen. The first
change waits as well: it is mostly a call that comes, and then the screens have a card to paint first.
"""

from __future__ import annotations

from callcenter.calls.floor import Floor
from callcenter.calls.projection import Shown, project
from callcenter.calls.views import colleague_key
from routing.ids import AgentId

PERIOD = 0.5
"""Seconds from a change to the message that tells it, on a small site. Each is a frame that every page draws,
also the one that has a card to paint."""
_AGENTS_A_SECOND = 500
"""Agents for which that time grows by a second."""


class Gathered:
    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._touched: dict[str, None] = {}
        self._shown: dict[str, Shown] = {}
        self._since = 0.0

    def takes(self, key: str, now: float) -> bool:
        """This entity changed. True when it is told here and nowhere else; of an agent his own people are
        told more, and at once."""
        kind, _, name = key.partition("/")
        told = colleague_key(AgentId(name)) if kind == "agent" else key
        if kind not in ("agent", "queue"):
            return False
        if not self._touched:
            self._since = now
        self._touched[told] = None
        return told == key

    @property
    def due_at(self) -> float | None:
        """When ``take`` has something to give; ``None`` while nothing changed. What a new process shows
        first, it shows at once: it is all that there is."""
        if not self._touched:
            return None
        if not self._shown:
            return self._since
        return self._since + max(PERIOD, len(self._floor.seats) / _AGENTS_A_SECOND)

    def take(self, now: float) -> list[Shown]:
        """What is to be shown anew, once it is time; only what differs from the last that was shown."""
        due = self.due_at
        if due is None or now < due:
            return []
        news: list[Shown] = []
        for shown in project(self._floor, self._touched):
            if shown == self._shown.get(shown.key) or (shown.view is None and shown.key not in self._shown):
                continue
            news.append(shown)
            self._shown[shown.key] = shown
            if shown.view is None:
                del self._shown[shown.key]
        self._touched.clear()
        return news
