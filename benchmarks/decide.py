"""The cost of one routing decision, from 100 to 10,000 agents, beside a plain scan of all pairs; and the
longest time that a storm holds the core.

200 queues, 60 skills with levels, three rings each, four values of clients, 10 to 5,000 calls waiting. Nearly
all agents are busy and calls wait, as on a hard day: an agent becomes free, and is given a call; now and then
a call arrives and another gives up. A decision's cost is that of telling the change and deciding. The scan
scores every pair of a waiting call and a free agent by the same form (``_Scan``), as a router without an
index does. Sizes and routers take turns within each repeat.

Agents serve 1 to 8 queues, so 10,000 agents make 100 times the agents of 100 in every queue. Times are of the
processor, for a machine that others use, too.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from routing.acd.engine import Engine
from routing.acd.gates import Profile, gate_of, passes, skill_levels
from routing.acd.model import Agent, Queue, QueueWeight, Ring, RoutingPlan, SkillLevel
from routing.acd.need import Traffic
from routing.acd.queue import Pool, WaitingCall
from routing.acd.scoring import settings_of, urgency
from routing.ids import AgentId, CallId, QueueId, ServerId, SkillId, StationId

QUEUES, SKILLS = 200, 60
AGENTS = (100, 1_000, 10_000)
WAITING = (10, 500, 5_000)
MAIN = ServerId("main")


@dataclass
class Site:
    plan: RoutingPlan
    pools: dict[AgentId, tuple[Pool, ...]]


def site(agents: int, seed: int) -> Site:
    """The queues are the same for every number of agents."""
    chance = random.Random(seed)
    names = [QueueId(f"q{number:03}") for number in range(QUEUES)]
    skills = [SkillId(f"s{number:02}") for number in range(SKILLS)]
    queues = []
    for number, name in enumerate(names):
        skill = skills[number % SKILLS]
        queues.append(
            Queue(
                name,
                name,
                (),
                required=(SkillLevel(skill, 6),),
                rings=(Ring(20, (SkillLevel(skill, 4),)), Ring(60, (SkillLevel(skill, 2),)), Ring(120)),
                preferred=(SkillLevel(chance.choice(skills), 3),),
                value=chance.choice([1.0, 1.0, 1.0, 3.0]),
            )
        )
    chance = random.Random(seed + 1)
    people, pools = [], {}
    for number in range(agents):
        first = chance.randrange(QUEUES)
        served = sorted({names[(first + 7 * step) % QUEUES] for step in range(chance.randint(1, 8))})
        levels = tuple(SkillLevel(skill, chance.randint(1, 10)) for skill in chance.sample(skills, 30))
        weights = (QueueWeight(served[0], 2.0),) if number % 10 == 0 else ()
        agent = AgentId(f"a{number:05}")
        people.append(Agent(agent, agent, StationId(agent), tuple(served), levels, weights=weights))
        pools[agent] = tuple(Pool(MAIN, queue) for queue in served)
    return Site(RoutingPlan(tuple(queues), tuple(people), names[0]), pools)


def rates(at: Site) -> dict[QueueId, Traffic]:
    """Nine tenths of what all agents can do, spread evenly."""
    arrivals = 0.9 * len(at.pools) / 180.0 / QUEUES
    return {queue.id: Traffic(queue.value, arrivals, 180.0, 120.0) for queue in at.plan.queues}


def call(number: int, chance: random.Random, now: float) -> WaitingCall:
    pool = Pool(MAIN, QueueId(f"q{chance.randrange(QUEUES):03}"))
    waited = chance.expovariate(1 / 60)
    return WaitingCall(CallId(f"c{number}"), pool, 0, now - waited, value=chance.choice([1.0, 1.0, 2.0, 5.0]))


class _Scan:
    """Every pair scored anew for each decision: what an engine without lanes and shelves would do."""

    def __init__(self, at: Site) -> None:
        self._queues = {queue.id: queue for queue in at.plan.queues}
        self._agents = {
            agent.id: (
                Profile(agent.skills, agent.work),
                {one.queue: one.weight for one in agent.weights},
                agent,
            )
            for agent in at.plan.agents
        }
        self._free: dict[AgentId, tuple[tuple[Pool, ...], float]] = {}
        self._calls: dict[CallId, WaitingCall] = {}

    def wait(self, call: WaitingCall, now: float) -> None:
        self._calls[call.call] = call

    def leave(self, call: CallId) -> None:
        self._calls.pop(call, None)

    def place(self, agent: AgentId, pools: tuple[Pool, ...], idle: float | None, *, now: float) -> None:
        if idle is None:
            self._free.pop(agent, None)
        else:
            self._free[agent] = (pools, idle)

    def decide(self, now: float) -> list[tuple[CallId, AgentId]]:
        made = []
        while True:
            best = None
            for one in self._calls.values():
                queue = self._queues[one.pool.queue]
                for agent, (pools, idle) in self._free.items():
                    if one.pool not in pools:
                        continue
                    profile, weights, _ = self._agents[agent]
                    if not passes(profile, gate_of(one, queue, now), queue):
                        continue
                    scoring = settings_of(queue)
                    how = urgency(
                        scoring, one.value * queue.value, now - one.since, queue.service_level_seconds
                    )
                    skill = scoring.skill * skill_levels(profile.levels, queue.preferred) / 10
                    score = how.total * weights.get(queue.id, 1.0) + skill
                    pair = (-score, one.since, one.call, idle, agent)
                    if best is None or pair < best:
                        best = pair
            if best is None:
                return made
            made.append((best[2], best[4]))
            del self._calls[best[2]], self._free[best[4]]


def fill(router: Engine | _Scan, at: Site, waiting: int, chance: random.Random, now: float) -> list[CallId]:
    """Everybody signs in busy, needs are planned, calls wait."""
    if isinstance(router, Engine):
        router.configure(at.plan, now)
    for agent, pools in at.pools.items():
        router.place(agent, pools, None, now=now)
    if isinstance(router, Engine):
        settle(router, now)
        router.learn(rates(at), now, at_once=True)
    calls = [call(number, chance, now) for number in range(waiting)]
    for one in calls:
        router.wait(one, now)
    settle(router, now)
    return [one.call for one in calls]


def settle(router: Engine | _Scan, now: float) -> None:
    if isinstance(router, Engine):
        while (at := router.decide(now).retry_at) is not None and at <= now:
            pass
    else:
        router.decide(now)


def cost(router: Engine | _Scan, at: Site, waiting: int, rounds: int, seed: int) -> float:
    """Mean microseconds of a decision with the change that led to it: an agent became free and was given a
    call. The middle half of the decisions counts, since a collector of garbage may step in."""
    chance = random.Random(seed)
    now = 10_000.0
    calls = fill(router, at, waiting, chance, now)
    agents = sorted(at.pools)
    number = waiting
    spent: list[float] = []
    gc.collect()
    gc.disable()
    try:
        for turn in range(20 * rounds):
            now += 0.05
            agent = chance.choice(agents)
            began = time.process_time_ns()
            router.place(agent, at.pools[agent], now, now=now)
            made = router.decide(now)
            took = (time.process_time_ns() - began) / 1000
            given = made if isinstance(made, list) else [(one.call, one.agent) for one in made.made]
            router.place(agent, at.pools[agent], None, now=now)
            if given:
                one = call(number, chance, now)
                number += 1
                router.wait(one, now)
                settle(router, now)
                calls[calls.index(given[0][0])] = one.call
                if turn >= rounds:  # what is made once and kept is made by then
                    spent.append(took)
            if len(spent) >= rounds:
                break
    finally:
        gc.enable()
    spent.sort()
    return statistics.fmean(spent[len(spent) // 4 : max(1, 3 * len(spent) // 4)])


def cost_idle(router: Engine | _Scan, at: Site, rounds: int, seed: int) -> float:
    """The same on a quiet day: everybody is free, a call arrives and is given to the best."""
    chance = random.Random(seed)
    now = 10_000.0
    fill(router, at, 0, chance, now)
    for agent, pools in at.pools.items():
        router.place(agent, pools, now, now=now)
    settle(router, now)
    spent: list[float] = []
    gc.collect()
    gc.disable()
    try:
        warm = 12 * QUEUES if isinstance(router, Engine) else 0  # shelves are made once and kept
        for turn in range(warm + 20 * rounds):
            now += 0.05
            one = call(turn, chance, now)
            began = time.process_time_ns()
            router.wait(one, now)
            made = router.decide(now)
            took = (time.process_time_ns() - began) / 1000
            given = made if isinstance(made, list) else [(one.call, one.agent) for one in made.made]
            for _, agent in given:
                router.place(agent, at.pools[agent], now, now=now)
                if turn >= warm:
                    spent.append(took)
            router.leave(one.call)
            settle(router, now)
            if len(spent) >= rounds:
                break
    finally:
        gc.enable()
    spent.sort()
    return statistics.fmean(spent[len(spent) // 4 : max(1, 3 * len(spent) // 4)])


def storm(seed: int, agents: int = 10_000, sign_ins: int = 1_000, waiting: int = 5_000) -> dict[str, float]:
    """Milliseconds that single calls of the engine take at most, while so many sign in at once before so many
    waiting calls, the calls arrive at once, and the plan changes under them."""
    chance = random.Random(seed)
    at = site(agents, seed)
    now = 10_000.0
    engine = Engine()
    holds = {"sign_in": 0.0, "queue": 0.0, "configure": 0.0, "learn": 0.0}
    engine.configure(at.plan, now)
    for agent in sorted(at.pools)[sign_ins:]:
        engine.place(agent, at.pools[agent], None, now=now)

    def timed(name: str, what: object, *arguments: object, **named: object) -> object:
        began = time.process_time()
        result = what(*arguments, **named)  # type: ignore[operator]
        holds[name] = max(holds[name], 1000 * (time.process_time() - began))
        return result

    def drain(name: str) -> int:
        count = 0
        while True:
            decisions = timed(name, engine.decide, now)
            count += len(decisions.made)  # type: ignore[attr-defined]
            retry = decisions.retry_at  # type: ignore[attr-defined]
            if retry is None or retry > now:
                return count

    holds["collection, not frozen"] = full_collection()
    gc.freeze()
    calls = [call(number, chance, now) for number in range(waiting)]

    def arrive() -> None:
        for one in calls[:1000]:
            engine.wait(one, now)

    timed("queue", arrive)
    for one in calls[1000:]:
        engine.wait(one, now)
    drain("queue")

    def sign_in() -> None:
        for agent in sorted(at.pools)[:sign_ins]:
            engine.place(agent, at.pools[agent], now, now=now)

    timed("sign_in", sign_in)
    given = drain("sign_in")
    print(f"  storm: {given} of {sign_ins} given a call", file=sys.stderr)
    other = site(agents, seed + 1)
    gc.collect()
    gc.freeze()
    timed("configure", engine.configure, other.plan, now)
    drain("configure")
    timed("learn", engine.learn, rates(at), now)
    for _ in range(200):
        now += 0.05
        drain("learn")
    # As in ``callcenter serve``: what is here since the start is frozen, all else is looked at.
    holds["collection"] = full_collection()
    gc.unfreeze()
    return holds


def full_collection() -> float:
    """Milliseconds of one, after one that took away what there was."""
    gc.collect()
    began = time.process_time()
    gc.collect()
    return 1000 * (time.process_time() - began)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./dev bench decide", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--repeats", type=int, default=3, help="times each size is measured (default 3)")
    parser.add_argument("--rounds", type=int, default=300, help="decisions a size and repeat (default 300)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    if options.repeats < 1 or options.rounds < 1:
        parser.error("--repeats and --rounds must be 1 or more")
    print(f"{options.repeats} repeats, seed {options.seed}", file=sys.stderr)
    sites = {agents: site(agents, options.seed) for agents in AGENTS}
    ours: dict[tuple[int, int], list[float]] = {}
    growth: list[float] = []
    ratio: list[float] = []
    ratio_idle: list[float] = []
    holds: list[dict[str, float]] = []
    for repeat in range(options.repeats):
        seed = options.seed + 100 * repeat
        for agents in AGENTS:
            for waiting in WAITING:
                spent = cost(Engine(), sites[agents], waiting, options.rounds, seed)
                ours.setdefault((agents, waiting), []).append(spent)
                print(f"  {agents:6} agents {waiting:5} waiting {spent:9.1f} us", file=sys.stderr, flush=True)
            spent = cost_idle(Engine(), sites[agents], options.rounds, seed)
            ours.setdefault((agents, 0), []).append(spent)
            print(f"  {agents:6} agents, all free    {spent:9.1f} us", file=sys.stderr, flush=True)
        growth.append(max(ours[AGENTS[-1], w][-1] / ours[AGENTS[0], w][-1] for w in (0, *WAITING)))
        # The scan meets the same largest size, for as many rounds as it is patient with.
        largest = (AGENTS[-1], WAITING[-1])
        scanned = cost(_Scan(sites[largest[0]]), sites[largest[0]], largest[1], 60, seed)
        ratio.append(ours[largest][-1] / scanned)
        print(f"  scan, the largest size {scanned:9.1f} us", file=sys.stderr, flush=True)
        scanned_idle = cost_idle(_Scan(sites[largest[0]]), sites[largest[0]], 60, seed)
        ratio_idle.append(ours[largest[0], 0][-1] / scanned_idle)
        print(f"  scan, all free {scanned_idle:9.1f} us", file=sys.stderr, flush=True)
        holds.append(storm(seed))
        print(f"  holds, ms: {holds[-1]}", file=sys.stderr, flush=True)
    plain = [one.pop("collection, not frozen") for one in holds]
    worst = [max(one.values()) for one in holds]
    print(
        json.dumps(
            {
                "bench": "decide",
                "seed": options.seed,
                "repeats": options.repeats,
                "growth_100x": round(statistics.median(growth), 2),
                "growth_100x_spread": [round(min(growth), 2), round(max(growth), 2)],
                "ratio_to_scan": round(statistics.median(ratio), 5),
                "ratio_to_scan_spread": [round(min(ratio), 5), round(max(ratio), 5)],
                "ratio_to_scan_idle": round(statistics.median(ratio_idle), 5),
                "longest_hold_ms": round(statistics.median(worst), 1),
                "collection_not_frozen_ms": round(statistics.median(plain), 1),
                "collection_ms": round(statistics.median(one["collection"] for one in holds), 1),
                "longest_hold_ms_spread": [round(min(worst), 1), round(max(worst), 1)],
                "microseconds": {
                    f"{agents}/{waiting}": round(statistics.median(spent), 1)
                    for (agents, waiting), spent in ours.items()
                },
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
