"""The agents who are signed in, and the free among them in the order in which a call would take them.

Theory of operation. A *shelf* holds, for one queue of one server behind one gate (open rings, wanted skills,
channel of work), how many agents may take such calls and the free ones in order. It is made when the first
call stands behind that gate and kept up to date from then on, so who becomes free costs one insertion for
each shelf of his queues, and a call that looks for an agent reads the first entry. On a shelf agents are
apart by their weight for the queue, since that multiplies with the call's urgency, and by the group of
queues they serve, since what a group is worth elsewhere changes by the moment; within both, the order is the
same for every call: preferred skills, then the strategy. A queue that is served by agents of very many groups
would be long to look through; its agents stand in one order, by what their group is worth elsewhere as a
rule.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from itertools import islice
from math import fsum
from typing import TypeAlias

from routing.acd.demand import Demand
from routing.acd.gates import Gate, Profile, admits, skill_levels, ways
from routing.acd.model import Agent, Queue, SkillLevel, Strategy, Work
from routing.acd.queue import Pool
from routing.acd.scoring import settings_of
from routing.acd.strategy import Entry, Record, around, order, place_on_circle, turned
from routing.ids import AgentId, CallId, QueueId, StationId

OFFLINE = "offline"
"""The word of ``Engine.place`` at which an agent's record begins anew: he signed out."""
MOST_GROUPS = 16
"""Of one queue and server that are told apart; a queue that had more counts what they are worth as a rule."""
FEW = 16
"""Agents whose mean load a newcomer begins with."""
MOST_SHELVES = 64
"""Of one queue and server; beyond it those that no call needs are made anew when one does."""


Tray: TypeAlias = tuple[float, frozenset[QueueId]]
"""(weight, group; of a mixed shelf the empty one)"""
_MIXED: frozenset[QueueId] = frozenset()


class Hand:
    """An agent who is signed in: ready, or busy and coming back. ``idle_since`` is ``None`` while he is
    busy. Until he is ``settled`` no shelf has him."""

    __slots__ = ("group", "id", "idle_since", "pools", "profile", "record", "settled", "slots", "weights")

    def __init__(self, agent: Agent, pools: tuple[Pool, ...], profile: Profile, record: Record) -> None:
        self.id = agent.id
        self.pools = pools
        self.group = frozenset(pool.queue for pool in pools)
        self.profile = profile
        self.weights = {leaning.queue: leaning.weight for leaning in agent.weights}
        self.record = record
        self.idle_since: float | None = None
        self.settled = False
        self.slots: dict[Shelf, tuple[Tray, Entry]] = {}


class Shelf:
    """``free`` is by weight and, unless the shelf is ``mixed``, by group; ``able`` counts the busy, too."""

    __slots__ = (
        "_admitted",
        "_skill",
        "_ways",
        "able",
        "free",
        "gate",
        "mixed",
        "pool",
        "queue",
        "scoring",
    )

    def __init__(self, pool: Pool, gate: Gate, queue: Queue, mixed: bool) -> None:
        self.pool, self.gate, self.queue, self.mixed = pool, gate, queue, mixed
        self.scoring = settings_of(queue)
        self._ways = ways(self.gate, queue)
        self.able = 0
        self.free: dict[Tray, list[Entry]] = {}
        self._admitted: dict[Profile, bool] = {}
        self._skill: dict[Profile, float] = {}

    def admits(self, profile: Profile) -> bool:
        known = self._admitted.get(profile)
        if known is None:
            known = self._admitted[profile] = admits(profile, self.gate, self._ways)
        return known

    def skill(self, profile: Profile) -> float:
        """The term of the score."""
        known = self._skill.get(profile)
        if known is None:
            levels = skill_levels(profile.levels, (*self.queue.preferred, *self.gate.liked))
            known = self._skill[profile] = self.scoring.skill * levels / 10.0
        return known

    def in_order(self, call: CallId, seed: int) -> list[tuple[Tray, Iterator[Entry]]]:
        """The free agents, the best of each tray first."""
        if self.queue.strategy is Strategy.RANDOM:
            return [(tray, around(entries, call, seed)) for tray, entries in self.free.items()]
        return [(tray, iter(entries)) for tray, entries in self.free.items()]


