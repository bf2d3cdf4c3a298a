"""Each rule of choosing, alone, with what is said about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.acd.crew import OFFLINE
from routing.acd.engine import Engine
from routing.acd.explain import Excluded, Idle, WaitsFor
from routing.acd.model import (
    Agent,
    Preset,
    Queue,
    QueueWeight,
    Ring,
    RoutingPlan,
    Scoring,
    SkillLevel,
    Strategy,
    Work,
)
from routing.acd.need import Traffic
from routing.acd.presets import PRESETS
from routing.acd.queue import Pool, Preferred, Tie, WaitingCall
from routing.ids import AgentId, CallId, QueueId, ServerId, SkillId, StationId

SALES, VIP = QueueId("sales"), QueueId("vip")
TAX, GERMAN = SkillId("tax"), SkillId("german")
A, B, C = AgentId("a"), AgentId("b"), AgentId("c")
BY_AGE = Scoring(need=0.0, ageing=1.0, spare=0.0, longest_wait=0)


def queue(name: QueueId = SALES, **settings: object) -> Queue:
    given = {"preset": Preset.CUSTOM, "scoring": BY_AGE} | settings
    return Queue(name, name, (), **given)  # type: ignore[arg-type]


def agent(name: AgentId, *skills: tuple[SkillId, int], **settings: object) -> Agent:
    levels = tuple(SkillLevel(skill, level) for skill, level in skills)
    return Agent(name, name, StationId(name), (SALES, VIP), levels, **settings)  # type: ignore[arg-type]


def engine(*parts: Queue | Agent, now: float = 0.0) -> Engine:
    made = Engine()
    made.configure(plan(*parts), now)
    return made


def plan(*parts: Queue | Agent) -> RoutingPlan:
    queues = tuple(part for part in parts if isinstance(part, Queue))
    return RoutingPlan(queues, tuple(part for part in parts if isinstance(part, Agent)), SALES)


def call(name: str, pool: QueueId = SALES, since: float = 0.0, **more: object) -> WaitingCall:
    return WaitingCall(CallId(name), Pool(ServerId("main"), pool), 0, since, **more)  # type: ignore[arg-type]


def free(router: Engine, who: AgentId, *queues: QueueId, since: float = 0.0) -> None:
    router.place(who, [Pool(ServerId("main"), one) for one in queues or (SALES,)], since, now=since)


def given(router: Engine, now: float) -> dict[str, str]:
    return {str(one.call): str(one.agent) for one in router.decide(now).made}


def test_rings_widen_with_the_wait_and_the_next_one_is_announced() -> None:
    rings = (Ring(10, (SkillLevel(TAX, 3),)), Ring(30))
    router = engine(queue(required=(SkillLevel(TAX, 8),), rings=rings), agent(A), agent(B, (TAX, 5)))
    free(router, A)
    free(router, B)
    router.wait(call("x"))
    assert router.decide(0.0).retry_at == 10.0
    why = router.explain_call(CallId("x"), 0.0)
    assert (why.waits_for, why.until) == (WaitsFor.RING, 10.0)
    assert dict(why.excluded) == {Excluded.RING: 2}
    assert given(router, 10.0) == {"x": "b"}
    router.wait(call("y"))
    assert router.decide(11.0).retry_at == 30.0
    assert given(router, 30.0) == {"y": "a"}


def test_preferred_skills_are_better_by_level() -> None:
    router = engine(queue(preferred=(SkillLevel(TAX, 1),)), agent(A, (TAX, 4)), agent(B, (TAX, 9)), agent(C))
    for who in (A, B, C):
        free(router, who)
    router.wait(call("x"))
    (made,) = router.decide(1.0).made
    assert made.agent == B
    assert made.why is not None
    assert made.why.score.skill == pytest.approx(0.05 * 9 / 10)
    assert [one.agent for one in made.why.runners_up] == [A, C]


def test_a_language_is_required_for_a_while_and_preferred_then() -> None:
    router = engine(queue(), agent(A), agent(B, (GERMAN, 5)))
    free(router, A)
    wish = {"wanted": (SkillLevel(GERMAN, 3),), "wanted_until": 20.0}
    router.wait(call("x", **wish))
    assert router.decide(0.0).retry_at == 20.0
    assert router.explain_call(CallId("x"), 0.0).skills == (GERMAN,)
    assert given(router, 20.0) == {"x": "a"}
    free(router, A, since=1.0)
    free(router, B, since=19.0)
    router.wait(call("y", **wish))
    assert given(router, 21.0) == {"y": "b"}


def test_a_preferred_agent_is_waited_for_as_long_as_he_may_come() -> None:
    liked = {"preferred": (Preferred(B, 30.0, Tie.ACCOUNT_OWNER),)}
    router = engine(queue(), agent(A), agent(B))
    free(router, A)
    router.place(B, [Pool(ServerId("main"), SALES)], None, now=0.0)
    router.wait(call("x", **liked))
    assert router.decide(1.0).made == ()
    why = router.explain_call(CallId("x"), 1.0)
    assert (why.waits_for, why.until, why.agents) == (WaitsFor.PREFERRED, 30.0, (B,))
    idle = router.explain_agent(A, 1.0).reasons
    assert [(one.code, one.detail, one.count) for one in idle] == [(Idle.EXCLUDED, Excluded.PATIENCE, 1)]
    router.place(B, (), None, now=2.0, why=OFFLINE)
    assert given(router, 2.0) == {"x": "a"}  # nobody waits for one who went home
    free(router, A, since=3.0)
    free(router, B, since=20.0)
    router.wait(call("y", **liked))
    assert given(router, 40.0) == {"y": "b"}  # the patience is over, the preference isn't


def test_a_promise_is_its_agents_whatever_his_queues_and_work_are() -> None:
    his = {"preferred": (Preferred(B, 60.0, Tie.PROMISED),), "work": Work.CALLBACK}
    calls_only = agent(B, work=(Work.INBOUND,))
    router = engine(queue(required=(SkillLevel(TAX, 1),)), queue(VIP), agent(A, (TAX, 5)), calls_only)
    free(router, A)
    router.place(B, (), None, now=0.0, why="paused lunch")
    router.wait(call("x", **his))
    assert router.decide(1.0).made == ()
    free(router, B, VIP, since=2.0)  # no queue of the call's, no skill, no such work
    assert given(router, 2.0) == {"x": "b"}
    # Nothing else of the queue comes to him by that.
    router.wait(call("y", since=3.0))
    free(router, B, VIP, since=3.0)
    assert given(router, 3.0) == {"y": "a"}


def test_who_promised_is_not_waited_for_once_he_went_home() -> None:
    his = {"preferred": (Preferred(B, 60.0, Tie.PROMISED),)}
    router = engine(queue(), agent(A), agent(B))
    free(router, A)
    router.place(B, (), None, now=0.0, why="paused lunch")
    router.wait(call("x", **his))
    assert router.decide(1.0).made == ()
    router.place(B, (), None, now=2.0, why=OFFLINE)
    assert given(router, 2.0) == {"x": "a"}
    free(router, A, since=3.0)
    router.wait(call("y", **his))
    router.place(B, (), None, now=3.0, why="paused lunch")
    assert router.decide(3.0).made == ()
    assert given(router, 60.0) == {"y": "a"}  # nor any longer than he was to be


def test_who_would_score_higher_but_has_to_wait_for_others_is_said_to() -> None:
    leaning = agent(A, weights=(QueueWeight(SALES, 50.0),))
    router = engine(queue(), leaning, agent(B), agent(C))
    free(router, A)
    free(router, C)
    router.place(B, [Pool(ServerId("main"), SALES)], None, now=0.0)
    his = tuple(Preferred(one, 90.0, Tie.CASE_OWNER) for one in (B, C))
    router.wait(call("x", preferred=his))
    [made] = router.decide(60.0).made
    [runner] = made.why.runners_up
    assert (made.agent, runner.agent, runner.excluded) == (C, A, Excluded.PATIENCE)


def test_a_weight_leans_an_agent_to_a_queue() -> None:
    leaning = agent(A, weights=(QueueWeight(VIP, 3.0),))
    router = engine(queue(), queue(VIP), leaning)
    router.wait(call("old", SALES, since=0.0))
    router.wait(call("new", VIP, since=60.0))
    free(router, A, SALES, VIP, since=120.0)
    assert given(router, 120.0) == {"new": "a"}


def test_most_at_once_bounds_the_agents_of_a_queue() -> None:
    router = engine(queue(most_at_once=1), agent(A), agent(B))
    free(router, A)
    free(router, B)
    router.wait(call("x"))
    router.wait(call("y", since=1.0))
    assert given(router, 1.0) == {"x": "a"}
    why = router.explain_call(CallId("y"), 1.0)
    assert (why.waits_for, why.count) == (WaitsFor.MOST_AT_ONCE, 1)
    assert router.explain_agent(B, 1.0).reasons[0].detail == Excluded.MOST_AT_ONCE
    router.place(A, (), None, now=5.0, why="paused", serving=SALES)  # wants a pause while he talks
    assert given(router, 5.0) == {}
    router.place(A, (), None, now=9.0, why="paused")
    assert given(router, 9.0) == {"y": "b"}


def test_a_flexible_agent_is_kept_for_the_more_valuable_queue_until_the_wait_is_too_long() -> None:
    scoring = Scoring(longest_wait=100)
    valued = [queue(scoring=scoring), queue(VIP, scoring=scoring, value=10.0)]
    router = engine(*valued, agent(A))
    free(router, A, SALES, VIP)
    rates = {SALES: Traffic(1.0, 0.002, 200.0, 900.0), VIP: Traffic(10.0, 0.02, 200.0, 20.0)}
    router.learn(rates, 0.0, at_once=True)
    router.wait(call("x"))
    assert router.decide(0.0).retry_at == 100.0
    why = router.explain_call(CallId("x"), 1.0)
    assert (why.waits_for, why.queues, why.agents, why.until) == (WaitsFor.RESERVED, (VIP,), (A,), 100.0)
    assert router.explain_agent(A, 1.0).reasons[0].queue == VIP
    assert given(router, 100.0) == {"x": "a"}


def test_equal_values_hold_nobody_back() -> None:
    router = engine(queue(scoring=Scoring()), queue(VIP, scoring=Scoring()), agent(A))
    free(router, A, SALES, VIP)
    rates = {SALES: Traffic(1.0, 0.002, 200.0, 900.0), VIP: Traffic(1.0, 0.05, 200.0, 20.0)}
    router.learn(rates, 0.0, at_once=True)
    router.wait(call("x"))
    assert given(router, 0.0) == {"x": "a"}


def test_specialists_go_before_flexible_agents() -> None:
    router = engine(queue(scoring=Scoring()), queue(VIP, scoring=Scoring()), agent(A), agent(B))
    free(router, A, SALES, VIP, since=0.0)
    free(router, B, SALES, since=50.0)
    rates = {SALES: Traffic(1.0, 0.01, 100.0, 60.0), VIP: Traffic(1.0, 0.01, 100.0, 60.0)}
    router.learn(rates, 50.0, at_once=True)
    router.wait(call("x", since=60.0))
    (made,) = router.decide(60.0).made
    assert made.agent == B
    assert made.why is not None
    assert made.why.score.spare == 0.0
    assert made.why.runners_up[0].score is not None
    assert made.why.runners_up[0].score.spare > 0.0
    assert router.explain_agent(A, 61.0).passed_over[0].first == "score_lower"


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [(Strategy.LONGEST_IDLE, "b"), (Strategy.FEWEST_CALLS, "c"), (Strategy.ROUND_ROBIN, "a")],
)
def test_strategies_break_ties(strategy: Strategy, expected: str) -> None:
    """Calls were given to a, b, b and c; then b became free, c, and a."""
    router = engine(queue(strategy=strategy), agent(A), agent(B), agent(C))
    pools = [Pool(ServerId("main"), SALES)]
    for number, who in enumerate((A, B, B, C)):
        now = 10.0 * number
        free(router, who, since=now)
        router.wait(call(f"{number}", since=now), now)
        assert given(router, now) == {f"{number}": str(who)}
        router.place(who, pools, None, now=now)
    for now, who in ((200.0, B), (210.0, C), (220.0, A)):
        free(router, who, since=now)
    router.wait(call("x", since=240.0))
    assert given(router, 240.0) == {"x": expected}


def test_the_least_occupied_is_who_was_busy_the_least_of_late() -> None:
    """a talked for 110 seconds, b for 90: b, though a idles for longer; four hours on both have idled, which
    changes nothing, and then what is long ago counts less: a's 110 seconds against 60 new ones of b's."""
    pools = [Pool(ServerId("main"), SALES)]
    router = engine(queue(strategy=Strategy.LEAST_OCCUPIED), agent(A), agent(B))

    def talks(who: AgentId, since: float, until: float) -> None:
        router.place(who, pools, None, now=since)
        free(router, who, since=until)
        router.decide(until)

    def next_one(now: float) -> dict[str, str]:
        router.wait(call(f"x{now}", since=now), now)
        found = given(router, now)
        for who in found.values():  # not answered: free again at once
            router.leave(CallId(f"x{now}"))
            free(router, AgentId(who), since=now)
        return found

    free(router, A, since=0.0)
    free(router, B, since=0.0)
    talks(A, 0.0, 110.0)
    talks(B, 50.0, 140.0)
    assert list(next_one(200.0).values()) == ["b"]
    assert list(next_one(14_400.0).values()) == ["b"]
    talks(B, 28_800.0, 28_860.0)
    assert list(next_one(29_000.0).values()) == ["a"]


def test_a_pause_and_a_late_sign_in_neither_flood_nor_starve() -> None:
    """Three are busy for 80 % of their time; one pauses for an hour, one signs in late. Of the calls of the
    next hours each has his share."""
    names = [AgentId(f"a{number}") for number in range(4)]
    pools = [Pool(ServerId("main"), SALES)]
    router = engine(queue(), *(agent(name) for name in names))
    busy: list[tuple[float, AgentId]] = []
    given_to: list[tuple[float, AgentId]] = []
    away: set[AgentId] = {names[3]}
    for name in names[:3]:
        free(router, name, since=0.0)
    for number in range(1200):
        now = number * 30.0
        for at, who in [one for one in busy if one[0] <= now]:
            busy.remove((at, who))
            if who not in away:
                router.place(who, pools, at, now=at)
        if number == 240:
            away.add(names[0])
            router.place(names[0], (), None, now=now)
        if number == 360:
            away.clear()
            for name in (names[0], names[3]):
                router.place(name, pools, now, now=now)
        router.wait(call(f"c{number}", since=now), now)
        for made in router.decide(now).made:
            router.place(made.agent, pools, None, now=now)
            given_to.append((now, made.agent))
            busy.append((now + 60.0 + 7.0 * (number % 5), made.agent))
    after = [who for at, who in given_to if 10_800.0 <= at < 14_400.0]
    shares = [after.count(name) / len(after) for name in names]
    assert shares == pytest.approx([0.25] * 4, abs=0.06)


def test_random_is_fair_and_the_same_again() -> None:
    def run(seed: int) -> list[str]:
        router = Engine(seed=seed)
        router.configure(plan(queue(strategy=Strategy.RANDOM), agent(A), agent(B), agent(C)), 0.0)
        for who in (A, B, C):
            free(router, who)
        chosen = []
        for number in range(600):
            router.wait(call(f"x{number}", since=float(number)))
            (made,) = router.decide(float(number)).made
            chosen.append(str(made.agent))
            free(router, made.agent, since=float(number))
        return chosen

    first = run(1)
    assert first == run(1)
    assert first != run(2)
    assert all(150 < first.count(who) < 250 for who in "abc")


@pytest.mark.parametrize("preset", [preset for preset in Preset if preset is not Preset.CUSTOM])
def test_nobody_starves_under_any_preset(preset: Preset) -> None:
    """A call of little value and priority, while more important ones come as fast as they are served."""
    router = engine(queue(preset=preset), queue(VIP, preset=preset, value=5.0, priority=3), agent(A))
    rates = {SALES: Traffic(1.0, 0.001, 30.0, 600.0), VIP: Traffic(5.0, 0.05, 30.0, 60.0)}
    free(router, A, SALES, VIP)
    router.learn(rates, 0.0, at_once=True)
    router.place(A, [Pool(ServerId("main"), one) for one in (SALES, VIP)], None, now=0.0)
    router.wait(call("poor"), 0.0)
    bound = PRESETS[preset].scoring.longest_wait
    now = 0.0
    for number in range(bound):
        now = 30.0 * number
        for half in range(2):
            router.wait(replace(call(f"rich{number}.{half}", VIP, since=now), priority=3), now)
        free(router, A, SALES, VIP, since=now)
        if "poor" in given(router, now):
            break
    assert 0 < now <= bound + 30.0


def test_configuring_at_any_moment_keeps_every_call() -> None:
    router = engine(queue(required=(SkillLevel(TAX, 5),)), agent(A))
    free(router, A)
    router.wait(call("x"))
    assert given(router, 0.0) == {}
    assert router.explain_call(CallId("x"), 0.0).skills == (TAX,)
    router.configure(plan(queue(VIP)), 1.0)  # its queue and its only agent are gone
    assert router.waits(CallId("x"))
    router.configure(plan(queue(), agent(A)), 2.0)
    assert given(router, 2.0) == {"x": "a"}


def test_a_thousand_sign_ins_come_in_pieces_and_lose_nobody() -> None:
    router = engine(queue())
    for number in range(1500):
        router.wait(call(f"x{number:04}", since=float(number)), 1500.0)
    for number in range(1000):
        free(router, AgentId(f"a{number:04}"), since=1500.0)
    made, pieces = [], 0
    while True:
        decisions = router.decide(1500.0)
        made += [str(one.call) for one in decisions.made]
        pieces += 1
        if decisions.retry_at != 1500.0:
            break
    assert pieces > 3
    assert made == [f"x{number:04}" for number in range(1000)]


def test_an_agent_who_is_absent_or_busy_is_told_so() -> None:
    router = engine(queue(), agent(A))
    router.place(A, (), None, now=0.0, why="lunch")
    assert router.explain_agent(A, 0.0).reasons[0].detail == "lunch"
    free(router, A, since=5.0)
    router.decide(5.0)
    assert router.explain_agent(A, 5.0).reasons[0].code is Idle.NO_CALLS
    router.place(A, [Pool(ServerId("main"), SALES)], None, now=6.0, why="talking")
    assert router.explain_agent(A, 6.0).reasons[0].code is Idle.BUSY
    assert router.explain_call(CallId("?"), 6.0).waits_for is WaitsFor.UNKNOWN
