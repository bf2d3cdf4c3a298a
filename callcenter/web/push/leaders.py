"""Which of an agent's tabs leads: the one whose card counts, and whose loss is the browser's loss. Pure.

A new tab leads, for the agent opened it to work in it. A tab that merely reconnects does not: it leads
again when it led before, or when nobody does. When the leader closes, the tab that joined last of those
left leads. ``lead`` takes the lead by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from routing.ids import AgentId

_REMEMBERED = 16  # tabs an agent, closed ones included; the oldest is forgotten


@dataclass(frozen=True, slots=True)
class LeadChange:
    """``leads`` is what this connection is from now on."""

    connection: str
    leads: bool


class _Tabs:
    def __init__(self) -> None:
        self.connected: dict[str, str] = {}  # connection -> tab, in the order of joining
        self.known: dict[str, None] = {}  # tabs seen, in the order of first sight
        self.chosen: str | None = None  # the tab that ought to lead when it is there
        self.leader: str | None = None  # a connection

    def rank(self, connection: str) -> int:
        tab = self.connected[connection]
        return list(self.known).index(tab) if tab in self.known else -1


class Leaders:
    def __init__(self) -> None:
        self._of: dict[AgentId, _Tabs] = {}

    def leader(self, agent: AgentId) -> str | None:
        tabs = self._of.get(agent)
        return None if tabs is None else tabs.leader

    def leads(self, agent: AgentId, connection: str) -> bool:
        return self.leader(agent) == connection

    def join(
        self, agent: AgentId, connection: str, tab: str, *, returning: bool, led: bool
    ) -> list[LeadChange]:
        """A tab connected. ``returning`` tells that it was connected before, ``led`` that it led then."""
        tabs = self._of.setdefault(agent, _Tabs())
        fresh = tab not in tabs.known and not returning
        tabs.known.setdefault(tab)
        while len(tabs.known) > _REMEMBERED:
            del tabs.known[next(iter(tabs.known))]
        tabs.connected[connection] = tab
        if fresh or led or tabs.chosen == tab:
            return self._choose(tabs, connection)
        return self._promote(tabs, connection) if tabs.leader is None else []

    def take(self, agent: AgentId, connection: str) -> list[LeadChange]:
        """The agent works in this tab now."""
        tabs = self._of.get(agent)
        if tabs is None or connection not in tabs.connected:
            return []
        return self._choose(tabs, connection)

    def leave(self, agent: AgentId, connection: str) -> list[LeadChange]:
        """A tab's connection ended. The change of the one that left is not among those returned."""
        tabs = self._of.get(agent)
        if tabs is None or connection not in tabs.connected:
            return []
        rest = [other for other in tabs.connected if other != connection]
        led = tabs.leader == connection
        del tabs.connected[connection]
        if not led:
            return []
        tabs.leader = None
        if not rest:
            return []
        return self._promote(tabs, max(rest, key=lambda other: (tabs.rank(other), rest.index(other))))

    def _choose(self, tabs: _Tabs, connection: str) -> list[LeadChange]:
        tabs.chosen = tabs.connected[connection]
        return self._promote(tabs, connection)

    def _promote(self, tabs: _Tabs, connection: str) -> list[LeadChange]:
        if tabs.leader == connection:
            return []
        changes = [] if tabs.leader is None else [LeadChange(tabs.leader, leads=False)]
        tabs.leader = connection
        return [*changes, LeadChange(connection, leads=True)]