class Crew:
    """``queues`` and ``agents`` are the settings last known of each; a removed queue keeps its own, since
    calls may still be in it."""

    def __init__(self, demand: Demand, seed: int) -> None:
        self.demand = demand
        self.seed = seed
        self.queues: dict[QueueId, Queue] = {}
        self.agents: dict[AgentId, Agent] = {}
        self.hands: dict[AgentId, Hand] = {}
        self.records: dict[AgentId, Record] = {}
        self.words: dict[AgentId, str] = {}
        """Why an agent takes no calls, as ``place`` was told."""
        self.members: dict[Pool, dict[AgentId, Hand]] = {}
        self.serving: dict[AgentId, QueueId] = {}
        """Whose call or offer an agent has, signed in or not, as far as known."""
        self.engaged: dict[QueueId, int] = {}
        """How many of them a queue has."""
        self._shelves: dict[Pool, dict[Gate, Shelf]] = {}
        self._groups: dict[Pool, set[frozenset[QueueId]]] = {}
        """Those seen so far, up to one too many."""
        self._profile_of: dict[AgentId, tuple[Agent, Profile]] = {}
        self._profiles: dict[tuple[tuple[SkillLevel, ...], tuple[Work, ...]], Profile] = {}
        self._usual_at = 0.0
        self._usual: dict[tuple[Pool, ...], float] = {}
        """Mean loads at that moment."""
        self.come_and_gone = 0
        """Sign-ins and sign-outs, ever."""
        self.built = 0
        """Agents looked at to make shelves, ever: the engine's measure of that work."""

    def queue(self, queue: QueueId) -> Queue:
        """Default settings for a queue that no plan ever named."""
        known = self.queues.get(queue)
        if known is None:
            known = self.queues[queue] = Queue(queue, queue, ())
        return known

    def agent(self, agent: AgentId) -> Agent:
        """An agent whom no plan names has no skills."""
        return self.agents.get(agent) or Agent(agent, agent, StationId(""), ())

    def is_there(self, agent: AgentId) -> bool:
        """Whether he is signed in, be it that he can take no calls now."""
        return agent in self.hands or self.words.get(agent, OFFLINE) != OFFLINE

    def note(self, agent: AgentId, why: str, *, free: bool) -> bool:
        """The word for why he takes no calls, or that there is none any more; true if he came or went."""
        before = self.is_there(agent)
        if why:
            self.words[agent] = why
        elif free:
            self.words.pop(agent, None)
        return before is not self.is_there(agent)

    def profile(self, agent: Agent) -> Profile:
        key = (agent.skills, agent.work)
        known = self._profiles.get(key)
        if known is None:
            if len(self._profiles) > 100 + 2 * len(self.agents):
                self._profiles.clear()  # those that no agent has any more are not to pile up
            known = self._profiles[key] = Profile(*key)
        return known

    # Shelves

    def shelf(self, pool: Pool, gate: Gate) -> Shelf:
        shelves = self._shelves.setdefault(pool, {})
        shelf = shelves.get(gate)
        if shelf is not None:
            return shelf
        if len(shelves) >= MOST_SHELVES:
            self._drop(next(iter(shelves.values())))
        mixed = len(self._groups.get(pool, ())) > MOST_GROUPS
        shelf = shelves[gate] = Shelf(pool, gate, self.queue(pool.queue), mixed)
        for hand in self.members.get(pool, {}).values():
            if hand.settled and shelf.admits(hand.profile):
                shelf.able += 1
                if hand.idle_since is not None:
                    tray, entry = hand.slots[shelf] = self._slot(hand, shelf)
                    shelf.free.setdefault(tray, []).append(entry)
        self.built += len(self.members.get(pool, {}))
        for entries in shelf.free.values():
            entries.sort()
        return shelf

    def known_shelf(self, pool: Pool, gate: Gate) -> Shelf | None:
        return self._shelves.get(pool, {}).get(gate)

    def shelves_of(self, pool: Pool) -> Iterable[Shelf]:
        return self._shelves.get(pool, {}).values()

    def drop_shelves(self, queue: QueueId) -> None:
        """The queue's settings changed."""
        for pool in [pool for pool in self._shelves if pool.queue == queue]:
            for shelf in tuple(self._shelves[pool].values()):
                self._drop(shelf)

    def drop_all_shelves(self) -> None:
        self._shelves.clear()
        for hand in self.hands.values():
            hand.slots.clear()

    def _drop(self, shelf: Shelf) -> None:
        for entries in shelf.free.values():
            for entry in entries:
                del self.hands[entry[3]].slots[shelf]
        del self._shelves[shelf.pool][shelf.gate]

    def _slot(self, hand: Hand, shelf: Shelf) -> tuple[Tray, Entry]:
        queue = shelf.queue
        fit = shelf.skill(hand.profile)
        if shelf.mixed:
            fit -= self.spare(hand.group, shelf)
        first, second = order(
            queue.strategy, hand.id, hand.idle_since or 0.0, hand.record, queue.id, self.seed
        )
        weight = hand.weights.get(queue.id, 1.0)
        return (weight, _MIXED if shelf.mixed else hand.group), (-fit, first, second, hand.id)

    def spare(self, group: frozenset[QueueId], shelf: Shelf) -> float:
        """The term of the score."""
        weight = shelf.scoring.spare
        if not weight or len(group) < 2:
            return 0.0
        of = self.demand.usual_spare if shelf.mixed else self.demand.spare
        return weight * of(group, shelf.queue.id)

    def entry(self, hand: Hand, shelf: Shelf, call: CallId) -> tuple[Tray, Entry]:
        """The tray and the entry that the free agent has there, or would have."""
        tray, entry = hand.slots.get(shelf) or self._slot(hand, shelf)
        if shelf.queue.strategy is Strategy.RANDOM:
            entry = turned(entry, place_on_circle(f"{self.seed}/{call}"))
        return tray, entry

    # Agents

    def sign_in(self, agent: AgentId, pools: tuple[Pool, ...], now: float) -> Hand:
        self.come_and_gone += 1
        who = self.agent(agent)
        record = self.records.get(agent)
        if record is None:
            record = self.records[agent] = Record(now, self._usual_load(pools, now) or 0.0)
        elif record.absent:
            record.come(now, self._usual_load(pools, now))
        known = self._profile_of.get(agent)
        if known is None or known[0] is not who:
            known = self._profile_of[agent] = (who, self.profile(who))
        hand = self.hands[agent] = Hand(who, pools, known[1], record)
        for pool in pools:
            self.members.setdefault(pool, {})[agent] = hand
            groups = self._groups.setdefault(pool, set())
            if len(groups) <= MOST_GROUPS and hand.group not in groups:
                groups.add(hand.group)
                if len(groups) > MOST_GROUPS:
                    for shelf in tuple(self.shelves_of(pool)):
                        self._drop(shelf)
        return hand

    def go(self, agent: AgentId, pools: tuple[Pool, ...], now: float) -> None:
        """He pauses or signs out, and was in these pools until now."""
        record = self.records.get(agent)
        if record is not None and not record.absent:
            record.go(now, self._usual_load(pools, now))

    def _usual_load(self, pools: tuple[Pool, ...], now: float) -> float | None:
        """Of those who serve the same, else of any of the first pool's; of a few, since a thousand may come
        at once."""
        if self._usual_at != now:
            self._usual_at = now
            self._usual.clear()
        if pools in self._usual:  # who joined since began with this very mean
            return self._usual[pools]
        few = list(islice(self.members.get(pools[0], {}).values(), FEW)) if pools else []
        alike = [one for one in few if one.pools == pools] or few
        usual = fsum(one.record.load_at(now) for one in alike) / len(alike) if alike else None
        if usual is not None:
            self._usual[pools] = usual
        return usual

    def settle(self, hand: Hand) -> None:
        """Let the shelves have him who signed in: most of the work of that, for whoever does it by pieces."""
        hand.settled = True
        for pool in hand.pools:
            for shelf in self.shelves_of(pool):
                shelf.able += shelf.admits(hand.profile)
        if hand.idle_since is not None:
            self._put_out(hand)

    def leave(self, hand: Hand) -> None:
        """He takes no calls of these pools any more. Must not be free."""
        self.come_and_gone += 1
        for pool in hand.pools:
            del self.members[pool][hand.id]
            if hand.settled:
                for shelf in self.shelves_of(pool):
                    shelf.able -= shelf.admits(hand.profile)
        del self.hands[hand.id]
        self._usual.clear()

    def set_free(self, hand: Hand, idle_since: float) -> None:
        hand.record.turn(idle_since)
        hand.idle_since = idle_since
        for queue in hand.group:
            self.demand.free[queue] = self.demand.free.get(queue, 0) + 1
        if hand.settled:
            self._put_out(hand)

    def _put_out(self, hand: Hand) -> None:
        for pool in hand.pools:
            for shelf in self.shelves_of(pool):
                if shelf.admits(hand.profile):
                    tray, entry = hand.slots[shelf] = self._slot(hand, shelf)
                    insort(shelf.free.setdefault(tray, []), entry)

    def set_busy(self, hand: Hand, now: float) -> None:
        if hand.idle_since is None:
            return
        hand.idle_since = None
        hand.record.turn(now, busy=True)
        for queue in hand.group:
            self.demand.free[queue] -= 1
        for shelf, (tray, entry) in hand.slots.items():
            entries = shelf.free[tray]
            del entries[bisect_left(entries, entry)]
            if not entries:
                del shelf.free[tray]
        hand.slots.clear()

    def sort_again(self, hand: Hand) -> None:
        """What his place among the free depends on changed."""
        for shelf, (tray, entry) in hand.slots.items():
            entries = shelf.free[tray]
            del entries[bisect_left(entries, entry)]
            _, entry = hand.slots[shelf] = self._slot(hand, shelf)
            insort(entries, entry)

    def serve(self, agent: AgentId, queue: QueueId | None) -> QueueId | None:
        """Note whose call he has; returns the queue that has one agent fewer by that."""
        before = self.serving.get(agent)
        if before == queue:
            return None
        if before is not None:
            self.engaged[before] -= 1
        if queue is None:
            del self.serving[agent]
        else:
            self.engaged[queue] = self.engaged.get(queue, 0) + 1
            self.serving[agent] = queue
        return before
