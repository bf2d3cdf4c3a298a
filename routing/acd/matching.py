"""The best agent for the head of a lane, by the one score; and who is kept for whom.

The order between matches: calls that waited longer than their bound first, the oldest of them first; then the
higher priority; then the higher score; then the longer wait; then ids. Nothing depends on the order of a set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import merge
from math import inf
from typing import TypeAlias

from routing.acd.crew import Crew, Hand, Shelf, Tray
from routing.acd.lines import Key, Lane, Lines
from routing.acd.model import Queue
from routing.acd.queue import WaitingCall
from routing.acd.scoring import PREFERRED, Score, Urgency, reaches, settings_of, urgency
from routing.acd.strategy import Entry
from routing.ids import AgentId, CallId, QueueId

Rank: TypeAlias = tuple[int, float, float, float, CallId, float, Entry]
Offer: TypeAlias = tuple[float, Entry, float, float]
"""(minus the total, the entry, the weight, the bonus of a preferred agent); the smallest is the best."""


SOONEST = 0.1
"""Seconds before a held call is looked at again for its wait alone; rounding must not make a busy loop."""


@dataclass(slots=True)
class Pair:
    rank: Rank
    call: WaitingCall
    hand: Hand
    score: Score
    overdue: bool
    shelf: Shelf


@dataclass(slots=True)
class Found:
    """The best match, or why there is none: ``held`` are free agents kept for a queue, ``again`` is when to
    look again though nothing changed, ``full`` says that the queue has as many agents as it may."""

    pair: Pair | None = None
    held: dict[AgentId, QueueId] = field(default_factory=dict)
    again: float | None = None
    full: bool = False


class Matcher:
    def __init__(self, crew: Crew, lines: Lines, reoffer_after: float) -> None:
        self._crew = crew
        self._lines = lines
        self._reoffer_after = reoffer_after

    def best(self, lane: Lane, now: float) -> Found:
        """For the head of a lane that is not empty."""
        return self.best_for(self._lines.calls[lane.calls[0][1]], lane.key, now)

    def best_for(self, call: WaitingCall, key: Key, now: float) -> Found:
        """For a call as if it were the head of its lane of that key."""
        queue = self._crew.queue(call.pool.queue)
        found = Found(full=self.is_full(queue))
        if found.full:
            return found
        shelf = self._crew.shelf(call.pool, key.gate)
        how = self.urgency(call, queue, now)
        if not key.person:
            self._find(call, queue, shelf, how, now, self.offers(call, shelf, how), found)
            return found
        hand = self._crew.hands.get(key.person)
        if hand is None or hand.idle_since is None:
            return found
        if call.is_promised_by(hand.id):
            may = any(pool.server == call.pool.server for pool in hand.pools)
        else:
            may = call.pool in hand.pools and shelf.admits(hand.profile)
        if may:
            offer = self._offer(call, shelf, how, hand, PREFERRED)
            self._find(call, queue, shelf, how, now, iter((offer,)), found)
        return found

    def is_still_best(self, pair: Pair) -> bool:
        """Whether the agent of a match found a moment ago has not come to be reserved since. All else that
        it depends on touches the lane."""
        call, agent = pair.call, pair.hand.id
        if pair.overdue or agent in dict(call.declined) or call.is_promised_by(agent):
            return True
        queue = self._crew.queue(pair.call.pool.queue)
        score = pair.score
        how = Urgency(score.need, score.promise, score.ageing)
        return self.reserved_for(queue, how, pair.hand) is None

    def is_full(self, queue: Queue) -> bool:
        return queue.most_at_once is not None and self._crew.engaged.get(queue.id, 0) >= queue.most_at_once

    def urgency(self, call: WaitingCall, queue: Queue, now: float) -> Urgency:
        worth = self._crew.demand.worth(queue.id) * call.value
        return urgency(settings_of(queue), worth, max(0.0, now - call.since), queue.service_level_seconds)

    def reserved_for(self, queue: Queue, how: Urgency, hand: Hand) -> tuple[QueueId, float] | None:
        """The queue that the free agent is kept for, rather than given a call of this one, and the urgency
        at which the call would get him."""
        spare = settings_of(queue).spare
        if not spare:
            return None
        kept = self._crew.demand.reserved_for(hand.group, queue.id, how.total / spare)
        return None if kept is None else (kept[0], kept[1] * spare)

    def offers(self, call: WaitingCall, shelf: Shelf, how: Urgency) -> Iterator[Offer]:
        """The shelf's free agents, refusals regardless, the best first."""
        liked = {one.agent for one in call.preferred}
        streams = [
            _stream(how.total, tray[0], self._apart(tray, shelf), entries, liked)
            for tray, entries in shelf.in_order(call.call, self._crew.seed)
        ]
        if liked:
            refused = {agent for agent, _ in call.declined}
            free = (self._crew.hands.get(agent) for agent in liked)
            streams.append(
                iter(
                    sorted(
                        self._offer(call, shelf, how, hand, 0.0 if hand.id in refused else PREFERRED)
                        for hand in free
                        if hand is not None and shelf in hand.slots
                    )
                )
            )
        return streams[0] if len(streams) == 1 else merge(*streams)

    def score(self, shelf: Shelf, how: Urgency, hand: Hand, weight: float, bonus: float) -> Score:
        skill, spare = shelf.skill(hand.profile), self._crew.spare(hand.group, shelf)
        return Score(how.need, how.promise, how.ageing, weight, skill, bonus, spare)

    def _offer(self, call: WaitingCall, shelf: Shelf, how: Urgency, hand: Hand, bonus: float) -> Offer:
        tray, entry = self._crew.entry(hand, shelf, call.call)
        return (_minus(how.total, tray[0], entry, self._apart(tray, shelf), bonus), entry, tray[0], bonus)

    def _apart(self, tray: Tray, shelf: Shelf) -> float:
        """What the tray's agents are worth elsewhere, as far as their entries don't have it."""
        return 0.0 if shelf.mixed else self._crew.spare(tray[1], shelf)

    def _find(
        self,
        call: WaitingCall,
        queue: Queue,
        shelf: Shelf,
        how: Urgency,
        now: float,
        offers: Iterator[Offer],
        found: Found,
    ) -> None:
        scoring = settings_of(queue)
        overdue = is_overdue(call, scoring.longest_wait, now)
        declined = dict(call.declined)
        ripe: list[tuple[float, AgentId, Offer]] = []
        least = inf
        for offer in offers:
            hand = self._crew.hands[offer[1][3]]
            his = overdue or call.is_promised_by(hand.id)
            kept = None if his else self.reserved_for(queue, how, hand)
            if hand.id in declined:
                ripe.append((declined[hand.id] + self._reoffer_after, hand.id, offer))
            elif kept is not None:
                found.held[hand.id] = kept[0]
                least = min(least, kept[1])
            else:
                found.pair = self._pair(call, shelf, how, overdue, offer)
                return
        if ripe and not self._somebody_left(shelf, declined):
            at, _, offer = min(ripe)
            if at <= now:
                found.pair = self._pair(call, shelf, how, overdue, offer)
                return
            found.again = at
        if found.held:
            # A wait that grows dearer may come to outweigh what they are kept for; never before this moment.
            promised = queue.service_level_seconds
            again = call.since + reaches(scoring, how.need, max(0.0, now - call.since), promised, least)
            if scoring.longest_wait:
                again = min(again, call.since + scoring.longest_wait)
            if again < inf:
                again = max(again, now + SOONEST)
                found.again = again if found.again is None else min(again, found.again)

    def _somebody_left(self, shelf: Shelf, declined: dict[AgentId, float]) -> bool:
        """Whether an agent who may take the call, free or busy, hasn't refused it."""
        members = self._crew.members.get(shelf.pool, {})
        refused = sum(agent in members and shelf.admits(members[agent].profile) for agent in declined)
        return shelf.able > refused

    def _pair(self, call: WaitingCall, shelf: Shelf, how: Urgency, overdue: bool, offer: Offer) -> Pair:
        minus, entry, weight, bonus = offer
        hand = self._crew.hands[entry[3]]
        late, first, second = (0, call.since, 0.0) if overdue else (1, -float(call.priority), minus)
        rank = (late, first, second, call.since, call.call, minus, entry)
        return Pair(rank, call, hand, self.score(shelf, how, hand, weight, bonus), overdue, shelf)


def is_overdue(call: WaitingCall, longest_wait: int, now: float) -> bool:
    return longest_wait > 0 and call.since + longest_wait <= now


def _minus(urgent: float, weight: float, entry: Entry, spare: float, bonus: float) -> float:
    """Minus ``Score.total``, to the last bit."""
    return -(urgent * weight + (-entry[0] - spare) + bonus)


def _stream(
    urgent: float, weight: float, spare: float, entries: Iterator[Entry], without: set[AgentId]
) -> Iterator[Offer]:
    for entry in entries:
        if entry[3] not in without:
            yield (_minus(urgent, weight, entry, spare, 0.0), entry, weight, 0.0)
