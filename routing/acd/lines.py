"""Waiting calls in lanes: all calls of a lane have the same chances with every agent, so that only its head,
who waited longest, is ever scored.

A call stands in one open lane (its queue, gate, priority, value), and in one lane of each agent it prefers,
where he looks first. While it is kept for a preferred agent it stands in no open lane. A call that somebody
refused has an open lane to itself.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING, NamedTuple

from routing.acd.crew import Crew
from routing.acd.gates import Gate, gate_of, passes, widest
from routing.acd.queue import Pool, Preferred, Tie, WaitingCall
from routing.ids import AgentId, CallId

if TYPE_CHECKING:
    from routing.acd.matching import Pair


class Key(NamedTuple):
    """``solo`` is the call that was refused, ``person`` the preferred agent; empty for others."""

    pool: Pool
    gate: Gate
    priority: int
    value: float
    solo: CallId = CallId("")
    person: AgentId = AgentId("")


class Lane:
    """``pair`` is the match held ready for the head, ``version`` tells it from older ones."""

    __slots__ = ("calls", "key", "pair", "version")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.calls: list[tuple[float, CallId]] = []
        self.version = 0
        self.pair: Pair | None = None


class Lines:
    """All waiting calls and their lanes. A lane without calls is none."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self.calls: dict[CallId, WaitingCall] = {}
        self.behind: dict[Pool, dict[Gate, dict[Key, Lane]]] = {}
        """The open lanes."""
        self.personal: dict[AgentId, dict[Key, Lane]] = {}
        self.fans: dict[AgentId, dict[CallId, None]] = {}
        """The calls that prefer an agent, in lanes or not."""
        self._where: dict[CallId, tuple[Lane, ...]] = {}

    def add(self, call: WaitingCall, now: float) -> tuple[Lane, ...]:
        """The call must not be there."""
        self.calls[call.call] = call
        for preferred in call.preferred:
            self.fans.setdefault(preferred.agent, {})[call.call] = None
        lanes = tuple(self._lane(key) for key in self.keys(call, now))
        for lane in lanes:
            insort(lane.calls, (call.since, call.call))
        self._where[call.call] = lanes
        return lanes

    def remove(self, call: WaitingCall) -> tuple[Lane, ...]:
        """The lanes it stood in."""
        del self.calls[call.call]
        lanes = self._where.pop(call.call)
        for lane in lanes:
            del lane.calls[bisect_left(lane.calls, (call.since, call.call))]
            if not lane.calls:
                self._discard(lane)
        for preferred in call.preferred:
            fans = self.fans.get(preferred.agent)
            if fans is not None:
                fans.pop(call.call, None)
                if not fans:
                    del self.fans[preferred.agent]
        return lanes

    def moved(self, call: WaitingCall, now: float) -> bool:
        """Whether the call belongs to other lanes than it stands in."""
        return tuple(lane.key for lane in self._where[call.call]) != tuple(self.keys(call, now))

    def of(self, call: CallId) -> tuple[Lane, ...]:
        return self._where[call]

    def keys(self, call: WaitingCall, now: float) -> list[Key]:
        queue = self._crew.queue(call.pool.queue)
        gate = gate_of(call, queue, now)
        refused = {agent for agent, _ in call.declined}
        keys = []
        if not self.kept_for(call, now):
            keys.append(Key(call.pool, gate, call.priority, call.value, call.call if refused else CallId("")))
        people = dict.fromkeys(one.agent for one in call.preferred if one.agent not in refused)
        wide = widest(gate, queue)
        keys += [Key(call.pool, wide, call.priority, call.value, person=person) for person in people]
        return keys

    def kept_for(self, call: WaitingCall, now: float) -> list[Preferred]:
        """The preferred agents whom others have to let go first. Nobody waits for one who is not signed in,
        can't take the call at all, or refused it. In a pause only who has promised it is waited for."""
        waiting = [one for one in call.preferred if one.until > now]
        if not waiting:
            return []
        queue = self._crew.queue(call.pool.queue)
        wide = widest(gate_of(call, queue, now), queue)
        members = self._crew.members.get(call.pool, {})
        refused = {agent for agent, _ in call.declined}
        return [
            one
            for one in waiting
            if one.agent not in refused
            and (
                self._crew.is_there(one.agent)
                if one.kind is Tie.PROMISED
                else one.agent in members and passes(members[one.agent].profile, wide, queue)
            )
        ]

    def find(self, key: Key) -> Lane | None:
        if key.person:
            return self.personal.get(key.person, {}).get(key)
        return self.behind.get(key.pool, {}).get(key.gate, {}).get(key)

    def _lane(self, key: Key) -> Lane:
        if key.person:
            lanes = self.personal.setdefault(key.person, {})
        else:
            lanes = self.behind.setdefault(key.pool, {}).setdefault(key.gate, {})
        lane = lanes.get(key)
        if lane is None:
            lane = lanes[key] = Lane(key)
        return lane

    def _discard(self, lane: Lane) -> None:
        key = lane.key
        if key.person:
            personal = self.personal[key.person]
            del personal[key]
            if not personal:
                del self.personal[key.person]
            return
        gates = self.behind[key.pool]
        del gates[key.gate][key]
        if not gates[key.gate]:
            del gates[key.gate]
            if not gates:
                del self.behind[key.pool]
