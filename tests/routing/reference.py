"""The engine's rule as a plain scan: every pair of a waiting call and a free agent is scored, the best is
made, and all are scored again. Slow, and short enough to be believed."""

from __future__ import annotations

import math

from routing.acd.crew import MOST_GROUPS, OFFLINE
from routing.acd.demand import Demand
from routing.acd.gates import Profile, gate_of, passes, skill_levels, widest
from routing.acd.matching import is_overdue
from routing.acd.model import MOST_RUNG, Agent, Queue, RoutingPlan, Strategy, Work
from routing.acd.queue import Pool, Tie, WaitingCall
from routing.acd.scoring import PREFERRED, Score, settings_of, urgency
from routing.acd.strategy import Record, order, place_on_circle
from routing.ids import AgentId, CallId, QueueId, StationId


class Reference:
    def __init__(self, reoffer_after: float = 10.0, seed: int = 0) -> None:
        self.demand = Demand()
        self.reoffer_after, self.seed = reoffer_after, seed
        self.calls: dict[CallId, WaitingCall] = {}
        self.pools: dict[AgentId, tuple[Pool, ...]] = {}
        self.idle: dict[AgentId, float] = {}
        self.records: dict[AgentId, Record] = {}
        self.queues: dict[QueueId, Queue] = {}
        self.agents: dict[AgentId, Agent] = {}
        self.serving: dict[AgentId, QueueId] = {}
        self.given: dict[CallId, AgentId] = {}
        self.groups: dict[Pool, set[frozenset[QueueId]]] = {}
        self.words: dict[AgentId, str] = {}
        self.now = 0.0

    def configure(self, plan: RoutingPlan, now: float) -> None:
        self.now = max(self.now, now)
        self.queues |= {queue.id: queue for queue in plan.queues}
        for agent in self.agents.keys() - {agent.id for agent in plan.agents} - self.pools.keys():
            self.records.pop(agent, None)
        kept = {agent: one for agent, one in self.agents.items() if agent in self.pools}
        self.agents = kept | {agent.id: agent for agent in plan.agents}

    def queue(self, queue: QueueId) -> Queue:
        return self.queues.get(queue) or Queue(queue, queue, ())

    def agent(self, agent: AgentId) -> Agent:
        return self.agents.get(agent) or Agent(agent, agent, StationId(""), ())

    def wait(self, call: WaitingCall, now: float) -> None:
        self.now = max(self.now, now)
        self.leave(call.call)
        self.calls[call.call] = call
        self.demand.waiting[call.pool.queue] = self.demand.waiting.get(call.pool.queue, 0) + 1
        agent = self.given.pop(call.call, None)
        if agent in self.records:
            self.records[agent].calls -= 1
            self.records[agent].given = None

    def leave(self, call: CallId) -> None:
        known = self.calls.pop(call, None)
        if known is not None:
            self.demand.waiting[known.pool.queue] -= 1

    def group(self, agent: AgentId) -> frozenset[QueueId]:
        return frozenset(pool.queue for pool in self.pools[agent])

    def occupy(self, agent: AgentId, now: float) -> None:
        del self.idle[agent]
        if agent in self.records:  # who signs out has none any more
            self.records[agent].turn(now, busy=True)
        for queue in self.group(agent):
            self.demand.free[queue] -= 1

    def place(
        self, agent: AgentId, pools: tuple[Pool, ...], idle: float | None, *, now: float, why: str = ""
    ) -> None:
        self.now = max(self.now, now)
        if why:
            self.words[agent] = why
        elif idle is not None:
            self.words.pop(agent, None)
        if why == OFFLINE and (gone := self.records.pop(agent, None)) and gone.given:
            self.given.pop(gone.given, None)
        if idle is not None or not pools:
            self.serving.pop(agent, None)
        idle = idle if pools else None
        if self.pools.get(agent, ()) == pools and self.idle.get(agent) == idle:
            return
        if agent in self.idle:
            self.occupy(agent, self.now)
        if not pools:
            before = self.pools.pop(agent, ())
            if agent in self.records and not self.records[agent].absent:
                self.records[agent].go(self.now, self.usual_load(before))
            return
        if agent not in self.records:
            self.records[agent] = Record(self.now, self.usual_load(pools) or 0.0)
        elif self.records[agent].absent:
            self.records[agent].come(self.now, self.usual_load(pools))
        self.pools[agent] = pools
        record = self.records[agent]
        for pool in pools:
            self.groups.setdefault(pool, set()).add(self.group(agent))
        if idle is None:
            if not record.busy:
                record.turn(self.now, busy=True)
            return
        record.turn(idle)
        self.idle[agent] = idle
        for queue in self.group(agent):
            self.demand.free[queue] = self.demand.free.get(queue, 0) + 1

    def usual_load(self, pools: tuple[Pool, ...]) -> float | None:
        others = [one for one, theirs in self.pools.items() if pools and pools[0] in theirs]
        alike = [one for one in others if self.pools[one] == pools] or others
        loads = [self.records[one].load_at(self.now) for one in alike]
        return math.fsum(loads) / len(loads) if loads else None

    def decide(self, now: float) -> list[tuple[CallId, AgentId]]:
        now = self.now = max(self.now, now)
        made = []
        while pairs := [pair for call in self.calls.values() for pair in self.pairs(call, now)]:
            *_, (_, call, agent) = min(pairs)
            made.append((call, agent))
            queue = self.queue(self.calls[call].pool.queue)
            if queue.strategy is Strategy.RING_ALL and self.calls[call].work is Work.INBOUND:
                self.take(agent, queue.id, now)
                for _ in range(MOST_RUNG - 1):
                    if not (pairs := self.pairs(self.calls[call], now)):
                        break
                    *_, (_, _, agent) = min(pairs)
                    made.append((call, agent))
                    self.take(agent, queue.id, now)
                self.leave(call)
            else:
                self.leave(call)
                self.take(agent, queue.id, now)
                self.credit(call, agent)
        return made

    def take(self, agent: AgentId, queue: QueueId, now: float) -> None:
        self.occupy(agent, now)
        self.records[agent].offered[queue] = now
        self.serving[agent] = queue

    def credit(self, call: CallId, agent: AgentId) -> None:
        record = self.records[agent]
        if record.given is not None:
            self.given.pop(record.given, None)
        record.calls, record.given = record.calls + 1, call
        self.given[call] = agent

    def answered(self, call: CallId, agent: AgentId) -> None:
        if agent in self.pools and self.given.get(call) != agent:
            self.credit(call, agent)

    def is_there(self, agent: AgentId) -> bool:
        return agent in self.pools or self.words.get(agent, OFFLINE) != OFFLINE

    def profile(self, agent: AgentId) -> Profile:
        one = self.agent(agent)
        return Profile(one.skills, one.work)

    def pairs(self, call: WaitingCall, now: float) -> list[tuple]:  # type: ignore[type-arg]
        """All that may be made now, the best the smallest."""
        queue = self.queue(call.pool.queue)
        engaged = sum(queue.id == served for served in self.serving.values())
        if queue.most_at_once is not None and engaged >= queue.most_at_once:
            return []
        scoring, declined = settings_of(queue), dict(call.declined)
        gate = gate_of(call, queue, now)
        wide = widest(gate, queue)
        promisers = {one.agent for one in call.preferred if one.kind is Tie.PROMISED} - declined.keys()
        members = [agent for agent, pools in self.pools.items() if call.pool in pools]
        able = members + [agent for agent in self.pools if agent in promisers and agent not in members]
        liked = {one.agent for one in call.preferred} - declined.keys()
        kept = any(
            one.until > now
            and one.agent in liked
            and (
                self.is_there(one.agent)
                if one.agent in promisers
                else one.agent in able and passes(self.profile(one.agent), wide, queue)
            )
            for one in call.preferred
        )
        overdue = is_overdue(call, scoring.longest_wait, now)
        worth = self.demand.worth(queue.id) * call.value
        how = urgency(scoring, worth, max(0.0, now - call.since), queue.service_level_seconds)
        mixed = len(self.groups.get(call.pool, ())) > MOST_GROUPS
        pairs, ripe = [], []
        for agent in able:
            if agent not in self.idle:
                continue
            his = agent in promisers
            if not his and not passes(self.profile(agent), wide if agent in liked else gate, queue):
                continue
            if kept and agent not in liked:
                continue
            one, group = self.agent(agent), self.group(agent)
            levels = skill_levels(self.profile(agent).levels, (*queue.preferred, *gate.liked))
            spare = self.demand.usual_spare if mixed else self.demand.spare
            score = Score(
                how.need,
                how.promise,
                how.ageing,
                {leaning.queue: leaning.weight for leaning in one.weights}.get(queue.id, 1.0),
                scoring.skill * levels / 10.0,
                PREFERRED if agent in liked else 0.0,
                scoring.spare * spare(group, queue.id) if scoring.spare and len(group) > 1 else 0.0,
            )
            first, second = order(
                queue.strategy, agent, self.idle[agent], self.records[agent], queue.id, self.seed
            )
            if queue.strategy is Strategy.RANDOM:
                first = (first - place_on_circle(f"{self.seed}/{call.call}")) % 1.0
            fit = score.skill - score.spare if mixed else score.skill
            rank = (0, call.since, 0.0) if overdue else (1, -float(call.priority), -score.total)
            pair = (
                *rank,
                call.since,
                call.call,
                -score.total,
                (-fit, first, second, agent),
                (0, call.call, agent),
            )
            if agent in declined:
                ripe.append((declined[agent] + self.reoffer_after, agent, pair))
            elif overdue or his or not self.reserved(queue, how.total, group):
                pairs.append(pair)
        if not pairs and ripe and not kept:
            here = [agent for agent in members if passes(self.profile(agent), gate, queue)]
            if all(agent in declined for agent in here):
                at, _, pair = min(ripe)
                if at <= now:
                    return [pair]
        return pairs

    def reserved(self, queue: Queue, urgent: float, group: frozenset[QueueId]) -> bool:
        spare = settings_of(queue).spare
        return bool(spare and self.demand.reserved_for(group, queue.id, urgent / spare))
