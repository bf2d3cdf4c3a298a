"""Why: read from the engine's state on demand, with the very functions that decide. Costs a walk over the
agents or calls of a queue, and changes nothing that decisions depend on."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from itertools import islice

from routing.acd.crew import Crew, Hand
from routing.acd.decisions import Rung
from routing.acd.explain import (
    MOST_SHOWN,
    AgentExplanation,
    CallExplanation,
    Considered,
    Excluded,
    Idle,
    IdleReason,
    PassedOver,
    WaitsFor,
    Why,
)
from routing.acd.gates import Gate, barred, meets, next_change
from routing.acd.lines import Lane, Lines
from routing.acd.matching import Found, Matcher, Pair
from routing.acd.model import Queue
from routing.acd.queue import Tie, WaitingCall
from routing.acd.scoring import PREFERRED, settings_of
from routing.ids import AgentId, CallId, QueueId, SkillId

_COMPARED = 5
"""Runners-up in a decision."""


def ties_of(call: WaitingCall) -> dict[AgentId, Tie]:
    """What binds each preferred agent to the client, the first of several."""
    return {one.agent: one.kind for one in reversed(call.preferred)}


@dataclass(frozen=True, slots=True)
class Made:
    """What is kept of a decision, to tell those it passed over. ``total`` is the score; ``also`` are those
    who were rung besides."""

    at: float
    call: CallId
    gate: Gate
    agent: AgentId
    total: float
    also: tuple[Rung, ...] = ()


class Explainer:
    def __init__(self, crew: Crew, lines: Lines, matcher: Matcher, made: dict[QueueId, deque[Made]]) -> None:
        self._crew = crew
        self._lines = lines
        self._matcher = matcher
        self._made = made

    # A decision

    def why(self, pair: Pair, now: float) -> Why:
        """Cheap: a few heads and the shelf's counts."""
        call, shelf, crew = pair.call, pair.shelf, self._crew
        queue = crew.queue(call.pool.queue)
        how = self._matcher.urgency(call, queue, now)
        refused = {agent for agent, _ in call.declined}
        ties, kept = ties_of(call), bool(self._lines.kept_for(call, now))
        others: list[Considered] = []
        offers = self._matcher.offers(call, shelf, how)
        for _, entry, weight, bonus in islice(offers, _COMPARED + 1 + len(refused)):
            hand = crew.hands[entry[3]]
            if hand is pair.hand or hand.id in refused or len(others) == _COMPARED:
                continue
            score = self._matcher.score(shelf, how, hand, weight, bonus)
            reserve = None if pair.overdue else self._matcher.reserved_for(queue, how, hand)
            excluded = None if reserve is None else Excluded.RESERVED
            if kept and hand.id not in ties:
                excluded = Excluded.PATIENCE  # be his score the higher
            kept_for = None if reserve is None else reserve[0]
            others.append(Considered(hand.id, hand.idle_since, score, excluded, kept_for, ties.get(hand.id)))
        free = sum(len(entries) for entries in shelf.free.values())
        counts = (
            (Excluded.BUSY, shelf.able - free),
            (Excluded.SKILLS, len(crew.members.get(call.pool, ())) - shelf.able),
            (Excluded.DECLINED, len(refused)),
        )
        out = tuple((reason, count) for reason, count in counts if count > 0)
        waited = max(0.0, now - call.since)
        return Why(pair.score, waited, pair.overdue, tuple(others), out, ties.get(pair.hand.id))

    # A waiting call

    def call(self, call_id: CallId, now: float) -> CallExplanation:
        call = self._lines.calls.get(call_id)
        if call is None:
            return CallExplanation(call_id, WaitsFor.UNKNOWN)
        queue = self._crew.queue(call.pool.queue)
        lanes = [self._alone(lane, call) for lane in self._lines.of(call.call)]
        found = [self._matcher.best(lane, now) for lane in lanes]
        kept = self._lines.kept_for(call, now)
        seen = self._everybody(call, queue, lanes, now, bool(kept))
        counts = tuple(sorted(Counter(one.excluded for one in seen if one.excluded is not None).items()))
        seen.sort(key=lambda one: (one.score is None, -(one.score.total if one.score else 0.0), one.agent))
        waits_for, until, agents, queues, skills, count = self._cause(call, queue, found, seen, now)
        ahead = sum(
            other.pool == call.pool
            and (-other.priority, other.since, other.call) < (-call.priority, call.since, call.call)
            for other in self._lines.calls.values()
        )
        return CallExplanation(
            call.call, waits_for, queue.id, max(0.0, now - call.since), until, agents, queues, skills, count,
            ahead, tuple(seen[:MOST_SHOWN]), counts,
        )  # fmt: skip

    def _alone(self, lane: Lane, call: WaitingCall) -> Lane:
        """The lane as if the call were its head: those before it are served first, but they don't change what
        an agent would say to this one."""
        alone = Lane(lane.key)
        alone.calls = [(call.since, call.call)]
        return alone

    def _everybody(
        self, call: WaitingCall, queue: Queue, lanes: list[Lane], now: float, kept: bool
    ) -> list[Considered]:
        crew, how = self._crew, self._matcher.urgency(call, queue, now)
        refused = {agent for agent, _ in call.declined}
        liked = {lane.key.person: lane.key.gate for lane in lanes if lane.key.person}
        open_gate = next((lane.key.gate for lane in lanes if not lane.key.person), None)
        ties = ties_of(call)
        full = self._matcher.is_full(queue)
        seen = []
        for hand in crew.members.get(call.pool, {}).values():
            gate = liked.get(hand.id) or open_gate or lanes[0].key.gate
            reason = barred(hand.profile, gate, queue)
            score, kept_for = None, None
            if reason is None and hand.idle_since is None:
                reason = Excluded.BUSY
            if reason is None:
                shelf = crew.shelf(call.pool, gate)
                tray, _ = crew.entry(hand, shelf, call.call)
                bonus = PREFERRED if hand.id in liked else 0.0
                score = self._matcher.score(shelf, how, hand, tray[0], bonus)
                reserve = self._matcher.reserved_for(queue, how, hand)
                kept_for = None if reserve is None else reserve[0]
                if hand.id in refused:
                    reason = Excluded.DECLINED
                elif full:
                    reason = Excluded.MOST_AT_ONCE
                elif kept and hand.id not in liked:
                    reason = Excluded.PATIENCE
                elif kept_for is not None:
                    reason = Excluded.RESERVED
            seen.append(Considered(hand.id, hand.idle_since, score, reason, kept_for, ties.get(hand.id)))
        return seen

    def _cause(
        self, call: WaitingCall, queue: Queue, found: list[Found], seen: list[Considered], now: float
    ) -> tuple[WaitsFor, float | None, tuple[AgentId, ...], tuple[QueueId, ...], tuple[SkillId, ...], int]:
        """The first of the causes that hold, the nearest to a decision first."""

        def because(
            waits_for: WaitsFor,
            until: float | None = None,
            agents: tuple[AgentId, ...] = (),
            queues: tuple[QueueId, ...] = (),
            skills: tuple[SkillId, ...] = (),
            count: int = 0,
        ) -> tuple[
            WaitsFor, float | None, tuple[AgentId, ...], tuple[QueueId, ...], tuple[SkillId, ...], int
        ]:
            return waits_for, until, agents, queues, skills, count

        def those(*reasons: Excluded) -> tuple[AgentId, ...]:
            return tuple(one.agent for one in seen if one.excluded in reasons)

        if any(one.pair is not None for one in found):
            best = min(one.pair.rank for one in found if one.pair is not None)
            return because(WaitsFor.DECISION, agents=(best[-1][3],))
        widens = next_change(call, queue, now)
        if any(one.full for one in found):
            return because(WaitsFor.MOST_AT_ONCE, count=self._crew.engaged.get(queue.id, 0))
        held = {queue_id for one in found for queue_id in one.held.values()}
        again = min((one.again for one in found if one.again is not None), default=None)
        if held:
            agents = tuple(sorted({agent for one in found for agent in one.held}))
            bound = self._longest_wait(call, queue)
            return because(WaitsFor.RESERVED, bound, agents, tuple(sorted(held)))
        kept = self._lines.kept_for(call, now)
        if kept:
            return because(
                WaitsFor.PREFERRED, max(one.until for one in kept), tuple(one.agent for one in kept)
            )
        if those(Excluded.DECLINED):
            return because(WaitsFor.DECLINED, again, those(Excluded.DECLINED))
        if not seen:
            return because(WaitsFor.NOBODY_SIGNED_IN)
        if those(Excluded.BUSY):
            return because(WaitsFor.ALL_BUSY, widens, count=len(those(Excluded.BUSY)))
        if those(Excluded.RING):
            return because(WaitsFor.RING, widens, those(Excluded.RING)[:MOST_SHOWN])
        wanted = (*queue.required, *call.wanted)
        hands = self._crew.members.get(call.pool, {}).values()
        lacking = [
            skill.skill for skill in wanted if not any(meets(hand.profile.levels, (skill,)) for hand in hands)
        ]
        return because(WaitsFor.SKILLS, widens, skills=tuple(dict.fromkeys(lacking)))

    def _longest_wait(self, call: WaitingCall, queue: Queue) -> float | None:
        bound = settings_of(queue).longest_wait
        return call.since + bound if bound else None

    # An agent

    def agent(self, agent: AgentId, now: float) -> AgentExplanation:
        crew = self._crew
        hand = crew.hands.get(agent)
        if hand is None:
            return AgentExplanation(agent, (IdleReason(Idle.ABSENT, detail=crew.words.get(agent, "")),))
        if hand.idle_since is None:
            reason = IdleReason(Idle.BUSY, crew.serving.get(agent), detail=crew.words.get(agent, ""))
            return AgentExplanation(agent, (reason,))
        reasons = self._reasons(hand, now)
        return AgentExplanation(agent, tuple(reasons), hand.idle_since, self._passed_over(hand, now))

    def _reasons(self, hand: Hand, now: float) -> list[IdleReason]:
        """One for each queue of his with calls he could not be given, and where he stands in the others."""
        crew, lines = self._crew, self._lines
        refusing: Counter[tuple[QueueId, str]] = Counter()
        reserved: Counter[QueueId] = Counter()
        coming = False
        for pool in hand.pools:
            queue = crew.queue(pool.queue)
            lanes = [lane for behind in lines.behind.get(pool, {}).values() for lane in behind.values()]
            for lane in lanes:
                head = lines.calls[lane.calls[0][1]]
                reason = barred(hand.profile, lane.key.gate, queue)
                if reason is None and hand.id in dict(head.declined):
                    reason = Excluded.DECLINED
                if reason is None and self._matcher.is_full(queue):
                    reason = Excluded.MOST_AT_ONCE
                if reason is not None:
                    refusing[queue.id, reason.value] += len(lane.calls)
                    continue
                found = self._matcher.best(lane, now)
                kept = found.held.get(hand.id)
                coming |= found.pair is not None and found.pair.hand is hand
                if kept is not None:
                    reserved[kept] += len(lane.calls)
        for call in lines.calls.values() if len(lines.calls) <= 10_000 else ():
            mine = any(one.agent == hand.id for one in call.preferred)
            if call.pool in hand.pools and not mine and lines.kept_for(call, now):
                refusing[call.pool.queue, Excluded.PATIENCE.value] += 1
        reasons = [IdleReason(Idle.DECISION)] if coming else []
        reasons += [IdleReason(Idle.RESERVED, queue, count) for queue, count in sorted(reserved.items())]
        reasons += [
            IdleReason(Idle.EXCLUDED, queue, count, detail)
            for (queue, detail), count in sorted(refusing.items())
        ]
        before = self._before(hand, now)
        reasons += [IdleReason(Idle.OTHERS_FIRST, queue, count) for queue, count in before if count]
        if not reserved and not refusing and not coming:
            reasons.insert(0, IdleReason(Idle.NO_CALLS))
        return reasons

    def _before(self, hand: Hand, now: float) -> list[tuple[QueueId, int]]:
        """For each of his queues, how many free agents would take the next call before him."""
        counts: dict[QueueId, int] = {}
        for pool in hand.pools:
            for shelf in self._crew.shelves_of(pool):
                slot = hand.slots.get(shelf)
                if slot is None:
                    continue
                # As the next call would see them: of no urgency of its own yet.
                mine = (-slot[0][0], self._crew.spare(slot[0][1], shelf), slot[1])
                better = sum(
                    (-tray[0], self._crew.spare(tray[1], shelf), other) < mine
                    for tray, entries in shelf.free.items()
                    for other in entries
                )
                counts[pool.queue] = max(better, counts.get(pool.queue, 0))
        return sorted(counts.items())

    def _passed_over(self, hand: Hand, now: float) -> tuple[PassedOver, ...]:
        passed = []
        for queue_id in sorted(hand.group):
            queue = self._crew.queue(queue_id)
            for made in self._made.get(queue_id, ()):
                if hand.idle_since is None or made.at < hand.idle_since or made.agent == hand.id:
                    continue
                if any(one.agent == hand.id for one in made.also):
                    continue
                reason = barred(hand.profile, made.gate, queue)
                first = reason.value if reason is not None else self._order(hand, queue_id, made)
                passed.append(PassedOver(made.at, made.call, queue_id, made.agent, first))
        passed.sort(key=lambda one: (-one.at, one.call))
        return tuple(passed[:MOST_SHOWN])

    def _order(self, hand: Hand, queue: QueueId, made: Made) -> str:
        """By what the other came first, as far as the present tells."""
        other = self._crew.hands.get(made.agent)
        if other is None or other.weights.get(queue, 1.0) != hand.weights.get(queue, 1.0):
            return "score_lower"
        pool = next(pool for pool in hand.pools if pool.queue == queue)
        shelf = self._crew.known_shelf(pool, made.gate)
        if shelf is None:
            return "order"
        fits = [shelf.skill(one.profile) - self._crew.spare(one.group, shelf) for one in (hand, other)]
        return "order" if fits[0] == fits[1] else "score_lower"
