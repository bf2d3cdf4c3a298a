"""The engine against a plain scan of all pairs, over stories that Hypothesis makes up."""

from __future__ import annotations

import math

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from routing.acd.crew import OFFLINE
from routing.acd.engine import Engine
from routing.acd.explain import Excluded, Idle, WaitsFor
from routing.acd.model import (
    MOST_RUNG,
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
from routing.acd.queue import Pool, Preferred, Tie, WaitingCall
from routing.ids import AgentId, CallId, QueueId, ServerId, SkillId, StationId
from tests.routing.reference import Reference

MAIN = ServerId("main")
QUEUES = [QueueId(name) for name in ("sales", "help", "vip")]
AGENTS = [AgentId(name) for name in "abcdef"]
CALLS = [CallId(f"c{number}") for number in range(9)]

skills = st.lists(
    st.builds(SkillLevel, st.sampled_from([SkillId("german"), SkillId("tax")]), st.sampled_from([1, 5, 9])),
    max_size=2,
    unique_by=lambda level: level.skill,
).map(tuple)
scorings = st.builds(
    Scoring,
    need=st.sampled_from([0.0, 1.0]),
    promise=st.sampled_from([0.0, 0.5]),
    ageing=st.sampled_from([0.0, 0.1]),
    spare=st.sampled_from([0.0, 1.0]),
    longest_wait=st.sampled_from([0, 60]),
)


def queues(name: QueueId) -> st.SearchStrategy[Queue]:
    return st.builds(
        Queue,
        st.just(name),
        st.just(name),
        st.just(()),
        required=skills,
        priority=st.just(0),
        value=st.sampled_from([1.0, 1.0, 3.0]),
        rings=st.lists(st.builds(Ring, st.sampled_from([5, 20]), skills), max_size=2).map(tuple),
        preferred=skills,
        strategy=st.sampled_from(Strategy),
        preset=st.sampled_from(Preset),
        scoring=scorings,
        most_at_once=st.sampled_from([None, None, 1, 2]),
    )


def agents(name: AgentId) -> st.SearchStrategy[Agent]:
    weight = st.builds(QueueWeight, st.sampled_from(QUEUES), st.sampled_from([0.5, 2.0]))
    return st.builds(
        Agent,
        st.just(name),
        st.just(name),
        st.just(StationId(name)),
        st.just(tuple(QUEUES)),
        skills=skills,
        weights=st.lists(weight, max_size=1).map(tuple),
        work=st.sampled_from([tuple(Work), (Work.INBOUND,)]),
    )


plans = st.builds(
    lambda queues, agents: RoutingPlan(tuple(queues), tuple(agents), QUEUES[0]),
    st.tuples(*(queues(name) for name in QUEUES)),
    st.tuples(*(agents(name) for name in AGENTS)),
)
rates = st.fixed_dictionaries(
    {
        queue: st.builds(
            Traffic,
            st.just(1.0),
            st.sampled_from([0.01, 0.05]),
            st.just(60.0),
            st.sampled_from([60.0, 300.0]),
        )
        for queue in QUEUES
    }
)


class EngineMachine(RuleBasedStateMachine):
    @initialize(plan=plans)
    def begin(self, plan: RoutingPlan) -> None:
        self.now = 1000.0
        self.engine, self.reference = Engine(seed=7), Reference(seed=7)
        self.busy: dict[AgentId, CallId] = {}
        self.retry_at: float | None = None
        self.configure(plan)

    def settle(self) -> None:
        """Both decide; the engine is asked for as many pieces as it wants."""
        made = []
        for _ in range(1000):
            decisions = self.engine.decide(self.now)
            for one in decisions.made:
                made += [(one.call, who.agent) for who in (one, *one.also)]
                assert one.why is not None
                assert one.why.together == 1 + len(one.also) <= MOST_RUNG
                strategy = self.reference.queue(one.pool.queue).strategy
                assert not one.also or strategy is Strategy.RING_ALL
                for other in one.also:
                    assert other.why is not None
                    assert not self.engine.is_free(other.agent)
                runners = [other for other in one.why.runners_up if other.excluded is None]
                assert all(
                    other.score.total <= one.why.score.total + 1e-9 for other in runners if other.score
                )
            if decisions.retry_at is None or decisions.retry_at > self.now:
                break
        else:
            raise AssertionError("never done")
        self.retry_at = decisions.retry_at
        assert made == self.reference.decide(self.now)
        for call, agent in made:
            self.busy[agent] = call

    @rule(plan=plans)
    def configure(self, plan: RoutingPlan) -> None:
        waiting = self.engine.waiting
        self.engine.configure(plan, self.now)
        assert self.engine.waiting == waiting
        self.reference.configure(plan, self.now)
        self.settle()

    @rule(rates=rates)
    def learn(self, rates: dict[QueueId, Traffic]) -> None:
        self.engine.learn(rates, self.now, at_once=True)
        self.engine._learner._look_at = math.inf  # the reference would not see a plan made on the way
        mine, theirs = self.reference.demand, self.engine._demand
        mine.use(theirs._needs, theirs._known, theirs._scale)
        self.settle()

    @rule(
        call=st.sampled_from(CALLS),
        queue=st.sampled_from(QUEUES),
        priority=st.sampled_from([0, 0, 2]),
        waited=st.sampled_from([0.0, 0.0, 10.0, 90.0]),
        value=st.sampled_from([1.0, 1.0, 5.0]),
        declined=st.lists(st.sampled_from(AGENTS), max_size=3, unique=True),
        wanted=skills,
        wanted_for=st.sampled_from([None, 0.0, 15.0]),
        preferred=st.lists(st.sampled_from(AGENTS), max_size=2, unique=True),
        patience=st.sampled_from([0.0, 12.0]),
        tie=st.sampled_from([Tie.LAST_SPOKEN, Tie.PROMISED]),
        work=st.sampled_from([Work.INBOUND, Work.INBOUND, Work.CALLBACK]),
    )
    def wait(
        self,
        call,
        queue,
        priority,
        waited,
        value,
        declined,
        wanted,
        wanted_for,
        preferred,
        patience,
        tie,
        work,
    ) -> None:  # type: ignore[no-untyped-def]
        one = WaitingCall(
            call,
            Pool(MAIN, queue),
            priority,
            self.now - waited,
            tuple((agent, self.now - 1.0) for agent in declined),
            value,
            wanted,
            None if wanted_for is None else self.now + wanted_for,
            tuple(Preferred(agent, self.now + patience, tie) for agent in preferred),
            work,
        )
        self.engine.wait(one, self.now)
        self.reference.wait(one, self.now)
        self.settle()

    @rule(call=st.sampled_from(CALLS))
    def leave(self, call: CallId) -> None:
        self.engine.leave(call)
        self.reference.leave(call)
        self.settle()

    @rule(
        agent=st.sampled_from(AGENTS),
        served=st.lists(st.sampled_from(QUEUES), unique=True, max_size=3),
        idle=st.sampled_from([None, 0.0, 0.0, 30.0]),
        gone=st.booleans(),
    )
    def place(self, agent: AgentId, served: list[QueueId], idle: float | None, gone: bool) -> None:
        pools = tuple(Pool(MAIN, queue) for queue in served)
        since = None if idle is None else self.now - idle
        why = "" if pools else OFFLINE if gone else "paused"
        self.engine.place(agent, pools, since, now=self.now, why=why)
        self.reference.place(agent, pools, since, now=self.now, why=why)
        self.settle()

    @precondition(lambda self: self.busy)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        """Of those rung together one is quicker; the others are free again, idle as before."""
        agent = data.draw(st.sampled_from(sorted(self.busy)))
        call = self.busy[agent]
        self.engine.answered(call, agent)
        self.reference.answered(call, agent)
        losers = [other for other, theirs in self.busy.items() if theirs == call and other != agent]
        for other in losers:
            del self.busy[other]
            pools = self.reference.pools.get(other, ())
            since = self.now - 30.0
            self.engine.place(other, pools, since, now=self.now)
            self.reference.place(other, pools, since, now=self.now)
        self.settle()

    @precondition(lambda self: self.busy)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        agent = data.draw(st.sampled_from(sorted(self.busy)))
        del self.busy[agent]
        pools = self.reference.pools.get(agent, ())
        self.engine.place(agent, pools, self.now, now=self.now)
        self.reference.place(agent, pools, self.now, now=self.now)
        self.settle()

    @rule(seconds=st.sampled_from([0.5, 3.0, 8.0, 61.0]))
    def tick(self, seconds: float) -> None:
        """Asked again only when it said so, the engine must not miss what time alone changes."""
        until = self.now + seconds
        while self.retry_at is not None and self.retry_at <= until:
            self.now = self.retry_at
            self.settle()
        self.now = until
        assert not self.reference.decide(self.now), "a change of time alone was not announced"

    @invariant()
    def explanations_hold(self) -> None:
        if not hasattr(self, "engine"):
            return
        for call in CALLS:
            why = self.engine.explain_call(call, self.now)
            assert (why.waits_for is WaitsFor.UNKNOWN) is (call not in self.reference.calls)
            if why.waits_for is WaitsFor.UNKNOWN:
                continue
            assert why.waits_for is not WaitsFor.DECISION
            assert all(one.excluded is not None for one in why.candidates), why
            for one in why.candidates:
                if one.excluded is Excluded.BUSY:
                    assert not self.engine.is_free(one.agent)
        for agent in AGENTS:
            reasons = self.engine.explain_agent(agent, self.now).reasons
            assert reasons
            codes = {reason.code for reason in reasons}
            assert Idle.DECISION not in codes
            assert (Idle.ABSENT in codes) is (agent not in self.reference.pools)
            assert (codes == {Idle.BUSY}) is (
                agent in self.reference.pools and agent not in self.reference.idle
            )


TestEngineMachine = EngineMachine.TestCase
TestEngineMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
